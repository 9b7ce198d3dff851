//! What can be taken away of an incident: the same files for its page and for programs.

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use super::{free, trace};
use crate::alerts::{self, commands};
use crate::locale::Locale;
use crate::model::IncidentId;
use crate::model::evidence::Evidence;
use crate::model::eyes::Eyes;
use crate::model::incident::Incident;
use crate::store::{episode, incidents};
use crate::web::error::{Error, Result};
use crate::web::{Site, bundle};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// A zip to hand on.
    Bundle,
    /// What frees idle sessions, to be read and run by hand.
    Free,
    /// What records what the SMB server does.
    Trace,
}

/// What is kept of an incident that is over, else what history says now.
///
/// # Errors
/// The database's.
pub async fn evidence_of(site: &Site, incident: &Incident, now_at: i64) -> Result<Evidence> {
    if !incident.goes_on()
        && let Some(text) = incidents::evidence(&site.db, incident.id).await?
        && let Some(kept) = Evidence::of_text(&text)
    {
        return Ok(kept);
    }
    Ok(alerts::evidence::of(&episode::gather(&site.db, incident, now_at).await?))
}

/// The file as an answer to be saved, for these eyes. `locale` is that of the comments in a script.
///
/// # Errors
/// There is no such incident, or no such script of it; or the database's.
pub async fn file(site: &Site, id: IncidentId, file: File, locale: &Locale, eyes: Eyes) -> Result<Response> {
    let now_at = site.clock.now_at();
    let incident = incidents::find(&site.db, id).await?.ok_or(Error::NotFound("incident"))?;
    let evidence = evidence_of(site, &incident, now_at).await?.in_order_for(&eyes);
    let (word, text) = match file {
        File::Bundle => return packed(site, evidence, now_at, eyes).await,
        File::Free => ("free", free(&evidence, locale, commands::Form::File).ok()),
        File::Trace => ("trace", trace(&evidence, locale, commands::Form::File)),
    };
    let text = text.ok_or(Error::NotFound("script"))?;
    let name = format!("highwater-incident-{id}-{word}.ps1");
    Ok(attached("text/plain; charset=utf-8", &name, commands::file(&text)))
}

async fn packed(site: &Site, evidence: Evidence, now_at: i64, eyes: Eyes) -> Result<Response> {
    let material = episode::material(&site.db, &evidence, now_at).await?;
    let name = bundle::name(&evidence);
    // Packing takes the processor for a while.
    let packed = tokio::task::spawn_blocking(move || bundle::bundle(&evidence, &material, &eyes)).await;
    let packed = packed.map_err(|e| Error::Internal(e.to_string()))?.map_err(|e| Error::Internal(e.to_string()))?;
    Ok(attached(bundle::MEDIA_TYPE, &name, packed))
}

fn attached(kind: &'static str, name: &str, body: Vec<u8>) -> Response {
    let mut response = ([(CONTENT_TYPE, kind)], body).into_response();
    // Names are ours: letters, digits, dots and dashes.
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    response
}
