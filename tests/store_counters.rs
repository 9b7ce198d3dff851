//! What hosts count, their shares, and what they said of themselves: on both databases.

use highwater::model::change::{What, changes as between};
use highwater::model::counter::{Counter, Reading, Share};
use highwater::model::host::Facts;
use highwater::model::time::{DAY_MS, MINUTE_MS, day_start};
use highwater::store::{Db, changes, counters, shares};

use crate::harness::store::{T0, both};

fn reading(read_at: i64, timed_out: i64) -> Reading {
    let values = vec![(Counter::SessionsTimedOut, timed_out), (Counter::QueueLength, 3)];
    Reading { read_at, since_at: Some(T0 - DAY_MS), values }
}

fn share(name: &str, uses: u32, most_uses: Option<u32>) -> Share {
    Share { name: name.to_owned(), uses, most_uses, is_unlimited: most_uses.is_none() }
}

#[tokio::test]
async fn readings_of_many_days_come_back_in_order_and_each_once() {
    both(async |db| {
        let (host, neighbour) = (db.host("FS01").await, db.host("FS02").await);
        let at = |n: i64| T0 + n * 7 * 60 * MINUTE_MS;
        let all: Vec<Reading> = (0..10).map(|n| reading(at(n), n)).collect();
        // The later half first, one of them twice.
        db.write(async |tx| counters::save(tx, host, all[5..].to_vec()).await).await;
        db.write(async |tx| counters::save(tx, host, all[..6].to_vec()).await).await;
        db.write(async |tx| counters::save(tx, neighbour, [reading(at(3), 99)]).await).await;
        assert_eq!(counters::of_host(db, host, T0, at(10)).await.unwrap(), all);
        assert_eq!(counters::of_host(db, host, at(2), at(4)).await.unwrap(), all[2..4], "the end is not in it");
        assert!(counters::of_host(db, host, at(4), at(4)).await.unwrap().is_empty());
        assert_eq!(counters::of_host(db, host, i64::MIN, i64::MAX).await.unwrap().len(), 10);
        let day_at = day_start(at(3));
        let checked = counters::checked(db, day_at, None, 9).await.unwrap();
        assert_eq!(checked, [(host, Ok(())), (neighbour, Ok(()))]);
        assert_eq!(counters::checked(db, day_at, Some(host), 9).await.unwrap(), [(neighbour, Ok(()))]);
    })
    .await;
}

#[tokio::test]
async fn a_list_of_shares_is_replaced_by_a_newer_one_only_and_peaks_stay() {
    both(async |db| {
        let (host, neighbour) = (db.host("FS01").await, db.host("FS02").await);
        let save = async |read_at, list: Vec<Share>| {
            db.write(async |tx| shares::save(tx, host, read_at, &list).await).await;
        };
        assert_eq!(shares::of_host(db, host).await.unwrap(), None);
        save(T0 + MINUTE_MS, vec![share("Scans", 9, Some(10)), share("Public", 70, None)]).await;
        save(T0, vec![share("Scans", 4, Some(10)), share("Gone\0$", 1, None)]).await;
        let (read_at, list) = shares::of_host(db, host).await.unwrap().unwrap();
        assert_eq!((read_at, list[0].uses, list.len()), (T0 + MINUTE_MS, 9, 2));
        save(T0 + 2 * MINUTE_MS, vec![share("Scans", 2, Some(20)), share("Scans", 1, Some(20))]).await;
        save(T0 + DAY_MS, vec![share("Scans", 9, Some(20)), share("Archive", 3, Some(5))]).await;
        db.write(async |tx| shares::save(tx, neighbour, T0, &[share("Scans", 99, Some(100))]).await).await;
        let of = async |from_at, to_at| {
            let peaks = shares::peaks(db, host, from_at, to_at).await.unwrap();
            peaks.into_iter().map(|p| (p.name, p.uses, p.most_uses, p.at)).collect::<Vec<_>>()
        };
        assert_eq!(of(T0, T0 + 1).await, [("Scans".to_owned(), 9, 10, T0 + MINUTE_MS)]);
        let both_days = of(T0, T0 + DAY_MS + 1).await;
        let (archive, scans) = (("Archive".to_owned(), 3, 5, T0 + DAY_MS), ("Scans".to_owned(), 9, 10, T0 + MINUTE_MS));
        assert_eq!(both_days, [archive, scans], "of two equal peaks the first");
        assert!(of(T0 + 5 * DAY_MS, i64::MAX).await.is_empty());
        assert!(of(T0, T0).await.is_empty());
    })
    .await;
}

/// A share's name comes from outside: PostgreSQL takes no statement that would change one row twice.
#[tokio::test]
async fn names_that_are_stored_alike_are_one_share_with_the_greater_use() {
    both(async |db| {
        let host = db.host("FS01").await;
        let list = [share("S\0", 1, Some(5)), share("S\u{fffd}", 4, Some(5)), share("S\0", 2, Some(5))];
        db.write(async |tx| shares::save(tx, host, T0, &list).await).await;
        let peaks = shares::peaks(db, host, T0, T0 + 1).await.unwrap();
        let peaks: Vec<_> = peaks.iter().map(|p| (p.name.as_str(), p.uses)).collect();
        assert_eq!(peaks, [("S\u{fffd}", 4)]);
    })
    .await;
}

fn facts(observed_at: i64, users: &str) -> Facts {
    let settings = [("Users".to_owned(), users.to_owned())].into();
    Facts { observed_at, name: "FS\0 01".to_owned(), settings, ..Facts::default() }
}

async fn settings(db: &Db, host: highwater::model::HostId, from_at: i64, to_at: i64) -> Vec<(i64, i64, String)> {
    let versions = changes::of_host(db, host, from_at, to_at).await.unwrap();
    versions
        .into_iter()
        .map(|v| (v.facts.observed_at - T0, v.until_at - T0, v.facts.settings["Users"].clone()))
        .collect()
}

#[tokio::test]
async fn what_a_host_said_is_kept_from_change_to_change_also_when_it_comes_late() {
    both(async |db| {
        let (host, neighbour) = (db.host("FS01").await, db.host("FS02").await);
        let learn = async |at: i64, users: &str| {
            db.write(async |tx| changes::learn(tx, host, &facts(T0 + at, users)).await).await;
        };
        learn(100, "20").await;
        learn(200, "20").await;
        learn(300, "30").await;
        db.write(async |tx| changes::learn(tx, neighbour, &facts(T0, "7")).await).await;
        let (a, b, c) = ("20".to_owned(), "30".to_owned(), "40".to_owned());
        assert_eq!(settings(db, host, T0, T0 + 999).await, [(100, 200, a.clone()), (300, 300, b.clone())]);
        // Late: it was 40 for a while in the middle, and 30 already a little earlier.
        learn(150, "40").await;
        learn(250, "30").await;
        let all = [(100, 100, a.clone()), (150, 150, c), (200, 200, a.clone()), (250, 300, b)];
        assert_eq!(settings(db, host, T0, T0 + 999).await, all);
        assert_eq!(
            settings(db, host, T0 + 160, T0 + 220).await,
            all[1..3],
            "from the one that held when the range began"
        );
        assert_eq!(settings(db, host, T0 + 400, T0 + 999).await, all[3..]);
        assert!(settings(db, host, T0, T0 + 100).await.is_empty());
        let found = between(&changes::of_host(db, host, T0 + 160, T0 + 999).await.unwrap());
        let last = found.last().unwrap();
        assert_eq!((&last.what, last.after_at, last.seen_at), (&What::Setting("Users".to_owned()), T0 + 200, T0 + 250));
    })
    .await;
}
