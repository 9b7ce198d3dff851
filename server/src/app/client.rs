//! Tells requests by which certificate their client proved itself: the listener has verified it when it took the connection in.

use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use axum_server::tls::TlsInfo;

use crate::tls;
use crate::web::api::agent::ClientCertificate;

pub(super) async fn tell(mut request: Request, next: Next) -> Response {
    let info = request.extensions().get::<Arc<TlsInfo>>();
    let certificate = info.and_then(|info| info.peer_certificates.first()).map(|der| tls::subject(der));
    if let Some(subject) = certificate {
        request.extensions_mut().insert(ClientCertificate { subject });
    }
    next.run(request).await
}
