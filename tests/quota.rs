//! A stolen or broken agent cannot fill the disk: what it makes the store keep follows from the settings, and its neighbour is served meanwhile.

use highwater::clock::Clock;
use highwater::config::{Allowance, Config};
use highwater::model::HostId;
use highwater::model::time::{DAY_MS, HOUR_MS};
use highwater::store::{agents, cursors, frames, hosts, intake, names};
use highwater_wire::{self as wire, Problem, Record, problem_type};

use crate::harness::audit::done;
use crate::harness::person::{Person, texts};
use crate::harness::server::{TestServer, batch, snapshot};
use crate::harness::store::{Store, both};

/// Names that a host may bring in an hour, and in a day.
const NAMES: [u64; 2] = [300, 450];
const RECORDS: u64 = 400;

fn tight(config: &mut Config) {
    let hour =
        Allowance { megabytes: 1_000, records: RECORDS, sessions: 100_000, new_names: NAMES[0], ..Allowance::PER_HOUR };
    config.limits.agent_per_hour = hour;
    config.limits.agent_per_day = Allowance { records: 2 * RECORDS, new_names: NAMES[1], ..hour };
}

/// The middle of an hour, so that hours and days begin where the test says.
fn clock() -> Clock {
    let hour = Clock::system().now_at().div_euclid(HOUR_MS);
    // An hour later it is to be the same day.
    let hour = if hour % 24 == 23 { hour - 1 } else { hour };
    Clock::manual(hour * HOUR_MS + HOUR_MS / 2)
}

/// A snapshot of so many sessions, each of a client and a user that nobody has heard of.
fn strange(taken_at: i64, round: usize, sessions: usize) -> Record {
    let Record::Snapshot(one) = snapshot(taken_at, 1) else { unreachable!() };
    let session = |n: usize| wire::Session {
        client: format!("stranger-{round}-{n}"),
        user: format!("nobody-{round}-{n}"),
        ..one.sessions[0].clone()
    };
    Record::Snapshot(wire::Snapshot { sessions: (0..sessions).map(session).collect(), ..one })
}

async fn names_of(store: &Store) -> usize {
    let ids: Vec<i64> = (1..5_000).collect();
    let users: Vec<_> = ids.iter().map(|id| highwater::model::UserId(*id)).collect();
    names::clients_by_raw_id(store, &ids).await.unwrap().len() + names::users(store, &users).await.unwrap().len()
}

/// Sends as fast as it can until it is turned away, and comes again all the same: how it is answered then.
async fn rage(server: &TestServer, key: &str, rounds: std::ops::Range<usize>) -> Vec<Problem> {
    let mut refusals = Vec::new();
    let mut next_seq = 1;
    for round in rounds.clone() {
        let taken_at = server.clock.now_at() - 1_000 * i64::try_from(round).unwrap();
        let mut sent = batch(server.clock.now_at(), next_seq, vec![strange(taken_at, round, 20)]);
        sent.epoch = format!("{:032x}", 1_000 + rounds.start);
        match server.push(key, &sent).await {
            Ok(ack) => next_seq = ack.acked_seq + 1,
            Err(problem) => refusals.push(problem),
        }
    }
    refusals
}

#[tokio::test]
async fn a_rogue_agent_makes_the_store_keep_no_more_names_than_the_settings_say_and_its_neighbour_is_served() {
    both(async |store| {
        let server = TestServer::start_at(store, clock(), tight).await;
        let (rogue, neighbour) = (server.key("ROGUE").await, server.key("FS01").await);
        let now_at = server.clock.now_at();
        let refusals = rage(&server, &rogue, 0..60).await;
        let kept = names_of(store).await as u64;
        println!(
            "in the first hour {kept} names are kept, of {} that may be; {} pushes were refused",
            NAMES[0],
            refusals.len()
        );
        assert!(kept <= NAMES[0] && kept > NAMES[0] / 2, "{kept}");
        assert!(refusals.len() > 40);
        for problem in &refusals {
            assert_eq!((problem.status, problem.kind.as_str()), (429, problem_type::OVER_QUOTA), "{problem:?}");
        }
        // The neighbour brings a name of its own meanwhile.
        let ack = server.push(&neighbour, &batch(now_at, 1, vec![snapshot(now_at - 1_000, 3)])).await.unwrap();
        assert_eq!(ack.acked_seq, 1);

        let told = intake::notices(&server.db, now_at).await.unwrap();
        assert!(told.len() == 1 && told[0].refused.is_some(), "{told:?}");
        assert_eq!(done(&server.db, "agent.over_quota").await.len(), 1, "once an hour");
        server.clock.set(now_at + HOUR_MS);
        rage(&server, &rogue, 100..160).await;
        let kept = names_of(store).await as u64;
        println!("in two hours of a day {kept} names are kept, of {} that may be", NAMES[1] + 6);
        assert!(kept <= NAMES[1] + 6 && kept > NAMES[0], "{kept}, with those of the neighbour");
        let person = Person::signed_in(&server).await;
        let page = texts(&person.page("/settings/agents").await, "tbody tr").join("\n");
        assert!(page.contains("as many new names as it may"), "{page}");
        let checks = texts(&person.page("/settings/diagnosis").await, "#checks tbody tr").join("\n");
        assert!(checks.contains("look Amounts 1 host has sent as much as it may: ROGUE"), "{checks}");
        server.stop().await;
    })
    .await;
}

async fn stored(store: &Store, host: HostId) -> usize {
    frames::instants(store, host, 0, 1 << 42).await.unwrap().len()
}

async fn host_of(store: &Store, name: &str) -> HostId {
    hosts::all_now(store).await.unwrap().into_iter().find(|host| host.name == name).unwrap().id
}

