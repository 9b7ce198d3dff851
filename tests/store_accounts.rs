use highwater::model::AccountId;
use highwater::model::account::{Account, AccountSource, LinkPurpose, NewWebSession, Oldest};
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::store::{self, Db, accounts, second_factors};
use tokio::task::JoinSet;

use crate::harness::store::{Store, T0, both};

async fn account(db: &Store, name: &str) -> AccountId {
    db.write(async |tx| accounts::insert(tx, name, "hash", Role::Administrator, T0).await).await
}

async fn viewer(db: &Store, name: &str) -> AccountId {
    db.write(async |tx| accounts::insert(tx, name, "hash", Role::Viewer, T0).await).await
}

fn session(key: u8, account: AccountId, csrf_token: &str) -> NewWebSession<'_> {
    NewWebSession { sha256: [key; 32], account, csrf_token, is_screen: false, address: "10.0.0.7", browser: "Firefox" }
}

fn screen(key: u8, account: AccountId) -> NewWebSession<'static> {
    NewWebSession { is_screen: true, ..session(key, account, "token") }
}

#[tokio::test]
async fn accounts_are_found_by_their_name_and_listed_in_order() {
    both(async |db| {
        assert_eq!(accounts::count(db).await.unwrap(), 0);
        let bob = account(db, "bob").await;
        let alice = account(db, "alice").await;
        assert_eq!(accounts::count(db).await.unwrap(), 2);
        let expected = Account {
            id: bob,
            name: "bob".to_owned(),
            role: Role::Administrator,
            source: AccountSource::Local,
            sight: Sight::All,
            created_at: T0,
            disabled_at: None,
            signed_in_at: None,
        };
        assert_eq!(accounts::find_by_name(db, "bob").await.unwrap(), Some((expected, "hash".to_owned())));
        for other in ["bo", "bob (2)", ""] {
            assert_eq!(accounts::find_by_name(db, other).await.unwrap(), None);
        }
        assert_eq!(accounts::find(db, alice).await.unwrap().unwrap().name, "alice");
        assert_eq!(accounts::find(db, AccountId(99)).await.unwrap(), None);
        let ids: Vec<_> = accounts::list(db).await.unwrap().into_iter().map(|a| a.id).collect();
        assert_eq!(ids, [alice, bob]);

        db.write(async |tx| accounts::set_password(tx, bob, "another").await).await;
        assert_eq!(accounts::find_by_name(db, "bob").await.unwrap().unwrap().1, "another");
        assert_eq!(accounts::find_by_name(db, "alice").await.unwrap().unwrap().1, "hash");
        assert_eq!(accounts::password_hash(db, bob).await.unwrap(), "another");
        assert_eq!(accounts::password_hash(db, AccountId(99)).await.unwrap(), "");
    })
    .await;
}

#[tokio::test]
async fn with_a_new_password_all_ends_that_the_one_before_let_in() {
    both(async |db| {
        let (alice, bob) = (account(db, "alice").await, account(db, "bob").await);
        db.write(async |tx| {
            for (key, id) in [(1, bob), (2, alice)] {
                accounts::insert_session(tx, &session(key, id, "token"), T0).await?;
                accounts::insert_link(tx, &[key; 32], LinkPurpose::Password, Some(id), T0 + 9).await?;
                second_factors::insert_step(tx, &[key; 32], id, T0 + 9).await?;
            }
            accounts::set_password(tx, bob, "another").await
        })
        .await;
        let step = async |key| db.write(async |tx| second_factors::try_step(tx, &[key; 32], T0).await).await;
        assert_eq!(accounts::find_session(db, &[1; 32]).await.unwrap(), None);
        assert_eq!((accounts::find_link(db, &[1; 32], T0).await.unwrap(), step(1).await), (None, None));
        assert!(accounts::find_session(db, &[2; 32]).await.unwrap().is_some(), "nobody else's");
        assert!(accounts::find_link(db, &[2; 32], T0).await.unwrap().is_some());
        assert_eq!(step(2).await, Some(alice));
    })
    .await;
}

