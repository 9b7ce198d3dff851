//! A bounded durable queue between observing and shipping. Its promises, which hold across crashes and power cuts:
//!
//! 1. What [`Spool::append`] returned for is on the medium, and has its sequence number from then on, never before.
//! 2. Records leave in the order they came. The sequence numbers that the server sees have no holes: where records are gone
//!    (the spool was full, the medium damaged them, the server can never store them), a gap record that says so stands at the
//!    *last* of their numbers, and fillers, which the server passes over, at the numbers before it. At the last, because a
//!    server that already stored some of these numbers (its answer was lost) then still takes the gap; only a server that
//!    has them all does not, and then nothing was lost. So `lost_records` says "at most".
//! 3. Nothing is forgotten before it was acknowledged, except by 4. What was acknowledged is kept for 24 hours or 64 MiB,
//!    whichever ends first, and on a full disk for less: a server that went back to an older state is told again, from where
//!    it stands. If that is before what is kept, the rest goes under a new epoch, which starts with a gap. Losses are
//!    remembered when their records are long gone, and so it counts those too that a server was told and forgot.
//!    One limit: a server that went back to before an epoch began says nothing of where it stands in the one before. It
//!    gets all that is kept, and is taken to miss besides what it missed when the epoch began: if it stands further back,
//!    no gap counts what it had in between and is kept no longer.
//! 4. What waits is bounded: beyond the cap the oldest segment is dropped, with a `spool_full` gap in its place.
//! 5. A write that was cut off is cut away when the spool is opened. Damage elsewhere costs the records it hit and no others, and
//!    leaves a `spool_corrupt` gap. No content of the directory makes the spool panic or refuse to open.
//! 6. A failed write (a full disk) changes nothing: the append is an error, the spool stays usable, and the next append goes to
//!    a new segment, because what a file holds after a failed sync is not known.
//! 7. A spool that itself went back in time (a restored machine) notices when the server knows more of its epoch than it
//!    does, and goes on under a new epoch: no new record takes a number that an older one had at the server.
//! 8. One process at a time: the directory is locked.
//! 9. A server that knows more than was saved here is not believed before it has seen what it knows: another spool, of which this one is a
//!    copy, may have told it that. What was not acknowledged is sent to it, and it says whether that is the same.
//!
//! Inside, records have *positions*, which only grow while the directory lives. A sequence number is the position minus the
//! epoch's base, so a new epoch does not rewrite what is stored. `position.json` keeps how far the server is, and what was
//! lost; nothing depends on it but how much is sent twice, and how many records a gap says that it stands for.

mod bounds;
mod disk;
mod epoch;
mod fit;
mod frame;
mod inspect;
mod open;
mod position;
mod read;
mod segment;
mod shared;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use highwater_wire::{GapReason, Record};
use rand::rngs::StdRng;

pub use disk::{Disk, RealDisk};
pub use inspect::{Inspection, inspect};
pub use read::{Most, Run};
pub use shared::Shared;

use crate::clock::Clock;
use frame::{RECORD_HEADER, RecordHeader, SegmentHeader};
use position::{Lost, Position};
use segment::Segment;

/// Where the spool lives and how much it may hold.
#[derive(Debug, Clone)]
pub struct Options {
    pub dir: PathBuf,
    /// Most bytes that wait to be acknowledged.
    pub max_bytes: u64,
    /// Most bytes of what was acknowledged and is kept.
    pub keep_bytes: u64,
    /// How long it is kept.
    pub keep_ms: i64,
}

impl Options {
    #[must_use]
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, max_bytes: 64 << 20, keep_bytes: 64 << 20, keep_ms: 24 * 3_600_000 }
    }

    /// Small enough that dropping one costs little of the whole, large enough that there are few.
    fn segment_bytes(&self) -> u64 {
        (self.max_bytes / 16).clamp(4 << 10, 4 << 20)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    #[error("the spool {0} is in use by another agent; stop that one first")]
    InUse(PathBuf),
    #[error(
        "the disk of the spool {dir} is full: free some space, or set a smaller spool; until then nothing new is kept"
    )]
    DiskFull { dir: PathBuf },
    #[error("{doing} in the spool {dir} failed: {error}")]
    Io { dir: PathBuf, doing: &'static str, error: io::Error },
    #[error("a record of {0} bytes is too large for the spool")]
    TooLarge(usize),
}

