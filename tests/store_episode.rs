//! What history has of an episode: gathered on both databases, and what evidence is made of it.

use highwater::alerts::evidence;
use highwater::history::frame;
use highwater::model::change::What;
use highwater::model::class::Class;
use highwater::model::episode::Episode;
use highwater::model::event::NewEvent;
use highwater::model::evidence::{Evidence, Point, Suspected};
use highwater::model::eyes::Eyes;
use highwater::model::finding::{Fact, Found, Severity};
use highwater::model::gap::Gap;
use highwater::model::host::Facts;
use highwater::model::incident::{Incident, Kind};
use highwater::model::limit::{Limit, LimitSource};
use highwater::model::snapshot::{Session, Snapshot};
use highwater::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, hour_start};
use highwater::model::unit::Unit;
use highwater::model::{ClientId, HostId, IncidentId, UserId};
use highwater::store::frames::NewFrame;
use highwater::store::incidents::{Ended, NewIncident};
use highwater::store::{aliases, changes, episode, events, findings, frames, gaps, incidents, work};
use highwater::tasks::compact::Compact;

use crate::harness::holdings::{clients, event, users};
use crate::harness::store::{Store, T0, both};

/// The episode begins here, in the middle of an hour.
const FROM_AT: i64 = T0 + 31 * MINUTE_MS;
const UNTIL_AT: i64 = FROM_AT + 16 * MINUTE_MS;
pub(crate) const NOW_AT: i64 = T0 + 3 * HOUR_MS;

/// Sessions of a client: (client, how many, opens, idle for so many seconds).
type Of = (ClientId, u32, u32, i64);

fn snapshot(taken_at: i64, held: &[Of]) -> Snapshot {
    let mut sessions = Vec::new();
    for (client, count, opens, idle_secs) in held {
        let session = Session {
            client: *client,
            user: UserId(client.0),
            started_at: Some(taken_at - 50_000_000),
            active_at: Some(taken_at - idle_secs * 1_000),
            opens: Some(*opens),
        };
        sessions.extend(std::iter::repeat_n(session, *count as usize));
    }
    sessions.sort_unstable();
    Snapshot {
        taken_at,
        source: "win32-502".to_owned(),
        sampling_secs: 60,
        limit: Limit { sessions: Some(20), unlimited: false, source: LimitSource::Api },
        partial: false,
        burst_of: None,
        sessions,
    }
}

async fn observe(store: &Store, host: HostId, snapshots: &[Snapshot]) {
    store
        .write(async |tx| {
            for snapshot in snapshots {
                let (taken_at, body) = (snapshot.taken_at, frame::encode(snapshot, None));
                frames::insert(tx, &NewFrame { host, taken_at, body }).await?;
                work::touch(tx, &[(Unit::HostHour { hour_at: hour_start(taken_at), host }, T0)]).await?;
            }
            Ok(())
        })
        .await;
}

async fn incident(store: &Store, host: Option<HostId>, kind: Kind, from_at: i64, until_at: Option<i64>) -> Incident {
    let new = NewIncident { host, kind, subject: "", from_at, opened_at: from_at + MINUTE_MS, is_silenced: false };
    let id: IncidentId = store.write(async |tx| incidents::insert(tx, &new, NOW_AT).await).await.unwrap();
    if let Some(until_at) = until_at {
        let end = Ended { until_at, cleared_at: until_at + 15 * MINUTE_MS };
        store.write(async |tx| incidents::clear(tx, id, end, None, NOW_AT).await).await;
    }
    incidents::find(store, id).await.unwrap().unwrap()
}

