//! Ticket systems: which incidents become tickets where, what was sent, and what would be.

mod fields;

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use self::fields::{Fields, label};
use super::deliveries::{self, Destination, Log, LogAsked};
use super::webhooks::off_words;
use crate::locale::{Lang, Locale, Message, Zone};
use crate::model::ConnectorId;
use crate::model::connector::{
    Connector, FieldKind, LONGEST_NAME, MOST_CONNECTORS, Preview, System, TEST, key, purpose,
};
use crate::model::delivery::{EndpointKind, NewDelivery};
use crate::model::incident::Kind;
use crate::model::standing::OffWhy;
use crate::store::connectors::Inserted;
use crate::store::incidents::IncidentFilter;
use crate::store::{self, Db, Tx};
use crate::web::address::{Path, Query};
use crate::web::audit::told::{self as written, OfDestination};
use crate::web::auth::{self, Nothing, SignedIn};
use crate::web::error::{Error, Result};
use crate::web::incident::evidence_of;
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::sheet::{self, Sheet};
use crate::web::{Site, incident as told};

const PATH: &str = "/settings/tickets";

#[derive(Template, WebTemplate)]
#[template(path = "settings/tickets.html")]
struct IndexPage {
    page: Page,
    connectors: Vec<Connector>,
    /// The form for a new one; none until a system is chosen.
    form: Option<Fields>,
    refusal: String,
}

#[derive(Template, WebTemplate)]
#[template(path = "settings/ticket.html")]
struct ShowPage {
    page: Page,
    connector: Connector,
    form: Fields,
    refusal: String,
    log: Log,
    /// What the newest incident that concerns it would be sent as; none if there is no such incident.
    preview: Option<Preview>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    format: Option<String>,
    /// A word of [`System`]: that of a new one.
    #[serde(default)]
    system: String,
}

/// `GET /settings/tickets?system&format`
pub async fn index(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &headers, viewer.locale.lang) {
        return Ok(file(&store::connectors::list(&site.db).await?).into_answer("highwater-tickets", wanted));
    }
    let form = System::from_word(&asked.system).map(|system| Fields::usual(system, viewer.locale.lang));
    Ok(list(&site, viewer, &by, (form, None)).await?.into_response())
}

async fn list(
    site: &Site,
    viewer: Viewer,
    by: &SignedIn,
    (form, refusal): (Option<Fields>, Option<Message>),
) -> Result<IndexPage> {
    let title = viewer.locale.say("tickets-tab");
    Ok(IndexPage {
        connectors: store::connectors::list(&site.db).await?,
        refusal: refusal.map(|said| said.in_words_of(&viewer.locale)).unwrap_or_default(),
        page: viewer.page(Nav::Settings, title).of(&by.account.name, &by.csrf_token),
        form,
    })
}

fn file(connectors: &[Connector]) -> Sheet {
    let mut sheet = Sheet::new(&[
        "Connector",
        "System",
        "Kinds",
        "Groups",
        "Language",
        "On",
        "OffWhy",
        "OffAt",
        "FailingSince",
        "Failures",
        "CreatedAt",
        "CreatedBy",
    ]);
    for one in connectors {
        let kinds: Vec<&str> = one.kinds.iter().map(|kind| kind.word()).collect();
        sheet
            .text(&one.name)
            .text(one.system.word())
            .text(&kinds.join(" "))
            .text(&one.groups.join(", "))
            .text(&one.language)
            .standing(one.off.as_ref(), one.failing)
            .instant(one.created_at)
            .text(&one.created_by);
    }
    sheet
}

