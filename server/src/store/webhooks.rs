//! Webhooks and their secrets. Nothing waits for a webhook that is off: whoever switches one off ends what waits, in the same transaction.

use super::standing;
use super::values::{corrupt, narrow, text, word};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::WebhookId;
use crate::model::delivery::{Endpoint, EndpointKind};
use crate::model::standing::{Failing, Off, OffWhy};
use crate::model::webhook::{EventType, MOST_WEBHOOKS, NewWebhook, Webhook};

#[derive(sqlx::FromRow)]
struct Row {
    webhook_id: WebhookId,
    name: String,
    url: String,
    event_types: String,
    group_names: String,
    is_on: i64,
    off_at: Option<i64>,
    off_why: String,
    off_by: String,
    failures: i64,
    failing_since: Option<i64>,
    created_at: i64,
    created_by: String,
    updated_at: i64,
}

/// A signing secret of a webhook, sealed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Secret {
    pub sealed: Vec<u8>,
    pub created_at: i64,
    /// Until when it signs beside the newer one; none for the newest.
    pub retires_at: Option<i64>,
}

const COLUMNS: &str = "
    webhook_id, name, url, event_types, group_names, is_on, off_at, off_why, off_by, failures, failing_since, created_at, created_by,
    updated_at";

/// All webhooks, in the order in which they were made.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn list(db: &Db) -> Result<Vec<Webhook>> {
    let sql = format!("select {COLUMNS} from webhooks order by webhook_id");
    let rows: Vec<Row> =
        each!(db.reader(), pool => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).fetch_all(pool).await?);
    rows.into_iter().map(Row::read).collect()
}

/// One webhook.
///
/// # Errors
/// As for [`list`].
pub async fn find(db: &Db, id: WebhookId) -> Result<Option<Webhook>> {
    let sql = format!("select {COLUMNS} from webhooks where webhook_id = $1");
    let row: Option<Row> = each!(db.reader(), pool =>
        sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(id).fetch_optional(pool).await?);
    row.map(Row::read).transpose()
}

/// One webhook, which nobody else changes until the transaction ends.
///
/// # Errors
/// As for [`list`].
pub async fn hold(tx: &mut Tx, id: WebhookId) -> Result<Option<Webhook>> {
    // An update that changes nothing locks the row on both databases.
    let sql = format!("update webhooks set updated_at = updated_at where webhook_id = $1 returning {COLUMNS}");
    let row: Option<Row> = each!(tx, tx =>
        sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(id).fetch_optional(&mut **tx).await?);
    row.map(Row::read).transpose()
}

/// Those that are to be told something: the ones that are on, and the ones that the program switched off since nothing arrived, for which
/// it is kept until somebody sees to them.
pub(super) async fn listening(tx: &mut Tx) -> Result<Vec<Webhook>> {
    let sql = format!("select {COLUMNS} from webhooks where is_on = 1 or off_why = $1 order by webhook_id");
    let rows: Vec<Row> = each!(tx, tx => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(OffWhy::Failing.word())
        .fetch_all(&mut **tx)
        .await?);
    rows.into_iter().map(Row::read).collect()
}

/// Keeps a new webhook, which is on. None if there are as many as there may be.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, new: &NewWebhook, by: &str, now_at: i64) -> Result<Option<WebhookId>> {
    const COUNT: &str = "select count(*) from webhooks";
    const SQL: &str = "
        insert into webhooks (name, url, event_types, group_names, is_on, off_why, off_by, failures, created_at, created_by, updated_at)
        values ($1, $2, $3, $4, 1, '', '', 0, $5, $6, $5)
        returning webhook_id";
    let count: i64 = each!(&mut *tx, tx => sqlx::query_scalar(COUNT).fetch_one(&mut **tx).await?);
    if narrow::<usize>("count", count)? >= MOST_WEBHOOKS {
        return Ok(None);
    }
    each!(tx, tx => sqlx::query_scalar(SQL)
        .bind(text(&new.name))
        .bind(text(&new.url))
        .bind(words(&new.event_types)?)
        .bind(texts(&new.groups)?)
        .bind(now_at)
        .bind(text(by))
        .fetch_one(&mut **tx)
        .await
        .map(Some))
}

