//! Deliveries: what is told to webhooks and ticket systems, and what became of it. Promises:
//!
//! 1. **Told if and only if it happened**: what happens to an incident is an entry of the transaction that changes it, and each entry
//!    becomes deliveries once.
//! 2. **At least once**: one that was claimed and not settled is due again when its lease ends, with the same message id; or when a process
//!    starts that knows itself alone.
//! 3. **In order**: of an incident's deliveries for one destination only the oldest that waits can be claimed, and only while none of them
//!    is leased. The order is that of their ids, so the change locks the incident before it enqueues.
//! 4. **Fair**: one destination has so many at a time and no more, whatever waits for it.
//!
//! What is claimed and settled is in `claim.rs`, what was sent in `log.rs`, and what has to be told in `untold.rs`.

mod claim;
mod log;
mod untold;

use super::values::text;
use super::{Result, Tx, webhooks};
use crate::each;
use crate::model::delivery::{Endpoint, EndpointKind, NewDelivery, State, Why};
use crate::model::webhook::{EventType, Webhook, wants};
use crate::model::{DeliveryId, IncidentId, WebhookId};

pub use claim::{Asked, Claimed, Outlook, bury, claim, hold_back, outlook, release, settle};
pub(super) use log::forget;
pub use log::{DeliveryFilter, Which, attempts, find, find_in, list, remove, replay, replay_since};
pub use untold::{tell as tell_incident, untold};

/// Keeps a message for a destination; it is due at once.
///
/// # Errors
/// The database's.
pub async fn enqueue(tx: &mut Tx, new: &NewDelivery<'_>, now_at: i64) -> Result<DeliveryId> {
    keep(tx, new, None, now_at).await
}

/// Tells every webhook that wants to know what happened to an incident; in the transaction of the change, and after it. Answers how many
/// they are. For one that the program switched off since nothing arrived it is kept, but not sent until somebody says so.
///
/// # Errors
/// The database's.
pub async fn enqueue_for(
    tx: &mut Tx,
    incident: IncidentId,
    event: EventType,
    body: &str,
    now_at: i64,
) -> Result<usize> {
    const GROUP: &str = "
        select h.group_name from incidents i left join hosts h on h.host_id = i.host_id where i.incident_id = $1";
    let group: Option<Option<String>> =
        each!(&mut *tx, tx => sqlx::query_scalar(GROUP).bind(incident).fetch_optional(&mut **tx).await?);
    let group = group.flatten();
    let listening = webhooks::listening(tx).await?;
    let told = listening.iter().filter(|to| wants(&to.event_types, &to.groups, event, group.as_deref()));
    tell(tx, told, (Some(incident), event), body, now_at).await
}

/// Tells every webhook that wants to know, except one, something that is about no incident. Answers how many they are.
///
/// # Errors
/// The database's.
pub async fn announce(tx: &mut Tx, event: EventType, except: WebhookId, body: &str, now_at: i64) -> Result<usize> {
    let listening = webhooks::listening(tx).await?;
    let told = listening.iter().filter(|to| to.id != except && to.event_types.contains(&event));
    tell(tx, told, (None, event), body, now_at).await
}

async fn tell(
    tx: &mut Tx,
    webhooks: impl Iterator<Item = &Webhook>,
    (incident, event): (Option<IncidentId>, EventType),
    body: &str,
    now_at: i64,
) -> Result<usize> {
    let mut told = 0;
    for to in webhooks {
        let endpoint = Endpoint { kind: EndpointKind::Webhook, id: to.id.0 };
        let dead = (!to.is_on()).then_some(Why::Off);
        keep(tx, &NewDelivery { endpoint, incident, event_type: event.word(), body }, dead, now_at).await?;
        told += 1;
    }
    Ok(told)
}

async fn keep(tx: &mut Tx, new: &NewDelivery<'_>, dead: Option<Why>, now_at: i64) -> Result<DeliveryId> {
    const SQL: &str = "
        insert into deliveries (message_id, endpoint_kind, endpoint_id, incident_id, event_type, body, created_at, due_at, leased_until,
            attempts, state, settled_at, why)
        values ($1, $2, $3, $4, $5, $6, $7, $7, 0, 0, $8, $9, $10)
        returning delivery_id";
    // Not the delivery's id: a restored backup would give it to another message, which receivers then took for one that they have.
    let message_id = format!("msg_{}", uuid::Uuid::now_v7().simple());
    let state = if dead.is_some() { State::Dead } else { State::Waiting };
    each!(tx, tx => sqlx::query_scalar(SQL)
        .bind(message_id)
        .bind(new.endpoint.kind.word())
        .bind(new.endpoint.id)
        .bind(new.incident)
        .bind(text(new.event_type))
        .bind(text(new.body))
        .bind(now_at)
        .bind(state.word())
        .bind(dead.map(|_| now_at))
        .bind(dead.map_or("", Why::word))
        .fetch_one(&mut **tx)
        .await)
}
