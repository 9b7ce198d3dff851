//! Snapshots too large for one record wait here until their last part has come.
use super::{Result, Tx};
use crate::model::HostId;

/// Which snapshot a part belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Whole<'a> {
    pub host: HostId,
    pub epoch: &'a str,
    pub taken_at: i64,
}

/// Keeps one part (`body` is the wire's JSON). A repeated part changes nothing.
pub async fn keep(tx: &mut Tx, whole: Whole<'_>, index: u32, body: &[u8]) -> Result<()> {
    todo!()
}
/// Takes all parts that are here out again, in order of index.
pub async fn take(tx: &mut Tx, whole: Whole<'_>) -> Result<Vec<(u32, Vec<u8>)>> {
    todo!()
}
/// Drops parts of snapshots of this host and epoch older than `whole.taken_at`: their rest will never come, since records come
/// in order. Answers how many snapshots were incomplete.
pub async fn drop_older(tx: &mut Tx, whole: Whole<'_>) -> Result<u64> {
    todo!()
}
