//! Batches that are wrong, or come at a wrong time: each is told so, alone, and nothing stored is harmed.

use std::time::Duration;

use highwater::clock::Clock;
use highwater::history::frame;
use highwater::ingest::decode::{Encoding, MAX_SKEW_MS};
use highwater::ingest::{Accepted, Ingest, Options, Refusal};
use highwater::model::HostId;
use highwater::model::agent::AgentState;
use highwater::model::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use highwater::store::agents::Keyholder;
use highwater::store::{agents, cursors, frames, gaps, hosts, names, usage};
use highwater::tasks::compact::Compact;
use highwater_wire as wire;
use tokio::task::JoinSet;

use crate::harness::store::{Store, T0, both};

const EPOCH: &str = "5f0c1b7e9d3a4c2688b1d0e4a7f35c19";

fn start(store: &Store, window: Duration) -> (Ingest, Clock) {
    let clock = Clock::manual(T0);
    (Ingest::start_with((**store).clone(), clock.clone(), Options { window, ..Options::default() }), clock)
}

async fn agent(store: &Store, name: &str) -> Keyholder {
    store.pusher(name).await
}

fn session(client: &str, user: &str) -> wire::Session {
    wire::Session {
        client: client.to_owned(),
        user: user.to_owned(),
        opens: Some(1),
        age_secs: Some(600),
        idle_secs: Some(5),
    }
}

fn snapshot(taken_at: i64, sessions: Vec<wire::Session>) -> wire::Record {
    let limit = wire::Limit { sessions: Some(20), unlimited: false, source: wire::LimitSource::Api };
    let source = "simulated".to_owned();
    let (partial, part, burst_of) = (false, None, None);
    wire::Record::Snapshot(wire::Snapshot {
        taken_at,
        source,
        sampling_secs: 60,
        limit,
        partial,
        part,
        burst_of,
        sessions,
    })
}

fn batch(first_seq: u64, sent_at: i64, records: Vec<wire::Record>) -> wire::Batch {
    wire::Batch {
        epoch: EPOCH.to_owned(),
        first_seq,
        boot_id: String::new(),
        sent_at,
        agent_version: "0.1.0".to_owned(),
        queued_records: 0,
        records,
    }
}

async fn push(ingest: &Ingest, from: Keyholder, batch: &wire::Batch) -> Result<Accepted, Refusal> {
    let body = zstd::bulk::compress(&serde_json::to_vec(batch).unwrap(), 1).unwrap();
    let batch = ingest.decode(body, Encoding::Zstd).await?;
    ingest.accept(from, batch).await
}

async fn stored(store: &Store, host: HostId) -> usize {
    frames::instants(store, host, 0, T0 + 1_000 * DAY_MS).await.unwrap().len()
}

#[tokio::test]
async fn a_hole_is_told_and_costs_the_others_of_its_group_nothing() {
    both(async |store| {
        let (ingest, _) = start(store, Duration::from_millis(50));
        let mut sending = JoinSet::new();
        for n in 0..20_u64 {
            let (ingest, from) = (ingest.clone(), agent(store, &format!("FS{n}")).await);
            sending.spawn(async move {
                // Every fourth one starts too far on.
                let first_seq = if n % 4 == 3 { 5 } else { 1 };
                let sent = batch(first_seq, T0, vec![snapshot(T0, vec![session("10.0.0.1", "alice")])]);
                (first_seq, from, push(&ingest, from, &sent).await)
            });
        }
        for (first_seq, from, answer) in sending.join_all().await {
            let (expected, frames) = match first_seq {
                1 => (Ok(Accepted { acked_seq: 1 }), 1),
                _ => (Err(Refusal::SequenceHole { expected_seq: 1 }), 0),
            };
            assert_eq!((answer, stored(store, from.host).await), (expected, frames));
        }
    })
    .await;
}

