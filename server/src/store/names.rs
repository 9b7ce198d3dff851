//! Interned names of clients and users.
//!
//! Several server processes may meet the same new names at once. They must not wait for each other in a circle, so names are
//! inserted in one order; a transaction should intern all its clients in one call, then all its users in one.

use std::collections::{HashMap, HashSet};

use super::values::text;
use super::{Db, Result, Tx};
use crate::each;
use crate::model::eyes::{Eyes, UserName};
use crate::model::time::day_start;
use crate::model::{ClientId, UserId};

/// Names in one statement. One size, so that the databases' caches hold few texts; the rest of a list is not cached.
const CHUNK: usize = 200;

struct Table {
    name: &'static str,
    id: &'static str,
}

const CLIENTS: Table = Table { name: "clients", id: "client_id" };
const USERS: Table = Table { name: "users", id: "user_id" };

/// The ids of these names; a name that is new gets one. The ids hold only once `tx` is committed.
///
/// # Errors
/// The database's.
pub async fn intern_clients(tx: &mut Tx, names: &[&str], now_at: i64) -> Result<HashMap<String, ClientId>> {
    intern(tx, &CLIENTS, names, now_at, ClientId).await
}

/// As [`intern_clients`], for users. The anonymous user is the empty name and has an id like any other.
///
/// # Errors
/// The database's.
pub async fn intern_users(tx: &mut Tx, names: &[&str], now_at: i64) -> Result<HashMap<String, UserId>> {
    intern(tx, &USERS, names, now_at, UserId).await
}

/// Those of these names that are some client's already.
///
/// # Errors
/// The database's.
pub async fn known_clients<'a>(tx: &mut Tx, names: &[&'a str]) -> Result<HashSet<&'a str>> {
    known(tx, &CLIENTS, names).await
}

/// As [`known_clients`], for users.
///
/// # Errors
/// The database's.
pub async fn known_users<'a>(tx: &mut Tx, names: &[&'a str]) -> Result<HashSet<&'a str>> {
    known(tx, &USERS, names).await
}

async fn known<'a>(tx: &mut Tx, table: &Table, names: &[&'a str]) -> Result<HashSet<&'a str>> {
    let stored: Vec<_> = names.iter().map(|name| text(name)).collect();
    let mut ids = HashMap::with_capacity(stored.len());
    find(tx, table, &stored, &mut ids).await?;
    Ok(names.iter().copied().filter(|name| ids.contains_key(text(name).as_ref())).collect())
}

/// The names of these clients; unknown ids are left out.
///
/// # Errors
/// The database's.
pub async fn clients(db: &Db, ids: &[ClientId]) -> Result<HashMap<ClientId, String>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    Ok(clients_by_raw_id(db, &ids).await?.into_iter().map(|(id, name)| (ClientId(id), name)).collect())
}

/// As [`clients`], for users.
///
/// # Errors
/// The database's.
pub async fn users(db: &Db, ids: &[UserId]) -> Result<HashMap<UserId, UserName>> {
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    Ok(read(db, &USERS, &ids).await?.into_iter().map(|(id, name)| (UserId(id), UserName::new(name))).collect())
}

/// The name of one client.
///
/// # Errors
/// The database's.
pub async fn client(db: &Db, id: ClientId) -> Result<Option<String>> {
    const SQL: &str = "select name from clients where client_id = $1";
    each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(id).fetch_optional(pool).await)
}

/// The name of one user.
///
/// # Errors
/// The database's.
pub async fn user(db: &Db, id: UserId) -> Result<Option<UserName>> {
    const SQL: &str = "select name from users where user_id = $1";
    let name: Option<String> = each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(id).fetch_optional(pool).await?);
    Ok(name.map(UserName::new))
}

/// The names of some clients, by ids that may be anybody's.
///
/// # Errors
/// The database's.
pub async fn clients_by_raw_id(db: &Db, ids: &[i64]) -> Result<HashMap<i64, String>> {
    read(db, &CLIENTS, ids).await
}

/// What these eyes see of some users, by ids that may be anybody's.
///
/// # Errors
/// The database's.
pub(super) async fn users_by_raw_id(db: &Db, ids: &[i64], eyes: &Eyes) -> Result<HashMap<i64, String>> {
    let names = read(db, &USERS, ids).await?;
    Ok(names.into_iter().map(|(id, name)| (id, eyes.user(name))).collect())
}

