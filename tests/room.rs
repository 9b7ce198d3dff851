//! The disk: what the worst agent can make of it, and what happens when there is no room for anybody.

use std::process::Command;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use highwater::clock::Clock;
use highwater::config::{Allowance, Config};
use highwater::history::frame;
use highwater::model::intake::Quota;
use highwater::model::limit::{Limit, LimitSource};
use highwater::model::snapshot::{Session, Snapshot};
use highwater::model::time::{DAY_MS, HOUR_MS, SECOND_MS};
use highwater::model::token::{Approve, NewToken};
use highwater::model::unit::Unit;
use highwater::model::{ClientId, HostId, UserId};
use highwater::store::frames::NewFrame;
use highwater::store::{agents, frames, hosts, intake, size, work};
use highwater::tasks::compact::Compact;
use highwater_wire::{self as wire, Problem, Record, problem_type};
use rand::rngs::SmallRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};

use crate::harness::audit::done;
use crate::harness::person::{Person, texts};
use crate::harness::server::{TestServer, batch, event, machine, program, snapshot};
use crate::harness::store::{Store, T0, both};

const MIB: u64 = 1 << 20;
/// The shipped allowances are this many times those of the test.
const SCALE: u64 = 32;
/// What is promised: pages and indexes are half as much again at worst (README, [`highwater::model::intake::Quota`]).
const ON_DISK: (u64, u64) = (3, 2);

fn scaled(of: Allowance) -> Allowance {
    Allowance {
        megabytes: of.megabytes / SCALE,
        records: of.records / SCALE,
        sessions: of.sessions / SCALE,
        new_names: of.new_names / SCALE,
        events: of.events / SCALE,
        event_megabytes: of.event_megabytes / SCALE,
        stored_megabytes: of.stored_megabytes / SCALE,
    }
}

/// Bytes of the whole database, with the free pages of SQLite's file.
async fn on_disk(store: &Store) -> u64 {
    size::bytes(store).await.unwrap() + size::free_inside(store).await.unwrap()
}

/// A text that no database makes smaller.
fn noise(bytes: usize) -> String {
    let mut raw = vec![0; bytes];
    rand::rng().fill_bytes(&mut raw);
    let mut text = BASE64_STANDARD.encode(raw);
    text.truncate(bytes);
    text
}

/// As large as an event may be.
fn largest_event(recorded_at: i64, record_id: u64) -> Record {
    Record::Event(wire::Event {
        xml: noise(wire::MAX_XML_BYTES),
        message: Some(noise(wire::MAX_MESSAGE_BYTES)),
        ..event(recorded_at, record_id, 2_019)
    })
}

/// Sessions of clients and users that nobody has heard of, with the longest names that cost no page each.
fn strange_sessions(taken_at: i64, sessions: usize) -> Record {
    let Record::Snapshot(one) = snapshot(taken_at, 1) else { unreachable!() };
    let session = |_| wire::Session {
        client: noise(900),
        user: noise(900),
        opens: Some(rand::random_range(0..100_000)),
        age_secs: Some(rand::random_range(5_000..50_000)),
        idle_secs: Some(rand::random_range(0..5_000)),
    };
    Record::Snapshot(wire::Snapshot { sessions: (0..sessions).map(session).collect(), ..one })
}

/// What an agent says in its own words, as long as two of them fill a page of SQLite.
fn long_gap(from_at: i64) -> Record {
    let detail = (0..988).map(|_| rand::random_range('\u{430}'..='\u{44f}')).collect();
    Record::Gap(wire::Gap {
        from_at,
        to_at: from_at + 1,
        reason: wire::GapReason::SpoolFull,
        lost_records: Some(1),
        detail,
    })
}

/// Pushes the worst it may until it is turned away. Answers how often something was stored.
async fn rage(server: &TestServer, key: &str, (next_seq, record_id): (&mut u64, &mut u64)) -> (usize, Problem) {
    let now_at = server.clock.now_at();
    for round in 0..10_000 {
        let taken_at = now_at - SECOND_MS * (i64::try_from(round).unwrap() + 1);
        // So that new names last as long as what may be stored.
        let mut records = vec![strange_sessions(taken_at, 20)];
        records.extend((0..72).map(|n| long_gap(taken_at - n)));
        for _ in 0..5 {
            *record_id += 1;
            records.push(largest_event(taken_at, *record_id));
        }
        match server.push(key, &batch(now_at, *next_seq, records)).await {
            Ok(ack) => *next_seq = ack.acked_seq + 1,
            Err(problem) => return (round, problem),
        }
    }
    panic!("nobody turned it away");
}

