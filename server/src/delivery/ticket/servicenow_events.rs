//! Events of ServiceNow's Event Management: its rules make alerts of them, and of alerts incidents. Our key is the `message_key`, by which
//! all events of an incident come into one alert.
//!
//! Sources: the product's public documentation of the web service for events (`/api/global/em/jsonv2`, `records`; severities 1 critical, 2
//! major, 3 minor, 4 warning, 5 info, 0 clear), of the Table API for `em_alert`, and of an alert's states: Open, Reopen, Flapping, Closed.
//!
//! Alerts are made of events some time later, and a new one may be made for a key whose alert has long been closed. So a record is known
//! here by its key: `key:…` leads to the alert that is open, or the last one.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::desk::{Desk, encoded, text, with_extra};
use super::{Asked, Card, Failure, Follows, Note, Preview, Remote, Settings, TicketSystem};
use crate::delivery::http::Http;
use crate::model::connector::TicketState;

const EVENTS: &str = "/api/global/em/jsonv2";
const ALERTS: &str = "/api/now/table/em_alert";
const FIELDS: &str = "sysparm_fields=sys_id,number,state,message_key,acknowledged,node&sysparm_display_value=false";
/// Before the key, in ids of records.
const BY_KEY: &str = "key:";
/// Alerts of one key that are looked at.
const MOST: usize = 20;
/// Characters of a description at most.
const MOST_DESCRIPTION: usize = 4_000;

/// Severities. A clear one ends the alert.
const MAJOR: &str = "2";
const MINOR: &str = "3";
const CLEAR: &str = "0";

#[derive(Debug)]
pub(super) struct ServiceNowEvents {
    desk: Desk,
    settings: Settings,
}

/// What an event says.
#[derive(Debug, Clone, Copy)]
struct Event<'a> {
    key: &'a str,
    node: &'a str,
    severity: &'a str,
    description: &'a str,
}

impl ServiceNowEvents {
    pub(super) fn new(http: Http, settings: Settings) -> Self {
        let desk = Desk::new(http, settings.get("url")).with_user(settings.get("user"), settings.get("password"));
        Self { desk, settings }
    }

    fn event(&self, event: Event, info: &Value) -> Map<String, Value> {
        let mut record = Map::new();
        let mut put = |name: &str, value: &str| _ = record.insert(name.to_owned(), Value::from(value));
        put("source", self.settings.get("source"));
        // Rules of the site go by these four: they are the same in every language.
        put("event_class", "Highwater");
        put("resource", "SMB sessions");
        put("metric_name", "SMB sessions");
        put("type", "Highwater incident");
        put("severity", event.severity);
        put("message_key", event.key);
        let description: String = event.description.chars().take(MOST_DESCRIPTION).collect();
        put("description", &description);
        // It is a text with JSON in it.
        put("additional_info", &info.to_string());
        // Without a time, that of arrival holds: the clocks of two systems differ.
        if !event.node.is_empty() {
            put("node", event.node);
        }
        with_extra(record, self.settings.extra(), "message_key")
    }

    fn first(&self, card: &Card, follows: Option<Follows<'_>>) -> Value {
        let mut info = json!({ "incident_url": card.url });
        if let Some(follows) = follows {
            info["follows"] = Value::from(follows.remote.name.as_str());
        }
        let severity = if card.is_grave { MAJOR } else { MINOR };
        let description = format!("{}\n{}", card.title, card.text);
        let event = Event { key: &card.key, node: &card.host, severity, description: &description };
        json!({ "records": [self.event(event, &info)] })
    }

    async fn send(&self, records: &Value) -> Result<(), Failure> {
        self.desk.call(Method::POST, EVENTS, Some(records)).await?.good(said).map(|_| ())
    }

