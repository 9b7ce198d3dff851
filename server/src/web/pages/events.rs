//! Events of the watched family, with their meaning in words.

pub(in crate::web) mod meaning;
pub(in crate::web) mod words;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use self::meaning::{Meaning, title};
use self::words::level_word;
use super::views::Views;
use crate::locale::Locale;
use crate::model::event::{Event, EventClass};
use crate::model::event_family;
use crate::model::eyes::{Eyes, RecordText};
use crate::model::time::LATEST_AT;
use crate::model::withheld;
use crate::model::{ClientId, EventId, HostId};
use crate::store;
use crate::store::events::EventFilter;
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::auth::SignedIn;
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::query::query;
use crate::web::sheet::{self, Sheet};
use crate::web::sight::Sees;

/// Rows of a page, and of a file.
const ROWS: u32 = 100;
const FILE_ROWS: u32 = 50_000;
/// Clients named beside an event.
const CLIENTS: usize = 10;

#[derive(Template, WebTemplate)]
#[template(path = "events/index.html")]
struct IndexPage {
    page: Page,
    asked: Asked,
    sentence: String,
    counts: Vec<Count>,
    events: Vec<Event>,
    hosts: Vec<(HostId, String)>,
    codes: Vec<u32>,
    /// The place after the last row, if there is more.
    next: String,
    views: Views,
}

/// How many events of a class there are, as a filter.
struct Count {
    class: EventClass,
    events: u64,
    href: String,
    is_chosen: bool,
}

#[derive(Template, WebTemplate)]
#[template(path = "events/show.html")]
struct ShowPage {
    page: Page,
    event: Event,
    record: Record,
    meaning: Option<Meaning>,
    decoded: Vec<(String, String)>,
    moment: Option<Moment>,
}

/// What the host wrote, as far as somebody sees it.
struct Record {
    message: Option<String>,
    /// Empty if there is none.
    xml: String,
    /// Names may stand in it, which the account does not see.
    is_withheld: bool,
    /// Names may stand in it, and are not kept.
    is_removed: bool,
}

/// What the host held at the event's second.
struct Moment {
    taken_at: i64,
    /// False in a gap: then the snapshot before says little.
    holds: bool,
    /// The snapshot in figures.
    words: String,
    clients: Vec<(ClientId, String, usize, Option<u64>)>,
    more: usize,
}

/// The question in the URL.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    host: String,
    #[serde(default)]
    class: String,
    #[serde(default)]
    code: String,
    /// As the field has it: in the viewer's zone.
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    /// `instant-id` of the last row of the page before.
    #[serde(default)]
    after: String,
    format: Option<String>,
}

impl Asked {
    fn filter(&self, viewer: &Viewer, sees: &Sees, most: u32) -> EventFilter {
        EventFilter {
            host: self.host.parse().ok(),
            classes: EventClass::from_word(&self.class).into_iter().collect(),
            code: self.code.parse().ok(),
            from_at: viewer.locale.zone.from_field(&self.from),
            to_at: viewer.locale.zone.from_field(&self.to),
            after: self.after.split_once('-').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?))),
            sight: sees.sight().clone(),
            most,
        }
    }

    /// The same question with one answer changed and from the newest on: `?…` for a link.
    fn with(&self, name: &str, value: &str) -> String {
        let given = [
            ("host", &self.host),
            ("class", &self.class),
            ("code", &self.code),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let mut parts: Vec<(&str, &str)> =
            given.iter().map(|(n, v)| (*n, v.as_str())).filter(|(n, _)| *n != name).collect();
        parts.push((name, value));
        query(&parts)
    }
}

/// `GET /events?host&class&code&from&to&after&format`
pub async fn index(
    (by, sees): (SignedIn, Sees),
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &headers, viewer.locale.lang) {
        let events = store::events::list(&site.db, &asked.filter(&viewer, &sees, FILE_ROWS + 1)).await?;
        return Ok(file(&events, &site.eyes.of_person(&by)).into_answer("highwater-events", wanted));
    }
    let filter = asked.filter(&viewer, &sees, ROWS);
    let mut events = store::events::list(&site.db, &EventFilter { most: ROWS + 1, ..filter.clone() }).await?;
    let has_more = events.len() > ROWS as usize;
    events.truncate(ROWS as usize);
    let (from_at, to_at) = (filter.from_at.unwrap_or(0), filter.to_at.unwrap_or(LATEST_AT));
    let counts = store::events::counts_seen(&site.db, (filter.host, sees.sight()), from_at, to_at).await?;
    let hosts = sees.hosts(store::hosts::in_short(&site.db).await?).into_iter().map(|h| (h.id, h.name)).collect();
    let last = events.last().filter(|_| has_more);
    let page = IndexPage {
        next: last.map(|e| asked.with("after", &format!("{}-{}", e.recorded_at, e.id))).unwrap_or_default(),
        page: viewer.page(Nav::Events, viewer.locale.say("nav-events")).of(&by.account.name, &by.csrf_token),
        sentence: words::sentence(&viewer.locale, &counts, &asked),
        counts: counts.iter().map(|(class, events)| Count::new(&asked, *class, *events)).collect(),
        events,
        hosts,
        codes: event_family::codes(),
        views: Views::of(&site, &by, &viewer).await?,
        asked,
    };
    Ok(page.into_response())
}

