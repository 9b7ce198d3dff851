use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::Record;
use super::*;
use crate::model::event::EventClass;
use crate::model::time::EARLIEST_AT;

/// 2026-11-25T08:00:00Z.
const NOW_AT: i64 = 1_795_593_600_000;
const EPOCH: &str = "5f0c1b7e9d3a4c2688b1d0e4a7f35c19";

fn batch(records: &Value) -> Value {
    json!({"epoch": EPOCH, "first_seq": 41, "sent_at": NOW_AT, "records": records})
}

fn snapshot(taken_at: i64, sessions: &Value) -> Value {
    json!({"snapshot": {"taken_at": taken_at, "source": "samba", "sampling_secs": 60, "limit": {"source": "unknown"},
        "sessions": sessions}})
}

fn event(recorded_at: i64) -> Value {
    json!({"event": {"channel": "System", "provider": "SRV", "record_id": 1, "recorded_at": recorded_at, "code": 2022}})
}

fn read(json: &Value) -> Result<Batch, Refusal> {
    decode(json.to_string().as_bytes(), Encoding::Plain, NOW_AT)
}

/// Why record 41, the first, is refused.
fn refused(record: &Value) -> String {
    match read(&batch(&json!([record]))) {
        Err(Refusal::Refused { seq: 41, why }) => why,
        other => panic!("{other:?}"),
    }
}

fn only(record: &Value) -> Record {
    let mut batch = read(&batch(&json!([record]))).unwrap();
    assert_eq!(batch.records.len(), 1);
    batch.records.remove(0)
}

