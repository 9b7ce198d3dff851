//! When people last signed in. Sessions are forgotten when they end, so it is noted beside them.

use std::collections::HashMap;

use super::{Db, Result, Tx};
use crate::each;
use crate::model::AccountId;

/// Before an account's id.
const KEY: &str = "signed_in/";

/// Notes that somebody signed in.
///
/// # Errors
/// The database's.
pub async fn note(tx: &mut Tx, account: AccountId, now_at: i64) -> Result<()> {
    const SQL: &str = "
        insert into meta (key, value) values ($1, $2)
        on conflict (key) do update set value = excluded.value";
    let key = format!("{KEY}{account}");
    each!(tx, tx => sqlx::query(SQL).bind(key).bind(now_at.to_string()).execute(&mut **tx).await.map(|_| ()))
}

/// When each account last signed in. Who never did, or not since this is noted, is left out.
///
/// # Errors
/// The database's.
pub async fn last(db: &Db) -> Result<HashMap<AccountId, i64>> {
    const NOTED: &str = "select key, value from meta where key like 'signed_in/%'";
    const OPEN: &str = "select account_id, max(created_at) from web_sessions group by account_id";
    let noted: Vec<(String, String)> = each!(db.reader(), pool => sqlx::query_as(NOTED).fetch_all(pool).await?);
    let open: Vec<(AccountId, i64)> = each!(db.reader(), pool => sqlx::query_as(OPEN).fetch_all(pool).await?);
    let noted = noted.iter().filter_map(|(key, at)| {
        let account = key.strip_prefix(KEY)?.parse::<AccountId>().ok()?;
        Some((account, at.parse::<i64>().ok()?))
    });
    let mut last = HashMap::new();
    for (account, at) in noted.chain(open) {
        let known: &mut i64 = last.entry(account).or_insert(at);
        *known = at.max(*known);
    }
    Ok(last)
}
