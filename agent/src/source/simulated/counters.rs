//! What simulated hosts count, and their shares.

use std::collections::BTreeMap;

use highwater_wire::{Counters, Share, counter};

use super::crowd::{DAY, HOUR, MIN, Moment, weekday};
use super::hash::{below, chance, index, mix};
use super::host::Host;
use super::role::Role;

/// So many days after a start the host is started again, as for its updates.
const MONTH: i64 = 30;
const GIB: i64 = 1 << 30;
const SHARES: [&str; 8] = ["Public", "Projects", "Profiles$", "Home$", "Scans", "Software", "Finance", "Archive$"];

/// Something that is counted: how much of it comes in on a common day at most, by night too or not.
struct Counted {
    name: &'static str,
    most_a_day: i64,
    at_night: bool,
}

impl Host<'_> {
    /// Counters as the host's agent would read them at an instant.
    #[must_use]
    pub fn counters_at(&self, at: i64) -> Counters {
        let now = self.moment(at);
        let (since, since_at) = self.started(&now);
        let sessions = i64::from(self.count_at(at));
        let mut values = self.in_use(&now, sessions);
        let is_samba = self.profile.role == Role::Samba;
        if !is_samba {
            values.extend(self.counted().map(|one| (one.name, self.total(&one, since, &now))));
            values.insert(counter::FILES_OPEN, sessions * (2 + below(self.profile.key, 4)));
        }
        Counters {
            read_at: at,
            since_at: (!is_samba).then_some(since_at),
            values: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            shares: Some(self.shares(sessions)),
        }
    }

    /// The day on which the host was last started, and when.
    fn started(&self, now: &Moment) -> (i64, i64) {
        let key = mix(self.profile.key, 0x57A7);
        let phase = below(key, MONTH);
        let since = now.day - (now.day - phase).rem_euclid(MONTH);
        let hour = now.began_at - (now.day - since) * DAY + 3 * HOUR + below(mix(key, 1), 60) * MIN;
        // Before that hour of the day itself it has been running since the month before.
        if hour > now.at { (since - MONTH, hour - MONTH * DAY) } else { (since, hour) }
    }

    /// Names the boot that the host runs in at an instant.
    pub(super) fn boot_id(&self, at: i64) -> String {
        if matches!(self.profile.role, Role::Samba | Role::Busy) {
            return String::new();
        }
        format!("boot {}", self.started(&self.moment(at)).1.div_euclid(DAY))
    }

    fn counted(&self) -> impl Iterator<Item = Counted> + use<> {
        let role = self.profile.role;
        let scale = 40 + below(mix(self.profile.key, 0xC0C0), 400);
        let (errors, idle, shortages) = match role {
            Role::Kiosk | Role::Wave => (60, 2, 0),
            Role::Scans => (9, 0, 40),
            _ => (4, scale / 4, 0),
        };
        [
            (counter::SESSIONS_TIMED_OUT, idle, true),
            (counter::SESSIONS_ERRORED_OUT, errors, false),
            (counter::SESSIONS_LOGGED_OFF, scale, false),
            (counter::SESSIONS_FORCED_OFF, 1, false),
            (counter::PASSWORD_ERRORS, scale / 8, false),
            (counter::PERMISSION_ERRORS, scale, false),
            (counter::SYSTEM_ERRORS, 1, true),
            (counter::FILES_OPENED, scale * 300, true),
            (counter::WORK_ITEM_SHORTAGES, shortages, false),
            (counter::BLOCKING_REQUESTS_REJECTED, 0, false),
            (counter::NONPAGED_POOL_FAILURES, 0, false),
            (counter::PAGED_POOL_FAILURES, 0, false),
            (counter::RECEIVED_BYTES, scale * (GIB / 20), true),
            (counter::SENT_BYTES, scale * (GIB / 5), true),
        ]
        .into_iter()
        .map(|(name, most_a_day, at_night)| Counted { name, most_a_day, at_night })
    }

    /// What has been counted from the start until now: never less than a moment before.
    fn total(&self, one: &Counted, since: i64, now: &Moment) -> i64 {
        let key = one.name.bytes().fold(self.profile.key, |key, byte| mix(key, byte.into()));
        let of_day = |day: i64| {
            let most = if weekday(day) >= 5 && !one.at_night { one.most_a_day / 8 } else { one.most_a_day };
            // Large numbers are drawn in thousandths.
            most / 2 + most / 2 * below(mix(key, day.cast_unsigned()), 1_000) / 1_000
        };
        let into_day = now.at - now.began_at;
        let permille = if one.at_night {
            into_day * 1_000 / DAY
        } else {
            (into_day - 7 * HOUR).clamp(0, 11 * HOUR) * 1_000 / (11 * HOUR)
        };
        (since..now.day).map(of_day).sum::<i64>() + of_day(now.day) * permille.clamp(0, 1_000) / 1_000
    }

    /// What of the computer is in use.
    fn in_use(&self, now: &Moment, sessions: i64) -> BTreeMap<&'static str, i64> {
        let key = self.profile.key;
        let step = now.at.div_euclid(5 * MIN).cast_unsigned();
        let jitter = |n: u64, most: i64| below(mix(mix(key, n), step), most);
        let memory = (8 << index(mix(key, 0x3E3), 4)) * GIB;
        let used = memory / 3 + sessions * (3 << 20) + jitter(1, 1_000) * (memory / 20_000);
        let connections = sessions - sessions / 9;
        let mut values = BTreeMap::from([
            (counter::MEMORY_TOTAL_BYTES, memory),
            (counter::MEMORY_AVAILABLE_BYTES, (memory - used).max(memory / 50)),
            (counter::CPU_BUSY_PERMILLE, (20 + jitter(2, 90) + sessions).min(980)),
            (counter::TCP_ESTABLISHED, connections),
            (counter::TCP_OPENING, jitter(3, 2)),
            (counter::TCP_CLOSE_WAIT, if self.profile.role == Role::Scans { sessions / 6 } else { jitter(4, 2) }),
            (counter::TCP_TIME_WAIT, jitter(5, 6)),
            (counter::TCP_CLOSING, jitter(6, 2)),
        ]);
        if self.profile.role != Role::Samba {
            values.insert(counter::QUEUE_LENGTH, if chance(mix(mix(key, 7), step), 30) { jitter(8, 40) } else { 0 });
            values.insert(counter::ACTIVE_THREADS, 4 + jitter(9, 12));
            values.insert(counter::NONPAGED_POOL_BYTES, (180 << 20) + sessions * (64 << 10) + jitter(10, 8 << 20));
            values.insert(counter::PAGED_POOL_BYTES, (240 << 20) + sessions * (96 << 10) + jitter(11, 8 << 20));
        }
        values
    }

    fn shares(&self, sessions: i64) -> Vec<Share> {
        let key = mix(self.profile.key, 0x5AA5);
        let count = 2 + index(key, 5);
        let share = |n: u32| {
            let name = SHARES[(index(mix(key, 1), 8) + n) as usize % SHARES.len()].to_owned();
            let uses = u32::try_from(sessions / (1 + i64::from(n))).unwrap_or(0);
            // Somebody once set a limit on one share of some hosts.
            let most = 20 + 10 * index(mix(key, 2), 12);
            let is_capped = n == 1 && self.profile.role != Role::Samba && chance(mix(key, 3), 300);
            let most_uses = is_capped.then_some(most);
            let unlimited = most_uses.is_none() && self.profile.role != Role::Samba;
            Share { name, uses: most_uses.map_or(uses, |most| uses.min(most)), most_uses, unlimited }
        };
        (0..count).map(share).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::simulated::Fleet;

    const NOON: i64 = 1_795_521_600_000;

    #[test]
    fn what_is_counted_never_goes_back_but_when_the_host_was_started_again() {
        let fleet = Fleet::new(7, 12);
        for host in fleet.iter().filter(|host| host.role() != Role::Samba) {
            let mut starts = 0;
            let mut before = host.counters_at(NOON);
            for step in 1..40 * 48 {
                let now = host.counters_at(NOON + step * 30 * MIN);
                if now.since_at == before.since_at {
                    let counted = host.counted().map(|one| one.name);
                    for name in counted {
                        assert!(now.values[name] >= before.values[name], "{} {name}", host.name());
                    }
                } else {
                    starts += 1;
                    assert!(now.since_at.unwrap() <= now.read_at && now.since_at > before.since_at);
                }
                before = now;
            }
            assert!((1..=2).contains(&starts), "{} {starts}", host.name());
            assert!(before.values[counter::SENT_BYTES] > GIB);
        }
    }

    #[test]
    fn a_host_tells_only_what_its_kind_knows() {
        let fleet = Fleet::new(7, 12);
        for host in fleet.iter() {
            let counters = host.counters_at(NOON);
            let known = counters.values.keys().all(|name| counter::ALL.contains(&name.as_str()));
            assert!(known && counters.values[counter::MEMORY_AVAILABLE_BYTES] > 0, "{counters:?}");
            assert_eq!(counters.since_at.is_none(), host.role() == Role::Samba);
            let shares = counters.shares.unwrap();
            assert!(shares.iter().all(|share| share.most_uses.is_none_or(|most| share.uses <= most)));
            let mut names: Vec<_> = shares.iter().map(|share| &share.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), shares.len());
        }
    }
}
