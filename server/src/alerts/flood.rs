//! Growth that is far faster than a host ever saw.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::model::time::{CELL_MS, MINUTE_MS};
use crate::model::usage::UsageHour;

/// Growth is measured over so long.
const WITHIN_MS: i64 = 2 * CELL_MS;
/// So many times the fastest growth of the host's own past…
const TIMES: u32 = 3;
/// …and so many sessions, or clients, at least: of a small host everything is fast.
const LEAST: u32 = 50;
/// Less past says nothing about what is usual.
const LEAST_HOURS: usize = 7 * 24 / 2;

/// The fastest growth within ten minutes that was ever seen of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Baseline {
    pub sessions: u32,
    pub clients: u32,
    /// Hours that it is known from.
    pub hours: u32,
}

/// Which of the two grew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grown {
    Sessions,
    Clients,
}

/// How much more there is than at the lowest of the last ten minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rise {
    pub sessions: u32,
    pub clients: u32,
    /// When the lowest was.
    pub from_at: i64,
}

/// The lowest figures of each of the last ten minutes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lows(VecDeque<Low>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Low {
    at: i64,
    sessions: u32,
    clients: u32,
}

impl Lows {
    /// Takes a look in, and answers how much there is more than before.
    pub fn rise(&mut self, at: i64, sessions: u32, clients: u32) -> Rise {
        self.0.retain(|low| at - low.at <= WITHIN_MS);
        let lowest = |of: fn(&Low) -> u32| self.0.iter().map(of).min();
        let rise = Rise {
            sessions: lowest(|low| low.sessions).map_or(0, |low| sessions.saturating_sub(low)),
            clients: lowest(|low| low.clients).map_or(0, |low| clients.saturating_sub(low)),
            from_at: self.0.iter().min_by_key(|low| (low.sessions, -low.at)).map_or(at, |low| low.at),
        };
        match self.0.back_mut().filter(|low| low.at / MINUTE_MS == at / MINUTE_MS) {
            Some(low) => *low = Low { at, sessions: low.sessions.min(sessions), clients: low.clients.min(clients) },
            None => self.0.push_back(Low { at, sessions, clients }),
        }
        rise
    }
}

impl Baseline {
    /// Out of a host's hours, in order.
    #[must_use]
    pub fn of(hours: &[UsageHour]) -> Self {
        let mut found = Self { hours: u32::try_from(hours.len()).unwrap_or(u32::MAX), ..Self::default() };
        // Peaks of the last two cells; a hole makes them unknown.
        let mut before: VecDeque<(i64, u32, u32)> = VecDeque::new();
        for hour in hours {
            for (cell, at) in hour.cells.iter().zip((hour.hour_at..).step_by(300_000)) {
                let Some(peak) = cell.peak else { continue };
                before.retain(|(earlier, ..)| at - earlier <= WITHIN_MS);
                let rise = |lowest: Option<u32>, now: u32| lowest.map_or(0, |low| now.saturating_sub(low));
                found.sessions = found.sessions.max(rise(before.iter().map(|(_, s, _)| *s).min(), peak.sessions));
                found.clients = found.clients.max(rise(before.iter().map(|(.., c)| *c).min(), cell.max_clients));
                before.push_back((at, peak.sessions, cell.max_clients));
            }
        }
        found
    }

    /// Whether a rise is far faster than anything in the host's past, since when, and what grew.
    #[must_use]
    pub fn exceeded(&self, rise: &Rise) -> Option<(i64, Grown)> {
        if (self.hours as usize) < LEAST_HOURS {
            return None;
        }
        let is_far_more = |now: u32, ever: u32| now >= LEAST && now > ever.saturating_mul(TIMES);
        match () {
            () if is_far_more(rise.sessions, self.sessions) => Some((rise.from_at, Grown::Sessions)),
            () if is_far_more(rise.clients, self.clients) => Some((rise.from_at, Grown::Clients)),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HostId;
    use crate::model::limit::Limit;
    use crate::model::time::{CELLS_PER_HOUR, HOUR_MS};
    use crate::model::usage::{Peak, Usage};

    fn hour(n: i64, sessions: impl Fn(usize) -> u32) -> UsageHour {
        let mut cells = [Usage::default(); CELLS_PER_HOUR];
        for (i, cell) in cells.iter_mut().enumerate() {
            let peak = Peak { sessions: sessions(i), at: 0, limit: Limit::UNKNOWN };
            *cell = Usage { peak: Some(peak), max_clients: sessions(i) / 2, ..Usage::default() };
        }
        UsageHour { host: HostId(1), hour_at: n * HOUR_MS, cells }
    }

    #[test]
    fn the_past_says_how_fast_a_host_grows_at_most() {
        let hours: Vec<UsageHour> = (0..100).map(|n| hour(n, |i| if n == 50 && i == 3 { 120 } else { 100 })).collect();
        let baseline = Baseline::of(&hours);
        assert_eq!(baseline, Baseline { sessions: 20, clients: 10, hours: 100 });
        let rise = |sessions, clients| Rise { sessions, clients, from_at: 7 };
        assert_eq!(baseline.exceeded(&rise(60, 30)), None, "three times is not more than three times");
        assert_eq!(baseline.exceeded(&rise(61, 30)), Some((7, Grown::Sessions)));
        assert_eq!(baseline.exceeded(&rise(60, 50)), Some((7, Grown::Clients)));
        let young = Baseline { hours: 83, ..baseline };
        assert_eq!(young.exceeded(&rise(9_999, 9_999)), None, "too little is known of it");
        let quiet = Baseline { sessions: 0, clients: 0, hours: 500 };
        assert_eq!(quiet.exceeded(&rise(49, 49)), None, "of a quiet host everything is fast");
    }

    #[test]
    fn a_hole_is_no_growth() {
        let mut hours = vec![hour(0, |_| 0), hour(5, |_| 900)];
        assert_eq!(Baseline::of(&hours).sessions, 0);
        hours[1].hour_at = HOUR_MS;
        assert_eq!(Baseline::of(&hours).sessions, 900);
    }

    #[test]
    fn a_rise_is_measured_from_the_lowest_of_ten_minutes() {
        let mut lows = Lows::default();
        assert_eq!(lows.rise(0, 100, 10).sessions, 0, "nothing was before");
        assert_eq!(lows.rise(5_000, 40, 10).sessions, 0);
        assert_eq!(lows.rise(60_000, 90, 12), Rise { sessions: 50, clients: 2, from_at: 5_000 });
        assert_eq!(lows.rise(11 * MINUTE_MS, 95, 12).sessions, 5, "the lowest is too long ago");
        for n in 0..10_000 {
            lows.rise(12 * MINUTE_MS + n * 100, 1, 1);
        }
        assert!(lows.0.len() <= 12, "{}", lows.0.len());
    }
}
