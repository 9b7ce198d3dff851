//! From what agents push to incidents that open and close.

use highwater::model::incident::{Kind, State, What};
use highwater::model::time::MINUTE_MS;
use highwater::store::incidents::{self, IncidentFilter};
use highwater::tasks::alerts::{Judge, Told};
use highwater_wire::Record;

use crate::harness::server::{TestServer, batch, event, snapshot};
use crate::harness::store::both;

async fn all(server: &TestServer) -> Vec<(Kind, State, bool)> {
    let filter = IncidentFilter { most: 100, ..IncidentFilter::default() };
    let mut all = incidents::list(&server.db, &filter).await.unwrap();
    all.sort_by_key(|one| one.id);
    all.iter().map(|one| (one.kind, one.state, one.goes_on())).collect()
}

#[tokio::test]
async fn a_full_host_opens_an_incident_that_closes_after_a_quarter_of_an_hour_of_room() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (key, now_at) = (server.key("FS01").await, server.clock.now_at());
        let judge = Judge::new(server.db.clone(), now_at);
        let start_at = now_at - 40 * MINUTE_MS;
        let looks = |from: i64, sessions: &[u32]| -> Vec<Record> {
            let at = |n: usize| start_at + (from + i64::try_from(n).unwrap()) * MINUTE_MS;
            sessions.iter().enumerate().map(|(n, sessions)| snapshot(at(n), *sessions)).collect()
        };
        let mut seq = 1;
        let mut push = async |records: Vec<Record>| {
            let count = records.len() as u64;
            server.push(&key, &batch(now_at, seq, records)).await.unwrap();
            seq += count;
            judge.tick(now_at).await.unwrap()
        };
        push(looks(0, &[10, 12])).await;
        assert_eq!(all(&server).await, [], "it has room");
        push(looks(2, &[18])).await;
        assert_eq!(all(&server).await, [], "one look is not enough");
        push(looks(3, &[20, 20, 14, 14])).await;
        assert_eq!(all(&server).await, [(Kind::Full, State::Open, true)]);
        push(looks(7, &[14; 12])).await;
        assert_eq!(all(&server).await, [(Kind::Full, State::Open, true)]);
        push(looks(19, &[14; 3])).await;
        assert_eq!(all(&server).await, [(Kind::Full, State::Resolved, false)]);
        let one = incidents::list(&server.db, &IncidentFilter { most: 1, ..IncidentFilter::default() })
            .await
            .unwrap()
            .remove(0);
        assert_eq!((one.from_at, one.opened_at), (start_at + 2 * MINUTE_MS, start_at + 3 * MINUTE_MS));
        assert_eq!((one.until_at, one.resolved_at), (Some(start_at + 5 * MINUTE_MS), Some(start_at + 20 * MINUTE_MS)));
        assert_eq!(judge.tick(now_at).await.unwrap(), Told::default(), "nothing new came in");
        // A batch that comes again changes nothing.
        server.push(&key, &batch(now_at, seq - 3, looks(19, &[14; 3]))).await.unwrap();
        assert_eq!(judge.tick(now_at).await.unwrap(), Told::default());
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_event_of_capacity_opens_one_at_once_and_an_old_one_none() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (key, now_at) = (server.key("FS01").await, server.clock.now_at());
        let judge = Judge::new(server.db.clone(), now_at);
        let old = now_at - 3 * 24 * 60 * MINUTE_MS;
        server
            .push(&key, &batch(now_at, 1, vec![Record::Event(event(old, 1, 2022)), snapshot(now_at - MINUTE_MS, 3)]))
            .await
            .unwrap();
        judge.tick(now_at).await.unwrap();
        assert_eq!(all(&server).await, [], "what is days old is history");
        server.push(&key, &batch(now_at, 3, vec![Record::Event(event(now_at - 1_000, 2, 2022))])).await.unwrap();
        judge.tick(now_at).await.unwrap();
        assert_eq!(all(&server).await, [(Kind::Capacity, State::Open, true)]);
        server.push(&key, &batch(now_at, 4, vec![Record::Event(event(now_at - 900, 3, 2025))])).await.unwrap();
        judge.tick(now_at).await.unwrap();
        assert_eq!(all(&server).await[1], (Kind::Flood, State::Open, true));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn judging_by_many_processes_at_once_opens_each_incident_once() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let now_at = server.clock.now_at();
        for n in 0..12 {
            let key = server.key(&format!("FS{n:02}")).await;
            let looks = (0..5).map(|look| snapshot(now_at - (5 - look) * MINUTE_MS, 20)).collect();
            server.push(&key, &batch(now_at, 1, looks)).await.unwrap();
        }
        let judges: Vec<_> = (0..4)
            .map(|_| {
                let judge = Judge::new(server.db.clone(), now_at);
                tokio::spawn(async move { judge.tick(now_at).await.unwrap().opened })
            })
            .collect();
        for judge in judges {
            judge.await.unwrap();
        }
        Judge::new(server.db.clone(), now_at).tick(now_at).await.unwrap();
        assert_eq!(all(&server).await, [(Kind::Full, State::Open, true); 12]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_host_of_which_nothing_is_heard_is_told_and_most_at_once_are_one_incident() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let now_at = server.clock.now_at();
        let mut keys = Vec::new();
        for n in 0..4 {
            let key = server.key(&format!("FS{n:02}")).await;
            server.push(&key, &batch(now_at, 1, vec![snapshot(now_at - 1_000, 3)])).await.unwrap();
            keys.push(key);
        }
        let judge = Judge::new(server.db.clone(), now_at);
        let push = async |n: usize, seq: u64, at: i64| {
            server.push(&keys[n], &batch(now_at, seq, vec![snapshot(at, 3)])).await.unwrap();
        };
        judge.tick(now_at + MINUTE_MS).await.unwrap();
        assert_eq!(all(&server).await, []);
        // Three go on, as far as the clock of the test is concerned; one does not.
        let later = now_at + 4 * MINUTE_MS;
        for n in 1..4 {
            push(n, 2, later).await;
        }
        judge.tick(now_at + 13 * MINUTE_MS).await.unwrap();
        assert_eq!(all(&server).await, [(Kind::Silent, State::Open, true)]);
        judge.tick(now_at + 30 * MINUTE_MS).await.unwrap();
        assert_eq!(all(&server).await[1..], [(Kind::Pipeline, State::Open, true)], "the other three at once");
        for n in 1..4 {
            push(n, 3, now_at + 4 * MINUTE_MS + 30_000).await;
        }
        push(0, 2, now_at + 4 * MINUTE_MS + 30_000).await;
        judge.tick(now_at + 6 * MINUTE_MS).await.unwrap();
        assert_eq!(
            all(&server).await,
            [(Kind::Silent, State::Resolved, false), (Kind::Pipeline, State::Resolved, false)]
        );
        server.stop().await;
    })
    .await;
}

