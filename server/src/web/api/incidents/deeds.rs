//! What programs do about incidents. Promises:
//!
//! 1. Who says by `If-Match` which version he saw changes no other one.
//! 2. Under one `Idempotency-Key` something is done once: the deed and its answer are in one transaction. A refusal did nothing, and is not
//!    kept. That is what [`once`] is for.
//! 3. The answer is the incident as it is then, with its new `ETag`.

use axum::extract::{FromRequest, FromRequestParts as _, Request, State};
use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::body::{IncidentBody, incident_body};
use super::etag;
use crate::locale::Message;
use crate::model::audit::Trail;
use crate::model::incident::{LONGEST_COMMENT, LONGEST_TICKET, LONGEST_URL, State as Status, What};
use crate::model::{AccountId, IncidentId, typed};
use crate::store::incidents::{self, Deed, Done};
use crate::store::{Tx, accounts, audit};
use crate::web::Site;
use crate::web::api::body::unprocessable;
use crate::web::api::id::Id;
use crate::web::api::idempotency::Named;
use crate::web::api::once::{self, Said, begin};
use crate::web::api::query::Result;
use crate::web::audit::told;
use crate::web::auth::{Caller, WriteIncidents};
use crate::web::error::{ApiError, Error, Fault};

/// Nobody has to say anything more.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AcknowledgeBody {
    /// The account that takes care of it; without it the caller's own, and nobody's if that is a program. Whose it is already, it stays.
    #[schema(example = "a.martin")]
    owner: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignBody {
    /// The account that is to take care of it; null for nobody.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(example = "a.martin", required = true)]
    owner: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentBody {
    #[schema(min_length = 1, max_length = 4000, example = "The scanner was restarted.")]
    text: String,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReasonBody {
    /// Why; it stands in the timeline.
    #[schema(max_length = 4000, example = "Closed in ServiceNow: INC0041207.")]
    text: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkBody {
    /// As the other system names it.
    #[schema(min_length = 1, max_length = 100, example = "INC0041207")]
    name: String,
    /// Where people look at it.
    #[serde(default)]
    #[schema(max_length = 1000, example = "https://tickets.example/INC0041207")]
    url: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnlinkBody {
    #[schema(min_length = 1, max_length = 100, example = "INC0041207")]
    name: String,
}

/// A deed as it is asked for.
#[derive(Debug)]
pub struct Asked<T> {
    caller: Caller,
    trail: Trail,
    id: IncidentId,
    seen_version: Option<u64>,
    named: Option<Named>,
    said: T,
}

impl<T: DeserializeOwned> FromRequest<Site> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, site: &Site) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let Id(id) = Id::<IncidentId>::from_request_parts(&mut parts, site).await?;
        let seen_version = seen(&parts.headers)?;
        let request = Request::from_parts(parts, body);
        let asked = once::Asked::<WriteIncidents, T>::read(request, site).await?;
        let once::Asked { caller, trail, named, said, .. } = asked;
        Ok(Self { caller, trail, id, seen_version, named, said })
    }
}

/// The version in `If-Match`; none without it, or for `*`. Of an incident that was read a hash stands behind it: see `etag_of`. What is no
/// version of ours is one that no incident has.
///
/// # Errors
/// It names several.
pub fn seen(headers: &HeaderMap) -> Result<Option<u64>> {
    let mut given = headers.get_all(IF_MATCH).iter();
    let Some(first) = given.next() else { return Ok(None) };
    let text = first.to_str().unwrap_or_default().trim();
    if text.contains(',') || given.next().is_some() {
        let said = "The header If-Match takes one ETag here: that of the incident as you saw it.";
        return Err(Error::BadRequest(Message::verbatim(said)).into());
    }
    let name = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let version = name.and_then(|name| {
        let written = name.split_once('-').map_or(name, |(version, _)| version);
        written.parse().ok().filter(|version: &u64| version.to_string() == written)
    });
    Ok((text != "*").then(|| version.unwrap_or(u64::MAX)))
}

/// Takes an incident on: people see that somebody is at it.
///
/// Done again it changes nothing. An incident that is over cannot be taken on.
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/acknowledge", operation_id = "acknowledgeIncident", tag = "incidents",
    params(("id" = i64, Path, description = "The incident's id.")),
    request_body(content = AcknowledgeBody, description = "May be left out."),
    responses((status = 200, description = "The incident as it is now", body = IncidentBody)),
)]
pub async fn acknowledge(State(site): State<Site>, asked: Asked<AcknowledgeBody>) -> Result<Response> {
    let owner = match &asked.said.owner {
        Some(name) => Some(account(&site, name).await?.0),
        None => asked.caller.account().map(|account| account.id),
    };
    perform(&site, &asked, Act::Acknowledge(owner)).await
}

