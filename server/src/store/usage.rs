//! Usage per host and hour.
use super::{Db, Result};
use crate::model::HostId;
use crate::model::usage::{Usage, UsageHour};

/// The hours of one host that touch `from_at..to_at`, in order. Hours not yet rolled up are computed from their frames.
pub async fn of_host(db: &Db, host: HostId, from_at: i64, to_at: i64, now_at: i64) -> Result<Vec<UsageHour>> {
    todo!()
}
/// The rolled-up hours of all hosts that touch `from_at..to_at`, by hour, then host. At most a few minutes behind.
pub async fn of_fleet(db: &Db, from_at: i64, to_at: i64) -> Result<Vec<UsageHour>> {
    todo!()
}
/// As [`of_fleet`], each hour summed up and its cells left unread: (host, hour, usage). For ranges beyond a few days.
pub async fn hours_of_fleet(db: &Db, from_at: i64, to_at: i64) -> Result<Vec<(HostId, i64, Usage)>> {
    todo!()
}
