//! How hosts were over time, side by side.

use std::collections::HashMap;

use super::id::HostId;

/// How near its limit a host came in a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Level {
    /// Nothing was observed.
    Silent,
    /// Observed, but nobody knows the limit.
    Unknown,
    /// Observed, without a limit.
    Unlimited,
    /// The greatest sessions ÷ limit, rounded up to half a percent.
    Saturation(f64),
}

/// A host in a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    pub level: Level,
    /// When it was so, to five minutes at least.
    pub peak_at: i64,
}

impl Cell {
    pub const SILENT: Self = Self { level: Level::Silent, peak_at: 0 };
}

/// The worst hosts over some time.
#[derive(Debug, Clone, PartialEq)]
pub struct Heat {
    pub step_ms: i64,
    /// When each begins, in order; steps of which nothing is known are left out.
    pub steps: Vec<i64>,
    /// Worst first.
    pub hosts: Vec<Hot>,
}

/// One of the worst hosts.
#[derive(Debug, Clone, PartialEq)]
pub struct Hot {
    pub host: HostId,
    /// How long it was full.
    pub full_secs: i64,
    /// One per step.
    pub cells: Vec<Cell>,
}

/// The last hours of every host.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lately {
    /// When the first of them begins.
    pub from_at: i64,
    pub hours: usize,
    of: HashMap<HostId, Box<[Option<HourOfHost>]>>,
}

/// An hour of one host in which it was observed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HourOfHost {
    /// The most at once, and when they first were that many.
    pub sessions: u32,
    pub peak_at: i64,
    pub full_secs: u32,
    /// The greatest, rounded up to half a percent; none without a known limit.
    pub saturation: Option<f64>,
}

impl Lately {
    #[must_use]
    pub fn new(from_at: i64, hours: usize) -> Self {
        Self { from_at, hours, of: HashMap::new() }
    }

    pub fn add(&mut self, host: HostId, hour: usize, of: HourOfHost) {
        let hours = self.of.entry(host).or_insert_with(|| vec![None; self.hours].into_boxed_slice());
        if let Some(place) = hours.get_mut(hour) {
            *place = Some(of);
        }
    }

    /// One per hour, in order; none at all if the host was never observed in them.
    #[must_use]
    pub fn hours_of(&self, host: HostId) -> &[Option<HourOfHost>] {
        self.of.get(&host).map_or(&[], AsRef::as_ref)
    }

    /// The most sessions of the host, and when they first were that many.
    #[must_use]
    pub fn peak_of(&self, host: HostId) -> Option<(u32, i64)> {
        let hours = self.hours_of(host).iter().flatten();
        hours.map(|hour| (hour.sessions, hour.peak_at)).max_by_key(|(sessions, at)| (*sessions, -at))
    }

    /// In how many hours on end, up to the newest one observed, the host was full at some time.
    #[must_use]
    pub fn full_hours_of(&self, host: HostId) -> usize {
        let observed = self.hours_of(host).iter().rev().skip_while(|hour| hour.is_none());
        observed.take_while(|hour| hour.is_some_and(|h| h.full_secs > 0)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_peaks_counts_and_fullness_is_counted_back_from_the_newest_hour() {
        let mut lately = Lately::new(0, 6);
        for (hour, sessions, full_secs) in [(0, 20, 60), (2, 7, 0), (3, 20, 9), (4, 20, 3_600)] {
            let peak_at = i64::try_from(hour).unwrap() * 3_600_000;
            lately.add(HostId(1), hour, HourOfHost { sessions, peak_at, full_secs, saturation: None });
        }
        assert_eq!(lately.peak_of(HostId(1)), Some((20, 0)));
        assert_eq!(lately.full_hours_of(HostId(1)), 2);
        assert_eq!((lately.peak_of(HostId(2)), lately.full_hours_of(HostId(2))), (None, 0));
    }
}
