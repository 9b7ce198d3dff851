use serde::{Deserialize, Serialize};

/// A refusal, as RFC 9457 `application/problem+json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// One of [`problem_type`], relative to the server.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// What was wrong with this request and what to do about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// With `sequence-hole`: the sequence number that the server expects next for this epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_seq: Option<u64>,
    /// With `record-refused`: the record that can never be stored. The agent drops it and says so with a gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_seq: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<String>,
}

/// The kinds of problem an agent can act on.
pub mod problem_type {
    pub const SEQUENCE_HOLE: &str = "/problems/sequence-hole";
    pub const RECORD_REFUSED: &str = "/problems/record-refused";
    pub const MALFORMED: &str = "/problems/malformed-batch";
    pub const TOO_LARGE: &str = "/problems/batch-too-large";
    pub const ENCODING: &str = "/problems/unsupported-encoding";
    pub const KEY_UNKNOWN: &str = "/problems/key-unknown";
    pub const AGENT_PENDING: &str = "/problems/agent-pending";
    pub const AGENT_CONFLICT: &str = "/problems/agent-conflict";
    pub const AGENT_REVOKED: &str = "/problems/agent-revoked";
    pub const AGENT_BANNED: &str = "/problems/agent-banned";
    pub const TOKEN_REFUSED: &str = "/problems/token-refused";
    pub const CERTIFICATE_MISSING: &str = "/problems/certificate-missing";
    pub const CERTIFICATE_REFUSED: &str = "/problems/certificate-refused";
    pub const CLOCK_OFF: &str = "/problems/clock-off";
    /// The host has sent what it may in an hour or a day; the agent keeps the rest and sends it later.
    pub const OVER_QUOTA: &str = "/problems/over-quota";
    /// Nobody asked this agent for another key.
    pub const KEY_NOT_ASKED: &str = "/problems/key-not-asked";
    pub const TRY_LATER: &str = "/problems/try-later";
    pub const NOT_FOUND: &str = "/problems/not-found";
    pub const SERVER: &str = "/problems/server-error";
}
