//! Hosts and what is true of them now.
use super::{Db, Result, Tx};
use crate::model::HostId;
use crate::model::host::{Facts, Heard, Host, HostNow, Now};

pub async fn find(db: &Db, id: HostId) -> Result<Option<Host>> {
    todo!()
}
/// Every host with its state, in order of name (without regard to case), then id.
pub async fn all_now(db: &Db) -> Result<Vec<HostNow>> {
    todo!()
}
pub async fn one_now(db: &Db, id: HostId) -> Result<Option<HostNow>> {
    todo!()
}
/// Keeps what the host says of itself, unless something newer is known.
pub async fn save_facts(tx: &mut Tx, id: HostId, facts: &Facts) -> Result<()> {
    todo!()
}
/// Keeps the agent's last word and, if it is newer than what is known, the newest snapshot in figures.
pub async fn save_state(tx: &mut Tx, id: HostId, heard: &Heard, now: Option<&Now>) -> Result<()> {
    todo!()
}
