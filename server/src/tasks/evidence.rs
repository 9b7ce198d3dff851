//! Keeps the evidence of incidents that are over: it outlives the snapshots that it is made of.
//!
//! What is kept is of one version of the incident, and is kept only if that is still its version: late data, or two processes at once,
//! change nothing but what is made anew.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::info;

use super::supervise;
use crate::alerts::evidence;
use crate::clock::Clock;
use crate::model::episode::TAIL_MS;
use crate::model::time::{DAY_MS, MINUTE_MS};
use crate::store::{self, Db, episode, incidents};

/// Between two looks at which are over.
const REST: Duration = Duration::from_secs(15);
/// Incidents of one look: each may read a million sessions.
const PAGE: u32 = 20;
/// What was there a while after the end is part of it, and takes a moment to come in.
const SETTLED_MS: i64 = TAIL_MS + MINUTE_MS;
/// So long all snapshots of it are surely kept, so that it can be made anew when late data changed it.
const FRESH_MS: i64 = 2 * DAY_MS;

/// Keeps until `stop`.
pub async fn run(db: Db, clock: Clock, stop: CancellationToken) {
    supervise("evidence", stop, move || {
        let (db, now_at) = (db.clone(), clock.now_at());
        async move {
            let kept = tick(&db, now_at).await?;
            Ok::<_, sqlx::Error>(if kept >= PAGE as usize { Duration::ZERO } else { REST })
        }
    })
    .await;
}

/// Keeps what is due, and says of how many incidents it was.
///
/// # Errors
/// The database's. What was kept before it stays so.
pub async fn tick(db: &Db, now_at: i64) -> store::Result<usize> {
    let due = incidents::without_evidence(db, now_at - SETTLED_MS, now_at - FRESH_MS, PAGE).await?;
    for incident in &due {
        let made = evidence::of(&episode::gather(db, incident, now_at).await?);
        let mut tx = db.begin().await?;
        incidents::save_evidence(&mut tx, incident.id, incident.version, &made.to_text()).await?;
        tx.commit().await?;
    }
    if !due.is_empty() {
        info!(incidents = due.len(), "the evidence of incidents was kept");
    }
    Ok(due.len())
}
