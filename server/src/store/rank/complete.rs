//! Until when answers over the fleet are complete.

use sqlx::QueryBuilder;

use crate::each;
use crate::model::sight::Sight;
use crate::model::time::HOUR_MS;
use crate::store::rows::push_seen;
use crate::store::values::narrow;
use crate::store::{Db, Result, keys};

/// Hours this long ago that still wait were brought in late, by a host that was away.
const LATE_HOURS: i64 = 3;
/// The level of hours in the keys of the matrix.
const HOUR_LEVEL: i64 = 1;

/// How far the fleet's records have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Complete {
    /// Everything that was reported of the time before this is in them; but see `late_hours`.
    pub until_at: i64,
    /// Hours of single hosts, three hours old or older, that have changed since and are about to be added up.
    pub late_hours: u64,
}

/// What still waits to be added up at `now_at`.
///
/// # Errors
/// The database's.
pub async fn complete(db: &Db, now_at: i64) -> Result<Complete> {
    // Level 0 of the work are hours of hosts, level 2 hours of the fleet: see store::work.
    const OF_HOSTS: &str = "select min(unit) from touched where unit >= $1 and unit < $2";
    const LATE: &str = "select count(*) from touched where unit < $1";
    let now = now_at.max(0) / HOUR_MS;
    let late = (now - LATE_HOURS).max(0);
    let fleet = 2 * keys::LEVEL;
    let (host_hour, fleet_hour, late_hours): (Option<i64>, Option<i64>, i64) = each!(db.reader(), pool => (
        sqlx::query_scalar(OF_HOSTS)
            .bind(late * keys::HOSTS_END)
            .bind((now + 1) * keys::HOSTS_END)
            .fetch_one(pool)
            .await?,
        sqlx::query_scalar(OF_HOSTS).bind(fleet + late).bind(fleet + now + 1).fetch_one(pool).await?,
        sqlx::query_scalar(LATE).bind(late * keys::HOSTS_END).fetch_one(pool).await?,
    ));
    let waits = [host_hour.map(|unit| unit / keys::HOSTS_END), fleet_hour.map(|unit| unit - fleet)];
    let until = waits.into_iter().flatten().min().map_or(now_at, |hour| hour * HOUR_MS);
    Ok(Complete { until_at: until.min(now_at), late_hours: late_hours.cast_unsigned() })
}

/// As [`complete`], of hosts that are seen: answers over some hosts are made of the records of each of them, and wait for no other.
///
/// # Errors
/// The database's.
pub async fn complete_seen(db: &Db, now_at: i64, sight: &Sight) -> Result<Complete> {
    if !sight.is_confined() {
        return complete(db, now_at).await;
    }
    let now = now_at.max(0) / HOUR_MS;
    let (late_end, end) = ((now - LATE_HOURS).max(0) * keys::HOSTS_END, (now + 1) * keys::HOSTS_END);
    // Of a unit of level 0: see store::work.
    let host = format!("unit % {}", keys::HOSTS_END);
    let (first, late_hours): (Option<i64>, i64) = each!(db.reader(), pool => {
        let mut first = QueryBuilder::new("select min(unit) from touched where unit >= ");
        first.push_bind(late_end).push(" and unit < ").push_bind(end);
        push_seen(&mut first, &host, sight);
        let mut late = QueryBuilder::new("select count(*) from touched where unit < ");
        late.push_bind(late_end);
        push_seen(&mut late, &host, sight);
        (
            first.build_query_scalar().persistent(false).fetch_one(pool).await?,
            late.build_query_scalar().persistent(false).fetch_one(pool).await?,
        )
    });
    let until_at = first.map_or(now_at, |unit| unit / keys::HOSTS_END * HOUR_MS);
    Ok(Complete { until_at: until_at.min(now_at), late_hours: late_hours.cast_unsigned() })
}

/// The most hosts that were observed in any hour of the range.
///
/// # Errors
/// The database's.
pub async fn observed(db: &Db, from_at: i64, to_at: i64) -> Result<u32> {
    const SQL: &str = "select max(observed) from fleet_usage where bucket >= $1 and bucket < $2";
    let hours = keys::hours(from_at..to_at);
    let (start, end) = (
        keys::matrix_bucket(HOUR_LEVEL, hours.start * HOUR_MS)?,
        keys::matrix_bucket(HOUR_LEVEL, hours.end * HOUR_MS)?,
    );
    let most: Option<i64> = each!(db.reader(), pool =>
        sqlx::query_scalar(SQL).bind(start).bind(end).fetch_one(pool).await?);
    narrow("fleet_usage.observed", most.unwrap_or(0))
}
