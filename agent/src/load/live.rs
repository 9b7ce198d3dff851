//! One host that pushes a snapshot every interval.

use std::sync::Arc;
use std::time::Duration;

use highwater_wire::Record;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::Member;
use super::figures::Figures;
use super::push::{head, kind};
use crate::clock::Clock;
use crate::ship::{Client, EncodeError, PushError, encode_records};
use crate::source::simulated::Fleet;
use crate::source::{COUNTERS_EVERY_MS, is_due};

/// How long, and how often each host pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    pub every: Duration,
    pub lasting: Duration,
}

/// Records that wait while the server is away; beyond this the oldest are given up, as a load keeps nothing on disk.
const MOST_WAITING: usize = 60;

pub(super) struct Pushing {
    fleet: Arc<Fleet>,
    member: Member,
    client: Client,
    clock: Clock,
    told_at: Option<i64>,
    counters_told_at: Option<i64>,
    /// JSON and sessions of each record that is not acknowledged yet.
    waiting: Vec<(Vec<u8>, u64)>,
    figures: Figures,
}

impl Pushing {
    pub(super) fn new(fleet: Arc<Fleet>, member: Member, client: Client, clock: Clock) -> Self {
        Self {
            fleet,
            member,
            client,
            clock,
            told_at: None,
            counters_told_at: None,
            waiting: Vec::new(),
            figures: Figures::default(),
        }
    }

    pub(super) fn end(self) -> (Member, Figures) {
        (self.member, self.figures)
    }

    /// Pushes each interval from `first` on, as long as the load lasts from `began` on.
    pub(super) async fn go_on(&mut self, began: Instant, first: Instant, live: Live) {
        let ends = began + live.lasting;
        let mut ticks = interval_at(first, live.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut next = first;
        while next < ends {
            let due = ticks.tick().await;
            next = due + live.every;
            if due.elapsed() > live.every {
                self.figures.late += 1;
            }
            let secs = u32::try_from(live.every.as_secs()).unwrap_or(u32::MAX).max(1);
            if let Err(error) = self.observe(secs) {
                tracing::error!(%error, "a record cannot be written");
            }
            self.push().await;
        }
    }

    fn observe(&mut self, sampling_secs: u32) -> Result<(), EncodeError> {
        let now_at = self.clock.now_at();
        let fleet = Arc::clone(&self.fleet);
        let host = fleet.host(self.member.host);
        let since = self.told_at.replace(now_at);
        let mut records: Vec<Record> = match since {
            None => vec![Record::Host(host.facts_at(now_at))],
            Some(since) => host.events_between(since, now_at).into_iter().map(Record::Event).collect(),
        };
        if is_due(self.counters_told_at, now_at, COUNTERS_EVERY_MS) {
            self.counters_told_at = Some(now_at);
            records.push(Record::Counters(host.counters_at(now_at)));
        }
        records.push(Record::Snapshot(host.snapshot_at(now_at, sampling_secs)));
        for record in records {
            let sessions = if let Record::Snapshot(snapshot) = &record { snapshot.sessions.len() as u64 } else { 0 };
            self.waiting.push((serde_json::to_vec(&record).map_err(std::io::Error::from)?, sessions));
        }
        let beyond = self.waiting.len().saturating_sub(MOST_WAITING);
        for _ in self.waiting.drain(..beyond) {
            self.figures.failed("a record was given up: too many waited");
        }
        Ok(())
    }

    async fn push(&mut self) {
        let json: Vec<&[u8]> = self.waiting.iter().map(|(json, _)| json.as_slice()).collect();
        let body = match encode_records(&head(&self.member, self.clock.now_at()), &json) {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, "a batch cannot be written");
                self.waiting.clear();
                return;
            }
        };
        let (records, bytes) = (self.waiting.len() as u64, body.len() as u64);
        let sessions = self.waiting.iter().map(|(_, sessions)| sessions).sum();
        let began = Instant::now();
        match self.client.push_encoded(&self.member.key, body).await {
            Ok(ack) => {
                self.figures.acknowledged(records, sessions, bytes, began.elapsed());
                self.member.next_seq = ack.acked_seq + 1;
                self.waiting.clear();
            }
            Err(PushError::SequenceHole { expected_seq, .. }) => {
                // What waits is renumbered: the server decides where this epoch goes on.
                self.figures.failed("the server expected another sequence number");
                self.member.next_seq = expected_seq;
            }
            Err(error) => {
                tracing::debug!(%error, host = self.member.host, "a push failed");
                self.figures.failed(kind(&error));
            }
        }
    }
}
