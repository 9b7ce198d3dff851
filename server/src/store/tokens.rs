//! Enrolment tokens.

use super::values::{join, narrow, narrow_option, split};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::TokenId;
use crate::model::token::{Approve, NewToken, Token};

#[derive(sqlx::FromRow)]
struct Row {
    token_id: TokenId,
    label: String,
    hint: String,
    group_name: String,
    approve: String,
    max_uses: Option<i64>,
    uses: i64,
    expires_at: Option<i64>,
    ranges: String,
    created_at: i64,
    revoked_at: Option<i64>,
}

/// Keeps a new token.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, token: &NewToken, now_at: i64) -> Result<TokenId> {
    const SQL: &str = "
        insert into tokens
            (label, secret_sha256, hint, group_name, approve, max_uses, uses, expires_at, ranges, created_at)
        values ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9)
        returning token_id";
    // More uses than the column holds are as good as no limit.
    let max_uses = token.max_uses.and_then(|most| i64::try_from(most).ok());
    each!(tx, tx => sqlx::query_scalar(SQL)
        .bind(&token.label)
        .bind(token.secret_sha256.as_slice())
        .bind(&token.hint)
        .bind(&token.group_name)
        .bind(token.approve.word())
        .bind(max_uses)
        .bind(token.expires_at)
        .bind(join(&token.ranges))
        .bind(now_at)
        .fetch_one(&mut **tx)
        .await)
}

/// The token of this secret, usable or not.
///
/// # Errors
/// The database's.
pub async fn find_by_secret(tx: &mut Tx, secret_sha256: &[u8; 32]) -> Result<Option<Token>> {
    const SQL: &str = "
        select token_id, label, hint, group_name, approve, max_uses, uses, expires_at, ranges, created_at, revoked_at
        from tokens where secret_sha256 = $1";
    let row: Option<Row> = each!(tx, tx =>
        sqlx::query_as(SQL).bind(secret_sha256.as_slice()).fetch_optional(&mut **tx).await?);
    row.map(Row::read).transpose()
}

/// Whether anybody may know this secret: without waiting for whoever writes.
///
/// # Errors
/// The database's.
pub async fn is_known(db: &Db, secret_sha256: &[u8; 32]) -> Result<bool> {
    const SQL: &str = "select count(*) from tokens where secret_sha256 = $1";
    let found: i64 = each!(db.reader(), pool =>
        sqlx::query_scalar(SQL).bind(secret_sha256.as_slice()).fetch_one(pool).await?);
    Ok(found > 0)
}

/// The secrets of all tokens: to tell a wrong one without asking again.
///
/// # Errors
/// The database's.
pub async fn all_secrets(db: &Db) -> Result<Vec<Vec<u8>>> {
    const SQL: &str = "select secret_sha256 from tokens";
    each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_all(pool).await)
}

/// Counts one use, if the token may still be used (uses, expiry, revoked). False if it may not.
///
/// # Errors
/// The database's.
pub async fn count_use(tx: &mut Tx, id: TokenId, now_at: i64) -> Result<bool> {
    const SQL: &str = "
        update tokens set uses = uses + 1
        where token_id = $1 and revoked_at is null
            and (expires_at is null or expires_at > $2)
            and (max_uses is null or uses < max_uses)";
    let rows = each!(tx, tx => sqlx::query(SQL).bind(id).bind(now_at).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

/// Newest first.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db) -> Result<Vec<Token>> {
    const SQL: &str = "
        select token_id, label, hint, group_name, approve, max_uses, uses, expires_at, ranges, created_at, revoked_at
        from tokens order by created_at desc, token_id desc";
    let rows: Vec<Row> = each!(db.reader(), pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    rows.into_iter().map(Row::read).collect()
}

/// Lets nobody enrol with it any more. Answers what it is; none if there is no such token or it was revoked before.
///
/// # Errors
/// The database's.
pub async fn revoke(tx: &mut Tx, id: TokenId, now_at: i64) -> Result<Option<Token>> {
    const SQL: &str = "
        update tokens set revoked_at = $2 where token_id = $1 and revoked_at is null
        returning token_id, label, hint, group_name, approve, max_uses, uses, expires_at, ranges, created_at, revoked_at";
    let row: Option<Row> = each!(tx, tx => sqlx::query_as(SQL).bind(id).bind(now_at).fetch_optional(&mut **tx).await?);
    row.map(Row::read).transpose()
}

impl Row {
    fn read(self) -> Result<Token> {
        Ok(Token {
            id: self.token_id,
            label: self.label,
            hint: self.hint,
            group_name: self.group_name,
            approve: Approve::from_word(&self.approve),
            max_uses: narrow_option("tokens.max_uses", self.max_uses)?,
            uses: narrow("tokens.uses", self.uses)?,
            expires_at: self.expires_at,
            ranges: split(&self.ranges),
            created_at: self.created_at,
            revoked_at: self.revoked_at,
        })
    }
}
