//! Putting another name in the place of a client's or user's, wherever names are kept.
//!
//! History records hold ids, so a name is in one row of its own, and else only in texts: [`Place::ALL`] says which.

mod places;
mod texts;

use sqlx::AssertSqlSafe;

use super::rank::By;
use super::values::text;
use super::{Db, Either, Result, Tx};
use crate::each;
use crate::model::{EventId, ViewId};

pub use self::places::{Form, Place, Text, Told};
pub use self::texts::{
    At, Looked, START, has_own_words, look_for_own_words, remove_details, rename_share, save_text, share_names,
    text_at, texts,
};

/// Of names and the ids that they belong to.
pub(super) const REVISION: &str = "names_revision";

/// The texts of an event that may hold names.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct EventTexts {
    pub event_id: EventId,
    pub xml: String,
    pub message: Option<String>,
    /// JSON of `wire::Decoded`.
    pub decoded: String,
}

/// The texts of a saved view that may hold names.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SavedTexts {
    pub view_id: ViewId,
    pub name: String,
    /// `?a=b&c=d`
    pub query: String,
}

/// A part of a snapshot that is not complete.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Part {
    host_id: i64,
    epoch: String,
    taken_at: i64,
    part_index: i64,
    pub body: Vec<u8>,
}

fn table(by: By) -> (&'static str, &'static str) {
    match by {
        By::Client => ("clients", "client_id"),
        By::User => ("users", "user_id"),
    }
}

/// The names that are this one when letters A to Z are not told from a to z: SMB does not either.
///
/// # Errors
/// The database's.
pub async fn named(db: &Db, by: By, name: &str) -> Result<Vec<(i64, String)>> {
    let (table, id) = table(by);
    let sql = format!("select {id}, name from {table} where name = $1 or lower(name) = lower($1) order by {id}");
    each!(db.reader(), pool =>
        sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(text(name)).fetch_all(pool).await)
}

/// Some names, in order of their ids: up to `most` with ids above `after`.
///
/// # Errors
/// The database's.
pub async fn names(db: &Db, by: By, after: i64, most: u32) -> Result<Vec<(i64, String)>> {
    let (table, id) = table(by);
    let sql = format!("select {id}, name from {table} where {id} > $1 order by {id} limit $2");
    each!(db.reader(), pool =>
        sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(after).bind(i64::from(most)).fetch_all(pool).await)
}

/// Puts another name in the place of one. Answers whether it was there.
///
/// # Errors
/// The database's; a duplicate if the new name is somebody else's.
pub async fn rename(tx: &mut Tx, by: By, id: i64, name: &str) -> Result<bool> {
    let (table, column) = table(by);
    let sql = format!("update {table} set name = $1 where {column} = $2");
    each!(tx, tx => {
        let done = sqlx::query(sqlx::AssertSqlSafe(sql.as_str())).bind(text(name)).bind(id).execute(&mut **tx).await?;
        Ok(done.rows_affected() == 1)
    })
}

/// The texts of some events, in order of their ids: up to `most` with ids above `after`.
///
/// # Errors
/// The database's.
pub async fn events(db: &Db, after: EventId, most: u32) -> Result<Vec<EventTexts>> {
    const SQL: &str =
        "select event_id, xml, message, decoded from events where event_id > $1 order by event_id limit $2";
    each!(db.reader(), pool => sqlx::query_as(SQL).bind(after).bind(i64::from(most)).fetch_all(pool).await)
}

