//! Issues of Jira, in the cloud and in data centers. Our key is a label of the issue.
//!
//! Sources: the public reference of the REST API, version 3 for the cloud and version 2 for Data Center (`/issue` with `/transitions` and
//! `/comment`, `/search/jql` and `/search`, `/project/{key}`, `/myself`), and that of the Atlassian Document Format. Every status is of one
//! of three categories, whose keys are the same at every site and in every language: `new`, `indeterminate`, `done`. Jira has no end for
//! good: whether a way leads out of `done` is up to the workflow.

mod wiki;

use reqwest::Method;
use serde_json::{Map, Value, json};

use self::wiki::wiki;
use super::desk::{Desk, encoded, text, with_extra};
use super::{Asked, Card, Failure, Follows, Note, Preview, Remote, Settings, TicketSystem};
use crate::delivery::http::Http;
use crate::model::connector::TicketState;

/// Issues of one key that are looked at.
const MOST: usize = 20;
/// Characters of a summary.
const MOST_SUMMARY: usize = 255;

#[derive(Debug)]
pub(super) struct Jira {
    desk: Desk,
    settings: Settings,
    edition: Edition,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edition {
    Cloud,
    DataCenter,
}

impl Jira {
    pub(super) fn cloud(http: Http, settings: Settings) -> Self {
        let desk = Desk::new(http, settings.get("url")).with_user(settings.get("user"), settings.get("token"));
        Self { desk, settings, edition: Edition::Cloud }
    }

    pub(super) fn data_center(http: Http, settings: Settings) -> Self {
        let desk = Desk::new(http, settings.get("url")).with_bearer(settings.get("token"));
        Self { desk, settings, edition: Edition::DataCenter }
    }

    /// The path of what the interface has at `rest`.
    fn path(&self, rest: &str) -> String {
        let version = match self.edition {
            Edition::Cloud => "3",
            Edition::DataCenter => "2",
        };
        format!("/rest/api/{version}{rest}")
    }

    /// `own`: the incident's page, if the text leads there; empty if not.
    fn prose(&self, text: &str, own: &str) -> Value {
        match self.edition {
            Edition::Cloud => document(text),
            Edition::DataCenter => Value::from(wiki(text, own)),
        }
    }

    fn body(&self, card: &Card, follows: Option<Follows<'_>>) -> Value {
        let summary: String = card.title.split_whitespace().collect::<Vec<_>>().join(" ");
        let summary: String = summary.chars().take(MOST_SUMMARY).collect();
        let mut description = card.text.clone();
        if let Some(follows) = follows {
            description = format!("{description}\n\n{}", follows.said);
        }
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| _ = fields.insert(name.to_owned(), value);
        put("project", named(self.settings.get("project"), "key"));
        put("issuetype", named(self.settings.get("issue_type"), "name"));
        put("summary", Value::from(summary));
        put("description", self.prose(&description, &card.url));
        put("labels", json!([card.key]));
        let mut extra = self.settings.extra();
        // Labels of the site go beside ours; they must not replace the key.
        let labels = extra.remove("labels");
        let mut fields = with_extra(fields, extra, "labels");
        if let (Some(Value::Array(ours)), Some(Value::Array(more))) = (fields.get_mut("labels"), labels) {
            ours.extend(more);
        }
        json!({ "fields": fields })
    }

    fn remote(&self, issue: &Value) -> Result<Remote, Failure> {
        let (id, name) = (text(&issue["id"]), text(&issue["key"]));
        if id.is_empty() || name.is_empty() {
            return Err(Failure::new("the answer has no issue: is this the address of Jira itself?"));
        }
        let url = self.desk.url(&format!("/browse/{}", encoded(&name)));
        Ok(Remote { id, name, url, state: state(&issue["fields"]["status"]) })
    }

    async fn issue(&self, id: &str) -> Result<Option<Remote>, Failure> {
        let path = self.path(&format!("/issue/{}?fields=status,labels", encoded(id)));
        let reply = self.desk.call(Method::GET, &path, None).await?;
        if reply.status == 404 {
            return Ok(None);
        }
        self.remote(&reply.good(said)?.json).map(Some)
    }

    /// The state of an issue that has to be there.
    async fn state_of(&self, id: &str) -> Result<TicketState, Failure> {
        let gone = || Failure { status: Some(404), ..Failure::new("the issue is gone, or the account may not see it") };
        self.issue(id).await?.map(|remote| remote.state).ok_or_else(gone)
    }

    async fn comment(&self, id: &str, text: &str) -> Result<(), Failure> {
        let path = self.path(&format!("/issue/{}/comment", encoded(id)));
        let body = json!({ "body": self.prose(text, "") });
        self.desk.call(Method::POST, &path, Some(&body)).await?.good(said).map(|_| ())
    }

