//! Configuration rules that hold on a host.

use serde::{Deserialize, Serialize};

use super::id::HostId;

/// How much it matters, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Critical,
    High,
    Medium,
    Low,
    Info,
}

impl Severity {
    pub const ALL: [Self; 5] = [Self::Critical, Self::High, Self::Medium, Self::Low, Self::Info];

    /// The word in the store, in URLs and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.word() == word)
    }
}

/// What a look at a host found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The rule's id: `CFG-07`.
    pub rule: &'static str,
    pub severity: Severity,
    pub detail: Detail,
}

/// What was found, in no language: pages say it in the reader's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// One thing, or several of a kind.
    Facts(Vec<Fact>),
    /// The English words of a version before facts, or what a later version stored.
    Words(String),
}

/// One thing that was found. As JSON its kind is a key, not a value: erasing names changes values only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// A setting has this value, as it stands there.
    Set {
        name: String,
        value: String,
    },
    On {
        name: String,
    },
    Off {
        name: String,
    },
    /// A setting lists these.
    List {
        name: String,
        list: String,
    },
    /// The sessions of the busiest hours of the last week.
    Busy {
        os: String,
        sessions: u32,
        limit: u32,
    },
    Share {
        name: String,
        uses: u32,
        limit: u32,
    },
    WorkItems {
        items: i64,
        requests: i64,
    },
    /// The access list of sessions has an entry for Authenticated Users.
    Everybody {},
    /// An event that came so often within the last `days`.
    Events {
        code: u32,
        count: u64,
        days: i64,
    },
    /// An event says that the rule holds.
    Told {
        code: u32,
    },
    /// The host was full for so long within the last `days`, without an event of capacity.
    Full {
        minutes: i64,
        days: i64,
    },
    /// Of all events of capacity within the last `days`, those that came while less than half was taken.
    Room {
        events: u64,
        all: u64,
        days: i64,
    },
    /// A client that leaks sessions.
    Leak {
        client: String,
        sessions: u64,
        /// Its sessions a day before; none if nothing was observed then.
        day_before: Option<u64>,
        /// Without open files for half a day and longer.
        forgotten: u64,
        /// Age of the oldest of those.
        oldest_hours: i64,
    },
}

impl Fact {
    /// The word in the messages: `detail-set`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Set { .. } => "set",
            Self::On { .. } => "on",
            Self::Off { .. } => "off",
            Self::List { .. } => "list",
            Self::Busy { .. } => "busy",
            Self::Share { .. } => "share",
            Self::WorkItems { .. } => "work-items",
            Self::Everybody {} => "everybody",
            Self::Events { .. } => "events",
            Self::Told { .. } => "told",
            Self::Full { .. } => "full",
            Self::Room { .. } => "room",
            Self::Leak { day_before: None, .. } => "leak",
            Self::Leak { day_before: Some(_), .. } => "leak-since",
        }
    }
}

impl From<Fact> for Detail {
    fn from(fact: Fact) -> Self {
        Self::Facts(vec![fact])
    }
}

impl Detail {
    /// The text in the store: a list of facts as JSON.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            // Facts hold texts and numbers only, which JSON can all say.
            Self::Facts(facts) => serde_json::to_string(facts).unwrap_or_default(),
            Self::Words(words) => words.clone(),
        }
    }

    /// Out of the store. What is no list of facts of this version is kept as it is.
    #[must_use]
    pub fn of_text(text: String) -> Self {
        serde_json::from_str(&text).map_or(Self::Words(text), Self::Facts)
    }
}

/// A rule that holds on a host, or held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub id: i64,
    pub host: HostId,
    pub host_name: String,
    /// The rule's id; one of another version may be unknown here.
    pub rule: String,
    pub severity: Severity,
    /// What was found last.
    pub detail: Detail,
    /// When it was found first.
    pub since_at: i64,
    /// When it was found to hold no more; none while it holds.
    pub gone_at: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_come_back_from_their_text_and_all_else_stays_as_it_is() {
        let name = || "a \"quoted\\name\"\0".to_owned();
        let facts = vec![
            Fact::Set { name: name(), value: "0".to_owned() },
            Fact::Everybody {},
            Fact::Leak { client: name(), sessions: 9, day_before: None, forgotten: 8, oldest_hours: 14 },
        ];
        let text = Detail::Facts(facts.clone()).to_text();
        assert!(text.starts_with(r#"[{"set":{"name":"#) && !text.contains('\0'), "{text}");
        assert_eq!(Detail::of_text(text), Detail::Facts(facts));
        for words in ["Users = 0", "", "[", "[1]", r#"[{"of-later":{}}]"#, r#"[{"on":{}}]"#] {
            assert_eq!(Detail::of_text(words.to_owned()), Detail::Words(words.to_owned()));
        }
    }
}
