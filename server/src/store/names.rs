//! Interned names of clients and users.
use super::{Db, Result, Tx};
use crate::model::{ClientId, UserId};
use std::collections::HashMap;

pub async fn clients(db: &Db, ids: &[ClientId]) -> Result<HashMap<ClientId, String>> {
    todo!()
}
pub async fn users(db: &Db, ids: &[UserId]) -> Result<HashMap<UserId, String>> {
    todo!()
}
pub async fn client(db: &Db, id: ClientId) -> Result<Option<String>> {
    todo!()
}