/// What [`Spool::settle`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The server is as far as it was, or further.
    Forward,
    /// The server went back by this many records; they are sent again.
    Back(u64),
    /// Server and spool do not fit together any more; a new epoch begins.
    NewEpoch,
}

/// How full it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    pub waiting_records: u64,
    pub waiting_bytes: u64,
    pub kept_bytes: u64,
    /// When the oldest record that waits was appended.
    pub oldest_waiting_at: Option<i64>,
}

/// See the module's promises.
#[derive(Debug)]
pub struct Spool {
    options: Options,
    disk: Arc<dyn Disk>,
    clock: Clock,
    rng: StdRng,
    /// Oldest first. The last one is written to, if `tail` is there.
    segments: VecDeque<Segment>,
    /// The open end of the last segment; none after a failed write and after opening damage: the next append makes a new one.
    tail: Option<File>,
    /// Stretches that are gone, by their last position. Those that the server was told stay: it may go back to before it was.
    lost: BTreeMap<u64, Lost>,
    position: Position,
    /// Position behind everything that ever was here.
    end: u64,
    /// Position behind what was here when this process opened it, until the server has first been heard.
    opened_end: Option<u64>,
    /// The file that is read from, with the segment's first position.
    reading: Option<(u64, File)>,
    _lock: File,
}

