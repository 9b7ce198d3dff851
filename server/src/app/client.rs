//! Tells requests by which certificate their client proved itself: the listener has verified it when it took the connection in, and what was
//! revoked since then gets no answer but that.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum_server::tls::TlsInfo;

use super::certificate::Served;
use crate::tls;
use crate::web::api::agent::{ClientCertificate, certificate_refused};

pub(super) async fn tell(State(served): State<Served>, mut request: Request, next: Next) -> Response {
    let info = request.extensions().get::<Arc<TlsInfo>>();
    let Some((shown, first)) = info.and_then(|info| Some((&info.peer_certificates, info.peer_certificates.first()?)))
    else {
        return next.run(request).await;
    };
    if let Err(why) = served.judge(shown) {
        return refuse(&why, request.version());
    }
    let subject = tls::subject(first);
    request.extensions_mut().insert(ClientCertificate { subject });
    next.run(request).await
}

/// HTTP/1.1 ends the connection with it. HTTP/2 has no word for that; each of its requests is answered so.
fn refuse(why: &str, version: Version) -> Response {
    let mut response = certificate_refused(why).into_response();
    if version < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