    /// Another event of a record that there is.
    async fn send_again(&self, id: &str, severity: &str, why: &str) -> Result<(), Failure> {
        let alert = self.alert(id).await?;
        let of_alert = |member: &str| alert.as_ref().map(|alert| text(&alert[member])).unwrap_or_default();
        let key = id.strip_prefix(BY_KEY).map_or_else(|| of_alert("message_key"), str::to_owned);
        if key.is_empty() {
            return Err(Failure::new("the alert is gone"));
        }
        // The same node: an alert that is made anew must be bound to the same server.
        let node = of_alert("node");
        let event = Event { key: &key, node: &node, severity, description: why };
        self.send(&json!({ "records": [self.event(event, &json!({}))] })).await
    }

    /// The alert of a key: one that is open before those that are closed, and the last of them.
    async fn alert_of(&self, key: &str) -> Result<Option<Value>, Failure> {
        // The key has no caret, which would end the condition.
        let query = encoded(&format!("message_key={key}^ORDERBYDESCsys_created_on"));
        let path = format!("{ALERTS}?sysparm_query={query}&{FIELDS}&sysparm_limit={MOST}");
        let reply = self.desk.call(Method::GET, &path, None).await?.good(said)?;
        let all = reply.json["result"].as_array().cloned().unwrap_or_default();
        // A condition on a field that an account may not read is passed over, and then everything is answered.
        let mut ours: Vec<Value> = all.into_iter().filter(|alert| alert["message_key"] == key).collect();
        ours.sort_by_key(|alert| state(alert) == TicketState::Resolved);
        Ok(ours.into_iter().next())
    }

    /// By `key:…`, or by a `sys_id` of an alert that somebody named.
    async fn alert(&self, id: &str) -> Result<Option<Value>, Failure> {
        if let Some(key) = id.strip_prefix(BY_KEY) {
            return self.alert_of(key).await;
        }
        let reply = self.desk.call(Method::GET, &format!("{ALERTS}/{}?{FIELDS}", encoded(id)), None).await?;
        if reply.status == 404 {
            return Ok(None);
        }
        let mut reply = reply.good(said)?;
        Ok(Some(reply.json["result"].take()))
    }

    /// `id`: by which it is known here.
    fn remote(&self, id: String, alert: &Value) -> Result<Remote, Failure> {
        let (sys_id, name) = (text(&alert["sys_id"]), text(&alert["number"]));
        if sys_id.is_empty() {
            return Err(Failure::new("the answer has no sys_id: is this the address of the instance itself?"));
        }
        let url = self.desk.url(&format!("/nav_to.do?uri=em_alert.do%3Fsys_id%3D{}", encoded(&sys_id)));
        let name = if name.is_empty() { sys_id } else { name };
        Ok(Remote { id, name, url, state: state(alert) })
    }
}

/// The names of these states are values, not labels: they are the same in every language. A closed alert opens again with the next event
/// of its key, so it is never more than resolved.
fn state(alert: &Value) -> TicketState {
    match text(&alert["state"]).as_str() {
        "Closed" => TicketState::Resolved,
        _ if text(&alert["acknowledged"]) == "true" => TicketState::InProgress,
        _ => TicketState::Open,
    }
}

/// A record of which there is no alert yet.
fn accepted(key: &str) -> Remote {
    Remote { id: format!("{BY_KEY}{key}"), name: key.to_owned(), url: String::new(), state: TicketState::Open }
}

/// `{"error":{"message":"…","detail":"…"}}`
pub(super) fn said(json: &Value) -> Option<String> {
    let error = &json["error"];
    let parts = [text(&error["message"]), text(&error["detail"])];
    Some(parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(": "))
}

impl TicketSystem for ServiceNowEvents {
    fn find<'a>(&'a self, key: &'a str) -> Asked<'a, Vec<Remote>> {
        Box::pin(async move {
            let alert = self.alert_of(key).await?;
            alert.iter().map(|alert| self.remote(format!("{BY_KEY}{key}"), alert)).collect::<Result<Vec<_>, _>>()
        })
    }

