//! Keys of programs that ask the API.

use super::values::{join, narrow, sight, sight_as_json, split, text, word};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::api_key::{ApiKey, NewApiKey, Scope};
use crate::model::{AccountId, ApiKeyId};

#[derive(sqlx::FromRow)]
struct Row {
    key_id: ApiKeyId,
    label: String,
    hint: String,
    scopes: String,
    group_names: Option<String>,
    sees_names: i64,
    created_at: i64,
    created_by: String,
    maker_id: Option<AccountId>,
    expires_at: Option<i64>,
    used_at: Option<i64>,
    revoked_at: Option<i64>,
}

/// Keeps a new key. `by`: the account's name.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, key: &NewApiKey, by: &str, now_at: i64) -> Result<ApiKeyId> {
    const SQL: &str = "
        insert into api_keys (
            label, secret_sha256, hint, scopes, created_at, created_by, maker_id, expires_at, group_names, sees_names
        )
        values ($1, $2, $3, $4, $5, $6, (select account_id from accounts where name = $6), $7, $8, $9)
        returning key_id";
    let scopes: Vec<String> = key.scopes.iter().map(|scope| scope.word().to_owned()).collect();
    each!(tx, tx => sqlx::query_scalar(SQL)
        .bind(text(&key.label))
        .bind(key.secret_sha256.as_slice())
        .bind(&key.hint)
        .bind(join(&scopes))
        .bind(now_at)
        .bind(text(by))
        .bind(key.expires_at)
        .bind(sight_as_json(&key.sight)?)
        .bind(i64::from(key.sees_names))
        .fetch_one(&mut **tx)
        .await)
}

/// The key of this secret, good or not.
///
/// # Errors
/// The database's.
pub async fn find_by_secret(db: &Db, secret_sha256: &[u8; 32]) -> Result<Option<ApiKey>> {
    const SQL: &str = "
        select
            key_id, label, hint, scopes, group_names, sees_names, created_at, created_by, maker_id, expires_at, used_at,
            revoked_at
        from api_keys where secret_sha256 = $1";
    let row: Option<Row> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(secret_sha256.as_slice()).fetch_optional(pool).await?);
    row.map(Row::read).transpose()
}

/// The secrets of all keys, good or not: to tell a wrong one without asking again.
///
/// # Errors
/// The database's.
pub async fn all_secrets(db: &Db) -> Result<Vec<Vec<u8>>> {
    const SQL: &str = "select secret_sha256 from api_keys";
    each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_all(pool).await)
}

/// Newest first.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db) -> Result<Vec<ApiKey>> {
    const SQL: &str = "
        select
            key_id, label, hint, scopes, group_names, sees_names, created_at, created_by, maker_id, expires_at, used_at,
            revoked_at
        from api_keys order by created_at desc, key_id desc";
    let rows: Vec<Row> = each!(db.reader(), pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    rows.into_iter().map(Row::read).collect()
}

/// How many keys that work this account made.
///
/// # Errors
/// The database's.
pub async fn count_of(tx: &mut Tx, maker: AccountId, now_at: i64) -> Result<u64> {
    const SQL: &str = "
        select count(*) from api_keys
        where maker_id = $1 and revoked_at is null and (expires_at is null or expires_at > $2)";
    let count: i64 = each!(tx, tx => sqlx::query_scalar(SQL).bind(maker).bind(now_at).fetch_one(&mut **tx).await?);
    narrow("count", count)
}

/// Notes that it was used. Callers do so once a minute at most.
///
/// # Errors
/// The database's.
pub async fn touch(tx: &mut Tx, id: ApiKeyId, now_at: i64) -> Result<()> {
    const SQL: &str = "update api_keys set used_at = $2 where key_id = $1 and (used_at is null or used_at < $2)";
    each!(tx, tx => sqlx::query(SQL).bind(id).bind(now_at).execute(&mut **tx).await.map(|_| ()))
}

/// Nobody asks anything with it any more. Answers what it is; none if there is no such key or it was revoked before.
///
/// # Errors
/// The database's.
pub async fn revoke(tx: &mut Tx, id: ApiKeyId, now_at: i64) -> Result<Option<ApiKey>> {
    const SQL: &str = "
        update api_keys set revoked_at = $2 where key_id = $1 and revoked_at is null
        returning key_id, label, hint, scopes, group_names, sees_names, created_at, created_by, maker_id, expires_at,
            used_at, revoked_at";
    let row: Option<Row> = each!(tx, tx => sqlx::query_as(SQL).bind(id).bind(now_at).fetch_optional(&mut **tx).await?);
    row.map(Row::read).transpose()
}

impl Row {
    fn read(self) -> Result<ApiKey> {
        let scopes = split(&self.scopes);
        let scopes = scopes.iter().map(|scope| word("api_keys.scopes", scope, Scope::from_word));
        Ok(ApiKey {
            id: self.key_id,
            label: self.label,
            hint: self.hint,
            scopes: scopes.collect::<Result<_>>()?,
            sight: sight("api_keys.group_names", self.group_names.as_deref())?,
            sees_names: self.sees_names != 0,
            created_at: self.created_at,
            created_by: self.created_by,
            maker: self.maker_id,
            expires_at: self.expires_at,
            used_at: self.used_at,
            revoked_at: self.revoked_at,
        })
    }
}
