use serde::{Deserialize, Serialize};

/// One record of an event log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Channel of the log, for example `System`.
    pub channel: String,
    /// Provider as written in the record. Compare it without regard to case: `Srv`, `SRV` and `srv` all occur.
    pub provider: String,
    /// The log's own number for the record. It starts again when the log is cleared.
    pub record_id: u64,
    /// Counts how often this agent saw the log start again, so that `record_id` is unique with it.
    #[serde(default)]
    pub log_epoch: u64,
    pub recorded_at: i64,
    /// Event id: the low 16 bits of the event's code, without the qualifiers.
    pub code: u32,
    /// 1 critical, 2 error, 3 warning, 4 information, 0 unspecified.
    #[serde(default)]
    pub level: u8,
    /// Name of the computer as written in the record.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub computer: String,
    /// The record as XML, at most 8 KiB; longer ones are cut.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub xml: String,
    /// The message as the host renders it, in the host's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What the agent read out of the record's strings and binary part.
    #[serde(default, skip_serializing_if = "Decoded::is_empty")]
    pub decoded: Decoded,
}

/// What can be read out of an event's insertion strings and its `IO_ERROR_LOG_PACKET`. Absent is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decoded {
    /// 2021–2024: how many times within `window_secs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_secs: Option<u64>,
    /// 2025 and SMBServer events: the client that the record names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// 2013: the disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<String>,
    /// 2009: which table could not grow (`file`, `search`, `session`, `tree_connect`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// 2506: the registry value that was ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry_value: Option<String>,
    /// NTSTATUS out of the packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_status: Option<u32>,
    /// Win32 error of a user-mode record with a binary part of four bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub win32_error: Option<u32>,
    /// First dump word of the packet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dump_word: Option<u32>,
    /// The packet's own code is not this event's: the binary part was left unread.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub binary_mismatch: bool,
    /// 2003: a number that the rendered message claims. No public record shows one: low confidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_current: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_limit: Option<u64>,
}

impl Decoded {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
