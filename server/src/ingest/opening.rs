//! The first half of a group's transaction: which records of its batches are new.
//!
//! A spool that was copied with its disk, or brought back from an older copy, gives its next records numbers that are taken. Whether a
//! record comes again, or another one under its number, is told by when it was observed. Another one is not taken for the one that is
//! there: its spool is sent into a new epoch, and nothing of either is lost.

use std::borrow::Cow;
use std::collections::HashMap;

use highwater_wire as wire;
use metrics::counter;
use tracing::{debug, warn};

use super::committer::{BUSY, Waiting};
use super::group::{Answers, Failure, on};
use super::names::Names;
use super::quota::{Cut, Ledger};
use super::{Accepted, Batch, Counters, Record, Refusal, plan};
use crate::model::event::NewEvent;
use crate::model::gap::Gap;
use crate::model::host::Facts;
use crate::model::intake::{Measure, Quota};
use crate::model::{AgentId, HostId};
use crate::store::cursors::{Advanced, Spool};
use crate::store::parts::{self, Whole};
use crate::store::{Tx, agents, cursors};

/// Most bytes of parts of one host that wait for others. The largest snapshot that is taken, a million sessions, has some 140 MB.
const MOST_PART_BYTES: u64 = 256 << 20;

/// A group whose cursors are locked.
pub(super) struct Opened<'a> {
    /// In order of host, so that two processes write their rows in one order.
    pub(super) ready: Vec<Ready<'a>>,
    /// Where the cursors stand after this group.
    pub(super) advanced: Vec<Advanced<'a>>,
    pub(super) ledger: Ledger<'a>,
    /// In the order of the group.
    pub(super) answers: Answers,
}

