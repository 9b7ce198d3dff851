//! What browsers load beside the page: one stylesheet, one script, one icon, all inside the program.

use std::sync::LazyLock;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::map_response;
use axum::response::Response;
use memory_serve::{CacheControl, Manifest, MemoryServe};

/// Under a name with a hash of their contents browsers keep them for a year; under their plain name they ask each time.
fn files() -> MemoryServe {
    memory_serve::load!().index_file(None).cache_control(CacheControl::NoCache).enable_hashed_routes(true)
}

static NAMES: LazyLock<Manifest> = LazyLock::new(|| files().manifest());

/// The routes below `/static`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().nest("/static", files().into_router().layer(map_response(say_charset)))
}

/// The library says the type only. Text says its characters too, so that no browser guesses them.
async fn say_charset(mut response: Response) -> Response {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.filter(|kind| (kind.starts_with("text/") || kind.ends_with("+xml")) && !kind.contains(';'));
    let said = kind.and_then(|kind| HeaderValue::from_str(&format!("{kind}; charset=utf-8")).ok());
    if let Some(said) = said {
        response.headers_mut().insert(CONTENT_TYPE, said);
    }
    response
}

/// Where `app.css` (or another file of `static/`) is to be loaded from.
#[must_use]
pub fn url(file: &str) -> String {
    let route = format!("/{file}");
    format!("/static{}", NAMES.get(&route).unwrap_or(&route))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn all_text_says_that_it_is_utf_8_once() {
        let app = router::<()>();
        for (file, kind) in [
            (url("app.css"), "text/css; charset=utf-8"),
            (url("app.js"), "text/javascript; charset=utf-8"),
            (url("icon.svg"), "image/svg+xml; charset=utf-8"),
        ] {
            let request = Request::get(&file).body(Body::empty()).unwrap();
            let answer = app.clone().oneshot(request).await.unwrap();
            let said: Vec<_> =
                answer.headers().get_all(CONTENT_TYPE).iter().map(|said| said.to_str().unwrap()).collect();
            assert_eq!((answer.status(), said), (StatusCode::OK, vec![kind]), "{file}");
        }
    }

    #[test]
    fn the_address_of_a_file_changes_with_its_contents() {
        let (name, end) = url("app.css").rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert_eq!(end, "css");
        assert!(name.starts_with("/static/app.") && name.len() > "/static/app.".len() + 8, "{name}");
        assert_eq!(url("no-such-file"), "/static/no-such-file");
    }
}
