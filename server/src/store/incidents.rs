//! Incidents: what opens and closes by itself is in `judged.rs`, what people and other systems do in `deeds.rs`, and what is read here.
//!
//! Every change counts up the incident's version, in the transaction that makes it: who changes one may say which version he saw.
//!
//! An incident is seen with its host, as the host is grouped now and not as it was when the incident began: nothing keeps the group of
//! then but evidence, which no statement reads. One of a host that is gone, or of the fleet, is seen by nobody who is confined.

mod deeds;
mod judged;

use sqlx::QueryBuilder;

pub use self::deeds::{Deed, Done, acknowledge, assign, comment, link, reopen, resolve, unlink};
pub use self::judged::{
    Ended, NewIncident, clear, earlier, ends_at, goes_on, insert, save_evidence, silence, unknown, within,
};
use super::rows::push_seen;
use super::values::{like_escaped, narrow, text, word};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::incident::{Entry, Incident, Kind, State, Ticket, What};
use crate::model::sight::Sight;
use crate::model::{AccountId, HostId, IncidentId};

/// Which incidents; a field that is none or empty does not filter.
#[derive(Debug, Clone, Default)]
pub struct IncidentFilter {
    /// Those of hosts that are seen.
    pub sight: Sight,
    pub host: Option<HostId>,
    pub kind: Option<Kind>,
    pub state: Option<State>,
    /// Those that are not resolved.
    pub is_unresolved: bool,
    pub group: Option<String>,
    pub owner: Option<AccountId>,
    /// A part of the host's name, without regard to the case of A to Z.
    pub host_contains: String,
    /// Those that were there at some time from here…
    pub from_at: Option<i64>,
    /// …until before here.
    pub to_at: Option<i64>,
    /// Those that changed at or after this instant; they come in the order in which they changed, the earliest first.
    pub updated_since: Option<i64>,
    /// Those after this one in the order of the list: the last row of the page before. Its instant is `opened_at`, with `updated_since` its
    /// `updated_at`.
    pub after: Option<(i64, IncidentId)>,
    pub most: u32,
}

#[derive(sqlx::FromRow)]
struct Row {
    incident_id: IncidentId,
    host_id: i64,
    host_name: Option<String>,
    group_name: Option<String>,
    kind: String,
    state: String,
    subject: String,
    from_at: i64,
    opened_at: i64,
    until_at: Option<i64>,
    resolved_at: Option<i64>,
    unknown_since: Option<i64>,
    stretches: i64,
    owner_id: Option<AccountId>,
    owner_name: Option<String>,
    is_silenced: i64,
    ended_by_itself: i64,
    version: i64,
    updated_at: i64,
}

const SELECT: &str = "
    select i.incident_id, i.host_id, h.name as host_name, h.group_name, i.kind, i.state, i.subject, i.from_at, i.opened_at,
        i.until_at, i.resolved_at, i.unknown_since, i.stretches, i.owner_id, a.name as owner_name, i.is_silenced,
        i.ended_by_itself, i.version, i.updated_at
    from incidents i left join hosts h on h.host_id = i.host_id left join accounts a on a.account_id = i.owner_id
    where ";

/// Incidents, newest first; with `updated_since` in the order in which they changed.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db, filter: &IncidentFilter) -> Result<Vec<Incident>> {
    let rows: Vec<Row> = each!(db.reader(), pool => {
        let mut select = QueryBuilder::new(SELECT);
        select.push("1 = 1");
        push_seen(&mut select, "i.host_id", &filter.sight);
        if let Some(host) = filter.host {
            select.push(" and i.host_id = ").push_bind(host);
        }
        if let Some(kind) = filter.kind {
            select.push(" and i.kind = ").push_bind(kind.word());
        }
        if let Some(state) = filter.state {
            select.push(" and i.state = ").push_bind(state.word());
        }
        if filter.is_unresolved {
            select.push(" and i.state <> 'resolved'");
        }
        if let Some(group) = &filter.group {
            select.push(" and h.group_name = ").push_bind(group);
        }
        if let Some(owner) = filter.owner {
            select.push(" and i.owner_id = ").push_bind(owner);
        }
        if !filter.host_contains.is_empty() {
            let part = like_escaped(&filter.host_contains.to_lowercase());
            select.push(" and lower(h.name) like ").push_bind(format!("%{part}%")).push(" escape '\\'");
        }
        if let Some(from_at) = filter.from_at {
            select.push(" and (i.until_at is null or i.until_at >= ").push_bind(from_at).push(")");
        }
        if let Some(to_at) = filter.to_at {
            select.push(" and i.from_at < ").push_bind(to_at);
        }
        match (filter.updated_since, filter.after) {
            (Some(since), Some((at, id))) => {
                select.push(" and i.updated_at >= ").push_bind(since);
                select.push(" and (i.updated_at, i.incident_id) > (").push_bind(at).push(", ").push_bind(id).push(")");
            }
            (Some(since), None) => _ = select.push(" and i.updated_at >= ").push_bind(since),
            (None, Some((at, id))) => {
                select.push(" and (i.opened_at, i.incident_id) < (").push_bind(at).push(", ").push_bind(id).push(")");
            }
            (None, None) => {}
        }
        select.push(match filter.updated_since {
            Some(_) => " order by i.updated_at, i.incident_id limit ",
            None => " order by i.opened_at desc, i.incident_id desc limit ",
        });
        select.push_bind(i64::from(filter.most));
        select.build_query_as().persistent(false).fetch_all(pool).await?
    });
    rows.into_iter().map(|row| Ok(row.read()?.0)).collect()
}

