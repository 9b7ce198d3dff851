//! Longer stretches out of shorter ones, and the fleet out of its hosts: sums, maxima and unions only, so that any order and any
//! grouping comes to the same.

use std::hash::Hash;

use rustc_hash::FxHashMap;

use super::minutes::Minutes;
use crate::model::HostId;
use crate::model::fleet::FleetUsage;
use crate::model::holder::{FleetHolder, Held, Holders};
use crate::model::time::{CELLS_PER_DAY, CELLS_PER_HOUR, DAY_MS, HOUR_MS};
use crate::model::usage::{Usage, UsageHour};

/// The holders of a stretch out of those of its parts.
#[must_use]
pub fn holders(parts: impl IntoIterator<Item = Holders>) -> Holders {
    let (mut clients, mut users) = (FxHashMap::default(), FxHashMap::default());
    for part in parts {
        add(&mut clients, part.by_client);
        add(&mut users, part.by_user);
    }
    Holders { by_client: sorted(clients), by_user: sorted(users) }
}

fn add<Id: Hash + Eq>(sums: &mut FxHashMap<Id, Held>, entries: Vec<(Id, Held)>) {
    for (id, held) in entries {
        sums.entry(id).or_default().merge(&held);
    }
}

fn sorted<Id: Ord + Copy>(sums: FxHashMap<Id, Held>) -> Vec<(Id, Held)> {
    let mut all: Vec<_> = sums.into_iter().collect();
    all.sort_unstable_by_key(|(id, _)| *id);
    all
}

/// The cells of a day out of its hours; what lies in no hour is empty.
#[must_use]
pub fn day(day_at: i64, hours: &[UsageHour]) -> Vec<Usage> {
    let mut cells = vec![Usage::default(); CELLS_PER_DAY];
    for hour in hours.iter().filter(|h| (day_at..day_at + DAY_MS).contains(&h.hour_at)) {
        let first = usize::try_from((hour.hour_at - day_at) / HOUR_MS).unwrap_or_default() * CELLS_PER_HOUR;
        cells[first..first + CELLS_PER_HOUR].copy_from_slice(&hour.cells);
    }
    cells
}

/// Adds holders up over hosts, or over hours, days and weeks.
#[derive(Debug, Default)]
pub struct FleetHolders {
    holders: FxHashMap<i64, (Held, Vec<HostId>)>,
}

impl FleetHolders {
    /// Adds what one host's holders held. Hosts may come in any order.
    pub fn add_host(&mut self, host: HostId, entries: impl IntoIterator<Item = (i64, Held)>) {
        for (id, held) in entries {
            let (sum, hosts) = self.holders.entry(id).or_default();
            sum.merge(&held);
            insert(hosts, host);
        }
    }

    /// Adds what was added up before over all hosts.
    pub fn add_fleet(&mut self, entries: Vec<FleetHolder>) {
        for entry in entries {
            let (sum, hosts) = self.holders.entry(entry.id).or_default();
            sum.merge(&entry.held);
            if hosts.is_empty() {
                *hosts = entry.hosts;
            } else {
                entry.hosts.into_iter().for_each(|host| insert(hosts, host));
            }
        }
    }

    /// Those that were on more than one host: their peaks are not known from the hosts' own.
    pub fn on_several_hosts(&self) -> impl Iterator<Item = i64> {
        self.holders.iter().filter(|(_, (_, hosts))| hosts.len() > 1).map(|(id, _)| *id)
    }

    /// In ascending order of id. Who was on several hosts gets the peak that the minutes say.
    #[must_use]
    pub fn finish(self, minutes: Option<&Minutes>) -> Vec<FleetHolder> {
        let mut all: Vec<FleetHolder> = self
            .holders
            .into_iter()
            .map(|(id, (mut held, hosts))| {
                if let Some((sessions, at)) = minutes.and_then(|m| m.peak(id)).filter(|(sessions, _)| *sessions > 0) {
                    (held.peak_sessions, held.peak_at) = (sessions, at);
                }
                FleetHolder { id, held, hosts }
            })
            .collect();
        all.sort_unstable_by_key(|holder| holder.id);
        all
    }
}

