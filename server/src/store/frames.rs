//! Snapshots as they arrived.

use std::collections::BTreeMap;

use super::values::corrupt;
use super::{Db, Result, Tx, keys};
use crate::each;
use crate::history::frame;
use crate::model::HostId;
use crate::model::snapshot::Snapshot;
use crate::model::time::{LATEST_AT, hour_start};

/// Keeps a frame (`body`: [`crate::history::frame`]). False if the host already has one of that instant, which stays.
///
/// # Errors
/// The database's, or the instant does not fit the key of a frame.
pub async fn insert(tx: &mut Tx, host: HostId, taken_at: i64, body: &[u8]) -> Result<bool> {
    const SQL: &str = "insert into frames (frame_id, body) values ($1, $2) on conflict (frame_id) do nothing";
    let id = keys::frame(host, taken_at)?;
    let rows = each!(tx, tx => sqlx::query(SQL).bind(id).bind(body).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

/// The newest snapshot taken at or before `at`.
///
/// # Errors
/// The database's; `Decode` if the frame, or one that it is based on, is missing or damaged.
pub async fn at(db: &Db, host: HostId, at: i64) -> Result<Option<Snapshot>> {
    const SQL: &str = "
        select frame_id, body from frames where frame_id >= $1 and frame_id < $2 order by frame_id desc limit 1";
    let keys = keys::frames(host, 0..at.saturating_add(1))?;
    let newest: Option<(i64, Vec<u8>)> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(keys.start).bind(keys.end).fetch_optional(pool).await?);
    let Some((id, body)) = newest else { return Ok(None) };
    let taken_at = keys::taken_at(id);
    let mut frames = Frames::new(host);
    if frame::base_at(&body).map_err(corrupt)?.is_some() {
        frames.add(read(db, host, hour_start(taken_at), taken_at).await?);
    }
    frames.bodies.insert(taken_at, body);
    frames.decode(taken_at)?;
    Ok(frames.decoded.remove(&taken_at))
}

/// Every snapshot taken in `from_at..to_at`, in order.
///
/// # Errors
/// As for [`at`].
pub async fn range(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<Snapshot>> {
    let from_at = from_at.clamp(0, LATEST_AT);
    let mut frames = Frames::new(host);
    // From the start of the hour: deltas are based on snapshots of their own hour.
    frames.add(read(db, host, hour_start(from_at), to_at).await?);
    let wanted: Vec<i64> = frames.bodies.range(from_at..).map(|(taken_at, _)| *taken_at).collect();
    for taken_at in wanted {
        frames.decode(taken_at)?;
    }
    Ok(frames.decoded.split_off(&from_at).into_values().collect())
}

/// The instants at which snapshots were taken in `from_at..to_at`, in order.
///
/// # Errors
/// The database's.
pub async fn instants(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<i64>> {
    const SQL: &str = "select frame_id from frames where frame_id >= $1 and frame_id < $2 order by frame_id";
    let keys = keys::frames(host, from_at..to_at)?;
    let ids: Vec<i64> = each!(db.reader(), pool =>
        sqlx::query_scalar(SQL).bind(keys.start).bind(keys.end).fetch_all(pool).await?);
    Ok(ids.into_iter().map(keys::taken_at).collect())
}

async fn read(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<(i64, Vec<u8>)>> {
    const SQL: &str = "select frame_id, body from frames where frame_id >= $1 and frame_id < $2 order by frame_id";
    let keys = keys::frames(host, from_at..to_at)?;
    each!(db.reader(), pool => sqlx::query_as(SQL).bind(keys.start).bind(keys.end).fetch_all(pool).await)
}

/// Frames of one host by instant, and those of them that were decoded.
struct Frames {
    host: HostId,
    bodies: BTreeMap<i64, Vec<u8>>,
    decoded: BTreeMap<i64, Snapshot>,
}

impl Frames {
    fn new(host: HostId) -> Self {
        Self { host, bodies: BTreeMap::new(), decoded: BTreeMap::new() }
    }

    fn add(&mut self, rows: Vec<(i64, Vec<u8>)>) {
        self.bodies.extend(rows.into_iter().map(|(id, body)| (keys::taken_at(id), body)));
    }

    /// Decodes one frame and before it those that it is based on, no others.
    fn decode(&mut self, taken_at: i64) -> Result<()> {
        let mut chain = Vec::new();
        let mut next = Some(taken_at);
        while let Some(at) = next.filter(|at| !self.decoded.contains_key(at)) {
            let base_at = frame::base_at(self.body(at)?).map_err(|e| self.damaged(at, &e))?;
            // A base is earlier, so that this ends.
            if base_at.is_some_and(|base_at| base_at >= at) {
                return Err(self.damaged(at, &"it is based on a later one"));
            }
            chain.push((at, base_at));
            next = base_at;
        }
        while let Some((at, base_at)) = chain.pop() {
            let base = base_at.and_then(|base_at| self.decoded.get(&base_at));
            let snapshot = frame::decode(self.body(at)?, base).map_err(|e| self.damaged(at, &e))?;
            self.decoded.insert(at, snapshot);
        }
        Ok(())
    }

    fn body(&self, taken_at: i64) -> Result<&[u8]> {
        match self.bodies.get(&taken_at) {
            Some(body) => Ok(body),
            None => Err(self.damaged(taken_at, &"later frames are based on it, but it is missing")),
        }
    }

    fn damaged(&self, taken_at: i64, why: &dyn std::fmt::Display) -> sqlx::Error {
        corrupt(format!("the frame of host {} at {taken_at} cannot be read: {why}", self.host))
    }
}
