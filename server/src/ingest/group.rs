//! One transaction for a group of batches. The order matters:
//!
//! 1. lock the cursors, in one order, so that two server processes never wait for each other in a circle;
//! 2. leave out what is stored already, refuse what comes after a hole, put split snapshots together;
//! 3. intern all names at once, in one order;
//! 4. events, facts (and with them the hosts' groups) and gaps; then the frames, the hosts' states, the touched hours and the cursors, in one order each and many in
//!    a statement;
//! 5. what is to be told in the audit log, whose end nobody else has from there on;
//! 6. commit; only then is anything remembered (names, the bases of delta frames) and answered.

use std::collections::{BTreeMap, HashMap};

use highwater_wire as wire;
use metrics::counter;
use tracing::warn;

use super::committer::Waiting;
use super::followed::Followed;
use super::memory::Memory;
use super::moved::Moved;
use super::names::Names;
use super::opening::{self, Bench, Ready};
use super::{Accepted, Batch, Refusal, moved, plan, weight};
use crate::history::{due, frame};
use crate::model::event::NewEvent;
use crate::model::gap::{EVENTS_LEFT_OUT, Gap};
use crate::model::group::Rules;
use crate::model::host::{Facts, Heard, Now};
use crate::model::intake::{Measure, Quota};
use crate::model::pseudonym::UserNames;
use crate::model::snapshot::Snapshot;
use crate::model::time::hour_start;
use crate::model::unit::Unit;
use crate::model::withheld;
use crate::model::{ClientId, HostId, UserId};
use crate::store::frames::NewFrame;
use crate::store::{Db, Tx, changes, counters, cursors, events, frames, gaps, groups, hosts, shares, work};

/// Most bytes of last snapshots that are remembered as bases: some ten a session.
const MAX_REMEMBERED_BYTES: usize = 192 << 20;
/// What remembering a snapshot takes beside its bytes.
const ENTRY_BYTES: usize = 64;

pub(super) type Answers = Vec<Result<Accepted, Refusal>>;
/// A stream of snapshots: one spool of one host.
type Stream = (HostId, u128);

/// What is remembered between groups. Everything in here is committed.
#[derive(Debug)]
pub(super) struct Remembered {
    names: Names,
    /// The last snapshot of each stream, as an unpacked key frame: the next one is pinned to it and encoded against it.
    last: Memory<Stream, Box<[u8]>>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Mode {
    pub(super) now_at: i64,
    /// What each host may send.
    pub(super) quota: Quota,
    /// Goes record by record, so that an error names the record it fell on.
    pub(super) is_alone: bool,
}

#[derive(Debug)]
pub(super) enum Failure {
    /// The store's error, and the record that it fell on if it fell on one.
    Store { error: sqlx::Error, seq: Option<u64> },
    /// Some host has a snapshot of the same instant as one in the group already. The first one stays, and what follows in the group
    /// is not based on the other: that host's batches have to be taken one by one. With all hosts and instants of the group.
    Repeated(Vec<(HostId, i64)>),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Store { error, seq: None }
    }
}

pub(super) fn on(seq: u64) -> impl Fn(sqlx::Error) -> Failure {
    move |error| Failure::Store { error, seq: Some(seq) }
}

impl Remembered {
    pub(super) fn new(user_names: UserNames) -> Self {
        Self { names: Names::new(user_names), last: Memory::new(MAX_REMEMBERED_BYTES, |last| last.len() + ENTRY_BYTES) }
    }
}

