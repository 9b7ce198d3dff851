//! What history has of an episode: the host, its sessions and what happened around that time. The [evidence](super::evidence) is made
//! of it, while history lasts.

use std::collections::HashMap;

use super::alias::Aliases;
use super::change::Change;
use super::class::Class;
use super::event::Event;
use super::eyes::UserName;
use super::finding::Finding;
use super::gap::Gap;
use super::host::Facts;
use super::id::{ClientId, UserId};
use super::incident::Incident;
use super::limit::Limit;
use super::snapshot::{Session, Snapshot, Totals};
use super::time::{CELL_MS, HOUR_MS, MINUTE_MS, SECOND_MS};
use super::usage::{Usage, UsageHour};

/// So long before it began its events and snapshots are looked at, too.
pub const LEAD_MS: i64 = 15 * MINUTE_MS;
/// So long after it ended.
pub const TAIL_MS: i64 = 15 * MINUTE_MS;
/// What is compared with how it was before it began.
pub const BEFORE_MS: i64 = HOUR_MS;

/// All of it. What history does not have (any more) is none or empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    pub incident: Incident,
    /// When this was gathered.
    pub now_at: i64,
    /// What the host said of itself then.
    pub host: Option<Facts>,
    /// The snapshots from [`BEFORE_MS`] before it began until [`TAIL_MS`] after it ended, in figures and in order, as far as they were
    /// looked at.
    pub moments: Vec<Moment>,
    pub looked: Looked,
    pub snapshots: Snapshots,
    pub names: Names,
    /// The host's usage from some weeks before on, in order.
    pub usage: Vec<UsageHour>,
    pub gaps: Vec<Gap>,
    /// From [`LEAD_MS`] before it began on, in order.
    pub events: Vec<Event>,
    /// How many there are beside those.
    pub more_events: u64,
    pub changes: Vec<Change>,
    /// Those that held then.
    pub findings: Vec<Finding>,
    /// When earlier incidents of that kind began, of that host, in order.
    pub earlier: Vec<i64>,
}

/// How much of the snapshots was looked at one by one; of the rest only the usage of every five minutes is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looked {
    pub snapshots: u64,
    pub sessions: u64,
    /// Until when, if there was too much for all of it.
    pub cut_at: Option<i64>,
}

/// Whole snapshots, of the instants that matter. None if nothing was observed then.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshots {
    pub at_peak: Option<Snapshot>,
    /// The newest before it began, however long before.
    pub last_before: Option<Snapshot>,
    /// [`BEFORE_MS`] before it began.
    pub hour_before: Option<Snapshot>,
    /// A day before it began.
    pub day_before: Option<Snapshot>,
    /// [`TAIL_MS`] after it ended.
    pub after: Option<Snapshot>,
}

/// Names and classes of those who are in the snapshots.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Names {
    pub clients: HashMap<ClientId, String>,
    pub users: HashMap<UserId, UserName>,
    pub aliases: Aliases,
    /// By main client.
    pub client_classes: HashMap<i64, Class>,
    pub user_classes: HashMap<i64, Class>,
}

/// What goes into the bundle of an incident beside its evidence, as far as history still has it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Material {
    /// The snapshot of the peak, and those around it, in order.
    pub looks: Vec<Snapshot>,
    pub names: Names,
    /// What every five minutes come to, from [`BEFORE_MS`] before it began until as long after its end, with when each begins.
    pub cells: Vec<(i64, Usage)>,
    /// Until when, if that is too much.
    pub cut_at: Option<i64>,
    /// The events of the evidence, with their records.
    pub events: Vec<Event>,
    /// What the host said of itself then.
    pub host: Option<Facts>,
}

/// A snapshot in figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    pub taken_at: i64,
    pub sampling_secs: u32,
    pub limit: Limit,
    pub totals: Totals,
    /// Sessions that are idle and have no file open; none if the source does not know.
    pub idle_zero_open: Option<u32>,
    /// There may be more sessions than these.
    pub is_partial: bool,
    /// Record id of the event that made the agent look at once.
    pub burst_of: Option<u64>,
}

