//! Storms of events: anybody on the network can cause one, and it must not hide what else a host says.

use std::time::Duration;

use highwater::clock::Clock;
use highwater::config::Config;
use highwater::ingest::decode::Encoding;
use highwater::ingest::{Ingest, Options};
use highwater::model::HostId;
use highwater::model::gap::EVENTS_LEFT_OUT;
use highwater::model::intake::{Amount, Quota};
use highwater::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};
use highwater::store::events::EventFilter;
use highwater::store::{courses, events, frames, gaps, hosts};
use highwater_wire::Record;

use crate::harness::audit::done;
use crate::harness::person::{Person, texts};
use crate::harness::server::{TestServer, batch, event, snapshot};
use crate::harness::store::{Store, T0, both};

/// Hours and days begin where the test says.
fn clock() -> Clock {
    Clock::manual(Clock::system().now_at().div_euclid(DAY_MS) * DAY_MS + MINUTE_MS)
}

/// So many events an hour, and no more.
fn few(events: u64) -> impl Fn(&mut Config) {
    move |config| config.limits.agent_per_hour.events = events
}

fn full(recorded_at: i64, record_id: u64) -> Record {
    Record::Event(event(recorded_at, record_id, 2_009))
}

/// What is told of events that were left out: how many, and in which words.
async fn left_out(store: &Store, host: HostId) -> Vec<(Option<u64>, String)> {
    let gaps = gaps::of_host(store, host, 0, 1 << 42).await.unwrap();
    assert!(gaps.iter().all(|gap| gap.reason == EVENTS_LEFT_OUT), "{gaps:?}");
    gaps.into_iter().map(|gap| (gap.lost_records, gap.detail)).collect()
}

async fn events_of(store: &Store, host: HostId) -> usize {
    let filter = EventFilter { host: Some(host), most: 1_000, ..EventFilter::default() };
    events::list(store, &filter).await.unwrap().len()
}

#[tokio::test]
async fn events_meet_a_limit_of_their_own_and_everything_else_is_taken_meanwhile() {
    both(async |store| {
        let clock = clock();
        let server = TestServer::start_at(store, clock.clone(), few(10)).await;
        let (key, now_at) = (server.key("FS01").await, clock.now_at());
        let host = hosts::all_now(store).await.unwrap()[0].id;
        let storm_of = |from: u64, to: u64| (from..to).map(|n| full(now_at, n)).collect::<Vec<_>>();
        server.push(&key, &batch(now_at, 1, storm_of(0, 8))).await.unwrap();
        // Two of these have room; the snapshot behind them, too.
        let storm = batch(now_at, 9, [storm_of(8, 15), vec![snapshot(now_at, 3)]].concat());
        assert_eq!(server.push(&key, &storm).await.unwrap().acked_seq, 16);
        assert_eq!(server.push(&key, &storm).await.unwrap().acked_seq, 16, "the same again is nothing new");
        assert_eq!(events_of(store, host).await, 10);
        let told = left_out(store, host).await;
        assert!(told.len() == 1 && told[0].0 == Some(5), "{told:?}");
        assert!(told[0].1.contains("limits.agent_events_per_hour"), "{told:?}");
        // More than may come in an hour is no other thing, and its host is not held.
        let later_at = now_at + SECOND_MS;
        clock.set(later_at);
        let storm = batch(later_at, 17, [storm_of(20, 40), vec![snapshot(later_at, 3)]].concat());
        assert_eq!(server.push(&key, &storm).await.unwrap().acked_seq, 37);
        let told = left_out(store, host).await;
        assert!(told.len() == 1 && told[0].0 == Some(25), "one gap an hour, however many batches: {told:?}");
        assert_eq!(frames::instants(store, host, 0, 1 << 42).await.unwrap(), [now_at, later_at]);
        assert_eq!(done(&server.db, "agent.over_quota").await.len(), 1, "once an hour");
        let page = texts(&Person::signed_in(&server).await.page("/settings/agents").await, "tbody tr").join("\n");
        assert!(page.contains("as many events as it may: further ones are left out"), "{page}");
        clock.set(now_at + HOUR_MS);
        assert_eq!(server.push(&key, &batch(now_at + HOUR_MS, 38, storm_of(40, 43))).await.unwrap().acked_seq, 40);
        assert_eq!(events_of(store, host).await, 13, "another hour has room of its own");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_host_is_followed_although_its_events_are_left_out() {
    both(async |store| {
        // Nobody judges meanwhile.
        let quota = Quota { per_hour: Amount { events: 0, ..Quota::default().per_hour }, ..Quota::default() };
        let options = Options { window: Duration::ZERO, quota, ..Options::default() };
        let ingest = Ingest::start_with((**store).clone(), Clock::manual(T0), options);
        let from = store.pusher("FS01").await;
        let sent = serde_json::to_vec(&batch(T0, 1, vec![full(T0, 1)])).unwrap();
        let sent = ingest.decode(sent, Encoding::Plain).await.unwrap();
        assert_eq!(ingest.accept(from, sent).await.unwrap().acked_seq, 1);
        assert_eq!(events_of(store, from.host).await, 0);
        assert!(store.write(async |tx| courses::followed(tx).await).await.contains(&from.host));
        ingest.stop().await;
    })
    .await;
}
