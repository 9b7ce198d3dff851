//! What was lost or never observed.

use super::values::text;
use super::{Db, Result, Tx};
use crate::each;
use crate::model::HostId;
use crate::model::gap::Gap;

#[derive(sqlx::FromRow)]
struct Row {
    from_at: i64,
    to_at: i64,
    reason: String,
    lost_records: Option<i64>,
    detail: String,
}

/// Keeps a gap, once: a spool that goes on under another name tells again what it had told.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, host: HostId, gap: &Gap, received_at: i64) -> Result<()> {
    const SQL: &str = "
        insert into gaps (host_id, from_at, to_at, reason, lost_records, detail, received_at)
        select $1, $2, $3, $4, $5, $6, $7
        where not exists (select 1 from gaps where host_id = $1 and from_at = $2 and to_at = $3 and reason = $4
            and lost_records is not distinct from $5 and detail = $6)";
    each!(tx, tx => sqlx::query(SQL)
        .bind(host)
        .bind(gap.from_at)
        .bind(gap.to_at)
        .bind(text(&gap.reason))
        .bind(gap.lost_records.map(u64::cast_signed))
        .bind(text(&gap.detail))
        .bind(received_at)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// Counts records that the server left out: one gap for a host, where it begins, and its words, however often. `gap` begins where the hour does in
/// which they came, so that there is one for an hour; the index finds it by that.
///
/// # Errors
/// The database's.
pub async fn extend(tx: &mut Tx, host: HostId, gap: &Gap, received_at: i64) -> Result<()> {
    const SQL: &str = "
        update gaps set lost_records = coalesce(lost_records, 0) + $5, received_at = $7,
            to_at = case when to_at < $3 then $3 else to_at end
        where gap_id = (select min(gap_id) from gaps
            where host_id = $1 and from_at = $2 and reason = $4 and detail = $6)";
    let lost = gap.lost_records.map_or(0, |lost| i64::try_from(lost).unwrap_or(i64::MAX));
    let extended = each!(&mut *tx, tx => sqlx::query(SQL)
        .bind(host)
        .bind(gap.from_at)
        .bind(gap.to_at)
        .bind(text(&gap.reason))
        .bind(lost)
        .bind(text(&gap.detail))
        .bind(received_at)
        .execute(&mut **tx)
        .await?
        .rows_affected());
    if extended == 0 { insert(tx, host, gap, received_at).await } else { Ok(()) }
}

/// Gaps of a host that touch `from_at..to_at`, in order.
///
/// # Errors
/// The database's.
pub async fn of_host(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<Gap>> {
    const SQL: &str = "
        select from_at, to_at, reason, lost_records, detail from gaps
        where host_id = $1 and from_at < $3 and to_at >= $2
        order by from_at, to_at, gap_id";
    let rows: Vec<Row> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(host).bind(from_at).bind(to_at).fetch_all(pool).await?);
    Ok(rows.into_iter().map(Gap::from).collect())
}

impl From<Row> for Gap {
    fn from(row: Row) -> Self {
        Self {
            from_at: row.from_at,
            to_at: row.to_at,
            reason: row.reason,
            lost_records: row.lost_records.map(i64::cast_unsigned),
            detail: row.detail,
        }
    }
}