/// A scanner that forgets sessions under two names, and a minute in which the host is full.
pub(crate) async fn kiosk(store: &Store) -> (HostId, Incident) {
    let host = store.host("FS02").await;
    let ids = clients(store, &["SCANNER-2F", "10.20.31.88", "PC-1", "PC-2"]).await;
    users(store, &["svc-scan", "svc-scan-2", "ann", "bob"]).await;
    let (scanner, address, pc) = (ids[0], ids[1], ids[2]);
    store.write(async |tx| aliases::merge(tx, scanner, address, "ann", T0).await).await;
    let of = |others| [(scanner, 4, 0, 7_200), (address, 3, 0, 3_600), (pc, others, 2, 5)];
    let minute = |n: i64, others| snapshot(FROM_AT + n * MINUTE_MS, &of(others));
    let mut all = vec![
        snapshot(FROM_AT - 8 * DAY_MS, &of(9)),
        snapshot(FROM_AT - 7 * DAY_MS, &of(5)),
        snapshot(FROM_AT - DAY_MS, &[(scanner, 2, 0, 7_200), (pc, 1, 0, 5)]),
        snapshot(FROM_AT - HOUR_MS, &of(1)),
    ];
    all.extend((-5..0).map(|n| minute(n, 8)));
    all.extend((0..7).map(|n| minute(n, 12)));
    all.push(minute(7, 13));
    all.push(Snapshot { burst_of: Some(77), ..snapshot(FROM_AT + 7 * MINUTE_MS + 5_000, &of(13)) });
    all.extend((11..16).map(|n| minute(n, 13)));
    all.extend((16..40).map(|n| minute(n, 6)));
    observe(store, host, &all).await;
    tell(store, host).await;
    incident(store, Some(host), Kind::Full, FROM_AT - 7 * DAY_MS, Some(FROM_AT - 7 * DAY_MS + MINUTE_MS)).await;
    let incident = incident(store, Some(host), Kind::Full, FROM_AT, Some(UNTIL_AT)).await;
    (host, incident)
}

/// Events, facts, a gap, findings; and of a neighbour what is not asked for.
async fn tell(store: &Store, host: HostId) {
    let neighbour = store.host("FS03").await;
    let at = |minutes: i64| FROM_AT + minutes * MINUTE_MS;
    let all: Vec<NewEvent> = vec![
        event("Srv", 2_022, at(-20), 70),
        event("Srv", 2_022, at(-3), 76),
        event("Srv", 2_022, at(7), 77),
        event("PerfNet", 2_003, at(9), 78),
        event("Srv", 2_022, at(30), 79),
    ];
    let facts = |observed_at: i64, timeout: &str| Facts {
        observed_at,
        name: "FS02".to_owned(),
        os: "Windows 11 Pro".to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        settings: [("AutoDisconnectTimeout".to_owned(), timeout.to_owned())].into(),
        ..Facts::default()
    };
    let gap = |from: i64, to: i64| Gap {
        from_at: at(from),
        to_at: at(to),
        reason: "agent_stopped".to_owned(),
        lost_records: Some(2),
        detail: String::new(),
    };
    let found =
        |rule, name: &str| Found { rule, severity: Severity::High, detail: Fact::On { name: name.to_owned() }.into() };
    store
        .write(async |tx| {
            events::insert(tx, host, &all, T0).await?;
            events::insert(tx, neighbour, &all, T0).await?;
            changes::learn(tx, host, &facts(at(-3_000), "-1")).await?;
            changes::learn(tx, host, &facts(at(-100), "15")).await?;
            changes::learn(tx, host, &facts(at(100), "30")).await?;
            gaps::insert(tx, host, &gap(9, 11), T0).await?;
            gaps::insert(tx, host, &gap(60, 61), T0).await?;
            findings::save(tx, host, &[found("CFG-07", "SMB1"), found("CFG-02", "x")], at(-600)).await?;
            findings::save(tx, host, &[found("CFG-07", "SMB1")], at(5)).await?;
            findings::save(tx, host, &[found("CFG-07", "SMB1"), found("CFG-09", "late")], at(50)).await
        })
        .await;
}

async fn gathered(store: &Store, incident: &Incident) -> (Episode, Evidence) {
    let episode = episode::gather(store, incident, NOW_AT).await.unwrap();
    let evidence = evidence::of(&episode);
    (episode, evidence)
}

