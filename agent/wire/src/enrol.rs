use std::fmt;

use serde::{Deserialize, Serialize};

use crate::AgentSettings;

/// Asks for an identity. The token can do nothing else: the whole domain can read it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The enrolment token (`hwe_…`).
    pub token: String,
    /// A stable name of this installation of the operating system, 64 hexadecimal digits at most. Two machines that say the
    /// same are clones, and the second waits for a person.
    pub machine_id: String,
    /// 256 random bits in hexadecimal that the agent made, and saved, before its first try. Repeating a request whose answer
    /// was lost then gives the same agent a key instead of a conflict with itself.
    pub attempt: String,
    /// The host's short name, for people.
    pub name: String,
    #[serde(default)]
    pub agent_version: String,
    /// Operating system in words, for people.
    #[serde(default)]
    pub os: String,
    /// The domain that it says it is a member of; absent for none, and from agents that did not say it yet.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub domain: String,
}

/// Offers the key by which the agent goes on: it made and saved it itself. Asked for by
/// [`rotate_key`](AgentSettings::rotate_key); the old key counts until the new one is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyOffer {
    /// SHA-256 of the whole key, prefix included; 64 hexadecimal digits.
    pub key_sha256: String,
}

/// The answer to [`EnrolRequest`]: an identity, which may still have to wait for a person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    pub host_id: i64,
    /// The agent's key (`hwa_…`, 256 bits). The server keeps only its SHA-256 and cannot say it again.
    pub key: String,
    pub state: AgentState,
    pub store_id: String,
    pub server_at: i64,
}

/// Without the token, and without what proves that a repeated request is the same one.
impl fmt::Debug for EnrolRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolRequest")
            .field("machine_id", &self.machine_id)
            .field("name", &self.name)
            .field("agent_version", &self.agent_version)
            .field("os", &self.os)
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

/// Without the key.
impl fmt::Debug for Enrolled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enrolled")
            .field("host_id", &self.host_id)
            .field("state", &self.state)
            .field("store_id", &self.store_id)
            .field("server_at", &self.server_at)
            .finish_non_exhaustive()
    }
}

/// What [`SETTINGS_PATH`](crate::SETTINGS_PATH) answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentStatus {
    pub host_id: i64,
    pub state: AgentState,
    pub store_id: String,
    pub server_at: i64,
    pub settings: AgentSettings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentState {
    /// Waits for a person to approve it. Its batches are refused with 403 and stay in its spool.
    Pending,
    /// May push.
    Approved,
    /// Another agent has the same machine identity; both are kept apart until a person decides.
    Conflict,
    /// May not push; may enrol again.
    Revoked,
    /// May not push and may not enrol again.
    Banned,
}
