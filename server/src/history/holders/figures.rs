//! Columns of ids and of what holders held.
//!
//! ```text
//! varint    signed: origin, the earliest first_seen_at      these three stand only if there is an entry
//! varint    signed: close, the latest last_seen_at
//! varint    signed: span, the longest session_ms ÷ peak_sessions
//! column    varints: peak_sessions
//! column    times: peak_sessions × span − session_ms (0 for a holder that was there all the time)
//! column    times: first_seen_at − origin
//! column    times: close − last_seen_at
//! column    times: peak_at − first_seen_at
//! column    varints: peak_opens
//! columns   idle_ms, zero_open_ms, full_ms: varints, 0 for none, 1 for all of session_ms, else 2 and a time
//! ```
//!
//! A time is a varint: 1 + the zigzagged seconds, or 0 and a signed varint of milliseconds for one that is no whole seconds.

use crate::history::bytes::{DecodeError, Reader, put_i64, put_u64, unzigzag, zigzag};
use crate::model::holder::Held;
use crate::model::time::SECOND_MS;

/// An entry has at least one byte in each column.
const ENTRY_BYTES: usize = 9;

const NONE: u64 = 0;
const ALL: u64 = 1;
const PART: u64 = 2;

/// Ids in ascending order.
pub(in crate::history) fn put_id_column(out: &mut Vec<u8>, ids: impl Iterator<Item = i64>) {
    let mut last = None;
    for id in ids {
        match last {
            None => put_i64(out, id),
            Some(last) => put_u64(out, id.wrapping_sub(last).cast_unsigned()),
        }
        last = Some(id);
    }
}

/// Reads `count` ids; the caller has checked that the bytes can hold so many.
pub(in crate::history) fn take_id_column(reader: &mut Reader<'_>, count: usize) -> Result<Vec<i64>, DecodeError> {
    let mut ids: Vec<i64> = Vec::with_capacity(count);
    for _ in 0..count {
        let id = match ids.last() {
            None => reader.i64()?,
            Some(last) => Some(last.wrapping_add(reader.u64()?.cast_signed()))
                .filter(|id| id > last)
                .ok_or(DecodeError::Invalid("order of ids"))?,
        };
        ids.push(id);
    }
    Ok(ids)
}

pub(in crate::history) fn put_time(out: &mut Vec<u8>, ms: i64) {
    if ms % SECOND_MS == 0 {
        put_u64(out, 1 + zigzag(ms / SECOND_MS));
    } else {
        put_u64(out, 0);
        put_i64(out, ms);
    }
}

pub(in crate::history) fn time(reader: &mut Reader<'_>) -> Result<i64, DecodeError> {
    match reader.u64()?.checked_sub(1) {
        None => reader.i64(),
        Some(secs) => unzigzag(secs).checked_mul(SECOND_MS).ok_or(DecodeError::Invalid("time")),
    }
}

/// What most entries share, so that the usual holder takes a dozen bytes.
struct Common {
    origin: i64,
    close: i64,
    span: i64,
}

impl Common {
    fn of(all: &[Held]) -> Self {
        let span = |h: &Held| h.session_ms / i64::from(h.peak_sessions.max(1));
        Self {
            origin: all.iter().map(|h| h.first_seen_at).min().unwrap_or_default(),
            close: all.iter().map(|h| h.last_seen_at).max().unwrap_or_default(),
            span: all.iter().map(span).max().unwrap_or_default(),
        }
    }

    fn full_span(&self, peak_sessions: u32) -> i64 {
        self.span.wrapping_mul(i64::from(peak_sessions))
    }
}

pub(super) fn put(out: &mut Vec<u8>, all: &[Held]) {
    if all.is_empty() {
        return;
    }
    let common = Common::of(all);
    for value in [common.origin, common.close, common.span] {
        put_i64(out, value);
    }
    all.iter().for_each(|h| put_u64(out, u64::from(h.peak_sessions)));
    all.iter().for_each(|h| put_time(out, common.full_span(h.peak_sessions).wrapping_sub(h.session_ms)));
    all.iter().for_each(|h| put_time(out, h.first_seen_at.wrapping_sub(common.origin)));
    all.iter().for_each(|h| put_time(out, common.close.wrapping_sub(h.last_seen_at)));
    all.iter().for_each(|h| put_time(out, h.peak_at.wrapping_sub(h.first_seen_at)));
    all.iter().for_each(|h| put_u64(out, u64::from(h.peak_opens)));
    for part in [|h: &Held| h.idle_ms, |h: &Held| h.zero_open_ms, |h: &Held| h.full_ms] {
        all.iter().for_each(|h| put_part(out, part(h), h.session_ms));
    }
}

/// Reads the columns of `count` entries.
pub(super) fn take(reader: &mut Reader<'_>, count: usize) -> Result<Vec<Held>, DecodeError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let common = Common { origin: reader.i64()?, close: reader.i64()?, span: reader.i64()? };
    let most = reader.remaining() / ENTRY_BYTES;
    if count > most {
        return Err(DecodeError::TooMany { count: count as u64, most: most as u64 });
    }
    let mut all = vec![Held::default(); count];
    for held in &mut all {
        held.peak_sessions = reader.u32()?;
    }
    for held in &mut all {
        held.session_ms = common.full_span(held.peak_sessions).wrapping_sub(time(reader)?);
    }
    for held in &mut all {
        held.first_seen_at = common.origin.wrapping_add(time(reader)?);
    }
    for held in &mut all {
        held.last_seen_at = common.close.wrapping_sub(time(reader)?);
    }
    for held in &mut all {
        held.peak_at = held.first_seen_at.wrapping_add(time(reader)?);
    }
    for held in &mut all {
        held.peak_opens = reader.u32()?;
    }
    for held in &mut all {
        held.idle_ms = take_part(reader, held.session_ms)?;
    }
    for held in &mut all {
        held.zero_open_ms = take_part(reader, held.session_ms)?;
    }
    for held in &mut all {
        held.full_ms = take_part(reader, held.session_ms)?;
    }
    Ok(all)
}

fn put_part(out: &mut Vec<u8>, part: i64, whole: i64) {
    match part {
        0 => put_u64(out, NONE),
        _ if part == whole => put_u64(out, ALL),
        _ => {
            // Seconds in one varint where they fit; see `time`.
            put_u64(out, PART);
            put_time(out, part);
        }
    }
}

fn take_part(reader: &mut Reader<'_>, whole: i64) -> Result<i64, DecodeError> {
    match reader.u64()? {
        NONE => Ok(0),
        ALL => Ok(whole),
        PART => time(reader),
        _ => Err(DecodeError::Invalid("part")),
    }
}
