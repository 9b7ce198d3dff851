//! GLPI tickets, by the interface that all versions from 9.5 to 11 have: `apirest.php`.
//!
//! Sources: GLPI's public documentation (`apirest.md`) and source (`src/Api/API.php`, `src/ITILSolution.php`). States of a ticket: 1 new,
//! 2 assigned, 3 planned, 4 pending, 5 solved, 6 closed. Each call works in a session of its own.
//!
//! Our key is the ticket's `externalid`, which tickets have from GLPI 11 on. Versions before it pass over members that they do not know, so
//! that the key is the end of the content, too, in brackets: that is where it is found there, and after an upgrade.

use std::sync::OnceLock;

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::desk::{Desk, Reply, encoded, html, text, with_extra};
use super::glpi_v2::{content, is_deleted, number, remote, sorted};
use super::{Asked, Card, Failure, Follows, Note, Preview, Remote, Settings, TicketSystem};
use crate::delivery::http::Http;
use crate::model::connector::TicketState;

const BASE: &str = "/apirest.php";
/// As `range` has it: the records of one key that are looked at.
const RANGE: &str = "0-20";
const ASSIGNED: u8 = 2;
const SOLVED: u8 = 5;

/// What each call of a session carries.
type Session = [(&'static str, String); 1];

#[derive(Debug)]
pub(super) struct GlpiV1 {
    desk: Desk,
    settings: Settings,
    /// Whether tickets have `externalid`. May be out of date after an upgrade: the content is looked through either way.
    has_external_id: OnceLock<bool>,
}

impl GlpiV1 {
    pub(super) fn new(http: Http, settings: Settings) -> Self {
        let desk = Desk::new(http, settings.get("url")).with("content-type", "application/json");
        let desk = match settings.given("app_token") {
            Some(token) => desk.with("app-token", token),
            None => desk,
        };
        Self { desk, settings, has_external_id: OnceLock::new() }
    }

    async fn open(&self) -> Result<Session, Failure> {
        let login = [("authorization", format!("user_token {}", self.settings.get("user_token")))];
        let path = format!("{BASE}/initSession");
        let reply = self.desk.call_with(Method::GET, &path, &login, None).await?.good(said)?;
        let token = text(&reply.json["session_token"]);
        if token.is_empty() {
            return Err(Failure::new("the answer has no session_token: is this the address of GLPI itself?"));
        }
        Ok([("session-token", token)])
    }

    /// Ends the session, after what was done in it. It would end by itself, later: no failure of this is worth telling.
    async fn end<T>(&self, session: &Session, outcome: T) -> T {
        _ = self.ask(session, Method::GET, "/killSession", None).await;
        outcome
    }

    async fn ask(&self, session: &Session, method: Method, path: &str, body: Option<&Value>) -> Result<Reply, Failure> {
        self.desk.call_with(method, &format!("{BASE}{path}"), session, body).await
    }

    async fn change(&self, session: &Session, method: Method, path: &str, body: &Value) -> Result<Reply, Failure> {
        self.ask(session, method, path, Some(body)).await?.good(said)
    }

    async fn knows_external_id(&self, session: &Session) -> Result<bool, Failure> {
        if let Some(known) = self.has_external_id.get() {
            return Ok(*known);
        }
        let reply = self.ask(session, Method::GET, "/getGlpiConfig", None).await?;
        if matches!(reply.status, 403 | 404) {
            // Kept from this account, or cut off on the way: there is the content yet.
            return Ok(false);
        }
        let reply = reply.good(said)?;
        let knows = has_external_id(&text(&reply.json["cfg_glpi"]["version"]));
        Ok(*self.has_external_id.get_or_init(|| knows))
    }

    async fn search(&self, session: &Session, field: &str, pattern: &str) -> Result<Vec<Value>, Failure> {
        let pattern = encoded(pattern);
        let path = format!("/Ticket?searchText%5B{field}%5D={pattern}&range={RANGE}&get_hateoas=false");
        let reply = self.ask(session, Method::GET, &path, None).await?;
        if reply.status == 404 {
            return Ok(Vec::new());
        }
        let records = reply.good(said)?.json.as_array().cloned().unwrap_or_default();
        Ok(records.into_iter().filter(|record| !is_deleted(record)).collect())
    }

    async fn look_for(&self, session: &Session, key: &str) -> Result<Vec<Remote>, Failure> {
        if self.knows_external_id(session).await? {
            // What is searched for is found anywhere in the field, but for these anchors; and cases are alike.
            let records = self.search(session, "externalid", &format!("^{key}$")).await?;
            let ours = records.iter().filter(|record| record["externalid"] == key);
            let found = ours.map(|record| self.remote(record)).collect::<Result<Vec<_>, _>>()?;
            if !found.is_empty() {
                return Ok(sorted(found));
            }
        }
        let mark = mark(key);
        let records = self.search(session, "content", &mark).await?;
        // Where there is `externalid`, it decides: somebody may have copied the content.
        let ours = records
            .iter()
            .filter(|record| text(&record["externalid"]).is_empty() && text(&record["content"]).contains(&mark));
        Ok(sorted(ours.map(|record| self.remote(record)).collect::<Result<Vec<_>, _>>()?))
    }

    async fn ticket(&self, session: &Session, id: &str) -> Result<Option<Remote>, Failure> {
        let reply = self.ask(session, Method::GET, &format!("/Ticket/{}", encoded(id)), None).await?;
        if reply.status == 404 {
            return Ok(None);
        }
        let record = reply.good(said)?.json;
        if is_deleted(&record) { Ok(None) } else { self.remote(&record).map(Some) }
    }

    async fn state_of(&self, session: &Session, id: &str) -> Result<TicketState, Failure> {
        let ticket = self.ticket(session, id).await?.ok_or_else(|| Failure::new("the ticket is gone"))?;
        Ok(ticket.state)
    }

    async fn set_status(&self, session: &Session, id: &str, status: u8) -> Result<TicketState, Failure> {
        let body = json!({ "input": { "id": number(id), "status": status } });
        self.change(session, Method::PUT, &format!("/Ticket/{}", encoded(id)), &body).await?;
        self.state_of(session, id).await
    }

    async fn solve(&self, session: &Session, id: &str, why: &str) -> Result<TicketState, Failure> {
        self.change(session, Method::POST, "/ITILSolution", &part(id, why)).await?;
        // A solution solves the ticket, or closes it at once, as its entity has it.
        let state = self.state_of(session, id).await?;
        if state.is_over() { Ok(state) } else { self.set_status(session, id, SOLVED).await }
    }

    async fn open_again(&self, session: &Session, id: &str, why: &str) -> Result<TicketState, Failure> {
        let state = self.set_status(session, id, ASSIGNED).await?;
        self.change(session, Method::POST, "/ITILFollowup", &part(id, why)).await?;
        Ok(state)
    }

    async fn make(&self, session: &Session, body: &Value) -> Result<Remote, Failure> {
        let reply = self.change(session, Method::POST, "/Ticket", body).await?;
        // The answer has no status: rules may have assigned it already, which is read later.
        self.remote(&json!({ "id": reply.json["id"], "status": 1 }))
    }

    fn remote(&self, record: &Value) -> Result<Remote, Failure> {
        remote(&self.desk, record)
    }
}

/// `{"input":{…}}` of a new ticket.
fn body(settings: &Settings, card: &Card, follows: Option<Follows<'_>>) -> Value {
    let level = if card.is_grave { 4 } else { 3 };
    let mut input = Map::new();
    let mut put = |name: &str, value: Value| _ = input.insert(name.to_owned(), value);
    put("name", Value::from(card.title.as_str()));
    put("content", Value::from(content(card, follows)));
    put("externalid", Value::from(card.key.as_str()));
    put("urgency", Value::from(level));
    put("impact", Value::from(level));
    put("type", Value::from(1));
    for (field, member) in [("entity", "entities_id"), ("category", "itilcategories_id")] {
        if let Some(id) = settings.given(field) {
            put(member, number(id));
        }
    }
    let mut input = with_extra(input, settings.extra(), "externalid");
    // After what a site needs, which may be another content.
    let marked = format!("{}<br><br>{}", text(&input["content"]), mark(&card.key));
    input.insert("content".to_owned(), Value::from(marked));
    json!({ "input": input })
}

/// A solution or a follow-up.
fn part(id: &str, words: &str) -> Value {
    json!({ "input": { "itemtype": "Ticket", "items_id": number(id), "content": html(words) } })
}

/// How the key is in the content: in brackets, so that it is not found in longer ones.
fn mark(key: &str) -> String {
    format!("[{key}]")
}

/// Whether tickets of this version of GLPI have `externalid`.
fn has_external_id(version: &str) -> bool {
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    major.is_some_and(|major| major >= 11)
}

/// `["ERROR_CODE","message"]`; of several records `["ERROR_CODE",[{"message":"…"}]]`.
pub(super) fn said(json: &Value) -> Option<String> {
    let code = text(&json[0]);
    let message = match &json[1] {
        Value::Array(all) => all.iter().map(|one| text(&one["message"])).collect::<Vec<_>>().join(" "),
        one => text(one),
    };
    // It ends with a hint at the documentation, in the account's language.
    let message = match message.rsplit_once("; ") {
        Some((message, hint)) if hint.contains(&format!("#{code}")) => message,
        _ => message.as_str(),
    };
    let parts = [code.as_str(), message.trim()];
    Some(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(": "))
}

impl TicketSystem for GlpiV1 {
    fn find<'a>(&'a self, key: &'a str) -> Asked<'a, Vec<Remote>> {
        Box::pin(async move {
            let session = self.open().await?;
            let found = self.look_for(&session, key).await;
            self.end(&session, found).await
        })
    }

    fn create<'a>(&'a self, card: &'a Card, follows: Option<Follows<'a>>) -> Asked<'a, Remote> {
        let body = body(&self.settings, card, follows);
        Box::pin(async move {
            let session = self.open().await.map_err(Failure::undone)?;
            let made = self.make(&session, &body).await;
            self.end(&session, made).await
        })
    }

    fn read<'a>(&'a self, id: &'a str) -> Asked<'a, Option<Remote>> {
        Box::pin(async move {
            let session = self.open().await?;
            let ticket = self.ticket(&session, id).await;
            self.end(&session, ticket).await
        })
    }

    fn note<'a>(&'a self, remote: &'a Remote, text: &'a str, _id: &'a str) -> Asked<'a, ()> {
        Box::pin(async move {
            let session = self.open().await?;
            let noted = self.change(&session, Method::POST, "/ITILFollowup", &part(&remote.id, text)).await;
            self.end(&session, noted.map(|_| ())).await
        })
    }

    fn resolve<'a>(&'a self, remote: &'a Remote, note: &'a Note, _id: &'a str) -> Asked<'a, TicketState> {
        Box::pin(async move {
            let session = self.open().await?;
            let state = self.solve(&session, &remote.id, &note.text).await;
            self.end(&session, state).await
        })
    }

    fn reopen<'a>(&'a self, remote: &'a Remote, note: &'a Note, _id: &'a str) -> Asked<'a, TicketState> {
        Box::pin(async move {
            let session = self.open().await?;
            let state = self.open_again(&session, &remote.id, &note.text).await;
            self.end(&session, state).await
        })
    }

    fn probe(&self) -> Asked<'_, ()> {
        Box::pin(async move { self.find("highwater:probe").await.map(|_| ()) })
    }

    fn preview(&self, card: &Card) -> Preview {
        let body = serde_json::to_string_pretty(&body(&self.settings, card, None)).unwrap_or_default();
        Preview { to: format!("POST {}", self.desk.url(&format!("{BASE}/Ticket"))), body }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::connector::{Labels, System};

    #[test]
    fn errors_are_told_without_the_hint_at_the_documentation() {
        let hinted = "jeton invalide; voir la documentation sur http://glpi/apirest.php/#ERROR_GLPI_LOGIN_USER_TOKEN";
        let one = json!(["ERROR_GLPI_LOGIN_USER_TOKEN", hinted]);
        assert_eq!(said(&one).as_deref(), Some("ERROR_GLPI_LOGIN_USER_TOKEN: jeton invalide"));
        let many = json!(["ERROR_GLPI_ADD", [{ "id": false, "message": "Catégorie; Lieu" }]]);
        assert_eq!(said(&many).as_deref(), Some("ERROR_GLPI_ADD: Catégorie; Lieu"));
        assert_eq!(said(&json!(["ERROR_ITEM_NOT_FOUND", ""])).as_deref(), Some("ERROR_ITEM_NOT_FOUND"));
        assert_eq!(said(&Value::Null).as_deref(), Some(""));
    }

    #[test]
    fn only_glpi_11_has_external_ids() {
        let has = ["11.0.2", "11.0.0-beta", "12.1"];
        assert!(has.into_iter().all(has_external_id));
        let has_not = ["10.0.18", "9.5.13", "", "eleven"];
        assert!(!has_not.into_iter().any(has_external_id));
    }

    #[test]
    fn the_key_is_in_the_content_too_whatever_a_site_adds() {
        let card = Card {
            key: "highwater:7f:1".to_owned(),
            title: "FS01 is nearly full".to_owned(),
            text: "FS01\n<b>".to_owned(),
            is_grave: true,
            host: "FS01".to_owned(),
            url: String::new(),
            labels: Labels::default(),
        };
        let extra = r#"{"externalid":"other","urgency":5,"locations_id":4}"#;
        let settings = [("entity", "3"), ("extra", extra)];
        let settings: BTreeMap<_, _> = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let settings = Settings::new(System::GlpiV1, &settings, &BTreeMap::new());
        let input = &body(&settings, &card, None)["input"];
        assert_eq!(input["content"], "FS01<br>&lt;b&gt;<br><br>[highwater:7f:1]");
        assert_eq!(input["externalid"], "highwater:7f:1");
        assert_eq!((&input["urgency"], &input["impact"]), (&json!(5), &json!(4)));
        assert_eq!((&input["entities_id"], &input["locations_id"]), (&json!(3), &json!(4)));
    }
}
