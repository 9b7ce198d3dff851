//! Bodies of requests: JSON, within a size.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::query::Result;
use crate::locale::Message;
use crate::web::error::{ApiError, Error, Fault};

/// Longest body.
pub const MOST_BYTES: usize = 64 << 10;

/// A body that says nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// The bytes of a body, and what they say. No body says as much as an empty object.
pub(super) async fn read<T: DeserializeOwned>(parts: &Parts, body: Body) -> Result<(Vec<u8>, T)> {
    // Whatever broke it off: it was not read whole.
    let bytes = axum::body::to_bytes(body, MOST_BYTES).await.map_err(|_| Fault::TooLarge.error())?;
    if bytes.is_empty() {
        return Ok((Vec::new(), parse(b"{}")?));
    }
    if !is_json(parts) {
        return Err(Fault::MediaType.error().into());
    }
    let said = parse(&bytes)?;
    Ok((bytes.to_vec(), said))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| Error::BadRequest(Message::verbatim(format!("The body is not JSON: {error}."))))?;
    // An array would be taken for the fields in order.
    let read = if value.is_object() {
        serde_json::from_value(value).map_err(|error| error.to_string())
    } else {
        Err("the body has to be an object".to_owned())
    };
    read.map_err(|error| unprocessable(&error))
}

/// A field is not what it has to be. `why` names it, without a full stop.
pub(super) fn unprocessable(why: &str) -> ApiError {
    Fault::Unprocessable.because(Message::for_anybody("fault-unprocessable").with("error", why)).into()
}

fn is_json(parts: &Parts) -> bool {
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Said {
        text: String,
    }

    async fn status(kind: &str, body: impl Into<Body>) -> u16 {
        let parts = Request::builder().header(CONTENT_TYPE, kind).body(()).unwrap().into_parts().0;
        read::<Said>(&parts, body.into()).await.map_or_else(|refused| refused.0.status().as_u16(), |_| 200)
    }

    #[tokio::test]
    async fn a_body_is_json_or_nothing() {
        assert_eq!(status("", Body::empty()).await, 200);
        assert_eq!(status("application/json; charset=utf-8", r#"{"text": "a"}"#).await, 200);
        assert_eq!(status("application/merge-patch+json", "{}").await, 200);
        assert_eq!(status("text/plain", "{}").await, 415);
        assert_eq!(status("application/json", "{").await, 400);
        assert_eq!(status("application/json", vec![0xff]).await, 400);
        assert_eq!(status("application/json", r#"{"text": 7}"#).await, 422);
        assert_eq!(status("application/json", r#"{"txet": "a"}"#).await, 422);
        assert_eq!(status("application/json", r#"["a"]"#).await, 422);
        assert_eq!(status("application/json", vec![b' '; MOST_BYTES + 1]).await, 413);
        assert_eq!(status("application/json", "[".repeat(5_000)).await, 400);
    }
}
