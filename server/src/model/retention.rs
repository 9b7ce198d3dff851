//! How long history is kept.

use super::time::DAY_MS;

/// Days, per kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Snapshots as they were, and parts of such. As far back agents may bring them in.
    pub snapshots_days: u32,
    /// What each hour added up to, and five-minute steps; snapshots that were never put together.
    pub hours_days: u32,
    /// What each day added up to, steps of an hour and more, counters, and how far shares were used.
    pub days_days: u32,
    /// Events, gaps, incidents and silences that are over, and what hosts said of themselves before they said something else.
    pub events_days: u32,
}

/// What goes at one time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Snapshots,
    Hours,
    Days,
    Events,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Snapshots, Self::Hours, Self::Days, Self::Events];

    /// The word in logs and metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Snapshots => "snapshots",
            Self::Hours => "hours",
            Self::Days => "days",
            Self::Events => "events",
        }
    }
}

impl Retention {
    /// What began before this instant is removed. A day later than it is refused from agents: nothing comes in late for what is gone.
    #[must_use]
    pub fn removed_before(&self, kind: Kind, now_at: i64) -> i64 {
        let days = match kind {
            Kind::Snapshots => self.snapshots_days,
            Kind::Hours => self.hours_days.max(self.snapshots_days),
            Kind::Days => self.days_days.max(self.snapshots_days),
            Kind::Events => self.events_days,
        };
        now_at - (i64::from(days) + 1) * DAY_MS
    }
}
