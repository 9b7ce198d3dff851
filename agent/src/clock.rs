//! The only caller of now().

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time, in milliseconds since 1970 UTC.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands still until it is set, for tests.
    #[must_use]
    pub fn manual(now_at: i64) -> Self {
        Self(Kind::Manual(Arc::new(AtomicI64::new(now_at))))
    }

    /// Sets a manual clock, in all its clones.
    ///
    /// # Panics
    /// The clock is the system's.
    pub fn set(&self, now_at: i64) {
        match &self.0 {
            Kind::Manual(now) => now.store(now_at, Ordering::SeqCst),
            Kind::System => panic!("the system's clock cannot be set from here"),
        }
    }

    #[must_use]
    pub fn now_at(&self) -> i64 {
        match &self.0 {
            Kind::System => system_now_at(),
            Kind::Manual(now) => now.load(Ordering::SeqCst),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
fn system_now_at() -> i64 {
    // Before 1970 the clock is broken anyway; agents' and server's clocks are compared on every batch.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
