//! Ships what the spool keeps to the server: oldest first, over verified HTTPS, and forgets nothing before it is acknowledged.
//!
//! [`Client`] makes one call each; everything that waits, repeats or decides is above it.

mod answer;
mod client;
mod courier;
mod encode;
mod keys;
mod learned;
mod pace;
mod report;
mod shown;
mod trust;
mod verify;

pub use answer::PushError;
pub use client::{Client, ClientError, Limits, Probe, retry_after};
pub use courier::{Courier, Standing};
pub use encode::{EncodeError, encode, encode_records};
pub use keys::{Keep, Keys, Ring};
pub(crate) use pace::Pace;
pub use pace::Pacing;
pub(crate) use report::Log;
pub use shown::Shown;
pub use trust::{Pin, Trust, TrustError};
