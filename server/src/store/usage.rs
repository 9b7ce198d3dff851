//! Usage per host and hour.
use super::{Db, Result, Tx};
use crate::model::HostId;
use crate::model::usage::UsageHour;

/// The hours of one host that touch `from_at..to_at`, in order. Hours not yet rolled up are computed from their frames.
pub async fn of_host(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<UsageHour>> {
    todo!()
}
/// The hours of all hosts that touch `from_at..to_at`, by hour, then host.
pub async fn of_fleet(db: &Db, from_at: i64, to_at: i64) -> Result<Vec<UsageHour>> {
    todo!()
}
