//! Names of one client, read together and apart again, against a look at every single snapshot.

use highwater::model::eyes::Eyes;
use std::collections::{BTreeMap, BTreeSet};

use highwater::model::holder::{Held, Measure};
use highwater::model::retention::Kind;
use highwater::model::time::{DAY_MS, HOUR_MS, day_start};
use highwater::model::{ClientId, HostId};
use highwater::store::aliases::{self, Merged};
use highwater::store::rank::{self, By, Finest, Ranked, Ranking, Row, Scope, Whose};
use highwater::store::{Db, names, retention};

use crate::harness::small_fleet::{Dice, SmallFleet};
use crate::harness::store::{Store, T0, both};

const DAYS: i64 = 17;
const NOW_AT: i64 = T0 + (DAYS + 1) * DAY_MS;
/// Some hours, a day, five days, and everything.
const WINDOWS: [(i64, i64); 4] = [
    (T0 + 20 * HOUR_MS + 1, T0 + 30 * HOUR_MS - 1),
    (T0 + 9 * DAY_MS + 3 * HOUR_MS, T0 + 10 * DAY_MS + 3 * HOUR_MS),
    (T0 + 3 * DAY_MS, T0 + 8 * DAY_MS),
    (T0 - 40 * DAY_MS, NOW_AT),
];

type Expected = BTreeMap<i64, (Held, BTreeSet<HostId>)>;

async fn clients(db: &Store, all: &[&str]) -> Vec<ClientId> {
    let ids = db.write(async |tx| names::intern_clients(tx, all, T0).await).await;
    all.iter().map(|name| ids[*name]).collect()
}

async fn merge(db: &Store, main: ClientId, other: ClientId) -> Merged {
    db.write(async |tx| aliases::merge(tx, main, other, "ann", T0).await).await
}

async fn separate(db: &Store, alias: ClientId) -> bool {
    db.write(async |tx| aliases::separate(tx, alias).await).await
}

fn scope<'a>(whose: Whose<'a>, window: (i64, i64)) -> Scope<'a> {
    Scope { whose, from_at: window.0, to_at: window.1 }
}

async fn top(db: &Db, whose: Whose<'_>, measure: Measure, window: (i64, i64)) -> Ranked {
    let ranking = Ranking { measure, most: 100, ..Ranking::default() };
    rank::top(db, By::Client, scope(whose, window), &ranking, &Eyes::Names).await.unwrap()
}

fn expected(fleet: &SmallFleet<'_>, whose: Whose<'_>, (from_at, to_at): (i64, i64)) -> Expected {
    let hosts = match whose {
        Whose::Fleet => fleet.hosts.clone(),
        Whose::Host(host) => vec![host],
        Whose::Hosts(hosts) => hosts.to_vec(),
    };
    let mut held = fleet.held(By::Client, &hosts, from_at..to_at);
    if whose == Whose::Fleet {
        for (id, (held, _)) in &mut held {
            (held.peak_sessions, held.peak_at) = fleet.peak(By::Client, *id, from_at..to_at);
        }
    }
    held
}

/// Times, hosts and first and last sight are exact; peaks and time on full hosts lie between what is certain and what is possible.
fn compare(row: &Row, (held, hosts): &(Held, BTreeSet<HostId>), about: &str) {
    let (found, least) = (row.top.held, row.top.least);
    let exact = |h: &Held| (h.session_ms, h.idle_ms, h.zero_open_ms, h.first_seen_at);
    assert_eq!(exact(&found), exact(held), "{about}");
    assert!(row.top.hosts.iter().eq(hosts.iter()), "{about}: on {:?}", row.top.hosts);
    assert!((least.peak_sessions..=found.peak_sessions).contains(&held.peak_sessions), "{about}: {row:?} {held:?}");
    assert!((least.peak_opens..=found.peak_opens).contains(&held.peak_opens), "{about}: {row:?} {held:?}");
    assert!((least.full_ms..=found.full_ms).contains(&held.full_ms), "{about}: {row:?} {held:?}");
}