#[tokio::test]
async fn records_are_bounded_across_restarts_and_all_of_them_come_in_when_there_is_room_again() {
    both(async |store| {
        let server = TestServer::start_at(store, clock(), tight).await;
        let (key, clock) = (server.key("FS01").await, server.clock.clone());
        let begin_at = clock.now_at();
        let host = host_of(store, "FS01").await;
        let at = |n: u64| snapshot(begin_at - 1_000 * i64::try_from(n).unwrap(), 1);
        let part = |from: u64| (from..from + 100).map(at).collect::<Vec<_>>();
        for n in 0..4 {
            server.push(&key, &batch(begin_at, 100 * n + 1, part(100 * n))).await.unwrap();
        }
        let late = batch(begin_at, 401, part(400));
        assert_eq!(server.push(&key, &late).await.unwrap_err().status, 429);
        assert!(server.push(&key, &batch(begin_at, 301, part(300))).await.is_err(), "nothing is even looked at now");
        server.stop().await;
        // Another process knows it from the store.
        let server = TestServer::start_at(store, clock.clone(), tight).await;
        assert_eq!(server.push(&key, &late).await.unwrap_err().kind, problem_type::OVER_QUOTA);
        assert_eq!(stored(store, host).await as u64, RECORDS);
        clock.set(begin_at + HOUR_MS);
        let late = wire::Batch { sent_at: begin_at + HOUR_MS, ..late };
        assert_eq!(server.push(&key, &late).await.unwrap().acked_seq, 500);
        assert_eq!(stored(store, host).await, 500, "nothing was lost");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn new_spools_are_bounded_as_names_are() {
    both(async |store| {
        let server = TestServer::start_at(store, clock(), tight).await;
        let key = server.key("FS01").await;
        let host = host_of(store, "FS01").await;
        let epoch = |n: u64| format!("{n:032x}");
        let mut refused = 0;
        for n in 0..NAMES[0] + 50 {
            let asks = wire::Batch { epoch: epoch(n), ..batch(server.clock.now_at(), 1, Vec::new()) };
            refused += u64::from(server.push(&key, &asks).await.is_err());
        }
        assert_eq!(refused, 50);
        let mut kept = 0;
        for n in 0..NAMES[0] + 50 {
            kept += u64::from(cursors::find(store, host, &epoch(n)).await.unwrap().is_some());
        }
        println!("{kept} cursors are kept, of {} that may be", NAMES[0] + 1);
        assert!(kept <= NAMES[0] + 1, "{kept}: the one that was refused first, and none after it");
        // One that begins with a hole is turned away, and has its row, too.
        let (other, now_at) = (server.key("FS02").await, server.clock.now_at());
        let mut refused = 0;
        for n in 0..NAMES[0] + 50 {
            let hole = wire::Batch { epoch: epoch(n), ..batch(now_at, 5, vec![snapshot(now_at, 1)]) };
            refused += u64::from(server.push(&other, &hole).await.unwrap_err().status == 429);
        }
        assert_eq!(refused, 50);
        // One whose first batch is too much by itself may come in parts, and has its row meanwhile.
        let (third, mut refused) = (server.key("FS03").await, 0);
        for n in 0..NAMES[0] + 50 {
            let large = strange(now_at, usize::try_from(n).unwrap(), 250);
            let large = wire::Batch { epoch: epoch(n), ..batch(now_at, 1, vec![large]) };
            let problem = server.push(&third, &large).await.unwrap_err();
            assert!([413, 429].contains(&problem.status), "{problem:?}");
            refused += u64::from(problem.status == 429);
        }
        assert_eq!(refused, 50);
        let host = host_of(store, "FS03").await;
        let last = cursors::find(store, host, &epoch(NAMES[0] + 49)).await.unwrap();
        assert_eq!(last, None, "nothing of a host that is held makes a row");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_is_too_much_alone_comes_in_parts() {
    both(async |store| {
        let server = TestServer::start_at(store, clock(), tight).await;
        let key = server.key("FS01").await;
        let now_at = server.clock.now_at();
        let records: Vec<Record> =
            (0..2).map(|n| strange(now_at - DAY_MS / 48 * n, usize::try_from(n).unwrap(), 100)).collect();
        let problem = server.push(&key, &batch(now_at, 1, records.clone())).await.unwrap_err();
        assert_eq!((problem.status, problem.kind.as_str()), (413, problem_type::TOO_LARGE), "fewer records may pass");
        assert_eq!(server.push(&key, &batch(now_at, 1, records[..1].to_vec())).await.unwrap().acked_seq, 1);
        assert_eq!(agents::list(&server.db).await.unwrap().len(), 1);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_agent_that_asks_too_often_waits_and_its_neighbour_does_not() {
    both(async |store| {
        let server = TestServer::start_at(store, clock(), |config| config.limits.agent_per_minute = 60).await;
        let (one, other) = (server.key("FS01").await, server.key("FS02").await);
        let nothing = batch(server.clock.now_at(), 1, Vec::new());
        for _ in 0..60 {
            server.push(&one, &nothing).await.unwrap();
        }
        let problem = server.push(&one, &nothing).await.unwrap_err();
        assert_eq!((problem.status, problem.kind.as_str()), (429, problem_type::TRY_LATER));
        assert!(server.push(&other, &nothing).await.is_ok());
        server.clock.set(server.clock.now_at() + 60_000);
        let nothing = batch(server.clock.now_at(), 1, Vec::new());
        assert!(server.push(&one, &nothing).await.is_ok());
        server.stop().await;
    })
    .await;
}
