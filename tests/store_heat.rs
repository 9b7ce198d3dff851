//! The fleet and its hosts over time, against a look at every single snapshot.

use std::collections::{BTreeMap, BTreeSet};

use highwater::history::matrix::{Cell, Saturation};
use highwater::model::HostId;
use highwater::model::fleet::{FleetUsage, Step};
use highwater::model::heat::Level;
use highwater::model::sight::Sight;
use highwater::model::time::{CELL_MS, DAY_MS, HOUR_MS};
use highwater::model::unit::Unit;
use highwater::model::usage::Usage;
use highwater::store::rank::{self, Complete};
use highwater::store::{fleet, groups, heat, past, usage, work};

use crate::harness::small_fleet::{Dice, Seen, SmallFleet};
use crate::harness::store::{T0, both};

const NOW_AT: i64 = T0 + 4 * DAY_MS + 5 * HOUR_MS;
const STEPS: [Step; 3] = [Step::FiveMinutes, Step::Hour, Step::SixHours];

/// As the matrix tells a saturation: in half percents, rounded up, 126 % at most.
fn told(saturation: f64) -> f64 {
    ((saturation * 200.0 - 1e-9).ceil() / 200.0).min(1.26)
}

/// What the hosts were in each step that something is known of.
fn seen(fleet: &SmallFleet<'_>, step: Step, range: (i64, i64)) -> BTreeMap<i64, BTreeMap<HostId, Seen>> {
    let ms = step.length_ms();
    let mut all = BTreeMap::new();
    for start_at in (range.0.div_euclid(ms) * ms..range.1).step_by(usize::try_from(ms).unwrap()) {
        let of = |host: &HostId| Some((*host, fleet.seen(*host, start_at..start_at + ms)?));
        let hosts: BTreeMap<HostId, Seen> = fleet.hosts.iter().filter_map(of).collect();
        if start_at >= range.0 && !hosts.is_empty() {
            all.insert(start_at, hosts);
        }
    }
    all
}

