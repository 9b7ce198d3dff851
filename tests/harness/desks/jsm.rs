//! The Operations API of Jira Service Management for alerts. Requests that change something wait until a search may see what they made.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use highwater::model::connector::TicketState;
use serde::Deserialize;
use serde_json::{Value, json};

use super::door::{guarded, is_user};
use super::{Held, Record, Shared, USER};

/// Requests by their ids.
type Requests = Arc<Mutex<BTreeMap<String, Done>>>;

/// What becomes of a request.
#[derive(Debug, Clone)]
struct Done {
    action: &'static str,
    alert: String,
    /// Why not.
    refused: Option<&'static str>,
}

pub(super) fn routes() -> Router<Shared> {
    const ALERTS: &str = "/jsm/ops/api/{cloud}/v1/alerts";
    let routes = Router::new()
        .route(ALERTS, get(list).post(create))
        .route(&format!("{ALERTS}/alias"), get(by_alias))
        .route(&format!("{ALERTS}/requests/{{id}}"), get(request))
        .route(&format!("{ALERTS}/{{id}}"), get(show))
        .route(&format!("{ALERTS}/{{id}}/acknowledge"), post(acknowledge))
        .route(&format!("{ALERTS}/{{id}}/close"), post(close))
        .route(&format!("{ALERTS}/{{id}}/notes"), post(note))
        .layer(Extension(Requests::default()));
    guarded(routes, let_in)
}

type Answer = (StatusCode, Json<Value>);

fn error(status: StatusCode, message: &str, errors: &Value) -> Answer {
    (status, Json(json!({ "message": message, "errors": errors, "took": 0.001, "requestId": "refused" })))
}

fn let_in(headers: &HeaderMap) -> Result<(), Answer> {
    let refused = || (StatusCode::UNAUTHORIZED, Json(json!({ "code": 401, "message": "Unauthorized" })));
    is_user(headers, USER).then_some(()).ok_or_else(refused)
}

fn shown(record: &Record) -> Value {
    let status = if record.state.is_over() { "closed" } else { "open" };
    json!({
        "id": record.id, "tinyId": record.id.trim_start_matches("alert-"), "alias": record.key,
        "message": record.title, "status": status, "acknowledged": record.state == TicketState::InProgress,
    })
}

fn no_alert() -> Answer {
    error(StatusCode::NOT_FOUND, "Alert does not exist", &json!({}))
}

/// Puts a request in the queue.
fn accepted(held: &mut Held, requests: &Requests, done: Done) -> Answer {
    held.counter += 1;
    let id = format!("request-{}", held.counter);
    requests.lock().unwrap().insert(id.clone(), done);
    (StatusCode::ACCEPTED, Json(json!({ "result": "Request will be processed", "took": 0.01, "requestId": id })))
}

#[derive(Deserialize)]
struct Asked {
    alias: Option<String>,
    query: Option<String>,
    order: Option<String>,
}

async fn by_alias(State(shared): State<Shared>, Query(asked): Query<Asked>) -> Result<Answer, Answer> {
    let found = shared.lock().unwrap().search(&asked.alias.unwrap_or_default());
    // Closed ones are not found this way.
    let open = found.iter().find(|record| !record.state.is_over()).ok_or_else(no_alert)?;
    Ok((StatusCode::OK, Json(shown(open))))
}

/// Knows `status:closed` and `alias:"…"`. Does not count as a search: `by_alias` does, and is asked along with it.
async fn list(State(shared): State<Shared>, Query(asked): Query<Asked>) -> Answer {
    let query = asked.query.unwrap_or_default();
    let alias = query.split_once("alias:\"").and_then(|(_, rest)| rest.split_once('"')).map(|(alias, _)| alias);
    let held = shared.lock().unwrap();
    let seen = held.records.iter().filter(|record| record.hidden_for == 0);
    let seen = seen.filter(|record| alias.is_none_or(|alias| record.key == alias));
    let seen = seen.filter(|record| !query.contains("status:closed") || record.state.is_over());
    let mut values: Vec<Value> = seen.map(shown).collect();
    if asked.order.is_none_or(|order| order == "desc") {
        values.reverse();
    }
    (StatusCode::OK, Json(json!({ "count": values.len(), "values": values })))
}