impl Spool {
    /// Names this spool to the server.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.position.epoch
    }

    /// When the newest record was appended: when this agent was last seen to work.
    #[must_use]
    pub fn last_at(&self) -> Option<i64> {
        self.segments.iter().rev().find_map(|s| s.last_at)
    }

    #[must_use]
    pub fn store_id(&self) -> Option<&str> {
        self.position.store_id.as_deref()
    }

    /// Whether the server must be asked where it stands before anything is sent: once after opening.
    #[must_use]
    pub fn must_ask(&self) -> bool {
        self.opened_end.is_some()
    }

    #[must_use]
    pub fn stats(&self) -> Stats {
        let (mut stats, acked) = (Stats::default(), self.position.acked);
        stats.waiting_records = self.end - 1 - acked.min(self.end - 1);
        for segment in &self.segments {
            if segment.end() <= acked + 1 {
                stats.kept_bytes += segment.len;
            } else {
                stats.waiting_bytes += segment.len;
                let oldest = if segment.first > acked { segment.first_at } else { segment.last_at };
                stats.oldest_waiting_at = stats.oldest_waiting_at.or(oldest);
            }
        }
        stats
    }

    /// Stores records, in order, and returns when they are on the medium.
    ///
    /// # Errors
    /// The records are not stored, none of them; the spool is as before.
    pub fn append(&mut self, records: Vec<Record>) -> Result<(), SpoolError> {
        let now_at = self.clock.now_at();
        let (mut bytes, mut lens) = (Vec::new(), Vec::new());
        for record in records.into_iter().flat_map(fit::fit) {
            let json = serde_json::to_vec(&record).map_err(|e| self.error("writing", e.into()))?;
            if json.len() > frame::MAX_RECORD {
                return Err(SpoolError::TooLarge(json.len()));
            }
            RecordHeader::write(&mut bytes, self.end + lens.len() as u64, now_at, &json);
            lens.push(RECORD_HEADER + json.len());
        }
        if lens.is_empty() {
            return Ok(());
        }
        self.make_room(bytes.len() as u64, now_at);
        if let Err(error) = self.write(&bytes) {
            let full = is_full(&error);
            self.abandon_tail();
            // What was acknowledged is kept for a rare case; what is new has nowhere else to go.
            if !(full && self.drop_kept(0, i64::MAX)) {
                return Err(self.error("writing", error));
            }
            self.write(&bytes).map_err(|e| {
                self.abandon_tail();
                self.error("writing", e)
            })?;
        }
        if let Some(segment) = self.segments.back_mut() {
            lens.iter().for_each(|len| segment.push(*len, now_at));
            self.end = segment.end();
        }
        Ok(())
    }

    /// Takes note of where the server stands: `cursor` is the highest sequence number such that it has all up to there.
    ///
    /// # Errors
    /// A new epoch is needed and cannot be written; nothing changed.
    pub fn settle(&mut self, cursor: u64, store_id: Option<&str>) -> Result<Settled, SpoolError> {
        let at = self.position.base.saturating_add(cursor);
        if let Some(id) = store_id {
            self.position.store_id = Some(id.to_owned());
        }
        let known = self.opened_end.unwrap_or(self.end);
        if at >= known {
            // It has numbers that we never gave, or gave to other records since: this spool is older than what it told.
            let first = if self.opened_end.is_some() { known } else { self.position.acked + 1 };
            self.start_epoch(first, None)?;
            return Ok(Settled::NewEpoch);
        }
        if self.has_forgotten(cursor) {
            self.start_epoch(self.kept(), None)?;
            return Ok(Settled::NewEpoch);
        }
        if at + 1 < self.lowest() {
            self.start_after_loss(at)?;
            return Ok(Settled::NewEpoch);
        }
        let is_asked = self.opened_end.take().is_some();
        // Nothing was shown to it yet. Without a saved position there is nothing to compare with, and all would be sent again.
        let at = if is_asked && self.position.acked_at.is_some() { at.min(self.position.acked) } else { at };
        let back = self.position.acked.saturating_sub(at);
        self.position.acked = at;
        self.position.sent = self.position.sent.max(at);
        self.position.acked_at = Some(self.clock.now_at());
        self.drop_kept(self.options.keep_bytes, self.options.keep_ms);
        self.save();
        Ok(if back == 0 { Settled::Forward } else { Settled::Back(back) })
    }

    /// Puts a gap in the place of a record that the server can never store. After a restart the server refuses it again, and
    /// so it need not be remembered.
    pub fn refuse(&mut self, seq: u64, why: &str) {
        let at = self.position.base.saturating_add(seq);
        if at <= self.position.acked || at >= self.end {
            return;
        }
        // If even the gap is refused, nothing is left to say.
        if let Some(lost) = self.lost.get_mut(&at) {
            lost.is_muted = true;
            return;
        }
        let appended_at = self.appended_at(at).or_else(|| self.last_at()).unwrap_or(0);
        self.lose(Lost {
            from: at,
            to: at,
            count: 1,
            from_at: appended_at,
            to_at: appended_at,
            reason: GapReason::Refused,
            detail: why.chars().take(500).collect(),
            is_muted: false,
        });
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let full = self.segments.back().is_none_or(|s| s.len >= self.options.segment_bytes());
        if full || self.tail.is_none() {
            self.start_segment(self.position.epoch.clone(), self.position.base)?;
        }
        if let Some(file) = &mut self.tail {
            self.disk.write(file, bytes)?;
            self.disk.sync(file)?;
        }
        Ok(())
    }

    /// Makes a segment whose header is on the medium before it has its name: a header is never torn.
    fn start_segment(&mut self, epoch: String, base: u64) -> io::Result<()> {
        let header = SegmentHeader { epoch: open::epoch_bytes(&epoch), base, first: self.end };
        let path = Segment::path_of(&self.options.dir, self.end);
        let fresh = path.with_extension("new");
        let mut file = self.disk.create(&fresh)?;
        self.disk.write(&mut file, &header.to_bytes())?;
        self.disk.sync(&file)?;
        self.disk.rename(&fresh, &path)?;
        // An empty segment has the same name, and was just replaced.
        if self.segments.back().is_some_and(|s| s.first == self.end) {
            self.segments.pop_back();
        }
        self.segments.push_back(Segment::empty(path, self.end));
        self.tail = Some(file);
        Ok(())
    }

    /// After a failed write: cuts what it may have left, if that works, and writes to this file no more. What cannot be cut is
    /// passed over when the spool is opened, since the next segment starts at the same position.
    fn abandon_tail(&mut self) {
        if let (Some(file), Some(segment)) = (self.tail.take(), self.segments.back()) {
            let _ = self.disk.set_len(&file, segment.len);
        }
        self.reading = None;
    }

    fn lose(&mut self, lost: Lost) {
        self.lost.insert(lost.to, lost);
    }

    /// Saves how far the server is. Failing costs no more than sending some records twice after a restart.
    fn save(&mut self) {
        self.fold_lost();
        self.position.front = self.in_front(&self.lost);
        if let Err(error) = self.position.save(&*self.disk, &self.options.dir) {
            tracing::debug!(%error, "cannot save the spool's position");
        }
    }

    fn error(&self, doing: &'static str, error: io::Error) -> SpoolError {
        let dir = self.options.dir.clone();
        if is_full(&error) { SpoolError::DiskFull { dir } } else { SpoolError::Io { dir, doing, error } }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}
