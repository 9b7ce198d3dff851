//! Event Management of ServiceNow: events in, and alerts that can be asked for and remarked on.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use highwater::model::connector::TicketState;
use serde::Deserialize;
use serde_json::{Value, json};

use super::door::{guarded, is_user};
use super::{Held, Record, Shared, USER};

pub(super) fn routes() -> Router<Shared> {
    let routes = Router::new()
        .route("/api/global/em/jsonv2", post(take))
        .route("/api/now/table/em_alert", get(list))
        .route("/api/now/table/em_alert/{id}", get(show).patch(change));
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

fn shown(record: &Record) -> Value {
    let number = record.id.trim_start_matches("alert");
    let state = if record.state.is_over() { "Closed" } else { "Open" };
    json!({
        "sys_id": record.id, "number": format!("Alert{number:0>7}"), "state": state, "message_key": record.key,
        "acknowledged": (record.state == TicketState::InProgress).to_string(), "node": record.made_of["node"],
    })
}

async fn take(State(shared): State<Shared>, Json(body): Json<Value>) -> Result<Answer, Answer> {
    let Some(events) = body["records"].as_array() else {
        return Err(error(StatusCode::BAD_REQUEST, "Bad Request", "The JSON has no records"));
    };
    let mut held = shared.lock().unwrap();
    for event in events {
        if let Some(member) = held.missing(event) {
            let detail = format!("The following fields are mandatory: {member}");
            return Err(error(StatusCode::BAD_REQUEST, "Bad Request", &detail));
        }
        process(&mut held, event);
    }
    let said = format!("{} events were inserted", events.len());
    Ok((StatusCode::OK, Json(json!({ "result": { "Default Bulk Endpoint": said } }))))
}

/// What the job that makes alerts of events does.
fn process(held: &mut Held, event: &Value) {
    let member = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let (key, description, is_clear) = (member("message_key"), member("description"), member("severity") == "0");
    if let Some(alert) = held.records.iter_mut().find(|record| record.key == key) {
        if is_clear || alert.state.is_over() {
            alert.state = if is_clear { TicketState::Resolved } else { TicketState::Open };
            alert.notes.push(description);
        }
    } else if !is_clear {
        let (title, text) = description.split_once('\n').unwrap_or((&description, ""));
        held.add(|n| format!("alert{n}"), (&key, title, text), event);
    }
}

async fn list(State(shared): State<Shared>, Query(asked): Query<Asked>) -> Answer {
    let query = asked.sysparm_query.unwrap_or_default();
    let key = query.split('^').find_map(|part| part.strip_prefix("message_key=")).unwrap_or_default().to_owned();
    let found: Vec<Value> = shared.lock().unwrap().search(&key).iter().map(shown).collect();
    (StatusCode::OK, Json(json!({ "result": found })))
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
    let mut held = shared.lock().unwrap();
    let record = held.by_id(&id).ok_or_else(no_record)?;
    if let Some(text) = body["work_notes"].as_str() {
        record.notes.push(text.to_owned());
    }
    Ok((StatusCode::OK, Json(json!({ "result": shown(record) }))))
}
