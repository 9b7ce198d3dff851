//! People who sign in: accounts, one-time links, web sessions.
use super::{Db, Result, Tx};
use crate::model::AccountId;
use crate::model::account::{Account, Link, LinkPurpose, WebSession};

/// # Errors
/// [`super::is_duplicate`] if the name is taken.
pub async fn insert(tx: &mut Tx, name: &str, password_hash: &str, role: &str, now_at: i64) -> Result<AccountId> {
    todo!()
}
/// The account of this name with its password hash.
pub async fn find_by_name(db: &Db, name: &str) -> Result<Option<(Account, String)>> {
    todo!()
}
pub async fn list(db: &Db) -> Result<Vec<Account>> {
    todo!()
}
pub async fn count(db: &Db) -> Result<u64> {
    todo!()
}
pub async fn set_password(tx: &mut Tx, id: AccountId, password_hash: &str) -> Result<()> {
    todo!()
}
pub async fn insert_link(
    tx: &mut Tx,
    secret_sha256: &[u8; 32],
    purpose: LinkPurpose,
    account: Option<AccountId>,
    expires_at: i64,
) -> Result<()> {
    todo!()
}
/// The link, if it was not used and has not expired.
pub async fn find_link(db: &Db, secret_sha256: &[u8; 32], now_at: i64) -> Result<Option<Link>> {
    todo!()
}
/// Uses the link up. None if it was used, has expired or never was: it works once, however many try at the same time.
pub async fn use_link(tx: &mut Tx, secret_sha256: &[u8; 32], now_at: i64) -> Result<Option<Link>> {
    todo!()
}
pub async fn insert_session(
    tx: &mut Tx,
    session_sha256: &[u8; 32],
    account: AccountId,
    csrf_token: &str,
    now_at: i64,
) -> Result<()> {
    todo!()
}
pub async fn find_session(db: &Db, session_sha256: &[u8; 32]) -> Result<Option<WebSession>> {
    todo!()
}
/// Notes that the session was used. Callers do so once a minute at most.
pub async fn touch_session(tx: &mut Tx, session_sha256: &[u8; 32], now_at: i64) -> Result<()> {
    todo!()
}
pub async fn delete_session(tx: &mut Tx, session_sha256: &[u8; 32]) -> Result<()> {
    todo!()
}
/// Deletes sessions not seen since `seen_before` or made before `created_before`, and links that expired before `seen_before`.
pub async fn delete_expired(tx: &mut Tx, seen_before: i64, created_before: i64) -> Result<u64> {
    todo!()
}
