//! What follows from what was seen.

use super::enter;
use crate::each;
use crate::model::incident::{Kind, What};
use crate::model::{HostId, IncidentId};
use crate::store::values::text;
use crate::store::{Result, Tx};

/// An incident that opens.
#[derive(Debug, Clone)]
pub struct NewIncident<'a> {
    /// None if it is about the fleet.
    pub host: Option<HostId>,
    pub kind: Kind,
    /// The share or the client that it is about; empty for none.
    pub subject: &'a str,
    pub from_at: i64,
    pub opened_at: i64,
    /// Nobody is told for now.
    pub is_silenced: bool,
}

/// How an incident ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The last instant of what it was about.
    pub until_at: i64,
    /// When that was sure.
    pub cleared_at: i64,
}

/// Opens an incident. None if the host has one of that kind already, as another process may have found.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, new: &NewIncident<'_>, now_at: i64) -> Result<Option<IncidentId>> {
    const SQL: &str = "
        insert into incidents (host_id, kind, state, subject, from_at, opened_at, stretches, is_silenced, ended_by_itself,
            version, updated_at)
        values ($1, $2, 'open', $3, $4, $5, 1, $6, 0, 1, $7)
        on conflict (host_id, kind) where state <> 'resolved' or until_at is null do nothing
        returning incident_id";
    let id: Option<IncidentId> = each!(&mut *tx, tx => sqlx::query_scalar(SQL)
        .bind(new.host.map_or(0, |host| host.0))
        .bind(new.kind.word())
        .bind(text(new.subject))
        .bind(new.from_at)
        .bind(new.opened_at)
        .bind(i64::from(new.is_silenced))
        .bind(now_at)
        .fetch_optional(&mut **tx)
        .await?);
    if let Some(id) = id {
        enter(tx, id, (new.opened_at, What::Opened), "", "").await?;
    }
    Ok(id)
}

/// It began earlier than was known.
///
/// # Errors
/// The database's.
pub async fn earlier(tx: &mut Tx, id: IncidentId, from_at: i64, opened_at: i64, now_at: i64) -> Result<()> {
    const SQL: &str = "
        update incidents set from_at = $2, opened_at = $3, version = version + 1, updated_at = $4 where incident_id = $1";
    const ENTRY: &str = "update incident_entries set at = $2 where incident_id = $1 and what = 'opened'";
    each!(tx, tx => {
        sqlx::query(SQL).bind(id).bind(from_at).bind(opened_at).bind(now_at).execute(&mut **tx).await?;
        sqlx::query(ENTRY).bind(id).bind(opened_at).execute(&mut **tx).await?;
    });
    Ok(())
}

/// The level was reached again at these instants, and events that belong to it came at those. What is written down already is not written
/// twice. Answers how much was new.
///
/// # Errors
/// The database's.
pub async fn within(tx: &mut Tx, id: IncidentId, again: &[i64], joined: &[i64], now_at: i64) -> Result<usize> {
    const THERE: &str = "select at, what from incident_entries where incident_id = $1 and what in ('again', 'joined')";
    const SQL: &str = "
        update incidents set stretches = stretches + $2, version = version + 1, updated_at = $3 where incident_id = $1";
    let there: Vec<(i64, String)> = each!(&mut *tx, tx => sqlx::query_as(THERE).bind(id).fetch_all(&mut **tx).await?);
    let is_new = |at: &i64, what: What| !there.iter().any(|(is, of)| is == at && of == what.word());
    let again: Vec<i64> = again.iter().copied().filter(|at| is_new(at, What::Again)).collect();
    let joined: Vec<i64> = joined.iter().copied().filter(|at| is_new(at, What::Joined)).collect();
    if again.is_empty() && joined.is_empty() {
        return Ok(0);
    }
    for (at, what) in again.iter().map(|at| (at, What::Again)).chain(joined.iter().map(|at| (at, What::Joined))) {
        enter(tx, id, (*at, what), "", "").await?;
    }
    let more = i64::try_from(again.len()).unwrap_or(i64::MAX);
    each!(tx, tx => sqlx::query(SQL).bind(id).bind(more).bind(now_at).execute(&mut **tx).await.map(|_| ()))?;
    Ok(again.len() + joined.len())
}

