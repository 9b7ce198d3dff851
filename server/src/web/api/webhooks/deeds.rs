//! What programs do with webhooks: all that people do on their pages. Promises:
//!
//! 1. Under one `Idempotency-Key` something is done once, as [`once`](crate::web::api::once) has it.
//! 2. A secret is in the answer to whoever made it, however often that same request comes, and in no other answer.
//! 3. Who changes a part of a webhook changes nothing else of it, whoever changes it at the same time.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::body::{
    DeliveryBody, MadeWebhookBody, RedeliveredBody, RotatedBody, WebhookBody, delivery_body, webhook_body,
};
use crate::locale::Message;
use crate::model::audit::{Action, Deed, SubjectKind};
use crate::model::delivery::{Delivery, EndpointKind};
use crate::model::destination::Policy;
use crate::model::standing::OffWhy;
use crate::model::webhook::{MOST_WEBHOOKS, Mistake, NewWebhook, ROTATION_MS, Typed, Webhook};
use crate::model::{DeliveryId, WebhookId};
use crate::store::deliveries::{self, Which};
use crate::store::{Tx, audit, webhooks};
use crate::web::Site;
use crate::web::api::Instant;
use crate::web::api::body::{Nothing, unprocessable};
use crate::web::api::id::Id;
use crate::web::api::once::{Asked, Said, begin};
use crate::web::api::query::Result;
use crate::web::audit::told::{self, OfDestination};
use crate::web::auth::Admin;
use crate::web::error::{ApiError, Error};
use crate::web::webhook::{add_secret, endpoint, mistake_words, send_test};

const PATH: &str = "/api/v1/webhooks";

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhookBody {
    /// For people.
    #[schema(min_length = 1, max_length = 100, example = "Tickets")]
    name: String,
    /// Where messages are sent by POST. Addresses of this server itself, of its machine and of cloud metadata are refused.
    #[schema(max_length = 2000, example = "https://tickets.corp.example/in")]
    url: String,
    /// What it is told.
    #[schema(min_items = 1, example = json!(["incident.opened", "incident.resolved"]))]
    event_types: Vec<String>,
    /// Only incidents of hosts in these groups; empty for all. Incidents of the whole fleet are always told.
    #[serde(default)]
    #[schema(max_items = 50)]
    groups: Vec<String>,
}

/// What is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChangesBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Option<String>,
    /// At another address nothing has failed yet.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, max_length = 2000)]
    url: Option<String>,
    /// All that it is told from now on.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<String>, min_items = 1)]
    event_types: Option<Vec<String>>,
    /// All its groups from now on; empty for all hosts.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<String>, max_items = 50, example = json!(["Paris"]))]
    groups: Option<Vec<String>>,
    /// Whether it is told anything. What waits when it is switched off is not sent, unless it is redelivered once it is on again.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, example = true)]
    on: Option<bool>,
}

/// Which messages are meant: one, or those since an instant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeliverBody {
    /// The id of one delivery, whatever became of it.
    #[serde(default)]
    delivery: Option<i64>,
    /// Those that were made since then and did not arrive.
    #[serde(default)]
    #[schema(format = DateTime, example = "2026-11-25T09:31:00Z")]
    since: Option<String>,
    /// With `since`: also those that arrived.
    #[serde(default)]
    all: bool,
}

/// What is to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    One(DeliveryId),
    Since(i64, Which),
}