/// How many of those that are seen are not resolved, by kind.
///
/// # Errors
/// The database's.
pub async fn unresolved(db: &Db, sight: &Sight) -> Result<Vec<(Kind, u64)>> {
    let rows: Vec<(String, i64)> = each!(db.reader(), pool => {
        let mut select = QueryBuilder::new("select i.kind, count(*) from incidents i where i.state <> 'resolved'");
        push_seen(&mut select, "i.host_id", sight);
        select.push(" group by i.kind");
        // For who sees all it is always the same statement.
        select.build_query_as().persistent(!sight.is_confined()).fetch_all(pool).await?
    });
    let read =
        |(kind, count): (String, i64)| Ok((word("incidents.kind", &kind, Kind::from_word)?, narrow("count", count)?));
    rows.into_iter().map(read).collect()
}

/// What is not resolved: of which host, none for the fleet, and of which kind. In no order.
///
/// # Errors
/// The database's.
pub async fn unresolved_by_host(db: &Db) -> Result<Vec<(Option<HostId>, Kind)>> {
    const SQL: &str = "select host_id, kind from incidents where state <> 'resolved'";
    let rows: Vec<(i64, String)> = each!(db.reader(), pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    let read = |(host, kind): (i64, String)| {
        Ok(((host != 0).then_some(HostId(host)), word("incidents.kind", &kind, Kind::from_word)?))
    };
    rows.into_iter().map(read).collect()
}

/// Whether there is this incident, and it is seen.
///
/// # Errors
/// The database's.
pub async fn is_seen(db: &Db, id: IncidentId, sight: &Sight) -> Result<bool> {
    let found: Option<(IncidentId,)> = each!(db.reader(), pool => {
        let mut select = QueryBuilder::new("select i.incident_id from incidents i where i.incident_id = ");
        select.push_bind(id);
        push_seen(&mut select, "i.host_id", sight);
        select.build_query_as().persistent(false).fetch_optional(pool).await?
    });
    Ok(found.is_some())
}

/// One incident.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, id: IncidentId) -> Result<Option<Incident>> {
    let sql = format!("{SELECT} i.incident_id = $1");
    let row: Option<Row> = each!(db.reader(), pool =>
        sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(id).fetch_optional(pool).await?);
    row.map(|row| Ok(row.read()?.0)).transpose()
}

/// One incident, as the transaction sees it.
///
/// # Errors
/// The database's.
pub async fn find_in(tx: &mut Tx, id: IncidentId) -> Result<Option<Incident>> {
    let sql = format!("{SELECT} i.incident_id = $1");
    let row: Option<Row> = each!(tx, tx =>
        sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(id).fetch_optional(&mut **tx).await?);
    row.map(|row| Ok(row.read()?.0)).transpose()
}