/// An agent reads the log back when it starts: what it finds there is followed from then on, and nothing before it was seen.
#[tokio::test]
async fn an_event_of_which_nothing_else_is_known_goes_on_until_room_was_seen_for_a_quarter_of_an_hour() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (key, now_at) = (server.key("FS01").await, server.clock.now_at());
        let judge = Judge::new(server.db.clone(), now_at);
        let mut seq = 1;
        let mut push = async |records: Vec<Record>| {
            let count = records.len() as u64;
            server.push(&key, &batch(now_at, seq, records)).await.unwrap();
            seq += count;
            judge.tick(now_at).await.unwrap();
        };
        let start_at = now_at - 40 * MINUTE_MS;
        push(vec![Record::Event(event(now_at - 20 * 60 * MINUTE_MS, 1, 2009)), snapshot(start_at, 3)]).await;
        for minute in 1..15 {
            push(vec![snapshot(start_at + minute * MINUTE_MS, 3)]).await;
            // Another one of then, and the same again.
            if minute == 7 {
                push(vec![Record::Event(event(now_at - 21 * 60 * MINUTE_MS, 2, 2009))]).await;
                push(vec![Record::Event(event(now_at - 20 * 60 * MINUTE_MS, 1, 2009))]).await;
            }
            assert_eq!(all(&server).await, [(Kind::Capacity, State::Open, true)], "after {minute} min");
        }
        for minute in 15..19 {
            push(vec![snapshot(start_at + minute * MINUTE_MS, 3)]).await;
        }
        assert_eq!(all(&server).await, [(Kind::Capacity, State::Resolved, false)]);
        let filter = IncidentFilter { most: 1, ..IncidentFilter::default() };
        let one = incidents::list(&server.db, &filter).await.unwrap().remove(0);
        let told = incidents::entries(&server.db, one.id).await.unwrap();
        assert!(told.iter().all(|entry| entry.what != What::Reopened), "{told:?}");
        server.stop().await;
    })
    .await;
}
