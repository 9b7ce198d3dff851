//! What agents, their hosts, files on those hosts, and a server tell one another.

use std::path::Path;

use highwater::delivery::webhook::asked_ms;
use highwater::ingest::decode::{self, Encoding};
use highwater::ingest::{Batch, Record, Refusal, news};
use highwater::model::redact::Redactor;
use highwater::model::time::DAY_MS;
use highwater_agent::config::{self, registry};
use highwater_agent::import::{self, FileError, Options, Owner, Progress, Tally};
use highwater_agent::ship::{PushError, retry_after};
use highwater_agent::source::events::parse::parse_event;
use highwater_agent::source::samba;
use highwater_agent::source::windows::Epochs;
use highwater_agent::spool::inspect;
use highwater_wire::{Ack, AgentStatus, Enrolled, MAX_NAME_BYTES};
use serde_json::Value;

/// 2026-11-26T08:00:00Z: what is near it is a good instant.
pub const NOW_AT: i64 = 1_795_680_000_000;

pub fn batch(bytes: &[u8]) {
    let _ = decode::decode(bytes, Encoding::Plain, NOW_AT);
}

pub fn batch_zstd(bytes: &[u8]) {
    let _ = decode::decode(bytes, Encoding::Zstd, NOW_AT);
}

/// Batches in any order, three bytes each, meet one cursor: every record is taken once, none is passed over, nothing goes back.
pub fn order(bytes: &[u8]) {
    let mut acked_seq = 0_u64;
    for step in bytes.chunks_exact(3) {
        let first_seq = match step[0] {
            near @ 0..192 => (acked_seq + u64::from(near % 16)).saturating_sub(7).max(1),
            far => u64::from(far) << (step[2] % 54),
        };
        let records = usize::from(step[1] % 16);
        match news(&batch_of(first_seq, records), acked_seq) {
            Ok(found) => {
                assert!(found.skip <= records);
                let new = (records - found.skip) as u64;
                assert!(new == 0 || first_seq + found.skip as u64 == acked_seq + 1, "the next one is what is taken");
                assert_eq!(found.acked_seq, acked_seq + new);
                acked_seq = found.acked_seq;
            }
            Err(Refusal::SequenceHole { expected_seq }) => {
                assert!(records > 0 && expected_seq == acked_seq + 1 && first_seq > expected_seq);
            }
            Err(other) => panic!("{other}"),
        }
    }
}

fn batch_of(first_seq: u64, records: usize) -> Batch {
    Batch {
        epoch: String::new(),
        first_seq,
        boot_id: String::new(),
        agent_version: String::new(),
        queued_records: 0,
        clock_skew_ms: 0,
        records: vec![Record::Unknown; records],
        decoded_bytes: 0,
    }
}

/// Values as Group Policy leaves them in the registry, `Name=value` on each line; and the same text as a settings file.
pub fn policy(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let value = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    let values = text.lines().filter_map(|line| line.split_once('='));
    let (said, _) = registry::read(&values.map(|(name, text)| (name.to_owned(), value(text))).collect());
    let file = config::parse(&text).unwrap_or_default();
    for said in [said, file] {
        if let Ok(settings) = said.settings() {
            let sampling = settings.sampling;
            assert!(![sampling.calm_secs, sampling.near_secs, sampling.full_secs].contains(&0));
            assert!(settings.spool.max_bytes > 0);
        }
    }
}

/// What a server, or something in its place, answers: two bytes of status, then a body, which is taken for every kind of answer
/// and for the header `Retry-After`.
pub fn answer(bytes: &[u8]) {
    let Some((status, body)) = bytes.split_first_chunk::<2>() else { return };
    let text = String::from_utf8_lossy(body);
    let error = PushError::from_answer(u16::from_be_bytes(*status), body, retry_after(&text, NOW_AT));
    assert!(!error.to_string().is_empty());
    let _ = (serde_json::from_slice::<AgentStatus>(body), serde_json::from_slice::<Enrolled>(body));
    if let Ok(ack) = serde_json::from_slice::<Ack>(body) {
        let again = serde_json::to_string(&ack).and_then(|json| serde_json::from_str(&json));
        assert!(again.is_ok_and(|again: Ack| again == ack));
    }
    assert!(asked_ms(&text, NOW_AT).is_none_or(|ms| (0..=DAY_MS).contains(&ms)));
}

