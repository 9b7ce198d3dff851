//! One size of fleet.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use highwater_agent::clock::Clock;
use highwater_agent::load::{self, Figures, Live, Member, Past, Pushers};
use highwater_agent::ship::{Client, Limits, Trust};
use highwater_agent::source::simulated::Fleet;
use rustix::process::Signal;
use tokio::time::Instant;

use super::rig::postgres::Cluster;
use super::rig::process::own_cpu;
use super::rig::server::Highwater;
use super::{Asked, binary, millis, say};

/// Hosts that enrol, or bring in their past, at once.
const AT_ONCE: usize = 64;

pub(crate) struct Size<'a> {
    asked: &'a Asked,
    server: Highwater,
    cluster: Option<Cluster>,
    fleet: Arc<Fleet>,
    members: Vec<Member>,
    pushers: Pushers,
    connections: u32,
}

pub(crate) struct Found {
    pub(crate) hosts: u32,
    connections: String,
    took: Duration,
    server: Duration,
    postgres: Option<Duration>,
    load: Duration,
    peak_bytes: u64,
    figures: Figures,
}

impl<'a> Size<'a> {
    /// A new server with so many enrolled hosts.
    pub(crate) async fn start(asked: &'a Asked, hosts: u32, folder: &Path) -> anyhow::Result<Self> {
        let cluster = match asked.postgres {
            true => Some(Cluster::start(&folder.join("postgres")).await?),
            false => None,
        };
        let database = cluster.as_ref().map(Cluster::address);
        let server = Highwater::start(binary(), &folder.join("highwater"), database)?;
        let connections = asked.connections.min(hosts);
        let (trust, clock) = (Trust { ca: Some(server.ca()), ..Trust::default() }, Clock::system());
        let mut limits = Limits::default();
        if asked.fresh {
            limits.kept = Duration::ZERO;
        }
        let client = |_| Client::new(&server.url, &trust, None, limits, clock.clone());
        let clients = (0..connections).map(client).collect::<Result<Vec<_>, _>>()?;
        let pushers = Pushers::new(clients, clock, AT_ONCE);
        let fleet = Arc::new(Fleet::busy(1, hosts, asked.sessions));
        let members = load::enrol(&pushers, &fleet, &server.token()?).await?;
        Ok(Self { asked, server, cluster, fleet, members, pushers, connections })
    }

    /// Live load, of which the second half is measured.
    pub(crate) async fn measure(mut self) -> anyhow::Result<Found> {
        let hosts = self.fleet.hosts();
        self.bring_in(i64::from(self.asked.past) * 60_000, Clock::system().now_at()).await?;
        let lasting = self.half(hosts);
        let live = Live { every: Duration::from_secs(self.asked.sampling.into()), lasting };
        load::run(&self.pushers, &self.fleet, &mut self.members, live).await?;
        let (began, before) = (Instant::now(), self.cpu()?);
        let figures = load::run(&self.pushers, &self.fleet, &mut self.members, live).await?;
        let (took, after) = (began.elapsed(), self.cpu()?);
        let spent = |i: usize| after[i].saturating_sub(before[i]);
        let connections = if self.asked.fresh { "a new one each".to_owned() } else { self.connections.to_string() };
        let found = Found {
            hosts,
            connections,
            took,
            server: spent(0),
            postgres: self.cluster.is_some().then(|| spent(1)),
            load: spent(2),
            peak_bytes: self.server.program.peak_bytes(),
            figures,
        };
        self.stop().await;
        Ok(found)
    }

    /// As long as it takes at most until each host's hour at hand is put together again.
    fn half(&self, hosts: u32) -> Duration {
        let cycle_ms = highwater::history::due::longest_wait_ms(hosts as usize);
        let cycle = Duration::from_millis(cycle_ms.unsigned_abs());
        self.asked.minutes.map_or(cycle, |minutes| Duration::from_secs(u64::from(minutes) * 60))
    }

