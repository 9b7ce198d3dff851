//! The queue before the store, and the one task that empties it: all batches that wait go into one transaction, so that ten
//! thousand agents cost a few durable commits a second.

use std::sync::Arc;
use std::time::Duration;

use metrics::{counter, histogram};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::accept::Acceptor;
use super::decode::{self, Encoding};
use super::{Accepted, Batch, Refusal};
use crate::clock::Clock;
use crate::model::intake::Quota;
use crate::model::pseudonym::UserNames;
use crate::store::Db;
use crate::store::agents::Keyholder;

/// Most batches that wait, and most bytes that they have together when unpacked.
const MAX_WAITING: usize = 4_096;
const MAX_WAITING_BYTES: usize = 64 << 20;
/// Most that goes into one transaction.
const MAX_GROUP: usize = 512;
const MAX_GROUP_BYTES: usize = 16 << 20;
/// From this many on a transaction begins at once.
const MANY: usize = 64;
/// Bodies longer than this, as sent or unpacked, are decoded off the runtime's own threads, a few at a time: whoever waits for these
/// threads would wait for them, too, and their memory adds up.
const LARGE_BODY_BYTES: usize = 64 << 10;
const LARGE_UNPACKED_BYTES: usize = 1 << 20;
const LARGE_BODIES_AT_ONCE: usize = 4;

pub(super) const BUSY: Refusal = Refusal::TryLater { after: Duration::from_secs(5) };
pub(super) const DOWN: Refusal = Refusal::TryLater { after: Duration::from_secs(15) };

#[derive(Debug, Clone)]
pub struct Options {
    /// How long the first batch of a group waits for others.
    pub window: Duration,
    /// Snapshots may be this old: older ones are not kept.
    pub oldest: Duration,
    pub user_names: UserNames,
    /// What each host may send.
    pub quota: Quota,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            window: Duration::from_millis(100),
            oldest: Duration::from_secs(400 * 86_400),
            user_names: UserNames::Shown,
            quota: Quota::default(),
        }
    }
}

/// Accepts batches; clones share one committer, which puts all batches that wait into one transaction.
#[derive(Debug, Clone)]
pub struct Ingest {
    clock: Clock,
    oldest_ms: i64,
    queue: mpsc::Sender<Message>,
    waiting_bytes: Arc<Semaphore>,
    large_bodies: Arc<Semaphore>,
}

#[derive(Debug)]
enum Message {
    Batch(Waiting),
    Stop(oneshot::Sender<()>),
}

/// A batch whose agent waits for the answer.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) from: Keyholder,
    pub(super) batch: Batch,
    answer: oneshot::Sender<Result<Accepted, Refusal>>,
    /// Its share of what may wait, given back with the answer.
    _share: OwnedSemaphorePermit,
}

impl Ingest {
    /// Starts the committer on the current runtime. It ends when the last clone is dropped, after what waits is stored.
    #[must_use]
    pub fn start(db: Db, clock: Clock) -> Self {
        Self::start_with(db, clock, Options::default())
    }

    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_with(db: Db, clock: Clock, options: Options) -> Self {
        let (queue, waiting) = mpsc::channel(MAX_WAITING);
        let oldest_ms = i64::try_from(options.oldest.as_millis()).unwrap_or(i64::MAX);
        let acceptor = Acceptor::new(db, clock.clone(), options.user_names, options.quota);
        tokio::spawn(run(acceptor, waiting, options.window));
        Self {
            clock,
            oldest_ms,
            queue,
            waiting_bytes: Arc::new(Semaphore::new(MAX_WAITING_BYTES)),
            large_bodies: Arc::new(Semaphore::new(LARGE_BODIES_AT_ONCE)),
        }
    }

