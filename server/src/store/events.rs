//! Events.
use super::{Db, Result, Tx};
use crate::model::event::{Event, EventClass, NewEvent};
use crate::model::{EventId, HostId};

/// Which events; a field that is none or empty does not filter.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    pub host: Option<HostId>,
    pub class: Option<EventClass>,
    pub code: Option<u32>,
    pub from_at: Option<i64>,
    pub to_at: Option<i64>,
    /// Events before this one in the order of the list (newest first): the last row of the page before.
    pub after: Option<(i64, EventId)>,
    pub most: u32,
}

/// Keeps events; one that is here already (same host, channel, log epoch, record id and instant) changes nothing. Answers how
/// many were new.
pub async fn insert(tx: &mut Tx, host: HostId, events: &[NewEvent], received_at: i64) -> Result<u64> {
    todo!()
}
/// Newest first: by recorded_at, then id, both descending.
pub async fn list(db: &Db, filter: &EventFilter) -> Result<Vec<Event>> {
    todo!()
}
pub async fn find(db: &Db, id: EventId) -> Result<Option<Event>> {
    todo!()
}
/// How many events of each class there are in the range.
pub async fn counts(db: &Db, host: Option<HostId>, from_at: i64, to_at: i64) -> Result<Vec<(EventClass, u64)>> {
    todo!()
}
/// The newest event of every host that has one and is not foreign or noise: (host, recorded_at, code).
pub async fn newest_of_hosts(db: &Db) -> Result<Vec<(HostId, i64, u32)>> {
    todo!()
}
