//! Who held the sessions.
use super::{Db, Result};
use crate::model::holder::{Held, Measure, TopHolder};
use crate::model::{ClientId, HostId, UserId};

/// Which hosts, and from when to when (whole hours that touch it).
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// None is the fleet.
    pub host: Option<HostId>,
    pub from_at: i64,
    pub to_at: i64,
}

/// What a ranking shows: by which measure, which part of it, and only names that contain a text.
#[derive(Debug, Clone, Default)]
pub struct Ranking {
    pub measure: Measure,
    pub skip: usize,
    pub most: usize,
    /// Without regard to case; empty for all.
    pub name_contains: String,
}

/// The scope's clients by the measure, greatest first; ties by name. And how many there were in all.
pub async fn top_clients(db: &Db, scope: Scope, ranking: &Ranking) -> Result<(Vec<TopHolder<ClientId>>, usize)> {
    todo!()
}
pub async fn top_users(db: &Db, scope: Scope, ranking: &Ranking) -> Result<(Vec<TopHolder<UserId>>, usize)> {
    todo!()
}
/// What one client held on each host and hour of the range: (host, hour, held), by hour, then host.
pub async fn of_client(db: &Db, client: ClientId, from_at: i64, to_at: i64) -> Result<Vec<(HostId, i64, Held)>> {
    todo!()
}
/// As [`of_client`], for a user.
pub async fn of_user(db: &Db, user: UserId, from_at: i64, to_at: i64) -> Result<Vec<(HostId, i64, Held)>> {
    todo!()
}