#[tokio::test]
async fn an_episode_is_gathered_from_everywhere_and_nothing_else_is() {
    both(async |store| {
        let (_, incident) = kiosk(store).await;
        let (episode, evidence) = gathered(store, &incident).await;
        let peak = evidence.peak.unwrap();
        assert_eq!((peak.taken_at, peak.sessions, peak.clients), (FROM_AT + 7 * MINUTE_MS, 20, 2), "one by two names");
        assert_eq!((peak.idle, peak.idle_zero_open, peak.opens), (Some(7), Some(7), Some(26)));
        let scanner = &evidence.holders[1];
        assert_eq!((scanner.name.as_str(), scanner.sessions), ("SCANNER-2F", 7));
        assert_eq!(scanner.other_names, ["10.20.31.88"]);
        let idle: Vec<_> = evidence.idle.iter().map(|i| (i.name.as_str(), i.zero_open.sessions)).collect();
        assert_eq!(idle, [("SCANNER-2F", 4), ("10.20.31.88", 3)], "as the host knows it");
        let codes: Vec<_> = episode.events.iter().map(|e| (e.code, e.record_id)).collect();
        assert_eq!(codes, [(2_022, 76), (2_022, 77), (2_003, 78)], "from a quarter of an hour before until its end");
        assert_eq!((evidence.events[1].burst.len(), evidence.events[0].burst.len()), (1, 0));
        let changed: Vec<_> =
            episode.changes.iter().map(|c| (&c.what, c.before.as_deref(), c.after.as_deref())).collect();
        let setting = What::Setting("AutoDisconnectTimeout".to_owned());
        assert_eq!(changed, [(&setting, Some("-1"), Some("15"))], "what changed later is not told");
        assert_eq!((evidence.host.os.as_str(), evidence.host.name.as_str()), ("Windows 11 Pro", "FS02"));
        assert_eq!(episode.host.unwrap().settings["AutoDisconnectTimeout"], "15", "as it was then");
        let rules: Vec<_> = evidence.findings.iter().map(|f| f.rule.as_str()).collect();
        assert_eq!(rules, ["CFG-07", "CFG-02"], "one went meanwhile; the last came later");
        assert_eq!((evidence.holes.count, evidence.holes.lost_records), (1, 2));
        assert_eq!(evidence.holes.longest[0].reason.as_deref(), Some("agent_stopped"));
        let week = evidence.week_before.unwrap();
        assert_eq!((week.peak_sessions, week.peak_at), (12, FROM_AT - 7 * DAY_MS));
        assert_eq!((evidence.earlier.count, evidence.earlier.last_at), (1, Some(FROM_AT - 7 * DAY_MS)));
        assert_eq!((evidence.looked.cut_at, evidence.looked.snapshots), (None, 35));
        assert_eq!(evidence.before.unwrap().sessions, 15);
    })
    .await;
}

#[tokio::test]
async fn it_says_the_same_before_and_after_its_hours_are_put_together() {
    both(async |store| {
        let (_, incident) = kiosk(store).await;
        let (_, live) = gathered(store, &incident).await;
        let compact = Compact::new((**store).clone());
        while compact.tick(NOW_AT).await.unwrap().units > 0 {}
        let (_, kept) = gathered(store, &incident).await;
        assert_eq!(kept, live);
        let text = kept.to_text();
        store.write(async |tx| incidents::save_evidence(tx, incident.id, incident.version, &text).await).await;
        let read = incidents::evidence(store, incident.id).await.unwrap().unwrap();
        assert_eq!(Evidence::of_text(&read), Some(kept));
    })
    .await;
}

#[tokio::test]
async fn a_leak_is_named_with_what_history_says_of_it() {
    both(async |store| {
        let (_, incident) = kiosk(store).await;
        let (_, evidence) = gathered(store, &incident).await;
        let leak = evidence.causes.iter().find(|cause| cause.what == Some(Suspected::Leak)).unwrap();
        let client = || "SCANNER-2F".to_owned();
        assert!(leak.points_for.contains(&Point::Grows { client: client(), before: 2, sessions: 7 }), "{leak:?}");
        assert!(leak.points_for.contains(&Point::Stayed { client: client(), sessions: 7, of: 7 }), "{leak:?}");
        // By a rule that comes with the program, no client here has a class.
        assert!(evidence.holders.iter().all(|holder| holder.class != Some(Class::Vdi)));
    })
    .await;
}

