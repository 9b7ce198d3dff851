//! Snapshots as they arrived.
use super::{Db, Result, Tx};
use crate::model::HostId;
use crate::model::snapshot::Snapshot;

/// Keeps a frame (`body`: [`crate::history::frame`]). False if the host already has one of that instant, which stays.
pub async fn insert(tx: &mut Tx, host: HostId, taken_at: i64, body: &[u8]) -> Result<bool> {
    todo!()
}
/// The newest snapshot taken at or before `at`.
pub async fn at(db: &Db, host: HostId, at: i64) -> Result<Option<Snapshot>> {
    todo!()
}
/// Every snapshot taken in `from_at..to_at`, in order.
pub async fn range(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<Snapshot>> {
    todo!()
}
/// The instants at which snapshots were taken in `from_at..to_at`, in order.
pub async fn instants(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<i64>> {
    todo!()
}
