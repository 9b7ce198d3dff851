//! Pushes one host's history to its end, whatever happens on the way.

use std::time::Duration;

use highwater_wire::{Ack, Batch};
use tokio::time::Instant;

use super::batch::{Feed, Ready};
use super::figures::Figures;
use super::history::History;
use super::{LoadError, Member};
use crate::clock::Clock;
use crate::ship::PushError;

/// Pushes all records of `history`. The server decides where to go on: after an acknowledgement of less than was sent, or a
/// hole, the history is read again from there.
pub(super) async fn push_history<S, F>(
    history: History,
    member: &mut Member,
    clock: &Clock,
    mut patience: Patience,
    send: S,
) -> Result<Figures, LoadError>
where
    S: Fn(Vec<u8>) -> F,
    F: Future<Output = Result<Ack, PushError>>,
{
    let mut figures = Figures::default();
    let first_seq = member.next_seq;
    let mut feed = Feed::new(history);
    loop {
        let head = head(member, clock.now_at());
        let (returned, ready) = fill(feed, head).await?;
        feed = returned;
        let Some(ready) = ready else { return Ok(figures) };
        let last_seq = member.next_seq + ready.records - 1;
        let acked = push_one(&ready, &mut figures, &mut patience, &send).await?;
        if acked == Acked::TooLarge {
            feed.shrink();
        }
        let next_seq = match acked {
            Acked::UpTo(seq) => seq + 1,
            Acked::TooLarge => member.next_seq,
        };
        if next_seq == last_seq + 1 {
            patience.tries = 0;
        } else {
            patience.lose()?;
            feed.rewind(next_seq.saturating_sub(first_seq));
        }
        // An epoch begins with 1 and this run's history with `first_seq`: nothing before it can be sent again.
        member.next_seq = next_seq.max(first_seq);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Acked {
    UpTo(u64),
    TooLarge,
}

async fn push_one<S, F>(
    ready: &Ready,
    figures: &mut Figures,
    patience: &mut Patience,
    send: &S,
) -> Result<Acked, LoadError>
where
    S: Fn(Vec<u8>) -> F,
    F: Future<Output = Result<Ack, PushError>>,
{
    loop {
        let began = Instant::now();
        match send(ready.body.clone()).await {
            Ok(ack) => {
                figures.acknowledged(ready.records, ready.sessions, ready.body.len() as u64, began.elapsed());
                return Ok(Acked::UpTo(ack.acked_seq));
            }
            Err(PushError::SequenceHole { expected_seq, .. }) => {
                figures.failed("the server expected another sequence number");
                return Ok(Acked::UpTo(expected_seq.saturating_sub(1)));
            }
            Err(PushError::TooLarge { .. }) => {
                figures.failed("a batch was too large for the server");
                return Ok(Acked::TooLarge);
            }
            Err(error) if may_pass(&error) => {
                figures.failed(kind(&error));
                patience.wait(&error).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Compressing takes milliseconds: it must not hold up the connections of others.
async fn fill(mut feed: Feed, head: Batch) -> Result<(Feed, Option<Ready>), LoadError> {
    let filled = tokio::task::spawn_blocking(move || feed.next_batch(&head).map(|ready| (feed, ready)));
    Ok(filled.await??)
}

/// A batch of the member's without its records.
pub(super) fn head(member: &Member, sent_at: i64) -> Batch {
    Batch {
        epoch: member.epoch.clone(),
        first_seq: member.next_seq,
        boot_id: String::new(),
        sent_at,
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        queued_records: 0,
        records: Vec::new(),
    }
}

/// Whether the same push may succeed later.
pub(super) fn may_pass(error: &PushError) -> bool {
    match error {
        PushError::TryLater { .. } | PushError::Unreachable { .. } => true,
        PushError::Unexpected { status, .. } => *status >= 500,
        _ => false,
    }
}

/// An error in words that are the same for all of its kind.
pub(super) fn kind(error: &PushError) -> &'static str {
    match error {
        PushError::SequenceHole { .. } => "the server expected another sequence number",
        PushError::TryLater { .. } => "the server asked to try again later",
        PushError::Unreachable { .. } => "the server could not be reached",
        PushError::Unexpected { .. } => "the server failed",
        PushError::TooLarge { .. } => "a batch was too large for the server",
        _ => "the server refused a batch",
    }
}

/// How long to go on without success.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    tries: u32,
    first_wait: Duration,
    longest_wait: Duration,
}

const MOST_TRIES: u32 = 30;

impl Default for Patience {
    fn default() -> Self {
        Self { tries: 0, first_wait: Duration::from_millis(100), longest_wait: Duration::from_secs(10) }
    }
}

impl Patience {
    /// Waits as the server asked, else longer each time.
    pub(super) async fn wait(&mut self, error: &PushError) -> Result<(), LoadError> {
        self.lose()?;
        let asked = if let PushError::TryLater { after, .. } = error { *after } else { None };
        let own = self.first_wait * 2_u32.saturating_pow(self.tries.min(10) - 1);
        tokio::time::sleep(asked.unwrap_or(own).min(self.longest_wait)).await;
        Ok(())
    }

    fn lose(&mut self) -> Result<(), LoadError> {
        self.tries += 1;
        if self.tries > MOST_TRIES { Err(LoadError::GaveUp(MOST_TRIES)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
