//! How a record lies in a segment: a header that names it and can be found again behind damage, then the record's JSON.
//!
//! | bytes | header of a segment | | bytes | header of a record |
//! |---|---|---|---|---|
//! | 8 | magic and version | | 4 | mark: no JSON contains its first byte |
//! | 16 | epoch | | 4 | length of the JSON |
//! | 8 | base: position 1 of the epoch, minus 1 | | 8 | position |
//! | 8 | position of the first record | | 8 | when it was appended, ms |
//! | 4 | CRC32 of the above | | 4 | CRC32 of the JSON |
//! | | | | 4 | CRC32 of the above |
//!
//! Numbers are little-endian. The record's header has a checksum of its own, so that damage to the JSON costs this record
//! only, and damage to the length is never believed.

pub(crate) const SEGMENT_HEADER: usize = 44;
pub(crate) const RECORD_HEADER: usize = 32;
/// Longer than any record the spool writes: a length beyond it is damage.
pub(crate) const MAX_RECORD: usize = 4 << 20;

const MAGIC: [u8; 8] = *b"HWSPOOL\x01";
const MARK: [u8; 4] = [0xFF, b'H', b'W', b'R'];

/// What every segment says first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) epoch: [u8; 16],
    pub(crate) base: u64,
    pub(crate) first: u64,
}

impl SegmentHeader {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&self.epoch);
        bytes.extend_from_slice(&self.base.to_le_bytes());
        bytes.extend_from_slice(&self.first.to_le_bytes());
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (told, crc) = bytes.get(..SEGMENT_HEADER)?.split_at(SEGMENT_HEADER - 4);
        if !told.starts_with(&MAGIC) || crc != crc32fast::hash(told).to_le_bytes() {
            return None;
        }
        let epoch = told.get(8..24)?.try_into().ok()?;
        Some(Self { epoch, base: u64_at(told, 24)?, first: u64_at(told, 32)? })
    }
}

/// What stands before a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordHeader {
    pub(crate) len: usize,
    pub(crate) position: u64,
    pub(crate) at: i64,
    crc: u32,
}

impl RecordHeader {
    /// Appends a whole record, header and JSON, to `out`.
    pub(crate) fn write(out: &mut Vec<u8>, position: u64, at: i64, json: &[u8]) {
        let start = out.len();
        out.extend_from_slice(&MARK);
        out.extend_from_slice(&u32::try_from(json.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(&position.to_le_bytes());
        out.extend_from_slice(&at.to_le_bytes());
        out.extend_from_slice(&crc32fast::hash(json).to_le_bytes());
        let crc = crc32fast::hash(&out[start..]);
        out.extend_from_slice(&crc.to_le_bytes());
        out.extend_from_slice(json);
    }

    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (told, crc) = bytes.get(..RECORD_HEADER)?.split_at(RECORD_HEADER - 4);
        if !told.starts_with(&MARK) || crc != crc32fast::hash(told).to_le_bytes() {
            return None;
        }
        let len = usize::try_from(u32_at(told, 4)?).ok().filter(|len| *len <= MAX_RECORD)?;
        Some(Self { len, position: u64_at(told, 8)?, at: u64_at(told, 16)?.cast_signed(), crc: u32_at(told, 24)? })
    }

    /// Whether `json` is what was written.
    pub(crate) fn fits(&self, json: &[u8]) -> bool {
        json.len() == self.len && crc32fast::hash(json) == self.crc
    }
}

/// Offset of the next record's header at or behind `from`, past whatever is damaged.
pub(crate) fn find(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(step) = bytes.get(at..)?.iter().position(|byte| *byte == MARK[0]) {
        at += step;
        if RecordHeader::read(&bytes[at..]).is_some() {
            return Some(at);
        }
        at += 1;
    }
    None
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