#[tokio::test]
async fn names_that_were_merged_are_ranked_as_one_and_all_is_as_before_when_they_are_apart_again() {
    both(async |db| {
        let mut fleet = SmallFleet::new(db, 3).await;
        fleet.observe(T0..T0 + DAYS * DAY_MS, 60, &mut Dice(5)).await;
        fleet.compact(NOW_AT).await;
        let group = [fleet.hosts[2], fleet.hosts[0]];
        let whoses = [Whose::Fleet, Whose::Host(fleet.hosts[1]), Whose::Hosts(&group)];
        let (main, one, two) = (fleet.client("PC-4"), fleet.client("PC-9"), fleet.client("SCANNER"));
        let mut before = Vec::new();
        for whose in whoses {
            for measure in Measure::ALL {
                before.push(top(db, whose, measure, WINDOWS[3]).await);
            }
        }
        assert_eq!(merge(db, main, one).await, Merged::Done);
        assert_eq!(merge(db, main, two).await, Merged::Done);
        fleet.merge(one, main);
        fleet.merge(two, main);
        let mut bounds = 0;
        for whose in whoses {
            for window in WINDOWS {
                let expected = expected(&fleet, whose, window);
                for measure in Measure::ALL {
                    let found = top(db, whose, measure, window).await;
                    let about = format!("{whose:?}, {measure:?}, {window:?}");
                    assert_eq!((found.all, found.rows.len()), (expected.len(), expected.len()), "{about}");
                    let figures = found.rows.iter().map(|r| measure.of(&r.top.held, r.top.hosts.len()));
                    assert!(figures.is_sorted_by(|a, b| a >= b), "{about}: in order");
                    for row in &found.rows {
                        compare(row, &expected[&row.top.id], &about);
                        let is_bound = row.top.held.peak_sessions > row.top.least.peak_sessions;
                        assert!(!is_bound || row.top.id == main.0, "{about}: one name is exact");
                        bounds += usize::from(is_bound);
                    }
                    let sums: i64 = expected.values().map(|(held, _)| held.session_ms).sum();
                    assert_eq!(found.session_ms, sums, "{about}");
                    assert_eq!(found.most_ms, expected.values().map(|(h, _)| h.session_ms).max().unwrap_or(0));
                }
            }
        }
        assert!(bounds > 0, "the fleet is too dull for this test");
        let ranking = Ranking { most: 9, name_contains: "scan".into(), ..Ranking::default() };
        let found = rank::top(db, By::Client, scope(Whose::Fleet, WINDOWS[3]), &ranking, &Eyes::Names).await.unwrap();
        assert_eq!(found.rows.iter().map(|r| r.top.name.as_str()).collect::<Vec<_>>(), ["PC-4"], "by any name");
        assert!(separate(db, one).await && separate(db, two).await && !separate(db, two).await);
        let mut after = Vec::new();
        for whose in whoses {
            for measure in Measure::ALL {
                after.push(top(db, whose, measure, WINDOWS[3]).await);
            }
        }
        assert_eq!(after, before);
    })
    .await;
}

