//! What was sent, to read and to send again.

use sqlx::QueryBuilder;

use crate::each;
use crate::model::delivery::{Attempt, Delivery, Endpoint, EndpointKind, State, Why};
use crate::model::{DeliveryId, IncidentId};
use crate::store::values::{narrow, narrow_option, word};
use crate::store::{Db, Result, Tx};

/// Which deliveries; a field that is none does not filter.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeliveryFilter {
    pub endpoint: Option<Endpoint>,
    pub incident: Option<IncidentId>,
    pub state: Option<State>,
    /// Those before this one: the last row of the page before.
    pub before: Option<DeliveryId>,
    pub most: u32,
}

/// Which of those that are settled are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that did not arrive.
    Dead,
    /// All: receivers pass over those that they have, unless they lost them.
    All,
}

#[derive(sqlx::FromRow)]
struct Row {
    delivery_id: DeliveryId,
    message_id: String,
    endpoint_kind: String,
    endpoint_id: i64,
    incident_id: Option<IncidentId>,
    event_type: String,
    created_at: i64,
    due_at: i64,
    attempts: i64,
    state: String,
    settled_at: Option<i64>,
    why: String,
    status: Option<i64>,
    error: Option<String>,
}

#[derive(sqlx::FromRow)]
struct AttemptRow {
    at: i64,
    took_ms: i64,
    status: Option<i64>,
    error: String,
    answer: String,
}

const SELECT: &str = "
    select d.delivery_id, d.message_id, d.endpoint_kind, d.endpoint_id, d.incident_id, d.event_type, d.created_at, d.due_at, d.attempts,
        d.state, d.settled_at, d.why, a.status, a.error
    from deliveries d left join delivery_attempts a
        on a.attempt_id = (select max(l.attempt_id) from delivery_attempts l where l.delivery_id = d.delivery_id)
    where ";

/// Deliveries with what came of the last attempt, newest first.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn list(db: &Db, filter: &DeliveryFilter) -> Result<Vec<Delivery>> {
    let rows: Vec<Row> = each!(db.reader(), pool => {
        let mut select = QueryBuilder::new(SELECT);
        select.push("1 = 1");
        if let Some(endpoint) = filter.endpoint {
            select.push(" and d.endpoint_kind = ").push_bind(endpoint.kind.word());
            select.push(" and d.endpoint_id = ").push_bind(endpoint.id);
        }
        if let Some(incident) = filter.incident {
            select.push(" and d.incident_id = ").push_bind(incident);
        }
        if let Some(state) = filter.state {
            select.push(" and d.state = ").push_bind(state.word());
        }
        if let Some(before) = filter.before {
            select.push(" and d.delivery_id < ").push_bind(before);
        }
        select.push(" order by d.delivery_id desc limit ").push_bind(i64::from(filter.most));
        select.build_query_as().persistent(false).fetch_all(pool).await?
    });
    rows.into_iter().map(Row::read).collect()
}

/// One delivery, and its body.
///
/// # Errors
/// As for [`list`].
pub async fn find(db: &Db, id: DeliveryId) -> Result<Option<(Delivery, String)>> {
    const BODY: &str = "select body from deliveries where delivery_id = $1";
    let sql = format!("{SELECT} d.delivery_id = $1");
    let row: Option<Row> = each!(db.reader(), pool =>
        sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(id).fetch_optional(pool).await?);
    let body: Option<String> =
        each!(db.reader(), pool => sqlx::query_scalar(BODY).bind(id).fetch_optional(pool).await?);
    row.zip(body).map(|(row, body)| Ok((row.read()?, body))).transpose()
}

/// One delivery, as the transaction sees it.
///
/// # Errors
/// As for [`list`].
pub async fn find_in(tx: &mut Tx, id: DeliveryId) -> Result<Option<Delivery>> {
    let sql = format!("{SELECT} d.delivery_id = $1");
    let row: Option<Row> = each!(tx, tx =>
        sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(id).fetch_optional(&mut **tx).await?);
    row.map(Row::read).transpose()
}

