//! What hosts count: one record for each host and UTC day, which grows with each reading.

use std::collections::BTreeMap;

use super::values::corrupt;
use super::{Db, Result, Tx, keys};
use crate::each;
use crate::history::counters as codec;
use crate::model::HostId;
use crate::model::counter::Reading;
use crate::model::time::{DAY_MS, LATEST_AT, day_start};

/// Adds readings of a host to its days. One that is there already changes nothing. Days in ascending order are locked one after the
/// other, so hosts have to come in one order too.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn save(tx: &mut Tx, host: HostId, readings: impl IntoIterator<Item = Reading>) -> Result<()> {
    let mut days: BTreeMap<i64, Vec<Reading>> = BTreeMap::new();
    for reading in readings {
        days.entry(day_start(reading.read_at)).or_default().push(reading);
    }
    for (day_at, readings) in days {
        save_day(tx, host, day_at, readings).await?;
    }
    Ok(())
}

async fn save_day(tx: &mut Tx, host: HostId, day_at: i64, readings: Vec<Reading>) -> Result<()> {
    // Answers what is there, and holds it until the commit: another process may add to the same day.
    const LOCK: &str = "
        insert into counters_days (day_host, body) values ($1, $2)
        on conflict (day_host) do update set body = counters_days.body
        returning body";
    const SAVE: &str = "update counters_days set body = $2 where day_host = $1";
    let key = keys::day_host(host, day_at)?;
    let mut all = Vec::new();
    codec::merge(&mut all, readings);
    let fresh = codec::encode(&all);
    let kept: Vec<u8> =
        each!(&mut *tx, tx => sqlx::query_scalar(LOCK).bind(key).bind(&fresh).fetch_one(&mut **tx).await?);
    if kept == fresh {
        return Ok(());
    }
    let mut merged = decode(key, &kept)?;
    if codec::merge(&mut merged, all) {
        let body = codec::encode(&merged);
        each!(tx, tx => sqlx::query(SAVE).bind(key).bind(body).execute(&mut **tx).await.map(|_| ()))?;
    }
    Ok(())
}

/// The readings of a host within `from_at..to_at`, in order.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn of_host(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<Reading>> {
    // Reaches for each day by its key: the days of all other hosts lie between them.
    // A cross join, so that SQLite walks the keys and never, as its planner may choose, the whole table.
    const SQL: &str = "
        with recursive keys (day_host) as (
            select cast($1 as bigint)
            union all
            select day_host + $3 from keys where day_host + $3 <= $2)
        select c.day_host, c.body from keys k cross join counters_days c
        where c.day_host = k.day_host order by c.day_host";
    let (from_at, to_at) = (from_at.max(0), to_at.max(0));
    if from_at >= to_at {
        return Ok(Vec::new());
    }
    let last_at = (to_at - 1).min(LATEST_AT - DAY_MS);
    let key = |at| keys::day_host(host, day_start(at));
    let (first, last) = (key(from_at.min(last_at))?, key(last_at)?);
    let rows: Vec<(i64, Vec<u8>)> = each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(first)
        .bind(last)
        .bind(keys::HOSTS_END)
        .fetch_all(pool)
        .await?);
    let mut found = Vec::new();
    for (key, body) in rows {
        found.extend(decode(key, &body)?.into_iter().filter(|reading| (from_at..to_at).contains(&reading.read_at)));
    }
    Ok(found)
}

/// The records of a UTC day, of up to `most` hosts after `after`, in order; each that cannot be read with why.
///
/// # Errors
/// The database's.
pub async fn checked(
    db: &Db,
    day_at: i64,
    after: Option<HostId>,
    most: u32,
) -> Result<Vec<(HostId, std::result::Result<(), String>)>> {
    const SQL: &str = "
        select day_host, body from counters_days where day_host >= $1 and day_host < $2 order by day_host limit $3";
    let keys = keys::hosts_of_day(day_at, after)?;
    let rows: Vec<(i64, Vec<u8>)> = each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(keys.start)
        .bind(keys.end)
        .bind(i64::from(most))
        .fetch_all(pool)
        .await?);
    let check = |(key, body): (i64, Vec<u8>)| {
        let read = codec::decode(&body).map(|_| ()).map_err(|error| error.to_string());
        (keys::host_and_day_at(key).0, read)
    };
    Ok(rows.into_iter().map(check).collect())
}

fn decode(key: i64, body: &[u8]) -> Result<Vec<Reading>> {
    codec::decode(body).map_err(|error| {
        let (host, day_at) = keys::host_and_day_at(key);
        corrupt(format!("the counters of host {host} on the day from {day_at} cannot be read: {error}"))
    })
}