/// What a host's incidents are judged against: those that go on or are not resolved, and those that ended at or after an instant; with
/// whether each ended by itself. `host`: none for the fleet.
///
/// # Errors
/// The database's.
pub async fn standing(db: &Db, host: Option<HostId>, ended_since: i64) -> Result<Vec<(Incident, bool)>> {
    let sql = format!(
        "{SELECT} i.host_id = $1 and (i.state <> 'resolved' or i.until_at is null or i.until_at >= $2)
         order by i.opened_at, i.incident_id"
    );
    let host = host.map_or(0, |host| host.0);
    let rows: Vec<Row> = each!(db.reader(), pool => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(host)
        .bind(ended_since)
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(Row::read).collect()
}

/// Incidents of some kinds that go on, of all hosts.
///
/// # Errors
/// The database's.
pub async fn going_on(db: &Db, kind: Kind) -> Result<Vec<Incident>> {
    let sql = format!("{SELECT} i.kind = $1 and (i.state <> 'resolved' or i.until_at is null) order by i.incident_id");
    let rows: Vec<Row> = each!(db.reader(), pool =>
        sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(kind.word()).fetch_all(pool).await?);
    rows.into_iter().map(|row| Ok(row.read()?.0)).collect()
}

/// What happened to an incident, in order.
///
/// # Errors
/// The database's.
pub async fn entries(db: &Db, id: IncidentId) -> Result<Vec<Entry>> {
    const SQL: &str = "
        select entry_id, at, what, by_name, body from incident_entries where incident_id = $1 order by at, entry_id";
    let rows: Vec<EntryRow> = each!(db.reader(), pool => sqlx::query_as(SQL).bind(id).fetch_all(pool).await?);
    rows.into_iter().map(entry).collect()
}

/// Those after an entry, in the order in which they were made, as the transaction sees them.
///
/// # Errors
/// The database's.
pub async fn entries_after(tx: &mut Tx, id: IncidentId, after: i64) -> Result<Vec<Entry>> {
    const SQL: &str = "
        select entry_id, at, what, by_name, body from incident_entries where incident_id = $1 and entry_id > $2
        order by entry_id";
    let rows: Vec<EntryRow> = each!(tx, tx => sqlx::query_as(SQL).bind(id).bind(after).fetch_all(&mut **tx).await?);
    rows.into_iter().map(entry).collect()
}

/// Id, instant, what, who, and what was written.
type EntryRow = (i64, i64, String, String, String);

fn entry((id, at, what, by, text): EntryRow) -> Result<Entry> {
    Ok(Entry { id, at, what: word("incident_entries.what", &what, What::from_word)?, by, text })
}

/// Records of other systems about an incident, in the order in which they were linked.
///
/// # Errors
/// The database's.
pub async fn tickets(db: &Db, id: IncidentId) -> Result<Vec<Ticket>> {
    const SQL: &str = "
        select ticket_id, name, url, linked_at, linked_by from incident_tickets where incident_id = $1 order by ticket_id";
    let rows: Vec<(i64, String, String, i64, String)> =
        each!(db.reader(), pool => sqlx::query_as(SQL).bind(id).fetch_all(pool).await?);
    let read = |(id, name, url, linked_at, linked_by)| Ticket { id, name, url, linked_at, linked_by };
    Ok(rows.into_iter().map(read).collect())
}

/// The evidence that was kept when the incident ended: JSON.
///
/// # Errors
/// The database's.
pub async fn evidence(db: &Db, id: IncidentId) -> Result<Option<String>> {
    const SQL: &str = "select evidence from incidents where incident_id = $1";
    let kept: Option<Option<String>> =
        each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(id).fetch_optional(pool).await?);
    Ok(kept.flatten())
}

/// Incidents that were over by an instant and whose evidence is not kept, or is of an earlier version of one that was not over before
/// another: what was kept of one that is long over is better than what history still has.
///
/// # Errors
/// The database's.
pub async fn without_evidence(db: &Db, over_by: i64, fresh_since: i64, most: u32) -> Result<Vec<Incident>> {
    let sql = format!(
        "{SELECT} i.until_at <= $1
            and (i.evidence is null or (i.until_at >= $2 and i.evidence_version < i.version))
         order by i.incident_id limit $3"
    );
    let rows: Vec<Row> = each!(db.reader(), pool => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(over_by)
        .bind(fresh_since)
        .bind(i64::from(most))
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(|row| Ok(row.read()?.0)).collect()
}

/// Writes down what happened.
async fn enter(tx: &mut Tx, id: IncidentId, (at, what): (i64, What), by: &str, body: &str) -> Result<()> {
    const SQL: &str = "
        insert into incident_entries (incident_id, at, what, by_name, body) values ($1, $2, $3, $4, $5)";
    each!(tx, tx => sqlx::query(SQL)
        .bind(id)
        .bind(at)
        .bind(what.word())
        .bind(text(by))
        .bind(text(body))
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

impl Row {
    fn read(self) -> Result<(Incident, bool)> {
        let incident = Incident {
            id: self.incident_id,
            host: (self.host_id != 0).then_some(HostId(self.host_id)),
            host_name: self.host_name.unwrap_or_default(),
            group_name: self.group_name.unwrap_or_default(),
            kind: word("incidents.kind", &self.kind, Kind::from_word)?,
            state: word("incidents.state", &self.state, State::from_word)?,
            from_at: self.from_at,
            opened_at: self.opened_at,
            until_at: self.until_at,
            resolved_at: self.resolved_at,
            unknown_since: self.unknown_since,
            stretches: narrow("incidents.stretches", self.stretches)?,
            owner: self.owner_id,
            owner_name: self.owner_name.unwrap_or_default(),
            is_silenced: self.is_silenced == 1,
            subject: self.subject,
            version: narrow("incidents.version", self.version)?,
            updated_at: self.updated_at,
        };
        Ok((incident, self.ended_by_itself == 1))
    }
}
