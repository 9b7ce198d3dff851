//! Who held sessions over some stretch, once per holder.
//!
//! ```text
//! byte 0    format: 1
//! varint    number of entries
//! varint    signed: origin, the earliest first_seen_at
//! varint    signed: close, the latest last_seen_at
//! varint    signed: span, the longest session_ms ÷ peak_sessions
//! entries   in ascending order of id, each:
//!   varint    difference of the id to the entry before (the first: signed, from 0)
//!   varint    peak_sessions
//!   varint    signed: peak_sessions × span − session_ms (0 for a holder that was there all the time)
//!   varint    signed: first_seen_at − origin
//!   varint    signed: close − last_seen_at
//!   varint    signed: peak_at − first_seen_at
//!   varint    peak_opens
//!   parts     idle_ms, zero_open_ms, full_ms: 0 for none, 1 for all of session_ms, 2 and a signed varint for a negative one
//!             (which no rollup makes), n ≥ 3 for n − 3 milliseconds
//! ```

use super::bytes::{DecodeError, Reader, put_count, put_i64, put_u64};
use crate::model::holder::Held;

const FORMAT: u8 = 1;
/// Most entries a record can have: every session of a snapshot could be another client's, over many snapshots.
const MAX_ENTRIES: usize = 4_000_000;
/// No entry has fewer bytes.
const ENTRY_BYTES: usize = 10;

const NONE: u64 = 0;
const ALL: u64 = 1;
const NEGATIVE: u64 = 2;
const PART: u64 = 3;

/// `entries` in ascending order of id; ids are raw integers so that clients and users share the codec.
#[must_use]
pub fn encode(entries: &[(i64, Held)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(32 + entries.len() * 20);
    out.push(FORMAT);
    put_count(&mut out, entries.len());
    let common = Common::of(entries);
    common.put(&mut out);
    let mut last = None;
    for (id, held) in entries {
        match last {
            None => put_i64(&mut out, *id),
            Some(last) => put_u64(&mut out, id.wrapping_sub(last).cast_unsigned()),
        }
        last = Some(*id);
        common.put_held(&mut out, held);
    }
    out
}

/// # Errors
/// The bytes are not such a record.
pub fn decode(bytes: &[u8]) -> Result<Vec<(i64, Held)>, DecodeError> {
    let mut reader = Reader::new(bytes);
    reader.format(FORMAT)?;
    let count = reader.count(ENTRY_BYTES, MAX_ENTRIES)?;
    let common = Common { origin: reader.i64()?, close: reader.i64()?, span: reader.i64()? };
    let mut entries = Vec::with_capacity(count);
    let mut last = None;
    for _ in 0..count {
        let id = match last {
            None => reader.i64()?,
            Some(last) => next_id(last, reader.u64()?)?,
        };
        last = Some(id);
        entries.push((id, common.held(&mut reader)?));
    }
    reader.end()?;
    Ok(entries)
}

fn next_id(last: i64, difference: u64) -> Result<i64, DecodeError> {
    Some(last.wrapping_add(difference.cast_signed()))
        .filter(|id| *id > last)
        .ok_or(DecodeError::Invalid("order of ids"))
}

/// What most entries of a record share, so that the usual holder takes a dozen bytes.
struct Common {
    origin: i64,
    close: i64,
    span: i64,
}

impl Common {
    fn of(entries: &[(i64, Held)]) -> Self {
        let span = |h: &Held| h.session_ms / i64::from(h.peak_sessions.max(1));
        Self {
            origin: entries.iter().map(|(_, h)| h.first_seen_at).min().unwrap_or_default(),
            close: entries.iter().map(|(_, h)| h.last_seen_at).max().unwrap_or_default(),
            span: entries.iter().map(|(_, h)| span(h)).max().unwrap_or_default(),
        }
    }

    fn put(&self, out: &mut Vec<u8>) {
        for value in [self.origin, self.close, self.span] {
            put_i64(out, value);
        }
    }

    fn put_held(&self, out: &mut Vec<u8>, held: &Held) {
        put_u64(out, u64::from(held.peak_sessions));
        put_i64(out, self.full_span(held.peak_sessions).wrapping_sub(held.session_ms));
        put_i64(out, held.first_seen_at.wrapping_sub(self.origin));
        put_i64(out, self.close.wrapping_sub(held.last_seen_at));
        put_i64(out, held.peak_at.wrapping_sub(held.first_seen_at));
        put_u64(out, u64::from(held.peak_opens));
        for part in [held.idle_ms, held.zero_open_ms, held.full_ms] {
            put_part(out, part, held.session_ms);
        }
    }

    fn held(&self, reader: &mut Reader<'_>) -> Result<Held, DecodeError> {
        let peak_sessions = reader.u32()?;
        let session_ms = self.full_span(peak_sessions).wrapping_sub(reader.i64()?);
        let first_seen_at = self.origin.wrapping_add(reader.i64()?);
        let last_seen_at = self.close.wrapping_sub(reader.i64()?);
        let peak_at = first_seen_at.wrapping_add(reader.i64()?);
        let peak_opens = reader.u32()?;
        let mut part = || take_part(reader, session_ms);
        let (idle_ms, zero_open_ms, full_ms) = (part()?, part()?, part()?);
        Ok(Held {
            session_ms,
            peak_sessions,
            peak_at,
            peak_opens,
            idle_ms,
            zero_open_ms,
            full_ms,
            first_seen_at,
            last_seen_at,
        })
    }

    fn full_span(&self, peak_sessions: u32) -> i64 {
        self.span.wrapping_mul(i64::from(peak_sessions))
    }
}

fn put_part(out: &mut Vec<u8>, part: i64, whole: i64) {
    match u64::try_from(part) {
        Ok(0) => put_u64(out, NONE),
        _ if part == whole => put_u64(out, ALL),
        Ok(part) => put_u64(out, PART + part),
        Err(_) => {
            put_u64(out, NEGATIVE);
            put_i64(out, part);
        }
    }
}

fn take_part(reader: &mut Reader<'_>, whole: i64) -> Result<i64, DecodeError> {
    match reader.u64()? {
        NONE => Ok(0),
        ALL => Ok(whole),
        NEGATIVE => reader.i64(),
        part => i64::try_from(part - PART).map_err(|_| DecodeError::Invalid("duration")),
    }
}
