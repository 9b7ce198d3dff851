//! History records as they are stored, undecoded: for those who look whether they are what they should be.

use std::ops::Range;

use super::fleet::{Length, level};
use super::{Db, Result, Tx, keys};
use crate::each;
use crate::model::HostId;
use crate::model::fleet::Step;
use crate::model::time::{DAY_MS, HOUR_MS};

/// The records of a host's hour, or of its day (which has no chunk). One that is missing is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfHost {
    pub host: HostId,
    pub chunk: Option<Vec<u8>>,
    /// [`crate::history::usage`]
    pub cells: Option<Vec<u8>>,
    /// [`crate::history::holders`]
    pub holders: Option<Vec<u8>>,
}

/// The holders of the fleet: by client and by user ([`crate::history::fleet`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfFleet {
    pub by_client: Vec<u8>,
    pub by_user: Vec<u8>,
}

/// Removes what was derived of an hour of a host.
///
/// # Errors
/// The database's.
pub async fn remove_hour(tx: &mut Tx, host: HostId, hour_at: i64) -> Result<()> {
    const SQL: [&str; 3] = [
        "delete from chunks where hour_host = $1",
        "delete from usage_hours where hour_host = $1",
        "delete from holders_hours where hour_host = $1",
    ];
    let key = keys::hour_host(host, hour_at)?;
    for sql in SQL {
        each!(&mut *tx, tx => sqlx::query(sql).bind(key).execute(&mut **tx).await.map(|_| ())?);
    }
    Ok(())
}

/// Bytes that an hour of a host takes: frames, chunk, and holders three times, which stand for those of its day and of the fleet, too.
///
/// # Errors
/// The database's.
pub async fn bytes_of_hour(tx: &mut Tx, host: HostId, hour_at: i64) -> Result<u64> {
    // The lengths are known without reading what is long.
    const SQL: &str = "
        select cast((select coalesce(sum(octet_length(body)), 0) from frames where frame_id >= $1 and frame_id < $2)
            + (select coalesce(sum(octet_length(body)), 0) from chunks where hour_host = $3)
            + 3 * (select coalesce(sum(octet_length(body)), 0) from holders_hours where hour_host = $3) as bigint)";
    let frames = keys::frames(host, hour_at..hour_at.saturating_add(HOUR_MS))?;
    let bytes: i64 = each!(tx, tx => sqlx::query_scalar(SQL)
        .bind(frames.start)
        .bind(frames.end)
        .bind(keys::hour_host(host, hour_at)?)
        .fetch_one(&mut **tx)
        .await?);
    Ok(bytes.unsigned_abs())
}

/// From the first hour of which there is a record of a host to the end of the last; none if there is no record.
///
/// # Errors
/// The database's.
pub async fn span(db: &Db) -> Result<Option<Range<i64>>> {
    const SQL: &str = "
        select min(first_hour), max(last_hour), min(first_day), max(last_day) from (
            select min(hour_host) as first_hour, max(hour_host) as last_hour,
                cast(null as bigint) as first_day, cast(null as bigint) as last_day from chunks
            union all select min(hour_host), max(hour_host), null, null from usage_hours
            union all select min(hour_host), max(hour_host), null, null from holders_hours
            union all select null, null, min(day_host), max(day_host) from usage_days
            union all select null, null, min(day_host), max(day_host) from holders_days) as ends";
    type Ends = (Option<i64>, Option<i64>, Option<i64>, Option<i64>);
    let (first_hour, last_hour, first_day, last_day): Ends =
        each!(db.reader(), pool => sqlx::query_as(SQL).fetch_one(pool).await?);
    let hour = |key| keys::host_and_hour_at(key).1;
    let day = |key| keys::host_and_day_at(key).1;
    let starts = [first_hour.map(hour), first_day.map(day)];
    let ends = [last_hour.map(|key| hour(key) + HOUR_MS), last_day.map(|key| day(key) + DAY_MS)];
    Ok(starts.into_iter().flatten().min().zip(ends.into_iter().flatten().max()).map(|(start, end)| start..end))
}

/// Some of the hosts' records of an hour: up to `most`, of hosts after `after`, in order.
///
/// # Errors
/// The database's.
pub async fn of_hour(db: &Db, hour_at: i64, after: Option<HostId>, most: u32) -> Result<Vec<OfHost>> {
    const SQL: &str = "
        select k.key, c.body, u.cells, h.body
        from (
            select hour_host as key from chunks where hour_host >= $1 and hour_host < $2
            union select hour_host from usage_hours where hour_host >= $1 and hour_host < $2
            union select hour_host from holders_hours where hour_host >= $1 and hour_host < $2
            order by 1 limit $3) k
        left join chunks c on c.hour_host = k.key
        left join usage_hours u on u.hour_host = k.key
        left join holders_hours h on h.hour_host = k.key
        order by k.key";
    type Row = (i64, Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>);
    let keys = keys::hosts_of_hour(hour_at, after)?;
    let rows: Vec<Row> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(keys.start).bind(keys.end).bind(i64::from(most)).fetch_all(pool).await?);
    let host = |key| keys::host_and_hour_at(key).0;
    Ok(rows.into_iter().map(|(key, chunk, cells, holders)| OfHost { host: host(key), chunk, cells, holders }).collect())
}

/// As [`of_hour`], of a UTC day.
///
/// # Errors
/// The database's.
pub async fn of_day(db: &Db, day_at: i64, after: Option<HostId>, most: u32) -> Result<Vec<OfHost>> {
    const SQL: &str = "
        select k.key, u.cells, h.body
        from (
            select day_host as key from usage_days where day_host >= $1 and day_host < $2
            union select day_host from holders_days where day_host >= $1 and day_host < $2
            order by 1 limit $3) k
        left join usage_days u on u.day_host = k.key
        left join holders_days h on h.day_host = k.key
        order by k.key";
    type Row = (i64, Option<Vec<u8>>, Option<Vec<u8>>);
    let keys = keys::hosts_of_day(day_at, after)?;
    let rows: Vec<Row> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(keys.start).bind(keys.end).bind(i64::from(most)).fetch_all(pool).await?);
    let host = |key| keys::host_and_day_at(key).0;
    Ok(rows.into_iter().map(|(key, cells, holders)| OfHost { host: host(key), chunk: None, cells, holders }).collect())
}

/// The fleet's holders of the stretch that starts then.
///
/// # Errors
/// The database's.
pub async fn of_fleet(db: &Db, length: Length, start_at: i64) -> Result<Option<OfFleet>> {
    const SQL: &str = "select by_client, by_user from fleet_holders where bucket = $1";
    let bucket = keys::fleet_bucket(length.level(), start_at)?;
    let row: Option<(Vec<u8>, Vec<u8>)> =
        each!(db.reader(), pool => sqlx::query_as(SQL).bind(bucket).fetch_optional(pool).await?);
    Ok(row.map(|(by_client, by_user)| OfFleet { by_client, by_user }))
}

/// The matrix of the step that starts then ([`crate::history::matrix`]).
///
/// # Errors
/// The database's.
pub async fn of_step(db: &Db, step: Step, start_at: i64) -> Result<Option<Vec<u8>>> {
    const SQL: &str = "select body from matrix where bucket = $1";
    let bucket = keys::matrix_bucket(level(step), start_at)?;
    each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(bucket).fetch_optional(pool).await)
}
