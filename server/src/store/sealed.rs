//! Everything that lies sealed in the store, in one list, for whoever changes the key. It is little: some for each webhook and connector, and
//! the answers of a day that hold a secret.

use super::values::sha256;
use super::{Db, Result, Tx};
use crate::each;
use crate::model::sealing::Spot;
use crate::model::{AccountId, ConnectorId, WebhookId};

/// In `meta`.
const PSEUDONYM_KEY: &str = "pseudonym_key";
/// Before bytes that are kept as text.
const SEALED: &str = "sealed:";

/// All that lies sealed, and where.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn list(db: &Db) -> Result<Vec<(Spot, Vec<u8>)>> {
    const WEBHOOKS: &str = "select secret_id, webhook_id, sealed from webhook_secrets order by secret_id";
    const CONNECTORS: &str = "select connector_id, sealed from connectors order by connector_id";
    const FACTORS: &str = "select account_id, sealed from second_factors order by account_id";
    const HINTS: &str = "select session_sha256, sealed from sign_out_hints order by session_sha256";
    const ANSWERS: &str = "select request_sha256, sealed from idempotent_answers where sealed is not null";
    let mut all = Vec::new();
    let webhooks: Vec<(i64, WebhookId, Vec<u8>)> =
        each!(db.reader(), pool => sqlx::query_as(WEBHOOKS).fetch_all(pool).await?);
    all.extend(webhooks.into_iter().map(|(row, of, sealed)| (Spot::Webhook { row, of }, sealed)));
    let connectors: Vec<(ConnectorId, Vec<u8>)> =
        each!(db.reader(), pool => sqlx::query_as(CONNECTORS).fetch_all(pool).await?);
    // One without secrets has nothing sealed.
    let connectors = connectors.into_iter().filter(|(_, sealed)| !sealed.is_empty());
    all.extend(connectors.map(|(id, sealed)| (Spot::Connector(id), sealed)));
    let factors: Vec<(AccountId, Vec<u8>)> = each!(db.reader(), pool => sqlx::query_as(FACTORS).fetch_all(pool).await?);
    all.extend(factors.into_iter().map(|(account, sealed)| (Spot::SecondFactor(account), sealed)));
    let hints: Vec<(Vec<u8>, Vec<u8>)> = each!(db.reader(), pool => sqlx::query_as(HINTS).fetch_all(pool).await?);
    // An empty one says that there is nothing to tell.
    for (session, sealed) in hints.into_iter().filter(|(_, sealed)| !sealed.is_empty()) {
        all.push((Spot::SignOutHint(sha256("sign_out_hints.session_sha256", session)?), sealed));
    }
    let answers: Vec<(Vec<u8>, Vec<u8>)> = each!(db.reader(), pool => sqlx::query_as(ANSWERS).fetch_all(pool).await?);
    for (request, sealed) in answers {
        all.push((Spot::Answer(sha256("idempotent_answers.request_sha256", request)?), sealed));
    }
    if let Some(PseudonymKey::Sealed(sealed)) = find_pseudonym_key(db).await? {
        all.push((Spot::Pseudonyms, sealed));
    }
    Ok(all)
}

/// Puts other bytes in the place of these. False if something else is there by now.
///
/// # Errors
/// The database's.
pub async fn replace(tx: &mut Tx, spot: &Spot, old: &[u8], new: &[u8]) -> Result<bool> {
    const WEBHOOK: &str = "update webhook_secrets set sealed = $3 where secret_id = $1 and sealed = $2";
    const CONNECTOR: &str = "update connectors set sealed = $3 where connector_id = $1 and sealed = $2";
    const FACTOR: &str = "update second_factors set sealed = $3 where account_id = $1 and sealed = $2";
    const HINT: &str = "update sign_out_hints set sealed = $3 where session_sha256 = $1 and sealed = $2";
    const ANSWER: &str = "update idempotent_answers set sealed = $3 where request_sha256 = $1 and sealed = $2";
    let rows = match spot {
        Spot::Webhook { row, .. } => by_id(tx, WEBHOOK, *row, (old, new)).await?,
        Spot::Connector(id) => by_id(tx, CONNECTOR, id.0, (old, new)).await?,
        Spot::SecondFactor(account) => by_id(tx, FACTOR, account.0, (old, new)).await?,
        Spot::SignOutHint(session_sha256) => by_sha256(tx, HINT, session_sha256, (old, new)).await?,
        Spot::Answer(request_sha256) => by_sha256(tx, ANSWER, request_sha256, (old, new)).await?,
        Spot::Pseudonyms => return replace_pseudonym_key(tx, &as_text(old), new).await,
    };
    Ok(rows == 1)
}

