//! What it costs to take snapshots in and to keep them. Prints a table; nothing is asserted.
//!
//! ```text
//! cargo bench -p highwater --bench ingest
//! HIGHWATER_TEST_POSTGRES=postgres://… cargo bench -p highwater --bench ingest     (PostgreSQL as well)
//! ```
//!
//! The fleet: every host has 200 sessions; each minute 5 % of them end and as many begin, a third have just done something, a
//! tenth open or close files. Bodies are made and packed before the clock runs, so that the agents' share is not counted; TLS
//! and HTTP are not either. CPU time is the process's, over all threads.

#[path = "ingest/fleet.rs"]
mod fleet;
#[path = "ingest/measure.rs"]
mod measure;

use anyhow::Context as _;
use highwater::clock::Clock;
use highwater::history::frame;
use highwater::ingest::decode::{Encoding, decode};
use highwater::ingest::{Ingest, Options};
use highwater::model::HostId;
use highwater::model::agent::{AgentState, NewAgent};
use highwater::model::time::DAY_MS;
use highwater::secret;
use highwater::store::agents::{self, Keyholder};
use highwater::store::{Db, frames};
use highwater::tasks::compact::Compact;
use tokio::task::JoinSet;

use fleet::{Fleet, NOW_AT, SESSIONS};
use measure::{Database, Measured, measure};

/// Hosts that push one snapshot a minute each, live.
const LIVE_HOSTS: usize = 200;
const LIVE_MINUTES: usize = 15;
/// Hosts whose whole day is brought in, for the bytes on disk.
const DAY_HOSTS: usize = 6;
const DAY_MINUTES: usize = 1_440;

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run())
}

async fn run() -> anyhow::Result<()> {
    say(&format!("{SESSIONS} sessions a host; times per session are CPU time of the whole process"));
    let live = Fleet::new(LIVE_HOSTS).batches(LIVE_MINUTES, 1);
    let sessions = live.len() * SESSIONS;
    let bytes: usize = live.iter().map(|b| b.body.len()).sum();
    say(&format!("body of one snapshot, packed              {:>10.0} bytes", ratio(bytes, live.len())));
    let (cost, ()) = measure(async {
        live.iter().for_each(|b| drop(decode(&b.body, Encoding::Zstd, NOW_AT)));
    })
    .await?;
    say(&format!("unpacking, JSON, checks                   {:>10.0} ns a session", cost.cpu_ns() / sessions as f64));
    for database in Database::all().await? {
        one_database(&database, &live).await.with_context(|| database.name)?;
        database.drop().await?;
    }
    Ok(())
}

async fn one_database(database: &Database, live: &[fleet::Batch]) -> anyhow::Result<()> {
    let db = Db::open(&database.address).await?;
    let hosts = pushers(&db, LIVE_HOSTS + DAY_HOSTS).await?;
    let (cost, ()) = push(&db, live, &hosts[..LIVE_HOSTS]).await?;
    let sessions = (live.len() * SESSIONS) as f64;
    say(database.name);
    say(&format!("  live, one snapshot a batch, durable     {:>10.0} batches/s", live.len() as f64 / cost.wall_secs()));
    say(&format!("    of it CPU                             {:>10.0} ns a session", cost.cpu_ns() / sessions));
    say(&format!("    per core                              {:>10.0} sessions/s", sessions / cost.cpu_secs()));
    say(&format!("    10,000 hosts a minute would take      {:>10.1} % of a core", percent_of_core(cost, live.len())));
    codec(&db, hosts[0].host).await?;
    day(database, &db, &hosts[LIVE_HOSTS..]).await?;
    db.close().await;
    Ok(())
}

/// What 10,000 hosts that push once a minute would take.
fn percent_of_core(cost: Measured, snapshots: usize) -> f64 {
    cost.cpu_secs() / snapshots as f64 * 10_000.0 / 60.0 * 100.0
}

/// Brings in whole days and rolls them up, to weigh what is stored.
async fn day(database: &Database, db: &Db, hosts: &[Keyholder]) -> anyhow::Result<()> {
    let before = database.bytes(db).await?;
    let batches = Fleet::new(hosts.len()).batches(DAY_MINUTES, 60);
    let (cost, ()) = push(db, &batches, hosts).await?;
    let snapshots = (hosts.len() * DAY_MINUTES) as f64;
    say(&format!("  brought in late, 60 snapshots a batch   {:>10.0} snapshots/s", snapshots / cost.wall_secs()));
    say(&format!(
        "    of it CPU                             {:>10.0} ns a session",
        cost.cpu_ns() / snapshots / SESSIONS as f64
    ));
    let frames = database.bytes(db).await?.less(before);
    let compact = Compact::new(db.clone());
    // Days and weeks are put together some time after their end.
    let (cost, outcome) = measure(async {
        while compact.tick(NOW_AT + 8 * DAY_MS).await?.units > 0 {}
        anyhow::Ok(())
    })
    .await?;
    outcome?;
    let hours = hosts.len() * DAY_MINUTES / 60;
    say(&format!(
        "  compacting, all levels                  {:>10.0} µs CPU an hour of a host",
        cost.cpu_ns() / 1e3 / hours as f64
    ));
    let all = database.bytes(db).await?.less(before);
    let host_days = hosts.len() as f64;
    let kib = |bytes: u64| bytes as f64 / host_days / 1024.0;
    say(&format!("  a host-day: bodies of frames, before    {:>10.0} KiB", kib(frames.frames)));
    for (name, bytes) in measure::KINDS.iter().zip(all.derived) {
        say(&format!("              {name:<27} {:>10.1} KiB", kib(bytes)));
    }
    say(&format!(
        "              on disk, everything         {:>10.0} KiB ({:.2} bytes a session)",
        kib(all.disk),
        all.disk as f64 / snapshots / SESSIONS as f64
    ));
    Ok(())
}