impl Moment {
    /// A client with several names counts once.
    #[must_use]
    pub fn of(snapshot: &Snapshot, aliases: &Aliases) -> Self {
        let both = |s: &Session| s.is_idle(snapshot.taken_at).zip(s.opens).map(|(idle, opens)| idle && opens == 0);
        let known: Vec<bool> = snapshot.sessions.iter().filter_map(both).collect();
        let is_known = !known.is_empty() || snapshot.sessions.is_empty();
        let count = known.iter().filter(|is_both| **is_both).count();
        Self {
            taken_at: snapshot.taken_at,
            sampling_secs: snapshot.sampling_secs,
            limit: snapshot.limit,
            totals: aliases.applied(snapshot).totals(),
            idle_zero_open: is_known.then(|| u32::try_from(count).unwrap_or(u32::MAX)),
            is_partial: snapshot.partial,
            burst_of: snapshot.burst_of,
        }
    }

    /// Until when it holds true if no other one follows.
    #[must_use]
    pub fn holds_until(&self) -> i64 {
        holds_until(self.taken_at, self.sampling_secs)
    }

    #[must_use]
    pub fn is_full(&self) -> bool {
        self.limit.is_full(self.totals.sessions)
    }
}

/// A snapshot holds true for twice its sampling interval, if no other one follows.
#[must_use]
pub fn holds_until(taken_at: i64, sampling_secs: u32) -> i64 {
    taken_at.saturating_add(i64::from(sampling_secs) * 2 * SECOND_MS)
}

impl Names {
    #[must_use]
    pub fn client(&self, id: ClientId) -> &str {
        self.clients.get(&id).map_or("", String::as_str)
    }

    #[must_use]
    pub fn user(&self, id: UserId) -> &UserName {
        self.users.get(&id).unwrap_or(UserName::nobody())
    }

    /// The client that this is a name of.
    #[must_use]
    pub fn main(&self, id: ClientId) -> ClientId {
        ClientId(self.aliases.main(id.0))
    }

    /// What the rules say of the client, else of the user.
    #[must_use]
    pub fn class(&self, session: &Session) -> Option<Class> {
        let of_client = self.client_classes.get(&self.main(session.client).0);
        of_client.or_else(|| self.user_classes.get(&session.user.0)).copied()
    }
}

impl Episode {
    /// When it began.
    #[must_use]
    pub fn from_at(&self) -> i64 {
        self.incident.from_at
    }

    /// When it ended, or until when it is told.
    #[must_use]
    pub fn until_at(&self) -> i64 {
        self.incident.until_at.unwrap_or(self.now_at).max(self.incident.from_at)
    }

    /// When its host held most sessions. Of several such instants the first; if nothing was observed while it lasted, what held true when
    /// it began. None if nothing did.
    #[must_use]
    pub fn peak_at(&self) -> Option<i64> {
        let (from_at, until_at) = (self.from_at(), self.until_at());
        let during = self.moments.iter().filter(|m| (from_at..=until_at).contains(&m.taken_at));
        let within = during.map(|m| (m.totals.sessions, m.taken_at)).max_by_key(|(sessions, at)| (*sessions, -at));
        let cut = self.looked.cut_at.and_then(|cut_at| self.peak_of_cells(cut_at, until_at));
        let peak = [within, cut].into_iter().flatten().max_by_key(|(sessions, at)| (*sessions, -at));
        let held = || {
            let holds = |m: &&Moment| m.taken_at <= from_at && m.holds_until() >= from_at;
            self.moments.iter().rfind(holds).map(|m| m.taken_at)
        };
        peak.map(|(_, at)| at).or_else(held)
    }

    /// The peak of what was not looked at snapshot by snapshot.
    fn peak_of_cells(&self, cut_at: i64, until_at: i64) -> Option<(u32, i64)> {
        let from_at = cut_at.max(self.from_at());
        let peaks = self.cells().filter_map(|(_, cell)| cell.peak);
        let within = peaks.filter(|peak| (from_at..=until_at).contains(&peak.at));
        within.max_by_key(|peak| (peak.sessions, -peak.at)).map(|peak| (peak.sessions, peak.at))
    }

    /// The usage of every five minutes, with when each begins.
    pub fn cells(&self) -> impl Iterator<Item = (i64, &Usage)> {
        self.usage.iter().flat_map(|hour| {
            let hour_at = hour.hour_at;
            (0..).zip(&hour.cells).map(move |(n, cell)| (hour_at + n * CELL_MS, cell))
        })
    }
}
