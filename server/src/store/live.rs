//! Hours of one host that are not rolled up yet, or whose frames changed since, computed from their frames.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Db, Result, frames, keys};
use crate::each;
use crate::history::rollup;
use crate::model::HostId;
use crate::model::holder::Holders;
use crate::model::time::HOUR_MS;
use crate::model::usage::UsageHour;

/// The keys of the host's hours that touch the instants, [`keys::HOSTS_END`] apart. None if there are none.
pub(super) fn keys_of_host(host: HostId, instants: Range<i64>) -> Result<Option<Range<i64>>> {
    let hours = keys::hours(instants);
    if hours.is_empty() {
        return Ok(None);
    }
    let start = keys::hour_host(host, hours.start * HOUR_MS)?;
    Ok(Some(start..start + (hours.end - hours.start) * keys::HOSTS_END))
}

/// What those of the host's hours that touch the instants add up to, by their start. `now_at` says, for each snapshots' hour,
/// up to when it was observed.
pub(super) async fn hours(
    db: &Db,
    host: HostId,
    instants: Range<i64>,
    now_at: impl Fn(&Hour) -> i64,
) -> Result<BTreeMap<i64, (UsageHour, Holders)>> {
    let mut live = BTreeMap::new();
    let mut last = None;
    for hour_at in not_rolled_up(db, host, instants).await? {
        let end_at = hour_at + HOUR_MS;
        let within = frames::range(db, host, hour_at, end_at).await?;
        let before = match last.take() {
            Some((next_at, snapshot)) if next_at == hour_at => Some(snapshot),
            _ => frames::at(db, host, hour_at - 1).await?,
        };
        let hour = Hour { hour_at, last_taken_at: within.last().map(|s| s.taken_at) };
        let of = rollup::HourOfSnapshots { hour_at, before: before.as_ref(), within: &within, now_at: now_at(&hour) };
        live.insert(hour_at, rollup::hour(host, of));
        last = within.into_iter().last().map(|snapshot| (end_at, snapshot));
    }
    Ok(live)
}

/// An hour that is about to be computed.
pub(super) struct Hour {
    pub(super) hour_at: i64,
    pub(super) last_taken_at: Option<i64>,
}

async fn not_rolled_up(db: &Db, host: HostId, instants: Range<i64>) -> Result<Vec<i64>> {
    // A few looks by key for each hour, so that a year costs the same whether its frames are still there or not.
    const SQL: &str = "
        with recursive hours (hour) as (
            select cast($1 as bigint)
            union all
            select hour + 1 from hours where hour + 1 < $2)
        select hour from hours
        where exists (select 1 from touched t where t.unit = hour * $5 + $3)
            or (not exists (select 1 from usage_hours u where u.hour_host = hour * $5 + $3)
                and exists (select 1 from frames f
                            where f.frame_id >= $4 + hour * $6 and f.frame_id < $4 + (hour + 1) * $6))
        order by hour";
    let hours = keys::hours(instants);
    if hours.is_empty() {
        return Ok(Vec::new());
    }
    let first_frame = keys::first_frame(host)?;
    let hours: Vec<i64> = each!(db.reader(), pool => sqlx::query_scalar(SQL)
        .bind(hours.start)
        .bind(hours.end)
        .bind(host)
        .bind(first_frame)
        .bind(keys::HOSTS_END)
        .bind(HOUR_MS)
        .fetch_all(pool)
        .await?);
    Ok(hours.into_iter().map(|hour| hour * HOUR_MS).collect())
}
