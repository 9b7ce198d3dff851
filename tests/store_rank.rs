//! Rankings against a look at every single snapshot, for random small fleets, every measure and every kind of window.

use std::collections::{BTreeMap, BTreeSet};

use highwater::model::HostId;
use highwater::model::eyes::Eyes;
use highwater::model::holder::{Held, Measure};
use highwater::model::time::{DAY_MS, HOUR_MS};
use highwater::store::aliases;
use highwater::store::rank::{self, By, Finest, Ranked, Ranking, Scope, Whose};

use crate::harness::holdings::{observe, users};
use crate::harness::small_fleet::{Dice, SmallFleet};
use crate::harness::store::{Store, T0, both, snapshot};

/// More than two weeks, so that a whole week from Monday lies within.
const DAYS: i64 = 17;
const NOW_AT: i64 = T0 + (DAYS + 1) * DAY_MS;

/// From when to when: parts of an hour, a day, over midnight, a week, more than a week, and everything.
const WINDOWS: [(i64, i64); 7] = [
    (T0, T0 + HOUR_MS),
    (T0 + 20 * HOUR_MS + 1, T0 + 30 * HOUR_MS - 1),
    (T0 + 9 * DAY_MS + 3 * HOUR_MS, T0 + 10 * DAY_MS + 3 * HOUR_MS),
    (T0 + 3 * DAY_MS, T0 + 10 * DAY_MS),
    (T0 + 5 * DAY_MS + 5 * HOUR_MS, T0 + 16 * DAY_MS + HOUR_MS),
    (T0 - 40 * DAY_MS, NOW_AT),
    (T0 - 2 * DAY_MS, T0 - DAY_MS),
];

fn all(measure: Measure) -> Ranking {
    Ranking { measure, skip: 0, most: 100, ..Ranking::default() }
}

fn scope<'a>(whose: Whose<'a>, window: (i64, i64)) -> Scope<'a> {
    Scope { whose, from_at: window.0, to_at: window.1 }
}

type Expected = BTreeMap<i64, (Held, BTreeSet<HostId>)>;

/// What the snapshots say of these hosts; of the fleet, peaks are those of all hosts together.
fn expected(fleet: &SmallFleet<'_>, by: By, whose: Whose<'_>, (from_at, to_at): (i64, i64)) -> Expected {
    let hosts = match whose {
        Whose::Fleet => fleet.hosts.clone(),
        Whose::Host(host) => vec![host],
        Whose::Hosts(hosts) => hosts.to_vec(),
    };
    let mut held = fleet.held(by, &hosts, from_at..to_at);
    if whose == Whose::Fleet {
        for (id, (held, _)) in &mut held {
            let (sessions, at) = fleet.peak(by, *id, from_at..to_at);
            assert!(sessions >= held.peak_sessions);
            (held.peak_sessions, held.peak_at) = (sessions, at);
        }
    }
    held
}

/// Peaks on several hosts are told to the minute, on one to the second.
fn is_same(found: &Held, expected: &Held) -> bool {
    let minute = |at: i64| at.div_euclid(60_000);
    let of = |held: &Held| Held { peak_at: minute(held.peak_at), last_seen_at: 0, ..*held };
    of(found) == of(expected)
}

fn compare(fleet: &SmallFleet<'_>, (by, measure): (By, Measure), expected: &Expected, found: &Ranked, about: &str) {
    let ranked = fleet.ranked(by, measure, expected);
    let ids: Vec<i64> = found.rows.iter().map(|row| row.top.id).collect();
    assert_eq!(ids, ranked.iter().map(|(id, _)| *id).collect::<Vec<_>>(), "{about}");
    assert_eq!((found.all, found.matching), (ranked.len(), ranked.len()), "{about}");
    for (row, (id, figure)) in found.rows.iter().zip(&ranked) {
        let (held, hosts) = &expected[id];
        assert!(is_same(&row.top.held, held), "{about}: {id} has {:?}, not {held:?}", row.top.held);
        assert!(row.top.hosts.iter().eq(hosts.iter()), "{about}: {id} is on {:?}", row.top.hosts);
        assert_eq!(row.top.name, fleet.name(by, *id), "{about}");
        let ahead = ranked.iter().filter(|(_, other)| other > figure).count();
        assert_eq!(row.rank, ahead + 1, "{about}");
    }
    let mut sums: Vec<i64> = expected.values().map(|(held, _)| held.session_ms).collect();
    sums.sort_unstable_by_key(|ms| std::cmp::Reverse(*ms));
    assert_eq!(found.session_ms, sums.iter().sum::<i64>(), "{about}");
    assert_eq!(found.leaders_ms, sums.iter().take(5).sum::<i64>(), "{about}");
    assert_eq!(found.most_ms, sums.first().copied().unwrap_or(0), "{about}");
}

