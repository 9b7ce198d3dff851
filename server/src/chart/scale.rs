//! Axes: percents across, pixels down, round numbers on both.

use std::fmt;

use askama::filters::HtmlSafe;
use jiff::civil::{DateTime, Time};
use jiff::{Span as Step, ToSpan as _};

use super::range::Span;
use crate::locale::{Lang, Locale, NBSP, Zone};
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS};

/// A length in percent of the plot's width.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Percent(pub f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.3}", self.0);
        write!(f, "{}%", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

// Digits, a dot and a percent sign.
impl HtmlSafe for Percent {}

impl Percent {
    #[must_use]
    pub fn of(span: Span, at: i64) -> Self {
        Self(span.share(at) * 100.0)
    }

    /// From where to where, as start and width.
    #[must_use]
    pub fn between(span: Span, from_at: i64, to_at: i64) -> (Self, Self) {
        let (from, to) = (Self::of(span, from_at), Self::of(span, to_at));
        (from, Self(to.0 - from.0))
    }
}

/// A label on the left, with its line.
#[derive(Debug, Clone, PartialEq)]
pub struct YTick {
    pub y: f64,
    pub text: String,
    /// `full` at the limit, `watch` at 80 %, else empty.
    pub class: &'static str,
}

/// The y axis of a plot: 0 at the bottom, `top` at the top.
#[derive(Debug, Clone, PartialEq)]
pub struct YAxis {
    pub top: f64,
    /// First pixel of the plot.
    pub from: f64,
    pub height: f64,
    pub ticks: Vec<YTick>,
}

impl YAxis {
    #[must_use]
    pub fn y(&self, value: f64) -> f64 {
        let y = self.from + self.height * (1.0 - (value / self.top).clamp(0.0, 1.0));
        (y * 10.0).round() / 10.0
    }

    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.from + self.height
    }

    /// Counts up to `limit`, which is the top tick.
    #[must_use]
    pub fn up_to_limit(limit: u32, (from, height): (f64, f64), locale: &Locale) -> Self {
        let top = f64::from(limit.max(1));
        let step = nice_step(top / 3.0).max(1.0);
        let mut axis = Self { top, from, height, ticks: Vec::new() };
        let mut value = 0.0;
        // A tick closer than half a step would touch the limit's own.
        while value <= top - step / 2.0 {
            axis.tick(value, "", locale);
            value += step;
        }
        axis.tick(top, "full", locale);
        axis
    }

    /// Counts without a limit to be seen: the top is a round number.
    #[must_use]
    pub fn up_to(peak: u32, (from, height): (f64, f64), locale: &Locale) -> Self {
        let step = nice_step(f64::from(peak.max(4)) / 3.0).max(1.0);
        let top = (f64::from(peak.max(1)) / step).ceil() * step;
        let mut axis = Self { top, from, height, ticks: Vec::new() };
        let mut value = 0.0;
        while value <= top {
            axis.tick(value, "", locale);
            value += step;
        }
        axis
    }

    /// 0 to 100 %.
    #[must_use]
    pub fn saturation((from, height): (f64, f64)) -> Self {
        let mut axis = Self { top: 1.0, from, height, ticks: Vec::new() };
        for (share, class) in [(0, ""), (20, ""), (40, ""), (60, ""), (80, "watch"), (100, "full")] {
            let unit = if share == 100 { format!("{NBSP}%") } else { String::new() };
            axis.ticks.push(YTick { y: axis.y(f64::from(share) / 100.0), text: format!("{share}{unit}"), class });
        }
        axis
    }

    fn tick(&mut self, value: f64, class: &'static str, locale: &Locale) {
        #[expect(clippy::cast_possible_truncation, reason = "ticks are whole numbers up to a 32-bit limit")]
        let text = locale.number(value.round() as i64);
        self.ticks.push(YTick { y: self.y(value), text, class });
    }
}

/// 1, 2 or 5 times a power of ten, not above `most`.
fn nice_step(most: f64) -> f64 {
    let magnitude = 10_f64.powf(most.max(f64::MIN_POSITIVE).log10().floor());
    let steps = [5.0, 2.0, 1.0];
    steps.into_iter().map(|s| s * magnitude).find(|s| *s <= most * 1.000_001).unwrap_or(magnitude)
}

/// A label below the plot.
#[derive(Debug, Clone, PartialEq)]
pub struct XTick {
    pub at: i64,
    pub x: Percent,
    pub text: String,
    /// Goes on phones.
    pub is_minor: bool,
}

/// What lies between two labels.
#[derive(Debug, Clone, Copy)]
enum Rhythm {
    /// Round by the clock: so many minutes, which divide a day.
    Minutes(i64),
    Days,
    Mondays,
    Months,
}

