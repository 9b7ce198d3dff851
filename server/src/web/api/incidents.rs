//! Incidents, what happened to them, and the tickets about them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Instant;
use super::query::{Query, Result};
use crate::locale::Locale;
use crate::model::incident::{Incident, Kind, State as Status};
use crate::model::{HostId, IncidentId};
use crate::store::incidents::{self, IncidentFilter};
use crate::web::Site;
use crate::web::auth::SignedIn;
use crate::web::error::Error;
use crate::web::incident::{self as told, EvidenceBody};
use crate::web::pages::incidents::{evidence, summary};

#[derive(Debug, Serialize)]
pub struct IncidentsBody {
    /// Newest first; with `updated_since` in the order in which they changed.
    incidents: Vec<IncidentBody>,
    /// Give it as `after` to get the next ones; null at the end.
    next: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct IncidentBody {
    id: i64,
    /// Null if it is about the fleet.
    host_id: Option<i64>,
    host: Option<String>,
    /// Null for none.
    group: Option<String>,
    /// `full`, `near`, `capacity`, `share`, `silent`, `pipeline`, `leak`, `flood`.
    kind: &'static str,
    /// `open`, `acknowledged`, `resolved`.
    state: &'static str,
    /// In English, with instants in UTC.
    summary: String,
    /// The share or the client that it is about; null for none.
    subject: Option<String>,
    from: Instant,
    opened_at: Instant,
    /// Null while it goes on.
    until: Option<Instant>,
    resolved_at: Option<Instant>,
    /// Since when nothing is observed that would say whether it goes on; null while something is.
    unknown_since: Option<Instant>,
    /// How often the level was reached within it.
    stretches: u32,
    owner: Option<String>,
    silenced: bool,
    /// Grows with every change; the `ETag` of the incident.
    version: u64,
    updated_at: Instant,
}

#[derive(Debug, Serialize)]
pub struct WholeBody {
    #[serde(flatten)]
    incident: IncidentBody,
    /// In order.
    timeline: Vec<EntryBody>,
    tickets: Vec<TicketBody>,
    /// What history says of it.
    evidence: EvidenceBody,
}

#[derive(Debug, Serialize)]
pub struct EntryBody {
    id: i64,
    at: Instant,
    /// `opened`, `again`, `joined`, `acknowledged`, `assigned`, `commented`, `linked`, `unlinked`, `silenced`, `cleared`, `resolved`,
    /// `reopened`.
    what: &'static str,
    /// Null if it happened by itself.
    by: Option<String>,
    text: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct TicketBody {
    name: String,
    url: Option<String>,
    linked_at: Instant,
    linked_by: String,
}

/// `GET /api/v1/incidents?state&kind&host&group&from&to&updated_since&limit&after`
pub async fn index(_: SignedIn, State(site): State<Site>, mut query: Query) -> Result<Json<IncidentsBody>> {
    let kinds = Kind::ALL.map(Kind::word).join(", ");
    let states = format!("one of {}, unresolved", Status::ALL.map(Status::word).join(", "));
    let state = |word: &str| match word {
        "unresolved" => Some(None),
        word => Status::from_word(word).map(Some),
    };
    let state = query.parsed("state", &states, state)?;
    let filter = IncidentFilter {
        state: state.flatten(),
        is_unresolved: state == Some(None),
        kind: query.parsed("kind", &format!("one of {kinds}"), Kind::from_word)?,
        host: query.number("host")?.map(HostId),
        group: query.text("group"),
        from_at: query.instant("from")?,
        to_at: query.instant("to")?,
        updated_since: query.instant("updated_since")?,
        after: query.parsed("after", "the next of an earlier answer", cursor)?,
        most: query.limit(100, 1_000)?,
        ..IncidentFilter::default()
    };
    query.done()?;
    let found = incidents::list(&site.db, &filter).await?;
    let is_full = found.len() >= filter.most as usize;
    let place = |last: &Incident| if filter.updated_since.is_some() { last.updated_at } else { last.opened_at };
    let next = found.last().filter(|_| is_full).map(|last| format!("{}-{}", place(last), last.id));
    Ok(Json(IncidentsBody { incidents: found.into_iter().map(body).collect(), next }))
}

/// `GET /api/v1/incidents/{id}`
pub async fn show(_: SignedIn, State(site): State<Site>, Path(id): Path<String>, query: Query) -> Result<Response> {
    query.done()?;
    let id: IncidentId = id.parse().map_err(|_| Error::NotFound("incident"))?;
    let incident = incidents::find(&site.db, id).await?.ok_or(Error::NotFound("incident"))?;
    let etag = format!("\"{}\"", incident.version);
    let known = |text: String| (!text.is_empty()).then_some(text);
    let timeline = incidents::entries(&site.db, id).await?.into_iter().map(|entry| EntryBody {
        id: entry.id,
        at: Instant(entry.at),
        what: entry.what.word(),
        by: known(entry.by),
        text: known(entry.text),
    });
    let tickets = incidents::tickets(&site.db, id).await?.into_iter().map(|ticket| TicketBody {
        name: ticket.name,
        url: known(ticket.url),
        linked_at: Instant(ticket.linked_at),
        linked_by: ticket.linked_by,
    });
    let evidence = evidence::of(&site, &incident, site.clock.now_at()).await?;
    let evidence = told::body(&evidence);
    let whole =
        WholeBody { evidence, timeline: timeline.collect(), tickets: tickets.collect(), incident: body(incident) };
    let mut answer = Json(whole).into_response();
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        answer.headers_mut().insert(ETAG, etag);
    }
    Ok(answer)
}

fn cursor(text: &str) -> Option<(i64, IncidentId)> {
    let (at, id) = text.split_once('-')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

fn body(one: Incident) -> IncidentBody {
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    IncidentBody {
        id: one.id.0,
        host_id: one.host.map(|host| host.0),
        host: known(&one.host_name),
        group: known(&one.group_name),
        kind: one.kind.word(),
        state: one.state.word(),
        summary: summary(&Locale::machine(), &one, one.updated_at),
        subject: known(&one.subject),
        from: Instant(one.from_at),
        opened_at: Instant(one.opened_at),
        until: one.until_at.map(Instant),
        resolved_at: one.resolved_at.map(Instant),
        unknown_since: one.unknown_since.map(Instant),
        stretches: one.stretches,
        owner: known(&one.owner_name),
        silenced: one.is_silenced,
        version: one.version,
        updated_at: Instant(one.updated_at),
    }
}
