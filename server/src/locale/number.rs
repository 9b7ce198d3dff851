//! How numbers and durations are written.

use std::fmt::Display;

use super::{Lang, Locale};
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

/// No-break space: between a number and its unit.
pub const NBSP: char = '\u{a0}';
/// Narrow no-break space: between thousands, in French.
const NARROW: char = '\u{202f}';

impl Lang {
    fn thousands(self) -> char {
        match self {
            Self::English => ',',
            Self::French => NARROW,
        }
    }

    fn point(self) -> char {
        match self {
            Self::English => '.',
            Self::French => ',',
        }
    }

    /// The unit of days.
    fn day(self) -> char {
        match self {
            Self::English => 'd',
            Self::French => 'j',
        }
    }

    fn units_of_bytes(self) -> [&'static str; 6] {
        match self {
            Self::English => ["B", "KiB", "MiB", "GiB", "TiB", "PiB"],
            Self::French => ["o", "Kio", "Mio", "Gio", "Tio", "Pio"],
        }
    }

    /// With separators: `9,418`.
    #[must_use]
    pub fn number(self, n: impl TryInto<i64>) -> String {
        let n = n.try_into().unwrap_or(i64::MAX);
        let digits = n.unsigned_abs().to_string();
        let mut out = String::with_capacity(digits.len() + digits.len() / 3 * 3 + 3);
        if n < 0 {
            out.push('−');
        }
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                out.push(self.thousands());
            }
            out.push(digit);
        }
        out
    }

    /// One decimal below ten, none above: `3.4`, `1,204`.
    #[must_use]
    pub fn decimal(self, x: f64) -> String {
        if x.abs() < 9.95 {
            let point: String = self.point().into();
            return format!("{x:.1}").replace('.', &point);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a float that does not fit saturates")]
        self.number(x.round() as i64)
    }
}

impl Locale {
    /// With separators: `9,418`.
    #[must_use]
    pub fn number(&self, n: impl TryInto<i64>) -> String {
        self.lang.number(n)
    }

    /// One decimal below ten, none above: `3.4`, `1,204`.
    #[must_use]
    pub fn decimal(&self, x: f64) -> String {
        self.lang.decimal(x)
    }

    /// A share as percent: `97 %`. Rounded down, so that 100 % is said only of what is full.
    #[must_use]
    pub fn percent(&self, share: f64) -> String {
        #[expect(clippy::cast_possible_truncation, reason = "a float that does not fit saturates")]
        // The small addition undoes the loss of binary fractions: 0.29 × 100 is 28.999….
        let whole = (share * 100.0 + 1e-9).floor() as i64;
        format!("{}{NBSP}%", self.number(whole))
    }

    /// `45 s`, `23 min`, `2 h 10`, `3 d 4 h`. Negative spans are written as none.
    #[must_use]
    pub fn duration(&self, ms: i64) -> String {
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
        let (d, days, hours) = (self.lang.day(), ms / DAY_MS, ms % DAY_MS / HOUR_MS);
        if hours == 0 || days > 9 { format!("{days}{s}{d}") } else { format!("{days}{s}{d}{s}{hours}{s}h") }
    }

    /// A step of a chart, as it is spoken of within "of each …": `5 min`, `hour`, `6 h`, `day`.
    #[must_use]
    pub fn step(&self, ms: i64) -> String {
        match ms {
            HOUR_MS => self.say("step-hour").into(),
            DAY_MS => self.say("step-day").into(),
            _ => self.duration(ms),
        }
    }

    /// Time summed over sessions, in hours: `3.4 h`, `1,204 h`.
    #[must_use]
    pub fn session_hours(&self, ms: i64) -> String {
        #[expect(clippy::cast_precision_loss, reason = "shown with two digits at least, not with sixteen")]
        let hours = ms as f64 / HOUR_MS as f64;
        format!("{}{NBSP}h", self.decimal(hours))
    }

    /// In units of 1,024: `180 MiB`, `3.4 GiB`.
    #[must_use]
    pub fn bytes(&self, n: f64) -> String {
        let units = self.lang.units_of_bytes();
        let (mut n, mut unit) = (n.max(0.0), 0);
        while n >= 1_000.0 && unit + 1 < units.len() {
            n /= 1_024.0;
            unit += 1;
        }
        let digits = if unit == 0 { format!("{n:.0}") } else { self.decimal(n) };
        format!("{digits}{NBSP}{}", units[unit])
    }

    /// The value, or an en dash if it is not known.
    #[must_use]
    pub fn or_dash(&self, value: Option<impl Display>) -> String {
        value.map_or_else(|| "–".to_owned(), |v| v.to_string())
    }

    /// A number, or an en dash if it is not known.
    #[must_use]
    pub fn number_or_dash(&self, value: Option<impl TryInto<i64>>) -> String {
        self.or_dash(value.map(|n| self.number(n)))
    }

    /// A duration, or an en dash if it is not known.
    #[must_use]
    pub fn duration_or_dash(&self, ms: Option<i64>) -> String {
        self.or_dash(ms.map(|ms| self.duration(ms)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Zone;
    use super::*;

    #[test]
    fn numbers_carry_separators_and_percents_never_round_up_to_full() {
        let (english, french) = (Lang::English, Lang::French);
        assert_eq!(english.number(9_418_u32), "9,418");
        assert_eq!(english.number(1_000_000_i64), "1,000,000");
        assert_eq!(french.number(1_000_000_i64), "1\u{202f}000\u{202f}000");
        assert_eq!(english.number(-1_234), "−1,234");
        assert_eq!(english.number(u64::MAX), english.number(i64::MAX));
        assert_eq!((english.decimal(3.44), french.decimal(3.44)), ("3.4".to_owned(), "3,4".to_owned()));
        let locale = Locale::machine();
        assert_eq!(locale.percent(0.999), "99\u{a0}%");
        assert_eq!(locale.percent(0.29), "29\u{a0}%");
        assert_eq!(locale.percent(1.0), "100\u{a0}%");
    }

    #[test]
    fn durations_are_as_short_as_they_can_be() {
        let (english, french) = (Locale::machine(), Locale::new(Lang::French, Zone::utc()));
        let said = |ms| english.duration(ms).replace(NBSP, " ");
        assert_eq!(said(-5), "0 s");
        assert_eq!(said(45_000), "45 s");
        assert_eq!(said(23 * MINUTE_MS), "23 min");
        assert_eq!(said(2 * HOUR_MS + 5 * MINUTE_MS), "2 h 05");
        assert_eq!(said(3 * DAY_MS + 4 * HOUR_MS), "3 d 4 h");
        assert_eq!(french.duration(3 * DAY_MS + 4 * HOUR_MS).replace(NBSP, " "), "3 j 4 h");
        assert_eq!(english.session_hours(HOUR_MS * 1_204).replace(NBSP, " "), "1,204 h");
        assert_eq!(english.session_hours(HOUR_MS * 7 / 2).replace(NBSP, " "), "3.5 h");
        assert_eq!(french.bytes(180.0 * 1_048_576.0).replace(NBSP, " "), "180 Mio");
    }
}
