//! What is written down of those who ask. Promises:
//!
//! 1. Who changes something writes it down himself, in the transaction of the change
//!    ([`store::audit`](crate::store::audit)): a handler has the [`Trail`] of its request, and `told` puts nouns into
//!    words.
//! 2. Whoever asks for what he may not have or does not see, takes a file or a list away, looks at somebody, at what names
//!    him, or for him, is written down by `watch`, around every page and endpoint, before he gets the answer: no handler
//!    can forget it. Around what agents and those who run the server ask stands [`machines`].
//! 3. **Bounded**: a look is written down once for an account, what it looks at or for and an hour (for an API key, a day);
//!    a file once for a key, its address and an hour; a denial once for who asked, a route and an hour. How many there may
//!    be in an hour, `noise` says.

mod looks;
pub mod machines;
mod noise;
pub(super) mod told;
pub(super) mod visits;

use std::net::IpAddr;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_DISPOSITION};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::auth::{self, Caller, Origin, caller};
use super::error::{ApiError, Result};
use super::sight::Unseen;
use super::{Site, live};
use crate::model::audit::chain::mark;
use crate::model::audit::{Action, Actor, ActorKind, Deed, Outcome, Subject, SubjectKind, Trail};
use crate::model::time::HOUR_MS;
use crate::store::audit;
use looks::Look;
pub use noise::{MOST_OF_KEY, MOST_OF_NOBODY, MOST_OF_PERSON, Noise};

/// Where a denial says nothing: the ways of sign-in write down what was tried there, and open pages ask by themselves
/// until they see that the session has ended.
const QUIET: [&str; 5] = ["/sign-in", "/sign-in/code", "/sign-in/oidc", "/sign-in/oidc/return", live::PATH];
/// The agent's own installer, which names nobody.
const PACKAGE: &str = "/settings/package/{name}";

/// Who does something, from where and when.
pub(super) fn trail(site: &Site, parts: &Parts, actor: Actor) -> Trail {
    of_origin(site, Origin::of(&parts.headers, &parts.extensions, &site.proxies), actor)
}

/// The same where the origin is known already.
fn of_origin(site: &Site, origin: Origin, actor: Actor) -> Trail {
    from_address(site, origin.address, actor)
}

fn from_address(site: &Site, address: IpAddr, actor: Actor) -> Trail {
    Trail { actor, address: address.to_canonical().to_string(), at: site.clock.now_at() }
}

/// Writes down what changes nothing in the store, and so has no transaction of its own.
///
/// # Errors
/// The database's.
pub(super) async fn alone(site: &Site, trail: &Trail, deed: &Deed) -> Result<()> {
    let mut tx = site.db.begin().await?;
    audit::record(&mut tx, trail, deed).await?;
    Ok(tx.commit().await?)
}

/// The same once under a mark.
async fn once(site: &Site, trail: &Trail, deed: &Deed, mark: &[u8; 32]) -> Result<()> {
    // Looking costs no write.
    if audit::is_recorded(&site.db, mark).await? {
        return Ok(());
    }
    let mut tx = site.db.begin().await?;
    audit::record_once(&mut tx, trail, deed, mark).await?;
    Ok(tx.commit().await?)
}

/// Writes down what somebody tried who is not known: so many an hour. `mark`: under which it is written down once.
///
/// # Errors
/// The database's.
async fn of_nobody(site: &Site, trail: &Trail, deed: Deed, mark: Option<&[u8; 32]>) -> Result<()> {
    if let Some(mark) = mark {
        if site.noise.has_told(mark) {
            return Ok(());
        }
        if audit::is_recorded(&site.db, mark).await? {
            site.noise.tell(mark);
            return Ok(());
        }
    }
    let Some(turn) = site.noise.of_stranger(trail.at) else { return Ok(()) };
    let deed = turn.tell(deed);
    match mark {
        Some(mark) => once(site, trail, &deed, mark).await,
        None => alone(site, trail, &deed).await,
    }
}

/// The same of somebody whose password was right, and who is not in.
///
/// # Errors
/// The database's.
async fn of_half_known(site: &Site, trail: &Trail, deed: Deed) -> Result<()> {
    match site.noise.of_half_known(trail.at) {
        Some(turn) => alone(site, trail, &turn.tell(deed)).await,
        None => Ok(()),
    }
}

/// Which hour it is, or which day, as a part of a mark.
fn of_time(at: i64, unit_ms: i64) -> String {
    at.div_euclid(unit_ms).to_string()
}

/// What an answer is written down for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noted {
    Denied(StatusCode),
    Exported,
    Looked(Look),
}

/// Around every page and endpoint: see the promises above.
pub(super) async fn watch(State(site): State<Site>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(noted) = Noted::of(&asked, &response) else { return response };
    match note(&site, &asked, noted).await {
        Ok(()) => response,
        Err(error) if is_api(&asked) => ApiError(error).into_response(),
        Err(error) => error.into_response(),
    }
}