/// Gives an incident to somebody, or to nobody.
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/assign", operation_id = "assignIncident", tag = "incidents",
    params(("id" = i64, Path, description = "The incident's id.")),
    request_body(content = AssignBody),
    responses((status = 200, description = "The incident as it is now", body = IncidentBody)),
)]
pub async fn assign(State(site): State<Site>, asked: Asked<AssignBody>) -> Result<Response> {
    let owner = match &asked.said.owner {
        Some(name) => Some(account(&site, name).await?),
        None => None,
    };
    perform(&site, &asked, Act::Assign(owner.as_ref().map(|(id, name)| (*id, name.as_str())))).await
}

/// Says something about an incident.
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/comment", operation_id = "commentIncident", tag = "incidents",
    params(("id" = i64, Path, description = "The incident's id.")),
    request_body(content = CommentBody),
    responses((status = 200, description = "The incident as it is now", body = IncidentBody)),
)]
pub async fn comment(State(site): State<Site>, asked: Asked<CommentBody>) -> Result<Response> {
    let text = text(&asked.said.text)?;
    if text.is_empty() {
        return Err(unprocessable("text may not be empty"));
    }
    perform(&site, &asked, Act::Comment(text)).await
}

/// Links the record of another system to an incident.
///
/// One of that name that is linked already gets the new address.
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/link", operation_id = "linkIncident", tag = "incidents",
    params(("id" = i64, Path, description = "The incident's id.")),
    request_body(content = LinkBody),
    responses((status = 200, description = "The incident as it is now", body = IncidentBody)),
)]
pub async fn link(State(site): State<Site>, asked: Asked<LinkBody>) -> Result<Response> {
    let name = ticket(&asked.said.name)?;
    let url = asked.said.url.as_deref().unwrap_or_default();
    let url = typed::web_address(url, LONGEST_URL).ok_or_else(|| {
        unprocessable(&format!("url has to begin with https:// or http:// and have {LONGEST_URL} characters at most"))
    })?;
    perform(&site, &asked, Act::Link(name, url)).await
}

/// Takes the record of another system from an incident.
///
/// One that is not linked changes nothing.
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/unlink", operation_id = "unlinkIncident", tag = "incidents",
    params(("id" = i64, Path, description = "The incident's id.")),
    request_body(content = UnlinkBody),
    responses((status = 200, description = "The incident as it is now", body = IncidentBody)),
)]
pub async fn unlink(State(site): State<Site>, asked: Asked<UnlinkBody>) -> Result<Response> {
    perform(&site, &asked, Act::Unlink(ticket(&asked.said.name)?)).await
}

/// Says that an incident is over.
///
/// Done again it changes nothing. While the host is still like that, no other incident of the kind opens before it was well.
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/resolve", operation_id = "resolveIncident", tag = "incidents",
    params(("id" = i64, Path, description = "The incident's id.")),
    request_body(content = ReasonBody, description = "May be left out."),
    responses((status = 200, description = "The incident as it is now", body = IncidentBody)),
)]
pub async fn resolve(State(site): State<Site>, asked: Asked<ReasonBody>) -> Result<Response> {
    perform(&site, &asked, Act::Resolve(text(&asked.said.text)?)).await
}

/// Says that an incident is not over.
///
/// Not while the host has a later one of that kind that is not resolved.
#[utoipa::path(
    post, path = "/api/v1/incidents/{id}/reopen", operation_id = "reopenIncident", tag = "incidents",
    params(("id" = i64, Path, description = "The incident's id.")),
    request_body(content = ReasonBody, description = "May be left out."),
    responses((status = 200, description = "The incident as it is now", body = IncidentBody)),
)]
pub async fn reopen(State(site): State<Site>, asked: Asked<ReasonBody>) -> Result<Response> {
    perform(&site, &asked, Act::Reopen(text(&asked.said.text)?)).await
}

