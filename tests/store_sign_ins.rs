//! When people last signed in.

use highwater::model::AccountId;
use highwater::store::{accounts, sign_ins};

use crate::harness::store::{Store, T0, both};

async fn account(db: &Store, name: &str) -> AccountId {
    db.write(async |tx| accounts::insert(tx, name, "hash", "administrator", T0).await).await
}

#[tokio::test]
async fn the_last_sign_in_is_known_when_its_session_is_forgotten_and_also_that_of_a_session_from_before() {
    both(async |db| {
        let (ann, bob, eve) = (account(db, "ann").await, account(db, "bob").await, account(db, "eve").await);
        assert!(sign_ins::last(db).await.unwrap().is_empty());
        db.write(async |tx| {
            sign_ins::note(tx, ann, T0 + 1).await?;
            sign_ins::note(tx, ann, T0 + 7).await?;
            sign_ins::note(tx, bob, T0 + 3).await?;
            accounts::insert_session(tx, &[1; 32], bob, "csrf", T0 + 9).await?;
            accounts::insert_session(tx, &[2; 32], bob, "csrf", T0 + 8).await
        })
        .await;
        let last = sign_ins::last(db).await.unwrap();
        assert_eq!((last[&ann], last[&bob], last.get(&eve)), (T0 + 7, T0 + 9, None));
        db.write(async |tx| accounts::delete_sessions_of(tx, bob).await).await;
        assert_eq!(sign_ins::last(db).await.unwrap()[&bob], T0 + 3);
    })
    .await;
}