impl Noted {
    fn of(asked: &Parts, response: &Response) -> Option<Self> {
        let (route, status) = (route(asked), response.status());
        let is_read = asked.method == Method::GET;
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                (!QUIET.contains(&route)).then_some(Self::Denied(status))
            }
            StatusCode::NOT_FOUND => response.extensions().get::<Unseen>().map(|_| Self::Denied(status)),
            StatusCode::OK if is_read && response.headers().contains_key(CONTENT_DISPOSITION) => {
                (route != PACKAGE).then_some(Self::Exported)
            }
            StatusCode::OK | StatusCode::NOT_MODIFIED if is_read => Look::of(asked).map(Self::Looked),
            _ => None,
        }
    }
}

async fn note(site: &Site, asked: &Parts, noted: Noted) -> Result<()> {
    let by = who(site, asked).await?;
    let trail = trail(site, asked, by.as_ref().map_or_else(Actor::nobody, Caller::actor));
    match noted {
        Noted::Denied(status) => denied(site, asked, &trail, status).await,
        Noted::Exported => looks::exported(site, asked, &trail).await,
        Noted::Looked(look) => {
            let sees_names = by.is_some_and(|by| site.eyes.are_open(&by));
            looks::looked(site, asked, &trail, (look, sees_names)).await
        }
    }
}

/// Whom a request is from, also one that was turned away: a key that has ended is still somebody's. None if nobody knows.
async fn who(site: &Site, asked: &Parts) -> Result<Option<Caller>> {
    if is_api(asked) && asked.headers.contains_key(AUTHORIZATION) {
        return Ok(caller::key_of(asked, site).await?.map(Caller::Program));
    }
    Ok(auth::find(asked, site).await?.map(Caller::Person))
}

async fn denied(site: &Site, asked: &Parts, trail: &Trail, status: StatusCode) -> Result<()> {
    let (method, route) = (asked.method.as_str(), route(asked));
    let deed = Deed::new(Action::Denied, Subject::new(SubjectKind::Page, None, route)).with(Outcome::Refused);
    let mut deed = deed.after("method", method).after("status", status.as_u16());
    if status == StatusCode::NOT_FOUND {
        // The first of the hour: of what he does not see, or of what never was. Who asks finds out neither, nor by how
        // long the answer takes.
        deed = deed.after("asked", asked.uri.path());
    }
    let hour = of_time(trail.at, HOUR_MS);
    if trail.actor.kind == ActorKind::Nobody {
        let mark = mark(&["denied", &trail.address, &hour]);
        return of_nobody(site, trail, deed, Some(&mark)).await;
    }
    let [kind, id] = of_actor(&trail.actor);
    once(site, trail, &deed, &mark(&["denied", &kind, &id, method, route, status.as_str(), &hour])).await
}

fn of_actor(actor: &Actor) -> [String; 2] {
    [actor.kind.word().to_owned(), actor.id.unwrap_or_default().to_string()]
}

/// As the route table has it; empty if there is none.
fn route(asked: &Parts) -> &str {
    asked.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str)
}

fn is_api(asked: &Parts) -> bool {
    asked.uri.path().starts_with("/api/")
}

/// What stands behind the question mark. An address that cannot be read was refused already.
fn pairs(asked: &Parts) -> Vec<(String, String)> {
    axum::extract::Query::try_from_uri(&asked.uri).map(|read| read.0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request for a path, as if it were a route.
    fn asked(method: Method, path: &'static str) -> Parts {
        axum::http::Request::builder().method(method).uri(path).body(()).unwrap().into_parts().0
    }

    fn answer(status: StatusCode) -> Response {
        status.into_response()
    }

    #[test]
    fn what_was_answered_decides_what_is_written_down() {
        let of = |method, response| Noted::of(&asked(method, "/clients/7?q=x"), &response);
        let file = || (StatusCode::OK, [(CONTENT_DISPOSITION, "attachment")]).into_response();
        let unseen = |status: StatusCode| {
            let mut response = answer(status);
            response.extensions_mut().insert(Unseen);
            response
        };
        assert_eq!(of(Method::GET, file()), Some(Noted::Exported));
        assert_eq!(of(Method::HEAD, file()), None, "nothing was taken away");
        let forbidden = StatusCode::FORBIDDEN;
        assert_eq!(of(Method::POST, answer(forbidden)), Some(Noted::Denied(forbidden)));
        for status in [StatusCode::SEE_OTHER, StatusCode::NOT_FOUND, StatusCode::INTERNAL_SERVER_ERROR] {
            assert_eq!(of(Method::GET, answer(status)), None, "{status}");
        }
        let missing = StatusCode::NOT_FOUND;
        assert_eq!(of(Method::POST, unseen(missing)), Some(Noted::Denied(missing)), "who is confined");
        assert_eq!(of(Method::GET, answer(StatusCode::OK)), None, "without a route nobody is looked at");
    }
}
