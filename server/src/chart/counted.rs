//! What a host counted, step by step over a span: of counts what came in, of levels the greatest.

use std::ops::RangeInclusive;

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
    /// The greatest of single readings, and when it was read.
    pub greatest: Option<(f64, i64)>,
}

/// The steps that a reading tells of: those after the step of the reading before it, up to its own. Readings come more seldom than
/// steps where a host is sampled seldom, and what lies between two of them is no hole.
fn places(last: Option<&Reading>, reading: &Reading, from_at: i64, step_ms: i64) -> RangeInclusive<usize> {
    let place = |at: i64| (at - from_at).div_euclid(step_ms);
    let own = place(reading.read_at);
    let near = last.filter(|last| reading.read_at - last.read_at <= HOLE_MS);
    let first = near.map_or(own, |last| (place(last.read_at) + 1).min(own)).max(0);
    usize::try_from(first).unwrap_or(0)..=usize::try_from(own).unwrap_or(0)
}

impl Counted {
    /// Of each measure what the readings say. `readings` in order; those before the span are what its first one is compared with.
    #[must_use]
    pub fn each(readings: &[Reading], measures: &[Measure], span: Span, step_ms: i64) -> Vec<Self> {
        let step_ms = step_ms.max(1);
        let count = usize::try_from((span.length_ms().max(0) + step_ms - 1) / step_ms).unwrap_or(0);
        let none = Self { steps: vec![None; count], total: None, newest: None, greatest: None };
        let mut all = vec![none; measures.len()];
        let mut before: Option<&Reading> = None;
        // All measures of a reading while it is at hand: a season has many, and they lie all over the memory.
        for reading in readings {
            let last = before.replace(reading);
            if !span.holds(reading.read_at) {
                continue;
            }
            let places = places(last, reading, span.from_at, step_ms);
            for (counted, measure) in all.iter_mut().zip(measures) {
                counted.take(*measure, last, reading, places.clone());
            }
        }
        all
    }

    /// Takes in a reading, which tells of these steps.
    fn take(&mut self, measure: Measure, last: Option<&Reading>, reading: &Reading, places: RangeInclusive<usize>) {
        let Some(value) = measure.value(last, reading) else { return };
        if matches!(measure, Measure::Counted(_)) {
            self.total = Some(self.total.unwrap_or(0.0) + value);
            // What came in over a hole belongs to no step.
            if last.is_some_and(|last| reading.read_at - last.read_at > HOLE_MS) {
                return;
            }
        }
        self.newest = Some(value);
        if self.greatest.is_none_or(|(greatest, _)| value > greatest) {
            self.greatest = Some((value, reading.read_at));
        }
        self.fill(measure, value, places);
    }

    fn fill(&mut self, measure: Measure, value: f64, places: RangeInclusive<usize>) {
        let is_counted = matches!(measure, Measure::Counted(_));
        // What came in over several steps came in evenly, as far as anybody knows.
        #[expect(clippy::cast_precision_loss, reason = "a few steps")]
        let value = if is_counted { value / places.clone().count().max(1) as f64 } else { value };
        for place in places {
            let Some(step) = self.steps.get_mut(place) else { break };
            *step = Some(match *step {
                None => value,
                Some(sum) if is_counted => sum + value,
                Some(greatest) => greatest.max(value),
            });
        }
    }

    /// The steps in `rows` rows at the most: of counts their sums, of levels the greatest.
    #[must_use]
    pub fn thinned(&self, rows: usize) -> Vec<Option<f64>> {
        let per = self.steps.len().div_ceil(rows.max(1)).max(1);
        let join = |a: f64, b: f64| if self.total.is_some() { a + b } else { a.max(b) };
        self.steps.chunks(per).map(|steps| steps.iter().flatten().copied().reduce(join)).collect()
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
        only(readings, measure, SPAN, 10 * MINUTE_MS)
    }

    fn only(readings: &[Reading], measure: Measure, span: Span, step_ms: i64) -> Counted {
        Counted::each(readings, &[measure], span, step_ms).remove(0)
    }

