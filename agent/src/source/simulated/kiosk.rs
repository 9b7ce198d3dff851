//! A client edition of Windows that stands in for a file server: at its limit it refuses, and who was refused tries again.

use super::crowd::{HOUR, MIN, Moment, SEC, Stay, weekday};
use super::hash::{around, below, chance, mix};

/// Seats of one till application that opens sessions all morning and never closes them.
pub(super) const TILL_SEATS: u32 = 6;
const RETRY_MS: i64 = 3 * MIN;

/// One local day of a kiosk.
#[derive(Debug, Default)]
pub(super) struct Day {
    pub(super) stays: Vec<(u32, Stay)>,
    /// When a session was refused, in order.
    pub(super) refused_at: Vec<i64>,
}

/// Plays the whole day: everything a kiosk serves ends before midnight, so no day depends on the one before.
pub(super) fn day(key: u64, seats: u32, limit: u32, now: &Moment) -> Day {
    let mut waiting: Vec<(i64, u32, Stay)> = Vec::with_capacity(2 * seats as usize);
    for seat in 0..seats {
        wishes(mix(mix(key, u64::from(seat)), now.day.cast_unsigned()), seat, now, &mut waiting);
    }
    // Latest first, so that the next try is at the end.
    waiting.sort_by_key(|(try_at, seat, _)| std::cmp::Reverse((*try_at, *seat)));
    let mut day = Day::default();
    let mut ends: Vec<i64> = Vec::with_capacity(limit as usize);
    while let Some((try_at, seat, stay)) = waiting.pop() {
        ends.retain(|end_at| *end_at > try_at);
        if ends.len() < limit as usize {
            ends.push(stay.end_at);
            day.stays.push((seat, Stay { start_at: try_at, ..stay }));
            continue;
        }
        day.refused_at.push(try_at);
        let again_at = try_at + RETRY_MS;
        if again_at < stay.end_at {
            let place = waiting.partition_point(|(other_at, other, _)| (*other_at, *other) > (again_at, seat));
            waiting.insert(place, (again_at, seat, stay));
        }
    }
    day
}

/// What one seat would like to do on this day.
fn wishes(key: u64, seat: u32, now: &Moment, waiting: &mut Vec<(i64, u32, Stay)>) {
    let weekend = weekday(now.day) >= 5;
    let mut wish = |start: i64, end: i64, part: u64| {
        let start_at = now.began_at + start;
        let end_at = now.began_at + end.min(23 * HOUR);
        waiting.push((start_at, seat, Stay { start_at, end_at, key: mix(key, part) }));
    };
    if seat < TILL_SEATS {
        let start = 7 * HOUR + 10 * MIN + i64::from(seat) * 22 * MIN + below(key, 10 * MIN);
        wish(start, 19 * HOUR + 30 * MIN + below(mix(key, 1), 20 * MIN), 1);
        return;
    }
    if chance(key, if weekend { 120 } else { 945 }) {
        let start = 9 * HOUR + 7 * MIN + around(mix(key, 2), 24 * MIN);
        wish(start, start + 45 * MIN + below(mix(key, 3), 110 * MIN), 2);
    }
    if chance(mix(key, 4), if weekend { 60 } else { 560 }) {
        let start = 13 * HOUR + 20 * MIN + below(mix(key, 5), 150 * MIN);
        wish(start, start + 25 * MIN + below(mix(key, 6), 80 * MIN), 3);
    }
}

/// Sessions that stay for good, and those that come with each wave.
pub(super) const WAVE_BASE: u32 = 14;
pub(super) const WAVE_CREST: u32 = 6;
/// From one wave to the next.
pub(super) const WAVE_MS: i64 = 14 * MIN;
/// The kiosk restarted this long before the first wave.
pub(super) const RESTART_BEFORE_MS: i64 = 6 * HOUR;
/// From the start of a wave until the kiosk is full.
pub(super) const WAVE_FULL_AFTER_MS: i64 = WAVE_CREST as i64 * 25 * SEC;

/// The demo's kiosk from its restart on: 14 sessions come back within hours; from `first_at` on, waves fill it to 20.
pub(super) fn wave(key: u64, first_at: i64, at: i64, mut found: impl FnMut(u32, Stay)) {
    for seat in 0..WAVE_BASE {
        let hash = mix(key, u64::from(seat));
        let start_at = first_at - RESTART_BEFORE_MS + 4 * MIN + i64::from(seat) * 22 * MIN + below(hash, 15 * MIN);
        if start_at <= at {
            found(seat, Stay { start_at, end_at: i64::MAX, key: hash });
        }
    }
    if at < first_at {
        return;
    }
    let number = (at - first_at) / WAVE_MS;
    for seat in 0..WAVE_CREST {
        let start_at = first_at + number * WAVE_MS + i64::from(seat + 1) * 25 * SEC;
        let end_at = first_at + number * WAVE_MS + 7 * MIN + i64::from(seat) * 22 * SEC;
        if (start_at..end_at).contains(&at) {
            let key = mix(mix(key, 0xC4E57), number.cast_unsigned() << 8 | u64::from(seat));
            found(WAVE_BASE + seat, Stay { start_at, end_at, key });
        }
    }
}
