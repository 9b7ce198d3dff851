//! What the API says of a webhook, of what was sent to it, and of what was done with it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::delivery::{Attempt, Delivery};
use crate::model::webhook::Webhook;
use crate::web::api::Instant;

#[derive(Debug, Serialize, ToSchema)]
pub struct WebhooksBody {
    /// In order of id.
    pub webhooks: Vec<WebhookBody>,
    /// Give it as `after` to get the next ones; null at the end.
    pub next: Option<String>,
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
    pub deliveries: Vec<DeliveryBody>,
    /// Give it as `after` to get the next ones; null at the end.
    pub next: Option<String>,
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

#[derive(Debug, Serialize, ToSchema)]
pub struct WholeDeliveryBody {
    #[serde(flatten)]
    pub delivery: DeliveryBody,
    /// As it is sent, and signed: JSON, in one text.
    pub body: String,
    /// Every attempt, in order; more than `attempts` if it was sent again.
    pub log: Vec<AttemptBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptBody {
    at: Instant,
    took_ms: i64,
    /// Null if there was no answer.
    status: Option<u16>,
    /// Why there was none; null if there was one.
    error: Option<String>,
    /// The beginning of it, 2 KiB at most; null if nothing was said.
    answer: Option<String>,
}

/// What is told of a webhook when it is made.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeWebhookBody {
    #[serde(flatten)]
    pub(super) webhook: WebhookBody,
    /// What its messages are signed with, `whsec_…`. It is told this once.
    pub(super) secret: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct RotatedBody {
    /// What its messages are signed with from now on, `whsec_…`. It is told this once.
    pub(super) secret: String,
    /// Until then the secret before signs beside it.
    pub(super) old_until: Instant,
}

#[derive(Serialize, ToSchema)]
pub(super) struct RedeliveredBody {
    /// How many are sent again.
    pub(super) deliveries: u64,
}

pub(super) fn webhook_body(webhook: Webhook) -> WebhookBody {
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

pub(super) fn delivery_body(delivery: Delivery) -> DeliveryBody {
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

pub(super) fn attempt_body(attempt: Attempt) -> AttemptBody {
    let known = |text: String| Some(text).filter(|text| !text.is_empty());
    AttemptBody {
        at: Instant(attempt.at),
        took_ms: attempt.took_ms,
        status: attempt.status,
        error: known(attempt.error),
        answer: known(attempt.answer),
    }
}
