//! Roles, disabling, deleting, and accounts of people whom another system knows.

use highwater::model::AccountId;
use highwater::model::account::{AccountSource, LinkPurpose, NewWebSession, Oldest};
use highwater::model::incident::Kind;
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::store::Db;
use highwater::store::accounts::{self, Decided};
use highwater::store::incidents::{self, Deed, NewIncident};
use tokio::task::JoinSet;

use crate::harness::store::{Store, T0, both};

async fn account(db: &Store, name: &str, role: Role) -> AccountId {
    db.write(async |tx| accounts::insert(tx, name, "hash", role, T0).await).await
}

async fn sign_in(db: &Store, key: u8, account: AccountId) {
    let (csrf_token, address, browser) = ("token", "10.0.0.7", "Firefox");
    let new = NewWebSession { sha256: [key; 32], account, csrf_token, is_screen: false, address, browser };
    db.write(async |tx| accounts::insert_session(tx, &new, T0).await).await;
}

async fn role(db: &Store, id: AccountId) -> Role {
    accounts::find(db, id).await.unwrap().unwrap().role
}

#[tokio::test]
async fn a_role_changes_at_once_and_nobody_takes_it_from_the_last_administrator() {
    both(async |db| {
        let (ann, bob) = (account(db, "ann", Role::Administrator).await, account(db, "bob", Role::Viewer).await);
        sign_in(db, 1, bob).await;
        let give = async |to, role| db.write(async |tx| accounts::set_role(tx, to, role).await).await;
        assert_eq!(give(bob, Role::Operator).await, Decided::Done);
        assert_eq!(accounts::find_session(db, &[1; 32]).await.unwrap().unwrap().account.role, Role::Operator);
        for lower in [Role::Operator, Role::Viewer] {
            assert_eq!(give(ann, lower).await, Decided::LastAdministrator);
        }
        assert_eq!((role(db, ann).await, give(ann, Role::Administrator).await), (Role::Administrator, Decided::Done));
        assert_eq!(give(bob, Role::Administrator).await, Decided::Done);
        assert_eq!(accounts::administrators(db).await.unwrap(), ["ann", "bob"]);
        assert_eq!(give(ann, Role::Viewer).await, Decided::Done);
        assert_eq!(accounts::administrators(db).await.unwrap(), ["bob"]);
        assert_eq!(give(AccountId(99), Role::Viewer).await, Decided::Missing);
    })
    .await;
}

#[tokio::test]
async fn an_account_is_confined_and_let_go_at_once_and_an_administrator_never_is() {
    both(async |db| {
        let (ann, bob) = (account(db, "ann", Role::Administrator).await, account(db, "bob", Role::Viewer).await);
        sign_in(db, 1, bob).await;
        let confine = async |who, sight: &Sight| db.write(async |tx| accounts::confine(tx, who, sight).await).await;
        let give = async |to, role| db.write(async |tx| accounts::set_role(tx, to, role).await).await;
        let sight = Sight::of(["Paris", "Lyon's \"old\" one"]).unwrap();
        assert_eq!(confine(bob, &sight).await, Decided::Done);
        assert_eq!(accounts::find_session(db, &[1; 32]).await.unwrap().unwrap().account.sees(), sight);
        assert_eq!(accounts::find_by_name(db, "bob").await.unwrap().unwrap().0.sight, sight);
        let listed = accounts::list(db).await.unwrap();
        assert_eq!(listed.iter().map(|one| one.sight.clone()).collect::<Vec<_>>(), [Sight::All, sight.clone()]);

        assert_eq!(give(bob, Role::Administrator).await, Decided::Confined);
        assert_eq!((role(db, bob).await, give(bob, Role::Operator).await), (Role::Viewer, Decided::Done));
        assert_eq!(confine(ann, &sight).await, Decided::Administrator);
        assert_eq!(confine(ann, &Sight::All).await, Decided::Done);
        assert_eq!(accounts::find(db, ann).await.unwrap().unwrap().sight, Sight::All);
        for sight in [&sight, &Sight::All] {
            assert_eq!(confine(AccountId(99), sight).await, Decided::Missing);
        }
        assert_eq!(give(AccountId(99), Role::Administrator).await, Decided::Missing);

        assert_eq!(confine(bob, &Sight::All).await, Decided::Done);
        assert_eq!(give(bob, Role::Administrator).await, Decided::Done);
        assert_eq!(accounts::find_session(db, &[1; 32]).await.unwrap().unwrap().account.sees(), Sight::All);
    })
    .await;
}