#[tokio::test]
async fn an_incident_that_goes_on_is_told_until_now_and_one_without_history_says_nothing() {
    both(async |store| {
        let (host, _) = kiosk(store).await;
        let near = incident(store, Some(host), Kind::Near, FROM_AT, None).await;
        let early = episode::gather(store, &near, FROM_AT + 3 * MINUTE_MS).await.unwrap();
        let evidence = evidence::of(&early);
        assert_eq!((evidence.until_at, evidence.told_until_at()), (None, FROM_AT + 3 * MINUTE_MS));
        assert_eq!(evidence.peak.unwrap().sessions, 19);
        assert!(early.snapshots.after.is_none(), "that is still to come");
        let long_ago = incident(store, Some(host), Kind::Silent, T0 - 300 * DAY_MS, Some(T0 - 299 * DAY_MS)).await;
        let (_, evidence) = gathered(store, &long_ago).await;
        assert_eq!((evidence.peak, evidence.before, evidence.at_limit.count), (None, None, 0));
        assert_eq!(evidence.holes.total_ms, DAY_MS);
        let fleet = incident(store, None, Kind::Pipeline, FROM_AT, Some(UNTIL_AT)).await;
        let (episode, evidence) = gathered(store, &fleet).await;
        assert_eq!((evidence.host.id, evidence.holes.count, episode.moments.len()), (None, 0, 0));
    })
    .await;
}

#[tokio::test]
async fn of_more_sessions_than_are_looked_at_the_rest_is_known_to_five_minutes_and_that_is_said() {
    both(async |store| {
        let host = store.host("FS02").await;
        let ids = clients(store, &["RDS-01"]).await;
        // Three hours of 12,000 sessions twice a minute: 1,440,000 an hour.
        let many = snapshot(T0, &[(ids[0], 12_000, 1, 5)]);
        let every = |n: i64| Snapshot {
            taken_at: T0 + n * 30_000,
            limit: Limit { sessions: Some(12_000), ..many.limit },
            ..many.clone()
        };
        observe(store, host, &[every(0), every(1)]).await;
        let minutes: Vec<Snapshot> = (0..118).map(|n| every(120 + n)).collect();
        observe(store, host, &minutes).await;
        let full = incident(store, Some(host), Kind::Full, T0 + HOUR_MS, Some(T0 + HOUR_MS + 59 * MINUTE_MS)).await;
        let (episode, evidence) = gathered(store, &full).await;
        assert_eq!(evidence.looked.cut_at, Some(T0 + HOUR_MS), "the hour before was looked at");
        assert!(evidence.looked.sessions <= 1_000_000 && !episode.moments.is_empty(), "{:?}", evidence.looked);
        assert_eq!(evidence.at_limit.coarse_from_at, Some(T0 + HOUR_MS));
        assert_eq!((evidence.at_limit.count, evidence.at_limit.total_ms), (1, 59 * MINUTE_MS));
        assert_eq!(evidence.peak.unwrap().sessions, 12_000, "the peak is there all the same");
    })
    .await;
}

#[tokio::test]
async fn the_bundle_s_material_is_what_history_still_has() {
    both(async |store| {
        let (host, incident) = kiosk(store).await;
        let (_, evidence) = gathered(store, &incident).await;
        let material = episode::material(store, &evidence, NOW_AT).await.unwrap();
        let at: Vec<i64> = material.looks.iter().map(|s| (s.taken_at - FROM_AT) / MINUTE_MS).collect();
        assert_eq!(at, [2, 3, 4, 5, 6, 7, 7, 11, 12, 13, 14], "the peak and five on each side");
        let first = material.looks[0].sessions[0].client;
        assert_eq!(material.names.client(material.names.main(first)), "SCANNER-2F");
        assert_eq!(material.events.len(), 3);
        assert!(material.events.iter().all(|event| event.xml.seen_by(&Eyes::Names).unwrap().starts_with("<Event>")));
        assert_eq!(material.host.unwrap().settings["AutoDisconnectTimeout"], "15");
        let cells = material.cells.iter().filter(|(_, cell)| cell.snapshots > 0).count();
        assert!(cells > 5 && material.cells.iter().all(|(at, _)| *at >= FROM_AT - HOUR_MS), "{cells}");
        let gone = evidence::of(&episode::gather(store, &incident, NOW_AT).await.unwrap());
        store.execute(&format!("delete from frames where frame_id >= {} ", host.0 << 42)).await;
        let material = episode::material(store, &gone, NOW_AT).await.unwrap();
        assert!(material.looks.is_empty() && !material.events.is_empty());
        let nobody = episode::material(store, &Evidence::default(), NOW_AT).await.unwrap();
        assert!(nobody.cells.is_empty());
    })
    .await;
}
