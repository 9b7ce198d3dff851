//! How far back a chart looks, and in which steps.

use crate::model::fleet::Step as FleetStep;
use crate::model::snapshot::Snapshot;
use crate::model::time::{CELL_MS, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::model::usage::{Peak, Usage, UsageHour};

/// The ranges that pages offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Range {
    Hour,
    #[default]
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Range {
    pub const ALL: [Self; 6] = [Self::Hour, Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    /// The word in URLs.
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

    /// Reads [`word`](Self::word); anything else is a day.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|r| r.word() == word).unwrap_or_default()
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

    /// Width of a step. An hour has finer ones when it is drawn from snapshots: [`SNAPSHOT_STEP_MS`].
    #[must_use]
    pub fn step_ms(self) -> i64 {
        match self {
            Self::Hour | Self::Day => CELL_MS,
            Self::Week => HOUR_MS,
            Self::Month => 3 * HOUR_MS,
            Self::Quarter => 6 * HOUR_MS,
            Self::Year => DAY_MS,
        }
    }

    /// Which steps a chart of the whole fleet has, as long as they are kept.
    #[must_use]
    pub fn fleet_step(self) -> FleetStep {
        match self {
            Self::Hour | Self::Day => FleetStep::FiveMinutes,
            Self::Week => FleetStep::Hour,
            Self::Month | Self::Quarter | Self::Year => FleetStep::SixHours,
        }
    }

    /// The stretch that ends at `to_at`, or within a minute after it, and starts with a whole step.
    #[must_use]
    pub fn ending(self, to_at: i64) -> Span {
        self.ending_in_steps(to_at, self.step_ms())
    }

    /// Width of a step of a chart of the whole fleet that is made of these: of a year, the steps of a day are shown as one.
    #[must_use]
    pub fn fleet_step_ms(self, step: FleetStep) -> i64 {
        if self == Self::Year { DAY_MS } else { step.length_ms() }
    }

    /// The end of the step of time that is under way: a chart of which nothing changed stays the same that long, which is less than
    /// a pixel.
    fn edge(self, at: i64) -> i64 {
        let step = if self == Self::Hour { SNAPSHOT_STEP_MS } else { MINUTE_MS };
        -(-at).div_euclid(step) * step
    }

    /// As [`ending`](Self::ending), in steps of this width.
    #[must_use]
    pub fn ending_in_steps(self, to_at: i64, step: i64) -> Span {
        let to_at = self.edge(to_at);
        let from_at = (to_at - self.length_ms()).div_euclid(step) * step + step;
        Span { from_at, to_at: to_at.max(from_at + 1) }
    }
}

/// Step of a chart that is drawn from snapshots: fine enough for the densest sampling at the limit to show.
pub const SNAPSHOT_STEP_MS: i64 = 15 * SECOND_MS;

/// A stretch of time: the x axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from_at: i64,
    pub to_at: i64,
}

/// One step of a chart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    pub from_at: i64,
    pub to_at: i64,
    pub usage: Usage,
}

impl Span {
    #[must_use]
    pub fn length_ms(&self) -> i64 {
        self.to_at - self.from_at
    }

    /// Where an instant lies: 0 at the start, 1 at the end, never beyond.
    #[must_use]
    pub fn share(&self, at: i64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a year in milliseconds is far below 2^53")]
        let share = (at - self.from_at) as f64 / self.length_ms().max(1) as f64;
        share.clamp(0.0, 1.0)
    }

    #[must_use]
    pub fn holds(&self, at: i64) -> bool {
        (self.from_at..=self.to_at).contains(&at)
    }

    /// Empty buckets of this width from start to end; the last one may be cut off.
    fn buckets(&self, step_ms: i64) -> Vec<Bucket> {
        let count = (self.length_ms() + step_ms - 1) / step_ms;
        (0..count)
            .map(|i| {
                let from_at = self.from_at + i * step_ms;
                Bucket { from_at, to_at: (from_at + step_ms).min(self.to_at), usage: Usage::default() }
            })
            .collect()
    }

    fn index(&self, at: i64, step_ms: i64) -> Option<usize> {
        usize::try_from((at - self.from_at).div_euclid(step_ms)).ok()
    }
}

/// The hours' cells, merged into steps: sums and maxima, so that a peak is the same at every zoom.
#[must_use]
pub fn of_hours(hours: &[UsageHour], span: Span, step_ms: i64) -> Vec<Bucket> {
    let mut buckets = span.buckets(step_ms);
    for hour in hours {
        let mut at = hour.hour_at;
        for cell in &hour.cells {
            if let Some(bucket) = span.index(at, step_ms).and_then(|i| buckets.get_mut(i)) {
                bucket.usage.merge(cell);
            }
            at += CELL_MS;
        }
    }
    buckets
}

