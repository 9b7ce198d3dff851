//! How numbers, durations and instants are written, on charts and on pages.

use std::fmt::Display;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

/// No-break space: between a number and its unit.
pub const NBSP: char = '\u{a0}';

/// With separators: `9,418`.
#[must_use]
pub fn number(n: impl TryInto<i64>) -> String {
    let n = n.try_into().unwrap_or(i64::MAX);
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        out.push('−');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// One decimal below ten, none above: `3.4`, `1,204`.
#[must_use]
pub fn decimal(x: f64) -> String {
    if x.abs() < 9.95 {
        return format!("{x:.1}");
    }
    #[expect(clippy::cast_possible_truncation, reason = "a float that does not fit saturates")]
    number(x.round() as i64)
}

/// A share as percent: `97 %`. Rounded down, so that 100 % is said only of what is full.
#[must_use]
pub fn percent(share: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "a float that does not fit saturates")]
    // The small addition undoes the loss of binary fractions: 0.29 × 100 is 28.999….
    let whole = (share * 100.0 + 1e-9).floor() as i64;
    format!("{}{NBSP}%", number(whole))
}

/// `45 s`, `23 min`, `2 h 10`, `3 d 4 h`. Negative spans are written as none.
#[must_use]
pub fn duration(ms: i64) -> String {
    let ms = ms.max(0);
    let s = NBSP;
    if ms < MINUTE_MS {
        return format!("{}{s}s", ms / SECOND_MS);
    }
    if ms < HOUR_MS {
        return format!("{}{s}min", ms / MINUTE_MS);
    }
    if ms < DAY_MS {
        let (hours, minutes) = (ms / HOUR_MS, ms % HOUR_MS / MINUTE_MS);
        return if minutes == 0 { format!("{hours}{s}h") } else { format!("{hours}{s}h{s}{minutes:02}") };
    }
    let (days, hours) = (ms / DAY_MS, ms % DAY_MS / HOUR_MS);
    if hours == 0 || days > 9 { format!("{days}{s}d") } else { format!("{days}{s}d{s}{hours}{s}h") }
}

/// Time summed over sessions, in hours: `3.4 h`, `1,204 h`.
#[must_use]
pub fn session_hours(ms: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "shown with two digits at least, not with sixteen")]
    let hours = ms as f64 / HOUR_MS as f64;
    format!("{}{NBSP}h", decimal(hours))
}

/// In units of 1,024: `180 MiB`, `3.4 GiB`.
#[must_use]
pub fn bytes(n: f64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let (mut n, mut unit) = (n.max(0.0), 0);
    while n >= 1_000.0 && unit + 1 < UNITS.len() {
        n /= 1_024.0;
        unit += 1;
    }
    let digits = if unit == 0 { format!("{n:.0}") } else { decimal(n) };
    format!("{digits}{NBSP}{}", UNITS[unit])
}

/// The value, or an en dash if it is not known.
#[must_use]
pub fn or_dash(value: Option<impl Display>) -> String {
    value.map_or_else(|| "–".to_owned(), |v| v.to_string())
}

/// The noun for a count: `1 host`, `3 hosts`.
#[must_use]
pub fn counted(n: impl TryInto<i64>, one: &str, many: &str) -> String {
    let n = n.try_into().unwrap_or(i64::MAX);
    format!("{} {}", number(n), if n == 1 { one } else { many })
}

