//! Opening a spool: whatever the directory holds becomes a spool that keeps its promises.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Arc;

use highwater_wire::GapReason;
use rand::rngs::StdRng;

use super::disk::Disk;
use super::epoch::random_epoch;
use super::frame::SegmentHeader;
use super::position::{Lost, Position};
use super::segment::{self, Damage, Found, MAX_POSITION, Segment, Tail};
use super::{Options, Spool, SpoolError};
use crate::clock::Clock;

impl Spool {
    /// Opens the spool of a directory, which is made if it is not there.
    ///
    /// # Errors
    /// Another process has it, or the file system refuses. Damaged content is no error.
    pub fn open(options: Options, disk: Arc<dyn Disk>, clock: Clock, mut rng: StdRng) -> Result<Self, SpoolError> {
        let failed = |doing| {
            let dir = options.dir.clone();
            move |error| SpoolError::Io { dir, doing, error }
        };
        fs::create_dir_all(&options.dir).map_err(failed("making the directory"))?;
        let lock = lock(&options.dir)?;
        let found = read_all(&options.dir).map_err(failed("reading"))?;
        let first = found.first().map_or(1, |f| f.segment.first);
        let position = position(&found, Position::load(&options.dir)).unwrap_or_else(|| {
            let base = first - 1;
            Position { epoch: random_epoch(&mut rng), base, acked: base, sent: base, ..Position::default() }
        });
        let mut spool = Self {
            options,
            disk,
            clock,
            rng,
            segments: VecDeque::new(),
            tail: None,
            lost: BTreeMap::new(),
            position,
            end: first,
            opened_end: None,
            reading: None,
            _lock: lock,
        };
        spool.take(found);
        Ok(spool)
    }

    fn take(&mut self, found: Vec<Found>) {
        let firsts: Vec<_> = found.iter().skip(1).map(|f| f.segment.first).collect();
        let last_at = found.iter().rev().find_map(|f| f.segment.last_at).unwrap_or_else(|| self.clock.now_at());
        for front in std::mem::take(&mut self.position.front) {
            if front.to < self.end {
                self.lose(front);
            }
        }
        let mut next = firsts.into_iter();
        let mut before_at = None;
        for one in found {
            one.damaged.iter().for_each(|damage| self.lose_damaged(*damage, last_at));
            let good = one.segment.end();
            let next_first = next.next();
            let end = next_first.unwrap_or(if one.tail == Tail::Damaged { one.end } else { good });
            before_at = one.segment.last_at.or(before_at);
            if end > good {
                self.lose_damaged(Damage { from: good, to: end - 1, before_at, after_at: None }, last_at);
            }
            if next_first.is_none() && one.tail != Tail::Damaged && one.header.is_some() {
                self.tail = reopen(&*self.disk, &one.segment).ok();
            }
            self.end = end;
            self.segments.push_back(one.segment);
        }
        self.end = self.end.max(self.position.base + 1);
        self.position.acked = self.position.acked.clamp(self.position.base, self.end - 1);
        self.position.sent = self.position.sent.clamp(self.position.acked, self.end - 1);
        self.opened_end = Some(self.end);
        self.restore_front(last_at);
    }

    /// Positions between what is acknowledged and the oldest segment are gone: it was dropped, and the note of it was lost.
    fn restore_front(&mut self, last_at: i64) {
        if self.lowest() > self.position.acked + 1 {
            let at = self.segments.front().and_then(|s| s.first_at).unwrap_or(last_at);
            self.lose_front(at, at);
        }
    }

    pub(super) fn lose_damaged(&mut self, damage: Damage, last_at: i64) {
        let Damage { from, to, before_at, after_at } = damage;
        let count = to - from + 1;
        tracing::warn!(count, "records of the spool are damaged");
        let (from_at, to_at) = (before_at.or(after_at).unwrap_or(last_at), after_at.or(before_at).unwrap_or(last_at));
        let detail = "Records were damaged on the disk of the agent.".to_owned();
        self.lose(Lost { from, to, count, from_at, to_at, reason: GapReason::SpoolCorrupt, detail, is_muted: false });
    }
}

/// Keeps other processes out. The lock goes with the process, however it ends.
fn lock(dir: &Path) -> Result<File, SpoolError> {
    let failed = |error| SpoolError::Io { dir: dir.to_owned(), doing: "locking", error };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(dir.join("lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SpoolError::InUse(dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

pub(super) fn read_all(dir: &Path) -> io::Result<Vec<Found>> {
    let mut paths = BTreeMap::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if let Some(first) = Segment::first_of(&path) {
            paths.insert(first, path);
        }
    }
    let firsts: Vec<_> = paths.keys().copied().collect();
    let next = |first: &u64| firsts.iter().find(|f| *f > first).copied();
    paths.iter().map(|(first, path)| segment::read(path, *first, next(first))).collect()
}

/// Which epoch this is and how far the server has it. The last header decides: it is written before anything is numbered
/// under a new epoch. If it is damaged, what was saved decides. None if nobody knows what the numbers meant to the server:
/// then what is here gets new ones, and an empty directory is a new spool.
fn position(found: &[Found], saved: Option<Position>) -> Option<Position> {
    let (first, last) = (found.first()?.segment.first, found.last()?);
    let of = |header: SegmentHeader| {
        let (epoch, acked) = (hex::encode(header.epoch), header.base.max(first - 1));
        Position { epoch, base: header.base, acked, sent: acked, ..Position::default() }
    };
    match (saved.filter(is_sane), last.header) {
        (Some(saved), Some(header)) => saved.of(&hex::encode(header.epoch), header.base).or_else(|| Some(of(header))),
        (None, Some(header)) => Some(of(header)),
        (Some(saved), None) => Some(Position { next: None, ..saved }),
        (None, None) => found.iter().rev().find_map(|f| f.header).map(of),
    }
}

/// Opens the last segment to write on, behind its last whole record.
fn reopen(disk: &dyn Disk, segment: &Segment) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).open(&segment.path)?;
    if file.metadata()?.len() != segment.len {
        disk.set_len(&file, segment.len)?;
    }
    io::Seek::seek(&mut file, io::SeekFrom::Start(segment.len))?;
    Ok(file)
}

fn is_sane(saved: &Position) -> bool {
    let is_epoch = saved.epoch.len() == 32 && hex::decode(&saved.epoch).is_ok();
    let is_lost = |l: &Lost| (1..=l.to).contains(&l.from) && l.to < MAX_POSITION && l.count < MAX_POSITION;
    let next = saved.next.as_deref();
    is_epoch && saved.base < MAX_POSITION && saved.front.iter().all(is_lost) && next.is_none_or(is_sane)
}

pub(super) fn epoch_bytes(epoch: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    let _ = hex::decode_to_slice(epoch, &mut bytes);
    bytes
}
