//! The SMB server of this Windows computer. What is asked how often follows what it costs: sessions at each look by one local call,
//! the limit, counters and shares every five minutes, settings every hour, events as they come.
//!
//! The pure parts are tested everywhere; the calls are in `highwater-win32`.

pub mod files;
pub mod limit;
pub mod names;
pub mod watch_list;

#[cfg_attr(all(not(windows), not(test)), expect(dead_code, reason = "its user is there on Windows only"))]
mod bookmark;
#[cfg(windows)]
mod counters;
#[cfg(windows)]
mod events;
#[cfg(windows)]
mod look;

pub use bookmark::Epochs;
#[cfg(windows)]
pub use look::Windows;
