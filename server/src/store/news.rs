//! What is new for pages that are open.

use super::{Db, Result};
use crate::each;
use crate::model::{HostId, IncidentId};

/// The hosts that were heard at an instant or after it, and when each was last. The whole (short) table is read: an index would
/// be written with every batch, and this is asked every other second at most.
///
/// # Errors
/// The database's.
pub async fn heard_since(db: &Db, since_at: i64) -> Result<Vec<(HostId, i64)>> {
    const SQL: &str = "select host_id, seen_at from host_state where seen_at >= $1";
    each!(db.reader(), pool => sqlx::query_as(SQL).bind(since_at).fetch_all(pool).await)
}

/// The id of the event that was stored last: another one whenever there is a new event. 0 if there is none.
///
/// # Errors
/// The database's.
pub async fn newest_event(db: &Db) -> Result<i64> {
    const SQL: &str = "select coalesce(max(event_id), 0) from events";
    each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_one(pool).await)
}

/// Incidents that changed at an instant or after it, each with its version.
///
/// # Errors
/// The database's.
pub async fn incidents_since(db: &Db, since_at: i64) -> Result<Vec<(IncidentId, i64)>> {
    const SQL: &str = "select incident_id, version from incidents where updated_at >= $1";
    each!(db.reader(), pool => sqlx::query_as(SQL).bind(since_at).fetch_all(pool).await)
}
