//! Webhooks, without their secrets, and what was sent to them.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::Instant;
use super::id::Id;
use super::list::{Table, cut};
use super::query::{Query, Result};
use crate::model::delivery::{Delivery, Endpoint, EndpointKind};
use crate::model::webhook::Webhook;
use crate::model::{DeliveryId, WebhookId};
use crate::store;
use crate::store::deliveries::{self, DeliveryFilter};
use crate::web::Site;
use crate::web::auth::{Admin, May};
use crate::web::error::Error;

#[derive(Debug, Serialize, ToSchema)]
pub struct WebhooksBody {
    /// In order of id.
    webhooks: Vec<WebhookBody>,
    /// Give it as `after` to get the next ones; null at the end.
    next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookBody {
    id: i64,
    name: String,
    url: String,
    /// What it is told: `incident.opened` and others.
    event_types: Vec<String>,
    /// Only incidents of hosts in these groups; empty for all.
    groups: Vec<String>,
    on: bool,
    /// Why it is off: `hand`, `gone` (it answered 410) or `failing` (nothing arrived for days); null while it is on.
    off_why: Option<&'static str>,
    off_at: Option<Instant>,
    /// Since when attempts fail; null while they do not.
    failing_since: Option<Instant>,
    /// Failed attempts since then.
    failures: u32,
    created_at: Instant,
    created_by: String,
    updated_at: Instant,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveriesBody {
    /// Newest first.
    deliveries: Vec<DeliveryBody>,
    /// Give it as `after` to get the next ones; null at the end.
    next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryBody {
    id: i64,
    /// The `webhook-id` of the message, the same in every attempt.
    message_id: String,
    event_type: String,
    /// Null if it is about none.
    incident: Option<i64>,
    /// `waiting`, `delivered` or `dead`.
    state: &'static str,
    /// Why it is dead: `given_up`, `gone`, `off`, `once` or `missing`; null otherwise.
    why: Option<&'static str>,
    attempts: u32,
    /// What was answered last; null if there was no answer.
    status: Option<u16>,
    /// Why there was none at last; null if there was one, or no attempt.
    error: Option<String>,
    created_at: Instant,
    /// While it waits: when it is tried next, at the earliest.
    due_at: Option<Instant>,
    settled_at: Option<Instant>,
}

const WEBHOOKS: Table = Table {
    rows: "webhooks",
    columns: &[
        "id",
        "name",
        "url",
        "event_types",
        "groups",
        "on",
        "off_why",
        "off_at",
        "failing_since",
        "failures",
        "created_at",
        "created_by",
        "updated_at",
    ],
};
const DELIVERIES: Table = Table {
    rows: "deliveries",
    columns: &[
        "id",
        "message_id",
        "event_type",
        "incident",
        "state",
        "why",
        "attempts",
        "status",
        "error",
        "created_at",
        "due_at",
        "settled_at",
    ],
};

/// Webhooks, in order of id. Their secrets were shown once.
#[utoipa::path(
    get, path = "/api/v1/webhooks", operation_id = "listWebhooks", tag = "webhooks",
    params(
        ("limit" = Option<u32>, Query, description = "How many at most; 1000 if it is not said.", minimum = 1, maximum = 10000),
        ("after" = Option<String>, Query, description = "The `next` of the answer before."),
    ),
    responses((status = 200, description = "Webhooks", content((WebhooksBody = "application/json"), (String = "text/csv")))),
)]
pub async fn index(_: May<Admin>, State(site): State<Site>, mut query: Query) -> Result<Response> {
    let (most, after) = (query.limit(1_000, 10_000)?, query.place()?);
    let how = query.done()?;
    let (webhooks, next) = cut(store::webhooks::list(&site.db).await?, after, most);
    let body = WebhooksBody { webhooks: webhooks.into_iter().map(webhook_body).collect(), next };
    Ok(how.list(&body, WEBHOOKS, body.next.as_deref()))
}

/// One webhook, without its secret.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}", operation_id = "getWebhook", tag = "webhooks",
    params(("id" = i64, Path, description = "The webhook's id.")),
    responses((status = 200, description = "The webhook", body = WebhookBody)),
)]
pub async fn show(
    _: May<Admin>,
    State(site): State<Site>,
    Id(id): Id<WebhookId>,
    query: Query,
) -> Result<Json<WebhookBody>> {
    query.done()?;
    let found = store::webhooks::find(&site.db, id).await?;
    Ok(Json(webhook_body(found.ok_or(Error::NotFound("webhook"))?)))
}

/// What was sent to a webhook, newest first.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/deliveries", operation_id = "listWebhookDeliveries", tag = "webhooks",
    params(
        ("id" = i64, Path, description = "The webhook's id."),
        ("limit" = Option<u32>, Query, description = "How many at most; 100 if it is not said.", minimum = 1, maximum = 1000),
        ("after" = Option<String>, Query, description = "The `next` of the answer before."),
    ),
    responses((status = 200, description = "Deliveries", content((DeliveriesBody = "application/json"), (String = "text/csv")))),
)]
pub async fn deliveries(
    _: May<Admin>,
    State(site): State<Site>,
    Id(id): Id<WebhookId>,
    mut query: Query,
) -> Result<Response> {
    let (most, after) = (query.limit(100, 1_000)?, query.place()?);
    let how = query.done()?;
    store::webhooks::find(&site.db, id).await?.ok_or(Error::NotFound("webhook"))?;
    let filter = DeliveryFilter {
        endpoint: Some(Endpoint { kind: EndpointKind::Webhook, id: id.0 }),
        before: after.and_then(|after| i64::try_from(after).ok()).map(DeliveryId),
        most: most.saturating_add(1),
        ..DeliveryFilter::default()
    };
    let mut found = deliveries::list(&site.db, &filter).await?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let has_more = found.len() > most;
    found.truncate(most);
    let next = found.last().filter(|_| has_more).map(|last| last.id.to_string());
    let body = DeliveriesBody { deliveries: found.into_iter().map(delivery_body).collect(), next };
    Ok(how.list(&body, DELIVERIES, body.next.as_deref()))
}

fn webhook_body(webhook: Webhook) -> WebhookBody {
    WebhookBody {
        id: webhook.id.0,
        on: webhook.is_on(),
        name: webhook.name,
        url: webhook.url,
        event_types: webhook.event_types.iter().map(|event| event.word().to_owned()).collect(),
        groups: webhook.groups,
        off_why: webhook.off.as_ref().map(|off| off.why.word()),
        off_at: webhook.off.map(|off| Instant(off.at)),
        failing_since: webhook.failing.map(|failing| Instant(failing.since)),
        failures: webhook.failing.map_or(0, |failing| failing.failures),
        created_at: Instant(webhook.created_at),
        created_by: webhook.created_by,
        updated_at: Instant(webhook.updated_at),
    }
}

fn delivery_body(delivery: Delivery) -> DeliveryBody {
    DeliveryBody {
        id: delivery.id.0,
        message_id: delivery.message_id,
        event_type: delivery.event_type,
        incident: delivery.incident.map(|id| id.0),
        state: delivery.state.word(),
        why: delivery.why.map(|why| why.word()),
        attempts: delivery.attempts,
        status: delivery.status,
        error: Some(delivery.error).filter(|error| !error.is_empty()),
        created_at: Instant(delivery.created_at),
        due_at: delivery.settled_at.is_none().then_some(Instant(delivery.due_at)),
        settled_at: delivery.settled_at.map(Instant),
    }
}
