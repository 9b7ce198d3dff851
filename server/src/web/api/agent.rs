//! What agents call: enrol, push, read their settings, offer another key. Every refusal is a problem that says what to do.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_ENCODING;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use highwater_wire::{self as wire, Ack, AgentSettings, AgentStatus, EnrolRequest, Enrolled, problem_type};

use crate::ingest;
use crate::ingest::decode::Encoding;
use crate::ingest::enrol::{self, EnrolRefusal, TokenRefusal};
use crate::model::agent::AgentState;
use crate::secret;
use crate::store::agents::Keyholder;
use crate::store::{self, tokens};
use crate::web::auth::{Of, Origin};
use crate::web::error::{Refusal, one_line};
use crate::web::{Listener, Site};
use door::Asking;

mod body;
mod door;
mod key;
mod orders;
mod proof;
mod turns;

pub use door::{Door, Terms};
pub use key::offer;
pub use proof::{ClientCertificate, certificate_refused, prove};

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
    let body = body::read(body, &headers, ENROL_BYTES, site.agents.terms.body_time).await?;
    let asked: EnrolRequest = serde_json::from_slice(&body)
        .map_err(|e| malformed(format!("The enrolment is not the JSON that is expected: {}.", one_line(&e))))?;
    let now_at = site.clock.now_at();
    let (from, token_sha256) = (origin.address, secret::sha256(&asked.token));
    if !is_token(&site, &token_sha256, (from, now_at)).await.map_err(|e| store_failed(&e))? {
        return Err(refused(EnrolRefusal::Token(TokenRefusal::Unknown)));
    }
    site.agents.turns.enrol(token_sha256, from, now_at).map_err(|secs| {
        too_often("Many machines enrol from this address, or with this token. This one asks again by itself.", secs)
    })?;
    let key = secret::fresh(wire::KEY_PREFIX).map_err(|e| broken("no randomness for a key", &e))?;
    let (key_sha256, bounds) = (secret::sha256(&key), (site.agents.terms.most_waiting, now_at));
    let given = enrol::enrol(&site.db, &asked, from, &key_sha256, bounds).await.map_err(refused)?;
    site.strangers.learn(Of::Agent, &key_sha256).await;
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

/// Whether there is such a token. Asked before anything is locked: whoever guesses must not hold up those who write.
async fn is_token(site: &Site, sha256: &[u8; 32], from: (IpAddr, i64)) -> store::Result<bool> {
    if site.strangers.is_wrong(&site.db, (Of::Token, sha256), from).await? {
        return Ok(false);
    }
    let is_known = tokens::is_known(&site.db, sha256).await?;
    if !is_known {
        site.strangers.count(from);
    }
    Ok(is_known)
}

