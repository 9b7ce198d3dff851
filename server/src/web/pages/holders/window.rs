//! How far back rankings look.

use crate::model::time::{DAY_MS, HOUR_MS, hour_start};

/// How far back a ranking looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Window {
    Day,
    #[default]
    Week,
    Month,
    Quarter,
    Year,
}

impl Window {
    pub const ALL: [Self; 5] = [Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    /// The word in URLs, and by which messages know it: that of the [`Range`](crate::chart::range::Range) of this length.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Quarter => "90d",
            Self::Year => "1y",
        }
    }

    #[must_use]
    pub fn length_ms(self) -> i64 {
        match self {
            Self::Day => DAY_MS,
            Self::Week => 7 * DAY_MS,
            Self::Month => 30 * DAY_MS,
            Self::Quarter => 90 * DAY_MS,
            Self::Year => 365 * DAY_MS,
        }
    }

    /// Whether it is counted in whole days.
    #[must_use]
    pub fn is_in_days(self) -> bool {
        matches!(self, Self::Month | Self::Quarter | Self::Year)
    }

    /// Where it begins: so many hours back, the one under way included; or so many days (UTC) before this one.
    #[must_use]
    pub fn from_at(self, now_at: i64) -> i64 {
        if self.is_in_days() {
            now_at.div_euclid(DAY_MS) * DAY_MS - self.length_ms()
        } else {
            hour_start(now_at) + HOUR_MS - self.length_ms()
        }
    }

    /// Reads [`word`](Self::word); anything else is a week.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|w| w.word() == word).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_its_length_and_long_ones_begin_with_a_day() {
        let now_at = 1_795_509_067_000; // 2026-11-24T08:31:07Z
        for window in Window::ALL {
            assert_eq!(Window::from_word(window.word()), window);
            let length_ms = now_at - window.from_at(now_at);
            assert!((window.length_ms() - HOUR_MS..window.length_ms() + DAY_MS).contains(&length_ms), "{window:?}");
            assert_eq!(window.from_at(now_at) % if window.is_in_days() { DAY_MS } else { HOUR_MS }, 0);
        }
    }
}