/// Stores the group. The answers hold only when this returns them: then everything is durable, on an error nothing is.
pub(super) async fn store(
    db: &Db,
    remembered: &mut Remembered,
    group: &[Waiting],
    mode: Mode,
) -> Result<Answers, Failure> {
    let mut tx = db.begin().await?;
    remembered.names.begin(&mut tx, mode.now_at).await?;
    let bench = Bench { names: &mut remembered.names, quota: &mode.quota, now_at: mode.now_at };
    let opened = opening::open(&mut tx, group, bench).await?;
    let (ids, met) = remembered.names.of_group(&mut tx, &opened.sessions(), mode.now_at).await?;
    // Not remembered: another process, or another spool, may have brought a newer one.
    let mut reporting: Vec<HostId> = opened.ready.iter().map(|ready| ready.host).collect();
    reporting.dedup();
    let newest = hosts::newest_at(&mut tx, &reporting).await?;
    let followed = Followed::read(&mut tx).await?;
    let mut work = Work {
        db,
        tx,
        mode,
        are_names_shown: remembered.names.are_shown(),
        ids: &ids,
        remembered: &mut remembered.last,
        last: HashMap::new(),
        newest,
        rules: None,
        followed,
        moved: Vec::new(),
        frames: Vec::new(),
        states: BTreeMap::new(),
        touched: BTreeMap::new(),
        stored: BTreeMap::new(),
        snapshots: 0,
        sessions: 0,
    };
    for ready in &opened.ready {
        work.batch(ready).await?;
    }
    work.write().await?;
    let Work { mut tx, moved, last, stored, snapshots, sessions, .. } = work;
    cursors::advance(&mut tx, &opened.advanced, mode.now_at).await?;
    let mut ledger = opened.ledger;
    ledger.charge(stored);
    ledger.write(&mut tx).await?;
    moved::tell(&mut tx, moved, mode.now_at).await?;
    tx.commit().await?;
    counter!("highwater_ingest_snapshots_total").increment(snapshots);
    counter!("highwater_ingest_sessions_total").increment(sessions);
    remembered.names.keep(met);
    for (stream, snapshot) in last {
        remembered.last.keep(stream, frame::encode_unpacked(&snapshot).into());
    }
    Ok(opened.answers)
}

/// The transaction, and what is to be remembered if it is committed.
struct Work<'a> {
    db: &'a Db,
    tx: Tx,
    mode: Mode,
    /// Else what agents and hosts say in their own words is not kept: names may stand in it.
    are_names_shown: bool,
    /// Of the sessions of all snapshots that are still to come, in order.
    ids: &'a [(ClientId, UserId)],
    remembered: &'a mut Memory<Stream, Box<[u8]>>,
    /// The newest snapshots of the streams in this group; also those that the group did not bring itself.
    last: HashMap<Stream, Snapshot>,
    /// When the newest snapshot of each host was taken.
    newest: HashMap<HostId, i64>,
    /// Of groups, once they are needed.
    rules: Option<Rules>,
    /// What incidents are judged by.
    followed: Followed,
    /// Hosts that what they say took into another group.
    moved: Vec<Moved>,
    frames: Vec<NewFrame>,
    states: BTreeMap<HostId, (Heard, Option<Now>)>,
    /// Each with when it is due.
    touched: BTreeMap<Unit, i64>,
    /// Bytes of each host's frames.
    stored: BTreeMap<HostId, u64>,
    snapshots: u64,
    sessions: u64,
}

