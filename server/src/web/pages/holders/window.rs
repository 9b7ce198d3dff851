//! How far back rankings look.

use super::Asked;
use crate::chart::range::Span;
use crate::chart::zoom::Zoom;
use crate::model::time::{DAY_MS, HOUR_MS, hour_start};

/// How far back a ranking looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Window {
    Hour,
    Day,
    #[default]
    Week,
    Month,
    Quarter,
    Year,
}

impl Window {
    pub const ALL: [Self; 6] = [Self::Hour, Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    /// The word in URLs, and by which messages know it: that of the [`Range`](crate::chart::range::Range) of this length.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hour => "1h",
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
            Self::Hour => HOUR_MS,
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

    /// Where it begins: so many hours back, the one under way included; or so many days (UTC) before this one. Of an hour that has
    /// just begun there is nothing yet: the one before it is shown too.
    #[must_use]
    pub fn from_at(self, now_at: i64) -> i64 {
        if self == Self::Hour {
            hour_start(now_at) - HOUR_MS
        } else if self.is_in_days() {
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

    /// With which a stretch of this length is compared: the same days and hours a week before, or as much longer as it takes for the
    /// two not to touch.
    fn beside(length_ms: i64) -> Self {
        let longer = Self::ALL.into_iter().filter(|window| *window >= Self::Week);
        longer.clone().find(|window| window.length_ms() >= length_ms).unwrap_or(Self::Year)
    }
}

/// How far back a page looks, or the stretch that was chosen instead: in whole hours, which is what is added up.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// Of a chosen stretch, the one that it is compared over.
    pub window: Window,
    pub chosen: Option<Span>,
    pub span: Span,
}

impl Stretch {
    #[must_use]
    pub fn of(asked: &Asked, now_at: i64) -> Self {
        let whole =
            |span: Span| Span { from_at: hour_start(span.from_at), to_at: hour_start(span.to_at - 1) + HOUR_MS };
        let chosen = Zoom::of("", (&asked.from, &asked.to), now_at).chosen.map(whole);
        let window = chosen.map_or(asked.window(), |span| Window::beside(span.length_ms()));
        let latest = Span { from_at: window.from_at(now_at), to_at: now_at };
        Self { window, chosen, span: chosen.unwrap_or(latest) }
    }

    #[must_use]
    pub fn zoom(self) -> Zoom {
        Zoom { chosen: self.chosen, ..Zoom::of(self.window.word(), ("", ""), 0) }
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

    #[test]
    fn a_chosen_stretch_wins_over_the_range_and_is_compared_over_a_week_or_longer() {
        let now_at = 1_795_509_067_000; // 2026-11-24T08:31:07Z
        let of = |from: &str, to: &str| {
            let asked = Asked { range: "24h".into(), from: from.into(), to: to.into(), ..Asked::default() };
            Stretch::of(&asked, now_at)
        };
        let morning = of("2026-11-20T08:20:00Z", "2026-11-20T10:00:00Z");
        assert_eq!((morning.window, morning.span.length_ms()), (Window::Week, 2 * HOUR_MS));
        assert_eq!(of("2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z").window, Window::Month);
        let half = of("2026-11-20T08:20:00Z", "");
        assert_eq!((half.window, half.chosen, half.span.to_at), (Window::Day, None, now_at));
    }
}
