//! Keeps the audit log: forwards it by syslog, and removes what is old. Promises:
//!
//! 1. **In order and at least once** by TCP and TLS: what was sent and not settled, since the process was killed or the
//!    receiver broke it off, is sent again. Entries bear their numbers, by which a receiver knows those that it has. By
//!    UDP what is lost is lost.
//! 2. **Nobody waits for the receiver**, and what waits for it lies in the database: no queue of its own grows.
//! 3. **One process at a time** sends. After a failure it rests, longer after each further one.
//! 4. What retention removes before a receiver could be told is not told.

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::supervise;
use crate::clock::Clock;
use crate::delivery::syslog::Syslog;
use crate::model::time::{DAY_MS, MINUTE_MS, SECOND_MS};
use crate::store::audit::{self, AuditFilter, Claim};
use crate::store::{self, Db};

/// Entries in one go.
const BATCH: u32 = 100;
/// Longer than any go takes.
const LEASE_MS: i64 = MINUTE_MS;
const REST: Duration = Duration::from_secs(1);
/// After the first failure; twice as long after each further one, up to the longest.
const FIRST_REST_MS: i64 = SECOND_MS;
const LONGEST_REST_MS: i64 = 5 * MINUTE_MS;

/// Entries removed in one transaction.
const MOST_REMOVED: u32 = 500;
const REMOVAL_BREATH: Duration = Duration::from_millis(100);
const REMOVAL_REST: Duration = Duration::from_secs(600);

/// How the log is kept.
#[derive(Debug, Clone)]
pub struct Keeping {
    /// None if it is not forwarded.
    pub syslog: Option<Syslog>,
    pub kept_days: u32,
}

/// Forwards and removes what is due until `stop`.
pub async fn run(db: Db, clock: Clock, keeping: Keeping, stop: CancellationToken) {
    let (kept_days, of_removal, now) = (keeping.kept_days, db.clone(), clock.clone());
    let remove = supervise("removal of the audit log", stop.clone(), move || {
        let (db, now_at) = (of_removal.clone(), now.now_at());
        async move {
            let removed = remove_old(&db, kept_days, now_at).await?;
            Ok::<_, sqlx::Error>(if removed > 0 { REMOVAL_BREATH } else { REMOVAL_REST })
        }
    });
    let Some(syslog) = keeping.syslog else { return remove.await };
    let forwarding = Arc::new(Forwarding { db, syslog });
    let forward = supervise("forwarding of the audit log", stop, move || {
        let (forwarding, now_at) = (Arc::clone(&forwarding), clock.now_at());
        async move {
            let has_more = forwarding.tick(now_at).await?;
            Ok::<_, sqlx::Error>(if has_more { Duration::ZERO } else { REST })
        }
    });
    tokio::join!(remove, forward);
}

/// Removes some entries that are older than they are to be kept. Answers how many.
///
/// # Errors
/// The database's.
pub async fn remove_old(db: &Db, kept_days: u32, now_at: i64) -> store::Result<u64> {
    let before_at = now_at - i64::from(kept_days) * DAY_MS;
    let mut tx = db.begin().await?;
    let removed = audit::remove(&mut tx, before_at, MOST_REMOVED).await?;
    tx.commit().await?;
    if removed > 0 {
        info!(removed, before_at, "old entries of the audit log were removed");
        counter!("highwater_retention_removed_total", "kind" => "audit").increment(removed);
    }
    Ok(removed)
}

/// The task between its ticks.
#[derive(Debug)]
pub struct Forwarding {
    pub db: Db,
    pub syslog: Syslog,
}

impl Forwarding {
    /// Sends some of what was not sent yet, if it is due and nobody else does so. Answers whether there may be more at
    /// once.
    ///
    /// # Errors
    /// The database's. What was claimed is due again when the lease ends.
    pub async fn tick(&self, now_at: i64) -> store::Result<bool> {
        // Looking costs no write.
        let (standing, head) = (audit::standing(&self.db).await?, audit::head(&self.db).await?);
        if standing.sent_seq >= head.seq || standing.due_at > now_at {
            return Ok(false);
        }
        let mut tx = self.db.begin().await?;
        let claim = audit::claim(&mut tx, now_at, now_at + LEASE_MS).await?;
        tx.commit().await?;
        match claim {
            Some(claim) => self.forward(&claim, head.seq, now_at).await,
            None => Ok(false),
        }
    }

    async fn forward(&self, claim: &Claim, last_seq: u64, now_at: i64) -> store::Result<bool> {
        let next =
            AuditFilter { after: Some(claim.sent_seq), is_oldest_first: true, most: BATCH, ..Default::default() };
        let entries = audit::list(&self.db, &next).await?;
        let messages: Vec<String> = entries.iter().map(|entry| self.syslog.message(entry)).collect();
        let sent = self.syslog.send(&messages).await.map_err(|error| error.to_string());
        // Without any entry, retention was faster.
        let sent_seq = entries.last().map_or(last_seq, |entry| entry.seq);
        let (done, due_at) = match &sent {
            Ok(()) => (Ok(sent_seq), now_at),
            Err(error) => (Err(error.as_str()), now_at + rest_ms(claim.failures)),
        };
        let mut tx = self.db.begin().await?;
        audit::settle(&mut tx, claim, done, (now_at, due_at)).await?;
        tx.commit().await?;
        match &sent {
            Err(error) if claim.failures == 0 => {
                warn!(error, "the audit log is not forwarded; it is tried again until it is");
            }
            Ok(()) if claim.failures > 0 => info!("the audit log is forwarded again"),
            _ => {}
        }
        Ok(sent.is_ok() && sent_seq < last_seq)
    }
}

/// After so many failures before this one.
fn rest_ms(failures: u32) -> i64 {
    FIRST_REST_MS.saturating_mul(1 << failures.min(16)).min(LONGEST_REST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::syslog::LONGEST_SEND;

    #[test]
    fn a_lease_is_longer_than_what_it_is_for() {
        let lease = Duration::from_millis(LEASE_MS.unsigned_abs());
        assert!(LONGEST_SEND < lease, "{lease:?}");
    }

    #[test]
    fn the_rest_doubles_up_to_five_minutes() {
        assert_eq!([0, 1, 2, 8, 9, 4_000_000_000].map(rest_ms), [1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
    }
}
