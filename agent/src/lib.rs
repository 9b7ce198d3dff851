//! The agent: observes the SMB sessions of one host, keeps what it saw on disk, and pushes it to a Highwater server.
//!
//! | room | what it is for | may import |
//! |---|---|---|
//! | [`source`] | observes a host | nothing of ours but facts |
//! | [`ship`] | pushes to the server | spool |
//! | [`spool`] | keeps what is to be sent, durably | clock |
//! | [`load`] | pushes a simulated fleet's history and live load | source, ship, clock |
//! | [`clock`] | the only caller of now() | nothing of ours |

pub mod clock;
pub mod load;
pub mod ship;
pub mod source;
pub mod spool;
