//! Judges what came in, and opens and closes incidents by it.
//!
//! A host is judged when something came in that is worth it, in one transaction with where it stands afterwards: judging twice, or by two
//! processes at once, changes nothing. What follows from the clock (silence) is looked at now and then.

mod fleet;
mod host;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use metrics::counter;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::supervise;
use crate::alerts::flood::Baseline;
use crate::clock::Clock;
use crate::model::HostId;
use crate::model::alert::{Rules, Silence};
use crate::model::time::{DAY_MS, SECOND_MS, day_start};
use crate::store::{self, Db, alerts, courses, usage};

/// Between two looks at what came in.
const REST: Duration = Duration::from_secs(2);
/// Hosts that are judged before others have their turn.
const PAGE: u32 = 200;
/// Between two looks at what follows from the clock.
const FLEET_EVERY_MS: i64 = 30 * SECOND_MS;
/// So much of a host's past says how fast it grows.
const BASELINE_MS: i64 = 14 * DAY_MS;

/// Judges until `stop`.
pub async fn run(db: Db, clock: Clock, stop: CancellationToken) {
    let judge = Arc::new(Judge::new(db, clock.now_at()));
    supervise("alerts", stop, move || {
        let (judge, now_at) = (Arc::clone(&judge), clock.now_at());
        async move {
            let told = judge.tick(now_at).await?;
            Ok::<_, sqlx::Error>(if told.judged >= u64::from(PAGE) { Duration::ZERO } else { REST })
        }
    })
    .await;
}

/// The task between its ticks.
#[derive(Debug)]
pub struct Judge {
    db: Db,
    /// Since when agents can be heard.
    up_since: i64,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    /// Of each host, and of which day.
    baselines: HashMap<HostId, (i64, Baseline)>,
    fleet_at: Option<i64>,
}

/// What a tick brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// Hosts.
    pub judged: u64,
    pub opened: u64,
    pub closed: u64,
}

/// What is in force.
struct InForce {
    rules: Rules,
    silences: Vec<Silence>,
    now_at: i64,
}

impl Judge {
    /// `up_since`: since when agents can be heard.
    #[must_use]
    pub fn new(db: Db, up_since: i64) -> Self {
        Self { db, up_since, memory: Mutex::default() }
    }

    /// Judges the hosts of which something came in, and now and then the fleet.
    ///
    /// # Errors
    /// The database's. Hosts that were judged before it stay so.
    pub async fn tick(&self, now_at: i64) -> store::Result<Told> {
        let rules = alerts::rules(&self.db).await?;
        let silences = alerts::silences(&self.db, now_at).await?;
        let in_force = InForce { rules, silences, now_at };
        let mut told = Told::default();
        for course in courses::unjudged(&self.db, PAGE).await? {
            self.host(&in_force, &course, &mut told).await?;
            told.judged += 1;
        }
        if self.is_fleet_due(now_at) {
            self.fleet(&in_force, &mut told).await?;
        }
        if told.opened + told.closed > 0 {
            info!(opened = told.opened, closed = told.closed, "incidents changed");
        }
        counter!("highwater_incidents_opened_total").increment(told.opened);
        counter!("highwater_incidents_closed_total").increment(told.closed);
        Ok(told)
    }

    fn is_fleet_due(&self, now_at: i64) -> bool {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was put back must not keep it from it for long.
        let is_due = memory.fleet_at.is_none_or(|at| (now_at - at).abs() >= FLEET_EVERY_MS);
        if is_due {
            memory.fleet_at = Some(now_at);
        }
        is_due
    }

    /// How fast a host grew at most in the weeks before today.
    async fn baseline(&self, host: HostId, now_at: i64) -> store::Result<Baseline> {
        let today = day_start(now_at);
        let known = self.memory.lock().unwrap_or_else(PoisonError::into_inner).baselines.get(&host).copied();
        if let Some((day, baseline)) = known
            && day == today
        {
            return Ok(baseline);
        }
        // Today's growth is what is judged.
        let hours = usage::of_host(&self.db, host, today - BASELINE_MS, today, now_at).await?;
        let baseline = Baseline::of(&hours);
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).baselines.insert(host, (today, baseline));
        Ok(baseline)
    }
}
