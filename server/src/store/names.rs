//! Interned names of clients and users.
use std::collections::HashMap;

use super::{Db, Result, Tx};
use crate::model::{ClientId, UserId};

/// The ids of these names; a name that is new gets one. The ids hold only once `tx` is committed.
pub async fn intern_clients(tx: &mut Tx, names: &[&str], now_at: i64) -> Result<HashMap<String, ClientId>> {
    todo!()
}
/// As [`intern_clients`], for users. The anonymous user is the empty name and has an id like any other.
pub async fn intern_users(tx: &mut Tx, names: &[&str], now_at: i64) -> Result<HashMap<String, UserId>> {
    todo!()
}
pub async fn clients(db: &Db, ids: &[ClientId]) -> Result<HashMap<ClientId, String>> {
    todo!()
}
pub async fn users(db: &Db, ids: &[UserId]) -> Result<HashMap<UserId, String>> {
    todo!()
}
pub async fn client(db: &Db, id: ClientId) -> Result<Option<String>> {
    todo!()
}
pub async fn user(db: &Db, id: UserId) -> Result<Option<String>> {
    todo!()
}
