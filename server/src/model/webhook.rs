//! Webhooks: other systems that are told over HTTP what happens to incidents. The messages keep to the Standard Webhooks specification.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::destination::{Policy, Refusal};
use super::incident::What;
use super::standing::{Failing, Off};
use super::time::DAY_MS;
use super::{WebhookId, group, typed};

/// Webhooks at most: each change of an incident is compared with each.
pub const MOST_WEBHOOKS: usize = 50;
/// Characters of a webhook's name at most.
pub const LONGEST_NAME: usize = 100;
/// Groups that one webhook is about at most.
pub const MOST_GROUPS: usize = 50;

/// Before a signing secret, as people see it.
pub const SECRET_PREFIX: &str = "whsec_";
/// Bytes of a signing secret, at least and at most.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// How long a secret signs beside the one that came after it.
pub const ROTATION_MS: i64 = DAY_MS;

/// What a message is about. The type also says which shape the message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventType {
    /// Something happened to an incident.
    Incident(What),
    /// Another webhook was switched off by the program.
    WebhookDisabled,
    /// Nothing: somebody tries whether messages arrive. Nobody has to choose it.
    Test,
}

/// A webhook as it can be kept: it was read from what a person typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    pub name: String,
    pub url: String,
    pub event_types: Vec<EventType>,
    /// Empty for all hosts.
    pub groups: Vec<String>,
}

/// What a person typed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Typed<'a> {
    pub name: &'a str,
    pub url: &'a str,
    /// Words.
    pub event_types: &'a [String],
    pub groups: &'a [String],
}

/// Why a webhook cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    #[error("Write a name, with {LONGEST_NAME} characters at most.")]
    Name,
    #[error("{0}.")]
    Url(#[from] Refusal),
    #[error("Choose at least one type of event.")]
    NoEventType,
    #[error("There is no type of event {0:?}.")]
    EventType(String),
    #[error("Choose {MOST_GROUPS} groups at most, or none for all hosts.")]
    Groups,
}

/// A destination of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: WebhookId,
    pub name: String,
    pub url: String,
    pub event_types: Vec<EventType>,
    /// Empty for all hosts.
    pub groups: Vec<String>,
    /// None while it is on.
    pub off: Option<Off>,
    /// None while it works, or has never been tried.
    pub failing: Option<Failing>,
    pub created_at: i64,
    pub created_by: String,
    pub updated_at: i64,
}

impl Webhook {
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.off.is_none()
    }

    /// Whether a message of this type is sent: one that tries it out is sent before it is switched on, too.
    #[must_use]
    pub fn takes(&self, event_type: &str) -> bool {
        self.is_on() || EventType::from_word(event_type).is_some_and(EventType::is_once)
    }

    /// Whether what is sent there can be read on the way.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        !self.url.starts_with("https:")
    }
}

/// Whether a webhook with these choices wants to be told. `group`: that of the incident's host; none if the incident is about the fleet,
/// which concerns every group.
#[must_use]
pub fn wants(event_types: &[EventType], groups: &[String], event: EventType, group: Option<&str>) -> bool {
    let is_near = groups.is_empty() || group.is_none_or(|group| groups.iter().any(|one| one == group));
    event_types.contains(&event) && is_near
}

impl NewWebhook {
    /// Reads a webhook as a person typed it.
    ///
    /// # Errors
    /// Says what to write instead.
    pub fn read(typed: Typed<'_>, policy: &Policy) -> Result<Self, Mistake> {
        let name = typed::line(typed.name, LONGEST_NAME).filter(|name| !name.is_empty()).ok_or(Mistake::Name)?;
        let url = policy.url(typed.url)?.into();
        let mut event_types = Vec::new();
        for word in typed.event_types {
            let event = EventType::from_word(word).filter(|event| EventType::CHOICE.contains(event));
            let event = event.ok_or_else(|| Mistake::EventType(word.clone()))?;
            if !event_types.contains(&event) {
                event_types.push(event);
            }
        }
        if event_types.is_empty() {
            return Err(Mistake::NoEventType);
        }
        let groups = typed.groups.iter().map(|group| group::read_name(group));
        let mut groups = groups.collect::<Result<Vec<_>, _>>().map_err(|_| Mistake::Groups)?;
        groups.sort_unstable();
        groups.dedup();
        if groups.len() > MOST_GROUPS {
            return Err(Mistake::Groups);
        }
        Ok(Self { name: name.to_owned(), url, event_types, groups })
    }
}

/// What a webhook's signing secrets are sealed for.
#[must_use]
pub fn purpose(id: WebhookId) -> String {
    format!("webhook {id}")
}

/// The bytes of a signing secret: `whsec_` and 24 to 64 bytes in base64. None if it is none.
#[must_use]
pub fn secret_bytes(secret: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(secret.trim().strip_prefix(SECRET_PREFIX)?).ok()?;
    SECRET_BYTES.contains(&bytes.len()).then_some(bytes)
}

impl EventType {
    /// What a person can choose from.
    pub const CHOICE: [Self; 13] = [
        Self::Incident(What::Opened),
        Self::Incident(What::Again),
        Self::Incident(What::Joined),
        Self::Incident(What::Acknowledged),
        Self::Incident(What::Assigned),
        Self::Incident(What::Commented),
        Self::Incident(What::Linked),
        Self::Incident(What::Unlinked),
        Self::Incident(What::Silenced),
        Self::Incident(What::Cleared),
        Self::Incident(What::Resolved),
        Self::Incident(What::Reopened),
        Self::WebhookDisabled,
    ];

    /// What a new webhook has unless somebody chooses: what changes the state of an incident.
    pub const USUAL: [Self; 5] = [
        Self::Incident(What::Opened),
        Self::Incident(What::Acknowledged),
        Self::Incident(What::Cleared),
        Self::Incident(What::Resolved),
        Self::Incident(What::Reopened),
    ];

    /// The word in messages, in the store and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Incident(What::Opened) => "incident.opened",
            Self::Incident(What::Again) => "incident.again",
            Self::Incident(What::Joined) => "incident.joined",
            Self::Incident(What::Acknowledged) => "incident.acknowledged",
            Self::Incident(What::Assigned) => "incident.assigned",
            Self::Incident(What::Commented) => "incident.commented",
            Self::Incident(What::Linked) => "incident.linked",
            Self::Incident(What::Unlinked) => "incident.unlinked",
            Self::Incident(What::Silenced) => "incident.silenced",
            Self::Incident(What::Cleared) => "incident.cleared",
            Self::Incident(What::Resolved) => "incident.resolved",
            Self::Incident(What::Reopened) => "incident.reopened",
            Self::WebhookDisabled => "webhook.disabled",
            Self::Test => "webhook.test",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::CHOICE.into_iter().chain([Self::Test]).find(|event| event.word() == word)
    }

    /// Messages that are tried once only: somebody waits for what comes of it.
    #[must_use]
    pub fn is_once(self) -> bool {
        self == Self::Test
    }
}

#[cfg(test)]
mod tests;
