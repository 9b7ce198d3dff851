use std::collections::HashSet;

use highwater::model::AccountId;
use highwater::model::account::Oldest;
use highwater::model::role::Role;
use highwater::store::second_factors::{self, MOST_TRIES};
use highwater::store::{Db, accounts};
use tokio::task::JoinSet;

use crate::harness::store::{Store, T0, both};

const CODES: [[u8; 32]; 2] = [[1; 32], [2; 32]];

async fn account(db: &Store, name: &str) -> AccountId {
    db.write(async |tx| accounts::insert(tx, name, "hash", Role::Viewer, T0).await).await
}

/// An account that is asked for codes, of which the one of step 100 was taken.
async fn confirmed(db: &Store, name: &str) -> AccountId {
    let id = account(db, name).await;
    db.write(async |tx| {
        assert!(second_factors::begin(tx, id, b"sealed", T0).await?);
        second_factors::confirm(tx, id, 100, &CODES, T0 + 1).await
    })
    .await;
    id
}

#[tokio::test]
async fn a_factor_is_set_up_confirmed_once_and_removed_with_all_that_belongs_to_it() {
    both(async |db| {
        let (ann, bob) = (account(db, "ann").await, account(db, "bob").await);
        let begin = async |sealed: &[u8]| db.write(async |tx| second_factors::begin(tx, ann, sealed, T0).await).await;
        assert_eq!(second_factors::find(db, ann).await.unwrap(), None);
        assert!(begin(b"one").await && begin(b"other").await, "what was not confirmed is begun anew");
        let found = second_factors::find(db, ann).await.unwrap().unwrap();
        assert_eq!((found.sealed.as_slice(), found.made_at, found.confirmed_at), (b"other".as_slice(), T0, None));
        assert!(!db.write(async |tx| second_factors::is_on(tx, ann).await).await);
        assert!(!db.write(async |tx| second_factors::use_step(tx, ann, 9).await).await, "it is not confirmed");
        let confirm = async |of| db.write(async |tx| second_factors::confirm(tx, of, 100, &CODES, T0 + 1).await).await;
        assert!(second_factors::with_one(db).await.unwrap().is_empty());
        assert!(!confirm(bob).await && confirm(ann).await && !confirm(ann).await);
        assert_eq!(second_factors::with_one(db).await.unwrap(), HashSet::from([ann]));
        assert!(db.write(async |tx| second_factors::is_on(tx, ann).await).await);
        assert!(!begin(b"a thief's").await);
        assert_eq!(second_factors::codes_left(db, ann).await.unwrap(), 2);

        let remove = async |of| db.write(async |tx| second_factors::remove(tx, of).await).await;
        assert!(!remove(bob).await && remove(ann).await && !remove(ann).await);
        assert_eq!(second_factors::find(db, ann).await.unwrap(), None);
        assert_eq!(second_factors::codes_left(db, ann).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn no_code_is_taken_twice() {
    both(async |db| {
        let (ann, bob) = (confirmed(db, "ann").await, confirmed(db, "bob").await);
        let step = async |step| db.write(async |tx| second_factors::use_step(tx, ann, step).await).await;
        assert!(!step(100).await, "by it the factor was confirmed");
        assert!(step(101).await && !step(101).await && !step(99).await && step(102).await);
        let code = async |of, code| db.write(async |tx| second_factors::use_code(tx, of, &code).await).await;
        assert!(code(ann, CODES[0]).await && !code(ann, CODES[0]).await && !code(ann, [9; 32]).await);
        assert!(code(bob, CODES[0]).await, "each has its own");
        assert_eq!(second_factors::codes_left(db, ann).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_type_the_same_code_at_once_one_comes_in() {
    async fn take(db: Db, id: AccountId, by_step: bool) -> bool {
        let mut tx = db.begin().await.unwrap();
        let is_taken = if by_step {
            second_factors::use_step(&mut tx, id, 101).await.unwrap()
        } else {
            second_factors::use_code(&mut tx, id, &CODES[0]).await.unwrap()
        };
        tx.commit().await.unwrap();
        is_taken
    }
    both(async |db| {
        let ann = confirmed(db, "ann").await;
        for by_step in [true, false] {
            let mut racers = JoinSet::new();
            for _ in 0..8 {
                racers.spawn(take(Db::clone(db), ann, by_step));
            }
            assert_eq!(racers.join_all().await.into_iter().filter(|taken| *taken).count(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn who_waits_for_a_code_may_try_some_for_a_while() {
    both(async |db| {
        let ann = confirmed(db, "ann").await;
        let insert = async |key, until| {
            db.write(async |tx| second_factors::insert_step(tx, &[key; 32], ann, until).await).await;
        };
        let attempt = async |key, at| db.write(async |tx| second_factors::try_step(tx, &[key; 32], at).await).await;
        insert(1, T0 + 10).await;
        for _ in 0..MOST_TRIES {
            assert_eq!(attempt(1, T0 + 9).await, Some(ann));
        }
        assert_eq!((attempt(1, T0 + 9).await, attempt(7, T0).await), (None, None));
        insert(2, T0 + 10).await;
        assert_eq!(attempt(2, T0 + 10).await, None, "it took too long");
        insert(3, T0 + 90).await;
        db.write(async |tx| second_factors::delete_step(tx, &[3; 32]).await).await;
        assert_eq!(attempt(3, T0).await, None);
        insert(4, T0 + 90).await;
        let oldest = Oldest { seen_at: T0 + 50, created_at: 0, screen_created_at: 0 };
        assert_eq!(db.write(async |tx| accounts::delete_expired(tx, oldest).await).await, 2);
        assert_eq!(attempt(4, T0 + 50).await, Some(ann));
        db.write(async |tx| second_factors::remove(tx, ann).await).await;
        assert_eq!(attempt(4, T0 + 50).await, None);
    })
    .await;
}
