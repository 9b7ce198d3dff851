use std::collections::HashSet;

use highwater::model::eyes::{Eyes, UserName};
use highwater::model::time::DAY_MS;
use highwater::model::{ClientId, UserId};
use highwater::store::{Db, names};
use tokio::task::JoinSet;

use crate::harness::store::{T0, both};

#[tokio::test]
async fn a_name_keeps_its_id_and_is_read_back() {
    both(async |db| {
        let first = db.write(async |tx| names::intern_clients(tx, &["PC-1", "10.0.0.7", "PC-1"], T0).await).await;
        assert_eq!(first.len(), 2);
        let again = db.write(async |tx| names::intern_clients(tx, &["10.0.0.7", "PC-2"], T0 + 1).await).await;
        assert_eq!(again["10.0.0.7"], first["10.0.0.7"]);
        assert_ne!(again["PC-2"], first["PC-1"]);

        assert_eq!(names::client(db, first["PC-1"]).await.unwrap().as_deref(), Some("PC-1"));
        assert_eq!(names::client(db, ClientId(-1)).await.unwrap(), None);
        let read = names::clients(db, &[first["PC-1"], again["PC-2"], ClientId(-1)]).await.unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[&again["PC-2"]], "PC-2");
        assert!(names::clients(db, &[]).await.unwrap().is_empty());
        let raw = names::clients_by_raw_id(db, &[first["PC-1"].0, -1]).await.unwrap();
        assert_eq!(raw.into_values().collect::<Vec<_>>(), ["PC-1"]);
    })
    .await;
}

#[tokio::test]
async fn clients_and_users_are_apart_and_the_anonymous_user_has_an_id() {
    both(async |db| {
        let clients = db.write(async |tx| names::intern_clients(tx, &["alice"], T0).await).await;
        let users = db.write(async |tx| names::intern_users(tx, &["", "alice", "ALICE"], T0).await).await;
        assert_eq!(users.len(), 3, "names differ by case");
        assert_eq!(names::user(db, users[""]).await.unwrap().as_ref(), Some(UserName::nobody()));
        assert_eq!(names::user(db, UserId(-1)).await.unwrap(), None);
        let read = Eyes::Names.users(names::users(db, &[users["ALICE"], users["alice"]]).await.unwrap());
        assert_eq!((read[&users["ALICE"]].as_str(), read[&users["alice"]].as_str()), ("ALICE", "alice"));
        assert_eq!(names::clients(db, &[clients["alice"]]).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn hostile_names_are_stored_as_they_are_but_for_nul() {
    const NAMES: [&str; 8] = [
        "'; drop table clients; --",
        "\u{202e}evil",
        "a%_\\",
        "=cmd|' /C calc'!A0",
        "é",
        "e\u{301}",
        " pc ",
        "\u{fffd}",
    ];
    both(async |db| {
        let ids = db.write(async |tx| names::intern_clients(tx, &NAMES, T0).await).await;
        assert_eq!(ids.values().collect::<HashSet<_>>().len(), NAMES.len());
        for name in NAMES {
            assert_eq!(names::client(db, ids[name]).await.unwrap().as_deref(), Some(name));
        }
        // PostgreSQL cannot hold U+0000; whoever asks still finds the answer under the name that was asked for.
        let nul = db.write(async |tx| names::intern_users(tx, &["a\0b", "a\u{fffd}b"], T0).await).await;
        assert_eq!(nul["a\0b"], nul["a\u{fffd}b"]);
        assert_eq!(names::user(db, nul["a\0b"]).await.unwrap(), Some(UserName::new("a\u{fffd}b")));
    })
    .await;
}

#[tokio::test]
async fn ten_thousand_names_go_in_one_call() {
    both(async |db| {
        let all: Vec<String> = (0..10_000).map(|n| format!("PC-{n}")).collect();
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        let some = db.write(async |tx| names::intern_clients(tx, &names[..3_333], T0).await).await;
        let ids = db.write(async |tx| names::intern_clients(tx, &names, T0).await).await;
        assert_eq!(ids.values().collect::<HashSet<_>>().len(), 10_000);
        assert!(some.iter().all(|(name, id)| ids[name] == *id));
        let every: Vec<ClientId> = ids.values().copied().collect();
        let read = names::clients(db, &every).await.unwrap();
        assert!(ids.iter().all(|(name, id)| read[id] == *name));
        assert_eq!(read.len(), 10_000);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_intern_the_same_new_names_at_once_agree() {
    async fn intern(db: Db, start: usize) -> HashSet<(String, ClientId)> {
        // Each asks in another order, and for some names that only it has.
        let mut all: Vec<String> = (0..600).map(|n| format!("PC-{}", (n * 7 + start) % 600)).collect();
        all.push(format!("only-{start}"));
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        let mut tx = db.begin().await.unwrap();
        let ids = names::intern_clients(&mut tx, &names, T0).await.unwrap();
        tx.commit().await.unwrap();
        ids.into_iter().filter(|(name, _)| name.starts_with("PC-")).collect()
    }
    both(async |db| {
        let mut racers = JoinSet::new();
        for start in 0..8 {
            racers.spawn(intern(Db::open(db.address()).await.unwrap(), start * 71));
        }
        let answers = racers.join_all().await;
        assert_eq!(answers[0].len(), 600);
        assert!(answers.iter().all(|answer| *answer == answers[0]));
    })
    .await;
}

#[tokio::test]
async fn a_name_goes_when_it_was_not_met_since_and_one_that_was_stays() {
    both(async |db| {
        let meet = async |names: &[&str], at| {
            db.write(async |tx| {
                names::intern_users(tx, names, at).await?;
                names::intern_clients(tx, names, at).await
            })
            .await
        };
        let remove = async |before_at, most| db.write(async |tx| names::remove_unseen(tx, before_at, most).await).await;
        let first = meet(&["a", "b", "c"], T0).await;
        meet(&["a"], T0 + 9 * DAY_MS).await;
        assert_eq!(remove(T0, 9).await, 0);
        assert_eq!(remove(T0 + DAY_MS, 1).await, 2, "one client and one user");
        assert_eq!(remove(T0 + DAY_MS, 9).await, 2);
        assert_eq!(remove(T0 + DAY_MS, 9).await, 0);
        assert_eq!(names::client(db, first["a"]).await.unwrap().as_deref(), Some("a"));
        assert_eq!(names::client(db, first["c"]).await.unwrap(), None);
        let again = meet(&["a", "c"], T0 + 9 * DAY_MS).await;
        assert_eq!(again["a"], first["a"]);
    })
    .await;
}

#[tokio::test]
async fn names_that_no_host_has_sent_yet_are_told_from_those_that_one_has() {
    both(async |db| {
        db.write(async |tx| names::intern_clients(tx, &["PC-1"], T0).await).await;
        db.write(async |tx| names::intern_users(tx, &["ann", ""], T0).await).await;
        let clients = db.write(async |tx| names::known_clients(tx, &["PC-1", "PC-2", "ann"]).await).await;
        assert_eq!(clients, HashSet::from(["PC-1"]));
        let users = db.write(async |tx| names::known_users(tx, &["", "ann", "PC-1"]).await).await;
        assert_eq!(users, HashSet::from(["", "ann"]));
        assert!(db.write(async |tx| names::known_users(tx, &[]).await).await.is_empty());
    })
    .await;
}
