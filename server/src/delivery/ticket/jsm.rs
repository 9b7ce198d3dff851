//! Alerts of Jira Service Management (Operations), which was Opsgenie. Our key is the alert's alias.
//!
//! Sources: the public reference of the Operations API (`/jsm/ops/api/{cloudId}/v1/alerts` with `/alias`, `/requests/{requestId}`,
//! `/{id}/close` and `/{id}/notes`) and that of Opsgenie's alerts for the limits of the fields. What changes an alert is put in a queue and
//! answered by 202: only the request's status says whether it was done. Among alerts that are not closed, one alias is there once: another
//! request to make it only counts up. An alias leads to alerts that are not closed; closed ones are found by a query. Closed alerts stay
//! closed.
//!
//! As a made alert has no id yet, its record may be `alias:<key>#<requestId>#<id of the closed one that it follows>`. Reading such a record
//! looks for an open alert of that alias, asks what became of the request, and, as requests are forgotten, looks for a closed alert newer
//! than the one before. If none knows anything the alert is young, not gone: it is said to be open. That is harmless, as making it once
//! more would make no second one.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::desk::{Desk, JOINER, encoded, text, with_extra};
use super::{Asked, Card, Failure, Follows, Note, Preview, Remote, Settings, TicketSystem};
use crate::delivery::http::Http;
use crate::model::connector::TicketState;

const ALERTS: &str = "/alerts";
/// Closed alerts of one key that are looked at.
const MOST: usize = 20;
const MOST_MESSAGE: usize = 130;
const MOST_DESCRIPTION: usize = 15_000;
/// What is shown as the origin of what we do.
const SOURCE: &str = "Highwater";

#[derive(Debug)]
pub(super) struct Jsm {
    desk: Desk,
    settings: Settings,
}

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    is_success: bool,
    /// In the system's words.
    status: String,
    /// The alert's id; empty if there is none.
    alert: String,
}

impl Jsm {
    pub(super) fn new(http: Http, settings: Settings) -> Self {
        let (url, cloud) = (settings.get("url").trim_end_matches('/'), encoded(settings.get("cloud_id")));
        let desk = Desk::new(http, &format!("{url}/jsm/ops/api/{cloud}/v1"));
        let desk = desk.with_user(settings.get("user"), settings.get("token"));
        Self { desk, settings }
    }

    fn body(&self, card: &Card, follows: Option<Follows<'_>>) -> Value {
        let mut description = card.text.clone();
        if let Some(follows) = follows {
            description = format!("{}\n\n{description}", follows.said);
        }
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| _ = body.insert(name.to_owned(), value);
        put("message", Value::from(untagged(&card.title, MOST_MESSAGE)));
        put("alias", Value::from(card.key.as_str()));
        put("description", Value::from(untagged(&description, MOST_DESCRIPTION)));
        put("priority", Value::from(if card.is_grave { "P2" } else { "P3" }));
        put("source", Value::from(SOURCE));
        put("extraProperties", json!({ "host": card.host, "url": card.url }));
        if let Some(team) = self.settings.given("team") {
            put("responders", json!([{ "id": team, "type": "team" }]));
        }
        Value::Object(with_extra(body, self.settings.extra(), "alias"))
    }

    fn remote(&self, alert: &Value) -> Result<Remote, Failure> {
        let (id, number) = (text(&alert["id"]), text(&alert["tinyId"]));
        if id.is_empty() {
            return Err(Failure::new("the answer has no alert: is this the address of api.atlassian.com?"));
        }
        let name = if number.is_empty() { id.clone() } else { format!("#{number}") };
        Ok(Remote { url: self.page(&id), id, name, state: state(alert) })
    }

    /// The alert's page for people; empty if it is not known where they are.
    fn page(&self, id: &str) -> String {
        let base = self.settings.given("page_url").map(|url| url.trim_end_matches('/'));
        base.map(|base| format!("{base}/jira/ops/alerts/{}", encoded(id))).unwrap_or_default()
    }