/// What is to be done.
#[derive(Debug, Clone, Copy)]
enum Act<'a> {
    Acknowledge(Option<AccountId>),
    Assign(Option<(AccountId, &'a str)>),
    Comment(&'a str),
    Link(&'a str, &'a str),
    Unlink(&'a str),
    Resolve(&'a str),
    Reopen(&'a str),
}

impl Act<'_> {
    /// What the timeline calls it.
    fn what(self) -> What {
        match self {
            Self::Acknowledge(_) => What::Acknowledged,
            Self::Assign(_) => What::Assigned,
            Self::Comment(_) => What::Commented,
            Self::Link(..) => What::Linked,
            Self::Unlink(_) => What::Unlinked,
            Self::Resolve(_) => What::Resolved,
            Self::Reopen(_) => What::Reopened,
        }
    }

    async fn run(self, tx: &mut Tx, id: IncidentId, deed: Deed<'_>) -> crate::store::Result<Done> {
        match self {
            Self::Acknowledge(owner) => incidents::acknowledge(tx, id, deed, owner).await,
            Self::Assign(owner) => incidents::assign(tx, id, deed, owner).await,
            Self::Comment(text) => incidents::comment(tx, id, deed, text).await,
            Self::Link(name, url) => incidents::link(tx, id, deed, (name, url)).await,
            Self::Unlink(name) => incidents::unlink(tx, id, deed, name).await,
            Self::Resolve(text) => incidents::resolve(tx, id, deed, text).await,
            Self::Reopen(text) => incidents::reopen(tx, id, deed, text).await,
        }
    }
}

/// Does it, and answers with what came of it; or with what was answered before.
async fn perform<T: Sync>(site: &Site, asked: &Asked<T>, act: Act<'_>) -> Result<Response> {
    let mut once = begin!(site, asked.named);
    let by = asked.caller.signature();
    let deed = Deed { by: &by, now_at: once.now_at, seen_version: asked.seen_version };
    let done = act.run(&mut once.tx, asked.id, deed).await?;
    let version = outcome(done)?;
    let incident = incidents::find_in(&mut once.tx, asked.id).await?.ok_or(Error::NotFound("incident"))?;
    audit::record(&mut once.tx, &asked.trail, &told::incident(asked.id, act.what())).await?;
    let said = Said::new(StatusCode::OK, &incident_body(incident))?;
    once.answer(said.with_etag(etag(version))).await
}

fn outcome(done: Done) -> Result<u64> {
    let conflict = |said: String| Err(Error::Conflict(Message::verbatim(said)).into());
    match done {
        Done::Yes(version) => Ok(version),
        Done::Unknown => Err(Error::NotFound("incident").into()),
        Done::Outdated(version) => {
            let said = Message::for_anybody("fault-outdated").with("etag", etag(version));
            Err(Fault::Outdated.because(said).into())
        }
        Done::NotNow(Status::Resolved) => {
            conflict("The incident is resolved, and in this state that cannot be done. Read it again.".to_owned())
        }
        Done::NotNow(state) => {
            conflict(format!("The incident is {}, and in this state that cannot be done. Read it again.", state.word()))
        }
        Done::Full => {
            conflict("The incident has as many entries as it may have. Link a ticket and go on there.".to_owned())
        }
    }
}

async fn account(site: &Site, name: &str) -> Result<(AccountId, String)> {
    let found = accounts::find_by_name(&site.db, name).await?;
    found
        .map(|(account, _)| (account.id, account.name))
        .ok_or_else(|| unprocessable("owner is no account of this server"))
}

fn text(text: &str) -> Result<&str> {
    let said =
        || unprocessable(&format!("text may have {LONGEST_COMMENT} characters at most, and no control characters"));
    typed::lines(text, LONGEST_COMMENT).ok_or_else(said)
}

fn ticket(name: &str) -> Result<&str> {
    let said = || unprocessable(&format!("name has to have 1 to {LONGEST_TICKET} characters on one line"));
    typed::line(name, LONGEST_TICKET).filter(|name| !name.is_empty()).ok_or_else(said)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_one_version_can_be_what_was_seen() {
        let of = |text: &'static str| seen(&HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static(text))]));
        assert_eq!(seen(&HeaderMap::new()).unwrap(), None);
        assert_eq!((of("\"7\"").unwrap(), of("*").unwrap()), (Some(7), None));
        assert_eq!(of("\"7-3q2-7w_\"").unwrap(), Some(7));
        for of_nobody in ["W/\"7\"", "W/\"7-x\"", "7", "7-x", "\"x\"", "\"-7\"", "\"+7\"", "\"007\"", ""] {
            assert_eq!(of(of_nobody).unwrap(), Some(u64::MAX), "{of_nobody}");
        }
        assert_eq!(of("\"7\", \"8\"").unwrap_err().0.status(), 400);
    }
}
