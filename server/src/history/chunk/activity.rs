//! What sessions did from snapshot to snapshot; the bytes are described in `chunk.rs`.

use super::stays::Stay;
use crate::history::bytes::{DecodeError, Reader, put_count, put_i64, put_u64, unzigzag, zigzag};
use crate::model::time::SECOND_MS;

const UNKNOWN: u64 = 0;
const MILLISECONDS: u64 = 1;
const SECONDS: u64 = 2;
const OPENS: u64 = 1;
/// No more changes.
const END: u64 = 0;

/// When values change, and to what: two sections.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) gaps: Vec<u8>,
    pub(super) values: Vec<u8>,
}

impl Changes {
    /// Writes one stay's values; `put` writes one, given the one before it.
    fn put<T: Copy + PartialEq>(
        &mut self,
        values: impl ExactSizeIterator<Item = T>,
        mut put: impl FnMut(&mut Vec<u8>, Option<T>, usize, T),
    ) {
        let (mut before, mut gap) = (None, 0);
        let count = values.len();
        for (i, value) in values.enumerate() {
            if before == Some(value) {
                gap += 1;
                continue;
            }
            if i > 0 {
                put_count(&mut self.gaps, gap + 1);
            }
            put(&mut self.values, before, i, value);
            (before, gap) = (Some(value), 0);
            if i + 1 == count {
                return;
            }
        }
        put_u64(&mut self.gaps, END);
    }
}

pub(super) fn encode_active(references: &[i64], stays: &[Stay]) -> Changes {
    let mut changes = Changes::default();
    for stay in stays {
        let references = &references[stay.first..];
        changes.put(stay.values.iter().map(|(active_at, _)| *active_at), |out, _, i, active_at| {
            put_active(out, references[i], active_at);
        });
    }
    changes
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

pub(super) fn encode_opens(stays: &[Stay]) -> Changes {
    let mut changes = Changes::default();
    for stay in stays {
        changes.put(stay.values.iter().map(|(_, opens)| *opens), |out, before, _, opens| match opens {
            None => put_u64(out, UNKNOWN),
            Some(now) => {
                let old = i64::from(before.flatten().unwrap_or(0));
                put_u64(out, OPENS + zigzag(i64::from(now) - old));
            }
        });
    }
    changes
}

/// Both kinds of changes, read stay by stay.
pub(super) struct Columns<'a> {
    references: &'a [i64],
    active: [Reader<'a>; 2],
    opens: [Reader<'a>; 2],
    active_ats: Vec<Option<i64>>,
    open_counts: Vec<Option<u32>>,
}

impl<'a> Columns<'a> {
    /// `active` and `opens`: gaps, then values.
    pub(super) fn new(references: &'a [i64], active: [&'a [u8]; 2], opens: [&'a [u8]; 2]) -> Self {
        let (active, opens) = (active.map(Reader::new), opens.map(Reader::new));
        Self { references, active, opens, active_ats: Vec::new(), open_counts: Vec::new() }
    }

    /// What the next stay did in each of its snapshots, `count` of them from `first` on.
    pub(super) fn next(
        &mut self,
        first: usize,
        count: usize,
    ) -> Result<impl Iterator<Item = (Option<i64>, Option<u32>)>, DecodeError> {
        let references = &self.references[first..];
        take(&mut self.active, &mut self.active_ats, count, |values, _, i| active(values, references[i]))?;
        take(&mut self.opens, &mut self.open_counts, count, |values, before, _| opens(values, before.flatten()))?;
        Ok(self.active_ats.iter().copied().zip(self.open_counts.iter().copied()))
    }

    pub(super) fn end(self) -> Result<(), DecodeError> {
        self.active.into_iter().chain(self.opens).try_for_each(Reader::end)
    }
}

/// Reads what [`Changes::put`] wrote of one stay.
fn take<T: Copy>(
    [gaps, values]: &mut [Reader<'_>; 2],
    out: &mut Vec<T>,
    count: usize,
    mut read: impl FnMut(&mut Reader<'_>, Option<T>, usize) -> Result<T, DecodeError>,
) -> Result<(), DecodeError> {
    out.clear();
    let mut last = read(values, None, 0)?;
    out.push(last);
    while out.len() < count {
        let Some(gap) = gaps.u64()?.checked_sub(1) else {
            out.resize(count, last);
            break;
        };
        let next = usize::try_from(gap).ok().and_then(|gap| out.len().checked_add(gap)).filter(|next| *next < count);
        let next = next.ok_or(DecodeError::Invalid("place of a change"))?;
        out.resize(next, last);
        last = read(values, Some(last), next)?;
        out.push(last);
    }
    Ok(())
}

fn active(values: &mut Reader<'_>, reference: i64) -> Result<Option<i64>, DecodeError> {
    match values.u64()? {
        UNKNOWN => Ok(None),
        MILLISECONDS => Ok(Some(reference.wrapping_sub(values.i64()?))),
        seconds => i64::try_from(seconds - SECONDS)
            .ok()
            .and_then(|s| s.checked_mul(SECOND_MS))
            .and_then(|before| reference.checked_sub(before))
            .map(Some)
            .ok_or(DecodeError::Invalid("instant")),
    }
}

fn opens(values: &mut Reader<'_>, old: Option<u32>) -> Result<Option<u32>, DecodeError> {
    let Some(difference) = values.u64()?.checked_sub(OPENS) else { return Ok(None) };
    unzigzag(difference)
        .checked_add(i64::from(old.unwrap_or(0)))
        .and_then(|new| u32::try_from(new).ok())
        .map(Some)
        .ok_or(DecodeError::Invalid("opens"))
}