    #[test]
    fn counts_are_differences_that_add_up_over_the_steps() {
        let of = |minute, since, n| reading(minute, since, &[(Counter::SessionsTimedOut, n)]);
        let readings = [of(0, 1, 100), of(5, 1, 107), of(10, 1, 107), of(15, 9, 2), of(20, 9, 6)];
        let counted = counted(&readings, Measure::Counted(Counter::SessionsTimedOut));
        assert_eq!(counted.steps, [Some(7.0), Some(6.0)]);
        assert_eq!((counted.total, counted.greatest), (Some(13.0), Some((7.0, 5 * MINUTE_MS))));
    }

    #[test]
    fn what_came_in_over_a_hole_counts_and_belongs_to_no_step() {
        let of = |minute, n| reading(minute, 1, &[(Counter::SessionsTimedOut, n)]);
        let counted = counted(&[of(0, 100), of(20, 150)], Measure::Counted(Counter::SessionsTimedOut));
        assert_eq!((counted.steps, counted.total), (vec![None, None], Some(50.0)));
    }

    #[test]
    fn readings_that_are_rarer_than_steps_leave_no_step_open() {
        let of = |n: i64| reading(6 * n, 1, &[(Counter::SessionsTimedOut, 10 * n), (Counter::QueueLength, n)]);
        let (readings, span) = ((0..=10).map(of).collect::<Vec<_>>(), Span { from_at: 0, to_at: 61 * MINUTE_MS });
        let of = |measure| only(&readings, measure, span, 5 * MINUTE_MS);
        let levels = of(Measure::Level(Counter::QueueLength));
        assert!(levels.steps.iter().all(Option::is_some), "{:?}", levels.steps);
        let counts = of(Measure::Counted(Counter::SessionsTimedOut));
        assert!(counts.steps[1..].iter().all(Option::is_some), "{:?}", counts.steps);
        assert_eq!(counts.steps.iter().flatten().sum::<f64>(), 100.0);
        assert_eq!(counts.thinned(2).iter().flatten().sum::<f64>(), 100.0);
        assert_eq!(levels.thinned(2), [Some(5.0), Some(10.0)]);
        let apart = [readings[0].clone(), readings[3].clone()];
        let counted = only(&apart, Measure::Level(Counter::QueueLength), span, 5 * MINUTE_MS);
        assert_eq!(counted.steps[..4], [Some(0.0), None, None, Some(3.0)], "18 minutes are a hole");
    }

    #[test]
    fn of_levels_the_greatest_of_a_step_is_shown_and_the_last_is_told() {
        let of = |minute, n| reading(minute, 1, &[(Counter::QueueLength, n)]);
        let counted = counted(&[of(0, 90), of(5, 3), of(10, 40), of(20, 1)], Measure::Level(Counter::QueueLength));
        assert_eq!(counted.steps, [Some(40.0), Some(1.0)]);
        let greatest = Some((40.0, 10 * MINUTE_MS));
        assert_eq!((counted.newest, counted.greatest, counted.total), (Some(1.0), greatest, None));
    }

    #[test]
    fn memory_is_the_part_in_use_and_bytes_are_told_by_the_second() {
        let (total, available) = (Counter::MemoryTotalBytes, Counter::MemoryAvailableBytes);
        let of =
            |minute, bytes, free| reading(minute, 1, &[(Counter::SentBytes, bytes), (total, 400), (available, free)]);
        let readings = [of(0, 0, 400), of(5, 600_000, 100), of(10, 600_000, 500)];
        let greatest = counted(&readings, Measure::Rate(Counter::SentBytes)).greatest;
        assert_eq!(greatest, Some((2_000.0, 5 * MINUTE_MS)));
        let used = counted(&readings, Measure::Used { total, available });
        assert_eq!(
            (used.newest, used.steps[0]),
            (Some(0.75), Some(0.75)),
            "more available than there is, is no reading"
        );
    }
}