    /// As [`decode::decode`], without holding up other requests.
    ///
    /// # Errors
    /// As there; `TryLater` if too many large bodies are being decoded.
    pub async fn decode(&self, body: impl AsRef<[u8]> + Send + 'static, encoding: Encoding) -> Result<Batch, Refusal> {
        let now_at = self.clock.now_at();
        let is_short = body.as_ref().len() <= LARGE_BODY_BYTES;
        let short = is_short.then(|| decode::decode_short(body.as_ref(), encoding, now_at, LARGE_UNPACKED_BYTES));
        let decoded = match short.flatten() {
            Some(decoded) => decoded,
            None => match self.large_bodies.acquire().await {
                Ok(_one_of_few) => {
                    let work = tokio::task::spawn_blocking(move || decode::decode(body.as_ref(), encoding, now_at));
                    work.await.unwrap_or(Err(BUSY))
                }
                Err(_) => Err(BUSY),
            },
        };
        let decoded = decoded.and_then(|batch| batch.younger_than(now_at.saturating_sub(self.oldest_ms)));
        decoded.inspect_err(|refusal| count(refusal.outcome()))
    }

    /// Stores the batch and answers once that is durable.
    ///
    /// # Errors
    /// Says why not; see [`Refusal`].
    pub async fn accept(&self, from: Keyholder, batch: Batch) -> Result<Accepted, Refusal> {
        let outcome = self.enqueue(from, batch).await;
        count(outcome.as_ref().map_or_else(Refusal::outcome, |_| "accepted"));
        outcome
    }

    async fn enqueue(&self, from: Keyholder, batch: Batch) -> Result<Accepted, Refusal> {
        let bytes = u32::try_from(batch.decoded_bytes.min(MAX_WAITING_BYTES)).unwrap_or(u32::MAX);
        let share = Arc::clone(&self.waiting_bytes).try_acquire_many_owned(bytes).map_err(|_| BUSY)?;
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Message::Batch(Waiting { from, batch, answer, _share: share })).map_err(|_| BUSY)?;
        answered.await.unwrap_or(Err(BUSY))
    }

    /// Lets no more batches in and returns when what waits is stored and answered.
    pub async fn stop(&self) {
        let (stopped, is_stopped) = oneshot::channel();
        if self.queue.send(Message::Stop(stopped)).await.is_ok() {
            let _ = is_stopped.await;
        }
    }

    /// Whether the committer runs, for `/readyz`.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !self.queue.is_closed()
    }
}

impl Waiting {
    pub(super) fn answer(self, outcome: Result<Accepted, Refusal>) {
        // The agent may have gone; it will ask again and be told.
        let _ = self.answer.send(outcome);
    }
}

fn count(outcome: &'static str) {
    counter!("highwater_ingest_batches_total", "outcome" => outcome).increment(1);
}

async fn run(mut acceptor: Acceptor, mut queue: mpsc::Receiver<Message>, window: Duration) {
    let mut stops = Vec::new();
    while let Some(group) = next_group(&mut queue, window, &mut stops).await {
        if !group.is_empty() {
            let began = Instant::now();
            acceptor.store(group).await;
            histogram!("highwater_ingest_commit_seconds").record(began.elapsed().as_secs_f64());
        }
        if !stops.is_empty() {
            // From here on `recv` yields what waits and then ends.
            queue.close();
        }
    }
    for stopped in stops {
        let _ = stopped.send(());
    }
}

/// Waits for a first batch, then for others: until the window ends, at once if many wait already. None at the end.
async fn next_group(
    queue: &mut mpsc::Receiver<Message>,
    window: Duration,
    stops: &mut Vec<oneshot::Sender<()>>,
) -> Option<Vec<Waiting>> {
    let mut group = Vec::new();
    let mut bytes = 0;
    let mut take = |message, group: &mut Vec<Waiting>| match message {
        Message::Batch(waiting) => {
            bytes += waiting.batch.decoded_bytes;
            group.push(waiting);
            bytes < MAX_GROUP_BYTES && group.len() < MAX_GROUP
        }
        Message::Stop(stopped) => {
            stops.push(stopped);
            false
        }
    };
    let mut goes_on = take(queue.recv().await?, &mut group);
    let ends_at = Instant::now() + window;
    while goes_on {
        let message = match queue.try_recv() {
            Ok(message) => Some(message),
            Err(_) if group.len() >= MANY => None,
            Err(_) => timeout_at(ends_at, queue.recv()).await.ok().flatten(),
        };
        goes_on = message.is_some_and(|message| take(message, &mut group));
    }
    Some(group)
}