/// The same from single snapshots. Each holds true until the next one, for twice its sampling interval at most.
#[must_use]
pub fn of_snapshots(snapshots: &[Snapshot], span: Span, step_ms: i64) -> Vec<Bucket> {
    let mut buckets = span.buckets(step_ms);
    for (i, snapshot) in snapshots.iter().enumerate() {
        let longest = snapshot.taken_at + i64::from(snapshot.sampling_secs) * 2 * SECOND_MS;
        let next_at = snapshots.get(i + 1).map_or(span.to_at, |next| next.taken_at);
        let until_at = longest.min(next_at).min(span.to_at);
        let first = span.index(snapshot.taken_at.max(span.from_at), step_ms).unwrap_or(0);
        for bucket in buckets.iter_mut().skip(first).take_while(|b| b.from_at < until_at) {
            let from_at = bucket.from_at.max(snapshot.taken_at);
            bucket.usage.merge(&held(snapshot, from_at, until_at.min(bucket.to_at) - from_at));
        }
    }
    buckets
}

/// What a snapshot says of a stretch in which it held true.
fn held(snapshot: &Snapshot, from_at: i64, length_ms: i64) -> Usage {
    let totals = snapshot.totals();
    Usage {
        snapshots: u32::from(from_at == snapshot.taken_at),
        covered_ms: length_ms,
        session_ms: i64::from(totals.sessions) * length_ms,
        full_ms: if snapshot.limit.is_full(totals.sessions) { length_ms } else { 0 },
        peak: Some(Peak { sessions: totals.sessions, at: from_at, limit: snapshot.limit }),
        max_saturation: snapshot.limit.saturation(totals.sessions),
        max_opens: totals.opens,
        max_clients: totals.clients,
    }
}

/// Neighbours merged until there are `most` at the most: for tables and for targets wide enough to hit.
#[must_use]
pub fn thinned(buckets: &[Bucket], most: usize) -> Vec<Bucket> {
    let per = buckets.len().div_ceil(most.max(1)).max(1);
    buckets
        .chunks(per)
        .filter_map(|chunk| {
            let (first, last) = (chunk.first()?, chunk.last()?);
            let mut usage = Usage::default();
            chunk.iter().for_each(|b| usage.merge(&b.usage));
            Some(Bucket { from_at: first.from_at, to_at: last.to_at, usage })
        })
        .collect()
}

/// Of other steps those that begin within each of these, merged.
#[must_use]
pub fn within(others: &[Bucket], buckets: &[Bucket]) -> Vec<Usage> {
    let merged = |bucket: &Bucket| {
        let mut usage = Usage::default();
        let is_here = |other: &&Bucket| (bucket.from_at..bucket.to_at).contains(&other.from_at);
        others.iter().filter(is_here).for_each(|other| usage.merge(&other.usage));
        usage
    };
    buckets.iter().map(merged).collect()
}

/// Stretches without an observation, in order. One that reaches to the end and begins at `due_until_at` or later does not count: a
/// snapshot may still be on its way.
#[must_use]
pub fn gaps(buckets: &[Bucket], due_until_at: i64) -> Vec<Span> {
    let mut gaps: Vec<Span> = Vec::new();
    for bucket in buckets.iter().filter(|b| b.usage.covered_ms == 0) {
        match gaps.last_mut() {
            Some(gap) if gap.to_at == bucket.from_at => gap.to_at = bucket.to_at,
            _ => gaps.push(Span { from_at: bucket.from_at, to_at: bucket.to_at }),
        }
    }
    let end_at = buckets.last().map(|b| b.to_at);
    gaps.retain(|gap| Some(gap.to_at) != end_at || gap.from_at < due_until_at);
    gaps
}

