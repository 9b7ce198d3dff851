//! Turns Win32 calls into std idioms: plain structs out, `io::Error` for failures, no handle or buffer that outlives its owner.
//!
//! This is the only crate of Highwater that may hold `unsafe`, and it is empty on every other system. Nothing in here decides
//! anything: what a value means, how often to ask and what to do about a failure belongs to the agent's sources.
//!
//! | module | what it calls |
//! |---|---|
//! | `sessions`, `shares`, `files`, `server` | the SMB server, by netapi32 |
//! | `tcp` | the connections to a port, by iphlpapi |
//! | `counters` | performance counters by their English names, by pdh |
//! | `event_log` | subscriptions, bookmarks and messages, by wevtapi |
//! | `registry` | values of the local machine, and a watch on them |
//! | `system` | version, names, memory, processors |
//! | `secret`, `access` | DPAPI, and who may read a folder |
//! | `folders`, `certificates`, `report` | known folders, trusted roots, records of our own in the Application log |
#![cfg(windows)]
#![expect(unsafe_code, reason = "this crate is where it lives; each block says why it is sound")]
#![warn(clippy::undocumented_unsafe_blocks, unsafe_op_in_unsafe_fn, clippy::multiple_unsafe_ops_per_block)]

pub mod access;
pub mod certificates;
pub mod counters;
mod enumerate;
mod event;
pub mod event_log;
pub mod files;
pub mod folders;
mod net_buffer;
pub mod registry;
pub mod report;
pub mod secret;
pub mod server;
pub mod sessions;
pub mod shares;
pub mod system;
pub mod tcp;
mod text;

/// What a call over many pages found.
#[derive(Debug)]
pub struct Listed<T> {
    pub entries: Vec<T>,
    /// Why it ended before all was told: the entries so far are true, and not all.
    pub cut: Option<std::io::Error>,
}

/// The error that a call answered by its value.
fn error(code: u32) -> std::io::Error {
    std::io::Error::from_raw_os_error(code.cast_signed())
}
