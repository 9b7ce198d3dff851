//! Who is signed in, and what their forms prove. Promises:
//!
//! 1. A browser holds 256 random bits, the store their SHA-256; they are new at every sign-in.
//! 2. A session ends when no person made a request for as long as the settings say, when it is as old as they say in
//!    any case, and at sign-out, on the server. What an open page asks by itself, day and night, keeps no session
//!    alive. A browser that is kept as a screen only reads the wall, and may for
//!    [`SCREEN_MS`](crate::model::account::SCREEN_MS).
//! 3. No form changes anything without the session's own token ([`Form`]), and no browser may send one from another site
//!    (`layers`).
//! 4. Programs ask the API by keys of their own ([`caller`]).
//! 5. The session cookie never travels in the clear, except on the plain listener, which is loopback only, and behind a
//!    proxy of the settings that says so.
//! 6. What somebody may, and which hosts he sees, is judged by the account as it is at that moment
//!    ([`policy`](super::policy)).
//! 7. Where the settings demand a second factor, a session of an account that has none opens the page where it is set up
//!    ([`policy`](super::policy)).
//! 8. Who signs in at a provider comes back once, and in the browser that went there ([`away`]).

pub mod away;
mod browser;
pub mod caller;
mod eyes;
mod form;
mod guess;
mod known;
mod origin;
mod password;
pub mod second;
mod strangers;
mod throttle;
pub mod totp;

use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

pub use browser::Browser;
pub use caller::{Admin, Caller, CallerId, May, Read, WriteIncidents};
pub use eyes::{NameSight, pseudonym_key};
pub use form::{Form, Nothing};
pub use known::{KnownPasswords, ListError};
pub use origin::{Origin, Proxies};
pub use password::{Passwords, SHORTEST, is_of_today};
pub use strangers::{Of, Strangers};
pub use throttle::Throttle;
pub(in crate::web) use throttle::network;

use super::error::{ApiError, Error, Result, TooLow};
use super::{Site, live};
use crate::locale::Message;
use crate::model::AccountId;
use crate::model::account::{Account, AccountSource, NewWebSession, WebSession};
use crate::model::role::Role;
use crate::model::sight::Sight;
use crate::model::time::MINUTE_MS;
use crate::secret;
use crate::store::{self, Tx};

/// How stale the note of its last use may be: a write for every page would be waste.
const TOUCH_MS: i64 = MINUTE_MS;

/// The `__Host-` prefix makes browsers refuse it from other hosts, other paths and plain http.
const COOKIE_TLS: &str = "__Host-hw";
const COOKIE_PLAIN: &str = "hw_plain";

/// The cookie by which an open page says that it loads itself again, nobody having asked for it. It lives for one request.
const BY_ITSELF: &str = "itself";

/// What sign-in shares between requests. One for the whole server, put into requests by the router.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    pub passwords: Passwords,
    pub throttle: Throttle,
}

impl Gate {
    /// `known`: the list of passwords that nobody may choose any more, if the settings name one.
    #[must_use]
    pub fn new(known: Option<KnownPasswords>) -> Self {
        Self { passwords: Passwords::new(known), ..Self::default() }
    }
}

/// The person behind a request. As an extractor it turns everybody else away: pages to sign-in, the API with a problem.
#[derive(Clone)]
pub struct SignedIn {
    pub account: Account,
    /// Which hosts its pages may show.
    pub sight: Sight,
    /// For the hidden field `csrf` of every form.
    pub csrf_token: String,
    pub session_sha256: [u8; 32],
    /// Nobody sits there: the browser shows the wall. It reads as a viewer, whatever the account's role is.
    pub is_screen: bool,
    /// It has no second factor, and the settings demand one.
    pub lacks_factor: bool,
}

/// Without what forms prove themselves by.
impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("SignedIn").field("account", &self.account).finish_non_exhaustive()
    }
}

/// Turned away. Which answer it is depends on who asked.
#[derive(Debug)]
pub struct Denied {
    error: Error,
    is_api: bool,
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        if self.is_api { ApiError(self.error).into_response() } else { self.error.into_response() }
    }
}

