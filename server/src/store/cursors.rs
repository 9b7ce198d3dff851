//! How far each spool of a host is stored: what makes a batch count once.

use super::values::one_row;
use super::{Db, Result, Tx};
use crate::each;
use crate::model::HostId;

/// Locks the cursor of this spool for the rest of the transaction and answers up to which sequence number it is stored (0 for a
/// new spool, whose cursor this makes). First of all in every accept; a transaction that locks several does so in one order.
///
/// # Errors
/// The database's.
pub async fn lock(tx: &mut Tx, host: HostId, epoch: &str, now_at: i64) -> Result<u64> {
    // The update is what locks the row on PostgreSQL, whether it is new or not; SQLite has one writer anyway.
    const SQL: &str = "
        insert into cursors (host_id, epoch, acked_seq, started_at, updated_at) values ($1, $2, 0, $3, $3)
        on conflict (host_id, epoch) do update set updated_at = excluded.updated_at
        returning acked_seq";
    let acked_seq: i64 = each!(tx, tx =>
        sqlx::query_scalar(SQL).bind(host).bind(epoch).bind(now_at).fetch_one(&mut **tx).await?);
    Ok(acked_seq.cast_unsigned())
}

/// Says how far the spool is stored, once its records are in the same transaction.
///
/// # Errors
/// `RowNotFound` if the cursor was not locked before.
pub async fn advance(tx: &mut Tx, host: HostId, epoch: &str, acked_seq: u64, now_at: i64) -> Result<()> {
    const SQL: &str = "update cursors set acked_seq = $3, updated_at = $4 where host_id = $1 and epoch = $2";
    let acked_seq = acked_seq.cast_signed();
    one_row(each!(tx, tx => sqlx::query(SQL)
        .bind(host)
        .bind(epoch)
        .bind(acked_seq)
        .bind(now_at)
        .execute(&mut **tx)
        .await?
        .rows_affected()))
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
