//! Who is let in: what the interfaces have in common.

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{SECRET, Shared};

/// Lets only those requests to the routes that `let_in` does; what it answers to others is the answer.
pub(super) fn guarded<E: IntoResponse + 'static>(
    routes: Router<Shared>,
    let_in: impl Fn(&HeaderMap) -> Result<(), E> + Clone + Send + Sync + 'static,
) -> Router<Shared> {
    let check = move |request: Request, next: Next| {
        let refused: Option<Response> = let_in(request.headers()).err().map(IntoResponse::into_response);
        async move {
            match refused {
                Some(answer) => answer,
                None => next.run(request).await,
            }
        }
    };
    routes.layer(middleware::from_fn(check))
}

/// Whether a request signs in by this name and [`SECRET`].
pub(super) fn is_user(headers: &HeaderMap, name: &str) -> bool {
    signs_in_by(headers, &format!("Basic {}", STANDARD.encode(format!("{name}:{SECRET}"))))
}

/// Whether that is what a request signs in by.
pub(super) fn signs_in_by(headers: &HeaderMap, expected: &str) -> bool {
    headers.get("authorization").is_some_and(|given| given == expected)
}
