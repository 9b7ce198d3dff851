//! How instants are written: the names of days and months of each language, short, in the order day, month, year that both
//! share. From the Unicode CLDR (`dates/calendars/gregorian`, abbreviated forms).

use jiff::civil::DateTime;

use super::{Lang, Locale};

/// From Monday.
const DAYS: [[&str; 7]; 2] =
    [["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."]];
const MONTHS: [[&str; 12]; 2] = [
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
];

impl Lang {
    fn row(self) -> usize {
        match self {
            Self::English => 0,
            Self::French => 1,
        }
    }

    #[must_use]
    pub fn month(self, wall: DateTime) -> &'static str {
        MONTHS[self.row()].get(usize::from(wall.month().unsigned_abs()) - 1).copied().unwrap_or_default()
    }

    #[must_use]
    pub fn weekday(self, wall: DateTime) -> &'static str {
        let monday_zero = usize::from(wall.weekday().to_monday_zero_offset().unsigned_abs());
        DAYS[self.row()].get(monday_zero).copied().unwrap_or_default()
    }
}

impl Locale {
    /// `09:31`
    #[must_use]
    pub fn clock(&self, at: i64) -> String {
        self.zone.clock(at)
    }

    /// `09:31:07`
    #[must_use]
    pub fn clock_secs(&self, at: i64) -> String {
        self.zone.clock_secs(at)
    }

    /// `24 Nov`
    #[must_use]
    pub fn date(&self, at: i64) -> String {
        let wall = self.zone.wall(at);
        format!("{} {}", wall.day(), self.lang.month(wall))
    }

    /// `Nov 2026`
    #[must_use]
    pub fn month(&self, at: i64) -> String {
        let wall = self.zone.wall(at);
        format!("{} {}", self.lang.month(wall), wall.year())
    }

    /// `Tue 24 Nov`
    #[must_use]
    pub fn day(&self, at: i64) -> String {
        format!("{} {}", self.lang.weekday(self.zone.wall(at)), self.date(at))
    }

    /// `Tue 24 Nov 2026, 09:31`
    #[must_use]
    pub fn full(&self, at: i64) -> String {
        format!("{} {}, {}", self.day(at), self.zone.wall(at).year(), self.clock(at))
    }

    /// As short as it can be said at `now_at`: `09:31` today, `Tue 24 Nov, 09:31` before, with the year in another year.
    #[must_use]
    pub fn stamp(&self, at: i64, now_at: i64) -> String {
        let (then, now) = (self.zone.wall(at), self.zone.wall(now_at));
        if then.date() == now.date() {
            self.clock(at)
        } else if then.year() == now.year() {
            format!("{}, {}", self.day(at), self.clock(at))
        } else {
            self.full(at)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Zone;
    use super::*;
    use crate::model::time::{DAY_MS, HOUR_MS};

    #[test]
    fn instants_are_told_in_the_viewers_zone_and_language_and_no_longer_than_needed() {
        let [english, french] = Lang::ALL.map(|lang| Locale::new(lang, Zone::named("Europe/Paris")));
        let at = 1_795_509_067_000; // 2026-11-24T08:31:07Z
        assert_eq!(english.stamp(at, at + HOUR_MS), "09:31");
        assert_eq!(english.stamp(at, at + DAY_MS), "Tue 24 Nov, 09:31");
        assert_eq!(english.stamp(at, at + 60 * DAY_MS), "Tue 24 Nov 2026, 09:31");
        assert_eq!(french.stamp(at, at + 60 * DAY_MS), "mar. 24 nov. 2026, 09:31");
        assert_eq!((english.month(at), french.month(at - 100 * DAY_MS)), ("Nov 2026".into(), "août 2026".into()));
        assert_eq!(french.day(at - 2 * DAY_MS), "dim. 22 nov.");
    }
}