impl Rhythm {
    fn of(span: Span) -> Self {
        match span.length_ms() {
            ms if ms <= 10 * MINUTE_MS => Self::Minutes(1),
            ms if ms <= 20 * MINUTE_MS => Self::Minutes(2),
            ms if ms <= 45 * MINUTE_MS => Self::Minutes(5),
            ms if ms <= 90 * MINUTE_MS => Self::Minutes(10),
            ms if ms <= 3 * HOUR_MS => Self::Minutes(30),
            ms if ms <= 6 * HOUR_MS => Self::Minutes(60),
            ms if ms <= DAY_MS + HOUR_MS => Self::Minutes(3 * 60),
            ms if ms <= 3 * DAY_MS => Self::Minutes(12 * 60),
            ms if ms <= 10 * DAY_MS => Self::Days,
            ms if ms <= 100 * DAY_MS => Self::Mondays,
            _ => Self::Months,
        }
    }

    fn text(self, wall: DateTime, lang: Lang) -> String {
        match self {
            Self::Months if wall.month() == 1 => format!("{} {}", lang.month(wall), wall.year()),
            Self::Months => lang.month(wall).to_owned(),
            Self::Mondays => format!("{} {}", wall.day(), lang.month(wall)),
            _ if wall.time() == Time::midnight() => format!("{} {}", lang.weekday(wall), wall.day()),
            _ => wall.strftime("%H:%M").to_string(),
        }
    }

    /// The round instants of the span with what the clock shows, in order.
    fn instants(self, span: Span, zone: &Zone) -> Vec<(i64, DateTime)> {
        let midnight = |wall: DateTime| wall.date().to_datetime(Time::midnight());
        let first = zone.wall(span.from_at);
        match self {
            Self::Minutes(minutes) => by_clock(span, zone, minutes),
            Self::Days => by_calendar(span, zone, midnight(first), 1.day()),
            Self::Mondays => {
                let since_monday = i64::from(first.weekday().to_monday_zero_offset());
                let monday = midnight(first).checked_sub(since_monday.days()).unwrap_or(first);
                by_calendar(span, zone, monday, 7.days())
            }
            Self::Months => {
                by_calendar(span, zone, first.date().first_of_month().to_datetime(Time::midnight()), 1.month())
            }
        }
    }
}

/// Steps through instants, so that a time that comes twice on the day the clocks go back has its tick twice.
fn by_clock(span: Span, zone: &Zone, minutes: i64) -> Vec<(i64, DateTime)> {
    // Offsets of zones are whole quarters of an hour.
    let step_ms = if minutes < 15 { MINUTE_MS } else { 15 * MINUTE_MS };
    let is_round =
        |wall: &DateTime| wall.second() == 0 && (i64::from(wall.hour()) * 60 + i64::from(wall.minute())) % minutes == 0;
    let mut at = -(-span.from_at).div_euclid(step_ms) * step_ms;
    let mut found = Vec::new();
    while at <= span.to_at {
        let wall = zone.wall(at);
        if is_round(&wall) {
            found.push((at, wall));
        }
        at += step_ms;
    }
    found
}

/// Steps through dates. A wall time that the zone skips has no tick.
fn by_calendar(span: Span, zone: &Zone, first: DateTime, step: Step) -> Vec<(i64, DateTime)> {
    let (mut wall, mut found) = (first, Vec::new());
    // No span has more dates than this; it ends the loop whatever the zone does.
    for _ in 0..400 {
        let at = zone.instant(wall);
        if at > span.to_at {
            break;
        }
        if at >= span.from_at && zone.wall(at) == wall {
            found.push((at, wall));
        }
        let Ok(next) = wall.checked_add(step) else { break };
        wall = next;
    }
    found
}

