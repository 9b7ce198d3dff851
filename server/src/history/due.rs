//! When what changed is derived anew.
//!
//! Deriving takes a whole hour (day, …) again for each change, so what still grows waits: short among few hosts, longer among many,
//! so that all of this work together stays below a few hundredths of a core. Hosts are spread, so that no minute has it all.

use crate::model::HostId;
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

/// An hour that ended so long ago grows no more: whatever comes is history that is brought in late.
const JUST_ENDED_MS: i64 = 10 * MINUTE_MS;
const LATE_MS: i64 = 3 * SECOND_MS;

/// When an hour that changed at `now_at` is to be rolled up, in a fleet of about `hosts`.
///
/// Rolling an hour up takes its whole time again for each new snapshot, so an hour that still grows, or has just ended, waits:
/// 5 seconds among few hosts, 5 minutes at most, in between so that this work stays below a twentieth of a core. Hosts are
/// spread over another half of that. An hour that is brought in late waits only for the rest of its snapshots, which come
/// with it.
#[must_use]
pub fn host_hour(host: HostId, hour_at: i64, now_at: i64, hosts: usize) -> i64 {
    if now_at - hour_at >= HOUR_MS + JUST_ENDED_MS {
        return now_at + LATE_MS;
    }
    let wait_ms = host_hour_wait_ms(hosts);
    now_at.max(hour_at) + wait_ms + spread(host, wait_ms / 2)
}

/// How long it takes at most until what a host sends is part of what is derived: the wait, and the time until it sends again.
#[must_use]
pub fn longest_wait_ms(hosts: usize) -> i64 {
    host_hour_wait_ms(hosts) * 3 / 2 + MINUTE_MS
}

fn host_hour_wait_ms(hosts: usize) -> i64 {
    /// Measured: 1.6 ms of processor time for an hour of 60 snapshots with 200 sessions.
    const WAIT_A_HOST_MS: i64 = 40;
    times(hosts, WAIT_A_HOST_MS).clamp(5 * SECOND_MS, 5 * MINUTE_MS)
}

/// When a host's UTC day is to be put together: some time after its end.
#[must_use]
pub fn host_day(host: HostId, day_at: i64, now_at: i64) -> i64 {
    let settled_at = day_at + DAY_MS + 2 * JUST_ENDED_MS;
    if now_at < settled_at { settled_at + spread(host, HOUR_MS / 2) } else { now_at + MINUTE_MS }
}

/// When the fleet's records of an hour are to be put together, after one of about `hosts` hosts changed.
#[must_use]
pub fn fleet_hour(now_at: i64, hosts: usize) -> i64 {
    /// Measured: 0.1 ms of processor time a host.
    const WAIT_A_HOST_MS: i64 = 20;
    /// Among few hosts, history that is brought in late shows at once: somebody may watch it come.
    const SHORTEST_MS: i64 = 2 * SECOND_MS;
    now_at + times(hosts, WAIT_A_HOST_MS).clamp(SHORTEST_MS, 5 * MINUTE_MS)
}

/// When the fleet's records of a day, or of a week, are to be put together: after the end of its last hour, or of its last day.
#[must_use]
pub fn fleet_long(start_at: i64, length_ms: i64, now_at: i64) -> i64 {
    let settled_at = start_at + length_ms + HOUR_MS;
    if now_at < settled_at { settled_at } else { now_at + MINUTE_MS }
}

fn times(hosts: usize, each_ms: i64) -> i64 {
    i64::try_from(hosts).unwrap_or(i64::MAX).saturating_mul(each_ms)
}

fn spread(host: HostId, within_ms: i64) -> i64 {
    // Multiplying by an odd constant (2^64 ÷ the golden ratio) spreads neighbouring ids.
    let spread = host.0.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    i64::try_from(spread % within_ms.unsigned_abs().max(1)).unwrap_or_default()
}
