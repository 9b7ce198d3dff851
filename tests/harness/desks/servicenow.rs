//! The Table API of ServiceNow for incidents, with the state names of a French instance.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use highwater::model::connector::TicketState;
use serde::Deserialize;
use serde_json::{Value, json};

use super::door::{guarded, is_user};
use super::{Held, Record, Shared, USER};

pub(super) fn routes() -> Router<Shared> {
    let routes = Router::new()
        .route("/api/now/table/incident", get(list).post(create))
        .route("/api/now/table/incident/{id}", get(show).patch(change));
    guarded(routes, let_in)
}

type Answer = (StatusCode, Json<Value>);

#[derive(Deserialize)]
struct Asked {
    sysparm_query: Option<String>,
}

fn error(status: StatusCode, message: &str, detail: &str) -> Answer {
    (status, Json(json!({ "error": { "message": message, "detail": detail }, "status": "failure" })))
}

fn let_in(headers: &HeaderMap) -> Result<(), Answer> {
    let refused = || error(StatusCode::UNAUTHORIZED, "User Not Authenticated", "Required to provide Auth information");
    is_user(headers, USER).then_some(()).ok_or_else(refused)
}

fn number(state: TicketState) -> &'static str {
    match state {
        TicketState::Open => "1",
        TicketState::InProgress => "2",
        TicketState::Resolved => "6",
        TicketState::Closed => "7",
    }
}

fn shown(record: &Record) -> Value {
    let number_of = record.id.trim_start_matches("sys");
    json!({
        "sys_id": record.id, "number": format!("INC{number_of:0>7}"), "state": number(record.state),
        "correlation_id": record.key, "active": (!record.state.is_over()).to_string(),
    })
}

async fn list(State(shared): State<Shared>, Query(asked): Query<Asked>) -> Answer {
    let query = asked.sysparm_query.unwrap_or_default();
    let key = query.split('^').find_map(|part| part.strip_prefix("correlation_id=")).unwrap_or_default().to_owned();
    let found: Vec<Value> = shared.lock().unwrap().search(&key).iter().map(shown).collect();
    (StatusCode::OK, Json(json!({ "result": found })))
}

async fn create(State(shared): State<Shared>, Json(body): Json<Value>) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    if let Some(member) = held.missing(&body) {
        let detail = format!("Data Policy Exception: The following fields are mandatory: {member}");
        return Err(error(StatusCode::FORBIDDEN, "Operation Failed", &detail));
    }
    let member = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let (key, title, text) = (member("correlation_id"), member("short_description"), member("description"));
    let record = held.add(|n| format!("sys{n}"), (&key, &title, &text), &body);
    Ok((StatusCode::CREATED, Json(json!({ "result": shown(&record) }))))
}

async fn show(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let record = held.by_id(&id).ok_or_else(no_record)?;
    Ok((StatusCode::OK, Json(json!({ "result": shown(record) }))))
}

fn no_record() -> Answer {
    error(StatusCode::NOT_FOUND, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
}

async fn change(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    let mut held: std::sync::MutexGuard<'_, Held> = shared.lock().unwrap();
    let record = held.by_id(&id).ok_or_else(no_record)?;
    if record.state == TicketState::Closed {
        return Err(error(StatusCode::FORBIDDEN, "Operation Failed", "Operation against file 'incident' was aborted"));
    }
    for name in ["work_notes", "close_notes"] {
        if let Some(text) = body[name].as_str() {
            record.notes.push(text.to_owned());
        }
    }
    match body["state"].as_str() {
        Some("6") if body["close_code"].as_str().is_none_or(str::is_empty) => {
            let detail = "Data Policy Exception: The following fields are mandatory: close_code";
            return Err(error(StatusCode::FORBIDDEN, "Operation Failed", detail));
        }
        Some("6") => record.state = TicketState::Resolved,
        Some("2") => record.state = TicketState::InProgress,
        _ => {}
    }
    Ok((StatusCode::OK, Json(json!({ "result": shown(record) }))))
}
