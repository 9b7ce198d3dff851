//! A frame: one snapshot as it arrived, the durable tail of the history.
//!
//! ```text
//! byte 0    format: 1
//! byte 1    flags
//!             0x01 delta: the body says what differs from an earlier snapshot of the same hour, the base
//!             0x02 packed: the body is one zstd frame
//!             0x04 the snapshot is partial
//!             0x08 burst_of follows
//!             0x10 head follows (always in key frames; in deltas only if it differs from the base's)
//! varint    taken_at, signed
//! varint    delta: taken_at − the base's taken_at, in milliseconds, at least 1
//! varint    burst_of
//! head      varint sampling_secs
//!           byte   limit: 0x07 its source in the order of `LimitSource::ALL`, 0x08 it has a number, 0x10 unlimited
//!           varint the limit's number
//!           varint length of the source's name, then the name in UTF-8
//! body      to the end
//! ```
//!
//! The body of a key frame is a varint with the number of sessions, then the sessions column by column (`columns.rs`).
//! The body of a delta is:
//!
//! ```text
//! varint    number of changes
//! varints   one a change: (sessions of the base passed over since the change before) × 4 + kind
//!             kind 0: the session is gone, 1: other active_at, 2: other opens, 3: both
//! instants  the new active_at of kinds 1 and 3
//! varints   the new opens of kinds 2 and 3: 0 for unknown, else 1 + zigzag(new − old), where unknown counts as 0
//! varint    number of new sessions, then those, column by column
//! ```
//!
//! A client that works changes `active_at` with every snapshot: that costs two bytes. A session that does nothing costs none,
//! since ingest pins its instants ([`super::pin`]).

use std::io::Read as _;

use super::MAX_SESSIONS;
pub use super::bytes::DecodeError;
use super::bytes::{Reader, put_count, put_i64, put_u64};
use super::columns;
use super::delta;
use crate::model::limit::{Limit, LimitSource};
use crate::model::snapshot::Snapshot;
use crate::model::time::hour_start;

const FORMAT: u8 = 1;

const DELTA: u8 = 0x01;
const PACKED: u8 = 0x02;
const PARTIAL: u8 = 0x04;
const BURST: u8 = 0x08;
const HEAD: u8 = 0x10;
const KNOWN_FLAGS: u8 = DELTA | PACKED | PARTIAL | BURST | HEAD;

const LIMIT_SOURCE: u8 = 0x07;
const LIMIT_NUMBER: u8 = 0x08;
const LIMIT_UNLIMITED: u8 = 0x10;

/// Bodies below this are not packed: zstd would take more time than all the rest and save little.
const PACK_FROM_BYTES: usize = 512;
const PACK_LEVEL: i32 = 1;
/// What a body can unpack to: a bomb ends here. No session takes more than 48 bytes.
const MAX_BODY_BYTES: u64 = 48 * MAX_SESSIONS as u64;

/// A frame's bytes: a key frame, or (given the base) a delta against an earlier snapshot of the same hour.
///
/// Sessions that are not in ascending order are put in order first. A base that is not earlier, or of another hour, or so
/// different that a delta would be longer, is left aside. A snapshot has [`MAX_SESSIONS`] at most.
#[must_use]
pub fn encode(snapshot: &Snapshot, base: Option<&Snapshot>) -> Vec<u8> {
    if !snapshot.sessions.is_sorted() {
        let mut sorted = snapshot.clone();
        sorted.sessions.sort_unstable();
        return encode(&sorted, base);
    }
    let reference = columns::reference(snapshot.taken_at);
    let base = base.filter(|b| is_base_for(b.taken_at, snapshot.taken_at) && b.sessions.is_sorted());
    let delta = base.and_then(|b| {
        let body = delta::body(reference, &b.sessions, &snapshot.sessions);
        // No key frame is shorter than this, so that most deltas are known to be shorter without trying.
        let least_key = snapshot.sessions.len() * columns::ENTRY_BYTES;
        (body.len() <= least_key || body.len() <= key_body(reference, snapshot).len()).then_some((b, body))
    });
    match delta {
        Some((base, body)) => finish(snapshot, Some(base), body, IsPacked::IfShorter),
        None => finish(snapshot, None, key_body(reference, snapshot), IsPacked::IfShorter),
    }
}

