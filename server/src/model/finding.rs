//! Configuration rules that hold on a host.

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
    /// What was found, in words: `SMB1 = 1`.
    pub detail: String,
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
    /// What was found last, in words.
    pub detail: String,
    /// When it was found first.
    pub since_at: i64,
    /// When it was found to hold no more; none while it holds.
    pub gone_at: Option<i64>,
}
