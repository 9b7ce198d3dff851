//! The agent: observes the SMB sessions of one host, keeps what it saw on disk, and pushes it to a Highwater server.
//!
//! | room | what it is for | may import |
//! |---|---|---|
//! | [`agent`] | looks, stores and ships until it is told to stop | everything below |
//! | [`source`] | observes a host | facts |
//! | [`spool`] | keeps what is to be sent, durably | clock |
//! | [`load`] | pushes a simulated fleet's history and live load | source, ship, clock |
//! | [`ship`] | pushes to the server | spool, clock |
//! | [`enrol`], [`identity`] | becoming known to the server, and staying so | ship, clock |
//! | [`facts`] | what is true of this computer | nothing of ours |
//! | [`notice`] | what the host's own event log says | nothing of ours |
//! | [`config`] | the settings; the only reader of the file and the environment | nothing of ours |
//! | [`import`] | history from before the agent, out of files | source, spool, ship, clock |
//! | `service` | the same on Windows, for the service manager | agent, config |
//! | [`doctor`], [`cli`] | what a person calls | everything |
//! | [`clock`] | the only caller of now() | nothing of ours |

pub mod agent;
pub mod cli;
pub mod clock;
pub mod config;
pub mod doctor;
pub mod enrol;
pub mod facts;
pub mod identity;
pub mod import;
pub mod load;
pub mod notice;
#[cfg(windows)]
pub mod service;
pub mod ship;
pub mod source;
pub mod spool;

pub use agent::{Settings, Summary, run};
