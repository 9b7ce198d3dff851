//! Tickets of incidents, with every system: made once, told in order, followed in both directions.

use highwater::model::connector::{System, TicketState};
use highwater::model::delivery::{State, Why};
use highwater::model::incident::{State as IncidentState, What};
use highwater::model::standing::{LASTING_MS, OffWhy};
use highwater::model::time::MINUTE_MS;
use highwater::store::incidents::{self, Deed};
use highwater::store::{connectors, tickets};

use crate::harness::audit::done;
use crate::harness::desks::{Desk, Fault};
use crate::harness::store::{Store, T0, both};
use crate::harness::ticketing::{Bench, CLOSING, connect_with, said};

/// Those that can be asked, and where each interface lies: GLPI 10 is served beside GLPI 11.
pub(crate) const ASKED: [(System, &str); 9] = [
    (System::ServiceNow, ""),
    (System::ServiceNowEvents, ""),
    (System::JiraCloud, ""),
    (System::JiraDataCenter, ""),
    (System::JsmOperations, ""),
    (System::GlpiV1, ""),
    (System::GlpiV1, "/glpi10"),
    (System::GlpiV2, ""),
    (System::Zendesk, ""),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incident_becomes_one_ticket_that_is_told_what_happens_and_resolved_at_the_end() {
    for (system, path) in ASKED {
        let (db, desk) = (Store::sqlite().await, Desk::start(system).await);
        let mut bench = Bench::with(&db, &desk, path).await;
        let id = bench.opens("FS02").await;
        bench.tells_all().await;
        let [record] = desk.records().try_into().unwrap();
        assert_eq!((record.key, record.title.as_str()), (bench.key(id), "FS02: At the limit"), "{system:?}{path}");
        assert!(record.text.contains("FS02"), "{system:?}{path}: {}", record.text);
        assert!(record.text.contains(&format!("https://highwater.example/incidents/{id}")), "{}", record.text);

        let deed = |now_at| Deed { by: "ann", now_at, seen_version: None };
        let said = "vu — <b>\"ok\"</b> & 名前\nsecond line";
        let now_at = bench.now_at() + 1_000;
        db.write(async |tx| incidents::comment(tx, id, deed(now_at), said).await).await;
        bench.tells_all().await;
        bench.clears(id).await;
        bench.tells_all().await;
        let [record] = desk.records().try_into().unwrap();
        assert!(
            record.notes.iter().any(|note| note.contains("ann wrote") && note.contains("second line")),
            "{system:?}: {:?}",
            record.notes
        );
        assert!(record.notes.iter().any(|note| note.contains("名前")), "{system:?}{path}: {:?}", record.notes);
        assert!(record.state.is_over(), "{system:?}{path}: {:?}", record.state);
        let all = bench.deliveries().await;
        assert!(all.iter().all(|one| one.state == State::Delivered), "{system:?}{path}: {all:?}");
        // It is linked to the incident, and that is not told to anybody as news.
        if system != System::ServiceNowEvents {
            let linked = incidents::tickets(&db, id).await.unwrap();
            assert_eq!(linked.len(), 1, "{system:?}{path}: {linked:?}");
            assert_eq!(linked[0].linked_by, "[Desk]");
        }
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_do_with_the_ticket_is_done_to_the_incident_and_not_told_back() {
    for (system, path) in ASKED {
        let (db, desk) = (Store::sqlite().await, Desk::start(system).await);
        let mut bench = Bench::with(&db, &desk, path).await;
        let id = bench.opens("FS02").await;
        bench.tells_all().await;
        assert_eq!(bench.looks().await, 0, "{system:?}{path}: nobody did anything");

        desk.set_state(TicketState::InProgress);
        assert_eq!(bench.looks().await, 1, "{system:?}{path}");
        let incident = bench.incident(id).await;
        assert_eq!(incident.state, IncidentState::Acknowledged, "{system:?}{path}");
        assert_eq!(
            (bench.last_entry(id).await.what, bench.last_entry(id).await.by),
            (What::Acknowledged, "[Desk]".to_owned())
        );
        assert_eq!(bench.looks().await, 0, "{system:?}{path}: that was it");

        desk.set_state(TicketState::Resolved);
        assert_eq!(bench.looks().await, 1, "{system:?}{path}");
        assert_eq!(bench.incident(id).await.state, IncidentState::Resolved, "{system:?}{path}");
        bench.tells_all().await;
        let [record] = desk.records().try_into().unwrap();
        assert_eq!(record.notes, [""; 0], "{system:?}{path}: it was told nothing of what it said itself");
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opens_a_resolved_ticket_again_opens_the_incident_again() {
    // Alerts of the others close for good.
    for system in
        [System::ServiceNow, System::JiraCloud, System::JiraDataCenter, System::GlpiV1, System::GlpiV2, System::Zendesk]
    {
        let (db, desk) = (Store::sqlite().await, Desk::start(system).await);
        let mut bench = Bench::with(&db, &desk, "").await;
        let id = bench.opens("FS02").await;
        bench.tells_all().await;
        desk.set_state(TicketState::Resolved);
        bench.looks().await;
        desk.set_state(TicketState::InProgress);
        assert_eq!(bench.looks().await, 1, "{system:?}");
        assert_eq!(
            (bench.last_entry(id).await.what, bench.incident(id).await.state),
            (What::Reopened, IncidentState::Open)
        );

        // And an incident that is reopened opens its ticket.
        let deed = |now_at| Deed { by: "ann", now_at, seen_version: None };
        let now_at = bench.now_at() + 1_000;
        db.write(async |tx| incidents::resolve(tx, id, deed(now_at), "seen to").await).await;
        bench.tells_all().await;
        assert_eq!(desk.records()[0].state, TicketState::Resolved, "{system:?}");
        let now_at = bench.now_at() + 2_000;
        db.write(async |tx| incidents::reopen(tx, id, deed(now_at), "").await).await;
        bench.tells_all().await;
        let [record] = desk.records().try_into().unwrap();
        assert!(!record.state.is_over(), "{system:?}: {:?}", record.state);
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_that_was_closed_for_good_gets_a_successor_with_the_same_key() {
    for system in CLOSING {
        let (db, desk) = (Store::sqlite().await, Desk::start(system).await);
        let mut bench = Bench::with(&db, &desk, "").await;
        let id = bench.opens("FS02").await;
        bench.tells_all().await;
        desk.set_state(TicketState::Closed);
        bench.looks().await;
        assert_eq!(bench.incident(id).await.state, IncidentState::Resolved, "{system:?}");
        let now_at = bench.now_at() + 1_000;
        let deed = Deed { by: "ann", now_at, seen_version: None };
        db.write(async |tx| incidents::comment(tx, id, deed, "too late").await).await;
        db.write(async |tx| incidents::reopen(tx, id, deed, "again").await).await;
        bench.tells_all().await;
        let [old, new] = desk.records().try_into().unwrap_or_else(|all| panic!("{system:?}: {all:?}"));
        assert_eq!((old.state, new.state.is_over()), (TicketState::Closed, false), "{system:?}");
        assert_eq!(old.key, new.key);
        let held = bench.held(id).await;
        assert_eq!(held.state, TicketState::Open, "{system:?}: {held:?}");
        db.close().await;
    }
}

#[tokio::test]
async fn a_chat_is_told_each_thing_once() {
    let (db, desk) = (Store::sqlite().await, Desk::start(System::Teams).await);
    let mut bench = Bench::with(&db, &desk, "").await;
    let id = bench.opens("FS_02*").await;
    bench.tells_all().await;
    bench.clears(id).await;
    bench.tells_all().await;
    let [record] = desk.records().try_into().unwrap();
    assert_eq!((record.key.as_str(), record.notes.len()), (bench.key(id).as_str(), 1), "{record:?}");
    assert!(incidents::tickets(&db, id).await.unwrap().is_empty(), "a channel has no ticket to link");
    assert_eq!(bench.looks().await, 0, "and cannot be asked");
    db.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_kinds_and_groups_that_a_connector_wants_and_nothing_while_it_is_off() {
    both(async |db| {
        let desk = Desk::start(System::Zendesk).await;
        let mut bench = Bench::with(db, &desk, "").await;
        let (to, hand) = (bench.connector, OffWhy::Hand);
        assert!(db.write(async |tx| connectors::switch_off(tx, to, hand, "ann", T0).await).await);
        bench.opens("FS01").await;
        bench.tells().await;
        assert!(bench.deliveries().await.is_empty() && desk.records().is_empty(), "nobody asked for it");
        assert!(db.write(async |tx| connectors::switch_on(tx, bench.connector, bench.now_at()).await).await);

        // What was opened then is told when something happens to it.
        let id = bench.opens("FS02").await;
        bench.tells_all().await;
        assert_eq!(desk.records().len(), 1);
        assert_eq!(desk.records()[0].key, bench.key(id));
        bench.relay_only().await;
        bench.clears(id).await;
        bench.relay_only().await;
        assert!(db.write(async |tx| connectors::switch_off(tx, to, hand, "ann", T0).await).await);
        let all = bench.deliveries().await;
        assert!(all.iter().any(|one| one.why == Some(Why::Off)), "what waited ended with it: {all:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_system_that_does_not_work_for_days_is_switched_off_and_that_is_written_down() {
    both(async |db| {
        let desk = Desk::start(System::Zendesk).await;
        let bench = Bench::with(db, &desk, "").await;
        db.write(async |tx| connectors::fails(tx, bench.connector, T0 - LASTING_MS).await).await;
        desk.with(|held| held.faults.extend([Fault::Down(503)]));
        bench.opens("FS02").await;
        bench.relay_only().await;
        db.execute("update deliveries set attempts = 4").await;
        bench.tells().await;
        let off = bench.kept().await.off.unwrap();
        assert_eq!((off.why, off.by.as_str()), (OffWhy::Failing, ""));
        let [told] = done(db, "connector.switched").await.try_into().unwrap();
        let subject = (told.subject_id, told.subject_name.as_str());
        assert_eq!((told.actor_kind.as_str(), subject), ("program", (Some(bench.connector.0), "Desk")));
        assert_eq!((told.changes.before["to"].as_str(), told.changes.after["to"].as_str()), ("on", "off"));
        assert_eq!(told.changes.after["why"], "failing");
    })
    .await;
}

#[tokio::test]
async fn a_connector_is_tried_out_without_changing_anything() {
    for (system, path) in ASKED {
        let (db, desk) = (Store::sqlite().await, Desk::start(system).await);
        let bench = Bench::with(&db, &desk, path).await;
        bench.tries().await;
        let [one] = bench.deliveries().await.try_into().unwrap();
        assert_eq!((one.state, one.error.as_str()), (State::Delivered, ""), "{system:?}{path}");
        assert!(desk.records().is_empty());
        db.close().await;

        let (db, (settings, mut secrets)) = (Store::sqlite().await, said(system, desk.addr, path));
        secrets.values_mut().for_each(|secret| "wrong".clone_into(secret));
        let id = connect_with(&db, system, settings, secrets).await;
        let bench = Bench::of(&db, id, desk.addr);
        bench.tries().await;
        let [one] = bench.deliveries().await.try_into().unwrap();
        assert_eq!((one.state, one.why), (State::Dead, Some(Why::Once)), "{system:?}{path}: {one:?}");
        assert!(one.error.contains("not accepted") || one.error.contains("40"), "{system:?}{path}: {}", one.error);
        assert!(!one.error.contains("wrong"), "no secret is in it: {}", one.error);
        db.close().await;
    }
}

/// What a process leaves that is killed when the other system has made a record and nobody here knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_dies_between_their_post_and_our_commit_leaves_one_ticket() {
    for (system, path) in ASKED {
        let (db, desk) = (Store::sqlite().await, Desk::start(system).await);
        let mut bench = Bench::with(&db, &desk, path).await;
        desk.with(|held| held.faults.push_back(Fault::Hangs));
        let id = bench.opens("FS02").await;
        bench.begins_to_tell().await;
        crate::harness::wait::eventually("the record is made", async || {
            if desk.records().is_empty() { Err("not yet".to_owned()) } else { Ok(()) }
        })
        .await;
        bench.dies_and_another_comes().await;
        let held = tickets::find(&db, bench.connector, id).await.unwrap().unwrap();
        assert_eq!((held.remote_id, held.intended_at), (None, Some(bench.now_at())), "{system:?}{path}");
        bench.passes(6 * MINUTE_MS);
        bench.tells_all().await;
        bench.clears(id).await;
        bench.tells_all().await;
        let records = desk.records();
        assert_eq!(records.len(), 1, "{system:?}{path}: {records:?}");
        assert!(records[0].state.is_over(), "{system:?}{path}");
        db.close().await;
    }
}
