//! How hosts were over time, side by side.

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

/// The last hours of one host, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lately {
    /// The most at once, and when they first were that many.
    pub sessions: u32,
    pub peak_at: i64,
    /// In how many observed hours on end, up to the newest one, it was full at some time.
    pub full_hours: usize,
}

impl Lately {
    #[must_use]
    pub fn of(hour: &HourOfHost) -> Self {
        Self { sessions: hour.sessions, peak_at: hour.peak_at, full_hours: usize::from(hour.full_secs > 0) }
    }

    /// With the next observed hour.
    #[must_use]
    pub fn then(self, hour: &HourOfHost) -> Self {
        let (sessions, peak_at) =
            if hour.sessions > self.sessions { (hour.sessions, hour.peak_at) } else { (self.sessions, self.peak_at) };
        Self { sessions, peak_at, full_hours: if hour.full_secs > 0 { self.full_hours + 1 } else { 0 } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_peaks_counts_and_fullness_is_counted_back_from_the_newest_hour() {
        let hour = |sessions, peak_at, full_secs| HourOfHost { sessions, peak_at, full_secs, saturation: None };
        let first = Lately::of(&hour(20, 0, 60));
        let lately = first.then(&hour(7, 2, 0)).then(&hour(20, 3, 9)).then(&hour(20, 4, 3_600));
        assert_eq!(lately, Lately { sessions: 20, peak_at: 0, full_hours: 2 });
    }
}
