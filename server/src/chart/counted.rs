//! What a host counted, step by step over a span: of counts what came in, of levels the greatest.

use super::range::Span;
use super::spark::{Level, Spark};
use crate::model::counter::{Counter, Reading};
use crate::model::time::{MINUTE_MS, SECOND_MS};

/// Two readings further apart than this have a hole between them: readings come every five minutes.
const HOLE_MS: i64 = 16 * MINUTE_MS;

/// What is made of readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// How much of it came in.
    Counted(Counter),
    /// How much of it came in a second.
    Rate(Counter),
    Level(Counter),
    /// The part of `total` that is not `available`.
    Used {
        total: Counter,
        available: Counter,
    },
    /// Thousandths, as a part.
    Permille(Counter),
}

/// A measure over a span.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// Each step's value; none where nothing is known.
    pub steps: Vec<Option<f64>>,
    /// All that came in. Of levels none.
    pub total: Option<f64>,
    /// Of levels and rates, the last.
    pub newest: Option<f64>,
    /// The greatest of single readings.
    pub greatest: Option<f64>,
}

impl Counted {
    /// `readings` in order. Those before the span are what its first one is compared with.
    #[must_use]
    pub fn of(readings: &[Reading], measure: Measure, span: Span, step_ms: i64) -> Self {
        let step_ms = step_ms.max(1);
        let count = usize::try_from((span.length_ms().max(0) + step_ms - 1) / step_ms).unwrap_or(0);
        let mut all = Self { steps: vec![None; count], total: None, newest: None, greatest: None };
        let mut before: Option<&Reading> = None;
        for reading in readings {
            let last = before.replace(reading);
            if !span.holds(reading.read_at) {
                continue;
            }
            let Some(value) = measure.value(last, reading) else { continue };
            if matches!(measure, Measure::Counted(_)) {
                all.total = Some(all.total.unwrap_or(0.0) + value);
                // What came in over a hole belongs to no step.
                if last.is_some_and(|last| reading.read_at - last.read_at > HOLE_MS) {
                    continue;
                }
            }
            all.newest = Some(value);
            all.greatest = Some(all.greatest.map_or(value, |greatest| greatest.max(value)));
            let step = usize::try_from((reading.read_at - span.from_at) / step_ms).unwrap_or(0);
            if let Some(step) = all.steps.get_mut(step) {
                *step = Some(match (*step, measure) {
                    (None, _) => value,
                    (Some(sum), Measure::Counted(_)) => sum + value,
                    (Some(greatest), _) => greatest.max(value),
                });
            }
        }
        all
    }

    /// The steps as a small chart, the greatest of them at the top.
    #[must_use]
    pub fn spark(&self, label: String) -> Spark {
        let top = self.steps.iter().flatten().fold(0.0_f64, |top, value| top.max(*value));
        let level =
            |value: f64| Level { share: if top > 0.0 { value / top } else { 0.0 }, is_watched: false, is_full: false };
        let steps: Vec<Option<Level>> = self.steps.iter().map(|step| step.map(level)).collect();
        Spark::draw(&steps, false, label).from_its_beginning()
    }
}

impl Measure {
    #[expect(clippy::cast_precision_loss, reason = "drawn, and said in few digits")]
    fn value(self, before: Option<&Reading>, reading: &Reading) -> Option<f64> {
        match self {
            Self::Counted(counter) => Some(reading.counted_since(before?, counter)? as f64),
            Self::Rate(counter) => {
                let before = before?;
                let secs = (reading.read_at - before.read_at) as f64 / SECOND_MS as f64;
                let came_in = reading.counted_since(before, counter)? as f64;
                (secs > 0.0).then(|| came_in / secs)
            }
            Self::Level(counter) => reading.value(counter).map(|value| value as f64),
            Self::Used { total, available } => {
                let (total, available) = (reading.value(total)?, reading.value(available)?);
                (total > 0 && (0..=total).contains(&available)).then(|| 1.0 - available as f64 / total as f64)
            }
            Self::Permille(counter) => reading.value(counter).map(|value| value.clamp(0, 1_000) as f64 / 1_000.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(minute: i64, since_at: i64, values: &[(Counter, i64)]) -> Reading {
        let mut values = values.to_vec();
        values.sort_unstable();
        Reading { read_at: minute * MINUTE_MS, since_at: Some(since_at), values }
    }

    const SPAN: Span = Span { from_at: 5 * MINUTE_MS, to_at: 25 * MINUTE_MS };

    fn counted(readings: &[Reading], measure: Measure) -> Counted {
        Counted::of(readings, measure, SPAN, 10 * MINUTE_MS)
    }

    #[test]
    fn counts_are_differences_that_add_up_over_the_steps() {
        let of = |minute, since, n| reading(minute, since, &[(Counter::SessionsTimedOut, n)]);
        let readings = [of(0, 1, 100), of(5, 1, 107), of(10, 1, 107), of(15, 9, 2), of(20, 9, 6)];
        let counted = counted(&readings, Measure::Counted(Counter::SessionsTimedOut));
        assert_eq!(counted.steps, [Some(7.0), Some(6.0)]);
        assert_eq!((counted.total, counted.greatest), (Some(13.0), Some(7.0)));
    }

    #[test]
    fn what_came_in_over_a_hole_counts_and_belongs_to_no_step() {
        let of = |minute, n| reading(minute, 1, &[(Counter::SessionsTimedOut, n)]);
        let counted = counted(&[of(0, 100), of(20, 150)], Measure::Counted(Counter::SessionsTimedOut));
        assert_eq!((counted.steps, counted.total), (vec![None, None], Some(50.0)));
    }

    #[test]
    fn of_levels_the_greatest_of_a_step_is_shown_and_the_last_is_told() {
        let of = |minute, n| reading(minute, 1, &[(Counter::QueueLength, n)]);
        let counted = counted(&[of(0, 90), of(5, 3), of(10, 40), of(20, 1)], Measure::Level(Counter::QueueLength));
        assert_eq!(counted.steps, [Some(40.0), Some(1.0)]);
        assert_eq!((counted.newest, counted.greatest, counted.total), (Some(1.0), Some(40.0), None));
    }

    #[test]
    fn memory_is_the_part_in_use_and_bytes_are_told_by_the_second() {
        let (total, available) = (Counter::MemoryTotalBytes, Counter::MemoryAvailableBytes);
        let of =
            |minute, bytes, free| reading(minute, 1, &[(Counter::SentBytes, bytes), (total, 400), (available, free)]);
        let readings = [of(0, 0, 400), of(5, 600_000, 100), of(10, 600_000, 500)];
        assert_eq!(counted(&readings, Measure::Rate(Counter::SentBytes)).greatest, Some(2_000.0));
        let used = counted(&readings, Measure::Used { total, available });
        assert_eq!(
            (used.newest, used.steps[0]),
            (Some(0.75), Some(0.75)),
            "more available than there is, is no reading"
        );
    }
}
