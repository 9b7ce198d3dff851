//! Instants as a table writes them: in the culture of whoever made it, which the table does not name.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::FileError;

/// Which of the first two numbers of a date is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    DayFirst,
    MonthFirst,
}

/// Reads a table's column of instants.
#[derive(Debug, Clone)]
pub(in crate::import) struct Dates {
    order: Order,
    zone: TimeZone,
}

impl Dates {
    /// As far as the column tells by itself: one 13th to 31st decides, and so do dots.
    ///
    /// # Errors
    /// Every date could be read both ways, and nobody said how.
    pub(in crate::import) fn of<'a>(
        column: impl Iterator<Item = &'a str>,
        given: Option<Order>,
        zone: TimeZone,
    ) -> Result<Self, FileError> {
        if let Some(order) = given {
            return Ok(Self { order, zone });
        }
        let mut open = None;
        for text in column {
            let Some(numbers) = Numbers::of(text).filter(|numbers| !numbers.year_first) else { continue };
            let decided = match (numbers.date[0], numbers.date[1], numbers.separator) {
                (13.., _, _) => Some(Order::DayFirst),
                (_, 13.., _) => Some(Order::MonthFirst),
                (_, _, '.') => Some(Order::DayFirst),
                (first, second, _) if first == second => continue,
                _ => None,
            };
            match decided {
                Some(order) => return Ok(Self { order, zone }),
                None => open = open.or(Some(text)),
            }
        }
        match open {
            Some(text) => Err(FileError::AmbiguousDates(text.chars().take(40).collect())),
            None => Ok(Self { order: Order::DayFirst, zone }),
        }
    }

    /// Milliseconds since 1970; none if the text is no instant.
    pub(in crate::import) fn read(&self, text: &str) -> Option<i64> {
        // With an offset of its own it needs no zone.
        if let Ok(instant) = text.trim().parse::<jiff::Timestamp>() {
            return Some(instant.as_millisecond());
        }
        let numbers = Numbers::of(text)?;
        let (year, month, day) = match (numbers.date, numbers.year_first, self.order) {
            ([year, month, day], true, _) => (year, month, day),
            ([day, month, year], false, Order::DayFirst) => (year, month, day),
            ([month, day, year], false, Order::MonthFirst) => (year, month, day),
        };
        let year = if year < 100 { year + 2_000 } else { year };
        let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
        let civil = DateTime::from_parts(date, numbers.time?);
        Some(self.zone.to_ambiguous_zoned_datetime(civil).compatible().ok()?.timestamp().as_millisecond())
    }
}

/// What stands there, before it is known which is which.
struct Numbers {
    date: [i16; 3],
    year_first: bool,
    separator: char,
    time: Option<Time>,
}

impl Numbers {
    fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let (date, time) = text.split_once(['T', ' ', '\u{202F}', '\u{A0}']).unwrap_or((text, "0:00"));
        let separator = date.chars().find(|c| !c.is_ascii_digit())?;
        let date: Vec<i16> = date
            .trim_end_matches([separator, ','])
            .split(separator)
            .map(|number| number.parse().ok())
            .collect::<Option<_>>()?;
        let date: [i16; 3] = date.try_into().ok()?;
        Some(Self { date, year_first: date[0] > 31, separator, time: time_of(time) })
    }
}

/// `9:31`, `09:31:00`, `9:31:00.5`, `9:31:00 PM`.
fn time_of(text: &str) -> Option<Time> {
    let text = text.trim().to_lowercase().replace('.', ":");
    let (text, half) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(text), _) => (text.trim_end().to_owned(), Some(0)),
        (_, Some(text)) => (text.trim_end().to_owned(), Some(12)),
        _ => (text, None),
    };
    let mut numbers = text.trim().split(':').map(|number| number.parse::<u32>().ok());
    let (hour, minute, second) = (numbers.next()??, numbers.next()??, numbers.next().unwrap_or(Some(0))?);
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    Time::new(hour.try_into().ok()?, minute.try_into().ok()?, second.try_into().ok()?, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(column: &[&str], given: Option<Order>) -> Result<Vec<Option<String>>, String> {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let dates = Dates::of(column.iter().copied(), given, zone).map_err(|e| e.to_string())?;
        let shown = |at| jiff::Timestamp::from_millisecond(at).unwrap().to_string();
        Ok(column.iter().map(|text| dates.read(text).map(shown)).collect())
    }

    #[test]
    fn every_culture_s_way_of_writing_is_the_same_instant() {
        for text in [
            "11/24/2026 9:31:05 AM",
            "24/11/2026 09:31:05",
            "24.11.2026 09:31:05",
            "24-11-2026 9:31:05",
            "24/11/2026 9.31.05",
            "2026-11-24 09:31:05",
            "2026/11/24 9:31:05",
            "2026-11-24T09:31:05+01:00",
            "2026-11-24T08:31:05.000Z",
            "11/24/2026 9:31:05\u{202F}AM",
        ] {
            assert_eq!(read(&[text], None).unwrap(), [Some("2026-11-24T08:31:05Z".to_owned())], "{text}");
        }
        let evening = read(&["11/24/2026 9:31:05 PM", "11/24/2026 12:00:00 AM"], None).unwrap();
        assert_eq!(evening, [Some("2026-11-24T20:31:05Z".to_owned()), Some("2026-11-23T23:00:00Z".to_owned())]);
    }

    #[test]
    fn one_date_decides_for_the_column() {
        let found = read(&["02/03/2026 10:00:00", "25/03/2026 10:00:00"], None).unwrap();
        assert_eq!(found[0].as_deref(), Some("2026-03-02T09:00:00Z"));
        let found = read(&["02/03/2026 10:00:00", "03/25/2026 10:00:00"], None).unwrap();
        assert_eq!(found[0].as_deref(), Some("2026-02-03T09:00:00Z"));
        let found = read(&["02.03.2026 10:00:00"], None).unwrap();
        assert_eq!(found[0].as_deref(), Some("2026-03-02T09:00:00Z"));
    }

    #[test]
    fn what_could_be_read_both_ways_is_asked_for() {
        let error = read(&["02/02/2026 10:00:00", "02/03/2026 10:00:00"], None).unwrap_err();
        assert!(error.contains("\"02/03/2026 10:00:00\"") && error.contains("--dates"), "{error}");
        let given = read(&["02/03/2026 10:00:00"], Some(Order::MonthFirst)).unwrap();
        assert_eq!(given[0].as_deref(), Some("2026-02-03T09:00:00Z"));
        assert_eq!(read(&["02/02/2026 10:00:00"], None).unwrap()[0].as_deref(), Some("2026-02-02T09:00:00Z"));
    }

    #[test]
    fn what_is_no_instant_is_none() {
        for bad in
            ["", "yesterday", "32.13.2026 10:00", "24.11.2026 25:00", "1/2", "24.11.2026 13:00 PM", "//", "9999999999"]
        {
            assert_eq!(read(&[bad], Some(Order::DayFirst)).unwrap(), [None], "{bad}");
        }
    }
}
