use std::collections::HashSet;

use highwater::model::HostId;
use highwater::model::holder::Holders;
use highwater::model::time::{CELLS_PER_HOUR, HOUR_MS};
use highwater::model::usage::{Usage, UsageHour};
use highwater::store::hours::{self, Claimed};
use highwater::store::{Db, usage};
use tokio::task::JoinSet;

use crate::harness::store::{Store, T0, both};

const LEASED_UNTIL: i64 = T0 + 1_000;

async fn touch(db: &Store, host: HostId, hour_at: i64, due_at: i64) {
    db.write(async |tx| hours::touch(tx, host, hour_at, due_at).await).await;
}

async fn settle(db: &Store, claimed: &Claimed, snapshots: u32) {
    let cell = Usage { snapshots, ..Usage::default() };
    let mut cells = [Usage::default(); CELLS_PER_HOUR];
    cells[0] = cell;
    let usage = UsageHour { host: claimed.host, hour_at: claimed.hour_at, cells };
    let holders = Holders::default();
    db.write(async |tx| hours::settle(tx, claimed, &usage, &holders, T0 + 500).await).await;
}

async fn stored_snapshots(db: &Store) -> Vec<u32> {
    let stored = usage::hours_of_fleet(db, T0, T0 + 1).await.unwrap();
    stored.into_iter().map(|(_, _, usage)| usage.snapshots).collect()
}

#[tokio::test]
async fn an_hour_waits_from_its_first_touch_until_it_is_settled() {
    both(async |db| {
        let host = db.host("FS01").await;
        assert_eq!(hours::waiting(db).await.unwrap(), (0, None));
        touch(db, host, T0, T0 + 100).await;
        touch(db, host, T0, T0 + 900).await;
        assert_eq!(hours::waiting(db).await.unwrap(), (1, Some(T0 + 100)), "a later touch does not put it off");
        touch(db, host, T0, T0 + 50).await;
        assert_eq!(hours::waiting(db).await.unwrap(), (1, Some(T0 + 50)));

        assert!(hours::claim(db, T0 + 49, LEASED_UNTIL, 9).await.unwrap().is_empty(), "it is not due");
        let claimed = hours::claim(db, T0 + 50, LEASED_UNTIL, 9).await.unwrap();
        assert_eq!(claimed, [Claimed { host, hour_at: T0, touches: 3, leased_until: LEASED_UNTIL }]);
        assert!(hours::claim(db, T0 + 50, LEASED_UNTIL + 1, 9).await.unwrap().is_empty(), "it is leased");

        settle(db, &claimed[0], 60).await;
        assert_eq!(hours::waiting(db).await.unwrap(), (0, None));
        assert_eq!(stored_snapshots(db).await, [60]);
    })
    .await;
}

#[tokio::test]
async fn an_hour_touched_since_the_claim_stays_due() {
    both(async |db| {
        let host = db.host("FS01").await;
        touch(db, host, T0, T0).await;
        let claimed = hours::claim(db, T0, LEASED_UNTIL, 1).await.unwrap();
        touch(db, host, T0, T0 + 700).await;
        settle(db, &claimed[0], 60).await;
        assert_eq!(stored_snapshots(db).await, [60], "what is known is stored");
        assert_eq!(hours::waiting(db).await.unwrap(), (1, Some(T0 + 500)));
        assert!(hours::claim(db, T0 + 499, LEASED_UNTIL, 1).await.unwrap().is_empty());
        let again = hours::claim(db, T0 + 500, LEASED_UNTIL, 1).await.unwrap();
        assert_eq!(again[0].touches, 2);
        settle(db, &again[0], 61).await;
        assert_eq!(stored_snapshots(db).await, [61]);
        assert_eq!(hours::waiting(db).await.unwrap(), (0, None));
    })
    .await;
}

