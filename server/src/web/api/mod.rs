//! JSON: for agents (the shapes of wire), and for programs that integrate. The shapes for programs are a promise to
//! integrators, so they are written out and never the model's own: instants are RFC 3339 in UTC, durations carry their unit,
//! what is not known is null.

pub mod accept;
pub mod agent;
pub mod agents;
pub mod audit;
pub mod body;
pub mod clients;
pub mod docs;
pub mod document;
pub mod events;
pub mod findings;
pub mod groups;
pub mod guard;
pub mod holders;
pub mod hosts;
pub mod id;
pub mod idempotency;
pub mod incidents;
pub mod list;
pub mod once;
pub mod query;
pub mod rate;
pub mod tokens;
pub mod users;
pub mod webhooks;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::model::limit::Limit;

/// What the endpoints for programs share between requests.
#[derive(Debug)]
pub struct Shared {
    rates: rate::Rates,
    under_way: idempotency::UnderWay,
}

impl Shared {
    /// `per_minute`: how many requests one caller may make.
    #[must_use]
    pub fn new(per_minute: u32) -> Self {
        Self { rates: rate::Rates::new(per_minute), under_way: idempotency::UnderWay::default() }
    }
}

/// An instant as RFC 3339 in UTC, to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-25T09:31:00Z")]
pub struct Instant(pub i64);

impl Serialize for Instant {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match Timestamp::from_millisecond(self.0) {
            Ok(at) => serializer.collect_str(&at),
            // Out of any calendar: nobody can say when that was.
            Err(_) => serializer.serialize_none(),
        }
    }
}

/// What caps a host's sessions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LimitBody {
    /// Null when there is none or nobody knows it.
    sessions: Option<u32>,
    unlimited: bool,
    /// Who says so: the server's own interface, its settings, or the edition of Windows.
    source: &'static str,
}

impl From<Limit> for LimitBody {
    fn from(limit: Limit) -> Self {
        Self { sessions: limit.sessions, unlimited: limit.unlimited, source: limit.source.word() }
    }
}

fn secs(ms: i64) -> i64 {
    ms.div_euclid(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_rfc_3339_in_utc() {
        let json = |at| serde_json::to_string(&Instant(at)).unwrap();
        assert_eq!(json(1_795_000_000_000), "\"2026-11-18T11:06:40Z\"");
        assert_eq!(json(1_795_000_000_123), "\"2026-11-18T11:06:40.123Z\"");
        assert_eq!(json(i64::MAX), "null");
    }
}
