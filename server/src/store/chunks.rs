//! Chunks: whole hours of hosts, compacted out of their frames.

use std::ops::Range;

use sqlx::QueryBuilder;

use super::rows::in_parts;
use super::{Db, Result, Tx, keys};
use crate::each;
use crate::model::HostId;
use crate::model::time::HOUR_MS;

/// Keeps the chunks of these hours (bodies: [`crate::history::chunk`]), none twice, in place of those that were there.
///
/// # Errors
/// The database's.
pub async fn save(tx: &mut Tx, chunks: &[(HostId, i64, &[u8])]) -> Result<()> {
    for chunks in in_parts(chunks) {
        let keys =
            chunks.iter().map(|(host, hour_at, _)| keys::hour_host(*host, *hour_at)).collect::<Result<Vec<_>>>()?;
        each!(&mut *tx, tx => {
            let mut upsert = QueryBuilder::new("insert into chunks (hour_host, host_id, body) ");
            upsert.push_values(keys.iter().zip(chunks), |mut row, (key, (host, _, body))| {
                row.push_bind(*key).push_bind(*host).push_bind(*body);
            });
            upsert.push(" on conflict (hour_host) do update set body = excluded.body");
            upsert.build().execute(&mut **tx).await?;
        });
    }
    Ok(())
}

/// The chunk of an hour, if it has one.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, host: HostId, hour_at: i64) -> Result<Option<Vec<u8>>> {
    const SQL: &str = "select body from chunks where hour_host = $1";
    let key = keys::hour_host(host, hour_at)?;
    each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(key).fetch_optional(pool).await)
}

/// Some of all hosts' chunks of an hour: up to `most`, of hosts after `after`, in order.
///
/// # Errors
/// The database's.
pub async fn of_fleet(db: &Db, hour_at: i64, after: Option<HostId>, most: u32) -> Result<Vec<(HostId, Vec<u8>)>> {
    const SQL: &str =
        "select hour_host, body from chunks where hour_host >= $1 and hour_host < $2 order by hour_host limit $3";
    let Range { start, end } = keys::hosts_of_hour(hour_at, after)?;
    let rows: Vec<(i64, Vec<u8>)> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(start).bind(end).bind(i64::from(most)).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(key, body)| (keys::host_and_hour_at(key).0, body)).collect())
}

/// The newest hour of a host that starts at or before `at` and of which there is a chunk or a frame.
///
/// # Errors
/// The database's.
pub(super) async fn newest_hour(db: &Db, host: HostId, at: i64) -> Result<Option<i64>> {
    // One statement, so that a compaction that moves frames into a chunk meanwhile cannot hide both.
    const SQL: &str = "
        select
            (select max(hour_host) from chunks where host_id = $1 and hour_host <= $2),
            (select max(frame_id) from frames where frame_id >= $3 and frame_id < $4)";
    let hour_at = at.clamp(0, crate::model::time::LATEST_AT - 1) / HOUR_MS * HOUR_MS;
    let frames = keys::frames(host, 0..hour_at.saturating_add(HOUR_MS))?;
    let (chunk, frame): (Option<i64>, Option<i64>) = each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(host)
        .bind(keys::hour_host(host, hour_at)?)
        .bind(frames.start)
        .bind(frames.end)
        .fetch_one(pool)
        .await?);
    let of_frame = frame.map(|id| keys::taken_at(id) / HOUR_MS * HOUR_MS);
    Ok(chunk.map(|key| keys::host_and_hour_at(key).1).max(of_frame))
}
