//! A simulated fleet of any size, with believable shape, out of one number.
//!
//! Nothing is remembered: which sessions a host has at an instant follows from the seed, the host and the instant alone. So
//! history can be made in any order and at full speed, and two observations of one session agree about when it began.

mod counters;
mod crowd;
mod events;
mod facts;
mod fleet;
mod hash;
mod host;
mod kiosk;
mod names;
mod role;
mod session;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use fleet::Fleet;
pub use host::Host;
pub use role::Role;

use super::{COUNTERS_EVERY_MS, Observation, Report, Source, is_due};

/// One host of a fleet as a source. It tells what the host's agent would see at the agent's own clock.
#[derive(Debug, Clone)]
pub struct Simulated {
    fleet: Arc<Fleet>,
    host: u32,
    /// When it last observed; `None` before the first time.
    observed_at: Option<i64>,
    counters_read_at: Option<i64>,
}

impl Simulated {
    /// The first observation tells no events: history before it is somebody else's to make.
    #[must_use]
    pub fn new(fleet: Arc<Fleet>, host: u32) -> Self {
        Self { fleet, host, observed_at: None, counters_read_at: None }
    }

    fn look(&mut self, now_at: i64, sampling_secs: u32) -> Report {
        let host = self.fleet.host(self.host);
        if host.is_silent(now_at) {
            // `observed_at` stays: what happened meanwhile is told when the agent is back, as a log is read on.
            return Report::default();
        }
        let since = self.observed_at.replace(now_at);
        let counts = is_due(self.counters_read_at, now_at, COUNTERS_EVERY_MS);
        if counts {
            self.counters_read_at = Some(now_at);
        }
        let events = since.map_or_else(Vec::new, |since| host.events_between(since, now_at));
        Report {
            facts: since.is_none_or(|since| host.facts_changed(since, now_at)).then(|| host.facts_at(now_at)),
            gaps: host.gaps_between(since.unwrap_or(now_at - 15 * 60 * 1_000), now_at),
            events,
            snapshots: vec![host.snapshot_at(now_at, sampling_secs)],
            counters: counts.then(|| host.counters_at(now_at)),
            ended: false,
        }
    }
}

impl Source for Simulated {
    fn name(&self) -> &'static str {
        "simulated"
    }

    fn observe(&mut self, now_at: i64, sampling_secs: u32) -> Observation<'_> {
        let report = self.look(now_at, sampling_secs);
        Box::pin(std::future::ready(Ok(report)))
    }
}