impl Work<'_> {
    async fn batch(&mut self, ready: &Ready<'_>) -> Result<(), Failure> {
        let mut newest: Option<Now> = None;
        for (seq, stated) in &ready.snapshots {
            let now = self.snapshot(ready, stated).await.map_err(on(*seq))?;
            newest = newest.into_iter().chain(now).max_by_key(|now| now.taken_at);
        }
        self.events(ready).await?;
        // The newest facts are enough; the store compares them with what it has.
        if let Some((seq, facts)) = ready.facts.iter().max_by_key(|(_, facts)| facts.observed_at) {
            self.facts(ready, facts).await.map_err(on(*seq))?;
        }
        for (seq, facts) in &ready.facts {
            changes::learn(&mut self.tx, ready.host, facts).await.map_err(on(*seq))?;
        }
        self.counters(ready).await?;
        for (seq, gap) in &ready.gaps {
            let gap = self.kept_gap(gap);
            gaps::insert(&mut self.tx, ready.host, &gap, self.mode.now_at).await.map_err(on(*seq))?;
        }
        if let Some(gap) = left_out(ready, self.mode.now_at) {
            let gap = self.kept_gap(&gap);
            gaps::extend(&mut self.tx, ready.host, &gap, self.mode.now_at).await?;
        }
        let (heard, now) = self.states.entry(ready.host).or_insert_with(|| (Heard::default(), None));
        *heard = heard_of(ready.batch, self.mode.now_at);
        *now = now.take().into_iter().chain(newest).max_by_key(|now| now.taken_at);
        Ok(())
    }

    /// Keeps what a host says of itself, and places it: its group may hang on it.
    async fn facts(&mut self, ready: &Ready<'_>, facts: &Facts) -> Result<(), sqlx::Error> {
        let rules = match &mut self.rules {
            Some(rules) => rules,
            // Before the first host is written to, in every transaction.
            none => none.insert(groups::hold(&mut self.tx).await?),
        };
        hosts::save_facts(&mut self.tx, ready.host, facts).await?;
        let placed = groups::place(&mut self.tx, rules, ready.host).await?;
        self.moved.extend(placed.map(|places| Moved { host: ready.host, agent: ready.agent, places }));
        Ok(())
    }

    /// Writes what was gathered, many rows in a statement.
    async fn write(&mut self) -> Result<(), Failure> {
        if frames::insert_all(&mut self.tx, &self.frames).await? < self.frames.len() as u64 {
            return Err(Failure::Repeated(self.frames.iter().map(|frame| (frame.host, frame.taken_at)).collect()));
        }
        let states: Vec<_> = self.states.iter().map(|(host, (heard, now))| (*host, heard, now.as_ref())).collect();
        hosts::save_states(&mut self.tx, &states).await?;
        std::mem::take(&mut self.followed).write(&mut self.tx).await?;
        let touched: Vec<_> = std::mem::take(&mut self.touched).into_iter().collect();
        Ok(work::touch(&mut self.tx, &touched).await?)
    }

    /// Stores a snapshot as a frame. None if the host has one of that instant already.
    async fn snapshot(&mut self, ready: &Ready<'_>, stated: &wire::Snapshot) -> Result<Option<Now>, sqlx::Error> {
        let stream = (ready.host, ready.epoch_number);
        if !ready.is_new_spool {
            self.load_last(stream, stated.taken_at).await;
        }
        let newest_at = self.newest.get(&ready.host).copied();
        let previous = self.last.get(&stream);
        let ids = self.ids.split_off(..stated.sessions.len()).ok_or(sqlx::Error::RowNotFound)?;
        let mut snapshot = plan::snapshot(stated, ids);
        plan::pin_to(previous, &mut snapshot);
        let body = frame::encode(&snapshot, previous);
        // The last of the stream came before this one only if it is the host's newest: a clock may have gone back, or the host has
        // another spool.
        let before = previous.filter(|p| newest_at.is_none_or(|at| p.taken_at >= at));
        let touched = plan::touched_hours(before, &snapshot);
        let bytes = weight::on_pages(body.len() as u64);
        if !self.keep(NewFrame { host: ready.host, taken_at: snapshot.taken_at, body }).await? {
            return Ok(None);
        }
        *self.stored.entry(ready.host).or_default() += bytes;
        for hour_at in touched {
            let due_at = due::host_hour(ready.host, hour_at, self.mode.now_at, self.remembered.len());
            self.touched.insert(Unit::HostHour { hour_at, host: ready.host }, due_at);
        }
        self.snapshots += 1;
        self.sessions += snapshot.sessions.len() as u64;
        let now = Now {
            taken_at: snapshot.taken_at,
            source: snapshot.source.clone(),
            sampling_secs: snapshot.sampling_secs,
            partial: snapshot.partial,
            totals: snapshot.totals(),
            limit: snapshot.limit,
        };
        self.followed.look(ready.host, &now, self.last.get(&stream));
        self.newest.insert(ready.host, newest_at.map_or(now.taken_at, |at| at.max(now.taken_at)));
        self.last.insert(stream, snapshot);
        Ok(Some(now))
    }

    /// False if the host has a snapshot of that instant already. In a group that turns out later ([`write`](Self::write)).
    async fn keep(&mut self, frame: NewFrame) -> Result<bool, sqlx::Error> {
        if self.mode.is_alone {
            return frames::insert(&mut self.tx, &frame).await;
        }
        self.frames.push(frame);
        Ok(true)
    }

    /// Finds the last snapshot of a stream. After a start it is read back from the store: instants stay pinned, and a delta frame has
    /// its base.
    async fn load_last(&mut self, stream: Stream, taken_at: i64) {
        if self.last.contains_key(&stream) {
            return;
        }
        let last = match self.remembered.find(&stream) {
            Some(bytes) => frame::decode(bytes, None).map(Some).map_err(|error| sqlx::Error::Decode(error.into())),
            None => frames::at(self.db, stream.0, taken_at - 1).await,
        };
        match last {
            Ok(Some(snapshot)) => _ = self.last.insert(stream, snapshot),
            Ok(None) => {}
            // It can be done without: the frame becomes a key frame.
            Err(error) => warn!(host = %stream.0, %error, "the snapshot before this one cannot be read"),
        }
    }

    /// The lists of shares one by one: each may have a day's peak.
    async fn counters(&mut self, ready: &Ready<'_>) -> Result<(), Failure> {
        let Some((last_seq, _)) = ready.counters.last() else { return Ok(()) };
        let readings = ready.counters.iter().map(|(_, counters)| counters.reading.clone());
        counters::save(&mut self.tx, ready.host, readings).await.map_err(on(*last_seq))?;
        for (seq, counters) in &ready.counters {
            if let Some(list) = &counters.shares {
                shares::save(&mut self.tx, ready.host, counters.reading.read_at, list).await.map_err(on(*seq))?;
            }
        }
        Ok(())
    }

    async fn events(&mut self, ready: &Ready<'_>) -> Result<(), Failure> {
        // Also those that are not kept: a host is looked at closely in the middle of a storm, too.
        for event in ready.events.iter().map(|(_, event)| event).chain(&ready.left_out) {
            self.followed.event(ready.host, event);
        }
        let all: Vec<NewEvent> = ready.events.iter().map(|(_, event)| self.kept_event(event)).collect();
        let now_at = self.mode.now_at;
        if self.mode.is_alone {
            for ((seq, _), event) in ready.events.iter().zip(&all) {
                let one = std::slice::from_ref(event);
                events::insert(&mut self.tx, ready.host, one, now_at).await.map_err(on(*seq))?;
            }
        } else if !all.is_empty() {
            events::insert(&mut self.tx, ready.host, &all, now_at).await?;
        }
        Ok(())
    }

    fn kept_event(&self, event: &NewEvent) -> NewEvent {
        if self.are_names_shown { event.clone() } else { withheld::event(event) }
    }

    /// Its reason and its span say what is shown.
    fn kept_gap(&self, gap: &Gap) -> Gap {
        let detail = if self.are_names_shown { gap.detail.clone() } else { String::new() };
        Gap { detail, reason: gap.reason.clone(), ..*gap }
    }
}

/// What says that events were left out. It begins with the hour in which they came, and grows within it: two rows an hour at most, one for each limit.
fn left_out(ready: &Ready<'_>, now_at: i64) -> Option<Gap> {
    let limit = match ready.over? {
        Measure::EventBytes => "limits.agent_event_megabytes_per_hour or limits.agent_event_megabytes_per_day",
        _ => "limits.agent_events_per_hour or limits.agent_events_per_day",
    };
    Some(Gap {
        from_at: hour_start(now_at),
        to_at: now_at,
        reason: EVENTS_LEFT_OUT.to_owned(),
        lost_records: Some(ready.left_out.len() as u64),
        detail: format!(
            "More events came than {limit} lets one host send. They were left out, everything else was stored."
        ),
    })
}

fn heard_of(batch: &Batch, now_at: i64) -> Heard {
    Heard {
        seen_at: now_at,
        agent_version: batch.agent_version.clone(),
        boot_id: batch.boot_id.clone(),
        queued_records: batch.queued_records.min(i64::MAX.unsigned_abs()),
        clock_skew_ms: batch.clock_skew_ms,
    }
}
