//! What stands in an address. Unlike axum's own, these refuse with an outcome of ours, which becomes a page in the viewer's language.

use std::borrow::Cow;

use axum::extract::FromRequestParts;
use axum::http::Uri;
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
        let read = axum::extract::Query::try_from_uri(&without_nul(&parts.uri));
        read.map(|axum::extract::Query(read)| Self(read))
            .map_err(|_| Error::BadRequest(Message::for_anybody("error-address")))
    }
}

/// An address whose parameters hold no U+0000, which PostgreSQL refuses in a text. What stands for it in names that are kept stands for it
/// here, too.
pub(super) fn without_nul(uri: &Uri) -> Cow<'_, Uri> {
    match uri.query() {
        Some(asked) if asked.contains("%00") => {
            Cow::Owned(format!("/?{}", asked.replace("%00", "%EF%BF%BD")).parse().unwrap_or_default())
        }
        _ => Cow::Borrowed(uri),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_holds_no_nul() {
        let read = |uri: &'static str| without_nul(&Uri::from_static(uri)).query().map(str::to_owned);
        assert_eq!(read("/clients?q=a%00b&x=%2500").as_deref(), Some("q=a%EF%BF%BDb&x=%2500"));
        assert_eq!((read("/clients?q=a%20b").as_deref(), read("/clients")), (Some("q=a%20b"), None));
    }
}