/// What is there is no null: who wants nothing of a list writes an empty one.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> std::result::Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Makes a webhook, which is on.
///
/// The answer has the secret that its messages are signed with, which is told this once; the same request under the same
/// `Idempotency-Key` gets it again.
#[utoipa::path(
    post, path = "/api/v1/webhooks", operation_id = "createWebhook", tag = "webhooks",
    request_body(content = NewWebhookBody),
    responses((status = 201, description = "The webhook and its secret", body = MadeWebhookBody,
        headers(("Location" = String, description = "Where it is.")))),
)]
pub async fn create(State(site): State<Site>, asked: Asked<Admin, NewWebhookBody>) -> Result<Response> {
    let NewWebhookBody { name, url, event_types, groups } = &asked.said;
    let new = NewWebhook::read(Typed { name, url, event_types, groups }, &site.outgoing.policy);
    let new = new.map_err(|mistake| refused(&mistake))?;
    let mut once = begin!(&site, asked.named);
    let by = asked.caller.signature();
    let Some(id) = webhooks::insert(&mut once.tx, &new, &by, once.now_at).await? else {
        return Err(Error::Conflict(Message::for_anybody("hooks-too-many").with("most", MOST_WEBHOOKS)).into());
    };
    let secret = add_secret(&site, &mut once.tx, id, once.now_at).await?;
    let webhook = webhook_body(held(&mut once.tx, id).await?);
    audit::record(&mut once.tx, &asked.trail, &told::webhook_created(id, &new)).await?;
    let said = Said::new(StatusCode::CREATED, &MadeWebhookBody { webhook, secret })?;
    let response = once.answer(said.with_location(format!("{PATH}/{id}")).with_secret()).await?;
    tracing::info!(webhook = id.0, caller = ?asked.caller.id(), "a webhook was made");
    Ok(response)
}

/// Changes a webhook, or switches it on or off.
///
/// What is left out stays as it is, so that who only switches need know nothing else: that is why it is no PUT. Null is refused.
#[utoipa::path(
    patch, path = "/api/v1/webhooks/{id}", operation_id = "changeWebhook", tag = "webhooks",
    params(("id" = i64, Path, description = "The webhook's id.")),
    request_body(content = WebhookChangesBody),
    responses((status = 200, description = "The webhook as it is now", body = WebhookBody)),
)]
pub async fn change(
    State(site): State<Site>,
    Id(id): Id<WebhookId>,
    asked: Asked<Admin, WebhookChangesBody>,
) -> Result<Response> {
    let mut once = begin!(&site, asked.named);
    let before = held(&mut once.tx, id).await?;
    let mut deeds = Vec::new();
    if let Some(new) = asked.said.read(&before, &site.outgoing.policy)? {
        webhooks::update(&mut once.tx, id, &new, once.now_at).await?;
        deeds.push(told::webhook_changed(&before, &new));
    }
    match asked.said.on {
        Some(true) => {
            webhooks::switch_on(&mut once.tx, id, once.now_at).await?;
        }
        Some(false) => {
            let by = asked.caller.signature();
            webhooks::switch_off(&mut once.tx, id, OffWhy::Hand, &by, once.now_at).await?;
        }
        None => {}
    }
    deeds.extend(asked.said.on.map(|on| switched(&before, on)));
    let webhook = webhook_body(held(&mut once.tx, id).await?);
    for deed in &deeds {
        audit::record(&mut once.tx, &asked.trail, deed).await?;
    }
    let response = once.answer(Said::new(StatusCode::OK, &webhook)?).await?;
    tracing::info!(webhook = id.0, caller = ?asked.caller.id(), to = asked.said.on, "a webhook was changed");
    Ok(response)
}

/// Deletes a webhook, with its log and all that waits for it.
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{id}", operation_id = "deleteWebhook", tag = "webhooks",
    params(("id" = i64, Path, description = "The webhook's id.")),
    responses((status = 204, description = "It is gone.")),
)]
pub async fn delete(State(site): State<Site>, Id(id): Id<WebhookId>, asked: Asked<Admin, Nothing>) -> Result<Response> {
    let mut once = begin!(&site, asked.named);
    let webhook = held(&mut once.tx, id).await?;
    if !webhooks::delete(&mut once.tx, id).await? {
        return Err(Error::NotFound("webhook").into());
    }
    let deed = told::destination(EndpointKind::Webhook, OfDestination::Deleted, (id.0, &webhook.name));
    audit::record(&mut once.tx, &asked.trail, &deed).await?;
    let response = once.answer(Said::gone()).await?;
    tracing::info!(webhook = id.0, caller = ?asked.caller.id(), "a webhook was deleted");
    Ok(response)
}

