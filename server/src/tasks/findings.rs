//! Judges every host by the rules, again and again, and keeps since when each rule holds on it.
//!
//! Looking twice changes nothing: several server processes need no lease for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::supervise;
use crate::clock::Clock;
use crate::findings;
use crate::findings::leak::{self, Suspect};
use crate::findings::subject::{DAYS, Recent, Subject};
use crate::model::alias::Aliases;
use crate::model::event::EventClass;
use crate::model::finding::Found;
use crate::model::time::{DAY_MS, SECOND_MS};
use crate::model::usage::UsageHour;
use crate::model::{ClientId, HostId};
use crate::store::findings::Setup;
use crate::store::{self, Db, aliases, frames, heat, names, shares, usage};

/// Hosts judged in one transaction.
const PAGE: u32 = 200;
/// Until somebody who starts the server sees the first findings.
const FIRST: Duration = Duration::from_secs(5);
/// Between two looks at a small fleet…
const REST: Duration = Duration::from_secs(60);
/// …and at a large one.
const LONG_REST: Duration = Duration::from_secs(600);
const SMALL: u64 = 500;
/// Fewer sessions without open files make no leak.
const MANY: u32 = 8;
/// Busy hours of a client edition.
const WEEK_MS: i64 = 7 * DAY_MS;

/// Judges until `stop`.
pub async fn run(db: Db, clock: Clock, stop: CancellationToken) {
    stop.run_until_cancelled(tokio::time::sleep(FIRST)).await;
    let judge = Arc::new(Judge { db });
    supervise("findings", stop, move || {
        let (judge, now_at) = (Arc::clone(&judge), clock.now_at());
        async move {
            let judged = judge.tick(now_at).await?;
            Ok::<_, sqlx::Error>(if judged.hosts < SMALL { REST } else { LONG_REST })
        }
    })
    .await;
}

/// The task between its ticks.
#[derive(Debug)]
pub struct Judge {
    pub db: Db,
}

/// What a look brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judged {
    pub hosts: u64,
    pub came: u64,
    pub went: u64,
}

impl Judge {
    /// Judges every host once.
    ///
    /// # Errors
    /// The database's.
    pub async fn tick(&self, now_at: i64) -> store::Result<Judged> {
        let mut recent = self.recent(now_at).await?;
        let aliases = aliases::all(&self.db).await?;
        let (mut judged, mut after) = (Judged::default(), None);
        loop {
            let setups = store::findings::setups(&self.db, after, PAGE).await?;
            let Some(last) = setups.last() else { break };
            after = Some(last.host);
            judged.hosts += setups.len() as u64;
            let mut found = Vec::with_capacity(setups.len());
            for setup in &setups {
                let recent = recent.remove(&setup.host).unwrap_or_default();
                found.push((setup.host, self.judge(setup, recent, &aliases, now_at).await?));
            }
            let mut tx = self.db.begin().await?;
            for (host, found) in &found {
                let (came, went) = store::findings::save(&mut tx, *host, found, now_at).await?;
                judged.came += came;
                judged.went += went;
            }
            tx.commit().await?;
        }
        if judged.came + judged.went > 0 {
            info!(hosts = judged.hosts, came = judged.came, went = judged.went, "hosts were judged by the rules");
        }
        counter!("highwater_findings_came_total").increment(judged.came);
        counter!("highwater_findings_went_total").increment(judged.went);
        Ok(judged)
    }

    async fn judge(&self, setup: &Setup, recent: Recent, aliases: &Aliases, now_at: i64) -> store::Result<Vec<Found>> {
        let shares = shares::of_host(&self.db, setup.host).await?.map_or_else(Vec::new, |(_, shares)| shares);
        let subject = Subject {
            os: &setup.os,
            os_build: &setup.os_build,
            is_domain_controller: setup.is_domain_controller,
            settings: &setup.settings,
            limit: setup.limit,
            p95_sessions: self.p95_sessions(setup, now_at).await?,
            shares: &shares,
            suspects: self.suspects(setup, aliases, now_at).await?,
            recent,
        };
        Ok(findings::judge(&subject))
    }

    /// Looks at the sessions of hosts that have enough without open files.
    async fn suspects(&self, setup: &Setup, aliases: &Aliases, now_at: i64) -> store::Result<Vec<Suspect<String>>> {
        if setup.zero_open_sessions.is_none_or(|count| count < MANY) {
            return Ok(Vec::new());
        }
        let Some(mut now) = frames::at(&self.db, setup.host, now_at).await? else { return Ok(Vec::new()) };
        let mut before = frames::at(&self.db, setup.host, now.taken_at - DAY_MS).await?;
        // Of a stretch that nobody observed nothing follows.
        before = before.filter(|before| now.taken_at - before.taken_at < DAY_MS + DAY_MS / 2);
        // A client may have been there under another name the day before.
        std::iter::once(&mut now).chain(&mut before).for_each(|snapshot| aliases.apply(snapshot));
        let found = leak::suspects(&now, before.as_ref());
        let ids: Vec<_> = found.iter().map(|suspect| suspect.client).collect();
        let names = names::clients(&self.db, &ids).await?;
        let named = |suspect: Suspect<ClientId>| {
            let client = names.get(&suspect.client)?.clone();
            let Suspect { sessions, forgotten, oldest_ms, day_before, .. } = suspect;
            Some(Suspect { client, sessions, forgotten, oldest_ms, day_before })
        };
        Ok(found.into_iter().filter_map(named).collect())
    }

    /// Of hosts with a small limit only: for no other is it asked.
    async fn p95_sessions(&self, setup: &Setup, now_at: i64) -> store::Result<Option<u32>> {
        const SMALL_LIMIT: u32 = 20;
        if setup.limit.sessions.is_none_or(|limit| limit > SMALL_LIMIT) {
            return Ok(None);
        }
        let hours = usage::of_host(&self.db, setup.host, now_at - WEEK_MS, now_at, now_at).await?;
        Ok(p95(&hours))
    }

    /// What happened lately on every host on which something did.
    async fn recent(&self, now_at: i64) -> store::Result<HashMap<HostId, Recent>> {
        let from_at = now_at - DAYS * DAY_MS;
        let mut recent: HashMap<HostId, Recent> = HashMap::new();
        for (host, class, code, count) in store::findings::events_of_hosts(&self.db, from_at).await? {
            let of = recent.entry(host).or_default();
            of.reads_events = true;
            if class == EventClass::Foreign {
                continue;
            }
            *of.events.entry(code).or_default() += count;
            if class == EventClass::Capacity {
                of.capacity_events += count;
            }
        }
        for (host, count) in store::findings::far_from_full(&self.db, from_at).await? {
            recent.entry(host).or_default().capacity_events_far_from_full = count;
        }
        for (host, secs) in heat::full_secs(&self.db, from_at..now_at).await? {
            recent.entry(host).or_default().full_ms = secs * SECOND_MS;
        }
        Ok(recent)
    }
}

/// The greatest number of sessions that 95 % of the hours did not exceed; none without hours.
fn p95(hours: &[UsageHour]) -> Option<u32> {
    let mut peaks: Vec<u32> = hours.iter().filter_map(|hour| Some(hour.total().peak?.sessions)).collect();
    peaks.sort_unstable();
    let place = (peaks.len() * 95).div_ceil(100).checked_sub(1)?;
    peaks.get(place).copied()
}
