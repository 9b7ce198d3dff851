//! What webhooks are told: the body of a message, as JSON.
//!
//! Every body has three members: `type` (the event type), `timestamp` (when it happened) and `data`. Instants are RFC 3339 in UTC; what is
//! not known, or is not so yet, is null. Members may be added, and none is taken away: receivers pass over those they do not know.
//!
//! `incident.…`:
//!
//! ```json
//! {"type":"incident.acknowledged","timestamp":"2026-03-02T10:05:00Z","data":{
//!   "incident":{"id":7,"kind":"full","state":"acknowledged","host":{"id":3,"name":"FS02"},"group":"Paris","subject":null,
//!     "from_at":"2026-03-02T09:59:00Z","opened_at":"2026-03-02T10:00:00Z","until_at":null,"resolved_at":null,"unknown_since":null,
//!     "stretches":1,"owner":"ann","version":2,"updated_at":"2026-03-02T10:05:00Z","url":"https://highwater.corp.example:8443/incidents/7"},
//!   "entry":{"id":12,"at":"2026-03-02T10:05:00Z","what":"acknowledged","by":"ann","text":null}}}
//! ```
//!
//! The incident's `id` is never told again, so it is the key under which to keep it; `version` grows with every change. `host` is null if
//! the incident is about the fleet.
//!
//! `webhook.disabled`, to the other webhooks: `"data":{"webhook":{"id":2,"name":"Tickets","why":"gone","off_at":"…","url":"…"}}`, where
//! `url` is the page of the webhooks. `webhook.test`: `"data":{"webhook":{"id":2,"name":"Tickets"}}`.

use jiff::Timestamp;
use serde::Serialize;

use super::WebhookId;
use super::incident::{Entry, Incident};
use super::standing::OffWhy;
use super::webhook::EventType;

#[derive(Serialize)]
struct Body<'a, D> {
    r#type: &'a str,
    timestamp: Option<Timestamp>,
    data: D,
}

#[derive(Serialize)]
struct IncidentData<'a> {
    incident: IncidentBody<'a>,
    entry: EntryBody<'a>,
}

#[derive(Serialize)]
struct IncidentBody<'a> {
    id: i64,
    kind: &'a str,
    state: &'a str,
    host: Option<HostBody<'a>>,
    group: Option<&'a str>,
    subject: Option<&'a str>,
    from_at: Option<Timestamp>,
    opened_at: Option<Timestamp>,
    until_at: Option<Timestamp>,
    resolved_at: Option<Timestamp>,
    unknown_since: Option<Timestamp>,
    stretches: u32,
    owner: Option<&'a str>,
    version: u64,
    updated_at: Option<Timestamp>,
    url: String,
}

#[derive(Serialize)]
struct HostBody<'a> {
    id: i64,
    name: &'a str,
}

#[derive(Serialize)]
struct EntryBody<'a> {
    id: i64,
    at: Option<Timestamp>,
    what: &'a str,
    by: Option<&'a str>,
    text: Option<&'a str>,
}

#[derive(Serialize)]
struct WebhookData<'a> {
    webhook: WebhookBody<'a>,
}

#[derive(Serialize)]
struct WebhookBody<'a> {
    id: i64,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    off_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// What happened to an incident: the incident as it is after that. `public_url`: of this server, without a slash at the end.
