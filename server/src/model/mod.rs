//! The nouns of the product, without I/O: ids, instants, a host's sessions and limit, what they add up to, the event family.

pub mod account;
pub mod agent;
pub mod alert;
pub mod alias;
pub mod api_key;
pub mod approval;
pub mod audit;
pub mod authority;
pub mod change;
pub mod class;
pub mod connector;
pub mod counter;
pub mod delivery;
pub mod destination;
pub mod difference;
pub mod episode;
pub mod event;
pub mod event_family;
pub mod evidence;
pub mod eyes;
pub mod finding;
pub mod fleet;
pub mod gap;
pub mod group;
pub mod heat;
pub mod holder;
pub mod host;
pub mod id;
pub mod incident;
pub mod intake;
pub mod limit;
pub mod pattern;
pub mod payload;
pub mod pseudonym;
pub mod redact;
pub mod retention;
pub mod role;
pub mod sealing;
pub mod sight;
pub mod snapshot;
pub mod standing;
pub mod time;
pub mod token;
pub mod typed;
pub mod unit;
pub mod usage;
pub mod view;
pub mod webhook;
pub mod withheld;

pub use id::{
    AccountId, AgentId, AlertRuleId, ApiKeyId, ApprovalRuleId, ClassRuleId, ClientId, ConnectorId, DeliveryId, EventId,
    GroupRuleId, HostId, IncidentId, SilenceId, TokenId, UserId, ViewId, WebhookId,
};
