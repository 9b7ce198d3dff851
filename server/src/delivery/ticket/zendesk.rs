//! Zendesk tickets, by the Ticketing API. Our key is the ticket's `external_id`, by which the list of tickets can be asked: the index of
//! the search lags behind, the list does not.
//!
//! Sources: the product's public documentation of the Ticketing API (tickets, follow-ups, idempotency). An idempotency key is kept for two
//! hours, may have 255 characters, and goes with one body: another body with it is refused by `IdempotentRequestError`. States are words of
//! the interface, not names: `new`, `open`, `pending`, `hold`, `solved`, `closed`. Tickets that were archived, which happens months after
//! they were closed, are not in the list.

use reqwest::Method;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::desk::{Desk, Reply, encoded, html, text, with_extra};
use super::{Asked, Card, Failure, Follows, Note, Preview, Remote, Settings, TicketSystem};
use crate::delivery::http::Http;
use crate::model::connector::TicketState;

const TICKETS: &str = "/api/v2/tickets.json";
/// Characters of an idempotency key at most.
const LONGEST_KEY: usize = 255;
/// Records of one key that are looked at.
const MOST: usize = 20;

#[derive(Debug)]
pub(super) struct Zendesk {
    desk: Desk,
    settings: Settings,
}

impl Zendesk {
    pub(super) fn new(http: Http, settings: Settings) -> Self {
        let user = format!("{}/token", settings.get("user"));
        let desk = Desk::new(http, settings.get("url")).with_user(&user, settings.get("token"));
        Self { desk, settings }
    }

    async fn change(&self, id: &str, ticket: &Value) -> Result<Reply, Failure> {
        let path = format!("/api/v2/tickets/{}.json", encoded(id));
        self.desk.call(Method::PUT, &path, Some(&json!({ "ticket": ticket }))).await
    }

    async fn set(&self, id: &str, status: &str, why: &str) -> Result<TicketState, Failure> {
        let mut ticket = json!({ "status": status, "comment": remark(why) });
        let mut reply = self.change(id, &ticket).await?;
        if reply.status == 422 && is_about_assignee(&reply.json) {
            // Nobody has it, and such tickets cannot be solved: it was we who did.
            ticket["assignee_email"] = Value::from(self.settings.get("user"));
            reply = self.change(id, &ticket).await?;
        }
        Ok(self.remote(&reply.good(said)?.json["ticket"])?.state)
    }

    fn remote(&self, record: &Value) -> Result<Remote, Failure> {
        let id = text(&record["id"]);
        if id.is_empty() {
            return Err(Failure::new("the answer has no id: is this the address of the account itself?"));
        }
        let url = self.desk.url(&format!("/agent/tickets/{}", encoded(&id)));
        Ok(Remote { name: format!("#{id}"), url, state: state(&record["status"]), id })
    }
}

/// `{"ticket":{…}}` of a new ticket.
fn body(settings: &Settings, card: &Card, follows: Option<&Remote>) -> Value {
    let mut ticket = Map::new();
    let mut put = |name: &str, value: Value| _ = ticket.insert(name.to_owned(), value);
    put("subject", Value::from(card.title.as_str()));
    put("comment", remark(&card.text));
    put("external_id", Value::from(card.key.as_str()));
    put("priority", Value::from(if card.is_grave { "high" } else { "normal" }));
    put("type", Value::from("incident"));
    put("tags", json!(["highwater"]));
    if let Some(group) = settings.given("group") {
        put("group_id", number(group));
    }
    if let Some(before) = follows {
        put("via_followup_source_id", number(&before.id));
    }
    json!({ "ticket": with_extra(ticket, settings.extra(), "external_id") })
}

/// Not public: nobody is written a mail. As HTML, since a `body` is taken for Markdown where the account has that on.
fn remark(words: &str) -> Value {
    json!({ "html_body": html(words), "public": false })
}

/// The same for each attempt to make the same ticket, and another for one that follows.
fn idempotency_key(key: &str, follows: Option<&Remote>) -> String {
    let whole = match follows {
        Some(before) => format!("{key}:follows:{}", before.id),
        None => key.to_owned(),
    };
    if whole.len() <= LONGEST_KEY { whole } else { hex::encode(Sha256::digest(whole.as_bytes())) }
}

fn state(status: &Value) -> TicketState {
    match text(status).as_str() {
        "new" => TicketState::Open,
        "solved" => TicketState::Resolved,
        "closed" | "deleted" => TicketState::Closed,
        _ => TicketState::InProgress,
    }
}

/// An id as a number; as it is if it is none.
fn number(id: &str) -> Value {
    id.trim().parse::<u64>().map_or_else(|_| Value::from(id), Value::from)
}

/// Whether a change is refused because nobody has the ticket. The member is not documented: it may be the field, or be named in a text.
fn is_about_assignee(json: &Value) -> bool {
    json["details"].to_string().to_lowercase().contains("assign")
}

/// `{"error":"RecordInvalid","description":"…","details":{"field":[{"description":"…"}]}}`; sometimes `{"error":{"title","message"}}`.
pub(super) fn said(json: &Value) -> Option<String> {
    let fields = json["details"].as_object().into_iter().flatten();
    let wrong: Vec<String> = fields
        .flat_map(|(field, errors)| errors.as_array().into_iter().flatten().map(move |error| (field, error)))
        .map(|(field, error)| format!("{field}: {}", text(&error["description"])))
        .collect();
    if !wrong.is_empty() {
        return Some(wrong.join("; "));
    }
    let error = &json["error"];
    let parts = [text(error), text(&error["title"]), text(&error["message"]), text(&json["description"])];
    Some(parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(": "))
}

