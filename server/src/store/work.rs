//! What is to be derived anew. Leases are rows, so that several server processes on one PostgreSQL never do one unit at once.

use std::collections::HashSet;

use sqlx::QueryBuilder;

use super::rows::in_parts;
use super::values::narrow;
use super::{Db, Result, Tx, is_transient, keys};
use crate::each;
use crate::model::HostId;
use crate::model::time::{DAY_MS, HOUR_MS};
use crate::model::unit::{Level, Unit};

/// How often a claim that met another one is tried again at once.
const RETRIES: u32 = 8;

/// A unit that a process has claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    pub unit: Unit,
    /// How often the unit had been touched when it was claimed.
    pub touches: u64,
    /// Until when nobody else may claim it. No two claims of a unit have the same, so it also names the claim.
    pub leased_until: i64,
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Nothing changed since the claim: what was derived may be stored, and the unit waits no longer.
    Current,
    /// What it is derived from has changed since the claim: it waits again.
    Outdated,
    /// The lease ran out, and somebody else has the unit or has done it: theirs is newer.
    Lost,
}

#[derive(sqlx::FromRow)]
struct Row {
    unit: i64,
    touches: i64,
    due_at: i64,
}

/// Says that what these units are derived from has changed. One that waits already keeps its `due_at` if that is earlier. Units in
/// ascending order, none twice, and once in a transaction: then no two of them wait for each other.
///
/// # Errors
/// The database's.
pub async fn touch(tx: &mut Tx, units: &[(Unit, i64)]) -> Result<()> {
    debug_assert!(units.is_sorted_by(|(a, _), (b, _)| a < b), "units come in order");
    for units in in_parts(units) {
        let keys = units.iter().map(|(unit, due_at)| Ok((key(*unit)?, *due_at))).collect::<Result<Vec<_>>>()?;
        each!(&mut *tx, tx => {
            let mut upsert = QueryBuilder::new("insert into touched (unit, touches, due_at, leased_until) ");
            upsert.push_values(keys, |mut row, (key, due_at)| {
                row.push_bind(key).push_bind(1_i64).push_bind(due_at).push_bind(0_i64);
            });
            upsert.push(
                " on conflict (unit) do update set
                    touches = touched.touches + 1,
                    due_at = case when excluded.due_at < touched.due_at then excluded.due_at else touched.due_at end",
            );
            upsert.build().execute(&mut **tx).await?;
        });
    }
    Ok(())
}

/// Leases up to `most` due units of a level until `leased_until`, the longest due first. Of several that claim at once each gets
/// units that no other gets; it may be fewer than are due.
///
/// # Errors
/// The database's.
pub async fn claim(db: &Db, level: Level, now_at: i64, leased_until: i64, most: u32) -> Result<Vec<Claimed>> {
    let mut tries = 0;
    loop {
        match try_claim(db, level, now_at, leased_until, most).await {
            Err(error) if is_transient(&error) && tries < RETRIES => tries += 1,
            outcome => return outcome,
        }
    }
}

async fn try_claim(db: &Db, level: Level, now_at: i64, leased_until: i64, most: u32) -> Result<Vec<Claimed>> {
    // PostgreSQL lets a second claimer pick the same rows, wait for the first, and then look at the outer condition once more.
    const SQL: &str = "
        update touched set leased_until = $2
        where unit in (
                select unit from touched
                where due_at <= $1 and leased_until <= $1 and unit >= $4 and unit < $5
                order by due_at, unit limit $3)
            and due_at <= $1 and leased_until <= $1
        returning unit, touches, due_at";
    let first = first_key(level);
    let mut tx = db.begin().await?;
    let mut rows: Vec<Row> = each!(&mut tx, tx => sqlx::query_as(SQL)
        .bind(now_at)
        .bind(leased_until)
        .bind(i64::from(most))
        .bind(first)
        .bind(first + keys::LEVEL)
        .fetch_all(&mut **tx)
        .await?);
    tx.commit().await?;
    rows.sort_unstable_by_key(|row| (row.due_at, row.unit));
    rows.into_iter()
        .map(|row| Ok(Claimed { unit: unit(row.unit), touches: narrow("touched.touches", row.touches)?, leased_until }))
        .collect()
}

/// Ends a claim; the caller stores what it derived, in the same transaction, only if this says that it is current. A unit that was
/// touched meanwhile waits until `again_at`.
///
/// # Errors
/// The database's.
pub async fn settle(tx: &mut Tx, claimed: &Claimed, again_at: i64) -> Result<Settled> {
    const DONE: &str = "delete from touched where unit = $1 and leased_until = $2 and touches = $3";
    const AGAIN: &str = "update touched set due_at = $3, leased_until = 0 where unit = $1 and leased_until = $2";
    let key = key(claimed.unit)?;
    let (lease, touches) = (claimed.leased_until, claimed.touches.cast_signed());
    each!(tx, tx => {
        let done = sqlx::query(DONE).bind(key).bind(lease).bind(touches).execute(&mut **tx).await?;
        if done.rows_affected() == 1 {
            return Ok(Settled::Current);
        }
        let again = sqlx::query(AGAIN).bind(key).bind(lease).bind(again_at).execute(&mut **tx).await?;
        Ok(if again.rows_affected() == 1 { Settled::Outdated } else { Settled::Lost })
    })
}