/// `POST /settings/tickets`
pub async fn create(
    State(site): State<Site>,
    viewer: Viewer,
    form: auth::Form<Vec<(String, String)>>,
) -> Result<Response> {
    let fields = Fields::of(&form.fields, None)?;
    let new = match fields.read(&site, &viewer.locale) {
        Ok(new) => new,
        Err(refusal) => return refused(&site, viewer, &form.by, fields, refusal).await,
    };
    let (by, now_at) = (&form.by.account, viewer.now_at);
    let mut tx = site.db.begin().await?;
    let inserted = store::connectors::insert(&mut tx, &new, &by.name, now_at).await?;
    let refusal = match inserted {
        Inserted::Yes(id) => {
            let deed = written::connector_created(id, &new);
            keep_secrets(&site, &mut tx, id, new.secrets).await?;
            store::audit::record(&mut tx, &form.trail, &deed).await?;
            tx.commit().await?;
            tracing::info!(connector = id.0, account = by.id.0, "a ticket system was connected");
            return Ok(Redirect::to(&format!("{PATH}/{id}")).into_response());
        }
        Inserted::TooMany => Message::for_anybody("tickets-too-many").with("most", MOST_CONNECTORS),
        Inserted::NameTaken => Message::for_anybody("tickets-name-taken").with("name", &new.name),
    };
    drop(tx);
    refused(&site, viewer, &form.by, fields, refusal).await
}

