//! The document as JSON, and a page to look through it: Swagger UI, from inside the program, so that it works without the internet.
//!
//! Its style sheet draws icons from `data:` addresses, so this one page may load images from there; all else is as strict as everywhere.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use askama::Template;
use askama_web::WebTemplate;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use utoipa_swagger_ui::Config;

use crate::web::address::Path;
use crate::web::assets;
use crate::web::auth::SignedIn;
use crate::web::error::{Error, Result};
use crate::web::layout::Viewer;

/// As [`layers`](crate::web::layers) has it, and images that stand in the style sheet itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Another version of the program may have other ones.
const KEPT: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));

static DOCUMENT: LazyLock<String> = LazyLock::new(|| crate::web::document().to_string());

#[derive(Template, WebTemplate)]
#[template(path = "api/docs.html")]
struct DocsPage {
    viewer: Viewer,
    /// With it the page can try what changes something; empty if nobody is signed in.
    csrf_token: String,
    script: String,
    style: String,
}

/// `GET /api/v1/openapi.json`. It says nothing of this installation, so that generators get it without a key.
pub async fn document() -> Response {
    ([(CONTENT_TYPE, HeaderValue::from_static("application/json")), KEPT], DOCUMENT.as_str()).into_response()
}

/// `GET /api/docs`
pub async fn slash() -> Redirect {
    Redirect::permanent("/api/docs/")
}

/// `GET /api/docs/`
pub async fn page(viewer: Viewer, by: std::result::Result<SignedIn, crate::web::auth::Denied>) -> Response {
    let page = DocsPage {
        csrf_token: by.map(|by| by.csrf_token).unwrap_or_default(),
        script: assets::url("docs.js"),
        style: assets::url("docs.css"),
        viewer,
    };
    ([(CONTENT_SECURITY_POLICY, POLICY)], page).into_response()
}

/// `GET /api/docs/{file}`: what that page loads.
pub async fn file(Path(name): Path<String>) -> Result<Response> {
    let needed = ["swagger-ui.css", "swagger-ui-bundle.js"].contains(&name.as_str());
    let found = if needed {
        utoipa_swagger_ui::serve(&name, Arc::new(Config::default())).map_err(|e| Error::Internal(e.to_string()))?
    } else {
        None
    };
    let file = found.ok_or(Error::NotFound("file"))?;
    let kind = if name.ends_with(".js") { "text/javascript; charset=utf-8" } else { "text/css; charset=utf-8" };
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(kind)), KEPT];
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => bytes.into_response(),
        Cow::Owned(bytes) => bytes.into_response(),
    };
    let mut response = (headers, bytes).into_response();
    if file.gzpipped {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}
