//! What people do alike with webhooks and ticket systems: switch and delete them, and look at what was sent to them: the log with every try, one
//! message with its body, and sending again.

use std::future::Future;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use crate::locale::{Locale, Message, iso};
use crate::model::DeliveryId;
use crate::model::delivery::{Attempt, Delivery, Endpoint, EndpointKind, State as Status};
use crate::model::standing::{Failing, Off};
use crate::store::deliveries::{self, DeliveryFilter, Which};
use crate::store::{self, Db, Tx};
use crate::web::Site;
use crate::web::address::Path;
use crate::web::audit::told::{self, OfDestination};
use crate::web::auth::{self, Nothing, SignedIn};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::query::query;
use crate::web::sheet::{self, Sheet};

const ROWS: u32 = 50;
const FILE_ROWS: u32 = 50_000;

/// What messages are sent to.
pub trait Destination: Sized + Send {
    const KIND: EndpointKind;
    /// What is not there if it is not, as [`Error::NotFound`] names it.
    const NOUN: &'static str;
    /// The page of all of them; that of each is below it.
    const PATH: &'static str;
    /// The message that says what all of them are.
    const TITLE: &'static str;
    /// What the file of a log is called, before the id.
    const FILE: &'static str;

    fn name(&self) -> &str;

    fn is_on(&self) -> bool;

    /// Whether a message of this type is sent to it.
    fn takes(&self, event_type: &str) -> bool;

    /// # Errors
    /// The database's.
    fn find(db: &Db, id: i64) -> impl Future<Output = store::Result<Option<Self>>> + Send;

    /// # Errors
    /// The database's.
    fn switch_on(tx: &mut Tx, id: i64, now_at: i64) -> impl Future<Output = store::Result<bool>> + Send;

    /// `by`: the account's name.
    ///
    /// # Errors
    /// The database's.
    fn switch_off(tx: &mut Tx, id: i64, by: &str, now_at: i64) -> impl Future<Output = store::Result<bool>> + Send;

    /// False if there is none.
    ///
    /// # Errors
    /// The database's.
    fn delete(tx: &mut Tx, id: i64) -> impl Future<Output = store::Result<bool>> + Send;
}

impl Sheet {
    /// The five cells that say how it stands with a destination: `On`, `OffWhy`, `OffAt`, `FailingSince`, `Failures`.
    pub(super) fn standing(&mut self, off: Option<&Off>, failing: Option<Failing>) -> &mut Self {
        self.yes(off.is_none())
            .text(off.map_or("", |off| off.why.word()))
            .known_instant(off.map(|off| off.at))
            .known_instant(failing.map(|failing| failing.since))
            .known(failing.map(|failing| failing.failures))
    }
}

pub(super) fn endpoint<D: Destination>(id: i64) -> Endpoint {
    Endpoint { kind: D::KIND, id }
}

/// Of its page.
fn path<D: Destination>(id: i64) -> String {
    format!("{}/{id}", D::PATH)
}

pub(super) async fn find<D: Destination>(site: &Site, id: i64) -> Result<D> {
    D::find(&site.db, id).await?.ok_or(Error::NotFound(D::NOUN))
}

#[derive(Debug, Deserialize)]
pub struct Switch {
    /// `on` or `off`.
    to: String,
}

/// `POST …/{id}/switch`
pub async fn switch<D: Destination>(
    State(site): State<Site>,
    Path(id): Path<i64>,
    form: auth::Form<Switch>,
) -> Result<Redirect> {
    let destination = find::<D>(&site, id).await?;
    let (by, now_at) = (&form.by.account, site.clock.now_at());
    let mut tx = site.db.begin().await?;
    let to = if form.fields.to == "on" {
        D::switch_on(&mut tx, id, now_at).await?;
        "on"
    } else {
        D::switch_off(&mut tx, id, &by.name, now_at).await?;
        "off"
    };
    let deed = told::destination(D::KIND, OfDestination::Switched, (id, destination.name())).after("to", to);
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(of = ?endpoint::<D>(id), account = by.id.0, to, "a destination was switched");
    Ok(Redirect::to(&path::<D>(id)))
}

/// `POST …/{id}/delete`
pub async fn delete<D: Destination>(
    State(site): State<Site>,
    Path(id): Path<i64>,
    form: auth::Form<Nothing>,
) -> Result<Redirect> {
    let destination = find::<D>(&site, id).await?;
    let mut tx = site.db.begin().await?;
    if !D::delete(&mut tx, id).await? {
        return Err(Error::NotFound(D::NOUN));
    }
    let deed = told::destination(D::KIND, OfDestination::Deleted, (id, destination.name()));
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(of = ?endpoint::<D>(id), account = form.by.account.id.0, "a destination was deleted");
    Ok(Redirect::to(D::PATH))
}

