//! The readings of one host's UTC day.
//!
//! ```text
//! byte 0    format: 1; the rest is one section (section.rs)
//! varint    readings
//! instants  signed varint: of the first reading; then varints: differences to the one before
//! starts    each: 0 unknown, 1 as the one before (of the first: 0), 2 and a signed varint: difference to the one before
//! varint    counters
//! columns   each:
//!   varint    the counter's place (model/counter.rs), above the one before
//!   present   one byte: 1, every reading has it; 0, then one byte (0 or 1) for each reading
//!   values    of the readings that have it: signed varints, differences to the one before (from 0)
//! ```
//!
//! Differences wrap around, so that any numbers come back.

use super::bytes::{DecodeError, Reader, put_count, put_i64, put_u64};
use super::section::put_section;
use crate::model::counter::{Counter, Reading};
use crate::model::time::MINUTE_MS;

const FORMAT: u8 = 1;
/// One a minute: of what comes more often, the first in each minute is kept.
pub const MAX_READINGS: usize = 24 * 60;
/// Ten bytes each number at most.
const MAX_BYTES: usize = MAX_READINGS * (3 * 10 + 29 * 11);

const UNKNOWN: u64 = 0;
const SAME: u64 = 1;
const ANOTHER: u64 = 2;

/// Readings of one day, in order, as [`merge`] leaves them.
#[must_use]
pub fn encode(readings: &[Reading]) -> Vec<u8> {
    let mut body = Vec::with_capacity(64 + readings.len() * 32);
    put_count(&mut body, readings.len());
    put_instants(&mut body, readings);
    put_starts(&mut body, readings);
    let known: Vec<Counter> = Counter::all().filter(|c| readings.iter().any(|r| r.value(*c).is_some())).collect();
    put_count(&mut body, known.len());
    known.into_iter().for_each(|counter| put_column(&mut body, counter, readings));
    let mut out = vec![FORMAT];
    put_section(&mut out, &body);
    out
}

fn put_instants(out: &mut Vec<u8>, readings: &[Reading]) {
    let mut last = None;
    for reading in readings {
        match last {
            None => put_i64(out, reading.read_at),
            Some(last) => put_u64(out, reading.read_at.wrapping_sub(last).cast_unsigned()),
        }
        last = Some(reading.read_at);
    }
}

fn put_starts(out: &mut Vec<u8>, readings: &[Reading]) {
    let mut last = 0_i64;
    for since_at in readings.iter().map(|reading| reading.since_at) {
        match since_at {
            None => put_u64(out, UNKNOWN),
            Some(at) if at == last => put_u64(out, SAME),
            Some(at) => {
                put_u64(out, ANOTHER);
                put_i64(out, at.wrapping_sub(last));
                last = at;
            }
        }
    }
}

fn put_column(out: &mut Vec<u8>, counter: Counter, readings: &[Reading]) {
    put_u64(out, counter.place().into());
    let values: Vec<Option<i64>> = readings.iter().map(|reading| reading.value(counter)).collect();
    if values.iter().all(Option::is_some) {
        out.push(1);
    } else {
        out.push(0);
        out.extend(values.iter().map(|value| u8::from(value.is_some())));
    }
    let mut last = 0_i64;
    for value in values.into_iter().flatten() {
        put_i64(out, value.wrapping_sub(last));
        last = value;
    }
}

/// # Errors
/// The bytes are no such record.
pub fn decode(bytes: &[u8]) -> Result<Vec<Reading>, DecodeError> {
    let mut reader = Reader::new(bytes);
    reader.format(FORMAT)?;
    let section = reader.section()?;
    reader.end()?;
    let body = section.unpack(MAX_BYTES)?;
    let mut reader = Reader::new(&body);
    let count = reader.count(2, MAX_READINGS)?;
    let mut readings = instants(&mut reader, count)?;
    starts(&mut reader, &mut readings)?;
    let columns = reader.count(2, Counter::all().count())?;
    readings.iter_mut().for_each(|reading| reading.values.reserve_exact(columns));
    let mut before = None;
    for _ in 0..columns {
        before = Some(column(&mut reader, before, &mut readings)?);
    }
    reader.end()?;
    Ok(readings)
}

fn instants(reader: &mut Reader<'_>, count: usize) -> Result<Vec<Reading>, DecodeError> {
    let mut readings: Vec<Reading> = Vec::with_capacity(count);
    for _ in 0..count {
        let read_at = match readings.last() {
            None => reader.i64()?,
            Some(last) => last.read_at.checked_add_unsigned(reader.u64()?).ok_or(DecodeError::Invalid("instant"))?,
        };
        if readings.last().is_some_and(|last| last.read_at == read_at) {
            return Err(DecodeError::Invalid("order of readings"));
        }
        readings.push(Reading { read_at, since_at: None, values: Vec::new() });
    }
    Ok(readings)
}

