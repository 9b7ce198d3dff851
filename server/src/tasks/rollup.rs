//! Rolls touched hours up: frames → usage and holders per host and hour.
//!
//! Several server processes share the work by leases. An hour is rolled up from its frames as a whole each time, so that late
//! snapshots, a crash in between or a second process can only lead to the same sums again.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use metrics::{counter, gauge};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::supervise;
use crate::clock::Clock;
use crate::history::rollup::{self, HourOfSnapshots};
use crate::model::HostId;
use crate::model::holder::HoldersHour;
use crate::model::time::{HOUR_MS, MINUTE_MS};
use crate::model::usage::UsageHour;
use crate::store::hours::{self, Claimed};
use crate::store::{self, Db, frames};

/// How long a process may take for what it has claimed before another one may do it.
const LEASE_MS: i64 = MINUTE_MS;
/// Hours done in one go, with one commit.
const MOST: u32 = 64;
const REST: Duration = Duration::from_secs(1);
/// How often a commit that met another process's is tried again at once.
const TRIES: usize = 4;
/// Damaged hours that are remembered, so that each is said once.
const MOST_TOLD: usize = 10_000;

/// What a tick did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ticked {
    /// Hours rolled up.
    pub hours: usize,
    /// There may be more that are due.
    pub is_more_due: bool,
}

/// Rolls due hours up until `stop`.
pub async fn run(db: Db, clock: Clock, stop: CancellationToken) {
    let rollup = Arc::new(Rollup::new(db));
    supervise("rollup", stop, move || {
        let (rollup, now_at) = (Arc::clone(&rollup), clock.now_at());
        async move {
            let ticked = rollup.tick(now_at).await?;
            Ok::<_, sqlx::Error>(if ticked.is_more_due { Duration::ZERO } else { REST })
        }
    })
    .await;
}

/// The task between its ticks.
#[derive(Debug)]
pub struct Rollup {
    db: Db,
    told: Mutex<HashSet<(HostId, i64)>>,
}

/// An hour with its sums, and when it is due again although nothing touched it (it is not over yet).
struct Done {
    claimed: Claimed,
    usage: UsageHour,
    holders: HoldersHour,
    grows_until: Option<i64>,
}

impl Rollup {
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, told: Mutex::default() }
    }

    /// Rolls up some of the hours that are due.
    ///
    /// # Errors
    /// The database's. What was claimed is due again when the lease ends.
    pub async fn tick(&self, now_at: i64) -> store::Result<Ticked> {
        // Looking costs no write, claiming does.
        let (waiting, due_at) = hours::waiting(&self.db).await?;
        #[expect(clippy::cast_precision_loss, reason = "a gauge of some thousands")]
        gauge!("highwater_rollup_waiting_hours").set(waiting as f64);
        if due_at.is_none_or(|due_at| due_at > now_at) {
            return Ok(Ticked::default());
        }
        let claimed = hours::claim(&self.db, now_at, now_at + LEASE_MS, MOST).await?;
        let is_more_due = claimed.len() == MOST as usize;
        let mut done = Vec::with_capacity(claimed.len());
        for one in claimed {
            match self.roll_up(one, now_at).await {
                Ok(hour) => done.push(hour),
                Err(error) if is_damage(&error) => self.tell(one, &error),
                Err(error) => return Err(error),
            }
        }
        // About as many hours wait as there are hosts that report.
        self.settle(&mut done, now_at, usize::try_from(waiting).unwrap_or(usize::MAX)).await?;
        counter!("highwater_rollup_hours_total").increment(done.len() as u64);
        Ok(Ticked { hours: done.len(), is_more_due })
    }

    async fn roll_up(&self, claimed: Claimed, now_at: i64) -> store::Result<Done> {
        let Claimed { host, hour_at, .. } = claimed;
        let within = frames::range(&self.db, host, hour_at, hour_at + HOUR_MS).await?;
        let before = frames::at(&self.db, host, hour_at - 1).await?;
        let of = HourOfSnapshots { hour_at, before: before.as_ref(), within: &within, now_at };
        let (usage, holders) = rollup::hour(host, of);
        let grows_until = Some(of.settled_at()).filter(|settled_at| *settled_at > now_at);
        Ok(Done { claimed, usage, holders, grows_until })
    }

    async fn settle(&self, done: &mut [Done], now_at: i64, hosts: usize) -> store::Result<()> {
        // In the order in which others touch hours, or two processes would wait for each other.
        done.sort_unstable_by_key(|d| (d.claimed.hour_at, d.claimed.host));
        let mut tries = 1;
        loop {
            match self.try_settle(done, now_at, hosts).await {
                Err(error) if store::is_transient(&error) && tries < TRIES => tries += 1,
                outcome => return outcome,
            }
        }
    }

    async fn try_settle(&self, done: &[Done], now_at: i64, hosts: usize) -> store::Result<()> {
        if done.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        for Done { claimed, usage, holders, grows_until } in done {
            let again_at = rollup::due_at(claimed.host, claimed.hour_at, now_at, hosts);
            hours::settle(&mut tx, claimed, usage, holders, again_at).await?;
            if let Some(grows_until) = grows_until {
                hours::touch(&mut tx, claimed.host, claimed.hour_at, again_at.max(*grows_until)).await?;
            }
        }
        tx.commit().await
    }

    /// Says that an hour cannot be rolled up, once. It stays due, so that a repair is noticed.
    fn tell(&self, claimed: Claimed, error: &sqlx::Error) {
        let Claimed { host, hour_at, .. } = claimed;
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < MOST_TOLD && told.insert((host, hour_at)) {
            warn!(%host, hour_at, %error, "an hour cannot be rolled up: its frames are damaged");
        }
    }
}

fn is_damage(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. })
}
