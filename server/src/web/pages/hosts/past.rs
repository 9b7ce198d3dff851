//! A host's steps over a stretch of time, out of what is kept of it: snapshots, then what five minutes added up to.

use jiff::ToSpan as _;

use crate::chart::range::{self, Bucket, Range, SNAPSHOT_STEP_MS, Span};
use crate::locale::Zone;
use crate::model::HostId;
use crate::model::snapshot::Snapshot;
use crate::model::time::{CELL_MS, DAY_MS, MINUTE_MS, cell_start, day_start, hour_start};
use crate::model::usage::{Usage, UsageHour};
use crate::store::{self, Db};

/// Hours are kept longer than this. Of what is older there may be whole days only.
const HOURS_KEPT_MS: i64 = 7 * DAY_MS;

/// The host's steps, with the snapshots they come from if the stretch is short.
pub(super) struct Past {
    /// What was asked for; without snapshots in whole steps of five minutes.
    pub(super) span: Span,
    pub(super) buckets: Vec<Bucket>,
    pub(super) snapshots: Vec<Snapshot>,
}

impl Past {
    pub(super) async fn read(db: &Db, id: HostId, (range, span): (Range, Span), now_at: i64) -> store::Result<Self> {
        if range != Range::Hour {
            let hours = usage(db, id, span, now_at).await?;
            return Ok(Self { buckets: range::of_hours(&hours, span, range.step_ms()), span, snapshots: Vec::new() });
        }
        // The one before the span may hold true into it.
        let from_at = span.from_at - 10 * MINUTE_MS;
        let snapshots = store::frames::range(db, id, from_at, span.to_at + 1).await?;
        // Snapshots are not kept as long as what was added up of them.
        if snapshots.is_empty() {
            let span = in_cells(span, now_at);
            let hours = usage(db, id, span, now_at).await?;
            return Ok(Self { buckets: range::of_hours(&hours, span, CELL_MS), span, snapshots });
        }
        Ok(Self { buckets: range::of_snapshots(&snapshots, span, SNAPSHOT_STEP_MS), span, snapshots })
    }

    /// All steps as one.
    pub(super) fn total(&self) -> Usage {
        let mut total = Usage::default();
        self.buckets.iter().for_each(|bucket| total.merge(&bucket.usage));
        total
    }
}

/// Whole cells, or a cell would be drawn where the one before it was.
fn in_cells(span: Span, now_at: i64) -> Span {
    let to_at = cell_start(span.to_at + CELL_MS - 1);
    Span { from_at: cell_start(span.from_at), to_at: to_at.min(now_at.max(span.to_at)) }
}

/// The hours that touch the span. Of long ago whole days are read: single hours are not kept as long.
async fn usage(db: &Db, id: HostId, span: Span, now_at: i64) -> store::Result<Vec<UsageHour>> {
    let is_old = |at: i64| at < now_at - HOURS_KEPT_MS;
    let from_at = if is_old(span.from_at) { day_start(span.from_at) } else { span.from_at };
    let to_at = if is_old(span.to_at) { day_start(span.to_at + DAY_MS - 1) } else { span.to_at };
    store::usage::of_host(db, id, from_at, to_at, now_at).await
}

/// The same stretch seven days of the calendar earlier, moved to where it is compared: at the same times of day, also when the
/// clocks changed in between.
pub(super) async fn week_before(
    db: &Db,
    id: HostId,
    (range, span): (Range, Span),
    (now_at, zone): (i64, &Zone),
) -> store::Result<Vec<Bucket>> {
    let earlier = Span { from_at: days_after(zone, span.from_at, -7), to_at: days_after(zone, span.to_at, -7) };
    let mut buckets = Past::read(db, id, (range, earlier), now_at).await?.buckets;
    for bucket in &mut buckets {
        bucket.from_at = days_after(zone, bucket.from_at, 7);
        bucket.to_at = days_after(zone, bucket.to_at, 7);
    }
    // Of an hour that came twice one half has no place.
    buckets.retain(|bucket| bucket.from_at < bucket.to_at);
    Ok(buckets)
}

