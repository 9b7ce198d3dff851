//! Snapshots: those that arrived lately as frames, all others in chunks.
//!
//! Compaction moves an hour's frames into its chunk in one transaction. Readers ask for both in one statement, so that they
//! neither miss a snapshot on its way nor see it twice.

use std::collections::HashSet;

use sqlx::QueryBuilder;

use super::rows::in_parts;
use super::{Db, Result, Tx, chunks, keys};
use crate::each;
use crate::model::HostId;
use crate::model::snapshot::Snapshot;
use crate::model::time::{HOUR_MS, LATEST_AT, hour_start};

mod hour;

use hour::Hour;

/// A frame that is to be kept.
#[derive(Debug)]
pub struct NewFrame {
    pub host: HostId,
    pub taken_at: i64,
    /// [`crate::history::frame`].
    pub body: Vec<u8>,
}

/// Keeps a frame. False if the host already has one of that instant, which stays.
///
/// # Errors
/// The database's, or the instant does not fit the key of a frame.
pub async fn insert(tx: &mut Tx, frame: &NewFrame) -> Result<bool> {
    Ok(insert_all(tx, std::slice::from_ref(frame)).await? == 1)
}

/// As [`insert`], many at once. Answers how many were kept.
///
/// # Errors
/// As there.
pub async fn insert_all(tx: &mut Tx, frames: &[NewFrame]) -> Result<u64> {
    let mut kept = 0;
    for frames in in_parts(frames) {
        let keys = frames.iter().map(|f| keys::frame(f.host, f.taken_at)).collect::<Result<Vec<_>>>()?;
        kept += each!(&mut *tx, tx => {
            let mut insert = QueryBuilder::new("insert into frames (frame_id, body) ");
            insert.push_values(keys.iter().zip(frames), |mut row, (key, frame)| {
                row.push_bind(*key).push_bind(frame.body.as_slice());
            });
            insert.push(" on conflict (frame_id) do nothing");
            insert.build().execute(&mut **tx).await?.rows_affected()
        });
    }
    Ok(kept)
}

/// Those of the hosts that have a frame of the instant already.
///
/// # Errors
/// As for [`insert`].
pub async fn hosts_that_have(db: &Db, frames: &[(HostId, i64)]) -> Result<HashSet<HostId>> {
    let mut found = HashSet::new();
    for frames in in_parts(frames) {
        let keys = frames.iter().map(|(host, taken_at)| keys::frame(*host, *taken_at)).collect::<Result<Vec<_>>>()?;
        let there: Vec<i64> = each!(db.reader(), pool => {
            let mut select = QueryBuilder::new("select frame_id from frames where frame_id in (");
            let mut list = select.separated(", ");
            keys.iter().for_each(|key| { list.push_bind(*key); });
            select.push(")");
            select.build_query_scalar().fetch_all(pool).await?
        });
        let is_there = |(key, _): &(&i64, &(HostId, i64))| there.contains(*key);
        found.extend(keys.iter().zip(frames).filter(is_there).map(|(_, (host, _))| *host));
    }
    Ok(found)
}

/// Removes the frames of an hour, which its chunk now holds.
///
/// # Errors
/// The database's.
pub async fn remove_hour(tx: &mut Tx, host: HostId, hour_at: i64) -> Result<u64> {
    const SQL: &str = "delete from frames where frame_id >= $1 and frame_id < $2";
    let keys = keys::frames(host, hour_at..hour_at.saturating_add(HOUR_MS))?;
    each!(tx, tx => Ok(sqlx::query(SQL).bind(keys.start).bind(keys.end).execute(&mut **tx).await?.rows_affected()))
}

/// The newest snapshot taken at or before `at`.
///
/// # Errors
/// The database's; `Decode` if the frame or chunk, or a frame that it is based on, is missing or damaged.
pub async fn at(db: &Db, host: HostId, at: i64) -> Result<Option<Snapshot>> {
    let mut at = at.min(LATEST_AT - 1);
    // Mostly it is in the very hour that was asked for.
    let mut next = (at >= 0).then(|| hour_start(at));
    while let Some(hour_at) = next {
        if let Some(snapshot) = read(db, host, hour_at).await?.newest(at)? {
            return Ok(Some(snapshot));
        }
        at = hour_at - 1;
        next = if at < 0 { None } else { chunks::newest_hour(db, host, at).await? };
    }
    Ok(None)
}