async fn refused(site: &Site, viewer: Viewer, by: &SignedIn, fields: Fields, refusal: Message) -> Result<Response> {
    let page = list(site, viewer.on(PATH.to_owned()), by, (Some(fields), Some(refusal))).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// Seals secrets into the store; those that are there and were not typed anew stay.
async fn keep_secrets(site: &Site, tx: &mut Tx, id: ConnectorId, typed: BTreeMap<String, String>) -> Result<()> {
    if typed.is_empty() {
        return Ok(());
    }
    let keys = &site.outgoing.keys;
    let mut all: BTreeMap<String, String> = match store::connectors::sealed(&site.db, id).await? {
        // Those that cannot be opened any more have to be typed anew, all of them.
        Some(sealed) => {
            keys.open(&purpose(id), &sealed).ok().and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default()
        }
        None => BTreeMap::new(),
    };
    all.extend(typed);
    let text = serde_json::to_string(&all).map_err(|error| Error::Internal(error.to_string()))?;
    let sealed = keys.seal(&purpose(id), &text).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(store::connectors::seal(tx, id, &sealed).await?)
}

/// `GET /settings/tickets/{id}?state&before&format`
pub async fn show(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    (Path(id), Query(asked)): (Path<ConnectorId>, Query<LogAsked>),
    headers: HeaderMap,
) -> Result<Response> {
    let connector = find(&site, id).await?;
    if let Some(file) = deliveries::file::<Connector>(&site, &viewer, id.0, (&asked, &headers)).await? {
        return Ok(file);
    }
    let form = Fields::kept(&connector);
    Ok(one(&site, viewer, &by, (connector, form, None), asked).await?.into_response())
}

async fn find(site: &Site, id: ConnectorId) -> Result<Connector> {
    deliveries::find(site, id.0).await
}

async fn one(
    site: &Site,
    viewer: Viewer,
    by: &SignedIn,
    (connector, form, refusal): (Connector, Fields, Option<Message>),
    asked: LogAsked,
) -> Result<ShowPage> {
    Ok(ShowPage {
        log: Log::of::<Connector>(site, connector.id.0, asked).await?,
        preview: preview(site, &connector, viewer.now_at).await?,
        refusal: refusal.map(|said| said.in_words_of(&viewer.locale)).unwrap_or_default(),
        page: viewer.page(Nav::Settings, &connector.name).of(&by.account.name, &by.csrf_token),
        connector,
        form,
    })
}

/// What the newest incident that concerns a connector would be sent as.
async fn preview(site: &Site, connector: &Connector, now_at: i64) -> Result<Option<Preview>> {
    /// Incidents that are looked through.
    const MOST: u32 = 50;
    let newest = store::incidents::list(&site.db, &IncidentFilter { most: MOST, ..Default::default() }).await?;
    let concerns = |one: &&_| is_of(connector, one);
    let Some(incident) = newest.iter().find(concerns) else { return Ok(None) };
    let evidence = evidence_of(site, incident, now_at).await?;
    let locale = Locale::new(Lang::from_tag(&connector.language).unwrap_or(Lang::English), Zone::utc());
    let key = key(site.db.store_id(), incident.id);
    let url = format!("{}/incidents/{}", site.public.server_url, incident.id);
    let card = told::ticket_card(incident, &evidence, (&key, &url), &locale);
    Ok(Some(site.outgoing.preview.of(connector.system, &connector.settings, &card)))
}

fn is_of(connector: &Connector, incident: &crate::model::incident::Incident) -> bool {
    connector.wants(incident.kind, incident.host.map(|_| incident.group_name.as_str()))
}

/// `POST /settings/tickets/{id}`: secrets that are left empty stay.
pub async fn update(
    State(site): State<Site>,
    viewer: Viewer,
    Path(id): Path<ConnectorId>,
    form: auth::Form<Vec<(String, String)>>,
) -> Result<Response> {
    let connector = find(&site, id).await?;
    let fields = Fields::of(&form.fields, Some(connector.system))?;
    let new = fields.read(&site, &viewer.locale);
    let refusal = match new {
        Ok(new) => {
            let mut tx = site.db.begin().await?;
            if store::connectors::update(&mut tx, id, &new, viewer.now_at).await? {
                let deed = written::connector_changed(&connector, &new);
                keep_secrets(&site, &mut tx, id, new.secrets).await?;
                store::audit::record(&mut tx, &form.trail, &deed).await?;
                tx.commit().await?;
                tracing::info!(connector = id.0, account = form.by.account.id.0, "a ticket system was changed");
                return Ok(Redirect::to(&format!("{PATH}/{id}")).into_response());
            }
            Message::for_anybody("tickets-name-taken").with("name", &new.name)
        }
        Err(refusal) => refusal,
    };
    let viewer = viewer.on(format!("{PATH}/{id}"));
    let page = one(&site, viewer, &form.by, (connector, fields, Some(refusal)), LogAsked::default()).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// `POST /settings/tickets/{id}/test`: whether it answers and lets us in; what came of it is in the log.
pub async fn test(
    State(site): State<Site>,
    Path(id): Path<ConnectorId>,
    form: auth::Form<Nothing>,
) -> Result<Redirect> {
    let connector = find(&site, id).await?;
    let now_at = site.clock.now_at();
    let endpoint = deliveries::endpoint::<Connector>(id.0);
    let new = NewDelivery { endpoint, incident: None, event_type: TEST, body: "{}" };
    let mut tx = site.db.begin().await?;
    let delivery = store::deliveries::enqueue(&mut tx, &new, now_at).await?;
    let deed = written::destination(Connector::KIND, OfDestination::Tested, (id.0, &connector.name));
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(connector = id.0, account = form.by.account.id.0, "a ticket system is tried out");
    Ok(Redirect::to(&format!("{PATH}/{id}/deliveries/{delivery}")))
}

impl Destination for Connector {
    const KIND: EndpointKind = EndpointKind::Ticket;
    const NOUN: &'static str = "connector";
    const PATH: &'static str = PATH;
    const TITLE: &'static str = "tickets-tab";
    const FILE: &'static str = "highwater-tickets";

    fn name(&self) -> &str {
        &self.name
    }

    fn is_on(&self) -> bool {
        Connector::is_on(self)
    }

    fn takes(&self, event_type: &str) -> bool {
        Connector::takes(self, event_type)
    }

    async fn find(db: &Db, id: i64) -> store::Result<Option<Self>> {
        store::connectors::find(db, ConnectorId(id)).await
    }

    async fn switch_on(tx: &mut Tx, id: i64, now_at: i64) -> store::Result<bool> {
        store::connectors::switch_on(tx, ConnectorId(id), now_at).await
    }

    async fn switch_off(tx: &mut Tx, id: i64, by: &str, now_at: i64) -> store::Result<bool> {
        store::connectors::switch_off(tx, ConnectorId(id), OffWhy::Hand, by, now_at).await
    }

    /// Its tickets stay where they are.
    async fn delete(tx: &mut Tx, id: i64) -> store::Result<bool> {
        store::connectors::delete(tx, ConnectorId(id)).await
    }
}

impl IndexPage {
    fn sentence(&self) -> Message {
        let off = self.connectors.iter().filter(|one| !one.is_on()).count();
        match self.connectors.len() {
            0 => self.page.say("tickets-none"),
            all => self.page.say("tickets-some").with("all", all).with("off", off),
        }
    }
}
