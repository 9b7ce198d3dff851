//! Connectors and their secrets. Nothing waits for a connector that is off: whoever switches one off ends what waits, in the same
//! transaction.

use std::collections::BTreeMap;

use super::standing;
use super::values::{corrupt, narrow, text, word};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::ConnectorId;
use crate::model::connector::{Connector, MOST_CONNECTORS, NewConnector, System};
use crate::model::delivery::{Endpoint, EndpointKind};
use crate::model::incident::Kind;
use crate::model::standing::{Failing, Off, OffWhy};

#[derive(sqlx::FromRow)]
struct Row {
    connector_id: ConnectorId,
    name: String,
    system: String,
    settings: String,
    kinds: String,
    group_names: String,
    language: String,
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

const SELECT: &str = "
    select connector_id, name, system, settings, kinds, group_names, language, is_on, off_at, off_why, off_by, failures, failing_since,
        created_at, created_by, updated_at
    from connectors ";

/// All connectors, in the order in which they were made.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn list(db: &Db) -> Result<Vec<Connector>> {
    let sql = format!("{SELECT} order by connector_id");
    let rows: Vec<Row> =
        each!(db.reader(), pool => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).fetch_all(pool).await?);
    rows.into_iter().map(Row::read).collect()
}

/// One connector.
///
/// # Errors
/// As for [`list`].
pub async fn find(db: &Db, id: ConnectorId) -> Result<Option<Connector>> {
    let sql = format!("{SELECT} where connector_id = $1");
    let row: Option<Row> = each!(db.reader(), pool =>
        sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(id).fetch_optional(pool).await?);
    row.map(Row::read).transpose()
}

/// Those that are on, and those that the program switched off since nothing arrived, for which it is kept until somebody sees to them.
pub(super) async fn listening(tx: &mut Tx) -> Result<Vec<Connector>> {
    let sql = format!("{SELECT} where is_on = 1 or off_why = $1 order by connector_id");
    let rows: Vec<Row> = each!(tx, tx => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(OffWhy::Failing.word())
        .fetch_all(&mut **tx)
        .await?);
    rows.into_iter().map(Row::read).collect()
}

/// What came of keeping a new connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    Yes(ConnectorId),
    /// There are as many as there may be.
    TooMany,
    /// There is one of that name.
    NameTaken,
}

/// Keeps a new connector, which is on. Its secrets are kept by [`seal`].
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, new: &NewConnector, by: &str, now_at: i64) -> Result<Inserted> {
    const COUNT: &str = "select count(*) from connectors";
    const SQL: &str = "
        insert into connectors (name, system, settings, sealed, kinds, group_names, language, is_on, off_why, off_by, failures,
            created_at, created_by, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, 1, '', '', 0, $8, $9, $8)
        on conflict (name) do nothing
        returning connector_id";
    let count: i64 = each!(&mut *tx, tx => sqlx::query_scalar(COUNT).fetch_one(&mut **tx).await?);
    if narrow::<usize>("count", count)? >= MOST_CONNECTORS {
        return Ok(Inserted::TooMany);
    }
    let id: Option<ConnectorId> = each!(tx, tx => sqlx::query_scalar(SQL)
        .bind(text(&new.name))
        .bind(new.system.word())
        .bind(written(&new.settings)?)
        .bind(Vec::<u8>::new())
        .bind(kinds(&new.kinds)?)
        .bind(written(&new.groups)?)
        .bind(&new.language)
        .bind(now_at)
        .bind(text(by))
        .fetch_optional(&mut **tx)
        .await?);
    Ok(id.map_or(Inserted::NameTaken, Inserted::Yes))
}

