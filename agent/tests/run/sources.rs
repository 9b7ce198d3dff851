//! What an agent looks at in these tests: reports told beforehand, a host that is always full, one that tells by itself.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use highwater_agent::clock::Clock;
use highwater_agent::source::{Observation, Report, Source, SourceError};
use highwater_wire::{Event, Limit, LimitSource, Snapshot};
use tokio_util::sync::CancellationToken;

use super::NOW;

/// Tells these reports, one a look, and ends with the last.
pub(crate) struct Told(VecDeque<Result<Report, SourceError>>);

impl Source for Told {
    fn name(&self) -> &'static str {
        "told"
    }

    fn observe(&mut self, _: i64, _: u32) -> Observation<'_> {
        let next = self.0.pop_front().unwrap_or_else(|| Ok(Report::default()));
        let is_last = self.0.is_empty();
        Box::pin(async move { next.map(|report| Report { ended: is_last, ..report }) })
    }
}

pub(crate) fn told(reports: Vec<Result<Report, SourceError>>) -> Box<dyn Source> {
    Box::new(Told(reports.into()))
}

/// A full host, looked at without end.
pub(crate) struct Full {
    pub(crate) looks: Arc<AtomicUsize>,
    pub(crate) clock: Clock,
    pub(crate) stop: CancellationToken,
}

impl Source for Full {
    fn name(&self) -> &'static str {
        "full"
    }

    fn observe(&mut self, now_at: i64, sampling_secs: u32) -> Observation<'_> {
        let look = self.looks.fetch_add(1, Ordering::SeqCst);
        // Ten years to and fro with every look.
        self.clock.set(if look.is_multiple_of(2) { NOW - 315_360_000_000 } else { NOW + 315_360_000_000 });
        if look == 3 {
            self.stop.cancel();
        }
        let limit = Limit { sessions: Some(20), unlimited: false, source: LimitSource::Api };
        let snapshot = Snapshot {
            taken_at: now_at,
            source: "full".into(),
            sampling_secs,
            limit,
            partial: false,
            part: None,
            burst_of: None,
            sessions: Vec::new(),
        };
        Box::pin(async move { Ok(Report { snapshots: vec![snapshot], ..Report::default() }) })
    }
}

/// Looked at once an hour; tells of one event after the other by itself.
pub(crate) struct Telling {
    pub(crate) events: VecDeque<Event>,
    pub(crate) kept: Arc<AtomicUsize>,
    pub(crate) looks: Arc<AtomicUsize>,
    pub(crate) stop: CancellationToken,
}

impl Source for Telling {
    fn name(&self) -> &'static str {
        "telling"
    }

    fn observe(&mut self, now_at: i64, sampling_secs: u32) -> Observation<'_> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        let limit = Limit { sessions: Some(20), unlimited: false, source: LimitSource::Api };
        let snapshot = Snapshot {
            // A snapshot of its own, also if the clock stands still.
            taken_at: now_at + i64::try_from(self.looks.load(Ordering::SeqCst)).unwrap(),
            source: "telling".into(),
            sampling_secs,
            limit,
            partial: false,
            part: None,
            burst_of: None,
            sessions: Vec::new(),
        };
        Box::pin(async move { Ok(Report { snapshots: vec![snapshot], ..Report::default() }) })
    }

    fn arrived(&mut self) -> Observation<'_> {
        // Taken when it is polled, and told by the same poll: nothing is lost when this is given up before.
        Box::pin(async {
            let Some(event) = self.events.pop_front() else {
                self.stop.cancel();
                return std::future::pending().await;
            };
            Ok(Report { events: vec![event], ..Report::default() })
        })
    }

    fn kept(&mut self) {
        self.kept.fetch_add(1, Ordering::SeqCst);
    }
}
