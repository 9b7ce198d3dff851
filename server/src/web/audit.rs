//! What is written down of those who ask. Promises:
//!
//! 1. Who changes something writes it down himself, in the transaction of the change
//!    ([`store::audit`](crate::store::audit)): a handler has the [`Trail`] of its request, and `told` puts nouns into
//!    words.
//! 2. Whoever asks for what he may not have, takes a file away, or looks at a client, a user or the sessions of a host
//!    is written down by `watch`, around every page and endpoint, before he gets the answer: no handler can forget
//!    it.
//! 3. **Bounded**: a look is written down once for an account, what it looks at and an hour (for an API key, a day); a
//!    file once for a key, its address and an hour; a denial once for who asked, a route and an hour. Who is not known
//!    causes [`MOST_OF_NOBODY`] entries an hour at most, and who is known by a right password alone, as many.

pub(super) mod told;
pub(super) mod visits;

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_DISPOSITION};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::auth::{self, Origin, caller};
use super::error::{ApiError, Result};
use super::{Site, live};
use crate::model::audit::chain::mark;
use crate::model::audit::{Action, Actor, ActorKind, Deed, Outcome, Subject, SubjectKind, Trail};
use crate::model::time::{DAY_MS, HOUR_MS};
use crate::store::audit;

/// Entries that those cause who are not known, an hour and process. More would let them fill the log.
pub const MOST_OF_NOBODY: u32 = 1_000;

/// Where a denial says nothing: the ways of sign-in write down what was tried there, and open pages ask by themselves
/// until they see that the session has ended.
const QUIET: [&str; 5] = ["/sign-in", "/sign-in/code", "/sign-in/oidc", "/sign-in/oidc/return", live::PATH];
/// The agent's own installer, which names nobody.
const PACKAGE: &str = "/settings/package/{name}";
/// Whom one looks at: route and kind.
const LOOKS: [(&str, SubjectKind); 6] = [
    ("/clients/{id}", SubjectKind::Client),
    ("/users/{id}", SubjectKind::User),
    ("/hosts/{id}", SubjectKind::Host),
    ("/api/v1/clients/{id}", SubjectKind::Client),
    ("/api/v1/users/{id}", SubjectKind::User),
    ("/api/v1/hosts/{id}/sessions", SubjectKind::Host),
];

/// Counts what nobody in particular causes; and apart from it, so that nobody drowns it, what those cause whose password
/// was right and who are not in.
#[derive(Debug, Default)]
pub struct Noise {
    of_strangers: Mutex<Hour>,
    of_half_known: Mutex<Hour>,
}

#[derive(Debug, Default)]
struct Hour {
    from_at: i64,
    written: u32,
    /// Since the last one that was written.
    left_out: u64,
    /// Under which marks something is written already: what comes without end is not looked for in the store each time.
    told: HashSet<[u8; 32]>,
}

impl Hour {
    /// Counts one. None if it is not to be written; else how many were left out before it.
    fn count(hour: &Mutex<Self>, now_at: i64) -> Option<u64> {
        let mut hour = hour.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not keep the log shut.
        if !(0..HOUR_MS).contains(&(now_at - hour.from_at)) {
            *hour = Self { from_at: now_at, left_out: hour.left_out, ..Self::default() };
        }
        if hour.written >= MOST_OF_NOBODY {
            hour.left_out += 1;
            return None;
        }
        hour.written += 1;
        Some(std::mem::take(&mut hour.left_out))
    }
}

impl Noise {
    /// Whether something is known to be written under this mark.
    fn has_told(&self, mark: &[u8; 32]) -> bool {
        self.of_strangers.lock().unwrap_or_else(PoisonError::into_inner).told.contains(mark)
    }

    fn tell(&self, mark: &[u8; 32]) {
        let mut hour = self.of_strangers.lock().unwrap_or_else(PoisonError::into_inner);
        if hour.told.len() < MOST_OF_NOBODY as usize {
            hour.told.insert(*mark);
        }
    }
}

/// Who does something, from where and when.
pub(super) fn trail(site: &Site, parts: &Parts, actor: Actor) -> Trail {
    of_origin(site, Origin::of(&parts.headers, &parts.extensions, &site.proxies), actor)
}

/// The same where the origin is known already.
fn of_origin(site: &Site, origin: Origin, actor: Actor) -> Trail {
    Trail { actor, address: origin.address.to_canonical().to_string(), at: site.clock.now_at() }
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
    let Some(left_out) = Hour::count(&site.noise.of_strangers, trail.at) else { return Ok(()) };
    let deed = after(deed, left_out);
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
    match Hour::count(&site.noise.of_half_known, trail.at) {
        Some(left_out) => alone(site, trail, &after(deed, left_out)).await,
        None => Ok(()),
    }
}

fn after(deed: Deed, left_out: u64) -> Deed {
    if left_out > 0 { deed.after("left_out", left_out) } else { deed }
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
    Looked(SubjectKind),
}

/// Around every page and endpoint: see the promises above.
pub(super) async fn watch(State(site): State<Site>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let is_file = response.headers().contains_key(CONTENT_DISPOSITION);
    let Some(noted) = Noted::of(&asked, response.status(), is_file) else { return response };
    match note(&site, &asked, noted).await {
        Ok(()) => response,
        Err(error) if is_api(&asked) => ApiError(error).into_response(),
        Err(error) => error.into_response(),
    }
}

