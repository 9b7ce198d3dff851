//! Agents that behave well, and what became of all that they sent.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::Context as _;
use highwater::clock::Clock;
use highwater::model::HostId;
use highwater::store::{Db, frames};
use highwater_wire as wire;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::raw::{self, Target, Tls};

pub(crate) const AGENTS: usize = 20;
const SESSIONS: usize = 200;
const EVERY: Duration = Duration::from_millis(250);
/// A try that failed is repeated after this.
const AGAIN: Duration = Duration::from_millis(250);
/// After a phase, what waits has so long to be acknowledged.
const LAST_CALL: Duration = Duration::from_secs(30);

pub(crate) struct Agent {
    host: HostId,
    key: String,
    from: Ipv4Addr,
    /// Pushes over one connection; otherwise over a new one each time.
    keeps: bool,
    connection: Option<Tls>,
    next_seq: u64,
    waiting: Option<Waiting>,
    sent: BTreeSet<i64>,
    acknowledged: BTreeSet<i64>,
}

/// A batch that is not acknowledged yet.
struct Waiting {
    seq: u64,
    taken_at: i64,
    request: Vec<u8>,
    since: Instant,
}

/// What a phase was like for all of them.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// From the first try of a batch to its acknowledgement; for what was not acknowledged by then, to the end of the phase.
    pub(crate) took: Vec<Duration>,
    pub(crate) late: usize,
    /// Tries that failed, by how.
    pub(crate) failed: BTreeMap<String, u64>,
}

/// Enrols the good agents, each from an address of its own.
pub(crate) async fn enrol(target: &Target, token: &str) -> anyhow::Result<Vec<Agent>> {
    let mut agents = Vec::with_capacity(AGENTS);
    for n in 0..AGENTS {
        let from = Ipv4Addr::new(127, 2, 0, u8::try_from(n + 1)?);
        let (host, key) = enrol_one(target, from, token, n).await?;
        agents.push(Agent {
            host,
            key,
            from,
            keeps: n % 2 == 0,
            connection: None,
            next_seq: 1,
            waiting: None,
            sent: BTreeSet::new(),
            acknowledged: BTreeSet::new(),
        });
    }
    Ok(agents)
}

/// Answers the host and the key.
pub(crate) async fn enrol_one(
    target: &Target,
    from: Ipv4Addr,
    token: &str,
    n: usize,
) -> anyhow::Result<(HostId, String)> {
    let mut stream = target.tls(from).await?;
    let answer = raw::exchange(&mut stream, &enrolment(token, n)).await?;
    anyhow::ensure!(answer.status == 201, "enrolment: {}", String::from_utf8_lossy(&answer.body));
    let enrolled: wire::Enrolled = serde_json::from_slice(&answer.body)?;
    Ok((HostId(enrolled.host_id), enrolled.key))
}

/// The request of the machine with this number.
pub(crate) fn enrolment(token: &str, n: usize) -> Vec<u8> {
    let asked = wire::EnrolRequest {
        token: token.to_owned(),
        machine_id: format!("{n:032x}"),
        attempt: format!("{n:064x}"),
        name: format!("FS{n:05}"),
        agent_version: "0.1.0".to_owned(),
        os: "Windows Server 2022".to_owned(),
        domain: String::new(),
    };
    let body = serde_json::to_vec(&asked).unwrap_or_default();
    raw::post(wire::ENROL_PATH, "content-type: application/json\r\n", &body)
}

/// Lets all of them push for so long.
pub(crate) async fn phase(target: &Target, agents: &mut Vec<Agent>, until: Instant) -> anyhow::Result<Figures> {
    let mut pushing = JoinSet::new();
    for (n, mut agent) in agents.drain(..).enumerate() {
        let target = target.clone();
        pushing.spawn(async move {
            // Agents do not all look at the same instant.
            sleep(EVERY.mul_f64(n as f64 / AGENTS as f64)).await;
            let figures = agent.run(&target, until).await;
            (agent, figures)
        });
    }
    let mut all = Figures::default();
    while let Some(done) = pushing.join_next().await {
        let (agent, figures) = done?;
        agents.push(agent);
        all.took.extend(figures.took);
        all.late += figures.late;
        for (how, times) in figures.failed {
            *all.failed.entry(how).or_default() += times;
        }
    }
    all.took.sort_unstable();
    Ok(all)
}

/// Brings out what waits still.
pub(crate) async fn finish(target: &Target, agents: &mut [Agent]) -> anyhow::Result<()> {
    for agent in agents {
        let began = Instant::now();
        while let Some(waiting) = agent.waiting.take() {
            match agent.push(target, &waiting).await {
                Ok(()) => agent.acknowledge(&waiting),
                Err(error) if began.elapsed() > LAST_CALL => {
                    return Err(error).context("after the attack a good agent is not served");
                }
                Err(_) => {
                    agent.waiting = Some(waiting);
                    sleep(AGAIN).await;
                }
            }
        }
    }
    Ok(())
}

