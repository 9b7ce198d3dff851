//! What people are asked for beside their password: a code that changes, or one of those that work once. Promises:
//!
//! 1. **No code is taken twice**, however many try at the same time.
//! 2. **Nothing of it can be read here**: what makes the codes is sealed, of those that work once their SHA-256 is
//!    kept.

use std::collections::HashSet;

use super::{Db, Result, Tx};
use crate::each;
use crate::model::AccountId;

/// Codes that may be tried after one right password.
pub const MOST_TRIES: i64 = 5;

/// What makes an account's codes.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Factor {
    pub sealed: Vec<u8>,
    pub made_at: i64,
    /// None while nobody has shown that he has it.
    pub confirmed_at: Option<i64>,
}

/// Keeps what is to make the account's codes, instead of what was not confirmed. False if one is confirmed.
///
/// # Errors
/// The database's.
pub async fn begin(tx: &mut Tx, account: AccountId, sealed: &[u8], now_at: i64) -> Result<bool> {
    const SQL: &str = "
        insert into second_factors (account_id, sealed, made_at, confirmed_at, used_step) values ($1, $2, $3, null, 0)
        on conflict (account_id) do update set sealed = excluded.sealed, made_at = excluded.made_at
        where second_factors.confirmed_at is null";
    let rows = each!(tx, tx =>
        sqlx::query(SQL).bind(account).bind(sealed).bind(now_at).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

/// What makes the account's codes, confirmed or not.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, account: AccountId) -> Result<Option<Factor>> {
    const SQL: &str = "select sealed, made_at, confirmed_at from second_factors where account_id = $1";
    each!(db.reader(), pool => sqlx::query_as(SQL).bind(account).fetch_optional(pool).await)
}

/// The accounts that are asked for a code.
///
/// # Errors
/// The database's.
pub async fn with_one(db: &Db) -> Result<HashSet<AccountId>> {
    const SQL: &str = "select account_id from second_factors where confirmed_at is not null";
    let all: Vec<AccountId> = each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_all(pool).await?);
    Ok(all.into_iter().collect())
}

/// Whether the account is asked for a code.
///
/// # Errors
/// The database's.
pub async fn is_on(tx: &mut Tx, account: AccountId) -> Result<bool> {
    const SQL: &str = "select count(*) from second_factors where account_id = $1 and confirmed_at is not null";
    let count: i64 = each!(tx, tx => sqlx::query_scalar(SQL).bind(account).fetch_one(&mut **tx).await?);
    Ok(count == 1)
}

/// The account is asked for a code from now on: a code of this step has shown that its person has what makes them.
/// False if it was already, or nothing makes codes.
///
/// # Errors
/// The database's.
pub async fn confirm(tx: &mut Tx, account: AccountId, step: i64, codes: &[[u8; 32]], now_at: i64) -> Result<bool> {
    const SQL: &str = "
        update second_factors set confirmed_at = $2, used_step = $3 where account_id = $1 and confirmed_at is null";
    const OLD: &str = "delete from recovery_codes where account_id = $1";
    const CODE: &str = "insert into recovery_codes (account_id, code_sha256) values ($1, $2)";
    each!(tx, tx => {
        let confirm = sqlx::query(SQL).bind(account).bind(now_at).bind(step);
        if confirm.execute(&mut **tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(OLD).bind(account).execute(&mut **tx).await?;
        for code in codes {
            sqlx::query(CODE).bind(account).bind(code.as_slice()).execute(&mut **tx).await?;
        }
    });
    Ok(true)
}

/// Takes the code of this step. False if it, or a later one, was taken before.
///
/// # Errors
/// The database's.
pub async fn use_step(tx: &mut Tx, account: AccountId, step: i64) -> Result<bool> {
    // A second one waits here for the first one's transaction and then finds the step taken.
    const SQL: &str = "
        update second_factors set used_step = $2
        where account_id = $1 and confirmed_at is not null and used_step < $2";
    let rows = each!(tx, tx => sqlx::query(SQL).bind(account).bind(step).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

/// Takes a code that works once. False if the account has no such one.
///
/// # Errors
/// The database's.
pub async fn use_code(tx: &mut Tx, account: AccountId, code_sha256: &[u8; 32]) -> Result<bool> {
    const SQL: &str = "delete from recovery_codes where account_id = $1 and code_sha256 = $2";
    let rows = each!(tx, tx =>
        sqlx::query(SQL).bind(account).bind(code_sha256.as_slice()).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

/// How many codes that work once are left.
///
/// # Errors
/// The database's.
pub async fn codes_left(db: &Db, account: AccountId) -> Result<i64> {
    const SQL: &str = "select count(*) from recovery_codes where account_id = $1";
    each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(account).fetch_one(pool).await)
}

/// The account is not asked for a code any more. False if it was not.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &mut Tx, account: AccountId) -> Result<bool> {
    const CODES: &str = "delete from recovery_codes where account_id = $1";
    const STEPS: &str = "delete from sign_in_steps where account_id = $1";
    const SQL: &str = "delete from second_factors where account_id = $1";
    let rows = each!(tx, tx => {
        for sql in [CODES, STEPS] {
            sqlx::query(sql).bind(account).execute(&mut **tx).await?;
        }
        sqlx::query(SQL).bind(account).execute(&mut **tx).await?.rows_affected()
    });
    Ok(rows == 1)
}

/// Remembers somebody whose password was right.
///
/// # Errors
/// The database's.
pub async fn insert_step(tx: &mut Tx, step_sha256: &[u8; 32], account: AccountId, expires_at: i64) -> Result<()> {
    const SQL: &str = "insert into sign_in_steps (step_sha256, account_id, tries, expires_at) values ($1, $2, 0, $3)";
    each!(tx, tx => sqlx::query(SQL)
        .bind(step_sha256.as_slice())
        .bind(account)
        .bind(expires_at)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// Whose password was right, and counts a code that is tried. None if that was too long ago, or too many were tried.
///
/// # Errors
/// The database's.
pub async fn try_step(tx: &mut Tx, step_sha256: &[u8; 32], now_at: i64) -> Result<Option<AccountId>> {
    const SQL: &str = "
        update sign_in_steps set tries = tries + 1 where step_sha256 = $1 and expires_at > $2 and tries < $3
        returning account_id";
    each!(tx, tx => sqlx::query_scalar(SQL)
        .bind(step_sha256.as_slice())
        .bind(now_at)
        .bind(MOST_TRIES)
        .fetch_optional(&mut **tx)
        .await)
}

/// The second step is done.
///
/// # Errors
/// The database's.
pub async fn delete_step(tx: &mut Tx, step_sha256: &[u8; 32]) -> Result<()> {
    const SQL: &str = "delete from sign_in_steps where step_sha256 = $1";
    each!(tx, tx => sqlx::query(SQL).bind(step_sha256.as_slice()).execute(&mut **tx).await.map(|_| ()))
}
