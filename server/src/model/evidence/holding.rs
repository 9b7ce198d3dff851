//! Who held the sessions.

use serde::{Deserialize, Serialize};

use super::word;
use crate::model::class::Class;
use crate::model::eyes::UserName;
use crate::model::id::{ClientId, UserId};

/// A client at the peak, under all its names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Holder {
    pub client: Option<ClientId>,
    pub name: String,
    /// Its other names, as far as they are listed.
    pub other_names: Vec<String>,
    /// What the rules say of it; none if they say nothing.
    #[serde(with = "word::as_key")]
    pub class: Option<Class>,
    pub sessions: u32,
    /// Counts and times that the source did not know are none.
    pub idle: Option<u32>,
    pub zero_open: Option<u32>,
    pub idle_zero_open: Option<u32>,
    pub opens: Option<u64>,
    pub longest_idle_secs: Option<i64>,
    pub oldest_secs: Option<i64>,
    /// The users of its sessions, most sessions first, as far as they are listed; an empty name is nobody's.
    pub users: Vec<UserName>,
    /// How many there are.
    pub users_count: u32,
}

/// Holders who are not listed one by one, together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rest {
    pub clients: u32,
    pub sessions: u32,
    pub idle: Option<u32>,
    pub zero_open: Option<u32>,
    pub idle_zero_open: Option<u32>,
    pub opens: Option<u64>,
    /// The most that one of them held.
    pub most_sessions: u32,
}

/// A user at the peak.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UserHolder {
    pub user: Option<UserId>,
    pub name: UserName,
    #[serde(with = "word::as_key")]
    pub class: Option<Class>,
    pub sessions: u32,
    pub clients: u32,
    pub idle: Option<u32>,
    pub opens: Option<u64>,
}

/// The idle sessions of a client under one of its names: the one that commands on the host have to give.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct IdleClient {
    /// As the host knows it.
    pub name: String,
    /// Without an open file.
    pub zero_open: IdleSessions,
    pub with_opens: IdleSessions,
    /// Open files of those.
    pub opens: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct IdleSessions {
    pub sessions: u32,
    /// How long they had been idle.
    pub shortest_secs: i64,
    pub longest_secs: i64,
}

impl IdleSessions {
    /// One more.
    pub fn add(&mut self, idle_secs: i64) {
        self.shortest_secs = if self.sessions == 0 { idle_secs } else { self.shortest_secs.min(idle_secs) };
        self.longest_secs = self.longest_secs.max(idle_secs);
        self.sessions = self.sessions.saturating_add(1);
    }
}
