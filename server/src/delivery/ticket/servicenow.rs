//! ServiceNow incidents, by the Table API. Our key is the incident's `correlation_id`.
//!
//! Sources: the product's public documentation of the Table API (`/api/now/table/{table}`, `sysparm_query`, `sysparm_fields`,
//! `sysparm_display_value`) and of the states of an incident: 1 new, 2 in progress, 3 on hold, 6 resolved, 7 closed, 8 cancelled. Sites may
//! have others, so those that we set are settings.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::desk::{Desk, JOINER, Reply, encoded, text, with_extra};
use super::{Asked, Card, Failure, Follows, Note, Preview, Remote, Settings, TicketSystem};
use crate::delivery::http::Http;
use crate::model::connector::TicketState;

const TABLE: &str = "/api/now/table/incident";
const FIELDS: &str = "sysparm_fields=sys_id,number,state,correlation_id,active&sysparm_display_value=false";
/// Records of one key that are looked at.
const MOST: usize = 20;

#[derive(Debug)]
pub(super) struct ServiceNow {
    desk: Desk,
    settings: Settings,
}

impl ServiceNow {
    pub(super) fn new(http: Http, settings: Settings) -> Self {
        let desk = Desk::new(http, settings.get("url")).with_user(settings.get("user"), settings.get("password"));
        Self { desk, settings }
    }

    fn body(&self, card: &Card, follows: Option<Follows<'_>>) -> Value {
        let level = if card.is_grave { "2" } else { "3" };
        let mut body = Map::new();
        let mut put = |name: &str, value: &str| _ = body.insert(name.to_owned(), Value::from(value));
        put("correlation_id", &card.key);
        put("correlation_display", "Highwater");
        put("short_description", &card.title);
        put("description", &card.text);
        put("urgency", level);
        put("impact", level);
        for (field, member) in [("assignment_group", "assignment_group"), ("caller", "caller_id")] {
            if let Some(value) = self.settings.given(field) {
                put(member, value);
            }
        }
        if let Some(follows) = follows {
            put("work_notes", &journal(follows.said));
        }
        Value::Object(with_extra(body, self.settings.extra(), "correlation_id"))
    }

    async fn change(&self, remote: &Remote, body: Value) -> Result<TicketState, Failure> {
        let path = format!("{TABLE}/{}?{FIELDS}", encoded(&remote.id));
        let reply = self.desk.call(Method::PATCH, &path, Some(&body)).await?.good(said)?;
        Ok(self.remote(&reply.json["result"])?.state)
    }

    fn remote(&self, record: &Value) -> Result<Remote, Failure> {
        let (id, name) = (text(&record["sys_id"]), text(&record["number"]));
        if id.is_empty() {
            return Err(Failure::new("the answer has no sys_id: is this the address of the instance itself?"));
        }
        let url = self.desk.url(&format!("/nav_to.do?uri=incident.do%3Fsys_id%3D{}", encoded(&id)));
        let state = match text(&record["state"]).as_str() {
            state if state == self.settings.get("resolved_state") => TicketState::Resolved,
            "1" => TicketState::Open,
            "6" => TicketState::Resolved,
            "7" | "8" => TicketState::Closed,
            _ if text(&record["active"]) == "false" => TicketState::Closed,
            _ => TicketState::InProgress,
        };
        let name = if name.is_empty() { id.clone() } else { name };
        Ok(Remote { id, name, url, state })
    }
}

/// A remark as it is shown as it is: what stands between `[code]` and `[/code]` in a journal is taken for HTML.
fn journal(words: &str) -> String {
    words.replace('[', &format!("[{JOINER}"))
}

/// `{"error":{"message":"…","detail":"…"}}`
pub(super) fn said(json: &Value) -> Option<String> {
    let error = &json["error"];
    let parts = [text(&error["message"]), text(&error["detail"])];
    Some(parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(": "))
}

impl TicketSystem for ServiceNow {
    fn find<'a>(&'a self, key: &'a str) -> Asked<'a, Vec<Remote>> {
        Box::pin(async move {
            // The key has no caret, which would end the condition.
            let query = encoded(&format!("correlation_id={key}^ORDERBYsys_created_on"));
            let path = format!("{TABLE}?sysparm_query={query}&{FIELDS},sys_created_on&sysparm_limit={MOST}");
            let reply: Reply = self.desk.call(Method::GET, &path, None).await?.good(said)?;
            let records = reply.json["result"].as_array().cloned().unwrap_or_default();
            // A condition on a field that an account may not read is passed over, and then everything is answered.
            let ours = records.iter().filter(|record| record["correlation_id"] == key);
            let mut found = ours.map(|record| self.remote(record)).collect::<Result<Vec<_>, _>>()?;
            found.sort_by_key(|remote| remote.state == TicketState::Closed);
            Ok(found)
        })
    }

    fn create<'a>(&'a self, card: &'a Card, follows: Option<Follows<'a>>) -> Asked<'a, Remote> {
        Box::pin(async move {
            let body = self.body(card, follows);
            let path = format!("{TABLE}?{FIELDS}");
            let reply = self.desk.call(Method::POST, &path, Some(&body)).await?.good(said)?;
            self.remote(&reply.json["result"])
        })
    }

    fn read<'a>(&'a self, id: &'a str) -> Asked<'a, Option<Remote>> {
        Box::pin(async move {
            let reply = self.desk.call(Method::GET, &format!("{TABLE}/{}?{FIELDS}", encoded(id)), None).await?;
            if reply.status == 404 {
                return Ok(None);
            }
            self.remote(&reply.good(said)?.json["result"]).map(Some)
        })
    }

    fn note<'a>(&'a self, remote: &'a Remote, text: &'a str, _id: &'a str) -> Asked<'a, ()> {
        Box::pin(async move { self.change(remote, json!({ "work_notes": journal(text) })).await.map(|_| ()) })
    }

    fn resolve<'a>(&'a self, remote: &'a Remote, note: &'a Note, _id: &'a str) -> Asked<'a, TicketState> {
        let (state, code) = (self.settings.get("resolved_state"), self.settings.get("close_code"));
        let body = json!({ "state": state, "close_code": code, "close_notes": note.text });
        Box::pin(async move { self.change(remote, body).await })
    }

    fn reopen<'a>(&'a self, remote: &'a Remote, note: &'a Note, _id: &'a str) -> Asked<'a, TicketState> {
        let body = json!({ "state": self.settings.get("reopened_state"), "work_notes": journal(&note.text) });
        Box::pin(async move { self.change(remote, body).await })
    }

    fn probe(&self) -> Asked<'_, ()> {
        Box::pin(async move { self.find("highwater:probe").await.map(|_| ()) })
    }

    fn preview(&self, card: &Card) -> Preview {
        let body = serde_json::to_string_pretty(&self.body(card, None)).unwrap_or_default();
        Preview { to: format!("POST {}", self.desk.url(TABLE)), body }
    }
}