/// A key frame for memory: some ten bytes a session, which cost a few nanoseconds each to write and to read. Sessions have to be in
/// ascending order.
#[must_use]
pub fn encode_unpacked(snapshot: &Snapshot) -> Vec<u8> {
    debug_assert!(snapshot.sessions.is_sorted(), "sessions come in order");
    let reference = columns::reference(snapshot.taken_at);
    finish(snapshot, None, key_body(reference, snapshot), IsPacked::Never)
}

/// If the frame is a delta: the `taken_at` of the snapshot it is based on.
///
/// # Errors
/// The bytes are not a frame.
pub fn base_at(bytes: &[u8]) -> Result<Option<i64>, DecodeError> {
    Ok(Front::read(&mut Reader::new(bytes))?.base_at)
}

/// `base` is the snapshot named by [`base_at`]; a key frame needs none.
///
/// # Errors
/// The bytes are not a frame, or its base is missing.
pub fn decode(bytes: &[u8], base: Option<&Snapshot>) -> Result<Snapshot, DecodeError> {
    let mut reader = Reader::new(bytes);
    let front = Front::read(&mut reader)?;
    let base = match front.base_at {
        None => None,
        Some(base_at) => Some(base.filter(|b| b.taken_at == base_at).ok_or(DecodeError::BaseMissing { base_at })?),
    };
    let head = match (front.flags & HEAD != 0, base) {
        (true, _) => Head::read(&mut reader)?,
        (false, Some(base)) => Head::of(base),
        (false, None) => return Err(DecodeError::Invalid("lack of a head")),
    };
    let unpacked;
    let mut body = if front.flags & PACKED != 0 {
        unpacked = unpack(reader.rest())?;
        Reader::new(&unpacked)
    } else {
        reader
    };
    let reference = columns::reference(front.taken_at);
    let sessions = match base {
        Some(base) => delta::apply(&mut body, reference, &base.sessions)?,
        None => {
            let count = body.count(columns::ENTRY_BYTES, MAX_SESSIONS)?;
            columns::take(&mut body, reference, count)?
        }
    };
    body.end()?;
    Ok(Snapshot {
        taken_at: front.taken_at,
        source: head.source.to_owned(),
        sampling_secs: head.sampling_secs,
        limit: head.limit,
        partial: front.flags & PARTIAL != 0,
        burst_of: front.burst_of,
        sessions,
    })
}

fn is_base_for(base_at: i64, taken_at: i64) -> bool {
    base_at < taken_at && hour_start(base_at) == hour_start(taken_at)
}

