//! Requests that are done once, however often they come: what was answered is kept in the transaction that did it, so a process that is
//! killed in between has done neither. A body that holds a secret comes here sealed.

use super::values::{narrow, sha256, text};
use super::{Result, Tx};
use crate::each;
use crate::model::time::DAY_MS;

/// How long an answer is kept.
pub const KEPT_MS: i64 = DAY_MS;

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Empty for none.
    pub etag: String,
    /// Where what was made is; empty for nowhere.
    pub location: String,
    pub body: Body,
}

/// What stood in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Empty for none.
    Plain(String),
    /// A secret is in it.
    Sealed(Vec<u8>),
}

/// Whether it is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is; [`keep`] the answer before the transaction ends.
    New,
    /// It was done, and this was answered.
    Done(Answer),
    /// Another request came under this name.
    Another,
}

#[derive(sqlx::FromRow)]
struct Row {
    fingerprint_sha256: Vec<u8>,
    status: i64,
    etag: String,
    location: String,
    body: String,
    sealed: Option<Vec<u8>>,
}

/// Asks for the right to do what the caller calls by this name. Whoever comes at the same time waits until this transaction ends.
///
/// # Errors
/// The database's.
pub async fn claim(tx: &mut Tx, request_sha256: &[u8; 32], fingerprint: &[u8; 32], now_at: i64) -> Result<Claim> {
    const OLD: &str = "delete from idempotent_answers where request_sha256 = $1 and answered_at <= $2";
    // A second one waits here for the first one's transaction and then finds the row taken.
    const CLAIM: &str = "
        insert into idempotent_answers (request_sha256, fingerprint_sha256, status, etag, location, body, answered_at)
        values ($1, $2, 0, '', '', '', $3)
        on conflict (request_sha256) do nothing";
    const KEPT: &str = "
        select fingerprint_sha256, status, etag, location, body, sealed from idempotent_answers where request_sha256 = $1";
    let request = request_sha256.as_slice();
    each!(&mut *tx, tx => sqlx::query(OLD).bind(request).bind(now_at - KEPT_MS).execute(&mut **tx).await.map(|_| ()))?;
    let claimed = each!(&mut *tx, tx => sqlx::query(CLAIM)
        .bind(request)
        .bind(fingerprint.as_slice())
        .bind(now_at)
        .execute(&mut **tx)
        .await?
        .rows_affected());
    if claimed == 1 {
        return Ok(Claim::New);
    }
    let kept: Row = each!(tx, tx => sqlx::query_as(KEPT).bind(request).fetch_one(&mut **tx).await?);
    if sha256("idempotent_answers.fingerprint_sha256", kept.fingerprint_sha256)? != *fingerprint {
        return Ok(Claim::Another);
    }
    let status = narrow("idempotent_answers.status", kept.status)?;
    let body = kept.sealed.map_or(Body::Plain(kept.body), Body::Sealed);
    Ok(Claim::Done(Answer { status, etag: kept.etag, location: kept.location, body }))
}

/// Keeps what is answered.
///
/// # Errors
/// The database's.
pub async fn keep(tx: &mut Tx, request_sha256: &[u8; 32], answer: &Answer) -> Result<()> {
    const SQL: &str = "
        update idempotent_answers set status = $2, etag = $3, location = $4, body = $5, sealed = $6
        where request_sha256 = $1";
    let (body, sealed) = match &answer.body {
        Body::Plain(body) => (body.as_str(), None),
        Body::Sealed(sealed) => ("", Some(sealed.as_slice())),
    };
    each!(tx, tx => sqlx::query(SQL)
        .bind(request_sha256.as_slice())
        .bind(i64::from(answer.status))
        .bind(text(&answer.etag))
        .bind(text(&answer.location))
        .bind(text(body))
        .bind(sealed)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// Forgets what was kept for long enough. Answers how many there were.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &mut Tx, now_at: i64) -> Result<u64> {
    const SQL: &str = "delete from idempotent_answers where answered_at <= $1";
    each!(tx, tx => sqlx::query(SQL).bind(now_at - KEPT_MS).execute(&mut **tx).await.map(|done| done.rows_affected()))
}
