//! Instants are `i64` milliseconds since 1970-01-01T00:00:00Z, named `…_at`.

pub const SECOND_MS: i64 = 1_000;
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// Width of a usage cell.
pub const CELL_MS: i64 = 5 * MINUTE_MS;
/// Cells in an hour.
pub const CELLS_PER_HOUR: usize = 12;
/// Cells in a day.
pub const CELLS_PER_DAY: usize = 24 * CELLS_PER_HOUR;

/// Earliest instant an agent may speak of: 2000-01-01. Anything before is a broken clock.
pub const EARLIEST_AT: i64 = 946_684_800_000;
/// First instant that no longer fits the keys of history records: 2^42 ms, in the year 2109.
pub const LATEST_AT: i64 = 1 << 42;

/// Start of the hour that holds `at`.
#[must_use]
pub fn hour_start(at: i64) -> i64 {
    floor(at, HOUR_MS)
}

/// Start of the five-minute cell that holds `at`.
#[must_use]
pub fn cell_start(at: i64) -> i64 {
    floor(at, CELL_MS)
}

/// Start of the UTC day that holds `at`.
#[must_use]
pub fn day_start(at: i64) -> i64 {
    floor(at, DAY_MS)
}

/// Start of the week, from Monday in UTC, that holds `at`.
#[must_use]
pub fn week_start(at: i64) -> i64 {
    // 1970-01-01 was a Thursday.
    floor(at.saturating_add(3 * DAY_MS), 7 * DAY_MS).saturating_sub(3 * DAY_MS)
}

/// Damaged records may hold any instant: the first ones stand for those before them.
fn floor(at: i64, step_ms: i64) -> i64 {
    at.div_euclid(step_ms).saturating_mul(step_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_instant_has_a_start() {
        for start in [hour_start, cell_start, day_start, week_start] {
            assert!(start(i64::MIN) <= i64::MIN + 7 * DAY_MS);
            assert!(start(i64::MAX) > i64::MAX - 8 * DAY_MS);
            assert_eq!(start(start(1_795_593_612_345)), start(1_795_593_612_345));
        }
    }

    #[test]
    fn weeks_begin_on_mondays() {
        // 2026-11-23 was a Monday, 2026-11-29 the Sunday after it.
        let monday_at = 1_795_392_000_000;
        assert_eq!(week_start(monday_at), monday_at);
        assert_eq!(week_start(monday_at + 7 * DAY_MS - 1), monday_at);
        assert_eq!(week_start(monday_at - 1), monday_at - 7 * DAY_MS);
    }
}
