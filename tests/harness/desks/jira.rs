//! The REST API of Jira in its two editions, with a French workflow: every state leads to every other, but nothing leads out of `Clos`.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use highwater::model::connector::TicketState;
use serde_json::{Value, json};

use super::door::{guarded, is_user, signs_in_by};
use super::{Held, Record, SECRET, Shared, USER};

/// A project that is not there.
const ABSENT: &str = "ABSENT";
/// Ids begin after this.
const BEFORE_FIRST: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edition {
    Cloud,
    DataCenter,
}

pub(super) fn cloud() -> Router<Shared> {
    let routes = routes("/rest/api/3").route("/rest/api/3/search/jql", post(search));
    // The old search is gone, and says so.
    signed_in(routes.route("/rest/api/3/search", post(gone).get(gone)), Edition::Cloud)
}

pub(super) fn data_center() -> Router<Shared> {
    signed_in(routes("/rest/api/2").route("/rest/api/2/search", post(search)), Edition::DataCenter)
}

fn routes(base: &str) -> Router<Shared> {
    Router::new()
        .route(&format!("{base}/myself"), get(myself))
        .route(&format!("{base}/project/{{key}}"), get(project))
        .route(&format!("{base}/issue"), post(create))
        .route(&format!("{base}/issue/{{id}}"), get(show))
        .route(&format!("{base}/issue/{{id}}/transitions"), get(transitions).post(go))
        .route(&format!("{base}/issue/{{id}}/comment"), post(comment))
}

fn signed_in(routes: Router<Shared>, edition: Edition) -> Router<Shared> {
    guarded(routes.layer(Extension(edition)), move |headers| let_in(edition, headers))
}

type Answer = (StatusCode, Json<Value>);

fn error(status: StatusCode, messages: &[&str], fields: &Value) -> Answer {
    (status, Json(json!({ "errorMessages": messages, "errors": fields })))
}

/// One field is wrong.
fn refused(field: &str, message: &str) -> Answer {
    let mut fields = serde_json::Map::new();
    fields.insert(field.to_owned(), Value::from(message));
    error(StatusCode::BAD_REQUEST, &[], &Value::Object(fields))
}

fn let_in(edition: Edition, headers: &HeaderMap) -> Result<(), Answer> {
    let is_in = match edition {
        Edition::Cloud => is_user(headers, USER),
        Edition::DataCenter => signs_in_by(headers, &format!("Bearer {SECRET}")),
    };
    let refused = || error(StatusCode::UNAUTHORIZED, &["Vous n'êtes pas authentifié."], &json!({}));
    is_in.then_some(()).ok_or_else(refused)
}

/// The id of a transition to it, its name, and the key of its category.
fn described(state: TicketState) -> (&'static str, &'static str, &'static str) {
    match state {
        TicketState::Open => ("11", "À faire", "new"),
        TicketState::InProgress => ("21", "En cours", "indeterminate"),
        TicketState::Resolved => ("31", "Terminé", "done"),
        TicketState::Closed => ("41", "Clos", "done"),
    }
}

fn status(state: TicketState) -> Value {
    let (id, name, category) = described(state);
    json!({ "id": format!("100{id}"), "name": name, "statusCategory": { "key": category, "name": name } })
}

/// Where a workflow leads from a state.
fn ways(from: TicketState) -> Vec<TicketState> {
    if from == TicketState::Closed {
        return Vec::new();
    }
    let all = [TicketState::Open, TicketState::InProgress, TicketState::Resolved];
    all.into_iter().filter(|to| *to != from).collect()
}

fn name(record: &Record) -> String {
    let project = record.made_of["fields"]["project"]["key"].as_str().unwrap_or("OPS");
    format!("{project}-{}", record.id.parse::<usize>().unwrap() - BEFORE_FIRST)
}

fn shown(record: &Record) -> Value {
    let labels = &record.made_of["fields"]["labels"];
    json!({
        "id": record.id, "key": name(record),
        "fields": { "status": status(record.state), "labels": labels, "created": "2026-11-30T09:00:00.000+0100" },
    })
}

/// By id, or by the name for people.
fn found<'a>(held: &'a mut Held, id: &str) -> Result<&'a mut Record, Answer> {
    let is_it = |record: &&mut Record| record.id == id || name(record) == id;
    let message = "Ce ticket n'existe pas ou vous n'avez pas l'autorisation de le voir.";
    held.records.iter_mut().find(is_it).ok_or_else(|| error(StatusCode::NOT_FOUND, &[message], &json!({})))
}

async fn myself() -> Answer {
    (StatusCode::OK, Json(json!({ "displayName": "Robot", "active": true })))
}

async fn project(Path(key): Path<String>) -> Result<Answer, Answer> {
    if key == ABSENT {
        let message = format!("Aucun projet avec la clé « {key} » n'a été trouvé.");
        return Err(error(StatusCode::NOT_FOUND, &[&message], &json!({})));
    }
    Ok((StatusCode::OK, Json(json!({ "id": "10000", "key": key, "name": "Exploitation" }))))
}

async fn gone() -> Answer {
    error(StatusCode::GONE, &["L'API demandée a été supprimée. Migrez vers /rest/api/3/search/jql."], &json!({}))
}

