//! What the comparison with other systems is made of: that they get what it says, and that a wrong answer is seen.

use std::collections::BTreeMap;

use answers::{At, compare_at, compare_top};
use day::{Day, HOUR_MS, MINUTE_MS, Truth};

#[path = "../server/benches/peers/answers.rs"]
mod answers;
#[path = "../server/benches/peers/day.rs"]
#[expect(dead_code, reason = "the benchmark itself uses the rest")]
mod day;
#[path = "../server/benches/peers/remote_write.rs"]
mod remote_write;

/// 2026-11-25T00:00:00Z
const FROM_AT: i64 = 1_795_564_800_000;

fn day(minutes: i64) -> Day {
    Day::new(Day::fleet_of(2, 30), FROM_AT, 1, minutes)
}

#[test]
fn the_same_snapshots_are_sent_however_many_a_request_brings() {
    let [by_hour, by_minute] = [60, 1].map(|minutes| day(minutes).truth());
    assert_eq!(by_hour.fed, by_minute.fed);
    assert_eq!((by_hour.fed.snapshots, by_hour.fed.observations), (120, 3_600));
    assert_eq!(by_hour.by_time, by_minute.by_time);
    let other = Day::new(Day::fleet_of(2, 30), FROM_AT + MINUTE_MS, 1, 60).truth();
    assert_ne!(by_hour.fed, other.fed);
}

#[test]
fn time_and_count_differ_by_what_lies_beyond_the_end() {
    let truth = day(60).truth();
    assert_eq!(truth.by_count.values().sum::<i64>(), 3_600 * 60);
    // The second host looks 7.919 seconds into each minute, so its last snapshot holds for 52 whole seconds of it.
    assert_eq!(truth.by_time.values().sum::<i64>(), 3_600 * 60 - 30 * 8);
}

#[test]
fn right_answers_pass_and_wrong_ones_are_told() {
    let truth = day(60).truth();
    for of in [&truth.by_count, &truth.by_time] {
        let mut top: Vec<(String, i64)> = of.clone().into_iter().collect();
        top.sort_by_key(|(_, secs)| -secs);
        top.truncate(answers::TOP);
        assert_eq!(compare_top(&top, &truth), None);
        top[3].1 += 1;
        assert!(compare_top(&top, &truth).is_some());
    }
    assert_eq!(compare_at(&At::Sessions(truth.sessions.clone()), &truth), None);
    let missing = truth.sessions[1..].to_vec();
    assert!(compare_at(&At::Sessions(missing), &truth).is_some());
    let mut clients = BTreeMap::new();
    for session in &truth.sessions {
        *clients.entry(session.0.clone()).or_insert(0) += 1;
    }
    assert_eq!(compare_at(&At::Clients(clients.clone()), &truth), None);
    clients.pop_last();
    assert!(compare_at(&At::Clients(clients), &truth).is_some());
    assert!(compare_top(&[], &Truth::default()).is_none(), "nothing is the answer where nothing was");
}

#[test]
fn remote_write_carries_every_session_of_every_client() {
    let day = day(60);
    let stretch = day.stretch(1, FROM_AT);
    let series = remote_write::series(&stretch);
    let sum = |name: &str| -> f64 {
        let of_name = series.iter().filter(|series| series.labels[0] == ("__name__", name.to_owned()));
        of_name.flat_map(|series| &series.samples).map(|(_, value)| value).sum()
    };
    assert_eq!(sum("smb_sessions").to_bits(), f64::from(60 * 30).to_bits());
    for series in &series {
        assert!(series.labels.is_sorted() && series.samples.is_sorted_by_key(|(at, _)| *at), "{series:?}");
        assert!(series.samples.iter().all(|(at, _)| (FROM_AT..FROM_AT + HOUR_MS).contains(at)));
    }
    let body = remote_write::body(&series).unwrap();
    let request = snap::raw::Decoder::new().decompress_vec(&body).unwrap();
    let timeseries = fields(&request);
    assert_eq!(timeseries.len(), series.len());
    for ((_, message), series) in timeseries.into_iter().zip(&series) {
        let fields = fields(message);
        let labels: Vec<Vec<u8>> = fields.iter().filter(|(n, _)| *n == 1).map(|(_, label)| label.to_vec()).collect();
        assert_eq!(labels.len(), 3);
        assert!(labels[0].ends_with(series.labels[0].1.as_bytes()));
        let last = fields.last().unwrap().1;
        let (at, value) = series.samples.last().unwrap();
        assert_eq!((last[0], &last[1..9], last[9]), (0x09, value.to_le_bytes().as_slice(), 0x10));
        let mut varint = Vec::new();
        remote_write::varint(&mut varint, at.cast_unsigned());
        assert_eq!(last[10..], varint);
    }
}

/// The length-delimited fields of a protobuf message: their numbers and bodies.
fn fields(mut message: &[u8]) -> Vec<(u8, &[u8])> {
    let mut all = Vec::new();
    while let [key, rest @ ..] = message {
        assert_eq!(key & 7, 2, "length-delimited");
        let end = rest.iter().position(|byte| byte & 0x80 == 0).unwrap();
        let length = rest[..=end].iter().rev().fold(0, |length, byte| length << 7 | usize::from(byte & 0x7f));
        let (body, after) = rest[end + 1..].split_at(length);
        all.push((key >> 3, body));
        message = after;
    }
    all
}