#[tokio::test]
async fn one_client_with_several_names_is_looked_at_closely_and_its_names_keep_their_own_figures() {
    both(async |db| {
        let mut fleet = SmallFleet::new(db, 3).await;
        fleet.observe(T0..T0 + 2 * DAY_MS, 24, &mut Dice(9)).await;
        fleet.compact(NOW_AT).await;
        let (main, alias) = (fleet.client("PC-7"), fleet.client("PC-1"));
        let apart = async |id: ClientId, w: (i64, i64)| rank::one(db, By::Client, id.0, w.0, w.1).await.unwrap();
        // Few hours, so that all may be looked at; and more than a week, of which none are.
        for (window, is_near) in [((T0 + 20 * HOUR_MS, T0 + 30 * HOUR_MS), true), ((T0, T0 + 9 * DAY_MS), false)] {
            let names = [(main.0, apart(main, window).await.held), (alias.0, apart(alias, window).await.held)];
            merge(db, main, alias).await;
            let found = apart(main, window).await;
            assert_eq!(found.names, names);
            separate(db, alias).await;
            let mut merged = SmallFleet::clone(&fleet);
            merged.merge(alias, main);
            let (held, hosts) = expected(&merged, Whose::Fleet, window).remove(&main.0).unwrap_or_default();
            assert!(found.hosts.iter().eq(hosts.iter()));
            assert_eq!(found.held.session_ms, held.session_ms);
            let bounds = found.least.peak_sessions..=found.held.peak_sessions;
            assert!(bounds.contains(&held.peak_sessions), "{bounds:?} {held:?}");
            if is_near {
                let exact = |h: &Held| (h.peak_sessions, h.peak_opens, h.full_ms);
                assert_eq!(exact(&found.held), exact(&held));
                let at = found.held.peak_at;
                let then = merged.peak(By::Client, main.0, at..at + 1).0;
                assert_eq!(then, held.peak_sessions, "it was so many then, if not then for the first time");
                let least = found.least;
                assert_eq!(
                    (least.peak_sessions, least.peak_opens, least.full_ms),
                    (held.peak_sessions, held.peak_opens, held.full_ms)
                );
            }
            for on in &found.on_hosts {
                let here = expected(&merged, Whose::Host(on.host), window).remove(&main.0).unwrap_or_default().0;
                assert_eq!(on.held.session_ms, here.session_ms);
                assert!((on.least.peak_sessions..=on.held.peak_sessions).contains(&here.peak_sessions));
                assert_eq!(on.steps.iter().map(|(_, ms)| ms).sum::<i64>(), here.session_ms);
            }
            assert_eq!(found.series.of[&main.0].iter().sum::<i64>(), held.session_ms);
        }
    })
    .await;
}

