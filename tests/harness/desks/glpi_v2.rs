//! `api.php/v2` of GLPI 11, with the state names of a French instance. Beside what the source says: that closed tickets refuse all changes
//! for want of rights is plausible.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Extension, Form, Json, Router};
use highwater::model::connector::TicketState;
use serde_json::{Value, json};

use super::door::guarded;
use super::glpi_v1::{number, plain, state};
use super::{Record, SECRET, Shared, USER};

pub(super) fn routes() -> Router<Shared> {
    let tokens = Tokens::default();
    let routes = Router::new()
        .route("/api.php/v2/Assistance/Ticket", get(list).post(create))
        .route("/api.php/v2/Assistance/Ticket/{id}", get(show).patch(change))
        .route("/api.php/v2/Assistance/Ticket/{id}/Timeline/{kind}", post(add));
    let door = Arc::clone(&tokens);
    let routes = guarded(routes, move |headers| let_in(&door, headers));
    routes.route("/api.php/token", post(token)).layer(Extension(tokens))
}

/// What authorizes a request. They do not end.
type Tokens = Arc<Mutex<BTreeSet<String>>>;

type Answer = (StatusCode, Json<Value>);

fn good(value: Value) -> Answer {
    (StatusCode::OK, Json(value))
}

fn error(status: StatusCode, code: &str, title: &str) -> Answer {
    (status, Json(json!({ "status": code, "title": title, "detail": null })))
}

/// As GLPI refuses what its own rules do not allow: by 500, with its messages beside.
fn failed(message: &str) -> Answer {
    let more = json!([{ "priority": "error", "message": message }]);
    let title = "Failed to create item(s)";
    let body = json!({ "status": "ERROR", "title": title, "detail": null, "additional_messages": more });
    (StatusCode::INTERNAL_SERVER_ERROR, Json(body))
}

fn no_right() -> Answer {
    error(StatusCode::FORBIDDEN, "ERROR_RIGHT_MISSING", "You don't have permission to perform this action.")
}

fn no_ticket() -> Answer {
    error(StatusCode::NOT_FOUND, "ERROR_ITEM_NOT_FOUND", "Not found")
}

async fn token(
    Extension(tokens): Extension<Tokens>,
    Form(asked): Form<HashMap<String, String>>,
) -> Result<Answer, Answer> {
    let is = |name: &str, value: &str| asked.get(name).is_some_and(|given| given == value);
    let refused = |status: StatusCode, error: &str, description: &str| {
        (status, Json(json!({ "error": error, "error_description": description, "message": description })))
    };
    if !is("grant_type", "password") || !is("scope", "api") {
        return Err(refused(StatusCode::BAD_REQUEST, "invalid_request", "The request is missing a parameter"));
    }
    if !is("client_id", "client") || !is("client_secret", SECRET) {
        return Err(refused(StatusCode::UNAUTHORIZED, "invalid_client", "Client authentication failed"));
    }
    if !is("username", USER) || !is("password", SECRET) {
        return Err(refused(StatusCode::BAD_REQUEST, "invalid_grant", "The user credentials were incorrect."));
    }
    let mut tokens = tokens.lock().unwrap();
    let token = format!("token-{}", tokens.len() + 1);
    tokens.insert(token.clone());
    Ok(good(json!({ "token_type": "Bearer", "expires_in": 3600, "access_token": token })))
}

fn let_in(tokens: &Tokens, headers: &HeaderMap) -> Result<(), Answer> {
    let given = headers.get("authorization").and_then(|given| given.to_str().ok());
    let token = given.and_then(|given| given.strip_prefix("Bearer "));
    let refused = || error(StatusCode::UNAUTHORIZED, "ERROR_UNAUTHENTICATED", "You are not authenticated");
    token.filter(|token| tokens.lock().unwrap().contains(*token)).map(|_| ()).ok_or_else(refused)
}

fn shown(record: &Record) -> Value {
    let name = match record.state {
        TicketState::Open => "Nouveau",
        TicketState::InProgress => "En cours (Attribué)",
        TicketState::Resolved => "Résolu",
        TicketState::Closed => "Clos",
    };
    json!({
        "id": record.id.parse::<u64>().unwrap(), "name": record.title, "content": record.made_of["content"],
        "is_deleted": false, "external_id": record.key, "type": 1,
        "status": { "id": number(record.state), "name": name },
    })
}

async fn list(State(shared): State<Shared>, Query(asked): Query<HashMap<String, String>>) -> Result<Answer, Answer> {
    let filter = asked.get("filter").map_or("", String::as_str);
    let key = filter.strip_prefix("external_id==\"").and_then(|rest| rest.strip_suffix('"'));
    let Some(key) = key else {
        return Err(error(StatusCode::BAD_REQUEST, "ERROR_INVALID_PARAMETER", "Requête RSQL invalide"));
    };
    let found = shared.lock().unwrap().search(key);
    Ok(good(found.iter().map(shown).collect()))
}

async fn create(State(shared): State<Shared>, Json(body): Json<Value>) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    if let Some(member) = held.missing(&body) {
        return Err(failed(&format!("Les champs obligatoires ne sont pas remplis. Merci de corriger : {member}")));
    }
    let member = |name: &str| body[name].as_str().unwrap_or_default();
    let told = (member("external_id"), member("name"), plain(member("content")));
    let record = held.add(|n| n.to_string(), (told.0, told.1, &told.2), &body);
    let id: u64 = record.id.parse().unwrap();
    Ok(good(json!({ "id": id, "href": format!("/Assistance/Ticket/{id}") })))
}

async fn show(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let record = held.by_id(&id).ok_or_else(no_ticket)?;
    Ok(good(shown(record)))
}

async fn change(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let record = held.by_id(&id).ok_or_else(no_ticket)?;
    if record.state == TicketState::Closed {
        return Err(no_right());
    }
    let status = &body["status"];
    if let Some(number) = status.as_u64().or_else(|| status["id"].as_u64()) {
        record.state = state(number);
    }
    Ok(good(shown(record)))
}

async fn add(
    State(shared): State<Shared>,
    Path((id, kind)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let record = held.by_id(&id).ok_or_else(no_ticket)?;
    if record.state == TicketState::Closed {
        return Err(no_right());
    }
    match kind.as_str() {
        "Solution" if record.state == TicketState::Resolved => {
            return Err(failed("L'élément est déjà résolu, quelqu'un a-t-il ajouté une solution avant vous ?"));
        }
        "Solution" => record.state = TicketState::Resolved,
        "Followup" => {}
        _ => return Err(no_ticket()),
    }
    record.notes.push(plain(body["content"].as_str().unwrap_or_default()));
    let number = record.notes.len();
    Ok(good(json!({ "id": number, "href": format!("/Assistance/Ticket/{id}/Timeline/{kind}/{number}") })))
}
