//! One hour of one host, as it is stored: its chunk, and the frames that are not in it yet.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::history::{chunk, frame};
use crate::model::HostId;
use crate::model::snapshot::Snapshot;
use crate::store::Result;
use crate::store::values::corrupt;

pub(super) struct Hour {
    host: HostId,
    hour_at: i64,
    pub(super) chunk: Option<Vec<u8>>,
    frames: BTreeMap<i64, Vec<u8>>,
    decoded: BTreeMap<i64, Snapshot>,
}

impl Hour {
    pub(super) fn new(host: HostId, hour_at: i64) -> Self {
        Self { host, hour_at, chunk: None, frames: BTreeMap::new(), decoded: BTreeMap::new() }
    }

    pub(super) fn starts_at(&self) -> i64 {
        self.hour_at
    }

    pub(super) fn add_frame(&mut self, taken_at: i64, body: Vec<u8>) {
        self.frames.insert(taken_at, body);
    }

    /// Every snapshot within the instants, in order. One that is in the chunk came before a frame of the same instant.
    pub(super) fn within(mut self, instants: &Range<i64>) -> Result<Vec<Snapshot>> {
        if let Some(chunk) = self.chunk.take() {
            let whole = chunk::decode(&chunk).map_err(|e| self.chunk_damaged(&e))?;
            self.decoded = whole.within.into_iter().map(|s| (s.taken_at, s)).collect();
        }
        // No others: a damaged frame harms only what is based on it.
        let wanted: Vec<i64> = self.frames.range(instants.clone()).map(|(taken_at, _)| *taken_at).collect();
        for taken_at in wanted {
            self.decode(taken_at)?;
        }
        Ok(self.decoded.into_values().filter(|s| instants.contains(&s.taken_at)).collect())
    }

    pub(super) fn instants(mut self) -> Result<Vec<i64>> {
        let mut instants: Vec<i64> = self.frames.keys().copied().collect();
        if let Some(chunk) = self.chunk.take() {
            instants.extend(chunk::instants(&chunk).map_err(|e| self.chunk_damaged(&e))?);
        }
        instants.sort_unstable();
        instants.dedup();
        Ok(instants)
    }

    /// The newest snapshot at or before `at`.
    pub(super) fn newest(mut self, at: i64) -> Result<Option<Snapshot>> {
        let of_chunk = self.in_chunk(at)?;
        let frame_at = self.frames.range(..=at).next_back().map(|(taken_at, _)| *taken_at);
        match frame_at.filter(|frame_at| of_chunk.as_ref().is_none_or(|s| s.taken_at < *frame_at)) {
            None => Ok(of_chunk),
            Some(frame_at) => {
                self.decode(frame_at)?;
                Ok(self.decoded.remove(&frame_at))
            }
        }
    }

    fn in_chunk(&self, at: i64) -> Result<Option<Snapshot>> {
        let Some(chunk) = &self.chunk else { return Ok(None) };
        chunk::at(chunk, at).map_err(|e| self.chunk_damaged(&e))
    }

    /// Decodes one frame and before it those that it is based on, no others.
    fn decode(&mut self, taken_at: i64) -> Result<()> {
        let mut chain = Vec::new();
        let mut next = Some(taken_at);
        while let Some(at) = next.filter(|at| !self.decoded.contains_key(at)) {
            let Some(body) = self.frames.get(&at) else {
                let base = self.in_chunk(at)?.filter(|s| s.taken_at == at);
                let base =
                    base.ok_or_else(|| self.frame_damaged(at, &"later frames are based on it, but it is missing"))?;
                self.decoded.insert(at, base);
                break;
            };
            let base_at = frame::base_at(body).map_err(|e| self.frame_damaged(at, &e))?;
            // A base is earlier, so that this ends.
            if base_at.is_some_and(|base_at| base_at >= at) {
                return Err(self.frame_damaged(at, &"it is based on a later one"));
            }
            chain.push((at, base_at));
            next = base_at;
        }
        while let Some((at, base_at)) = chain.pop() {
            let base = base_at.and_then(|base_at| self.decoded.get(&base_at));
            let snapshot = frame::decode(&self.frames[&at], base).map_err(|e| self.frame_damaged(at, &e))?;
            self.decoded.insert(at, snapshot);
        }
        Ok(())
    }

    fn frame_damaged(&self, taken_at: i64, why: &dyn std::fmt::Display) -> sqlx::Error {
        corrupt(format!("the frame of host {} at {taken_at} cannot be read: {why}", self.host))
    }

    fn chunk_damaged(&self, why: &dyn std::fmt::Display) -> sqlx::Error {
        corrupt(format!("the chunk of host {} in the hour from {} cannot be read: {why}", self.host, self.hour_at))
    }
}