fn sessions_of(record: Record) -> Vec<wire::Session> {
    match record {
        Record::Snapshot(snapshot) => snapshot.sessions,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_golden_batch_is_read_packed_and_plain() {
    let json = include_bytes!("../../../agent/wire/golden/v1/batch.json");
    let now_at = 1_795_512_661_000;
    let plain = decode(json, Encoding::Plain, now_at).unwrap();
    let packed = zstd::bulk::compress(json, 3).unwrap();
    assert_eq!(decode(&packed, Encoding::Zstd, now_at).unwrap(), plain);
    assert_eq!((plain.first_seq, plain.records.len(), plain.clock_skew_ms), (41, 7, 250));
    assert!(matches!(&plain.records[4], Record::Event(e) if e.class == EventClass::Capacity));
}

#[test]
fn what_a_newer_agent_adds_is_passed_over() {
    let json = include_bytes!("../../../agent/wire/golden/v1/batch-from-the-future.json");
    let batch = decode(json, Encoding::Plain, 1_795_512_661_000).unwrap();
    assert_eq!(batch.records[1], Record::Unknown);
}

#[test]
fn a_body_in_several_frames_with_skippable_ones_between_is_read() {
    let json = batch(&json!([])).to_string();
    let (head, tail) = json.split_at(json.len() / 2);
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"xyz"].concat();
    let body = [
        skippable.clone(),
        zstd::bulk::compress(head.as_bytes(), 3).unwrap(),
        skippable.clone(),
        zstd::bulk::compress(tail.as_bytes(), 3).unwrap(),
        skippable,
    ]
    .concat();
    assert_eq!(decode(&body, Encoding::Zstd, NOW_AT), read(&batch(&json!([]))));
}

#[test]
fn a_bomb_meets_the_limit_not_the_memory() {
    let mut packer = zstd::stream::write::Encoder::new(Vec::new(), 19).unwrap();
    std::io::copy(&mut std::io::repeat(b' ').take(1 << 30), &mut packer).unwrap();
    let bomb = packer.finish().unwrap();
    assert!(bomb.len() < 200_000);
    assert!(matches!(decode(&bomb, Encoding::Zstd, NOW_AT), Err(Refusal::TooLarge { .. })));
    // The same as many small frames.
    let one = zstd::bulk::compress(&vec![b' '; 1 << 20], 3).unwrap();
    assert!(matches!(decode(&one.repeat(25), Encoding::Zstd, NOW_AT), Err(Refusal::TooLarge { .. })));
}

#[test]
fn a_body_is_short_if_it_is_so_unpacked_whatever_it_has_as_sent() {
    let json = batch(&json!([])).to_string();
    let long = format!("{json}{}", " ".repeat(1 << 20));
    let packed = |text: &str| zstd::bulk::compress(text.as_bytes(), 3).unwrap();
    assert!(packed(&long).len() < 1_000);
    for (text, encoding) in [(json.as_bytes().to_vec(), Encoding::Plain), (packed(&json), Encoding::Zstd)] {
        assert_eq!(decode_short(&text, encoding, NOW_AT, 1 << 20), Some(decode(&text, encoding, NOW_AT)));
    }
    assert_eq!(decode_short(&packed(&long), Encoding::Zstd, NOW_AT, 1 << 20), None);
    assert_eq!(decode_short(long.as_bytes(), Encoding::Plain, NOW_AT, 1 << 20), None);
    let broken = decode_short(b"no zstd", Encoding::Zstd, NOW_AT, 1 << 20);
    assert!(matches!(broken, Some(Err(Refusal::Malformed { .. }))), "{broken:?}");
}

#[test]
fn a_frame_that_wants_a_huge_window_is_refused() {
    let mut packer = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    packer.set_parameter(zstd::stream::raw::CParameter::WindowLog(27)).unwrap();
    std::io::copy(&mut std::io::repeat(b' ').take(1 << 24), &mut packer).unwrap();
    let refused = decode(&packer.finish().unwrap(), Encoding::Zstd, NOW_AT);
    assert!(matches!(refused, Err(Refusal::Malformed { .. })), "{refused:?}");
}

#[test]
fn too_much_of_anything_is_refused_in_words() {
    let too_long = vec![b' '; wire::MAX_ENCODED_BYTES + 1];
    let Err(refusal) = decode(&too_long, Encoding::Plain, NOW_AT) else { panic!("read") };
    assert_eq!(refusal.to_string(), "The batch is too large: it has 1,048,577 bytes as sent; 1,048,576 are allowed.");
    let gap = json!({"gap": {"from_at": 1, "to_at": 2, "reason": "other"}});
    let records = json!(vec![gap; wire::MAX_RECORDS + 1]);
    let Err(refusal) = read(&batch(&records)) else { panic!("read") };
    assert_eq!(refusal.to_string(), "The batch is too large: it has more than 4,096 records.");
    let long = "n".repeat(3_000);
    assert_eq!(
        refused(&snapshot(NOW_AT, &json!([{"client": long, "user": ""}]))),
        "the client's name has 3,000 bytes; 1,024 are allowed"
    );
    let sessions = json!(vec![json!({"client": "c"}); wire::MAX_PART_SESSIONS + 1]);
    assert_eq!(refused(&snapshot(NOW_AT, &sessions)), "the snapshot has 10,001 sessions; 10,000 are allowed");
    let mut bad = event(NOW_AT);
    bad["event"]["xml"] = json!("x".repeat(wire::MAX_XML_BYTES + 1));
    assert_eq!(refused(&bad), "the event's XML has 8,193 bytes; 8,192 are allowed");
    let mut bad = event(NOW_AT);
    bad["event"]["record_id"] = json!(u64::MAX);
    assert_eq!(refused(&bad), "the event's record_id is 2^63 or more");
}

#[test]
fn parts_that_cannot_be_are_refused() {
    for (index, of) in [(0, 0), (3, 3), (0, 101)] {
        let mut bad = snapshot(NOW_AT, &json!([]));
        bad["snapshot"]["part"] = json!({"index": index, "of": of});
        assert_eq!(refused(&bad), format!("it is part {index} of {of}; a snapshot has 1 to 100 parts"));
    }
}

#[test]
fn what_is_no_batch_is_malformed() {
    for body in ["", "null", "[]", "{}", "{\"epoch\"", "\u{feff}{}", "{} {}"] {
        let refusal = decode(body.as_bytes(), Encoding::Plain, NOW_AT);
        assert!(matches!(refusal, Err(Refusal::Malformed { .. })), "{body:?}: {refusal:?}");
    }
    for body in [&b"\x28\xb5\x2f\xfd"[..], b"{}", b"\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff"] {
        let refusal = decode(body, Encoding::Zstd, NOW_AT);
        assert!(matches!(refusal, Err(Refusal::Malformed { .. })), "{body:?}: {refusal:?}");
    }
    for (key, value) in [
        ("epoch", json!("not hexadecimal")),
        ("epoch", json!("5f0c")),
        ("first_seq", json!(0)),
        ("first_seq", json!(u64::MAX)),
        ("first_seq", json!(-1)),
    ] {
        let mut bad = batch(&json!([event(NOW_AT)]));
        bad[key] = value;
        assert!(matches!(read(&bad), Err(Refusal::Malformed { .. })), "{bad}");
    }
}

#[test]
fn a_lone_surrogate_is_named() {
    let body = batch(&json!([snapshot(NOW_AT, &json!([{"client": "SURROGATE"}]))])).to_string();
    let body = body.replace("SURROGATE", "\\ud800");
    let Err(Refusal::Malformed { why }) = decode(body.as_bytes(), Encoding::Plain, NOW_AT) else { panic!("read") };
    assert!(why.contains("surrogate"), "{why}");
}

#[test]
fn names_are_kept_as_they_are_but_for_nul() {
    let hostile = "<b>\u{1b}[31m\r\n\u{202e}'; drop\u{2019}\u{7f}";
    let sessions = sessions_of(only(&snapshot(NOW_AT, &json!([{"client": hostile, "user": "a\0b"}]))));
    assert_eq!((sessions[0].client.as_str(), sessions[0].user.as_str()), (hostile, "a\u{fffd}b"));
    let full = "\0".repeat(wire::MAX_NAME_BYTES);
    let sessions = sessions_of(only(&snapshot(NOW_AT, &json!([{"client": full}]))));
    assert!(sessions[0].client.len() <= wire::MAX_NAME_BYTES);
}

#[test]
fn a_clock_ten_years_off_refuses_the_batch_and_the_records_that_it_dated() {
    let ten_years = 10 * 365 * 86_400_000_i64;
    for off in [ten_years, -ten_years, MAX_SKEW_MS + 1, -MAX_SKEW_MS - 1] {
        let mut bad = batch(&json!([]));
        bad["sent_at"] = json!(NOW_AT + off);
        assert_eq!(read(&bad), Err(Refusal::ClockOff { skew_ms: off }));
    }
    for extreme in [i64::MIN, i64::MAX] {
        let mut bad = batch(&json!([]));
        bad["sent_at"] = json!(extreme);
        assert!(matches!(read(&bad), Err(Refusal::ClockOff { .. })));
    }
    // The clock is right again; what it dated while it was off is refused alone.
    for off in [ten_years, -ten_years, MAX_SKEW_MS + 1] {
        refused(&snapshot(NOW_AT + off, &json!([])));
    }
    refused(&event(NOW_AT + ten_years));
    refused(&event(EARLIEST_AT - 1));
    refused(&json!({"host": {"observed_at": NOW_AT + ten_years, "name": "FS02"}}));
    // An old log brought in late is history.
    only(&event(NOW_AT - ten_years));
    only(&snapshot(NOW_AT - 300 * 86_400_000, &json!([])));
    only(&snapshot(NOW_AT + MAX_SKEW_MS, &json!([])));
}

#[test]
fn the_word_that_something_was_lost_always_passes() {
    for (from_at, to_at) in [(0, i64::MAX), (i64::MAX, i64::MIN), (NOW_AT, NOW_AT - 5)] {
        let gap = json!({"gap": {"from_at": from_at, "to_at": to_at, "reason": "a new one", "lost_records": u64::MAX}});
        let Record::Gap(gap) = only(&gap) else { panic!("no gap") };
        assert!(EARLIEST_AT <= gap.from_at && gap.from_at <= gap.to_at && gap.to_at <= NOW_AT + MAX_SKEW_MS);
        assert_eq!(gap.reason, "other");
    }
}

#[test]
fn how_long_a_snapshot_is_said_to_hold_has_bounds() {
    for (stated, believed) in [(0, 1), (60, 60), (u32::MAX, 3_600)] {
        let mut record = snapshot(NOW_AT, &json!([]));
        record["snapshot"]["sampling_secs"] = json!(stated);
        assert!(matches!(only(&record), Record::Snapshot(s) if s.sampling_secs == believed));
    }
}

proptest! {
    #[test]
    fn random_bytes_are_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(decode(&body, Encoding::Plain, NOW_AT).is_err());
        prop_assert!(decode(&body, Encoding::Zstd, NOW_AT).is_err());
    }

    #[test]
    fn a_cut_or_changed_batch_is_no_panic(at in 0..1_900_usize, byte: u8, now_at: i64) {
        let mut json = include_bytes!("../../../agent/wire/golden/v1/batch.json").to_vec();
        if let Some(place) = json.get_mut(at) {
            *place = byte;
        }
        let _ = decode(&json, Encoding::Plain, 1_795_512_661_000);
        let _ = decode(&json, Encoding::Plain, now_at);
        json.truncate(at);
        let _ = decode(&json, Encoding::Plain, 1_795_512_661_000);
    }
}