async fn by_id(tx: &mut Tx, sql: &'static str, id: i64, (old, new): (&[u8], &[u8])) -> Result<u64> {
    each!(tx, tx => Ok(sqlx::query(sql).bind(id).bind(old).bind(new).execute(&mut **tx).await?.rows_affected()))
}

async fn by_sha256(tx: &mut Tx, sql: &'static str, key: &[u8; 32], (old, new): (&[u8], &[u8])) -> Result<u64> {
    let key = key.as_slice();
    each!(tx, tx => Ok(sqlx::query(sql).bind(key).bind(old).bind(new).execute(&mut **tx).await?.rows_affected()))
}

/// The key of pseudonyms, as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum PseudonymKey {
    /// By a version that did not seal it.
    Clear(String),
    Sealed(Vec<u8>),
}

/// The key itself is not shown.
impl std::fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(if matches!(self, Self::Clear(_)) { "Clear(hidden)" } else { "Sealed(…)" })
    }
}

/// The key of pseudonyms; `fresh`, which is sealed, becomes it if there is none yet.
///
/// # Errors
/// The database's.
pub async fn pseudonym_key(db: &Db, fresh: &[u8]) -> Result<PseudonymKey> {
    const FIRST: &str = "insert into meta (key, value) values ($1, $2) on conflict (key) do nothing";
    let mut tx = db.begin().await?;
    let fresh = as_text(fresh);
    let kept: String = each!(&mut tx, tx => {
        sqlx::query(FIRST).bind(PSEUDONYM_KEY).bind(&fresh).execute(&mut **tx).await?;
        sqlx::query_scalar("select value from meta where key = $1").bind(PSEUDONYM_KEY).fetch_one(&mut **tx).await?
    });
    tx.commit().await?;
    Ok(read(kept))
}

/// Seals a key that was kept in the clear. False if it is not that one any more.
///
/// # Errors
/// The database's.
pub async fn seal_pseudonym_key(tx: &mut Tx, clear: &str, sealed: &[u8]) -> Result<bool> {
    replace_pseudonym_key(tx, clear, sealed).await
}

async fn find_pseudonym_key(db: &Db) -> Result<Option<PseudonymKey>> {
    const SQL: &str = "select value from meta where key = $1";
    let kept: Option<String> = each!(db.reader(), pool =>
        sqlx::query_scalar(SQL).bind(PSEUDONYM_KEY).fetch_optional(pool).await?);
    Ok(kept.map(read))
}

async fn replace_pseudonym_key(tx: &mut Tx, old: &str, new: &[u8]) -> Result<bool> {
    const SQL: &str = "update meta set value = $3 where key = $1 and value = $2";
    let new = as_text(new);
    let rows = each!(tx, tx => sqlx::query(SQL)
        .bind(PSEUDONYM_KEY)
        .bind(old)
        .bind(&new)
        .execute(&mut **tx)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

fn as_text(sealed: &[u8]) -> String {
    format!("{SEALED}{}", hex::encode(sealed))
}

fn read(kept: String) -> PseudonymKey {
    match kept.strip_prefix(SEALED).map(hex::decode) {
        // What cannot be read is damaged: whoever opens it says so.
        Some(bytes) => PseudonymKey::Sealed(bytes.unwrap_or_default()),
        None => PseudonymKey::Clear(kept),
    }
}
