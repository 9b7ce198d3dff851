//! When each snapshot of an hour holds true.
//!
//! A snapshot holds true from the first whole second at or after it was taken until the next one's, but for twice its
//! sampling interval at most, and never beyond now: what lies outside was not observed. All stretches begin and end on whole
//! seconds, so that sums over them are whole seconds too, and the stretches of a day add up to it without a remainder.

use crate::model::time::{HOUR_MS, SECOND_MS};

/// When a snapshot was taken, and how soon the next one was to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub taken_at: i64,
    pub sampling_secs: u32,
}

/// The part of an hour in which a snapshot holds true; empty if it was taken there but held for no whole second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub from_at: i64,
    pub to_at: i64,
}

impl Moment {
    /// From when it holds true.
    #[must_use]
    pub fn holds_from(self) -> i64 {
        ceil_second(self.taken_at)
    }

    /// Until when it holds true if no other one follows.
    #[must_use]
    pub fn holds_until(self) -> i64 {
        self.holds_from().saturating_add(i64::from(self.sampling_secs) * 2 * SECOND_MS)
    }
}

/// The first whole second at or after an instant.
#[must_use]
pub fn ceil_second(at: i64) -> i64 {
    at.saturating_add((SECOND_MS - at.rem_euclid(SECOND_MS)) % SECOND_MS)
}

/// What each moment says about the hour, in the order of the moments; none if it says nothing.
pub fn stretches(
    hour_at: i64,
    now_at: i64,
    moments: impl Iterator<Item = Moment> + Clone,
) -> impl Iterator<Item = Option<Stretch>> {
    let end_at = hour_at.saturating_add(HOUR_MS);
    let now_at = now_at.saturating_sub(now_at.rem_euclid(SECOND_MS));
    let nexts = moments.clone().skip(1).map(Moment::holds_from).chain([end_at]);
    moments.zip(nexts).map(move |(moment, next_at)| {
        let from_at = moment.holds_from().max(hour_at);
        let to_at = next_at.min(moment.holds_until()).min(end_at).min(now_at).max(from_at);
        (moment.taken_at >= hour_at || from_at < to_at).then_some(Stretch { from_at, to_at })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_lie_on_whole_seconds_and_leave_no_remainder() {
        let moments = [(-30_500, 60), (29_500, 60), (89_001, 60), (400_000, 5)]
            .map(|(taken_at, sampling_secs)| Moment { taken_at, sampling_secs });
        let found: Vec<_> =
            stretches(0, 10_000_000, moments.into_iter()).map(|s| s.map(|s| (s.from_at, s.to_at))).collect();
        assert_eq!(
            found,
            [Some((0, 30_000)), Some((30_000, 90_000)), Some((90_000, 210_000)), Some((400_000, 410_000))]
        );
    }

    #[test]
    fn what_is_over_before_the_hour_or_lies_after_now_says_nothing() {
        let before = Moment { taken_at: -120_000, sampling_secs: 60 };
        assert_eq!(stretches(0, 1_000, [before].into_iter()).collect::<Vec<_>>(), [None]);
        let last = Moment { taken_at: 5_500, sampling_secs: 60 };
        let until_now = Some(Stretch { from_at: 6_000, to_at: 9_000 });
        assert_eq!(stretches(0, 9_999, [last].into_iter()).collect::<Vec<_>>(), [until_now]);
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        assert_eq!(ceil_second(i64::MAX), i64::MAX);
        assert_eq!((ceil_second(-1), ceil_second(0), ceil_second(1)), (0, 0, 1_000));
        assert_eq!(ceil_second(i64::MIN).rem_euclid(SECOND_MS), 0);
    }
}
