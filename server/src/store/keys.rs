//! How hosts and instants are packed into the keys of history records: one integer each, so that a record needs no second index.

use std::ops::Range;

use super::Result;
use crate::model::HostId;
use crate::model::time::{CELL_MS, DAY_MS, HOUR_MS, LATEST_AT};

/// How far the keys of two hours of one host are apart: hosts stay below this, so that both kinds of key fit 63 bits.
pub(super) const HOSTS_END: i64 = 1 << 21;
/// The highest host; one less than would fit, so that the end of its range of keys fits too.
const LAST_HOST: i64 = HOSTS_END - 2;

/// A frame: hosts apart, instants in order.
pub(super) fn frame(host: HostId, taken_at: i64) -> Result<i64> {
    if !(0..LATEST_AT).contains(&taken_at) {
        return Err(sqlx::Error::Encode(format!("the instant {taken_at} does not fit the key of a frame").into()));
    }
    Ok(first_frame(host)? + taken_at)
}

/// The frames of a host within instants; what no key can hold is cut off.
pub(super) fn frames(host: HostId, instants: Range<i64>) -> Result<Range<i64>> {
    let first = first_frame(host)?;
    Ok(first + instants.start.clamp(0, LATEST_AT)..first + instants.end.clamp(0, LATEST_AT))
}

pub(super) fn taken_at(frame: i64) -> i64 {
    frame % LATEST_AT
}

/// The key of a host's instant 0.
pub(super) fn first_frame(host: HostId) -> Result<i64> {
    Ok(checked(host)? * LATEST_AT)
}

/// An hour of a host: hours in order, hosts side by side within each.
pub(super) fn hour_host(host: HostId, hour_at: i64) -> Result<i64> {
    Ok(checked_at(hour_at)? / HOUR_MS * HOSTS_END + checked(host)?)
}

/// All hosts' hours that touch the instants.
pub(super) fn hours_of_fleet(instants: Range<i64>) -> Range<i64> {
    let hours = hours(instants);
    hours.start * HOSTS_END..hours.end * HOSTS_END
}

/// The hosts' records of one hour, of hosts after `after`.
pub(super) fn hosts_of_hour(hour_at: i64, after: Option<HostId>) -> Result<Range<i64>> {
    hosts_of(checked_at(hour_at)? / HOUR_MS, after)
}

/// The hosts' records of one UTC day, of hosts after `after`.
pub(super) fn hosts_of_day(day_at: i64, after: Option<HostId>) -> Result<Range<i64>> {
    hosts_of(checked_at(day_at)? / DAY_MS, after)
}

fn hosts_of(unit: i64, after: Option<HostId>) -> Result<Range<i64>> {
    let first = unit * HOSTS_END;
    let start = match after {
        None => first,
        Some(host) => first + checked(host)? + 1,
    };
    Ok(start..first + HOSTS_END)
}

/// The hours (counted since 1970) that touch the instants.
pub(super) fn hours(instants: Range<i64>) -> Range<i64> {
    let start = instants.start.clamp(0, LATEST_AT) / HOUR_MS;
    let end = (instants.end.clamp(0, LATEST_AT) + HOUR_MS - 1) / HOUR_MS;
    start..if instants.is_empty() { start } else { end }
}

pub(super) fn host_and_hour_at(hour_host: i64) -> (HostId, i64) {
    (HostId(hour_host % HOSTS_END), hour_host / HOSTS_END * HOUR_MS)
}

/// A day of a host: days in order, hosts side by side within each.
pub(super) fn day_host(host: HostId, day_at: i64) -> Result<i64> {
    Ok(checked_at(day_at)? / DAY_MS * HOSTS_END + checked(host)?)
}

pub(super) fn host_and_day_at(day_host: i64) -> (HostId, i64) {
    (HostId(day_host % HOSTS_END), day_host / HOSTS_END * DAY_MS)
}

/// How far the keys of two levels of records of the fleet are apart.
pub(super) const LEVEL: i64 = 1 << 44;

/// A record of the fleet's holders: `level` 0 an hour, 1 a day, 2 a week.
pub(super) fn fleet_bucket(level: i64, start_at: i64) -> Result<i64> {
    Ok(level * LEVEL + checked_at(start_at)? / HOUR_MS)
}

pub(super) fn fleet_bucket_at(bucket: i64) -> i64 {
    bucket % LEVEL * HOUR_MS
}

/// A record of the matrix: `level` 0 five minutes, 1 an hour, 2 six hours.
pub(super) fn matrix_bucket(level: i64, start_at: i64) -> Result<i64> {
    Ok(level * LEVEL + checked_at(start_at)? / CELL_MS)
}

pub(super) fn matrix_bucket_at(bucket: i64) -> i64 {
    bucket % LEVEL * CELL_MS
}

fn checked_at(at: i64) -> Result<i64> {
    if (0..LATEST_AT).contains(&at) {
        Ok(at)
    } else {
        Err(sqlx::Error::Encode(format!("the instant {at} does not fit the keys of history records").into()))
    }
}

/// The host's number, if keys can hold it.
pub(super) fn checked(host: HostId) -> Result<i64> {
    if (0..=LAST_HOST).contains(&host.0) {
        Ok(host.0)
    } else {
        Err(sqlx::Error::Encode(format!("host {host} does not fit the keys of history records").into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back_up_to_the_last_host_and_instant() {
        for host in [HostId(0), HostId(1), HostId(LAST_HOST)] {
            for at in [0, 1, HOUR_MS, LATEST_AT - 1] {
                let frame = frame(host, at).unwrap();
                assert_eq!(taken_at(frame), at);
                assert!(frames(host, 0..LATEST_AT).unwrap().contains(&frame));
                let key = hour_host(host, at).unwrap();
                assert_eq!(host_and_hour_at(key), (host, at / HOUR_MS * HOUR_MS));
                assert!(hours_of_fleet(at..at + 1).contains(&key));
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_rather_than_given_to_the_neighbour() {
        assert!(frame(HostId(1), LATEST_AT).is_err());
        assert!(frame(HostId(1), -1).is_err());
        assert!(frame(HostId(LAST_HOST + 1), 0).is_err());
        assert!(hour_host(HostId(1), LATEST_AT).is_err());
        assert_eq!(frames(HostId(1), -5..i64::MAX).unwrap(), LATEST_AT..2 * LATEST_AT);
    }

    #[test]
    fn an_hour_counts_as_touched_from_its_first_to_its_last_millisecond() {
        assert_eq!(hours(0..1), 0..1);
        assert_eq!(hours(HOUR_MS - 1..HOUR_MS), 0..1);
        assert_eq!(hours(HOUR_MS - 1..HOUR_MS + 1), 0..2);
        assert!(hours(HOUR_MS / 2..HOUR_MS / 2).is_empty());
    }
}