/// Makes everything that waits due at `now_at`; with `take_over` also what other processes have claimed, which store nothing then.
///
/// # Errors
/// The database's.
pub async fn hasten(tx: &mut Tx, now_at: i64, take_over: bool) -> Result<()> {
    const DUE: &str = "update touched set due_at = $1 where due_at > $1";
    const FREE: &str = "update touched set leased_until = 0 where leased_until > 0";
    each!(tx, tx => {
        sqlx::query(DUE).bind(now_at).execute(&mut **tx).await?;
        if take_over {
            sqlx::query(FREE).execute(&mut **tx).await?;
        }
    });
    Ok(())
}

/// How many units of a level wait, and the earliest `due_at` of all levels.
///
/// # Errors
/// The database's.
pub async fn waiting(db: &Db, level: Level) -> Result<(u64, Option<i64>)> {
    const SQL: &str = "
        select (select count(*) from touched where unit >= $1 and unit < $2), (select min(due_at) from touched)";
    let first = first_key(level);
    let (count, due_at): (i64, Option<i64>) = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(first).bind(first + keys::LEVEL).fetch_one(pool).await?);
    Ok((narrow("count", count)?, due_at))
}

/// When the earliest hour of a host begins that waits; none if none does.
///
/// # Errors
/// The database's.
pub async fn oldest_hour(db: &Db) -> Result<Option<i64>> {
    const SQL: &str = "select min(unit) from touched where unit < $1";
    let end = first_key(Level::HostHour) + keys::LEVEL;
    let first: Option<i64> = each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(end).fetch_one(pool).await?);
    Ok(first.map(|key| keys::host_and_hour_at(key).1))
}

/// Which units between two of one level, both included, wait.
///
/// # Errors
/// The database's.
pub async fn waiting_among(db: &Db, first: Unit, last: Unit) -> Result<HashSet<Unit>> {
    const SQL: &str = "select unit from touched where unit >= $1 and unit <= $2";
    let (first, last) = (key(first)?, key(last)?);
    let keys: Vec<i64> =
        each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(first).bind(last).fetch_all(pool).await?);
    Ok(keys.into_iter().map(unit).collect())
}

fn first_key(level: Level) -> i64 {
    let number = match level {
        Level::HostHour => 0,
        Level::HostDay => 1,
        Level::FleetHour => 2,
        Level::FleetDay => 3,
        Level::FleetWeek => 4,
    };
    number * keys::LEVEL
}

fn key(unit: Unit) -> Result<i64> {
    let within = match unit {
        Unit::HostHour { hour_at, host } => keys::hour_host(host, hour_at)?,
        Unit::HostDay { day_at, host } => keys::day_host(host, day_at)?,
        Unit::FleetHour { hour_at } => hour_at / HOUR_MS,
        Unit::FleetDay { day_at } => day_at / DAY_MS,
        Unit::FleetWeek { week_at } => week_at / DAY_MS,
    };
    Ok(first_key(unit.level()) + within)
}

fn unit(key: i64) -> Unit {
    let within = key % keys::LEVEL;
    let host_unit = |(host, at): (HostId, i64)| (at, host);
    match key / keys::LEVEL {
        0 => {
            let (hour_at, host) = host_unit(keys::host_and_hour_at(within));
            Unit::HostHour { hour_at, host }
        }
        1 => {
            let (day_at, host) = host_unit(keys::host_and_day_at(within));
            Unit::HostDay { day_at, host }
        }
        2 => Unit::FleetHour { hour_at: within * HOUR_MS },
        3 => Unit::FleetDay { day_at: within * DAY_MS },
        _ => Unit::FleetWeek { week_at: within * DAY_MS },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::LATEST_AT;

    #[test]
    fn units_are_read_back_from_their_keys() {
        let host = HostId(7);
        let (hour_at, day_at) = (LATEST_AT / HOUR_MS * HOUR_MS - HOUR_MS, LATEST_AT / DAY_MS * DAY_MS - DAY_MS);
        for one in [
            Unit::HostHour { hour_at, host },
            Unit::HostHour { hour_at: 0, host },
            Unit::HostDay { day_at, host },
            Unit::FleetHour { hour_at },
            Unit::FleetDay { day_at },
            Unit::FleetWeek { week_at: day_at },
        ] {
            assert_eq!(unit(key(one).unwrap()), one);
            let first = first_key(one.level());
            assert!((first..first + keys::LEVEL).contains(&key(one).unwrap()));
        }
    }
}
