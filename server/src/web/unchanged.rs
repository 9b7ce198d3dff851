//! A page that a browser has already is not sent again. Its name (ETag) is a hash of what was rendered, before compression: weak,
//! since the same page travels in several encodings.
//!
//! Rendering is done in any case, and with it everything that decides who may see what: only the way to the browser is spared.
//! Pages are of one person: browsers alone keep them, and ask each time before they show them.

use axum::body::{self, Body, HttpBody as _};
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::error::Error;

/// Kept by the person's own browser, and asked about each time.
const ASKED_EACH_TIME: HeaderValue = HeaderValue::from_static("private, no-cache");
/// Half of a SHA-256: nobody gains from two pages of one name but who made both.
const NAME_BYTES: usize = 16;

/// Names the page that is answered, and leaves it out if the browser says that it has it. Files and what forbids to be kept stay
/// as they are.
pub(super) async fn leave_out(request: Request, next: Next) -> Response {
    let asked = (request.method() == Method::GET).then(|| request.headers().clone());
    let response = next.run(request).await;
    match asked {
        Some(asked) if is_page(&response) => name(response, &asked).await,
        _ => response,
    }
}

/// A whole page in memory that nothing forbids to keep.
fn is_page(response: &Response) -> bool {
    let headers = response.headers();
    let is_html = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let may_be_kept = !headers.contains_key(CACHE_CONTROL) && !headers.contains_key(SET_COOKIE);
    response.status() == StatusCode::OK && is_html && may_be_kept && response.body().size_hint().exact().is_some()
}

async fn name(response: Response, asked: &HeaderMap) -> Response {
    let (mut parts, page) = response.into_parts();
    let page = match body::to_bytes(page, usize::MAX).await {
        Ok(page) => page,
        Err(error) => return Error::Internal(format!("a page ended early: {error}")).into_response(),
    };
    let etag = format!("W/\"{}\"", hash(&page));
    let is_known = has(asked, &etag);
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        parts.headers.insert(ETAG, etag);
    }
    parts.headers.insert(CACHE_CONTROL, ASKED_EACH_TIME);
    if !is_known {
        return Response::from_parts(parts, Body::from(page));
    }
    parts.status = StatusCode::NOT_MODIFIED;
    Response::from_parts(parts, Body::empty())
}

/// What names these very bytes, without quotes.
#[must_use]
pub fn hash(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    URL_SAFE_NO_PAD.encode(&hash[..NAME_BYTES])
}

/// Whether who asks has what bears this name. Names are compared weakly, as for what is read they should be.
#[must_use]
pub fn has(asked: &HeaderMap, etag: &str) -> bool {
    let bare = |name: &str| name.trim().trim_start_matches("W/").to_owned();
    let lists = asked.get_all(IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|name| name.trim() == "*" || bare(name) == bare(etag))
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware;
    use axum::response::Html;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(path: &str, known: &str) -> Response {
        let app = Router::new()
            .route("/", get(|| async { Html("a page") }).post(|| async { Html("done") }))
            .route("/secret", get(|| async { ([(CACHE_CONTROL, "no-store")], Html("a page")) }))
            .route("/cookie", get(|| async { ([(SET_COOKIE, "a=b")], Html("a page")) }))
            .route("/file", get(|| async { ([(CONTENT_TYPE, "text/csv")], "a,b") }))
            .layer(middleware::from_fn(leave_out));
        let request = Request::builder().uri(path).header(IF_NONE_MATCH, known).body(Body::empty()).unwrap();
        app.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_page_that_the_browser_has_is_left_out_and_another_is_sent() {
        let first = ask("/", "").await;
        assert_eq!((first.status(), &first.headers()[CACHE_CONTROL]), (StatusCode::OK, &ASKED_EACH_TIME));
        let etag = first.headers()[ETAG].to_str().unwrap().to_owned();
        assert!(etag.starts_with("W/\"") && etag.ends_with('"'), "{etag}");
        for known in [etag.clone(), format!("\"other\", {etag}"), etag.trim_start_matches("W/").to_owned(), "*".into()]
        {
            let again = ask("/", &known).await;
            assert_eq!((again.status(), again.headers()[ETAG].to_str().unwrap()), (StatusCode::NOT_MODIFIED, &*etag));
            assert_eq!(body::to_bytes(again.into_body(), 100).await.unwrap(), "");
        }
        assert_eq!(ask("/", "W/\"other\"").await.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn what_must_not_be_kept_and_what_is_no_page_has_no_name() {
        for path in ["/secret", "/cookie", "/file", "/nowhere"] {
            let response = ask(path, "*").await;
            assert!(!response.headers().contains_key(ETAG), "{path}");
            assert_ne!(response.status(), StatusCode::NOT_MODIFIED, "{path}");
        }
    }
}
