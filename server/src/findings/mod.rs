//! Rules about how a host is set up, about clients that leak sessions on it, and about what its events do not say. Pure: what is known of a host goes in, what holds on it
//! comes out. Promises:
//!
//! 1. **Nothing is guessed**: a rule holds only on what is known; what is unknown makes none.
//! 2. **Every rule says why**, where that is from, what to do, whether that needs a restart, and what could go wrong.
//! 3. **Nothing is done**: commands are printed for a person.

mod advice;
mod capacity;
mod events;
mod idle;
pub mod leak;
mod protocol;
mod security;
pub mod subject;
#[cfg(test)]
mod tests;

pub use advice::{ADVICE, Advice, Verdict};
pub use subject::Subject;

use crate::model::finding::{Detail, Fact, Found, Severity};

/// A rule.
#[derive(Debug)]
pub struct Rule {
    pub id: &'static str,
    /// Of most hosts on which it holds; [`Found::severity`] is that of the one.
    pub severity: Severity,
    /// As a short sentence without its full stop.
    pub title: &'static str,
    pub why: &'static str,
    pub remedy: &'static str,
    /// `PowerShell`, to be run on the host by a person; empty if there is nothing to run.
    pub command: &'static str,
    pub restart: Restart,
    /// What could go wrong.
    pub risk: &'static str,
    /// Where the reason is from.
    pub source: &'static str,
    check: fn(&Subject<'_>) -> Option<Hit>,
}

/// Whether the remedy takes effect without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    No,
    /// The service "Server" has to be restarted, which drops every session of the host.
    Service,
    /// The computer may have to be restarted.
    Computer,
}

impl Restart {
    pub const ALL: [Self; 3] = [Self::No, Self::Service, Self::Computer];

    /// The word in the messages of other languages: `rule-restart-service`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Service => "service",
            Self::Computer => "computer",
        }
    }

    /// In words, as the end of "Takes effect …".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::No => "at once",
            Self::Service => "after the service \"Server\" was restarted, which drops every session of this host",
            Self::Computer => "for good after the computer was restarted",
        }
    }
}

/// What a check found.
struct Hit {
    detail: Detail,
    /// If it is another one than the rule's.
    severity: Option<Severity>,
}

fn hit(detail: impl Into<Detail>) -> Hit {
    Hit { detail: detail.into(), severity: None }
}

/// All of these, if there are any.
fn hits(facts: impl Iterator<Item = Fact>) -> Option<Hit> {
    let facts: Vec<Fact> = facts.collect();
    (!facts.is_empty()).then(|| hit(Detail::Facts(facts)))
}

/// A setting with the value that it has.
fn set(name: &str, value: impl ToString) -> Fact {
    Fact::Set { name: name.to_owned(), value: value.to_string() }
}

fn on(name: &str) -> Fact {
    Fact::On { name: name.to_owned() }
}

fn off(name: &str) -> Fact {
    Fact::Off { name: name.to_owned() }
}

/// Every rule, in order of id.
pub static RULES: [&Rule; 23] = [
    &capacity::CLIENT_EDITION,
    &capacity::USERS_SET,
    &idle::AUTODISCONNECT_OFF,
    &idle::AUTODISCONNECT_TINY,
    &protocol::SMB1_TUNING,
    &protocol::WORK_ITEMS,
    &protocol::SMB1_ON,
    &protocol::SMB2_OFF,
    &protocol::CREDITS_MIN,
    &protocol::CREDITS_MAX,
    &protocol::THREADS,
    &protocol::IRP_STACK,
    &idle::FORCED_LOGOFF,
    &security::SIGNING,
    &protocol::LEASING,
    &capacity::SHARE_LIMIT,
    &security::NULL_SESSIONS,
    &events::INVALID_VALUE,
    &capacity::SESSIONS_PER_CONNECTION,
    &security::SESSION_INFO,
    &leak::LEAK,
    &events::FULL_WITHOUT_EVENT,
    &events::EVENT_WITHOUT_FULL,
];

/// The rules that hold, in order of id.
#[must_use]
pub fn judge(subject: &Subject<'_>) -> Vec<Found> {
    let found = |rule: &&Rule| {
        let hit = (rule.check)(subject)?;
        Some(Found { rule: rule.id, severity: hit.severity.unwrap_or(rule.severity), detail: hit.detail })
    };
    RULES.iter().filter_map(found).collect()
}

/// The rule with this id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.into_iter().find(|rule| rule.id == id)
}
