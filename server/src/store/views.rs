//! Saved views: filters of pages that accounts keep under names.

use super::values::{text, word};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::view::{MOST_VIEWS, SavedPage, View};
use crate::model::{AccountId, ViewId};

#[derive(sqlx::FromRow)]
struct Row {
    view_id: ViewId,
    page: String,
    name: String,
    query: String,
    created_at: i64,
}

/// The account's views of a page, by name (without regard to case).
///
/// # Errors
/// The database's.
pub async fn list(db: &Db, account: AccountId, page: SavedPage) -> Result<Vec<View>> {
    const SQL: &str = "
        select view_id, page, name, query, created_at from saved_views where account_id = $1 and page = $2";
    let rows: Vec<Row> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(account).bind(page.word()).fetch_all(pool).await?);
    let mut views = rows.into_iter().map(Row::read).collect::<Result<Vec<_>>>()?;
    // Here, since the two databases order text differently.
    views.sort_by_cached_key(|view| (view.name.to_lowercase(), view.id));
    Ok(views)
}

/// One view of the account; none of another one's.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, account: AccountId, id: ViewId) -> Result<Option<View>> {
    const SQL: &str = "
        select view_id, page, name, query, created_at from saved_views where account_id = $1 and view_id = $2";
    let row: Option<Row> =
        each!(db.reader(), pool => sqlx::query_as(SQL).bind(account).bind(id).fetch_optional(pool).await?);
    row.map(Row::read).transpose()
}

/// Keeps filters under a name, instead of those that the page has under it. False if the account has as many views as it may have.
///
/// # Errors
/// The database's.
pub async fn save(
    tx: &mut Tx,
    account: AccountId,
    (page, name): (SavedPage, &str),
    query: &str,
    now_at: i64,
) -> Result<bool> {
    const REPLACE: &str = "
        update saved_views set query = $4, created_at = $5 where account_id = $1 and page = $2 and name = $3";
    // Two that are saved at the same instant may pass the limit by one: it is there against heaps, not for a count.
    const INSERT: &str = "
        insert into saved_views (account_id, page, name, query, created_at)
        select $1, $2, $3, $4, $5 where (select count(*) from saved_views where account_id = $1) < $6
        on conflict (account_id, page, name) do update set query = excluded.query, created_at = excluded.created_at";
    let (name, query) = (text(name), text(query));
    let rows = each!(tx, tx => {
        let replace = sqlx::query(REPLACE).bind(account).bind(page.word()).bind(&name).bind(&query).bind(now_at);
        match replace.execute(&mut **tx).await?.rows_affected() {
            0 => {
                let insert = sqlx::query(INSERT).bind(account).bind(page.word()).bind(name).bind(query).bind(now_at);
                insert.bind(i64::try_from(MOST_VIEWS).unwrap_or(i64::MAX)).execute(&mut **tx).await?.rows_affected()
            }
            rows => rows,
        }
    });
    Ok(rows == 1)
}

/// Gives a view another name. False if the account has no such view.
///
/// # Errors
/// [`super::is_duplicate`] if the page has a view of that name.
pub async fn rename(tx: &mut Tx, account: AccountId, id: ViewId, name: &str) -> Result<bool> {
    const SQL: &str = "update saved_views set name = $3 where account_id = $1 and view_id = $2";
    let rows = each!(tx, tx =>
        sqlx::query(SQL).bind(account).bind(id).bind(text(name)).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

/// False if the account has no such view.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &mut Tx, account: AccountId, id: ViewId) -> Result<bool> {
    const SQL: &str = "delete from saved_views where account_id = $1 and view_id = $2";
    let rows = each!(tx, tx => sqlx::query(SQL).bind(account).bind(id).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

impl Row {
    fn read(self) -> Result<View> {
        Ok(View {
            id: self.view_id,
            page: word("saved_views.page", &self.page, SavedPage::from_word)?,
            name: self.name,
            query: self.query,
            created_at: self.created_at,
        })
    }
}
