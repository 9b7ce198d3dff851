use serde::{Deserialize, Serialize};

use crate::Record;

/// One POST: a contiguous run of records out of one agent's spool.
///
/// Record `i` has the sequence number `first_seq + i`. An empty batch is legal: it asks where the server stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Names the spool that numbered these records: 32 hexadecimal digits. A new spool is a new epoch and starts at 1.
    pub epoch: String,
    /// Sequence number of the first record, from 1.
    pub first_seq: u64,
    /// Names the operating system's current boot, as the host states it; empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub boot_id: String,
    /// The agent's clock when it sent the batch: the server tells the clock's error from it.
    pub sent_at: i64,
    /// Version of the agent's program, for example `0.1.0`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub agent_version: String,
    /// Records that still wait in the spool behind this batch.
    #[serde(default)]
    pub queued_records: u64,
    /// Of more than [`MAX_RECORDS`](crate::MAX_RECORDS) a reader keeps one more than that.
    #[serde(deserialize_with = "crate::bounded::records")]
    pub records: Vec<Record>,
}

/// The server's answer once everything up to `acked_seq` is durably stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// Highest sequence number of this epoch such that it and all before it are stored. If it goes back, the server has
    /// lost what it acknowledged (a restored backup) and the agent sends again from there.
    pub acked_seq: u64,
    /// Names the server's store. Another one than before means the same as `acked_seq` going back.
    pub store_id: String,
    /// The server's clock.
    pub server_at: i64,
    pub settings: AgentSettings,
}

/// What the server asks of an agent. An agent keeps its own value where a field is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentSettings {
    /// Seconds between snapshots in calm times (default 60).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampling_secs: Option<u32>,
    /// Seconds between snapshots above 70 % of the limit (default 15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near_sampling_secs: Option<u32>,
    /// Seconds between snapshots above 90 % of the limit (default 5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_sampling_secs: Option<u32>,
    /// SHA-256 of the certificates of the authorities by which the server is known, 64 hexadecimal digits each: the one that signs now first,
    /// the one that stays last. Absent if the server does not know: nothing changes then. It holds only if the connection over which it is
    /// told was verified by one of them, since a proxy in between may have a certificate of another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorities: Vec<String>,
    /// The agent is to make itself another key, and to offer it. Absent means that nobody asks for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rotate_key: bool,
}
