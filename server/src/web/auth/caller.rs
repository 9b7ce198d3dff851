//! Who asks the API: a program by its key, or a signed-in person's browser. Promises:
//!
//! 1. A key that is there counts alone: a wrong one is refused, whatever cookies come with it.
//! 2. A browser that changes something proves that a page of ours asked for it, by the session's own token in a header that no other
//!    site can send. A key needs no such thing: no browser adds it by itself.
//! 3. Nobody does what the key's scopes, or the role of the person's account, do not include. A screen asks nothing
//!    here.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method};

use super::{Of, Origin, SignedIn, TOUCH_MS};
use crate::locale::Message;
use crate::model::account::Account;
use crate::model::api_key::{ApiKey, Scope, Standing};
use crate::model::audit::Actor;
use crate::model::sight::Sight;
use crate::model::{AccountId, ApiKeyId};
use crate::secret;
use crate::store::api_keys;
use crate::web::Site;
use crate::web::error::{ApiError, Fault, Result};

/// Where a browser's script proves itself.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

#[derive(Debug, Clone)]
pub enum Caller {
    Person(SignedIn),
    Program(ApiKey),
}

/// Tells callers apart, for limits and for the keys that they choose themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallerId {
    Person(AccountId),
    Program(ApiKeyId),
}

impl Caller {
    /// Finds out who asks.
    ///
    /// # Errors
    /// Nobody who is known, or a browser without the session's token; or the store's.
    pub async fn find(parts: &Parts, site: &Site) -> Result<Self> {
        if let Some(given) = parts.headers.get(AUTHORIZATION) {
            return by_key((given, parts), site).await.map(Self::Program);
        }
        let signed_in = super::find(parts, site).await?.ok_or_else(|| Fault::Caller.error())?;
        let only_reads = matches!(parts.method, Method::GET | Method::HEAD);
        let token = parts.headers.get(CSRF_HEADER).map(HeaderValue::as_bytes).unwrap_or_default();
        if only_reads || secret::is_same(token, signed_in.csrf_token.as_bytes()) {
            Ok(Self::Person(signed_in))
        } else {
            Err(Fault::CsrfToken.error())
        }
    }

    #[must_use]
    pub fn id(&self) -> CallerId {
        match self {
            Self::Person(signed_in) => CallerId::Person(signed_in.account.id),
            Self::Program(key) => CallerId::Program(key.id),
        }
    }

    /// How the timeline names who did something.
    #[must_use]
    pub fn signature(&self) -> String {
        match self {
            Self::Person(signed_in) => signed_in.account.name.clone(),
            Self::Program(key) => key.signature(),
        }
    }

    /// How the audit log names who did something.
    #[must_use]
    pub fn actor(&self) -> Actor {
        match self {
            Self::Person(signed_in) => Actor::person(signed_in.account.id, &signed_in.account.name),
            Self::Program(key) => Actor::key(key),
        }
    }

    /// Which hosts answers may tell of.
    #[must_use]
    pub fn sees(&self) -> Sight {
        match self {
            Self::Person(signed_in) => signed_in.sight.clone(),
            Self::Program(key) => key.sees(),
        }
    }

    /// None for a program.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Person(signed_in) => Some(&signed_in.account),
            Self::Program(_) => None,
        }
    }

    fn may(&self, scope: Scope) -> bool {
        match self {
            Self::Person(signed_in) => !signed_in.is_screen && signed_in.account.role >= scope.role(),
            Self::Program(key) => key.may(scope),
        }
    }
}

/// Who asks, if it is somebody who may do what asks for this.
///
/// # Errors
/// As for [`Caller::find`], or it is somebody who may not.
pub async fn admit(parts: &Parts, site: &Site, scope: Scope) -> Result<Caller> {
    // Whoever stands around the handler has looked already.
    let caller = match parts.extensions.get::<Caller>() {
        Some(found) => found.clone(),
        None => Caller::find(parts, site).await?,
    };
    if caller.may(scope) {
        return Ok(caller);
    }
    Err(match &caller {
        Caller::Person(signed_in) => super::denial(signed_in, scope.role(), site).await,
        Caller::Program(_) => Fault::Scope.because(Message::for_anybody("fault-scope").with("scope", scope.word())),
    })
}

