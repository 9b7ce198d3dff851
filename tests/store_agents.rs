use std::collections::HashSet;

use highwater::model::agent::{AgentState, NewAgent};
use highwater::model::host::Heard;
use highwater::model::token::{Approve, NewToken};
use highwater::model::{AgentId, HostId};
use highwater::store::agents::{self, Keyholder};
use highwater::store::{self, Db, hosts, tokens};
use tokio::task::JoinSet;

use crate::harness::store::{T0, both, new_agent};

#[tokio::test]
async fn an_enrolment_is_read_back_and_found_by_its_key() {
    both(async |db| {
        let host = db.host("FS01").await;
        let token = NewToken {
            label: "all".to_owned(),
            secret_sha256: [9; 32],
            hint: String::new(),
            group_name: String::new(),
            approve: Approve::Hand,
            max_uses: None,
            expires_at: None,
            ranges: Vec::new(),
        };
        let token = db.write(async |tx| tokens::insert(tx, &token, T0).await).await;
        let new = NewAgent { token: Some(token), ..new_agent(host, AgentState::Pending, 1) };
        let id = db.write(async |tx| agents::insert(tx, &new, T0).await).await;

        let agent = agents::find(db, id).await.unwrap().unwrap();
        assert_eq!((agent.id, agent.host, agent.state, agent.token), (id, host, AgentState::Pending, Some(token)));
        assert_eq!((agent.attempt_sha256, agent.machine_id), (new.attempt_sha256, new.machine_id));
        assert_eq!((agent.name, agent.os, agent.version, agent.address), (new.name, new.os, new.version, new.address));
        assert_eq!((agent.enrolled_at, agent.decided_at, agent.seen_at), (T0, None, None));
        assert_eq!(agents::find(db, AgentId(99)).await.unwrap(), None);

        let holder = Keyholder { key_sha256: [1; 32], agent: id, host, state: AgentState::Pending };
        assert_eq!(agents::find_by_key(db, &[1; 32]).await.unwrap(), Some(holder));
        db.write(async |tx| agents::replace_key(tx, id, &[2; 32]).await).await;
        assert_eq!(agents::find_by_key(db, &[1; 32]).await.unwrap(), None);
        let holder = Keyholder { key_sha256: [2; 32], ..holder };
        assert_eq!(agents::find_by_key(db, &[2; 32]).await.unwrap(), Some(holder));
    })
    .await;
}

