//! However batches come (twice, out of order, some not at all, many at once, with restarts between), the store ends up as if
//! each had come once and in order.

use std::collections::BTreeMap;

use highwater::clock::Clock;
use highwater::ingest::decode::Encoding;
use highwater::ingest::{Accepted, Ingest, Options, Refusal};
use highwater::model::change::Version;
use highwater::model::counter::{Reading, Share, SharePeak};
use highwater::model::eyes::Eyes;
use highwater::model::holder::{Held, Measure};
use highwater::model::host::{Facts, HostState};
use highwater::model::snapshot::Snapshot;
use highwater::model::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use highwater::model::unit::Level;
use highwater::model::usage::Usage;
use highwater::store::agents::Keyholder;
use highwater::store::events::EventFilter;
use highwater::store::rank::{self, By, Ranking, Scope, Whose};
use highwater::store::{changes, counters, cursors, events, frames, gaps, hosts, shares, usage, work};
use highwater::tasks::compact::Compact;
use highwater_wire as wire;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tokio::task::JoinSet;

use crate::harness::server;
use crate::harness::store::{Store, T0, both};

/// When everything is delivered: the records are of the hours before.
const NOW_AT: i64 = T0 + DAY_MS;
const CASES: usize = 24;
const SEED_VARIABLE: &str = "HIGHWATER_TEST_SEED";

/// What an agent's spools hold, and how it gets through.
#[derive(Debug, Clone)]
struct Case {
    spools: Vec<Vec<wire::Record>>,
    attempts: Vec<Attempt>,
}

#[derive(Debug, Clone)]
enum Attempt {
    /// These batches, all at once: (spool, first record, records).
    Send(Vec<(usize, usize, usize)>),
    /// The server stops and starts again.
    Restart,
    /// What has changed is rolled up in between.
    RollUp,
}

fn sessions() -> impl Strategy<Value = Vec<wire::Session>> {
    let one = (0..6_u8, 0..4_u8, option::of(0..5_u32), option::of(0..9_000_u32), option::of(0..2_000_u32));
    let one = one.prop_map(|(client, user, opens, age_secs, idle_secs)| wire::Session {
        client: format!("10.0.0.{client}"),
        user: if user == 0 { String::new() } else { format!("user{user}") },
        opens,
        age_secs,
        idle_secs,
    });
    vec(one, 0..9)
}

/// Records as they follow each other; instants are offsets in seconds until [`date`] puts them in place.
fn records(sampling_secs: impl Strategy<Value = u32> + Clone) -> impl Strategy<Value = Vec<wire::Record>> {
    let limit = prop_oneof![
        Just(wire::Limit { sessions: Some(6), unlimited: false, source: wire::LimitSource::Api }),
        Just(wire::Limit { sessions: None, unlimited: false, source: wire::LimitSource::Unknown }),
    ];
    let step = prop_oneof![6 => Just(60_i64), 2 => 1..300_i64, 1 => 1_000..4_000_i64, 1 => -400..0_i64];
    let snapshot = (sessions(), limit, sampling_secs, any::<bool>(), option::weighted(0.15, 2..4_u32));
    let other = prop_oneof![
        (0..9_u64, any::<bool>()).prop_map(|(record_id, watched)| wire::Record::Event(event(record_id, watched))),
        Just(wire::Record::Gap(wire::Gap {
            from_at: 0,
            to_at: 0,
            reason: wire::GapReason::SpoolFull,
            lost_records: Some(3),
            detail: "a test".to_owned(),
        })),
        (0..99_u8).prop_map(|n| wire::Record::Host(wire::HostFacts {
            name: format!("FS{n:02}"),
            os: "Windows Server 2022".to_owned(),
            ..wire::HostFacts::default()
        })),
        (0..50_i64, 0..9_u32).prop_map(|(n, uses)| wire::Record::Counters(wire::Counters {
            since_at: (n % 3 > 0).then_some(T0 - n % 2),
            values: [("files_open".to_owned(), n), ("sessions_timed_out".to_owned(), n * n)].into(),
            shares: Some(vec![wire::Share {
                name: format!("share {}", n % 2),
                uses,
                most_uses: (n % 4 > 0).then_some(8),
                unlimited: n % 4 == 0,
            }]),
            ..wire::Counters::default()
        })),
    ];
    let one = prop_oneof![
        5 => snapshot.prop_map(|(sessions, limit, sampling_secs, partial, parts)| {
            let source = "simulated".to_owned();
            let whole = wire::Snapshot { taken_at: 0, source, sampling_secs, limit, partial, part: None, burst_of: None, sessions };
            split(whole, parts)
        }),
        2 => other.prop_map(|record| vec![record]),
    ];
    vec((one, step), 1..40).prop_map(|all| {
        let mut at = 0;
        let mut dated = Vec::new();
        for (records, step) in all {
            at += step;
            dated.extend(records.into_iter().map(|record| date(record, at)));
        }
        dated
    })
}

