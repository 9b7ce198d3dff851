//! Where records begin: since when something is known of a host, and of the fleet. Kinds of records are kept for different times,
//! so that what is missing of one may be known by another.

use super::{Db, Result, fleet, keys};
use crate::each;
use crate::model::HostId;
use crate::model::fleet::Step;
use crate::model::retention::Kind;
use crate::model::time::{DAY_MS, HOUR_MS, LATEST_AT};

/// When the first UTC day begins of which it is kept what the host added up to; none if there is none that begins before `before_at`.
///
/// # Errors
/// The database's.
pub async fn day(db: &Db, host: HostId, before_at: i64) -> Result<Option<i64>> {
    // Reaches for each day by its key, from the oldest one of any host on: the days of all other hosts lie between them.
    // A cross join, so that SQLite walks the keys and never, as its planner may choose, the whole table.
    const SQL: &str = "
        with recursive days (day) as (
            select min(day_host) / $1 from usage_days
            union all
            select day + 1 from days where day + 1 < $2)
        select u.day_host from days d cross join usage_days u
        where u.day_host = d.day * $1 + $3 order by u.day_host limit 1";
    let end = (before_at.clamp(0, LATEST_AT) + DAY_MS - 1) / DAY_MS;
    let first: Option<i64> = each!(db.reader(), pool => sqlx::query_scalar(SQL)
        .bind(keys::HOSTS_END)
        .bind(end)
        .bind(keys::checked(host)?)
        .fetch_optional(pool)
        .await?);
    Ok(first.map(|key| keys::host_and_day_at(key).1).filter(|day_at| *day_at < before_at))
}

/// When the first hour begins of which the host's snapshots are kept.
///
/// # Errors
/// The database's.
pub async fn snapshots(db: &Db, host: HostId) -> Result<Option<i64>> {
    // One statement, so that a compaction that moves frames into a chunk meanwhile cannot hide both.
    const SQL: &str = "
        select
            (select min(hour_host) from chunks where host_id = $1),
            (select min(frame_id) from frames where frame_id >= $2 and frame_id < $3)";
    let frames = keys::frames(host, 0..LATEST_AT)?;
    let (chunk, frame): (Option<i64>, Option<i64>) = each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(host)
        .bind(frames.start)
        .bind(frames.end)
        .fetch_one(pool)
        .await?);
    let of_chunk = chunk.map(|key| keys::host_and_hour_at(key).1);
    let of_frame = frame.map(|id| keys::taken_at(id) / HOUR_MS * HOUR_MS);
    Ok([of_chunk, of_frame].into_iter().flatten().min())
}

/// When the first hour begins of which it is kept who held sessions on any host.
///
/// # Errors
/// The database's.
pub async fn holders(db: &Db) -> Result<Option<i64>> {
    const SQL: &str = "select min(hour_host) from holders_hours";
    let first: Option<i64> = each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_one(pool).await?);
    Ok(first.map(|key| keys::host_and_hour_at(key).1))
}

/// When the first step of this length begins of which it is kept what the fleet was in it.
///
/// # Errors
/// The database's.
pub async fn step(db: &Db, step: Step) -> Result<Option<i64>> {
    const SQL: &str = "select min(bucket) from fleet_usage where bucket >= $1 and bucket < $2";
    let (start, end) = fleet::steps(step, 0..LATEST_AT)?;
    let first: Option<i64> =
        each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(start).bind(end).fetch_one(pool).await?);
    Ok(first.map(keys::matrix_bucket_at))
}

/// Since when the fleet is watched, as exactly as it is still known.
///
/// # Errors
/// The database's.
pub async fn fleet(db: &Db) -> Result<Option<i64>> {
    let mut first: Option<(Step, i64)> = None;
    for finer in [Step::SixHours, Step::Hour, Step::FiveMinutes] {
        let Some(at) = step(db, finer).await? else { continue };
        // A finer step within the first coarse one tells more; one that begins later is only kept for less long.
        if first.is_none_or(|(coarse, start_at)| at < start_at + coarse.length_ms()) {
            first = Some((finer, at));
        }
    }
    Ok(first.map(|(_, at)| at))
}

/// When the oldest record of a kind begins, of whatever host; none without one.
///
/// # Errors
/// The database's.
pub async fn oldest(db: &Db, kind: Kind) -> Result<Option<i64>> {
    let sql = match kind {
        Kind::Snapshots => "select min(hour_host) from chunks",
        Kind::Hours => "select min(hour_host) from usage_hours",
        Kind::Days => "select min(day_host) from usage_days",
        Kind::Events => "select min(recorded_at) from events",
    };
    let first: Option<i64> = each!(db.reader(), pool => sqlx::query_scalar(sql).fetch_one(pool).await?);
    Ok(first.map(|first| match kind {
        Kind::Snapshots | Kind::Hours => keys::host_and_hour_at(first).1,
        Kind::Days => keys::host_and_day_at(first).1,
        Kind::Events => first,
    }))
}
