//! What stands around every endpoint of the API: who asks, how often, in which representation, for how long. All that goes wrong here is a
//! problem, like all that goes wrong within.

use std::any::Any;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, VARY};
use axum::http::{HeaderValue, Method};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use super::accept;
use super::body::MOST_BYTES;
use crate::locale::Message;
use crate::web::Site;
use crate::web::auth::Caller;
use crate::web::error::{ApiError, Error, Fault};

/// Slower than any answer should ever be.
const TIME: Duration = Duration::from_secs(30);

/// Puts the guard around endpoints.
pub fn around(router: Router<Site>, site: &Site) -> Router<Site> {
    let layers = ServiceBuilder::new()
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(after_panic))
        .layer(middleware::from_fn_with_state(site.clone(), admit));
    router.route_layer(layers)
}

async fn admit(State(site): State<Site>, request: Request, next: Next) -> Response {
    let answered = async {
        match arrived(request).await {
            Ok(request) => admitted(&site, request, next).await,
            Err(error) => ApiError(error).into_response(),
        }
    };
    let mut response = match tokio::time::timeout(TIME, answered).await {
        Ok(answered) => answered,
        Err(_) => ApiError(Fault::TooSlow.error()).into_response(),
    };
    let of_whom = HeaderValue::from_static("accept, authorization, cookie");
    response.headers_mut().entry(VARY).or_insert(of_whom);
    response
}

/// The request with its whole body. One that is answered before that is cut off while its sender still writes: it would see a broken
/// connection in place of what was wrong.
async fn arrived(request: Request) -> Result<Request, Error> {
    let (parts, body) = request.into_parts();
    // Whatever broke it off: it was not read whole.
    let bytes = axum::body::to_bytes(body, MOST_BYTES).await.map_err(|_| Fault::TooLarge.error())?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

async fn admitted(site: &Site, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let caller = match Caller::find(&parts, site).await {
        Ok(caller) => caller,
        Err(error) => return ApiError(error).into_response(),
    };
    let rate = site.api.rates.count(caller.id(), site.clock.now_at());
    let only_reads = matches!(parts.method, Method::GET | Method::HEAD);
    let asked = parts.headers.clone();
    let mut response = if rate.is_over {
        let said = Message::for_anybody("fault-rate-limit").with("secs", rate.reset_secs);
        ApiError(Fault::RateLimit.because(said)).into_response()
    } else if !only_reads && accept::liking(&asked, accept::JSON) == 0 {
        // Before anything is changed.
        ApiError(Fault::NotAcceptable.error()).into_response()
    } else {
        parts.extensions.insert(caller);
        next.run(Request::from_parts(parts, body)).await
    };
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default();
    if only_reads && response.status().is_success() && !kind.is_empty() && accept::liking(&asked, kind) == 0 {
        response = ApiError(Fault::NotAcceptable.error()).into_response();
    }
    rate.tell(response.headers_mut());
    response
}

#[expect(clippy::needless_pass_by_value, reason = "the signature is tower-http's")]
fn after_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let words = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    ApiError(Error::Internal(format!("an endpoint panicked: {}", words.unwrap_or("without a word")))).into_response()
}