/// Every attempt of a delivery, in order.
///
/// # Errors
/// As for [`list`].
pub async fn attempts(db: &Db, id: DeliveryId) -> Result<Vec<Attempt>> {
    const SQL: &str = "
        select at, took_ms, status, error, answer from delivery_attempts where delivery_id = $1 order by attempt_id";
    let rows: Vec<AttemptRow> = each!(db.reader(), pool => sqlx::query_as(SQL).bind(id).fetch_all(pool).await?);
    rows.into_iter().map(AttemptRow::read).collect()
}

/// Sends a delivery again, with the same message id; one that waits is due now. False if there is none, or it is under way.
///
/// # Errors
/// The database's.
pub async fn replay(tx: &mut Tx, id: DeliveryId, now_at: i64) -> Result<bool> {
    const SQL: &str = "
        update deliveries set state = 'waiting', due_at = $2, attempts = 0, settled_at = null, why = '', leased_until = 0
        where delivery_id = $1 and leased_until <= $2";
    let rows = each!(tx, tx => sqlx::query(SQL).bind(id).bind(now_at).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

/// Sends what was meant for a destination since an instant again, oldest first. Answers how many deliveries that are.
///
/// # Errors
/// The database's.
pub async fn replay_since(tx: &mut Tx, endpoint: Endpoint, since_at: i64, which: Which, now_at: i64) -> Result<u64> {
    const SQL: &str = "
        update deliveries set state = 'waiting', due_at = $4, attempts = 0, settled_at = null, why = '', leased_until = 0
        where endpoint_kind = $1 and endpoint_id = $2 and created_at >= $3 and (state = 'dead' or state = $5)";
    let also = match which {
        Which::Dead => State::Dead,
        Which::All => State::Delivered,
    };
    each!(tx, tx => Ok(sqlx::query(SQL)
        .bind(endpoint.kind.word())
        .bind(endpoint.id)
        .bind(since_at)
        .bind(now_at)
        .bind(also.word())
        .execute(&mut **tx)
        .await?
        .rows_affected()))
}

/// Removes up to `most` deliveries, with their attempts, that were settled before an instant. What waits stays. Answers how many there were.
///
/// # Errors
/// The database's.
pub async fn remove(tx: &mut Tx, before_at: i64, most: u32) -> Result<u64> {
    // The outer condition is for PostgreSQL: somebody may send one of them again at this moment.
    const SQL: &str = "
        delete from deliveries
        where delivery_id in (select delivery_id from deliveries where settled_at < $1 order by settled_at limit $2) and settled_at < $1";
    each!(tx, tx =>
        Ok(sqlx::query(SQL).bind(before_at).bind(i64::from(most)).execute(&mut **tx).await?.rows_affected()))
}

/// Removes all that was ever meant for a destination.
pub(in crate::store) async fn forget(tx: &mut Tx, endpoint: Endpoint) -> Result<()> {
    const SQL: &str = "delete from deliveries where endpoint_kind = $1 and endpoint_id = $2";
    each!(tx, tx =>
        sqlx::query(SQL).bind(endpoint.kind.word()).bind(endpoint.id).execute(&mut **tx).await.map(|_| ()))
}

impl Row {
    fn read(self) -> Result<Delivery> {
        let state = word("deliveries.state", &self.state, State::from_word)?;
        let why = match state {
            State::Dead => Some(word("deliveries.why", &self.why, Why::from_word)?),
            State::Waiting | State::Delivered => None,
        };
        Ok(Delivery {
            id: self.delivery_id,
            message_id: self.message_id,
            endpoint: Endpoint {
                kind: word("deliveries.endpoint_kind", &self.endpoint_kind, EndpointKind::from_word)?,
                id: self.endpoint_id,
            },
            incident: self.incident_id,
            event_type: self.event_type,
            created_at: self.created_at,
            due_at: self.due_at,
            attempts: narrow("deliveries.attempts", self.attempts)?,
            state,
            settled_at: self.settled_at,
            why,
            status: narrow_option("delivery_attempts.status", self.status)?,
            error: self.error.unwrap_or_default(),
        })
    }
}

impl AttemptRow {
    fn read(self) -> Result<Attempt> {
        Ok(Attempt {
            at: self.at,
            took_ms: self.took_ms,
            status: narrow_option("delivery_attempts.status", self.status)?,
            error: self.error,
            answer: self.answer,
        })
    }
}
