//! Compacts the history: frames → chunks, and everything that is derived of them. Promises:
//!
//! 1. **Idempotent**: a unit is derived as a whole each time, so that late snapshots, a crash in between or a second process can only
//!    lead to the same bytes again.
//! 2. **Nothing is lost**: a frame goes in the transaction that stores the chunk which holds it, and only if no other frame came since
//!    it was read. An hour with a damaged chunk or frame is left as it is.
//! 3. **Shared**: several server processes share the work by leases; what one of them lost meanwhile is not stored.
//! 4. **Bounded**: so many units a tick, hosts in pages; what an hour grows by counts for its host.

mod derived;
mod fleet;
mod growth;
mod host;
mod verify;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use metrics::{counter, gauge};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::supervise;
use crate::clock::Clock;
use crate::history::due;
use crate::model::time::{MINUTE_MS, SECOND_MS};
use crate::model::unit::{Level, Unit};
use crate::store::work::{self, Claimed, Settled};
use crate::store::{self, Db};
use derived::Derived;
use growth::Growth;
pub use verify::{Look, Verified, Wrong};

/// How long a process may take for what it has claimed before another one may do it.
const LEASE_MS: i64 = MINUTE_MS;
/// From so many on an hour of the fleet may take a second and more.
const MANY_HOSTS: usize = 1_000;
const REST: Duration = Duration::from_secs(1);
/// How often a commit that met another process's is tried again at once.
const TRIES: usize = 4;
/// Damaged units that are remembered, so that each is said once.
const MOST_TOLD: usize = 10_000;

/// Units done in one go, with one commit. A lease has to be long enough for all of them.
fn most(level: Level, hosts: usize) -> u32 {
    match level {
        Level::FleetHour if hosts > MANY_HOSTS => 1,
        Level::HostHour => 64,
        Level::HostDay => 32,
        Level::FleetHour => 6,
        Level::FleetDay | Level::FleetWeek => 1,
    }
}

/// What a tick did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ticked {
    /// Units derived and stored.
    pub units: usize,
    /// There may be more that are due.
    pub is_more_due: bool,
}

/// Compacts what is due until `stop`.
pub async fn run(db: Db, clock: Clock, stop: CancellationToken) {
    let compact = Arc::new(Compact::new(db));
    supervise("compact", stop, move || {
        let (compact, now_at) = (Arc::clone(&compact), clock.now_at());
        async move {
            let ticked = compact.tick(now_at).await?;
            Ok::<_, sqlx::Error>(if ticked.is_more_due { Duration::ZERO } else { REST })
        }
    })
    .await;
}

/// The task between its ticks.
#[derive(Debug)]
pub struct Compact {
    db: Db,
    told: Mutex<HashSet<Unit>>,
}

/// What a tick goes by.
#[derive(Debug, Clone, Copy)]
struct Now {
    at: i64,
    /// About how many hosts report.
    hosts: usize,
}