#[tokio::test]
async fn the_worst_that_a_stolen_key_can_do_in_a_day_stays_within_what_is_promised() {
    both(async |store| {
        let day_at = Clock::system().now_at().div_euclid(DAY_MS) * DAY_MS;
        let clock = Clock::manual(day_at + HOUR_MS / 2);
        let (hour, day) = (scaled(Allowance::PER_HOUR), scaled(Allowance::PER_DAY));
        let settings = |config: &mut Config| {
            (config.limits.agent_per_hour, config.limits.agent_per_day) = (hour, day);
        };
        let server = TestServer::start_at(store, clock.clone(), settings).await;
        let key = server.key("ROGUE").await;
        let before = on_disk(store).await;
        let (mut next_seq, mut record_id, mut pushes) = (1, 0, 0);
        for hour in 0..9 {
            clock.set(day_at + HOUR_MS / 2 + hour * HOUR_MS);
            let (stored, problem) = rage(&server, &key, (&mut next_seq, &mut record_id)).await;
            assert_eq!((problem.status, problem.kind.as_str()), (429, problem_type::OVER_QUOTA), "{problem:?}");
            pushes += stored;
        }
        let grown = on_disk(store).await - before;
        Compact::new(server.db.clone()).finish(day_at + 11 * HOUR_MS, true).await.unwrap();
        let compacted = on_disk(store).await - before;
        let allowed = (day.event_megabytes + day.stored_megabytes) * MIB;
        let promised = allowed * ON_DISK.0 / ON_DISK.1;
        println!(
            "{}: in a day a rogue key stored {pushes} batches, {} KiB on disk, {} when put together; {} KiB of data are allowed, {} on disk promised",
            store.kind(),
            grown >> 10,
            compacted >> 10,
            allowed >> 10,
            promised >> 10
        );
        assert!(grown > allowed / 2, "it was no attack: {grown}");
        // What one more transaction brings is less than a megabyte here.
        assert!(grown.max(compacted) <= promised + MIB, "{grown}, {compacted} of {promised}");
        let told = done(&server.db, "agent.over_quota").await;
        assert!(told.len() >= 8, "each hour until the day's is used up says so: {told:?}");
        // The neighbour has its own.
        let neighbour = server.key("FS01").await;
        let now_at = clock.now_at();
        assert!(server.push(&neighbour, &batch(now_at, 1, vec![snapshot(now_at, 3)])).await.is_ok());
        server.stop().await;
    })
    .await;
}

const LOOKS: i64 = 60;

/// Bytes of rows that a host with 20,000 sessions makes in an hour and in a day if it is looked at every 5 s, and one session in so many did
/// something since the look before.
fn stored_of_a_full_host(one_in: u32) -> (u64, u64) {
    let mut rng = SmallRng::seed_from_u64(7);
    let session = |n: i64, at: i64| Session {
        client: ClientId(n),
        user: UserId(n % 9_000),
        started_at: Some(at),
        active_at: Some(at),
        opens: Some(2),
    };
    let mut next = 20_000;
    let sessions: Vec<Session> = (0..next).map(|n| session(n, T0 - SECOND_MS * rng.random_range(1..30_000))).collect();
    let mut now = Snapshot { sessions, ..seen_by(0, T0) };
    let row = |body: &[u8]| (body.len() as u64).next_multiple_of(4_096) + 96;
    let key = row(&frame::encode(&now, None));
    let mut deltas = 0;
    for look in 1..=LOOKS {
        let taken_at = T0 + look * 5 * SECOND_MS;
        let mut sessions = now.sessions.clone();
        // 5 % new ones a minute.
        for _ in 0..83 {
            let place = rng.random_range(0..sessions.len());
            sessions[place] = session(next, taken_at - SECOND_MS);
            next += 1;
        }
        // Some of those that did something have other files.
        for session in &mut sessions {
            if rng.random_ratio(1, one_in) {
                session.active_at = Some(taken_at - SECOND_MS * rng.random_range(0..5));
                session.opens = if rng.random_ratio(1, 4) { Some(rng.random_range(0..9)) } else { session.opens };
            }
        }
        sessions.sort_unstable();
        let then = Snapshot { taken_at, sessions, ..now.clone() };
        deltas += row(&frame::encode(&then, Some(&now)));
        now = then;
    }
    let looks = u64::try_from(LOOKS).unwrap();
    (key + deltas * 720 / looks, 24 * key + deltas * 17_280 / looks)
}

