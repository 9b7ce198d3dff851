//! Sources observe a host; what one observation yields is a report.

pub mod events;
pub mod samba;
pub mod scripted;
pub mod simulated;
pub mod windows;

use std::pin::Pin;

use highwater_wire::{Counters, Event, Gap, HostFacts, Snapshot};

/// What one observation yields. Anything may be absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// Told first: what is true of the host for longer than an instant. Only when it changed, and once after a start.
    pub facts: Option<HostFacts>,
    pub gaps: Vec<Gap>,
    pub events: Vec<Event>,
    /// Whole; the spool splits what is too large for one record.
    pub snapshots: Vec<Snapshot>,
    /// Every few minutes.
    pub counters: Option<Counters>,
    /// The source has nothing more to say: a recording that ended.
    pub ended: bool,
}

/// Why an observation failed, in words that say what to check.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SourceError(pub String);

pub type Observation<'a> = Pin<Box<dyn Future<Output = Result<Report, SourceError>> + Send + 'a>>;

/// Something that observes one host.
pub trait Source: Send {
    /// `samba`, `scripted`, `simulated`, …: as snapshots name it.
    fn name(&self) -> &'static str;
    /// Observes once. `now_at` is the agent's clock; `sampling_secs` is what the agent will wait until the next observation.
    fn observe(&mut self, now_at: i64, sampling_secs: u32) -> Observation<'_>;
    /// What the source has to tell without being asked, such as events; for ever none, if it never has. Nothing is lost when this is
    /// given up before it is done.
    fn arrived(&mut self) -> Observation<'_> {
        Box::pin(std::future::pending())
    }
    /// What was reported so far is on disk.
    fn kept(&mut self) {}
}

/// Counters change slowly, and reading them costs more than a look at the sessions.
pub(crate) const COUNTERS_EVERY_MS: i64 = 5 * 60 * 1_000;

/// Whether what was done last at `last_at` is to be done again. Also if the clock went back.
pub(crate) fn is_due(last_at: Option<i64>, now_at: i64, every_ms: i64) -> bool {
    last_at.is_none_or(|at| !(0..every_ms).contains(&now_at.saturating_sub(at)))
}
