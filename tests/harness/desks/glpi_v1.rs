//! `apirest.php` of GLPI, in French: of GLPI 11, whose tickets have `externalid`, and below `/glpi10` that of GLPI 10.0, whose tickets have
//! none. Beside what the documentation says: that closed tickets refuse all changes for want of rights is plausible.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use highwater::model::connector::TicketState;
use serde_json::{Value, json};

use super::door::{guarded, signs_in_by};
use super::{Held, Record, SECRET, Shared};

pub(super) fn routes() -> Router<Shared> {
    installed("11.0.2", true).nest("/glpi10", installed("10.0.18", false))
}

fn installed(version: &'static str, has_external_id: bool) -> Router<Shared> {
    let installed = Installed { version, has_external_id, sessions: Arc::default() };
    let routes = Router::new()
        .route("/apirest.php/killSession", get(close))
        .route("/apirest.php/getGlpiConfig", get(config))
        .route("/apirest.php/Ticket", get(list).post(create))
        .route("/apirest.php/Ticket/{id}", get(show).put(change))
        .route("/apirest.php/ITILSolution", post(solve))
        .route("/apirest.php/ITILFollowup", post(follow_up));
    let door = installed.clone();
    let routes = guarded(routes, move |headers| door.let_in(headers));
    routes.route("/apirest.php/initSession", get(open)).layer(Extension(installed))
}

/// One GLPI.
#[derive(Debug, Clone)]
struct Installed {
    version: &'static str,
    has_external_id: bool,
    /// Tokens of sessions that were not ended.
    sessions: Arc<Mutex<BTreeSet<String>>>,
}

type Answer = (StatusCode, Json<Value>);

const NO_RIGHT: &str = "Vous n'avez pas les droits requis pour réaliser cette action.";

fn good(value: Value) -> Answer {
    (StatusCode::OK, Json(value))
}

fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    (status, Json(json!([code, message])))
}

/// With the hint at the documentation, as errors that do not come from tickets have it.
fn hinted(status: StatusCode, code: &str, message: &str) -> Answer {
    let hint = format!("voir la documentation dans votre navigateur à http://glpi/apirest.php/#{code}");
    error(status, code, &format!("{message}; {hint}"))
}

impl Installed {
    fn let_in(&self, headers: &HeaderMap) -> Result<(), Answer> {
        let token = headers.get("session-token").and_then(|token| token.to_str().ok());
        let Some(token) = token else {
            let message = "session_token est manquant";
            return Err(hinted(StatusCode::BAD_REQUEST, "ERROR_SESSION_TOKEN_MISSING", message));
        };
        if self.sessions.lock().unwrap().contains(token) {
            return Ok(());
        }
        Err(hinted(StatusCode::UNAUTHORIZED, "ERROR_SESSION_TOKEN_INVALID", "session_token semble invalide"))
    }

    fn shown(&self, record: &Record) -> Value {
        let content = record.made_of["input"]["content"].as_str().unwrap_or(&record.text);
        let mut shown = json!({
            "id": record.id.parse::<u64>().unwrap(), "name": record.title, "content": content,
            "status": number(record.state), "is_deleted": 0, "entities_id": 0,
        });
        if self.has_external_id {
            shown["externalid"] = Value::from(record.key.as_str());
        }
        shown
    }

    /// What `searchText` finds. Only a search for the key counts as one.
    fn found(&self, held: &mut Held, field: &str, pattern: &str) -> Result<Vec<Record>, Answer> {
        match (field, self.has_external_id) {
            ("externalid", true) => {
                let exact = pattern.strip_prefix('^').and_then(|pattern| pattern.strip_suffix('$'));
                if let Some(key) = exact {
                    return Ok(held.search(key));
                }
                let like = |record: &&Record| record.hidden_for == 0 && record.key.contains(pattern);
                Ok(held.records.iter().filter(like).cloned().collect())
            }
            ("content", true) => {
                let like = |record: &&Record| record.hidden_for == 0 && record.text.contains(pattern);
                Ok(held.records.iter().filter(like).cloned().collect())
            }
            ("content", false) => {
                let like = held.records.iter().filter(|record| record.text.contains(pattern));
                let keys: BTreeSet<String> = like.map(|record| record.key.clone()).collect();
                Ok(keys.iter().flat_map(|key| held.search(key)).collect())
            }
            _ => {
                let message = format!("Unknown column 'glpi_tickets.{field}' in 'where clause'");
                Err(hinted(StatusCode::INTERNAL_SERVER_ERROR, "ERROR_SQL", &message))
            }
        }
    }
}

/// HTML of tickets as plain text.
pub(super) fn plain(html: &str) -> String {
    let lines = html.replace("<br>", "\n");
    let signs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    signs.into_iter().fold(lines, |text, (sign, is)| text.replace(sign, is))
}

/// The state as GLPI's number of it.
pub(super) fn number(state: TicketState) -> u64 {
    match state {
        TicketState::Open => 1,
        TicketState::InProgress => 2,
        TicketState::Resolved => 5,
        TicketState::Closed => 6,
    }
}