#[test]
fn a_host_with_twenty_thousand_sessions_that_is_full_for_a_whole_day_is_taken_in() {
    let quota = Quota::default();
    for one_in in [3, 1] {
        let (hour, day) = stored_of_a_full_host(one_in);
        println!(
            "20,000 sessions every 5 s, one in {one_in} active: {} KiB an hour, {} MiB a day are stored",
            hour >> 10,
            day / MIB
        );
        // A fifth is left for holders, new names and whatever else it says.
        assert!(hour <= quota.per_hour.stored * 4 / 5 && day <= quota.per_day.stored * 4 / 5, "{hour}, {day}");
    }
    assert!(720 * 20_000 <= quota.per_hour.sessions && 17_280 * 20_000 <= quota.per_day.sessions);
}

/// So little room that there is none, on either database.
fn none(config: &mut Config) {
    config.limits.free_megabytes = Some(1_000_000_000);
    config.limits.database_gigabytes = if config.is_sqlite() { None } else { Some(0) };
}

#[tokio::test]
async fn without_room_agents_are_told_to_come_again_and_everything_else_goes_on() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (key, token, now_at) = (server.key("FS01").await, server.token(Approve::Auto).await, server.clock.now_at());
        let sent = batch(now_at, 1, vec![snapshot(now_at, 3)]);
        server.stop().await;
        let server = TestServer::start_with(store, none).await;
        let problem = server.push(&key, &sent).await.unwrap_err();
        assert_eq!((problem.status, problem.kind.as_str()), (503, problem_type::TRY_LATER), "{problem:?}");
        assert!(problem.detail.contains("keeps its records"), "{}", problem.detail);
        assert_eq!(server.enrol(&machine(&token, "FS02", 1)).await.unwrap_err().status, 503);
        assert_eq!(agents::list(&server.db).await.unwrap().len(), 1);
        let host = hosts::all_now(store).await.unwrap()[0].id;
        assert!(frames::instants(store, host, 0, 1 << 42).await.unwrap().is_empty(), "nothing is stored");
        // Signing in writes: to the database and to the audit log.
        let person = Person::signed_in(&server).await;
        let page = person.page("/settings/diagnosis").await;
        let checks = texts(&page, "#checks tbody tr").join("\n");
        assert!(checks.contains("look Room nothing that agents send is stored, they keep it"), "{checks}");
        let told = server.http.get(format!("{}/metrics", server.url)).send().await.unwrap().text().await.unwrap();
        assert!(told.contains("\nhighwater_room 0\n"), "{told}");
        let measured =
            if store.kind() == "sqlite" { "\nhighwater_disk_free_bytes " } else { "\nhighwater_database_bytes " };
        assert!(told.contains(measured), "{told}");
        server.stop().await;
        // When there is room again, what was kept comes in.
        let server = TestServer::start(store).await;
        assert_eq!(server.push(&key, &sent).await.unwrap().acked_seq, 1);
        let told = server.http.get(format!("{}/metrics", server.url)).send().await.unwrap().text().await.unwrap();
        assert!(told.contains("\nhighwater_room 1\n"), "{told}");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_doctor_says_that_there_is_no_room() {
    both(async |store| {
        let folder = tempfile::tempdir().unwrap();
        let doctor = |settings: &[(&str, &str)]| {
            let mut command = Command::new(program("highwater"));
            command.arg("doctor").current_dir(folder.path()).env("HIGHWATER_DATA_DIR", folder.path());
            let command = command.env("HIGHWATER_DATABASE", store.address()).envs(settings.iter().copied());
            String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
        };
        let said = doctor(&[("HIGHWATER_LIMITS_FREE_MEGABYTES", "1000000000")]);
        let is_sqlite = store.kind() == "sqlite";
        assert_eq!(said.contains("FAIL disk: "), is_sqlite, "{said}");
        // The file is not in the data directory: nothing is asked of that one's disk.
        let disks: Vec<&str> = said.lines().filter(|line| line.contains(" disk: ")).collect();
        assert_eq!(disks.len(), if is_sqlite { 2 } else { 1 }, "{said}");
        assert!(disks[0].starts_with("PASS ") && disks[0].contains(&folder.path().display().to_string()), "{said}");
        let said = doctor(&[("HIGHWATER_LIMITS_FREE_MEGABYTES", "0"), ("HIGHWATER_LIMITS_DATABASE_GIGABYTES", "1")]);
        assert!(said.contains("PASS disk: ") && said.contains("PASS database: "), "{said}");
    })
    .await;
}

