//! Lets pages that are open fetch their parts, rendered by the same handlers and templates, without what is one person's.

use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::header::{ACCEPT_ENCODING, VARY};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::renderings::Key;
use super::topic::Topic;
use crate::model::HostId;
use crate::web::Site;
use crate::web::auth::SignedIn;
use crate::web::layout::Viewer;
use crate::web::sight::{Sees, Visible};

/// A request with this header is answered with the parts of the page: neither its frame, nor who is signed in, nor a token of forms.
pub(in crate::web) const PARTS: HeaderName = HeaderName::from_static("x-parts");

/// Around the pages that have parts. A usual request passes through.
pub(in crate::web) async fn share(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut response = match Topic::of_path(request.uri().path()) {
        Some(topic) if request.headers().contains_key(PARTS) => parts(&site, topic, request, next).await,
        _ => next.run(request).await,
    };
    response.headers_mut().append(VARY, HeaderValue::from(PARTS));
    response
}

async fn parts(site: &Site, topic: Topic, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    // First, and for each who asks: is it somebody who may look?
    let by = match SignedIn::from_request_parts(&mut head, site).await {
        Ok(by) => by,
        Err(denied) => return denied.into_response(),
    };
    let hosts = match Sees::from(by.sight.clone()).visible(site).await {
        Ok(visible) => in_order(visible),
        Err(error) => return error.into_response(),
    };
    let Ok(viewer) = Viewer::from_request_parts(&mut head, site).await;
    let key = Key {
        address: viewer.here,
        lang: viewer.locale.lang.tag(),
        zone: viewer.locale.zone.name().to_owned(),
        sees_names: site.eyes.of_person(&by).see_names(),
        role: if by.is_screen { "screen" } else { by.account.role.word() },
        sight: by.sight.clone(),
        hosts,
    };
    let takes_gzip = head
        .headers
        .get(ACCEPT_ENCODING)
        .and_then(|accepted| accepted.to_str().ok())
        .is_some_and(|accepted| accepted.split(',').any(|word| word.trim() == "gzip"));
    // The number is read before the page is: what comes in between is rendered again, never missed.
    head.extensions.insert(by);
    let number = site.live.number_of(topic);
    let render = next.run(Request::from_parts(head, body));
    site.live.0.renderings.find(key, (number, takes_gzip), render).await
}

fn in_order(visible: Visible) -> Vec<HostId> {
    let mut hosts: Vec<HostId> = match visible {
        Visible::All => Vec::new(),
        Visible::These(hosts) => hosts.into_iter().collect(),
    };
    hosts.sort_unstable();
    hosts
}
