use serde::Serialize;

use super::id::{AgentId, ApprovalRuleId, HostId, TokenId};

/// What an enrolled agent may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// Waits for a person to approve it.
    Pending,
    /// May push.
    Approved,
    /// Another agent has the same machine identity; both wait for a person, and the approved one goes on.
    Conflict,
    /// May not push; may enrol again.
    Revoked,
    /// May not push and may not enrol again.
    Banned,
}

/// An enrolment as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    pub id: AgentId,
    pub host: HostId,
    pub state: AgentState,
    pub attempt_sha256: [u8; 32],
    pub machine_id: String,
    pub name: String,
    pub os: String,
    pub version: String,
    /// Where it enrolled from.
    pub address: String,
    pub token: Option<TokenId>,
    /// As it said itself; empty for none.
    pub domain: String,
    /// The rule that let it in, if one did. It may be gone.
    pub rule: Option<ApprovalRuleId>,
    /// Since when its key is its key.
    pub key_at: i64,
    /// Since when it is asked to make itself another one; none if it is not.
    pub key_asked_at: Option<i64>,
    pub enrolled_at: i64,
    pub decided_at: Option<i64>,
    /// When its host was last heard; none if never.
    pub seen_at: Option<i64>,
}

/// An enrolment to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAgent {
    pub host: HostId,
    pub state: AgentState,
    pub key_sha256: [u8; 32],
    pub attempt_sha256: [u8; 32],
    pub machine_id: String,
    pub name: String,
    pub os: String,
    pub version: String,
    pub address: String,
    pub token: Option<TokenId>,
    pub domain: String,
    pub rule: Option<ApprovalRuleId>,
}

impl AgentState {
    pub const ALL: [Self; 5] = [Self::Pending, Self::Approved, Self::Conflict, Self::Revoked, Self::Banned];

    /// The word that the store keeps.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Conflict => "conflict",
            Self::Revoked => "revoked",
            Self::Banned => "banned",
        }
    }

    /// Reads [`word`](Self::word).
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }
}