fn starts(reader: &mut Reader<'_>, readings: &mut [Reading]) -> Result<(), DecodeError> {
    let mut last = 0_i64;
    for reading in readings {
        reading.since_at = match reader.u64()? {
            UNKNOWN => None,
            SAME => Some(last),
            ANOTHER => {
                last = last.wrapping_add(reader.i64()?);
                Some(last)
            }
            _ => return Err(DecodeError::Invalid("start")),
        };
    }
    Ok(())
}

fn column(reader: &mut Reader<'_>, before: Option<Counter>, readings: &mut [Reading]) -> Result<Counter, DecodeError> {
    let counter = Counter::at_place(reader.u64()?).ok_or(DecodeError::Invalid("counter"))?;
    if before.is_some_and(|before| before >= counter) {
        return Err(DecodeError::Invalid("order of counters"));
    }
    let present = match reader.u8()? {
        1 => None,
        0 => Some(reader.take(readings.len())?),
        _ => return Err(DecodeError::Invalid("presence")),
    };
    let mut last = 0_i64;
    for (place, reading) in readings.iter_mut().enumerate() {
        match present.and_then(|present| present.get(place)).unwrap_or(&1) {
            0 => continue,
            1 => {}
            _ => return Err(DecodeError::Invalid("presence")),
        }
        last = last.wrapping_add(reader.i64()?);
        reading.values.push((counter, last));
    }
    Ok(counter)
}

/// Adds readings of the same day, in any order: one a minute stays, the earliest of it. Answers whether anything is new.
pub fn merge(readings: &mut Vec<Reading>, more: impl IntoIterator<Item = Reading>) -> bool {
    let mut is_news = false;
    for reading in more {
        let minute = reading.read_at.div_euclid(MINUTE_MS);
        let place = readings.partition_point(|kept| kept.read_at.div_euclid(MINUTE_MS) < minute);
        match readings.get_mut(place).filter(|kept| kept.read_at.div_euclid(MINUTE_MS) == minute) {
            None => readings.insert(place, reading),
            Some(kept) if reading < *kept => *kept = reading,
            Some(_) => continue,
        }
        is_news = true;
    }
    is_news
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::time::DAY_MS;

    fn value() -> impl Strategy<Value = i64> {
        prop_oneof![0..1_000_i64, any::<i64>()]
    }

    fn reading() -> impl Strategy<Value = Reading> {
        let counters: Vec<Counter> = Counter::all().collect();
        let places = prop::collection::btree_set(0..counters.len(), 0..6);
        (0..DAY_MS, prop::option::of(prop_oneof![Just(7_i64), any::<i64>()]), places, prop::collection::vec(value(), 6))
            .prop_map(move |(read_at, since_at, places, values)| {
                let values = places.into_iter().zip(values).map(|(place, value)| (counters[place], value)).collect();
                Reading { read_at, since_at, values }
            })
    }

    fn merged(readings: impl IntoIterator<Item = Reading>) -> Vec<Reading> {
        let mut all = Vec::new();
        merge(&mut all, readings);
        all
    }

    proptest! {
        #[test]
        fn readings_come_back(readings in prop::collection::vec(reading(), 0..40)) {
            let readings = merged(readings);
            prop_assert_eq!(decode(&encode(&readings)), Ok(readings));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut body = vec![FORMAT];
            put_section(&mut body, &bytes);
            if let Ok(readings) = decode(&body) {
                prop_assert_eq!(decode(&encode(&readings)), Ok(readings));
            }
        }

        #[test]
        fn the_order_in_which_readings_come_does_not_matter(
            readings in prop::collection::vec(reading(), 0..30),
            cut in 0_usize..30,
        ) {
            let cut = cut.min(readings.len());
            let mut other = readings.clone();
            other.rotate_left(cut);
            other.reverse();
            let mut kept = merged(other);
            prop_assert_eq!(&kept, &merged(readings.clone()));
            prop_assert!(!merge(&mut kept, readings), "twice is once");
        }
    }

    #[test]
    fn a_full_day_is_small() {
        let of = |minute: i64| {
            let values = Counter::all().zip(1..).map(|(c, n)| (c, n * 1_000 + minute * n % 97)).collect();
            Reading { read_at: minute * 5 * MINUTE_MS + 12_345, since_at: Some(5), values }
        };
        let readings: Vec<Reading> = (0..288).map(of).collect();
        let bytes = encode(&readings);
        assert!(bytes.len() < 16_000, "{}", bytes.len());
        assert_eq!(decode(&bytes), Ok(readings));
    }
}
