//! Removes what is older than it is to be kept, a little at a time, so that what comes in never waits for it.
//!
//! What is removed can be removed twice: several server processes need no lease for it. An hour's records go by their age alone;
//! frames that are not compacted stay until what would be made of them were removed. A name of a client or user goes when it has not been met
//! for longer than any record is kept.

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use tokio_util::sync::CancellationToken;
use tracing::info;

use super::supervise;
use crate::clock::Clock;
use crate::model::retention::{Kind, Retention};
use crate::model::time::DAY_MS;
use crate::store::{self, Db, erasure, names, retention};

/// Records of each table in one transaction: some megabytes at most.
const MOST: u32 = 200;
/// 4 KiB each.
const PAGES: u32 = 2_000;
/// Between two transactions while there is more to remove.
const BREATH: Duration = Duration::from_millis(100);
/// Names go so much later than the last records with their ids.
const NAMES_LATER_MS: i64 = 7 * DAY_MS;
const REST: Duration = Duration::from_secs(600);

/// Removes what is due until `stop`.
pub async fn run(db: Db, clock: Clock, keep: Retention, stop: CancellationToken) {
    let removal = Arc::new(Removal { db, keep });
    supervise("retention", stop, move || {
        let (removal, now_at) = (Arc::clone(&removal), clock.now_at());
        async move {
            let removed = removal.tick(now_at).await?;
            let given = removal.give_back().await?;
            // With fewer pages than that none is left, or the file keeps them.
            Ok::<_, sqlx::Error>(if removed > 0 || given >= u64::from(PAGES) { BREATH } else { REST })
        }
    })
    .await;
}

/// The task between its ticks.
#[derive(Debug)]
pub struct Removal {
    pub db: Db,
    pub keep: Retention,
}

impl Removal {
    /// Removes some of what is due, of every kind. Answers how many records.
    ///
    /// # Errors
    /// The database's.
    pub async fn tick(&self, now_at: i64) -> store::Result<u64> {
        let mut all = 0;
        for kind in Kind::ALL {
            let before_at = self.keep.removed_before(kind, now_at);
            let mut tx = self.db.begin().await?;
            let removed = retention::remove(&mut tx, kind, before_at, MOST).await?;
            tx.commit().await?;
            if removed > 0 {
                info!(kind = kind.word(), removed, before_at, "old records were removed");
                counter!("highwater_retention_removed_total", "kind" => kind.word()).increment(removed);
            }
            all += removed;
        }
        Ok(all + self.names(now_at).await?)
    }

    /// Gives free pages of the database's file back, some of them, whatever made them free: so the disk has them again, for everybody. Answers
    /// how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn give_back(&self) -> store::Result<u64> {
        retention::give_back(&self.db, PAGES).await
    }

    /// Names that nobody was met under for longer than anything that may hold their ids is kept.
    async fn names(&self, now_at: i64) -> store::Result<u64> {
        // What began before a day is removed in time order with it, but not at once.
        let before_at = self.keep.removed_before(Kind::Days, now_at) - NAMES_LATER_MS;
        let mut tx = self.db.begin().await?;
        let removed = names::remove_unseen(&mut tx, before_at, MOST).await?;
        if removed > 0 {
            erasure::outdate_names(&mut tx).await?;
        }
        tx.commit().await?;
        if removed > 0 {
            info!(removed, before_at, "names of clients and users that nothing refers to were removed");
            counter!("highwater_retention_removed_total", "kind" => "names").increment(removed);
        }
        Ok(removed)
    }
}