#[tokio::test]
async fn an_empty_batch_asks_where_the_server_stands() {
    both(async |store| {
        let (ingest, _) = start(store, Duration::ZERO);
        let from = agent(store, "FS01").await;
        assert_eq!(push(&ingest, from, &batch(9, T0, vec![])).await, Ok(Accepted { acked_seq: 0 }));
        push(&ingest, from, &batch(1, T0, vec![snapshot(T0, vec![])])).await.unwrap();
        assert_eq!(push(&ingest, from, &batch(9, T0, vec![])).await, Ok(Accepted { acked_seq: 1 }));
        assert!(hosts::one_now(store, from.host).await.unwrap().unwrap().state.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_the_database_refuses_fails_alone() {
    both(async |store| {
        let (ingest, _) = start(store, Duration::from_millis(50));
        let (good, bad) = (agent(store, "FS01").await, agent(store, "FS02").await);
        // Only one host may have a gap.
        store.execute("create unique index only_one on gaps (reason)").await;
        let gap = wire::Record::Gap(wire::Gap {
            from_at: T0 - HOUR_MS,
            to_at: T0,
            reason: wire::GapReason::SpoolFull,
            lost_records: Some(1),
            detail: String::new(),
        });
        let sent = batch(1, T0, vec![snapshot(T0, vec![session("10.0.0.1", "alice")]), gap]);
        let (good_answer, bad_answer) = tokio::join!(push(&ingest, good, &sent), push(&ingest, bad, &sent));
        assert_eq!(good_answer, Ok(Accepted { acked_seq: 2 }));
        assert!(matches!(bad_answer, Err(Refusal::Refused { seq: 2, .. })), "{bad_answer:?}");
        assert_eq!((stored(store, good.host).await, stored(store, bad.host).await), (1, 0));
        assert!(ingest.is_running());
    })
    .await;
}

#[tokio::test]
async fn a_key_that_stands_for_something_else_by_now_stores_nothing_and_costs_the_others_nothing() {
    both(async |store| {
        let (ingest, _) = start(store, Duration::from_millis(50));
        let sent = batch(1, T0, vec![snapshot(T0, vec![session("10.0.0.1", "alice")])]);
        let good = agent(store, "FS01").await;
        let revoked = agent(store, "FS02").await;
        let (from, to) = (AgentState::Approved, AgentState::Revoked);
        store.write(async |tx| agents::decide(tx, revoked.agent, from, to, T0).await).await;
        let moved = agent(store, "FS03").await;
        store.write(async |tx| agents::move_to_host(tx, moved.agent, good.host).await).await;
        let renewed = agent(store, "FS04").await;
        store.write(async |tx| agents::replace_key(tx, renewed.agent, &[7; 32]).await).await;
        let (a, b, c, d) = tokio::join!(
            push(&ingest, revoked, &sent),
            push(&ingest, good, &sent),
            push(&ingest, moved, &sent),
            push(&ingest, renewed, &sent),
        );
        assert_eq!(b, Ok(Accepted { acked_seq: 1 }));
        assert_eq!((a, c, d), (Err(Refusal::KeyChanged), Err(Refusal::KeyChanged), Err(Refusal::KeyChanged)));
        for (from, frames) in [(good, 1), (revoked, 0), (moved, 0), (renewed, 0)] {
            assert_eq!(stored(store, from.host).await, frames);
        }
        let now = Keyholder { key_sha256: [7; 32], ..renewed };
        assert_eq!(push(&ingest, now, &sent).await, Ok(Accepted { acked_seq: 1 }));
    })
    .await;
}

#[tokio::test]
async fn a_clock_ten_years_off_harms_nothing_and_comes_right_without_a_person() {
    both(async |store| {
        let (ingest, clock) = start(store, Duration::ZERO);
        let from = agent(store, "FS01").await;
        push(&ingest, from, &batch(1, T0, vec![snapshot(T0, vec![session("10.0.0.1", "alice")])])).await.unwrap();
        for years in [-10, 10] {
            let wrong_at = T0 + years * 365 * DAY_MS;
            let wrong = batch(2, wrong_at, vec![snapshot(wrong_at, vec![]), snapshot(wrong_at + 60_000, vec![])]);
            assert!(matches!(push(&ingest, from, &wrong).await, Err(Refusal::ClockOff { .. })));
            // The clock is right again: what it dated wrongly is refused, record by record, which the agent turns into gaps.
            let mut again = batch(2, T0, wrong.records);
            for seq in [2, 3] {
                let refused = push(&ingest, from, &again).await;
                assert!(matches!(refused, Err(Refusal::Refused { seq: s, .. }) if s == seq), "{refused:?}");
                let gap = wire::Gap {
                    from_at: wrong_at,
                    to_at: wrong_at,
                    reason: wire::GapReason::Refused,
                    lost_records: Some(1),
                    detail: String::new(),
                };
                again.records[usize::try_from(seq).unwrap() - 2] = wire::Record::Gap(gap);
            }
        }
        assert_eq!(cursors::find(store, from.host, EPOCH).await.unwrap(), Some(1));
        clock.set(T0 + MINUTE_MS);
        let fresh = batch(2, T0 + MINUTE_MS, vec![snapshot(T0 + MINUTE_MS, vec![])]);
        assert_eq!(push(&ingest, from, &fresh).await, Ok(Accepted { acked_seq: 2 }));
        let now = hosts::one_now(store, from.host).await.unwrap().unwrap().state.unwrap();
        assert_eq!(now.now.unwrap().taken_at, T0 + MINUTE_MS);
        assert_eq!(stored(store, from.host).await, 2);
        assert!(gaps::of_host(store, from.host, 0, i64::MAX).await.unwrap().is_empty());
        const { assert!(MAX_SKEW_MS < HOUR_MS) };
    })
    .await;
}

#[tokio::test]
async fn parts_are_put_together_over_batches_and_a_lost_one_leaves_a_partial_snapshot() {
    both(async |store| {
        let (ingest, _) = start(store, Duration::ZERO);
        let from = agent(store, "FS01").await;
        let part = |taken_at, index, client: &str| {
            let wire::Record::Snapshot(whole) = snapshot(taken_at, vec![session(client, "alice")]) else { panic!() };
            wire::Record::Snapshot(wire::Snapshot { part: Some(wire::Part { index, of: 3 }), ..whole })
        };
        for (seq, index) in [(1, 0), (2, 1), (3, 2)] {
            assert_eq!(stored(store, from.host).await, 0, "nothing is shown before the last part");
            push(&ingest, from, &batch(seq, T0, vec![part(T0, index, &format!("10.0.0.{index}"))])).await.unwrap();
        }
        let whole = frames::at(store, from.host, T0).await.unwrap().unwrap();
        assert_eq!((whole.sessions.len(), whole.partial), (3, false));
        // The middle one was dropped by the agent; of the next one the end never comes.
        let (next, after) = (T0 - 3_000, T0 - 2_000);
        let records = vec![part(next, 0, "10.0.0.7"), part(next, 2, "10.0.0.8"), part(after, 0, "10.0.0.9")];
        push(&ingest, from, &batch(4, T0, records)).await.unwrap();
        let some = frames::at(store, from.host, next).await.unwrap().unwrap();
        assert_eq!((some.sessions.len(), some.partial), (2, true));
        assert_eq!(stored(store, from.host).await, 2);
    })
    .await;
}

#[tokio::test]
async fn hostile_names_come_back_as_they_were() {
    both(async |store| {
        let (ingest, _) = start(store, Duration::ZERO);
        let from = agent(store, "FS01").await;
        let hostile =
            ["<script>", "=cmd|'/c calc'!A1", "\u{1b}[2J", "a\r\nb", "\u{202e}gpj", "\u{2019};calc", "nul\0", "", " "];
        let sessions: Vec<_> = hostile.iter().map(|name| session(name, name)).collect();
        push(&ingest, from, &batch(1, T0, vec![snapshot(T0, sessions)])).await.unwrap();
        let found = frames::at(store, from.host, T0).await.unwrap().unwrap();
        let clients: Vec<_> = found.sessions.iter().map(|s| s.client).collect();
        let mut names: Vec<_> = names::clients(store, &clients).await.unwrap().into_values().collect();
        let mut expected: Vec<_> = hostile.iter().map(|name| name.replace('\0', "\u{fffd}")).collect();
        names.sort();
        expected.sort();
        assert_eq!(names, expected);
    })
    .await;
}

#[tokio::test]
async fn a_restart_costs_neither_pinned_instants_nor_delta_frames() {
    both(async |store| {
        let from = agent(store, "FS01").await;
        let sessions = |age_secs| {
            let many =
                (0..50).map(|n| wire::Session { age_secs: Some(age_secs), ..session(&format!("10.0.0.{n}"), "alice") });
            many.map(|s| wire::Session { idle_secs: s.age_secs, ..s }).collect::<Vec<_>>()
        };
        let (ingest, _) = start(store, Duration::ZERO);
        push(&ingest, from, &batch(1, T0, vec![snapshot(T0 - 60_000, sessions(100))])).await.unwrap();
        ingest.stop().await;
        let (ingest, _) = start(store, Duration::ZERO);
        // A second less than a minute older: the source's rounding.
        push(&ingest, from, &batch(2, T0, vec![snapshot(T0 - 1_000, sessions(158))])).await.unwrap();
        let first = frames::at(store, from.host, T0 - 60_000).await.unwrap().unwrap();
        let second = frames::at(store, from.host, T0).await.unwrap().unwrap();
        assert_eq!(second.sessions, first.sessions);
        assert!(frame::encode(&second, Some(&first)).len() < 20);
    })
    .await;
}

#[tokio::test]
async fn stopping_stores_what_waits_and_lets_nothing_more_in() {
    both(async |store| {
        let (ingest, _) = start(store, Duration::from_secs(1));
        let from = agent(store, "FS01").await;
        let sent = batch(1, T0, vec![snapshot(T0, vec![])]);
        let waiting = tokio::spawn({
            let (ingest, sent) = (ingest.clone(), sent.clone());
            async move { push(&ingest, from, &sent).await }
        });
        // Its own answer says that it waited or came too late; either way it is what the store holds.
        ingest.stop().await;
        let answer = waiting.await.unwrap();
        assert_eq!(answer.is_ok(), stored(store, from.host).await == 1, "{answer:?}");
        assert!(matches!(push(&ingest, from, &sent).await, Err(Refusal::TryLater { .. })));
        assert!(!ingest.is_running());
    })
    .await;
}

#[tokio::test]
async fn an_hour_that_grows_is_rolled_up_again_until_it_is_over() {
    both(async |store| {
        let (ingest, clock) = start(store, Duration::ZERO);
        let from = agent(store, "FS01").await;
        let compact = Compact::new((**store).clone());
        push(&ingest, from, &batch(1, T0, vec![snapshot(T0, vec![session("10.0.0.1", "alice")])])).await.unwrap();
        assert_eq!(compact.tick(T0 + 4_900).await.unwrap().units, 0, "not for every snapshot");
        let covered =
            async || usage::hours_of_fleet(store, T0, T0 + 1).await.unwrap().first().map(|(_, _, u)| u.covered_ms);
        let mut at = T0 + 4_900;
        while compact.tick(at).await.unwrap().units == 0 {
            at += 100;
        }
        // One host is a small fleet: its figures follow within seconds.
        assert!((T0 + 5_000..=T0 + 7_500).contains(&at));
        assert_eq!(covered().await, Some((at - T0) / 1_000 * 1_000), "up to now, in whole seconds");
        // Nothing more comes: the snapshot holds for twice its interval, and the hour learns of it by itself.
        clock.set(T0 + HOUR_MS);
        while at < T0 + HOUR_MS {
            at += 10_000;
            compact.tick(at).await.unwrap();
        }
        assert_eq!(covered().await, Some(120_000));
    })
    .await;
}

/// Two spools of one host (its agent lost its first one) saw the same instant, and both come in one group.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_snapshots_of_one_instant_the_first_stays_and_what_follows_can_be_read() {
    both(async |db| {
        let (ingest, _clock) = start(db, Duration::from_secs(2));
        let (host, neighbour) = (agent(db, "FS01").await, agent(db, "FS02").await);
        let many = |client: &str| (0..40).map(|n| session(&format!("{client}-{n:02}"), "ann")).collect::<Vec<_>>();
        let first = batch(1, T0, vec![snapshot(T0 - 60_000, many("PC"))]);
        let mut again = batch(1, T0, vec![snapshot(T0 - 60_000, many("LAPTOP")), snapshot(T0, many("LAPTOP"))]);
        again.epoch = EPOCH.replace('5', "6");
        let other = batch(1, T0, vec![snapshot(T0, many("PC"))]);
        let pushes =
            [(host, &first), (host, &again), (neighbour, &other)].map(|(from, batch)| push(&ingest, from, batch));
        let [one, two, three] = pushes;
        let outcomes = tokio::join!(one, two, three);
        assert!(matches!(outcomes, (Ok(_), Ok(_), Ok(_))), "{outcomes:?}");
        let names: Vec<Vec<String>> = {
            let mut names = Vec::new();
            for snapshot in frames::range(db, host.host, 0, T0 + 1).await.unwrap() {
                let ids: Vec<_> = snapshot.sessions.iter().map(|s| s.client).collect();
                let mut found: Vec<_> = names::clients(db, &ids).await.unwrap().into_values().collect();
                found.sort_unstable();
                names.push(found);
            }
            names
        };
        let expected = |client: &str| many(client).into_iter().map(|s| s.client).collect::<Vec<_>>();
        assert_eq!(names, [expected("PC"), expected("LAPTOP")]);
        assert_eq!(stored(db, neighbour.host).await, 1);
        for (epoch, acked_seq) in [(EPOCH.to_owned(), 1), (again.epoch.clone(), 2)] {
            assert_eq!(cursors::find(db, host.host, &epoch).await.unwrap(), Some(acked_seq));
        }
    })
    .await;
}

/// The clock of a host went back and then on: the snapshot before the newest one is not the one that came before it.
#[tokio::test]
async fn after_a_clock_went_back_hours_that_nothing_holds_into_any_more_are_added_up_again() {
    both(async |db| {
        let (ingest, clock) = start(db, Duration::ZERO);
        let from = agent(db, "FS01").await;
        let at = |minutes: i64, sampling_secs| {
            let wire::Record::Snapshot(snapshot) = snapshot(T0 + minutes * MINUTE_MS, vec![session("PC-1", "ann")])
            else {
                unreachable!("a snapshot")
            };
            wire::Record::Snapshot(wire::Snapshot { sampling_secs, ..snapshot })
        };
        let roll_up = async || {
            Compact::new((**db).clone()).finish(T0 + 4 * HOUR_MS, false).await.unwrap();
            let hours = usage::of_fleet(db, T0, T0 + 4 * HOUR_MS).await.unwrap();
            hours
                .iter()
                .map(|hour| (hour.hour_at - T0, hour.total().covered_ms))
                .filter(|(_, ms)| *ms > 0)
                .collect::<Vec<_>>()
        };
        clock.set(T0 + 4 * HOUR_MS);
        let sent_at = T0 + 4 * HOUR_MS;
        push(&ingest, from, &batch(1, sent_at, vec![at(30, 3_600)])).await.unwrap();
        push(&ingest, from, &batch(2, sent_at, vec![at(10, 60)])).await.unwrap();
        let held = [(0, 32 * MINUTE_MS), (HOUR_MS, HOUR_MS), (2 * HOUR_MS, 30 * MINUTE_MS)];
        assert_eq!(roll_up().await, held, "two hours are held for an hour's interval");
        push(&ingest, from, &batch(3, sent_at, vec![at(40, 60)])).await.unwrap();
        assert_eq!(roll_up().await, [(0, 14 * MINUTE_MS)]);
    })
    .await;
}
