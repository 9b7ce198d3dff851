//! How long pages take with 1,000 hosts and 7 days of history. Prints a table; nothing is asserted.
//!
//! ```text
//! cargo bench -p highwater --bench pages
//! ```
//!
//! The fleet is the simulation's believable one. Its hours are rolled up from snapshots every five minutes, with the store's
//! own functions, into SQLite (about two minutes); then the real server runs in this process, and one visitor asks for one page
//! after the other over loopback. "First" is the first request for that page, with nothing kept.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use highwater::app;
use highwater::clock::Clock;
use highwater::config::Config;
use highwater::history::chunk;
use highwater::history::frame;
use highwater::history::rollup::{self, HourOfSnapshots};
use highwater::model::account::LinkPurpose;
use highwater::model::host::{Heard, Now};
use highwater::model::limit::{Limit, LimitSource};
use highwater::model::snapshot::{Session, Snapshot};
use highwater::model::time::{CELL_MS, DAY_MS, HOUR_MS, day_start, hour_start};
use highwater::model::unit::Unit;
use highwater::model::{ClientId, HostId, UserId};
use highwater::secret;
use highwater::store::{Db, accounts, agents, chunks, frames, holders, hosts, names, usage, work};
use highwater::tasks::compact::Compact;
use highwater_agent::source::simulated::Fleet;
use tokio::time::Instant;

const HOSTS: u32 = 1_000;
const DAYS: i64 = 7;
const REPEATS: usize = 50;
const PAGES: &[&str] = &[
    "/",
    "/?range=7d",
    "/?wall=1",
    "/hosts/1",
    "/hosts/1?range=7d",
    "/clients?range=24h",
    "/clients",
    "/clients?by=blame",
    "/clients/1",
    "/users",
    "/events",
    "/settings/agents",
];

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run())
}

async fn run() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let config = Config {
        listen: loopback,
        plain_listen: Some(loopback),
        data_dir: folder.path().to_owned(),
        ..Config::default()
    };
    let clock = Clock::system();
    let db = Db::open(&format!("sqlite:{}", folder.path().join("highwater.db").display())).await?;
    let made = Instant::now();
    Writer::new(&db, clock.now_at()).write().await?;
    let link = link(&db, clock.now_at()).await?;
    db.close().await;
    let bytes = std::fs::metadata(folder.path().join("highwater.db"))?.len();
    say(&format!("{HOSTS} hosts × {DAYS} days: {} MiB, made in {} s", bytes >> 20, made.elapsed().as_secs()));
    let running = app::start(config, clock).await?;
    let base = format!("http://{}", running.plain_addr.context("no plain listener")?);
    time_pages(&base, &link).await?;
    running.stop().await;
    Ok(())
}

async fn time_pages(base: &str, link: &str) -> anyhow::Result<()> {
    highwater::tls::install_provider();
    let policy = reqwest::redirect::Policy::none();
    let http = reqwest::Client::builder().no_proxy().redirect(policy).build()?;
    let welcomed = http.get(format!("{base}{link}")).send().await?;
    let cookie = welcomed.headers().get("set-cookie").context("the link did not sign in")?.to_str()?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    say("page                          first      p50      p99   compressed");
    for page in PAGES {
        let mut took = Vec::with_capacity(REPEATS);
        let mut bytes = 0;
        for _ in 0..=REPEATS {
            let asked = http.get(format!("{base}{page}")).header("cookie", &cookie).header("accept-encoding", "br");
            let began = Instant::now();
            let answer = asked.send().await?.error_for_status()?;
            bytes = answer.bytes().await?.len();
            took.push(began.elapsed());
        }
        let first = took.remove(0);
        took.sort_unstable();
        let (p50, p99) = (took[REPEATS / 2], took[REPEATS * 99 / 100]);
        say(&format!("{page:<26} {} {} {} {:>8.1} KiB", millis(first), millis(p50), millis(p99), kib(bytes)));
    }
    Ok(())
}

/// Writes the fleet's past.
struct Writer<'a> {
    db: &'a Db,
    now_at: i64,
    fleet: Fleet,
    clients: HashMap<String, ClientId>,
    users: HashMap<String, UserId>,
}

impl<'a> Writer<'a> {
    fn new(db: &'a Db, now_at: i64) -> Self {
        let fleet = Fleet::around(1, HOSTS, now_at);
        Self { db, now_at, fleet, clients: HashMap::new(), users: HashMap::new() }
    }

    async fn write(&mut self) -> anyhow::Result<()> {
        let ids = self.hosts().await?;
        let first_at = hour_start(self.now_at) - DAYS * DAY_MS;
        for (number, host) in (0..).zip(&ids) {
            self.roll_up(number, *host, first_at).await?;
        }
        // What follows from the hours is the real task's work.
        let compact = Compact::new(self.db.clone());
        while compact.tick(self.now_at).await?.units > 0 {}
        Ok(())
    }

    async fn hosts(&self) -> anyhow::Result<Vec<HostId>> {
        let mut tx = self.db.begin().await?;
        let mut ids = Vec::new();
        for host in self.fleet.iter() {
            let id = agents::host_of_identity(&mut tx, &host.machine_id(), host.name(), "", self.now_at).await?;
            ids.push(id);
        }
        tx.commit().await?;
        Ok(ids)
    }