    /// Takes the way that leads to an end, or out of it.
    async fn go(&self, id: &str, way: Way) -> Result<(), Failure> {
        let path = self.path(&format!("/issue/{}/transitions", encoded(id)));
        let reply = self.desk.call(Method::GET, &path, None).await?.good(said)?;
        let transitions = reply.json["transitions"].as_array().cloned().unwrap_or_default();
        let chosen = way.choose(&transitions, self.settings.get(way.field()))?;
        let mut body = json!({ "transition": { "id": chosen } });
        if let (Way::Resolve, Some(name)) = (way, self.settings.given("resolution")) {
            body["fields"] = json!({ "resolution": { "name": name } });
        }
        self.desk.call(Method::POST, &path, Some(&body)).await?.good(said).map(|_| ())
    }

    /// Brings an issue to where it should be, unless it is there, then says why.
    async fn bring(&self, id: &str, way: Way, text: &str) -> Result<TicketState, Failure> {
        // An attempt before this may have done it, and its answer was lost.
        if !way.is_there(self.state_of(id).await?) {
            self.go(id, way).await?;
        }
        self.comment(id, text).await?;
        self.state_of(id).await
    }
}

/// Where an issue should go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Resolve,
    Reopen,
}

impl Way {
    fn field(self) -> &'static str {
        match self {
            Self::Resolve => "resolve_transition",
            Self::Reopen => "reopen_transition",
        }
    }

    fn is_there(self, state: TicketState) -> bool {
        match self {
            Self::Resolve => state.is_over(),
            Self::Reopen => !state.is_over(),
        }
    }

    /// The id of the transition to take: the one that was set, else the first that leads where it should, by category. Names are
    /// translated, and every site has its own.
    fn choose(self, transitions: &[Value], set: &str) -> Result<String, Failure> {
        let leads = |transition: &&Value| match transition["to"]["statusCategory"]["key"].as_str() {
            Some("done") => self == Self::Resolve,
            Some("new" | "indeterminate") => self == Self::Reopen,
            _ => false,
        };
        if !set.is_empty() {
            let is_offered = transitions.iter().any(|transition| text(&transition["id"]) == set);
            let why = || self.failure(&format!("the issue offers no transition {set} now"), transitions);
            return if is_offered { Ok(set.to_owned()) } else { Err(why()) };
        }
        let found = transitions.iter().find(leads).map(|transition| text(&transition["id"]));
        found.filter(|id| !id.is_empty()).ok_or_else(|| {
            let why = match self {
                Self::Resolve => "no transition leads to a status of the category done",
                Self::Reopen => "no transition leads out of the category done, so the issue cannot be opened again",
            };
            self.failure(why, transitions)
        })
    }

    /// Names the field, and what it could be: `there are: 21 Terminé, 31 En cours`.
    fn failure(self, why: &str, transitions: &[Value]) -> Failure {
        let each = transitions.iter().map(|one| format!("{} {}", text(&one["id"]), text(&one["name"])));
        Failure::new(format!("{}: {why}; there are: {}", self.field(), each.collect::<Vec<_>>().join(", ")))
    }
}

/// By the category of a status. A new issue is answered without one.
fn state(status: &Value) -> TicketState {
    match status["statusCategory"]["key"].as_str() {
        Some("done") => TicketState::Resolved,
        Some("new") | None => TicketState::Open,
        Some(_) => TicketState::InProgress,
    }
}

/// `{"id": …}` for a number, else `{member: …}`.
fn named(value: &str, member: &str) -> Value {
    let is_number = !value.is_empty() && value.chars().all(|c| c.is_ascii_digit());
    let member = if is_number { "id" } else { member };
    json!({ member: value })
}

/// A document of paragraphs, one for each block of lines. It must hold no empty text.
fn document(text: &str) -> Value {
    let mut paragraphs: Vec<Value> = Vec::new();
    let mut lines: Vec<Value> = Vec::new();
    // The empty line at the end ends the last block.
    for line in text.lines().chain([""]) {
        let line = line.trim_end();
        if !line.is_empty() {
            if !lines.is_empty() {
                lines.push(json!({ "type": "hardBreak" }));
            }
            lines.push(json!({ "type": "text", "text": line }));
        } else if !lines.is_empty() {
            paragraphs.push(json!({ "type": "paragraph", "content": std::mem::take(&mut lines) }));
        }
    }
    json!({ "type": "doc", "version": 1, "content": paragraphs })
}

/// `{"errorMessages":["…"],"errors":{"field":"…"}}`
pub(super) fn said(json: &Value) -> Option<String> {
    let fields = json["errors"].as_object().into_iter().flatten();
    let mut parts: Vec<String> = fields.map(|(field, message)| format!("{field}: {}", text(message))).collect();
    let messages = json["errorMessages"].as_array().into_iter().flatten();
    parts.extend(messages.map(text).filter(|message| !message.is_empty()));
    // The gateway in front of the cloud answers otherwise.
    parts.extend(Some(text(&json["message"])).filter(|message| !message.is_empty()));
    Some(parts.join("; "))
}

