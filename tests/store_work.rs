use std::collections::HashSet;

use highwater::model::HostId;
use highwater::model::time::{DAY_MS, HOUR_MS};
use highwater::model::unit::{Level, Unit};
use highwater::store::Db;
use highwater::store::work::{self, Claimed, Settled};
use tokio::task::JoinSet;

use crate::harness::store::{Store, T0, both};

const LEASED_UNTIL: i64 = T0 + 1_000;

async fn touch(db: &Store, host: HostId, hour_at: i64, due_at: i64) {
    db.write(async |tx| work::touch(tx, &[(Unit::HostHour { hour_at, host }, due_at)]).await).await;
}

async fn claim(db: &Db, now_at: i64, leased_until: i64, most: u32) -> Vec<Claimed> {
    work::claim(db, Level::HostHour, now_at, leased_until, most).await.unwrap()
}

async fn settle(db: &Store, claimed: &Claimed) -> Settled {
    db.write(async |tx| work::settle(tx, claimed, T0 + 500).await).await
}

async fn waiting(db: &Store) -> (u64, Option<i64>) {
    work::waiting(db, Level::HostHour).await.unwrap()
}

#[tokio::test]
async fn an_hour_waits_from_its_first_touch_until_it_is_settled() {
    both(async |db| {
        let host = db.host("FS01").await;
        assert_eq!((waiting(db).await, work::oldest_hour(db).await.unwrap()), ((0, None), None));
        touch(db, host, T0, T0 + 100).await;
        assert_eq!(work::oldest_hour(db).await.unwrap(), Some(T0 / HOUR_MS * HOUR_MS));
        touch(db, host, T0, T0 + 900).await;
        assert_eq!(waiting(db).await, (1, Some(T0 + 100)), "a later touch does not put it off");
        touch(db, host, T0, T0 + 50).await;
        assert_eq!(waiting(db).await, (1, Some(T0 + 50)));

        assert!(claim(db, T0 + 49, LEASED_UNTIL, 9).await.is_empty(), "it is not due");
        let claimed = claim(db, T0 + 50, LEASED_UNTIL, 9).await;
        let unit = Unit::HostHour { hour_at: T0, host };
        assert_eq!(claimed, [Claimed { unit, touches: 3, leased_until: LEASED_UNTIL }]);
        assert!(claim(db, T0 + 50, LEASED_UNTIL + 1, 9).await.is_empty(), "it is leased");

        let hour = |hour_at| Unit::HostHour { hour_at, host };
        let among = async |first, last| work::waiting_among(db, hour(first), hour(last)).await.unwrap();
        assert_eq!(among(T0, T0).await, HashSet::from([unit]), "claimed is not done");
        assert!(among(T0 + HOUR_MS, T0 + 2 * HOUR_MS).await.is_empty());

        assert_eq!(settle(db, &claimed[0]).await, Settled::Current);
        assert_eq!(waiting(db).await, (0, None));
        assert!(among(T0, T0).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_hour_touched_since_the_claim_stays_due() {
    both(async |db| {
        let host = db.host("FS01").await;
        touch(db, host, T0, T0).await;
        let claimed = claim(db, T0, LEASED_UNTIL, 1).await;
        touch(db, host, T0, T0 + 700).await;
        assert_eq!(settle(db, &claimed[0]).await, Settled::Outdated, "what was derived is not stored");
        assert_eq!(waiting(db).await, (1, Some(T0 + 500)));
        assert!(claim(db, T0 + 499, LEASED_UNTIL, 1).await.is_empty());
        let again = claim(db, T0 + 500, LEASED_UNTIL, 1).await;
        assert_eq!(again[0].touches, 2);
        assert_eq!(settle(db, &again[0]).await, Settled::Current);
        assert_eq!(waiting(db).await, (0, None));
    })
    .await;
}

#[tokio::test]
async fn a_process_that_lost_its_lease_does_not_overwrite_its_successor() {
    both(async |db| {
        let host = db.host("FS01").await;
        touch(db, host, T0, T0).await;
        let slow = claim(db, T0, LEASED_UNTIL, 1).await.remove(0);
        assert!(claim(db, LEASED_UNTIL - 1, LEASED_UNTIL + 1_000, 1).await.is_empty());
        let quick = claim(db, LEASED_UNTIL, LEASED_UNTIL + 1_000, 1).await.remove(0);
        assert_eq!(slow.touches, quick.touches);
        assert_eq!(settle(db, &slow).await, Settled::Lost, "the other one has the hour now");
        assert_eq!(settle(db, &quick).await, Settled::Current);
        assert_eq!(settle(db, &slow).await, Settled::Lost);
        // A new touch counts from one again, which the old claim must not take for its own.
        touch(db, host, T0, T0).await;
        assert_eq!(settle(db, &slow).await, Settled::Lost);
        assert_eq!(waiting(db).await.0, 1);
    })
    .await;
}

#[tokio::test]
async fn a_late_settle_counts_as_long_as_nobody_else_claimed() {
    both(async |db| {
        let host = db.host("FS01").await;
        touch(db, host, T0, T0).await;
        let claimed = claim(db, T0, T0 + 1, 1).await.remove(0);
        assert_eq!(settle(db, &claimed).await, Settled::Current);
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
        let units: Vec<_> = claim(db, T0 + 99, LEASED_UNTIL, 2).await.iter().map(|c| c.unit).collect();
        let hour = |host, hour_at| Unit::HostHour { hour_at, host };
        assert_eq!(units, [hour(other, T0), hour(one, T0 + HOUR_MS)]);
        assert!(claim(db, T0 + 99, LEASED_UNTIL, 0).await.is_empty());
        assert_eq!(claim(db, T0 + 99, LEASED_UNTIL, 9).await[0].unit, hour(one, T0));
    })
    .await;
}

#[tokio::test]
async fn each_level_has_a_queue_of_its_own() {
    both(async |db| {
        let host = db.host("FS01").await;
        let day_at = T0 / DAY_MS * DAY_MS;
        let all = [
            Unit::HostHour { hour_at: T0, host },
            Unit::HostDay { day_at, host },
            Unit::FleetHour { hour_at: T0 },
            Unit::FleetDay { day_at },
            Unit::FleetWeek { week_at: day_at },
        ];
        for unit in all {
            db.write(async |tx| work::touch(tx, &[(unit, T0)]).await).await;
        }
        for (level, unit) in Level::ALL.into_iter().zip(all) {
            assert_eq!(work::waiting(db, level).await.unwrap(), (1, Some(T0)));
            let claimed = work::claim(db, level, T0, LEASED_UNTIL, 9).await.unwrap();
            assert_eq!(claimed.iter().map(|c| c.unit).collect::<Vec<_>>(), [unit]);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_racing_claimers_get_every_hour_exactly_once() {
    async fn claim_all(db: Db, most: u32) -> Vec<Unit> {
        let mut mine = Vec::new();
        let mut idle = 0;
        // Somebody who gets nothing was only beaten to it; three times in a row it is all gone.
        while idle < 3 {
            let claimed = claim(&db, T0, T0 + 1_000_000, most).await;
            idle = if claimed.is_empty() { idle + 1 } else { 0 };
            mine.extend(claimed.into_iter().map(|c| c.unit));
        }
        mine
    }
    both(async |db| {
        let mut expected = HashSet::new();
        for name in 0..10 {
            let host = db.host(&format!("FS{name}")).await;
            db.write(async |tx| {
                for hour in 0..40 {
                    let unit = Unit::HostHour { hour_at: T0 + hour * HOUR_MS, host };
                    work::touch(tx, &[(unit, T0 - hour % 3)]).await?;
                }
                Ok(())
            })
            .await;
            expected.extend((0..40).map(|hour| Unit::HostHour { hour_at: T0 + hour * HOUR_MS, host }));
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

#[tokio::test]
async fn what_waits_can_be_hastened_and_taken_over() {
    both(async |db| {
        let host = db.host("FS01").await;
        touch(db, host, T0, T0 + 900_000).await;
        touch(db, host, T0 + HOUR_MS, T0 - 5).await;
        db.write(async |tx| work::hasten(tx, T0, false).await).await;
        let claimed = claim(db, T0, LEASED_UNTIL, 9).await;
        assert_eq!(claimed.len(), 2, "both are due now");
        db.write(async |tx| work::hasten(tx, T0, false).await).await;
        assert!(claim(db, T0, LEASED_UNTIL + 1, 9).await.is_empty(), "they are leased");
        db.write(async |tx| work::hasten(tx, T0, true).await).await;
        assert_eq!(claim(db, T0, LEASED_UNTIL + 1, 9).await.len(), 2);
        assert_eq!(settle(db, &claimed[0]).await, Settled::Lost);
    })
    .await;
}
