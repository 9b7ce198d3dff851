//! The words that parameters and fields can have, from where they are read and written.

use serde_json::{Value, json};

use crate::model::agent::AgentState;
use crate::model::audit::{Action, ActorKind, Outcome, SubjectKind};
use crate::model::class::Class;
use crate::model::event::EventClass;
use crate::model::finding::Severity;
use crate::model::group::Origin;
use crate::model::holder::Measure;
use crate::model::host::Level;
use crate::model::incident::{Kind, State, What};
use crate::model::intake;
use crate::model::limit::LimitSource;
use crate::model::token::Approve;
use crate::model::webhook::EventType;

/// Says which words a parameter takes. Other parameters stay as they are.
pub(super) fn fill_parameters(operation: &mut Value, path: &str) {
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default();
        let words: Vec<&str> = match (path, name) {
            (_, "level") => Level::ALL.map(Level::word).to_vec(),
            (_, "by") => Measure::ALL.map(Measure::word).to_vec(),
            (_, "severity") => Severity::ALL.map(Severity::word).to_vec(),
            (_, "step") => vec!["5m", "1h"],
            ("/api/v1/events", "class") => EventClass::ALL.map(EventClass::word).to_vec(),
            (_, "class") => Class::ALL.map(Class::word).to_vec(),
            ("/api/v1/incidents", "kind") => Kind::ALL.map(Kind::word).to_vec(),
            ("/api/v1/incidents", "state") => State::ALL.map(State::word).into_iter().chain(["unresolved"]).collect(),
            ("/api/v1/findings", "state") => vec!["holding", "gone"],
            ("/api/v1/audit", "action") => Action::ALL.iter().map(|one| one.word()).collect(),
            ("/api/v1/audit", "actor_kind") => ActorKind::ALL.iter().map(|one| one.word()).collect(),
            ("/api/v1/audit", "subject_kind") => SubjectKind::ALL.iter().map(|one| one.word()).collect(),
            ("/api/v1/agents", "state") => AgentState::ALL.map(AgentState::word).to_vec(),
            _ => Vec::new(),
        };
        let mut schema = parameter["schema"].take();
        // What is absent is absent: there is no null in an address or a header.
        strip_null(&mut schema);
        if !words.is_empty() {
            schema["enum"] = json!(words);
        }
        parameter["schema"] = schema;
    }
}

/// `T | null` as `T`.
fn strip_null(schema: &mut Value) {
    if let Some(kinds) = schema["type"].as_array() {
        let kinds: Vec<Value> = kinds.iter().filter(|kind| **kind != "null").cloned().collect();
        if let [kind] = kinds.as_slice() {
            schema["type"] = kind.clone();
        }
    }
    let found = schema["oneOf"].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null").cloned());
    if let Some(found) = found {
        *schema = found;
    }
}

/// Says which words a field of an answer has.
pub(super) fn fill_schemas(schemas: &mut Value) {
    let fields: [(&str, &str, Vec<&str>); 22] = [
        ("HostBody", "level", Level::ALL.map(Level::word).to_vec()),
        ("HostBody", "group_origin", [Origin::Hand, Origin::Rule, Origin::Token].map(Origin::word).to_vec()),
        ("AgentBody", "state", AgentState::ALL.map(AgentState::word).to_vec()),
        ("EnrolledBody", "state", AgentState::ALL.map(AgentState::word).to_vec()),
        ("EnrolledBody", "over_quota", intake::Measure::ALL.map(intake::Measure::word).to_vec()),
        ("LimitBody", "source", LimitSource::ALL.map(LimitSource::word).to_vec()),
        ("RankedBody", "by", Measure::ALL.map(Measure::word).to_vec()),
        ("HolderBody", "class", Class::ALL.map(Class::word).to_vec()),
        ("EventBody", "class", EventClass::ALL.map(EventClass::word).to_vec()),
        ("FindingBody", "severity", Severity::ALL.map(Severity::word).to_vec()),
        ("IncidentBody", "kind", Kind::ALL.map(Kind::word).to_vec()),
        ("IncidentBody", "state", State::ALL.map(State::word).to_vec()),
        ("EntryBody", "what", What::ALL.map(What::word).to_vec()),
        ("TokenBody", "approve", Approve::ALL.map(Approve::word).to_vec()),
        ("ChangeBody", "what", CHANGES.to_vec()),
        ("WebhookBody", "event_types", EventType::CHOICE.map(EventType::word).to_vec()),
        ("NewWebhookBody", "event_types", EventType::CHOICE.map(EventType::word).to_vec()),
        ("WebhookChangesBody", "event_types", EventType::CHOICE.map(EventType::word).to_vec()),
        ("AuditEntryBody", "action", Action::ALL.iter().map(|one| one.word()).collect()),
        ("AuditEntryBody", "actor_kind", ActorKind::ALL.iter().map(|one| one.word()).collect()),
        ("AuditEntryBody", "subject_kind", SubjectKind::ALL.iter().map(|one| one.word()).collect()),
        ("AuditEntryBody", "outcome", Outcome::ALL.iter().map(|one| one.word()).collect()),
    ];
    for (schema, field, words) in fields {
        let Some(whole) = schemas.get_mut(schema).and_then(|schema| field_of(schema, field)) else { continue };
        // Of a list, each one.
        let whole = if whole.get("items").is_some() { &mut whole["items"] } else { whole };
        let mut words = json!(words);
        if whole["type"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "null")) {
            words.as_array_mut().into_iter().for_each(|words| words.push(Value::Null));
        }
        whole["enum"] = words;
    }
}

/// All that can change about a host.
const CHANGES: [&str; 11] = [
    "name",
    "full_name",
    "domain",
    "cluster",
    "addresses",
    "system",
    "build",
    "time_zone",
    "start",
    "agent_version",
    "setting",
];

/// A field of an object, also of one that is put together of several.
fn field_of<'a>(schema: &'a mut Value, field: &str) -> Option<&'a mut Value> {
    let is_own = schema.get("properties").is_some_and(|own| own.get(field).is_some());
    if is_own {
        return schema.get_mut("properties")?.get_mut(field);
    }
    let parts = schema.get_mut("allOf")?.as_array_mut()?;
    parts.iter_mut().find_map(|part| part.get_mut("properties")?.get_mut(field))
}
