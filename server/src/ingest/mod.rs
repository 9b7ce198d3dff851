//! A batch's way from bytes into the store: `decode` (bytes → wire → model, all limits), `accept` (one transaction, group
//! commit).

pub mod enrol;

use crate::clock::Clock;
use crate::store::Db;

/// Accepts batches; clones share one committer, which puts all batches that wait into one transaction.
#[derive(Debug, Clone)]
pub struct Ingest {}

impl Ingest {
    /// Starts the committer on the current runtime. It ends when the last clone is dropped.
    #[must_use]
    pub fn start(db: Db, clock: Clock) -> Self {
        todo!()
    }
}
