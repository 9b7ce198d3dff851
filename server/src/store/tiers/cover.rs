//! Which records answer for a range of hours: the longest that lie wholly in it, and hours where there are none.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::store::fleet::Length;

const DAY: i64 = 24;
const WEEK: i64 = 7 * DAY;

/// Hours (counted since 1970) that records of one length answer for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Stretch {
    pub(in crate::store) length: Length,
    pub(in crate::store) hours: Range<i64>,
}

/// `days` and `weeks` are the first hours of those that may be used.
pub(in crate::store) fn cover(hours: Range<i64>, days: &BTreeSet<i64>, weeks: &BTreeSet<i64>) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut at = hours.start;
    while at < hours.end {
        let (length, until) = if at + WEEK <= hours.end && weeks.contains(&at) {
            (Length::Week, at + WEEK)
        } else if at + DAY <= hours.end && days.contains(&at) {
            (Length::Day, at + DAY)
        } else {
            (Length::Hour, at + 1)
        };
        match stretches.last_mut() {
            Some(last) if last.length == length => last.hours.end = until,
            _ => stretches.push(Stretch { length, hours: at..until }),
        }
        at = until;
    }
    stretches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A Monday, in hours since 1970.
    const MONDAY: i64 = 4 * DAY + 100 * WEEK;

    #[test]
    fn whole_weeks_and_days_stand_for_their_hours() {
        let days: BTreeSet<i64> = (-8..20).map(|day| MONDAY + day * DAY).filter(|at| *at != MONDAY - DAY).collect();
        let weeks = BTreeSet::from([MONDAY, MONDAY + WEEK]);
        let found = cover(MONDAY - 30..MONDAY + WEEK + 2 * DAY + 5, &days, &weeks);
        let found: Vec<_> =
            found.into_iter().map(|s| (s.length, s.hours.start - MONDAY..s.hours.end - MONDAY)).collect();
        let expected = [
            (Length::Hour, -30..0),
            (Length::Week, 0..WEEK),
            (Length::Day, WEEK..WEEK + 2 * DAY),
            (Length::Hour, WEEK + 2 * DAY..WEEK + 2 * DAY + 5),
        ];
        assert_eq!(found, expected);
    }

    proptest! {
        #[test]
        fn every_hour_is_answered_for_once(
            start in 0..400_i64,
            length in 0..900_i64,
            days in proptest::collection::btree_set(0..60_i64, 0..50),
            weeks in proptest::collection::btree_set(0..8_i64, 0..8),
        ) {
            let days: BTreeSet<i64> = days.into_iter().map(|day| day * DAY).collect();
            let weeks: BTreeSet<i64> = weeks.into_iter().map(|week| 4 * DAY + week * WEEK).collect();
            let found = cover(start..start + length, &days, &weeks);
            let mut at = start;
            for stretch in &found {
                prop_assert_eq!(stretch.hours.start, at);
                prop_assert!(stretch.hours.end > at);
                at = stretch.hours.end;
            }
            prop_assert_eq!(at, start + length);
            prop_assert!(found.windows(2).all(|pair| pair[0].length != pair[1].length));
        }
    }
}
