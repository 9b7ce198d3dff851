use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use highwater::model::HostId;
use highwater::store::{Db, Tx, cursors};
use tokio::task::JoinSet;

use crate::harness::store::{T0, both};

async fn lock(tx: &mut Tx, host: HostId, epoch: &str, now_at: i64) -> sqlx::Result<u64> {
    let locked = cursors::lock(tx, &[(host, epoch)], now_at).await?;
    Ok(locked[&(host, epoch)])
}

async fn advance(tx: &mut Tx, host: HostId, epoch: &str, acked_seq: u64, now_at: i64) -> sqlx::Result<()> {
    cursors::advance(tx, &[((host, epoch), acked_seq, Some(now_at))], now_at).await
}

#[tokio::test]
async fn a_new_spool_starts_at_zero_and_each_epoch_counts_alone() {
    both(async |db| {
        let host = db.host("FS01").await;
        assert_eq!(cursors::find(db, host, "a").await.unwrap(), None);
        let acked_seq = db
            .write(async |tx| {
                let acked_seq = lock(tx, host, "a", T0).await?;
                advance(tx, host, "a", 7, T0).await?;
                Ok(acked_seq)
            })
            .await;
        assert_eq!(acked_seq, 0);
        assert_eq!(cursors::find(db, host, "a").await.unwrap(), Some(7));
        assert_eq!(db.write(async |tx| lock(tx, host, "a", T0 + 1).await).await, 7);
        assert_eq!(db.write(async |tx| lock(tx, host, "b", T0 + 2).await).await, 0);
        assert_eq!(cursors::find(db, host, "a").await.unwrap(), Some(7));
    })
    .await;
}

#[tokio::test]
async fn a_cursor_that_was_not_locked_cannot_advance() {
    both(async |db| {
        let host = db.host("FS01").await;
        let mut tx = db.begin().await.unwrap();
        let outcome = advance(&mut tx, host, "never", 1, T0).await;
        assert!(matches!(outcome, Err(sqlx::Error::RowNotFound)), "{outcome:?}");
        tx.rollback().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_spool_tells_when_its_last_record_was_observed() {
    both(async |db| {
        let host = db.host("FS01").await;
        let mark = async |epoch| db.write(async |tx| cursors::mark(tx, (host, epoch)).await).await;
        assert_eq!(mark("a").await, None, "it never spoke");
        db.write(async |tx| lock(tx, host, "a", T0).await).await;
        assert_eq!(mark("a").await, None, "nothing of it is stored");
        db.write(async |tx| {
            lock(tx, host, "a", T0).await?;
            advance(tx, host, "a", 7, T0 + 5).await
        })
        .await;
        assert_eq!(mark("a").await, Some(T0 + 5));
        db.write(async |tx| {
            lock(tx, host, "a", T0).await?;
            cursors::advance(tx, &[((host, "a"), 8, None)], T0 + 6).await
        })
        .await;
        assert_eq!(mark("a").await, None, "the newest does not say so");
    })
    .await;
}

#[tokio::test]
async fn what_is_rolled_back_does_not_count() {
    both(async |db| {
        let host = db.host("FS01").await;
        let mut tx = db.begin().await.unwrap();
        lock(&mut tx, host, "a", T0).await.unwrap();
        advance(&mut tx, host, "a", 3, T0).await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(cursors::find(db, host, "a").await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_cursor_makes_everybody_else_wait_even_when_it_is_new() {
    async fn accept(db: Db, host: HostId, inside: Arc<AtomicU64>) {
        let mut tx = db.begin().await.unwrap();
        let acked_seq = lock(&mut tx, host, "a", T0).await.unwrap();
        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two hold the lock at once");
        tokio::task::yield_now().await;
        advance(&mut tx, host, "a", acked_seq + 1, T0).await.unwrap();
        inside.fetch_sub(1, Ordering::SeqCst);
        tx.commit().await.unwrap();
    }
    both(async |db| {
        let host = db.host("FS01").await;
        let inside = Arc::new(AtomicU64::new(0));
        let mut racers = JoinSet::new();
        for _ in 0..8 {
            let other = Db::open(db.address()).await.unwrap();
            for _ in 0..5 {
                racers.spawn(accept(other.clone(), host, Arc::clone(&inside)));
            }
        }
        racers.join_all().await;
        assert_eq!(cursors::find(db, host, "a").await.unwrap(), Some(40), "each saw what the one before it stored");
    })
    .await;
}

#[tokio::test]
async fn many_spools_are_locked_and_advanced_at_once() {
    both(async |db| {
        let mut hosts = Vec::new();
        for n in 0..45 {
            hosts.push(db.host(&format!("FS{n}")).await);
        }
        hosts.sort_unstable();
        let spools: Vec<(HostId, &str)> = hosts.iter().flat_map(|host| [(*host, "a"), (*host, "b")]).collect();
        let stored = db.write(async |tx| cursors::lock(tx, &spools, T0).await).await;
        assert_eq!(stored, spools.iter().map(|spool| (*spool, 0)).collect());
        let further: Vec<_> =
            spools.iter().zip(7..).step_by(2).map(|(spool, acked_seq)| (*spool, acked_seq, None)).collect();
        db.write(async |tx| cursors::advance(tx, &further, T0).await).await;
        for (spool, place) in spools.into_iter().zip(0..) {
            let expected = if place % 2 == 0 { 7 + place } else { 0 };
            assert_eq!(cursors::find(db, spool.0, spool.1).await.unwrap(), Some(expected), "{spool:?}");
        }
    })
    .await;
}
