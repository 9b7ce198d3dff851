use super::super::Record;
use super::*;

fn batch(first_seq: u64, records: usize) -> Batch {
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

#[test]
fn what_is_stored_is_skipped_and_what_is_missing_is_asked_for() {
    let cases = [
        // (stored up to, first, records) → (skipped, then stored up to)
        ((0, 1, 3), Ok((0, 3))),
        ((3, 4, 2), Ok((0, 5))),
        ((3, 2, 5), Ok((2, 6))),
        ((9, 2, 5), Ok((5, 9))),
        ((6, 2, 5), Ok((5, 6))),
        ((3, 5, 1), Err(4)),
        ((0, 2, 1), Err(1)),
        // A question has no hole before it.
        ((3, 77, 0), Ok((0, 3))),
    ];
    for ((acked_seq, first_seq, records), expected) in cases {
        let found = news(&batch(first_seq, records), acked_seq);
        let expected = expected
            .map(|(skip, acked_seq)| News { skip, acked_seq })
            .map_err(|expected_seq| Refusal::SequenceHole { expected_seq });
        assert_eq!(found, expected, "stored {acked_seq}, batch of {records} from {first_seq}");
    }
}

fn part(index: u32, of: u32, clients: &[&str]) -> (u32, wire::Snapshot) {
    let session = |client: &&str| wire::Session {
        client: (*client).to_owned(),
        user: String::new(),
        opens: None,
        age_secs: Some(61),
        idle_secs: None,
    };
    let limit = wire::Limit { sessions: Some(1 << 40), unlimited: false, source: wire::LimitSource::Api };
    let snapshot = wire::Snapshot {
        taken_at: 1_795_593_600_250,
        source: "samba".to_owned(),
        sampling_secs: 60,
        limit,
        partial: false,
        part: Some(wire::Part { index, of }),
        burst_of: None,
        sessions: clients.iter().map(session).collect(),
    };
    (index, snapshot)
}

#[test]
fn parts_make_a_whole_and_a_missing_one_makes_it_partial() {
    let all = whole(vec![part(0, 3, &["a", "b"]), part(1, 3, &[]), part(2, 3, &["c"])]).unwrap();
    assert_eq!((all.sessions.len(), all.partial, all.part), (3, false, None));
    let some = whole(vec![part(0, 3, &["a", "b"]), part(2, 3, &["c"])]).unwrap();
    assert_eq!((some.sessions.len(), some.partial), (3, true));
    assert_eq!(whole(Vec::new()), None);
}

#[test]
fn ages_become_whole_seconds_and_sessions_stand_in_order() {
    let (_, stated) = part(0, 1, &["b", "a"]);
    let id = |s: &wire::Session| (ClientId(i64::from(s.client.as_bytes()[0])), UserId(1));
    let snapshot = snapshot(&stated, &stated.sessions.iter().map(id).collect::<Vec<_>>());
    assert_eq!(snapshot.sessions.iter().map(|s| s.client.0).collect::<Vec<_>>(), [97, 98]);
    assert_eq!(snapshot.sessions[0].started_at, Some(1_795_593_539_000));
    assert_eq!(snapshot.limit.sessions, Some(u32::MAX));
}

#[test]
fn a_snapshot_touches_every_hour_that_it_or_the_one_before_holds_into() {
    const HOUR_AT: i64 = 1_795_593_600_000;
    let at = |minute: i64, sampling_secs| {
        let (_, stated) = part(0, 1, &[]);
        let taken_at = HOUR_AT + minute * 60_000;
        Snapshot { taken_at, sampling_secs, ..snapshot(&stated, &[]) }
    };
    let hours = |previous: Option<&Snapshot>, next: &Snapshot| {
        touched_hours(previous, next).map(|h| (h - HOUR_AT) / HOUR_MS).collect::<Vec<_>>()
    };
    assert_eq!(hours(Some(&at(29, 60)), &at(30, 60)), [0]);
    assert_eq!(hours(Some(&at(57, 60)), &at(58, 60)), [0], "until the hour and no longer");
    assert_eq!(hours(Some(&at(58, 60)), &at(59, 60)), [0, 1]);
    assert_eq!(hours(Some(&at(20, 3_600)), &at(30, 60)), [0, 1, 2], "the one before held on, and does no longer");
    assert_eq!(hours(None, &at(30, 60)), [0, 1, 2], "what was before is unknown");
    assert_eq!(hours(Some(&at(40, 60)), &at(30, 60)), [0, 1, 2], "out of order");
}
