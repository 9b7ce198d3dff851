//! Enrolments: who may push for which host.
use super::{Db, Result, Tx};
use crate::model::agent::{Agent, AgentState, NewAgent};
use crate::model::{AgentId, HostId};

/// What a key stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyholder {
    pub agent: AgentId,
    pub host: HostId,
    pub state: AgentState,
}

pub async fn find_by_key(db: &Db, key_sha256: &[u8; 32]) -> Result<Option<Keyholder>> {
    todo!()
}
pub async fn find(db: &Db, id: AgentId) -> Result<Option<Agent>> {
    todo!()
}
/// Every enrolment, those that wait for a person first (pending, conflict), then by name and id.
pub async fn list(db: &Db) -> Result<Vec<Agent>> {
    todo!()
}
/// Enrolments of this machine identity, newest first. Locks them (PostgreSQL) so that two enrolments cannot both be the first.
pub async fn of_machine(tx: &mut Tx, machine_id: &str) -> Result<Vec<Agent>> {
    todo!()
}
/// The host of this identity; made, with this name and group, if there is none.
pub async fn host_of_identity(tx: &mut Tx, identity: &str, name: &str, group: &str, now_at: i64) -> Result<HostId> {
    todo!()
}
pub async fn insert(tx: &mut Tx, agent: &NewAgent, now_at: i64) -> Result<AgentId> {
    todo!()
}
/// Gives an enrolment whose first answer was lost another key.
pub async fn replace_key(tx: &mut Tx, id: AgentId, key_sha256: &[u8; 32]) -> Result<()> {
    todo!()
}
/// Sets the state, if it is `from` now. False if it is not: somebody else decided meanwhile.
pub async fn decide(tx: &mut Tx, id: AgentId, from: AgentState, to: AgentState, now_at: i64) -> Result<bool> {
    todo!()
}
/// Moves an enrolment to another host (a clone that a person keeps apart).
pub async fn move_to_host(tx: &mut Tx, id: AgentId, host: HostId) -> Result<()> {
    todo!()
}
