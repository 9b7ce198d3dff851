//! A workflow of Microsoft Teams at `/workflows/x?sig=…`, and the channel to which it posts. A record is the first message of a key; its
//! notes are the later ones. A channel knows no states.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{SECRET, Shared};

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/workflows/x", post(take))
}

type Answer = (StatusCode, Json<Value>);

#[derive(Deserialize)]
struct Asked {
    sig: Option<String>,
}

fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    (status, Json(json!({ "error": { "code": code, "message": message } })))
}

/// What is wrong with a message.
fn wrong(body: &Value) -> Option<&'static str> {
    let attachment = &body["attachments"][0];
    let card = &attachment["content"];
    if body["type"] != "message" {
        Some("The message has no type")
    } else if attachment["contentType"] != "application/vnd.microsoft.card.adaptive" {
        Some("The attachment is no adaptive card")
    } else if card["type"] != "AdaptiveCard" || card["version"].as_str().is_none() {
        Some("Property 'type' must be 'AdaptiveCard'")
    } else if card["body"][0]["id"].as_str().is_none() {
        Some("The first element of the card has no id")
    } else {
        None
    }
}

/// The texts of all blocks within, in order.
fn texts(element: &Value, found: &mut Vec<String>) {
    if element["type"] == "TextBlock" {
        found.push(element["text"].as_str().unwrap_or_default().to_owned());
    }
    for inner in element["items"].as_array().into_iter().flatten() {
        texts(inner, found);
    }
}

async fn take(
    State(shared): State<Shared>,
    Query(asked): Query<Asked>,
    Json(body): Json<Value>,
) -> Result<StatusCode, Answer> {
    if asked.sig.as_deref() != Some(SECRET) {
        let message = "The provided signature is not valid for this trigger";
        return Err(error(StatusCode::UNAUTHORIZED, "AuthorizationFailed", message));
    }
    if body.to_string().len() > 28 << 10 {
        return Err(error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", "Message size too large"));
    }
    if let Some(message) = wrong(&body) {
        return Err(error(StatusCode::BAD_REQUEST, "TriggerInputSchemaMismatch", message));
    }
    let mut held = shared.lock().unwrap();
    if let Some(member) = held.missing(&body) {
        let message = format!(
            "The input body for trigger 'manual' of type 'Request' did not match its schema definition. Error details: 'Required \
             properties are missing from object: {member}.'"
        );
        return Err(error(StatusCode::BAD_REQUEST, "TriggerInputSchemaMismatch", &message));
    }
    let first = &body["attachments"][0]["content"]["body"][0];
    let (key, mut said) = (first["id"].as_str().unwrap_or_default(), Vec::new());
    texts(first, &mut said);
    if let Some(record) = held.records.iter_mut().find(|record| record.key == key) {
        record.notes.push(said.join("\n"));
    } else {
        let (title, text) =
            said.split_first().map_or_else(Default::default, |(title, rest)| (title.clone(), rest.join("\n")));
        held.add(|n| format!("message{n}"), (key, &title, &text), &body);
    }
    Ok(StatusCode::ACCEPTED)
}
