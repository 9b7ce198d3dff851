//! What sessions did from snapshot to snapshot; the bytes are described in `chunk.rs`.

use std::ops::Range;

use super::heads::Head;
use super::stays::Stay;
use crate::history::bytes::{DecodeError, Reader, put_i64, put_u64, unzigzag, zigzag};
use crate::history::columns::reference;
use crate::model::time::SECOND_MS;

const SAME: u64 = 0;
const UNKNOWN: u64 = 1;
const MILLISECONDS: u64 = 2;
const SECONDS: u64 = 3;
const OPENS: u64 = 2;

pub(super) fn encode_active(references: &[i64], stays: &[Stay]) -> Vec<u8> {
    let mut out = Vec::with_capacity(stays.iter().map(|s| s.values.len()).sum::<usize>() + 16);
    for stay in stays {
        let mut before = None;
        for ((active_at, _), reference) in stay.values.iter().zip(&references[stay.first..]) {
            if before == Some(*active_at) {
                put_u64(&mut out, SAME);
            } else {
                put_active(&mut out, *reference, *active_at);
            }
            before = Some(*active_at);
        }
    }
    out
}

fn put_active(out: &mut Vec<u8>, reference: i64, active_at: Option<i64>) {
    let Some(at) = active_at else { return put_u64(out, UNKNOWN) };
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

pub(super) fn encode_opens(stays: &[Stay]) -> Vec<u8> {
    let mut out = Vec::with_capacity(stays.iter().map(|s| s.values.len()).sum::<usize>() + 16);
    for stay in stays {
        let mut before = None;
        for (_, opens) in &stay.values {
            match opens {
                _ if before == Some(*opens) => put_u64(&mut out, SAME),
                None => put_u64(&mut out, UNKNOWN),
                Some(now) => {
                    let old = i64::from(before.flatten().unwrap_or(0));
                    put_u64(&mut out, OPENS + zigzag(i64::from(*now) - old));
                }
            }
            before = Some(*opens);
        }
    }
    out
}

/// Both columns, read side by side.
pub(super) struct Columns<'a> {
    references: Vec<i64>,
    actives: Reader<'a>,
    opens: Reader<'a>,
}

impl<'a> Columns<'a> {
    pub(super) fn new(heads: &[Head], actives: &'a [u8], opens: &'a [u8]) -> Self {
        let references = heads.iter().map(|head| reference(head.taken_at)).collect();
        Self { references, actives: Reader::new(actives), opens: Reader::new(opens) }
    }

    /// Reads the next stay, which is in these snapshots.
    pub(super) fn each(
        &mut self,
        snapshots: Range<usize>,
        mut found: impl FnMut(usize, Option<i64>, Option<u32>),
    ) -> Result<(), DecodeError> {
        let (mut active_at, mut opens) = (None, None);
        let mut is_first = true;
        for i in snapshots {
            match self.actives.u64()? {
                SAME if is_first => return Err(DecodeError::Invalid("first activity")),
                SAME => {}
                code => active_at = active(&mut self.actives, self.references[i], code)?,
            }
            match self.opens.u64()? {
                SAME if is_first => return Err(DecodeError::Invalid("first opens")),
                SAME => {}
                UNKNOWN => opens = None,
                code => opens = Some(other_opens(opens, code)?),
            }
            is_first = false;
            found(i, active_at, opens);
        }
        Ok(())
    }

    pub(super) fn end(self) -> Result<(), DecodeError> {
        self.actives.end()?;
        self.opens.end()
    }
}

fn active(reader: &mut Reader<'_>, reference: i64, code: u64) -> Result<Option<i64>, DecodeError> {
    match code {
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

fn other_opens(old: Option<u32>, code: u64) -> Result<u32, DecodeError> {
    unzigzag(code - OPENS)
        .checked_add(i64::from(old.unwrap_or(0)))
        .and_then(|new| u32::try_from(new).ok())
        .ok_or(DecodeError::Invalid("opens"))
}
