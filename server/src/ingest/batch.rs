use highwater_wire as wire;

use super::Refusal;
use crate::model::counter::{Reading, Share};
use crate::model::event::NewEvent;
use crate::model::gap::Gap;
use crate::model::host::Facts;

/// A batch within all limits. Its names are not interned yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// 32 lower-case hexadecimal digits.
    pub epoch: String,
    pub first_seq: u64,
    pub boot_id: String,
    pub agent_version: String,
    pub queued_records: u64,
    /// The agent's clock minus the server's.
    pub clock_skew_ms: i64,
    pub records: Vec<Record>,
    /// Bytes after unpacking: what it weighs while it waits.
    pub decoded_bytes: usize,
}

/// One observation, checked.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// A snapshot or a part of one, in the wire's shape until its names are interned.
    Snapshot(wire::Snapshot),
    Event(NewEvent),
    Facts(Facts),
    Gap(Gap),
    Counters(Counters),
    /// Of a kind that this version does not know: counted and passed over.
    Unknown,
}

/// What a host counted, and its shares if it could list them.
#[derive(Debug, Clone, PartialEq)]
pub struct Counters {
    pub reading: Reading,
    pub shares: Option<Vec<Share>>,
}

impl Record {
    /// When it was observed, if that tells it from another one: gaps are moved into the possible range, and so say nothing.
    #[must_use]
    pub fn observed_at(&self) -> Option<i64> {
        match self {
            Self::Snapshot(snapshot) => Some(snapshot.taken_at),
            Self::Event(event) => Some(event.recorded_at),
            Self::Facts(facts) => Some(facts.observed_at),
            Self::Counters(counters) => Some(counters.reading.read_at),
            Self::Gap(_) | Self::Unknown => None,
        }
    }
}

impl Batch {
    /// When the record of this number was observed; none if it is not in the batch, or does not say so.
    #[must_use]
    pub fn observed_at(&self, seq: u64) -> Option<i64> {
        let place = usize::try_from(seq.checked_sub(self.first_seq)?).ok()?;
        self.records.get(place)?.observed_at()
    }

    /// How many sessions its snapshots have together.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.records.iter().map(|r| if let Record::Snapshot(s) = r { s.sessions.len() } else { 0 }).sum()
    }

    /// The batch, unless it brings in a snapshot that would be removed for its age: its hour's other records may be gone already.
    pub(super) fn younger_than(self, oldest_at: i64) -> Result<Self, Refusal> {
        let too_old = |r: &Record| matches!(r, Record::Snapshot(s) if s.taken_at < oldest_at);
        match self.records.iter().position(too_old) {
            None => Ok(self),
            Some(index) => Err(Refusal::Refused {
                seq: self.seq(index),
                why: "the snapshot is older than the server keeps snapshots (retention.snapshots_days)".to_owned(),
            }),
        }
    }

    /// The sequence number of record `index`.
    #[must_use]
    pub fn seq(&self, index: usize) -> u64 {
        self.first_seq.saturating_add(u64::try_from(index).unwrap_or(u64::MAX))
    }
}
