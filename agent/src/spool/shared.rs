//! The spool as tasks share it: one at a time, and off the threads that serve the others, because the medium may take seconds.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Spool;

/// How long an end waits for a write that is under way.
const PATIENCE: Duration = Duration::from_secs(5);

/// A handle; clones are the same spool.
#[derive(Debug, Clone)]
pub struct Shared(Arc<Mutex<Spool>>);

impl Shared {
    #[must_use]
    pub fn new(spool: Spool) -> Self {
        Self(Arc::new(Mutex::new(spool)))
    }

    /// Does something with the spool. Once begun it is finished, even if nobody waits for it any more: a spool is never left
    /// in the middle of a write.
    pub async fn with<T: Send + 'static>(&self, act: impl FnOnce(&mut Spool) -> T + Send + 'static) -> T {
        let spool = Arc::clone(&self.0);
        // A panic of somebody else leaves files and positions as they were: every step is written before it is noted.
        let task = tokio::task::spawn_blocking(move || act(&mut spool.lock().unwrap_or_else(PoisonError::into_inner)));
        match task.await {
            Ok(done) => done,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The runtime is shutting down: whoever waits is about to be dropped.
            Err(_) => std::future::pending().await,
        }
    }

    /// Lets go of the spool, so that whoever opens it next finds it free: what nobody waits for any more may still be ending. A
    /// medium that hangs is waited for no longer than a set time.
    pub async fn close(self) {
        let deadline = Instant::now() + PATIENCE;
        let mut spool = self.0;
        while Instant::now() < deadline {
            match Arc::try_unwrap(spool) {
                Ok(_) => return,
                Err(shared) => spool = shared,
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
