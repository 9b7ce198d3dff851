//! Deliveries: messages to other systems, and what became of them.

use super::{DeliveryId, IncidentId};

/// Bytes of an answer that are kept at most.
pub const LONGEST_ANSWER: usize = 2 << 10;
/// Bytes of an error's description that are kept at most.
pub const LONGEST_ERROR: usize = 1 << 10;

/// What kind of destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EndpointKind {
    Webhook,
    Ticket,
}

/// A destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Endpoint {
    pub kind: EndpointKind,
    /// Among those of its kind.
    pub id: i64,
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It is tried, now or later.
    Waiting,
    Delivered,
    /// It is tried no more, unless somebody says so.
    Dead,
}

/// Why a delivery is tried no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// It was tried for days.
    GivenUp,
    /// The receiver says that it wants no more of them.
    Gone,
    /// The destination is switched off.
    Off,
    /// It failed, and messages of its type are tried once only.
    Once,
    /// There is no such destination any more.
    Missing,
}

/// What comes of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    Delivered,
    /// It is tried again at this instant.
    Retry(i64),
    /// It could not be tried yet, so this was no attempt: it comes again at this instant.
    Wait(i64),
    Dead(Why),
}

/// A message for a destination that is not kept yet.
#[derive(Debug, Clone, Copy)]
pub struct NewDelivery<'a> {
    pub endpoint: Endpoint,
    /// Those of one incident for one destination go in order, one at a time; those of none have no order.
    pub incident: Option<IncidentId>,
    pub event_type: &'a str,
    /// JSON.
    pub body: &'a str,
}

/// One message for one destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    /// The same for every attempt: by it receivers know a message that they have already.
    pub message_id: String,
    pub endpoint: Endpoint,
    pub incident: Option<IncidentId>,
    pub event_type: String,
    pub created_at: i64,
    /// While it waits: when it is tried next, at the earliest.
    pub due_at: i64,
    /// Since it waits, or waited last; without those that had to wait.
    pub attempts: u32,
    pub state: State,
    pub settled_at: Option<i64>,
    /// None unless it is dead.
    pub why: Option<Why>,
    /// What was answered last, if there was an answer.
    pub status: Option<u16>,
    /// Why there was none at last; empty if there was one, or no attempt.
    pub error: String,
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub at: i64,
    pub took_ms: i64,
    /// None if there was no answer.
    pub status: Option<u16>,
    /// Why there was no answer; empty if there was one.
    pub error: String,
    /// The beginning of the answer, [`LONGEST_ANSWER`] at most. Whatever the receiver wrote.
    pub answer: String,
}

impl Attempt {
    /// When it was over.
    #[must_use]
    pub fn ended_at(&self) -> i64 {
        self.at.saturating_add(self.took_ms)
    }
}

impl EndpointKind {
    pub const ALL: [Self; 2] = [Self::Webhook, Self::Ticket];

    /// The word in the store and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Ticket => "ticket",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl State {
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Dead];

    /// The word in the store, in URLs and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

impl Why {
    pub const ALL: [Self; 5] = [Self::GivenUp, Self::Gone, Self::Off, Self::Once, Self::Missing];

    /// The word in the store and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::GivenUp => "given_up",
            Self::Gone => "gone",
            Self::Off => "off",
            Self::Once => "once",
            Self::Missing => "missing",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.word() == word)
    }
}

/// The beginning of a text, of so many bytes at most.
#[must_use]
pub fn beginning(text: &str, most_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(most_bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back() {
        assert!(EndpointKind::ALL.into_iter().all(|kind| EndpointKind::from_word(kind.word()) == Some(kind)));
        assert!(State::ALL.into_iter().all(|state| State::from_word(state.word()) == Some(state)));
        assert!(Why::ALL.into_iter().all(|why| Why::from_word(why.word()) == Some(why)));
        assert_eq!((EndpointKind::from_word("mail"), State::from_word(""), Why::from_word("x")), (None, None, None));
    }

    #[test]
    fn a_beginning_ends_between_two_characters() {
        assert_eq!(beginning("héhé", 9), "héhé");
        assert_eq!(beginning("héhé", 5), "héh");
        assert_eq!(beginning("é", 0), "");
    }
}
