//! What the shown holders held before and when: the trend's and the small charts' figures.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Trend, Window};
use crate::chart::range::Span;
use crate::chart::steps::Steps;
use crate::model::time::{DAY_MS, HOUR_MS, hour_start};
use crate::store::rank::{By, Finest, Scope, Series, series};
use crate::store::{self, Db};

/// Values of a small chart at most.
const STEPS: usize = 168;
const WEEK_MS: i64 = 7 * DAY_MS;
/// 1970 began on a Thursday; weeks begin on Monday.
const FIRST_MONDAY_MS: i64 = 4 * DAY_MS;
/// A window of which less is known says nothing about it.
const KNOWN_PART: f64 = 0.9;

/// The shown holders' steps in the window, and their sums over it and over the window before.
#[derive(Debug, Default)]
pub(super) struct Past {
    window: Series,
    before: Series,
    /// What is compared: what comes after it is not complete.
    compared: Range<i64>,
    /// Up to here everything is added up.
    until_at: i64,
}

impl Past {
    pub(super) async fn of(
        db: &Db,
        by: By,
        scope: Scope<'_>,
        (window, complete_until_at): (Window, i64),
        ids: &[i64],
    ) -> store::Result<Self> {
        if ids.is_empty() {
            return Ok(Self::default());
        }
        let until_at = hour_start(complete_until_at).clamp(scope.from_at, scope.to_at);
        // Long windows are compared in whole days, so that the two do not touch.
        let end_at = if window.is_in_days() { until_at.min(until_at.div_euclid(DAY_MS) * DAY_MS) } else { until_at };
        let compared = scope.from_at..end_at.max(scope.from_at);
        let length_ms = window.length_ms();
        let before = Scope { from_at: compared.start - length_ms, to_at: compared.end - length_ms, ..scope };
        let finest = if window.is_in_days() { Finest::Days } else { Finest::Hours };
        let finest = if window == Window::Year { Finest::Any } else { finest };
        let before = if before.from_at < before.to_at {
            series(db, by, before, ids, Finest::Any).await?
        } else {
            Series::default()
        };
        Ok(Self { window: series(db, by, scope, ids, finest).await?, before, compared, until_at })
    }

    /// Session-hours against the window before: as much of each as is known, hour for hour.
    pub(super) fn trend(&self, id: i64) -> Trend {
        let length_ms = self.compared.end - self.compared.start;
        let (now, before) = (sum(&self.window, id, self.compared.end), sum(&self.before, id, i64::MAX));
        #[expect(clippy::cast_precision_loss, reason = "shares of a year in milliseconds")]
        let is_known = |known_ms: i64| known_ms > 0 && known_ms as f64 >= length_ms as f64 * KNOWN_PART;
        if !is_known(now.known_ms) || !is_known(before.known_ms) {
            return Trend::Unknown;
        }
        let as_long = i128::from(before.session_ms) * i128::from(now.known_ms) / i128::from(before.known_ms);
        Trend::of(i64::try_from(as_long).unwrap_or(i64::MAX), now.session_ms)
    }

    /// Mean sessions of each step. A step of which nothing is known is a hole.
    pub(super) fn spark(&self, id: i64, height: u32) -> Steps {
        let of = self.window.of.get(&id);
        let pairs = self.window.steps.iter().cloned().zip(of.into_iter().flatten().copied());
        let span = Span { from_at: self.compared.start, to_at: self.until_at };
        means(pairs.filter(|(step, _)| step.end <= self.until_at), span).steps(height)
    }
}

struct Sum {
    session_ms: i64,
    /// Of how long there are records.
    known_ms: i64,
}

fn sum(series: &Series, id: i64, until_at: i64) -> Sum {
    let mut sum = Sum { session_ms: 0, known_ms: 0 };
    let Some(figures) = series.of.get(&id) else { return sum };
    for (step, session_ms) in series.steps.iter().zip(figures).filter(|(step, _)| step.end <= until_at) {
        sum.known_ms += step.end - step.start;
        sum.session_ms += session_ms;
    }
    sum
}

/// Mean sessions of steps that are equally long.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Means {
    pub(super) values: Vec<Option<f64>>,
    /// Where the first one begins, and how long each is.
    from_at: i64,
    step_ms: i64,
}

impl Means {
    /// As a small chart.
    pub(super) fn steps(&self, height: u32) -> Steps {
        Steps::of(&self.values, height)
    }

    pub(super) fn highest(&self) -> f64 {
        self.values.iter().flatten().copied().fold(0.0, f64::max)
    }

    /// From when to when each is.
    pub(super) fn steps_of_time(&self) -> impl Iterator<Item = Range<i64>> {
        let step_ms = self.step_ms;
        (0..).zip(&self.values).map(move |(place, _)| self.from_at + place * step_ms).map(move |at| at..at + step_ms)
    }

    /// From the start of the first one to the end of the last one.
    pub(super) fn span(&self) -> Span {
        let length_ms = self.step_ms * i64::try_from(self.values.len()).unwrap_or(1);
        Span { from_at: self.from_at, to_at: self.from_at + length_ms }
    }
}

