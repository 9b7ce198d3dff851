//! The server's own authorities, which may change while it runs.

use std::sync::{Arc, PoisonError, RwLock};

use crate::model::authority::Authority;

/// Shared by all who show them; empty with given certificates.
#[derive(Debug, Clone, Default)]
pub struct Authorities(Arc<RwLock<Arc<[Authority]>>>);

impl Authorities {
    /// In order: the one that signs now, then the one that takes over from it, if there is one.
    #[must_use]
    pub fn new(all: Vec<Authority>) -> Self {
        Self(Arc::new(RwLock::new(all.into())))
    }

    /// These are it from now on, for all who share them.
    pub fn set(&self, all: Vec<Authority>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = all.into();
    }

    #[must_use]
    pub fn all(&self) -> Arc<[Authority]> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Of the one that new agents are to know: it stays for the longest.
    #[must_use]
    pub fn fingerprint(&self) -> Option<String> {
        self.all().last().map(|authority| authority.fingerprint.clone())
    }

    /// Of all that agents may believe, as they take them.
    #[must_use]
    pub fn pins(&self) -> Vec<String> {
        self.all().iter().map(Authority::pin).collect()
    }
}
