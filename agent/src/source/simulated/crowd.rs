//! Who comes to a host, and when. A crowd is a number of seats; on each seat one session at a time may stay.
//!
//! A stay is found by asking a seat about an instant, without walking through the time before it. What follows the day
//! stays within the host's local day, so that a change of clocks moves no session.

use super::hash::{around, below, chance, mix};
use super::kiosk;

pub(super) const SEC: i64 = 1_000;
pub(super) const MIN: i64 = 60 * SEC;
pub(super) const HOUR: i64 = 60 * MIN;
pub(super) const DAY: i64 = 24 * HOUR;

/// An instant with the local day around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) at: i64,
    /// Days since 1970-01-01, as the host's calendar counts them.
    pub(super) day: i64,
    /// When this local day began, in UTC.
    pub(super) began_at: i64,
    /// When the day before began.
    pub(super) before_began_at: i64,
}

/// One session's time on its seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) start_at: i64,
    pub(super) end_at: i64,
    /// Tells this stay from all others.
    pub(super) key: u64,
}

/// When the seats of a crowd are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rhythm {
    /// Working days with a lunch dip, one or two sessions a day.
    Office,
    /// Like office seats, but there are more of them every week.
    Growing { anchor_at: i64 },
    /// Short sessions, many by day and few by night.
    Visits { period_ms: i64 },
    /// Every night for a few hours.
    Backup,
    /// One more session at a time that nobody ever ends, until the host restarts.
    Leak { every_ms: i64, restart_every_ms: i64 },
    /// Application accounts: days at a stretch, day and night.
    Service,
    /// Always taken; about 5 % of the seats change hands every minute.
    Busy,
    /// A kiosk PC that refuses what is beyond its limit.
    Counter { limit: u32, restarted_at: Option<i64> },
    /// A kiosk PC that fills up within three minutes after `start_at`, again and again.
    Wave { start_at: i64 },
}

/// What the sessions of a crowd do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Interactive,
    /// Never idle, always some files open.
    Working,
    /// Idle since they began, nothing open.
    Forgotten,
}

impl Rhythm {
    /// Calls `found` with each stay that covers the moment.
    pub(super) fn each(&self, key: u64, seats: u32, now: &Moment, mut found: impl FnMut(u32, Stay)) {
        match *self {
            Self::Leak { every_ms, restart_every_ms } => leaks(key, [every_ms, restart_every_ms], now.at, found),
            Self::Counter { limit, restarted_at } => {
                let day = kiosk::day(key, seats, limit, now);
                for (seat, mut stay) in day.stays {
                    stay.end_at = restarted_at.map_or(stay.end_at, |at| stay.end_at.min(at));
                    if (stay.start_at..stay.end_at).contains(&now.at) {
                        found(seat, stay);
                    }
                }
            }
            Self::Wave { start_at } => kiosk::wave(key, start_at, now.at, found),
            _ => {
                let seats = self.seats_on(seats, now);
                for seat in 0..seats {
                    if let Some(stay) = self.stay(mix(key, u64::from(seat)), now) {
                        found(seat, stay);
                    }
                }
            }
        }
    }

    fn seats_on(&self, seats: u32, now: &Moment) -> u32 {
        let Self::Growing { anchor_at } = *self else { return seats };
        // 62 % of the seats at the anchor and 3 % more every week, from a third to all of them.
        let weeks_permille = (now.began_at - anchor_at) * 1_000 / (7 * DAY);
        let permille = (620 + weeks_permille * 30 / 1_000).clamp(333, 1_000);
        u32::try_from(i64::from(seats) * permille / 1_000).unwrap_or(seats)
    }

    fn stay(&self, seat: u64, now: &Moment) -> Option<Stay> {
        match *self {
            Self::Office | Self::Growing { .. } => office(seat, now),
            Self::Visits { period_ms } => visit(seat, period_ms, now),
            Self::Backup => backup(seat, now.day, now.began_at, now.at)
                .or_else(|| backup(seat, now.day - 1, now.before_began_at, now.at)),
            Self::Service => whole_cycle(seat, DAY + below(seat, 5 * 24) * HOUR, 3 * MIN, now.at),
            Self::Busy => {
                // On average one change in 20 minutes: a few seats change often, many seldom.
                let minutes = match below(mix(seat, 1), 5) {
                    0 => 8,
                    1 | 2 => 20,
                    _ => 60,
                };
                whole_cycle(seat, minutes * MIN, 0, now.at)
            }
            Self::Leak { .. } | Self::Counter { .. } | Self::Wave { .. } => None,
        }
    }
}

