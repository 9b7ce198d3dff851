//! Stores groups of batches, and sees to it that one batch that cannot be stored fails alone.

use std::collections::HashSet;

use tracing::{debug, error, info, warn};

use super::committer::{DOWN, Waiting};
use super::group::{self, Failure, Remembered};
use super::{Accepted, Refusal};
use crate::clock::Clock;
use crate::model::HostId;
use crate::model::intake::Quota;
use crate::model::pseudonym::UserNames;
use crate::store::{self, Db};

/// How often a batch is tried again alone when the database broke off to resolve a conflict.
const TRIES: usize = 4;

pub(super) struct Acceptor {
    db: Db,
    clock: Clock,
    remembered: Remembered,
    quota: Quota,
    /// The store failed the last time: said once, not for every group.
    is_failing: bool,
}

impl Acceptor {
    pub(super) fn new(db: Db, clock: Clock, user_names: UserNames, quota: Quota) -> Self {
        Self { db, clock, remembered: Remembered::new(user_names), quota, is_failing: false }
    }

    /// Stores a group and answers each batch: in one transaction, but for those that would have the others fail.
    pub(super) async fn store(&mut self, group: Vec<Waiting>) {
        let Some((group, failure)) = self.store_together(group).await else { return };
        let alone = match failure {
            Failure::Store { error, .. } => {
                warn!(batches = group.len(), %error, "a group of batches failed; each is tried alone");
                group
            }
            Failure::Repeated(frames) => self.store_others(group, &frames).await,
        };
        for waiting in alone {
            let outcome = self.store_alone(&waiting).await;
            waiting.answer(outcome);
        }
    }

    /// In one transaction. What has to be tried alone comes back.
    async fn store_together(&mut self, group: Vec<Waiting>) -> Option<(Vec<Waiting>, Failure)> {
        match self.try_to_store(&group, false).await {
            Ok(answers) => answer(group, answers),
            // The store is away: no batch would fare better alone.
            Err(Failure::Store { error, .. }) if !is_of_content(&error) && !store::is_transient(&error) => {
                self.note_failure(&error);
                let answers = group.iter().map(|_| Err(DOWN)).collect();
                answer(group, answers);
            }
            Err(failure) => return Some((group, failure)),
        }
        None
    }

    /// Stores together what is of hosts that bring nothing twice: whoever sends the same again and again must not slow down all others. The rest
    /// comes back.
    async fn store_others(&mut self, group: Vec<Waiting>, frames: &[(HostId, i64)]) -> Vec<Waiting> {
        let repeating = self.repeating(frames).await;
        let (mut alone, others): (Vec<_>, Vec<_>) =
            group.into_iter().partition(|waiting| repeating.contains(&waiting.from.host));
        debug!(batches = alone.len(), "hosts have snapshots of these instants already; their batches go alone");
        if !others.is_empty() {
            alone.extend(self.store_together(others).await.into_iter().flat_map(|(others, _)| others));
        }
        alone
    }

    /// Hosts with a snapshot of an instant of which they have one, or bring two.
    async fn repeating(&self, frames: &[(HostId, i64)]) -> HashSet<HostId> {
        let mut seen = HashSet::new();
        let mut repeating: HashSet<HostId> =
            frames.iter().filter(|frame| !seen.insert(**frame)).map(|(host, _)| *host).collect();
        match store::frames::hosts_that_have(&self.db, frames).await {
            Ok(hosts) => repeating.extend(hosts),
            Err(error) => debug!(%error, "which snapshots are there already cannot be read"),
        }
        repeating
    }

    async fn store_alone(&mut self, waiting: &Waiting) -> Result<Accepted, Refusal> {
        for _ in 0..TRIES {
            match self.try_to_store(std::slice::from_ref(waiting), true).await {
                Ok(answers) => return answers.into_iter().next().unwrap_or(Err(DOWN)),
                Err(Failure::Store { error, .. }) if store::is_transient(&error) => {}
                Err(Failure::Store { error, seq: Some(seq) }) if is_of_content(&error) => {
                    warn!(host = %waiting.from.host, seq, %error, "a record can never be stored");
                    return Err(Refusal::Refused { seq, why: format!("the database refuses it: {error}") });
                }
                Err(Failure::Store { error, .. }) => {
                    self.note_failure(&error);
                    return Err(DOWN);
                }
                Err(Failure::Repeated(_)) => return Err(DOWN),
            }
        }
        Err(DOWN)
    }

    async fn try_to_store(&mut self, group: &[Waiting], is_alone: bool) -> Result<group::Answers, Failure> {
        let mode = group::Mode { now_at: self.clock.now_at(), quota: self.quota, is_alone };
        let answers = group::store(&self.db, &mut self.remembered, group, mode).await?;
        if std::mem::take(&mut self.is_failing) {
            info!("batches are stored again");
        }
        Ok(answers)
    }

    fn note_failure(&mut self, error: &sqlx::Error) {
        if !std::mem::replace(&mut self.is_failing, true) {
            error!(%error, "batches cannot be stored; agents are told to come again");
        }
    }
}

fn answer(group: Vec<Waiting>, answers: group::Answers) {
    for (waiting, outcome) in group.into_iter().zip(answers) {
        waiting.answer(outcome);
    }
}

/// Whether what was to be stored is to blame, not the state of the database: the same will fail again.
fn is_of_content(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Encode(_) => true,
        // SQLSTATE: 22 bad value, 23 constraint, 54 too long. SQLite's primary codes, in the lowest byte: 18 too big,
        // 19 constraint, 20 type, 25 range.
        sqlx::Error::Database(error) => error.code().is_some_and(|code| match code.len() {
            5 => ["22", "23", "54"].iter().any(|class| code.starts_with(class)),
            _ => code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 18 | 19 | 20 | 25)),
        }),
        _ => false,
    }
}