/// Whoever compared with the old hash comes before the new password, and is signed out by it, or hears of it.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_stays_in_by_a_password_that_changes_at_the_same_moment() {
    async fn enter(db: Db, key: u8, id: AccountId) {
        let mut tx = db.begin().await.unwrap();
        if accounts::renew_hash(&mut tx, id, ("hash", "hash")).await.unwrap() {
            accounts::insert_session(&mut tx, &session(key, id, "token"), T0).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
    both(async |db| {
        let bob = account(db, "bob").await;
        let has = async |hash| db.write(async |tx| accounts::renew_hash(tx, bob, (hash, hash)).await).await;
        assert!(has("hash").await && !has("another").await);
        assert!(!db.write(async |tx| accounts::renew_hash(tx, AccountId(99), ("hash", "hash")).await).await);
        let mut racers = JoinSet::new();
        for key in 0..8 {
            racers.spawn(enter(Db::clone(db), key, bob));
        }
        db.write(async |tx| accounts::set_password(tx, bob, "another").await).await;
        racers.join_all().await;
        let oldest = Oldest { seen_at: 0, created_at: 0, screen_created_at: 0 };
        assert!(accounts::sessions_of(db, bob, oldest).await.unwrap().is_empty());
        assert!(!has("hash").await && has("another").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_is_made_anew_where_it_still_is_and_never_over_another_password() {
    async fn renew(db: Db, n: u8, id: AccountId) -> bool {
        let mut tx = db.begin().await.unwrap();
        let is_renewed = accounts::renew_hash(&mut tx, id, ("hash", &format!("anew {n}"))).await.unwrap();
        tx.commit().await.unwrap();
        is_renewed
    }
    both(async |db| {
        let (alice, bob) = (account(db, "alice").await, account(db, "bob").await);
        db.write(async |tx| accounts::insert_session(tx, &session(1, alice, "token"), T0).await).await;
        assert!(renew(Db::clone(db), 1, alice).await && !renew(Db::clone(db), 2, alice).await);
        assert_eq!(accounts::password_hash(db, alice).await.unwrap(), "anew 1");
        assert_eq!(accounts::password_hash(db, bob).await.unwrap(), "hash", "nobody else's");
        assert!(accounts::find_session(db, &[1; 32]).await.unwrap().is_some(), "it is the same password");

        let mut racers = JoinSet::new();
        for n in 0..8 {
            racers.spawn(renew(Db::clone(db), n, bob));
        }
        db.write(async |tx| accounts::set_password(tx, bob, "another").await).await;
        let renewed = racers.join_all().await;
        assert!(renewed.iter().filter(|is_renewed| **is_renewed).count() <= 1);
        assert_eq!(accounts::password_hash(db, bob).await.unwrap(), "another");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_links_of_an_account_that_are_used_at_once_one_sets_the_password() {
    async fn set(db: Db, key: u8, id: AccountId) -> bool {
        let mut tx = db.begin().await.unwrap();
        accounts::hold(&mut tx, id).await.unwrap();
        if accounts::use_link(&mut tx, &[key; 32], T0).await.unwrap().is_none() {
            return false;
        }
        accounts::set_password(&mut tx, id, &format!("by {key}")).await.unwrap();
        tx.commit().await.unwrap();
        true
    }
    both(async |db| {
        let bob = account(db, "bob").await;
        let mut racers = JoinSet::new();
        for key in 0..6 {
            let link = (LinkPurpose::Password, Some(bob));
            db.write(async |tx| accounts::insert_link(tx, &[key; 32], link.0, link.1, T0 + 9).await).await;
        }
        for key in 0..6 {
            racers.spawn(set(Db::clone(db), key, bob));
        }
        assert_eq!(racers.join_all().await.into_iter().filter(|is_set| *is_set).count(), 1);
        assert!(accounts::password_hash(db, bob).await.unwrap().starts_with("by "));
    })
    .await;
}

#[tokio::test]
async fn a_taken_name_and_a_missing_account_are_told_apart() {
    both(async |db| {
        account(db, "bob").await;
        let mut tx = db.begin().await.unwrap();
        let error = accounts::insert(&mut tx, "bob", "x", Role::Viewer, T0).await.unwrap_err();
        assert!(store::is_duplicate(&error), "{error}");
        tx.rollback().await.unwrap();
        let mut tx = db.begin().await.unwrap();
        let outcome = accounts::set_password(&mut tx, AccountId(99), "x").await;
        assert!(matches!(outcome, Err(sqlx::Error::RowNotFound)), "{outcome:?}");
    })
    .await;
}

#[tokio::test]
async fn a_link_is_there_until_it_is_used_or_has_expired() {
    both(async |db| {
        let bob = account(db, "bob").await;
        db.write(async |tx| {
            accounts::insert_link(tx, &[1; 32], LinkPurpose::Password, Some(bob), T0 + 100).await?;
            accounts::insert_link(tx, &[2; 32], LinkPurpose::FirstAccount, None, T0 + 100).await
        })
        .await;
        let link = accounts::find_link(db, &[1; 32], T0 + 99).await.unwrap().unwrap();
        assert_eq!((link.purpose, link.account, link.expires_at), (LinkPurpose::Password, Some(bob), T0 + 100));
        assert_eq!(accounts::find_link(db, &[2; 32], T0).await.unwrap().unwrap().account, None);
        assert_eq!(accounts::find_link(db, &[1; 32], T0 + 100).await.unwrap(), None, "it has expired");
        assert_eq!(accounts::find_link(db, &[3; 32], T0).await.unwrap(), None, "it never was");

        let use_link = async |secret, now_at| db.write(async |tx| accounts::use_link(tx, secret, now_at).await).await;
        assert_eq!(use_link(&[1; 32], T0 + 100).await, None, "it has expired");
        assert_eq!(use_link(&[1; 32], T0).await, Some(link));
        assert_eq!(use_link(&[1; 32], T0).await, None, "it was used");
        assert_eq!(accounts::find_link(db, &[1; 32], T0).await.unwrap(), None);
        assert!(accounts::find_link(db, &[2; 32], T0).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_once_however_many_try_at_the_same_time() {
    async fn use_link(db: Db) -> bool {
        let mut tx = db.begin().await.unwrap();
        let link = accounts::use_link(&mut tx, &[1; 32], T0).await.unwrap();
        tx.commit().await.unwrap();
        link.is_some()
    }
    both(async |db| {
        db.write(async |tx| accounts::insert_link(tx, &[1; 32], LinkPurpose::FirstAccount, None, T0 + 1).await).await;
        let mut racers = JoinSet::new();
        for _ in 0..8 {
            racers.spawn(use_link(Db::clone(db)));
        }
        assert_eq!(racers.join_all().await.into_iter().filter(|won| *won).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_web_session_brings_its_account_and_can_be_touched_and_ended() {
    both(async |db| {
        let bob = account(db, "bob").await;
        let new = session(7, bob, "token");
        db.write(async |tx| accounts::insert_session(tx, &new, T0 + 5).await).await;
        let session = accounts::find_session(db, &[7; 32]).await.unwrap().unwrap();
        assert_eq!((session.account.id, session.account.created_at, session.is_screen), (bob, T0, false));
        assert_eq!((session.csrf_token.as_str(), session.created_at, session.seen_at), ("token", T0 + 5, T0 + 5));
        assert_eq!(accounts::find_session(db, &[8; 32]).await.unwrap(), None);

        db.write(async |tx| accounts::touch_session(tx, &[7; 32], T0 + 60).await).await;
        let session = accounts::find_session(db, &[7; 32]).await.unwrap().unwrap();
        assert_eq!((session.created_at, session.seen_at), (T0 + 5, T0 + 60));
        db.write(async |tx| accounts::delete_session(tx, &[7; 32]).await).await;
        assert_eq!(accounts::find_session(db, &[7; 32]).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_account_signs_out_everywhere_and_nobody_else_with_it() {
    both(async |db| {
        let (alice, bob) = (account(db, "alice").await, account(db, "bob").await);
        for new in [session(1, bob, "token"), screen(2, bob), session(3, alice, "token")] {
            db.write(async |tx| accounts::insert_session(tx, &new, T0).await).await;
        }
        assert_eq!(db.write(async |tx| accounts::delete_sessions_of(tx, bob).await).await, 2);
        assert_eq!(accounts::find_session(db, &[1; 32]).await.unwrap(), None);
        assert_eq!(accounts::find_session(db, &[3; 32]).await.unwrap().unwrap().account.id, alice);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_account_is_made_once_however_many_try_at_the_same_time() {
    async fn make(db: Db, name: String) -> bool {
        let mut tx = db.begin().await.unwrap();
        let made = accounts::insert_first(&mut tx, &name, "hash", T0).await.unwrap();
        tx.commit().await.unwrap();
        made.is_some()
    }
    both(async |db| {
        let mut racers = JoinSet::new();
        for racer in 0..8 {
            racers.spawn(make(Db::clone(db), format!("admin-{racer}")));
        }
        assert_eq!(racers.join_all().await.into_iter().filter(|made| *made).count(), 1);
        assert_eq!(accounts::count(db).await.unwrap(), 1);
        assert_eq!(accounts::list(db).await.unwrap()[0].role, Role::Administrator);
        assert!(!make(Db::clone(db), "late".to_owned()).await);
    })
    .await;
}

#[tokio::test]
async fn there_is_no_first_account_once_another_way_made_one() {
    both(async |db| {
        account(db, "bob").await;
        let made = db.write(async |tx| accounts::insert_first(tx, "alice", "hash", T0).await).await;
        assert_eq!(made, None);
    })
    .await;
}

#[tokio::test]
async fn what_has_expired_is_deleted_and_counted() {
    both(async |db| {
        let bob = account(db, "bob").await;
        let (eve, paris) = (viewer(db, "eve").await, Sight::of(["Paris"]).unwrap());
        db.write(async |tx| accounts::confine(tx, eve, &paris).await).await;
        db.write(async |tx| {
            accounts::insert_session(tx, &session(1, bob, "old, but seen"), T0).await?;
            accounts::touch_session(tx, &[1; 32], T0 + 900).await?;
            accounts::insert_session(tx, &session(2, bob, "idle"), T0 + 200).await?;
            accounts::insert_session(tx, &session(3, bob, "fresh"), T0 + 800).await?;
            accounts::insert_session(tx, &screen(4, bob), T0 + 49).await?;
            accounts::insert_session(tx, &screen(5, bob), T0 + 51).await?;
            accounts::insert_session(tx, &session(6, eve, "fresh"), T0 + 800).await?;
            accounts::insert_link(tx, &[1; 32], LinkPurpose::SignIn, Some(bob), T0 + 499).await?;
            accounts::insert_link(tx, &[2; 32], LinkPurpose::SignIn, Some(bob), T0 + 500).await
        })
        .await;
        let oldest = Oldest { seen_at: T0 + 500, created_at: T0 + 100, screen_created_at: T0 + 50 };
        let there = accounts::sessions_since(db, oldest).await.unwrap();
        assert_eq!(there, [([3; 32], Sight::All), ([5; 32], Sight::All), ([6; 32], paris)].into());
        let listed = accounts::sessions_of(db, bob, oldest).await.unwrap();
        assert_eq!(
            listed.iter().map(|one| (one.sha256[0], one.is_screen)).collect::<Vec<_>>(),
            [(3, false), (5, true)]
        );
        assert_eq!((listed[0].address.as_str(), listed[0].browser.as_str()), ("10.0.0.7", "Firefox"));
        assert_eq!((listed[0].created_at, listed[0].seen_at), (T0 + 800, T0 + 800));
        assert_eq!(db.write(async |tx| accounts::delete_expired(tx, oldest).await).await, 4);
        for (key, stays) in [(1, false), (2, false), (3, true), (4, false), (5, true), (6, true)] {
            assert_eq!(accounts::find_session(db, &[key; 32]).await.unwrap().is_some(), stays, "session {key}");
        }
        assert!(accounts::find_link(db, &[2; 32], T0).await.unwrap().is_some());
        assert_eq!(accounts::find_link(db, &[1; 32], T0).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_browser_is_ended_by_its_own_account_alone_and_all_others_at_once() {
    both(async |db| {
        let (alice, bob) = (account(db, "alice").await, account(db, "bob").await);
        for new in [session(1, bob, "t"), session(2, bob, "t"), screen(3, bob), session(4, alice, "t")] {
            db.write(async |tx| accounts::insert_session(tx, &new, T0).await).await;
        }
        let end = async |of, key| db.write(async |tx| accounts::delete_session_of(tx, of, &[key; 32]).await).await;
        assert!(!end(alice, 1).await && end(bob, 1).await && !end(bob, 1).await);
        assert_eq!(db.write(async |tx| accounts::delete_other_sessions(tx, bob, &[2; 32]).await).await, 1);
        for (key, stays) in [(1, false), (2, true), (3, false), (4, true)] {
            assert_eq!(accounts::find_session(db, &[key; 32]).await.unwrap().is_some(), stays, "session {key}");
        }
    })
    .await;
}
