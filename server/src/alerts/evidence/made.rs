//! Episodes that tests make up.

use crate::model::alias::Aliases;
use crate::model::change::{Change, What};
use crate::model::class::Class;
use crate::model::episode::{Episode, Looked, Moment, Names, Snapshots};
use crate::model::event::{Event, EventClass};
use crate::model::eyes::{RecordText, UserName};
use crate::model::finding::{Fact, Finding, Severity};
use crate::model::host::Facts;
use crate::model::incident::{Incident, Kind, State};
use crate::model::limit::{Limit, LimitSource};
use crate::model::snapshot::{Session, Snapshot};
use crate::model::time::{CELLS_PER_HOUR, HOUR_MS, MINUTE_MS, SECOND_MS, hour_start};
use crate::model::usage::{Peak, Usage, UsageHour};
use crate::model::{ClientId, EventId, HostId, IncidentId, UserId};

/// Tuesday, 2026-11-24, 09:31 in Paris.
pub(super) const FROM_AT: i64 = 1_795_509_060_000;
pub(super) const UNTIL_AT: i64 = FROM_AT + 16 * MINUTE_MS;
pub(super) const PEAK_AT: i64 = FROM_AT + 7 * MINUTE_MS;

pub(super) const LIMIT: Limit = Limit { sessions: Some(20), unlimited: false, source: LimitSource::Api };

/// So many sessions of one client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of {
    pub(super) client: i64,
    pub(super) sessions: u32,
    pub(super) user: i64,
    pub(super) opens: Option<u32>,
    pub(super) idle_secs: Option<i64>,
    pub(super) age_secs: Option<i64>,
}

/// Sessions that are in use: two files open, three hours old.
pub(super) fn of(client: i64, sessions: u32) -> Of {
    Of { client, sessions, user: client, opens: Some(2), idle_secs: Some(5), age_secs: Some(10_800) }
}

pub(super) fn snapshot(taken_at: i64, held: &[Of]) -> Snapshot {
    let mut sessions = Vec::new();
    for of in held {
        let ago = |secs: Option<i64>| secs.map(|secs| taken_at - secs * SECOND_MS);
        let (started_at, active_at) = (ago(of.age_secs), ago(of.idle_secs));
        let session =
            Session { client: ClientId(of.client), user: UserId(of.user), started_at, active_at, opens: of.opens };
        sessions.extend(std::iter::repeat_n(session, of.sessions as usize));
    }
    sessions.sort_unstable();
    let (source, partial, burst_of) = ("win32-502".to_owned(), false, None);
    Snapshot { taken_at, source, sampling_secs: 60, limit: LIMIT, partial, burst_of, sessions }
}

pub(super) fn incident() -> Incident {
    Incident {
        id: IncidentId(1_841),
        host: Some(HostId(2)),
        host_name: "FS02".to_owned(),
        group_name: "Paris".to_owned(),
        kind: Kind::Full,
        state: State::Resolved,
        from_at: FROM_AT,
        opened_at: FROM_AT + MINUTE_MS,
        until_at: Some(UNTIL_AT),
        resolved_at: Some(UNTIL_AT + 15 * MINUTE_MS),
        unknown_since: None,
        stretches: 1,
        owner: None,
        owner_name: String::new(),
        is_silenced: false,
        subject: String::new(),
        version: 2,
        updated_at: UNTIL_AT,
    }
}

/// A host with a limit of 20 that was full for a quarter of an hour: these sessions at the peak.
pub(super) fn episode(at_peak: &[Of]) -> Episode {
    let at_peak = snapshot(PEAK_AT, at_peak);
    let facts = Facts {
        name: "FS02".to_owned(),
        os: "Windows 11 Pro".to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        ..Facts::default()
    };
    Episode {
        incident: incident(),
        now_at: UNTIL_AT + HOUR_MS,
        host: Some(facts),
        moments: vec![Moment::of(&at_peak, &Aliases::default())],
        looked: Looked { snapshots: 1, sessions: at_peak.sessions.len() as u64, cut_at: None },
        names: names(&at_peak),
        snapshots: Snapshots { at_peak: Some(at_peak), ..Snapshots::default() },
        usage: Vec::new(),
        gaps: Vec::new(),
        events: Vec::new(),
        more_events: 0,
        changes: Vec::new(),
        findings: Vec::new(),
        earlier: Vec::new(),
    }
}

/// Everybody is called by his number.
fn names(snapshot: &Snapshot) -> Names {
    let clients = snapshot.sessions.iter().map(|s| (s.client, format!("C{}", s.client))).collect();
    let users = snapshot.sessions.iter().map(|s| (s.user, UserName::new(format!("u{}", s.user)))).collect();
    Names { clients, users, ..Names::default() }
}

pub(super) fn classed(mut episode: Episode, class: Class, clients: &[i64]) -> Episode {
    episode.names.client_classes.extend(clients.iter().map(|client| (*client, class)));
    episode
}

/// Figures of every minute, from one to another: so many sessions and clients in each.
pub(super) fn minutes(from_at: i64, figures: &[(u32, u32)]) -> Vec<Moment> {
    let moment = |(n, (sessions, clients)): (i64, &(u32, u32))| {
        let base = Moment::of(&snapshot(from_at + n * MINUTE_MS, &[]), &Aliases::default());
        let totals = crate::model::snapshot::Totals { sessions: *sessions, clients: *clients, ..base.totals };
        Moment { totals, ..base }
    };
    (0..).zip(figures).map(moment).collect()
}

/// An hour of usage in which every cell has this peak.
pub(super) fn usage(hour_at: i64, sessions: impl Fn(usize) -> Option<u32>) -> UsageHour {
    let mut cells = [Usage::default(); CELLS_PER_HOUR];
    for (n, (at, cell)) in (hour_at..).step_by(300_000).zip(&mut cells).enumerate() {
        let Some(sessions) = sessions(n) else { continue };
        *cell = Usage {
            snapshots: 5,
            covered_ms: 300_000,
            session_ms: i64::from(sessions) * 300_000,
            full_ms: if sessions >= 20 { 300_000 } else { 0 },
            peak: Some(Peak { sessions, at, limit: LIMIT }),
            max_saturation: LIMIT.saturation(sessions),
            max_opens: None,
            max_clients: sessions,
        };
    }
    UsageHour { host: HostId(2), hour_at: hour_start(hour_at), cells }
}

pub(super) fn event(code: u32, class: EventClass, recorded_at: i64) -> Event {
    Event {
        id: EventId(i64::from(code)),
        host: HostId(2),
        host_name: "FS02".to_owned(),
        channel: "System".to_owned(),
        provider: "Srv".to_owned(),
        record_id: u64::from(code),
        recorded_at,
        received_at: recorded_at,
        code,
        level: 3,
        class,
        computer: "FS02".to_owned(),
        xml: RecordText::new("<Event/>"),
        message: None,
        decoded: "{}".to_owned(),
    }
}

pub(super) fn started(seen_at: i64) -> Change {
    let boot = |name: &str| Some(name.to_owned());
    Change { seen_at, after_at: seen_at - HOUR_MS, what: What::Start, before: boot("1"), after: boot("2") }
}

pub(super) fn leak_finding(client: &str) -> Finding {
    let client = client.to_owned();
    Finding {
        id: 1,
        host: HostId(2),
        host_name: "FS02".to_owned(),
        rule: "CLI-01".to_owned(),
        severity: Severity::High,
        detail: Fact::Leak { client, sessions: 9, day_before: Some(8), forgotten: 8, oldest_hours: 48 }.into(),
        since_at: FROM_AT - 24 * HOUR_MS,
        gone_at: None,
    }
}
