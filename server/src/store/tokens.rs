//! Enrolment tokens.
use super::{Db, Result, Tx};
use crate::model::TokenId;
use crate::model::token::{NewToken, Token};

pub async fn insert(tx: &mut Tx, token: &NewToken, now_at: i64) -> Result<TokenId> {
    todo!()
}
pub async fn find_by_secret(tx: &mut Tx, secret_sha256: &[u8; 32]) -> Result<Option<Token>> {
    todo!()
}
/// Counts one use, if the token may still be used (uses, expiry, revoked). False if it may not.
pub async fn count_use(tx: &mut Tx, id: TokenId, now_at: i64) -> Result<bool> {
    todo!()
}
/// Newest first.
pub async fn list(db: &Db) -> Result<Vec<Token>> {
    todo!()
}
/// False if there is no such token or it was revoked before.
pub async fn revoke(tx: &mut Tx, id: TokenId, now_at: i64) -> Result<bool> {
    todo!()
}
