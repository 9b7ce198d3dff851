//! The viewer's time zone.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

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
        Self::known(name).unwrap_or_else(Self::utc)
    }

    /// By its IANA name; none if there is no such zone.
    #[must_use]
    pub fn known(name: &str) -> Option<Self> {
        // Names come from a cookie: nothing longer or odder than a zone's name goes to the database of zones.
        let is_plain = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
        if is_plain && !name.is_empty() { TimeZone::get(name).ok().map(Self) } else { None }
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
    fn a_field_of_a_form_is_read_back() {
        let zone = Zone::named("Europe/Paris");
        let at = 1_795_509_067_000; // 2026-11-24T08:31:07Z
        assert_eq!(iso(at), "2026-11-24T08:31:07Z");
        assert_eq!(zone.from_field(&zone.field(at)), Some(at - 7_000));
        assert_eq!(zone.from_field("2026-11-24T09:31:07"), Some(at));
        assert_eq!(zone.from_field("yesterday"), None);
    }

    #[test]
    fn what_is_no_zone_is_utc() {
        for name in ["", "Mars/Olympus", "../../etc/passwd", "<b>", &"A/".repeat(100)] {
            assert_eq!((Zone::named(name), Zone::known(name)), (Zone::utc(), None), "{name:?}");
        }
        assert_eq!(Zone::known("UTC").as_ref().map(Zone::name), Some("UTC"));
        assert_eq!(Zone::named("Europe/Paris").name(), "Europe/Paris");
    }
}
