//! What stands in an address. Unlike axum's own, these refuse with an outcome of ours, which becomes a page in the viewer's language.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::Site;
use super::error::Error;
use crate::locale::Message;

/// Parameters within the path, mostly ids. What cannot be one names nothing.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

/// Parameters after the question mark.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Site> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Error> {
        let read = axum::extract::Path::from_request_parts(parts, site).await;
        read.map(|axum::extract::Path(read)| Self(read)).map_err(|_| Error::NotFound("page"))
    }
}

impl<T: DeserializeOwned> FromRequestParts<Site> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, Error> {
        let read = axum::extract::Query::try_from_uri(&parts.uri);
        read.map(|axum::extract::Query(read)| Self(read))
            .map_err(|_| Error::BadRequest(Message::for_anybody("error-address")))
    }
}
