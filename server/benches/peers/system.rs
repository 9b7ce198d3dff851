//! What is compared, and the one way in which all of it is fed, asked and measured.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use reqwest::RequestBuilder;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::answers::{At, compare_at, compare_top};
use super::day::{Day, Fed, Stretch, Truth};
use super::rig::process::Program;

/// How often a query is repeated after its first time, and how long that may take in all.
const REPEATS: usize = 30;
const REPEATS_TAKE: Duration = Duration::from_secs(60);
pub(crate) const SETTLES_WITHIN: Duration = Duration::from_secs(600);

/// A system with its own processes, behind HTTP.
pub(crate) trait System {
    /// All processes that it needs.
    fn programs(&self) -> Vec<&Program>;

    /// Of how many hosts one request brings `minutes` snapshots each.
    fn hosts_a_request(&self, _minutes: i64) -> usize {
        1
    }

    /// The request that stores these.
    fn push(&mut self, stretches: &[Stretch]) -> anyhow::Result<RequestBuilder>;

    /// Returns when nothing that was pushed waits for anything.
    async fn settle(&mut self) -> anyhow::Result<()> {
        quiet(&self.programs()).await
    }

    /// Bytes on disk, in the smallest form that it offers.
    async fn bytes(&mut self) -> anyhow::Result<u64>;

    /// The first ten clients of the fleet by session-hours.
    fn top(&self) -> RequestBuilder;
    fn read_top(&self, body: &[u8]) -> anyhow::Result<Vec<(String, i64)>>;

    /// The sessions of the host that is asked for, at the instant that is asked for.
    fn at(&self) -> RequestBuilder;
    fn read_at(&self, body: &[u8]) -> anyhow::Result<At>;

    async fn stop(self);
}

/// What was found out about one system.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) cpu: Duration,
    pub(crate) fed: Fed,
    pub(crate) took: Duration,
    pub(crate) bytes: u64,
    pub(crate) peak_bytes: u64,
    pub(crate) top: Times,
    pub(crate) at: Times,
    pub(crate) mismatches: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Times {
    pub(crate) first: Duration,
    pub(crate) median: Duration,
    pub(crate) p99: Duration,
    pub(crate) repeats: usize,
}

/// Feeds it with the day, lets it settle (or does not), asks it, and compares its answers with the truth.
pub(crate) async fn measure<S: System>(
    mut system: S,
    (day, truth): (&Day, &Truth),
    settles: bool,
) -> anyhow::Result<Measured> {
    let (began, before) = (Instant::now(), cpu(&system)?);
    let fed = feed(&mut system, day).await?;
    let took = began.elapsed();
    if settles {
        system.settle().await?;
    }
    let cpu = cpu(&system)?.saturating_sub(before);
    anyhow::ensure!(fed == truth.fed, "it was fed with something else than the others");
    let bytes = system.bytes().await?;
    let (top, answer) = time(|| system.top()).await?;
    let mut mismatches = Vec::from_iter(compare_top(&system.read_top(&answer)?, truth));
    let (at, answer) = time(|| system.at()).await?;
    mismatches.extend(compare_at(&system.read_at(&answer)?, truth));
    let peak_bytes = system.programs().iter().map(|program| program.peak_bytes()).sum();
    system.stop().await;
    Ok(Measured { cpu, fed, took, bytes, peak_bytes, top, at, mismatches })
}

fn cpu(system: &impl System) -> anyhow::Result<Duration> {
    system.programs().iter().map(|program| program.cpu()).sum()
}

/// Round by round, so that no sample is older than what its series or its host has already.
async fn feed(system: &mut impl System, day: &Day) -> anyhow::Result<Fed> {
    // A fleet that comes back together, or whose agents push when their minute comes.
    let at_once = if day.minutes() == 1 { 64 } else { 8 };
    let seats = Arc::new(Semaphore::new(at_once));
    let mut fed = Fed::default();
    let hosts: Vec<u32> = (0..day.hosts()).collect();
    for round_at in day.rounds() {
        let mut tasks = JoinSet::new();
        for some in hosts.chunks(system.hosts_a_request(day.minutes())) {
            let stretches: Vec<Stretch> = some.iter().map(|host| day.stretch(*host, round_at)).collect();
            stretches.iter().for_each(|stretch| fed.add(stretch));
            let request = system.push(&stretches)?;
            let seat = Arc::clone(&seats).acquire_owned().await?;
            tasks.spawn(async move {
                let done = answer(request).await;
                drop(seat);
                done
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
    }
    Ok(fed)
}

/// The body of a good answer; the words of a bad one are the error.
pub(crate) async fn answer(request: RequestBuilder) -> anyhow::Result<Vec<u8>> {
    let answer = request.send().await?;
    let status = answer.status();
    let body = answer.bytes().await?;
    anyhow::ensure!(
        status.is_success(),
        "{status}: {}",
        String::from_utf8_lossy(&body).chars().take(500).collect::<String>()
    );
    Ok(body.to_vec())
}

async fn time(request: impl Fn() -> RequestBuilder) -> anyhow::Result<(Times, Vec<u8>)> {
    let began = Instant::now();
    let body = answer(request()).await?;
    let first = began.elapsed();
    let mut took = Vec::with_capacity(REPEATS);
    while took.len() < REPEATS && (took.len() < 3 || began.elapsed() < REPEATS_TAKE) {
        let began = Instant::now();
        answer(request()).await?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    let rank = |percent: usize| took[(took.len() * percent).div_ceil(100).saturating_sub(1)];
    Ok((Times { first, median: rank(50), p99: rank(99), repeats: took.len() }, body))
}

/// Waits until they have done next to nothing for ten seconds.
pub(crate) async fn quiet(programs: &[&Program]) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut before = Duration::MAX;
    loop {
        let cpu = programs.iter().map(|program| program.cpu()).sum::<anyhow::Result<Duration>>()?;
        if cpu.saturating_sub(before) <= Duration::from_millis(100) && before != Duration::MAX {
            return Ok(());
        }
        anyhow::ensure!(began.elapsed() < SETTLES_WITHIN, "it does not come to rest");
        before = cpu;
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
}

/// A list of rows in JSON: `[["10.0.0.1", 5], …]`.
pub(crate) fn read_rows<T: serde::de::DeserializeOwned>(body: &[u8]) -> anyhow::Result<Vec<T>> {
    serde_json::from_slice(body).with_context(|| format!("not rows: {}", String::from_utf8_lossy(body)))
}
