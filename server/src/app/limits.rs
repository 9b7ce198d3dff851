//! What the settings let agents do, in the words of those who see to it.

use std::path::Path;

use crate::config::{self, Config};
use crate::health;
use crate::model::intake::{Amount, Quota};
use crate::model::time::DAY_MS;
use crate::store::{Db, size};
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
        free_bytes: size::folder(db).map_or(0, |folder| floor_bytes(limits, &folder)),
        database_bytes: limits.database_gigabytes.map(|gigabytes| gigabytes << 30),
    };
    Room::new(bounds, db)
}

/// Bytes that are kept free where the settings do not say how many.
const FLOOR_BYTES: u64 = 2_048 << 20;

/// Bytes that are to be free for SQLite's file in this folder. What is not set must not turn everybody away on a small disk.
pub(super) fn floor_bytes(limits: &config::Limits, folder: &Path) -> u64 {
    match limits.free_megabytes {
        Some(megabytes) => megabytes << 20,
        None => unset_floor(health::total_bytes(folder).ok().flatten()),
    }
}

/// `all_bytes`: of the disk, if that is known.
fn unset_floor(all_bytes: Option<u64>) -> u64 {
    all_bytes.map_or(FLOOR_BYTES, |all| FLOOR_BYTES.min(all / 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_setting_a_tenth_of_a_small_disk_stays_free() {
        assert_eq!(unset_floor(None), 2_048 << 20);
        assert_eq!(unset_floor(Some(1 << 40)), 2_048 << 20);
        assert_eq!(unset_floor(Some(10 << 30)), 1 << 30);
        let limits = |free_megabytes| config::Limits { free_megabytes, ..config::Limits::default() };
        let here = Path::new(".");
        assert_eq!([Some(0), Some(3_000)].map(|set| floor_bytes(&limits(set), here)), [0, 3_000 << 20]);
        assert_eq!(floor_bytes(&limits(None), here), unset_floor(health::total_bytes(here).unwrap()));
    }

    #[test]
    fn what_a_host_may_send_is_the_same_where_nothing_is_set() {
        assert_eq!(quota(&config::Limits::default()), Quota::default());
    }
}