#[tokio::test]
async fn those_that_may_push_are_found_among_many() {
    both(async |db| {
        let mut holders = Vec::new();
        for n in 0..40 {
            let host = db.host(&format!("FS{n}")).await;
            let state = if n % 4 == 0 { AgentState::Pending } else { AgentState::Approved };
            let agent = db.agent(host, state, n).await;
            // What the asker believes.
            holders.push(Keyholder { key_sha256: [n; 32], agent, host, state: AgentState::Approved });
        }
        let expected: HashSet<Keyholder> = (1..40).filter(|n| n % 4 != 0).map(|n| holders[n]).collect();
        assert_eq!(db.write(async |tx| agents::approved(tx, &holders).await).await, expected);
        // Another key, another host, another agent.
        holders[1].key_sha256 = [99; 32];
        holders[2].host = holders[3].host;
        holders[3].agent = AgentId(999);
        let found = db.write(async |tx| agents::approved(tx, &holders[..6]).await).await;
        assert_eq!(found, HashSet::from([holders[5]]));
        assert!(db.write(async |tx| agents::approved(tx, &[]).await).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_enrolment_tells_when_its_host_was_heard() {
    both(async |db| {
        let host = db.host("FS01").await;
        let id = db.agent(host, AgentState::Approved, 1).await;
        let heard = Heard {
            seen_at: T0 + 7,
            agent_version: "0.1.0".to_owned(),
            boot_id: "b".to_owned(),
            queued_records: 0,
            clock_skew_ms: 0,
        };
        db.write(async |tx| hosts::save_states(tx, &[(host, &heard, None)]).await).await;
        assert_eq!(agents::find(db, id).await.unwrap().unwrap().seen_at, Some(T0 + 7));
        assert_eq!(agents::list(db).await.unwrap()[0].seen_at, Some(T0 + 7));
    })
    .await;
}

#[tokio::test]
async fn those_that_wait_for_a_person_come_first_then_by_name_without_case() {
    both(async |db| {
        let host = db.host("FS01").await;
        let mut expected = Vec::new();
        for (place, name, state) in [
            (4, "fs03", AgentState::Approved),
            (3, "FS02", AgentState::Revoked),
            (1, "zz", AgentState::Pending),
            (0, "Mm", AgentState::Conflict),
            (2, "fs01", AgentState::Banned),
            (5, "FS03", AgentState::Approved),
        ] {
            let key = u8::try_from(expected.len()).unwrap();
            let new = NewAgent { name: name.to_owned(), ..new_agent(host, state, key) };
            expected.push((place, db.write(async |tx| agents::insert(tx, &new, T0).await).await));
        }
        expected.sort_unstable();
        let listed: Vec<_> = agents::list(db).await.unwrap().into_iter().map(|a| a.id).collect();
        assert_eq!(listed, expected.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn a_decision_holds_only_if_nobody_decided_meanwhile() {
    both(async |db| {
        let host = db.host("FS01").await;
        let id = db.agent(host, AgentState::Pending, 1).await;
        let decide = async |from, to, at| db.write(async |tx| agents::decide(tx, id, from, to, at).await).await;
        assert!(decide(AgentState::Pending, AgentState::Approved, T0 + 1).await);
        assert!(!decide(AgentState::Pending, AgentState::Banned, T0 + 2).await);
        let agent = agents::find(db, id).await.unwrap().unwrap();
        assert_eq!((agent.state, agent.decided_at), (AgentState::Approved, Some(T0 + 1)));
    })
    .await;
}

#[tokio::test]
async fn a_clone_moves_to_a_host_of_its_own() {
    both(async |db| {
        let (one, other) = (db.host("FS01").await, db.host("FS01#2").await);
        let id = db.agent(one, AgentState::Conflict, 1).await;
        db.write(async |tx| agents::move_to_host(tx, id, other).await).await;
        assert_eq!(agents::find(db, id).await.unwrap().unwrap().host, other);
        let mut tx = db.begin().await.unwrap();
        let moved = agents::move_to_host(&mut tx, AgentId(99), one).await;
        assert!(matches!(moved, Err(sqlx::Error::RowNotFound)), "{moved:?}");
        let replaced = agents::replace_key(&mut tx, AgentId(99), &[5; 32]).await;
        assert!(matches!(replaced, Err(sqlx::Error::RowNotFound)), "{replaced:?}");
    })
    .await;
}

#[tokio::test]
async fn two_enrolments_cannot_share_a_key() {
    both(async |db| {
        let host = db.host("FS01").await;
        db.agent(host, AgentState::Approved, 1).await;
        let mut tx = db.begin().await.unwrap();
        let error = agents::insert(&mut tx, &new_agent(host, AgentState::Pending, 1), T0).await.unwrap_err();
        assert!(store::is_duplicate(&error), "{error}");
    })
    .await;
}

#[tokio::test]
async fn an_identity_names_one_host_which_keeps_its_name_and_group() {
    both(async |db| {
        let make = async |identity, name, group| {
            db.write(async |tx| agents::host_of_identity(tx, identity, name, group, T0).await).await
        };
        let host = make("id-1", "FS01", "paris").await;
        assert_eq!(make("id-1", "RENAMED", "lyon").await, host);
        assert_ne!(make("id-2", "FS01", "paris").await, host);
        let host = hosts::find(db, host).await.unwrap().unwrap();
        assert_eq!((host.name.as_str(), host.group_name.as_str(), host.created_at), ("FS01", "paris", T0));
    })
    .await;
}

#[tokio::test]
async fn enrolments_of_a_machine_come_newest_first() {
    both(async |db| {
        let (host, other) = (db.host("FS01").await, db.host("FS02").await);
        let first = db.agent(host, AgentState::Revoked, 1).await;
        let second = db.agent(host, AgentState::Approved, 2).await;
        db.agent(other, AgentState::Approved, 3).await;
        let machine_id = format!("machine-{host}");
        let found = db.write(async |tx| agents::of_machine(tx, &machine_id).await).await;
        assert_eq!(found.into_iter().map(|a| a.id).collect::<Vec<_>>(), [second, first]);
        assert!(db.write(async |tx| agents::of_machine(tx, "never").await).await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_racing_enrolments_of_a_new_machine_exactly_one_is_the_first() {
    async fn enrol(db: Db, key: u8) -> (bool, HostId) {
        let mut tx = db.begin().await.unwrap();
        let is_first = agents::of_machine(&mut tx, "m").await.unwrap().is_empty();
        let host = agents::host_of_identity(&mut tx, "m", "FS01", "", T0).await.unwrap();
        let new = NewAgent { machine_id: "m".to_owned(), ..new_agent(host, AgentState::Pending, key) };
        agents::insert(&mut tx, &new, T0).await.unwrap();
        tx.commit().await.unwrap();
        (is_first, host)
    }
    both(async |db| {
        let mut racers = JoinSet::new();
        for key in 0..8 {
            racers.spawn(enrol(Db::clone(db), key));
        }
        let enrolled = racers.join_all().await;
        assert_eq!(enrolled.iter().filter(|(is_first, _)| *is_first).count(), 1);
        assert_eq!(enrolled.iter().map(|(_, host)| host).collect::<HashSet<_>>().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_agent_is_asked_for_another_key_and_the_old_one_counts_until_the_new_one_is_used() {
    both(async |db| {
        let host = db.host("FS01").await;
        let id = db.agent(host, AgentState::Approved, 1).await;
        let ask = async |at| db.write(async |tx| agents::ask_for_key(tx, id, at).await).await;
        let offer = async |key: u8| db.write(async |tx| agents::offer_key(tx, id, &[key; 32]).await).await;
        let change = async |key: u8, at| db.write(async |tx| agents::change_key(tx, id, &[key; 32], at).await).await;
        let key_of = async || {
            let agent = agents::find(db, id).await.unwrap().unwrap();
            (agent.key_at, agent.key_asked_at)
        };
        assert_eq!(key_of().await, (T0 + 1, None), "since it enrolled");
        assert!(ask(T0 + 5).await && !ask(T0 + 6).await, "once");
        assert_eq!(agents::asked_for_keys(db, (i64::MIN, T0), (0, 10)).await.unwrap(), [id]);
        assert!(!offer(1).await, "that is its key already");
        assert!(offer(2).await && offer(3).await, "one takes the place of the other");
        assert_eq!(agents::find_by_next_key(db, &[2; 32]).await.unwrap(), None);
        assert_eq!(agents::find_by_next_key(db, &[3; 32]).await.unwrap(), Some(id));
        assert!(agents::find_by_key(db, &[1; 32]).await.unwrap().is_some(), "the old one counts");
        let mut all = agents::all_keys(db).await.unwrap();
        all.sort_unstable();
        assert_eq!(all, [[1; 32], [3; 32]]);
        assert!(!change(2, T0 + 7).await && change(3, T0 + 7).await && !change(3, T0 + 8).await);
        assert_eq!(agents::find_by_key(db, &[1; 32]).await.unwrap(), None);
        assert_eq!(agents::find_by_key(db, &[3; 32]).await.unwrap().unwrap().agent, id);
        assert_eq!(key_of().await, (T0 + 7, None));
    })
    .await;
}

#[tokio::test]
async fn keys_of_hosts_that_are_heard_are_old_some_day_and_no_two_agents_offer_the_same() {
    both(async |db| {
        let mut ids = Vec::new();
        for n in 1..=4 {
            let host = db.host(&format!("FS{n}")).await;
            ids.push(db.agent(host, if n == 4 { AgentState::Pending } else { AgentState::Approved }, n).await);
            // The third is silent.
            let heard = Heard { seen_at: if n == 3 { T0 - 1 } else { T0 + 9 }, ..Heard::default() };
            db.write(async |tx| hosts::save_states(tx, &[(host, &heard, None)]).await).await;
        }
        let asked = async |older_than, most| agents::asked_for_keys(db, (older_than, T0), (0, most)).await.unwrap();
        assert!(asked(T0 + 1, 9).await.is_empty());
        let mut old = asked(T0 + 9, 9).await;
        old.sort_unstable();
        assert_eq!(old, ids[..2]);
        let mut turns = HashSet::new();
        for turn in 0..50 {
            let one = agents::asked_for_keys(db, (T0 + 9, T0), (turn, 1)).await.unwrap();
            assert_eq!(one.len(), 1, "so many at once");
            turns.extend(one);
        }
        assert_eq!(turns, ids[..2].iter().copied().collect(), "each has its turn");
        assert!(!db.write(async |tx| agents::ask_for_key(tx, ids[3], T0).await).await, "it may not push");
        db.write(async |tx| agents::offer_key(tx, ids[0], &[9; 32]).await).await;
        let mut tx = db.begin().await.unwrap();
        let error = agents::offer_key(&mut tx, ids[1], &[9; 32]).await.unwrap_err();
        assert!(store::is_duplicate(&error), "{error}");
    })
    .await;
}

#[tokio::test]
async fn those_that_wait_are_counted_by_their_token() {
    both(async |db| {
        let host = db.host("FS01").await;
        let new = |label: &str, secret| NewToken {
            label: label.to_owned(),
            secret_sha256: [secret; 32],
            hint: String::new(),
            group_name: String::new(),
            approve: Approve::Rule,
            max_uses: None,
            expires_at: None,
            ranges: Vec::new(),
        };
        let one = db.write(async |tx| tokens::insert(tx, &new("one", 1), T0).await).await;
        let other = db.write(async |tx| tokens::insert(tx, &new("other", 2), T0).await).await;
        for (key, state) in (0..).zip(AgentState::ALL) {
            let agent = NewAgent { token: Some(one), domain: "corp.example".to_owned(), ..new_agent(host, state, key) };
            db.write(async |tx| agents::insert(tx, &agent, T0).await).await;
        }
        let waiting = async |token| db.write(async |tx| agents::waiting_of(tx, token).await).await;
        assert_eq!((waiting(one).await, waiting(other).await), (2, 0));
        let new = async |token, since| db.write(async |tx| agents::new_of(tx, token, since).await).await;
        assert_eq!(
            (new(one, T0 - 1).await, new(one, T0).await, new(other, 0).await),
            (3, 0, 0),
            "those that did not wait"
        );
        let all = agents::list(db).await.unwrap();
        assert!(all.iter().all(|agent| agent.domain == "corp.example"));
        let (from, to) = (AgentState::Pending, AgentState::Approved);
        let pending = all.iter().find(|agent| agent.state == from).unwrap().id;
        assert!(db.write(async |tx| agents::decide(tx, pending, from, to, T0).await).await);
        assert_eq!(new(one, T0 - 1).await, 3, "whom a person lets in counts against no limit of the day");
    })
    .await;
}
