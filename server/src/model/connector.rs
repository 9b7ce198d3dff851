//! Connectors: other systems in which each incident becomes one ticket.

use std::collections::BTreeMap;
use std::fmt;

use super::destination::{Policy, Refusal};
use super::incident::{Kind, What};
use super::standing::{Failing, Off};
use super::time::MINUTE_MS;
use super::{ConnectorId, IncidentId, group, typed};

mod field;
mod system;

pub use field::{Field, FieldKind};
pub use system::System;

/// Connectors at most.
pub const MOST_CONNECTORS: usize = 20;
/// Characters of a connector's name at most.
pub const LONGEST_NAME: usize = 60;
/// Groups that one connector is about at most.
pub const MOST_GROUPS: usize = 50;
/// Characters of one setting at most.
pub const LONGEST_SETTING: usize = 4_000;

/// Where incidents become tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connector {
    pub id: ConnectorId,
    pub name: String,
    pub system: System,
    /// Fields of [`System::fields`] that are no secrets. What is missing is as usual.
    pub settings: BTreeMap<String, String>,
    /// Of which kinds incidents become tickets.
    pub kinds: Vec<Kind>,
    /// Empty for all hosts.
    pub groups: Vec<String>,
    /// `en` or `fr`: what tickets are written in.
    pub language: String,
    /// None while it is on.
    pub off: Option<Off>,
    /// None while it works, or has never been tried.
    pub failing: Option<Failing>,
    pub created_at: i64,
    pub created_by: String,
    pub updated_at: i64,
}

/// A connector as it can be kept: it was read from what a person typed.
#[derive(Clone, PartialEq, Eq)]
pub struct NewConnector {
    pub name: String,
    pub system: System,
    pub settings: BTreeMap<String, String>,
    /// Secrets that were typed. Those that were left empty stay as they are.
    pub secrets: BTreeMap<String, String>,
    pub kinds: Vec<Kind>,
    pub groups: Vec<String>,
    pub language: String,
}

/// What a person typed.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    pub name: &'a str,
    pub system: System,
    /// By the names of fields.
    pub fields: &'a BTreeMap<String, String>,
    /// Words.
    pub kinds: &'a [String],
    pub groups: &'a [String],
    pub language: &'a str,
    /// Whether there are secrets already that may stay.
    pub has_secrets: bool,
}

/// Without the secrets.
impl fmt::Debug for NewConnector {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { name, system, settings, kinds, groups, language, .. } = self;
        f.debug_struct("NewConnector")
            .field("name", name)
            .field("system", system)
            .field("settings", settings)
            .field("kinds", kinds)
            .field("groups", groups)
            .field("language", language)
            .finish_non_exhaustive()
    }
}

/// Without the fields, since some are secrets.
impl fmt::Debug for Typed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Typed").field("name", &self.name).field("system", &self.system).finish_non_exhaustive()
    }
}

/// Why a connector cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    #[error("Write a name, with {LONGEST_NAME} characters at most.")]
    Name,
    #[error("{0}.")]
    Url(#[from] Refusal),
    #[error("The field {0} is missing.")]
    Missing(&'static str),
    #[error("The field {0} is not understood.")]
    Field(&'static str),
    #[error("Choose at least one kind of incident.")]
    Kinds,
    #[error("Choose {MOST_GROUPS} groups at most, or none for all hosts.")]
    Groups,
}

/// How far a ticket is, as the other system has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketState {
    Open,
    /// Somebody works on it.
    InProgress,
    /// It can be opened again.
    Resolved,
    /// It cannot be changed any more.
    Closed,
}

/// The ticket of one incident in one system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub connector: ConnectorId,
    pub incident: IncidentId,
    /// As the system's interface knows it; none until it is known that there is one.
    pub remote_id: Option<String>,
    /// As people know it: `INC0041207`.
    pub name: String,
    /// Empty if it has no page.
    pub url: String,
    /// What was written or read last.
    pub state: TicketState,
    /// When it was last going to be made, which may have happened; none if that is settled.
    pub intended_at: Option<i64>,
    /// When its state was read last.
    pub looked_at: i64,
}

/// What a new record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// [`key`] of the incident.
    pub key: String,
    /// One line, 160 characters at most.
    pub title: String,
    /// Plain text of several lines, some 4,000 characters at most. Names in it come from outside.
    pub text: String,
    /// Whether people cannot work because of it.
    pub is_grave: bool,
    /// Empty if it is about the fleet.
    pub host: String,
    /// The incident's page.
    pub url: String,
    pub labels: Labels,
}

