//! Ships what the spool keeps to the server: oldest first, over verified HTTPS, and forgets nothing before it is acknowledged.
//!
//! [`Client`] makes one call each; everything that waits, repeats or decides is above it.

mod answer;
mod client;
mod encode;
mod trust;

pub use answer::PushError;
pub use client::{Client, ClientError, Limits};
pub use encode::{EncodeError, encode, encode_records};
pub use trust::{Pin, Trust, TrustError};
