//! What a chart looks at: a range up to now, or a stretch of it that somebody chose.

use jiff::Timestamp;

use super::range::{Range, SNAPSHOT_STEP_MS, Span};
use crate::model::time::{DAY_MS, EARLIEST_AT, MINUTE_MS};

/// Shorter stretches show no more: sampling is no finer at its finest.
const SHORTEST_MS: i64 = 2 * MINUTE_MS;
const LONGEST_MS: i64 = 366 * DAY_MS;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Zoom {
    /// The one that was asked for; of a stretch the shortest that is as long: it has its steps.
    pub range: Range,
    /// As it was asked for. Charts show whole steps: see [`span`](Self::span).
    pub chosen: Option<Span>,
}

impl Zoom {
    /// Out of an address: `from` and `to`, in milliseconds or by RFC 3339, win over the range's word. A stretch that cannot be looked
    /// at becomes the nearest that can; half a stretch is none.
    #[must_use]
    pub fn of(range: &str, (from, to): (&str, &str), now_at: i64) -> Self {
        let ranged = Self { range: Range::from_word(range), chosen: None };
        match (instant(from), instant(to)) {
            (Some(from_at), Some(to_at)) if from_at < to_at => Self::over(Span { from_at, to_at }, now_at),
            _ => ranged,
        }
    }

    fn over(span: Span, now_at: i64) -> Self {
        let to_at = span.to_at.min(now_at).max(EARLIEST_AT + SHORTEST_MS);
        let latest_at = to_at - SHORTEST_MS;
        let from_at = span.from_at.clamp(EARLIEST_AT.max(to_at - LONGEST_MS), latest_at);
        let chosen = Span { from_at, to_at };
        let covers = |range: &Range| range.length_ms() >= chosen.length_ms();
        Self { range: Range::ALL.into_iter().find(covers).unwrap_or(Range::Year), chosen: Some(chosen) }
    }

    /// The x axis of a host's charts.
    #[must_use]
    pub fn span(self, now_at: i64) -> Span {
        let step_ms = if self.range == Range::Hour { SNAPSHOT_STEP_MS } else { self.range.step_ms() };
        let latest = self.range.ending(now_at);
        self.chosen.map_or(latest, |span| whole(span, step_ms, latest))
    }

    /// The x axis of charts in steps of this width.
    #[must_use]
    pub fn in_steps(self, step_ms: i64, now_at: i64) -> Span {
        let latest = self.range.ending_in_steps(now_at, step_ms);
        self.chosen.map_or(latest, |span| whole(span, step_ms, latest))
    }

    /// Whether it is a range up to now.
    #[must_use]
    pub fn is_up_to_now(self) -> bool {
        self.chosen.is_none()
    }

    #[must_use]
    pub fn earlier(self, now_at: i64) -> Self {
        let span = self.span_now(now_at);
        self.moved(span, -span.length_ms() / 2, now_at)
    }

    /// None if there is nothing later.
    #[must_use]
    pub fn later(self, now_at: i64) -> Option<Self> {
        let span = self.chosen.filter(|span| span.to_at < now_at - MINUTE_MS)?;
        let by_ms = (span.length_ms() / 2).min(now_at - span.to_at);
        Some(self.moved(span, by_ms, now_at))
    }

    /// The half around the middle; of a range up to now its newest half. None if it is as short as can be.
    #[must_use]
    pub fn closer(self, now_at: i64) -> Option<Self> {
        let span = self.span_now(now_at);
        let quarter = span.length_ms() / 4;
        let right = if self.is_up_to_now() { 0 } else { quarter };
        let half = Span { from_at: span.to_at - right - 2 * quarter, to_at: span.to_at - right };
        (half.length_ms() >= SHORTEST_MS).then(|| Self::over(half, now_at))
    }

    /// Twice as much around the middle. None if it is as long as can be.
    #[must_use]
    pub fn wider(self, now_at: i64) -> Option<Self> {
        let span = self.span_now(now_at);
        let half = span.length_ms() / 2;
        let to_at = (span.to_at + half).min(now_at);
        let wide = Span { from_at: to_at - 4 * half, to_at };
        (wide.length_ms() <= LONGEST_MS).then(|| Self::over(wide, now_at))
    }

    /// `range`, `from` and `to` of an address; two of them are empty, or the first.
    #[must_use]
    pub fn pairs(self) -> [(&'static str, String); 3] {
        let millis = |at: fn(Span) -> i64| self.chosen.map_or_else(String::new, |span| at(span).to_string());
        let range = if self.is_up_to_now() { self.range.word().to_owned() } else { String::new() };
        [("range", range), ("from", millis(|s| s.from_at)), ("to", millis(|s| s.to_at))]
    }

    fn span_now(self, now_at: i64) -> Span {
        self.chosen.unwrap_or(Span { from_at: now_at - self.range.length_ms(), to_at: now_at })
    }

    fn moved(self, span: Span, by_ms: i64, now_at: i64) -> Self {
        Self::over(Span { from_at: span.from_at + by_ms, to_at: span.to_at + by_ms }, now_at)
    }
}

/// Milliseconds, or an instant by RFC 3339.
#[must_use]
pub fn instant(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond))
}

