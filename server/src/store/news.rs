//! What is new for pages that are open.

use super::{Db, Result};
use crate::each;
use crate::model::HostId;

/// The hosts that were heard at an instant or after it, and when each was last. The whole (short) table is read: an index would
/// be written with every batch, and this is asked every other second at most.
///
/// # Errors
/// The database's.
pub async fn heard_since(db: &Db, since_at: i64) -> Result<Vec<(HostId, i64)>> {
    const SQL: &str = "select host_id, seen_at from host_state where seen_at >= $1";
    each!(db.reader(), pool => sqlx::query_as(SQL).bind(since_at).fetch_all(pool).await)
}
