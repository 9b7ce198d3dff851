//! Takes records out of the spool to the server, until it is told to stop.

use std::time::Duration;

use highwater_wire::{AgentSettings, AgentState, Batch, NEW_EPOCH_SEQ};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::answer::PushError;
use super::client::Client;
use super::encode::{EncodeError, encode_records};
use super::keys::Ring;
use super::pace::Pace;
use super::report::Log;
use crate::clock::Clock;
use crate::spool::{Most, Run, Settled, Shared, Spool, SpoolError};

/// Most records in one batch, unless the server wants fewer.
const RECORDS: usize = 1_000;
/// Most bytes of JSON in one batch: as much as compresses well below the wire's limit, and little enough to keep in memory.
const BYTES: usize = 4 << 20;

/// How shipping stands, for whoever waits for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// What the server last asked of this agent.
    pub settings: AgentSettings,
    /// How often something had been appended when it last found nothing that waits.
    pub drained_at: Option<u64>,
    /// Records acknowledged since the start.
    pub acked_records: u64,
}

/// What a courier needs of its surroundings.
pub struct Courier {
    pub client: Client,
    pub ring: Ring,
    pub spool: Shared,
    pub clock: Clock,
    pub boot_id: String,
    pub standing: watch::Sender<Standing>,
    /// Told whenever something was appended.
    pub appended: watch::Receiver<u64>,
}

/// Without the key.
impl std::fmt::Debug for Courier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Courier").field("client", &self.client).field("boot_id", &self.boot_id).finish_non_exhaustive()
    }
}

/// The waits and counts of one run.
#[derive(Debug)]
struct Trip {
    pace: Pace,
    log: Log,
    /// Most records in the next batch; halved when the server finds one too large.
    records: usize,
}

enum Next {
    Now,
    /// Nothing waits.
    WhenAppended,
    After(Duration),
}

impl Courier {
    /// Ships until it is told to stop. What is on the way then is dropped: without an acknowledgement it is sent again.
    pub(crate) async fn run(mut self, pace: Pace, stop: CancellationToken) {
        let mut trip = Trip { pace, log: Log::default(), records: RECORDS };
        let mut next = Next::After(trip.pace.first());
        loop {
            let waited = match next {
                Next::Now => stop.run_until_cancelled(tokio::task::yield_now()).await,
                Next::After(wait) => stop.run_until_cancelled(tokio::time::sleep(wait)).await,
                Next::WhenAppended => {
                    // Nobody is left to append: what waits is the end.
                    let more = async {
                        if self.appended.changed().await.is_err() {
                            std::future::pending::<()>().await;
                        }
                    };
                    stop.run_until_cancelled(more).await
                }
            };
            if waited.is_none() {
                return;
            }
            next = match stop.run_until_cancelled(self.step(&mut trip)).await {
                Some(next) => next,
                None => return,
            };
        }
    }

    async fn step(&mut self, trip: &mut Trip) -> Next {
        // Before the spool is read: what is appended from here on wakes the next step.
        let appended = *self.appended.borrow_and_update();
        let most = Most { records: trip.records, bytes: BYTES };
        let (run, asks) = self.spool.with(move |spool| (spool.next(most), spool.must_ask())).await;
        let run = match run {
            Ok(run) => run,
            Err(error) => return self.failed_on_disk(trip, &error),
        };
        let is_idle = run.records.is_empty() && !asks;
        if is_idle {
            self.standing.send_modify(|s| s.drained_at = Some(appended));
            return Next::WhenAppended;
        }
        match self.push(&run).await {
            Ok((cursor, store_id)) => {
                trip.log.works(self.client.server());
                trip.records = (trip.records * 2).min(RECORDS);
                let next = self.settle(trip, cursor, Some(store_id), run.records.len()).await;
                let is_asked = self.standing.borrow().settings.rotate_key;
                if is_asked || self.ring.is_changing() {
                    self.ring.change(&self.client).await;
                }
                // A server that says yes and takes nothing is not asked without end.
                if cursor < run.first_seq && !run.records.is_empty() {
                    return Next::After(trip.pace.backoff());
                }
                next
            }
            Err(error) => self.failed(trip, &run, error).await,
        }
    }

    /// Pushes one batch and answers where the server stands, and the name of its store.
    async fn push(&self, run: &Run) -> Result<(u64, String), PushError> {
        let head = Batch {
            epoch: run.epoch.clone(),
            first_seq: run.first_seq,
            boot_id: self.boot_id.clone(),
            sent_at: self.clock.now_at(),
            agent_version: env!("CARGO_PKG_VERSION").to_owned(),
            queued_records: run.behind,
            records: Vec::new(),
        };
        let body = encode_records(&head, &run.records).map_err(|error| match error {
            EncodeError::TooLarge(_) => PushError::TooLarge { detail: error.to_string() },
            EncodeError::Write(_) => PushError::Malformed { detail: error.to_string() },
        })?;
        let ack = self.client.push_encoded(self.ring.current(), body).await?;
        self.standing.send_if_modified(|s| {
            s.settings != ack.settings && {
                s.settings = ack.settings;
                true
            }
        });
        Ok((ack.acked_seq, ack.store_id))
    }