    /// The past at full speed. Answers what that took in all.
    pub(crate) async fn ceiling(mut self, hours: u32) -> anyhow::Result<String> {
        // The end of a day that is long enough over: nothing waits for it.
        let to_at = (Clock::system().now_at() - 3 * 3_600_000).div_euclid(86_400_000) * 86_400_000;
        let (began, before) = (Instant::now(), self.cpu()?);
        let figures = self.bring_in(i64::from(hours) * 3_600_000, to_at).await?;
        let (pushed, at_push) = (began.elapsed(), self.cpu()?);
        self.server.settled(Duration::from_secs(1_800)).await?;
        let after = self.cpu()?;
        let spent = |i: usize, until: [Duration; 3]| until[i].saturating_sub(before[i]).as_secs_f64();
        let snapshots = figures.records as f64;
        let both = |until| spent(0, until) + spent(1, until);
        let text = format!(
            "{} hosts × {hours} h: {:.0} snapshots/s with the load on the same cores; {:.0} snapshots/s and core taken in, \
             {:.0} with all that is derived ({:.0} ns a session{}); peak RSS {:.0} MB",
            self.fleet.hosts(),
            snapshots / pushed.as_secs_f64(),
            snapshots / both(at_push),
            snapshots / both(after),
            both(after) * 1e9 / figures.sessions as f64,
            self.cluster.as_ref().map_or_else(String::new, |_| format!(", of it PostgreSQL {:.1} s", spent(1, after))),
            self.server.program.peak_bytes() as f64 / 1e6,
        );
        self.stop().await;
        Ok(text)
    }

    async fn bring_in(&mut self, length_ms: i64, to_at: i64) -> anyhow::Result<Figures> {
        if length_ms == 0 {
            return Ok(Figures::default());
        }
        let past = Past { from_at: to_at - length_ms, to_at, sampling_secs: self.asked.sampling };
        Ok(load::backfill(&self.pushers, &self.fleet, &mut self.members, past).await?)
    }

    /// Of the server, of PostgreSQL, and of this program.
    fn cpu(&self) -> anyhow::Result<[Duration; 3]> {
        let postgres = self.cluster.as_ref().map_or(Ok(Duration::ZERO), |cluster| cluster.program.cpu())?;
        Ok([self.server.program.cpu()?, postgres, own_cpu()?])
    }

    async fn stop(self) {
        self.server.program.end(Signal::TERM).await;
        if let Some(cluster) = self.cluster {
            cluster.stop().await;
        }
    }
}

impl Found {
    pub(crate) const HEAD: &'static str = "
| hosts | connections | snapshots/s | server: % of one core | µs a snapshot | PostgreSQL: % | ack p50 / p99, ms | peak RSS, MB | load: % | late, errors |
|---|---|---|---|---|---|---|---|---|---|";

    /// What the server took, PostgreSQL apart.
    pub(crate) fn percent(&self) -> f64 {
        self.percent_of(self.server)
    }

    fn percent_of(&self, cpu: Duration) -> f64 {
        cpu.as_secs_f64() * 100.0 / self.took.as_secs_f64()
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let acks = self.figures.acks as f64;
        let postgres = self.postgres.map_or_else(|| "–".to_owned(), |cpu| format!("{:.1}", self.percent_of(cpu)));
        for (kind, count) in &self.figures.errors {
            say(&format!("{} hosts: {kind}: {count} times", self.hosts));
        }
        write!(
            f,
            "| {} | {} | {:.0} | {:.1} | {:.0} | {postgres} | {} / {} | {:.0} | {:.0} | {}, {} |",
            self.hosts,
            self.connections,
            acks / self.took.as_secs_f64(),
            self.percent(),
            self.server.as_secs_f64() * 1e6 / acks,
            millis(self.figures.latency(500)),
            millis(self.figures.latency(990)),
            self.peak_bytes as f64 / 1e6,
            self.percent_of(self.load),
            self.figures.late,
            self.figures.errors.values().sum::<u64>(),
        )
    }
}