/// Keeps the texts of an event in place of those it had.
///
/// # Errors
/// The database's.
pub async fn save_event(tx: &mut Tx, texts: &EventTexts) -> Result<()> {
    const SQL: &str = "update events set xml = $1, message = $2, decoded = $3 where event_id = $4";
    each!(tx, tx => sqlx::query(SQL)
        .bind(text(&texts.xml))
        .bind(texts.message.as_deref().map(text))
        .bind(text(&texts.decoded))
        .bind(texts.event_id)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// What findings say, in order of their ids: up to `most` with ids above `after`.
///
/// # Errors
/// The database's.
pub async fn findings(db: &Db, after: i64, most: u32) -> Result<Vec<(i64, String)>> {
    const SQL: &str = "select finding_id, detail from findings where finding_id > $1 order by finding_id limit $2";
    each!(db.reader(), pool => sqlx::query_as(SQL).bind(after).bind(i64::from(most)).fetch_all(pool).await)
}

/// Keeps what a finding says in place of what it said.
///
/// # Errors
/// The database's.
pub async fn save_finding(tx: &mut Tx, id: i64, detail: &str) -> Result<()> {
    const SQL: &str = "update findings set detail = $1 where finding_id = $2";
    each!(tx, tx => sqlx::query(SQL).bind(text(detail)).bind(id).execute(&mut **tx).await.map(|_| ()))
}

/// Whether texts of a kind are JSON.
#[must_use]
pub fn is_json(told: Told) -> bool {
    matches!(told, Told::Evidence | Told::Messages)
}

/// Texts of a kind in order of their ids: those that say something, up to `most` with ids above `after`.
///
/// # Errors
/// The database's.
pub async fn told(db: &Db, told: Told, after: i64, most: u32) -> Result<Vec<(i64, String)>> {
    let (table, id, column) = told.place();
    let sql = format!("select {id}, {column} from {table} where {id} > $1 and {column} <> '' order by {id} limit $2");
    each!(db.reader(), pool =>
        sqlx::query_as(AssertSqlSafe(sql.as_str())).bind(after).bind(i64::from(most)).fetch_all(pool).await)
}

/// Keeps a text of a kind in place of what it was.
///
/// # Errors
/// The database's.
pub async fn save_told(tx: &mut Tx, told: Told, id: i64, said: &str) -> Result<()> {
    let (table, key, column) = told.place();
    let sql = format!("update {table} set {column} = $1 where {key} = $2");
    each!(tx, tx => sqlx::query(AssertSqlSafe(sql.as_str())).bind(text(said)).bind(id).execute(&mut **tx).await.map(|_| ()))
}

/// What was answered to requests that may come again, in order of what names them: those that say something and are not sealed, up to `most`
/// behind `after`.
///
/// # Errors
/// The database's.
pub async fn answers(db: &Db, after: &[u8], most: u32) -> Result<Vec<(Vec<u8>, String)>> {
    const SQL: &str = "
        select request_sha256, body from idempotent_answers where request_sha256 > $1 and body <> ''
        order by request_sha256 limit $2";
    each!(db.reader(), pool => sqlx::query_as(SQL).bind(after).bind(i64::from(most)).fetch_all(pool).await)
}

/// Keeps such an answer in place of what it was.
///
/// # Errors
/// The database's.
pub async fn save_answer(tx: &mut Tx, request_sha256: &[u8], body: &str) -> Result<()> {
    const SQL: &str = "update idempotent_answers set body = $2 where request_sha256 = $1";
    each!(tx, tx => sqlx::query(SQL).bind(request_sha256).bind(text(body)).execute(&mut **tx).await.map(|_| ()))
}

/// Saved views of all accounts, in order of their ids.
///
/// # Errors
/// The database's.
pub async fn views(db: &Db) -> Result<Vec<SavedTexts>> {
    const SQL: &str = "select view_id, name, query from saved_views order by view_id";
    each!(db.reader(), pool => sqlx::query_as(SQL).fetch_all(pool).await)
}

/// Keeps the texts of a saved view in place of those it had.
///
/// # Errors
/// The database's; a duplicate if the account has a view of that name.
pub async fn save_view(tx: &mut Tx, texts: &SavedTexts) -> Result<()> {
    const SQL: &str = "update saved_views set name = $1, query = $2 where view_id = $3";
    each!(tx, tx => sqlx::query(SQL)
        .bind(text(&texts.name))
        .bind(text(&texts.query))
        .bind(texts.view_id)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// All parts of snapshots of which others are still to come. They are few: an agent sends them one after the other.
///
/// # Errors
/// The database's.
pub async fn parts(tx: &mut Tx) -> Result<Vec<Part>> {
    const SQL: &str = "select host_id, epoch, taken_at, part_index, body from snapshot_parts";
    each!(tx, tx => sqlx::query_as(SQL).fetch_all(&mut **tx).await)
}

/// Keeps the body of a part in place of the one it had.
///
/// # Errors
/// The database's.
pub async fn save_part(tx: &mut Tx, part: &Part) -> Result<()> {
    const SQL: &str = "
        update snapshot_parts set body = $1 where host_id = $2 and epoch = $3 and taken_at = $4 and part_index = $5";
    each!(tx, tx => sqlx::query(SQL)
        .bind(part.body.as_slice())
        .bind(part.host_id)
        .bind(part.epoch.as_str())
        .bind(part.taken_at)
        .bind(part.part_index)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// Tells every process that names and ids it remembers may no longer belong together.
///
/// # Errors
/// The database's.
pub async fn outdate_names(tx: &mut Tx) -> Result<()> {
    super::next_revision(tx, REVISION).await
}

/// What changes whenever remembered names are outdated.
///
/// # Errors
/// The database's.
pub async fn names_revision(tx: &mut Tx) -> Result<Option<String>> {
    const SQL: &str = "select value from meta where key = $1";
    each!(tx, tx => sqlx::query_scalar(SQL).bind(REVISION).fetch_optional(&mut **tx).await)
}

/// From now on this process overwrites what it removes (SQLite; PostgreSQL has no such thing).
///
/// # Errors
/// The database's.
pub async fn overwrite_removed(db: &Db) -> Result<()> {
    match &db.write {
        Either::Sqlite(pool) => super::sqlite::overwrite_removed(pool).await,
        Either::Postgres(_) => Ok(()),
    }
}

/// Removes what is left of the old texts beside the rows: in SQLite's write-ahead log, in PostgreSQL's dead rows. With `whole`
/// every table is written anew, which takes as much space again while it lasts and keeps others waiting.
///
/// # Errors
/// The database's.
pub async fn remove_remains(db: &Db, whole: bool) -> Result<()> {
    match &db.write {
        Either::Sqlite(pool) => super::sqlite::remove_remains(pool, whole).await,
        Either::Postgres(pool) => super::postgres::remove_remains(pool, whole).await,
    }
}
