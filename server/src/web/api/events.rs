//! Events of the watched family.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::Instant;
use super::id::Id;
use super::list::Table;
use super::query::{Query, Result};
use crate::model::event::{Event, EventClass};
use crate::model::eyes::{Eyes, RecordText};
use crate::model::{EventId, HostId, event_family};
use crate::store;
use crate::store::events::EventFilter;
use crate::web::Site;
use crate::web::auth::{May, Read};
use crate::web::error::Error;
use crate::web::sight::Sees;

#[derive(Debug, Serialize, ToSchema)]
pub struct EventsBody {
    /// Newest first.
    events: Vec<EventBody>,
    /// Give it as `after` to get the next ones; null at the end.
    next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EventBody {
    id: i64,
    host_id: i64,
    host: String,
    recorded_at: Instant,
    received_at: Instant,
    channel: String,
    provider: String,
    record_id: u64,
    code: u32,
    level: u8,
    /// `capacity`, `memory`, …; `foreign` is the same id of another provider.
    class: &'static str,
    /// In our words; null for what is not of the family.
    title: Option<&'static str>,
    computer: String,
    /// As the host renders it, in the host's language; null for who does not see names of users, which may stand in it, and where those are not kept.
    message: Option<String>,
    /// What could be read out of the record; with `record_removed` where neither it nor the message is kept, since names of users may stand in them.
    decoded: serde_json::Value,
    /// The record as XML; only with a single event, and for who sees names of users.
    #[serde(skip_serializing_if = "Option::is_none")]
    xml: Option<String>,
}

const TABLE: Table = Table {
    rows: "events",
    columns: &[
        "id",
        "host_id",
        "host",
        "recorded_at",
        "received_at",
        "channel",
        "provider",
        "record_id",
        "code",
        "level",
        "class",
        "title",
        "computer",
        "message",
    ],
};

/// Events of the watched family, newest first.
///
/// Who is confined to groups of hosts is told of those of their hosts alone.
#[utoipa::path(
    get, path = "/api/v1/events", operation_id = "listEvents", tag = "events",
    params(
        ("host" = Option<i64>, Query, description = "Only those of the host with this id."),
        ("class" = Option<String>, Query, description = "Only those of this class."),
        ("code" = Option<u32>, Query, description = "Only those with this event id, such as 2022.", example = 2022),
        ("from" = Option<Instant>, Query, description = "Only those recorded at or after this instant."),
        ("to" = Option<Instant>, Query, description = "Only those recorded before this instant."),
        ("limit" = Option<u32>, Query, description = "How many at most; 100 if it is not said.", minimum = 1, maximum = 1000),
        ("after" = Option<String>, Query, description = "The `next` of the answer before."),
    ),
    responses((status = 200, description = "Events", content((EventsBody = "application/json"), (String = "text/csv")))),
)]
pub async fn index(by: May<Read>, sees: Sees, State(site): State<Site>, mut query: Query) -> Result<Response> {
    let words = EventClass::ALL.map(EventClass::word).join(", ");
    let filter = EventFilter {
        host: query.number("host")?.map(HostId),
        classes: query.parsed("class", &format!("one of {words}"), EventClass::from_word)?.into_iter().collect(),
        code: query.number("code")?,
        from_at: query.instant("from")?,
        to_at: query.instant("to")?,
        after: query.parsed("after", "the next of an earlier answer", cursor)?,
        sight: sees.sight().clone(),
        most: query.limit(100, 1_000)?,
    };
    let how = query.done()?;
    let events = store::events::list(&site.db, &filter).await?;
    let eyes = site.eyes.of_caller(&by.caller);
    let is_full = events.len() >= filter.most as usize;
    let next = events.last().filter(|_| is_full).map(|last| format!("{}-{}", last.recorded_at, last.id));
    let body = EventsBody { events: events.into_iter().map(|e| event_body(e, false, &eyes)).collect(), next };
    Ok(how.list(&body, TABLE, body.next.as_deref()))
}

/// One event, with the record as XML.
#[utoipa::path(
    get, path = "/api/v1/events/{id}", operation_id = "getEvent", tag = "events",
    params(("id" = i64, Path, description = "The event's id.")),
    responses((status = 200, description = "The event", body = EventBody)),
)]
pub async fn show(
    by: May<Read>,
    sees: Sees,
    State(site): State<Site>,
    Id(id): Id<EventId>,
    query: Query,
) -> Result<Json<EventBody>> {
    query.done()?;
    let event = store::events::find(&site.db, id).await?.ok_or(Error::NotFound("event"))?;
    sees.row(&site, event.host, "event").await?;
    Ok(Json(event_body(event, true, &site.eyes.of_caller(&by.caller))))
}

/// Reads `instant-id`, the place in the order of the list.
fn cursor(text: &str) -> Option<(i64, EventId)> {
    let (at, id) = text.split_once('-')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

fn event_body(event: Event, with_xml: bool, eyes: &Eyes) -> EventBody {
    let text = |text: &RecordText| text.seen_by(eyes).map(str::to_owned);
    EventBody {
        id: event.id.0,
        host_id: event.host.0,
        host: event.host_name,
        recorded_at: Instant(event.recorded_at),
        received_at: Instant(event.received_at),
        title: event_family::describe(&event.provider, event.code).map(|m| m.title),
        channel: event.channel,
        provider: event.provider,
        record_id: event.record_id,
        code: event.code,
        level: event.level,
        class: event.class.word(),
        computer: event.computer,
        message: event.message.as_ref().and_then(text),
        decoded: serde_json::from_str(&event.decoded).unwrap_or_default(),
        xml: if with_xml { text(&event.xml) } else { None },
    }
}