/// What stands beside parts of a record, in its language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels {
    pub host: String,
    /// Of what leads to the incident's page.
    pub page: String,
}

/// What is written to a record that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What becomes of the record, in a word or two, for systems that keep no states; empty if nothing does.
    pub heading: String,
    pub text: String,
}

/// What would be sent to make a record: for people to look at. No secret is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// `POST https://…`, or the envelope of a mail.
    pub to: String,
    /// As it would be sent.
    pub body: String,
}

impl Connector {
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.off.is_none()
    }

    /// Whether a message of this type is sent: one that tries it out is sent before it is switched on, too.
    #[must_use]
    pub fn takes(&self, event_type: &str) -> bool {
        self.is_on() || event_type == TEST
    }

    /// Who did it, when the other system says that something was done: nobody's account has such a name.
    #[must_use]
    pub fn mark(&self) -> String {
        mark(&self.name)
    }

    /// Whether an incident of this kind on a host of this group (none if it is about the fleet) becomes a ticket.
    #[must_use]
    pub fn wants(&self, kind: Kind, group: Option<&str>) -> bool {
        let is_near = self.groups.is_empty() || group.is_none_or(|group| self.groups.iter().any(|one| one == group));
        self.kinds.contains(&kind) && is_near
    }
}

/// As [`Connector::mark`].
#[must_use]
pub fn mark(name: &str) -> String {
    format!("[{name}]")
}

/// What of an incident's story a ticket is told.
#[must_use]
pub fn is_told(what: What) -> bool {
    !matches!(what, What::Linked | What::Unlinked | What::Silenced)
}

/// The key of an incident in every ticket system: nobody else's, and never another's.
#[must_use]
pub fn key(store_id: &str, incident: IncidentId) -> String {
    format!("highwater:{store_id}:{incident}")
}

/// What a connector's secrets are sealed for.
#[must_use]
pub fn purpose(id: ConnectorId) -> String {
    format!("connector {id}")
}

impl NewConnector {
    /// Reads a connector as a person typed it.
    ///
    /// # Errors
    /// Says what to write instead.
    pub fn read(typed: Typed<'_>, policy: &Policy) -> Result<Self, Mistake> {
        let name = typed::line(typed.name, LONGEST_NAME).filter(|name| !name.is_empty()).ok_or(Mistake::Name)?;
        let (mut settings, mut secrets) = (BTreeMap::new(), BTreeMap::new());
        for field in typed.system.fields() {
            let text = typed.fields.get(field.name).map_or("", |text| text.trim());
            if text.is_empty() {
                let stays = field.kind == FieldKind::Secret && typed.has_secrets;
                if field.is_required && field.usual.is_empty() && !stays {
                    return Err(Mistake::Missing(field.name));
                }
                continue;
            }
            let read = field.read(text, policy)?;
            let kept = if field.kind.is_secret() { &mut secrets } else { &mut settings };
            kept.insert(field.name.to_owned(), read);
        }
        let kinds: Vec<Kind> =
            Kind::ALL.into_iter().filter(|kind| typed.kinds.iter().any(|word| word == kind.word())).collect();
        if kinds.is_empty() {
            return Err(Mistake::Kinds);
        }
        let groups = typed.groups.iter().map(|group| group::read_name(group));
        let mut groups = groups.collect::<Result<Vec<_>, _>>().map_err(|_| Mistake::Groups)?;
        groups.sort_unstable();
        groups.dedup();
        if groups.len() > MOST_GROUPS {
            return Err(Mistake::Groups);
        }
        let language = if typed.language == "fr" { "fr" } else { "en" };
        let (name, language) = (name.to_owned(), language.to_owned());
        Ok(Self { name, system: typed.system, settings, secrets, kinds, groups, language })
    }
}

impl TicketState {
    pub const ALL: [Self; 4] = [Self::Open, Self::InProgress, Self::Resolved, Self::Closed];

    /// The word in the store.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in_progress",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Nobody has to do anything about it.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed)
    }
}

/// The type of the message that tries whether a connector works: it is about no incident.
pub const TEST: &str = "connector.test";
/// How long after it was looked at the state of a ticket is read again.
pub const LOOK_AGAIN_MS: i64 = MINUTE_MS;

#[cfg(test)]
mod tests;
