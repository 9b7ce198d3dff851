//! Keeping the spool bounded: what is dropped, and what is said about it.

use std::collections::BTreeMap;
use std::io;

use highwater_wire::GapReason;

use super::Spool;
use super::position::Lost;

/// How many losses in front of the oldest segment are remembered one by one.
const MOST_LOST: usize = 64;

impl Spool {
    /// Drops the oldest segments while what waits exceeds the cap.
    pub(super) fn make_room(&mut self, more: u64, now_at: i64) {
        loop {
            let waiting: u64 = self.segments.iter().filter(|s| s.end() > self.position.sent + 1).map(|s| s.len).sum();
            let oldest = self.segments.front();
            let Some(oldest) = oldest.filter(|_| waiting + more > self.options.max_bytes && self.segments.len() > 1)
            else {
                return;
            };
            let (from_at, to_at) = (oldest.first_at.unwrap_or(now_at), oldest.last_at.unwrap_or(now_at));
            if !self.remove_oldest() {
                return;
            }
            self.lose_front(from_at, to_at);
        }
    }

    /// Notes that everything before the oldest segment is gone, of which the server does not have what follows `acked`.
    pub(super) fn lose_front(&mut self, from_at: i64, to_at: i64) {
        let (from, to) = (self.position.acked + 1, self.kept() - 1);
        if to < from {
            return;
        }
        let mut lost = Lost {
            from,
            to,
            count: to - from + 1,
            from_at,
            to_at,
            reason: GapReason::SpoolFull,
            detail: "The spool was full and dropped its oldest records.".into(),
            is_muted: false,
        };
        // What was gone already is part of it now.
        let before = self.lost.range(..=to).filter(|(_, l)| l.to >= from).map(|(to, _)| *to).collect::<Vec<_>>();
        for old in before.iter().filter_map(|to| self.lost.remove(to)) {
            lost.from_at = lost.from_at.min(old.from_at);
            lost.count += old.beyond(from - 1);
        }
        self.lost.insert(to, lost);
        self.save();
    }

    /// Drops acknowledged segments beyond what is kept. Answers whether any went.
    pub(super) fn drop_kept(&mut self, keep_bytes: u64, keep_ms: i64) -> bool {
        let (now_at, acked) = (self.clock.now_at(), self.position.acked);
        let mut dropped = false;
        loop {
            let kept: u64 = self.segments.iter().filter(|s| s.end() <= acked + 1).map(|s| s.len).sum();
            let Some(oldest) = self.segments.front() else { return dropped };
            // The last one is never dropped: it knows the epoch, and when the agent last worked.
            let done = oldest.end() <= acked + 1 && self.segments.len() > 1;
            let is_old = oldest.last_at.is_none_or(|at| at < now_at.saturating_sub(keep_ms));
            if !(done && (kept > keep_bytes || is_old) && self.remove_oldest()) {
                return dropped;
            }
            dropped = true;
            let kept = self.kept();
            // Its position says of a single record that it is missing; of more, a server may have some of the fillers.
            self.lost.retain(|to, lost| *to >= kept || lost.count > 1);
        }
    }

    /// Of these losses, those in front of the oldest segment: the others are found again when it is read.
    pub(super) fn in_front(&self, lost: &BTreeMap<u64, Lost>) -> Vec<Lost> {
        lost.range(..self.kept()).map(|(_, lost)| lost.clone()).collect()
    }

    /// Of more losses than are remembered, the oldest become one, which says no less than they did.
    pub(super) fn fold_lost(&mut self) {
        while self.lost.range(..self.kept()).count() > MOST_LOST {
            let Some((_, old)) = self.lost.pop_first() else { return };
            let Some(mut next) = self.lost.first_entry() else { return };
            next.get_mut().take_in(&old);
        }
    }

    /// Removes the oldest segment's file. If that fails it is tried again with the next append.
    fn remove_oldest(&mut self) -> bool {
        let Some(oldest) = self.segments.front() else { return false };
        match self.disk.remove(&oldest.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(path = %oldest.path.display(), %error, "cannot remove a segment of the spool");
                false
            }
            _ => {
                self.reading = None;
                self.segments.pop_front();
                true
            }
        }
    }

    /// Position of the oldest record that is kept.
    pub(super) fn kept(&self) -> u64 {
        self.segments.front().map_or(self.end, |s| s.first)
    }

    /// The lowest position that can still be told to the server.
    pub(super) fn lowest(&self) -> u64 {
        let kept = self.kept();
        self.lost.get(&(kept - 1)).map_or(kept, |front| front.from)
    }
}