/// Which part of the log, as the address has it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct LogAsked {
    /// A word of [`Status`]; empty for all.
    state: String,
    /// The last delivery of the page before.
    before: String,
    format: Option<String>,
}

/// The log on a destination's page.
pub(super) struct Log {
    /// That page's path.
    pub(super) path: String,
    pub(super) asked: LogAsked,
    pub(super) deliveries: Vec<Delivery>,
    /// The place after the last row, if there is more.
    pub(super) next: String,
}

impl LogAsked {
    fn filter(&self, endpoint: Endpoint, most: u32) -> DeliveryFilter {
        DeliveryFilter {
            endpoint: Some(endpoint),
            state: Status::from_word(&self.state),
            before: self.before.parse().ok(),
            most,
            ..DeliveryFilter::default()
        }
    }

    pub(super) fn is_state(&self, state: Status) -> bool {
        self.state == state.word()
    }

    pub(super) fn href_of_file(&self, format: &str) -> String {
        query(&[("state", &self.state), ("format", format)])
    }
}

impl Log {
    pub(super) async fn of<D: Destination>(site: &Site, id: i64, asked: LogAsked) -> Result<Self> {
        let mut found = deliveries::list(&site.db, &asked.filter(endpoint::<D>(id), ROWS + 1)).await?;
        let has_more = found.len() > ROWS as usize;
        found.truncate(ROWS as usize);
        let last = found.last().filter(|_| has_more);
        let href = |last: &Delivery| query(&[("state", &asked.state), ("before", &last.id.to_string())]);
        Ok(Self { path: path::<D>(id), next: last.map(href).unwrap_or_default(), deliveries: found, asked })
    }
}

/// The log as a file, if that is wanted and not a page.
pub(super) async fn file<D: Destination>(
    site: &Site,
    viewer: &Viewer,
    id: i64,
    (asked, headers): (&LogAsked, &HeaderMap),
) -> Result<Option<Response>> {
    let Some(wanted) = sheet::wanted(asked.format.as_deref(), headers, viewer.locale.lang) else { return Ok(None) };
    let all = deliveries::list(&site.db, &asked.filter(endpoint::<D>(id), FILE_ROWS + 1)).await?;
    Ok(Some(sheet_of(&all).into_answer(&format!("{}-{id}", D::FILE), wanted)))
}

fn sheet_of(all: &[Delivery]) -> Sheet {
    let mut sheet = Sheet::new(&[
        "Message",
        "Type",
        "Incident",
        "State",
        "Why",
        "Attempts",
        "Status",
        "Error",
        "CreatedAt",
        "SettledAt",
    ]);
    sheet.add_rows(all, FILE_ROWS as usize, |sheet, one| {
        sheet
            .text(&one.message_id)
            .text(&one.event_type)
            .known(one.incident.map(|id| id.0))
            .text(one.state.word())
            .text(one.why.map_or("", |why| why.word()))
            .whole(one.attempts)
            .known(one.status)
            .text(&one.error)
            .instant(one.created_at)
            .known_instant(one.settled_at);
    });
    sheet
}

#[derive(Debug, Template, WebTemplate)]
#[template(path = "settings/delivery.html")]
pub struct DeliveryPage {
    page: Page,
    to: To,
    delivery: Delivery,
    body: String,
    attempts: Vec<Attempt>,
}

/// Where a message goes.
#[derive(Debug)]
struct To {
    endpoint: Endpoint,
    name: String,
    /// All of its kind, and what they are called.
    list: &'static str,
    list_title: String,
}

/// `GET …/{id}/deliveries/{delivery}`
pub async fn show<D: Destination>(
    by: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Path((id, delivery)): Path<(i64, DeliveryId)>,
) -> Result<DeliveryPage> {
    let name = find::<D>(&site, id).await?.name().to_owned();
    let (delivery, body) = sent_to(&site, endpoint::<D>(id), delivery).await?;
    let attempts = deliveries::attempts(&site.db, delivery.id).await?;
    let title = viewer.locale.say("hooks-delivery").with("type", &delivery.event_type);
    let list_title = viewer.locale.say(D::TITLE).to_string();
    let to = To { endpoint: delivery.endpoint, name, list: D::PATH, list_title };
    let page = viewer.page(Nav::Settings, title).of(&by.account.name, &by.csrf_token);
    Ok(DeliveryPage { page, to, delivery, body: indented(&body), attempts })
}

