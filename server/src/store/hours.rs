//! Hours of hosts whose frames changed since they were last rolled up. Leases are rows, so that several server processes on
//! one PostgreSQL never do one hour at once.
use super::{Db, Result, Tx};
use crate::model::HostId;
use crate::model::holder::HoldersHour;
use crate::model::usage::UsageHour;

/// An hour that a process has claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    pub host: HostId,
    pub hour_at: i64,
    /// How often the hour had been touched when it was claimed.
    pub touches: u64,
}

/// Says that an hour's frames changed. An hour that waits already keeps its earlier `due_at`.
pub async fn touch(tx: &mut Tx, host: HostId, hour_at: i64, due_at: i64) -> Result<()> {
    todo!()
}
/// Leases up to `most` due hours until `leased_until`, the longest due first.
pub async fn claim(db: &Db, now_at: i64, leased_until: i64, most: u32) -> Result<Vec<Claimed>> {
    todo!()
}
/// Stores what the hour adds up to. If it was touched since the claim, it stays due (at `again_at`), else it is done with.
pub async fn settle(
    tx: &mut Tx,
    claimed: &Claimed,
    usage: &UsageHour,
    holders: &HoldersHour,
    again_at: i64,
) -> Result<()> {
    todo!()
}
/// How many hours wait, and the earliest `due_at` of them.
pub async fn waiting(db: &Db) -> Result<(u64, Option<i64>)> {
    todo!()
}