#[tokio::test]
async fn a_token_without_a_count_lets_in_so_many_hosts_a_day_and_one_with_a_count_as_many_as_it_says() {
    both(async |store| {
        let clock = Clock::manual(Clock::system().now_at());
        let server = TestServer::start_at(store, clock.clone(), |config| config.limits.new_per_token = 3).await;
        let token = server.token(Approve::Auto).await;
        let enrol = async |token: &str, n: usize| server.enrol(&machine(token, &format!("FS{n}"), 1)).await;
        for n in 0..3 {
            enrol(&token, n).await.unwrap();
        }
        let paused = enrol(&token, 3).await.unwrap_err();
        assert_eq!((paused.status, paused.kind.as_str()), (429, problem_type::TRY_LATER));
        assert!(paused.detail.contains("asks again by itself"), "{}", paused.detail);
        assert!(enrol(&token, 0).await.is_ok(), "who is in may repeat it");
        assert_eq!(agents::list(&server.db).await.unwrap().len(), 3, "nothing is kept of who was refused");
        let counted = NewToken {
            label: "rollout".to_owned(),
            secret_sha256: [0; 32],
            hint: String::new(),
            group_name: String::new(),
            approve: Approve::Auto,
            max_uses: Some(5),
            expires_at: None,
            ranges: Vec::new(),
        };
        let counted = server.token_of(counted).await;
        for n in 10..15 {
            enrol(&counted, n).await.unwrap();
        }
        assert_eq!(enrol(&counted, 15).await.unwrap_err().kind, problem_type::TOKEN_REFUSED);
        clock.set(clock.now_at() + DAY_MS + 1);
        assert!(enrol(&token, 3).await.is_ok());
        server.stop().await;
    })
    .await;
}

/// What one of two spools sees of a host.
fn seen_by(spool: i64, taken_at: i64) -> Snapshot {
    let session = |n: i64| Session {
        client: ClientId(spool * 10_000 + n),
        user: UserId(n % 50),
        started_at: Some(T0 - 7_919 * n % 9_999_991),
        active_at: Some(T0 - 104_729 * n % 999_983),
        opens: Some(u32::try_from(n * 31 % 97).unwrap()),
    };
    Snapshot {
        taken_at,
        source: "test".to_owned(),
        sampling_secs: 60,
        limit: Limit { sessions: None, unlimited: true, source: LimitSource::Api },
        partial: false,
        burst_of: None,
        sessions: (0..3_000).map(session).collect(),
    }
}

/// Keeps an hour in which each spool says next to nothing, since nothing changes in what it sees. Answers the bytes of it.
async fn two_in_turns(store: &Store, host: HostId) -> u64 {
    let mut bytes = 0;
    let mut before: [Option<Snapshot>; 2] = [None, None];
    for n in 0..120 {
        let spool = n % 2;
        let next = seen_by(n % 2, T0 + n * 30 * SECOND_MS);
        let last = &mut before[usize::try_from(spool).unwrap()];
        let body = frame::encode(&next, last.as_ref());
        bytes += body.len() as u64;
        *last = Some(next);
        let new = NewFrame { host, taken_at: T0 + n * 30 * SECOND_MS, body };
        store.write(async |tx| frames::insert(tx, &new).await).await;
    }
    store.write(async |tx| work::touch(tx, &[(Unit::HostHour { hour_at: T0, host }, T0)]).await).await;
    bytes
}

#[tokio::test]
async fn what_an_hour_grows_by_when_it_is_put_together_counts_for_its_host() {
    both(async |store| {
        let (host, quiet) = (store.host("ROGUE").await, store.host("FS01").await);
        let bytes = two_in_turns(store, host).await;
        let one = NewFrame {
            host: quiet,
            taken_at: T0,
            body: frame::encode(&Snapshot { sessions: Vec::new(), ..seen_by(0, T0) }, None),
        };
        store.write(async |tx| frames::insert(tx, &one).await).await;
        store.write(async |tx| work::touch(tx, &[(Unit::HostHour { hour_at: T0, host: quiet }, T0)]).await).await;
        let now_at = T0 + DAY_MS;
        Compact::new((**store).clone()).finish(now_at, true).await.unwrap();
        let sent = store.write(async |tx| intake::of(tx, &[host, quiet], now_at).await).await;
        let stored = sent[&host].day.stored;
        println!("frames of {bytes} bytes became an hour that is charged for {stored} more");
        assert!(stored > bytes / 2, "{stored} beside {bytes}");
        assert!(!sent.contains_key(&quiet), "others cost nothing");
        let weighed = store.write(async |tx| highwater::store::records::bytes_of_hour(tx, host, T0).await).await;
        assert!(weighed >= stored, "{weighed} is all there is, {stored} came on top of the frames");
    })
    .await;
}