/// A delivery of another destination is none of this one's.
async fn sent_to(site: &Site, endpoint: Endpoint, delivery: DeliveryId) -> Result<(Delivery, String)> {
    let found = deliveries::find(&site.db, delivery).await?;
    found.filter(|(delivery, _)| delivery.endpoint == endpoint).ok_or(Error::NotFound("delivery"))
}

/// For people; what is sent is the same in one line.
fn indented(body: &str) -> String {
    let read = serde_json::from_str::<serde_json::Value>(body);
    read.and_then(|body| serde_json::to_string_pretty(&body)).unwrap_or_else(|_| body.to_owned())
}

/// `POST …/{id}/deliveries/{delivery}/again`: with the same id, by which the receiver knows it.
pub async fn again<D: Destination>(
    State(site): State<Site>,
    Path((id, delivery)): Path<(i64, DeliveryId)>,
    form: auth::Form<Nothing>,
) -> Result<Redirect> {
    let (to, (kept, _)) = (find::<D>(&site, id).await?, sent_to(&site, endpoint::<D>(id), delivery).await?);
    if !to.takes(&kept.event_type) {
        return Err(Error::Conflict(Message::for_anybody("hooks-off-first")));
    }
    let mut tx = site.db.begin().await?;
    if !deliveries::replay(&mut tx, delivery, site.clock.now_at()).await? {
        return Err(Error::Conflict(Message::for_anybody("hooks-under-way")));
    }
    let deed = told::destination(D::KIND, OfDestination::Resent, (id, to.name())).after("delivery_id", delivery);
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(delivery = delivery.0, account = form.by.account.id.0, "a delivery is sent again");
    Ok(Redirect::to(&format!("{}/deliveries/{delivery}", path::<D>(id))))
}

#[derive(Debug, Deserialize)]
pub struct Since {
    /// As the field has it: in the viewer's zone.
    since: String,
    /// `all`, or else those that did not arrive.
    #[serde(default)]
    which: String,
}

/// `POST …/{id}/again`: what was meant for it since an instant.
pub async fn again_since<D: Destination>(
    State(site): State<Site>,
    viewer: Viewer,
    Path(id): Path<i64>,
    form: auth::Form<Since>,
) -> Result<Redirect> {
    let destination = find::<D>(&site, id).await?;
    if !destination.is_on() {
        return Err(Error::Conflict(Message::for_anybody("hooks-off-first")));
    }
    let since_at = viewer.locale.zone.from_field(&form.fields.since);
    let since_at = since_at.ok_or_else(|| Error::BadRequest(Message::for_anybody("hooks-no-instant")))?;
    let which = if form.fields.which == "all" { Which::All } else { Which::Dead };
    let to = endpoint::<D>(id);
    let mut tx = site.db.begin().await?;
    let again = deliveries::replay_since(&mut tx, to, since_at, which, viewer.now_at).await?;
    let deed =
        told::destination(D::KIND, OfDestination::Resent, (id, destination.name())).after("since", iso(since_at));
    store::audit::record(&mut tx, &form.trail, &deed.after("deliveries", again)).await?;
    tx.commit().await?;
    tracing::info!(?to, account = form.by.account.id.0, again, "deliveries are sent again");
    Ok(Redirect::to(&format!("{}#log", path::<D>(id))))
}

/// What came of it in words.
pub(super) fn outcome(locale: &Locale, delivery: &Delivery) -> Message {
    match (delivery.status, delivery.error.is_empty()) {
        (Some(status), true) => locale.say("hooks-answered").with("status", status.to_string()),
        (_, false) => locale.say("hooks-no-answer").with("error", &delivery.error),
        (None, true) if delivery.attempts > 0 => locale.say("hooks-done"),
        (None, true) => locale.say("hooks-not-tried"),
    }
}

/// The same of one try.
fn attempt_words(locale: &Locale, attempt: &Attempt) -> Message {
    match attempt.status {
        Some(status) if attempt.error.is_empty() => locale.say("hooks-answered").with("status", status.to_string()),
        None if attempt.error.is_empty() => locale.say("hooks-done"),
        Some(_) | None => locale.say("hooks-no-answer").with("error", &attempt.error),
    }
}
