//! Writes event logs (`.evtx`), as small as the format allows: no templates, so that each record carries its own names. Layout after
//! libyal's "Windows XML Event Log (EVTX) format" and [MS-EVEN6] 2.2.12.

use std::path::Path;

const FILE_HEADER: usize = 4_096;
const CHUNK: usize = 1 << 16;
const CHUNK_HEADER: usize = 512;
const RECORD_HEADER: usize = 24;
/// Seconds from 1601, where Windows counts from, to 1970.
const EPOCH_SECS: i64 = 11_644_473_600;

/// One record.
#[derive(Debug, Clone)]
pub struct LogRecord {
    pub id: u64,
    pub recorded_at: i64,
    pub provider: &'static str,
    pub code: u32,
    pub channel: &'static str,
    pub computer: String,
    /// `EventData/Data`, in order.
    pub data: Vec<String>,
}

/// Writes the records as a log, so many to a chunk.
pub fn write(path: &Path, records: &[LogRecord], per_chunk: usize) {
    let mut file = vec![0_u8; FILE_HEADER];
    let chunks: Vec<_> = records.chunks(per_chunk).collect();
    let count = u16::try_from(chunks.len()).unwrap();
    put(&mut file, 0, b"ElfFile\0");
    put(&mut file, 16, &u64::from(count.saturating_sub(1)).to_le_bytes());
    put(&mut file, 24, &records.last().map_or(1, |record| record.id + 1).to_le_bytes());
    put(&mut file, 32, &128_u32.to_le_bytes());
    put(&mut file, 36, &1_u16.to_le_bytes());
    put(&mut file, 38, &3_u16.to_le_bytes());
    put(&mut file, 40, &4_096_u16.to_le_bytes());
    put(&mut file, 42, &count.to_le_bytes());
    let sum = crc32fast::hash(&file[..120]);
    put(&mut file, 124, &sum.to_le_bytes());
    for records in chunks {
        file.extend(chunk(records));
    }
    std::fs::write(path, file).unwrap();
}

/// Spoils what a chunk holds, but not its header.
pub fn damage(path: &Path, chunk: usize) {
    let mut file = std::fs::read(path).unwrap();
    let start = FILE_HEADER + chunk * CHUNK;
    file[start + CHUNK_HEADER..start + CHUNK_HEADER + 200].fill(0xEE);
    std::fs::write(path, file).unwrap();
}

/// Spoils a chunk's header.
pub fn behead(path: &Path, chunk: usize) {
    let mut file = std::fs::read(path).unwrap();
    put(&mut file, FILE_HEADER + chunk * CHUNK, b"Nothing!");
    std::fs::write(path, file).unwrap();
}

fn chunk(records: &[LogRecord]) -> Vec<u8> {
    let mut chunk = vec![0_u8; CHUNK];
    let (mut at, mut last) = (CHUNK_HEADER, CHUNK_HEADER);
    for record in records {
        let body = Body::of(record, at + RECORD_HEADER);
        let size = RECORD_HEADER + body.len() + 4;
        assert!(at + size <= CHUNK, "too many records for one chunk");
        let filetime = (record.recorded_at / 1_000 + EPOCH_SECS) * 10_000_000 + record.recorded_at % 1_000 * 10_000;
        put(&mut chunk, at, b"\x2a\x2a\0\0");
        put(&mut chunk, at + 4, &u32::try_from(size).unwrap().to_le_bytes());
        put(&mut chunk, at + 8, &record.id.to_le_bytes());
        put(&mut chunk, at + 16, &filetime.to_le_bytes());
        put(&mut chunk, at + RECORD_HEADER, &body);
        put(&mut chunk, at + size - 4, &u32::try_from(size).unwrap().to_le_bytes());
        (last, at) = (at, at + size);
    }
    put(&mut chunk, 0, b"ElfChnk\0");
    let (first_id, last_id) = (records[0].id, records[records.len() - 1].id);
    for (offset, id) in [(8, first_id), (16, last_id), (24, first_id), (32, last_id)] {
        put(&mut chunk, offset, &id.to_le_bytes());
    }
    put(&mut chunk, 40, &128_u32.to_le_bytes());
    put(&mut chunk, 44, &u32::try_from(last).unwrap().to_le_bytes());
    put(&mut chunk, 48, &u32::try_from(at).unwrap().to_le_bytes());
    let events = crc32fast::hash(&chunk[CHUNK_HEADER..at]);
    put(&mut chunk, 52, &events.to_le_bytes());
    let header = crc32fast::hash(&[&chunk[..120], &chunk[128..CHUNK_HEADER]].concat());
    put(&mut chunk, 124, &header.to_le_bytes());
    chunk
}

fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}

/// A record's XML in its binary form.
struct Body {
    bytes: Vec<u8>,
    /// Where it begins in its chunk: names are found by that.
    start: usize,
}

impl Body {
    fn of(record: &LogRecord, start: usize) -> Vec<u8> {
        let mut body = Self { bytes: vec![0x0F, 1, 1, 0], start };
        let time = jiff::Timestamp::from_millisecond(record.recorded_at).unwrap().to_string();
        body.open("Event", &[]);
        body.open("System", &[]);
        body.element("Provider", &[("Name", record.provider)], "");
        body.element("EventID", &[("Qualifiers", "32768")], &record.code.to_string());
        body.element("Level", &[], "3");
        body.element("TimeCreated", &[("SystemTime", &time)], "");
        body.element("EventRecordID", &[], &record.id.to_string());
        body.element("Channel", &[], record.channel);
        body.element("Computer", &[], &record.computer);
        body.close();
        body.open("EventData", &[]);
        for data in &record.data {
            body.element("Data", &[], data);
        }
        body.close();
        body.close();
        body.bytes.push(0);
        body.bytes
    }

    fn element(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.value(text);
        self.close();
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.bytes.push(if attributes.is_empty() { 0x01 } else { 0x41 });
        self.bytes.extend([0; 4]);
        self.name(name);
        if !attributes.is_empty() {
            self.bytes.extend([0; 4]);
        }
        for (i, (name, value)) in attributes.iter().enumerate() {
            self.bytes.push(if i + 1 == attributes.len() { 0x06 } else { 0x46 });
            self.name(name);
            self.value(value);
        }
        self.bytes.push(0x02);
    }

    fn close(&mut self) {
        self.bytes.push(0x04);
    }

    fn value(&mut self, text: &str) {
        self.bytes.extend([0x05, 0x01]);
        self.text(text);
    }

    /// A name stands where it is used.
    fn name(&mut self, name: &str) {
        let at = u32::try_from(self.start + self.bytes.len() + 4).unwrap();
        self.bytes.extend(at.to_le_bytes());
        self.bytes.extend([0; 6]);
        self.text(name);
        self.bytes.extend([0; 2]);
    }

    fn text(&mut self, text: &str) {
        self.bytes.extend(u16::try_from(text.encode_utf16().count()).unwrap().to_le_bytes());
        self.bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    }
}
