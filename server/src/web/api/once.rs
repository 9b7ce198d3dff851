//! Changes that callers ask for, whatever they are about. Promises:
//!
//! 1. Under one `Idempotency-Key` something is done once: the deed and its answer are in one transaction. A refusal did nothing, and is not
//!    kept.
//! 2. The same request again gets the same answer, with its headers, marked with `Idempotency-Replayed`.
//! 3. An answer that holds a secret is kept sealed, and opens for its own request only. The others say what the database has anyway: they
//!    are kept as they are, so that whoever lost the key of secrets can still take care of incidents.

use std::marker::PhantomData;

use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_MATCH, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::accept::JSON;
use super::body;
use super::idempotency::{Named, REPLAYED, Turn};
use super::query::{Query, Result};
use crate::locale::Message;
use crate::model::audit::Trail;
use crate::model::sealing;
use crate::store::Tx;
use crate::store::idempotency::{self as kept, Answer, Body, Claim};
use crate::web::auth::caller::Asks;
use crate::web::auth::{Caller, May};
use crate::web::error::{ApiError, Error, Fault};
use crate::web::{Site, audit};

/// A change as it is asked for, by somebody who may do what `S` stands for.
#[derive(Debug)]
pub struct Asked<S, T> {
    pub caller: Caller,
    /// For what is written down of it.
    pub trail: Trail,
    /// None if it may be done as often as it comes.
    pub named: Option<Named>,
    /// What the body says.
    pub said: T,
    scope: PhantomData<S>,
}

impl<S: Asks + Send, T: DeserializeOwned> FromRequest<Site> for Asked<S, T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, site: &Site) -> Result<Self> {
        let is_guarded = request.headers().get_all(IF_MATCH).iter().any(|given| given.as_bytes() != b"*");
        let asked = Self::read(request, site).await?;
        if is_guarded {
            let said =
                "What this is about has no ETag, so If-Match never holds, and nothing was done. Leave the header out.";
            return Err(Error::BadRequest(Message::verbatim(said)).into());
        }
        Ok(asked)
    }
}

impl<S: Asks + Send, T: DeserializeOwned> Asked<S, T> {
    /// Of something with versions, whose caller looks at `If-Match` itself.
    pub(super) async fn read(request: Request, site: &Site) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let May { caller, .. } = May::<S>::from_request_parts(&mut parts, site).await?;
        Query::from_request_parts(&mut parts, site).await?.done()?;
        let (bytes, said) = body::read(&parts, body).await?;
        let named = Named::of(&parts, caller.id(), &bytes)?;
        let trail = audit::trail(site, &parts, caller.actor());
        Ok(Self { caller, trail, named, said, scope: PhantomData })
    }
}

/// A change under way, in a transaction of its own. Dropped without an answer it was not made.
pub(super) struct Once<'a> {
    site: &'a Site,
    named: Option<Named>,
    pub(super) tx: Tx,
    pub(super) now_at: i64,
    // Ends after the transaction.
    _turn: Turn<'a>,
}

/// Begins a change, as [`Once::begin`]. If it was done before, the endpoint returns what was answered then.
macro_rules! begin {
    ($site:expr, $named:expr) => {
        match $crate::web::api::once::Once::begin($site, $named).await? {
            $crate::web::api::once::Begun::Anew(once) => once,
            $crate::web::api::once::Begun::Answered(response) => return Ok(response),
        }
    };
}
pub(super) use begin;

/// Whether there is something to do.
pub(super) enum Begun<'a> {
    Anew(Once<'a>),
    /// It was done before, and this was answered.
    Answered(Response),
}

impl<'a> Once<'a> {
    /// Begins a change.
    ///
    /// # Errors
    /// The same one is under way, another one had this name, or the store's.
    pub(super) async fn begin(site: &'a Site, named: Option<Named>) -> Result<Begun<'a>> {
        let turn = site.api.under_way.begin(named)?;
        let now_at = site.clock.now_at();
        let mut tx = site.db.begin().await?;
        if let Some(named) = named {
            match kept::claim(&mut tx, &named.request_sha256, &named.fingerprint, now_at).await? {
                Claim::New => {}
                Claim::Done(answer) => {
                    let mut response = Said::of_kept(site, &named, answer)?.into_response();
                    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
                    return Ok(Begun::Answered(response));
                }
                Claim::Another => return Err(Fault::KeyReused.error().into()),
            }
        }
        Ok(Begun::Anew(Self { site, named, tx, now_at, _turn: turn }))
    }

    /// Makes the change durable together with its answer.
    ///
    /// # Errors
    /// The store's, or the answer cannot be sealed.
    pub(super) async fn answer(mut self, said: Said) -> Result<Response> {
        if let Some(named) = &self.named {
            let answer = said.to_keep(self.site, named)?;
            kept::keep(&mut self.tx, &named.request_sha256, &answer).await?;
        }
        self.tx.commit().await?;
        Ok(said.into_response())
    }
}

/// What is answered.
pub(super) struct Said {
    status: StatusCode,
    /// JSON; empty for none.
    text: String,
    /// Empty for none.
    etag: String,
    location: String,
    is_secret: bool,
}

impl Said {
    /// # Errors
    /// It cannot be written as JSON.
    pub(super) fn new(status: StatusCode, body: &impl Serialize) -> Result<Self> {
        let text = serde_json::to_string(body).map_err(|e| Error::Internal(e.to_string()))?;
        Ok(Self { status, text, etag: String::new(), location: String::new(), is_secret: false })
    }

    /// That what was there is gone.
    pub(super) fn gone() -> Self {
        let (text, etag, location) = (String::new(), String::new(), String::new());
        Self { status: StatusCode::NO_CONTENT, text, etag, location, is_secret: false }
    }

    pub(super) fn with_etag(self, etag: String) -> Self {
        Self { etag, ..self }
    }

    /// `path`: of what was made.
    pub(super) fn with_location(self, path: String) -> Self {
        Self { location: path, ..self }
    }

    /// Nobody but who asked may know it.
    pub(super) fn with_secret(self) -> Self {
        Self { is_secret: true, ..self }
    }

    fn to_keep(&self, site: &Site, named: &Named) -> Result<Answer> {
        let body = if self.is_secret {
            let sealed = site.outgoing.keys.seal(&sealing::answer(&named.request_sha256), &self.text);
            Body::Sealed(sealed.map_err(|error| Error::Internal(error.to_string()))?)
        } else {
            Body::Plain(self.text.clone())
        };
        Ok(Answer { status: self.status.as_u16(), etag: self.etag.clone(), location: self.location.clone(), body })
    }

    fn of_kept(site: &Site, named: &Named, answer: Answer) -> Result<Self> {
        let (text, is_secret) = match answer.body {
            Body::Plain(text) => (text, false),
            Body::Sealed(sealed) => {
                let opened = site.outgoing.keys.open(&sealing::answer(&named.request_sha256), &sealed);
                (opened.map_err(|error| Error::Internal(error.to_string()))?, true)
            }
        };
        let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
        Ok(Self { status, text, etag: answer.etag, location: answer.location, is_secret })
    }
}

impl IntoResponse for Said {
    fn into_response(self) -> Response {
        let mut response = if self.text.is_empty() {
            self.status.into_response()
        } else {
            (self.status, [(CONTENT_TYPE, JSON)], self.text).into_response()
        };
        for (name, text) in [(ETAG, self.etag), (LOCATION, self.location)] {
            if !text.is_empty() {
                response.headers_mut().extend(HeaderValue::from_str(&text).map(|value| (name, value)));
            }
        }
        response
    }
}