/// From Monday; in a thousand.
const PRESENCE: [i64; 7] = [930, 955, 950, 925, 840, 60, 35];

pub(super) fn weekday(day: i64) -> usize {
    // 1970-01-01 was a Thursday.
    usize::try_from((day + 3).rem_euclid(7)).unwrap_or_default()
}

fn office(seat: u64, now: &Moment) -> Option<Stay> {
    let key = mix(seat, now.day.cast_unsigned());
    if !chance(key, PRESENCE[weekday(now.day)]) {
        return None;
    }
    let time = now.at - now.began_at;
    let comes = 8 * HOUR + 50 * MIN + around(mix(key, 1), 80 * MIN);
    let goes = 17 * HOUR + 35 * MIN + around(mix(key, 2), 110 * MIN);
    if time < comes || time >= goes {
        return None;
    }
    let lunch = mix(key, 3);
    let stay = |start: i64, end: i64, part: u64| Stay {
        start_at: now.began_at + start,
        end_at: now.began_at + end,
        key: mix(key, part),
    };
    if !chance(lunch, 450) {
        return Some(stay(comes, goes, 10));
    }
    let out = 12 * HOUR + below(lunch, 40 * MIN);
    let back = 13 * HOUR + 5 * MIN + below(mix(lunch, 1), 45 * MIN);
    if time < out {
        Some(stay(comes, out, 11))
    } else if time >= back {
        Some(stay(back, goes, 12))
    } else {
        None
    }
}

/// In a thousand, by the local hour of a working day.
const VISITS: [i64; 24] =
    [40, 35, 35, 35, 40, 60, 150, 380, 700, 880, 900, 850, 520, 610, 860, 880, 840, 700, 420, 240, 150, 110, 80, 60];

fn visit(seat: u64, period_ms: i64, now: &Moment) -> Option<Stay> {
    let time = now.at - now.began_at;
    let cycle = time.div_euclid(period_ms);
    let key = mix(mix(seat, now.day.cast_unsigned()), cycle.cast_unsigned());
    let hour = usize::try_from(cycle * period_ms / HOUR).unwrap_or_default();
    let weekend = if weekday(now.day) >= 5 { 6 } else { 1 };
    if !chance(key, VISITS.get(hour).copied().unwrap_or(50) / weekend) {
        return None;
    }
    let from = below(mix(key, 1), period_ms / 2);
    let long = period_ms / 6 + below(mix(key, 2), period_ms / 3);
    let start_at = now.began_at + cycle * period_ms + from;
    let stay = Stay { start_at, end_at: start_at + long, key };
    (start_at..stay.end_at).contains(&now.at).then_some(stay)
}

fn backup(seat: u64, day: i64, began_at: i64, at: i64) -> Option<Stay> {
    let key = mix(seat, day.cast_unsigned());
    let start_at = began_at + 22 * HOUR + below(key, 12 * MIN);
    let end_at = began_at + 25 * HOUR + 40 * MIN + below(mix(key, 1), 95 * MIN);
    (start_at..end_at).contains(&at).then_some(Stay { start_at, end_at, key })
}

/// One stay after the other, each a whole cycle less a pause.
fn whole_cycle(seat: u64, cycle_ms: i64, pause_ms: i64, at: i64) -> Option<Stay> {
    let phase = below(mix(seat, 2), cycle_ms);
    let cycle = (at - phase).div_euclid(cycle_ms);
    let start_at = phase + cycle * cycle_ms;
    let end_at = start_at + cycle_ms - pause_ms;
    (at < end_at).then(|| Stay { start_at, end_at, key: mix(seat, cycle.cast_unsigned()) })
}

fn leaks(key: u64, [every_ms, restart_every_ms]: [i64; 2], at: i64, mut found: impl FnMut(u32, Stay)) {
    let restarted_at = last_restart(key, restart_every_ms, at);
    let so_far = (at - restarted_at) / every_ms;
    for number in 0..u32::try_from(so_far + 1).unwrap_or_default() {
        let hash = mix(mix(key, restarted_at.cast_unsigned()), u64::from(number));
        let start_at = restarted_at + i64::from(number) * every_ms + below(hash, every_ms);
        if start_at <= at {
            found(number, Stay { start_at, end_at: restarted_at + restart_every_ms, key: hash });
        }
    }
}

pub(super) fn last_restart(key: u64, restart_every_ms: i64, at: i64) -> i64 {
    let phase = below(mix(key, 0xB007), restart_every_ms);
    phase + (at - phase).div_euclid(restart_every_ms) * restart_every_ms
}