/// Every snapshot taken in `from_at..to_at`, in order.
///
/// # Errors
/// As for [`at`].
pub async fn range(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<Snapshot>> {
    let (from_at, to_at) = (from_at.clamp(0, LATEST_AT), to_at.clamp(0, LATEST_AT));
    let mut found = Vec::new();
    for hour in hours(db, host, from_at, to_at).await? {
        found.extend(hour.within(&(from_at..to_at))?);
    }
    Ok(found)
}

/// The instants at which snapshots were taken in `from_at..to_at`, in order.
///
/// # Errors
/// As for [`at`].
pub async fn instants(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<i64>> {
    let (from_at, to_at) = (from_at.clamp(0, LATEST_AT), to_at.clamp(0, LATEST_AT));
    let mut found = Vec::new();
    for hour in hours(db, host, from_at, to_at).await? {
        found.extend(hour.instants()?.into_iter().filter(|at| (from_at..to_at).contains(at)));
    }
    Ok(found)
}

/// For an hour's chunk: the newest snapshot before it that may hold true into it, and every snapshot within it; what was first at
/// an instant stays. A damaged hour before is no reason to leave this one undone: the snapshot before it is unknown then.
///
/// # Errors
/// As for [`at`].
pub async fn hour(db: &Db, host: HostId, hour_at: i64) -> Result<(Option<Snapshot>, Vec<Snapshot>)> {
    /// No snapshot holds true for longer: twice the longest interval that is accepted, an hour.
    const HOLDS_MS: i64 = 2 * HOUR_MS;
    let end_at = hour_at.saturating_add(HOUR_MS);
    let (mut earlier, mut within) = (Vec::new(), Vec::new());
    for hour in hours(db, host, (hour_at - HOLDS_MS).max(0), end_at).await? {
        if hour.starts_at() < hour_at { earlier.push(hour) } else { within = hour.within(&(hour_at..end_at))? }
    }
    // The hour before may have none of its own: then what held true through it is in the one before that.
    for hour in earlier.into_iter().rev() {
        match hour.newest(hour_at - 1) {
            Ok(None) => {}
            Ok(before) => return Ok((before, within)),
            Err(sqlx::Error::Decode(_)) => break,
            Err(error) => return Err(error),
        }
    }
    Ok((None, within))
}

async fn read(db: &Db, host: HostId, at: i64) -> Result<Hour> {
    let hour_at = hour_start(at);
    let hours = hours(db, host, hour_at, hour_at.saturating_add(HOUR_MS)).await?;
    Ok(hours.into_iter().next().unwrap_or_else(|| Hour::new(host, hour_at)))
}

/// The hours that touch the instants, with their chunks and frames, in order; those without any are left out.
async fn hours(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<Hour>> {
    // From the start of the hour: frames are based on earlier snapshots of their own hour.
    const SQL: &str = "
        select 0 + hour_host as record_key, cast(1 as bigint) as is_chunk, body from chunks
            where host_id = $1 and hour_host >= $2 and hour_host < $3
        union all
        select frame_id, cast(0 as bigint), body from frames where frame_id >= $4 and frame_id < $5
        order by is_chunk desc, record_key";
    if from_at >= to_at {
        return Ok(Vec::new());
    }
    let from_at = hour_start(from_at);
    let frames = keys::frames(host, from_at..to_at)?;
    // The last hour as a whole: where a frame's base may be.
    let chunks = keys::hours_of_fleet(from_at..to_at);
    let rows: Vec<(i64, i64, Vec<u8>)> = each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(host)
        .bind(chunks.start)
        .bind(chunks.end)
        .bind(frames.start)
        .bind(frames.end)
        .fetch_all(pool)
        .await?);
    let mut hours = std::collections::BTreeMap::new();
    for (key, is_chunk, body) in rows {
        let at = if is_chunk == 1 { keys::host_and_hour_at(key).1 } else { keys::taken_at(key) };
        let hour = hours.entry(hour_start(at)).or_insert_with(|| Hour::new(host, hour_start(at)));
        if is_chunk == 1 { hour.chunk = Some(body) } else { hour.add_frame(at, body) }
    }
    Ok(hours.into_values().collect())
}
