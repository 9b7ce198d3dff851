//! Which record of which ticket system stands for which incident.

use super::values::{text, word};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::connector::{Held, TicketState};
use crate::model::{ConnectorId, IncidentId};

#[derive(sqlx::FromRow)]
struct Row {
    connector_id: ConnectorId,
    incident_id: IncidentId,
    remote_id: Option<String>,
    name: String,
    url: String,
    state: String,
    intended_at: Option<i64>,
    looked_at: i64,
}

const SELECT: &str = "
    select t.connector_id, t.incident_id, t.remote_id, t.name, t.url, t.state, t.intended_at, t.looked_at
    from connector_tickets t ";

/// What is known of an incident's record in one system; none if it was never going to be made.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn find(db: &Db, connector: ConnectorId, incident: IncidentId) -> Result<Option<Held>> {
    let sql = format!("{SELECT} where t.connector_id = $1 and t.incident_id = $2");
    let row: Option<Row> = each!(db.reader(), pool => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(connector)
        .bind(incident)
        .fetch_optional(pool)
        .await?);
    row.map(Row::read).transpose()
}

/// A record is going to be made. Whoever comes after a process that ended in between knows by this that there may be one.
///
/// # Errors
/// The database's.
pub async fn intend(tx: &mut Tx, connector: ConnectorId, incident: IncidentId, now_at: i64) -> Result<()> {
    const SQL: &str = "
        insert into connector_tickets (connector_id, incident_id, name, url, state, intended_at, looked_at)
        values ($1, $2, '', '', 'open', $3, $3)
        on conflict (connector_id, incident_id) do update set remote_id = null, intended_at = excluded.intended_at";
    each!(tx, tx =>
        sqlx::query(SQL).bind(connector).bind(incident).bind(now_at).execute(&mut **tx).await.map(|_| ()))
}

/// Keeps what is known of a record now.
///
/// # Errors
/// The database's.
pub async fn save(tx: &mut Tx, held: &Held) -> Result<()> {
    const SQL: &str = "
        insert into connector_tickets (connector_id, incident_id, remote_id, name, url, state, intended_at, looked_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (connector_id, incident_id) do update set remote_id = excluded.remote_id, name = excluded.name,
            url = excluded.url, state = excluded.state, intended_at = excluded.intended_at, looked_at = excluded.looked_at";
    each!(tx, tx => sqlx::query(SQL)
        .bind(held.connector)
        .bind(held.incident)
        .bind(held.remote_id.as_deref().map(text))
        .bind(text(&held.name))
        .bind(text(&held.url))
        .bind(held.state.word())
        .bind(held.intended_at)
        .bind(held.looked_at)
        .execute(&mut **tx)
        .await
        .map(|_| ()))
}

/// A record was looked at, and is in this state. False if somebody else has looked or written meanwhile: then nothing changes.
///
/// # Errors
/// The database's.
pub async fn look(tx: &mut Tx, held: &Held, state: TicketState, now_at: i64) -> Result<bool> {
    const SQL: &str = "
        update connector_tickets set state = $1, looked_at = $2
        where connector_id = $3 and incident_id = $4 and remote_id = $5 and state = $6 and looked_at = $7";
    let rows = each!(tx, tx => sqlx::query(SQL)
        .bind(state.word())
        .bind(now_at)
        .bind(held.connector)
        .bind(held.incident)
        .bind(held.remote_id.as_deref())
        .bind(held.state.word())
        .bind(held.looked_at)
        .execute(&mut **tx)
        .await?
        .rows_affected());
    Ok(rows == 1)
}

/// Records of a system whose state was last read before an instant, the longest ago first, of incidents that changed or ended since
/// another: what is over for long is not looked at any more.
///
/// # Errors
/// As for [`find`].
pub async fn to_look_at(
    db: &Db,
    connector: ConnectorId,
    looked_before: i64,
    changed_since: i64,
    most: u32,
) -> Result<Vec<Held>> {
    let sql = format!(
        "{SELECT} join incidents i on i.incident_id = t.incident_id
         where t.connector_id = $1 and t.remote_id is not null and t.looked_at < $2 and t.state <> 'closed'
            and (i.state <> 'resolved' or i.updated_at >= $3)
         order by t.looked_at limit $4"
    );
    let rows: Vec<Row> = each!(db.reader(), pool => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(connector)
        .bind(looked_before)
        .bind(changed_since)
        .bind(i64::from(most))
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(Row::read).collect()
}

impl Row {
    fn read(self) -> Result<Held> {
        Ok(Held {
            connector: self.connector_id,
            incident: self.incident_id,
            remote_id: self.remote_id,
            name: self.name,
            url: self.url,
            state: word("connector_tickets.state", &self.state, TicketState::from_word)?,
            intended_at: self.intended_at,
            looked_at: self.looked_at,
        })
    }
}
