//! What surrounds every handler, from the outside in: request id and log, panics, headers; for browsers also compression,
//! time and size limits, the check of where a form comes from, and pages that the browser has already.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tracing::Instrument as _;

use super::error::Error;
use super::{Listener, unchanged};
use crate::locale::Message;

/// Forms are small: a longer body is no form of ours.
const FORM_BYTES: usize = 64 * 1024;
/// Slower than any page should ever be.
const PAGE_TIME: Duration = Duration::from_secs(30);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Nothing inline, nothing from elsewhere, never framed.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Headers that hold for every answer.
const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    // Not `no-referrer`: with it browsers send `Origin: null` with our own forms.
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// For every URL, agents' too. `hsts_secs`: see [`Public`](super::Public).
pub fn around_all(router: Router, hsts_secs: u32) -> Router {
    // This host name only: others below it may not have certificates.
    let hsts = (hsts_secs > 0).then(|| HeaderValue::try_from(format!("max-age={hsts_secs}")).ok()).flatten();
    let layers = ServiceBuilder::new()
        .layer(middleware::from_fn(observe))
        .layer(middleware::from_fn_with_state(hsts, add_headers))
        .layer(CatchPanicLayer::custom(after_panic));
    router.layer(layers)
}

/// For pages and the API. `server_url` is trusted as the origin of forms: behind a reverse proxy `Host` may differ from it.
pub fn around_pages<S: Clone + Send + Sync + 'static>(router: Router<S>, server_url: &str) -> Router<S> {
    let csrf = CsrfLayer::new();
    let csrf = csrf
        .clone()
        .add_trusted_origin(server_url)
        .unwrap_or(csrf)
        .with_rejection_response(|_| Error::Forbidden(Message::for_anybody("error-other-site")).into_response());
    let layers = ServiceBuilder::new()
        .layer(CompressionLayer::new())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, PAGE_TIME))
        .layer(middleware::from_fn(unchanged::leave_out))
        .layer(RequestBodyLimitLayer::new(FORM_BYTES))
        .layer(csrf);
    router.layer(layers)
}

/// Names the request, logs its end once and counts it.
async fn observe(request: Request, next: Next) -> Response {
    let id = uuid::Uuid::now_v7().simple().to_string();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let path = loggable(request.uri().path());
    let span = tracing::info_span!("request", id, %method, path);
    async move {
        let started = tokio::time::Instant::now();
        let mut response = next.run(request).await;
        let status = response.status().as_u16();
        let took_ms = started.elapsed().as_secs_f64() * 1_000.0;
        tracing::debug!(status, took_ms, "answered");
        metrics::counter!("highwater_http_requests_total", "route" => route, "status" => status.to_string())
            .increment(1);
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }
    .instrument(span)
    .await
}

/// A path as it may stand in a log: without the secret of a one-time link, without anything that a terminal obeys, and not
/// longer than a line. Queries never go there: people search for names.
fn loggable(path: &str) -> String {
    if let Some(rest) = path.strip_prefix("/welcome/") {
        return if rest.is_empty() { path.to_owned() } else { "/welcome/…".to_owned() };
    }
    path.chars().take(200).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}

async fn add_headers(State(hsts): State<Option<HeaderValue>>, request: Request, next: Next) -> Response {
    let is_tls = request.extensions().get::<Listener>() == Some(&Listener::Tls);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // What was not marked as cacheable (static files and pages are) is somebody's: keep it out of caches and of the back button.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Some(hsts) = hsts.filter(|_| is_tls) {
        headers.insert(STRICT_TRANSPORT_SECURITY, hsts);
    }
    response
}

#[expect(clippy::needless_pass_by_value, reason = "the signature is tower-http's")]
fn after_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    Error::Internal(format!("a handler panicked: {}", words.unwrap_or("without a word"))).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Method;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        ask_at(Listener::Tls, 31_536_000, (method, path, headers)).await
    }

    async fn ask_at(
        listener: Listener,
        hsts_secs: u32,
        (method, path, headers): (Method, &str, &[(&str, &str)]),
    ) -> Response {
        let pages = Router::new().route("/", get(|| async { "a page" }).post(|| async { "done" })).route(
            "/panic",
            get(|| async {
                if true {
                    panic!("on purpose")
                }
            }),
        );
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        request.extensions_mut().insert(listener);
        around_all(around_pages(pages, "https://highwater.example:8443"), hsts_secs).oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn every_answer_is_strict_about_what_a_browser_may_do() {
        for path in ["/", "/nowhere", "/panic"] {
            let response = ask(Method::GET, path, &[]).await;
            let header = |name: &str| response.headers()[name].to_str().unwrap();
            assert!(header("content-security-policy").starts_with("default-src 'none';"), "{path}");
            assert!(!header("content-security-policy").contains("unsafe"));
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert_eq!(header("cache-control"), "no-store");
            assert_eq!(header("strict-transport-security"), "max-age=31536000");
            assert_eq!(header("x-request-id").len(), 32);
        }
    }

    #[tokio::test]
    async fn browsers_are_bound_to_tls_only_if_the_settings_say_so_and_never_without_it() {
        for (listener, secs, wanted) in
            [(Listener::Tls, 600, Some("max-age=600")), (Listener::Tls, 0, None), (Listener::Plain, 600, None)]
        {
            let response = ask_at(listener, secs, (Method::GET, "/", &[])).await;
            let said = response.headers().get("strict-transport-security").map(|value| value.to_str().unwrap());
            assert_eq!(said, wanted, "{listener:?}");
        }
    }

    #[tokio::test]
    async fn a_panic_is_an_error_page_and_says_nothing_of_its_words() {
        let response = ask(Method::GET, "/panic", &[]).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("on purpose"));
    }

    #[tokio::test]
    async fn a_form_from_another_site_is_refused() {
        let host = ("host", "highwater.example:8443");
        let foreign = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("host", "x")];
        assert_eq!(ask(Method::POST, "/", &foreign[..1]).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(ask(Method::POST, "/", &foreign[1..]).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(ask(Method::POST, "/", &[("sec-fetch-site", "same-origin")]).await.status(), StatusCode::OK);
        assert_eq!(
            ask(Method::POST, "/", &[host, ("origin", "https://highwater.example:8443")]).await.status(),
            StatusCode::OK
        );
    }

    #[tokio::test]
    async fn a_form_that_is_far_too_long_is_refused_before_it_is_read() {
        let response = ask(Method::POST, "/", &[("content-length", "70000")]).await;
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[test]
    fn secrets_and_control_characters_stay_out_of_the_log() {
        assert_eq!(loggable("/welcome/hwl_secret"), "/welcome/…");
        assert_eq!(loggable("/hosts/7"), "/hosts/7");
        assert_eq!(loggable("/a\u{1b}[2J\n"), "/a?[2J?");
        assert_eq!(loggable(&"/x".repeat(1_000)).len(), 200);
    }
}
