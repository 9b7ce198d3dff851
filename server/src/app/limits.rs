//! What the settings let agents do, in the words of those who see to it.

use crate::config::{self, Config};
use crate::model::intake::{Amount, Quota};
use crate::model::time::DAY_MS;
use crate::store::Db;
use crate::web::api::agent::{Door, Terms};
use crate::web::room::{Bounds, Room};

pub(super) fn door(config: &Config) -> Door {
    Door::new(Terms {
        body_time: config.limits.body,
        needs_certificate: config.client_certificates.as_ref().is_some_and(|shown| shown.is_required),
        per_minute: config.limits.agent_per_minute,
        most_waiting: u64::from(config.limits.waiting_per_token),
        most_new: u64::from(config.limits.new_per_token),
        oldest_key_ms: config.rotate_keys_days.map(|days| i64::from(days) * DAY_MS),
    })
}

/// What one host may send.
pub(super) fn quota(limits: &config::Limits) -> Quota {
    let amount = |allowed: config::Allowance| Amount {
        bytes: allowed.megabytes << 20,
        records: allowed.records,
        sessions: allowed.sessions,
        names: allowed.new_names,
        events: allowed.events,
        event_bytes: allowed.event_megabytes << 20,
        stored: allowed.stored_megabytes << 20,
    };
    Quota { per_hour: amount(limits.agent_per_hour), per_day: amount(limits.agent_per_day) }
}

/// What all of them have together.
pub(super) fn room(limits: &config::Limits, db: &Db) -> Room {
    let bounds = Bounds {
        free_bytes: limits.free_megabytes << 20,
        database_bytes: limits.database_gigabytes.map(|gigabytes| gigabytes << 30),
    };
    Room::new(bounds, db)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_host_may_send_is_the_same_where_nothing_is_set() {
        assert_eq!(quota(&config::Limits::default()), Quota::default());
    }
}
