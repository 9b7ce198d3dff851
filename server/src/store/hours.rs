//! Hours of hosts whose frames changed since they were last rolled up. Leases are rows, so that several server processes on
//! one PostgreSQL never do one hour at once.

use super::values::narrow;
use super::{Db, Result, Tx, holders, is_transient, keys, usage};
use crate::each;
use crate::model::HostId;
use crate::model::holder::HoldersHour;
use crate::model::usage::UsageHour;

/// How often a claim that met another one is tried again at once.
const RETRIES: u32 = 8;

/// An hour that a process has claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    pub host: HostId,
    pub hour_at: i64,
    /// How often the hour had been touched when it was claimed.
    pub touches: u64,
    /// Until when nobody else may claim it. No two claims of an hour have the same, so it also names the claim.
    pub leased_until: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    hour_host: i64,
    touches: i64,
    due_at: i64,
}

/// Says that an hour's frames changed. An hour that waits already keeps its `due_at` if that is earlier. A transaction that
/// touches several hours does so in one order (by hour, then host), or two of them may wait for each other.
///
/// # Errors
/// The database's.
pub async fn touch(tx: &mut Tx, host: HostId, hour_at: i64, due_at: i64) -> Result<()> {
    const SQL: &str = "
        insert into touched_hours (hour_host, touches, due_at, leased_until) values ($1, 1, $2, 0)
        on conflict (hour_host) do update set
            touches = touched_hours.touches + 1,
            due_at = case when excluded.due_at < touched_hours.due_at then excluded.due_at else touched_hours.due_at end";
    let key = keys::hour_host(host, hour_at)?;
    each!(tx, tx => sqlx::query(SQL).bind(key).bind(due_at).execute(&mut **tx).await.map(|_| ()))
}

/// Leases up to `most` due hours until `leased_until`, the longest due first. Of several that claim at once each gets hours that
/// no other gets; it may be fewer than are due.
///
/// # Errors
/// The database's.
pub async fn claim(db: &Db, now_at: i64, leased_until: i64, most: u32) -> Result<Vec<Claimed>> {
    let mut tries = 0;
    loop {
        match try_claim(db, now_at, leased_until, most).await {
            Err(error) if is_transient(&error) && tries < RETRIES => tries += 1,
            outcome => return outcome,
        }
    }
}

async fn try_claim(db: &Db, now_at: i64, leased_until: i64, most: u32) -> Result<Vec<Claimed>> {
    // PostgreSQL lets a second claimer pick the same rows, wait for the first, and then look at the outer condition once more.
    const SQL: &str = "
        update touched_hours set leased_until = $2
        where hour_host in (
                select hour_host from touched_hours where due_at <= $1 and leased_until <= $1
                order by due_at, hour_host limit $3)
            and due_at <= $1 and leased_until <= $1
        returning hour_host, touches, due_at";
    let mut tx = db.begin().await?;
    let mut rows: Vec<Row> = each!(&mut tx, tx => sqlx::query_as(SQL)
        .bind(now_at)
        .bind(leased_until)
        .bind(i64::from(most))
        .fetch_all(&mut **tx)
        .await?);
    tx.commit().await?;
    rows.sort_unstable_by_key(|row| (row.due_at, row.hour_host));
    rows.into_iter()
        .map(|row| {
            let (host, hour_at) = keys::host_and_hour_at(row.hour_host);
            Ok(Claimed { host, hour_at, touches: narrow("touched_hours.touches", row.touches)?, leased_until })
        })
        .collect()
}

/// Stores what the hour adds up to. If it was touched since the claim, it stays due (at `again_at`), else it is done with. If the
/// lease ran out and somebody else has the hour, or has done it, nothing is stored: theirs is newer.
///
/// # Errors
/// The database's.
pub async fn settle(
    tx: &mut Tx,
    claimed: &Claimed,
    usage: &UsageHour,
    holders: &HoldersHour,
    again_at: i64,
) -> Result<()> {
    const DONE: &str = "delete from touched_hours where hour_host = $1 and leased_until = $2 and touches = $3";
    const AGAIN: &str = "
        update touched_hours set due_at = $3, leased_until = 0 where hour_host = $1 and leased_until = $2";
    let key = keys::hour_host(claimed.host, claimed.hour_at)?;
    let touches = claimed.touches.cast_signed();
    let ours = each!(&mut *tx, tx => {
        let done = sqlx::query(DONE).bind(key).bind(claimed.leased_until).bind(touches).execute(&mut **tx).await?;
        done.rows_affected() == 1 || {
            let again = sqlx::query(AGAIN).bind(key).bind(claimed.leased_until).bind(again_at).execute(&mut **tx).await?;
            again.rows_affected() == 1
        }
    });
    if ours {
        usage::save(tx, key, usage).await?;
        holders::save(tx, key, holders).await?;
    }
    Ok(())
}

/// How many hours wait, and the earliest `due_at` of them.
///
/// # Errors
/// The database's.
pub async fn waiting(db: &Db) -> Result<(u64, Option<i64>)> {
    const SQL: &str = "select count(*), min(due_at) from touched_hours";
    let (count, due_at): (i64, Option<i64>) = each!(db.reader(), pool => sqlx::query_as(SQL).fetch_one(pool).await?);
    Ok((narrow("count", count)?, due_at))
}