impl Compact {
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, told: Mutex::default() }
    }

    /// Does some of what is due, of every level.
    ///
    /// # Errors
    /// The database's. What was claimed is due again when the lease ends.
    pub async fn tick(&self, now_at: i64) -> store::Result<Ticked> {
        // Looking costs no write, claiming does.
        let (waiting, due_at) = work::waiting(&self.db, Level::HostHour).await?;
        #[expect(clippy::cast_precision_loss, reason = "a gauge of some thousands")]
        gauge!("highwater_compact_waiting_hours").set(waiting as f64);
        let mut ticked = Ticked::default();
        if due_at.is_none_or(|due_at| due_at > now_at) {
            return Ok(ticked);
        }
        // An hour waits of each host that reports; when history is brought in late, many more of each.
        let waiting = usize::try_from(waiting).unwrap_or(usize::MAX);
        let now = Now { at: now_at, hosts: waiting.min(store::hosts::count(&self.db).await?) };
        for level in Level::ALL {
            let claimed = work::claim(&self.db, level, now_at, now_at + LEASE_MS, most(level, now.hosts)).await?;
            ticked.is_more_due |= claimed.len() == most(level, now.hosts) as usize;
            ticked.units += self.derive_all(claimed, now).await?;
        }
        counter!("highwater_compact_units_total").increment(ticked.units as u64);
        Ok(ticked)
    }

    /// Does everything that waits, due or not, and all that follows from it. Answers how many units that were.
    ///
    /// `take_over`: also what other processes have claimed. Theirs is lost then, which costs only their time.
    ///
    /// # Errors
    /// The database's.
    pub async fn finish(&self, now_at: i64, take_over: bool) -> store::Result<usize> {
        let mut units = 0;
        // What one level touches is due later: once more for each.
        for _ in Level::ALL {
            let mut tx = self.db.begin().await?;
            work::hasten(&mut tx, now_at, take_over).await?;
            tx.commit().await?;
            loop {
                let ticked = self.tick(now_at).await?;
                units += ticked.units;
                if ticked.units == 0 && !ticked.is_more_due {
                    break;
                }
            }
        }
        Ok(units)
    }

    async fn derive_all(&self, claimed: Vec<Claimed>, now: Now) -> store::Result<usize> {
        let mut done = Vec::with_capacity(claimed.len());
        for one in claimed {
            match self.derive(one.unit, now).await {
                Ok(derived) => done.push((one, derived)),
                Err(error) if is_damage(&error) => self.tell(one.unit, &error),
                Err(error) => return Err(error),
            }
        }
        // In the order in which others touch units, or two processes would wait for each other.
        done.sort_unstable_by_key(|(claimed, _)| claimed.unit);
        let mut tries = 1;
        loop {
            match self.settle(&done, now).await {
                Err(error) if store::is_transient(&error) && tries < TRIES => tries += 1,
                outcome => return outcome,
            }
        }
    }

    async fn derive(&self, unit: Unit, now: Now) -> store::Result<Derived> {
        match unit {
            Unit::HostHour { hour_at, host } => host::hour(&self.db, host, hour_at, now.at).await,
            Unit::HostDay { day_at, host } => host::day(&self.db, host, day_at).await,
            Unit::FleetHour { hour_at } => fleet::hour(&self.db, hour_at, now).await,
            Unit::FleetDay { day_at } => fleet::day(&self.db, day_at).await,
            Unit::FleetWeek { week_at } => fleet::week(&self.db, week_at).await,
        }
    }

    async fn settle(&self, done: &[(Claimed, Derived)], now: Now) -> store::Result<usize> {
        if done.is_empty() {
            return Ok(0);
        }
        let mut tx = self.db.begin().await?;
        let (mut kept, mut touches) = (Vec::new(), BTreeMap::new());
        for (claimed, derived) in done {
            let settled = work::settle(&mut tx, claimed, again_at(claimed.unit, now)).await?;
            if is_kept(claimed.unit, settled) {
                kept.push((claimed.unit, derived));
                for (unit, due_at) in derived.touches(claimed.unit, now.at, now.hosts) {
                    let due = touches.entry(unit).or_insert(due_at);
                    *due = due_at.min(*due);
                }
            }
        }
        let growth = Growth::begin(&mut tx, &kept).await?;
        derived::save(&mut tx, &kept).await?;
        work::touch(&mut tx, &touches.into_iter().collect::<Vec<_>>()).await?;
        growth.charge(&mut tx, now.at).await?;
        tx.commit().await?;
        Ok(kept.len())
    }

    /// Says that a unit cannot be derived, once. It stays due, so that a repair is noticed.
    fn tell(&self, unit: Unit, error: &sqlx::Error) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < MOST_TOLD && told.insert(unit) {
            warn!(?unit, %error, "this part of the history cannot be derived: what it is made of is damaged");
        }
    }
}

/// When a unit that changed while it was derived is derived again, out of all there is then.
fn again_at(unit: Unit, now: Now) -> i64 {
    match unit {
        Unit::HostHour { .. } => now.at + SECOND_MS,
        Unit::FleetHour { .. } => due::fleet_hour(now.at, now.hosts),
        Unit::HostDay { .. } | Unit::FleetDay { .. } | Unit::FleetWeek { .. } => now.at + MINUTE_MS,
    }
}

/// What is derived of derived records is kept also if one of them changed meanwhile: it is no worse than what was there, and
/// among ten thousand hosts there is always one that changes. A host's hour is not: frames that it does not hold would go.
fn is_kept(unit: Unit, settled: Settled) -> bool {
    match settled {
        Settled::Current => true,
        Settled::Outdated => unit.level() != Level::HostHour,
        Settled::Lost => false,
    }
}

fn is_damage(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Encode(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HostId;
    use crate::model::time::HOUR_MS;

    #[test]
    fn an_hour_of_the_fleet_that_never_rests_is_kept_all_the_same() {
        let fleet = Unit::FleetHour { hour_at: HOUR_MS };
        let host = Unit::HostHour { hour_at: HOUR_MS, host: HostId(1) };
        let kept = |unit| [Settled::Current, Settled::Outdated, Settled::Lost].map(|settled| is_kept(unit, settled));
        assert_eq!(kept(fleet), [true, true, false]);
        assert_eq!(kept(host), [true, false, false], "frames that came since are in no chunk");
        // And it does not take all of a processor: ten thousand hosts have it again after minutes, not at once.
        let now = Now { at: HOUR_MS, hosts: 10_000 };
        assert!(again_at(fleet, now) - now.at > MINUTE_MS);
        assert_eq!(again_at(host, now) - now.at, SECOND_MS);
    }
}
