//! People who sign in: accounts, one-time links, web sessions.

use std::collections::HashSet;

use super::values::{narrow, one_row, text, word};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::AccountId;
use crate::model::account::{Account, Link, LinkPurpose, WebSession};

#[derive(sqlx::FromRow)]
struct AccountRow {
    account_id: AccountId,
    name: String,
    role: String,
    created_at: i64,
}

#[derive(sqlx::FromRow)]
struct LinkRow {
    purpose: String,
    account_id: Option<AccountId>,
    expires_at: i64,
}

/// Makes an account.
///
/// # Errors
/// [`super::is_duplicate`] if the name is taken.
pub async fn insert(tx: &mut Tx, name: &str, password_hash: &str, role: &str, now_at: i64) -> Result<AccountId> {
    const SQL: &str = "
        insert into accounts (name, password_hash, role, created_at) values ($1, $2, $3, $4)
        returning account_id";
    each!(tx, tx => sqlx::query_scalar(SQL)
        .bind(name)
        .bind(password_hash)
        .bind(role)
        .bind(now_at)
        .fetch_one(&mut **tx)
        .await)
}

/// Makes the first account. None if there is one already, however many try at the same time.
///
/// # Errors
/// The database's.
pub async fn insert_first(tx: &mut Tx, name: &str, password_hash: &str, now_at: i64) -> Result<Option<AccountId>> {
    // A second one waits here for the first one's transaction and then finds the key taken. Accounts that came another way
    // count too.
    const SQL: &str = "
        insert into meta (key, value) select 'first_account', $1 where not exists (select 1 from accounts)
        on conflict (key) do nothing";
    let claimed = each!(&mut *tx, tx => sqlx::query(SQL).bind(name).execute(&mut **tx).await?.rows_affected());
    if claimed == 0 { Ok(None) } else { insert(tx, name, password_hash, "administrator", now_at).await.map(Some) }
}

/// The account of this name with its password hash.
///
/// # Errors
/// The database's.
pub async fn find_by_name(db: &Db, name: &str) -> Result<Option<(Account, String)>> {
    const SQL: &str = "select account_id, name, role, created_at, password_hash from accounts where name = $1";
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        account: AccountRow,
        password_hash: String,
    }
    let row: Option<Row> = each!(db.reader(), pool => sqlx::query_as(SQL).bind(text(name)).fetch_optional(pool).await?);
    Ok(row.map(|row| (row.account.into(), row.password_hash)))
}

/// The account of this id.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, id: AccountId) -> Result<Option<Account>> {
    const SQL: &str = "select account_id, name, role, created_at from accounts where account_id = $1";
    let row: Option<AccountRow> = each!(db.reader(), pool => sqlx::query_as(SQL).bind(id).fetch_optional(pool).await?);
    Ok(row.map(Into::into))
}

/// All accounts in order of name.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db) -> Result<Vec<Account>> {
    const SQL: &str = "select account_id, name, role, created_at from accounts";
    let rows: Vec<AccountRow> = each!(db.reader(), pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    let mut accounts: Vec<Account> = rows.into_iter().map(Account::from).collect();
    // Here, since the two databases order text differently.
    accounts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(accounts)
}

/// How many accounts there are.
///
/// # Errors
/// The database's.
pub async fn count(db: &Db) -> Result<u64> {
    const SQL: &str = "select count(*) from accounts";
    let count: i64 = each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_one(pool).await?);
    narrow("count", count)
}

/// Sets another password.
///
/// # Errors
/// `RowNotFound` if there is no such account.
pub async fn set_password(tx: &mut Tx, id: AccountId, password_hash: &str) -> Result<()> {
    const SQL: &str = "update accounts set password_hash = $2 where account_id = $1";
    one_row(each!(tx, tx =>
        sqlx::query(SQL).bind(id).bind(password_hash).execute(&mut **tx).await?.rows_affected()))
}

