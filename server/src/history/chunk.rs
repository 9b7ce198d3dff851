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
//! section   stays
//! section   activity
//! section   opens
//! ```
//!
//! Heads: a varint with the number of snapshots, then of each: a byte of flags (0x01 partial, 0x02 burst_of follows, 0x04 the head is
//! that of the snapshot before), a signed varint of the milliseconds since the snapshot before (of the first: since the start of
//! the hour), burst_of as a varint, and unless 0x04 the head as in a frame.
//!
//! Stays, in ascending order of client, user, started_at and first snapshot: a varint with their number, then five columns:
//!
//! | column | each entry |
//! |---|---|
//! | clients | varint: difference to the entry before (from 0) |
//! | users | signed varint: difference to the entry before (from 0) |
//! | started | an instant counted back from the end of the hour (`columns.rs`) |
//! | first | varint: number of the first snapshot that has the session |
//! | left | varint: 0 if it is there to the last snapshot, else 1 + the number of snapshots that have it |
//!
//! Activity, stay by stay, of each snapshot: 0 if active_at is that of the snapshot before, 1 if unknown, 2 and a signed varint for
//! milliseconds before the snapshot's reference (its `taken_at` cut to the second), n ≥ 3 for n − 3 whole seconds before it.
//!
//! Opens likewise: 0 if as before, 1 if unknown, n ≥ 2 for a zigzagged difference n − 2 to the number before (from 0, which also stands
//! for unknown).

mod activity;
mod heads;
mod stays;

use super::bytes::{DecodeError, Reader, put_i64};
use super::section::put_section;
use super::stretch::Moment;
use crate::model::snapshot::{Session, Snapshot};
use crate::model::time::HOUR_MS;
use crate::model::{ClientId, UserId};

use heads::Head;
use stays::Stay;

const FORMAT: u8 = 1;
const CARRIED: u8 = 0x01;

/// Most snapshots of an hour: several spools that look twice a second.
pub const MAX_SNAPSHOTS: usize = 20_000;
/// Most sessions that all snapshots of a chunk have together; some 60 bytes each when decoded. A host with 10,000 sessions that
/// is looked at every five seconds has 7 million.
pub const MAX_OBSERVATIONS: usize = 16_000_000;
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
    put_section(&mut out, &stays::encode(hour_at, snapshots.len(), &stays));
    put_section(&mut out, &activity::encode_active(&references, &stays));
    put_section(&mut out, &activity::encode_opens(&stays));
    Ok(out)
}

/// # Errors
/// The bytes are not a chunk.
pub fn decode(bytes: &[u8]) -> Result<Chunk, DecodeError> {
    let front = Front::read(bytes)?;
    let (heads, stays) = (front.heads()?, front.stays()?);
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
    let snapshots = front.snapshots(&heads, &front.stays()?, Some(wanted))?;
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
    let stays = front.stays()?;
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

fn at_most(count: usize, most: usize) -> Result<(), DecodeError> {
    if count <= most { Ok(()) } else { Err(DecodeError::TooMany { count: count as u64, most: most as u64 }) }
}

/// A chunk with its sections still packed.
struct Front<'a> {
    has_carried: bool,
    hour_at: i64,
    sections: [super::section::Section<'a>; 4],
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
        let sections = [reader.section()?, reader.section()?, reader.section()?, reader.section()?];
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

    fn stays(&self) -> Result<Vec<Stay>, DecodeError> {
        stays::decode(self.hour_at, &self.sections[1].unpack(MAX_OBSERVATIONS * 4)?)
    }

    /// All snapshots, or only one of them.
    fn snapshots(&self, heads: &[Head], stays: &[Stay], only: Option<usize>) -> Result<Vec<Snapshot>, DecodeError> {
        at_most(stays::check(stays, heads.len())?, MAX_OBSERVATIONS)?;
        let mut sessions = vec![Vec::<Session>::new(); heads.len()];
        let (actives, opens) =
            (self.sections[2].unpack(MAX_OBSERVATIONS * 4)?, self.sections[3].unpack(MAX_OBSERVATIONS * 4)?);
        let mut activity = activity::Columns::new(heads, &actives, &opens);
        for stay in stays {
            let all = stay.first..stay.first + stay.count(heads.len());
            activity.each(all, |i, active_at, opens| {
                if only.is_none_or(|only| only == i) {
                    let Stay { client, user, started_at, .. } = *stay;
                    sessions[i].push(Session { client, user, started_at, active_at, opens });
                }
            })?;
        }
        activity.end()?;
        let wanted = only.map_or(0..heads.len(), |i| i..i + 1);
        Ok(wanted.map(|i| heads[i].snapshot(std::mem::take(&mut sessions[i]))).collect())
    }
}
