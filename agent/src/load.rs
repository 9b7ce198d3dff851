//! Pushes what a simulated fleet would have pushed: history at full speed, and live load.
//!
//! Hosts are enrolled like any other, with a token that approves by itself, and every record goes through the agents' front
//! door. A run has an epoch of its own per host. Enrolling the same fleet again yields the same hosts.

mod batch;
mod figures;
mod history;
mod live;
mod push;

use std::sync::Arc;
use std::time::Duration;

use highwater_wire::{AgentState, EnrolRequest};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use figures::Figures;
pub use live::Live;

use crate::clock::Clock;
use crate::ship::{Client, PushError};
use crate::source::simulated::Fleet;
use history::History;

/// Why a load cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("host {host} cannot be enrolled: {error}")]
    Enrol { host: String, error: PushError },
    #[error(
        "host {host} is {state:?} after enrolment: use a token that approves by itself, and a store without conflicts"
    )]
    NotApproved { host: String, state: AgentState },
    #[error("a batch cannot be pushed: {0}")]
    Push(#[from] PushError),
    #[error("a batch cannot be written: {0}")]
    Encode(#[from] crate::ship::EncodeError),
    #[error("a batch was pushed {0} times without success")]
    GaveUp(u32),
    #[error("a part of the load failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// One enrolled host of the fleet.
#[derive(Clone, PartialEq, Eq)]
pub struct Member {
    pub host: u32,
    key: String,
    /// Names this run's records.
    epoch: String,
    /// Sequence number of the next record.
    next_seq: u64,
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member").field("host", &self.host).field("next_seq", &self.next_seq).finish_non_exhaustive()
    }
}

impl Member {
    /// A host that is enrolled already. `run` makes the epoch: another run is another epoch.
    #[must_use]
    pub fn new(fleet: &Fleet, host: u32, key: String, run: u64) -> Self {
        Self { host, key, epoch: fleet.host(host).epoch(run), next_seq: 1 }
    }
}

/// A stretch of time that has already been, without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    pub from_at: i64,
    pub to_at: i64,
    pub sampling_secs: u32,
}

/// Who pushes, and how many at once.
#[derive(Debug, Clone)]
pub struct Pushers {
    /// One connection each; hosts are spread over them.
    clients: Vec<Client>,
    clock: Clock,
    at_once: usize,
}

impl Pushers {
    /// `at_once` bounds how many hosts are enrolled or backfilled at the same time.
    ///
    /// # Panics
    /// There is no client.
    #[must_use]
    pub fn new(clients: Vec<Client>, clock: Clock, at_once: usize) -> Self {
        assert!(!clients.is_empty(), "somebody has to push");
        Self { clients, clock, at_once: at_once.max(1) }
    }

    fn client(&self, host: u32) -> Client {
        self.clients[host as usize % self.clients.len()].clone()
    }
}

/// Enrols every host of the fleet.
///
/// # Errors
/// The server refuses one of them, or wants a person to approve it.
pub async fn enrol(pushers: &Pushers, fleet: &Arc<Fleet>, token: &str) -> Result<Vec<Member>, LoadError> {
    let run = pushers.clock.now_at().cast_unsigned();
    let seats = Arc::new(Semaphore::new(pushers.at_once));
    let mut tasks = JoinSet::new();
    for host in 0..fleet.hosts() {
        let (fleet, seats, client) = (Arc::clone(fleet), Arc::clone(&seats), pushers.client(host));
        let token = token.to_owned();
        tasks.spawn(async move {
            let _seat = seats.acquire().await;
            enrol_one(&client, &fleet, host, token).await.map(|key| Member::new(&fleet, host, key, run))
        });
    }
    let mut members = Vec::with_capacity(tasks.len());
    while let Some(member) = tasks.join_next().await {
        members.push(member??);
    }
    members.sort_by_key(|member| member.host);
    Ok(members)
}

async fn enrol_one(client: &Client, fleet: &Fleet, host: u32, token: String) -> Result<String, LoadError> {
    let simulated = fleet.host(host);
    let request = EnrolRequest {
        token,
        machine_id: simulated.machine_id(),
        attempt: simulated.attempt(),
        name: simulated.name().to_owned(),
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        os: simulated.facts_at(0).os,
        domain: String::new(),
    };
    let name = || simulated.name().to_owned();
    let mut patience = push::Patience::default();
    loop {
        match client.enrol(&request).await {
            Ok(enrolled) if enrolled.state == AgentState::Approved => return Ok(enrolled.key),
            Ok(enrolled) => return Err(LoadError::NotApproved { host: name(), state: enrolled.state }),
            Err(error) if push::may_pass(&error) => patience.wait(&error).await?,
            Err(error) => return Err(LoadError::Enrol { host: name(), error }),
        }
    }
}

/// Pushes a stretch of the past for all members, as fast as the server takes it. Members go on numbering where it ended.
///
/// # Errors
/// A batch is refused for good, or the server stays away.
pub async fn backfill(
    pushers: &Pushers,
    fleet: &Arc<Fleet>,
    members: &mut [Member],
    past: Past,
) -> Result<Figures, LoadError> {
    let began = Instant::now();
    let seats = Arc::new(Semaphore::new(pushers.at_once));
    let mut tasks = JoinSet::new();
    for (index, member) in members.iter().enumerate() {
        let mut member = member.clone();
        let (fleet, seats, client) = (Arc::clone(fleet), Arc::clone(&seats), pushers.client(member.host));
        let clock = pushers.clock.clone();
        tasks.spawn(async move {
            let _seat = seats.acquire().await;
            let history = History::new(fleet, member.host, past);
            let key = member.key.clone();
            let send = |body| {
                let (client, key) = (client.clone(), key.clone());
                async move { client.push_encoded(&key, body).await }
            };
            let figures = push::push_history(history, &mut member, &clock, push::Patience::default(), send).await?;
            Ok::<_, LoadError>((index, member, figures))
        });
    }
    let mut all = Figures::default();
    while let Some(done) = tasks.join_next().await {
        let (index, member, figures) = done??;
        members[index] = member;
        all.add(figures);
    }
    all.took = began.elapsed();
    Ok(all)
}

/// Pushes live for a while: every member a snapshot each interval, spread over it.
///
/// # Errors
/// A task failed. What the server refuses is counted instead.
pub async fn run(
    pushers: &Pushers,
    fleet: &Arc<Fleet>,
    members: &mut [Member],
    live: Live,
) -> Result<Figures, LoadError> {
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    let count = u32::try_from(members.len()).unwrap_or(u32::MAX).max(1);
    for (index, member) in members.iter().enumerate() {
        let share = u32::try_from(index).unwrap_or_default();
        let first = began + live.every * share / count;
        let (fleet, client, clock) = (Arc::clone(fleet), pushers.client(member.host), pushers.clock.clone());
        let member = member.clone();
        tasks.spawn(async move {
            let mut pushing = live::Pushing::new(fleet, member, client, clock);
            pushing.go_on(began, first, live).await;
            let (member, figures) = pushing.end();
            (index, member, figures)
        });
    }
    let mut all = Figures::default();
    while let Some(done) = tasks.join_next().await {
        let (index, member, figures) = done?;
        members[index] = member;
        all.add(figures);
    }
    all.took = began.elapsed().max(Duration::from_millis(1));
    Ok(all)
}