    async fn by_id(&self, id: &str) -> Result<Option<Remote>, Failure> {
        let reply = self.desk.call(Method::GET, &format!("{ALERTS}/{}", encoded(id)), None).await?;
        if reply.status == 404 {
            return Ok(None);
        }
        self.remote(within(&reply.good(said)?.json)).map(Some)
    }

    async fn open_one(&self, key: &str) -> Result<Option<Remote>, Failure> {
        let path = format!("{ALERTS}/alias?alias={}", encoded(key));
        let reply = self.desk.call(Method::GET, &path, None).await?;
        if reply.status == 404 {
            return Ok(None);
        }
        let reply = reply.good(said)?;
        let alert = within(&reply.json);
        if alert["alias"] == key { self.remote(alert).map(Some) } else { Ok(None) }
    }

    /// The newest first: they cannot be gone on with, so only the last one is of interest.
    async fn closed_ones(&self, key: &str) -> Result<Vec<Remote>, Failure> {
        // The key has no quotation mark, which would end the term.
        let query = encoded(&format!("status:closed AND alias:\"{key}\""));
        let path = format!("{ALERTS}?query={query}&size={MOST}&sort=createdAt&order=desc");
        let reply = self.desk.call(Method::GET, &path, None).await?.good(said)?;
        let listed = ["values", "data"].iter().find_map(|name| reply.json[*name].as_array());
        // A query matches loosely.
        let ours = listed.into_iter().flatten().filter(|alert| alert["alias"] == key);
        ours.map(|alert| self.remote(alert)).collect()
    }

    /// None as long as the request waits, and once it is forgotten.
    async fn outcome(&self, request: &str) -> Result<Option<Outcome>, Failure> {
        if request.is_empty() {
            return Ok(None);
        }
        let reply = self.desk.call(Method::GET, &format!("{ALERTS}/requests/{}", encoded(request)), None).await?;
        if reply.status == 404 {
            return Ok(None);
        }
        Ok(outcome(within(&reply.good(said)?.json)))
    }

    /// The alert of a record's id; none if it is gone, or was never made.
    async fn alert(&self, id: &str) -> Result<Option<Remote>, Failure> {
        let Some(young) = Young::from_id(id) else {
            return self.by_id(id).await;
        };
        if let Some(open) = self.open_one(young.key).await? {
            return Ok(Some(open));
        }
        match self.outcome(young.request).await? {
            Some(outcome) if !outcome.alert.is_empty() => return self.by_id(&outcome.alert).await,
            Some(outcome) if !outcome.is_success => return Ok(None),
            _ => {}
        }
        let newest = self.closed_ones(young.key).await?.into_iter().next();
        Ok(newest.filter(|closed| closed.id != young.before).or_else(|| Some(young.remote())))
    }

    /// An alert that has an id, for what is only possible then.
    async fn made(&self, id: &str) -> Result<Remote, Failure> {
        let gone = || Failure { status: Some(404), ..Failure::new("the alert is gone") };
        let alert = self.alert(id).await?.ok_or_else(gone)?;
        if Young::from_id(&alert.id).is_some() {
            return Err(Failure::new("the alert is not made yet: its request waits"));
        }
        Ok(alert)
    }

    /// Asks for something to be done with an alert; answers the request.
    async fn act(&self, id: &str, action: &str, text_of_it: &str) -> Result<String, Failure> {
        let path = format!("{ALERTS}/{}/{action}", encoded(id));
        let body = json!({ "note": untagged(text_of_it, MOST_DESCRIPTION), "source": SOURCE });
        let reply = self.desk.call(Method::POST, &path, Some(&body)).await?.good(said)?;
        Ok(text(&reply.json["requestId"]))
    }

