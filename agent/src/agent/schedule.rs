//! When to look next. It counts on the steady clock only: whatever the wall clock does, looking goes on.

use std::collections::VecDeque;
use std::time::Duration;

use highwater_wire::Event;
use tokio::time::Instant;

/// After a watched event, besides the look at once.
const BURST_SECS: [u64; 3] = [5, 15, 60];

/// Ids of the server's own capacity events, and 2003, which people ask for. Of providers `Srv` and `Server`.
const WATCHED: [u32; 13] = [2001, 2003, 2009, 2017, 2018, 2019, 2020, 2021, 2022, 2023, 2024, 2025, 2027];

/// Whether an event is reason to look at once.
pub(crate) fn is_watched(event: &Event) -> bool {
    let of = |name: &str| event.provider.eq_ignore_ascii_case(name);
    (of("Srv") || of("Server")) && WATCHED.contains(&event.code)
}

#[derive(Debug)]
pub(crate) struct Schedule {
    observed: Instant,
    interval: Duration,
    /// Looks still due for a watched event, and that event's record id.
    burst: Option<(u64, VecDeque<Instant>)>,
    /// Until then no event starts another burst.
    quiet_until: Instant,
}

impl Schedule {
    /// The first look is due at once.
    pub(crate) fn new(now: Instant) -> Self {
        Self { observed: now, interval: Duration::ZERO, burst: None, quiet_until: now }
    }

    /// When the next look is due, and the event that it is for, if any.
    pub(crate) fn next(&self) -> (Instant, Option<u64>) {
        let regular = self.observed + self.interval;
        match self.burst.as_ref().and_then(|(id, due)| Some((*due.front()?, *id))) {
            Some((due, id)) if due <= regular => (due, Some(id)),
            _ => (regular, None),
        }
    }

    /// A look began at `now`; the next regular one is due `secs` after it. A look for an event serves as a regular one too.
    pub(crate) fn observed(&mut self, now: Instant, secs: u32) {
        (self.observed, self.interval) = (now, Duration::from_secs(secs.into()));
        if let Some((_, due)) = &mut self.burst {
            due.retain(|at| *at > now);
        }
    }

    /// Another interval from now on, which may be due already.
    pub(crate) fn reset(&mut self, secs: u32) {
        self.interval = Duration::from_secs(secs.into());
    }

    /// A watched event was seen. Answers whether it starts a burst: a storm of events gives one.
    pub(crate) fn event(&mut self, record_id: u64, now: Instant) -> bool {
        if now < self.quiet_until {
            return false;
        }
        let due = BURST_SECS.map(|secs| now + Duration::from_secs(secs));
        self.quiet_until = due[BURST_SECS.len() - 1];
        self.burst = Some((record_id, due.into()));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    /// Looks as the schedule says until `until`, and answers when, and for which event.
    fn looks(schedule: &mut Schedule, start: Instant, until: u64, interval: u32) -> Vec<(u64, Option<u64>)> {
        let mut all = Vec::new();
        loop {
            let (due, event) = schedule.next();
            if due > start + secs(until) {
                return all;
            }
            all.push(((due - start).as_secs(), event));
            schedule.observed(due, interval);
        }
    }

    #[test]
    fn looks_are_regular_and_the_first_is_due_at_once() {
        let start = Instant::now();
        let looks = looks(&mut Schedule::new(start), start, 180, 60);
        assert_eq!(looks, [(0, None), (60, None), (120, None), (180, None)]);
    }

    #[test]
    fn a_watched_event_gives_a_burst() {
        let start = Instant::now();
        let mut schedule = Schedule::new(start);
        schedule.observed(start, 60);
        assert!(schedule.event(77, start));
        let looks = looks(&mut schedule, start, 130, 60);
        assert_eq!(looks, [(5, Some(77)), (15, Some(77)), (60, Some(77)), (120, None)]);
    }

    #[test]
    fn a_storm_of_events_gives_one_burst() {
        let start = Instant::now();
        let mut schedule = Schedule::new(start);
        let started = (0..600).filter(|i| schedule.event(*i, start + Duration::from_millis(100 * i))).count();
        assert_eq!(started, 1);
        assert!(schedule.event(1_000, start + secs(60)));
    }

    #[test]
    fn a_shorter_interval_counts_from_the_last_look() {
        let start = Instant::now();
        let mut schedule = Schedule::new(start);
        schedule.observed(start, 3_600);
        schedule.reset(60);
        assert_eq!(schedule.next(), (start + secs(60), None));
    }

    #[test]
    fn only_events_of_the_smb_server_are_watched() {
        let event = |provider: &str, code| Event {
            channel: "System".into(),
            provider: provider.into(),
            record_id: 1,
            log_epoch: 0,
            recorded_at: 0,
            code,
            level: 2,
            computer: String::new(),
            xml: String::new(),
            message: None,
            decoded: highwater_wire::Decoded::default(),
        };
        assert!(is_watched(&event("SRV", 2022)) && is_watched(&event("server", 2027)));
        assert!(!is_watched(&event("PerfNet", 2003)) && !is_watched(&event("Srv", 2012)));
    }
}
