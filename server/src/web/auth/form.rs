use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Denied, SignedIn};
use crate::locale::Message;
use crate::model::audit::{Actor, Trail};
use crate::secret;
use crate::web::error::Error;
use crate::web::{Site, audit};

/// A form that the signed-in person sent from a page of ours: its hidden field `csrf` is the session's token.
#[derive(Debug)]
pub struct Form<T> {
    pub by: SignedIn,
    pub fields: T,
    /// For what is written down of what comes of it.
    pub trail: Trail,
}

/// A form that says nothing but that it was sent.
#[derive(Debug, Deserialize)]
pub struct Nothing {}

/// Why a form was not taken.
#[derive(Debug)]
pub enum Refused {
    Denied(Denied),
    Error(Error),
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    csrf: String,
}

impl<T: DeserializeOwned> FromRequest<Site> for Form<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Refused> {
        use axum::extract::FromRequestParts as _;
        let (mut parts, body) = request.into_parts();
        let by = SignedIn::from_request_parts(&mut parts, site).await.map_err(Refused::Denied)?;
        let trail = audit::trail(site, &parts, Actor::person(by.account.id, &by.account.name));
        // Through the original parts, so that the limit on bodies holds.
        let content_type = parts.headers.get(CONTENT_TYPE).cloned();
        let body = Bytes::from_request(Request::from_parts(parts, body), site).await.map_err(|e| unread(&e))?;
        let again = || {
            let mut request = Request::post("/").body(Body::from(body.clone())).unwrap_or_default();
            content_type.iter().for_each(|t| drop(request.headers_mut().insert(CONTENT_TYPE, t.clone())));
            request
        };
        let Token { csrf } = read(again()).await?;
        if !secret::is_same(csrf.as_bytes(), by.csrf_token.as_bytes()) {
            return Err(Refused::Error(Error::Forbidden(Message::for_anybody("error-earlier-form"))));
        }
        Ok(Self { by, fields: read(again()).await?, trail })
    }
}

async fn read<T: DeserializeOwned>(request: Request) -> Result<T, Refused> {
    match axum::Form::from_request(request, &()).await {
        Ok(axum::Form(fields)) => Ok(fields),
        Err(error) => Err(unread(&error)),
    }
}

fn unread(error: &impl ToString) -> Refused {
    Refused::Error(Error::BadRequest(Message::for_anybody("error-form").with("error", error.to_string())))
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Denied(denied) => denied.into_response(),
            Self::Error(error) => error.into_response(),
        }
    }
}
