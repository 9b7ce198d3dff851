use super::id::{ClientId, HostId, UserId};

/// What one client, or one user, held of a host's sessions over some stretch: sums and maxima only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Held {
    /// Sum over its sessions of the time each was seen, in milliseconds.
    pub session_ms: i64,
    /// Most sessions at once on one host.
    pub peak_sessions: u32,
    /// When it first held that many.
    pub peak_at: i64,
    pub peak_opens: u32,
    /// Part of `session_ms` in which the session had done nothing for 15 minutes; counts only what the source knows.
    pub idle_ms: i64,
    /// Part of `session_ms` in which the session had no file open.
    pub zero_open_ms: i64,
    /// How long it held at least one session while its host was full: presence, not proof.
    pub full_ms: i64,
    pub first_seen_at: i64,
    pub last_seen_at: i64,
}

impl Held {
    /// Adds another stretch of the same holder.
    pub fn merge(&mut self, other: &Self) {
        if other.session_ms == 0 && other.peak_sessions == 0 {
            return;
        }
        if self.peak_sessions == 0 {
            *self = *other;
            return;
        }
        self.session_ms += other.session_ms;
        self.idle_ms += other.idle_ms;
        self.zero_open_ms += other.zero_open_ms;
        self.full_ms += other.full_ms;
        self.peak_opens = self.peak_opens.max(other.peak_opens);
        if (other.peak_sessions, -other.peak_at) > (self.peak_sessions, -self.peak_at) {
            (self.peak_sessions, self.peak_at) = (other.peak_sessions, other.peak_at);
        }
        self.first_seen_at = self.first_seen_at.min(other.first_seen_at);
        self.last_seen_at = self.last_seen_at.max(other.last_seen_at);
    }
}

/// Who held a host's sessions within an hour or a day, once by client and once by user, each in ascending order of id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holders {
    pub by_client: Vec<(ClientId, Held)>,
    pub by_user: Vec<(UserId, Held)>,
}

/// What one client, or one user, held over all hosts. `peak_sessions` is the most at once over all hosts, minute by minute;
/// `peak_opens` the most on any one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetHolder {
    /// Of a client or of a user.
    pub id: i64,
    pub held: Held,
    /// Where it held a session, in ascending order.
    pub hosts: Vec<HostId>,
}

/// A row of "who holds the sessions".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopHolder<Id> {
    pub id: Id,
    pub name: String,
    pub held: Held,
    /// Hosts on which it held a session, in ascending order.
    pub hosts: Vec<HostId>,
}

/// What "top" is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Measure {
    #[default]
    SessionHours,
    PeakSessions,
    PeakOpens,
    Idle,
    ZeroOpen,
    /// Time present while a host was full.
    Blame,
    Hosts,
}

impl Measure {
    pub const ALL: [Self; 7] =
        [Self::SessionHours, Self::PeakSessions, Self::PeakOpens, Self::Idle, Self::ZeroOpen, Self::Blame, Self::Hosts];

    /// The word in URLs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::SessionHours => "session-hours",
            Self::PeakSessions => "peak",
            Self::PeakOpens => "opens",
            Self::Idle => "idle",
            Self::ZeroOpen => "zero-open",
            Self::Blame => "blame",
            Self::Hosts => "hosts",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.word() == word)
    }

    /// The figure that this measure ranks by, greatest first.
    #[must_use]
    pub fn of(self, held: &Held, hosts: usize) -> i64 {
        match self {
            Self::SessionHours => held.session_ms,
            Self::PeakSessions => i64::from(held.peak_sessions),
            Self::PeakOpens => i64::from(held.peak_opens),
            Self::Idle => held.idle_ms,
            Self::ZeroOpen => held.zero_open_ms,
            Self::Blame => held.full_ms,
            Self::Hosts => i64::try_from(hosts).unwrap_or(i64::MAX),
        }
    }
}
