//! People who sign in: accounts, one-time links, web sessions. Promises:
//!
//! 1. Nobody takes the last administrator away who may sign in, however many decide at the same time. What another
//!    system says of its people counts nevertheless ([`upsert_external`]).
//! 2. One from elsewhere is found by who says who it is and by what it is called there, never by a name or an address.
//! 3. No two accounts have names that nobody tells apart ([`folded`](crate::model::account::folded)), whoever makes or renames them;
//!    of those from before that are alike, each is found by its own name, and by any other way to write it a local one.
//! 4. With a new password, all ends that the one before let in, also what comes in at the same moment.

mod decisions;
mod external;
mod links;
mod names;
mod sessions;

pub use self::decisions::{Decided, confine, delete, disable, enable, hold, set_role};
pub use self::external::{find_external, renew_sight, upsert_external};
pub use self::links::{find_link, insert_link, use_link};
pub(super) use self::names::renew_keys;
pub use self::names::{find_by_name, find_local};
pub use self::sessions::{
    delete_expired, delete_other_sessions, delete_session, delete_session_of, delete_sessions_of, find_session,
    insert_session, sessions_of, sessions_since, touch_session,
};

use super::values::{narrow, one_row, sight, text, word};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::AccountId;
use crate::model::account::{Account, AccountSource};
use crate::model::role::Role;

#[derive(sqlx::FromRow)]
struct AccountRow {
    account_id: AccountId,
    name: String,
    role: String,
    source: String,
    group_names: Option<String>,
    created_at: i64,
    disabled_at: Option<i64>,
    signed_in_at: Option<i64>,
}

/// Makes an account. Without a password, which is an empty hash, nobody signs in to it until somebody sets one by a
/// link.
///
/// # Errors
/// [`super::is_duplicate`] if the name is taken, or one that nobody tells from it.
pub async fn insert(tx: &mut Tx, name: &str, password_hash: &str, role: Role, now_at: i64) -> Result<AccountId> {
    const SQL: &str = "
        insert into accounts (name, password_hash, role, created_at, name_key) values ($1, $2, $3, $4, $5)
        returning account_id";
    each!(tx, tx => sqlx::query_scalar(SQL)
        .bind(text(name))
        .bind(password_hash)
        .bind(role.word())
        .bind(now_at)
        .bind(names::key(name))
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
    if claimed == 0 { Ok(None) } else { insert(tx, name, password_hash, Role::Administrator, now_at).await.map(Some) }
}

/// The account of this id.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, id: AccountId) -> Result<Option<Account>> {
    const SQL: &str = "
        select account_id, name, role, source, group_names, created_at, disabled_at, signed_in_at from accounts
        where account_id = $1";
    let row: Option<AccountRow> = each!(db.reader(), pool => sqlx::query_as(SQL).bind(id).fetch_optional(pool).await?);
    row.map(AccountRow::read).transpose()
}

/// The password hash of the account; empty if it has no password, or there is no such account.
///
/// # Errors
/// The database's.
pub async fn password_hash(db: &Db, id: AccountId) -> Result<String> {
    const SQL: &str = "select password_hash from accounts where account_id = $1";
    let hash: Option<String> = each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(id).fetch_optional(pool).await?);
    Ok(hash.unwrap_or_default())
}

/// All accounts in order of name.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db) -> Result<Vec<Account>> {
    const SQL: &str = "
        select account_id, name, role, source, group_names, created_at, disabled_at, signed_in_at from accounts";
    let rows: Vec<AccountRow> = each!(db.reader(), pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    let mut accounts = rows.into_iter().map(AccountRow::read).collect::<Result<Vec<_>>>()?;
    // Here, since the two databases order text differently.
    accounts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(accounts)
}

/// The names of those who may change what others may do, in order.
///
/// # Errors
/// The database's.
pub async fn administrators(db: &Db) -> Result<Vec<String>> {
    const SQL: &str = "select name from accounts where role = 'administrator' and disabled_at is null";
    let mut names: Vec<String> = each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_all(pool).await?);
    names.sort();
    Ok(names)
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

/// Sets another password. What the one before led to leads nowhere any more: browsers, links, and signing in that waits
/// for a code.
///
/// # Errors
/// `RowNotFound` if there is no such account.
pub async fn set_password(tx: &mut Tx, id: AccountId, password_hash: &str) -> Result<()> {
    // First: who signs in just now waits here, or is waited for and then signed out. See `renew_hash`.
    const SQL: &str = "update accounts set password_hash = $2 where account_id = $1";
    one_row(each!(&mut *tx, tx =>
        sqlx::query(SQL).bind(id).bind(password_hash).execute(&mut **tx).await?.rows_affected()))?;
    end_all(tx, id).await
}

/// Puts another hash of the same password in the place of the one that the account has, which may be that very one. False if
/// it has another one already; if not, it has it until the transaction ends. To be asked when a password was compared with
/// the hash, which takes its time: meanwhile somebody may have set another one, and that stays.
///
/// # Errors
/// The database's.
pub async fn renew_hash(tx: &mut Tx, id: AccountId, (before, after): (&str, &str)) -> Result<bool> {
    // An update that changes nothing locks the row on both databases.
    const SQL: &str = "update accounts set password_hash = $3 where account_id = $1 and password_hash = $2";
    let rows = each!(tx, tx =>
        sqlx::query(SQL).bind(id).bind(before).bind(after).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

/// Ends what lets the account's person in: browsers, links, and signing in that is under way.
async fn end_all(tx: &mut Tx, id: AccountId) -> Result<()> {
    const SESSIONS: &str = "delete from web_sessions where account_id = $1";
    const LINKS: &str = "delete from links where account_id = $1";
    const STEPS: &str = "delete from sign_in_steps where account_id = $1";
    each!(tx, tx => {
        for sql in [SESSIONS, LINKS, STEPS] {
            sqlx::query(sql).bind(id).execute(&mut **tx).await?;
        }
    });
    Ok(())
}

/// Notes that somebody signs in. False if nobody may: there is no such account, or it is disabled.
///
/// # Errors
/// The database's.
pub async fn note_sign_in(tx: &mut Tx, id: AccountId, now_at: i64) -> Result<bool> {
    const SQL: &str = "update accounts set signed_in_at = $2 where account_id = $1 and disabled_at is null";
    let rows = each!(tx, tx => sqlx::query(SQL).bind(id).bind(now_at).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

impl AccountRow {
    fn read(self) -> Result<Account> {
        Ok(Account {
            id: self.account_id,
            name: self.name,
            role: word("accounts.role", &self.role, Role::from_word)?,
            source: word("accounts.source", &self.source, AccountSource::from_word)?,
            sight: sight("accounts.group_names", self.group_names.as_deref())?,
            created_at: self.created_at,
            disabled_at: self.disabled_at,
            signed_in_at: self.signed_in_at,
        })
    }
}