/// Over the span, of which everything is added up: what there is no step of is not known. Steps shorter than the longest become parts
/// of steps of its length.
pub(super) fn means(steps: impl Iterator<Item = (Range<i64>, i64)>, span: Span) -> Means {
    let steps: Vec<_> = steps.collect();
    let longest = steps.iter().map(|(step, _)| step.end - step.start).max().unwrap_or(HOUR_MS);
    let origin = if longest == WEEK_MS { FIRST_MONDAY_MS } else { 0 };
    let mut cells: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    for (step, session_ms) in steps {
        let cell = cells.entry((step.start - origin).div_euclid(longest)).or_default();
        cell.0 += session_ms;
        cell.1 += step.end - step.start;
    }
    let place = |at: i64| (at - origin).div_euclid(longest);
    let (first, last) = match (cells.keys().next(), cells.keys().next_back()) {
        // Of the last one a part may be still to come.
        (Some(first), Some(last)) => ((*first).min(place(span.from_at)), (*last).max(place(span.to_at) - 1)),
        _ => return Means::default(),
    };
    #[expect(clippy::cast_precision_loss, reason = "a chart needs three digits")]
    let mean = |cell: i64| cells.get(&cell).map(|(session_ms, ms)| *session_ms as f64 / (*ms).max(1) as f64);
    let all: Vec<Option<f64>> = (first..=last).map(mean).collect();
    // The greatest of several that share a place: a peak stays a peak.
    let greatest = |chunk: &[Option<f64>]| chunk.iter().flatten().copied().reduce(f64::max);
    let per = all.len().div_ceil(STEPS).max(1);
    let values = all.chunks(per).map(greatest).collect();
    Means { values, from_at: origin + first * longest, step_ms: longest * i64::try_from(per).unwrap_or(1) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const T0: i64 = 100 * DAY_MS;

    fn series_of(hours: Range<i64>, ms: i64) -> Series {
        let steps: Vec<_> = hours.map(|h| T0 + h * HOUR_MS..T0 + (h + 1) * HOUR_MS).collect();
        let figures = vec![ms; steps.len()];
        Series { steps, of: HashMap::from([(1, figures)]) }
    }

    fn past(before: Range<i64>, window: Range<i64>) -> Past {
        let until_at = T0 + 22 * HOUR_MS;
        Past { window: series_of(window, 5), before: series_of(before, 5), compared: T0..until_at, until_at }
    }

    #[test]
    fn without_a_window_before_there_is_no_trend() {
        assert_eq!(past(0..0, 0..22).trend(1), Trend::Unknown);
        assert_eq!(past(-24..-5, 0..22).trend(1), Trend::Unknown, "a fifth of it is missing");
        assert_eq!(past(-24..-2, 0..22).trend(2), Trend::Unknown, "who is not shown is not known");
    }

    #[test]
    fn a_steady_holder_has_no_trend_though_the_last_hours_are_not_added_up_yet() {
        let steady = past(-24..-3, 0..24);
        assert_eq!(steady.trend(1), Trend::Same);
        let spark = steady.spark(1, 10);
        assert_eq!((spark.width, spark.line.as_str()), (22, "M0 0.0H22"));
    }

    #[test]
    fn hours_at_the_edges_of_days_are_parts_of_days() {
        let mut steps = vec![(T0 + 23 * HOUR_MS..T0 + DAY_MS, 4 * HOUR_MS)];
        steps.push((T0 + DAY_MS..T0 + 2 * DAY_MS, 24 * HOUR_MS));
        steps.push((T0 + 3 * DAY_MS..T0 + 4 * DAY_MS, 48 * HOUR_MS));
        let asked = Span { from_at: T0 + 23 * HOUR_MS, to_at: T0 + 4 * DAY_MS + HOUR_MS };
        let known = means(steps.clone().into_iter(), asked);
        let chart = known.steps(100);
        assert!((known.highest() - 4.0).abs() < 0.001);
        assert_eq!(known.span(), Span { from_at: T0, to_at: T0 + 4 * DAY_MS });
        assert_eq!((chart.width, chart.line.as_str()), (4, "M0 0.0H1V75.0H2M3 50.0H4"));
        let asked = Span { from_at: T0 - 2 * DAY_MS, to_at: T0 + 6 * DAY_MS };
        let more = means(steps.into_iter(), asked);
        assert_eq!(more.span(), asked, "what was asked for and is not known has its place");
        assert_eq!(more.steps(100).line, "M2 0.0H3V75.0H4M5 50.0H6");
    }

    #[test]
    fn a_peak_stays_a_peak_when_hours_share_a_place() {
        let hours = (0..1_000).map(|h| (h * HOUR_MS..(h + 1) * HOUR_MS, if h == 500 { 4 * HOUR_MS } else { HOUR_MS }));
        let means = means(hours, Span { from_at: 0, to_at: 1_000 * HOUR_MS });
        assert!((means.highest() - 4.0).abs() < 0.001);
        assert_eq!(means.values.len(), 167);
    }
}
