//! The nouns of the product, without I/O: ids, instants, a host's sessions and limit, the event family.

pub mod id;
pub mod limit;
pub mod snapshot;
pub mod time;

pub use id::{AccountId, AgentId, ClientId, EventId, HostId, TokenId, UserId};
