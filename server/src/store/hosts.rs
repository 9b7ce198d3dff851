//! Hosts and what is true of them now.
use super::{Db, Result, Tx};
use crate::model::HostId;
use crate::model::host::{Host, HostNow};

pub async fn find(db: &Db, id: HostId) -> Result<Option<Host>> {
    todo!()
}
/// Every host with its state, in order of name.
pub async fn all_now(db: &Db) -> Result<Vec<HostNow>> {
    todo!()
}
pub async fn one_now(db: &Db, id: HostId) -> Result<Option<HostNow>> {
    todo!()
}