/// The XML of an event, after a line that is taken for its message: decoded, and without names.
pub fn event(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (message, xml) = text.split_once('\n').map_or((None, &*text), |(message, xml)| (Some(message), xml));
    let _ = parse_event(xml, message);
    let names = [("10.0.0.1".to_owned(), "x".to_owned()), ("srv".to_owned(), "y".to_owned())];
    let Ok(redactor) = Redactor::new(&names) else { return };
    for redacted in [redactor.event(xml), redactor.text(xml), redactor.json(xml)].into_iter().flatten() {
        assert!(redactor.text(&redacted).is_none_or(|again| again != redacted));
    }
}

/// The answer of `smbstatus --json`.
pub fn smbstatus(bytes: &[u8]) {
    let Ok(status) = samba::parse::parse(bytes) else { return };
    let is_short = |name: &String| name.len() <= MAX_NAME_BYTES;
    assert!(status.sessions.iter().all(|one| is_short(&one.client) && is_short(&one.user)));
    let ages = status.sessions.iter().map(|one| (one.started_at.is_none(), one.started_at));
    assert!(ages.is_sorted(), "oldest first, those of unknown age last");
}

/// As the agent names its first segment.
const SEGMENT: &str = "00000000000000000001.seg";
/// What a segment takes at least, also if its header was cut off.
const SEGMENT_HEADER: usize = 44;

/// A spool of one segment with these bytes.
pub fn spool(bytes: &[u8]) {
    let Ok(folder) = tempfile::tempdir() else { return };
    let path = folder.path().join(SEGMENT);
    if std::fs::write(path, bytes).is_ok() {
        let found = inspect(folder.path());
        assert!(found.is_ok_and(|found| found.bytes <= bytes.len().max(SEGMENT_HEADER) as u64));
    }
}

/// Of the head of an event log, what is not zero.
const LOG_HEAD: usize = 128;
/// The head of an event log with the zeros behind it, and a chunk of it.
const LOG_BYTES: [usize; 2] = [4_096, 1 << 16];

/// An event log of one chunk, of which the input leaves out the zeros behind the head and at the end.
pub fn evtx(bytes: &[u8]) {
    let (head, chunk) = bytes.split_at(bytes.len().min(LOG_HEAD));
    let mut log = head.to_vec();
    log.resize(LOG_BYTES[0], 0);
    log.extend_from_slice(&chunk[..chunk.len().min(LOG_BYTES[1])]);
    log.resize(LOG_BYTES[0] + LOG_BYTES[1], 0);
    imported("System.evtx", &log);
}

/// Longest table that is tried: each of its rows may stand for a hundred thousand sessions, which take their time.
const MOST_OF_A_TABLE: usize = 2_000;

/// A table of the manual procedure.
pub fn table(bytes: &[u8]) {
    imported("table.csv", &bytes[..bytes.len().min(MOST_OF_A_TABLE)]);
}

/// Reads a file of this name as `import` does, and counts only.
fn imported(name: &str, bytes: &[u8]) {
    let Ok(folder) = tempfile::tempdir() else { return };
    let path = folder.path().join(name);
    let zone = jiff::tz::TimeZone::UTC;
    let (owner, epochs) = (Owner::new(["FS01".to_owned()]), Epochs::default());
    let options = Options { owner, epochs, dates: None, zone, made_at: Some(NOW_AT), oldest_at: 0 };
    if std::fs::write(&path, bytes).is_ok() {
        import::read(&[path], &options, None, &Judged);
    }
}

struct Judged;

impl Progress for Judged {
    fn read(&self, _: u64) {}

    fn file_done(&self, _: &Path, tally: &Result<Tally, FileError>) {
        if let Ok(tally) = tally {
            assert!(tally.events <= tally.read && tally.troubles.len() as u64 <= tally.troubles_in_all);
        }
    }
}
