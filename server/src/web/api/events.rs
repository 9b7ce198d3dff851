//! Events of the watched family.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;

use super::Instant;
use super::query::{Query, Result};
use crate::model::event::{Event, EventClass};
use crate::model::{EventId, HostId, event_family};
use crate::store;
use crate::store::events::EventFilter;
use crate::web::Site;
use crate::web::auth::SignedIn;
use crate::web::error::Error;

#[derive(Debug, Serialize)]
pub struct EventsBody {
    /// Newest first.
    events: Vec<EventBody>,
    /// Give it as `after` to get the next ones; null at the end.
    next: Option<String>,
}

#[derive(Debug, Serialize)]
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
    /// As the host renders it, in the host's language.
    message: Option<String>,
    /// What could be read out of the record.
    decoded: serde_json::Value,
    /// The record as XML; only with a single event.
    #[serde(skip_serializing_if = "Option::is_none")]
    xml: Option<String>,
}

/// `GET /api/v1/events?host&class&code&from&to&limit&after`
pub async fn index(_: SignedIn, State(site): State<Site>, mut query: Query) -> Result<Json<EventsBody>> {
    let words = EventClass::ALL.map(EventClass::word).join(", ");
    let filter = EventFilter {
        host: query.number("host")?.map(HostId),
        classes: query.parsed("class", &format!("one of {words}"), EventClass::from_word)?.into_iter().collect(),
        code: query.number("code")?,
        from_at: query.instant("from")?,
        to_at: query.instant("to")?,
        after: query.parsed("after", "the next of an earlier answer", cursor)?,
        most: query.limit(100, 1_000)?,
    };
    query.done()?;
    let events = store::events::list(&site.db, &filter).await?;
    let is_full = events.len() >= filter.most as usize;
    let next = events.last().filter(|_| is_full).map(|last| format!("{}-{}", last.recorded_at, last.id));
    Ok(Json(EventsBody { events: events.into_iter().map(|e| event_body(e, false)).collect(), next }))
}

/// `GET /api/v1/events/{id}`
pub async fn show(
    _: SignedIn,
    State(site): State<Site>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<EventBody>> {
    query.done()?;
    let id: EventId = id.parse().map_err(|_| Error::NotFound("event"))?;
    let event = store::events::find(&site.db, id).await?.ok_or(Error::NotFound("event"))?;
    Ok(Json(event_body(event, true)))
}

/// Reads `instant-id`, the place in the order of the list.
fn cursor(text: &str) -> Option<(i64, EventId)> {
    let (at, id) = text.split_once('-')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

fn event_body(event: Event, with_xml: bool) -> EventBody {
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
        message: event.message,
        decoded: serde_json::from_str(&event.decoded).unwrap_or_default(),
        xml: with_xml.then_some(event.xml),
    }
}
