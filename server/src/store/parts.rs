//! Snapshots too large for one record wait here until their last part has come.

use super::values::narrow;
use super::{Result, Tx};
use crate::each;
use crate::model::HostId;

/// Which snapshot a part belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Whole<'a> {
    pub host: HostId,
    pub epoch: &'a str,
    pub taken_at: i64,
}

/// Keeps one part (`body` is the wire's JSON). A repeated part changes nothing.
///
/// # Errors
/// The database's.
pub async fn keep(tx: &mut Tx, whole: Whole<'_>, index: u32, body: &[u8]) -> Result<()> {
    const SQL: &str = "
        insert into snapshot_parts (host_id, epoch, taken_at, part_index, body) values ($1, $2, $3, $4, $5)
        on conflict (host_id, epoch, taken_at, part_index) do nothing";
    each!(tx, tx => sqlx::query(SQL)
        .bind(whole.host)
        .bind(whole.epoch)
        .bind(whole.taken_at)
        .bind(i64::from(index))
        .bind(body)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// Takes all parts that are here out again, in order of index.
///
/// # Errors
/// The database's.
pub async fn take(tx: &mut Tx, whole: Whole<'_>) -> Result<Vec<(u32, Vec<u8>)>> {
    const SQL: &str = "
        delete from snapshot_parts where host_id = $1 and epoch = $2 and taken_at = $3
        returning part_index, body";
    let mut rows: Vec<(i64, Vec<u8>)> = each!(tx, tx => sqlx::query_as(SQL)
        .bind(whole.host)
        .bind(whole.epoch)
        .bind(whole.taken_at)
        .fetch_all(&mut **tx)
        .await?);
    rows.sort_unstable_by_key(|(index, _)| *index);
    rows.into_iter().map(|(index, body)| Ok((narrow("part_index", index)?, body))).collect()
}

/// Drops parts of snapshots of this host and epoch older than `whole.taken_at`: their rest will never come, since records come
/// in order. Answers how many snapshots were incomplete.
///
/// # Errors
/// The database's.
pub async fn drop_older(tx: &mut Tx, whole: Whole<'_>) -> Result<u64> {
    const SQL: &str = "
        delete from snapshot_parts where host_id = $1 and epoch = $2 and taken_at < $3
        returning taken_at";
    let mut snapshots: Vec<i64> = each!(tx, tx => sqlx::query_scalar(SQL)
        .bind(whole.host)
        .bind(whole.epoch)
        .bind(whole.taken_at)
        .fetch_all(&mut **tx)
        .await?);
    snapshots.sort_unstable();
    snapshots.dedup();
    Ok(snapshots.len() as u64)
}

/// Drops all parts of a host's snapshots if they have more than so many bytes together: spools without end could leave some each. True if it
/// did.
///
/// # Errors
/// The database's.
pub async fn bound(tx: &mut Tx, host: HostId, most_bytes: u64) -> Result<bool> {
    // The length is known without reading what is long.
    const SUM: &str = "
        select cast(coalesce(sum(octet_length(body)), 0) as bigint) from snapshot_parts where host_id = $1";
    const DROP: &str = "delete from snapshot_parts where host_id = $1";
    let bytes: i64 = each!(&mut *tx, tx => sqlx::query_scalar(SUM).bind(host).fetch_one(&mut **tx).await?);
    if bytes.unsigned_abs() <= most_bytes {
        return Ok(false);
    }
    each!(tx, tx => sqlx::query(DROP).bind(host).execute(&mut **tx).await.map(|_| ()))?;
    Ok(true)
}
