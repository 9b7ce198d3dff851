//! Which agents are asked to make themselves another key. Read from the store now and then, not for each request.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::model::AgentId;
use crate::model::time::{HOUR_MS, MINUTE_MS};
use crate::store::{self, Db, agents};

/// How old the list may be: a person who orders a key waits as long.
const FRESH: Duration = Duration::from_secs(5);
/// Keys that are changed for their age at the same time: a fleet does not do it all at once.
const MOST_AT_ONCE: u32 = 200;
/// How long these have their turn.
const TURN_MS: i64 = 10 * MINUTE_MS;

/// Agents that are asked.
#[derive(Debug)]
pub(super) struct Orders {
    /// Keys older than this are changed; none if their age does not matter.
    oldest_ms: Option<i64>,
    asked: Mutex<Option<(Instant, HashSet<AgentId>)>>,
}

impl Orders {
    pub(super) fn new(oldest_ms: Option<i64>) -> Self {
        Self { oldest_ms, asked: Mutex::default() }
    }

    /// Whether an agent is asked for another key.
    pub(super) async fn is_asked(&self, db: &Db, agent: AgentId, now_at: i64) -> store::Result<bool> {
        let mut asked = self.asked.lock().await;
        if asked.as_ref().is_none_or(|(since, _)| since.elapsed() >= FRESH) {
            let since = Instant::now();
            let older_than = self.oldest_ms.map_or(i64::MIN, |oldest_ms| now_at - oldest_ms);
            let turn = now_at.div_euclid(TURN_MS);
            let all = agents::asked_for_keys(db, (older_than, now_at - HOUR_MS), (turn, MOST_AT_ONCE)).await?;
            *asked = Some((since, all.into_iter().collect()));
        }
        Ok(asked.as_ref().is_some_and(|(_, all)| all.contains(&agent)))
    }

    /// What is known is not right any more.
    pub(super) async fn forget(&self) {
        *self.asked.lock().await = None;
    }
}