/// From the start of a step to the end of one, or to now.
fn whole(span: Span, step_ms: i64, latest: Span) -> Span {
    let from_at = span.from_at.div_euclid(step_ms) * step_ms;
    let to_at = -(-span.to_at).div_euclid(step_ms) * step_ms;
    Span { from_at, to_at: to_at.min(latest.to_at).max(from_at + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::HOUR_MS;

    const NOW: i64 = 1_795_509_067_000; // 2026-11-24T08:31:07Z

    fn chosen(from: &str, to: &str) -> Zoom {
        Zoom::of("7d", (from, to), NOW)
    }

    #[test]
    fn a_stretch_is_read_in_both_ways_and_wins_over_the_range() {
        let zoom = chosen("2026-11-24T06:00:00Z", "1795507200000");
        assert_eq!((zoom.range, zoom.chosen.unwrap().length_ms()), (Range::Day, 2 * HOUR_MS));
        assert_eq!(zoom, chosen("2026-11-24T07:00:00+01:00", "2026-11-24T08:00:00Z"));
        let [range, from, to] = zoom.pairs();
        assert_eq!((range.1, Zoom::of("", (&from.1, &to.1), NOW)), (String::new(), zoom));
        for (from, to) in [("", ""), ("1", ""), ("soon", "later"), ("1795507200000", "1795507100000")] {
            let zoom = chosen(from, to);
            assert_eq!((zoom.range, zoom.chosen), (Range::Week, None), "{from} {to}");
            assert_eq!(zoom.span(NOW), Range::Week.ending(NOW));
        }
    }

    #[test]
    fn what_cannot_be_looked_at_becomes_the_nearest_that_can() {
        let ahead = chosen("2026-11-24T08:31:00Z", "2030-01-01T00:00:00Z").chosen.unwrap();
        assert_eq!((ahead.to_at, ahead.length_ms()), (NOW, SHORTEST_MS));
        let ever = chosen("-9000000000000000000", "9000000000000000000").chosen.unwrap();
        assert_eq!((ever.to_at, ever.length_ms()), (NOW, LONGEST_MS));
        let old = chosen("-9000000000000000000", "-8000000000000000000").chosen.unwrap();
        assert_eq!((old.from_at, old.length_ms()), (EARLIEST_AT, SHORTEST_MS));
    }

    #[test]
    fn links_lead_closer_and_back_and_never_beyond_now() {
        let day = Zoom::of("24h", ("", ""), NOW);
        assert_eq!(day.later(NOW), None);
        let half = day.closer(NOW).unwrap();
        assert_eq!((half.range, half.chosen), (Range::Day, Some(Span { from_at: NOW - 12 * HOUR_MS, to_at: NOW })));
        assert_eq!(half.wider(NOW).unwrap().chosen, Some(Span { from_at: NOW - DAY_MS, to_at: NOW }));
        let before = half.earlier(NOW);
        assert_eq!(before.chosen.unwrap().to_at, NOW - 6 * HOUR_MS);
        assert_eq!(before.later(NOW), Some(half));
        let mut closest = day;
        while let Some(closer) = closest.closer(NOW) {
            closest = closer;
        }
        assert!(closest.chosen.unwrap().length_ms() < 2 * SHORTEST_MS && closest.range == Range::Hour);
        let mut widest = day;
        while let Some(wider) = widest.wider(NOW) {
            widest = wider;
            assert!(widest.chosen.unwrap().to_at <= NOW);
        }
        assert_eq!(widest.range, Range::Year);
    }

    #[test]
    fn a_chart_of_a_stretch_has_whole_steps_and_not_too_many() {
        for hours in [1, 3, 24, 100, 500, 2_000, 8_000] {
            let span = Span { from_at: NOW - hours * HOUR_MS, to_at: NOW };
            let zoom = Zoom::over(span, NOW);
            let fleet_step_ms = zoom.range.fleet_step_ms(zoom.range.fleet_step());
            for (axis, step_ms) in
                [(zoom.span(NOW), zoom.range.step_ms()), (zoom.in_steps(fleet_step_ms, NOW), fleet_step_ms)]
            {
                assert!(axis.from_at <= span.from_at && (span.to_at..span.to_at + MINUTE_MS).contains(&axis.to_at));
                assert!(axis.length_ms() / step_ms <= 370, "{hours} h: {}", axis.length_ms() / step_ms);
            }
        }
    }
}
