//! One segment file as it was found, and where its records lie.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::frame::{RECORD_HEADER, RecordHeader, SEGMENT_HEADER, SegmentHeader, find};

/// No directory holds positions beyond this, nor holes wider than `MAX_HOLE` inside a segment: it is damage that says so.
pub(crate) const MAX_POSITION: u64 = 1 << 52;
const MAX_HOLE: u64 = 1 << 22;

/// Marks a position whose record is damaged.
const DAMAGED: u32 = u32::MAX;

/// A segment and the index of its records, which lives in memory only: reading the file tells it again.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    /// Position of the first record.
    pub(crate) first: u64,
    /// Bytes that are known to be good; what follows them is not ours.
    pub(crate) len: u64,
    /// Offset of each record, by position.
    offsets: Vec<u32>,
    pub(crate) first_at: Option<i64>,
    pub(crate) last_at: Option<i64>,
}

/// What follows the last good record of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    Clean,
    /// A write that was cut off before it was acknowledged to anybody.
    Torn,
    /// Something that was once whole, and is not.
    Damaged,
}

/// What reading a segment found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) segment: Segment,
    /// None if the header is damaged.
    pub(crate) header: Option<SegmentHeader>,
    pub(crate) tail: Tail,
    /// Position behind everything that was once here, damaged records at the end included as far as they can be told.
    pub(crate) end: u64,
    /// Damaged stretches: the first and the last position, and when the records around them were appended.
    pub(crate) damaged: Vec<Damage>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Damage {
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) before_at: Option<i64>,
    pub(crate) after_at: Option<i64>,
}

impl Segment {
    pub(crate) fn path_of(dir: &Path, first: u64) -> PathBuf {
        dir.join(format!("{first:020}.seg"))
    }

    /// The position that a segment's name tells.
    pub(crate) fn first_of(path: &Path) -> Option<u64> {
        let name = path.file_name()?.to_str()?.strip_suffix(".seg")?;
        let first = name.parse().ok().filter(|first| (1..MAX_POSITION).contains(first))?;
        (name.len() == 20).then_some(first)
    }

    pub(crate) fn empty(path: PathBuf, first: u64) -> Self {
        let len = SEGMENT_HEADER as u64;
        Self { path, first, len, offsets: Vec::new(), first_at: None, last_at: None }
    }

    /// Position behind the last record.
    pub(crate) fn end(&self) -> u64 {
        self.first + self.offsets.len() as u64
    }

    /// Takes note of a record of `len` bytes (header included) that now lies behind the others.
    pub(crate) fn push(&mut self, len: usize, at: i64) {
        self.offsets.push(u32::try_from(self.len).unwrap_or(DAMAGED));
        self.len += len as u64;
        self.first_at = self.first_at.or(Some(at));
        self.last_at = Some(at);
    }

    fn skip_to(&mut self, position: u64) {
        while self.end() < position {
            self.offsets.push(DAMAGED);
        }
    }

    /// Reads a record's JSON, or none if it is no longer what was written.
    pub(crate) fn read(&self, file: &mut File, position: u64) -> io::Result<Option<(i64, Vec<u8>)>> {
        let index = usize::try_from(position - self.first).unwrap_or(usize::MAX);
        let Some(offset) = self.offsets.get(index).filter(|offset| **offset != DAMAGED) else {
            return Ok(None);
        };
        file.seek(SeekFrom::Start(u64::from(*offset)))?;
        let mut header = [0; RECORD_HEADER];
        let whole = file.read_exact(&mut header);
        let Some(header) = whole_or_none(whole)?.and_then(|()| RecordHeader::read(&header)) else {
            return Ok(None);
        };
        let mut json = vec![0; header.len];
        let whole = whole_or_none(file.read_exact(&mut json))?;
        Ok((whole.is_some() && header.position == position && header.fits(&json)).then_some((header.at, json)))
    }
}

/// A file that ends too early is damage, and no error that could pass.
fn whole_or_none(read: io::Result<()>) -> io::Result<Option<()>> {
    match read {
        Ok(()) => Ok(Some(())),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(e) => Err(e),
    }
}

/// Reads a segment. `next` is the first position of the segment behind it: records from there on are leftovers of an append
/// that failed, and belong to nobody.
pub(crate) fn read(path: &Path, first: u64, next: Option<u64>) -> io::Result<Found> {
    let bytes = fs::read(path)?;
    let header = SegmentHeader::read(&bytes).filter(|header| header.first == first && header.base < first);
    let mut segment = Segment::empty(path.to_owned(), first);
    let mut damaged = Vec::new();
    let mut tail = Tail::Clean;
    let (mut at, mut before_at, mut hurt, mut beyond) = (SEGMENT_HEADER, None, false, first);
    while at < bytes.len() {
        let Some(record) = RecordHeader::read(&bytes[at..]) else {
            match find(&bytes, at) {
                Some(next) => (at, hurt) = (next, true),
                None => {
                    tail = tail_of(&bytes[at..]);
                    break;
                }
            }
            continue;
        };
        if next.is_some_and(|next| record.position >= next) {
            break;
        }
        let body = at + RECORD_HEADER;
        let Some(json) = bytes.get(body..body + record.len) else {
            tail = Tail::Torn;
            break;
        };
        let is_next = (segment.end()..segment.end() + MAX_HOLE).contains(&record.position);
        if is_next && record.fits(json) {
            if record.position > segment.end() {
                let (from, to) = (segment.end(), record.position - 1);
                damaged.push(Damage { from, to, before_at, after_at: Some(record.at) });
                segment.skip_to(record.position);
            }
            segment.len = at as u64;
            segment.push(RECORD_HEADER + record.len, record.at);
            (before_at, hurt) = (Some(record.at), false);
        } else {
            hurt = true;
            beyond = if is_next { record.position + 1 } else { beyond };
        }
        at = body + record.len;
    }
    if hurt {
        tail = Tail::Damaged;
    }
    let end = beyond.max(segment.end() + u64::from(tail == Tail::Damaged));
    Ok(Found { segment, header, tail, end, damaged })
}

/// What is left behind the last header that can be read. Zeros are what file systems leave of a write when the power goes; a
/// piece shorter than a header was never a record.
fn tail_of(rest: &[u8]) -> Tail {
    if rest.len() < RECORD_HEADER || rest.iter().all(|byte| *byte == 0) { Tail::Torn } else { Tail::Damaged }
}
