//! Every shape that was ever shipped is still read, and written the same way.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::path::Path;

use highwater_wire::{Ack, AgentStatus, Batch, EnrolRequest, Enrolled, KeyOffer, Problem, Record, counter};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/v1").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn reads_and_writes<T: DeserializeOwned + Serialize>(name: &str) -> T {
    let text = golden(name);
    let value: T = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
    let written = serde_json::to_value(&value).unwrap();
    assert_eq!(
        written,
        serde_json::from_str::<Value>(&text).unwrap(),
        "{name} is written differently than it was shipped"
    );
    value
}

#[test]
fn a_batch_with_every_kind_of_record_is_read_and_written_as_shipped() {
    let batch: Batch = reads_and_writes("batch.json");
    let kinds: Vec<_> = batch
        .records
        .iter()
        .map(|r| match r {
            Record::Snapshot(_) => "snapshot",
            Record::Event(_) => "event",
            Record::Host(_) => "host",
            Record::Gap(_) => "gap",
            Record::Counters(_) => "counters",
            Record::Unknown => "unknown",
        })
        .collect();
    assert_eq!(kinds, ["host", "snapshot", "snapshot", "snapshot", "event", "event", "gap"]);
}

#[test]
fn counters_are_read_and_written_as_shipped() {
    let batch: Batch = reads_and_writes("batch-counters.json");
    let Record::Counters(windows) = &batch.records[0] else { panic!("the first record has counters") };
    assert!(counter::ALL.iter().all(|name| windows.values.contains_key(*name)), "every name is kept for ever");
    let Record::Counters(samba) = &batch.records[1] else { panic!("the second record has counters") };
    assert_eq!((samba.since_at, &samba.shares), (None, &None));
}

#[test]
fn what_a_source_does_not_know_stays_unknown_and_never_becomes_zero() {
    let batch: Batch = reads_and_writes("batch.json");
    let Record::Snapshot(samba) = &batch.records[2] else { panic!("the third record is Samba's snapshot") };
    assert_eq!(samba.sessions[0].idle_secs, None);
    assert_eq!(samba.limit.sessions, None);
}

#[test]
fn the_smallest_batch_is_read() {
    let batch: Batch = serde_json::from_str(&golden("batch-minimal.json")).unwrap();
    assert!(batch.records.is_empty());
    assert_eq!(batch.queued_records, 0);
}

#[test]
fn a_batch_from_a_newer_agent_is_read_without_what_is_new() {
    let batch: Batch = serde_json::from_str(&golden("batch-from-the-future.json")).unwrap();
    assert_eq!(batch.records.len(), 2);
    assert_eq!(batch.records[1], Record::Unknown);
}

#[test]
fn answers_are_read_and_written_as_shipped() {
    reads_and_writes::<Ack>("ack.json");
    reads_and_writes::<Problem>("problem-sequence-hole.json");
    reads_and_writes::<Problem>("problem-record-refused.json");
    reads_and_writes::<EnrolRequest>("enrol-request.json");
    assert_eq!(reads_and_writes::<EnrolRequest>("enrol-request-domain.json").domain, "corp.example");
    reads_and_writes::<KeyOffer>("key-offer.json");
    reads_and_writes::<Enrolled>("enrolled.json");
    reads_and_writes::<AgentStatus>("status.json");
    assert!(reads_and_writes::<Ack>("ack.json").settings.authorities.is_empty());
    assert!(!reads_and_writes::<Ack>("ack.json").settings.rotate_key);
    assert!(reads_and_writes::<Ack>("ack-rotate-key.json").settings.rotate_key);
    assert_eq!(reads_and_writes::<Ack>("ack-authorities.json").settings.authorities.len(), 2);
    reads_and_writes::<AgentStatus>("status-authorities.json");
}

/// Whose document somebody has open is nobody's business: there is no place for it.
#[test]
fn nothing_that_agents_send_has_a_field_for_paths_of_files() {
    fn fields(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(all) => {
                for (name, one) in all {
                    // Counts of files are no paths.
                    found.extend((!one.is_number()).then(|| name.clone()));
                    fields(one, found);
                }
            }
            Value::Array(all) => all.iter().for_each(|one| fields(one, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    for name in ["batch.json", "batch-counters.json", "batch-minimal.json", "enrol-request.json"] {
        fields(&serde_json::from_str(&golden(name)).unwrap(), &mut found);
    }
    assert!(found.len() > 50 && found.iter().any(|name| name == "user"), "{found:?}");
    let told: Vec<&String> =
        found.iter().filter(|name| ["path", "file", "folder"].iter().any(|word| name.contains(word))).collect();
    assert!(told.is_empty(), "{told:?}");
}
