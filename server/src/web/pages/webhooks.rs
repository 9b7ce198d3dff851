//! Webhooks: where other systems are told what happens to incidents, what was sent to them, and sending it again.

mod file;
mod words;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use self::words::event_words;
pub(super) use self::words::off_words;
use super::deliveries::{self, DeliveryPage, Destination, Log, LogAsked};
use crate::locale::Message;
use crate::model::standing::OffWhy;
use crate::model::webhook::{EventType, LONGEST_NAME, MOST_WEBHOOKS, NewWebhook, ROTATION_MS, Typed, Webhook};
use crate::model::{DeliveryId, WebhookId};
use crate::store;
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::auth::{self, SignedIn};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::sheet;
use crate::web::webhook::{add_secret, endpoint, mistake_words, send_test};

const PATH: &str = "/settings/webhooks";

#[derive(Template, WebTemplate)]
#[template(path = "settings/webhooks.html")]
struct IndexPage {
    page: Page,
    webhooks: Vec<Webhook>,
    fields: Fields,
    refusal: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "settings/webhook.html")]
struct ShowPage {
    page: Page,
    webhook: Webhook,
    fields: Fields,
    refusal: String,
    /// How many secrets sign now.
    secrets: usize,
    log: Log,
}

#[derive(Template, WebTemplate)]
#[template(path = "settings/webhook_secret.html")]
struct SecretPage {
    page: Page,
    id: WebhookId,
    name: String,
    secret: String,
    /// Until when the one before signs beside it; none for the first one.
    beside_until: Option<i64>,
}

/// A webhook as it was typed.
#[derive(Debug, Clone, Default)]
struct Fields {
    name: String,
    url: String,
    events: Vec<String>,
    /// Separated by commas or ends of lines.
    groups: String,
}

#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    format: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Nothing {}

#[derive(Debug, Deserialize)]
pub struct Switch {
    /// `on` or `off`.
    to: String,
}

/// `GET /settings/webhooks?format`
pub async fn index(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &headers, viewer.locale.lang) {
        return Ok(file::all(&store::webhooks::list(&site.db).await?).into_answer("highwater-webhooks", wanted));
    }
    Ok(list(&site, viewer, &by, (Fields::usual(), None)).await?.into_response())
}

async fn list(
    site: &Site,
    viewer: Viewer,
    by: &SignedIn,
    (fields, refusal): (Fields, Option<Message>),
) -> Result<IndexPage> {
    let title = viewer.locale.say("hooks-tab");
    Ok(IndexPage {
        webhooks: store::webhooks::list(&site.db).await?,
        refusal: refusal.map(|said| said.in_words_of(&viewer.locale)).unwrap_or_default(),
        page: viewer.page(Nav::Settings, title).of(&by.account.name, &by.csrf_token),
        fields,
    })
}

