//! Reading what is to be sent next.

use std::fs::File;
use std::io;

use highwater_wire::{Gap, Record};

use super::position::Lost;
use super::{Spool, SpoolError};

/// Stands at the numbers of lost records before their gap. A kind that no server knows, so that every server passes over it.
const FILLER: &[u8] = br#"{"filler":{}}"#;

/// How much to read at most. One record is always read, however large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    pub records: usize,
    pub bytes: usize,
}

/// Records that follow each other, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub epoch: String,
    /// Sequence number of the first.
    pub first_seq: u64,
    pub records: Vec<Vec<u8>>,
    /// How many wait behind these.
    pub behind: u64,
}

impl Spool {
    /// The oldest records that are not acknowledged. Empty when there are none, and once after opening: an empty batch asks the
    /// server where it stands before anything is numbered against what it knows.
    ///
    /// # Errors
    /// The medium cannot be read now. Records that are damaged are no error: a gap takes their place.
    pub fn next(&mut self, most: Most) -> Result<Run, SpoolError> {
        let from = self.position.acked + 1;
        let (mut records, mut bytes, mut at) = (Vec::new(), 0, from);
        while self.opened_end.is_none() && at < self.end && records.len() < most.records {
            let json = self.record(at).map_err(|e| self.error("reading", e))?;
            bytes += json.len();
            if bytes > most.bytes && !records.is_empty() {
                break;
            }
            records.push(json);
            at += 1;
        }
        let first_seq = from - self.position.base;
        Ok(Run { epoch: self.position.epoch.clone(), first_seq, records, behind: self.end - at })
    }

    /// What stands at a position: the record, or what takes its place.
    fn record(&mut self, at: u64) -> io::Result<Vec<u8>> {
        if let Some(lost) = self.lost_at(at) {
            return stand_in(lost, at);
        }
        if let Some((_, json)) = self.read_at(at)? {
            return Ok(json);
        }
        // It was whole when the spool was opened; its neighbours are looked at when their turn comes.
        let appended_at = self.last_at().unwrap_or_else(|| self.clock.now_at());
        self.lose_damaged(super::segment::Damage { from: at, to: at, before_at: None, after_at: None }, appended_at);
        self.lost_at(at).map_or_else(|| Ok(FILLER.to_vec()), |lost| stand_in(lost, at))
    }

    fn lost_at(&self, at: u64) -> Option<&Lost> {
        self.lost.range(at..).next().map(|(_, lost)| lost).filter(|lost| lost.from <= at)
    }

    /// When a record was appended, if it can be read.
    pub(super) fn appended_at(&mut self, at: u64) -> Option<i64> {
        self.read_at(at).ok().flatten().map(|(appended_at, _)| appended_at)
    }

    fn read_at(&mut self, at: u64) -> io::Result<Option<(i64, Vec<u8>)>> {
        let Some(segment) = self.segments.iter().find(|s| s.first <= at && at < s.end()) else {
            return Ok(None);
        };
        if self.reading.as_ref().is_none_or(|(first, _)| *first != segment.first) {
            match File::open(&segment.path) {
                Ok(file) => self.reading = Some((segment.first, file)),
                Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(e) => return Err(e),
            }
        }
        match &mut self.reading {
            Some((_, file)) => segment.read(file, at),
            None => Ok(None),
        }
    }
}

fn stand_in(lost: &Lost, at: u64) -> io::Result<Vec<u8>> {
    if at < lost.to || lost.is_muted {
        return Ok(FILLER.to_vec());
    }
    let gap = Gap {
        from_at: lost.from_at,
        to_at: lost.to_at.max(lost.from_at),
        reason: lost.reason,
        lost_records: Some(lost.count),
        detail: lost.detail.clone(),
    };
    Ok(serde_json::to_vec(&Record::Gap(gap))?)
}