/// The new records of one batch, each with its sequence number.
pub(super) struct Ready<'a> {
    pub(super) host: HostId,
    pub(super) agent: AgentId,
    pub(super) batch: &'a Batch,
    pub(super) epoch_number: u128,
    /// Nothing of this spool was stored before: nothing of it needs to be read back.
    pub(super) is_new_spool: bool,
    pub(super) snapshots: Vec<(u64, Cow<'a, wire::Snapshot>)>,
    pub(super) events: Vec<(u64, &'a NewEvent)>,
    /// Events for which there is no room, and what there was too much of.
    pub(super) left_out: Vec<&'a NewEvent>,
    pub(super) over: Option<Measure>,
    pub(super) facts: Vec<(u64, &'a Facts)>,
    pub(super) gaps: Vec<(u64, &'a Gap)>,
    pub(super) counters: Vec<(u64, &'a Counters)>,
}

/// What a group is judged by.
pub(super) struct Bench<'n, 'a> {
    pub(super) names: &'n mut Names,
    pub(super) quota: &'a Quota,
    pub(super) now_at: i64,
}

pub(super) async fn open<'a>(
    tx: &mut Tx,
    group: &'a [Waiting],
    Bench { names, quota, now_at }: Bench<'_, 'a>,
) -> Result<Opened<'a>, Failure> {
    let mut holders: Vec<_> = group.iter().map(|waiting| waiting.from).collect();
    // A late agent has many batches in a group.
    holders.dedup();
    let approved = agents::approved(tx, &holders).await?;
    let (order, others): (Vec<_>, Vec<_>) =
        in_order(group).into_iter().partition(|(_, waiting)| approved.contains(&waiting.from));
    let mut spools: Vec<Spool<'_>> = order.iter().map(|(_, waiting)| spool(waiting)).collect();
    spools.dedup();
    let before = cursors::lock(tx, &spools, now_at).await?;
    let mut cursors = before.clone();
    let mut marks: HashMap<Spool<'_>, Option<i64>> = HashMap::new();
    let mut hosts: Vec<HostId> = spools.iter().map(|(host, _)| *host).collect();
    hosts.dedup();
    let mut ledger = Ledger::open(tx, quota, &hosts, now_at).await?;
    let mut answers = vec![Err(BUSY); group.len()];
    others.into_iter().for_each(|(index, _)| answers[index] = Err(Refusal::KeyChanged));
    let mut ready = Vec::with_capacity(group.len());
    for (index, waiting) in order {
        let spool = spool(waiting);
        let Some(cursor) = cursors.get_mut(&spool) else { continue };
        let news = match plan::news(&waiting.batch, *cursor) {
            Ok(news) => news,
            Err(refusal) => {
                answers[index] = Err(turned_away(tx, (&mut *names, &mut ledger), (waiting, *cursor), refusal).await?);
                continue;
            }
        };
        if is_another(tx, waiting, (*cursor, marks.get(&spool).copied())).await? {
            answers[index] = Err(Refusal::OtherRecords);
            continue;
        }
        let cut = match ledger.admit(tx, names, (waiting, &news), *cursor == 0).await? {
            Ok(cut) => cut,
            Err(refusal) => {
                answers[index] = Err(turned_away(tx, (&mut *names, &mut ledger), (waiting, *cursor), refusal).await?);
                continue;
            }
        };
        let is_new_spool = before.get(&spool) == Some(&0);
        ready.push(read(tx, names, (waiting, news.skip, cut), is_new_spool).await?);
        if news.acked_seq > *cursor {
            marks.insert(spool, waiting.batch.observed_at(news.acked_seq));
        }
        *cursor = news.acked_seq;
        answers[index] = Ok(Accepted { acked_seq: news.acked_seq });
    }
    let changed = |spool| {
        let now = *cursors.get(&spool)?;
        (before.get(&spool) != Some(&now)).then(|| (spool, now, marks.get(&spool).copied().flatten()))
    };
    Ok(Opened { ready, advanced: spools.into_iter().filter_map(changed).collect(), ledger, answers })
}

/// The answer to a batch of which nothing is stored. The cursor of a new spool is made all the same, and so it is counted: whoever begins one spool
/// after the other is over his quota at last, and held then.
async fn turned_away<'a>(
    tx: &mut Tx,
    (names, ledger): (&mut Names, &mut Ledger<'a>),
    (waiting, cursor): (&'a Waiting, u64),
    refusal: Refusal,
) -> Result<Refusal, Failure> {
    if cursor > 0 || matches!(refusal, Refusal::OverQuota { .. }) {
        return Ok(refusal);
    }
    let nothing = plan::News { skip: waiting.batch.records.len(), acked_seq: cursor };
    Ok(ledger.admit(tx, names, (waiting, &nothing), true).await?.err().unwrap_or(refusal))
}

/// Whether a batch has another record under the number of the last one that is stored, or ends before that: no spool whose records these are
/// is behind by more than the batch whose answer was lost, and that one it shows again. `mark`: of the last one, if this group brought it.
async fn is_another(
    tx: &mut Tx,
    waiting: &Waiting,
    (acked_seq, mark): (u64, Option<Option<i64>>),
) -> Result<bool, sqlx::Error> {
    let batch = &waiting.batch;
    if !batch.records.is_empty() && batch.seq(batch.records.len()) <= acked_seq {
        return Ok(true);
    }
    let Some(observed_at) = batch.observed_at(acked_seq).filter(|_| acked_seq > 0) else { return Ok(false) };
    let mark = match mark {
        Some(mark) => mark,
        None => cursors::mark(tx, spool(waiting)).await?,
    };
    Ok(mark.is_some_and(|mark| mark != observed_at))
}

/// By host, spool and number, each with its place in the group.
fn in_order(group: &[Waiting]) -> Vec<(usize, &Waiting)> {
    let mut order: Vec<_> = group.iter().enumerate().collect();
    order.sort_by_key(|(_, w)| (w.from.host, w.batch.epoch.as_str(), w.batch.first_seq));
    order
}

fn spool(waiting: &Waiting) -> Spool<'_> {
    (waiting.from.host, &waiting.batch.epoch)
}

impl Opened<'_> {
    pub(super) fn sessions(&self) -> Vec<&wire::Session> {
        self.ready.iter().flat_map(|r| &r.snapshots).flat_map(|(_, snapshot)| &snapshot.sessions).collect()
    }
}

/// Sorts the new records of a batch by kind. Parts of a snapshot wait in the store until the last one has come.
async fn read<'a>(
    tx: &mut Tx,
    names: &Names,
    (waiting, skip, cut): (&'a Waiting, usize, Option<Cut>),
    is_new_spool: bool,
) -> Result<Ready<'a>, Failure> {
    let batch = &waiting.batch;
    let mut ready = Ready {
        host: waiting.from.host,
        agent: waiting.from.agent,
        batch,
        epoch_number: u128::from_str_radix(&batch.epoch, 16).unwrap_or_default(),
        is_new_spool,
        snapshots: Vec::new(),
        events: Vec::new(),
        left_out: Vec::new(),
        over: cut.map(|cut| cut.measure),
        facts: Vec::new(),
        gaps: Vec::new(),
        counters: Vec::new(),
    };
    for (index, record) in batch.records.iter().enumerate().skip(skip) {
        let seq = batch.seq(index);
        match record {
            Record::Snapshot(snapshot) => {
                let whole = match snapshot.part {
                    None => Some(Cow::Borrowed(snapshot)),
                    Some(part) => {
                        let kept = names.of_part(snapshot);
                        join(tx, waiting, &kept, part).await.map_err(on(seq))?.map(Cow::Owned)
                    }
                };
                ready.snapshots.extend(whole.map(|whole| (seq, whole)));
            }
            Record::Event(event) if cut.is_some_and(|cut| ready.events.len() >= cut.kept) => ready.left_out.push(event),
            Record::Event(event) => ready.events.push((seq, event)),
            Record::Facts(facts) => ready.facts.push((seq, facts)),
            Record::Gap(gap) => ready.gaps.push((seq, gap)),
            Record::Counters(counters) => ready.counters.push((seq, counters)),
            Record::Unknown => counter!("highwater_ingest_unknown_records_total").increment(1),
        }
    }
    Ok(ready)
}

/// Keeps a part; with the last one, answers the whole snapshot.
async fn join(
    tx: &mut Tx,
    waiting: &Waiting,
    snapshot: &wire::Snapshot,
    part: wire::Part,
) -> Result<Option<wire::Snapshot>, sqlx::Error> {
    let whole = Whole { host: waiting.from.host, epoch: &waiting.batch.epoch, taken_at: snapshot.taken_at };
    let body = serde_json::to_vec(snapshot).map_err(|error| sqlx::Error::Encode(error.into()))?;
    parts::keep(tx, whole, part.index, &body).await?;
    if part.index == 0 {
        let incomplete = parts::drop_older(tx, whole).await?;
        if incomplete > 0 {
            debug!(host = %waiting.from.host, incomplete, "split snapshots whose last part never came are dropped");
        }
    }
    if parts::bound(tx, whole.host, MOST_PART_BYTES).await? {
        warn!(host = %whole.host, "split snapshots of this host take more room than any need; what waited of them is dropped");
        return Ok(None);
    }
    if part.index + 1 < part.of {
        return Ok(None);
    }
    let bodies = parts::take(tx, whole).await?;
    let read = |(index, body): (u32, Vec<u8>)| Ok((index, serde_json::from_slice(&body)?));
    let parts = bodies.into_iter().map(read).collect::<Result<_, serde_json::Error>>();
    Ok(plan::whole(parts.map_err(|error| sqlx::Error::Decode(error.into()))?))
}
