//! What can be taken away of an incident: the files of its page, in English and UTC. They name clients, and users as who asks
//! sees them, as the incident does.

use axum::extract::State;
use axum::response::Response;

use crate::locale::Locale;
use crate::model::IncidentId;
use crate::web::Site;
use crate::web::api::id::Id;
use crate::web::api::query::{Query, Result};
use crate::web::auth::{Caller, May, Read};
use crate::web::incident::{self as told, File};

/// The evidence of an incident as a zip to hand on.
///
/// It holds the evidence as JSON, tables of who held the sessions, of the snapshots around the peak and of the events, and the sums of all.
#[utoipa::path(
    get, path = "/api/v1/incidents/{id}/bundle", operation_id = "getIncidentBundle", tag = "incidents",
    params(("id" = i64, Path, description = "The incident's id.")),
    responses((status = 200, description = "The zip", body = String, content_type = "application/zip")),
)]
pub async fn bundle(by: May<Read>, State(site): State<Site>, Id(id): Id<IncidentId>, query: Query) -> Result<Response> {
    file((&site, &by.caller), id, query, File::Bundle).await
}

/// PowerShell that frees the sessions that were idle at the peak, to be read and run by hand.
///
/// Least harm first, each step with a dry run and then a question for every session. There is none (404) of a host that does not run Windows, or
/// if nobody was seen idle.
#[utoipa::path(
    get, path = "/api/v1/incidents/{id}/free.ps1", operation_id = "getIncidentFreeScript", tag = "incidents",
    params(("id" = i64, Path, description = "The incident's id.")),
    responses((status = 200, description = "The script", body = String, content_type = "text/plain")),
)]
pub async fn free(by: May<Read>, State(site): State<Site>, Id(id): Id<IncidentId>, query: Query) -> Result<Response> {
    file((&site, &by.caller), id, query, File::Free).await
}

/// PowerShell that records for a minute what the host's SMB server does, to be read and run by hand.
///
/// There is none (404) of a host that does not run Windows.
#[utoipa::path(
    get, path = "/api/v1/incidents/{id}/trace.ps1", operation_id = "getIncidentTraceScript", tag = "incidents",
    params(("id" = i64, Path, description = "The incident's id.")),
    responses((status = 200, description = "The script", body = String, content_type = "text/plain")),
)]
pub async fn trace(by: May<Read>, State(site): State<Site>, Id(id): Id<IncidentId>, query: Query) -> Result<Response> {
    file((&site, &by.caller), id, query, File::Trace).await
}

async fn file((site, by): (&Site, &Caller), id: IncidentId, query: Query, file: File) -> Result<Response> {
    query.done()?;
    Ok(told::file(site, id, file, &Locale::machine(), site.eyes.of_caller(by)).await?)
}
