//! What was lost or never observed.
use super::{Db, Result, Tx};
use crate::model::HostId;
use crate::model::gap::Gap;

pub async fn insert(tx: &mut Tx, host: HostId, gap: &Gap, received_at: i64) -> Result<()> {
    todo!()
}
/// Gaps of a host that touch `from_at..to_at`, in order.
pub async fn of_host(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<Gap>> {
    todo!()
}
