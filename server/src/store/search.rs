//! Clients and users by a part of their name.

use sqlx::AssertSqlSafe;

use super::rank::{self, By};
use super::values::like_escaped;
use super::{Db, Result, names as all_names};
use crate::each;
use crate::model::eyes::Eyes;
use crate::model::{HostId, UserId};

/// Up to `most` names that contain a text, without regard to case in any script: those that begin with it first, then by name. Users are as the eyes
/// see them: who does not see names finds them by what he sees, and nobody by a name.
///
/// # Errors
/// The database's.
pub async fn names(db: &Db, by: By, wanted: &str, most: usize, eyes: &Eyes) -> Result<Vec<(i64, String)>> {
    let wanted = wanted.to_lowercase();
    let mut found = if by == By::User && !eyes.see_names() {
        unseen(db, &wanted, eyes).await?
    } else {
        beyond_ascii(db, by, &wanted).await?
    };
    if wanted.is_ascii() && (by == By::Client || eyes.see_names()) {
        found.extend(ascii(db, by, &wanted, most).await?);
    }
    Ok(first(found, &wanted, most))
}

/// As [`names`], of those who held sessions on some hosts in a stretch of time, as far as its hours are added up.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn names_on(
    db: &Db,
    by: By,
    (hosts, from_at, to_at): (&[HostId], i64, i64),
    (wanted, most): (&str, usize),
    eyes: &Eyes,
) -> Result<Vec<(i64, String)>> {
    let wanted = wanted.to_lowercase();
    let ids = rank::held_on(db, by, (hosts, from_at, to_at)).await?;
    let mut found: Vec<(i64, String)> = match by {
        By::Client => {
            let ids: Vec<i64> = ids.into_iter().collect();
            all_names::clients_by_raw_id(db, &ids).await?.into_iter().collect()
        }
        By::User => {
            let ids: Vec<UserId> = ids.into_iter().map(UserId).collect();
            eyes.users(all_names::users(db, &ids).await?).into_iter().map(|(id, name)| (id.0, name)).collect()
        }
    };
    found.retain(|(_, name)| name.to_lowercase().contains(&wanted));
    Ok(first(found, &wanted, most))
}

/// Those that begin with the text, which is in small letters, before all others; then by name.
fn first(mut found: Vec<(i64, String)>, wanted: &str, most: usize) -> Vec<(i64, String)> {
    found.sort_by_cached_key(|(id, name)| {
        let lower = name.to_lowercase();
        (!lower.starts_with(wanted), lower, *id)
    });
    found.truncate(most);
    found
}

/// Users of whom the eyes, which do not see names, see something with the text in it, which is in small letters. Every name has to be looked at.
pub(super) async fn unseen(db: &Db, wanted: &str, eyes: &Eyes) -> Result<Vec<(i64, String)>> {
    const SQL: &str = "select user_id, name from users";
    let rows: Vec<(i64, String)> = each!(db.reader(), pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    let (wanted, eyes) = (wanted.to_owned(), eyes.clone());
    let found = move || {
        let seen = rows.into_iter().map(|(id, name)| (id, eyes.user(name)));
        seen.filter(|(_, name)| name.to_lowercase().contains(&wanted)).collect()
    };
    // A pseudonym of each of a hundred thousand takes a while, and others ask meanwhile.
    tokio::task::spawn_blocking(found).await.map_err(|_| sqlx::Error::WorkerCrashed)
}

fn table(by: By) -> (&'static str, &'static str) {
    match by {
        By::Client => ("clients", "client_id"),
        By::User => ("users", "user_id"),
    }
}

/// The databases lower the case of ASCII alike.
async fn ascii(db: &Db, by: By, wanted: &str, most: usize) -> Result<Vec<(i64, String)>> {
    let (table, id) = table(by);
    let sql = format!(
        "select {id}, name from {table}
         where lower(name) like $1 escape '\\' and octet_length(name) = length(name)
         order by case when lower(name) like $2 escape '\\' then 0 else 1 end, lower(name), {id} limit $3"
    );
    let part = like_escaped(wanted);
    each!(db.reader(), pool => sqlx::query_as(AssertSqlSafe(sql))
        .bind(format!("%{part}%"))
        .bind(format!("{part}%"))
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(pool)
        .await)
}

/// Of other names, which are few, Rust decides.
async fn beyond_ascii(db: &Db, by: By, wanted: &str) -> Result<Vec<(i64, String)>> {
    let (table, id) = table(by);
    let sql = format!("select {id}, name from {table} where octet_length(name) <> length(name)");
    let mut rows: Vec<(i64, String)> =
        each!(db.reader(), pool => sqlx::query_as(AssertSqlSafe(sql)).fetch_all(pool).await?);
    rows.retain(|(_, name)| name.to_lowercase().contains(wanted));
    Ok(rows)
}
