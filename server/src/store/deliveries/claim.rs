//! What waits: claimed by leases, which are rows, and settled.

use crate::each;
use crate::model::delivery::{
    Attempt, Endpoint, EndpointKind, LONGEST_ANSWER, LONGEST_ERROR, Settled, State, Why, beginning,
};
use crate::model::{DeliveryId, IncidentId};
use crate::store::values::{narrow, text};
use crate::store::{Db, Result, Tx, is_transient};

/// How often a claim that met another one is tried again at once.
const RETRIES: u32 = 8;

/// What is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub kind: EndpointKind,
    pub now_at: i64,
    /// Until when nobody else may claim it.
    pub leased_until: i64,
    pub most: u32,
    /// Of one destination, those that are leased already included.
    pub most_of_one: u32,
}

/// A delivery that a process has claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub id: DeliveryId,
    pub message_id: String,
    pub endpoint: Endpoint,
    pub incident: Option<IncidentId>,
    pub event_type: String,
    pub body: String,
    /// This one included. One whose process ended before it was settled counts too.
    pub attempts: u32,
    /// No two claims of a delivery have the same, so it also names the claim.
    pub leased_until: i64,
}

/// What is ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// Deliveries that wait.
    pub waiting: u64,
    /// When the first of those that can be claimed is due; none if there are none.
    pub next_due_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct Row {
    delivery_id: DeliveryId,
    message_id: String,
    endpoint_id: i64,
    incident_id: Option<IncidentId>,
    event_type: String,
    body: String,
    attempts: i64,
}

/// How many deliveries of a kind wait, and when there is something to do. Costs no write, as claiming does.
///
/// # Errors
/// The database's.
pub async fn outlook(db: &Db, kind: EndpointKind, now_at: i64) -> Result<Outlook> {
    const SQL: &str = "
        select (select count(*) from deliveries where state = 'waiting' and endpoint_kind = $1),
            (select min(d.due_at) from deliveries d
             where d.state = 'waiting' and d.endpoint_kind = $1 and d.leased_until <= $2
                and not exists (
                    select 1 from deliveries o
                    where o.state = 'waiting' and o.endpoint_kind = d.endpoint_kind and o.endpoint_id = d.endpoint_id
                        and o.incident_id = d.incident_id and (o.delivery_id < d.delivery_id or o.leased_until > $2)))";
    let (waiting, next_due_at): (i64, Option<i64>) =
        each!(db.reader(), pool => sqlx::query_as(SQL).bind(kind.word()).bind(now_at).fetch_one(pool).await?);
    Ok(Outlook { waiting: narrow("count", waiting)?, next_due_at })
}

/// Leases deliveries that are due, the longest due first. Of several that claim at once each gets deliveries that no other gets; they may be
/// fewer than are due.
///
/// # Errors
/// The database's.
pub async fn claim(db: &Db, asked: &Asked) -> Result<Vec<Claimed>> {
    let mut tries = 0;
    loop {
        match try_claim(db, asked).await {
            Err(error) if is_transient(&error) && tries < RETRIES => tries += 1,
            outcome => return outcome,
        }
    }
}

async fn try_claim(db: &Db, asked: &Asked) -> Result<Vec<Claimed>> {
    // As with other leases: PostgreSQL lets a second claimer pick the same rows, wait for the first, and look at the outer condition again.
    const SQL: &str = "
        with free as (
            select d.delivery_id, d.endpoint_id, d.due_at from deliveries d
            where d.state = 'waiting' and d.endpoint_kind = $4 and d.due_at <= $1 and d.leased_until <= $1
                and not exists (
                    select 1 from deliveries o
                    where o.state = 'waiting' and o.endpoint_kind = d.endpoint_kind and o.endpoint_id = d.endpoint_id
                        and o.incident_id = d.incident_id and (o.delivery_id < d.delivery_id or o.leased_until > $1))),
        busy as (
            select endpoint_id, count(*) as leased from deliveries
            where state = 'waiting' and endpoint_kind = $4 and leased_until > $1 group by endpoint_id),
        placed as (
            select f.delivery_id, f.due_at, coalesce(b.leased, 0)
                + row_number() over (partition by f.endpoint_id order by f.due_at, f.delivery_id) as place
            from free f left join busy b on b.endpoint_id = f.endpoint_id)
        update deliveries set leased_until = $2, attempts = attempts + 1
        where delivery_id in (select delivery_id from placed where place <= $5 order by due_at, delivery_id limit $3)
            and state = 'waiting' and due_at <= $1 and leased_until <= $1
        returning delivery_id, message_id, endpoint_id, incident_id, event_type, body, attempts";
    let mut tx = db.begin().await?;
    let mut rows: Vec<Row> = each!(&mut tx, tx => sqlx::query_as(SQL)
        .bind(asked.now_at)
        .bind(asked.leased_until)
        .bind(i64::from(asked.most))
        .bind(asked.kind.word())
        .bind(i64::from(asked.most_of_one))
        .fetch_all(&mut **tx)
        .await?);
    tx.commit().await?;
    rows.sort_unstable_by_key(|row| row.delivery_id);
    rows.into_iter().map(|row| row.read(asked)).collect()
}