fn event(record_id: u64, watched: bool) -> wire::Event {
    wire::Event {
        provider: if watched { "SRV" } else { "Perflib" }.to_owned(),
        decoded: wire::Decoded { count: Some(record_id), ..wire::Decoded::default() },
        ..server::event(0, record_id, 2_022)
    }
}

fn split(whole: wire::Snapshot, parts: Option<u32>) -> Vec<wire::Record> {
    let Some(of) = parts else { return vec![wire::Record::Snapshot(whole)] };
    let size = whole.sessions.len().div_ceil(of as usize).max(1);
    (0..of)
        .map(|index| {
            let from = (index as usize * size).min(whole.sessions.len());
            let to = (from + size).min(whole.sessions.len());
            let sessions = whole.sessions[from..to].to_vec();
            wire::Record::Snapshot(wire::Snapshot { part: Some(wire::Part { index, of }), sessions, ..whole.clone() })
        })
        .collect()
}

fn date(mut record: wire::Record, second: i64) -> wire::Record {
    let at = T0 + second * 2_000;
    match &mut record {
        wire::Record::Snapshot(snapshot) => snapshot.taken_at = at,
        wire::Record::Event(event) => event.recorded_at = at,
        wire::Record::Host(facts) => facts.observed_at = at,
        wire::Record::Gap(gap) => (gap.from_at, gap.to_at) = (at, at + 60_000),
        wire::Record::Counters(counters) => counters.read_at = at,
        wire::Record::Unknown => {}
    }
    record
}

/// The second spool's instants are odd seconds, so that no two of a host are the same: of those the first would stay.
fn shift(mut record: wire::Record) -> wire::Record {
    match &mut record {
        wire::Record::Snapshot(snapshot) => snapshot.taken_at += 1_000,
        wire::Record::Event(event) => event.recorded_at += 1_000,
        wire::Record::Host(facts) => facts.observed_at += 1_000,
        wire::Record::Counters(counters) => counters.read_at += 1_000,
        _ => {}
    }
    record
}

fn cases() -> impl Strategy<Value = Case> {
    let one_spool =
        records(prop_oneof![4 => Just(60_u32), 1 => 1..1_800_u32, 1 => Just(3_600_u32)]).prop_map(|r| vec![r]);
    let two_spools = (records(Just(60)), records(Just(60)))
        .prop_map(|(first, second)| vec![first, second.into_iter().map(shift).collect()]);
    let attempt = prop_oneof![
        12 => vec((0..2_usize, 0..70_usize, 0..25_usize), 1..5).prop_map(Attempt::Send),
        1 => Just(Attempt::Restart),
        1 => Just(Attempt::RollUp),
    ];
    (prop_oneof![one_spool, two_spools], vec(attempt, 0..25)).prop_map(|(spools, attempts)| Case { spools, attempts })
}

/// A host of its own for each way of delivery; both share the store, so that names have the same ids.
struct Agent<'a> {
    store: &'a Store,
    clock: Clock,
    ingest: Ingest,
    from: Keyholder,
    case: &'a Case,
}

impl<'a> Agent<'a> {
    async fn new(store: &'a Store, name: &str, case: &'a Case) -> Self {
        let clock = Clock::manual(NOW_AT);
        let from = store.pusher(name).await;
        Self { store, ingest: start(store, &clock), clock, from, case }
    }

