//! Sign-ins at a provider: those under way, and what is kept so that they can be ended there.

use super::values::{sha256, text};
use super::{Result, Tx};
use crate::each;

/// A browser that was sent to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Of the secret that it holds meanwhile.
    pub browser_sha256: [u8; 32],
    /// The page that was asked for.
    pub next: String,
}

/// Notes that a browser was sent there.
///
/// # Errors
/// The database's.
pub async fn insert(
    tx: &mut Tx,
    state_sha256: &[u8; 32],
    browser_sha256: &[u8; 32],
    next: &str,
    expires_at: i64,
) -> Result<()> {
    const SQL: &str = "
        insert into sign_ins (state_sha256, browser_sha256, next_path, expires_at) values ($1, $2, $3, $4)";
    each!(tx, tx => sqlx::query(SQL)
        .bind(state_sha256.as_slice())
        .bind(browser_sha256.as_slice())
        .bind(text(next))
        .bind(expires_at)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// Takes a sign-in that is under way. None if it was taken, has expired or never was: it works once, however many try at the same time.
///
/// # Errors
/// The database's.
pub async fn take(tx: &mut Tx, state_sha256: &[u8; 32], now_at: i64) -> Result<Option<Begun>> {
    // A second one waits here for the first one's transaction and then finds nothing.
    const SQL: &str = "
        delete from sign_ins where state_sha256 = $1 returning browser_sha256, next_path, expires_at";
    let row: Option<(Vec<u8>, String, i64)> = each!(tx, tx =>
        sqlx::query_as(SQL).bind(state_sha256.as_slice()).fetch_optional(&mut **tx).await?);
    let Some((browser, next, _)) = row.filter(|(_, _, expires_at)| *expires_at > now_at) else { return Ok(None) };
    Ok(Some(Begun { browser_sha256: sha256("sign_ins.browser_sha256", browser)?, next }))
}

/// Forgets those that nobody came back from. Answers how many there were.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &mut Tx, now_at: i64) -> Result<u64> {
    const SQL: &str = "delete from sign_ins where expires_at <= $1";
    each!(tx, tx => sqlx::query(SQL).bind(now_at).execute(&mut **tx).await.map(|done| done.rows_affected()))
}

/// Keeps, sealed, by what the provider knows whom to sign out; empty if there is nothing. It goes with the session.
///
/// # Errors
/// The database's.
pub async fn keep_hint(tx: &mut Tx, session_sha256: &[u8; 32], sealed: &[u8]) -> Result<()> {
    const SQL: &str = "insert into sign_out_hints (session_sha256, sealed) values ($1, $2)";
    each!(tx, tx => sqlx::query(SQL)
        .bind(session_sha256.as_slice())
        .bind(sealed)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// What was kept; none if the session was not begun at a provider.
///
/// # Errors
/// The database's.
pub async fn hint(tx: &mut Tx, session_sha256: &[u8; 32]) -> Result<Option<Vec<u8>>> {
    const SQL: &str = "select sealed from sign_out_hints where session_sha256 = $1";
    each!(tx, tx => sqlx::query_scalar(SQL).bind(session_sha256.as_slice()).fetch_optional(&mut **tx).await)
}