/// `GET /events/{id}`
pub async fn show(
    (by, sees): (SignedIn, Sees),
    State(site): State<Site>,
    viewer: Viewer,
    Path(id): Path<EventId>,
) -> Result<Response> {
    let event = store::events::find(&site.db, id).await?.ok_or(Error::NotFound("event"))?;
    sees.row(&site, event.host, "event").await?;
    let locale = &viewer.locale;
    let title = locale.say("events-one").with("code", event.code.to_string()).with("host", &event.host_name);
    let page = ShowPage {
        page: viewer.page(Nav::Events, title).of(&by.account.name, &by.csrf_token),
        meaning: meaning::meaning(locale, &event.provider, event.code),
        decoded: words::decoded(locale, &event.decoded),
        moment: moment(&site, locale, &event).await?,
        record: Record::of(&event, &site.eyes.of_person(&by)),
        event,
    };
    Ok(page.into_response())
}

/// What the host held when the event was written.
async fn moment(site: &Site, locale: &Locale, event: &Event) -> Result<Option<Moment>> {
    let Some(snapshot) = store::frames::at(&site.db, event.host, event.recorded_at).await? else { return Ok(None) };
    let snapshot = store::aliases::all(&site.db).await?.applied(&snapshot).into_owned();
    let mut by_client: Vec<(ClientId, usize, Option<u64>)> = Vec::new();
    // Sessions are in order of client.
    for session in &snapshot.sessions {
        let opens = session.opens.map(u64::from);
        match by_client.last_mut() {
            Some((client, sessions, sum)) if *client == session.client => {
                *sessions += 1;
                *sum = sum.zip(opens).map(|(a, b)| a + b);
            }
            _ => by_client.push((session.client, 1, opens)),
        }
    }
    by_client.sort_by_key(|(client, sessions, _)| (std::cmp::Reverse(*sessions), *client));
    let more = by_client.len().saturating_sub(CLIENTS);
    by_client.truncate(CLIENTS);
    let ids: Vec<_> = by_client.iter().map(|(id, ..)| *id).collect();
    let names = store::names::clients(&site.db, &ids).await?;
    let named =
        |(id, n, opens): (ClientId, usize, Option<u64>)| (id, names.get(&id).cloned().unwrap_or_default(), n, opens);
    Ok(Some(Moment {
        taken_at: snapshot.taken_at,
        holds: event.recorded_at - snapshot.taken_at <= i64::from(snapshot.sampling_secs) * 2_000,
        words: words::held(locale, &snapshot.totals(), snapshot.limit.sessions),
        clients: by_client.into_iter().map(named).collect(),
        more,
    }))
}

/// The columns of `Get-WinEvent`, as administrators export them.
fn file(events: &[Event], eyes: &Eyes) -> Sheet {
    let mut sheet = Sheet::new(&["TimeCreated", "Id", "LevelDisplayName", "ProviderName", "MachineName", "Message"]);
    let english = Locale::machine();
    sheet.add_rows(events, FILE_ROWS as usize, |sheet, event| {
        let title = || event_family::describe(&event.provider, event.code).map_or("", |m| m.title);
        sheet
            .instant(event.recorded_at)
            .whole(event.code)
            .text(&english.say_of("events-level", level_word(event.level)).to_string())
            .text(&event.provider)
            .text(if event.computer.is_empty() { &event.host_name } else { &event.computer })
            .text(event.message.as_ref().and_then(|message| message.seen_by(eyes)).unwrap_or_else(title));
    });
    sheet
}

/// Its mark on charts and lists: shape first, colour second.
pub fn class_mark(class: EventClass) -> &'static str {
    match class {
        EventClass::Capacity => "m-cap",
        EventClass::Memory => "m-mem",
        EventClass::Configuration => "m-set",
        _ => "m-other",
    }
}

impl Record {
    fn of(event: &Event, eyes: &Eyes) -> Self {
        let text = |text: &RecordText| text.seen_by(eyes).map(str::to_owned);
        Self {
            message: event.message.as_ref().and_then(text),
            xml: text(&event.xml).unwrap_or_default(),
            is_withheld: !eyes.see_names() && (event.message.is_some() || !event.xml.is_empty()),
            is_removed: withheld::is_marked(&event.decoded),
        }
    }
}

impl Count {
    fn new(asked: &Asked, class: EventClass, events: u64) -> Self {
        let is_chosen = asked.class == class.word();
        Self { class, events, href: asked.with("class", if is_chosen { "" } else { class.word() }), is_chosen }
    }
}

impl IndexPage {
    fn is_host(&self, id: &HostId) -> bool {
        self.asked.host == id.to_string()
    }

    fn is_code(&self, code: &u32) -> bool {
        self.asked.code == code.to_string()
    }

    fn is_filtered(&self) -> bool {
        self.asked.with("", "") != "?"
    }
}

impl ShowPage {
    /// The event's id, which is a name and no number: without separators.
    fn code(&self) -> String {
        self.event.code.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_the_other_filters_and_starts_at_the_newest() {
        let asked = Asked { host: "7".into(), class: "capacity".into(), after: "1-2".into(), ..Asked::default() };
        assert_eq!(asked.with("class", ""), "?host=7");
        assert_eq!(asked.with("after", "5-6"), "?host=7&class=capacity&after=5-6");
    }
}