/// Gives a webhook a new secret.
///
/// It is told this once, as when the webhook was made. The one before signs beside it for a day, so that the receiver can change in peace; one
/// that signed beside that one signs no more.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/rotate", operation_id = "rotateWebhookSecret", tag = "webhooks",
    params(("id" = i64, Path, description = "The webhook's id.")),
    responses((status = 200, description = "The new secret", body = RotatedBody)),
)]
pub async fn rotate(State(site): State<Site>, Id(id): Id<WebhookId>, asked: Asked<Admin, Nothing>) -> Result<Response> {
    let mut once = begin!(&site, asked.named);
    let webhook = held(&mut once.tx, id).await?;
    let secret = add_secret(&site, &mut once.tx, id, once.now_at).await?;
    let deed = Deed::on(Action::WebhookRotated, (SubjectKind::Webhook, id.0, &webhook.name));
    audit::record(&mut once.tx, &asked.trail, &deed).await?;
    let body = RotatedBody { secret, old_until: Instant(once.now_at + ROTATION_MS) };
    let response = once.answer(Said::new(StatusCode::OK, &body)?.with_secret()).await?;
    tracing::info!(webhook = id.0, caller = ?asked.caller.id(), "a webhook got a new secret");
    Ok(response)
}

/// Tries a webhook out: sends it one message of the type `webhook.test`, once.
///
/// What comes of it is in the delivery that is answered; also a webhook that is off is tried.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/test", operation_id = "testWebhook", tag = "webhooks",
    params(("id" = i64, Path, description = "The webhook's id.")),
    responses((status = 202, description = "The delivery", body = DeliveryBody,
        headers(("Location" = String, description = "Where it is.")))),
)]
pub async fn test(State(site): State<Site>, Id(id): Id<WebhookId>, asked: Asked<Admin, Nothing>) -> Result<Response> {
    let mut once = begin!(&site, asked.named);
    let webhook = held(&mut once.tx, id).await?;
    let delivery = send_test(&mut once.tx, &webhook, once.now_at).await?;
    let body = delivery_body(of_one(&mut once.tx, id, delivery).await?);
    let deed = told::destination(EndpointKind::Webhook, OfDestination::Tested, (id.0, &webhook.name));
    audit::record(&mut once.tx, &asked.trail, &deed).await?;
    let path = format!("{PATH}/{id}/deliveries/{delivery}");
    let response = once.answer(Said::new(StatusCode::ACCEPTED, &body)?.with_location(path)).await?;
    tracing::info!(webhook = id.0, caller = ?asked.caller.id(), "a webhook is tried out");
    Ok(response)
}

/// Sends messages to a webhook again, with the same `webhook-id`, by which the receiver knows those that it has.
///
/// Say which by `delivery`, or by `since`.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/redeliver", operation_id = "redeliverToWebhook", tag = "webhooks",
    params(("id" = i64, Path, description = "The webhook's id.")),
    request_body(content = RedeliverBody),
    responses((status = 202, description = "How many are sent again", body = RedeliveredBody)),
)]
pub async fn redeliver(
    State(site): State<Site>,
    Id(id): Id<WebhookId>,
    asked: Asked<Admin, RedeliverBody>,
) -> Result<Response> {
    let again = asked.said.read()?;
    let mut once = begin!(&site, asked.named);
    let webhook = held(&mut once.tx, id).await?;
    let deliveries = replay(&mut once.tx, &webhook, again, once.now_at).await?;
    let deed = told::destination(EndpointKind::Webhook, OfDestination::Resent, (id.0, &webhook.name));
    audit::record(&mut once.tx, &asked.trail, &deed.after("deliveries", deliveries)).await?;
    let response = once.answer(Said::new(StatusCode::ACCEPTED, &RedeliveredBody { deliveries })?).await?;
    tracing::info!(webhook = id.0, caller = ?asked.caller.id(), deliveries, "deliveries are sent again");
    Ok(response)
}

