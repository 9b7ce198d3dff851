//! Names of accounts: those that nobody tells apart are one.

use highwater::model::AccountId;
use highwater::model::account::AccountSource;
use highwater::model::role::Role;
use highwater::store::{self, Db, accounts};
use tokio::task::JoinSet;

use crate::harness::store::{Store, T0, both};

async fn account(db: &Store, name: &str) -> AccountId {
    db.write(async |tx| accounts::insert(tx, name, "hash", Role::Administrator, T0).await).await
}

#[tokio::test]
async fn names_that_nobody_tells_apart_are_one_account() {
    both(async |db| {
        let ann = account(db, "Ann Martin").await;
        for same in ["ann martin", "ANN  MARTIN", "an\u{200b}n martin\0", "\u{ff21}nn Martin"] {
            for found in [accounts::find_by_name(db, same).await, accounts::find_local(db, same).await] {
                assert_eq!(found.unwrap().unwrap().0.id, ann, "{same:?}");
            }
            let mut tx = db.begin().await.unwrap();
            let error = accounts::insert(&mut tx, same, "x", Role::Viewer, T0).await.unwrap_err();
            assert!(store::is_duplicate(&error), "{same:?}: {error}");
            tx.rollback().await.unwrap();
        }
        for other in ["annmartin", "\u{430}nn martin"] {
            assert_eq!(accounts::find_local(db, other).await.unwrap(), None, "{other:?}");
        }
        assert_eq!(accounts::count(db).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_make_an_account_whose_names_differ_in_capitals_only_one_does() {
    async fn make(db: Db, name: &'static str) -> bool {
        let mut tx = db.begin().await.unwrap();
        match accounts::insert(&mut tx, name, "hash", Role::Viewer, T0).await {
            Ok(_) => tx.commit().await.is_ok(),
            Err(error) => {
                assert!(store::is_duplicate(&error), "{error}");
                false
            }
        }
    }
    both(async |db| {
        let mut racers = JoinSet::new();
        for name in ["ann", "Ann", "ANN", "aNN", "anN", "AnN", "aNn", "ANn"] {
            racers.spawn(make(Db::clone(db), name));
        }
        assert_eq!(racers.join_all().await.into_iter().filter(|made| *made).count(), 1);
        assert_eq!(accounts::count(db).await.unwrap(), 1);
    })
    .await;
}

/// As a version left them that compared names letter by letter.
async fn renamed_before(db: &Store, id: AccountId, name: &str) {
    let sql = format!("update accounts set name = '{name}', name_key = null where account_id = {id}");
    assert_eq!(db.execute(&sql).await, 1);
}

async fn found(db: &Db, name: &str) -> Option<AccountId> {
    accounts::find_by_name(db, name).await.unwrap().map(|(account, _)| account.id)
}

#[tokio::test]
async fn accounts_from_before_whose_names_are_alike_stay_and_a_local_one_comes_first() {
    both(async |db| {
        let (ldap, issuer) = (AccountSource::Ldap, "ldaps://dc1");
        let upsert = async |name: &str| {
            db.write(async |tx| accounts::upsert_external(tx, ldap, issuer, "1", name, Role::Viewer, T0).await).await
        };
        let elsewhere = upsert("x").await.id;
        let (first, second) = (account(db, "y").await, account(db, "z").await);
        renamed_before(db, elsewhere, "ANN").await;
        renamed_before(db, first, "Ann").await;
        renamed_before(db, second, "ann").await;
        let after = Db::open(db.address()).await.unwrap();
        for (name, id) in [("ANN", elsewhere), ("Ann", first), ("ann", second), ("aNN", first)] {
            assert_eq!(found(&after, name).await, Some(id), "{name}");
        }
        for (name, id) in [("ANN", first), ("Ann", first), ("ann", second), ("aNN", first)] {
            let local = accounts::find_local(&after, name).await.unwrap().unwrap();
            assert_eq!(local.0.id, id, "a password that is kept here is never taken elsewhere: {name}");
        }
        assert_eq!(upsert("ANN").await.name, "ANN (2)", "where it signs in again it is told from them");
        assert_eq!(upsert("ANN").await.name, "ANN (2)");

        db.write(async |tx| accounts::delete(tx, first, T0).await).await;
        after.close().await;
        let after = Db::open(db.address()).await.unwrap();
        assert_eq!(found(&after, "aNN").await, Some(second), "what is free is given to who is left");
        after.close().await;
    })
    .await;
}
