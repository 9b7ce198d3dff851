//! A batch's way from bytes into the store. Promises:
//!
//! 1. **Acknowledged is durable**: [`Accepted`] is answered after the commit, never before.
//! 2. **Once**: a batch that comes again, whole or in part, changes nothing; what is missing before it is asked for.
//! 3. **Nobody pays for another's batch**: one that cannot be stored is refused alone.
//! 4. **Bounded**: bytes before and after unpacking, records, sessions, what waits and what is remembered.
//! 5. **Only who may**: whether the key still stands for the host is checked in the transaction that stores the batch.
//! 6. **No host fills the disk**: see `quota`.
//! 7. **Two spools with one name harm nobody**: see `opening`.
//! 8. **A wrong clock harms nothing stored**: see [`decode`].

mod accept;
mod batch;
mod check;
mod committer;
pub mod decode;
pub mod enrol;
mod followed;
mod group;
mod memory;
mod moved;
mod names;
mod opening;
mod paths;
mod plan;
mod quota;
mod weight;

use std::time::Duration;

use crate::model::intake::Measure;

pub use batch::{Batch, Counters, Record};
pub use committer::{Ingest, Options};
pub use plan::{News, news};

/// Everything up to here is durably stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    pub acked_seq: u64,
}

/// Why a batch is not accepted. Each variant is one of the wire's kinds of problem; its text is the problem's detail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("Records are missing before this batch. Send again from sequence number {expected_seq}.")]
    SequenceHole { expected_seq: u64 },
    /// What has these numbers is something else: the spool was copied, or is an older copy of what it was. It goes on with a new epoch.
    #[error(
        "Other records than these are stored under their numbers: this spool is a copy. The agent goes on with numbers of its own, by itself."
    )]
    OtherRecords,
    /// The record can never be stored; without it the batch could be.
    #[error("Record {seq}: {why}.")]
    Refused { seq: u64, why: String },
    #[error("The batch cannot be read: {why}.")]
    Malformed { why: String },
    #[error("The batch is too large: {why}.")]
    TooLarge { why: String },
    #[error(
        "The agent's clock differs from the server's by {} seconds; {} are allowed. Set the clock of the host (or of the \
         server) right; the agent keeps its records and goes on by itself.",
        skew_ms / 1_000,
        decode::MAX_SKEW_MS / 1_000
    )]
    ClockOff {
        /// The agent's clock minus the server's.
        skew_ms: i64,
    },
    /// Between the look at the key and the commit it became another's, or nobody's.
    #[error("What the agent's key stands for has changed.")]
    KeyChanged,
    /// The host has sent what it may in this hour or day.
    #[error(
        "This host has sent as many {} as it may for now. The agent keeps its records and comes again in {retry_secs} seconds; an administrator can raise the limits in the server's settings.",
        measure.noun()
    )]
    OverQuota { measure: Measure, until_at: i64, retry_secs: u64 },
    #[error("The server cannot store the batch now. Send it again in {} seconds.", after.as_secs())]
    TryLater { after: Duration },
}

impl Refusal {
    /// The word for it in metrics.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::SequenceHole { .. } => "hole",
            Self::OtherRecords => "other_records",
            Self::OverQuota { .. } => "over_quota",
            Self::Refused { .. } => "refused",
            Self::Malformed { .. } => "malformed",
            Self::TooLarge { .. } => "too_large",
            Self::ClockOff { .. } => "clock_off",
            Self::KeyChanged => "key_changed",
            Self::TryLater { .. } => "try_later",
        }
    }
}