async fn by_key((given, parts): (&HeaderValue, &Parts), site: &Site) -> Result<ApiKey> {
    let Some(secret) = bearer(given) else { return Err(Fault::KeyUnknown.error()) };
    let now_at = site.clock.now_at();
    let place = (Origin::of(&parts.headers, &parts.extensions, &site.proxies).address, now_at);
    let sha256 = secret::sha256(secret);
    if site.strangers.is_wrong(&site.db, (Of::Api, &sha256), place).await? {
        return Err(Fault::KeyUnknown.error());
    }
    let Some(key) = api_keys::find_by_secret(&site.db, &sha256).await? else {
        site.strangers.count(place);
        return Err(Fault::KeyUnknown.error());
    };
    match key.standing(now_at) {
        Standing::Good => {}
        Standing::Expired => return Err(Fault::KeyExpired.error()),
        Standing::Revoked => return Err(Fault::KeyRevoked.error()),
    }
    if !key.sees_names {
        site.eyes.prepare(&site.db, &site.outgoing.keys).await?;
    }
    if key.used_at.is_none_or(|at| now_at - at >= TOUCH_MS) {
        let mut tx = site.db.begin().await?;
        api_keys::touch(&mut tx, key.id, now_at).await?;
        tx.commit().await?;
    }
    Ok(key)
}

/// The key that a request has, whether it is still good or not; none if nobody knows it.
///
/// # Errors
/// The store's.
pub(in crate::web) async fn key_of(parts: &Parts, site: &Site) -> Result<Option<ApiKey>> {
    let Some(secret) = parts.headers.get(AUTHORIZATION).and_then(bearer) else { return Ok(None) };
    let place = (Origin::of(&parts.headers, &parts.extensions, &site.proxies).address, site.clock.now_at());
    let sha256 = secret::sha256(secret);
    if site.strangers.is_wrong(&site.db, (Of::Api, &sha256), place).await? {
        return Ok(None);
    }
    Ok(api_keys::find_by_secret(&site.db, &sha256).await?)
}

fn bearer(given: &HeaderValue) -> Option<&str> {
    let (scheme, secret) = given.to_str().ok()?.split_once(' ')?;
    let secret = secret.trim();
    (scheme.eq_ignore_ascii_case("bearer") && secret.starts_with(secret::API_KEY_PREFIX)).then_some(secret)
}

/// Somebody who may do what `S` stands for. As an extractor it turns everybody else away with a problem.
#[derive(Debug)]
pub struct May<S> {
    pub caller: Caller,
    scope: PhantomData<S>,
}

/// What a handler asks for, as a type.
pub trait Asks {
    const SCOPE: Scope;
}

#[derive(Debug)]
pub struct Read;
#[derive(Debug)]
pub struct WriteIncidents;
#[derive(Debug)]
pub struct Admin;

impl Asks for Read {
    const SCOPE: Scope = Scope::Read;
}

impl Asks for WriteIncidents {
    const SCOPE: Scope = Scope::WriteIncidents;
}

impl Asks for Admin {
    const SCOPE: Scope = Scope::Admin;
}

impl<S: Asks> FromRequestParts<Site> for May<S> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, ApiError> {
        Ok(Self { caller: admit(parts, site, S::SCOPE).await?, scope: PhantomData })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_programs_key_is_a_bearer() {
        let of = |text: &'static str| bearer(&HeaderValue::from_static(text)).map(str::to_owned);
        assert_eq!(of("Bearer hwk_x").as_deref(), Some("hwk_x"));
        assert_eq!(of("bearer  hwk_x").as_deref(), Some("hwk_x"));
        for other in ["hwk_x", "Basic hwk_x", "Bearer hwa_x", "Bearer "] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
