//! The most sessions of one holder over all hosts, minute by minute.
//!
//! Peaks of hosts cannot be added: they were at different times. So for each minute of an hour the most sessions that a holder
//! had on each host within that minute are added over the hosts, and the greatest minute is the holder's peak.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::chunk::{Presence, PresentStay};
use super::stretch::{Stretch, stretches};
use crate::model::time::{HOUR_MS, MINUTE_MS};

const MINUTES: usize = 60;

/// Sessions of some holders in each minute of an hour, over the hosts added so far.
#[derive(Debug)]
pub struct Minutes {
    hour_at: i64,
    holders: FxHashMap<i64, [u32; MINUTES]>,
}

impl Minutes {
    /// Of these holders, no others.
    #[must_use]
    pub fn new(hour_at: i64, ids: impl Iterator<Item = i64>) -> Self {
        Self { hour_at, holders: ids.map(|id| (id, [0; MINUTES])).collect() }
    }

    /// Whether nobody was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.holders.is_empty()
    }

    /// Adds a host. `id` says whose a session is; nothing after `now_at` was observed.
    pub fn add(&mut self, presence: &Presence, now_at: i64, id: impl Fn(&PresentStay) -> i64) {
        let spans: Vec<Option<Range<usize>>> = stretches(self.hour_at, now_at, presence.moments.iter().copied())
            .map(|span| span.map(|span| self.minutes_of(span)))
            .collect();
        let mut stays: Vec<(i64, Range<usize>)> =
            presence.stays.iter().map(|stay| (id(stay), stay.first..stay.first + stay.snapshots)).collect();
        stays.sort_unstable_by_key(|(id, within)| (*id, within.start));
        let mut changes = vec![0_i64; spans.len() + 1];
        for stays in stays.chunk_by(|one, next| one.0 == next.0) {
            let Some(sums) = stays.first().and_then(|(id, _)| self.holders.get_mut(id)) else { continue };
            let on_host = most_by_minute(&spans, stays, &mut changes);
            for (sum, most) in sums.iter_mut().zip(on_host) {
                *sum = sum.saturating_add(most);
            }
        }
    }

    /// The minutes that a stretch touches. An empty one counts where it lies, and one at the very end in the last minute.
    fn minutes_of(&self, span: Stretch) -> Range<usize> {
        let minute =
            |at: i64| usize::try_from((at - self.hour_at).clamp(0, HOUR_MS - 1) / MINUTE_MS).unwrap_or_default();
        minute(span.from_at)..minute((span.to_at - 1).max(span.from_at)) + 1
    }

    /// The most sessions at once, and the start of the first minute that had so many.
    #[must_use]
    pub fn peak(&self, id: i64) -> Option<(u32, i64)> {
        let minutes = self.holders.get(&id)?;
        let most = *minutes.iter().max()?;
        let first = minutes.iter().position(|sessions| *sessions == most)?;
        Some((most, self.hour_at + i64::try_from(first).unwrap_or_default() * MINUTE_MS))
    }
}

/// The most of one holder's sessions in each minute. `changes`: as many as spans and one more, all 0; they are again then.
fn most_by_minute(
    spans: &[Option<Range<usize>>],
    stays: &[(i64, Range<usize>)],
    changes: &mut [i64],
) -> [u32; MINUTES] {
    for (_, within) in stays {
        changes[within.start] += 1;
        changes[within.end] -= 1;
    }
    let from = stays.iter().map(|(_, within)| within.start).min().unwrap_or_default();
    let to = stays.iter().map(|(_, within)| within.end).max().unwrap_or_default();
    let (mut most, mut now) = ([0_u32; MINUTES], 0_i64);
    for (span, change) in spans.iter().zip(changes.iter()).take(to).skip(from) {
        now += change;
        let (Some(minutes), Ok(sessions)) = (span, u32::try_from(now)) else { continue };
        for minute in &mut most[minutes.clone()] {
            *minute = (*minute).max(sessions);
        }
    }
    changes[from..=to].fill(0);
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::stretch::Moment;
    use crate::model::{ClientId, UserId};

    fn presence(offset_ms: i64, counts: &[usize]) -> Presence {
        let moments = (0..counts.len())
            .map(|i| Moment { taken_at: offset_ms + i64::try_from(i).unwrap() * MINUTE_MS, sampling_secs: 60 })
            .collect();
        let mut stays = Vec::new();
        for (first, count) in counts.iter().enumerate() {
            stays.extend((0..*count).map(|_| PresentStay {
                client: ClientId(1),
                user: UserId(2),
                first,
                snapshots: 1,
            }));
        }
        Presence { hour_at: 0, moments, stays }
    }

    #[test]
    fn peaks_of_different_minutes_are_not_added() {
        let mut minutes = Minutes::new(0, [1].into_iter());
        minutes.add(&presence(0, &[5, 0, 1]), HOUR_MS, |s| s.client.0);
        minutes.add(&presence(0, &[0, 0, 4]), HOUR_MS, |s| s.client.0);
        assert_eq!(minutes.peak(1), Some((5, 0)));
        minutes.add(&presence(0, &[0, 0, 1]), HOUR_MS, |s| s.client.0);
        assert_eq!(minutes.peak(1), Some((6, 2 * MINUTE_MS)));
        assert_eq!(minutes.peak(2), None, "nobody asked for it");
    }

    #[test]
    fn a_snapshot_counts_in_each_minute_that_it_reaches() {
        let mut minutes = Minutes::new(0, [1].into_iter());
        // From 0:30 to 1:30 and from 1:30 to 3:30, where it ends for lack of another one.
        minutes.add(&presence(30_000, &[2, 3]), HOUR_MS, |s| s.client.0);
        assert_eq!(minutes.holders[&1][..5], [2, 3, 3, 3, 0]);
    }
}
