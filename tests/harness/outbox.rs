//! Sends deliveries to receivers on loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use highwater::delivery::http::{Http, Limits};
use highwater::delivery::sign::{SigningKey, signatures};
use highwater::model::delivery::{Attempt, Delivery, Endpoint, EndpointKind, NewDelivery};
use highwater::model::destination::Policy;
use highwater::model::incident::{Kind, What};
use highwater::model::time::HOUR_MS;
use highwater::model::webhook::{EventType, NewWebhook, Webhook};
use highwater::model::{DeliveryId, IncidentId, WebhookId};
use highwater::sealed::Keys;
use highwater::store::incidents::{self, NewIncident};
use highwater::store::{Db, deliveries, webhooks};
use highwater::tasks::delivery::{Outbox, Sending, purpose};

use super::receiver::Receiver;
use super::store::{Store, T0};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const OTHER_SECRET: &str = "whsec_aGlnaHdhdGVyIHNpZ25zIGl0cyBtZXNzYWdlcyAwMzI=";
pub const OPENED: EventType = EventType::Incident(What::Opened);
/// As short as a loaded machine bears.
pub const LIMITS: Limits =
    Limits { connect: Duration::from_secs(2), answer: Duration::from_secs(3), body: Duration::from_secs(1) };

pub fn keys(letter: &str) -> Keys {
    Keys::read(&key_text(letter), "secrets.key").unwrap()
}

pub fn key_text(letter: &str) -> String {
    format!("hwm_{}A", letter.repeat(42))
}

pub fn http(receivers: &[&Receiver]) -> Http {
    let addresses: Vec<SocketAddr> = receivers.iter().map(|one| one.addr).collect();
    Http::new(Arc::new(Policy::default().allowing(&addresses)), None).unwrap().with_limits(LIMITS)
}

pub fn outbox(db: &Db, http: Http) -> Outbox {
    let public_url = "https://highwater.example".to_owned();
    Outbox::new(db.clone(), Sending { http, keys: Arc::new(keys("B")), public_url, kept_days: 30 })
}

/// Sends all that is due at this instant, and waits for what comes of it.
pub async fn send(outbox: &Outbox, at: i64) {
    while outbox.tick(T0 + at).await.unwrap() > 0 {
        outbox.done().await;
    }
}

pub async fn webhook(db: &Store, url: &str, events: &[EventType]) -> WebhookId {
    let (event_types, groups) = (events.to_vec(), Vec::new());
    let new = NewWebhook { name: "Tickets".to_owned(), url: url.to_owned(), event_types, groups };
    let id = db.write(async |tx| webhooks::insert(tx, &new, "ann", T0).await).await.unwrap();
    add_secret(db, id, SECRET, 0).await;
    id
}

pub async fn add_secret(db: &Store, id: WebhookId, secret: &str, at: i64) {
    let sealed = keys("B").seal(&purpose(id), secret).unwrap();
    db.write(async |tx| webhooks::add_secret(tx, id, &sealed, T0 + at, T0 + at + HOUR_MS).await).await;
}

/// Opens an incident of a new host, which is told to all webhooks.
pub async fn open(db: &Store, name: &str, body: &str) -> IncidentId {
    let host = db.host(name).await;
    let new =
        NewIncident { host: Some(host), kind: Kind::Full, subject: "", from_at: T0, opened_at: T0, is_silenced: false };
    db.write(async |tx| {
        let id = incidents::insert(tx, &new, T0).await?.unwrap();
        deliveries::enqueue_for(tx, id, OPENED, body, T0).await?;
        Ok(id)
    })
    .await
}

pub async fn enqueue(
    db: &Store,
    to: WebhookId,
    incident: Option<IncidentId>,
    event: EventType,
    body: &str,
) -> DeliveryId {
    let endpoint = Endpoint { kind: EndpointKind::Webhook, id: to.0 };
    let new = NewDelivery { endpoint, incident, event_type: event.word(), body };
    db.write(async |tx| deliveries::enqueue(tx, &new, T0).await).await
}

pub async fn sent(db: &Db, id: DeliveryId) -> (Delivery, Vec<Attempt>) {
    (deliveries::find(db, id).await.unwrap().unwrap().0, deliveries::attempts(db, id).await.unwrap())
}

pub async fn is(db: &Db, id: WebhookId) -> Webhook {
    webhooks::find(db, id).await.unwrap().unwrap()
}

pub fn signed(secrets: &[&str], id: &str, timestamp: &str, body: &str) -> String {
    let keys: Vec<_> = secrets.iter().map(|secret| SigningKey::read(secret).unwrap()).collect();
    signatures(&keys, id, timestamp.parse().unwrap(), body)
}
