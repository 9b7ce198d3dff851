//! The records that an agent on one simulated host would have spooled over a stretch of time, in order.

use std::collections::VecDeque;
use std::sync::Arc;

use highwater_wire::{Event, Record};

use super::Past;
use crate::source::COUNTERS_EVERY_MS;
use crate::source::simulated::Fleet;

/// How far events are looked ahead: asking for each minute alone would cost more than the snapshots.
const EVENTS_AHEAD_MS: i64 = 6 * 60 * 60 * 1_000;

/// Yields the records one by one. It can always be started again and skipped forward to the same place.
#[derive(Debug, Clone)]
pub(super) struct History {
    fleet: Arc<Fleet>,
    host: u32,
    past: Past,
    /// Instant of the next snapshot.
    next_at: i64,
    /// Instant of the snapshot before; `None` before the first.
    told_at: Option<i64>,
    ready: VecDeque<Record>,
    events: VecDeque<Event>,
    events_until_at: i64,
}

impl History {
    pub(super) fn new(fleet: Arc<Fleet>, host: u32, past: Past) -> Self {
        let step_ms = step_ms(past);
        // Hosts are not sampled in the same instant.
        let apart_ms = i64::from(host).wrapping_mul(7_919).rem_euclid(step_ms);
        Self {
            fleet,
            host,
            past,
            next_at: past.from_at + apart_ms,
            told_at: None,
            ready: VecDeque::new(),
            events: VecDeque::new(),
            events_until_at: past.from_at,
        }
    }

    /// From the beginning again.
    pub(super) fn again(&self) -> Self {
        Self::new(Arc::clone(&self.fleet), self.host, self.past)
    }

    /// What the agent sees at `next_at`, and moves on.
    fn observe(&mut self) {
        let at = self.next_at;
        self.next_at += step_ms(self.past);
        let fleet = Arc::clone(&self.fleet);
        let host = fleet.host(self.host);
        if host.is_silent(at) {
            return;
        }
        let since = self.told_at.replace(at);
        if since.is_none_or(|since| host.facts_changed(since, at)) {
            self.ready.push_back(Record::Host(host.facts_at(at)));
        }
        let gaps = host.gaps_between(since.unwrap_or(self.past.from_at), at);
        self.ready.extend(gaps.into_iter().map(Record::Gap));
        while self.events_until_at < at {
            let until_at = self.events_until_at + EVENTS_AHEAD_MS;
            self.events.extend(host.events_between(self.events_until_at, until_at));
            self.events_until_at = until_at;
        }
        while let Some(event) = self.events.pop_front_if(|event| event.recorded_at <= at) {
            self.ready.push_back(Record::Event(event));
        }
        // As the agent itself would: at its first look, and every five minutes.
        if since.is_none_or(|since| since.div_euclid(COUNTERS_EVERY_MS) != at.div_euclid(COUNTERS_EVERY_MS)) {
            self.ready.push_back(Record::Counters(host.counters_at(at)));
        }
        self.ready.push_back(Record::Snapshot(host.snapshot_at(at, self.past.sampling_secs)));
    }
}

fn step_ms(past: Past) -> i64 {
    i64::from(past.sampling_secs.max(1)) * 1_000
}

impl Iterator for History {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        while self.ready.is_empty() {
            if self.next_at >= self.past.to_at {
                return None;
            }
            self.observe();
        }
        self.ready.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::simulated::Role;

    const DAY: i64 = 86_400_000;
    const FROM: i64 = 1_794_873_600_000;

    fn history(fleet: &Arc<Fleet>, role: Role, days: i64) -> History {
        let host = fleet.iter().find(|host| host.role() == role).unwrap().number();
        History::new(Arc::clone(fleet), host, Past { from_at: FROM, to_at: FROM + days * DAY, sampling_secs: 300 })
    }

    #[test]
    fn facts_come_first_and_time_only_goes_forward() {
        let fleet = Arc::new(Fleet::new(7, 12));
        let records: Vec<Record> = history(&fleet, Role::Kiosk, 3).collect();
        assert!(matches!(records[0], Record::Host(_)), "{:?}", records[0]);
        let taken: Vec<i64> =
            records.iter().filter_map(|r| if let Record::Snapshot(s) = r { Some(s.taken_at) } else { None }).collect();
        assert_eq!(taken.len(), 3 * 288);
        assert!(taken.windows(2).all(|pair| pair[1] - pair[0] == 300_000));
        let events = records.iter().filter(|r| matches!(r, Record::Event(_))).count();
        let host = fleet.iter().find(|host| host.role() == Role::Kiosk).unwrap();
        assert_eq!(events, host.events_between(FROM, *taken.last().unwrap()).len());
        assert!(events > 0);
    }

    #[test]
    fn a_silence_is_left_out_and_told_as_a_gap() {
        let fleet = Arc::new(Fleet::new(7, 12));
        let records: Vec<Record> = history(&fleet, Role::OftenSilent, 8).collect();
        let gaps: Vec<_> = records.iter().filter_map(|r| if let Record::Gap(g) = r { Some(g) } else { None }).collect();
        assert!(!gaps.is_empty());
        for record in &records {
            let Record::Snapshot(snapshot) = record else { continue };
            assert!(gaps.iter().all(|gap| !(gap.from_at..gap.to_at).contains(&snapshot.taken_at)));
        }
    }

    #[test]
    fn it_can_be_read_again_from_any_place() {
        let fleet = Arc::new(Fleet::new(7, 12));
        let mut whole = history(&fleet, Role::FileServer, 1);
        let again = whole.again();
        let all: Vec<Record> = whole.by_ref().collect();
        assert_eq!(whole.next(), None);
        assert_eq!(again.skip(100).collect::<Vec<_>>(), all[100..]);
    }
}