/// The viewer's time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    #[must_use]
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// By its IANA name; UTC if there is no such zone.
    #[must_use]
    pub fn named(name: &str) -> Self {
        // Names come from a cookie: nothing longer or odder than a zone's name goes to the database of zones.
        let is_plain = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
        let found = if is_plain && !name.is_empty() { TimeZone::get(name).ok() } else { None };
        found.map_or_else(Self::utc, Self)
    }

    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// What a clock on the wall shows.
    #[must_use]
    pub fn wall(&self, at: i64) -> DateTime {
        let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
        self.0.to_datetime(at)
    }

    /// The instant at which a clock on the wall shows this. A time that is skipped moves on, of one that comes twice the first
    /// counts.
    #[must_use]
    pub fn instant(&self, wall: DateTime) -> i64 {
        self.0.to_timestamp(wall).map_or(0, Timestamp::as_millisecond)
    }

    #[must_use]
    pub fn date(&self, at: i64) -> Date {
        self.wall(at).date()
    }

    /// `09:31`
    #[must_use]
    pub fn clock(&self, at: i64) -> String {
        self.wall(at).strftime("%H:%M").to_string()
    }

    /// `09:31:07`
    #[must_use]
    pub fn clock_secs(&self, at: i64) -> String {
        self.wall(at).strftime("%H:%M:%S").to_string()
    }

    /// `Tue 24 Nov`
    #[must_use]
    pub fn day(&self, at: i64) -> String {
        self.wall(at).strftime("%a %-d %b").to_string()
    }

    /// `Tue 24 Nov 2026, 09:31`
    #[must_use]
    pub fn full(&self, at: i64) -> String {
        self.wall(at).strftime("%a %-d %b %Y, %H:%M").to_string()
    }

    /// As short as it can be said at `now_at`: `09:31` today, `Tue 24 Nov, 09:31` before, with the year in another year.
    #[must_use]
    pub fn stamp(&self, at: i64, now_at: i64) -> String {
        let (then, now) = (self.wall(at), self.wall(now_at));
        if then.date() == now.date() {
            self.clock(at)
        } else if then.year() == now.year() {
            format!("{}, {}", self.day(at), self.clock(at))
        } else {
            self.full(at)
        }
    }

    /// As a field of type `datetime-local` wants it: `2026-11-24T09:31`.
    #[must_use]
    pub fn field(&self, at: i64) -> String {
        self.wall(at).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    /// Reads [`field`](Self::field), with or without seconds.
    #[must_use]
    pub fn from_field(&self, text: &str) -> Option<i64> {
        text.parse::<DateTime>().ok().map(|wall| self.instant(wall))
    }
}

/// In UTC, for machines: `2026-11-24T08:31:07Z`.
#[must_use]
pub fn iso(at: i64) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_separators_and_percents_never_round_up_to_full() {
        assert_eq!(number(9_418_u32), "9,418");
        assert_eq!(number(1_000_000_i64), "1,000,000");
        assert_eq!(number(-1_234), "−1,234");
        assert_eq!(number(u64::MAX), number(i64::MAX));
        assert_eq!(percent(0.999), "99\u{a0}%");
        assert_eq!(percent(0.29), "29\u{a0}%");
        assert_eq!(percent(1.0), "100\u{a0}%");
    }

    #[test]
    fn durations_are_as_short_as_they_can_be() {
        let said = |ms| duration(ms).replace(NBSP, " ");
        assert_eq!(said(-5), "0 s");
        assert_eq!(said(45_000), "45 s");
        assert_eq!(said(23 * MINUTE_MS), "23 min");
        assert_eq!(said(2 * HOUR_MS + 5 * MINUTE_MS), "2 h 05");
        assert_eq!(said(3 * DAY_MS + 4 * HOUR_MS), "3 d 4 h");
        assert_eq!(session_hours(HOUR_MS * 1_204).replace(NBSP, " "), "1,204 h");
        assert_eq!(session_hours(HOUR_MS * 7 / 2).replace(NBSP, " "), "3.5 h");
    }

    #[test]
    fn instants_are_told_in_the_viewers_zone_and_no_longer_than_needed() {
        let zone = Zone::named("Europe/Paris");
        let at = 1_795_509_067_000; // 2026-11-24T08:31:07Z
        assert_eq!(iso(at), "2026-11-24T08:31:07Z");
        assert_eq!(zone.stamp(at, at + HOUR_MS), "09:31");
        assert_eq!(zone.stamp(at, at + DAY_MS), "Tue 24 Nov, 09:31");
        assert_eq!(zone.stamp(at, at + 60 * DAY_MS), "Tue 24 Nov 2026, 09:31");
        assert_eq!(zone.from_field(&zone.field(at)), Some(at - 7_000));
        assert_eq!(zone.from_field("2026-11-24T09:31:07"), Some(at));
        assert_eq!(zone.from_field("yesterday"), None);
    }

    #[test]
    fn what_is_no_zone_is_utc() {
        for name in ["", "Mars/Olympus", "../../etc/passwd", "<b>", &"A/".repeat(100)] {
            assert_eq!(Zone::named(name), Zone::utc(), "{name:?}");
        }
        assert_eq!(Zone::named("Europe/Paris").name(), "Europe/Paris");
    }
}
