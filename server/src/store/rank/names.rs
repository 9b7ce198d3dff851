//! Names of holders, and holders by a part of their name.

use std::collections::HashSet;

use sqlx::AssertSqlSafe;

use super::By;
use super::pick::Names;
use crate::each;
use crate::model::eyes::Eyes;
use crate::store::values::like_escaped;
use crate::store::{Db, Result, names, search};

pub(super) async fn of(db: &Db, (by, eyes): (By, &Eyes), ids: Vec<i64>) -> Result<Names> {
    match by {
        By::Client => names::clients_by_raw_id(db, &ids).await,
        By::User => names::users_by_raw_id(db, &ids, eyes).await,
    }
}

/// The ids of names that contain a text, without regard to case in any script. Of users, what the eyes see contains it: who does not see names
/// finds nobody by one.
pub(super) async fn containing(db: &Db, (by, eyes): (By, &Eyes), text: &str) -> Result<HashSet<i64>> {
    if by == By::User && !eyes.see_names() {
        return Ok(search::unseen(db, &text.to_lowercase(), eyes).await?.into_iter().map(|(id, _)| id).collect());
    }
    let (table, id) = match by {
        By::Client => ("clients", "client_id"),
        By::User => ("users", "user_id"),
    };
    let wanted = text.to_lowercase();
    // The databases lower the case of ASCII alike, and differ beyond it: of names or texts that go beyond it, Rust decides.
    let rows: Vec<(i64, String)> = if wanted.is_ascii() {
        let sql = format!(
            "select {id}, name from {table} where lower(name) like $1 escape '\\' or octet_length(name) <> length(name)"
        );
        let pattern = format!("%{}%", like_escaped(&wanted));
        each!(db.reader(), pool => sqlx::query_as(AssertSqlSafe(sql)).bind(pattern).fetch_all(pool).await?)
    } else {
        let sql = format!("select {id}, name from {table} where octet_length(name) <> length(name)");
        each!(db.reader(), pool => sqlx::query_as(AssertSqlSafe(sql)).fetch_all(pool).await?)
    };
    Ok(rows.into_iter().filter(|(_, name)| name.to_lowercase().contains(&wanted)).map(|(id, _)| id).collect())
}
