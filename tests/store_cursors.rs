use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use highwater::store::{Db, cursors};
use tokio::task::JoinSet;

use crate::harness::store::{T0, both};

#[tokio::test]
async fn a_new_spool_starts_at_zero_and_each_epoch_counts_alone() {
    both(async |db| {
        let host = db.host("FS01").await;
        assert_eq!(cursors::find(db, host, "a").await.unwrap(), None);
        let acked_seq = db
            .write(async |tx| {
                let acked_seq = cursors::lock(tx, host, "a", T0).await?;
                cursors::advance(tx, host, "a", 7, T0).await?;
                Ok(acked_seq)
            })
            .await;
        assert_eq!(acked_seq, 0);
        assert_eq!(cursors::find(db, host, "a").await.unwrap(), Some(7));
        assert_eq!(db.write(async |tx| cursors::lock(tx, host, "a", T0 + 1).await).await, 7);
        assert_eq!(db.write(async |tx| cursors::lock(tx, host, "b", T0 + 2).await).await, 0);
        assert_eq!(cursors::find(db, host, "a").await.unwrap(), Some(7));
    })
    .await;
}

#[tokio::test]
async fn a_cursor_that_was_not_locked_cannot_advance() {
    both(async |db| {
        let host = db.host("FS01").await;
        let mut tx = db.begin().await.unwrap();
        let outcome = cursors::advance(&mut tx, host, "never", 1, T0).await;
        assert!(matches!(outcome, Err(sqlx::Error::RowNotFound)), "{outcome:?}");
        tx.rollback().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_is_rolled_back_does_not_count() {
    both(async |db| {
        let host = db.host("FS01").await;
        let mut tx = db.begin().await.unwrap();
        cursors::lock(&mut tx, host, "a", T0).await.unwrap();
        cursors::advance(&mut tx, host, "a", 3, T0).await.unwrap();
        tx.rollback().await.unwrap();
        assert_eq!(cursors::find(db, host, "a").await.unwrap(), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_cursor_makes_everybody_else_wait_even_when_it_is_new() {
    async fn accept(db: Db, host: highwater::model::HostId, inside: Arc<AtomicU64>) {
        let mut tx = db.begin().await.unwrap();
        let acked_seq = cursors::lock(&mut tx, host, "a", T0).await.unwrap();
        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two hold the lock at once");
        tokio::task::yield_now().await;
        cursors::advance(&mut tx, host, "a", acked_seq + 1, T0).await.unwrap();
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