/// Ends a claim, and writes down the attempt if there was one. False if the lease ran out and somebody else has the delivery, or it was
/// settled otherwise: then only the attempt is kept.
///
/// # Errors
/// The database's.
pub async fn settle(
    tx: &mut Tx,
    claimed: &Claimed,
    settled: Settled,
    attempt: Option<&Attempt>,
    now_at: i64,
) -> Result<bool> {
    const SQL: &str = "
        update deliveries set state = $3, due_at = coalesce($4, due_at), settled_at = $5, why = $6, attempts = attempts - $7,
            leased_until = 0
        where delivery_id = $1 and leased_until = $2 and state = 'waiting'";
    let (state, due_at, why) = match settled {
        Settled::Delivered => (State::Delivered, None, ""),
        Settled::Retry(at) | Settled::Wait(at) => (State::Waiting, Some(at), ""),
        Settled::Dead(why) => (State::Dead, None, why.word()),
    };
    // The claim has counted it.
    let not_counted = i64::from(matches!(settled, Settled::Wait(_)));
    let rows = each!(&mut *tx, tx => sqlx::query(SQL)
        .bind(claimed.id)
        .bind(claimed.leased_until)
        .bind(state.word())
        .bind(due_at)
        .bind((state != State::Waiting).then_some(now_at))
        .bind(why)
        .bind(not_counted)
        .execute(&mut **tx)
        .await?
        .rows_affected());
    if let Some(attempt) = attempt {
        write_down(tx, claimed.id, attempt).await?;
    }
    Ok(rows == 1)
}

/// The delivery may be gone by now, with its destination.
async fn write_down(tx: &mut Tx, id: DeliveryId, attempt: &Attempt) -> Result<()> {
    const SQL: &str = "
        insert into delivery_attempts (delivery_id, at, took_ms, status, error, answer)
        select delivery_id, $2, $3, $4, $5, $6 from deliveries where delivery_id = $1";
    each!(tx, tx => sqlx::query(SQL)
        .bind(id)
        .bind(attempt.at)
        .bind(attempt.took_ms)
        .bind(attempt.status.map(i64::from))
        .bind(text(beginning(&attempt.error, LONGEST_ERROR)))
        .bind(text(beginning(&attempt.answer, LONGEST_ANSWER)))
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// Ends every claim. For who knows that no other process is there: then they are of processes that are gone. Answers how many there were.
///
/// # Errors
/// The database's.
pub async fn release(tx: &mut Tx) -> Result<u64> {
    const SQL: &str = "update deliveries set leased_until = 0 where state = 'waiting' and leased_until > 0";
    each!(tx, tx => sqlx::query(SQL).execute(&mut **tx).await.map(|done| done.rows_affected()))
}

/// Nothing else goes to this destination before an instant: it is down, or asks for a rest. What is under way goes on.
///
/// # Errors
/// The database's.
pub async fn hold_back(tx: &mut Tx, endpoint: Endpoint, until_at: i64) -> Result<()> {
    const SQL: &str = "
        update deliveries set due_at = $3
        where state = 'waiting' and endpoint_kind = $1 and endpoint_id = $2 and due_at < $3";
    each!(tx, tx => sqlx::query(SQL)
        .bind(endpoint.kind.word())
        .bind(endpoint.id)
        .bind(until_at)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// Ends all that waits for a destination which is off. What is under way may still arrive.
///
/// # Errors
/// The database's.
pub async fn bury(tx: &mut Tx, endpoint: Endpoint, now_at: i64) -> Result<()> {
    const SQL: &str = "
        update deliveries set state = 'dead', settled_at = $3, why = $4, leased_until = 0
        where state = 'waiting' and endpoint_kind = $1 and endpoint_id = $2";
    each!(tx, tx => sqlx::query(SQL)
        .bind(endpoint.kind.word())
        .bind(endpoint.id)
        .bind(now_at)
        .bind(Why::Off.word())
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

impl Row {
    fn read(self, asked: &Asked) -> Result<Claimed> {
        Ok(Claimed {
            id: self.delivery_id,
            message_id: self.message_id,
            endpoint: Endpoint { kind: asked.kind, id: self.endpoint_id },
            incident: self.incident_id,
            event_type: self.event_type,
            body: self.body,
            attempts: narrow("deliveries.attempts", self.attempts)?,
            leased_until: asked.leased_until,
        })
    }
}
