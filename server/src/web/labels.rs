//! What the rules say of the clients and users of a page: small words beside their names, `class-…` in the locales.

use std::collections::HashMap;

use crate::model::class::Class;
use crate::store::rank::By;
use crate::store::{self, Db};

/// Of the clients and users of a page.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    clients: HashMap<i64, Class>,
    users: HashMap<i64, Class>,
}

impl Labels {
    /// # Errors
    /// The database's.
    pub async fn of(db: &Db, clients: &[i64], users: &[i64]) -> store::Result<Self> {
        Ok(Self {
            clients: store::classes::of(db, By::Client, clients).await?,
            users: store::classes::of(db, By::User, users).await?,
        })
    }

    #[must_use]
    pub fn client(&self, id: i64) -> Option<Class> {
        self.clients.get(&id).copied()
    }

    #[must_use]
    pub fn user(&self, id: i64) -> Option<Class> {
        self.users.get(&id).copied()
    }
}
