use serde::{Deserialize, Serialize};

use super::eyes::RecordText;
use super::id::{EventId, HostId};

/// What an event of the watched family tells us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventClass {
    /// Sessions, connections, work items or a table ran out.
    Capacity,
    /// Pool or virtual memory ran out; usually another driver.
    Memory,
    /// A client was taken for an attacker, or sent rubbish.
    Abuse,
    Configuration,
    Availability,
    Network,
    /// The server driver could not start.
    StartUp,
    /// A failed call, whose cause lies elsewhere.
    Symptom,
    /// Expected now and then.
    Noise,
    /// The id is watched, the provider is another one: counted apart, opens nothing.
    Foreign,
}

/// One stored event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: EventId,
    pub host: HostId,
    pub host_name: String,
    pub channel: String,
    pub provider: String,
    pub record_id: u64,
    pub recorded_at: i64,
    pub received_at: i64,
    pub code: u32,
    pub level: u8,
    pub class: EventClass,
    pub computer: String,
    /// Empty if the agent had none.
    pub xml: RecordText,
    pub message: Option<RecordText>,
    /// JSON of what the agent read out of the record: figures, and names of hosts and clients.
    pub decoded: String,
}

/// An event to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    pub channel: String,
    pub provider: String,
    pub record_id: u64,
    pub log_epoch: u64,
    pub recorded_at: i64,
    pub code: u32,
    pub level: u8,
    pub class: EventClass,
    pub computer: String,
    pub xml: String,
    pub message: Option<String>,
    /// JSON of what the agent read out of the record.
    pub decoded: String,
}

/// Codes by which a server says that clients come too fast, or attack it.
pub const FLOOD_CODES: std::ops::RangeInclusive<u32> = 2_025..=2_027;

impl EventClass {
    pub const ALL: [Self; 10] = [
        Self::Capacity,
        Self::Memory,
        Self::Abuse,
        Self::Configuration,
        Self::Availability,
        Self::Network,
        Self::StartUp,
        Self::Symptom,
        Self::Noise,
        Self::Foreign,
    ];

    /// The word that the store keeps and URLs use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Capacity => "capacity",
            Self::Memory => "memory",
            Self::Abuse => "abuse",
            Self::Configuration => "configuration",
            Self::Availability => "availability",
            Self::Network => "network",
            Self::StartUp => "start_up",
            Self::Symptom => "symptom",
            Self::Noise => "noise",
            Self::Foreign => "foreign",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.word() == word)
    }
}
