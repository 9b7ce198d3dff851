//! Deliveries, put into a store and taken out of it.

use highwater::model::delivery::{Attempt, Delivery, Endpoint, EndpointKind, NewDelivery, Settled};
use highwater::model::{DeliveryId, IncidentId};
use highwater::store::Db;
use highwater::store::deliveries::{self, Asked, Claimed, DeliveryFilter};

use super::store::{Store, T0};

pub const LEASED_UNTIL: i64 = T0 + 60_000;

pub fn endpoint(id: i64) -> Endpoint {
    Endpoint { kind: EndpointKind::Webhook, id }
}

/// Keeps a delivery for a destination, about an incident or none.
pub async fn enqueue(db: &Store, to: i64, incident: Option<i64>, at: i64) -> DeliveryId {
    let incident = incident.map(IncidentId);
    let new = NewDelivery { endpoint: endpoint(to), incident, event_type: "incident.opened", body: "{\"a\":1}" };
    db.write(async |tx| deliveries::enqueue(tx, &new, T0 + at).await).await
}

pub fn asked(at: i64, most: u32, most_of_one: u32) -> Asked {
    let (now_at, leased_until) = (T0 + at, LEASED_UNTIL + at);
    Asked { kind: EndpointKind::Webhook, now_at, leased_until, most, most_of_one }
}

pub async fn claim(db: &Db, at: i64) -> Vec<Claimed> {
    deliveries::claim(db, &asked(at, 99, 99)).await.unwrap()
}

pub fn ids(claimed: &[Claimed]) -> Vec<DeliveryId> {
    claimed.iter().map(|one| one.id).collect()
}

pub async fn settle(db: &Store, claimed: &Claimed, settled: Settled, at: i64) -> bool {
    db.write(async |tx| deliveries::settle(tx, claimed, settled, None, T0 + at).await).await
}

pub fn attempt(at: i64, status: Option<u16>, answer: &str) -> Attempt {
    let error = if status.is_none() { "no answer".to_owned() } else { String::new() };
    Attempt { at: T0 + at, took_ms: 12, status, error, answer: answer.to_owned() }
}

pub async fn found(db: &Db, id: DeliveryId) -> Delivery {
    deliveries::find(db, id).await.unwrap().unwrap().0
}

pub async fn all(db: &Db) -> Vec<Delivery> {
    let mut all = deliveries::list(db, &DeliveryFilter { most: 999, ..DeliveryFilter::default() }).await.unwrap();
    all.reverse();
    all
}
