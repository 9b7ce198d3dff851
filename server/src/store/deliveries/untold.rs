//! From what happened to incidents to deliveries. What happens is kept in the transaction of the change; that it is told follows, once and in
//! order, since each incident knows up to which of its entries that was done.

use super::{enqueue_for, keep};
use crate::each;
use crate::model::IncidentId;
use crate::model::connector::{self, Connector};
use crate::model::delivery::{Endpoint, EndpointKind, NewDelivery, Why};
use crate::model::incident::{Entry, Incident};
use crate::model::webhook::EventType;
use crate::store::{Db, Result, Tx, connectors, incidents};

/// Incidents of which not everything was told, those that changed first at first.
///
/// # Errors
/// The database's.
pub async fn untold(db: &Db, most: u32) -> Result<Vec<IncidentId>> {
    const SQL: &str = "
        select incident_id from incidents where told_version < version order by updated_at limit $1";
    each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(i64::from(most)).fetch_all(pool).await)
}

/// Tells every webhook and every ticket system that wants to know what happened to an incident since it was told last. `body` says it, of
/// the incident as it is now. Answers how many deliveries that are.
///
/// # Errors
/// The database's.
pub async fn tell(
    tx: &mut Tx,
    id: IncidentId,
    body: impl Fn(&Incident, &Entry) -> String,
    now_at: i64,
) -> Result<usize> {
    // Locks the incident until the transaction ends: two processes tell it one after the other.
    const MARK: &str = "
        update incidents set told_version = version where incident_id = $1 and told_version < version
        returning told_entry";
    const REMEMBER: &str = "update incidents set told_entry = $2 where incident_id = $1";
    let told_entry: Option<i64> =
        each!(&mut *tx, tx => sqlx::query_scalar(MARK).bind(id).fetch_optional(&mut **tx).await?);
    let Some(told_entry) = told_entry else { return Ok(0) };
    let Some(incident) = incidents::find_in(tx, id).await? else { return Ok(0) };
    // Nobody is told as long as it is silenced, but of all of it once that ends.
    if incident.is_silenced {
        return Ok(0);
    }
    let entries = incidents::entries_after(tx, id, told_entry).await?;
    let connectors = connectors::listening(tx).await?;
    let mut told = 0;
    for entry in &entries {
        let body = body(&incident, entry);
        told += enqueue_for(tx, id, EventType::Incident(entry.what), &body, now_at).await?;
        for to in connectors.iter().filter(|to| is_for(to, &incident, entry)) {
            let endpoint = Endpoint { kind: EndpointKind::Ticket, id: to.id.0 };
            let event_type = EventType::Incident(entry.what).word();
            let dead = (!to.is_on()).then_some(Why::Off);
            keep(tx, &NewDelivery { endpoint, incident: Some(id), event_type, body: &body }, dead, now_at).await?;
            told += 1;
        }
    }
    if let Some(last) = entries.iter().map(|entry| entry.id).max() {
        each!(tx, tx => sqlx::query(REMEMBER).bind(id).bind(last).execute(&mut **tx).await.map(|_| ()))?;
    }
    Ok(told)
}

/// Whether a ticket system is told of an entry. What it said itself is not told back to it: the two would go on for ever.
fn is_for(to: &Connector, incident: &Incident, entry: &Entry) -> bool {
    let group = incident.host.map(|_| incident.group_name.as_str());
    connector::is_told(entry.what) && entry.by != to.mark() && to.wants(incident.kind, group)
}