/// What is wrong in the database, in words: acknowledged and not there, or there and not sent.
pub(crate) async fn compare(db: &Db, agents: &[Agent]) -> anyhow::Result<Vec<String>> {
    let mut wrong = Vec::new();
    for agent in agents {
        let mut stored = BTreeSet::new();
        for snapshot in frames::range(db, agent.host, 0, i64::MAX).await? {
            if snapshot.sessions.len() != SESSIONS {
                wrong.push(format!("host {}: a snapshot of {} sessions", agent.host.0, snapshot.sessions.len()));
            }
            stored.insert(snapshot.taken_at);
        }
        let lost = agent.acknowledged.difference(&stored).count();
        let invented = stored.difference(&agent.sent).count();
        if lost + invented > 0 {
            wrong.push(format!("host {}: {lost} snapshots lost, {invented} invented", agent.host.0));
        }
        if agent.acknowledged.is_empty() {
            wrong.push(format!("host {}: nothing was ever acknowledged", agent.host.0));
        }
    }
    Ok(wrong)
}

impl Agent {
    async fn run(&mut self, target: &Target, until: Instant) -> Figures {
        let mut figures = Figures::default();
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while Instant::now() < until {
            ticks.tick().await;
            let waiting = match self.waiting.take() {
                Some(waiting) => waiting,
                None => self.observe(),
            };
            match self.push(target, &waiting).await {
                Ok(()) => {
                    figures.took.push(waiting.since.elapsed());
                    self.acknowledge(&waiting);
                }
                Err(error) => {
                    *figures.failed.entry(error.to_string()).or_default() += 1;
                    self.waiting = Some(waiting);
                }
            }
        }
        if let Some(waiting) = &mut self.waiting {
            figures.took.push(waiting.since.elapsed());
            figures.late += 1;
            // Of the next phase it is only to blame for what it waits then.
            waiting.since = Instant::now();
        }
        figures
    }

    /// The snapshot that is due now, packed.
    fn observe(&mut self) -> Waiting {
        let newest_at = self.sent.last().copied().unwrap_or_default();
        let taken_at = Clock::system().now_at().max(newest_at + 1);
        let seq = self.next_seq;
        self.next_seq += 1;
        self.sent.insert(taken_at);
        let batch = wire::Batch {
            epoch: format!("{:032x}", self.host.0),
            first_seq: seq,
            boot_id: String::new(),
            sent_at: taken_at,
            agent_version: "0.1.0".to_owned(),
            queued_records: 0,
            records: vec![self.snapshot(taken_at, seq)],
        };
        let json = serde_json::to_vec(&batch).unwrap_or_default();
        let body = zstd::bulk::compress(&json, 3).unwrap_or_default();
        let request = raw::post(wire::BATCHES_PATH, &headers(&self.key, "zstd"), &body);
        Waiting { seq, taken_at, request, since: Instant::now() }
    }

    fn snapshot(&self, taken_at: i64, seq: u64) -> wire::Record {
        let host = self.host.0;
        let session = |n: usize| {
            let n = u64::try_from(n).unwrap_or_default();
            wire::Session {
                client: format!("10.{host}.{}.{}", n % 4, n % 250),
                user: format!("user{host:02}{n:03}"),
                opens: u32::try_from((n + seq) % 7).ok(),
                age_secs: Some(3_600),
                idle_secs: u32::try_from((n * seq) % 60).ok(),
            }
        };
        wire::Record::Snapshot(wire::Snapshot {
            taken_at,
            source: "net_session_502".to_owned(),
            sampling_secs: 60,
            limit: wire::Limit { sessions: Some(250), unlimited: false, source: wire::LimitSource::Api },
            partial: false,
            part: None,
            burst_of: None,
            sessions: (0..SESSIONS).map(session).collect(),
        })
    }

    fn acknowledge(&mut self, waiting: &Waiting) {
        self.acknowledged.insert(waiting.taken_at);
    }

    async fn push(&mut self, target: &Target, waiting: &Waiting) -> anyhow::Result<()> {
        let mut stream = match self.connection.take() {
            Some(stream) => stream,
            None => target.tls(self.from).await.map_err(|error| anyhow::anyhow!("connecting: {}", error.kind()))?,
        };
        let answer = raw::exchange(&mut stream, &waiting.request).await;
        let answer = answer.map_err(|error| anyhow::anyhow!("pushing: {}", error.kind()))?;
        anyhow::ensure!(answer.status == 200, "status {}", answer.status);
        let acknowledged: wire::Ack = serde_json::from_slice(&answer.body)?;
        anyhow::ensure!(acknowledged.acked_seq >= waiting.seq, "the acknowledgement is of something else");
        if self.keeps {
            self.connection = Some(stream);
        }
        Ok(())
    }
}

/// Of a push.
pub(crate) fn headers(key: &str, encoding: &str) -> String {
    format!("authorization: Bearer {key}\r\ncontent-type: application/json\r\ncontent-encoding: {encoding}\r\n")
}
