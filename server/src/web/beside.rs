//! What stands beside the names of ranked clients and users.

use std::collections::HashMap;

use crate::model::class::Class;
use crate::store::rank::By;
use crate::store::{self, Db, aliases, classes};

/// What stands beside the names of holders: their other names, and what the rules say they are.
#[derive(Debug, Default)]
pub struct Beside {
    pub others: HashMap<i64, Vec<String>>,
    pub classes: HashMap<i64, Class>,
}

impl Beside {
    /// # Errors
    /// The database's.
    pub async fn of(db: &Db, by: By, ids: &[i64]) -> store::Result<Self> {
        let others = match by {
            By::Client => aliases::names_of(db, &aliases::all(db).await?, ids).await?,
            By::User => HashMap::new(),
        };
        Ok(Self { others, classes: classes::of(db, by, ids).await? })
    }
}
