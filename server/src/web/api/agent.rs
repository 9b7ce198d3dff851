//! What agents call: enrol, push, read their settings. Every refusal is a problem that says what to do.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use highwater_wire::{self as wire, Ack, AgentSettings, AgentStatus, EnrolRequest, Enrolled, problem_type};

use crate::ingest;
use crate::ingest::decode::Encoding;
use crate::ingest::enrol::{self, EnrolRefusal};
use crate::model::agent::AgentState;
use crate::secret;
use crate::web::auth::Origin;
use crate::web::error::{Refusal, one_line};
use crate::web::{Listener, Site};

mod body;
mod door;
mod proof;

pub use door::Door;
pub use proof::{ClientCertificate, prove};

/// An enrolment is a few hundred bytes.
const ENROL_BYTES: usize = 16 << 10;

/// `POST /agent/v1/enrol`
pub async fn enrol(
    State(site): State<Site>,
    (origin, certificate): (Origin, Option<Extension<ClientCertificate>>),
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Enrolled>), Refusal> {
    if is_zstd(&headers)? {
        return Err(unsupported_encoding("An enrolment is sent without Content-Encoding."));
    }
    let body = body::read(body, &headers, ENROL_BYTES, site.agents.body_time).await?;
    let asked: EnrolRequest = serde_json::from_slice(&body)
        .map_err(|e| malformed(format!("The enrolment is not the JSON that is expected: {}.", one_line(&e))))?;
    let key = secret::fresh(wire::KEY_PREFIX).map_err(|e| broken("no randomness for a key", &e))?;
    let now_at = site.clock.now_at();
    let (from, key_sha256) = (origin.address, secret::sha256(&key));
    let given = enrol::enrol(&site.db, &asked, from, &key_sha256, now_at).await.map_err(refused)?;
    let subject = certificate.map(|Extension(certificate)| certificate.subject);
    let (host_id, agent_id, state) = (given.host.0, given.agent.0, given.state.word());
    tracing::info!(host_id, agent_id, state, address = %from, certificate = subject, "an agent enrolled");
    let enrolled = Enrolled {
        host_id: given.host.0,
        key,
        state: wire_state(given.state),
        store_id: site.db.store_id().to_owned(),
        server_at: now_at,
    };
    Ok((StatusCode::CREATED, Json(enrolled)))
}

