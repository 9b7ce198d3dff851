//! A chunk: everything that says something about one hour of one host, exactly. Its snapshots, and the one before the hour if
//! that still held true when the hour began (`carried`), so that whatever is derived of an hour is derived from its chunk alone.
//!
//! Sessions change little from one snapshot to the next. So a chunk holds **stays**: one session from the first to the last
//! of the successive snapshots that have it, and then what it did meanwhile, column by column.
//!
//! ```text
//! byte 0    format: 1
//! byte 1    flags: 0x01 the first snapshot is the carried one
//! varint    signed: start of the hour, in hours since 1970
//! section   heads (section.rs describes how a section is packed)
//! sections  stays: clients, users, first, started, left
//! sections  activity: gaps, values
//! sections  opens: gaps, values
//! ```
//!
//! A section for each column, since each has its own kind of numbers: packed together they would take a third more.
//!
//! Heads: a varint with the number of snapshots, then of each: a byte of flags (0x01 partial, 0x02 burst_of follows, 0x04 the head is
//! that of the snapshot before), a signed varint of the milliseconds since the snapshot before (of the first: since the start of
//! the hour), burst_of as a varint, and unless 0x04 the head as in a frame.
//!
//! Stays, in ascending order of client, user, started_at and first snapshot; the clients begin with a varint with their number:
//!
//! | column | each entry |
//! |---|---|
//! | clients | varint: difference to the entry before (from 0) |
//! | users | signed varint: difference to the entry before (from 0) |
//! | first | varint: number of the first snapshot that has the session |
//! | started | an instant (`columns.rs`) counted back from the reference of that snapshot: its `taken_at` cut to the second |
//! | left | varint: 0 if it is there to the last snapshot, else 1 + the number of snapshots that have it |
//!
//! Activity, stay by stay: the values are active_at in the first snapshot and after each change: 0 if unknown, 1 and a signed varint for
//! milliseconds before the snapshot's reference, n ≥ 2 for n − 2 whole seconds before it. The gaps are, before each change, 1 + the
//! number of snapshots without one, and 0 if no more changes come; nothing after a change in the stay's last snapshot.
//!
//! Opens likewise: 0 if unknown, n ≥ 1 for a zigzagged difference n − 1 to the number before (from 0, which also stands for unknown).

mod activity;
mod heads;
mod stays;

use std::borrow::Cow;

use super::bytes::{DecodeError, Reader, put_i64};
use super::section::{Section, put_section};
use super::stretch::Moment;
use crate::model::snapshot::{Session, Snapshot};
use crate::model::time::HOUR_MS;
use crate::model::{ClientId, UserId};

use heads::Head;
use stays::{COLUMNS, Stay};

const FORMAT: u8 = 1;
const CARRIED: u8 = 0x01;

/// Most snapshots of an hour: several spools that look twice a second.
pub const MAX_SNAPSHOTS: usize = 20_000;
/// Most sessions that all snapshots of a chunk have together; some 60 bytes each when decoded. A host with 10,000 sessions that
/// is looked at every five seconds has 7 million.
pub const MAX_OBSERVATIONS: usize = 16_000_000;
/// Heads, stays, activity and opens.
const SECTIONS: usize = 1 + COLUMNS + 4;
/// No head is longer.
const MAX_HEAD_BYTES: usize = 512;

/// What says something about an hour.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chunk {
    /// The newest snapshot before the hour, if it held true into it.
    pub carried: Option<Snapshot>,
    /// Those taken within the hour, in order.
    pub within: Vec<Snapshot>,
}

/// Who was there in which snapshots, without what they did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    pub hour_at: i64,
    /// One per snapshot, the carried one first.
    pub moments: Vec<Moment>,
    pub stays: Vec<PresentStay>,
}

/// One session in `snapshots` successive snapshots, counted by their place in [`Presence::moments`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresentStay {
    pub client: ClientId,
    pub user: UserId,
    pub first: usize,
    pub snapshots: usize,
}

/// A chunk's bytes: the same for the same snapshots, however they came together.
///
/// `within` in ascending order of `taken_at`, none twice; sessions of each snapshot in ascending order.
///
/// # Errors
/// There are more snapshots or sessions than a chunk can hold ([`MAX_SNAPSHOTS`], [`MAX_OBSERVATIONS`]).
pub fn encode(hour_at: i64, carried: Option<&Snapshot>, within: &[Snapshot]) -> Result<Vec<u8>, DecodeError> {
    debug_assert!(within.is_sorted_by(|a, b| a.taken_at < b.taken_at), "snapshots come in order");
    let snapshots: Vec<&Snapshot> = carried.into_iter().chain(within).collect();
    at_most(snapshots.len(), MAX_SNAPSHOTS)?;
    at_most(snapshots.iter().map(|s| s.sessions.len()).sum(), MAX_OBSERVATIONS)?;
    let stays = stays::of(&snapshots);
    let references: Vec<i64> = snapshots.iter().map(|s| super::columns::reference(s.taken_at)).collect();
    let mut out = vec![FORMAT, if carried.is_some() { CARRIED } else { 0 }];
    put_i64(&mut out, hour_at.div_euclid(HOUR_MS));
    put_section(&mut out, &heads::encode(hour_at, &snapshots));
    stays::encode(&references, &stays).iter().for_each(|column| put_section(&mut out, column));
    for changes in [activity::encode_active(&references, &stays), activity::encode_opens(&stays)] {
        put_section(&mut out, &changes.gaps);
        put_section(&mut out, &changes.values);
    }
    Ok(out)
}

