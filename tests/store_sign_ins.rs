//! Sign-ins at a provider: on both databases.

use highwater::model::account::NewWebSession;
use highwater::model::role::Role;
use highwater::store::sign_ins::{self, Begun};
use highwater::store::{Db, accounts};
use tokio::task::JoinSet;

use crate::harness::store::{T0, both};

#[tokio::test]
async fn a_sign_in_under_way_is_taken_once_and_in_time() {
    both(async |db| {
        db.write(async |tx| {
            sign_ins::insert(tx, &[1; 32], &[7; 32], "/hosts/3?range=7d", T0 + 100).await?;
            sign_ins::insert(tx, &[2; 32], &[8; 32], "/", T0 + 100).await
        })
        .await;
        let take = async |state: u8, now_at| db.write(async |tx| sign_ins::take(tx, &[state; 32], now_at).await).await;
        let begun = Begun { browser_sha256: [7; 32], next: "/hosts/3?range=7d".to_owned() };
        assert_eq!(take(3, T0).await, None, "it never was");
        assert_eq!(take(1, T0 + 99).await, Some(begun));
        assert_eq!(take(1, T0 + 99).await, None, "it was taken");
        assert_eq!(take(2, T0 + 100).await, None, "it has expired");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_come_back_at_once_one_does() {
    async fn take(db: Db) -> bool {
        let mut tx = db.begin().await.unwrap();
        let begun = sign_ins::take(&mut tx, &[1; 32], T0).await.unwrap();
        tx.commit().await.unwrap();
        begun.is_some()
    }
    both(async |db| {
        db.write(async |tx| sign_ins::insert(tx, &[1; 32], &[7; 32], "/", T0 + 1).await).await;
        let mut racers = JoinSet::new();
        for _ in 0..8 {
            racers.spawn(take(Db::clone(db)));
        }
        assert_eq!(racers.join_all().await.into_iter().filter(|won| *won).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn those_that_nobody_came_back_from_are_forgotten_and_counted() {
    both(async |db| {
        for (state, expires_at) in [(1, T0), (2, T0 + 1), (3, T0 + 2)] {
            db.write(async |tx| sign_ins::insert(tx, &[state; 32], &[7; 32], "/", expires_at).await).await;
        }
        assert_eq!(db.write(async |tx| sign_ins::forget(tx, T0 + 1).await).await, 2);
        assert!(db.write(async |tx| sign_ins::take(tx, &[3; 32], T0).await).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_hint_is_of_its_session_and_goes_with_it() {
    both(async |db| {
        db.write(async |tx| {
            let account = accounts::insert(tx, "ann", "hash", Role::Administrator, T0).await?;
            let (csrf_token, is_screen, address, browser) = ("token", false, "10.0.0.7", "Firefox");
            for session in [1, 2, 3] {
                let new = NewWebSession { sha256: [session; 32], account, csrf_token, is_screen, address, browser };
                accounts::insert_session(tx, &new, T0).await?;
            }
            sign_ins::keep_hint(tx, &[1; 32], &[1, 0, 255]).await?;
            sign_ins::keep_hint(tx, &[2; 32], &[]).await
        })
        .await;
        let hint = async |session: u8| db.write(async |tx| sign_ins::hint(tx, &[session; 32]).await).await;
        assert_eq!(hint(1).await, Some(vec![1, 0, 255]));
        assert_eq!(hint(2).await, Some(Vec::new()), "there is nothing to tell the provider");
        assert_eq!(hint(3).await, None, "it was begun here");
        db.write(async |tx| accounts::delete_session(tx, &[1; 32]).await).await;
        assert_eq!(hint(1).await, None);
    })
    .await;
}
