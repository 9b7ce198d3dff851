//! Removing what is old.
//!
//! Keys of history records begin with the hour or the day, so what is old lies side by side at the front of each table. On SQLite
//! its pages become free and are given back to the file system. On PostgreSQL rows are deleted, not partitions dropped: autovacuum
//! frees the front pages of heap and index as a whole, new records fill them, and the files stay as large as one retention; in
//! return there is no partition to create in time, and both databases run the same text.

use super::{Db, Either, Result, Tx, keys};
use crate::each;
use crate::model::IncidentId;
use crate::model::retention::Kind;
use crate::model::time::{CELL_MS, DAY_MS, HOUR_MS, LATEST_AT};

/// A table, the key by which its records are in order, and up to which key it goes: `$1` is the bound, `$2` its level's start.
struct Part {
    sql: &'static str,
    level: i64,
    unit_ms: i64,
    times_hosts: bool,
}

const fn by_host(sql: &'static str, unit_ms: i64) -> Part {
    Part { sql, level: 0, unit_ms, times_hosts: true }
}

const fn of_fleet(sql: &'static str, level: i64, unit_ms: i64) -> Part {
    Part { sql, level, unit_ms, times_hosts: false }
}

const CHUNKS: &str = "delete from chunks where hour_host in
    (select hour_host from chunks where hour_host >= $2 and hour_host < $1 order by hour_host limit $3)";
const USAGE_HOURS: &str = "delete from usage_hours where hour_host in
    (select hour_host from usage_hours where hour_host >= $2 and hour_host < $1 order by hour_host limit $3)";
const HOLDERS_HOURS: &str = "delete from holders_hours where hour_host in
    (select hour_host from holders_hours where hour_host >= $2 and hour_host < $1 order by hour_host limit $3)";
const USAGE_DAYS: &str = "delete from usage_days where day_host in
    (select day_host from usage_days where day_host >= $2 and day_host < $1 order by day_host limit $3)";
const HOLDERS_DAYS: &str = "delete from holders_days where day_host in
    (select day_host from holders_days where day_host >= $2 and day_host < $1 order by day_host limit $3)";
const COUNTERS_DAYS: &str = "delete from counters_days where day_host in
    (select day_host from counters_days where day_host >= $2 and day_host < $1 order by day_host limit $3)";
const SHARE_DAYS: &str = "delete from share_days where day_host in
    (select day_host from share_days where day_host >= $2 and day_host < $1 order by day_host limit $3)";
const FLEET_HOLDERS: &str = "delete from fleet_holders where bucket in
    (select bucket from fleet_holders where bucket >= $2 and bucket < $1 order by bucket limit $3)";
const MATRIX: &str = "delete from matrix where bucket in
    (select bucket from matrix where bucket >= $2 and bucket < $1 order by bucket limit $3)";
const FLEET_USAGE: &str = "delete from fleet_usage where bucket in
    (select bucket from fleet_usage where bucket >= $2 and bucket < $1 order by bucket limit $3)";

const HOURS: [Part; 5] = [
    by_host(USAGE_HOURS, HOUR_MS),
    by_host(HOLDERS_HOURS, HOUR_MS),
    of_fleet(FLEET_HOLDERS, 0, HOUR_MS),
    of_fleet(MATRIX, 0, CELL_MS),
    of_fleet(FLEET_USAGE, 0, CELL_MS),
];
const DAYS: [Part; 10] = [
    by_host(USAGE_DAYS, DAY_MS),
    by_host(HOLDERS_DAYS, DAY_MS),
    by_host(COUNTERS_DAYS, DAY_MS),
    by_host(SHARE_DAYS, DAY_MS),
    of_fleet(FLEET_HOLDERS, 1, HOUR_MS),
    of_fleet(FLEET_HOLDERS, 2, HOUR_MS),
    of_fleet(MATRIX, 1, CELL_MS),
    of_fleet(MATRIX, 2, CELL_MS),
    of_fleet(FLEET_USAGE, 1, CELL_MS),
    of_fleet(FLEET_USAGE, 2, CELL_MS),
];
const SNAPSHOTS: [Part; 1] = [by_host(CHUNKS, HOUR_MS)];

/// Removes up to `most` records of each table of the kind that began before the instant, oldest first. Answers how many there were.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &mut Tx, kind: Kind, before_at: i64, most: u32) -> Result<u64> {
    let parts: &[Part] = match kind {
        Kind::Snapshots => &SNAPSHOTS,
        Kind::Hours => &HOURS,
        Kind::Days => &DAYS,
        Kind::Events => return remove_events(tx, before_at, most).await,
    };
    let mut removed = 0;
    for part in parts {
        let units = before_at.max(0) / part.unit_ms;
        let first = part.level * keys::LEVEL;
        let end = first + units * if part.times_hosts { keys::HOSTS_END } else { 1 };
        removed += each!(&mut *tx, tx => sqlx::query(part.sql)
            .bind(end)
            .bind(first)
            .bind(i64::from(most))
            .execute(&mut **tx)
            .await?
            .rows_affected());
    }
    removed += match kind {
        Kind::Snapshots => remove_parts(tx, before_at, most).await?,
        Kind::Hours => remove_frames(tx, before_at, most).await?,
        Kind::Days | Kind::Events => 0,
    };
    Ok(removed)
}