/// Keeps a one-time link.
///
/// # Errors
/// The database's.
pub async fn insert_link(
    tx: &mut Tx,
    secret_sha256: &[u8; 32],
    purpose: LinkPurpose,
    account: Option<AccountId>,
    expires_at: i64,
) -> Result<()> {
    const SQL: &str = "
        insert into links (secret_sha256, purpose, account_id, expires_at) values ($1, $2, $3, $4)";
    each!(tx, tx => sqlx::query(SQL)
        .bind(secret_sha256.as_slice())
        .bind(purpose.word())
        .bind(account)
        .bind(expires_at)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// The link, if it was not used and has not expired.
///
/// # Errors
/// The database's.
pub async fn find_link(db: &Db, secret_sha256: &[u8; 32], now_at: i64) -> Result<Option<Link>> {
    const SQL: &str = "
        select purpose, account_id, expires_at from links
        where secret_sha256 = $1 and used_at is null and expires_at > $2";
    let row: Option<LinkRow> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(secret_sha256.as_slice()).bind(now_at).fetch_optional(pool).await?);
    row.map(LinkRow::read).transpose()
}

/// Uses the link up. None if it was used, has expired or never was: it works once, however many try at the same time.
///
/// # Errors
/// The database's.
pub async fn use_link(tx: &mut Tx, secret_sha256: &[u8; 32], now_at: i64) -> Result<Option<Link>> {
    // A second user waits here for the first one's transaction and then finds used_at set.
    const SQL: &str = "
        update links set used_at = $2 where secret_sha256 = $1 and used_at is null and expires_at > $2
        returning purpose, account_id, expires_at";
    let row: Option<LinkRow> = each!(tx, tx =>
        sqlx::query_as(SQL).bind(secret_sha256.as_slice()).bind(now_at).fetch_optional(&mut **tx).await?);
    row.map(LinkRow::read).transpose()
}

/// Signs a browser in.
///
/// # Errors
/// The database's.
pub async fn insert_session(
    tx: &mut Tx,
    session_sha256: &[u8; 32],
    account: AccountId,
    csrf_token: &str,
    now_at: i64,
) -> Result<()> {
    const SQL: &str = "
        insert into web_sessions (session_sha256, account_id, csrf_token, created_at, seen_at)
        values ($1, $2, $3, $4, $4)";
    each!(tx, tx => sqlx::query(SQL)
        .bind(session_sha256.as_slice())
        .bind(account)
        .bind(csrf_token)
        .bind(now_at)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// The signed-in browser with its account.
///
/// # Errors
/// The database's.
pub async fn find_session(db: &Db, session_sha256: &[u8; 32]) -> Result<Option<WebSession>> {
    const SQL: &str = "
        select a.account_id, a.name, a.role, a.created_at, s.csrf_token, s.created_at as session_created_at, s.seen_at
        from web_sessions s join accounts a on a.account_id = s.account_id
        where s.session_sha256 = $1";
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        account: AccountRow,
        csrf_token: String,
        session_created_at: i64,
        seen_at: i64,
    }
    let row: Option<Row> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(session_sha256.as_slice()).fetch_optional(pool).await?);
    Ok(row.map(|row| WebSession {
        account: row.account.into(),
        csrf_token: row.csrf_token,
        created_at: row.session_created_at,
        seen_at: row.seen_at,
    }))
}

/// The browsers that are signed in: seen since `seen_since`, signed in since `created_since`.
///
/// # Errors
/// The database's.
pub async fn sessions_since(db: &Db, seen_since: i64, created_since: i64) -> Result<HashSet<[u8; 32]>> {
    const SQL: &str = "select session_sha256 from web_sessions where seen_at > $1 and created_at > $2";
    let rows: Vec<Vec<u8>> = each!(db.reader(), pool =>
        sqlx::query_scalar(SQL).bind(seen_since).bind(created_since).fetch_all(pool).await?);
    Ok(rows.into_iter().filter_map(|sha256| sha256.try_into().ok()).collect())
}

/// Notes that the session was used. Callers do so once a minute at most.
///
/// # Errors
/// The database's. A session that has gone is none.
pub async fn touch_session(tx: &mut Tx, session_sha256: &[u8; 32], now_at: i64) -> Result<()> {
    const SQL: &str = "update web_sessions set seen_at = $2 where session_sha256 = $1";
    each!(tx, tx =>
        sqlx::query(SQL).bind(session_sha256.as_slice()).bind(now_at).execute(&mut **tx).await.map(|_| ()))
}

/// Signs a browser out.
///
/// # Errors
/// The database's. A session that has gone is none.
pub async fn delete_session(tx: &mut Tx, session_sha256: &[u8; 32]) -> Result<()> {
    const SQL: &str = "delete from web_sessions where session_sha256 = $1";
    each!(tx, tx => sqlx::query(SQL).bind(session_sha256.as_slice()).execute(&mut **tx).await.map(|_| ()))
}

/// Signs every browser of the account out.
///
/// # Errors
/// The database's.
pub async fn delete_sessions_of(tx: &mut Tx, account: AccountId) -> Result<u64> {
    const SQL: &str = "delete from web_sessions where account_id = $1";
    each!(tx, tx => sqlx::query(SQL).bind(account).execute(&mut **tx).await.map(|done| done.rows_affected()))
}

/// Deletes sessions not seen since `seen_before` or made before `created_before`, and links that expired before `seen_before`.
/// Answers how many rows went.
///
/// # Errors
/// The database's.
pub async fn delete_expired(tx: &mut Tx, seen_before: i64, created_before: i64) -> Result<u64> {
    const SESSIONS: &str = "delete from web_sessions where seen_at < $1 or created_at < $2";
    const LINKS: &str = "delete from links where expires_at < $1";
    each!(tx, tx => {
        let sessions = sqlx::query(SESSIONS).bind(seen_before).bind(created_before).execute(&mut **tx).await?;
        let links = sqlx::query(LINKS).bind(seen_before).execute(&mut **tx).await?;
        Ok(sessions.rows_affected() + links.rows_affected())
    })
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self { id: row.account_id, name: row.name, role: row.role, created_at: row.created_at }
    }
}

impl LinkRow {
    fn read(self) -> Result<Link> {
        Ok(Link {
            purpose: word("links.purpose", &self.purpose, LinkPurpose::from_word)?,
            account: self.account_id,
            expires_at: self.expires_at,
        })
    }
}
