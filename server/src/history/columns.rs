//! Sessions column by column: what key frames hold of all sessions, and delta frames of those that are new.
//!
//! | column | each entry |
//! |---|---|
//! | clients | varint: difference to the entry before (from 0) |
//! | users | signed varint: difference to the entry before (from 0) |
//! | started | an instant, see below |
//! | active | an instant |
//! | opens | varint: 0 for unknown, else opens + 1 |
//!
//! An instant is a varint: 0 for unknown; 1 for "not whole seconds before", then a signed varint of the milliseconds before
//! the reference; n ≥ 2 for n − 2 whole seconds before the reference. The reference is the snapshot's `taken_at` cut to the
//! second, where ingest also cuts what sources state in seconds.

use super::bytes::{DecodeError, Reader, put_i64, put_option, put_u64};
use crate::model::snapshot::Session;
use crate::model::time::SECOND_MS;
use crate::model::{ClientId, UserId};

/// An entry has at least one byte in each of five columns.
pub(super) const ENTRY_BYTES: usize = 5;

const UNKNOWN: u64 = 0;
const MILLISECONDS: u64 = 1;
const SECONDS: u64 = 2;

/// What instants of a snapshot taken at `taken_at` are counted back from.
pub(super) fn reference(taken_at: i64) -> i64 {
    taken_at.wrapping_sub(taken_at.rem_euclid(SECOND_MS))
}

pub(super) fn put_instant(out: &mut Vec<u8>, reference: i64, at: Option<i64>) {
    let Some(at) = at else { return put_u64(out, UNKNOWN) };
    match reference.checked_sub(at) {
        Some(before) if before >= 0 && before % SECOND_MS == 0 => {
            put_u64(out, SECONDS + (before / SECOND_MS).unsigned_abs());
        }
        _ => {
            put_u64(out, MILLISECONDS);
            put_i64(out, reference.wrapping_sub(at));
        }
    }
}

pub(super) fn instant(reader: &mut Reader<'_>, reference: i64) -> Result<Option<i64>, DecodeError> {
    match reader.u64()? {
        UNKNOWN => Ok(None),
        MILLISECONDS => Ok(Some(reference.wrapping_sub(reader.i64()?))),
        seconds => i64::try_from(seconds - SECONDS)
            .ok()
            .and_then(|s| s.checked_mul(SECOND_MS))
            .and_then(|before| reference.checked_sub(before))
            .map(Some)
            .ok_or(DecodeError::Invalid("instant")),
    }
}

/// `sessions` in ascending order.
pub(super) fn put<'a>(out: &mut Vec<u8>, reference: i64, sessions: impl Iterator<Item = &'a Session> + Clone) {
    let mut last = 0_i64;
    for session in sessions.clone() {
        put_u64(out, session.client.0.wrapping_sub(last).cast_unsigned());
        last = session.client.0;
    }
    last = 0;
    for session in sessions.clone() {
        put_i64(out, session.user.0.wrapping_sub(last));
        last = session.user.0;
    }
    sessions.clone().for_each(|s| put_instant(out, reference, s.started_at));
    sessions.clone().for_each(|s| put_instant(out, reference, s.active_at));
    sessions.for_each(|s| put_option(out, s.opens));
}

/// Reads `count` sessions; the caller has checked that the bytes can hold so many.
pub(super) fn take(reader: &mut Reader<'_>, reference: i64, count: usize) -> Result<Vec<Session>, DecodeError> {
    let mut sessions = Vec::with_capacity(count);
    let mut last = 0_i64;
    for _ in 0..count {
        last = last.wrapping_add(reader.u64()?.cast_signed());
        let (client, user) = (ClientId(last), UserId(0));
        sessions.push(Session { client, user, started_at: None, active_at: None, opens: None });
    }
    last = 0;
    for session in &mut sessions {
        last = last.wrapping_add(reader.i64()?);
        session.user = UserId(last);
    }
    for session in &mut sessions {
        session.started_at = instant(reader, reference)?;
    }
    for session in &mut sessions {
        session.active_at = instant(reader, reference)?;
    }
    for session in &mut sessions {
        session.opens = reader.option()?;
    }
    if sessions.is_sorted() { Ok(sessions) } else { Err(DecodeError::Invalid("order of sessions")) }
}
