//! The audit log: who did what, from where and when, and what it changed. Promises:
//!
//! 1. **No secret is in it**: neither passwords nor keys, and of an address that may hold one no more than where it
//!    leads ([`place`]).
//! 2. **Names of SMB clients and users can be taken out again**: as subjects they are kept by id alone, and whatever
//!    else may name one (a filter, a pattern, what somebody typed) stands in [`Changes`] only, of which the chain holds
//!    a salted hash.
//! 3. **Bounded**: so many fields, so many characters each.

pub mod chain;
mod words;

pub use words::{Action, ActorKind, Outcome, SubjectKind};

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::api_key::ApiKey;
use super::{AccountId, AgentId, ClientId, IncidentId};

/// Characters of a name at most.
pub const LONGEST_NAME: usize = 200;
/// Characters of what a field says at most.
pub const LONGEST_VALUE: usize = 1_000;
/// Fields before, and as many after.
pub const MOST_FIELDS: usize = 40;

/// Who does something, by the name of then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    pub id: Option<i64>,
    pub name: String,
}

/// Who does something, from where and when. Taken from a request, and handed down to where it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    pub actor: Actor,
    /// Empty for this machine itself.
    pub address: String,
    pub at: i64,
}

/// What something is done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub kind: SubjectKind,
    pub id: Option<i64>,
    /// Of then. Never that of a client or user.
    pub name: String,
}

/// What fields said before and say now.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Changes {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub before: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub after: BTreeMap<String, String>,
}

/// Something that is done, as it is written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    pub action: Action,
    pub subject: Subject,
    pub outcome: Outcome,
    pub changes: Changes,
}

/// An entry as it is read. Its words may be of a later version of this program, which then writes on the same database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub seq: u64,
    pub at: i64,
    /// See [`ActorKind`].
    pub actor_kind: String,
    pub actor_id: Option<i64>,
    pub actor_name: String,
    pub address: String,
    /// See [`Action`].
    pub action: String,
    /// See [`SubjectKind`].
    pub subject_kind: String,
    pub subject_id: Option<i64>,
    pub subject_name: String,
    /// See [`Outcome`].
    pub outcome: String,
    pub changes: Changes,
    /// A name was taken out of the changes.
    pub is_redacted: bool,
    pub sha256: [u8; 32],
}

impl Actor {
    #[must_use]
    pub fn person(id: AccountId, name: &str) -> Self {
        Self { kind: ActorKind::Person, id: Some(id.0), name: bounded(name, LONGEST_NAME) }
    }

    #[must_use]
    pub fn key(key: &ApiKey) -> Self {
        Self { kind: ActorKind::Key, id: Some(key.id.0), name: bounded(&key.signature(), LONGEST_NAME) }
    }

    #[must_use]
    pub fn agent(id: AgentId, name: &str) -> Self {
        Self { kind: ActorKind::Agent, id: Some(id.0), name: bounded(name, LONGEST_NAME) }
    }

    /// This program. `name`: what of it, such as `command line`.
    #[must_use]
    pub fn program(name: &str) -> Self {
        Self { kind: ActorKind::Program, id: None, name: bounded(name, LONGEST_NAME) }
    }

    #[must_use]
    pub fn nobody() -> Self {
        Self { kind: ActorKind::Nobody, id: None, name: String::new() }
    }
}

impl Trail {
    /// Of this program, from this machine.
    #[must_use]
    pub fn program(name: &str, at: i64) -> Self {
        Self { actor: Actor::program(name), address: String::new(), at }
    }
}

impl Subject {
    #[must_use]
    pub fn new(kind: SubjectKind, id: Option<i64>, name: &str) -> Self {
        Self { kind, id, name: bounded(name, LONGEST_NAME) }
    }

    #[must_use]
    pub fn client(id: ClientId) -> Self {
        Self::new(SubjectKind::Client, Some(id.0), "")
    }

    #[must_use]
    pub fn incident(id: IncidentId) -> Self {
        Self::new(SubjectKind::Incident, Some(id.0), "")
    }

    #[must_use]
    pub fn account(id: AccountId, name: &str) -> Self {
        Self::new(SubjectKind::Account, Some(id.0), name)
    }
}