impl TicketSystem for Zendesk {
    fn find<'a>(&'a self, key: &'a str) -> Asked<'a, Vec<Remote>> {
        Box::pin(async move {
            let path = format!("{TICKETS}?external_id={}&per_page={MOST}", encoded(key));
            let reply = self.desk.call(Method::GET, &path, None).await?.good(said)?;
            let records = reply.json["tickets"].as_array().cloned().unwrap_or_default();
            let ours = records.iter().filter(|record| record["external_id"] == key && record["status"] != "deleted");
            let mut found = ours.map(|record| self.remote(record)).collect::<Result<Vec<_>, _>>()?;
            found.sort_by_key(|one| (one.state == TicketState::Closed, one.id.parse::<u64>().unwrap_or(u64::MAX)));
            Ok(found)
        })
    }

    fn create<'a>(&'a self, card: &'a Card, follows: Option<Follows<'a>>) -> Asked<'a, Remote> {
        Box::pin(async move {
            // The product itself tells people which one it follows.
            let follows = follows.map(|follows| follows.remote);
            let headers = [("idempotency-key", idempotency_key(&card.key, follows))];
            let body = body(&self.settings, card, follows);
            let reply = self.desk.call_with(Method::POST, TICKETS, &headers, Some(&body)).await?;
            if reply.json["error"] == "IdempotentRequestError" {
                // It was made before, when the incident had other words, and the answer did not arrive.
                let is_made = |failure: Failure| Failure { may_be_done: true, ..failure };
                let found = self.find(&card.key).await.map_err(is_made)?;
                let made = found.into_iter().find(|one| one.state != TicketState::Closed);
                return made.ok_or_else(|| is_made(reply.failure(said)));
            }
            self.remote(&reply.good(said)?.json["ticket"])
        })
    }

    fn read<'a>(&'a self, id: &'a str) -> Asked<'a, Option<Remote>> {
        Box::pin(async move {
            let reply = self.desk.call(Method::GET, &format!("/api/v2/tickets/{}.json", encoded(id)), None).await?;
            if reply.status == 404 {
                return Ok(None);
            }
            let record = &reply.good(said)?.json["ticket"];
            if record["status"] == "deleted" { Ok(None) } else { self.remote(record).map(Some) }
        })
    }

    fn note<'a>(&'a self, remote: &'a Remote, text: &'a str, _id: &'a str) -> Asked<'a, ()> {
        let ticket = json!({ "comment": remark(text) });
        Box::pin(async move { self.change(&remote.id, &ticket).await?.good(said).map(|_| ()) })
    }

    fn resolve<'a>(&'a self, remote: &'a Remote, note: &'a Note, _id: &'a str) -> Asked<'a, TicketState> {
        Box::pin(async move { self.set(&remote.id, "solved", &note.text).await })
    }

    fn reopen<'a>(&'a self, remote: &'a Remote, note: &'a Note, _id: &'a str) -> Asked<'a, TicketState> {
        Box::pin(async move { self.set(&remote.id, "open", &note.text).await })
    }

    fn probe(&self) -> Asked<'_, ()> {
        Box::pin(async move { self.find("highwater:probe").await.map(|_| ()) })
    }

    fn preview(&self, card: &Card) -> Preview {
        let body = serde_json::to_string_pretty(&body(&self.settings, card, None)).unwrap_or_default();
        Preview { to: format!("POST {}", self.desk.url(TICKETS)), body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(id: &str) -> Remote {
        Remote { id: id.to_owned(), name: format!("#{id}"), url: String::new(), state: TicketState::Closed }
    }

    #[test]
    fn errors_name_the_field() {
        let blank = json!({ "description": "Subject: cannot be blank", "error": "BlankValue" });
        let invalid = json!({
            "error": "RecordInvalid", "description": "Record validation errors", "details": { "base": [blank] },
        });
        assert_eq!(said(&invalid).as_deref(), Some("base: Subject: cannot be blank"));
        let gone = json!({ "error": "RecordNotFound", "description": "Not found" });
        assert_eq!(said(&gone).as_deref(), Some("RecordNotFound: Not found"));
        let forbidden = json!({ "error": { "title": "Forbidden", "message": "You do not have access" } });
        assert_eq!(said(&forbidden).as_deref(), Some("Forbidden: You do not have access"));
        assert_eq!(said(&Value::Null).as_deref(), Some(""));
    }

    #[test]
    fn states_are_words_of_the_interface() {
        let of = |word: &str| state(&Value::from(word));
        assert_eq!(of("new"), TicketState::Open);
        assert!(["open", "pending", "hold"].into_iter().all(|word| of(word) == TicketState::InProgress));
        assert_eq!((of("solved"), of("closed")), (TicketState::Resolved, TicketState::Closed));
    }

    #[test]
    fn idempotency_keys_are_no_longer_than_allowed() {
        assert_eq!(idempotency_key("highwater:7f:1", None), "highwater:7f:1");
        assert_eq!(idempotency_key("highwater:7f:1", Some(&before("35"))), "highwater:7f:1:follows:35");
        let long = "k".repeat(LONGEST_KEY);
        assert_eq!(idempotency_key(&long, None), long);
        let follows = idempotency_key(&long, Some(&before("35")));
        assert_eq!(follows.len(), 64);
        assert_ne!(follows, idempotency_key(&long, Some(&before("36"))));
    }

    #[test]
    fn a_ticket_that_nobody_has_is_told_apart() {
        let description = "Assignee: is required when solving a ticket";
        assert!(is_about_assignee(&json!({ "details": { "base": [{ "description": description }] } })));
        assert!(is_about_assignee(&json!({ "details": { "assignee_id": [{ "description": "requis" }] } })));
        assert!(!is_about_assignee(&json!({ "details": { "status": [{ "description": "closed" }] } })));
        assert!(!is_about_assignee(&Value::Null));
    }
}
