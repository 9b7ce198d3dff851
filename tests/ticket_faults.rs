//! Ticket systems that misbehave: whatever they do, each incident has one ticket at the end, in the right state.

use highwater::model::connector::{System, TicketState};
use highwater::model::delivery::{State, Why};
use highwater::model::time::{MINUTE_MS, SECOND_MS};
use highwater::store::incidents::{self, Deed};

use crate::harness::desks::{Desk, Fault};
use crate::harness::store::Store;
use crate::harness::ticketing::{Bench, CLOSING};
use crate::tickets::ASKED;

/// Faults that come when a record is made, and again when it is resolved; and how many searches a new record stays hidden.
fn cases() -> Vec<(&'static str, Vec<Fault>, u32)> {
    vec![
        ("an answer that is lost", vec![Fault::LostAnswer], 0),
        ("an answer that never comes", vec![Fault::Hangs], 0),
        ("too many calls", vec![Fault::TooMany(45)], 0),
        ("maintenance", vec![Fault::Down(503), Fault::Down(502)], 0),
        ("a lost answer and a search that lags", vec![Fault::LostAnswer], 1),
        ("a storm", vec![Fault::TooMany(1), Fault::Down(500), Fault::LostAnswer, Fault::Down(503)], 0),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_of_each_system_ends_in_one_ticket_in_the_right_state() {
    for (system, path) in ASKED {
        let (db, desk) = (Store::sqlite().await, Desk::start(system).await);
        let mut bench = Bench::with(&db, &desk, path).await.impatient();
        for (n, (what, faults, lag)) in cases().into_iter().enumerate() {
            desk.with(|held| {
                held.lag = lag;
                held.faults.extend(faults.clone());
            });
            let id = bench.opens(&format!("FS{n}")).await;
            bench.tells_all().await;
            desk.with(|held| held.faults.extend(faults));
            bench.clears(id).await;
            bench.tells_all().await;
            desk.with(|held| held.faults.clear());
            let key = bench.key(id);
            let ours: Vec<_> = desk.records().into_iter().filter(|record| record.key == key).collect();
            assert_eq!(ours.len(), 1, "{system:?}{path}, {what}: {ours:?}");
            assert!(ours[0].state.is_over(), "{system:?}{path}, {what}: {:?}", ours[0].state);
        }
        let all = bench.deliveries().await;
        assert!(all.iter().all(|one| one.state == State::Delivered), "{system:?}{path}: {all:?}");
        assert!(all.iter().any(|one| one.attempts > 1), "{system:?}{path}: the faults came");
        db.close().await;
    }
}

/// How far a search may lag behind; where the other system itself makes no second record, as far as anybody likes.
fn bearable_ms(system: System) -> i64 {
    match system.lag_ms() {
        0 => 20 * MINUTE_MS,
        lag_ms => lag_ms - 30 * SECOND_MS,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_and_a_search_that_lags_for_minutes_make_no_second_ticket() {
    for (system, path) in ASKED {
        let (db, desk) = (Store::sqlite().await, Desk::start(system).await);
        let mut bench = Bench::with(&db, &desk, path).await;
        desk.with(|held| {
            held.lag = u32::MAX;
            held.faults.push_back(Fault::LostAnswer);
        });
        let id = bench.opens("FS02").await;
        let seen_at = bench.now_at() + bearable_ms(system);
        while bench.now_at() < seen_at {
            bench.tells().await;
            bench.passes(10 * SECOND_MS);
        }
        let is_failing = bench.kept().await.failing.is_some();
        assert_eq!(is_failing, system.lag_ms() > 0, "{system:?}{path}: a look is no sign that tickets can be made");
        desk.with(|held| held.records.iter_mut().for_each(|record| record.hidden_for = 0));
        bench.clears(id).await;
        bench.tells_all().await;
        let records = desk.records();
        assert_eq!((records.len(), records[0].state.is_over()), (1, true), "{system:?}{path}: {records:?}");
        let all = bench.deliveries().await;
        assert!(all.iter().all(|one| one.state == State::Delivered), "{system:?}{path}: {all:?}");
        let few = all.iter().all(|one| one.attempts <= 2);
        assert!(few || system.lag_ms() == 0, "{system:?}{path}: a look that has to wait is no attempt: {all:?}");
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_successor_whose_answer_is_lost_and_that_is_found_late_is_the_only_one() {
    for system in CLOSING {
        let (db, desk) = (Store::sqlite().await, Desk::start(system).await);
        let mut bench = Bench::with(&db, &desk, "").await;
        let id = bench.opens("FS02").await;
        bench.tells_all().await;
        desk.set_state(TicketState::Closed);
        bench.looks().await;
        desk.with(|held| {
            held.lag = 2;
            held.faults.push_back(Fault::LostAnswer);
        });
        let deed = Deed { by: "ann", now_at: bench.now_at() + 1_000, seen_version: None };
        db.write(async |tx| incidents::reopen(tx, id, deed, "again").await).await;
        bench.tells_all().await;
        let [old, new] = desk.records().try_into().unwrap_or_else(|all| panic!("{system:?}: {all:?}"));
        assert_eq!((old.state, new.state.is_over()), (TicketState::Closed, false), "{system:?}");
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_surely_was_not_made_is_not_waited_for() {
    for (fault, may_be_made) in [(Fault::TooMany(1), false), (Fault::Down(404), false), (Fault::Down(503), true)] {
        let (db, desk) = (Store::sqlite().await, Desk::start(System::JiraCloud).await);
        let mut bench = Bench::with(&db, &desk, "").await;
        desk.with(|held| held.faults.push_back(fault.clone()));
        let id = bench.opens("FS02").await;
        bench.tells().await;
        assert_eq!(bench.held(id).await.intended_at.is_some(), may_be_made, "{fault:?}");
        // The connector has rested.
        bench.passes(30 * SECOND_MS);
        bench.tells().await;
        assert_eq!(desk.records().is_empty(), may_be_made, "{fault:?}");
        bench.tells_all().await;
        assert_eq!(desk.records().len(), 1, "{fault:?}");
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readings_that_fail_change_nothing_and_are_made_again() {
    for (system, path) in ASKED {
        let (db, desk) = (Store::sqlite().await, Desk::start(system).await);
        let mut bench = Bench::with(&db, &desk, path).await;
        let id = bench.opens("FS02").await;
        desk.with(|held| held.read_faults.extend([Fault::Down(503), Fault::LostAnswer, Fault::TooMany(2)]));
        bench.tells_all().await;
        desk.with(|held| held.read_faults.extend([Fault::Down(503)]));
        bench.looks().await;
        bench.clears(id).await;
        bench.tells_all().await;
        let records = desk.records();
        assert_eq!((records.len(), records[0].state.is_over()), (1, true), "{system:?}{path}: {records:?}");
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_records_with_our_key_one_is_gone_on_with() {
    for (system, path) in ASKED {
        let (db, desk) = (Store::sqlite().await, Desk::start(system).await);
        let mut bench = Bench::with(&db, &desk, path).await;
        let id = bench.opens("FS02").await;
        bench.tells_all().await;
        // Somebody copied it, and deleted ours.
        desk.with(|held| {
            let mut copy = held.records[0].clone();
            copy.id = copy.id.replace('1', "77");
            held.records.push(copy.clone());
            copy.id = copy.id.replace("77", "78");
            held.records.push(copy);
            held.records.remove(0);
        });
        bench.clears(id).await;
        bench.tells_all().await;
        let records = desk.records();
        let over = records.iter().filter(|record| record.state.is_over()).count();
        assert_eq!((records.len(), over), (2, 1), "{system:?}{path}: {records:?}");
        db.close().await;
    }
}

/// A member that a site wants of each new record, and what is set in the connector once the error has named it: a
/// field's name and value. None where it is put right at the other end.
type Demand = (System, &'static str, Option<(&'static str, &'static str)>);

const DEMANDS: [Demand; 9] = [
    (System::ServiceNow, "u_site", Some(("extra", r#"{"u_site":"Lyon"}"#))),
    // A business rule of the site looks at events before they are kept.
    (System::ServiceNowEvents, "ci_identifier", Some(("extra", r#"{"ci_identifier":"FS"}"#))),
    (System::JiraCloud, "customfield_10042", Some(("extra", r#"{"customfield_10042":7}"#))),
    (System::JiraDataCenter, "customfield_10042", Some(("extra", r#"{"customfield_10042":7}"#))),
    (System::JsmOperations, "responders", Some(("team", "4513b7ea-3b91-438f-b7e4-e3e54af9147c"))),
    (System::GlpiV1, "locations_id", Some(("extra", r#"{"locations_id":7}"#))),
    (System::GlpiV2, "location", Some(("extra", r#"{"location":7}"#))),
    (System::Zendesk, "custom_status_id", Some(("extra", r#"{"custom_status_id":7}"#))),
    // The workflow's own schema asks for it, and is nothing that a connector could satisfy.
    (System::Teams, "summary", None),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_a_site_wants_is_named_and_once_it_is_given_the_one_ticket_is_made() {
    for (system, field, given) in DEMANDS {
        let (db, desk) = (Store::sqlite().await, Desk::start(system).await);
        let mut bench = Bench::with(&db, &desk, "").await;
        desk.with(|held| held.mandatory = Some(field.to_owned()));
        bench.opens("FS02").await;
        bench.tells().await;
        let [one] = bench.deliveries().await.try_into().unwrap();
        assert_eq!(one.state, State::Waiting, "{system:?}");
        assert!(one.error.contains(field), "{system:?}: {}", one.error);
        assert!(bench.kept().await.failing.is_some() && one.due_at > bench.now_at(), "{system:?}: it rests");

        let dead = bench.gives_up().await;
        assert_eq!((dead.state, dead.why), (State::Dead, Some(Why::GivenUp)), "{system:?}");
        assert!(dead.error.contains(field), "{system:?}: {}", dead.error);
        assert!(desk.records().is_empty(), "{system:?}");

        match given {
            Some((name, value)) => {
                bench.changes(|new| _ = new.settings.insert(name.to_owned(), value.to_owned())).await;
            }
            None => desk.with(|held| held.mandatory = None),
        }
        bench.sends_again(dead.id).await;
        assert_eq!(desk.records().len(), 1, "{system:?}");
        let [one] = bench.deliveries().await.try_into().unwrap();
        assert_eq!((one.state, bench.kept().await.failing), (State::Delivered, None), "{system:?}");
        db.close().await;
    }
}