/// `POST /settings/webhooks`: the answer shows the secret, this once.
pub async fn create(
    State(site): State<Site>,
    viewer: Viewer,
    form: auth::Form<Vec<(String, String)>>,
) -> Result<Response> {
    let fields = Fields::of(&form.fields);
    let new = match fields.read(&site) {
        Ok(new) => new,
        Err(refusal) => {
            let page = list(&site, viewer.on(PATH.to_owned()), &form.by, (fields, Some(refusal))).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let (by, now_at) = (&form.by.account, viewer.now_at);
    let mut tx = site.db.begin().await?;
    let Some(id) = store::webhooks::insert(&mut tx, &new, &by.name, now_at).await? else {
        drop(tx);
        let refusal = Message::for_anybody("hooks-too-many").with("most", MOST_WEBHOOKS);
        let page = list(&site, viewer.on(PATH.to_owned()), &form.by, (fields, Some(refusal))).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let secret = add_secret(&site, &mut tx, id, now_at).await?;
    tx.commit().await?;
    tracing::info!(webhook = id.0, account = by.id.0, "a webhook was made");
    Ok(secret_page(viewer, &form.by, (id, new.name, secret, None)).into_response())
}

fn secret_page(
    viewer: Viewer,
    by: &SignedIn,
    (id, name, secret, beside_until): (WebhookId, String, String, Option<i64>),
) -> SecretPage {
    let title = viewer.locale.say("hooks-secret");
    let page = viewer.page(Nav::Settings, title).of(&by.account.name, &by.csrf_token);
    SecretPage { page, id, name, secret, beside_until }
}

/// `GET /settings/webhooks/{id}?state&before&format`
pub async fn show(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Path(id): Path<WebhookId>,
    Query(asked): Query<LogAsked>,
) -> Result<Response> {
    let webhook = find(&site, id).await?;
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &HeaderMap::new(), viewer.locale.lang) {
        return Ok(deliveries::file(&site, endpoint(id), &asked)
            .await?
            .into_answer(&format!("highwater-deliveries-{id}"), wanted));
    }
    let fields = Fields::kept(&webhook);
    Ok(one(&site, viewer, &by, (webhook, fields, None), asked).await?.into_response())
}

async fn find(site: &Site, id: WebhookId) -> Result<Webhook> {
    store::webhooks::find(&site.db, id).await?.ok_or(Error::NotFound("webhook"))
}

async fn one(
    site: &Site,
    viewer: Viewer,
    by: &SignedIn,
    (webhook, fields, refusal): (Webhook, Fields, Option<Message>),
    asked: LogAsked,
) -> Result<ShowPage> {
    let title = viewer.locale.say("hooks-one").with("name", &webhook.name);
    Ok(ShowPage {
        secrets: store::webhooks::secrets(&site.db, webhook.id, viewer.now_at).await?.len(),
        log: Log::of(site, endpoint(webhook.id), format!("{PATH}/{}", webhook.id), asked).await?,
        refusal: refusal.map(|said| said.in_words_of(&viewer.locale)).unwrap_or_default(),
        page: viewer.page(Nav::Settings, title).of(&by.account.name, &by.csrf_token),
        webhook,
        fields,
    })
}

/// `POST /settings/webhooks/{id}`
pub async fn update(
    State(site): State<Site>,
    viewer: Viewer,
    Path(id): Path<WebhookId>,
    form: auth::Form<Vec<(String, String)>>,
) -> Result<Response> {
    let webhook = find(&site, id).await?;
    let fields = Fields::of(&form.fields);
    let new = match fields.read(&site) {
        Ok(new) => new,
        Err(refusal) => {
            let viewer = viewer.on(format!("{PATH}/{id}"));
            let page = one(&site, viewer, &form.by, (webhook, fields, Some(refusal)), LogAsked::default()).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let mut tx = site.db.begin().await?;
    store::webhooks::update(&mut tx, id, &new, viewer.now_at).await?;
    tx.commit().await?;
    tracing::info!(webhook = id.0, account = form.by.account.id.0, "a webhook was changed");
    Ok(Redirect::to(&format!("{PATH}/{id}")).into_response())
}

/// `POST /settings/webhooks/{id}/switch`
pub async fn switch(State(site): State<Site>, Path(id): Path<WebhookId>, form: auth::Form<Switch>) -> Result<Redirect> {
    find(&site, id).await?;
    let (by, now_at) = (&form.by.account, site.clock.now_at());
    let mut tx = site.db.begin().await?;
    if form.fields.to == "on" {
        store::webhooks::switch_on(&mut tx, id, now_at).await?;
    } else {
        store::webhooks::switch_off(&mut tx, id, OffWhy::Hand, &by.name, now_at).await?;
    }
    tx.commit().await?;
    tracing::info!(webhook = id.0, account = by.id.0, to = %form.fields.to.escape_debug(), "a webhook was switched");
    Ok(Redirect::to(&format!("{PATH}/{id}")))
}

/// `POST /settings/webhooks/{id}/delete`
pub async fn delete(
    State(site): State<Site>,
    Path(id): Path<WebhookId>,
    form: auth::Form<Nothing>,
) -> Result<Redirect> {
    let mut tx = site.db.begin().await?;
    if !store::webhooks::delete(&mut tx, id).await? {
        return Err(Error::NotFound("webhook"));
    }
    tx.commit().await?;
    tracing::info!(webhook = id.0, account = form.by.account.id.0, "a webhook was deleted");
    Ok(Redirect::to(PATH))
}

/// `POST /settings/webhooks/{id}/rotate`: a new secret; the one before signs beside it for a day.
pub async fn rotate(
    State(site): State<Site>,
    viewer: Viewer,
    Path(id): Path<WebhookId>,
    form: auth::Form<Nothing>,
) -> Result<Response> {
    let webhook = find(&site, id).await?;
    let mut tx = site.db.begin().await?;
    let secret = add_secret(&site, &mut tx, id, viewer.now_at).await?;
    tx.commit().await?;
    tracing::info!(webhook = id.0, account = form.by.account.id.0, "a webhook got a new secret");
    let beside_until = viewer.now_at + ROTATION_MS;
    Ok(secret_page(viewer, &form.by, (id, webhook.name, secret, Some(beside_until))).into_response())
}

/// `POST /settings/webhooks/{id}/test`: one message, tried once; what came of it is in the log.
pub async fn test(State(site): State<Site>, Path(id): Path<WebhookId>, form: auth::Form<Nothing>) -> Result<Redirect> {
    let webhook = find(&site, id).await?;
    let mut tx = site.db.begin().await?;
    let delivery = send_test(&mut tx, &webhook, site.clock.now_at()).await?;
    tx.commit().await?;
    tracing::info!(webhook = id.0, account = form.by.account.id.0, "a webhook is tried out");
    Ok(Redirect::to(&format!("{PATH}/{id}/deliveries/{delivery}")))
}

/// `GET /settings/webhooks/{id}/deliveries/{delivery}`
pub async fn show_delivery(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Path((id, delivery)): Path<(WebhookId, DeliveryId)>,
) -> Result<DeliveryPage> {
    let name = find(&site, id).await?.name;
    let list_title = viewer.locale.say("hooks-tab").to_string();
    let to = Destination { endpoint: endpoint(id), name, list: PATH, list_title };
    deliveries::page(&site, viewer, &by, to, delivery).await
}

/// `POST /settings/webhooks/{id}/deliveries/{delivery}/again`
pub async fn again(
    State(site): State<Site>,
    Path((id, delivery)): Path<(WebhookId, DeliveryId)>,
    form: auth::Form<deliveries::Again>,
) -> Result<Redirect> {
    deliveries::again(&site, endpoint(id), delivery, &form.by, &format!("{PATH}/{id}")).await
}

/// `POST /settings/webhooks/{id}/again`: what was meant for it since an instant.
pub async fn again_since(
    State(site): State<Site>,
    viewer: Viewer,
    Path(id): Path<WebhookId>,
    form: auth::Form<deliveries::Since>,
) -> Result<Redirect> {
    find(&site, id).await?;
    let path = format!("{PATH}/{id}");
    deliveries::again_since(&site, &viewer, endpoint(id), (&form.fields, &form.by), &path).await
}

impl Fields {
    /// What a new webhook has unless somebody chooses.
    fn usual() -> Self {
        Self { events: EventType::USUAL.map(|event| event.word().to_owned()).to_vec(), ..Self::default() }
    }

    fn kept(webhook: &Webhook) -> Self {
        Self {
            name: webhook.name.clone(),
            url: webhook.url.clone(),
            events: webhook.event_types.iter().map(|event| event.word().to_owned()).collect(),
            groups: webhook.groups.join("\n"),
        }
    }

    /// `event` comes once for each type.
    fn of(pairs: &[(String, String)]) -> Self {
        let field = |name: &str| {
            let found = pairs.iter().find(|(n, _)| n == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let events = pairs.iter().filter(|(n, _)| n == "event").map(|(_, value)| value.clone()).collect();
        Self { name: field("name"), url: field("url"), events, groups: field("groups") }
    }

    fn read(&self, site: &Site) -> std::result::Result<NewWebhook, Message> {
        let groups: Vec<String> =
            self.groups.split([',', '\n']).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let typed = Typed { name: &self.name, url: &self.url, event_types: &self.events, groups: &groups };
        NewWebhook::read(typed, &site.outgoing.policy).map_err(|mistake| mistake_words(&mistake))
    }

    fn tells(&self, event: EventType) -> bool {
        self.events.iter().any(|word| word == event.word())
    }
}

impl IndexPage {
    fn sentence(&self) -> Message {
        let off = self.webhooks.iter().filter(|one| !one.is_on()).count();
        match self.webhooks.len() {
            0 => self.page.say("hooks-none"),
            all => self.page.say("hooks-some").with("all", all).with("off", off),
        }
    }
}
