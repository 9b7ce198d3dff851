//! The Ticketing API of Zendesk. Its states are words of the interface, which are never translated. A key of idempotency answers the first
//! record again, and is refused with another body. Beside what the documentation says: the words by which a closed ticket refuses a change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use highwater::model::connector::TicketState;
use serde::Deserialize;
use serde_json::{Value, json};

use super::door::{guarded, is_user};
use super::{Record, Shared, USER};

pub(super) fn routes() -> Router<Shared> {
    let routes = Router::new()
        .route("/api/v2/tickets.json", get(list).post(create))
        // A parameter is a whole part of a path: it ends in `.json`.
        .route("/api/v2/tickets/{file}", get(show).put(change))
        .layer(Extension(Made::default()));
    guarded(routes, let_in)
}

/// By keys of idempotency: the body, and the id of what was made of it. They do not end after two hours.
type Made = Arc<Mutex<HashMap<String, (Value, String)>>>;

type Answer = (StatusCode, Json<Value>);

#[derive(Deserialize)]
struct Asked {
    external_id: Option<String>,
}

fn error(status: StatusCode, error: &str, description: &str) -> Answer {
    (status, Json(json!({ "error": error, "description": description })))
}

fn invalid(field: &str, description: &str) -> Answer {
    let wrong = json!([{ "description": description, "error": "InvalidValue" }]);
    let body = json!({
        "error": "RecordInvalid", "description": "Record validation errors", "details": { field: wrong },
    });
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body))
}

fn let_in(headers: &HeaderMap) -> Result<(), Answer> {
    let refused = || (StatusCode::UNAUTHORIZED, Json(json!({ "error": "Couldn't authenticate you" })));
    is_user(headers, &format!("{USER}/token")).then_some(()).ok_or_else(refused)
}

fn shown(record: &Record) -> Value {
    let status = match record.state {
        TicketState::Open => "new",
        TicketState::InProgress => "open",
        TicketState::Resolved => "solved",
        TicketState::Closed => "closed",
    };
    json!({
        "id": record.id.parse::<u64>().unwrap(), "external_id": record.key, "subject": record.title,
        "description": record.text, "status": status,
    })
}

async fn list(State(shared): State<Shared>, Query(asked): Query<Asked>) -> Answer {
    let mut held = shared.lock().unwrap();
    let found = match asked.external_id {
        Some(key) => held.search(&key),
        None => held.records.clone(),
    };
    let tickets: Vec<Value> = found.iter().map(shown).collect();
    (StatusCode::OK, Json(json!({ "count": tickets.len(), "tickets": tickets, "next_page": null })))
}

async fn create(
    State(shared): State<Shared>,
    Extension(made): Extension<Made>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Answer> {
    let (mut held, mut made) = (shared.lock().unwrap(), made.lock().unwrap());
    let idempotency_key = headers.get("idempotency-key").map(|key| key.to_str().unwrap().to_owned());
    let earlier = idempotency_key.as_ref().and_then(|key| made.get(key));
    if let Some((before, id)) = earlier {
        if *before != body {
            let description = "Request parameters don't match the given idempotency key";
            return Err(error(StatusCode::BAD_REQUEST, "IdempotentRequestError", description));
        }
        let ticket = held.by_id(id).map(|record| shown(record));
        let answer = (StatusCode::CREATED, [("x-idempotency-lookup", "hit")], Json(json!({ "ticket": ticket })));
        return Ok(answer.into_response());
    }
    let ticket = &body["ticket"];
    if let Some(member) = held.missing(ticket) {
        return Err(invalid(&member, &format!("{member} : ne peut pas être vide")));
    }
    if let Some(source) = ticket.get("via_followup_source_id") {
        let source = held.by_id(&source.to_string());
        if source.is_none_or(|source| source.state != TicketState::Closed) {
            return Err(invalid("via_followup_source_id", "Le ticket source doit être clos"));
        }
    }
    let member = |name: &str| ticket[name].as_str().unwrap_or_default();
    let text = ticket["comment"]["html_body"].as_str().unwrap_or_default();
    let record = held.add(|n| n.to_string(), (member("external_id"), member("subject"), text), &body);
    if let Some(key) = idempotency_key {
        made.insert(key, (body.clone(), record.id.clone()));
    }
    let answer = Json(json!({ "ticket": shown(&record) }));
    Ok((StatusCode::CREATED, [("x-idempotency-lookup", "miss")], answer).into_response())
}

fn no_ticket() -> Answer {
    error(StatusCode::NOT_FOUND, "RecordNotFound", "Not found")
}

async fn show(State(shared): State<Shared>, Path(file): Path<String>) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let record = held.by_id(file.trim_end_matches(".json")).ok_or_else(no_ticket)?;
    Ok((StatusCode::OK, Json(json!({ "ticket": shown(record) }))))
}

async fn change(
    State(shared): State<Shared>,
    Path(file): Path<String>,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let record = held.by_id(file.trim_end_matches(".json")).ok_or_else(no_ticket)?;
    if record.state == TicketState::Closed {
        return Err(invalid("status", "Statut : clos empêche la mise à jour du ticket"));
    }
    let ticket = &body["ticket"];
    match ticket["status"].as_str() {
        Some("new") => record.state = TicketState::Open,
        Some("open" | "pending" | "hold") => record.state = TicketState::InProgress,
        Some("solved") => record.state = TicketState::Resolved,
        Some("closed") => record.state = TicketState::Closed,
        Some(_) => return Err(invalid("status", "Statut : n'est pas valide")),
        None => {}
    }
    if let Some(words) = ticket["comment"]["html_body"].as_str() {
        record.notes.push(words.to_owned());
    }
    Ok((StatusCode::OK, Json(json!({ "ticket": shown(record) }))))
}