/// A text as plain text; none if it is not as the edition has it.
fn plain(edition: Edition, value: &Value) -> Option<String> {
    match edition {
        Edition::DataCenter => value.as_str().map(str::to_owned),
        Edition::Cloud => {
            let is_document = value["type"] == "doc" && value["version"] == 1;
            let blocks = value["content"].as_array().filter(|_| is_document)?;
            let texts = blocks.iter().map(paragraph).collect::<Option<Vec<_>>>()?;
            Some(texts.join("\n\n"))
        }
    }
}

fn paragraph(block: &Value) -> Option<String> {
    let nodes = block["content"].as_array().filter(|_| block["type"] == "paragraph")?;
    let text = |node: &Value| match node["type"].as_str()? {
        "hardBreak" => Some("\n".to_owned()),
        // An empty text makes the whole document wrong.
        "text" => node["text"].as_str().filter(|text| !text.is_empty()).map(str::to_owned),
        _ => None,
    };
    nodes.iter().map(text).collect()
}

async fn create(
    State(shared): State<Shared>,
    Extension(edition): Extension<Edition>,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    let fields = &body["fields"];
    let mut held = shared.lock().unwrap();
    if let Some(member) = held.missing(fields) {
        return Err(refused(&member, "Ce champ est obligatoire."));
    }
    let is_named = |field: &str, member: &str| fields[field]["id"].is_string() || fields[field][member].is_string();
    if !is_named("project", "key") || fields["project"]["key"] == ABSENT {
        return Err(refused("project", "Un projet valide est obligatoire."));
    }
    if !is_named("issuetype", "name") {
        return Err(refused("issuetype", "Le type de ticket sélectionné n'est pas valide."));
    }
    let summary = fields["summary"].as_str().unwrap_or_default();
    if summary.is_empty() || summary.contains('\n') || summary.chars().count() > 255 {
        return Err(refused("summary", "Le résumé doit tenir sur une ligne de 255 caractères au plus."));
    }
    let Some(text) = plain(edition, &fields["description"]) else {
        return Err(refused("description", "La valeur de l'opération doit être un document Atlassian."));
    };
    let labels: Vec<&str> = fields["labels"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if labels.iter().any(|label| label.contains(' ')) {
        return Err(refused("labels", "L'étiquette ne doit pas contenir d'espaces."));
    }
    let key = labels.first().copied().unwrap_or_default();
    let record = held.add(|n| (BEFORE_FIRST + n).to_string(), (key, summary, &text), &body);
    let address = format!("http://jira.example/rest/api/issue/{}", record.id);
    Ok((StatusCode::CREATED, Json(json!({ "id": record.id, "key": name(&record), "self": address }))))
}

async fn search(
    State(shared): State<Shared>,
    Extension(edition): Extension<Edition>,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    let jql = body["jql"].as_str().unwrap_or_default();
    let key = jql.strip_prefix("labels = \"").and_then(|rest| rest.split_once("\" ORDER BY created ASC"));
    let Some((key, "")) = key else {
        return Err(error(StatusCode::BAD_REQUEST, &["Erreur dans la requête JQL."], &json!({})));
    };
    let records = shared.lock().unwrap().search(key);
    // The new search answers nothing but ids unless fields are named.
    let is_bare = edition == Edition::Cloud && !body["fields"].is_array();
    let issues = records.iter().map(|record| if is_bare { json!({ "id": record.id }) } else { shown(record) });
    let issues: Vec<Value> = issues.collect();
    let answer = match edition {
        Edition::Cloud => json!({ "issues": issues, "isLast": true }),
        Edition::DataCenter => json!({ "startAt": 0, "maxResults": 50, "total": issues.len(), "issues": issues }),
    };
    Ok((StatusCode::OK, Json(answer)))
}

async fn show(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let record = found(&mut held, &id)?;
    Ok((StatusCode::OK, Json(shown(record))))
}

async fn transitions(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let record = found(&mut held, &id)?;
    let offered = ways(record.state).into_iter().map(|to| {
        let (id, name, _) = described(to);
        json!({ "id": id, "name": name, "to": status(to) })
    });
    let offered: Vec<Value> = offered.collect();
    Ok((StatusCode::OK, Json(json!({ "expand": "transitions", "transitions": offered }))))
}

async fn go(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Result<StatusCode, Answer> {
    let mut held = shared.lock().unwrap();
    let record = found(&mut held, &id)?;
    let wanted = &body["transition"]["id"];
    let Some(to) = ways(record.state).into_iter().find(|to| wanted == described(*to).0) else {
        let message = "Il semble que vous ayez essayé une opération que le workflow n'autorise pas.";
        return Err(error(StatusCode::BAD_REQUEST, &[message], &json!({})));
    };
    record.state = to;
    Ok(StatusCode::NO_CONTENT)
}

async fn comment(
    State(shared): State<Shared>,
    Extension(edition): Extension<Edition>,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Result<Answer, Answer> {
    let mut held = shared.lock().unwrap();
    let record = found(&mut held, &id)?;
    let Some(text) = plain(edition, &body["body"]).filter(|text| !text.trim().is_empty()) else {
        return Err(refused("comment", "Le corps du commentaire n'est pas valide."));
    };
    record.notes.push(text);
    Ok((StatusCode::CREATED, Json(json!({ "id": record.notes.len().to_string() }))))
}