    async fn settle(&self, trip: &mut Trip, cursor: u64, store: Option<String>, sent: usize) -> Next {
        let settled = self
            .spool
            .with(move |spool| {
                let is_other = spool.store_id().zip(store.as_deref()).is_some_and(|(old, new)| old != new);
                spool.settle(cursor, store.as_deref()).map(|settled| (settled, is_other))
            })
            .await;
        match settled {
            Ok((settled, is_other)) => {
                if is_other {
                    tracing::warn!("the server answers from another store than before");
                }
                match settled {
                    Settled::Forward => {
                        trip.pace.succeeded();
                        self.standing.send_modify(|s| s.acked_records += sent as u64);
                        return Next::Now;
                    }
                    Settled::Back(records) => tracing::warn!(records, "the server went back; sending again"),
                    Settled::NewEpoch => tracing::warn!("server and spool do not fit together; starting a new epoch"),
                }
                Next::After(trip.pace.backoff())
            }
            Err(error) => self.failed_on_disk(trip, &error),
        }
    }

    async fn failed(&mut self, trip: &mut Trip, run: &Run, error: PushError) -> Next {
        let is_unknown = matches!(error, PushError::KeyUnknown { .. });
        if is_unknown && self.ring.fall_back(&self.client).await {
            return Next::Now;
        }
        match &error {
            PushError::SequenceHole { expected_seq, .. } if *expected_seq >= NEW_EPOCH_SEQ => {
                tracing::warn!(
                    "another spool has given these numbers to other records: this one is a copy, and goes on with its own"
                );
                return match self.spool.with(Spool::renumber).await {
                    Ok(()) => Next::After(trip.pace.backoff()),
                    Err(error) => self.failed_on_disk(trip, &error),
                };
            }
            PushError::SequenceHole { expected_seq, store_id } => {
                let next = self.settle(trip, expected_seq.saturating_sub(1), store_id.clone(), 0).await;
                // A server that finds a hole where there is none would otherwise be asked without end.
                let is_odd = *expected_seq == run.first_seq;
                return if is_odd { Next::After(trip.pace.backoff()) } else { next };
            }
            PushError::Refused { seq, detail } => {
                let is_ours = (run.first_seq..run.first_seq + run.records.len() as u64).contains(seq);
                if is_ours {
                    tracing::warn!(seq, detail, "the server refuses a record; a gap takes its place");
                    let (seq, why) = (*seq, detail.clone());
                    self.spool.with(move |spool| spool.refuse(seq, &why)).await;
                    return Next::Now;
                }
            }
            PushError::TooLarge { detail } if run.records.len() > 1 => {
                trip.records = run.records.len() / 2;
                tracing::debug!(records = trip.records, detail, "the batch is too large; sending fewer records");
                return Next::Now;
            }
            PushError::TooLarge { detail } if run.records.len() == 1 => {
                let (seq, why) = (run.first_seq, detail.clone());
                tracing::warn!(seq, detail, "a record is too large for the server; a gap takes its place");
                self.spool.with(move |spool| spool.refuse(seq, &why)).await;
                return Next::Now;
            }
            PushError::NotAllowed { .. } => return self.wait_for_a_person(trip, error).await,
            _ => {}
        }
        trip.log.fails(&error);
        Next::After(trip.pace.after(&error))
    }

    /// Asks for the own state, slowly, instead of sending batches that are refused.
    async fn wait_for_a_person(&self, trip: &mut Trip, mut error: PushError) -> Next {
        loop {
            trip.log.fails(&error);
            tokio::time::sleep(trip.pace.after(&error)).await;
            error = match self.client.status(self.ring.current()).await {
                Ok(status) if status.state == AgentState::Approved => return Next::Now,
                Ok(status) => PushError::NotAllowed { state: status.state, detail: format!("{:?}", status.state) },
                Err(error @ PushError::NotAllowed { .. }) => error,
                Err(other) => {
                    trip.log.fails(&other);
                    return Next::After(trip.pace.after(&other));
                }
            };
        }
    }

    fn failed_on_disk(&self, trip: &mut Trip, error: &SpoolError) -> Next {
        trip.log.disk(error);
        Next::After(trip.pace.backoff())
    }
}