    fn create<'a>(&'a self, card: &'a Card, follows: Option<Follows<'a>>) -> Asked<'a, Remote> {
        Box::pin(async move {
            self.send(&self.first(card, follows)).await?;
            // What is accepted is an event: how its alert is called is known when there is one.
            Ok(accepted(&card.key))
        })
    }

    fn read<'a>(&'a self, id: &'a str) -> Asked<'a, Option<Remote>> {
        Box::pin(async move {
            match (self.alert(id).await?, id.strip_prefix(BY_KEY)) {
                (Some(alert), _) => self.remote(id.to_owned(), &alert).map(Some),
                // The event was accepted, and does not get lost: without an alert, it has not been looked at yet.
                (None, Some(key)) => Ok(Some(accepted(key))),
                (None, None) => Ok(None),
            }
        })
    }

    fn note<'a>(&'a self, remote: &'a Remote, text: &'a str, _id: &'a str) -> Asked<'a, ()> {
        Box::pin(async move {
            // Another event would write over what the alert says.
            let alert = self.alert(&remote.id).await?;
            let sys_id = alert.map(|alert| super::desk::text(&alert["sys_id"])).unwrap_or_default();
            if sys_id.is_empty() {
                return Err(Failure::new("there is no alert of the event yet, to which a remark could be added"));
            }
            let path = format!("{ALERTS}/{}?{FIELDS}", encoded(&sys_id));
            let body = json!({ "work_notes": text });
            self.desk.call(Method::PATCH, &path, Some(&body)).await?.good(said).map(|_| ())
        })
    }

    fn resolve<'a>(&'a self, remote: &'a Remote, note: &'a Note, _id: &'a str) -> Asked<'a, TicketState> {
        Box::pin(async move { self.send_again(&remote.id, CLEAR, &note.text).await.map(|()| TicketState::Resolved) })
    }

    fn reopen<'a>(&'a self, remote: &'a Remote, note: &'a Note, _id: &'a str) -> Asked<'a, TicketState> {
        // How grave it was is not known here: what comes back after its end is worth a look.
        Box::pin(async move { self.send_again(&remote.id, MAJOR, &note.text).await.map(|()| TicketState::Open) })
    }

    fn probe(&self) -> Asked<'_, ()> {
        // Whether events may be sent cannot be found out without sending one.
        Box::pin(async move { self.alert_of("highwater:probe").await.map(|_| ()) })
    }

    fn preview(&self, card: &Card) -> Preview {
        let body = serde_json::to_string_pretty(&self.first(card, None)).unwrap_or_default();
        Preview { to: format!("POST {}", self.desk.url(EVENTS)), body }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::model::connector::{Labels, System};

    #[test]
    fn an_event_carries_the_key_whatever_is_said_beside() {
        let values = [("url", "https://sn.example"), ("extra", r#"{"message_key":"other","u_site":"B"}"#)];
        let values: BTreeMap<_, _> =
            values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let settings = Settings::new(System::ServiceNowEvents, &values, &BTreeMap::new());
        let events = ServiceNowEvents::new(Http::new(Arc::default(), None).unwrap(), settings);
        let card = Card {
            key: "highwater:s:1".to_owned(),
            title: "FS1 is full".to_owned(),
            text: "é".repeat(5_000),
            is_grave: true,
            host: String::new(),
            url: "https://highwater.example/incidents/1".to_owned(),
            labels: Labels::default(),
        };
        let sent = events.first(&card, None);
        let record = &sent["records"][0];
        assert_eq!(record["message_key"], "highwater:s:1");
        assert_eq!(record["u_site"], "B");
        assert_eq!(record["source"], "Highwater");
        assert_eq!(record["severity"], "2");
        assert!(record["node"].is_null(), "it is about the fleet");
        assert_eq!(text(&record["description"]).chars().count(), MOST_DESCRIPTION);
        let info: Value = serde_json::from_str(&text(&record["additional_info"])).unwrap();
        assert_eq!(info["incident_url"], "https://highwater.example/incidents/1");
    }

    #[test]
    fn states_are_read_from_values() {
        let of = |name: &str, acknowledged: &str| state(&json!({ "state": name, "acknowledged": acknowledged }));
        assert_eq!(of("Open", "false"), TicketState::Open);
        assert_eq!(of("Reopen", "true"), TicketState::InProgress);
        assert_eq!(of("Flapping", "false"), TicketState::Open);
        assert_eq!(of("Closed", "true"), TicketState::Resolved);
    }
}