    /// Rolls up all hours of one host, and keeps its newest snapshot.
    async fn roll_up(&mut self, number: u32, host: HostId, first_at: i64) -> anyhow::Result<()> {
        let mut rolled = Vec::new();
        let mut newest = None;
        for hour_at in (first_at..self.now_at).step_by(usize::try_from(HOUR_MS)?) {
            let within = self.snapshots(number, hour_at).await?;
            let of = HourOfSnapshots { hour_at, before: None, within: &within, now_at: self.now_at };
            let chunk = chunk::encode(hour_at, None, &within)?;
            rolled.push((hour_at, chunk, rollup::hour(host, of)));
            newest = newest.max_by_taken_at(within.into_iter().last());
        }
        let mut tx = self.db.begin().await?;
        for (hour_at, chunk, (usage, holders)) in &rolled {
            chunks::save(&mut tx, host, *hour_at, chunk).await?;
            usage::save_hour(&mut tx, usage).await?;
            holders::save_hour(&mut tx, host, *hour_at, holders).await?;
        }
        for day_at in (day_start(first_at)..self.now_at).step_by(usize::try_from(DAY_MS)?) {
            work::touch(&mut tx, Unit::HostDay { day_at, host }, 0).await?;
        }
        for (hour_at, ..) in &rolled {
            work::touch(&mut tx, Unit::FleetHour { hour_at: *hour_at }, 0).await?;
        }
        if let Some(snapshot) = newest {
            frames::insert(&mut tx, host, snapshot.taken_at, &frame::encode(&snapshot, None)).await?;
            hosts::save_state(&mut tx, host, &heard(self.now_at), Some(&now_of(&snapshot))).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn snapshots(&mut self, number: u32, hour_at: i64) -> anyhow::Result<Vec<Snapshot>> {
        let mut all = Vec::new();
        for taken_at in (hour_at..(hour_at + HOUR_MS).min(self.now_at)).step_by(usize::try_from(CELL_MS)?) {
            let host = self.fleet.host(number);
            if !host.is_silent(taken_at) {
                let seen = host.snapshot_at(taken_at, 300);
                all.push(self.interned(&seen).await?);
            }
        }
        Ok(all)
    }

    async fn interned(&mut self, seen: &highwater_wire::Snapshot) -> anyhow::Result<Snapshot> {
        let fresh: Vec<_> = seen.sessions.iter().filter(|s| !self.clients.contains_key(&s.client)).collect();
        let fresh: Vec<&str> = fresh.iter().map(|s| s.client.as_str()).collect();
        let new_users = seen.sessions.iter().filter(|s| !self.users.contains_key(&s.user));
        let new_users: Vec<&str> = new_users.map(|s| s.user.as_str()).collect();
        if !fresh.is_empty() || !new_users.is_empty() {
            let mut tx = self.db.begin().await?;
            self.clients.extend(names::intern_clients(&mut tx, &fresh, self.now_at).await?);
            self.users.extend(names::intern_users(&mut tx, &new_users, self.now_at).await?);
            tx.commit().await?;
        }
        let instant = |secs: Option<u32>| secs.map(|secs| seen.taken_at - i64::from(secs) * 1_000);
        let mut sessions: Vec<_> = seen
            .sessions
            .iter()
            .map(|s| Session {
                client: self.clients[&s.client],
                user: self.users[&s.user],
                started_at: instant(s.age_secs),
                active_at: instant(s.idle_secs),
                opens: s.opens,
            })
            .collect();
        sessions.sort_unstable();
        Ok(Snapshot {
            taken_at: seen.taken_at,
            source: seen.source.clone(),
            sampling_secs: seen.sampling_secs,
            limit: limit(seen.limit),
            partial: false,
            burst_of: None,
            sessions,
        })
    }
}

/// The later of two snapshots.
trait Newest {
    fn max_by_taken_at(self, other: Self) -> Self;
}

impl Newest for Option<Snapshot> {
    fn max_by_taken_at(self, other: Self) -> Self {
        [self, other].into_iter().flatten().max_by_key(|s| s.taken_at)
    }
}

fn limit(told: highwater_wire::Limit) -> Limit {
    Limit {
        sessions: told.sessions.and_then(|n| u32::try_from(n).ok()),
        unlimited: told.unlimited,
        source: if told.source == highwater_wire::LimitSource::Unknown {
            LimitSource::Unknown
        } else {
            LimitSource::Api
        },
    }
}

fn heard(seen_at: i64) -> Heard {
    let agent_version = "0.1.0".to_owned();
    Heard { seen_at, agent_version, boot_id: String::new(), queued_records: 0, clock_skew_ms: 0 }
}

fn now_of(snapshot: &Snapshot) -> Now {
    Now {
        taken_at: snapshot.taken_at,
        source: snapshot.source.clone(),
        sampling_secs: snapshot.sampling_secs,
        partial: snapshot.partial,
        totals: snapshot.totals(),
        limit: snapshot.limit,
    }
}

async fn link(db: &Db, now_at: i64) -> anyhow::Result<String> {
    let secret = secret::fresh(secret::LINK_PREFIX)?;
    let mut tx = db.begin().await?;
    let account = accounts::insert(&mut tx, "bench", "no password", "administrator", now_at).await?;
    let sha256 = secret::sha256(&secret);
    accounts::insert_link(&mut tx, &sha256, LinkPurpose::SignIn, Some(account), now_at + DAY_MS).await?;
    tx.commit().await?;
    Ok(format!("/welcome/{secret}"))
}

fn millis(took: Duration) -> String {
    format!("{:>6.1} ms", took.as_secs_f64() * 1_000.0)
}

fn kib(bytes: usize) -> f64 {
    bytes as f64 / 1_024.0
}

#[expect(clippy::print_stdout, reason = "the table is what a benchmark is for")]
fn say(line: &str) {
    println!("{line}");
}