impl Noted {
    fn of(asked: &Parts, status: StatusCode, is_file: bool) -> Option<Self> {
        let route = route(asked);
        let is_read = asked.method == Method::GET;
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                (!QUIET.contains(&route)).then_some(Self::Denied(status))
            }
            StatusCode::OK if is_read && is_file => (route != PACKAGE).then_some(Self::Exported),
            StatusCode::OK | StatusCode::NOT_MODIFIED if is_read => {
                LOOKS.iter().find(|(of, _)| *of == route).map(|(_, kind)| Self::Looked(*kind))
            }
            _ => None,
        }
    }
}

async fn note(site: &Site, asked: &Parts, noted: Noted) -> Result<()> {
    let trail = trail(site, asked, who(site, asked).await?);
    match noted {
        Noted::Denied(status) => denied(site, asked, &trail, status).await,
        Noted::Exported => exported(site, asked, &trail).await,
        Noted::Looked(kind) => looked(site, asked, &trail, kind).await,
    }
}

/// Whom a request is from, also one that was turned away: a key that has ended is still somebody's.
async fn who(site: &Site, asked: &Parts) -> Result<Actor> {
    if is_api(asked) && asked.headers.contains_key(AUTHORIZATION) {
        let key = caller::key_of(asked, site).await?;
        return Ok(key.map_or_else(Actor::nobody, |key| Actor::key(&key)));
    }
    let by = auth::find(asked, site).await?;
    Ok(by.map_or_else(Actor::nobody, |by| Actor::person(by.account.id, &by.account.name)))
}

async fn denied(site: &Site, asked: &Parts, trail: &Trail, status: StatusCode) -> Result<()> {
    let (method, route) = (asked.method.as_str(), route(asked));
    let deed = Deed::new(Action::Denied, Subject::new(SubjectKind::Page, None, route)).with(Outcome::Refused);
    let deed = deed.after("method", method).after("status", status.as_u16());
    let hour = of_time(trail.at, HOUR_MS);
    if trail.actor.kind == ActorKind::Nobody {
        let mark = mark(&["denied", &trail.address, &hour]);
        return of_nobody(site, trail, deed, Some(&mark)).await;
    }
    let [kind, id] = of_actor(&trail.actor);
    once(site, trail, &deed, &mark(&["denied", &kind, &id, method, route, status.as_str(), &hour])).await
}

async fn exported(site: &Site, asked: &Parts, trail: &Trail) -> Result<()> {
    let path = asked.uri.path();
    let mut deed = Deed::new(Action::Exported, Subject::new(SubjectKind::Page, None, path));
    for (name, value) in pairs(asked) {
        deed = deed.after(&name, value);
    }
    if trail.actor.kind == ActorKind::Person {
        return alone(site, trail, &deed).await;
    }
    let [kind, id] = of_actor(&trail.actor);
    let address = asked.uri.path_and_query().map_or(path, |address| address.as_str());
    once(site, trail, &deed, &mark(&["exported", &kind, &id, address, &of_time(trail.at, HOUR_MS)])).await
}

async fn looked(site: &Site, asked: &Parts, trail: &Trail, kind: SubjectKind) -> Result<()> {
    let id = route(asked).split('/').zip(asked.uri.path().split('/')).find(|(part, _)| *part == "{id}");
    let id: Option<i64> = id.and_then(|(_, id)| id.parse().ok());
    let mut deed = Deed::new(Action::Looked, Subject::new(kind, id, ""));
    if let Some((_, at)) = pairs(asked).into_iter().find(|(name, _)| name == "at") {
        deed = deed.after("at", at);
    }
    let unit_ms = if trail.actor.kind == ActorKind::Key { DAY_MS } else { HOUR_MS };
    let ([by, of], id) = (of_actor(&trail.actor), id.unwrap_or_default().to_string());
    once(site, trail, &deed, &mark(&["looked", &by, &of, kind.word(), &id, &of_time(trail.at, unit_ms)])).await
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

    #[test]
    fn nobody_fills_the_log_and_how_much_was_left_out_is_told() {
        let noise = Noise::default();
        let count = |at| Hour::count(&noise.of_strangers, at);
        for _ in 0..MOST_OF_NOBODY {
            assert_eq!(count(HOUR_MS), Some(0));
        }
        assert_eq!((count(HOUR_MS), count(2 * HOUR_MS - 1)), (None, None));
        assert_eq!(Hour::count(&noise.of_half_known, HOUR_MS), Some(0), "nobody drowns it");
        assert_eq!((count(2 * HOUR_MS), count(2 * HOUR_MS)), (Some(2), Some(0)));
        assert_eq!(count(5), Some(0), "the clock was set back");
    }

    #[test]
    fn what_was_answered_decides_what_is_written_down() {
        let of = |method: Method, status: StatusCode, is_file: bool| {
            let request = axum::http::Request::builder().method(method).uri("/clients/7?q=x").body(()).unwrap();
            Noted::of(&request.into_parts().0, status, is_file)
        };
        assert_eq!(of(Method::GET, StatusCode::OK, true), Some(Noted::Exported));
        assert_eq!(of(Method::HEAD, StatusCode::OK, true), None, "nothing was taken away");
        assert_eq!(of(Method::POST, StatusCode::FORBIDDEN, false), Some(Noted::Denied(StatusCode::FORBIDDEN)));
        for status in [StatusCode::SEE_OTHER, StatusCode::NOT_FOUND, StatusCode::INTERNAL_SERVER_ERROR] {
            assert_eq!(of(Method::GET, status, false), None, "{status}");
        }
        assert_eq!(of(Method::GET, StatusCode::OK, false), None, "without a route nobody is looked at");
    }
}