impl FromRequestParts<Site> for SignedIn {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Denied> {
        // Whoever stands around the handler may have looked already.
        if let Some(found) = parts.extensions.get::<Self>() {
            return Ok(found.clone());
        }
        match find(parts, site).await {
            Ok(Some(signed_in)) => Ok(signed_in),
            Ok(None) => Err(Denied::of(parts, Error::SignIn { next: way_back(parts) })),
            Err(error) => Err(Denied::of(parts, error)),
        }
    }
}

impl Denied {
    /// Turns away who sent this request.
    #[must_use]
    pub fn of(parts: &Parts, error: Error) -> Self {
        let path = parts.uri.path();
        Self { error, is_api: path.starts_with("/api/") || path == live::PATH }
    }
}

/// Why somebody who is signed in may not do what takes this role.
pub async fn denial(by: &SignedIn, needed: Role, site: &Site) -> Error {
    if by.is_screen {
        return Error::Screen;
    }
    match store::accounts::administrators(&site.db).await {
        Ok(administrators) => Error::Role(TooLow { needed, yours: by.account.role, administrators }),
        Err(error) => error.into(),
    }
}

impl Origin {
    fn cookie_name(self) -> &'static str {
        if self.is_secure { COOKIE_TLS } else { COOKIE_PLAIN }
    }
}

/// Whose browser it is; none if nobody is signed in.
///
/// # Errors
/// The store's.
pub(super) async fn find(parts: &Parts, site: &Site) -> Result<Option<SignedIn>> {
    let name = Origin::of(&parts.headers, &parts.extensions, &site.proxies).cookie_name();
    let jar = CookieJar::from_headers(&parts.headers);
    let Some(sha256) = jar.get(name).map(|cookie| secret::sha256(cookie.value())) else { return Ok(None) };
    let Some(session) = store::accounts::find_session(&site.db, &sha256).await? else { return Ok(None) };
    let now_at = site.clock.now_at();
    if session.account.is_disabled() || site.sessions.oldest(now_at).is_over(&session) {
        return Ok(None);
    }
    let is_by_itself =
        parts.headers.contains_key(live::PARTS) || parts.uri.path() == live::PATH || jar.get(BY_ITSELF).is_some();
    if now_at - session.seen_at >= TOUCH_MS && (session.is_screen || !is_by_itself) {
        let mut tx = site.db.begin().await?;
        store::accounts::touch_session(&mut tx, &sha256, now_at).await?;
        tx.commit().await?;
    }
    let lacks_factor = lacks_factor(&session.account, site).await?;
    Ok(Some(SignedIn { lacks_factor, ..SignedIn::of(session, sha256) }))
}

/// Whether the settings demand a second factor of the account, and it has none. Of accounts from elsewhere that is decided there.
async fn lacks_factor(account: &Account, site: &Site) -> Result<bool> {
    let is_demanded = site.second_factor_from.is_some_and(|least| account.role >= least);
    if !is_demanded || account.source != AccountSource::Local {
        return Ok(false);
    }
    let factor = store::second_factors::find(&site.db, account.id).await?;
    Ok(factor.is_none_or(|factor| factor.confirmed_at.is_none()))
}

impl SignedIn {
    fn of(session: WebSession, session_sha256: [u8; 32]) -> Self {
        let WebSession { mut account, csrf_token, is_screen, .. } = session;
        // Of the account as it is: an administrator's screen shows all hosts.
        let sight = account.sees();
        if is_screen {
            account.role = Role::Viewer;
        }
        Self { account, sight, csrf_token, session_sha256, is_screen, lacks_factor: false }
    }
}

/// Where to go after signing in: back to the page that was asked for, if it was a page.
fn way_back(parts: &Parts) -> String {
    match (&parts.method, parts.uri.path_and_query()) {
        (&Method::GET, Some(path)) => safe_next(path.as_str()).to_owned(),
        _ => "/".to_owned(),
    }
}

/// The path, if it leads to a page of ours, else `/`. Browsers read `//host` and `/\host` as another site's address, and drop
/// tabs and line breaks before they do.
#[must_use]
pub fn safe_next(path: &str) -> &str {
    let is_ours = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|b| b.is_ascii_graphic());
    if is_ours { path } else { "/" }
}