    async fn close(&self, id: &str, why: &str) -> Result<TicketState, Failure> {
        let alert = self.made(id).await?;
        // Closing what is closed fails. An attempt before this may have done it, and its answer was lost.
        if alert.state.is_over() {
            return Ok(alert.state);
        }
        let request = self.act(&alert.id, "close", why).await?;
        match self.outcome(&request).await {
            Ok(Some(outcome)) if !outcome.is_success => match self.made(&alert.id).await?.state {
                state if state.is_over() => Ok(state),
                _ => Err(Failure::new(format!("the alert was not closed: {}", outcome.status))),
            },
            // It was accepted; if it is open after all, the next look shows it.
            _ => Ok(TicketState::Closed),
        }
    }
}

/// The beginning of a text, without tags: alerts show HTML, and names come from outside. It looks as it did.
fn untagged(text: &str, most: usize) -> String {
    text.replace('<', &format!("<{JOINER}")).chars().take(most).collect()
}

/// Only whether somebody has seen it and whether it is closed are told.
fn state(alert: &Value) -> TicketState {
    match alert["status"].as_str() {
        Some("closed") => TicketState::Closed,
        _ if alert["acknowledged"] == true => TicketState::InProgress,
        _ => TicketState::Open,
    }
}

/// An alert that may not be there yet.
#[derive(Debug, PartialEq, Eq)]
struct Young<'a> {
    key: &'a str,
    /// Empty if it is not known.
    request: &'a str,
    /// The newest closed alert of the key when this one was made; empty for none.
    before: &'a str,
}

impl<'a> Young<'a> {
    fn from_id(id: &'a str) -> Option<Self> {
        let mut parts = id.strip_prefix("alias:")?.split('#');
        let mut part = || parts.next().unwrap_or_default();
        Some(Self { key: part(), request: part(), before: part() })
    }

    fn remote(&self) -> Remote {
        let id = format!("alias:{}#{}#{}", self.key, self.request, self.before);
        Remote { id, name: self.key.to_owned(), url: String::new(), state: TicketState::Open }
    }
}

fn outcome(json: &Value) -> Option<Outcome> {
    let is_success = json["isSuccess"].as_bool().or_else(|| json["success"].as_bool())?;
    Some(Outcome { is_success, status: text(&json["status"]), alert: text(&json["alertId"]) })
}

/// Opsgenie has each answer in `data`; this interface has most of them bare.
fn within(json: &Value) -> &Value {
    if json["data"].is_object() { &json["data"] } else { json }
}

/// `{"message":"…","errors":{"field":"…"}}`, or `{"errors":[{"title":"…","detail":"…"}]}`, as the part that refuses has it.
pub(super) fn said(json: &Value) -> Option<String> {
    let errors = &json["errors"];
    let fields = errors.as_object().into_iter().flatten();
    let mut parts: Vec<String> = fields.map(|(field, message)| format!("{field}: {}", text(message))).collect();
    for error in errors.as_array().into_iter().flatten() {
        parts.extend([error, &error["title"], &error["message"], &error["detail"]].map(text));
    }
    parts.push(text(&json["message"]));
    parts.retain(|part| !part.is_empty());
    Some(parts.join("; "))
}

impl TicketSystem for Jsm {
    fn find<'a>(&'a self, key: &'a str) -> Asked<'a, Vec<Remote>> {
        Box::pin(async move {
            let open = self.open_one(key).await?;
            // Closed ones say what a new one follows.
            let closed = self.closed_ones(key).await?;
            Ok(open.into_iter().chain(closed).collect())
        })
    }