/// Parts of snapshots of which the others never came: those of a host that went on are dropped when they are overtaken, those of one that did
/// not would stay.
async fn remove_parts(tx: &mut Tx, before_at: i64, most: u32) -> Result<u64> {
    const SQL: &str = "delete from snapshot_parts where (host_id, epoch, taken_at, part_index) in
        (select host_id, epoch, taken_at, part_index from snapshot_parts where taken_at < $1 limit $2)";
    each!(tx, tx => {
        Ok(sqlx::query(SQL).bind(before_at).bind(i64::from(most)).execute(&mut **tx).await?.rows_affected())
    })
}

/// Frames that wait to be put together stay as long as what would be made of them is kept: after that they are of no use, whatever kept them,
/// damage too. Looked for host by host, by their key.
async fn remove_frames(tx: &mut Tx, before_at: i64, most: u32) -> Result<u64> {
    // A cross join, so that SQLite goes from the hosts to their oldest frames and never through all frames.
    const SQL: &str = "delete from frames where frame_id in
        (select f.frame_id from hosts h cross join frames f
         where f.frame_id >= h.host_id * $1 and f.frame_id < h.host_id * $1 + $2 limit $3)";
    each!(tx, tx => {
        Ok(sqlx::query(SQL)
            .bind(LATEST_AT)
            .bind(before_at.clamp(0, LATEST_AT))
            .bind(i64::from(most))
            .execute(&mut **tx)
            .await?
            .rows_affected())
    })
}

async fn remove_events(tx: &mut Tx, before_at: i64, most: u32) -> Result<u64> {
    const EVENTS: &str = "delete from events where event_id in
        (select event_id from events where recorded_at < $1 order by recorded_at limit $2)";
    const GAPS: &str = "delete from gaps where gap_id in (select gap_id from gaps where to_at < $1 limit $2)";
    // What a host said last stays, however long ago that was.
    const FACTS: &str = "delete from host_facts where (host_id, observed_at) in
        (select f.host_id, f.observed_at from host_facts f
         where f.until_at < $1 and exists
             (select 1 from host_facts n where n.host_id = f.host_id and n.observed_at > f.observed_at)
         limit $2)";
    let mut removed = 0;
    const FINDINGS: &str = "delete from findings where finding_id in
        (select finding_id from findings where gone_at < $1 limit $2)";
    // Who made them is named there.
    const SILENCES: &str = "delete from silences where silence_id in
        (select silence_id from silences where is_weekly = 0 and until_at < $1 limit $2)";
    for sql in [EVENTS, GAPS, FACTS, FINDINGS, SILENCES] {
        removed += each!(&mut *tx, tx =>
            sqlx::query(sql).bind(before_at).bind(i64::from(most)).execute(&mut **tx).await?.rows_affected());
    }
    Ok(removed + remove_incidents(tx, before_at, most).await?)
}

/// Those that are over and resolved since before the instant, with what happened to them.
async fn remove_incidents(tx: &mut Tx, before_at: i64, most: u32) -> Result<u64> {
    const OLD: &str = "
        select incident_id from incidents where state = 'resolved' and until_at < $1 and resolved_at < $1
        order by incident_id limit $2";
    let old: Vec<IncidentId> = each!(&mut *tx, tx =>
        sqlx::query_scalar(OLD).bind(before_at).bind(i64::from(most)).fetch_all(&mut **tx).await?);
    for id in &old {
        for sql in [
            "delete from incident_entries where incident_id = $1",
            "delete from incident_tickets where incident_id = $1",
            "delete from connector_tickets where incident_id = $1",
            "delete from incidents where incident_id = $1",
        ] {
            each!(&mut *tx, tx => sqlx::query(sql).bind(*id).execute(&mut **tx).await.map(|_| ()))?;
        }
    }
    Ok(old.len() as u64)
}

/// Gives up to `pages` free pages of an SQLite file back to the file system. Answers how many there were. PostgreSQL sees to its own.
///
/// # Errors
/// The database's.
pub async fn give_back(db: &Db, pages: u32) -> Result<u64> {
    match &db.write {
        Either::Sqlite(pool) => super::sqlite::give_back(pool, pages).await,
        Either::Postgres(_) => Ok(0),
    }
}
