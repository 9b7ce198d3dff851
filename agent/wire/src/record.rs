use std::collections::BTreeMap;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Counters, Event, Snapshot};

/// What one observation yields: an object with one key, which names the kind: `{"snapshot": {…}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    Snapshot(Snapshot),
    Event(Event),
    Host(HostFacts),
    Gap(Gap),
    Counters(Counters),
    /// A kind that this reader does not know: from a newer agent. It is counted and passed over, so that an old server never
    /// blocks a new agent.
    Unknown,
}

/// What is true of a host for longer than an instant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostFacts {
    pub observed_at: i64,
    /// Short name.
    pub name: String,
    #[serde(default)]
    pub fqdn: String,
    #[serde(default)]
    pub domain: String,
    /// Name of the failover cluster that it belongs to; empty if to none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_domain_controller: bool,
    /// Addresses in text form, the one that reaches the server first.
    #[serde(default, deserialize_with = "crate::bounded::addresses")]
    pub addresses: Vec<String>,
    /// Operating system in words: `Windows 11 Pro`, `Debian GNU/Linux 12`.
    #[serde(default)]
    pub os: String,
    /// Build or version number.
    #[serde(default)]
    pub os_build: String,
    /// IANA name of the host's zone; empty if unknown.
    #[serde(default)]
    pub time_zone: String,
    /// Names the operating system's current boot; empty if unknown. Another one than before means that it was started again.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub boot_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub agent_version: String,
    /// Settings of the SMB server by their own names.
    #[serde(default, deserialize_with = "crate::bounded::settings")]
    pub settings: BTreeMap<String, String>,
}

/// Something was lost, or was never observed, between two instants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    pub from_at: i64,
    pub to_at: i64,
    pub reason: GapReason,
    /// How many records were lost, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_records: Option<u64>,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// The spool was full and dropped its oldest records.
    SpoolFull,
    /// Records in the spool were damaged.
    SpoolCorrupt,
    /// The event log was cleared.
    LogCleared,
    /// The event log overwrote records before they were read.
    LogWrapped,
    /// The source gave an error.
    SourceFailed,
    /// The agent was not running, or the host slept.
    AgentStopped,
    /// The server can never store the record.
    Refused,
    #[serde(other)]
    Other,
}

/// Written by hand: a derived internally tagged enum would buffer every session, an externally tagged one cannot pass over a
/// kind it does not know.
impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(OneKey)
    }
}

struct OneKey;

impl<'de> Visitor<'de> for OneKey {
    type Value = Record;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object with one key that names the record's kind, for example {\"snapshot\": {…}}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
        let Some(kind) = map.next_key::<String>()? else {
            return Err(serde::de::Error::custom("a record without a kind"));
        };
        let record = match kind.as_str() {
            "snapshot" => Record::Snapshot(map.next_value()?),
            "event" => Record::Event(map.next_value()?),
            "host" => Record::Host(map.next_value()?),
            "gap" => Record::Gap(map.next_value()?),
            "counters" => Record::Counters(map.next_value()?),
            _ => map.next_value::<IgnoredAny>().map(|_| Record::Unknown)?,
        };
        match map.next_key::<String>()? {
            None => Ok(record),
            Some(extra) => Err(serde::de::Error::custom(format!("a record of two kinds: {kind} and {extra}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_from_the_future_is_passed_over() {
        let record: Record = serde_json::from_str(r#"{"hologram": {"depth": [1, {"x": 2}]}}"#).unwrap();
        assert_eq!(record, Record::Unknown);
    }

    #[test]
    fn a_record_of_two_kinds_or_none_is_an_error() {
        for bad in [r#"{"hologram": 1, "gap": 2}"#, "{}", "[]", "7"] {
            assert!(serde_json::from_str::<Record>(bad).is_err(), "{bad}");
        }
    }
}
