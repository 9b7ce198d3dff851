//! Webhooks: where other systems are told what happens to incidents, what was sent to them, and sending it again.

mod file;
mod words;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use self::words::event_words;
pub(super) use self::words::off_words;
use super::deliveries::{self, Destination, Log, LogAsked};
use crate::locale::Message;
use crate::model::WebhookId;
use crate::model::audit::{Action, Deed, SubjectKind};
use crate::model::delivery::EndpointKind;
use crate::model::standing::OffWhy;
use crate::model::webhook::{EventType, LONGEST_NAME, MOST_WEBHOOKS, NewWebhook, ROTATION_MS, Typed, Webhook};
use crate::store::{self, Db, Tx};
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::audit::told::{self, OfDestination};
use crate::web::auth::{self, Nothing, SignedIn};
use crate::web::error::Result;
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::sheet;
use crate::web::webhook::{add_secret, mistake_words, send_test};

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

/// `GET /settings/webhooks?format`
pub async fn index(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<sheet::Asked>,
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
    store::audit::record(&mut tx, &form.trail, &told::webhook_created(id, &new)).await?;
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
    (Path(id), Query(asked)): (Path<WebhookId>, Query<LogAsked>),
    headers: HeaderMap,
) -> Result<Response> {
    let webhook = find(&site, id).await?;
    if let Some(file) = deliveries::file::<Webhook>(&site, &viewer, id.0, (&asked, &headers)).await? {
        return Ok(file);
    }
    let fields = Fields::kept(&webhook);
    Ok(one(&site, viewer, &by, (webhook, fields, None), asked).await?.into_response())
}

async fn find(site: &Site, id: WebhookId) -> Result<Webhook> {
    deliveries::find(site, id.0).await
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
        log: Log::of::<Webhook>(site, webhook.id.0, asked).await?,
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
    store::audit::record(&mut tx, &form.trail, &told::webhook_changed(&webhook, &new)).await?;
    tx.commit().await?;
    tracing::info!(webhook = id.0, account = form.by.account.id.0, "a webhook was changed");
    Ok(Redirect::to(&format!("{PATH}/{id}")).into_response())
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
    let deed = Deed::on(Action::WebhookRotated, (SubjectKind::Webhook, id.0, &webhook.name));
    store::audit::record(&mut tx, &form.trail, &deed).await?;
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
    let deed = told::destination(Webhook::KIND, OfDestination::Tested, (id.0, &webhook.name));
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(webhook = id.0, account = form.by.account.id.0, "a webhook is tried out");
    Ok(Redirect::to(&format!("{PATH}/{id}/deliveries/{delivery}")))
}

impl Destination for Webhook {
    const KIND: EndpointKind = EndpointKind::Webhook;
    const NOUN: &'static str = "webhook";
    const PATH: &'static str = PATH;
    const TITLE: &'static str = "hooks-tab";
    const FILE: &'static str = "highwater-deliveries";

    fn name(&self) -> &str {
        &self.name
    }

    fn is_on(&self) -> bool {
        Webhook::is_on(self)
    }

    fn takes(&self, event_type: &str) -> bool {
        Webhook::takes(self, event_type)
    }

    async fn find(db: &Db, id: i64) -> store::Result<Option<Self>> {
        store::webhooks::find(db, WebhookId(id)).await
    }

    async fn switch_on(tx: &mut Tx, id: i64, now_at: i64) -> store::Result<bool> {
        store::webhooks::switch_on(tx, WebhookId(id), now_at).await
    }

    async fn switch_off(tx: &mut Tx, id: i64, by: &str, now_at: i64) -> store::Result<bool> {
        store::webhooks::switch_off(tx, WebhookId(id), OffWhy::Hand, by, now_at).await
    }

    async fn delete(tx: &mut Tx, id: i64) -> store::Result<bool> {
        store::webhooks::delete(tx, WebhookId(id)).await
    }
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