#[tokio::test]
async fn a_process_that_lost_its_lease_does_not_overwrite_its_successor() {
    both(async |db| {
        let host = db.host("FS01").await;
        touch(db, host, T0, T0).await;
        let slow = hours::claim(db, T0, LEASED_UNTIL, 1).await.unwrap().remove(0);
        assert!(hours::claim(db, LEASED_UNTIL - 1, LEASED_UNTIL + 1_000, 1).await.unwrap().is_empty());
        let quick = hours::claim(db, LEASED_UNTIL, LEASED_UNTIL + 1_000, 1).await.unwrap().remove(0);
        assert_eq!(slow.touches, quick.touches);
        settle(db, &slow, 1).await;
        assert_eq!(stored_snapshots(db).await, [] as [u32; 0], "the other one has the hour now");
        settle(db, &quick, 2).await;
        settle(db, &slow, 1).await;
        assert_eq!(stored_snapshots(db).await, [2]);
        // A new touch counts from one again, which the old claim must not take for its own.
        touch(db, host, T0, T0).await;
        settle(db, &slow, 1).await;
        assert_eq!(hours::waiting(db).await.unwrap().0, 1);
        assert_eq!(stored_snapshots(db).await, [2]);
    })
    .await;
}

#[tokio::test]
async fn a_late_settle_counts_as_long_as_nobody_else_claimed() {
    both(async |db| {
        let host = db.host("FS01").await;
        touch(db, host, T0, T0).await;
        let claimed = hours::claim(db, T0, T0 + 1, 1).await.unwrap().remove(0);
        settle(db, &claimed, 5).await;
        assert_eq!(stored_snapshots(db).await, [5]);
    })
    .await;
}

#[tokio::test]
async fn the_longest_due_hours_are_claimed_first() {
    both(async |db| {
        let (one, other) = (db.host("FS01").await, db.host("FS02").await);
        touch(db, one, T0, T0 + 30).await;
        touch(db, other, T0, T0 + 10).await;
        touch(db, one, T0 + HOUR_MS, T0 + 20).await;
        let claimed = hours::claim(db, T0 + 99, LEASED_UNTIL, 2).await.unwrap();
        let hours: Vec<_> = claimed.iter().map(|c| (c.host, c.hour_at)).collect();
        assert_eq!(hours, [(other, T0), (one, T0 + HOUR_MS)]);
        assert!(hours::claim(db, T0 + 99, LEASED_UNTIL, 0).await.unwrap().is_empty());
        assert_eq!(hours::claim(db, T0 + 99, LEASED_UNTIL, 9).await.unwrap()[0].host, one);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_racing_claimers_get_every_hour_exactly_once() {
    async fn claim_all(db: Db, most: u32) -> Vec<(HostId, i64)> {
        let mut mine = Vec::new();
        let mut idle = 0;
        // Somebody who gets nothing was only beaten to it; three times in a row it is all gone.
        while idle < 3 {
            let claimed = hours::claim(&db, T0, T0 + 1_000_000, most).await.unwrap();
            idle = if claimed.is_empty() { idle + 1 } else { 0 };
            mine.extend(claimed.into_iter().map(|c| (c.host, c.hour_at)));
        }
        mine
    }
    both(async |db| {
        let mut expected = HashSet::new();
        for name in 0..10 {
            let host = db.host(&format!("FS{name}")).await;
            db.write(async |tx| {
                for hour in 0..40 {
                    hours::touch(tx, host, T0 + hour * HOUR_MS, T0 - hour % 3).await?;
                }
                Ok(())
            })
            .await;
            expected.extend((0..40).map(|hour| (host, T0 + hour * HOUR_MS)));
        }
        let mut racers = JoinSet::new();
        for racer in 0..8 {
            racers.spawn(claim_all(Db::open(db.address()).await.unwrap(), 5 + racer));
        }
        let mut claimed: Vec<_> = racers.join_all().await.into_iter().flatten().collect();
        // What all of them left is still there for the next tick.
        claimed.extend(claim_all(Db::clone(db), 400).await);
        assert_eq!(claimed.len(), expected.len(), "none twice");
        assert_eq!(claimed.into_iter().collect::<HashSet<_>>(), expected, "none left out");
    })
    .await;
}
