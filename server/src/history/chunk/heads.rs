//! What is said of each snapshot as a whole; the bytes are described in `chunk.rs`.

use std::rc::Rc;

use super::MAX_SNAPSHOTS;
use crate::history::bytes::{DecodeError, Reader, put_count, put_i64, put_u64};
use crate::history::frame::Head as FrameHead;
use crate::model::limit::Limit;
use crate::model::snapshot::{Session, Snapshot};

const PARTIAL: u8 = 0x01;
const BURST: u8 = 0x02;
const SAME_HEAD: u8 = 0x04;
const KNOWN_FLAGS: u8 = PARTIAL | BURST | SAME_HEAD;

#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) taken_at: i64,
    pub(super) sampling_secs: u32,
    source: Rc<str>,
    limit: Limit,
    partial: bool,
    burst_of: Option<u64>,
}

impl Head {
    /// The snapshot with these sessions, which are put in order.
    pub(super) fn snapshot(&self, mut sessions: Vec<Session>) -> Snapshot {
        // Stays come by client, user and start; of several that share these the order follows what they do.
        if !sessions.is_sorted() {
            sessions.sort_unstable();
        }
        Snapshot {
            taken_at: self.taken_at,
            source: self.source.as_ref().to_owned(),
            sampling_secs: self.sampling_secs,
            limit: self.limit,
            partial: self.partial,
            burst_of: self.burst_of,
            sessions,
        }
    }
}

pub(super) fn encode(hour_at: i64, snapshots: &[&Snapshot]) -> Vec<u8> {
    let mut out = Vec::with_capacity(snapshots.len() * 8 + 32);
    put_count(&mut out, snapshots.len());
    let mut last_at = hour_at;
    let mut last_head = None;
    for snapshot in snapshots {
        let head = FrameHead::of(snapshot);
        let is_same = last_head.as_ref() == Some(&head);
        let mut flags = 0;
        for (flag, is_set) in [(PARTIAL, snapshot.partial), (BURST, snapshot.burst_of.is_some()), (SAME_HEAD, is_same)]
        {
            flags |= if is_set { flag } else { 0 };
        }
        out.push(flags);
        put_i64(&mut out, snapshot.taken_at.wrapping_sub(last_at));
        if let Some(record) = snapshot.burst_of {
            put_u64(&mut out, record);
        }
        if !is_same {
            head.put(&mut out);
        }
        last_at = snapshot.taken_at;
        last_head = Some(head);
    }
    out
}

pub(super) fn decode(hour_at: i64, bytes: &[u8]) -> Result<Vec<Head>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(2, MAX_SNAPSHOTS)?;
    let mut heads: Vec<Head> = Vec::with_capacity(count);
    for _ in 0..count {
        let flags = reader.u8()?;
        if flags & !KNOWN_FLAGS != 0 {
            return Err(DecodeError::Invalid("flags"));
        }
        let last = heads.last();
        let taken_at = last.map_or(hour_at, |l| l.taken_at).wrapping_add(reader.i64()?);
        if last.is_some_and(|l| l.taken_at >= taken_at) {
            return Err(DecodeError::Invalid("order of snapshots"));
        }
        let burst_of = if flags & BURST == 0 { None } else { Some(reader.u64()?) };
        let (source, sampling_secs, limit) = match (flags & SAME_HEAD != 0, last) {
            (false, _) => {
                let head = FrameHead::read(&mut reader)?;
                (head.source.into(), head.sampling_secs, head.limit)
            }
            (true, Some(last)) => (Rc::clone(&last.source), last.sampling_secs, last.limit),
            (true, None) => return Err(DecodeError::Invalid("lack of a head")),
        };
        heads.push(Head { taken_at, sampling_secs, source, limit, partial: flags & PARTIAL != 0, burst_of });
    }
    reader.end()?;
    Ok(heads)
}
