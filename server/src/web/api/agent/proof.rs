//! By which certificate an agent proves itself, beside its key.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use highwater_wire::problem_type;

use crate::web::Site;
use crate::web::error::Refusal;

/// An agent whose certificate is to be installed yet asks seldom.
const MISSING_RETRY_SECS: u64 = 300;

/// A certificate of the company's own authority, which the listener has verified. Put into a request's extensions by the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Whose it is, as it says.
    pub subject: String,
}

/// Around what agents call: turns away who has none, if there has to be one.
///
/// # Errors
/// Says what to do.
pub async fn prove(State(site): State<Site>, request: Request, next: Next) -> Result<Response, Refusal> {
    match request.extensions().get::<ClientCertificate>() {
        Some(certificate) => tracing::debug!(subject = certificate.subject, "an agent shows a certificate"),
        None if site.agents.terms.needs_certificate => return Err(missing()),
        None => {}
    }
    Ok(next.run(request).await)
}

/// What is answered over a connection whose certificate counted when it began, and does no longer. `why`: the end of a sentence.
#[must_use]
pub fn certificate_refused(why: &str) -> Refusal {
    let detail = format!(
        "The certificate that was shown when this connection began counts no longer: {why}. Give the agent another one."
    );
    let title = "The certificate is refused";
    Refusal::new(StatusCode::FORBIDDEN, problem_type::CERTIFICATE_REFUSED, title, detail)
        .retry_after(MISSING_RETRY_SECS)
}

fn missing() -> Refusal {
    let detail = "This server lets agents in only with a certificate of the company's own authority. Give the agent one with --client-cert; a \
        reverse proxy that ends TLS takes it away.";
    let title = "A certificate is missing";
    Refusal::new(StatusCode::FORBIDDEN, problem_type::CERTIFICATE_MISSING, title, detail)
        .retry_after(MISSING_RETRY_SECS)
}
