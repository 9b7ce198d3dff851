//! The records of history: what is read back is what was written.

use highwater::history::{chunk, counters, fleet, frame, holders, matrix, usage};

/// A key frame; then the same bytes against what it said, if they were one.
pub fn frame(bytes: &[u8]) {
    let _ = frame::base_at(bytes);
    let (key, delta) = bytes.split_at(bytes.len() / 2);
    for one in [bytes, key] {
        let Ok(snapshot) = frame::decode(one, None) else { continue };
        let again = frame::encode(&snapshot, None);
        assert_eq!(frame::decode(&again, None).as_ref(), Ok(&snapshot));
        if let Ok(next) = frame::decode(delta, Some(&snapshot)) {
            let again = frame::encode(&next, Some(&snapshot));
            assert_eq!(frame::decode(&again, Some(&snapshot)), Ok(next));
        }
    }
}

pub fn chunk(bytes: &[u8]) {
    let whole = chunk::decode(bytes);
    let (instants, presence) = (chunk::instants(bytes), chunk::presence(bytes));
    let Ok(whole) = whole else { return };
    // What the whole can be read of, its parts can.
    let taken: Vec<i64> = whole.within.iter().map(|snapshot| snapshot.taken_at).collect();
    assert_eq!(instants.as_ref(), Ok(&taken));
    let hour_at = presence.map(|presence| presence.hour_at);
    assert!(hour_at.is_ok());
    if let Some(last) = taken.last() {
        assert!(chunk::at(bytes, *last).is_ok_and(|found| found.is_some()));
    }
    if taken.is_sorted_by(|a, b| a < b)
        && let Ok(hour_at) = hour_at
        && let Ok(again) = chunk::encode(hour_at, whole.carried.as_ref(), &whole.within)
    {
        assert_eq!(chunk::decode(&again), Ok(whole));
    }
}

pub fn holders(bytes: &[u8]) {
    let (clients, users) = (holders::clients(bytes), holders::users(bytes));
    let Ok(whole) = holders::decode(bytes) else { return };
    assert_eq!(clients.as_ref(), Ok(&whole.by_client));
    assert_eq!(users.as_ref(), Ok(&whole.by_user));
    assert_eq!(holders::decode(&holders::encode(&whole)), Ok(whole));
}

pub fn usage(bytes: &[u8]) {
    if let Ok(cells) = usage::decode(bytes) {
        // As text, since what is not a number is not equal to itself.
        let again = usage::decode(&usage::encode(&cells)).map(|cells| format!("{cells:?}"));
        assert_eq!(again, Ok(format!("{cells:?}")));
    }
}

pub fn usage_day(bytes: &[u8]) {
    if let Ok(cells) = usage::decode_day(bytes) {
        let again = usage::decode_day(&usage::encode_day(&cells)).map(|cells| format!("{cells:?}"));
        assert_eq!(again, Ok(format!("{cells:?}")));
    }
}

pub fn fleet(bytes: &[u8]) {
    if let Ok(record) = fleet::Record::open(bytes) {
        let _ = (record.ids(), record.hosts());
    }
    if let Ok(entries) = fleet::decode(bytes) {
        assert_eq!(fleet::decode(&fleet::encode(&entries)), Ok(entries));
    }
}

pub fn matrix(bytes: &[u8]) {
    let saturations = matrix::saturations(bytes);
    let Ok(cells) = matrix::decode(bytes) else { return };
    assert!(saturations.is_ok_and(|(hosts, _)| hosts.len() == cells.len()));
    assert_eq!(matrix::decode(&matrix::encode(&cells)), Ok(cells));
}

pub fn counters(bytes: &[u8]) {
    if let Ok(mut readings) = counters::decode(bytes) {
        assert_eq!(counters::decode(&counters::encode(&readings)).as_ref(), Ok(&readings));
        let again = readings.clone();
        counters::merge(&mut readings, again);
    }
}
