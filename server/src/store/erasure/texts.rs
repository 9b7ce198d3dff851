//! Texts in which a name may stand by chance, and what agents and hosts say in their own words.

use sqlx::AssertSqlSafe;

use super::Text;
use crate::each;
use crate::store::values::text;
use crate::store::{Db, Result, Tx};

/// What tells a row from the others of its table.
pub type At = (i64, i64);
/// Before all of them.
pub const START: At = (i64::MIN, i64::MIN);

/// The texts of a column in order: those that say something, up to `most` behind `after`.
///
/// # Errors
/// The database's.
pub async fn texts(db: &Db, of: &Text, after: At, most: u32) -> Result<Vec<(At, String)>> {
    let Text { table, column, ids: [id, beside], .. } = of;
    // The first condition is for the planners, which see no index in the second one.
    let sql = format!(
        "select {id}, {beside}, {column} from {table}
        where {id} >= $1 and ({id}, {beside}) > ($1, $2) and {column} <> '' order by {id}, {beside} limit $3"
    );
    let rows: Vec<(i64, i64, String)> = each!(db.reader(), pool => sqlx::query_as(AssertSqlSafe(sql.as_str()))
        .bind(after.0)
        .bind(after.1)
        .bind(i64::from(most))
        .fetch_all(pool)
        .await?);
    Ok(rows.into_iter().map(|(id, beside, said)| ((id, beside), said)).collect())
}

/// What the text of a row says now; none if the row is gone, or says nothing.
///
/// # Errors
/// The database's.
pub async fn text_at(db: &Db, of: &Text, at: At) -> Result<Option<String>> {
    let Text { table, column, ids: [id, beside], .. } = of;
    let sql = format!("select {column} from {table} where {id} = $1 and {beside} = $2 and {column} <> ''");
    each!(db.reader(), pool => sqlx::query_scalar(AssertSqlSafe(sql.as_str()))
        .bind(at.0)
        .bind(at.1)
        .fetch_optional(pool)
        .await)
}

/// Keeps a text in place of what it was, if it is that still: agents and people may have said another one meanwhile. Answers whether it was.
///
/// # Errors
/// The database's; a duplicate if it may not say the same as another one.
pub async fn save_text(tx: &mut Tx, of: &Text, at: At, was: &str, said: &str) -> Result<bool> {
    let Text { table, column, ids: [id, beside], .. } = of;
    let sql = format!("update {table} set {column} = $1 where {id} = $2 and {beside} = $3 and {column} = $4");
    each!(tx, tx => {
        let done = sqlx::query(AssertSqlSafe(sql.as_str()))
            .bind(text(said))
            .bind(at.0)
            .bind(at.1)
            .bind(was)
            .execute(&mut **tx)
            .await?;
        Ok(done.rows_affected() > 0)
    })
}

/// The names of all shares of which peaks are kept.
///
/// # Errors
/// The database's.
pub async fn share_names(db: &Db) -> Result<Vec<String>> {
    const SQL: &str = "select distinct name from share_days order by name";
    each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_all(pool).await)
}

/// Keeps peaks under another name of their share. Where a host has peaks under that on the same day, they stay and the others go.
///
/// # Errors
/// The database's.
pub async fn rename_share(tx: &mut Tx, name: &str, other: &str) -> Result<()> {
    const RENAME: &str = "
        update share_days set name = $2 where name = $1
            and not exists (select 1 from share_days o where o.day_host = share_days.day_host and o.name = $2)";
    const REST: &str = "delete from share_days where name = $1";
    let other = text(other);
    each!(&mut *tx, tx => sqlx::query(RENAME).bind(name).bind(&other).execute(&mut **tx).await.map(|_| ()))?;
    each!(tx, tx => sqlx::query(REST).bind(name).execute(&mut **tx).await.map(|_| ()))
}

/// Whether an event has a record or a message, or a gap a detail: what hosts and agents say in their own words.
///
/// # Errors
/// The database's.
pub async fn has_own_words(db: &Db) -> Result<bool> {
    // Each stops at the first one. Nothing but what everything is read for has to find them: there is no index.
    const SQL: &str = "
        select (select count(*) from (select 1 from events where xml <> '' or message is not null limit 1) e)
            + (select count(*) from (select 1 from gaps where detail <> '' limit 1) g)";
    let some: i64 = each!(db.reader(), pool => sqlx::query_scalar(SQL).fetch_one(pool).await?);
    Ok(some > 0)
}

/// Takes away what agents said of gaps in their own words.
///
/// # Errors
/// The database's.
pub async fn remove_details(tx: &mut Tx) -> Result<()> {
    const SQL: &str = "update gaps set detail = '' where detail <> ''";
    each!(tx, tx => sqlx::query(SQL).execute(&mut **tx).await.map(|_| ()))
}

/// Stretches of a table that are looked at, and rows of each: what takes no time however much there is.
const STRETCHES: i64 = 64;
const ROWS: i64 = 200;

/// What a look at some events and gaps found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Looked {
    /// That were looked at.
    pub rows: u64,
    /// That say something in the words of a host or an agent.
    pub with_own_words: u64,
}

/// Looks at some events and gaps: the oldest, the newest, and some in between.
///
/// # Errors
/// The database's.
pub async fn look_for_own_words(db: &Db) -> Result<Looked> {
    let mut looked = Looked::default();
    for (table, id, has) in
        [("events", "event_id", "xml <> '' or message is not null"), ("gaps", "gap_id", "detail <> ''")]
    {
        // One by one: of both at once SQLite reads the whole table.
        let ends = format!("select (select min({id}) from {table}), (select max({id}) from {table})");
        let ends: (Option<i64>, Option<i64>) =
            each!(db.reader(), pool => sqlx::query_as(AssertSqlSafe(ends.as_str())).fetch_one(pool).await?);
        let (Some(first), Some(last)) = ends else { continue };
        let sql = format!(
            "select count(*), count(case when {has} then 1 end)
            from (select * from {table} where {id} >= $1 and {id} < $2 order by {id} limit $3) t"
        );
        let mut from = first;
        for stretch in 1..=STRETCHES {
            // The last one begins where it holds the newest.
            let next = first.saturating_add((last - first) / STRETCHES * stretch).max(from);
            let start = if stretch == STRETCHES { from.max(last - ROWS + 1) } else { from };
            let end = if stretch == STRETCHES { i64::MAX } else { next };
            let (rows, with): (i64, i64) = each!(db.reader(), pool => sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(start)
                .bind(end)
                .bind(ROWS)
                .fetch_one(pool)
                .await?);
            looked.rows += rows.unsigned_abs();
            looked.with_own_words += with.unsigned_abs();
            from = next;
        }
    }
    Ok(looked)
}
