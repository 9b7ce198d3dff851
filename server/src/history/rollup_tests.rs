//! `rollup::hour` against a simulation that goes through the hour second by second and asks at each what was known then.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::due::host_hour as due_at;
use super::rollup::{HourOfSnapshots, hour};
use crate::model::holder::Held;
use crate::model::limit::{Limit, LimitSource};
use crate::model::snapshot::{Session, Snapshot};
use crate::model::time::{CELL_MS, CELLS_PER_HOUR, HOUR_MS};
use crate::model::usage::{Peak, Usage};
use crate::model::{ClientId, HostId, UserId};

const HOUR_AT: i64 = 1_795_593_600_000;
const SECOND: i64 = 1_000;

fn sessions() -> impl Strategy<Value = Session> {
    let seen = option::weighted(0.8, 0..2_500_i64);
    (0..5_i64, 0..4_i64, seen, option::weighted(0.8, 0..4_u32)).prop_map(|(client, user, active, opens)| Session {
        client: ClientId(client),
        user: UserId(user),
        started_at: None,
        active_at: active.map(|secs| HOUR_AT - secs * SECOND),
        opens,
    })
}

/// By second of the hour; from the hour before as well.
fn days() -> impl Strategy<Value = Vec<Snapshot>> {
    let limit = prop_oneof![
        Just((None, false)),
        Just((None, true)),
        (0..7_u32).prop_map(|n| (Some(n), false)),
        (0..7_u32).prop_map(|n| (Some(n), true)),
    ];
    let one = (prop_oneof![Just(0_u32), Just(60), 1..2_000_u32], limit, vec(sessions(), 0..7));
    btree_map(-3_000..3_600_i64, one, 0..25).prop_map(|all| {
        let mut snapshots = Vec::new();
        for (second, (sampling_secs, (limit, unlimited), mut sessions)) in all {
            sessions.sort();
            snapshots.push(Snapshot {
                taken_at: HOUR_AT + second * SECOND,
                source: "simulated".to_owned(),
                sampling_secs,
                limit: Limit { sessions: limit, unlimited, source: LimitSource::Api },
                partial: false,
                burst_of: None,
                sessions,
            });
        }
        snapshots
    })
}

/// The snapshot that holds true at `at`, if any.
fn holding(snapshots: &[Snapshot], at: i64, now_at: i64) -> Option<&Snapshot> {
    let newest = snapshots.iter().rfind(|s| s.taken_at <= at)?;
    (at < newest.taken_at + i64::from(newest.sampling_secs) * 2 * SECOND && at < now_at).then_some(newest)
}

/// Second by second. A snapshot also speaks at the very instant it is taken, even if nothing of its time is covered.
fn simulate(snapshots: &[Snapshot], now_at: i64, each: &mut dyn FnMut(i64, i64, &Snapshot)) {
    for at in (HOUR_AT..HOUR_AT + HOUR_MS).step_by(1_000) {
        if let Some(snapshot) = holding(snapshots, at, now_at) {
            each(at, SECOND, snapshot);
        } else if let Some(snapshot) = snapshots.iter().find(|s| s.taken_at == at) {
            each(at, 0, snapshot);
        }
    }
}

fn simulated_cells(snapshots: &[Snapshot], now_at: i64) -> [Usage; CELLS_PER_HOUR] {
    let mut cells = [Usage::default(); CELLS_PER_HOUR];
    simulate(snapshots, now_at, &mut |at, ms, snapshot| {
        let cell = &mut cells[usize::try_from((at - HOUR_AT) / CELL_MS).unwrap()];
        let sessions = u32::try_from(snapshot.sessions.len()).unwrap();
        let saturation = snapshot.limit.saturation(sessions);
        cell.snapshots += u32::from(snapshot.taken_at == at);
        cell.covered_ms += ms;
        cell.session_ms += ms * i64::from(sessions);
        cell.full_ms += if saturation.is_some_and(|s| s >= 1.0) { ms } else { 0 };
        if cell.peak.is_none_or(|p| p.sessions < sessions) {
            cell.peak = Some(Peak { sessions, at, limit: snapshot.limit });
        }
        cell.max_saturation = [cell.max_saturation, saturation].into_iter().flatten().reduce(f64::max);
        cell.max_opens = cell.max_opens.max(snapshot.totals().opens);
        cell.max_clients = cell.max_clients.max(snapshot.totals().clients);
    });
    cells
}

