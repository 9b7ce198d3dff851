//! GLPI tickets, by the interface that GLPI 11 brought: `api.php/v2`. Our key is the ticket's `external_id`.
//!
//! Sources: GLPI's public source, from which its own description of the interface is made (`src/Glpi/Api/HL`: the controller of tickets,
//! the lexer of filters, and how members are read). States are those of [`glpi_v1`](super::glpi_v1). Each call gets a token of its own, by
//! name and password (OAuth 2).
//!
//! What both interfaces have in common is here.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::desk::{Desk, Reply, encoded, html, text, with_extra};
use super::{Asked, Card, Failure, Follows, Note, Preview, Remote, Settings, TicketSystem};
use crate::delivery::http::Http;
use crate::model::connector::TicketState;

const TOKEN: &str = "/api.php/token";
const TICKETS: &str = "/api.php/v2/Assistance/Ticket";
/// Records of one key that are looked at.
const MOST: usize = 20;
const ASSIGNED: u8 = 2;
const SOLVED: u8 = 5;

/// What each call carries that works with one token.
type Session = [(&'static str, String); 1];

#[derive(Debug)]
pub(super) struct GlpiV2 {
    desk: Desk,
    settings: Settings,
}

impl GlpiV2 {
    pub(super) fn new(http: Http, settings: Settings) -> Self {
        Self { desk: Desk::new(http, settings.get("url")), settings }
    }

    async fn open(&self) -> Result<Session, Failure> {
        let fields = [
            ("grant_type", "password"),
            ("client_id", self.settings.get("client_id")),
            ("client_secret", self.settings.get("client_secret")),
            ("username", self.settings.get("user")),
            ("password", self.settings.get("password")),
            ("scope", "api"),
        ];
        let reply = self.desk.form(TOKEN, &fields).await?.good(said)?;
        let token = text(&reply.json["access_token"]);
        if token.is_empty() {
            return Err(Failure::new("the answer has no access_token: is this the address of GLPI itself?"));
        }
        Ok([("authorization", format!("Bearer {token}"))])
    }

    async fn get(&self, session: &Session, path: &str) -> Result<Reply, Failure> {
        self.desk.call_with(Method::GET, path, session, None).await
    }

    async fn change(&self, session: &Session, method: Method, path: &str, body: &Value) -> Result<Reply, Failure> {
        self.desk.call_with(method, path, session, Some(body)).await?.good(said)
    }

    async fn add(&self, session: &Session, id: &str, kind: &str, words: &str) -> Result<(), Failure> {
        let path = format!("{TICKETS}/{}/Timeline/{kind}", encoded(id));
        let body = json!({ "content": html(words) });
        self.change(session, Method::POST, &path, &body).await.map(|_| ())
    }

    async fn ticket(&self, session: &Session, id: &str) -> Result<Option<Remote>, Failure> {
        let reply = self.get(session, &format!("{TICKETS}/{}", encoded(id))).await?;
        if reply.status == 404 {
            return Ok(None);
        }
        let record = reply.good(said)?.json;
        if is_deleted(&record) { Ok(None) } else { remote(&self.desk, &record).map(Some) }
    }

    /// Answers the state in which it is then, which may be another: GLPI takes back what it finds unfounded, as assigned to nobody.
    async fn set_status(&self, session: &Session, id: &str, status: u8) -> Result<TicketState, Failure> {
        let path = format!("{TICKETS}/{}", encoded(id));
        let wanted = state(&json!(status));
        // Releases differ in which of the two they read, and pass over the other.
        let mut now = wanted;
        for status in [json!(status), json!({ "id": status })] {
            let reply = self.change(session, Method::PATCH, &path, &json!({ "status": status })).await?;
            now = remote(&self.desk, &reply.json)?.state;
            if now.is_over() == wanted.is_over() {
                break;
            }
        }
        Ok(now)
    }

    async fn solve(&self, session: &Session, id: &str, why: &str) -> Result<TicketState, Failure> {
        self.add(session, id, "Solution", why).await?;
        // A solution solves the ticket, or closes it at once, as its entity has it.
        let ticket = self.ticket(session, id).await?.ok_or_else(|| Failure::new("the ticket is gone"))?;
        if ticket.state.is_over() { Ok(ticket.state) } else { self.set_status(session, id, SOLVED).await }
    }
}

/// A new ticket.
fn body(settings: &Settings, card: &Card, follows: Option<Follows<'_>>) -> Value {
    let level = if card.is_grave { 4 } else { 3 };
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| _ = body.insert(name.to_owned(), value);
    put("name", Value::from(card.title.as_str()));
    put("content", Value::from(content(card, follows)));
    put("external_id", Value::from(card.key.as_str()));
    put("urgency", Value::from(level));
    put("impact", Value::from(level));
    put("type", Value::from(1));
    // As bare numbers, which all releases read.
    for member in ["entity", "category"] {
        if let Some(id) = settings.given(member) {
            put(member, number(id));
        }
    }
    Value::Object(with_extra(body, settings.extra(), "external_id"))
}

/// `{"status":"ERROR_…","title":"…","detail":"…"}`, with more in `additional_messages`. Of tokens, `{"error":"…","error_description":"…"}`.
pub(super) fn said(json: &Value) -> Option<String> {
    let mut parts = Vec::new();
    for member in ["status", "title", "error", "error_description"] {
        parts.push(text(&json[member]));
    }
    match &json["detail"] {
        // {"field":[{"error":"…","message":"…"}]}
        Value::Object(fields) => {
            let first = |errors: &Value| text(&errors[0]["message"]);
            parts.extend(fields.iter().map(|(field, errors)| format!("{field}: {}", first(errors))));
        }
        detail => parts.push(text(detail)),
    }
    let more = json["additional_messages"].as_array().into_iter().flatten();
    parts.extend(more.map(|one| text(&one["message"])));
    parts.retain(|part| !part.is_empty());
    Some(parts.join(": "))
}

/// What a new ticket says, as HTML.
pub(super) fn content(card: &Card, follows: Option<Follows<'_>>) -> String {
    let before = follows.map(|follows| format!("<br><br>{}", html(follows.said)));
    html(&card.text) + &before.unwrap_or_default()
}

/// A number, or a number with a name, as a state. Others than the six come from plugins and approvals: somebody has it.
pub(super) fn state(status: &Value) -> TicketState {
    let number = if status.is_object() { &status["id"] } else { status };
    match text(number).as_str() {
        "1" => TicketState::Open,
        "5" => TicketState::Resolved,
        "6" => TicketState::Closed,
        _ => TicketState::InProgress,
    }
}

/// Whether it is in the bin.
pub(super) fn is_deleted(record: &Value) -> bool {
    record["is_deleted"] == true || text(&record["is_deleted"]) == "1"
}

/// An id as a number; as it is if it is none.
pub(super) fn number(id: &str) -> Value {
    id.trim().parse::<u64>().map_or_else(|_| Value::from(id), Value::from)
}

/// A ticket of either interface.
pub(super) fn remote(desk: &Desk, record: &Value) -> Result<Remote, Failure> {
    let id = text(&record["id"]);
    if id.is_empty() {
        return Err(Failure::new("the answer has no id: is this the address of GLPI itself?"));
    }
    let url = desk.url(&format!("/front/ticket.form.php?id={}", encoded(&id)));
    Ok(Remote { name: format!("#{id}"), url, state: state(&record["status"]), id })
}

/// Those first that should be gone on with.
pub(super) fn sorted(mut found: Vec<Remote>) -> Vec<Remote> {
    found.sort_by_key(|one| (one.state == TicketState::Closed, one.id.parse::<u64>().unwrap_or(u64::MAX)));
    found
}

impl TicketSystem for GlpiV2 {
    fn find<'a>(&'a self, key: &'a str) -> Asked<'a, Vec<Remote>> {
        Box::pin(async move {
            let session = self.open().await?;
            // The key has no quotation mark, which would end the value.
            let filter = encoded(&format!("external_id==\"{key}\""));
            let reply = self.get(&session, &format!("{TICKETS}?filter={filter}&limit={MOST}")).await?.good(said)?;
            let records = reply.json.as_array().cloned().unwrap_or_default();
            // The database compares without regard to cases, and what is in the bin is answered, too.
            let ours = records.iter().filter(|record| record["external_id"] == key && !is_deleted(record));
            Ok(sorted(ours.map(|record| remote(&self.desk, record)).collect::<Result<_, _>>()?))
        })
    }

    fn create<'a>(&'a self, card: &'a Card, follows: Option<Follows<'a>>) -> Asked<'a, Remote> {
        let body = body(&self.settings, card, follows);
        Box::pin(async move {
            let session = self.open().await.map_err(Failure::undone)?;
            let reply = self.change(&session, Method::POST, TICKETS, &body).await?;
            // The answer has no status: rules may have assigned it already, which is read later.
            remote(&self.desk, &json!({ "id": reply.json["id"], "status": 1 }))
        })
    }

    fn read<'a>(&'a self, id: &'a str) -> Asked<'a, Option<Remote>> {
        Box::pin(async move { self.ticket(&self.open().await?, id).await })
    }

    fn note<'a>(&'a self, remote: &'a Remote, text: &'a str, _id: &'a str) -> Asked<'a, ()> {
        Box::pin(async move { self.add(&self.open().await?, &remote.id, "Followup", text).await })
    }

    fn resolve<'a>(&'a self, remote: &'a Remote, note: &'a Note, _id: &'a str) -> Asked<'a, TicketState> {
        Box::pin(async move { self.solve(&self.open().await?, &remote.id, &note.text).await })
    }

    fn reopen<'a>(&'a self, remote: &'a Remote, note: &'a Note, _id: &'a str) -> Asked<'a, TicketState> {
        Box::pin(async move {
            let session = self.open().await?;
            let state = self.set_status(&session, &remote.id, ASSIGNED).await?;
            self.add(&session, &remote.id, "Followup", &note.text).await?;
            Ok(state)
        })
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

    #[test]
    fn names_stay_text() {
        assert_eq!(html("a <b> & 'c'\r\n\"d\"\u{7}"), "a &lt;b&gt; &amp; &#39;c&#39;<br>&quot;d&quot;");
        assert_eq!(html(""), "");
        assert_eq!(html("a\n\nb"), "a<br><br>b");
    }

    #[test]
    fn states_are_read_from_numbers_whatever_their_names() {
        let named = |id: u8| json!({ "id": id, "name": "Nouveau" });
        assert_eq!(state(&named(1)), TicketState::Open);
        assert!([2, 3, 4, 10].into_iter().all(|id| state(&named(id)) == TicketState::InProgress));
        assert_eq!(state(&json!(5)), TicketState::Resolved);
        assert_eq!(state(&json!("6")), TicketState::Closed);
    }

    #[test]
    fn the_bin_is_told_by_either_interface() {
        assert!(is_deleted(&json!({ "is_deleted": true })) && is_deleted(&json!({ "is_deleted": 1 })));
        assert!(!is_deleted(&json!({ "is_deleted": false })) && !is_deleted(&json!({ "is_deleted": "0" })));
        assert!(!is_deleted(&json!({})));
    }

    #[test]
    fn errors_name_the_field() {
        let refused = json!({
            "status": "ERROR", "title": "Failed to create item(s)", "detail": null,
            "additional_messages": [{ "priority": "error", "message": "Catégorie" }],
        });
        assert_eq!(said(&refused).as_deref(), Some("ERROR: Failed to create item(s): Catégorie"));
        let invalid = json!({
            "status": "ERROR_INVALID_PARAMETER", "title": "Invalid input parameters",
            "detail": { "name": [{ "error": "maxLength", "message": "too long" }] },
        });
        let told = "ERROR_INVALID_PARAMETER: Invalid input parameters: name: too long";
        assert_eq!(said(&invalid).as_deref(), Some(told));
        let token = json!({ "error": "invalid_client", "error_description": "Client authentication failed" });
        assert_eq!(said(&token).as_deref(), Some("invalid_client: Client authentication failed"));
    }

    #[test]
    fn open_before_closed_and_older_before_newer() {
        let one = |id: &str, state| Remote { id: id.to_owned(), name: String::new(), url: String::new(), state };
        let found = vec![one("2", TicketState::Closed), one("10", TicketState::Open), one("9", TicketState::Resolved)];
        let ids: Vec<_> = sorted(found).into_iter().map(|one| one.id).collect();
        assert_eq!(ids, ["9", "10", "2"]);
    }
}
