//! Snapshots as they arrived.
use super::{Db, Result, Tx};
use crate::model::HostId;
use crate::model::snapshot::Snapshot;

/// The newest snapshot taken at or before `at`.
pub async fn at(db: &Db, host: HostId, at: i64) -> Result<Option<Snapshot>> {
    todo!()
}
/// Every snapshot taken in `from_at..to_at`, in order.
pub async fn range(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<Snapshot>> {
    todo!()
}
