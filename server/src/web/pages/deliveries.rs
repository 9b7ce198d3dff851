//! What was sent to a destination, webhook or ticket system: the log with every try, one message with its body, and sending again.

use askama::Template;
use askama_web::WebTemplate;
use axum::response::Redirect;
use serde::Deserialize;

use crate::locale::{Locale, Message};
use crate::model::DeliveryId;
use crate::model::delivery::{Attempt, Delivery, Endpoint, State as Status};
use crate::store::deliveries::{self, DeliveryFilter, Which};
use crate::web::Site;
use crate::web::auth::SignedIn;
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::query::query;
use crate::web::sheet::Sheet;

const ROWS: u32 = 50;
const FILE_ROWS: u32 = 50_000;

/// Which part of the log, as the address has it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct LogAsked {
    /// A word of [`Status`]; empty for all.
    state: String,
    /// The last delivery of the page before.
    before: String,
    pub(super) format: Option<String>,
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

/// The destination of a message, for its page.
#[derive(Debug)]
pub(super) struct Destination {
    pub(super) endpoint: Endpoint,
    pub(super) name: String,
    /// All of its kind, and what they are called.
    pub(super) list: &'static str,
    pub(super) list_title: String,
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
    pub(super) async fn of(site: &Site, endpoint: Endpoint, path: String, asked: LogAsked) -> Result<Self> {
        let mut found = deliveries::list(&site.db, &asked.filter(endpoint, ROWS + 1)).await?;
        let has_more = found.len() > ROWS as usize;
        found.truncate(ROWS as usize);
        let last = found.last().filter(|_| has_more);
        let href = |last: &Delivery| query(&[("state", &asked.state), ("before", &last.id.to_string())]);
        Ok(Self { path, next: last.map(href).unwrap_or_default(), deliveries: found, asked })
    }
}

/// # Errors
/// The database's.
pub(super) async fn file(site: &Site, endpoint: Endpoint, asked: &LogAsked) -> Result<Sheet> {
    let all = deliveries::list(&site.db, &asked.filter(endpoint, FILE_ROWS + 1)).await?;
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
    sheet.add_rows(&all, FILE_ROWS as usize, |sheet, one| {
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
    Ok(sheet)
}

#[derive(Debug, Template, WebTemplate)]
#[template(path = "settings/delivery.html")]
pub struct DeliveryPage {
    page: Page,
    to: Destination,
    delivery: Delivery,
    body: String,
    attempts: Vec<Attempt>,
}

/// One message to `to`.
pub(super) async fn page(
    site: &Site,
    viewer: Viewer,
    by: &SignedIn,
    to: Destination,
    delivery: DeliveryId,
) -> Result<DeliveryPage> {
    let (delivery, body) = find(site, to.endpoint, delivery).await?;
    let attempts = deliveries::attempts(&site.db, delivery.id).await?;
    let title = viewer.locale.say("hooks-delivery").with("type", &delivery.event_type);
    let page = viewer.page(Nav::Settings, title).of(&by.account.name, &by.csrf_token);
    Ok(DeliveryPage { page, to, delivery, body: indented(&body), attempts })
}

/// A delivery of another destination is none of this one's.
async fn find(site: &Site, endpoint: Endpoint, delivery: DeliveryId) -> Result<(Delivery, String)> {
    let found = deliveries::find(&site.db, delivery).await?;
    found.filter(|(delivery, _)| delivery.endpoint == endpoint).ok_or(Error::NotFound("delivery"))
}

/// For people; what is sent is the same in one line.
fn indented(body: &str) -> String {
    let read = serde_json::from_str::<serde_json::Value>(body);
    read.and_then(|body| serde_json::to_string_pretty(&body)).unwrap_or_else(|_| body.to_owned())
}

#[derive(Debug, Deserialize)]
pub struct Again {}

/// Sends one again with the same id, by which the receiver knows it. `path`: of the destination's page.
pub(super) async fn again(
    site: &Site,
    endpoint: Endpoint,
    delivery: DeliveryId,
    by: &SignedIn,
    path: &str,
) -> Result<Redirect> {
    find(site, endpoint, delivery).await?;
    let mut tx = site.db.begin().await?;
    if !deliveries::replay(&mut tx, delivery, site.clock.now_at()).await? {
        return Err(Error::Conflict(Message::for_anybody("hooks-under-way")));
    }
    tx.commit().await?;
    tracing::info!(delivery = delivery.0, account = by.account.id.0, "a delivery is sent again");
    Ok(Redirect::to(&format!("{path}/deliveries/{delivery}")))
}

#[derive(Debug, Deserialize)]
pub struct Since {
    /// As the field has it: in the viewer's zone.
    since: String,
    /// `all`, or else those that did not arrive.
    #[serde(default)]
    which: String,
}

/// Sends what was meant for a destination since an instant again. `path`: of the destination's page.
pub(super) async fn again_since(
    site: &Site,
    viewer: &Viewer,
    endpoint: Endpoint,
    (asked, by): (&Since, &SignedIn),
    path: &str,
) -> Result<Redirect> {
    let since_at = viewer.locale.zone.from_field(&asked.since);
    let since_at = since_at.ok_or_else(|| Error::BadRequest(Message::for_anybody("hooks-no-instant")))?;
    let which = if asked.which == "all" { Which::All } else { Which::Dead };
    let mut tx = site.db.begin().await?;
    let again = deliveries::replay_since(&mut tx, endpoint, since_at, which, viewer.now_at).await?;
    tx.commit().await?;
    tracing::info!(to = ?endpoint, account = by.account.id.0, again, "deliveries are sent again");
    Ok(Redirect::to(&format!("{path}#log")))
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