fn key_body(reference: i64, snapshot: &Snapshot) -> Vec<u8> {
    let mut body = Vec::with_capacity(16 + snapshot.sessions.len() * 12);
    put_count(&mut body, snapshot.sessions.len());
    columns::put(&mut body, reference, snapshot.sessions.iter());
    body
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum IsPacked {
    IfShorter,
    Never,
}

/// Puts the front before a body, and packs the body where that pays.
fn finish(snapshot: &Snapshot, base: Option<&Snapshot>, body: Vec<u8>, is_packed: IsPacked) -> Vec<u8> {
    let pays = is_packed == IsPacked::IfShorter && body.len() >= PACK_FROM_BYTES;
    let packed = pays.then(|| zstd::bulk::compress(&body, PACK_LEVEL).ok()).flatten();
    let packed = packed.filter(|p| p.len() < body.len());
    let head = Head::of(snapshot);
    let with_head = base.is_none_or(|b| Head::of(b) != head);
    let mut flags = if snapshot.partial { PARTIAL } else { 0 };
    for (flag, is_set) in
        [(DELTA, base.is_some()), (PACKED, packed.is_some()), (BURST, snapshot.burst_of.is_some()), (HEAD, with_head)]
    {
        flags |= if is_set { flag } else { 0 };
    }
    let body = packed.unwrap_or(body);
    let mut out = Vec::with_capacity(body.len() + 32 + if with_head { snapshot.source.len() } else { 0 });
    out.extend([FORMAT, flags]);
    put_i64(&mut out, snapshot.taken_at);
    if let Some(base) = base {
        put_u64(&mut out, snapshot.taken_at.abs_diff(base.taken_at));
    }
    if let Some(record) = snapshot.burst_of {
        put_u64(&mut out, record);
    }
    if with_head {
        head.put(&mut out);
    }
    out.extend_from_slice(&body);
    out
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let mut body = Vec::new();
    let mut unpacker =
        zstd::stream::read::Decoder::with_buffer(packed).map_err(|_| DecodeError::Unpack)?.single_frame();
    unpacker.by_ref().take(MAX_BODY_BYTES + 1).read_to_end(&mut body).map_err(|_| DecodeError::Unpack)?;
    if body.len() as u64 > MAX_BODY_BYTES {
        return Err(DecodeError::Unpack);
    }
    match unpacker.finish().len() {
        0 => Ok(body),
        more => Err(DecodeError::TrailingBytes(more)),
    }
}

/// What stands before head and body.
struct Front {
    flags: u8,
    taken_at: i64,
    base_at: Option<i64>,
    burst_of: Option<u64>,
}

impl Front {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.format(FORMAT)?;
        let flags = reader.u8()?;
        if flags & !KNOWN_FLAGS != 0 {
            return Err(DecodeError::Invalid("flags"));
        }
        let taken_at = reader.i64()?;
        let base_at = if flags & DELTA != 0 { Some(Self::base(taken_at, reader.u64()?)?) } else { None };
        let burst_of = if flags & BURST != 0 { Some(reader.u64()?) } else { None };
        Ok(Self { flags, taken_at, base_at, burst_of })
    }

    fn base(taken_at: i64, distance: u64) -> Result<i64, DecodeError> {
        i64::try_from(distance)
            .ok()
            .and_then(|d| taken_at.checked_sub(d))
            .filter(|base_at| is_base_for(*base_at, taken_at))
            .ok_or(DecodeError::Invalid("base"))
    }
}

/// What rarely differs from one snapshot to the next.
#[derive(PartialEq)]
pub(super) struct Head<'a> {
    pub(super) source: &'a str,
    pub(super) sampling_secs: u32,
    pub(super) limit: Limit,
}

impl<'a> Head<'a> {
    pub(super) fn of(snapshot: &'a Snapshot) -> Self {
        Self { source: &snapshot.source, sampling_secs: snapshot.sampling_secs, limit: snapshot.limit }
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        put_u64(out, u64::from(self.sampling_secs));
        put_limit(out, self.limit);
        put_count(out, self.source.len());
        out.extend_from_slice(self.source.as_bytes());
    }

    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let sampling_secs = reader.u32()?;
        let limit = limit(reader)?;
        let len = reader.count(1, usize::MAX)?;
        let source = std::str::from_utf8(reader.take(len)?).map_err(|_| DecodeError::Invalid("source"))?;
        Ok(Self { source, sampling_secs, limit })
    }
}

pub(super) fn put_limit(out: &mut Vec<u8>, limit: Limit) {
    let source = LimitSource::ALL.iter().position(|s| *s == limit.source).unwrap_or_default();
    let mut byte = u8::try_from(source).unwrap_or_default();
    byte |= if limit.sessions.is_some() { LIMIT_NUMBER } else { 0 };
    byte |= if limit.unlimited { LIMIT_UNLIMITED } else { 0 };
    out.push(byte);
    if let Some(sessions) = limit.sessions {
        put_u64(out, u64::from(sessions));
    }
}

pub(super) fn limit(reader: &mut Reader<'_>) -> Result<Limit, DecodeError> {
    let byte = reader.u8()?;
    let source = *LimitSource::ALL.get(usize::from(byte & LIMIT_SOURCE)).ok_or(DecodeError::Invalid("limit"))?;
    if byte & !(LIMIT_SOURCE | LIMIT_NUMBER | LIMIT_UNLIMITED) != 0 {
        return Err(DecodeError::Invalid("limit"));
    }
    let sessions = if byte & LIMIT_NUMBER != 0 { Some(reader.u32()?) } else { None };
    Ok(Limit { sessions, unlimited: byte & LIMIT_UNLIMITED != 0, source })
}
