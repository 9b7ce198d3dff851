//! Webhooks, without their secrets, and what was sent to them. What programs do with them is in `deeds.rs`.

pub mod body;
pub mod deeds;

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use self::body::{
    DeliveriesBody, WebhookBody, WebhooksBody, WholeDeliveryBody, attempt_body, delivery_body, webhook_body,
};
use super::id::{Id, Ids};
use super::list::{Table, cut};
use super::query::{Query, Result};
use crate::model::{DeliveryId, WebhookId};
use crate::store;
use crate::store::deliveries::{self, DeliveryFilter};
use crate::web::Site;
use crate::web::auth::{Admin, May};
use crate::web::error::Error;
use crate::web::webhook::endpoint;

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
        endpoint: Some(endpoint(id)),
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

/// One message to a webhook, with its body and every attempt.
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/deliveries/{delivery}", operation_id = "getWebhookDelivery", tag = "webhooks",
    params(
        ("id" = i64, Path, description = "The webhook's id."),
        ("delivery" = i64, Path, description = "The delivery's id."),
    ),
    responses((status = 200, description = "The delivery", body = WholeDeliveryBody)),
)]
pub async fn delivery(
    _: May<Admin>,
    State(site): State<Site>,
    Ids(id, delivery): Ids<WebhookId, DeliveryId>,
    query: Query,
) -> Result<Json<WholeDeliveryBody>> {
    query.done()?;
    store::webhooks::find(&site.db, id).await?.ok_or(Error::NotFound("webhook"))?;
    let found = deliveries::find(&site.db, delivery).await?;
    // One of another destination is none of this one's.
    let found = found.filter(|(delivery, _)| delivery.endpoint == endpoint(id));
    let (delivery, body) = found.ok_or(Error::NotFound("delivery"))?;
    let log = deliveries::attempts(&site.db, delivery.id).await?.into_iter().map(attempt_body).collect();
    Ok(Json(WholeDeliveryBody { delivery: delivery_body(delivery), body, log }))
}
