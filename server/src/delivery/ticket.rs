//! Ticket systems: one contract, [`TicketSystem`], and one file for each. Promises:
//!
//! 1. **The key is ours**: a record is found by `highwater:<store>:<incident>` alone, never by a host or a title, which people change.
//! 2. **Nothing is guessed**: states are read from numbers and categories, not from names, which sites translate.
//! 3. **One thing each**: a call asks, makes or changes once, and says what came of it. In which order, and what is tried again, is up to
//!    who calls: a record is looked for before it is made.
//! 4. **Errors name the field** that the other system refused, in its own words.
//! 5. **Words come ready**, in the language of the connector: what people read in a ticket is in [`Card`], [`Note`] and [`Follows`]. What a
//!    system sorts by (a source, a tag, a class of events) is the same in every language.

mod desk;
mod email;
mod glpi_v1;
mod glpi_v2;
mod jira;
mod jsm;
mod servicenow;
mod servicenow_events;
mod teams;
mod zendesk;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::http::Http;
use crate::model::connector::System;
pub use crate::model::connector::{Card, Note, Preview, TicketState};

/// A record of the other system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// As its interface knows it; what the other calls take.
    pub id: String,
    /// As people know it: `INC0041207`.
    pub name: String,
    /// Its page for people; empty for none.
    pub url: String,
    pub state: TicketState,
}

/// A record of the same incident that cannot be opened again, which a new one follows.
#[derive(Debug, Clone, Copy)]
pub struct Follows<'a> {
    pub remote: &'a Remote,
    /// What people are told about it.
    pub said: &'a str,
}

/// Why a call did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{said}")]
pub struct Failure {
    /// For people: which field is wrong, or what was answered.
    pub said: String,
    /// None if there was no answer.
    pub status: Option<u16>,
    /// As `Retry-After` had it.
    pub retry_after: Option<String>,
    /// Whether what was asked for may have been done all the same, as when its answer is lost. Not if it was refused, or never sent.
    pub may_be_done: bool,
}

/// What a call comes to.
pub type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 'a>>;

/// The contract.
pub trait TicketSystem: Send + Sync {
    /// Records that carry the key, those first that should be gone on with: open before closed, older before newer. Always none for systems
    /// that cannot be asked.
    fn find<'a>(&'a self, key: &'a str) -> Asked<'a, Vec<Remote>>;

    /// Makes a record.
    fn create<'a>(&'a self, card: &'a Card, follows: Option<Follows<'a>>) -> Asked<'a, Remote>;

    /// The record as it is now; none if it is gone.
    fn read<'a>(&'a self, id: &'a str) -> Asked<'a, Option<Remote>>;

    /// Adds a remark. `id`: of the message, the same in every attempt.
    fn note<'a>(&'a self, remote: &'a Remote, text: &'a str, id: &'a str) -> Asked<'a, ()>;

    /// Ends it, and says why; answers the state in which it is then. Is not asked of records that are over.
    fn resolve<'a>(&'a self, remote: &'a Remote, note: &'a Note, id: &'a str) -> Asked<'a, TicketState>;

    /// Opens a resolved one again, and says why; answers the state in which it is then. Is not asked of closed ones.
    fn reopen<'a>(&'a self, remote: &'a Remote, note: &'a Note, id: &'a str) -> Asked<'a, TicketState>;

    /// Whether the address, the account and its rights are right, without changing anything.
    fn probe(&self) -> Asked<'_, ()>;

    /// What [`create`](Self::create) would send.
    fn preview(&self, card: &Card) -> Preview;
}

/// The settings of a connector, secrets included.
#[derive(Clone)]
pub struct Settings {
    system: System,
    values: BTreeMap<String, String>,
}

impl Settings {
    /// `settings` and `secrets` by the names of the system's fields.
    #[must_use]
    pub fn new(system: System, settings: &BTreeMap<String, String>, secrets: &BTreeMap<String, String>) -> Self {
        let values = settings.iter().chain(secrets).map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { system, values }
    }

    /// What was said, else what is usual; empty for neither.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        let usual = || self.system.fields().iter().find(|field| field.name == name).map_or("", |field| field.usual);
        self.values.get(name).map_or_else(usual, String::as_str)
    }

    /// As [`get`](Self::get); none if it is empty.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }

    /// Members of new records beside ours, from the field `extra`.
    #[must_use]
    pub fn extra(&self) -> serde_json::Map<String, serde_json::Value> {
        serde_json::from_str(self.get("extra")).unwrap_or_default()
    }
}

/// Secrets are not shown.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Settings").field("system", &self.system).finish_non_exhaustive()
    }
}

impl Failure {
    /// For what was answered and makes no sense, so that it may be done; or what is known without asking.
    #[must_use]
    pub fn new(said: impl Into<String>) -> Self {
        Self { said: said.into(), status: None, retry_after: None, may_be_done: true }
    }

    /// Where what was asked for was not even begun, or is known not to be done.
    #[must_use]
    fn undone(self) -> Self {
        Self { may_be_done: false, ..self }
    }
}

/// The system of a connector.
#[must_use]
pub fn connect(http: &Http, settings: Settings) -> Box<dyn TicketSystem> {
    let http = http.clone();
    match settings.system {
        System::ServiceNow => Box::new(servicenow::ServiceNow::new(http, settings)),
        System::ServiceNowEvents => Box::new(servicenow_events::ServiceNowEvents::new(http, settings)),
        System::JiraCloud => Box::new(jira::Jira::cloud(http, settings)),
        System::JiraDataCenter => Box::new(jira::Jira::data_center(http, settings)),
        System::JsmOperations => Box::new(jsm::Jsm::new(http, settings)),
        System::GlpiV1 => Box::new(glpi_v1::GlpiV1::new(http, settings)),
        System::GlpiV2 => Box::new(glpi_v2::GlpiV2::new(http, settings)),
        System::Zendesk => Box::new(zendesk::Zendesk::new(http, settings)),
        System::Email => Box::new(email::Email::new(http, settings)),
        System::Teams => Box::new(teams::Teams::new(http, settings)),
    }
}

/// What is told of an answer of this system that refuses something, for whoever tries any bytes as one.
#[must_use]
pub fn refused(system: System, status: u16, body: &[u8]) -> Failure {
    let said: fn(&serde_json::Value) -> Option<String> = match system {
        System::ServiceNow => servicenow::said,
        System::ServiceNowEvents => servicenow_events::said,
        System::JiraCloud | System::JiraDataCenter => jira::said,
        System::JsmOperations => jsm::said,
        System::GlpiV1 => glpi_v1::said,
        System::GlpiV2 => glpi_v2::said,
        System::Zendesk => zendesk::said,
        System::Teams => teams::said,
        // It answers by lines of its own, which are not read here.
        System::Email => |_| None,
    };
    desk::Reply::of(status, body).failure(said)
}