    fn create<'a>(&'a self, card: &'a Card, follows: Option<Follows<'a>>) -> Asked<'a, Remote> {
        Box::pin(async move {
            let body = self.body(card, follows);
            let reply = self.desk.call(Method::POST, ALERTS, Some(&body)).await?.good(said)?;
            let request = text(&reply.json["requestId"]);
            let before = follows.map_or("", |follows| follows.remote.id.as_str());
            let young = Young { key: &card.key, request: &request, before };
            // It is accepted: that the rest fails must not look as if it was not.
            match self.outcome(&request).await {
                Ok(Some(outcome)) if !outcome.alert.is_empty() => match self.by_id(&outcome.alert).await {
                    Ok(Some(alert)) => Ok(alert),
                    _ => Ok(young.remote()),
                },
                Ok(Some(outcome)) if !outcome.is_success => {
                    Err(Failure::new(format!("the alert was not made: {}", outcome.status)).undone())
                }
                _ => Ok(young.remote()),
            }
        })
    }

    fn read<'a>(&'a self, id: &'a str) -> Asked<'a, Option<Remote>> {
        Box::pin(self.alert(id))
    }

    fn note<'a>(&'a self, remote: &'a Remote, text: &'a str, _id: &'a str) -> Asked<'a, ()> {
        Box::pin(async move {
            if Young::from_id(&remote.id).is_none() {
                return self.act(&remote.id, "notes", text).await.map(|_| ());
            }
            let alert = self.made(&remote.id).await?;
            self.act(&alert.id, "notes", text).await.map(|_| ())
        })
    }

    fn resolve<'a>(&'a self, remote: &'a Remote, note: &'a Note, _id: &'a str) -> Asked<'a, TicketState> {
        Box::pin(self.close(&remote.id, &note.text))
    }

    fn reopen<'a>(&'a self, remote: &'a Remote, note: &'a Note, _id: &'a str) -> Asked<'a, TicketState> {
        Box::pin(async move {
            let alert = self.made(&remote.id).await?;
            if alert.state.is_over() {
                return Err(Failure::new("a closed alert cannot be opened again"));
            }
            self.act(&alert.id, "notes", &note.text).await?;
            Ok(alert.state)
        })
    }

    fn probe(&self) -> Asked<'_, ()> {
        // A wrong cloud id is no alert by that alias, but a list that is not there.
        Box::pin(async move { self.find("highwater:probe").await.map(|_| ()) })
    }

    fn preview(&self, card: &Card) -> Preview {
        let body = serde_json::to_string_pretty(&self.body(card, None)).unwrap_or_default();
        Preview { to: format!("POST {}", self.desk.url(ALERTS)), body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states() {
        let of = |status: &str, acknowledged: bool| state(&json!({ "status": status, "acknowledged": acknowledged }));
        assert_eq!(of("open", false), TicketState::Open);
        assert_eq!(of("open", true), TicketState::InProgress);
        assert_eq!(of("closed", true), TicketState::Closed);
    }

    #[test]
    fn no_tag_is_left() {
        assert_eq!(untagged("<b>a</b> < 3", 50), "<\u{2060}b>a<\u{2060}/b> <\u{2060} 3");
        assert_eq!(untagged("été", 2), "ét");
    }

    #[test]
    fn a_young_record_has_its_key_and_request() {
        let young = Young { key: "highwater:store:7", request: "4f-1", before: "9b251e07-17" };
        assert_eq!(Young::from_id(&young.remote().id), Some(young));
        let bare = Young { key: "highwater:store:7", request: "", before: "" };
        assert_eq!(Young::from_id("alias:highwater:store:7"), Some(bare));
        assert_eq!(Young::from_id("9b251e07-1704440650350"), None);
    }

    #[test]
    fn outcomes_are_bare_or_within_data() {
        let bare = json!({ "isSuccess": true, "status": "Created alert", "alertId": "a1" });
        let expected = Outcome { is_success: true, status: "Created alert".to_owned(), alert: "a1".to_owned() };
        assert_eq!(outcome(within(&bare)), Some(expected));
        assert!(!outcome(within(&json!({ "data": { "success": false } }))).unwrap().is_success);
        assert_eq!(outcome(&json!({})), None);
    }

    #[test]
    fn errors_of_each_kind() {
        let fields = json!({ "message": "Not processable.", "errors": { "message": "is empty" } });
        assert_eq!(said(&fields).unwrap(), "message: is empty; Not processable.");
        let list = json!({ "errors": [{ "title": "Bad", "detail": "team" }, "worse"] });
        assert_eq!(said(&list).unwrap(), "Bad; team; worse");
        assert_eq!(said(&Value::Null).unwrap(), "");
    }
}