async fn intern<Id: Copy>(
    tx: &mut Tx,
    table: &Table,
    names: &[&str],
    now_at: i64,
    id: impl Fn(i64) -> Id,
) -> Result<HashMap<String, Id>> {
    let mut stored: Vec<_> = names.iter().map(|name| text(name)).collect();
    stored.sort_unstable();
    stored.dedup();
    let mut ids = HashMap::with_capacity(stored.len());
    see(tx, table, &stored, now_at).await?;
    find(tx, table, &stored, &mut ids).await?;
    let missing: Vec<_> = stored.iter().filter(|name| !ids.contains_key(name.as_ref())).collect();
    if !missing.is_empty() {
        insert(tx, table, &missing, now_at).await?;
        // Not `returning`: it says nothing of the names that another process inserted a moment ago.
        find(tx, table, &missing, &mut ids).await?;
    }
    names
        .iter()
        .map(|name| match ids.get(text(name).as_ref()) {
            Some(found) => Ok(((*name).to_owned(), id(*found))),
            None => Err(sqlx::Error::RowNotFound),
        })
        .collect()
}

/// Notes that the names are met, once a day each. Before they are looked for: [`remove_unseen`] waits for these rows then, and
/// leaves them.
async fn see(tx: &mut Tx, table: &Table, names: &[impl AsRef<str> + Sync], now_at: i64) -> Result<()> {
    for chunk in names.chunks(CHUNK) {
        each!(tx, tx => {
            let mut update = sqlx::QueryBuilder::new(format!("update {} set seen_at = ", table.name));
            update.push_bind(now_at).push(" where seen_at < ").push_bind(day_start(now_at)).push(" and name in (");
            let mut list = update.separated(", ");
            chunk.iter().for_each(|name| { list.push_bind(name.as_ref()); });
            update.push(")");
            update.build().persistent(chunk.len() == CHUNK).execute(&mut **tx).await?;
        });
    }
    Ok(())
}

/// Removes up to `most` names of clients, and as many of users, that were last met before the instant: of them no record may be
/// left. A client stays as long as other names are read as it. Answers how many there were.
///
/// # Errors
/// The database's.
pub async fn remove_unseen(tx: &mut Tx, before_at: i64, most: u32) -> Result<u64> {
    const ALIASES: &str = "delete from client_aliases where alias_id in
        (select client_id from clients where seen_at < $1
            and not exists (select 1 from client_aliases a where a.main_id = client_id) order by seen_at limit $2)";
    const CLIENTS: &str = "delete from clients where seen_at < $1 and client_id in
        (select client_id from clients where seen_at < $1
            and not exists (select 1 from client_aliases a where a.main_id = client_id) order by seen_at limit $2)
        and not exists (select 1 from client_aliases a where a.alias_id = client_id)";
    const USERS: &str = "delete from users where seen_at < $1 and user_id in
        (select user_id from users where seen_at < $1 order by seen_at limit $2)";
    each!(&mut *tx, tx => {
        sqlx::query(ALIASES).bind(before_at).bind(i64::from(most)).execute(&mut **tx).await?;
    });
    let mut removed = 0;
    for sql in [CLIENTS, USERS] {
        removed += each!(&mut *tx, tx =>
            sqlx::query(sql).bind(before_at).bind(i64::from(most)).execute(&mut **tx).await?.rows_affected());
    }
    Ok(removed)
}

async fn insert(tx: &mut Tx, table: &Table, names: &[impl AsRef<str> + Sync], now_at: i64) -> Result<()> {
    for chunk in names.chunks(CHUNK) {
        each!(tx, tx => {
            let mut insert =
                sqlx::QueryBuilder::new(format!("insert into {} (name, first_seen_at, seen_at) ", table.name));
            insert.push_values(chunk, |mut row, name| {
                row.push_bind(name.as_ref()).push_bind(now_at).push_bind(now_at);
            });
            insert.push(" on conflict (name) do nothing");
            insert.build().persistent(chunk.len() == CHUNK).execute(&mut **tx).await?;
        });
    }
    Ok(())
}

async fn find(
    tx: &mut Tx,
    table: &Table,
    names: &[impl AsRef<str> + Sync],
    ids: &mut HashMap<String, i64>,
) -> Result<()> {
    for chunk in names.chunks(CHUNK) {
        let rows: Vec<(String, i64)> = each!(tx, tx => {
            let mut select =
                sqlx::QueryBuilder::new(format!("select name, {} from {} where name in (", table.id, table.name));
            let mut list = select.separated(", ");
            chunk.iter().for_each(|name| { list.push_bind(name.as_ref()); });
            select.push(")");
            select.build_query_as().persistent(chunk.len() == CHUNK).fetch_all(&mut **tx).await?
        });
        ids.extend(rows);
    }
    Ok(())
}

async fn read(db: &Db, table: &Table, ids: &[i64]) -> Result<HashMap<i64, String>> {
    let mut names = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let rows: Vec<(i64, String)> = each!(db.reader(), pool => {
            let mut select = sqlx::QueryBuilder::new(format!(
                "select {id}, name from {table} where {id} in (", id = table.id, table = table.name
            ));
            let mut list = select.separated(", ");
            chunk.iter().for_each(|id| { list.push_bind(id); });
            select.push(")");
            select.build_query_as().persistent(chunk.len() == CHUNK).fetch_all(pool).await?
        });
        names.extend(rows);
    }
    Ok(names)
}