    /// A batch as the agent would send it, packed. Instants lie in the past: the clock only has to agree.
    fn body(&self, spool: usize, first: usize, records: usize) -> Option<Vec<u8>> {
        let all = self.case.spools.get(spool)?;
        let first = first.min(all.len() - 1);
        let batch = wire::Batch {
            epoch: epoch(spool),
            first_seq: first as u64 + 1,
            boot_id: "boot".to_owned(),
            sent_at: NOW_AT,
            agent_version: "0.1.0".to_owned(),
            queued_records: 0,
            records: all[first..(first + records).min(all.len())].to_vec(),
        };
        Some(zstd::bulk::compress(&serde_json::to_vec(&batch).unwrap(), 1).unwrap())
    }

    async fn send(&self, batches: &[(usize, usize, usize)]) -> Vec<Result<Accepted, Refusal>> {
        let mut sending = JoinSet::new();
        for (spool, first, records) in batches {
            let Some(body) = self.body(*spool, *first, *records) else { continue };
            let (ingest, from) = (self.ingest.clone(), self.from);
            sending.spawn(async move {
                let batch = ingest.decode(body, Encoding::Zstd).await?;
                ingest.accept(from, batch).await
            });
        }
        sending.join_all().await
    }

    /// Sends from where the server says it stands until it has everything: what the agent does in the end.
    async fn deliver_the_rest(&self, records: usize) {
        for (spool, all) in self.case.spools.iter().enumerate() {
            let mut acked = cursors::find(self.store, self.from.host, &epoch(spool)).await.unwrap().unwrap_or(0);
            while acked < all.len() as u64 {
                let answers = self.send(&[(spool, usize::try_from(acked).unwrap(), records)]).await;
                let accepted = answers.into_iter().next().unwrap().unwrap();
                assert!(accepted.acked_seq > acked, "a batch that continues is stored");
                acked = accepted.acked_seq;
            }
        }
    }

    async fn deliver_with_trouble(&mut self) {
        for attempt in &self.case.attempts {
            match attempt {
                Attempt::Send(batches) => {
                    for answer in self.send(batches).await {
                        // One that ends before what is stored is what only a copy sends; nothing of it is stored twice.
                        let is_known =
                            matches!(answer, Ok(_) | Err(Refusal::SequenceHole { .. } | Refusal::OtherRecords));
                        assert!(is_known, "{answer:?}");
                    }
                }
                Attempt::Restart => {
                    self.ingest.stop().await;
                    self.ingest = start(self.store, &self.clock);
                }
                Attempt::RollUp => roll_up(self.store, NOW_AT + MINUTE_MS).await,
            }
        }
        self.deliver_the_rest(7).await;
    }
}

fn start(store: &Store, clock: &Clock) -> Ingest {
    let options = Options { window: std::time::Duration::from_millis(1), ..Options::default() };
    Ingest::start_with((**store).clone(), clock.clone(), options)
}

fn epoch(spool: usize) -> String {
    format!("{spool:032x}")
}

async fn roll_up(store: &Store, now_at: i64) {
    let compact = Compact::new((**store).clone());
    while compact.tick(now_at).await.unwrap().units > 0 {}
}

/// All that can be read of a host, without what rightly differs (ids of hosts and events).
#[derive(Debug, PartialEq)]
struct Outcome {
    snapshots: Vec<Snapshot>,
    events: Vec<String>,
    gaps: Vec<String>,
    cursors: Vec<Option<u64>>,
    facts: Facts,
    state: Option<HostState>,
    usage: Vec<(i64, Vec<Usage>)>,
    by_client: BTreeMap<String, Held>,
    by_user: BTreeMap<String, Held>,
    readings: Vec<Reading>,
    shares: Option<(i64, Vec<Share>)>,
    share_peaks: Vec<SharePeak>,
    /// Of a host with one spool: of two that tell of the same time in another order, some words between are not known.
    versions: Vec<Version>,
}

