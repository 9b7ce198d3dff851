//! The fleet as a whole.

/// What all hosts were in one stretch of time. Saturations are the hosts' greatest within it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FleetUsage {
    pub start_at: i64,
    pub step_ms: i64,
    /// Hosts that were known then.
    pub hosts: u32,
    /// Of them, those of which something was observed; the rest were silent.
    pub observed: u32,
    pub silent: u32,
    /// Full at some time.
    pub at_limit: u32,
    /// 80 % or more at some time; those at the limit included.
    pub above_80: u32,
    pub unlimited: u32,
    /// Observed, but nobody knows their limit.
    pub unknown: u32,
    /// Sum of the hosts' peaks, which need not have been at one instant.
    pub peak_sessions: u64,
    /// None if no host has a known limit.
    pub max_saturation: Option<f64>,
    /// Of the hosts with a limit, by nearest rank.
    pub p95_saturation: Option<f64>,
    pub median_saturation: Option<f64>,
}

/// How long the stretches of a matrix are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    FiveMinutes,
    Hour,
    SixHours,
}

impl Step {
    pub const ALL: [Self; 3] = [Self::FiveMinutes, Self::Hour, Self::SixHours];

    #[must_use]
    pub fn length_ms(self) -> i64 {
        use super::time::{CELL_MS, HOUR_MS};
        match self {
            Self::FiveMinutes => CELL_MS,
            Self::Hour => HOUR_MS,
            Self::SixHours => 6 * HOUR_MS,
        }
    }
}