/// It is over: what is not resolved is resolved by itself. `outgrown_by`: the graver incident that goes on in its place.
///
/// # Errors
/// The database's.
pub async fn clear(
    tx: &mut Tx,
    id: IncidentId,
    end: Ended,
    outgrown_by: Option<IncidentId>,
    now_at: i64,
) -> Result<()> {
    const SQL: &str = "
        update incidents set until_at = $2, unknown_since = null,
            resolved_at = case when state = 'resolved' then resolved_at else $3 end,
            ended_by_itself = case when state = 'resolved' then ended_by_itself else 1 end,
            state = 'resolved', version = version + 1, updated_at = $4
        where incident_id = $1";
    each!(&mut *tx, tx => sqlx::query(SQL)
        .bind(id)
        .bind(end.until_at)
        .bind(end.cleared_at)
        .bind(now_at)
        .execute(&mut **tx)
        .await
        .map(|_| ()))?;
    let by = outgrown_by.map(|other| other.to_string()).unwrap_or_default();
    enter(tx, id, (end.cleared_at, What::Cleared), "", &by).await
}

/// It ended at another time than was thought.
///
/// # Errors
/// The database's.
pub async fn ends_at(tx: &mut Tx, id: IncidentId, end: Ended, now_at: i64) -> Result<()> {
    const SQL: &str = "
        update incidents set until_at = $2, resolved_at = case when ended_by_itself = 1 then $3 else resolved_at end,
            version = version + 1, updated_at = $4
        where incident_id = $1";
    const ENTRY: &str = "
        update incident_entries set at = $2 where entry_id =
            (select max(entry_id) from incident_entries where incident_id = $1 and what = 'cleared')";
    each!(tx, tx => {
        sqlx::query(SQL)
            .bind(id)
            .bind(end.until_at)
            .bind(end.cleared_at)
            .bind(now_at)
            .execute(&mut **tx)
            .await?;
        sqlx::query(ENTRY).bind(id).bind(end.cleared_at).execute(&mut **tx).await?;
    });
    Ok(())
}

/// It is not over, as was thought: what ended by itself is open again. What somebody resolved stays so.
///
/// # Errors
/// The database's.
pub async fn goes_on(tx: &mut Tx, id: IncidentId, now_at: i64) -> Result<()> {
    const SQL: &str = "
        update incidents set until_at = null,
            resolved_at = case when ended_by_itself = 1 then null else resolved_at end,
            state = case when ended_by_itself = 1 then 'open' else state end,
            ended_by_itself = 0, version = version + 1, updated_at = $2
        where incident_id = $1
        returning state";
    let state: String =
        each!(&mut *tx, tx => sqlx::query_scalar(SQL).bind(id).bind(now_at).fetch_one(&mut **tx).await?);
    if state == "open" {
        enter(tx, id, (now_at, What::Reopened), "", "").await?;
    }
    Ok(())
}

/// Since when nothing is seen that would say how it goes on; none if something is. Answers whether that is new.
///
/// # Errors
/// The database's.
pub async fn unknown(tx: &mut Tx, id: IncidentId, since: Option<i64>, now_at: i64) -> Result<bool> {
    const SQL: &str = "
        update incidents set unknown_since = $2, version = version + 1, updated_at = $3
        where incident_id = $1 and until_at is null and coalesce(unknown_since, -1) <> coalesce($2, -1)";
    let rows =
        each!(tx, tx => sqlx::query(SQL).bind(id).bind(since).bind(now_at).execute(&mut **tx).await?.rows_affected());
    Ok(rows == 1)
}

/// Whether nobody is told of it for now. Answers whether that is new.
///
/// # Errors
/// The database's.
pub async fn silence(tx: &mut Tx, id: IncidentId, is_silenced: bool, now_at: i64) -> Result<bool> {
    const SQL: &str = "
        update incidents set is_silenced = $2, version = version + 1, updated_at = $3
        where incident_id = $1 and is_silenced <> $2";
    let rows = each!(&mut *tx, tx => sqlx::query(SQL)
        .bind(id)
        .bind(i64::from(is_silenced))
        .bind(now_at)
        .execute(&mut **tx)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Keeps the evidence of an incident as it is in this version: JSON. False if it has changed since.
///
/// # Errors
/// The database's.
pub async fn save_evidence(tx: &mut Tx, id: IncidentId, version: u64, evidence: &str) -> Result<bool> {
    const SQL: &str =
        "update incidents set evidence = $3, evidence_version = $2 where incident_id = $1 and version = $2";
    let version = i64::try_from(version).unwrap_or(i64::MAX);
    let done: u64 = each!(tx, tx => sqlx::query(SQL)
        .bind(id)
        .bind(version)
        .bind(text(evidence))
        .execute(&mut **tx)
        .await
        .map(|done| done.rows_affected())?);
    Ok(done > 0)
}
