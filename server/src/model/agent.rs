use serde::Serialize;

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
