//! How far each spool of a host is stored: what makes a batch count once.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::rows::in_parts;
use super::{Db, Result, Tx};
use crate::each;
use crate::model::HostId;

/// A spool: its host, and the epoch that names it.
pub type Spool<'a> = (HostId, &'a str);

/// Locks the cursors of these spools for the rest of the transaction and answers up to which sequence number each is stored (0 for
/// a new spool, whose cursor this makes). First of all in every accept, once, the spools in ascending order and none twice: then no
/// two transactions wait for each other.
///
/// # Errors
/// The database's.
pub async fn lock<'a>(tx: &mut Tx, spools: &[Spool<'a>], now_at: i64) -> Result<HashMap<Spool<'a>, u64>> {
    debug_assert!(spools.is_sorted_by(|a, b| a < b), "spools come in order");
    let mut stored = HashMap::with_capacity(spools.len());
    for spools in in_parts(spools) {
        let rows: Vec<(HostId, String, i64)> = each!(&mut *tx, tx => {
            let mut upsert = QueryBuilder::new("insert into cursors (host_id, epoch, acked_seq, started_at, updated_at) ");
            upsert.push_values(spools, |mut row, (host, epoch)| {
                row.push_bind(*host).push_bind(*epoch).push_bind(0_i64).push_bind(now_at).push_bind(now_at);
            });
            // The update is what locks the row on PostgreSQL, whether it is new or not; SQLite has one writer anyway.
            upsert.push(
                " on conflict (host_id, epoch) do update set updated_at = excluded.updated_at
                returning host_id, epoch, acked_seq",
            );
            upsert.build_query_as().fetch_all(&mut **tx).await?
        });
        for (host, epoch, acked_seq) in rows {
            // Answers come in any order.
            if let Ok(index) = spools.binary_search(&(host, &epoch)) {
                stored.insert(spools[index], acked_seq.cast_unsigned());
            }
        }
    }
    Ok(stored)
}

/// A spool that was stored further: up to which sequence number, and when what has that number was observed, if it says so.
pub type Advanced<'a> = (Spool<'a>, u64, Option<i64>);

/// When the last stored record of a locked spool was observed; none if there is none, or it does not say so.
///
/// # Errors
/// The database's.
pub async fn mark(tx: &mut Tx, (host, epoch): Spool<'_>) -> Result<Option<i64>> {
    const SQL: &str = "select mark from cursors where host_id = $1 and epoch = $2";
    let mark: Option<Option<i64>> =
        each!(tx, tx => sqlx::query_scalar(SQL).bind(host).bind(epoch).fetch_optional(&mut **tx).await?);
    Ok(mark.flatten())
}

/// Says how far these spools are stored, once their records are in the same transaction.
///
/// # Errors
/// `RowNotFound` if a cursor was not locked before.
pub async fn advance(tx: &mut Tx, spools: &[Advanced<'_>], now_at: i64) -> Result<()> {
    for spools in in_parts(spools) {
        let advanced = each!(&mut *tx, tx => {
            let mut update = QueryBuilder::new("update cursors set acked_seq = v.column3, mark = v.column4, updated_at = ");
            update.push_bind(now_at).push(" from (");
            update.push_values(spools, |mut row, ((host, epoch), acked_seq, mark)| {
                row.push_bind(*host).push_bind(*epoch).push_bind(acked_seq.cast_signed()).push_bind(*mark);
            });
            update.push(") as v where host_id = v.column1 and epoch = v.column2");
            update.build().execute(&mut **tx).await?.rows_affected()
        });
        if advanced != spools.len() as u64 {
            return Err(sqlx::Error::RowNotFound);
        }
    }
    Ok(())
}

/// Up to which sequence number this spool is stored; none if it never spoke.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, host: HostId, epoch: &str) -> Result<Option<u64>> {
    const SQL: &str = "select acked_seq from cursors where host_id = $1 and epoch = $2";
    let acked_seq: Option<i64> = each!(db.reader(), pool =>
        sqlx::query_scalar(SQL).bind(host).bind(epoch).fetch_optional(pool).await?);
    Ok(acked_seq.map(i64::cast_unsigned))
}