/// Changes a webhook. At another address nothing has failed yet. False if there is none.
///
/// # Errors
/// The database's.
pub async fn update(tx: &mut Tx, id: WebhookId, new: &NewWebhook, now_at: i64) -> Result<bool> {
    const SQL: &str = "
        update webhooks set name = $2, event_types = $4, group_names = $5, updated_at = $6,
            failures = case when url = $3 then failures else 0 end,
            failing_since = case when url = $3 then failing_since else null end,
            url = $3
        where webhook_id = $1";
    let rows = each!(tx, tx => sqlx::query(SQL)
        .bind(id)
        .bind(text(&new.name))
        .bind(text(&new.url))
        .bind(words(&new.event_types)?)
        .bind(texts(&new.groups)?)
        .bind(now_at)
        .execute(&mut **tx)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Forgets a webhook, its secrets and all that was sent to it. False if there is none.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &mut Tx, id: WebhookId) -> Result<bool> {
    standing::delete(tx, endpoint(id)).await
}

/// Sends again from now on, as if nothing had failed. False if there is none, or it is on.
///
/// # Errors
/// The database's.
pub async fn switch_on(tx: &mut Tx, id: WebhookId, now_at: i64) -> Result<bool> {
    standing::switch_on(tx, endpoint(id), now_at).await
}

/// Sends no more, and ends what waits. `by`: the account's name; empty if the program does it. False if there is none, or it is off.
///
/// # Errors
/// The database's.
pub async fn switch_off(tx: &mut Tx, id: WebhookId, why: OffWhy, by: &str, now_at: i64) -> Result<bool> {
    standing::switch_off(tx, endpoint(id), why, by, now_at).await
}

/// An attempt succeeded.
///
/// # Errors
/// The database's.
pub async fn works(tx: &mut Tx, id: WebhookId) -> Result<()> {
    standing::works(tx, endpoint(id)).await
}

/// An attempt failed. Answers how it stands with the webhook; none if there is none.
///
/// # Errors
/// The database's.
pub async fn fails(tx: &mut Tx, id: WebhookId, now_at: i64) -> Result<Option<Failing>> {
    standing::fails(tx, endpoint(id), now_at).await
}

/// Signs with another secret from now on. The one before it signs as well until `old_until_at`, and none that is older.
///
/// # Errors
/// The database's.
pub async fn add_secret(tx: &mut Tx, id: WebhookId, sealed: &[u8], now_at: i64, old_until_at: i64) -> Result<()> {
    const OLDER: &str = "delete from webhook_secrets where webhook_id = $1 and retires_at is not null";
    const OLD: &str = "update webhook_secrets set retires_at = $2 where webhook_id = $1";
    const NEW: &str = "insert into webhook_secrets (webhook_id, sealed, created_at) values ($1, $2, $3)";
    each!(tx, tx => {
        sqlx::query(OLDER).bind(id).execute(&mut **tx).await?;
        sqlx::query(OLD).bind(id).bind(old_until_at).execute(&mut **tx).await?;
        sqlx::query(NEW).bind(id).bind(sealed).bind(now_at).execute(&mut **tx).await.map(|_| ())
    })
}

/// What signs at this instant, the newest first.
///
/// # Errors
/// The database's.
pub async fn secrets(db: &Db, id: WebhookId, now_at: i64) -> Result<Vec<Secret>> {
    const SQL: &str = "
        select sealed, created_at, retires_at from webhook_secrets
        where webhook_id = $1 and (retires_at is null or retires_at > $2)
        order by secret_id desc";
    each!(db.reader(), pool => sqlx::query_as(SQL).bind(id).bind(now_at).fetch_all(pool).await)
}

/// Forgets secrets that sign no more. Answers how many there were.
///
/// # Errors
/// The database's.
pub async fn remove_retired(tx: &mut Tx, now_at: i64) -> Result<u64> {
    const SQL: &str = "delete from webhook_secrets where retires_at <= $1";
    each!(tx, tx => Ok(sqlx::query(SQL).bind(now_at).execute(&mut **tx).await?.rows_affected()))
}

fn endpoint(id: WebhookId) -> Endpoint {
    Endpoint { kind: EndpointKind::Webhook, id: id.0 }
}

fn words(events: &[EventType]) -> Result<String> {
    let words: Vec<&str> = events.iter().map(|event| event.word()).collect();
    serde_json::to_string(&words).map_err(|error| sqlx::Error::Encode(error.into()))
}

fn texts(names: &[String]) -> Result<String> {
    serde_json::to_string(names).map_err(|error| sqlx::Error::Encode(error.into()))
}

fn list_of(column: &str, json: &str) -> Result<Vec<String>> {
    serde_json::from_str(json).map_err(|error| corrupt(format!("webhooks.{column}: {error}")))
}

impl Row {
    fn read(self) -> Result<Webhook> {
        let off = match self.is_on {
            1 => None,
            _ => Some(Off {
                at: self.off_at.unwrap_or(self.updated_at),
                why: word("webhooks.off_why", &self.off_why, OffWhy::from_word)?,
                by: self.off_by,
            }),
        };
        let failures = narrow("webhooks.failures", self.failures)?;
        // A type of a later version, which another process on this database may be, is never met here.
        let event_types = list_of("event_types", &self.event_types)?;
        Ok(Webhook {
            id: self.webhook_id,
            name: self.name,
            url: self.url,
            event_types: event_types.iter().filter_map(|word| EventType::from_word(word)).collect(),
            groups: list_of("group_names", &self.group_names)?,
            off,
            failing: self.failing_since.map(|since| Failing { since, failures }),
            created_at: self.created_at,
            created_by: self.created_by,
            updated_at: self.updated_at,
        })
    }
}