fn simulated_holders(snapshots: &[Snapshot], now_at: i64, id: fn(&Session) -> i64) -> BTreeMap<i64, Held> {
    let mut all: BTreeMap<i64, Held> = BTreeMap::new();
    let mut last_snapshot_at = None;
    simulate(snapshots, now_at, &mut |at, ms, snapshot| {
        let is_first_second_of_it = last_snapshot_at.replace(snapshot.taken_at) != Some(snapshot.taken_at);
        let mut ids: Vec<_> = snapshot.sessions.iter().map(id).collect();
        ids.sort();
        ids.dedup();
        for one in ids {
            let own: Vec<_> = snapshot.sessions.iter().filter(|s| id(s) == one).collect();
            let sessions = u32::try_from(own.len()).unwrap();
            let held = all.entry(one).or_insert(Held { first_seen_at: at, ..Held::default() });
            held.session_ms += ms * i64::from(sessions);
            held.idle_ms += ms
                * i64::try_from(
                    own.iter().filter(|s| s.active_at.is_some_and(|a| snapshot.taken_at - a >= 900_000)).count(),
                )
                .unwrap();
            held.zero_open_ms += ms * i64::try_from(own.iter().filter(|s| s.opens == Some(0)).count()).unwrap();
            let all_sessions = u32::try_from(snapshot.sessions.len()).unwrap();
            held.full_ms += if snapshot.limit.is_full(all_sessions) { ms } else { 0 };
            held.peak_opens = held.peak_opens.max(own.iter().filter_map(|s| s.opens).sum());
            if is_first_second_of_it {
                held.last_seen_at = at;
            }
            if held.peak_sessions < sessions {
                (held.peak_sessions, held.peak_at) = (sessions, at);
            }
        }
    });
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn an_hour_is_what_a_simulation_by_the_second_finds(all in days(), now in prop_oneof![3 => Just(9_999_i64), 1 => -10..3_700_i64]) {
        let now_at = HOUR_AT + now * SECOND;
        let split = all.partition_point(|s| s.taken_at < HOUR_AT);
        let (earlier, within) = all.split_at(split);
        // Only the newest of the earlier ones can hold true into the hour.
        let of = HourOfSnapshots { hour_at: HOUR_AT, before: earlier.last(), within, now_at };
        let (usage, holders) = hour(HostId(7), of);
        prop_assert_eq!(usage.host, HostId(7));
        prop_assert_eq!(usage.hour_at, HOUR_AT);
        for (number, (found, expected)) in usage.cells.iter().zip(simulated_cells(&all, now_at)).enumerate() {
            prop_assert_eq!(found, &expected, "cell {}", number);
        }
        let by_client: BTreeMap<_, _> = holders.by_client.iter().map(|(id, held)| (id.0, *held)).collect();
        let by_user: BTreeMap<_, _> = holders.by_user.iter().map(|(id, held)| (id.0, *held)).collect();
        prop_assert!(holders.by_client.is_sorted_by_key(|(id, _)| *id) && holders.by_user.is_sorted_by_key(|(id, _)| *id));
        prop_assert_eq!(by_client, simulated_holders(&all, now_at, |s| s.client.0));
        prop_assert_eq!(by_user, simulated_holders(&all, now_at, |s| s.user.0));
    }

    #[test]
    fn rolled_up_later_than_settled_nothing_changes(all in days(), later in 0..10_000_000_i64) {
        let split = all.partition_point(|s| s.taken_at < HOUR_AT);
        let (earlier, within) = all.split_at(split);
        let mut of = HourOfSnapshots { hour_at: HOUR_AT, before: earlier.last(), within, now_at: 0 };
        of.now_at = of.settled_at();
        let settled = hour(HostId(1), of);
        of.now_at += later;
        prop_assert_eq!(hour(HostId(1), of), settled);
    }
}

#[test]
fn without_snapshots_nothing_is_covered_and_nobody_held_anything() {
    let (usage, holders) =
        hour(HostId(1), HourOfSnapshots { hour_at: HOUR_AT, before: None, within: &[], now_at: i64::MAX });
    assert_eq!(usage.total(), Usage::default());
    assert!(holders.by_client.is_empty() && holders.by_user.is_empty());
}

#[test]
fn an_hour_that_grows_waits_the_longer_the_larger_the_fleet_and_a_late_one_never_long() {
    let wait = |host, hosts| due_at(HostId(host), HOUR_AT, HOUR_AT + 1_000, hosts) - HOUR_AT - 1_000;
    for host in 1..100 {
        assert!((5_000..7_500).contains(&wait(host, 0)), "{}", wait(host, 0));
        assert!((40_000..60_000).contains(&wait(host, 1_000)), "{}", wait(host, 1_000));
        assert!((300_000..450_000).contains(&wait(host, usize::MAX)), "{}", wait(host, usize::MAX));
    }
    let day_later_at = HOUR_AT + 24 * HOUR_MS;
    assert_eq!(due_at(HostId(1), HOUR_AT, day_later_at, 50_000), day_later_at + 3_000);
}
