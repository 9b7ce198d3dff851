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

/// What is certain of a client with several names, where [`Held`] only has the most that can be true. Sums of time are exact; but
/// of when within a stretch each name held how much, records know no more than the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Least {
    pub peak_sessions: u32,
    pub peak_opens: u32,
    pub full_ms: i64,
}

/// What a holder held, at most and at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bounded {
    pub held: Held,
    pub least: Least,
}

impl Least {
    /// Peaks are at least those of any stretch.
    pub fn raise(&mut self, stretch: &Bounded) {
        self.peak_sessions = self.peak_sessions.max(stretch.least.peak_sessions);
        self.peak_opens = self.peak_opens.max(stretch.least.peak_opens);
    }
}

impl From<Held> for Bounded {
    /// Nothing is uncertain about one name.
    fn from(held: Held) -> Self {
        let Held { peak_sessions, peak_opens, full_ms, .. } = held;
        Self { held, least: Least { peak_sessions, peak_opens, full_ms } }
    }
}

impl Bounded {
    /// Adds what the same client held under another name in the same stretch: the two may have been there at once, or not.
    pub fn join(&mut self, other: &Held) {
        let (sessions, opens) = (self.held.peak_sessions, self.held.peak_opens);
        self.held.merge(other);
        self.held.peak_sessions = sessions.saturating_add(other.peak_sessions);
        self.held.peak_opens = opens.saturating_add(other.peak_opens);
        self.least.peak_sessions = self.least.peak_sessions.max(other.peak_sessions);
        self.least.peak_opens = self.least.peak_opens.max(other.peak_opens);
        self.least.full_ms = self.least.full_ms.max(other.full_ms);
    }

    /// Whether knowing this stretch exactly could say more about a whole of which the least is known.
    #[must_use]
    pub fn can_change(&self, whole: &Self) -> bool {
        let Self { held, least } = self;
        held.full_ms > least.full_ms
            || (held.peak_sessions > least.peak_sessions && held.peak_sessions > whole.least.peak_sessions)
            || (held.peak_opens > least.peak_opens && held.peak_opens > whole.least.peak_opens)
    }

    /// The same without peaks that only might have been: those that [can change nothing](Self::can_change) of the whole.
    #[must_use]
    pub fn certain(mut self) -> Self {
        (self.held.peak_sessions, self.held.peak_opens) = (self.least.peak_sessions, self.least.peak_opens);
        self
    }

    /// The same with narrower bounds, where `closer` has them. What it says beyond what is known is not believed: it may have been
    /// observed later.
    #[must_use]
    pub fn narrowed(&self, closer: &Self) -> Self {
        let (Self { mut held, mut least }, of) = (*self, closer);
        if (1..=held.peak_sessions).contains(&of.held.peak_sessions) {
            held.peak_sessions = of.held.peak_sessions.max(least.peak_sessions);
            held.peak_at = of.held.peak_at;
        }
        held.peak_opens = of.held.peak_opens.clamp(least.peak_opens, held.peak_opens);
        held.full_ms = of.held.full_ms.clamp(least.full_ms, held.full_ms);
        least.peak_sessions = of.least.peak_sessions.clamp(least.peak_sessions, held.peak_sessions);
        least.peak_opens = of.least.peak_opens.clamp(least.peak_opens, held.peak_opens);
        least.full_ms = of.least.full_ms.clamp(least.full_ms, held.full_ms);
        Self { held, least }
    }

    /// Adds another stretch, or another host, of the same client.
    pub fn merge(&mut self, other: &Self) {
        self.held.merge(&other.held);
        self.least.peak_sessions = self.least.peak_sessions.max(other.least.peak_sessions);
        self.least.peak_opens = self.least.peak_opens.max(other.least.peak_opens);
        self.least.full_ms += other.least.full_ms;
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
    /// What is certain of `held`: the same figures, but for a client with several names.
    pub least: Least,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn held(session_ms: i64, peak_sessions: u32, full_ms: i64) -> Held {
        Held { session_ms, peak_sessions, peak_opens: 2 * peak_sessions, full_ms, ..Held::default() }
    }

    #[test]
    fn names_of_one_client_add_up_in_time_and_lie_between_bounds_elsewhere() {
        let mut hour = Bounded::default();
        hour.join(&held(10, 3, 5));
        assert_eq!(hour, Bounded::from(held(10, 3, 5)), "one name is exact");
        hour.join(&held(7, 2, 4));
        assert_eq!(hour.held, held(17, 5, 9));
        assert_eq!(hour.least, Least { peak_sessions: 3, peak_opens: 6, full_ms: 5 });
        let mut all = Bounded::from(held(1, 4, 1));
        all.merge(&hour);
        assert_eq!(all.held, held(18, 5, 10));
        assert_eq!(all.least, Least { peak_sessions: 4, peak_opens: 8, full_ms: 6 });
        assert!(hour.can_change(&Bounded::default()) && !Bounded::from(held(1, 9, 9)).can_change(&all));
        let exact = all.narrowed(&Bounded::from(held(99, 4, 8)));
        assert_eq!((exact.held, exact.least), (held(18, 4, 8), Least { peak_sessions: 4, peak_opens: 8, full_ms: 8 }));
        assert_eq!(all.narrowed(&Bounded::from(held(0, 99, 99))).held, all.held, "what was seen later is not counted");
    }
}