/// Round clock times of the viewer's zone within the span; at midnight the date.
#[must_use]
pub fn x_ticks(span: Span, locale: &Locale) -> Vec<XTick> {
    let rhythm = Rhythm::of(span);
    let tick = |(at, wall): (i64, DateTime)| XTick {
        at,
        x: Percent::of(span, at),
        text: rhythm.text(wall, locale.lang),
        is_minor: false,
    };
    let mut ticks: Vec<XTick> = rhythm.instants(span, &locale.zone).into_iter().map(tick).collect();
    // A label whose middle is at the very edge would be cut off.
    ticks.retain(|t| (1.5..=98.5).contains(&t.x.0));
    // Of those that are left, or a short axis could have none that stays on phones.
    ticks.iter_mut().skip(1).step_by(2).for_each(|tick| tick.is_minor = true);
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::range::Range;

    const BOX: (f64, f64) = (34.0, 190.0);

    fn texts(axis: &YAxis) -> Vec<&str> {
        axis.ticks.iter().map(|t| t.text.as_str()).collect()
    }

    #[test]
    fn the_limit_is_the_top_tick_and_lies_at_the_top_of_the_plot() {
        for (limit, wanted) in [
            (20, "0 5 10 15 20"),
            (16, "0 5 10 16"),
            (50, "0 10 20 30 40 50"),
            (71, "0 20 40 60 71"),
            (3, "0 1 2 3"),
            (1, "0 1"),
            (120, "0 20 40 60 80 100 120"),
            (16_777_216, "0 5,000,000 10,000,000 16,777,216"),
        ] {
            let axis = YAxis::up_to_limit(limit, BOX, &Locale::machine());
            assert_eq!(texts(&axis).join(" "), wanted, "{limit}");
            let top = axis.ticks.last().unwrap();
            assert_eq!((top.y, top.class), (34.0, "full"));
            assert_eq!(axis.y(0.0), 224.0);
            assert_eq!(axis.y(f64::from(limit) * 2.0), 34.0, "nothing is drawn above the plot");
        }
    }

    #[test]
    fn without_a_limit_the_ticks_are_round_and_hold_the_peak() {
        for (peak, wanted) in
            [(0, "0 1"), (7, "0 2 4 6 8"), (137, "0 20 40 60 80 100 120 140"), (447, "0 100 200 300 400 500")]
        {
            assert_eq!(texts(&YAxis::up_to(peak, BOX, &Locale::machine())).join(" "), wanted, "{peak}");
        }
    }

    #[test]
    fn the_unit_stands_once_at_the_top() {
        assert_eq!(texts(&YAxis::saturation(BOX)).join("|"), "0|20|40|60|80|100\u{a0}%");
    }

    #[test]
    fn ticks_across_are_round_in_the_viewers_zone_with_the_date_at_midnight() {
        let locale = Locale::new(Lang::English, Zone::named("Asia/Kolkata")); // half an hour off: round here is not round in UTC
        let to_at = 1_795_509_067_000; // 14:01 there
        let texts = |range: Range| -> Vec<String> {
            x_ticks(range.ending(to_at), &locale).into_iter().map(|t| t.text).collect()
        };
        assert_eq!(texts(Range::Day), ["15:00", "18:00", "21:00", "Tue 24", "03:00", "06:00", "09:00", "12:00"]);
        assert_eq!(
            texts(Range::Hour),
            ["13:10", "13:20", "13:30", "13:40", "13:50", "14:00"][..texts(Range::Hour).len()]
        );
        assert!(texts(Range::Week).iter().all(|t| t.contains(' ')));
        assert!(texts(Range::Year).len() >= 11 && texts(Range::Year).contains(&"Jan 2026".to_owned()));
    }

    #[test]
    fn on_the_day_the_clocks_go_forward_no_tick_is_doubled_or_invented() {
        let locale = Locale::new(Lang::English, Zone::named("Europe/Paris"));
        let midnight = locale.zone.from_field("2026-03-29T00:00").unwrap();
        let ticks = x_ticks(Span { from_at: midnight - HOUR_MS, to_at: midnight + 4 * HOUR_MS }, &locale);
        let texts: Vec<_> = ticks.iter().map(|t| t.text.as_str()).collect();
        assert_eq!(texts, ["Sun 29", "01:00", "03:00", "04:00"], "02:00 does not exist");
        assert!(ticks.windows(2).all(|pair| pair[0].at < pair[1].at));
        assert_eq!(ticks[2].at - ticks[1].at, HOUR_MS);
    }

    #[test]
    fn on_the_day_the_clocks_go_back_the_day_is_an_hour_longer() {
        let locale = Locale::new(Lang::English, Zone::named("Europe/Paris"));
        let midnight = locale.zone.from_field("2026-10-25T00:00").unwrap();
        let ticks = x_ticks(Span { from_at: midnight - MINUTE_MS * 30, to_at: midnight + 24 * HOUR_MS }, &locale);
        let at = |text: &str| ticks.iter().find(|t| t.text == text).unwrap().at;
        assert_eq!(at("06:00") - at("Sun 25"), 7 * HOUR_MS);
    }

    #[test]
    fn the_hour_that_comes_twice_has_its_ticks_twice() {
        let locale = Locale::new(Lang::English, Zone::named("Europe/Paris"));
        let one = locale.zone.from_field("2026-10-25T01:50").unwrap();
        let ticks = x_ticks(Span { from_at: one, to_at: one + 5 * HOUR_MS }, &locale);
        assert_eq!(ticks.iter().map(|t| &*t.text).collect::<Vec<_>>(), ["02:00", "02:00", "03:00", "04:00", "05:00"]);
        assert!(ticks.windows(2).all(|pair| pair[1].at - pair[0].at == HOUR_MS));
    }

    #[test]
    fn an_axis_of_any_length_has_ticks_and_one_that_stays_on_phones() {
        let locale = Locale::new(Lang::English, Zone::named("Asia/Kathmandu")); // 5:45 from UTC
        let lengths = (2..120).map(|n| n * MINUTE_MS).chain((2..24 * 17).map(|n| n * HOUR_MS));
        for length_ms in lengths.chain((18..366).map(|n| n * DAY_MS)) {
            for shift_ms in [0, 59_000, 7 * HOUR_MS, 3 * DAY_MS] {
                let to_at = 1_795_509_067_000 + shift_ms;
                let ticks = x_ticks(Span { from_at: to_at - length_ms, to_at }, &locale);
                assert!(ticks.iter().any(|t| !t.is_minor), "{length_ms} ms: {ticks:?}");
                assert!(ticks.len() <= 15, "{length_ms} ms: {} ticks", ticks.len());
            }
        }
    }

    #[test]
    fn percents_are_short() {
        assert_eq!(Percent(50.0).to_string(), "50%");
        assert_eq!(Percent(12.291_666).to_string(), "12.292%");
        assert_eq!(Percent(0.0).to_string(), "0%");
    }
}