/// Hours are kept for less long than days: what is left of them must not pass for all there was.
#[tokio::test]
async fn bounds_stay_where_the_records_of_hours_are_gone() {
    both(async |db| {
        let mut fleet = SmallFleet::new(db, 3).await;
        fleet.observe(T0..T0 + 4 * DAY_MS, 60, &mut Dice(9)).await;
        fleet.compact(NOW_AT).await;
        let (main, alias) = (fleet.client("PC-7"), fleet.client("PC-1"));
        merge(db, main, alias).await;
        fleet.merge(alias, main);
        // Whole days, of which days alone tell all.
        let first_at = day_start(T0) + DAY_MS;
        let window = (first_at, first_at + 3 * DAY_MS);
        for kept_from in [first_at + 12 * HOUR_MS, first_at + 2 * DAY_MS, T0 + 9 * DAY_MS] {
            while db.write(async |tx| retention::remove(tx, Kind::Hours, kept_from, 100).await).await > 0 {}
            let found = rank::one(db, By::Client, main.0, window.0, window.1).await.unwrap();
            let all = expected(&fleet, Whose::Fleet, window);
            let held = &all[&main.0].0;
            assert_eq!(found.held.session_ms, held.session_ms);
            let lies = |truth: u32, least: u32, most: u32| (least..=most).contains(&truth);
            assert!(
                lies(held.peak_sessions, found.least.peak_sessions, found.held.peak_sessions),
                "{found:?} {held:?}"
            );
            assert!(lies(held.peak_opens, found.least.peak_opens, found.held.peak_opens), "{found:?} {held:?}");
            assert!((found.least.full_ms..=found.held.full_ms).contains(&held.full_ms), "{found:?} {held:?}");
            for on in &found.on_hosts {
                let here = expected(&fleet, Whose::Host(on.host), window).remove(&main.0).unwrap_or_default().0;
                assert_eq!(on.held.session_ms, here.session_ms);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn steps_of_merged_names_are_summed() {
    both(async |db| {
        let mut fleet = SmallFleet::new(db, 2).await;
        fleet.observe(T0..T0 + 3 * DAY_MS, 20, &mut Dice(2)).await;
        fleet.compact(NOW_AT).await;
        let (main, alias) = (fleet.client("PC-3"), fleet.client("PC-9"));
        let series = async |whose, ids: &[i64]| {
            rank::series(db, By::Client, scope(whose, (T0, NOW_AT)), ids, Finest::Days).await.unwrap()
        };
        for whose in [Whose::Fleet, Whose::Host(fleet.hosts[0])] {
            let apart = series(whose, &[main.0, alias.0]).await;
            merge(db, main, alias).await;
            let joint = series(whose, &[main.0]).await;
            assert_eq!((&joint.steps, joint.of.len()), (&apart.steps, 1));
            let sums = apart.of[&main.0].iter().zip(&apart.of[&alias.0]).map(|(a, b)| a + b);
            assert!(joint.of[&main.0].iter().copied().eq(sums));
            separate(db, alias).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_name_is_read_as_one_client_only_and_brings_its_own_names_along() {
    both(async |db| {
        let ids = clients(db, &["pc-7", "10.0.0.7", "pc-7.corp.example", "fe80::7", "pc-8"]).await;
        assert_eq!(merge(db, ids[2], ids[3]).await, Merged::Done);
        assert_eq!(merge(db, ids[0], ids[2]).await, Merged::Done, "with what was merged into it");
        assert_eq!(merge(db, ids[0], ids[1]).await, Merged::Done);
        let all = aliases::all(db).await.unwrap();
        assert_eq!(ids[..4].iter().map(|id| all.main(id.0)).collect::<Vec<_>>(), [ids[0].0; 4]);
        assert_eq!(merge(db, ids[0], ids[3]).await, Merged::Already);
        assert_eq!(merge(db, ids[0], ids[0]).await, Merged::Already);
        assert_eq!(merge(db, ids[3], ids[0]).await, Merged::Already, "the page was an old one");
        assert_eq!(merge(db, ids[4], ids[1]).await, Merged::Taken(ids[0]));
        assert_eq!(merge(db, ids[4], ClientId(999_999)).await, Merged::Unknown);
        let of: Vec<_> = aliases::of_client(db, ids[0]).await.unwrap();
        assert_eq!(of.len(), 3);
        assert!(of.iter().all(|alias| alias.merged_by == "ann" && alias.merged_at == T0));
        let named = aliases::names_of(db, &all, &[ids[0].0, ids[4].0]).await.unwrap();
        assert_eq!(named.len(), 1);
        assert_eq!(named[&ids[0].0], ["10.0.0.7", "fe80::7", "pc-7.corp.example"]);
        assert_eq!(aliases::main_of(db, ids[3]).await.unwrap(), ids[0]);
        assert!(separate(db, ids[2]).await);
        assert_eq!(aliases::main_of(db, ids[2]).await.unwrap(), ids[2]);
        assert_eq!(aliases::main_of(db, ids[4]).await.unwrap(), ids[4]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_who_merge_crosswise_at_once_make_no_circle() {
    both(async |db| {
        let ids = clients(db, &["a", "b"]).await;
        let race = async |main: ClientId, other: ClientId| {
            let db = Db::open(db.address()).await.unwrap();
            let mut tx = db.begin().await.unwrap();
            let merged = aliases::merge(&mut tx, main, other, "ann", T0).await.unwrap();
            tx.commit().await.unwrap();
            merged
        };
        let outcome = tokio::join!(race(ids[0], ids[1]), race(ids[1], ids[0]));
        assert!(matches!(outcome, (Merged::Done, Merged::Already) | (Merged::Already, Merged::Done)), "{outcome:?}");
        assert_eq!(aliases::all(db).await.unwrap().mains().count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_name_that_was_not_met_for_long_goes_with_its_merge_and_a_client_stays_while_others_are_read_as_it() {
    both(async |db| {
        let old = clients(db, &["main", "alias"]).await;
        db.write(async |tx| names::intern_clients(tx, &["young"], T0 + 9 * DAY_MS).await).await;
        let young = db.write(async |tx| names::intern_clients(tx, &["young"], T0 + 9 * DAY_MS).await).await["young"];
        merge(db, old[0], old[1]).await;
        merge(db, old[0], young).await;
        let remove = async || db.write(async |tx| names::remove_unseen(tx, T0 + DAY_MS, 9).await).await;
        assert_eq!((remove().await, remove().await), (1, 0), "only the old alias");
        assert_eq!(aliases::of_client(db, old[0]).await.unwrap().len(), 1);
        assert!(separate(db, young).await);
        assert_eq!(remove().await, 1);
        assert_eq!(names::client(db, old[0]).await.unwrap(), None);
        assert_eq!(names::client(db, young).await.unwrap().as_deref(), Some("young"));
    })
    .await;
}