fn insert(hosts: &mut Vec<HostId>, host: HostId) {
    match hosts.last() {
        Some(last) if *last == host => {}
        Some(last) if *last > host => {
            if let Err(place) = hosts.binary_search(&host) {
                hosts.insert(place, host);
            }
        }
        _ => hosts.push(host),
    }
}

/// What the fleet was in a stretch: `usages` of the hosts that were observed, `known` how many there were.
#[must_use]
pub fn fleet_usage<'a>(
    (start_at, step_ms): (i64, i64),
    usages: impl Iterator<Item = &'a Usage>,
    known: usize,
) -> FleetUsage {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut fleet = FleetUsage { start_at, step_ms, ..FleetUsage::default() };
    let mut saturations = Vec::new();
    for usage in usages {
        let Some(peak) = usage.peak else { continue };
        fleet.observed += 1;
        fleet.peak_sessions += u64::from(peak.sessions);
        match usage.max_saturation {
            Some(saturation) => saturations.push(saturation),
            None if peak.limit.unlimited => fleet.unlimited += 1,
            None => fleet.unknown += 1,
        }
    }
    saturations.sort_unstable_by(f64::total_cmp);
    let from = |least: f64| count(saturations.len() - saturations.partition_point(|s| *s < least));
    // A host that was observed is known, even if its row says that it came later: history can be brought in.
    fleet.hosts = count(known).max(fleet.observed);
    fleet.silent = fleet.hosts - fleet.observed;
    (fleet.at_limit, fleet.above_80) = (from(1.0), from(0.8));
    fleet.max_saturation = saturations.last().copied();
    fleet.p95_saturation = nearest_rank(&saturations, 95);
    fleet.median_saturation = nearest_rank(&saturations, 50);
    fleet
}

/// The least value that so many percent of all do not exceed.
fn nearest_rank(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::limit::{Limit, LimitSource};
    use crate::model::usage::Peak;

    fn usage(sessions: u32, limit: Option<u32>, unlimited: bool) -> Usage {
        let limit = Limit { sessions: limit, unlimited, source: LimitSource::Api };
        let peak = Some(Peak { sessions, at: 0, limit });
        Usage { peak, max_saturation: limit.saturation(sessions), ..Usage::default() }
    }

    #[test]
    fn a_fleet_is_counted_by_what_its_hosts_reached() {
        let mut hosts: Vec<Usage> = (1..=20).map(|n| usage(n * 5, Some(100), false)).collect();
        hosts.extend([usage(9, None, true), usage(9, None, false), Usage::default()]);
        let fleet = fleet_usage((0, 1), hosts.iter(), 25);
        assert_eq!((fleet.hosts, fleet.observed, fleet.silent), (25, 22, 3));
        assert_eq!((fleet.at_limit, fleet.above_80, fleet.unlimited, fleet.unknown), (1, 5, 1, 1));
        assert_eq!(fleet.peak_sessions, 1_050 + 18);
        let found = (fleet.max_saturation, fleet.p95_saturation, fleet.median_saturation);
        assert_eq!(found, (Some(1.0), Some(0.95), Some(0.5)));
        let empty = fleet_usage((0, 1), [].iter(), 2);
        assert_eq!((empty.silent, empty.median_saturation), (2, None));
    }

    #[test]
    fn hosts_are_joined_in_any_order_and_none_twice() {
        let mut fleet = FleetHolders::default();
        let held = Held { session_ms: 1_000, peak_sessions: 1, ..Held::default() };
        for host in [3, 1, 3, 2] {
            fleet.add_host(HostId(host), [(7, held)]);
        }
        fleet.add_fleet(vec![FleetHolder { id: 7, held, hosts: vec![HostId(2), HostId(9)] }]);
        let all = fleet.finish(None);
        assert_eq!(all[0].hosts, [1, 2, 3, 9].map(HostId));
        assert_eq!(all[0].held.session_ms, 5_000);
    }
}