async fn create(
    State(shared): State<Shared>,
    Extension(requests): Extension<Requests>,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    let refused = |member: &str, why: &str| {
        let mut errors = serde_json::Map::new();
        errors.insert(member.to_owned(), Value::from(why));
        let message = "Request body is not processable. Please check the errors.";
        error(StatusCode::UNPROCESSABLE_ENTITY, message, &Value::Object(errors))
    };
    let mut held = shared.lock().unwrap();
    if let Some(member) = held.missing(&body) {
        return Err(refused(&member, "can not be empty"));
    }
    let member = |name: &str| body[name].as_str().unwrap_or_default();
    let (alias, message, text) = (member("alias"), member("message"), member("description"));
    for (name, value, most) in [("message", message, 130), ("description", text, 15_000), ("alias", alias, 512)] {
        if value.chars().count() > most {
            return Err(refused(name, "is too long"));
        }
    }
    if message.is_empty() {
        return Err(refused("message", "can not be empty"));
    }
    // One that is not closed is there once: another request only counts up.
    let open = held.records.iter().find(|record| record.key == alias && !record.state.is_over());
    let alert = match open.map(|record| record.id.clone()) {
        Some(id) => id,
        None => held.add(|n| format!("alert-{n}"), (alias, message, text), &body).id,
    };
    Ok(accepted(&mut held, &requests, Done { action: "Create", alert, refused: None }))
}

/// As long as what was made may not be seen, the request waits.
async fn request(
    State(shared): State<Shared>,
    Extension(requests): Extension<Requests>,
    Path((_, id)): Path<(String, String)>,
) -> Result<Answer, Answer> {
    let waits = || error(StatusCode::NOT_FOUND, "Request not found. It might not be processed, yet.", &json!({}));
    let done = requests.lock().unwrap().get(&id).cloned().ok_or_else(waits)?;
    let mut held = shared.lock().unwrap();
    if held.by_id(&done.alert).is_some_and(|record| record.hidden_for > 0) {
        return Err(waits());
    }
    let is_success = done.refused.is_none();
    let status = done.refused.map_or_else(|| format!("{}: done", done.action), str::to_owned);
    let answer = json!({
        "success": is_success, "isSuccess": is_success, "action": done.action, "status": status, "alertId": done.alert,
    });
    Ok((StatusCode::OK, Json(answer)))
}

async fn show(State(shared): State<Shared>, Path((_, id)): Path<(String, String)>) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let record = held.by_id(&id).ok_or_else(no_alert)?;
    Ok((StatusCode::OK, Json(shown(record))))
}

/// Does something with an alert, or says in the request's status why not: the answer is the same.
fn act(
    shared: &Shared,
    requests: &Requests,
    (id, action): (String, &'static str),
    change: impl FnOnce(&mut Record) -> Option<&'static str>,
) -> Answer {
    let mut held = shared.lock().unwrap();
    let refused = held.by_id(&id).map_or(Some("Alert does not exist"), change);
    accepted(&mut held, requests, Done { action, alert: id, refused })
}

async fn acknowledge(
    State(shared): State<Shared>,
    Extension(requests): Extension<Requests>,
    Path((_, id)): Path<(String, String)>,
) -> Answer {
    act(&shared, &requests, (id, "Acknowledge"), |record| {
        if record.state.is_over() {
            return Some("Alert is already closed");
        }
        record.state = TicketState::InProgress;
        None
    })
}

async fn close(
    State(shared): State<Shared>,
    Extension(requests): Extension<Requests>,
    Path((_, id)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Answer {
    act(&shared, &requests, (id, "Close"), |record| {
        if record.state.is_over() {
            return Some("Alert is already closed");
        }
        record.notes.extend(body["note"].as_str().map(str::to_owned));
        record.state = TicketState::Closed;
        None
    })
}

async fn note(
    State(shared): State<Shared>,
    Extension(requests): Extension<Requests>,
    Path((_, id)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    let Some(text) = body["note"].as_str().filter(|text| !text.is_empty()) else {
        let errors = json!({ "note": "can not be empty" });
        return Err(error(StatusCode::UNPROCESSABLE_ENTITY, "Request body is not processable.", &errors));
    };
    Ok(act(&shared, &requests, (id, "AddNote"), |record| {
        record.notes.push(text.to_owned());
        None
    }))
}
