//! The id in the path of a resource.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::model::{AgentId, ClientId, EventId, HostId, IncidentId, TokenId, UserId, WebhookId};
use crate::web::Site;
use crate::web::error::{ApiError, Error};

/// What stands for `{id}`. What cannot be one names nothing, as does one that was never told.
#[derive(Debug, Clone, Copy)]
pub struct Id<T>(pub T);

/// Of which noun an id is.
pub trait Noun: FromStr {
    const WORD: &'static str;
}

impl Noun for HostId {
    const WORD: &'static str = "host";
}

impl Noun for ClientId {
    const WORD: &'static str = "client";
}

impl Noun for UserId {
    const WORD: &'static str = "user";
}

impl Noun for EventId {
    const WORD: &'static str = "event";
}

impl Noun for IncidentId {
    const WORD: &'static str = "incident";
}

impl Noun for AgentId {
    const WORD: &'static str = "agent";
}

impl Noun for TokenId {
    const WORD: &'static str = "token";
}

impl Noun for WebhookId {
    const WORD: &'static str = "webhook";
}

impl<T: Noun> FromRequestParts<Site> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, ApiError> {
        // Also what is not UTF-8.
        let read = Path::<String>::from_request_parts(parts, site).await.ok();
        let id = read.and_then(|Path(text)| text.parse().ok());
        Ok(Self(id.ok_or(Error::NotFound(T::WORD))?))
    }
}