#[tokio::test]
async fn the_worst_hosts_and_their_cells_are_what_a_look_at_every_snapshot_says() {
    both(async |db| {
        let mut fleet = SmallFleet::new(db, 6).await;
        fleet.observe(T0..NOW_AT, 25, &mut Dice(5)).await;
        fleet.compact_once(NOW_AT).await;
        for is_compact in [false, true] {
            if is_compact {
                fleet.compact(NOW_AT + DAY_MS).await;
            }
            for step in STEPS {
                // Before days are put together, hours stand for steps of six of them, for two days.
                let days = if step == Step::SixHours && !is_compact { 1 } else { 4 };
                let from_at = (NOW_AT - days * DAY_MS).div_euclid(step.length_ms()) * step.length_ms();
                let expected = seen(&fleet, step, (from_at, NOW_AT));
                let found = heat::worst(db, (step, 1), from_at..NOW_AT, (4, &Sight::All)).await.unwrap();
                let known: Vec<i64> = expected.keys().copied().collect();
                let found_steps: Vec<i64> = found.steps.iter().copied().filter(|at| known.contains(at)).collect();
                assert_eq!(found_steps, known, "{step:?}, {is_compact}");
                let full =
                    |host: HostId| expected.values().filter_map(|of| of.get(&host)).map(|s| s.full_ms).sum::<i64>();
                let nearest = |host: HostId| {
                    expected.values().filter_map(|of| of.get(&host)).map(|s| told(s.saturation)).fold(0.0, f64::max)
                };
                assert_eq!(found.hosts.len(), 4);
                let shown: Vec<HostId> = found.hosts.iter().map(|hot| hot.host).collect();
                for pair in shown.windows(2) {
                    let rank = |host: HostId| (full(host), nearest(host));
                    assert!(rank(pair[0]) >= rank(pair[1]), "{step:?}: {pair:?} are in the wrong order");
                }
                let least = full(shown[3]);
                assert!(fleet.hosts.iter().all(|host| shown.contains(host) || full(*host) <= least));
                for hot in &found.hosts {
                    assert_eq!(hot.full_secs * 1_000, full(hot.host), "{step:?}");
                    for (at, cell) in found.steps.iter().zip(&hot.cells) {
                        let expected = expected.get(at).and_then(|of| of.get(&hot.host));
                        match (cell.level, expected) {
                            (Level::Silent, None) => {}
                            (Level::Saturation(share), Some(seen)) => {
                                assert!((share - told(seen.saturation)).abs() < 1e-9, "{share} of {seen:?}");
                                assert!((*at..at + step.length_ms()).contains(&cell.peak_at));
                            }
                            other => panic!("{step:?} at {at}: {other:?}"),
                        }
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn steps_that_are_read_as_one_keep_the_greatest_and_its_moment() {
    both(async |db| {
        let mut fleet = SmallFleet::new(db, 5).await;
        fleet.observe(T0..NOW_AT, 25, &mut Dice(23)).await;
        fleet.compact(NOW_AT + DAY_MS).await;
        let from_at = (T0 + DAY_MS).div_euclid(DAY_MS) * DAY_MS;
        let days = heat::worst(db, (Step::SixHours, 4), from_at..NOW_AT, (5, &Sight::All)).await.unwrap();
        let again = heat::worst(db, (Step::SixHours, 4), from_at..NOW_AT, (5, &Sight::All)).await.unwrap();
        assert_eq!((days.step_ms, &days), (DAY_MS, &again), "what is remembered is what was read");
        for hot in &days.hosts {
            for (at, cell) in days.steps.iter().zip(&hot.cells) {
                let seen = fleet.seen(hot.host, *at..(*at + DAY_MS).min(NOW_AT + DAY_MS));
                let share = seen.map(|seen| Level::Saturation(told(seen.saturation)));
                assert_eq!(cell.level, share.unwrap_or(Level::Silent));
                if seen.is_some() {
                    assert!((*at..at + DAY_MS).contains(&cell.peak_at));
                }
            }
        }
        // A record that changes is read anew.
        fleet.observe(T0 + 2 * DAY_MS..T0 + 3 * DAY_MS, 9, &mut Dice(24)).await;
        fleet.compact(NOW_AT + DAY_MS).await;
        let changed = heat::worst(db, (Step::SixHours, 4), from_at..NOW_AT, (5, &Sight::All)).await.unwrap();
        let full = |host: HostId| fleet.seen(host, from_at..NOW_AT + DAY_MS).map_or(0, |seen| seen.full_ms);
        assert!(changed.hosts.iter().all(|hot| hot.full_secs * 1_000 == full(hot.host)) && changed != days);
    })
    .await;
}

fn nearest_rank(sorted: &[f64], percent: usize) -> f64 {
    sorted[(sorted.len() * percent).div_ceil(100) - 1]
}

#[tokio::test]
async fn the_fleet_s_spread_is_that_of_its_hosts_in_each_step() {
    both(async |db| {
        let mut fleet = SmallFleet::new(db, 7).await;
        fleet.observe(T0..NOW_AT, 25, &mut Dice(9)).await;
        fleet.compact(NOW_AT + DAY_MS).await;
        db.write(async |tx| groups::put(tx, &fleet.hosts, "Paris", "ann", T0).await).await;
        let of_all = Sight::of(["Paris"]).unwrap();
        for step in STEPS {
            let expected = seen(&fleet, step, (T0, NOW_AT));
            let of_seen = heat::usage(db, step, T0..NOW_AT, &of_all).await.unwrap();
            let of_seen: BTreeMap<i64, _> = of_seen.iter().map(|of| (of.start_at, of)).collect();
            let found = heat::usage(db, step, T0..NOW_AT, &Sight::All).await.unwrap();
            let of: BTreeMap<i64, _> = found.iter().map(|of| (of.start_at, of)).collect();
            for (at, hosts) in &expected {
                let found = of[at];
                let mut saturations: Vec<f64> = hosts.values().map(|seen| seen.saturation).collect();
                saturations.sort_by(f64::total_cmp);
                let number = |n: usize| u32::try_from(n).unwrap();
                let count = |least: f64| number(saturations.iter().filter(|s| **s >= least).count());
                assert_eq!((found.at_limit, found.above_80), (count(1.0), count(0.8)), "{step:?} at {at}");
                assert_eq!((found.observed, found.silent), (number(hosts.len()), 7 - number(hosts.len())));
                let of_seen = of_seen[at];
                assert_eq!((of_seen.hosts, of_seen.observed, of_seen.silent), (7, found.observed, found.silent));
                assert_eq!(of_seen.max_saturation, saturations.last().map(|share| told(*share)), "{step:?} at {at}");
                assert_eq!(of_seen.p95_saturation, Some(told(nearest_rank(&saturations, 95))));
                assert_eq!(of_seen.median_saturation, Some(told(nearest_rank(&saturations, 50))));
                assert_eq!(found.max_saturation, saturations.last().copied());
                assert_eq!(found.p95_saturation, Some(nearest_rank(&saturations, 95)));
                assert_eq!(found.median_saturation, Some(nearest_rank(&saturations, 50)));
                assert_eq!(found.peak_sessions, hosts.values().map(|s| u64::from(s.sessions)).sum::<u64>());
            }
            let others = found.iter().filter(|of| !expected.contains_key(&of.start_at));
            assert!(others.into_iter().all(|of| of.observed == 0 && of.max_saturation.is_none()));
        }
    })
    .await;
}

#[tokio::test]
async fn the_last_hours_of_every_host_tell_its_peak_and_when_it_was() {
    both(async |db| {
        let mut fleet = SmallFleet::new(db, 5).await;
        fleet.observe(T0..T0 + DAY_MS, 8, &mut Dice(13)).await;
        fleet.compact_once(NOW_AT).await;
        let lately = heat::lately(db, T0..T0 + DAY_MS).await.unwrap();
        let hourly = heat::hourly(db, &fleet.hosts[1..], T0..T0 + DAY_MS).await.unwrap();
        assert!(hourly.len() == 4 && hourly.values().all(|hours| hours.len() == 24));
        let cells = past::of_hosts(db, &fleet.hosts, T0, T0 + DAY_MS).await.unwrap();
        for host in &fleet.hosts {
            let seen = fleet.seen(*host, T0..T0 + DAY_MS);
            assert_eq!(lately.get(host).map(|of| (of.sessions, of.peak_at)), seen.map(|s| (s.sessions, s.peak_at)));
            for (hour, at) in hourly.get(host).into_iter().flatten().zip((T0..).step_by(3_600_000)) {
                let seen = fleet.seen(*host, at..at + HOUR_MS);
                let of = hour.map(|hour| (hour.sessions, hour.peak_at, i64::from(hour.full_secs) * 1_000));
                assert_eq!(of, seen.map(|s| (s.sessions, s.peak_at, s.full_ms)));
                assert_eq!(hour.map(|hour| hour.saturation), seen.map(|s| Some(told(s.saturation))));
            }
            let mut day = Usage::default();
            cells[host].iter().for_each(|hour| day.merge(&hour.total()));
            assert_eq!(day.peak.map(|p| (p.sessions, p.at)), seen.map(|s| (s.sessions, s.peak_at)));
        }
    })
    .await;
}

#[tokio::test]
async fn a_host_s_past_says_the_same_at_every_zoom_from_hours_and_from_days() {
    both(async |db| {
        let mut dice = Dice(17);
        let mut fleet = SmallFleet::new(db, 2).await;
        let now_at = T0 + 12 * DAY_MS;
        fleet.observe(T0..now_at, 60, &mut dice).await;
        for round in ["nothing is rolled up", "days wait", "days are there", "an hour came late"] {
            match round {
                "days wait" => fleet.compact_once(now_at).await,
                "days are there" => fleet.compact(now_at + DAY_MS).await,
                "an hour came late" => fleet.observe(T0 + 3 * DAY_MS..T0 + 3 * DAY_MS + HOUR_MS, 2, &mut dice).await,
                _ => {}
            }
            for (from_at, to_at) in
                [(T0, now_at), (T0 + 3 * DAY_MS, T0 + 4 * DAY_MS), (T0 + 77 * HOUR_MS, T0 + 78 * HOUR_MS)]
            {
                let hours = usage::of_host(db, fleet.hosts[0], from_at, to_at, now_at).await.unwrap();
                assert!(hours.windows(2).all(|pair| pair[0].hour_at < pair[1].hour_at));
                let mut whole = Usage::default();
                for hour in &hours {
                    let seen = fleet.seen(fleet.hosts[0], hour.hour_at..hour.hour_at + HOUR_MS);
                    let total = hour.total();
                    assert_eq!(
                        total.peak.map(|p| (p.sessions, p.at)),
                        seen.map(|s| (s.sessions, s.peak_at)),
                        "{round}"
                    );
                    for (cell, at) in hour.cells.iter().zip((hour.hour_at..).step_by(300_000)) {
                        let seen = fleet.seen(fleet.hosts[0], at..at + CELL_MS);
                        assert_eq!(cell.max_saturation, seen.map(|s| s.saturation), "{round}");
                    }
                    whole.merge(&total);
                }
                let seen = fleet.seen(fleet.hosts[0], from_at..to_at);
                assert_eq!(whole.max_saturation, seen.map(|s| s.saturation), "{round}");
                assert_eq!(whole.full_ms, seen.map_or(0, |s| s.full_ms), "{round}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn hosts_without_a_limit_come_last_by_their_sessions_and_are_told_apart() {
    both(async |db| {
        let mut hosts = Vec::new();
        for name in ["FS01", "FS02", "FS03", "FS04"] {
            hosts.push(db.host(name).await);
        }
        let cell = |saturation: Saturation, sessions: u32| Cell {
            saturation,
            mean: saturation,
            full_secs: 0,
            peak_sessions: Some(sessions),
            peak_after_secs: 90,
        };
        let levels = [
            cell(Saturation::UNLIMITED, 10),
            cell(Saturation::UNKNOWN, 900),
            cell(Saturation::of(0.0), 0),
            cell(Saturation::UNLIMITED, 40),
        ];
        let cells: Vec<_> = hosts.iter().copied().zip(levels).collect();
        let of = FleetUsage { start_at: T0, step_ms: HOUR_MS, hosts: 5, observed: 4, ..FleetUsage::default() };
        db.write(async |tx| fleet::save_step(tx, Step::Hour, &of, &cells).await).await;
        let found = heat::worst(db, (Step::Hour, 1), T0..T0 + HOUR_MS, (3, &Sight::All)).await.unwrap();
        let shown: Vec<_> = found.hosts.iter().map(|hot| (hot.host, hot.cells[0].level)).collect();
        let expected = [(hosts[2], Level::Saturation(0.0)), (hosts[1], Level::Unknown), (hosts[3], Level::Unlimited)];
        assert_eq!(shown, expected);
        assert_eq!(found.hosts[0].cells[0].peak_at, T0 + 90_000);
        assert_eq!(rank::observed(db, T0, T0 + 1).await.unwrap(), 4);
        assert_eq!(rank::observed(db, T0 + HOUR_MS, T0 + 2 * HOUR_MS).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn who_is_confined_has_the_worst_and_the_spread_of_the_hosts_that_he_sees() {
    both(async |db| {
        let mut hosts = Vec::new();
        for (name, group) in [("FS01", "Paris"), ("FS02", "Lyon"), ("FS03", "Paris"), ("FS04", ""), ("FS05", "Paris")] {
            let host = db.host(name).await;
            if !group.is_empty() {
                db.write(async |tx| groups::put(tx, &[host], group, "ann", T0).await).await;
            }
            hosts.push(host);
        }
        let cell = |saturation: Saturation, full_secs: u32| Cell {
            saturation,
            mean: saturation,
            full_secs,
            peak_sessions: Some(9),
            peak_after_secs: 60,
        };
        let cells = [
            (hosts[0], cell(Saturation::of(0.5), 0)),
            (hosts[1], cell(Saturation::of(1.0), 600)),
            // Rounded up it is full, but it was not.
            (hosts[2], cell(Saturation::of(0.997), 0)),
            (hosts[3], cell(Saturation::of(1.0), 900)),
        ];
        let of = FleetUsage { start_at: T0, step_ms: HOUR_MS, hosts: 5, observed: 4, ..FleetUsage::default() };
        db.write(async |tx| fleet::save_step(tx, Step::Hour, &of, &cells).await).await;
        let worst = async |most, sight: &Sight| {
            let heat = heat::worst(db, (Step::Hour, 1), T0..T0 + HOUR_MS, (most, sight)).await.unwrap();
            heat.hosts.iter().map(|hot| hot.host).collect::<Vec<_>>()
        };
        let usage = async |sight: &Sight| {
            let found = heat::usage(db, Step::Hour, T0..T0 + HOUR_MS, sight).await.unwrap();
            assert_eq!((found.len(), found[0].start_at, found[0].step_ms), (1, T0, HOUR_MS));
            found[0]
        };
        let (paris, lyon) = (Sight::of(["Paris"]).unwrap(), Sight::of(["Lyon"]).unwrap());
        assert_eq!(worst(2, &paris).await, [hosts[2], hosts[0]], "others take no place");
        assert_eq!(worst(9, &lyon).await, [hosts[1]]);
        assert_eq!(worst(9, &Sight::All).await, [hosts[3], hosts[1], hosts[2], hosts[0]]);
        let of = usage(&paris).await;
        assert_eq!((of.hosts, of.observed, of.silent, of.at_limit, of.above_80), (3, 2, 1, 0, 1));
        assert_eq!((of.max_saturation, of.median_saturation), (Some(1.0), Some(0.5)));
        let of = usage(&lyon).await;
        assert_eq!((of.hosts, of.silent, of.at_limit, of.p95_saturation), (1, 0, 1, Some(1.0)));
        let nobody = Sight::Groups(BTreeSet::new());
        let of = usage(&nobody).await;
        assert_eq!((of.hosts, of.observed, of.max_saturation), (0, 0, None));
        assert_eq!(worst(9, &nobody).await, []);
    })
    .await;
}

#[tokio::test]
async fn answers_over_the_fleet_are_complete_until_the_first_hour_that_waits() {
    both(async |db| {
        let host = db.host("FS01").await;
        let now_at = T0 + 10 * HOUR_MS + 1;
        let complete = async || rank::complete(db, now_at).await.unwrap();
        assert_eq!(complete().await, Complete { until_at: now_at, late_hours: 0 });
        let touch = async |unit| db.write(async |tx| work::touch(tx, &[(unit, now_at)]).await).await;
        touch(Unit::HostHour { hour_at: T0 + 10 * HOUR_MS, host }).await;
        assert_eq!(complete().await.until_at, T0 + 10 * HOUR_MS);
        touch(Unit::FleetHour { hour_at: T0 + 9 * HOUR_MS }).await;
        assert_eq!(complete().await, Complete { until_at: T0 + 9 * HOUR_MS, late_hours: 0 });
        touch(Unit::HostHour { hour_at: T0, host }).await;
        touch(Unit::HostDay { day_at: T0 - 10 * HOUR_MS, host }).await;
        assert_eq!(complete().await, Complete { until_at: T0 + 9 * HOUR_MS, late_hours: 1 });
    })
    .await;
}

#[tokio::test]
async fn answers_over_hosts_that_are_seen_wait_for_no_other_host_and_not_for_the_fleet() {
    both(async |db| {
        let [paris, lyon, none] = [db.host("FS01").await, db.host("FS02").await, db.host("FS03").await];
        for (host, group) in [(paris, "Paris"), (lyon, "Lyon")] {
            db.write(async |tx| groups::put(tx, &[host], group, "ann", T0).await).await;
        }
        let now_at = T0 + 10 * HOUR_MS + 1;
        let complete = async |group: &str| {
            let sight = Sight::of([group]).unwrap();
            rank::complete_seen(db, now_at, &sight).await.unwrap()
        };
        let touch = async |unit| db.write(async |tx| work::touch(tx, &[(unit, now_at)]).await).await;
        touch(Unit::FleetHour { hour_at: T0 + 8 * HOUR_MS }).await;
        touch(Unit::HostHour { hour_at: T0 + 8 * HOUR_MS, host: none }).await;
        touch(Unit::HostHour { hour_at: T0 + 9 * HOUR_MS, host: lyon }).await;
        touch(Unit::HostHour { hour_at: T0, host: lyon }).await;
        touch(Unit::HostDay { day_at: T0 - 10 * HOUR_MS, host: paris }).await;
        assert_eq!(complete("Paris").await, Complete { until_at: now_at, late_hours: 0 });
        assert_eq!(complete("Lyon").await, Complete { until_at: T0 + 9 * HOUR_MS, late_hours: 1 });
        assert_eq!(complete("Rome").await, Complete { until_at: now_at, late_hours: 0 });
        let all = rank::complete_seen(db, now_at, &Sight::All).await.unwrap();
        assert_eq!(all, rank::complete(db, now_at).await.unwrap());
        assert_eq!(all.until_at, T0 + 8 * HOUR_MS);
    })
    .await;
}
