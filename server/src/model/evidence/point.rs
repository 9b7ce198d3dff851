//! What may have caused an episode, and what speaks for it and against it.

use serde::{Deserialize, Serialize};

use super::word;

/// What is suspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Suspected {
    /// Programs that back up files.
    Backup,
    /// A client that does not end its sessions.
    Leak,
    /// Sessions or clients that came far faster than ever.
    Flood,
    /// Many virtual desktops.
    Vdi,
    /// Many people who sign in within minutes.
    LogonStorm,
    /// Printers and scanners.
    Print,
}

/// A suspicion with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cause {
    /// None for one of a later version.
    #[serde(with = "word::as_key")]
    pub what: Option<Suspected>,
    /// What the points come to: see [`Cause::is_likely`].
    pub weight: i32,
    #[serde(deserialize_with = "word::known")]
    pub points_for: Vec<Point>,
    #[serde(deserialize_with = "word::known")]
    pub points_against: Vec<Point>,
}

/// One observation that speaks for a cause or against it. As JSON its kind is a key, as that of a finding's fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Point {
    /// Clients of the kind held so many of all sessions at the peak.
    Held { clients: u32, sessions: u32, all: u32 },
    /// Theirs grew by so many of all that came since an hour before.
    Grew { sessions: u32, all: u32 },
    /// They held as many an hour before.
    Before { sessions: u32 },
    /// So many of theirs were idle.
    Idle { sessions: u32, of: u32 },
    /// So many of theirs were in use.
    Used { sessions: u32, of: u32 },
    /// It began at this hour of the host's clock, at night.
    Night { hour: u8 },
    /// …by day.
    Day { hour: u8 },
    /// …in the morning.
    Morning { hour: u8 },
    /// So many of the earlier ones began in the same hour of the day.
    SameHour { hour: u8, times: u32, of: u32 },
    /// Sessions of a client that are old and idle and have no file open.
    Forgotten { client: String, forgotten: u32, sessions: u32, oldest_hours: i64 },
    /// A rule said of this client that it leaks sessions.
    Suspect { client: String },
    /// It held no fewer the day before.
    Grows { client: String, before: u32, sessions: u32 },
    /// It held more the day before.
    Shrinks { client: String, before: u32, sessions: u32 },
    /// So many of its sessions were still there a quarter of an hour after the end.
    Stayed { client: String, sessions: u32, of: u32 },
    /// Most of its sessions were gone by then.
    Went { client: String, sessions: u32, of: u32 },
    /// Events by which the server says that clients come too fast.
    FloodEvents { events: u32 },
    /// So many sessions more within ten minutes; the most that was ever seen of this host before.
    MoreSessions { more: u32, ever: u32 },
    /// The same of clients.
    MoreClients { more: u32, ever: u32 },
    /// So many sessions were set up within the last minutes before the peak.
    Started { sessions: u32, clients: u32, all: u32, minutes: i64 },
    /// One client set up so many of those.
    OneClient { client: String, sessions: u32, of: u32 },
    /// The host was started again shortly before.
    Restarted { at: i64 },
    /// A week before at the same time it held as many.
    WeekBefore { sessions: u32 },
    /// …it held far fewer.
    FewerWeekBefore { sessions: u32 },
}

impl Suspected {
    pub const ALL: [Self; 6] = [Self::Backup, Self::Leak, Self::Flood, Self::Vdi, Self::LogonStorm, Self::Print];

    /// The word in messages and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Leak => "leak",
            Self::Flood => "flood",
            Self::Vdi => "vdi",
            Self::LogonStorm => "logon-storm",
            Self::Print => "print",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suspected| suspected.word() == word)
    }
}

impl Cause {
    /// What speaks for it outweighs what speaks against it by far; else it is possible.
    #[must_use]
    pub fn is_likely(&self) -> bool {
        self.weight >= 4
    }
}

impl Point {
    /// The word in messages and in the API.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Held { .. } => "held",
            Self::Grew { .. } => "grew",
            Self::Before { .. } => "before",
            Self::Idle { .. } => "idle",
            Self::Used { .. } => "used",
            Self::Night { .. } => "night",
            Self::Day { .. } => "day",
            Self::Morning { .. } => "morning",
            Self::SameHour { .. } => "same-hour",
            Self::Forgotten { .. } => "forgotten",
            Self::Suspect { .. } => "suspect",
            Self::Grows { .. } => "grows",
            Self::Shrinks { .. } => "shrinks",
            Self::Stayed { .. } => "stayed",
            Self::Went { .. } => "went",
            Self::FloodEvents { .. } => "flood-events",
            Self::MoreSessions { .. } => "more-sessions",
            Self::MoreClients { .. } => "more-clients",
            Self::Started { .. } => "started",
            Self::OneClient { .. } => "one-client",
            Self::Restarted { .. } => "restarted",
            Self::WeekBefore { .. } => "week-before",
            Self::FewerWeekBefore { .. } => "fewer-week-before",
        }
    }
}