/// `POST /agent/v1/batches`: acknowledged once it is durably stored.
pub async fn push(
    State(site): State<Site>,
    listener: Option<Extension<Listener>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Ack>, Refusal> {
    let keyholder = site.agents.pusher(&site.db, &headers).await?;
    let encoding = if is_zstd(&headers)? { Encoding::Zstd } else { Encoding::Plain };
    let body = body::read(body, &headers, wire::MAX_ENCODED_BYTES, site.agents.body_time).await?;
    let store_id = site.db.store_id();
    let batch = site.ingest.decode(body, encoding).await.map_err(|r| not_accepted(r, store_id))?;
    let accepted = match site.ingest.accept(keyholder, batch).await {
        Err(ingest::Refusal::KeyChanged) => {
            site.agents.forget(&keyholder);
            // Says what the key stands for now; if that may push, the agent comes again.
            site.agents.pusher(&site.db, &headers).await?;
            return Err(not_accepted(ingest::Refusal::TryLater { after: Duration::from_secs(1) }, store_id));
        }
        outcome => outcome.map_err(|r| not_accepted(r, store_id))?,
    };
    Ok(Json(Ack {
        acked_seq: accepted.acked_seq,
        store_id: store_id.to_owned(),
        server_at: site.clock.now_at(),
        settings: asked(&site, listener),
    }))
}

/// `GET /agent/v1/settings`: also for agents that may not push, so that they learn their state.
pub async fn settings(
    State(site): State<Site>,
    listener: Option<Extension<Listener>>,
    headers: HeaderMap,
) -> Result<Json<AgentStatus>, Refusal> {
    let keyholder = site.agents.keyholder(&site.db, &headers).await?;
    Ok(Json(AgentStatus {
        host_id: keyholder.host.0,
        state: wire_state(keyholder.state),
        store_id: site.db.store_id().to_owned(),
        server_at: site.clock.now_at(),
        settings: asked(&site, listener),
    }))
}

/// What is asked of an agent. By which authorities this server is known is for who speaks to it without a proxy in between.
fn asked(site: &Site, listener: Option<Extension<Listener>>) -> AgentSettings {
    let is_direct = listener.is_some_and(|Extension(listener)| listener == Listener::Tls);
    let authorities = if is_direct { site.public.authorities.pins() } else { Vec::new() };
    AgentSettings { authorities, ..AgentSettings::default() }
}

/// Whether the body is compressed with zstd; any other encoding is refused.
fn is_zstd(headers: &HeaderMap) -> Result<bool, Refusal> {
    match headers.get(CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase()).as_deref() {
        None | Some(b"identity") => Ok(false),
        Some(b"zstd") => Ok(true),
        Some(_) => Err(unsupported_encoding("Send the body with Content-Encoding: zstd, or without one.")),
    }
}

fn wire_state(state: AgentState) -> wire::AgentState {
    match state {
        AgentState::Pending => wire::AgentState::Pending,
        AgentState::Approved => wire::AgentState::Approved,
        AgentState::Conflict => wire::AgentState::Conflict,
        AgentState::Revoked => wire::AgentState::Revoked,
        AgentState::Banned => wire::AgentState::Banned,
    }
}

fn refused(why: EnrolRefusal) -> Refusal {
    let detail = why.to_string();
    match why {
        EnrolRefusal::Malformed(_) => malformed(detail),
        EnrolRefusal::Token(_) => {
            Refusal::new(StatusCode::FORBIDDEN, problem_type::TOKEN_REFUSED, "The token is refused", detail)
        }
        EnrolRefusal::Banned => {
            Refusal::new(StatusCode::FORBIDDEN, problem_type::AGENT_BANNED, "This machine was banned", detail)
        }
        EnrolRefusal::TooManyWaiting(_) => Refusal::new(
            StatusCode::FORBIDDEN,
            problem_type::AGENT_CONFLICT,
            "Too many machines say they are this one",
            detail,
        )
        .retry_after(3_600),
        EnrolRefusal::Store(error) => store_failed(&error),
    }
}

fn not_accepted(refusal: ingest::Refusal, store_id: &str) -> Refusal {
    use ingest::Refusal as Why;
    let (status, kind, title) = match &refusal {
        Why::SequenceHole { .. } => {
            (StatusCode::CONFLICT, problem_type::SEQUENCE_HOLE, "Records are missing before this batch")
        }
        Why::Refused { .. } => {
            (StatusCode::UNPROCESSABLE_ENTITY, problem_type::RECORD_REFUSED, "A record can never be stored")
        }
        Why::Malformed { .. } => (StatusCode::BAD_REQUEST, problem_type::MALFORMED, "The batch is not understood"),
        Why::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, problem_type::TOO_LARGE, "The batch is too large"),
        Why::ClockOff { .. } => (StatusCode::UNPROCESSABLE_ENTITY, problem_type::CLOCK_OFF, "A clock is off"),
        Why::KeyChanged | Why::TryLater { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, problem_type::TRY_LATER, "Try again later")
        }
    };
    let mut answer = Refusal::new(status, kind, title, refusal.to_string());
    match refusal {
        Why::SequenceHole { expected_seq } => {
            answer.problem.expected_seq = Some(expected_seq);
            answer.problem.store_id = Some(store_id.to_owned());
        }
        Why::Refused { seq, .. } => answer.problem.refused_seq = Some(seq),
        // Somebody has to set a clock right: asking every few seconds does not help.
        Why::ClockOff { .. } => answer = answer.retry_after(60),
        Why::TryLater { after } => answer = answer.retry_after(after.as_secs().max(1)),
        Why::Malformed { .. } | Why::TooLarge { .. } | Why::KeyChanged => {}
    }
    answer
}

fn malformed(detail: String) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, problem_type::MALFORMED, "The body is not understood", detail)
}

fn unsupported_encoding(detail: &str) -> Refusal {
    let title = "This encoding is not supported";
    Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem_type::ENCODING, title, detail)
}

/// The store does not answer. Nothing is lost: the agent keeps its records and comes again.
fn store_failed(error: &sqlx::Error) -> Refusal {
    tracing::error!(error = %one_line(error), "the store refused an agent's call");
    let detail = "The server's database does not answer. Keep the records and try again.";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, problem_type::TRY_LATER, "Try again later", detail).retry_after(10)
}

fn broken(what: &str, error: &dyn std::error::Error) -> Refusal {
    tracing::error!(error = %one_line(&error), "{what}");
    let detail = "Something went wrong in the server; its log says what. Keep the records and try again.";
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, problem_type::SERVER, "Something went wrong", detail)
        .retry_after(60)
}
