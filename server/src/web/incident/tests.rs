mod bodies;
mod scripts;
mod sentences;
mod texts;

use super::*;
use crate::locale::{Lang, Locale, NBSP, Zone};
use crate::model::evidence::{
    AtLimit, Cause, Changed, Earlier, EventThen, Evidence, Figures, FindingThen, Holder, Hole, Holes, HostThen,
    LimitThen, Look, LookedThen, Mostly, Point, Rest, Stretch, Suspected, UserHolder, WeekBefore,
};
use crate::model::eyes::{Eyes, UserName};
use crate::model::finding::{Fact, Severity};
use crate::model::incident::Kind;
use crate::model::limit::LimitSource;
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::model::{ClientId, HostId, IncidentId};

/// Tuesday, 2026-11-24, 09:31 in Paris.
const FROM_AT: i64 = 1_795_509_060_000;

/// With what a message's id begins, that was not found.
const ID: &str = "evidence\u{2d}";

fn held(name: &str, sessions: u32) -> Holder {
    Holder { client: Some(ClientId(7)), name: name.to_owned(), sessions, ..Holder::default() }
}

/// FS02, as in the product's own words.
fn kiosk() -> Evidence {
    let limit = LimitThen { sessions: Some(20), is_unlimited: false, source: Some(LimitSource::Api) };
    let peak = Figures {
        taken_at: FROM_AT + 7 * MINUTE_MS,
        sessions: 20,
        clients: 11,
        opens: Some(57),
        idle: Some(9),
        zero_open: Some(8),
        idle_zero_open: Some(7),
        limit,
        is_partial: false,
    };
    let host = HostThen {
        id: Some(HostId(2)),
        name: "FS02".to_owned(),
        os: "Windows 11 Pro".to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        limit,
        ..HostThen::default()
    };
    let until_at = FROM_AT + 16 * MINUTE_MS;
    let stretch = Stretch { from_at: FROM_AT, to_at: until_at };
    let at_limit = AtLimit { stretches: vec![stretch], count: 1, total_ms: stretch.length_ms(), coarse_from_at: None };
    Evidence {
        version: 1,
        computed_at: until_at + HOUR_MS,
        incident: Some(IncidentId(1_841)),
        kind: Some(Kind::Full),
        from_at: FROM_AT,
        until_at: Some(until_at),
        host,
        peak: Some(peak),
        at_limit,
        holders: vec![held("SCANNER-2F", 5), held("RDS-04", 4), held("PC-3", 3)],
        rest: Rest { clients: 8, sessions: 8, idle: Some(1), most_sessions: 1, ..Rest::default() },
        ..Evidence::default()
    }
}

/// Every point there is: for a cause, and against it.
fn points() -> (Vec<Point>, Vec<Point>) {
    let client = || "SCANNER-2F".to_owned();
    let points_for = vec![
        Point::Held { clients: 1, sessions: 5, all: 20 },
        Point::Grew { sessions: 4, all: 6 },
        Point::Before { sessions: 5 },
        Point::Idle { sessions: 4, of: 5 },
        Point::Used { sessions: 1, of: 5 },
        Point::Night { hour: 2 },
        Point::Day { hour: 9 },
        Point::Morning { hour: 8 },
        Point::SameHour { hour: 9, times: 3, of: 4 },
        Point::Forgotten { client: client(), forgotten: 5, sessions: 5, oldest_hours: 30 },
        Point::Suspect { client: client() },
        Point::Grows { client: client(), before: 3, sessions: 5 },
        Point::Shrinks { client: client(), before: 9, sessions: 5 },
    ];
    let points_against = vec![
        Point::Stayed { client: client(), sessions: 5, of: 5 },
        Point::Went { client: client(), sessions: 0, of: 5 },
        Point::FloodEvents { events: 2 },
        Point::MoreSessions { more: 90, ever: 20 },
        Point::MoreClients { more: 90, ever: 20 },
        Point::Started { sessions: 12, clients: 9, all: 20, minutes: 15 },
        Point::OneClient { client: client(), sessions: 8, of: 12 },
        Point::Restarted { at: FROM_AT - HOUR_MS },
        Point::WeekBefore { sessions: 19 },
        Point::FewerWeekBefore { sessions: 3 },
    ];
    (points_for, points_against)
}

/// Every change there is.
fn all_changes() -> Vec<Changed> {
    let change = |what: &str, name: &str| Changed {
        seen_at: FROM_AT - HOUR_MS,
        after_at: FROM_AT - 2 * HOUR_MS,
        what: Some(what.to_owned()),
        name: name.to_owned(),
        before: Some("20".to_owned()),
        after: None,
    };
    let words = ["limit", "start", "name", "full_name", "domain", "cluster", "addresses", "system", "build"];
    let mut changes: Vec<Changed> = words.map(|word| change(word, "")).to_vec();
    changes.extend([change("time_zone", ""), change("agent_version", ""), change("setting", "AutoDisconnectTimeout")]);
    changes
}

/// Everything that can be said is said.
fn talkative() -> Evidence {
    let (points_for, points_against) = points();
    let cause =
        |what| Cause { what, weight: 5, points_for: points_for.clone(), points_against: points_against.clone() };
    let burst = vec![Look { taken_at: FROM_AT, sessions: 20, clients: 3 }];
    let event = |code, provider: &str, burst| EventThen {
        recorded_at: FROM_AT + 4_000,
        code,
        provider: provider.to_owned(),
        burst,
        ..EventThen::default()
    };
    let reason = Some("agent_stopped".to_owned());
    let hole = Hole { from_at: FROM_AT + MINUTE_MS, to_at: FROM_AT + 3 * MINUTE_MS, reason };
    Evidence {
        causes: Suspected::ALL.into_iter().map(Some).chain([None]).map(cause).collect(),
        changes: all_changes(),
        events: vec![event(2_022, "Srv", burst), event(2_003, "PerfNet", Vec::new())],
        findings: vec![FindingThen {
            rule: "CFG-07".to_owned(),
            severity: Some(Severity::High),
            facts: vec![Fact::On { name: "SMB1".to_owned() }],
            ..FindingThen::default()
        }],
        holes: Holes { longest: vec![hole], count: 1, total_ms: 2 * MINUTE_MS, lost_records: 3 },
        users: vec![UserHolder { name: UserName::default(), sessions: 2, clients: 1, ..UserHolder::default() }],
        week_before: Some(WeekBefore { peak_sessions: 19, full_ms: 4 * MINUTE_MS, ..WeekBefore::default() }),
        earlier: Earlier {
            days: 30,
            count: 6,
            last_at: Some(FROM_AT - 7 * DAY_MS),
            mostly: Some(Mostly { weekday: 1, hour: 9, count: 4, at: FROM_AT - 7 * DAY_MS }),
        },
        looked: LookedThen { snapshots: 10, sessions: 1_000_000, cut_at: Some(FROM_AT + 5 * MINUTE_MS) },
        ..kiosk()
    }
}

fn locales() -> [Locale; 2] {
    Lang::ALL.map(|lang| Locale::new(lang, Zone::named("Europe/Paris")))
}

fn said(evidence: &Evidence) -> [String; 2] {
    locales().map(|locale| sentence(evidence, &locale).replace([NBSP, '\u{202f}'], " "))
}