/// The frame codec on what was just stored.
async fn codec(db: &Db, host: HostId) -> anyhow::Result<()> {
    let all = frames::range(db, host, 0, NOW_AT).await?;
    let pairs: Vec<_> = all.windows(2).map(|w| (&w[0], &w[1])).collect();
    let deltas: Vec<_> = pairs.iter().map(|(base, next)| frame::encode(next, Some(base))).collect();
    let keys: Vec<_> = all.iter().map(|s| frame::encode(s, None)).collect();
    const ROUNDS: usize = 400;
    let per_session = |cost: Measured, snapshots: usize| cost.cpu_ns() / (ROUNDS * snapshots * SESSIONS) as f64;
    let (encoding, ()) = measure(async {
        (0..ROUNDS).for_each(|_| pairs.iter().for_each(|(base, next)| drop(frame::encode(next, Some(base)))));
    })
    .await?;
    let (key, ()) =
        measure(async { (0..ROUNDS).for_each(|_| all.iter().for_each(|s| drop(frame::encode(s, None)))) }).await?;
    let (decoding, ()) = measure(async {
        (0..ROUNDS)
            .for_each(|_| deltas.iter().zip(&pairs).for_each(|(d, (base, _))| drop(frame::decode(d, Some(base)))));
    })
    .await?;
    let mean = |frames: &[Vec<u8>]| ratio(frames.iter().map(Vec::len).sum(), frames.len());
    say(&format!(
        "  key frame                               {:>10.0} bytes, {:.1} ns a session to encode",
        mean(&keys),
        per_session(key, all.len())
    ));
    say(&format!(
        "  delta frame                             {:>10.0} bytes, {:.1} ns a session to encode, {:.1} to decode",
        mean(&deltas),
        per_session(encoding, pairs.len()),
        per_session(decoding, pairs.len())
    ));
    Ok(())
}

/// Pushes all batches, each host's in order, all hosts at once.
async fn push(db: &Db, batches: &[fleet::Batch], hosts: &[Keyholder]) -> anyhow::Result<(Measured, ())> {
    let mut by_host = vec![Vec::new(); hosts.len()];
    batches.iter().for_each(|b| by_host[b.host].push(b.body.clone()));
    let ingest = Ingest::start_with(db.clone(), Clock::manual(NOW_AT), Options::default());
    let (cost, outcome) = measure(async {
        let mut pushing = JoinSet::new();
        for (bodies, from) in by_host.into_iter().zip(hosts.iter().copied()) {
            let ingest = ingest.clone();
            pushing.spawn(async move {
                for body in bodies {
                    let batch = ingest.decode(body, Encoding::Zstd).await?;
                    ingest.accept(from, batch).await?;
                }
                anyhow::Ok(())
            });
        }
        pushing.join_all().await.into_iter().collect::<anyhow::Result<()>>()
    })
    .await?;
    outcome?;
    ingest.stop().await;
    Ok((cost, ()))
}

async fn pushers(db: &Db, count: usize) -> anyhow::Result<Vec<Keyholder>> {
    let mut tx = db.begin().await?;
    let mut pushers = Vec::with_capacity(count);
    for n in 0..count {
        let name = format!("fs{n:05}");
        let agent = NewAgent {
            host: agents::host_of_identity(&mut tx, &name, &name, "", NOW_AT).await?,
            state: AgentState::Approved,
            key_sha256: secret::sha256(&name),
            attempt_sha256: secret::sha256(&name),
            machine_id: name.clone(),
            name,
            os: String::new(),
            version: String::new(),
            address: String::new(),
            token: None,
            domain: String::new(),
            rule: None,
        };
        let id = agents::insert(&mut tx, &agent, NOW_AT).await?;
        let NewAgent { key_sha256, host, state, .. } = agent;
        pushers.push(Keyholder { key_sha256, agent: id, host, state });
    }
    tx.commit().await?;
    Ok(pushers)
}

fn ratio(sum: usize, count: usize) -> f64 {
    sum as f64 / count.max(1) as f64
}

#[expect(clippy::print_stdout, reason = "the table is what a benchmark is for")]
fn say(line: &str) {
    println!("{line}");
}
