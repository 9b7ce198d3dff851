//! The ids in the path of a resource.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::model::{AgentId, ClientId, DeliveryId, EventId, HostId, IncidentId, TokenId, UserId, WebhookId};
use crate::web::Site;
use crate::web::error::{ApiError, Error};

/// What stands for `{id}`. What cannot be one names nothing, as does one that was never told.
#[derive(Debug, Clone, Copy)]
pub struct Id<T>(pub T);

/// What stands for `{id}`, and behind it for what belongs to that. As [`Id`].
#[derive(Debug, Clone, Copy)]
pub struct Ids<T, U>(pub T, pub U);

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

impl Noun for DeliveryId {
    const WORD: &'static str = "delivery";
}

impl<T: Noun> FromRequestParts<Site> for Id<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, ApiError> {
        // Also what is not UTF-8.
        let read = Path::<String>::from_request_parts(parts, site).await.ok();
        let text = read.map(|Path(text)| text).unwrap_or_default();
        Ok(Self(id(&text)?))
    }
}

impl<T: Noun, U: Noun> FromRequestParts<Site> for Ids<T, U> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, ApiError> {
        let read = Path::<(String, String)>::from_request_parts(parts, site).await.ok();
        let (first, second) = read.map(|Path(texts)| texts).unwrap_or_default();
        Ok(Self(id(&first)?, id(&second)?))
    }
}

fn id<T: Noun>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::NotFound(T::WORD))
}