/// Every ranking, of the fleet, of one host and of two.
async fn compare_all(store: &Store, fleet: &SmallFleet<'_>, about: &str) {
    let group = [fleet.hosts[2], fleet.hosts[0]];
    for whose in [Whose::Fleet, Whose::Host(fleet.hosts[1]), Whose::Hosts(&group)] {
        for by in [By::Client, By::User] {
            for window in WINDOWS {
                let expected = expected(fleet, by, whose, window);
                for measure in Measure::ALL {
                    let found = rank::top(store, by, scope(whose, window), &all(measure), &Eyes::Names).await.unwrap();
                    let about = format!("{about}, {whose:?}, {by:?}, {measure:?}, {window:?}");
                    compare(fleet, (by, measure), &expected, &found, &about);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_ranking_is_what_a_look_at_every_snapshot_says_whatever_the_measure_and_the_window() {
    both(async |db| {
        let mut dice = Dice(7);
        let mut fleet = SmallFleet::new(db, 3).await;
        fleet.observe(T0..T0 + DAYS * DAY_MS, 36, &mut dice).await;
        fleet.compact(NOW_AT).await;
        compare_all(db, &fleet, "all is put together").await;
        // Hours that are brought in late: their days and weeks do not know of them yet, and are not asked.
        fleet.observe(T0 + 4 * DAY_MS..T0 + 12 * DAY_MS, 6, &mut dice).await;
        fleet.compact_once(NOW_AT).await;
        compare_all(db, &fleet, "days wait").await;
        fleet.compact(NOW_AT).await;
        compare_all(db, &fleet, "all is put together again").await;
    })
    .await;
}

#[tokio::test]
async fn the_parts_of_a_ranking_make_up_the_whole_by_every_measure() {
    both(async |db| {
        let mut fleet = SmallFleet::new(db, 4).await;
        fleet.observe(T0..T0 + 2 * DAY_MS, 20, &mut Dice(3)).await;
        fleet.compact(NOW_AT).await;
        for measure in Measure::ALL {
            let scope = scope(Whose::Fleet, (T0, T0 + 2 * DAY_MS));
            let whole = rank::top(db, By::Client, scope, &all(measure), &Eyes::Names).await.unwrap();
            for most in 1..4 {
                let mut rows = Vec::new();
                for skip in (0..whole.all).step_by(most) {
                    let part = Ranking { skip, most, ..all(measure) };
                    rows.extend(rank::top(db, By::Client, scope, &part, &Eyes::Names).await.unwrap().rows);
                }
                assert_eq!(rows, whole.rows, "{measure:?} in parts of {most}");
            }
            let some = Ranking { name_contains: "pc-".into(), ..all(measure) };
            let some = rank::top(db, By::Client, scope, &some, &Eyes::Names).await.unwrap();
            let expected: Vec<_> = whole.rows.iter().filter(|row| row.top.name.starts_with("PC-")).collect();
            assert!(some.rows.iter().eq(expected), "{measure:?}: a search changes no figure and no rank");
            assert_eq!((some.all, some.session_ms), (whole.all, whole.session_ms));
        }
    })
    .await;
}

#[tokio::test]
async fn steps_and_one_holder_s_hosts_add_up_to_what_its_ranking_says() {
    both(async |db| {
        let mut fleet = SmallFleet::new(db, 3).await;
        fleet.observe(T0..T0 + DAYS * DAY_MS, 40, &mut Dice(11)).await;
        fleet.compact(NOW_AT).await;
        let group = [fleet.hosts[0], fleet.hosts[2]];
        for by in [By::Client, By::User] {
            for window in WINDOWS {
                for whose in [Whose::Fleet, Whose::Host(fleet.hosts[1]), Whose::Hosts(&group)] {
                    let ranked =
                        rank::top(db, by, scope(whose, window), &all(Measure::Hosts), &Eyes::Names).await.unwrap();
                    let ids: Vec<i64> = ranked.rows.iter().map(|row| row.top.id).chain([999]).collect();
                    for finest in [Finest::Hours, Finest::Days, Finest::Any] {
                        let series = rank::series(db, by, scope(whose, window), &ids, finest).await.unwrap();
                        assert!(series.steps.windows(2).all(|pair| pair[0].end <= pair[1].start), "{series:?}");
                        assert!(series.of[&999].iter().all(|ms| *ms == 0) && series.of.len() == ids.len());
                        for row in &ranked.rows {
                            let sum: i64 = series.of[&row.top.id].iter().sum();
                            assert_eq!(sum, row.top.held.session_ms, "{whose:?}, {window:?}, {finest:?}");
                        }
                    }
                }
                let ranked =
                    rank::top(db, by, scope(Whose::Fleet, window), &all(Measure::Hosts), &Eyes::Names).await.unwrap();
                for row in ranked.rows {
                    let one = rank::one(db, by, row.top.id, window.0, window.1).await.unwrap();
                    assert_eq!((one.held, &one.hosts), (row.top.held, &row.top.hosts));
                    assert!(one.on_hosts.iter().map(|on| on.host).eq(one.hosts.iter().copied()));
                    let held: i64 = one.on_hosts.iter().map(|on| on.held.session_ms).sum();
                    assert_eq!(held, one.held.session_ms);
                    for on in &one.on_hosts {
                        assert_eq!(on.held.session_ms, on.steps.iter().map(|(_, ms)| ms).sum::<i64>());
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn one_holder_on_some_hosts_is_what_their_ranking_says_and_nothing_of_other_hosts() {
    both(async |db| {
        let mut fleet = SmallFleet::new(db, 3).await;
        fleet.observe(T0..T0 + DAYS * DAY_MS, 40, &mut Dice(5)).await;
        fleet.compact(NOW_AT).await;
        let group = [fleet.hosts[2], fleet.hosts[0]];
        for by in [By::Client, By::User] {
            for window in WINDOWS {
                for whose in [Whose::Fleet, Whose::Hosts(&group), Whose::Host(fleet.hosts[1]), Whose::Hosts(&[])] {
                    let ranked =
                        rank::top(db, by, scope(whose, window), &all(Measure::Hosts), &Eyes::Names).await.unwrap();
                    for row in &ranked.rows {
                        let one = rank::one_of(db, by, row.top.id, scope(whose, window)).await.unwrap();
                        let about = format!("{whose:?}, {by:?}, {window:?}, {}", row.top.id);
                        assert_eq!((one.held, &one.hosts), (row.top.held, &row.top.hosts), "{about}");
                        assert_eq!(one.least, row.top.least, "{about}");
                        assert_eq!(one.names, [(row.top.id, one.held)], "{about}");
                        assert!(one.on_hosts.iter().map(|on| on.host).eq(one.hosts.iter().copied()), "{about}");
                        assert_eq!(one.series.of[&row.top.id].iter().sum::<i64>(), one.held.session_ms, "{about}");
                    }
                    let shown = |id: i64| ranked.rows.iter().any(|row| row.top.id == id);
                    for id in (0..12).filter(|id| !shown(*id)) {
                        let nothing = rank::one_of(db, by, id, scope(whose, window)).await.unwrap();
                        assert_eq!((nothing.held, nothing.hosts, nothing.on_hosts.len()), (Held::default(), vec![], 0));
                        assert!(nothing.series.of[&id].iter().all(|ms| *ms == 0));
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_holder_was_on_hosts_whose_records_name_it_however_long_ago_or_not_added_up_yet() {
    both(async |db| {
        let mut fleet = SmallFleet::new(db, 3).await;
        fleet.observe(T0..T0 + 2 * DAY_MS, 8, &mut Dice(6)).await;
        fleet.compact(NOW_AT).await;
        let everybody = |by| expected(&fleet, by, Whose::Fleet, (T0, NOW_AT));
        for by in [By::Client, By::User] {
            let held = everybody(by);
            for id in 0..12 {
                for host in &fleet.hosts {
                    let is = rank::was_on(db, by, id, &[*host], NOW_AT).await.unwrap();
                    let should = held.get(&id).is_some_and(|(_, hosts)| hosts.contains(host));
                    assert_eq!(is, should, "{by:?} {id} on {host}");
                }
                assert_eq!(rank::was_on(db, by, id, &fleet.hosts, NOW_AT).await.unwrap(), held.contains_key(&id));
                assert!(!rank::was_on(db, by, id, &[], NOW_AT).await.unwrap());
            }
        }
        let host = db.host("FS99").await;
        let (client, other) = (fleet.client("PC-7"), fleet.client("PC-1"));
        let user = users(db, &["eve"]).await[0];
        let is_on = async |id: i64| rank::was_on(db, By::Client, id, &[host], NOW_AT).await.unwrap();
        assert!(!is_on(client.0).await);
        observe(db, host, &snapshot(NOW_AT - 60_000, &[(client, user, 1)])).await;
        assert!(is_on(client.0).await && !is_on(other.0).await, "nothing of it is added up");
        db.write(async |tx| aliases::merge(tx, other, client, "ann", T0).await).await;
        assert!(is_on(other.0).await, "under another of its names");
    })
    .await;
}
