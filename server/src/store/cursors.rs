//! How far each spool of a host is stored: what makes a batch count once.
use super::{Db, Result, Tx};
use crate::model::HostId;

/// Locks the cursor of this spool for the rest of the transaction and answers up to which sequence number it is stored (0 for a
/// new spool, whose cursor this makes). First of all in every accept.
pub async fn lock(tx: &mut Tx, host: HostId, epoch: &str, now_at: i64) -> Result<u64> {
    todo!()
}
pub async fn advance(tx: &mut Tx, host: HostId, epoch: &str, acked_seq: u64, now_at: i64) -> Result<()> {
    todo!()
}
/// Up to which sequence number this spool is stored; none if it never spoke.
pub async fn find(db: &Db, host: HostId, epoch: &str) -> Result<Option<u64>> {
    todo!()
}
