//! Records of one host by hour and by day: a day stands for its hours unless one of them has changed since.

mod cover;

use std::ops::Range;

pub(super) use self::cover::{Stretch, cover};
use super::{Db, Result, keys, live};
use crate::each;
use crate::model::HostId;
use crate::model::time::{DAY_MS, HOUR_MS};

/// The two kinds of records that a host has by hour and by day.
#[derive(Debug, Clone, Copy)]
pub(super) enum Records {
    Holders,
    Usage,
}

/// The host's days that lie wholly within the hours and say what their hours do: when, and the record.
pub(super) async fn days(db: &Db, host: HostId, hours: Range<i64>, records: Records) -> Result<Vec<(i64, Vec<u8>)>> {
    // Reaches for each day by its key: the days of all other hosts lie between them.
    // A cross join, so that SQLite walks the keys and never, as its planner may choose, the whole table.
    const HOLDERS: &str = "
        with recursive keys (day_host) as (
            select cast($1 as bigint)
            union all
            select day_host + $3 from keys where day_host + $3 < $2)
        select d.day_host, d.body from keys k cross join holders_days d
        where d.day_host = k.day_host and not exists (select 1 from touched t where t.unit = d.day_host + $4)
        order by d.day_host";
    const USAGE: &str = "
        with recursive keys (day_host) as (
            select cast($1 as bigint)
            union all
            select day_host + $3 from keys where day_host + $3 < $2)
        select d.day_host, d.cells from keys k cross join usage_days d
        where d.day_host = k.day_host and not exists (select 1 from touched t where t.unit = d.day_host + $4)
        order by d.day_host";
    let sql = match records {
        Records::Holders => HOLDERS,
        Records::Usage => USAGE,
    };
    let days = (hours.start + 23).div_euclid(24)..hours.end.div_euclid(24);
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let first = keys::day_host(host, days.start * DAY_MS)?;
    let rows: Vec<(i64, Vec<u8>)> = each!(db.reader(), pool => sqlx::query_as(sql)
        .bind(first)
        .bind(first + (days.end - days.start) * keys::HOSTS_END)
        .bind(keys::HOSTS_END)
        // The units of host-days are one level above those of host-hours: see store::work.
        .bind(keys::LEVEL)
        .fetch_all(pool)
        .await?);
    Ok(rows.into_iter().map(|(key, body)| (keys::host_and_day_at(key).1, body)).collect())
}

/// The host's rolled-up hours: when, and the record.
pub(super) async fn hours(db: &Db, host: HostId, hours: Range<i64>, records: Records) -> Result<Vec<(i64, Vec<u8>)>> {
    const HOLDERS: &str = "
        with recursive keys (hour_host) as (
            select cast($1 as bigint)
            union all
            select hour_host + $3 from keys where hour_host + $3 < $2)
        select h.hour_host, h.body from keys k cross join holders_hours h
        where h.hour_host = k.hour_host order by h.hour_host";
    const USAGE: &str = "
        with recursive keys (hour_host) as (
            select cast($1 as bigint)
            union all
            select hour_host + $3 from keys where hour_host + $3 < $2)
        select u.hour_host, u.cells from keys k cross join usage_hours u
        where u.hour_host = k.hour_host order by u.hour_host";
    let sql = match records {
        Records::Holders => HOLDERS,
        Records::Usage => USAGE,
    };
    let Some(keys) = live::keys_of_host(host, hours.start * HOUR_MS..hours.end * HOUR_MS)? else {
        return Ok(Vec::new());
    };
    let rows: Vec<(i64, Vec<u8>)> = each!(db.reader(), pool => sqlx::query_as(sql)
        .bind(keys.start)
        .bind(keys.end)
        .bind(keys::HOSTS_END)
        .fetch_all(pool)
        .await?);
    Ok(rows.into_iter().map(|(key, body)| (keys::host_and_hour_at(key).1, body)).collect())
}