#[must_use]
pub fn incident(incident: &Incident, entry: &Entry, public_url: &str) -> String {
    let told = IncidentBody {
        id: incident.id.0,
        kind: incident.kind.word(),
        state: incident.state.word(),
        host: incident.host.map(|host| HostBody { id: host.0, name: &incident.host_name }),
        group: filled(&incident.group_name),
        subject: filled(&incident.subject),
        from_at: instant(incident.from_at),
        opened_at: instant(incident.opened_at),
        until_at: incident.until_at.and_then(instant),
        resolved_at: incident.resolved_at.and_then(instant),
        unknown_since: incident.unknown_since.and_then(instant),
        stretches: incident.stretches,
        owner: filled(&incident.owner_name),
        version: incident.version,
        updated_at: instant(incident.updated_at),
        url: format!("{public_url}/incidents/{}", incident.id),
    };
    let (event, at) = (EventType::Incident(entry.what), instant(entry.at));
    let (by, text) = (filled(&entry.by), filled(&entry.text));
    let entry = EntryBody { id: entry.id, at, what: entry.what.word(), by, text };
    write(&Body { r#type: event.word(), timestamp: at, data: IncidentData { incident: told, entry } })
}

/// A webhook was switched off by the program. `page_url`: where people see to it.
#[must_use]
pub fn webhook_disabled(id: WebhookId, name: &str, why: OffWhy, off_at: i64, page_url: &str) -> String {
    let (why, off_at) = (Some(why.word()), instant(off_at));
    let webhook = WebhookBody { id: id.0, name, why, off_at, url: filled(page_url).map(str::to_owned) };
    let event = EventType::WebhookDisabled.word();
    write(&Body { r#type: event, timestamp: off_at, data: WebhookData { webhook } })
}

/// Somebody tries whether messages arrive.
#[must_use]
pub fn test(id: WebhookId, name: &str, now_at: i64) -> String {
    let webhook = WebhookBody { id: id.0, name, why: None, off_at: None, url: None };
    let event = EventType::Test.word();
    write(&Body { r#type: event, timestamp: instant(now_at), data: WebhookData { webhook } })
}

fn write<D: Serialize>(body: &Body<'_, D>) -> String {
    // Text, numbers and instants only: nothing of them cannot be written.
    serde_json::to_string(body).unwrap_or_default()
}

/// None out of any calendar: nobody can say when that was.
fn instant(at: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(at).ok()
}

fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::incident::{Kind, State, What};
    use crate::model::{AccountId, HostId, IncidentId};

    /// 2026-03-02T10:00:00Z.
    const T0: i64 = 1_772_445_600_000;

    fn full() -> Incident {
        Incident {
            id: IncidentId(7),
            host: Some(HostId(3)),
            host_name: "FS02".to_owned(),
            group_name: "Paris".to_owned(),
            kind: Kind::Full,
            state: State::Acknowledged,
            from_at: T0 - 60_000,
            opened_at: T0,
            until_at: None,
            resolved_at: None,
            unknown_since: None,
            stretches: 1,
            owner: Some(AccountId(1)),
            owner_name: "ann".to_owned(),
            is_silenced: false,
            subject: String::new(),
            version: 2,
            updated_at: T0 + 300_000,
        }
    }

    fn acknowledged() -> Entry {
        Entry { id: 12, at: T0 + 300_000, what: What::Acknowledged, by: "ann".to_owned(), text: String::new() }
    }

    #[test]
    fn the_body_is_the_one_that_is_documented() {
        let told = incident(&full(), &acknowledged(), "https://highwater.corp.example:8443");
        let source = include_str!("payload.rs");
        let example = source.split("```").nth(1).unwrap().trim_start_matches("json");
        let example: String = example.lines().map(|line| line.trim_start_matches("//!").trim()).collect();
        assert_eq!(told, example);
    }

    #[test]
    fn of_the_fleet_and_by_the_program_is_null_and_not_empty() {
        let fleet = Incident { host: None, host_name: String::new(), group_name: String::new(), ..full() };
        let opened = Entry { what: What::Opened, by: String::new(), ..acknowledged() };
        let told: serde_json::Value = serde_json::from_str(&incident(&fleet, &opened, "")).unwrap();
        let (incident, entry) = (&told["data"]["incident"], &told["data"]["entry"]);
        for (of, member) in
            [(incident, "host"), (incident, "group"), (incident, "subject"), (entry, "by"), (entry, "text")]
        {
            assert!(of.as_object().unwrap().contains_key(member) && of[member].is_null(), "{member}: {told}");
        }
    }

    #[test]
    fn names_that_are_hostile_stay_one_text() {
        let name = "\"},\"x\":\u{202e}\r\n\0<script>";
        let told = incident(&Incident { host_name: name.to_owned(), ..full() }, &acknowledged(), "");
        assert!(!told.contains(['\r', '\n', '\0']), "{told}");
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told["data"]["incident"]["host"]["name"], name);
    }

    #[test]
    fn what_is_told_of_webhooks_says_which_and_why() {
        let id = WebhookId(2);
        assert_eq!(
            webhook_disabled(id, "Tickets", OffWhy::Gone, T0, "https://h/settings/webhooks"),
            "{\"type\":\"webhook.disabled\",\"timestamp\":\"2026-03-02T10:00:00Z\",\"data\":{\"webhook\":{\"id\":2,\
             \"name\":\"Tickets\",\"why\":\"gone\",\"off_at\":\"2026-03-02T10:00:00Z\",\
             \"url\":\"https://h/settings/webhooks\"}}}"
        );
        assert_eq!(
            test(id, "Tickets", T0),
            "{\"type\":\"webhook.test\",\"timestamp\":\"2026-03-02T10:00:00Z\",\"data\":{\"webhook\":{\"id\":2,\
             \"name\":\"Tickets\"}}}"
        );
    }
}
