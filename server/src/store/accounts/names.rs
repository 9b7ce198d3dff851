//! Names of accounts as they are compared: beside each name stands its key, which is unique.

use std::collections::HashSet;

use super::AccountRow;
use crate::each;
use crate::model::AccountId;
use crate::model::account::{Account, AccountSource, folded};
use crate::store::values::text;
use crate::store::{Db, Result, Tx, next_revision};

#[derive(sqlx::FromRow)]
struct Named {
    account_id: AccountId,
    name: String,
    name_key: Option<String>,
    source: String,
}

/// By what a name is compared, as both databases can hold it.
pub(super) fn key(name: &str) -> String {
    text(&folded(name)).into_owned()
}

/// The account of this name with its password hash, which is empty if it has no password. Of two from before whose names
/// differ only in what nobody sees, the one that has it letter by letter.
///
/// # Errors
/// The database's.
pub async fn find_by_name(db: &Db, name: &str) -> Result<Option<(Account, String)>> {
    Ok(of_name(db, name).await?.into_iter().next())
}

/// The same of those whose password is kept here: one of these comes before any from elsewhere, however the name is written.
///
/// # Errors
/// The database's.
pub async fn find_local(db: &Db, name: &str) -> Result<Option<(Account, String)>> {
    let all = of_name(db, name).await?;
    Ok(all.into_iter().find(|(account, _)| account.source == AccountSource::Local))
}

/// Two at most: the one of the very name first.
async fn of_name(db: &Db, name: &str) -> Result<Vec<(Account, String)>> {
    const SQL: &str = "
        select account_id, name, role, source, group_names, created_at, disabled_at, signed_in_at, password_hash
        from accounts where name = $1 or name_key = $2";
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        account: AccountRow,
        password_hash: String,
    }
    let (name, key) = (text(name), key(name));
    let mut rows: Vec<Row> =
        each!(db.reader(), pool => sqlx::query_as(SQL).bind(&*name).bind(&key).fetch_all(pool).await?);
    rows.sort_by_key(|row| row.account.name != *name);
    rows.into_iter().map(|row| Ok((row.account.read()?, row.password_hash))).collect()
}

/// Whether the account's name can be told from all others.
pub(super) async fn has_key(tx: &mut Tx, id: AccountId) -> Result<bool> {
    const SQL: &str = "select count(*) from accounts where account_id = $1 and name_key is not null";
    let count: i64 = each!(tx, tx => sqlx::query_scalar(SQL).bind(id).fetch_one(&mut **tx).await?);
    Ok(count == 1)
}

/// Gives each account the key of its name that has none, or one by older rules of Unicode: to be called when the store is
/// opened. Of accounts that would have the same one, a local one gets it, else the oldest; the others stay without.
///
/// # Errors
/// The database's.
pub(in crate::store) async fn renew_keys(db: &Db) -> Result<()> {
    const ALL: &str = "select account_id, name, name_key, source from accounts";
    const SET: &str = "update accounts set name_key = $2 where account_id = $1";
    let rows: Vec<Named> = each!(db.reader(), pool => sqlx::query_as(ALL).fetch_all(pool).await?);
    if changes(rows).is_empty() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    // Who does it at the same time waits here, and then finds it done.
    next_revision(&mut tx, "account_names").await?;
    let rows: Vec<Named> = each!(&mut tx, tx => sqlx::query_as(ALL).fetch_all(&mut **tx).await?);
    let changes = changes(rows);
    // All go before any comes: what one gives up another may get.
    let given_up = changes.iter().map(|(id, _)| (*id, None));
    for (id, key) in given_up.chain(changes.iter().map(|(id, key)| (*id, key.as_deref()))) {
        each!(&mut tx, tx => sqlx::query(SET).bind(id).bind(key).execute(&mut **tx).await.map(|_| ()))?;
    }
    tx.commit().await
}

/// The accounts that are to have another key than they have, or none.
fn changes(mut rows: Vec<Named>) -> Vec<(AccountId, Option<String>)> {
    let local = AccountSource::Local.word();
    rows.sort_by_key(|row| (row.source != local, row.account_id));
    let mut taken = HashSet::new();
    let wanted = rows.into_iter().map(|row| {
        let key = key(&row.name);
        let key = taken.insert(key.clone()).then_some(key);
        (row.account_id, row.name_key, key)
    });
    wanted.filter(|(_, has, wanted)| has != wanted).map(|(id, _, wanted)| (id, wanted)).collect()
}
