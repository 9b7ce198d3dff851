//! Fills batches up to just below what the wire allows.

use std::collections::VecDeque;

use highwater_wire::{Batch, MAX_DECODED_BYTES, MAX_ENCODED_BYTES, MAX_RECORDS, Record};

use super::history::History;
use crate::ship::{EncodeError, encode_records};

/// A record as JSON.
#[derive(Debug)]
struct Written {
    json: Vec<u8>,
    sessions: u64,
}

/// A batch that is ready to be sent.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) body: Vec<u8>,
    pub(super) records: u64,
    pub(super) sessions: u64,
}

/// Makes batches out of a history.
#[derive(Debug)]
pub(super) struct Feed {
    history: History,
    /// Records that were read, but did not fit.
    left: VecDeque<Written>,
    /// How much JSON the next batch may hold; follows how well the last one was compressed.
    room_bytes: usize,
}

const FIRST_ROOM_BYTES: usize = 3 << 20;
const LEAST_ROOM_BYTES: usize = 64 << 10;
const MOST_ROOM_BYTES: usize = MAX_DECODED_BYTES - (1 << 20);

impl Feed {
    pub(super) fn new(history: History) -> Self {
        Self { history, left: VecDeque::new(), room_bytes: FIRST_ROOM_BYTES }
    }

    /// The same history from its record `from` (the first is 0) on.
    pub(super) fn rewind(&mut self, from: u64) {
        self.history = self.history.again();
        self.left.clear();
        for _ in 0..from {
            self.history.next();
        }
    }

    /// Batches are to be smaller from now on.
    pub(super) fn shrink(&mut self) {
        self.room_bytes = (self.room_bytes / 2).max(LEAST_ROOM_BYTES);
    }

    /// The next batch, or nothing when the history is told. `head` holds no records.
    pub(super) fn next_batch(&mut self, head: &Batch) -> Result<Option<Ready>, EncodeError> {
        let mut records = self.fill()?;
        while !records.is_empty() {
            let json: Vec<&[u8]> = records.iter().map(|record| record.json.as_slice()).collect();
            match encode_records(head, &json) {
                Ok(body) => {
                    let decoded: usize = json.iter().map(|record| record.len()).sum();
                    // 85 % leaves room for a batch that is compressed less well than this one.
                    let room = decoded.max(1) * (MAX_ENCODED_BYTES * 85 / 100) / body.len().max(1);
                    self.room_bytes = room.clamp(LEAST_ROOM_BYTES, MOST_ROOM_BYTES);
                    let sessions = records.iter().map(|record| record.sessions).sum();
                    return Ok(Some(Ready { body, records: records.len() as u64, sessions }));
                }
                Err(error @ EncodeError::TooLarge(_)) if records.len() == 1 => return Err(error),
                Err(EncodeError::TooLarge(_)) => {
                    for record in records.drain(records.len() / 2..).rev() {
                        self.left.push_front(record);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    fn fill(&mut self) -> Result<Vec<Written>, EncodeError> {
        let mut records = Vec::new();
        let mut bytes = 0;
        while bytes < self.room_bytes && records.len() < MAX_RECORDS {
            let written = match self.left.pop_front() {
                Some(written) => written,
                None => match self.history.next() {
                    Some(record) => write(&record)?,
                    None => break,
                },
            };
            bytes += written.json.len() + 1;
            records.push(written);
        }
        Ok(records)
    }
}

fn write(record: &Record) -> Result<Written, EncodeError> {
    let sessions = if let Record::Snapshot(snapshot) = record { snapshot.sessions.len() as u64 } else { 0 };
    Ok(Written { json: serde_json::to_vec(record).map_err(std::io::Error::from)?, sessions })
}