/// `POST /agent/v1/batches`: acknowledged once it is durably stored.
pub async fn push(
    State(site): State<Site>,
    (origin, listener): (Origin, Option<Extension<Listener>>),
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Ack>, Refusal> {
    let asking = Asking { headers: &headers, address: origin.address, now_at: site.clock.now_at() };
    let keyholder = site.agents.pusher(&site, asking).await?;
    let encoding = if is_zstd(&headers)? { Encoding::Zstd } else { Encoding::Plain };
    let body = body::read(body, &headers, wire::MAX_ENCODED_BYTES, site.agents.terms.body_time).await?;
    // After the body: on a connection that is closed while it is sent, the answer would be lost.
    in_turn(&site, &keyholder, asking.now_at)?;
    if let Some(secs) = site.agents.turns.is_held(keyholder.host, asking.now_at) {
        return Err(over_quota(HELD, secs));
    }
    let store_id = site.db.store_id();
    let batch = site.ingest.decode(body, encoding).await.map_err(|r| not_accepted(r, store_id))?;
    let accepted = match site.ingest.accept(keyholder, batch).await {
        Err(ingest::Refusal::KeyChanged) => {
            site.agents.forget(&keyholder);
            // Says what the key stands for now; if that may push, the agent comes again.
            site.agents.pusher(&site, asking).await?;
            return Err(not_accepted(ingest::Refusal::TryLater { after: Duration::from_secs(1) }, store_id));
        }
        Err(ingest::Refusal::OverQuota { measure, until_at, retry_secs }) => {
            site.agents.turns.hold(keyholder.host, until_at);
            return Err(not_accepted(ingest::Refusal::OverQuota { measure, until_at, retry_secs }, store_id));
        }
        outcome => outcome.map_err(|r| not_accepted(r, store_id))?,
    };
    Ok(Json(Ack {
        acked_seq: accepted.acked_seq,
        store_id: store_id.to_owned(),
        server_at: site.clock.now_at(),
        settings: asked(&site, &keyholder, listener).await,
    }))
}

/// `GET /agent/v1/settings`: also for agents that may not push, so that they learn their state.
pub async fn settings(
    State(site): State<Site>,
    (origin, listener): (Origin, Option<Extension<Listener>>),
    headers: HeaderMap,
) -> Result<Json<AgentStatus>, Refusal> {
    let asking = Asking { headers: &headers, address: origin.address, now_at: site.clock.now_at() };
    let keyholder = site.agents.keyholder(&site, asking).await?;
    in_turn(&site, &keyholder, asking.now_at)?;
    Ok(status(&site, &keyholder, listener).await)
}

/// What an agent is to know of itself.
async fn status(site: &Site, keyholder: &Keyholder, listener: Option<Extension<Listener>>) -> Json<AgentStatus> {
    Json(AgentStatus {
        host_id: keyholder.host.0,
        state: wire_state(keyholder.state),
        store_id: site.db.store_id().to_owned(),
        server_at: site.clock.now_at(),
        settings: asked(site, keyholder, listener).await,
    })
}

/// Counts a request of an agent whose key is right.
fn in_turn(site: &Site, keyholder: &Keyholder, now_at: i64) -> Result<(), Refusal> {
    let why = "This agent asks more often than the server allows (limits.agent_requests_per_minute). It keeps its records and comes again by itself.";
    site.agents.turns.take(keyholder.host, now_at).map_err(|secs| too_often(why, secs))
}

/// What is asked of an agent. By which authorities this server is known is for who speaks to it without a proxy in between.
async fn asked(site: &Site, keyholder: &Keyholder, listener: Option<Extension<Listener>>) -> AgentSettings {
    let is_asked = site.agents.orders.is_asked(&site.db, keyholder.agent, site.clock.now_at()).await;
    // What was stored is acknowledged all the same: another key can wait.
    let rotate_key = is_asked.unwrap_or_else(|error| {
        tracing::warn!(error = %one_line(&error), "whether an agent is to change its key cannot be read");
        false
    });
    let is_direct = listener.is_some_and(|Extension(listener)| listener == Listener::Tls);
    let authorities = if is_direct { site.public.authorities.pins() } else { Vec::new() };
    AgentSettings { authorities, rotate_key, ..AgentSettings::default() }
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
        EnrolRefusal::TokenFull(_) => too_often(&detail, 600),
        EnrolRefusal::Store(error) => store_failed(&error),
    }
}

fn not_accepted(refusal: ingest::Refusal, store_id: &str) -> Refusal {
    use ingest::Refusal as Why;
    let (status, kind, title) = match &refusal {
        Why::SequenceHole { .. } => {
            (StatusCode::CONFLICT, problem_type::SEQUENCE_HOLE, "Records are missing before this batch")
        }
        // Agents of before know what to do about a hole, and do the same.
        Why::OtherRecords => {
            (StatusCode::CONFLICT, problem_type::SEQUENCE_HOLE, "Other records are stored under these numbers")
        }
        Why::Refused { .. } => {
            (StatusCode::UNPROCESSABLE_ENTITY, problem_type::RECORD_REFUSED, "A record can never be stored")
        }
        Why::Malformed { .. } => (StatusCode::BAD_REQUEST, problem_type::MALFORMED, "The batch is not understood"),
        Why::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, problem_type::TOO_LARGE, "The batch is too large"),
        Why::ClockOff { .. } => (StatusCode::UNPROCESSABLE_ENTITY, problem_type::CLOCK_OFF, "A clock is off"),
        Why::OverQuota { retry_secs, .. } => return over_quota(&refusal.to_string(), *retry_secs),
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
        Why::OtherRecords => {
            answer.problem.expected_seq = Some(wire::NEW_EPOCH_SEQ);
            answer.problem.store_id = Some(store_id.to_owned());
        }
        Why::Refused { seq, .. } => answer.problem.refused_seq = Some(seq),
        // Somebody has to set a clock right: asking every few seconds does not help.
        Why::ClockOff { .. } => answer = answer.retry_after(60),
        Why::TryLater { after } => answer = answer.retry_after(after.as_secs().max(1)),
        Why::Malformed { .. } | Why::TooLarge { .. } | Why::KeyChanged | Why::OverQuota { .. } => {}
    }
    answer
}

/// Said of a host that is known to have sent what it may.
const HELD: &str = "This host has sent as much as it may for now. The agent keeps its records and comes again by itself; an administrator can raise the limits in the server's settings.";

fn over_quota(detail: &str, retry_secs: u64) -> Refusal {
    let title = "This host has sent what it may for now";
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, problem_type::OVER_QUOTA, title, detail).retry_after(retry_secs)
}

fn too_often(detail: &str, retry_secs: u64) -> Refusal {
    let title = "Too many requests";
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, problem_type::TRY_LATER, title, detail).retry_after(retry_secs)
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
