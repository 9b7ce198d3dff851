//! What was written down in the audit log.

use highwater::model::audit::{Entry, Trail};
use highwater::store::Db;
use highwater::store::audit::{self, AuditFilter, Verified};

use super::store::T0;

/// This test's own.
pub fn trail() -> Trail {
    Trail::program("test", T0)
}

/// All entries, oldest first.
pub async fn entries(db: &Db) -> Vec<Entry> {
    let all = AuditFilter { is_oldest_first: true, most: 100_000, ..AuditFilter::default() };
    audit::list(db, &all).await.unwrap()
}

/// Those with this word.
pub async fn done(db: &Db, action: &str) -> Vec<Entry> {
    entries(db).await.into_iter().filter(|entry| entry.action == action).collect()
}

/// Those that `deed` leaves, with what it answers.
pub async fn left_by<T>(db: &Db, deed: impl Future<Output = T>) -> (T, Vec<Entry>) {
    let before = audit::head(db).await.unwrap().seq;
    let answer = deed.await;
    let newer = AuditFilter { after: Some(before), is_oldest_first: true, most: 1_000, ..AuditFilter::default() };
    (answer, audit::list(db, &newer).await.unwrap())
}

/// The whole log is as it was written.
pub async fn is_whole(db: &Db) {
    let found = audit::verify(db, |_| ()).await.unwrap();
    assert!(matches!(found, Verified::Good { .. }), "{found:?}");
}
