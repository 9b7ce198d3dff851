//! What is derived as one piece of work.

use super::HostId;

/// Names the records that are derived together, by what they are about and when it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// Frames → chunk, usage and holders of one host's hour.
    HostHour { hour_at: i64, host: HostId },
    /// Its hours → usage and holders of one host's UTC day.
    HostDay { day_at: i64, host: HostId },
    /// The hosts' hours → the fleet's holders and matrix of an hour.
    FleetHour { hour_at: i64 },
    /// The fleet's hours → its holders and matrix of a UTC day.
    FleetDay { day_at: i64 },
    /// The fleet's days → its holders of a week from Monday, UTC.
    FleetWeek { week_at: i64 },
}

/// The kinds of [`Unit`], in the order in which each follows from the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    HostHour,
    HostDay,
    FleetHour,
    FleetDay,
    FleetWeek,
}

impl Level {
    pub const ALL: [Self; 5] = [Self::HostHour, Self::HostDay, Self::FleetHour, Self::FleetDay, Self::FleetWeek];
}

impl Unit {
    #[must_use]
    pub fn level(&self) -> Level {
        match self {
            Self::HostHour { .. } => Level::HostHour,
            Self::HostDay { .. } => Level::HostDay,
            Self::FleetHour { .. } => Level::FleetHour,
            Self::FleetDay { .. } => Level::FleetDay,
            Self::FleetWeek { .. } => Level::FleetWeek,
        }
    }
}
