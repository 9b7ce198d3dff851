use super::id::{ClientId, UserId};
use super::limit::Limit;

/// A session counts as idle once it has done nothing for this long: Windows' own default for disconnecting it.
pub const IDLE_AFTER_SECS: i64 = 15 * 60;

/// All sessions of a host at one instant, with interned names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub taken_at: i64,
    pub source: String,
    pub sampling_secs: u32,
    pub limit: Limit,
    pub partial: bool,
    /// Record id of the event that made the agent look at once.
    pub burst_of: Option<u64>,
    /// In ascending order, so that equal sets are equal vectors.
    pub sessions: Vec<Session>,
}

/// One SMB session, held in absolute instants: ages would change with every snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Session {
    pub client: ClientId,
    pub user: UserId,
    /// When it was set up, ± 1 s; none if the source does not know.
    pub started_at: Option<i64>,
    /// When it last did something, ± 1 s; none if the source does not know.
    pub active_at: Option<i64>,
    pub opens: Option<u32>,
}

/// A snapshot in the figures that incidents open and close by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookOf {
    pub taken_at: i64,
    pub sessions: u32,
    pub clients: u32,
    pub limit_sessions: Option<u32>,
    pub is_unlimited: bool,
    pub sampling_secs: u32,
}

/// What a snapshot adds up to. Counts that the source cannot know are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    pub sessions: u32,
    pub clients: u32,
    pub opens: Option<u64>,
    pub idle_sessions: Option<u32>,
    pub zero_open_sessions: Option<u32>,
}

impl Session {
    /// Whether it has done nothing for [`IDLE_AFTER_SECS`]; none if the source does not know.
    #[must_use]
    pub fn is_idle(&self, taken_at: i64) -> Option<bool> {
        self.active_at.map(|at| taken_at - at >= IDLE_AFTER_SECS * 1_000)
    }
}

impl Snapshot {
    #[must_use]
    pub fn totals(&self) -> Totals {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut clients: Vec<_> = self.sessions.iter().map(|s| s.client).collect();
        clients.dedup(); // sessions are sorted by client
        let opens: Vec<_> = self.sessions.iter().filter_map(|s| s.opens).collect();
        let idle: Vec<_> = self.sessions.iter().filter_map(|s| s.is_idle(self.taken_at)).collect();
        let known = |n: usize| n > 0 || self.sessions.is_empty();
        Totals {
            sessions: count(self.sessions.len()),
            clients: count(clients.len()),
            opens: known(opens.len()).then(|| opens.iter().copied().map(u64::from).sum()),
            idle_sessions: known(idle.len()).then(|| count(idle.iter().filter(|i| **i).count())),
            zero_open_sessions: known(opens.len()).then(|| count(opens.iter().filter(|o| **o == 0).count())),
        }
    }
}