/// How long a snapshot may be on its way when the sampling interval is this long.
#[must_use]
pub fn on_its_way_ms(sampling_secs: u32) -> i64 {
    i64::from(sampling_secs) * 2 * SECOND_MS + MINUTE_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HostId;
    use crate::model::limit::{Limit, LimitSource};
    use crate::model::snapshot::Session;
    use crate::model::time::CELLS_PER_HOUR;
    use crate::model::{ClientId, UserId};

    const LIMIT: Limit = Limit { sessions: Some(20), unlimited: false, source: LimitSource::Api };

    fn cell(sessions: u32, at: i64) -> Usage {
        Usage {
            covered_ms: CELL_MS,
            peak: Some(Peak { sessions, at, limit: LIMIT }),
            max_saturation: LIMIT.saturation(sessions),
            ..Usage::default()
        }
    }

    fn hours(from_at: i64, count: i64, of: impl Fn(i64) -> Option<u32>) -> Vec<UsageHour> {
        let hour = |hour_at| {
            let mut cells = [Usage::default(); CELLS_PER_HOUR];
            for (cell_of, i) in cells.iter_mut().zip(0..) {
                let at = hour_at + i * CELL_MS;
                *cell_of = of(at).map_or_else(Usage::default, |sessions| cell(sessions, at));
            }
            UsageHour { host: HostId(1), hour_at, cells }
        };
        (0..count).map(|i| hour(from_at + i * HOUR_MS)).collect()
    }

    #[test]
    fn a_peak_of_five_minutes_is_seen_at_every_zoom() {
        let now_at = 1_795_509_067_000;
        let peak_at = now_at / CELL_MS * CELL_MS - 40 * MINUTE_MS;
        for range in Range::ALL {
            let span = range.ending(now_at);
            let first = span.from_at / HOUR_MS * HOUR_MS;
            let hours = hours(first, span.length_ms() / HOUR_MS + 2, |at| Some(if at == peak_at { 19 } else { 3 }));
            let buckets = of_hours(&hours, span, range.step_ms());
            let peaks: Vec<_> = buckets.iter().filter_map(|b| b.usage.peak).filter(|p| p.sessions == 19).collect();
            assert_eq!(peaks.iter().map(|p| p.at).collect::<Vec<_>>(), [peak_at], "{range:?}");
            assert!(buckets.len() <= 366, "{range:?}: {} steps", buckets.len());
            let thin = thinned(&buckets, 48);
            assert!(thin.len() <= 48 && thin.iter().any(|b| b.usage.peak.is_some_and(|p| p.at == peak_at)));
        }
    }

    #[test]
    fn a_hole_stays_a_hole_and_its_edges_are_told() {
        let span = Span { from_at: 0, to_at: 2 * HOUR_MS };
        let hole = 30 * MINUTE_MS..50 * MINUTE_MS;
        let buckets = of_hours(&hours(0, 2, |at| (!hole.contains(&at)).then_some(1)), span, CELL_MS);
        assert_eq!(gaps(&buckets, 2 * HOUR_MS), [Span { from_at: hole.start, to_at: hole.end }]);
        assert!(buckets.iter().filter(|b| hole.contains(&b.from_at)).all(|b| b.usage.peak.is_none()));
    }

    #[test]
    fn the_newest_moment_is_no_gap_while_a_snapshot_may_be_on_its_way() {
        let span = Span { from_at: 0, to_at: HOUR_MS };
        let buckets = of_hours(&hours(0, 1, |at| (at < 55 * MINUTE_MS).then_some(1)), span, CELL_MS);
        assert_eq!(gaps(&buckets, HOUR_MS - on_its_way_ms(120)), []);
        assert_eq!(gaps(&buckets, HOUR_MS - on_its_way_ms(60)).len(), 1);
        assert_eq!(gaps(&buckets, HOUR_MS).len(), 1, "long ago nothing is on its way any more");
    }

    #[test]
    fn a_snapshot_holds_until_the_next_one_but_not_for_ever() {
        let session =
            |n| Session { client: ClientId(n), user: UserId(1), started_at: None, active_at: None, opens: None };
        let snapshot = |taken_at, sessions| Snapshot {
            taken_at,
            source: "test".into(),
            sampling_secs: 60,
            limit: LIMIT,
            partial: false,
            burst_of: None,
            sessions: (0..sessions).map(session).collect(),
        };
        let span = Span { from_at: MINUTE_MS, to_at: 10 * MINUTE_MS };
        let buckets = of_snapshots(&[snapshot(30_000, 2), snapshot(90_000, 5)], span, MINUTE_MS);
        let peaks: Vec<_> = buckets.iter().map(|b| b.usage.peak.map(|p| p.sessions)).collect();
        assert_eq!(peaks[..4], [Some(5), Some(5), Some(5), None], "the second one holds from 90 s to 210 s");
        assert_eq!(buckets[0].usage.session_ms, 2 * 30_000 + 5 * 30_000);
        assert_eq!(buckets.iter().map(|b| b.usage.covered_ms).sum::<i64>(), 150_000);
    }
}