/// Changes a connector, but not its system nor its secrets. False if there is none, or another one has the name.
///
/// # Errors
/// The database's.
pub async fn update(tx: &mut Tx, id: ConnectorId, new: &NewConnector, now_at: i64) -> Result<bool> {
    const SQL: &str = "
        update connectors set name = $2, settings = $3, kinds = $4, group_names = $5, language = $6, updated_at = $7
        where connector_id = $1
            and not exists (select 1 from connectors o where o.name = $2 and o.connector_id <> $1)";
    let rows = each!(tx, tx => sqlx::query(SQL)
        .bind(id)
        .bind(text(&new.name))
        .bind(written(&new.settings)?)
        .bind(kinds(&new.kinds)?)
        .bind(written(&new.groups)?)
        .bind(&new.language)
        .bind(now_at)
        .execute(&mut **tx)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Keeps a connector's secrets, sealed.
///
/// # Errors
/// The database's.
pub async fn seal(tx: &mut Tx, id: ConnectorId, sealed: &[u8]) -> Result<()> {
    const SQL: &str = "update connectors set sealed = $2 where connector_id = $1";
    each!(tx, tx => sqlx::query(SQL).bind(id).bind(sealed).execute(&mut **tx).await.map(|_| ()))
}

/// A connector's secrets, sealed; none if it has none.
///
/// # Errors
/// The database's.
pub async fn sealed(db: &Db, id: ConnectorId) -> Result<Option<Vec<u8>>> {
    const SQL: &str = "select sealed from connectors where connector_id = $1";
    let sealed: Option<Vec<u8>> =
        each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(id).fetch_optional(pool).await?);
    Ok(sealed.filter(|sealed| !sealed.is_empty()))
}

/// Forgets a connector, its secrets, what waits for it and which records it made. Those stay where they are. False if there is none.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &mut Tx, id: ConnectorId) -> Result<bool> {
    standing::delete(tx, endpoint(id)).await
}

/// Sends again from now on, as if nothing had failed. False if there is none, or it is on.
///
/// # Errors
/// The database's.
pub async fn switch_on(tx: &mut Tx, id: ConnectorId, now_at: i64) -> Result<bool> {
    standing::switch_on(tx, endpoint(id), now_at).await
}

/// Sends no more, and ends what waits. `by`: the account's name; empty if the program does it. False if there is none, or it is off.
///
/// # Errors
/// The database's.
pub async fn switch_off(tx: &mut Tx, id: ConnectorId, why: OffWhy, by: &str, now_at: i64) -> Result<bool> {
    standing::switch_off(tx, endpoint(id), why, by, now_at).await
}

/// An attempt succeeded.
///
/// # Errors
/// The database's.
pub async fn works(tx: &mut Tx, id: ConnectorId) -> Result<()> {
    standing::works(tx, endpoint(id)).await
}

/// An attempt failed. Answers how it stands with the connector; none if there is none.
///
/// # Errors
/// The database's.
pub async fn fails(tx: &mut Tx, id: ConnectorId, now_at: i64) -> Result<Option<Failing>> {
    standing::fails(tx, endpoint(id), now_at).await
}

fn endpoint(id: ConnectorId) -> Endpoint {
    Endpoint { kind: EndpointKind::Ticket, id: id.0 }
}

fn kinds(kinds: &[Kind]) -> Result<String> {
    written(&kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>())
}

fn written<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()))
}

fn read<T: serde::de::DeserializeOwned>(column: &str, json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| corrupt(format!("connectors.{column}: {error}")))
}

impl Row {
    fn read(self) -> Result<Connector> {
        let off = match self.is_on {
            1 => None,
            _ => Some(Off {
                at: self.off_at.unwrap_or(self.updated_at),
                why: word("connectors.off_why", &self.off_why, OffWhy::from_word)?,
                by: self.off_by,
            }),
        };
        let failures = narrow("connectors.failures", self.failures)?;
        let settings: BTreeMap<String, String> = read("settings", &self.settings)?;
        let kinds: Vec<String> = read("kinds", &self.kinds)?;
        Ok(Connector {
            id: self.connector_id,
            name: self.name,
            system: word("connectors.system", &self.system, System::from_word)?,
            settings,
            // A kind of a later version, which another process on this database may be, is never met here.
            kinds: kinds.iter().filter_map(|word| Kind::from_word(word)).collect(),
            groups: read("group_names", &self.group_names)?,
            language: self.language,
            off,
            failing: self.failing_since.map(|since| Failing { since, failures }),
            created_at: self.created_at,
            created_by: self.created_by,
            updated_at: self.updated_at,
        })
    }
}