/// Signs somebody in: starts a session for the account and ends the one that the browser had. The cookie is to be sent
/// once `tx` is committed.
///
/// # Errors
/// The account is disabled, the store refuses, or there is no randomness.
pub async fn start_session(
    tx: &mut Tx,
    account: AccountId,
    browser: (Origin, &CookieJar),
    now_at: i64,
) -> Result<Cookie<'static>> {
    if !store::accounts::note_sign_in(tx, account, now_at).await? {
        return Err(Error::Forbidden(Message::for_anybody("account-disabled")));
    }
    renew_session(tx, account, browser, now_at).await
}

/// Gives the browser of somebody who is signed in another session: what was known of the one before opens nothing any
/// more. The cookie is to be sent once `tx` is committed.
///
/// # Errors
/// The store refuses, or there is no randomness.
pub async fn renew_session(
    tx: &mut Tx,
    account: AccountId,
    browser: (Origin, &CookieJar),
    now_at: i64,
) -> Result<Cookie<'static>> {
    open_session(tx, (account, false), browser, now_at).await
}

/// Makes a screen of the browser of somebody who is signed in. It keeps its cookie when it is closed: walls lose their
/// power at times.
///
/// # Errors
/// As for [`renew_session`].
pub async fn keep_screen(
    tx: &mut Tx,
    account: AccountId,
    browser: (Origin, &CookieJar),
    now_at: i64,
) -> Result<Cookie<'static>> {
    let mut cookie = open_session(tx, (account, true), browser, now_at).await?;
    cookie.make_permanent();
    Ok(cookie)
}

async fn open_session(
    tx: &mut Tx,
    (account, is_screen): (AccountId, bool),
    (origin, jar): (Origin, &CookieJar),
    now_at: i64,
) -> Result<Cookie<'static>> {
    end_session(tx, origin, jar).await?;
    let fresh = |prefix| secret::fresh(prefix).map_err(|e| Error::Internal(format!("no randomness: {e}")));
    let (token, csrf_token) = (fresh(secret::SESSION_PREFIX)?, fresh("")?);
    let new = NewWebSession {
        sha256: secret::sha256(&token),
        account,
        csrf_token: &csrf_token,
        is_screen,
        address: &origin.address.to_string(),
        browser: &origin.browser.words(),
    };
    store::accounts::insert_session(tx, &new, now_at).await?;
    Ok(cookie(origin, token))
}

/// Ends the browser's session, if it has one.
///
/// # Errors
/// The store refuses.
pub async fn end_session(tx: &mut Tx, origin: Origin, jar: &CookieJar) -> Result<()> {
    if let Some(cookie) = jar.get(origin.cookie_name()) {
        store::accounts::delete_session(tx, &secret::sha256(cookie.value())).await?;
    }
    Ok(())
}

/// The session cookie, without an age: browsers forget it when they close, and the store forgets it in any case. Its attributes
/// are needed to take it away as well: give it to [`CookieJar::remove`].
#[must_use]
pub fn cookie(origin: Origin, token: String) -> Cookie<'static> {
    Cookie::build((origin.cookie_name(), token))
        .path("/")
        .http_only(true)
        .secure(origin.is_secure)
        .same_site(SameSite::Lax)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_followed_after_sign_in() {
        for ours in ["/", "/hosts/7?range=7d&at=1", "/clients?q=a%0D%0Ab", "/a:b//c"] {
            assert_eq!(safe_next(ours), ours);
        }
        let foreign = [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/a\r\nb",
            "/é",
        ];
        for path in foreign {
            assert_eq!(safe_next(path), "/", "{path:?}");
        }
    }

    #[test]
    fn a_cookie_is_secure_and_bound_to_the_host_unless_the_connection_is_plain_loopback() {
        let of = |is_secure| {
            let address = std::net::Ipv4Addr::LOCALHOST.into();
            cookie(Origin { address, is_secure, browser: Browser::default() }, "t".into())
        };
        assert_eq!(of(true).to_string(), "__Host-hw=t; HttpOnly; SameSite=Lax; Secure; Path=/");
        assert_eq!(of(false).to_string(), "hw_plain=t; HttpOnly; SameSite=Lax; Path=/");
    }
}