async fn outcome(agent: &Agent<'_>) -> Outcome {
    let (db, host) = (agent.store, agent.from.host);
    let (from_at, to_at) = (T0 - DAY_MS, T0 + 30 * DAY_MS);
    let filter = EventFilter { host: Some(host), most: 10_000, ..EventFilter::default() };
    let mut events: Vec<_> = events::list(db, &filter).await.unwrap();
    events.sort_by_key(|e| (e.recorded_at, e.record_id, e.provider.clone()));
    let gaps = gaps::of_host(db, host, from_at, to_at).await.unwrap();
    let mut cursors = Vec::new();
    for spool in 0..agent.case.spools.len() {
        cursors.push(cursors::find(db, host, &epoch(spool)).await.unwrap());
    }
    let found = hosts::find(db, host).await.unwrap().unwrap();
    let hours = usage::of_fleet(db, from_at, to_at).await.unwrap();
    let scope = Scope { whose: Whose::Host(host), from_at, to_at };
    let ranking = Ranking { measure: Measure::SessionHours, skip: 0, most: 1_000, ..Ranking::default() };
    let clients = rank::top(db, By::Client, scope, &ranking, &Eyes::Names).await.unwrap().rows;
    let users = rank::top(db, By::User, scope, &ranking, &Eyes::Names).await.unwrap().rows;
    Outcome {
        snapshots: frames::range(db, host, from_at, to_at).await.unwrap(),
        events: events
            .iter()
            .map(|e| format!("{} {} {} {:?} {}", e.recorded_at, e.record_id, e.provider, e.class, e.decoded))
            .collect(),
        gaps: gaps.iter().map(|gap| format!("{gap:?}")).collect(),
        cursors,
        facts: Facts {
            observed_at: 0,
            name: if found.name.starts_with("FS") { found.name } else { String::new() },
            fqdn: found.fqdn,
            domain: found.domain,
            cluster: found.cluster,
            is_domain_controller: found.is_domain_controller,
            addresses: found.addresses,
            os: found.os,
            os_build: found.os_build,
            time_zone: found.time_zone,
            settings: found.settings,
            ..Facts::default()
        },
        state: hosts::one_now(db, host).await.unwrap().unwrap().state,
        // Hours of which nothing was observed may or may not be there.
        usage: hours
            .into_iter()
            .filter(|h| h.host == host && h.total() != Usage::default())
            .map(|h| (h.hour_at, h.cells.to_vec()))
            .collect(),
        by_client: clients.into_iter().map(|row| (row.top.name, row.top.held)).collect(),
        by_user: users.into_iter().map(|row| (row.top.name, row.top.held)).collect(),
        readings: counters::of_host(db, host, from_at, to_at).await.unwrap(),
        shares: shares::of_host(db, host).await.unwrap(),
        share_peaks: shares::peaks(db, host, from_at, to_at).await.unwrap(),
        versions: match agent.case.spools.len() {
            1 => changes::of_host(db, host, from_at, to_at).await.unwrap(),
            _ => Vec::new(),
        },
    }
}

/// Another one in each run, unless one is given: that of a run that failed.
#[expect(clippy::disallowed_methods, reason = "the one place of the tests that reads this variable")]
fn seed() -> [u8; 32] {
    let Ok(given) = std::env::var(SEED_VARIABLE) else { return rand::random() };
    let bytes = (0..given.len()).step_by(2).map(|at| u8::from_str_radix(&given[at..at + 2], 16));
    let bytes: Vec<u8> = bytes.collect::<Result<_, _>>().unwrap();
    bytes.try_into().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_order_duplication_and_loss_of_batches_ends_in_the_same_state() {
    both(async |store| {
        let seed = seed();
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        for number in 0..CASES {
            let case = cases().new_tree(&mut runner).unwrap().current();
            let in_order = Agent::new(store, &format!("in order {number}"), &case).await;
            in_order.deliver_the_rest(1).await;
            let mut troubled = Agent::new(store, &format!("troubled {number}"), &case).await;
            troubled.deliver_with_trouble().await;
            // Late enough for every hour to be over, and due.
            roll_up(store, NOW_AT + HOUR_MS).await;
            assert_eq!(work::waiting(store, Level::HostHour).await.unwrap().0, 0, "everything is rolled up");
            let (expected, found) = (outcome(&in_order).await, outcome(&troubled).await);
            assert_eq!(found, expected, "case {number} of {SEED_VARIABLE}={}: {case:?}", hex(&seed));
            // The sums are those of the frames, not of what was rolled up in between.
            let observed: i64 =
                expected.usage.iter().flat_map(|(_, cells)| cells).map(|c| i64::from(c.snapshots)).sum();
            assert_eq!(observed, i64::try_from(expected.snapshots.len()).unwrap());
        }
    })
    .await;
}
