//! Names of one client that a person has put together. Only this table says so: what history records hold is never changed, and
//! a name that is separated again has all that it ever had.

use std::collections::HashMap;

use super::rank::By;
use super::{Db, Result, Tx, names};
use crate::each;
use crate::model::ClientId;
use crate::model::alias::{Alias, Aliases};

/// What changes whenever names are merged or separated; its row is what lets only one transaction do so at a time.
const REVISION: &str = "aliases_revision";

/// What came of the wish to merge two names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merged {
    Done,
    /// They are one client's already, or one and the same.
    Already,
    /// The other is a name of this client: it has to be separated first.
    Taken(ClientId),
    /// One of the two is not there.
    Unknown,
}

/// All merges.
///
/// # Errors
/// The database's.
pub async fn all(db: &Db) -> Result<Aliases> {
    const SQL: &str = "select alias_id, main_id from client_aliases";
    let pairs: Vec<(i64, i64)> = each!(db.reader(), pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    Ok(Aliases::of(pairs))
}

/// As [`all`] for clients; users have none.
pub(super) async fn of(db: &Db, by: By) -> Result<Aliases> {
    match by {
        By::Client => all(db).await,
        By::User => Ok(Aliases::default()),
    }
}

/// The other names of a client, as they were merged.
///
/// # Errors
/// The database's.
pub async fn of_client(db: &Db, main: ClientId) -> Result<Vec<Alias>> {
    const SQL: &str = "
        select a.alias_id, c.name, a.merged_at, a.merged_by
        from client_aliases a join clients c on c.client_id = a.alias_id
        where a.main_id = $1 order by a.merged_at, a.alias_id";
    let rows: Vec<(ClientId, String, i64, String)> =
        each!(db.reader(), pool => sqlx::query_as(SQL).bind(main).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(id, name, merged_at, merged_by)| Alias { id, name, merged_at, merged_by }).collect())
}

/// The other names of each of these clients, where there are any, in order of name.
///
/// # Errors
/// The database's.
pub async fn names_of(db: &Db, aliases: &Aliases, mains: &[i64]) -> Result<HashMap<i64, Vec<String>>> {
    let ids: Vec<i64> = mains.iter().flat_map(|main| aliases.others(*main)).copied().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let names = names::clients_by_raw_id(db, &ids).await?;
    let mut found: HashMap<i64, Vec<String>> = HashMap::new();
    for (id, name) in names {
        found.entry(aliases.main(id)).or_default().push(name);
    }
    found.values_mut().for_each(|names| names.sort_unstable());
    Ok(found)
}

/// Whose name this is: its own, unless it was merged.
///
/// # Errors
/// The database's.
pub async fn main_of(db: &Db, id: ClientId) -> Result<ClientId> {
    const SQL: &str = "select main_id from client_aliases where alias_id = $1";
    let main: Option<ClientId> =
        each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(id).fetch_optional(pool).await?);
    Ok(main.unwrap_or(id))
}

/// From now on `other`, and what was merged into it, is read as `main`.
///
/// # Errors
/// The database's.
pub async fn merge(tx: &mut Tx, main: ClientId, other: ClientId, by: &str, now_at: i64) -> Result<Merged> {
    const NAMED: &str = "select count(*) from clients where client_id in ($1, $2)";
    const MAIN: &str = "select main_id from client_aliases where alias_id = $1";
    const FOLLOW: &str = "update client_aliases set main_id = $1 where main_id = $2";
    const INSERT: &str = "insert into client_aliases (alias_id, main_id, merged_at, merged_by) values ($1, $2, $3, $4)";
    lock(tx).await?;
    each!(tx, tx => {
        let named: i64 = sqlx::query_scalar(NAMED).bind(main).bind(other).fetch_one(&mut **tx).await?;
        let main_now: Option<ClientId> = sqlx::query_scalar(MAIN).bind(main).fetch_optional(&mut **tx).await?;
        let main = main_now.unwrap_or(main);
        let taken: Option<ClientId> = sqlx::query_scalar(MAIN).bind(other).fetch_optional(&mut **tx).await?;
        match taken {
            _ if main == other || taken == Some(main) => return Ok(Merged::Already),
            _ if named < 2 => return Ok(Merged::Unknown),
            Some(another) => return Ok(Merged::Taken(another)),
            None => {}
        }
        sqlx::query(FOLLOW).bind(main).bind(other).execute(&mut **tx).await?;
        sqlx::query(INSERT).bind(other).bind(main).bind(now_at).bind(by).execute(&mut **tx).await?;
    });
    Ok(Merged::Done)
}

/// From now on the name is a client of its own again. False if it was before.
///
/// # Errors
/// The database's.
pub async fn separate(tx: &mut Tx, alias: ClientId) -> Result<bool> {
    const SQL: &str = "delete from client_aliases where alias_id = $1";
    lock(tx).await?;
    each!(tx, tx => Ok(sqlx::query(SQL).bind(alias).execute(&mut **tx).await?.rows_affected() == 1))
}

async fn lock(tx: &mut Tx) -> Result<()> {
    super::next_revision(tx, REVISION).await
}