/// The other way round.
pub(super) fn state(number: u64) -> TicketState {
    match number {
        1 => TicketState::Open,
        5 => TicketState::Resolved,
        6 => TicketState::Closed,
        _ => TicketState::InProgress,
    }
}

async fn open(
    State(shared): State<Shared>,
    Extension(installed): Extension<Installed>,
    headers: HeaderMap,
) -> Result<Answer, Answer> {
    if !signs_in_by(&headers, &format!("user_token {SECRET}")) {
        let message = "le jeton d'accès semble invalide";
        return Err(hinted(StatusCode::UNAUTHORIZED, "ERROR_GLPI_LOGIN_USER_TOKEN", message));
    }
    let mut held = shared.lock().unwrap();
    held.counter += 1;
    let token = format!("session-{}", held.counter);
    installed.sessions.lock().unwrap().insert(token.clone());
    Ok(good(json!({ "session_token": token })))
}

async fn close(Extension(installed): Extension<Installed>, headers: HeaderMap) -> Answer {
    let token = headers["session-token"].to_str().unwrap();
    installed.sessions.lock().unwrap().remove(token);
    good(json!(true))
}

async fn config(Extension(installed): Extension<Installed>) -> Answer {
    good(json!({ "cfg_glpi": { "version": installed.version, "language": "fr_FR" } }))
}

async fn list(
    State(shared): State<Shared>,
    Extension(installed): Extension<Installed>,
    Query(asked): Query<HashMap<String, String>>,
) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let mut found = held.records.clone();
    for (name, pattern) in &asked {
        let field = name.strip_prefix("searchText[").and_then(|name| name.strip_suffix(']'));
        if let Some(field) = field {
            found = installed.found(&mut held, field, pattern)?;
        }
    }
    Ok(good(found.iter().map(|record| installed.shown(record)).collect()))
}

async fn create(
    State(shared): State<Shared>,
    Extension(installed): Extension<Installed>,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    let input = &body["input"];
    let mut held = shared.lock().unwrap();
    if let Some(member) = held.missing(input) {
        let message = format!("Les champs obligatoires ne sont pas remplis. Merci de corriger : {member}");
        return Err(error(StatusCode::BAD_REQUEST, "ERROR_GLPI_ADD", &message));
    }
    let member = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
    let text = plain(&member("content"));
    // What GLPI 10 does not know is passed over: there, the key is what the content ends with, in brackets.
    let last = text.rsplit_once('[').and_then(|(_, last)| last.strip_suffix(']')).unwrap_or_default().to_owned();
    let key = if installed.has_external_id { member("externalid") } else { last };
    let record = held.add(|n| n.to_string(), (&key, &member("name"), &text), &body);
    let id: u64 = record.id.parse().unwrap();
    let message = format!("Élément ajouté : {}", record.title);
    Ok((StatusCode::CREATED, Json(json!({ "id": id, "message": message }))))
}

fn no_ticket() -> Answer {
    error(StatusCode::NOT_FOUND, "ERROR_ITEM_NOT_FOUND", "Élément introuvable")
}

async fn show(
    State(shared): State<Shared>,
    Extension(installed): Extension<Installed>,
    Path(id): Path<String>,
) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let record = held.by_id(&id).ok_or_else(no_ticket)?;
    Ok(good(installed.shown(record)))
}

async fn change(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let record = held.by_id(&id).ok_or_else(no_ticket)?;
    if record.state == TicketState::Closed {
        return Err(error(StatusCode::BAD_REQUEST, "ERROR_GLPI_UPDATE", NO_RIGHT));
    }
    if let Some(status) = body["input"]["status"].as_u64() {
        record.state = state(status);
    }
    Ok(good(json!([{ id: true, "message": "" }])))
}

/// The ticket that a solution or a follow-up is for, and its words.
fn part<'a>(held: &'a mut Held, body: &Value) -> Result<(&'a mut Record, String), Answer> {
    let input = &body["input"];
    let refused = |message: &str| error(StatusCode::BAD_REQUEST, "ERROR_GLPI_ADD", message);
    if input["itemtype"] != "Ticket" {
        return Err(refused("itemtype"));
    }
    let record = held.by_id(&input["items_id"].to_string()).ok_or_else(|| refused(NO_RIGHT))?;
    if record.state == TicketState::Closed {
        return Err(refused(NO_RIGHT));
    }
    Ok((record, plain(input["content"].as_str().unwrap_or_default())))
}

async fn solve(State(shared): State<Shared>, Json(body): Json<Value>) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let (record, words) = part(&mut held, &body)?;
    if record.state == TicketState::Resolved {
        let message = "L'élément est déjà résolu, quelqu'un a-t-il ajouté une solution avant vous ?";
        return Err(error(StatusCode::BAD_REQUEST, "ERROR_GLPI_ADD", message));
    }
    record.notes.push(words);
    record.state = TicketState::Resolved;
    Ok((StatusCode::CREATED, Json(json!({ "id": record.notes.len(), "message": "" }))))
}

async fn follow_up(State(shared): State<Shared>, Json(body): Json<Value>) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let (record, words) = part(&mut held, &body)?;
    record.notes.push(words);
    Ok((StatusCode::CREATED, Json(json!({ "id": record.notes.len(), "message": "" }))))
}