/// # Errors
/// The bytes are not a chunk.
pub fn decode(bytes: &[u8]) -> Result<Chunk, DecodeError> {
    let front = Front::read(bytes)?;
    let heads = front.heads()?;
    let stays = front.stays(&heads)?;
    let mut snapshots = front.snapshots(&heads, &stays, None)?;
    let carried = if front.has_carried { (!snapshots.is_empty()).then(|| snapshots.remove(0)) } else { None };
    Ok(Chunk { carried, within: snapshots })
}

/// The newest snapshot taken within the hour, at or before `at`.
///
/// # Errors
/// The bytes are not a chunk.
pub fn at(bytes: &[u8], at: i64) -> Result<Option<Snapshot>, DecodeError> {
    let front = Front::read(bytes)?;
    let heads = front.heads()?;
    let within = usize::from(front.has_carried)..heads.len();
    let Some(wanted) = within.rev().find(|i| heads[*i].taken_at <= at) else { return Ok(None) };
    let snapshots = front.snapshots(&heads, &front.stays(&heads)?, Some(wanted))?;
    Ok(snapshots.into_iter().next())
}

/// When the snapshots within the hour were taken, in order.
///
/// # Errors
/// The bytes are not a chunk.
pub fn instants(bytes: &[u8]) -> Result<Vec<i64>, DecodeError> {
    let front = Front::read(bytes)?;
    Ok(front.heads()?.iter().skip(usize::from(front.has_carried)).map(|head| head.taken_at).collect())
}

/// Reads who was there, at a fraction of what the whole costs.
///
/// # Errors
/// The bytes are not a chunk.
pub fn presence(bytes: &[u8]) -> Result<Presence, DecodeError> {
    let front = Front::read(bytes)?;
    let heads = front.heads()?;
    let stays = front.stays(&heads)?;
    stays::check(&stays, heads.len())?;
    Ok(Presence {
        hour_at: front.hour_at,
        moments: heads.iter().map(|h| Moment { taken_at: h.taken_at, sampling_secs: h.sampling_secs }).collect(),
        stays: stays
            .iter()
            .map(|s| {
                let snapshots = s.count(heads.len());
                PresentStay { client: s.client, user: s.user, first: s.first, snapshots }
            })
            .collect(),
    })
}

/// What instants of each snapshot are counted back from.
fn references(heads: &[Head]) -> Vec<i64> {
    heads.iter().map(|head| super::columns::reference(head.taken_at)).collect()
}

fn at_most(count: usize, most: usize) -> Result<(), DecodeError> {
    if count <= most { Ok(()) } else { Err(DecodeError::TooMany { count: count as u64, most: most as u64 }) }
}

/// A chunk with its sections still packed.
struct Front<'a> {
    has_carried: bool,
    hour_at: i64,
    sections: [Section<'a>; SECTIONS],
}

impl<'a> Front<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.format(FORMAT)?;
        let flags = reader.u8()?;
        if flags & !CARRIED != 0 {
            return Err(DecodeError::Invalid("flags"));
        }
        let hour_at = reader.i64()?.checked_mul(HOUR_MS).ok_or(DecodeError::Invalid("hour"))?;
        let mut sections = [reader.section()?; SECTIONS];
        for section in &mut sections[1..] {
            *section = reader.section()?;
        }
        reader.end()?;
        Ok(Self { has_carried: flags & CARRIED != 0, hour_at, sections })
    }

    fn heads(&self) -> Result<Vec<Head>, DecodeError> {
        let heads = heads::decode(self.hour_at, &self.sections[0].unpack(MAX_SNAPSHOTS * MAX_HEAD_BYTES)?)?;
        if self.has_carried && heads.is_empty() {
            return Err(DecodeError::Invalid("number of snapshots"));
        }
        Ok(heads)
    }

    fn stays(&self, heads: &[Head]) -> Result<Vec<Stay>, DecodeError> {
        let columns = self.unpack::<COLUMNS>(1)?;
        stays::decode(&references(heads), std::array::from_fn(|i| columns[i].as_ref()))
    }

    /// So many sections from `first` on.
    fn unpack<const N: usize>(&self, first: usize) -> Result<Vec<Cow<'a, [u8]>>, DecodeError> {
        self.sections[first..first + N].iter().map(|section| section.unpack(MAX_OBSERVATIONS * 4)).collect()
    }

    /// All snapshots, or only one of them.
    fn snapshots(&self, heads: &[Head], stays: &[Stay], only: Option<usize>) -> Result<Vec<Snapshot>, DecodeError> {
        at_most(stays::check(stays, heads.len())?, MAX_OBSERVATIONS)?;
        let mut sessions = vec![Vec::<Session>::new(); heads.len()];
        let (references, columns) = (references(heads), self.unpack::<4>(1 + COLUMNS)?);
        let (active, opens) = ([columns[0].as_ref(), columns[1].as_ref()], [columns[2].as_ref(), columns[3].as_ref()]);
        let mut activity = activity::Columns::new(&references, active, opens);
        for stay in stays {
            let Stay { client, user, started_at, first, .. } = *stay;
            for (i, (active_at, opens)) in (first..).zip(activity.next(first, stay.count(heads.len()))?) {
                if only.is_none_or(|only| only == i) {
                    sessions[i].push(Session { client, user, started_at, active_at, opens });
                }
            }
        }
        activity.end()?;
        let wanted = only.map_or(0..heads.len(), |i| i..i + 1);
        Ok(wanted.map(|i| heads[i].snapshot(std::mem::take(&mut sessions[i]))).collect())
    }
}