/// The same time of day so many days of the calendar later.
fn days_after(zone: &Zone, at: i64, days: i64) -> i64 {
    let wall = zone.wall(at);
    wall.checked_add(days.days()).map_or(at, |wall| zone.instant(wall))
}

/// Whether nothing is known of the host before the instant: then what is empty at the start of a chart is no gap.
pub(super) async fn is_beginning(db: &Db, id: HostId, at: i64, now_at: i64) -> store::Result<bool> {
    if store::frames::at(db, id, at).await?.is_some() {
        return Ok(false);
    }
    // Snapshots of then may not be kept any more, but what they added up to is.
    let Some(first_at) = store::beginning::day(db, id, at).await? else { return Ok(true) };
    if first_at < day_start(at) {
        return Ok(false);
    }
    let hours = store::usage::of_host(db, id, first_at, first_at + DAY_MS, now_at).await?;
    let before = range::of_hours(&hours, Span { from_at: first_at, to_at: at.max(first_at) }, CELL_MS);
    Ok(before.iter().all(|cell| cell.usage.covered_ms == 0))
}

/// What is left of a moment of which snapshots are not kept any more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left {
    /// The five minutes that hold the moment; empty if nothing was observed in them.
    pub(super) cell: Bucket,
    /// Who held sessions is kept by the hour; else by the day.
    pub(super) has_hours: bool,
}

impl Left {
    /// None if snapshots of then are kept, or nothing was ever observed before.
    pub(super) async fn of(db: &Db, id: HostId, at: i64, now_at: i64) -> store::Result<Option<Self>> {
        if store::beginning::snapshots(db, id).await?.is_some_and(|first_at| first_at <= at) {
            return Ok(None);
        }
        let span = Span { from_at: cell_start(at), to_at: cell_start(at) + CELL_MS };
        let hours = usage(db, id, span, now_at).await?;
        let Some(cell) = range::of_hours(&hours, span, CELL_MS).pop() else { return Ok(None) };
        if cell.usage.peak.is_none() && is_beginning(db, id, at, now_at).await? {
            return Ok(None);
        }
        let has_hours = store::beginning::holders(db).await?.is_some_and(|first_at| first_at <= at);
        Ok(Some(Self { cell, has_hours }))
    }

    /// Over which it is told who held sessions.
    pub(super) fn stretch(&self) -> (Range, Span) {
        let at = self.cell.from_at;
        let (range, from_at) = if self.has_hours { (Range::Hour, hour_start(at)) } else { (Range::Day, day_start(at)) };
        (range, Span { from_at, to_at: from_at + range.length_ms() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::HOUR_MS;

    const T0: i64 = 1_772_445_600_000; // 2026-03-02T10:00:00Z

    #[test]
    fn without_snapshots_a_stretch_begins_and_ends_with_whole_cells() {
        let span = Span { from_at: T0 + 2 * MINUTE_MS, to_at: T0 + 11 * MINUTE_MS };
        assert_eq!(in_cells(span, T0 + HOUR_MS), Span { from_at: T0, to_at: T0 + 15 * MINUTE_MS });
        assert_eq!(in_cells(span, span.to_at).to_at, span.to_at, "but not beyond now");
    }

    #[test]
    fn a_week_before_is_the_same_time_of_day_though_the_clocks_changed() {
        let zone = Zone::named("Europe/Paris");
        let at = zone.from_field("2026-03-30T09:30").unwrap(); // the day after they went forward
        let earlier = days_after(&zone, at, -7);
        assert_eq!(zone.field(earlier), "2026-03-23T09:30");
        assert_eq!(at - earlier, 7 * DAY_MS - HOUR_MS);
        assert_eq!(days_after(&zone, earlier, 7), at);
    }
}