/// A string of JQL.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl TicketSystem for Jira {
    fn find<'a>(&'a self, key: &'a str) -> Asked<'a, Vec<Remote>> {
        Box::pin(async move {
            let path = self.path(if self.edition == Edition::Cloud { "/search/jql" } else { "/search" });
            let jql = format!("labels = {} ORDER BY created ASC", quoted(key));
            let body = json!({ "jql": jql, "maxResults": MOST, "fields": ["status", "labels", "created"] });
            let reply = self.desk.call(Method::POST, &path, Some(&body)).await?.good(said)?;
            let issues = reply.json["issues"].as_array().cloned().unwrap_or_default();
            // JQL compares labels without case.
            let has_key = |issue: &&Value| {
                issue["fields"]["labels"].as_array().is_some_and(|labels| labels.iter().any(|label| label == key))
            };
            let ours = issues.iter().filter(has_key);
            let mut found = ours.map(|issue| self.remote(issue)).collect::<Result<Vec<_>, _>>()?;
            found.sort_by_key(|remote| remote.state.is_over());
            Ok(found)
        })
    }

    fn create<'a>(&'a self, card: &'a Card, follows: Option<Follows<'a>>) -> Asked<'a, Remote> {
        Box::pin(async move {
            let body = self.body(card, follows);
            let reply = self.desk.call(Method::POST, &self.path("/issue"), Some(&body)).await?.good(said)?;
            self.remote(&reply.json)
        })
    }

    fn read<'a>(&'a self, id: &'a str) -> Asked<'a, Option<Remote>> {
        Box::pin(self.issue(id))
    }

    fn note<'a>(&'a self, remote: &'a Remote, text: &'a str, _id: &'a str) -> Asked<'a, ()> {
        Box::pin(self.comment(&remote.id, text))
    }

    fn resolve<'a>(&'a self, remote: &'a Remote, note: &'a Note, _id: &'a str) -> Asked<'a, TicketState> {
        Box::pin(self.bring(&remote.id, Way::Resolve, &note.text))
    }

    fn reopen<'a>(&'a self, remote: &'a Remote, note: &'a Note, _id: &'a str) -> Asked<'a, TicketState> {
        Box::pin(self.bring(&remote.id, Way::Reopen, &note.text))
    }

    fn probe(&self) -> Asked<'_, ()> {
        Box::pin(async move {
            self.desk.call(Method::GET, &self.path("/myself"), None).await?.good(said)?;
            let path = self.path(&format!("/project/{}", encoded(self.settings.get("project"))));
            let reply = self.desk.call(Method::GET, &path, None).await?;
            reply.good(said).map(|_| ()).map_err(|error| Failure { said: format!("project: {}", error.said), ..error })
        })
    }

    fn preview(&self, card: &Card) -> Preview {
        let body = serde_json::to_string_pretty(&self.body(card, None)).unwrap_or_default();
        Preview { to: format!("POST {}", self.desk.url(&self.path("/issue"))), body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_paragraphs_and_no_empty_text() {
        let paragraph = |content: Value| json!({ "type": "paragraph", "content": content });
        let text = |text: &str| json!({ "type": "text", "text": text });
        let made = document("one\ntwo\n\n\n  \nthree\n");
        let first = paragraph(json!([text("one"), { "type": "hardBreak" }, text("two")]));
        let content = json!([first, paragraph(json!([text("three")]))]);
        assert_eq!(made, json!({ "type": "doc", "version": 1, "content": content }));
        assert_eq!(document("\n")["content"], json!([]));
    }

    #[test]
    fn errors_name_their_fields() {
        let json = json!({ "errorMessages": ["No."], "errors": { "customfield_10010": "Équipe est obligatoire." } });
        assert_eq!(said(&json).unwrap(), "customfield_10010: Équipe est obligatoire.; No.");
        assert_eq!(said(&Value::Null).unwrap(), "");
    }

    #[test]
    fn states_are_of_categories() {
        let of = |key: &str| state(&json!({ "name": "Fermé", "statusCategory": { "key": key } }));
        assert_eq!(of("new"), TicketState::Open);
        assert_eq!(of("indeterminate"), TicketState::InProgress);
        assert_eq!(of("done"), TicketState::Resolved);
        assert_eq!(state(&Value::Null), TicketState::Open);
    }

    #[test]
    fn a_transition_is_chosen_by_its_category_or_as_set() {
        let to = |id: &str, key: &str| json!({ "id": id, "name": "x", "to": { "statusCategory": { "key": key } } });
        let all = [to("11", "new"), to("21", "indeterminate"), to("31", "done"), to("41", "done")];
        assert_eq!(Way::Resolve.choose(&all, "").unwrap(), "31");
        assert_eq!(Way::Resolve.choose(&all, "41").unwrap(), "41");
        assert_eq!(Way::Reopen.choose(&all, "").unwrap(), "11");
        assert!(Way::Resolve.choose(&all, "51").unwrap_err().said.starts_with("resolve_transition: the issue offers"));
        assert!(Way::Reopen.choose(&all[3..], "").unwrap_err().said.starts_with("reopen_transition: "));
    }

    #[test]
    fn numbers_are_ids() {
        assert_eq!(named("10001", "key"), json!({ "id": "10001" }));
        assert_eq!(named("OPS", "key"), json!({ "key": "OPS" }));
        assert_eq!(quoted("a\"b\\"), "\"a\\\"b\\\\\"");
    }
}
