//! What differs between the sessions of two snapshots; the bytes are described in `frame.rs`.

use super::MAX_SESSIONS;
use super::bytes::{DecodeError, Reader, put_count, put_u64, unzigzag, zigzag};
use super::columns::{self, instant, put_instant};
use crate::model::snapshot::Session;

const GONE: u64 = 0;
const ACTIVE: u64 = 1;
const OPENS: u64 = 2;

/// Both in ascending order.
pub(super) fn body(reference: i64, base: &[Session], next: &[Session]) -> Vec<u8> {
    let mut changes = Vec::with_capacity(base.len());
    let (mut actives, mut opens, mut new) = (Vec::new(), Vec::new(), Vec::new());
    let (mut count, mut passed) = (0_usize, 0_u64);
    let mut next = next.iter().peekable();
    for old in base {
        while let Some(session) = next.next_if(|n| key(n) < key(old)) {
            new.push(session);
        }
        let kind = match next.next_if(|n| key(n) == key(old)) {
            None => Some(GONE),
            Some(session) => {
                let other_active = session.active_at != old.active_at;
                let other_opens = session.opens != old.opens;
                if other_active {
                    put_instant(&mut actives, reference, session.active_at);
                }
                if other_opens {
                    put_opens(&mut opens, old.opens, session.opens);
                }
                let kind = if other_active { ACTIVE } else { 0 } | if other_opens { OPENS } else { 0 };
                (kind != 0).then_some(kind)
            }
        };
        match kind {
            None => passed += 1,
            Some(kind) => {
                put_u64(&mut changes, passed << 2 | kind);
                (count, passed) = (count + 1, 0);
            }
        }
    }
    new.extend(next);
    let mut out = Vec::with_capacity(changes.len() + actives.len() + opens.len() + new.len() * 12 + 8);
    put_count(&mut out, count);
    out.extend(changes);
    out.extend(actives);
    out.extend(opens);
    put_count(&mut out, new.len());
    columns::put(&mut out, reference, new.into_iter());
    out
}

/// Reads a body written against `base`.
pub(super) fn apply(reader: &mut Reader<'_>, reference: i64, base: &[Session]) -> Result<Vec<Session>, DecodeError> {
    let count = reader.count(1, base.len())?;
    let mut sessions = base.to_vec();
    let mut changes = Vec::with_capacity(count);
    let mut index = 0_usize;
    for _ in 0..count {
        let change = reader.u64()?;
        index = usize::try_from(change >> 2)
            .ok()
            .and_then(|passed| index.checked_add(passed))
            .filter(|i| *i < base.len())
            .ok_or(DecodeError::Invalid("place of a change"))?;
        changes.push((index, change & 3));
        index += 1;
    }
    for (index, _) in changes.iter().filter(|(_, kind)| kind & ACTIVE != 0) {
        sessions[*index].active_at = instant(reader, reference)?;
    }
    for (index, _) in changes.iter().filter(|(_, kind)| kind & OPENS != 0) {
        sessions[*index].opens = opens(reader, sessions[*index].opens)?;
    }
    let mut gone = changes.iter().filter(|(_, kind)| *kind == GONE).map(|(index, _)| *index).peekable();
    let mut at = 0..;
    sessions.retain(|_| {
        let index = at.next();
        gone.next_if(|g| Some(*g) == index).is_none()
    });
    let new = reader.count(columns::ENTRY_BYTES, MAX_SESSIONS.saturating_sub(sessions.len()))?;
    sessions.extend(columns::take(reader, reference, new)?);
    // A changed session may have overtaken another one of its client and user that was set up at the same instant.
    sessions.sort();
    Ok(sessions)
}

/// What a session keeps for life.
fn key(session: &Session) -> (i64, i64, Option<i64>) {
    (session.client.0, session.user.0, session.started_at)
}

fn put_opens(out: &mut Vec<u8>, old: Option<u32>, new: Option<u32>) {
    let old = i64::from(old.unwrap_or(0));
    put_u64(out, new.map_or(0, |new| 1 + zigzag(i64::from(new) - old)));
}

fn opens(reader: &mut Reader<'_>, old: Option<u32>) -> Result<Option<u32>, DecodeError> {
    match reader.u64()?.checked_sub(1) {
        None => Ok(None),
        Some(difference) => unzigzag(difference)
            .checked_add(i64::from(old.unwrap_or(0)))
            .and_then(|new| u32::try_from(new).ok())
            .map(Some)
            .ok_or(DecodeError::Invalid("opens")),
    }
}