/// Nothing that this program writes; a hand did.
#[tokio::test]
async fn a_list_without_groups_is_no_host_and_never_all() {
    both(async |db| {
        let bob = account(db, "bob", Role::Viewer).await;
        assert_eq!(db.execute("update accounts set group_names = '[]'").await, 1);
        let sight = accounts::find(db, bob).await.unwrap().unwrap().sees();
        assert!(sight.is_confined() && !sight.sees_group("") && !sight.sees_group("Paris"));
        db.execute("update accounts set group_names = 'Paris'").await;
        assert!(accounts::find(db, bob).await.is_err(), "what cannot be read is not taken for all hosts either");
    })
    .await;
}

#[tokio::test]
async fn what_a_directory_says_at_sign_in_leaves_the_groups_as_they_were_set() {
    both(async |db| {
        let sign_in = async |role| {
            let source = AccountSource::Oidc;
            db.write(async |tx| accounts::upsert_external(tx, source, "https://a", "1", "ann", role, T0).await).await
        };
        let (sight, ann) = (Sight::of(["Paris"]).unwrap(), sign_in(Role::Viewer).await.id);
        db.write(async |tx| accounts::confine(tx, ann, &sight).await).await;
        for (role, sees) in [(Role::Operator, &sight), (Role::Administrator, &Sight::All), (Role::Viewer, &sight)] {
            assert_eq!(sign_in(role).await.sees(), *sees, "{role:?}");
            assert_eq!(accounts::find(db, ann).await.unwrap().unwrap().sees(), *sees, "{role:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn one_that_is_disabled_is_signed_out_and_comes_back_when_it_is_enabled() {
    both(async |db| {
        let (ann, bob) = (account(db, "ann", Role::Administrator).await, account(db, "bob", Role::Administrator).await);
        sign_in(db, 1, bob).await;
        db.write(async |tx| accounts::insert_link(tx, &[1; 32], LinkPurpose::Password, Some(bob), T0 + 9).await).await;
        let off = async |who, at| db.write(async |tx| accounts::disable(tx, who, at).await).await;
        assert_eq!(off(bob, T0 + 5).await, Decided::Done);
        assert_eq!(off(bob, T0 + 6).await, Decided::Done);
        assert_eq!(accounts::find(db, bob).await.unwrap().unwrap().disabled_at, Some(T0 + 5));
        assert_eq!(accounts::find_session(db, &[1; 32]).await.unwrap(), None);
        assert_eq!(accounts::find_link(db, &[1; 32], T0).await.unwrap(), None);
        assert_eq!(off(ann, T0 + 7).await, Decided::LastAdministrator, "the other one may not sign in");
        assert!(!db.write(async |tx| accounts::note_sign_in(tx, bob, T0 + 8).await).await);
        // One that came in between tells nothing.
        sign_in(db, 2, bob).await;
        let oldest = Oldest { seen_at: 0, created_at: 0, screen_created_at: 0 };
        assert!(accounts::sessions_since(db, oldest).await.unwrap().is_empty());
        assert!(accounts::find_session(db, &[2; 32]).await.unwrap().unwrap().account.is_disabled());
        assert_eq!(db.write(async |tx| accounts::enable(tx, bob).await).await, Decided::Done);
        assert!(db.write(async |tx| accounts::note_sign_in(tx, bob, T0 + 8).await).await);
        let bob = accounts::find(db, bob).await.unwrap().unwrap();
        assert_eq!((bob.disabled_at, bob.signed_in_at), (None, Some(T0 + 8)));
        let nobody = AccountId(99);
        assert_eq!(off(nobody, T0).await, Decided::Missing);
        assert_eq!(db.write(async |tx| accounts::enable(tx, nobody).await).await, Decided::Missing);
    })
    .await;
}

#[tokio::test]
async fn one_that_is_deleted_leaves_nothing_but_its_name_where_it_did_something() {
    both(async |db| {
        let (ann, bob) = (account(db, "ann", Role::Administrator).await, account(db, "bob", Role::Operator).await);
        sign_in(db, 1, bob).await;
        db.write(async |tx| accounts::insert_link(tx, &[1; 32], LinkPurpose::Password, Some(bob), T0 + 9).await).await;
        let host = db.host("FS01").await;
        let (from_at, kind) = (T0, Kind::Full);
        let new = NewIncident { host: Some(host), kind, subject: "", from_at, opened_at: T0, is_silenced: false };
        let id = db.write(async |tx| incidents::insert(tx, &new, T0).await).await.unwrap();
        let deed = Deed { by: "bob", now_at: T0 + 1, seen_version: None };
        db.write(async |tx| incidents::acknowledge(tx, id, deed, Some(bob)).await).await;
        let before = incidents::find(db, id).await.unwrap().unwrap();
        assert_eq!(before.owner, Some(bob));

        assert_eq!(db.write(async |tx| accounts::delete(tx, bob, T0 + 2).await).await, Decided::Done);
        assert_eq!(accounts::find(db, bob).await.unwrap(), None);
        assert_eq!(accounts::find_session(db, &[1; 32]).await.unwrap(), None);
        let after = incidents::find(db, id).await.unwrap().unwrap();
        assert_eq!((after.owner, after.updated_at), (None, T0 + 2));
        assert!(after.version > before.version, "who saw it before is told");
        assert_eq!(db.write(async |tx| accounts::delete(tx, bob, T0).await).await, Decided::Missing);
        assert_eq!(db.write(async |tx| accounts::delete(tx, ann, T0).await).await, Decided::LastAdministrator);
        assert_eq!(accounts::count(db).await.unwrap(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_administrators_who_remove_each_other_at_the_same_time_one_is_left() {
    async fn remove(db: Db, id: AccountId, how: u8) -> Decided {
        let mut tx = db.begin().await.unwrap();
        let decided = match how {
            0 => accounts::set_role(&mut tx, id, Role::Viewer).await.unwrap(),
            1 => accounts::disable(&mut tx, id, T0).await.unwrap(),
            _ => accounts::delete(&mut tx, id, T0).await.unwrap(),
        };
        tx.commit().await.unwrap();
        decided
    }
    both(async |db| {
        let mut racers = JoinSet::new();
        let mut all = Vec::new();
        for n in 0..6 {
            all.push(account(db, &format!("admin {n}"), Role::Administrator).await);
        }
        for (id, how) in all.into_iter().zip([0, 1, 2, 0, 1, 2]) {
            racers.spawn(remove(Db::clone(db), id, how));
        }
        let outcomes = racers.join_all().await;
        assert_eq!(outcomes.iter().filter(|one| **one == Decided::LastAdministrator).count(), 1, "{outcomes:?}");
        assert_eq!(accounts::administrators(db).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_decide_at_once_each_sees_what_it_was_when_his_own_decision_came() {
    async fn decide(db: Db, id: AccountId, role: Role) -> (Role, Role) {
        let mut tx = db.begin().await.unwrap();
        let before = accounts::hold(&mut tx, id).await.unwrap().unwrap().role;
        assert_eq!(accounts::set_role(&mut tx, id, role).await.unwrap(), Decided::Done);
        tx.commit().await.unwrap();
        (before, role)
    }
    both(async |db| {
        account(db, "ann", Role::Administrator).await;
        let bob = account(db, "bob", Role::Viewer).await;
        let mut racers = JoinSet::new();
        for n in 0..8 {
            let role = if n % 2 == 0 { Role::Operator } else { Role::Viewer };
            racers.spawn(decide(Db::clone(db), bob, role));
        }
        let told = racers.join_all().await;
        // In whatever order they came: what one left, the next one found, and the first one found what was there.
        let count = |role, of: fn(&(Role, Role)) -> Role| told.iter().filter(|one| of(one) == role).count();
        let last = role(db, bob).await;
        for one in [Role::Viewer, Role::Operator] {
            let left = count(one, |(_, now)| *now) - usize::from(one == last) + usize::from(one == Role::Viewer);
            assert_eq!(count(one, |(before, _)| *before), left, "{told:?}, and {last:?} at the end");
        }
        assert_eq!(db.write(async |tx| accounts::hold(tx, AccountId(99)).await).await, None);
        let held = db.write(async |tx| accounts::hold(tx, bob).await).await;
        assert_eq!(held, accounts::find(db, bob).await.unwrap(), "and nothing of it is changed");
    })
    .await;
}

/// Somebody whom the service at this issuer knows under this subject.
async fn from_elsewhere(db: &Store, issuer: &str, subject: &str, name: &str) -> (AccountId, String) {
    let (oidc, role) = (AccountSource::Oidc, Role::Viewer);
    let made = db.write(async |tx| accounts::upsert_external(tx, oidc, issuer, subject, name, role, T0).await).await;
    assert_eq!(accounts::find(db, made.id).await.unwrap().unwrap(), made, "what is answered is what is stored");
    (made.id, made.name)
}

#[tokio::test]
async fn one_from_elsewhere_is_found_by_its_subject_and_never_by_its_name() {
    both(async |db| {
        let local = account(db, "ann", Role::Administrator).await;
        let (first, name) = from_elsewhere(db, "https://a", "1", "ann").await;
        assert!(first != local && name == "ann (2)", "{name}");
        assert_eq!(from_elsewhere(db, "https://a", "1", "ann").await, (first, "ann (2)".to_owned()), "it stays");
        let (other, name) = from_elsewhere(db, "https://b", "1", "ann").await;
        assert!(other != first && name == "ann (3)", "another service's subject is another person");
        assert_eq!(
            from_elsewhere(db, "https://a", "1", "ANN").await,
            (first, "ANN (2)".to_owned()),
            "nor told by capitals"
        );
        assert_eq!(from_elsewhere(db, "https://a", "1", "Ann Martin").await, (first, "Ann Martin".to_owned()));
        assert_eq!(
            from_elsewhere(db, "https://a", "1", "ann martin").await,
            (first, "ann martin".to_owned()),
            "it is its own"
        );
        assert_eq!(from_elsewhere(db, "https://b", "1", "Ann Martin").await, (other, "Ann Martin (2)".to_owned()));
        let (ldap, role) = (AccountSource::Ldap, Role::Operator);
        let ldap =
            db.write(async |tx| accounts::upsert_external(tx, ldap, "https://a", "1", "eve\0", role, T0).await).await;
        assert_eq!((ldap.name.as_str(), ldap.role, ldap.source), ("eve", Role::Operator, AccountSource::Ldap));
        assert_eq!(accounts::find_by_name(db, "eve").await.unwrap().unwrap().1, "", "it has no password");
        assert_eq!(accounts::count(db).await.unwrap(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_role_from_elsewhere_is_what_is_said_there_now_and_disabled_stays_disabled() {
    both(async |db| {
        account(db, "root", Role::Administrator).await;
        let upsert = async |role| {
            let source = AccountSource::Oidc;
            db.write(async |tx| accounts::upsert_external(tx, source, "https://a", "1", "ann", role, T0).await).await
        };
        let ann = upsert(Role::Administrator).await;
        assert_eq!(upsert(Role::Viewer).await.role, Role::Viewer);
        db.write(async |tx| accounts::disable(tx, ann.id, T0 + 5).await).await;
        let again = upsert(Role::Operator).await;
        assert_eq!((again.id, again.role, again.is_disabled()), (ann.id, Role::Operator, true));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_from_elsewhere_many_times_at_once_has_one_account() {
    async fn upsert(db: Db) -> AccountId {
        let mut tx = db.begin().await.unwrap();
        let source = AccountSource::Oidc;
        let made = accounts::upsert_external(&mut tx, source, "https://a", "1", "ann", Role::Viewer, T0).await.unwrap();
        tx.commit().await.unwrap();
        made.id
    }
    both(async |db| {
        account(db, "ann", Role::Administrator).await;
        let mut racers = JoinSet::new();
        for _ in 0..8 {
            racers.spawn(upsert(Db::clone(db)));
        }
        let mut made = racers.join_all().await;
        made.dedup();
        assert_eq!((made.len(), accounts::count(db).await.unwrap()), (1, 2));
    })
    .await;
}
