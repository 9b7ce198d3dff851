//! Incidents, what happened to them, and the tickets about them. What programs do about them is in `deeds.rs`.

pub mod body;
pub mod deeds;
pub mod files;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use self::body::{IncidentsBody, WholeBody, entry_body, incident_body, ticket_body};
use super::Instant;
use super::accept::JSON;
use super::id::Id;
use super::list::Table;
use super::query::{Query, Result};
use crate::model::incident::{Incident, Kind, State as Status};
use crate::model::{AccountId, HostId, IncidentId};
use crate::store::accounts;
use crate::store::incidents::{self, IncidentFilter};
use crate::web::auth::{May, Read};
use crate::web::error::Error;
use crate::web::incident as told;
use crate::web::sight::Sees;
use crate::web::{Site, unchanged};

const TABLE: Table = Table {
    rows: "incidents",
    columns: &[
        "id",
        "host_id",
        "host",
        "group",
        "kind",
        "state",
        "summary",
        "subject",
        "from",
        "opened_at",
        "until",
        "resolved_at",
        "unknown_since",
        "stretches",
        "owner",
        "silenced",
        "version",
        "updated_at",
    ],
};

/// Incidents, newest first.
///
/// To follow them, ask with `updated_since`: they then come in the order in which they changed. Keep the `updated_at` of the last one and
/// ask from there again; what changed in that very millisecond comes twice rather than never.
///
/// Who is confined to groups of hosts is told of the incidents of the hosts that are in them now. Those of a host that comes into such a group
/// keep the `updated_at` that they had, and those of the whole fleet are not told.
#[utoipa::path(
    get, path = "/api/v1/incidents", operation_id = "listIncidents", tag = "incidents",
    params(
        ("state" = Option<String>, Query, description = "Only those in this state; `unresolved` for all that are not resolved."),
        ("kind" = Option<String>, Query, description = "Only those of this kind."),
        ("host" = Option<i64>, Query, description = "Only those of the host with this id."),
        ("group" = Option<String>, Query, description = "Only those of hosts of this group."),
        ("owner" = Option<String>, Query, description = "Only those that the account of this name takes care of."),
        ("q" = Option<String>, Query, description = "Only those of hosts with this text in their name, without regard to case."),
        ("from" = Option<Instant>, Query, description = "Only those that were not over at this instant."),
        ("to" = Option<Instant>, Query, description = "Only those that began before this instant."),
        ("updated_since" = Option<Instant>, Query, description = "Only those that changed at or after this instant, in the order in which they did."),
        ("limit" = Option<u32>, Query, description = "How many at most; 100 if it is not said.", minimum = 1, maximum = 1000),
        ("after" = Option<String>, Query, description = "The `next` of the answer before."),
    ),
    responses((status = 200, description = "Incidents", content((IncidentsBody = "application/json"), (String = "text/csv")))),
)]
pub async fn index(_: May<Read>, sees: Sees, State(site): State<Site>, mut query: Query) -> Result<Response> {
    let owner = query.text("owner");
    let mut filter = filter(&mut query, &sees)?;
    let how = query.done()?;
    let mut is_nobody = false;
    if let Some(name) = owner {
        let found = accounts::find_by_name(&site.db, &name).await?;
        filter.owner = found.map(|(account, _)| account.id);
        is_nobody = filter.owner.is_none();
    }
    let found = if is_nobody { Vec::new() } else { incidents::list(&site.db, &filter).await? };
    let is_full = found.len() >= filter.most as usize;
    let place = |last: &Incident| if filter.updated_since.is_some() { last.updated_at } else { last.opened_at };
    let next = found.last().filter(|_| is_full).map(|last| format!("{}-{}", place(last), last.id));
    let body = IncidentsBody { incidents: found.into_iter().map(incident_body).collect(), next };
    Ok(how.list(&body, TABLE, body.next.as_deref()))
}

fn filter(query: &mut Query, sees: &Sees) -> Result<IncidentFilter> {
    let kinds = Kind::ALL.map(Kind::word).join(", ");
    let states = format!("one of {}, unresolved", Status::ALL.map(Status::word).join(", "));
    let state = |word: &str| match word {
        "unresolved" => Some(None),
        word => Status::from_word(word).map(Some),
    };
    let state = query.parsed("state", &states, state)?;
    Ok(IncidentFilter {
        sight: sees.sight().clone(),
        state: state.flatten(),
        is_unresolved: state == Some(None),
        kind: query.parsed("kind", &format!("one of {kinds}"), Kind::from_word)?,
        host: query.number("host")?.map(HostId),
        group: query.text("group"),
        owner: None::<AccountId>,
        host_contains: query.text("q").unwrap_or_default(),
        from_at: query.instant("from")?,
        to_at: query.instant("to")?,
        updated_since: query.instant("updated_since")?,
        after: query.parsed("after", "the next of an earlier answer", cursor)?,
        most: query.limit(100, 1_000)?,
    })
}

/// One incident, with all that happened to it.
///
/// The `ETag` begins with its version: give it as `If-Match` with what you do about it, and as `If-None-Match` to learn only whether
/// anything of it changed, its evidence included. While it goes on, the evidence is told as of now, and each answer is a new one.
#[utoipa::path(
    get, path = "/api/v1/incidents/{id}", operation_id = "getIncident", tag = "incidents",
    params(
        ("id" = i64, Path, description = "The incident's id."),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of what is known already."),
    ),
    responses(
        (status = 200, description = "The incident", body = WholeBody,
            headers(("ETag" = String, description = "Its version, and what names this answer."))),
        (status = 304, description = "Nothing of it has changed."),
    ),
)]
pub async fn show(
    by: May<Read>,
    State(site): State<Site>,
    Id(id): Id<IncidentId>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response> {
    query.done()?;
    let incident = incidents::find(&site.db, id).await?.ok_or(Error::NotFound("incident"))?;
    let version = incident.version;
    let timeline = incidents::entries(&site.db, id).await?.into_iter().map(entry_body).collect();
    let tickets = incidents::tickets(&site.db, id).await?.into_iter().map(ticket_body).collect();
    let eyes = site.eyes.of_caller(&by.caller);
    let evidence = told::evidence_of(&site, &incident, site.clock.now_at()).await?.in_order_for(&eyes);
    let evidence = told::body(&evidence, &eyes);
    let whole = WholeBody { timeline, tickets, evidence, incident: incident_body(incident) };
    let body = serde_json::to_vec(&whole).map_err(|e| Error::Internal(e.to_string()))?;
    let etag = etag_of(version, &body);
    let mut answer = if unchanged::has(&headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, JSON)], body).into_response()
    };
    answer.headers_mut().extend(HeaderValue::from_str(&etag).map(|etag| (ETAG, etag)));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(answer)
}

/// Names an incident that was changed: its answer holds what the version guards, and no evidence.
fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

/// Names an incident that was read. The version does not do: evidence grows without a new one, and names in it change when they are
/// merged or erased, so whoever has an answer of that version would be told that it is still the newest. Behind it stands a hash of the
/// answer: two answers that differ never share a name (RFC 9110, 8.8.1). The name is a strong one, since `If-Match` meets no weak one
/// (13.1.1), though it travels in several encodings: what would tell those apart (8.8.3.3) matters to ranges, which are not served. A deed
/// takes the version out of it, for evidence is nothing that it could overwrite.
fn etag_of(version: u64, body: &[u8]) -> String {
    format!("\"{version}-{}\"", unchanged::hash(body))
}

fn cursor(text: &str) -> Option<(i64, IncidentId)> {
    let (at, id) = text.split_once('-')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}