impl Deed {
    /// Done, with nothing told of it yet.
    #[must_use]
    pub fn new(action: Action, subject: Subject) -> Self {
        Self { action, subject, outcome: Outcome::Done, changes: Changes::default() }
    }

    /// Short for a subject of this kind and id.
    #[must_use]
    pub fn on(action: Action, (kind, id, name): (SubjectKind, i64, &str)) -> Self {
        Self::new(action, Subject::new(kind, Some(id), name))
    }

    #[must_use]
    pub fn with(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// What a field said before.
    #[must_use]
    pub fn before(mut self, field: &str, value: impl ToString) -> Self {
        put(&mut self.changes.before, field, &value.to_string());
        self
    }

    /// What a field says now, or what else is to be known of the deed.
    #[must_use]
    pub fn after(mut self, field: &str, value: impl ToString) -> Self {
        put(&mut self.changes.after, field, &value.to_string());
        self
    }

    /// Both, where they differ.
    #[must_use]
    pub fn change(self, field: &str, before: impl ToString, after: impl ToString) -> Self {
        let (before, after) = (before.to_string(), after.to_string());
        if before == after { self } else { self.before(field, before).after(field, after) }
    }
}

impl Changes {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// Every field that is in one of the two, with what it said before and says now.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Option<&str>, Option<&str>)> {
        let names: BTreeSet<&String> = self.before.keys().chain(self.after.keys()).collect();
        names.into_iter().map(move |name| {
            let (before, after) = (self.before.get(name), self.after.get(name));
            (name.as_str(), before.map(String::as_str), after.map(String::as_str))
        })
    }
}

fn put(fields: &mut BTreeMap<String, String>, field: &str, value: &str) {
    if fields.len() < MOST_FIELDS {
        fields.insert(bounded(field, LONGEST_NAME), bounded(value, LONGEST_VALUE));
    }
}

/// So many characters of a text at most, as both databases can hold it.
fn bounded(text: &str, most: usize) -> String {
    let mut kept: String =
        text.chars().take(most).map(|c| if c == '\0' { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if text.chars().nth(most).is_some() {
        kept.push('…');
    }
    kept
}

/// What stands for a text that may hold a secret, so that a change of it is seen.
#[must_use]
pub fn digits(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes())).chars().take(8).collect()
}

/// Where an address leads, without what may be a secret in it: path and query stand there as [`digits`].
#[must_use]
pub fn place(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return String::new() };
    let origin = url.origin().ascii_serialization();
    if matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none() {
        return origin;
    }
    format!("{origin}/… ({})", digits(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_a_change_and_all_of_it_is_bounded() {
        let subject = Subject::new(SubjectKind::Webhook, Some(7), &"n".repeat(300));
        assert_eq!(subject.name.chars().count(), LONGEST_NAME + 1);
        let mut deed =
            Deed::new(Action::WebhookChanged, subject).change("name", "a", "a").change("groups", "", "Paris");
        deed = deed.after("typed", "a\0b").after("long", "é".repeat(2_000));
        let fields: Vec<_> = deed.changes.fields().map(|(name, before, _)| (name, before)).collect();
        assert_eq!(fields, [("groups", Some("")), ("long", None), ("typed", None)]);
        assert_eq!(deed.changes.after["typed"], "a\u{fffd}b");
        assert_eq!(deed.changes.after["long"].chars().count(), LONGEST_VALUE + 1);
        for n in 0..100 {
            deed = deed.after(&n.to_string(), n);
        }
        assert_eq!(deed.changes.after.len(), MOST_FIELDS);
    }

    #[test]
    fn what_may_be_a_secret_in_an_address_is_not_told_and_its_change_is_seen() {
        let secret = place("https://hooks.example/services/T0/B1/hunter2");
        assert!(secret.starts_with("https://hooks.example/… (") && !secret.contains("hunter2"), "{secret}");
        assert_ne!(secret, place("https://hooks.example/services/T0/B1/hunter3"));
        assert_eq!(place("https://tickets.example:8443/"), "https://tickets.example:8443");
        assert_eq!(place("no address"), "");
        assert!(!place("https://user:hunter2@a.example/?token=hunter2").contains("hunter2"));
    }
}