fn switched(webhook: &Webhook, on: bool) -> Deed {
    let deed = told::destination(EndpointKind::Webhook, OfDestination::Switched, (webhook.id.0, &webhook.name));
    deed.after("to", if on { "on" } else { "off" })
}

async fn replay(tx: &mut Tx, webhook: &Webhook, again: Again, now_at: i64) -> Result<u64> {
    let off = || Error::Conflict(Message::for_anybody("hooks-off-first"));
    match again {
        Again::One(delivery) => {
            let kept = of_one(tx, webhook.id, delivery).await?;
            if !webhook.takes(&kept.event_type) {
                return Err(off().into());
            }
            if deliveries::replay(tx, delivery, now_at).await? {
                return Ok(1);
            }
            let said = "The delivery is under way just now. Send the request again in a moment.";
            Err(Error::Conflict(Message::verbatim(said)).into())
        }
        Again::Since(..) if !webhook.is_on() => Err(off().into()),
        Again::Since(since_at, which) => {
            Ok(deliveries::replay_since(tx, endpoint(webhook.id), since_at, which, now_at).await?)
        }
    }
}

/// The webhook, which nobody else changes until the deed is done.
async fn held(tx: &mut Tx, id: WebhookId) -> Result<Webhook> {
    Ok(webhooks::hold(tx, id).await?.ok_or(Error::NotFound("webhook"))?)
}

/// A delivery to this webhook: one to another destination is none.
async fn of_one(tx: &mut Tx, id: WebhookId, delivery: DeliveryId) -> Result<Delivery> {
    let found = deliveries::find_in(tx, delivery).await?;
    Ok(found.filter(|found| found.endpoint == endpoint(id)).ok_or(Error::NotFound("delivery"))?)
}

/// Names the field, and says what to write instead.
fn refused(mistake: &Mistake) -> ApiError {
    let field = match mistake {
        Mistake::Name => "name",
        Mistake::Url(_) => "url",
        Mistake::NoEventType | Mistake::EventType(_) => "event_types",
        Mistake::Groups => "groups",
    };
    let words = mistake_words(mistake).to_string();
    unprocessable(&format!("{field}: {}", words.trim_end_matches('.')))
}

impl WebhookChangesBody {
    /// The webhook as it is to be; none if it is at most switched, which nothing of what is kept can hinder.
    fn read(&self, before: &Webhook, policy: &Policy) -> Result<Option<NewWebhook>> {
        if self.name.is_none() && self.url.is_none() && self.event_types.is_none() && self.groups.is_none() {
            return Ok(None);
        }
        let words: Vec<String> = before.event_types.iter().map(|event| event.word().to_owned()).collect();
        let typed = Typed {
            name: self.name.as_deref().unwrap_or(&before.name),
            url: self.url.as_deref().unwrap_or(&before.url),
            event_types: self.event_types.as_deref().unwrap_or(&words),
            groups: self.groups.as_deref().unwrap_or(&before.groups),
        };
        NewWebhook::read(typed, policy).map(Some).map_err(|mistake| refused(&mistake))
    }
}

impl RedeliverBody {
    fn read(&self) -> Result<Again> {
        match (self.delivery, &self.since) {
            (Some(delivery), None) if !self.all => Ok(Again::One(DeliveryId(delivery))),
            (None, Some(since)) => {
                let wrong = |_| unprocessable("since has to be an instant by RFC 3339, such as 2026-11-25T09:31:00Z");
                let since = since.parse::<Timestamp>().map_err(wrong)?;
                let which = if self.all { Which::All } else { Which::Dead };
                Ok(Again::Since(since.as_millisecond(), which))
            }
            _ => Err(unprocessable("either delivery or since has to be there, and all goes with since")),
        }
    }
}
