use std::collections::{BTreeMap, BTreeSet, HashSet};

use highwater::model::HostId;
use highwater::model::agent::AgentState;
use highwater::model::host::{Facts, Heard, HostState, Now};
use highwater::model::limit::{Limit, LimitSource};
use highwater::model::sight::Sight;
use highwater::model::snapshot::Totals;
use highwater::store::{groups, hosts};

use crate::harness::store::{T0, both};

fn facts(observed_at: i64, name: &str) -> Facts {
    Facts {
        observed_at,
        name: name.to_owned(),
        fqdn: "fs01.corp.example".to_owned(),
        domain: "CORP".to_owned(),
        cluster: "FSCLUSTER".to_owned(),
        is_domain_controller: true,
        addresses: vec!["10.1.2.3".to_owned(), "fd00::3".to_owned()],
        os: "Windows Server 2022 Standard".to_owned(),
        os_build: "20348.2700".to_owned(),
        time_zone: "Europe/Paris".to_owned(),
        settings: BTreeMap::from([("AutoDisconnectTimeout".to_owned(), "15".to_owned())]),
        ..Facts::default()
    }
}

fn heard(seen_at: i64) -> Heard {
    Heard {
        seen_at,
        agent_version: "0.1.0".to_owned(),
        boot_id: "boot".to_owned(),
        queued_records: 3,
        clock_skew_ms: -250,
    }
}

fn known(taken_at: i64) -> Now {
    Now {
        taken_at,
        source: "win32-502".to_owned(),
        sampling_secs: 15,
        partial: true,
        totals: Totals {
            sessions: 18,
            clients: 7,
            opens: Some(u64::from(u32::MAX) + 1),
            idle_sessions: Some(4),
            zero_open_sessions: Some(0),
        },
        limit: Limit { sessions: Some(20), unlimited: false, source: LimitSource::AssumedEdition },
    }
}

#[tokio::test]
async fn a_host_keeps_the_newest_that_it_said_of_itself() {
    both(async |db| {
        let id = db.host("FS01").await;
        let fresh = hosts::find(db, id).await.unwrap().unwrap();
        assert_eq!((fresh.name.as_str(), fresh.addresses.len(), fresh.settings.len()), ("FS01", 0, 0));

        for (observed_at, name) in [(T0, "OLD"), (T0 + 2, "NEW"), (T0 + 1, "LATE")] {
            db.write(async |tx| hosts::save_facts(tx, id, &facts(observed_at, name)).await).await;
        }
        let host = hosts::find(db, id).await.unwrap().unwrap();
        let expected = facts(T0 + 2, "NEW");
        assert_eq!((host.id, host.name, host.fqdn, host.domain), (id, expected.name, expected.fqdn, expected.domain));
        assert_eq!((host.cluster, host.is_domain_controller), (expected.cluster, true));
        assert_eq!((host.addresses, host.os, host.os_build), (expected.addresses, expected.os, expected.os_build));
        assert_eq!((host.time_zone, host.settings), (expected.time_zone, expected.settings));
        assert_eq!(hosts::find(db, HostId(99)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn hosts_are_found_by_their_groups_and_those_in_none_by_no_name() {
    both(async |db| {
        let ids = [db.host("FS01").await, db.host("FS02").await, db.host("FS03").await, db.host("FS04").await];
        for (host, group) in [(ids[0], "Paris"), (ids[1], "paris"), (ids[2], "Lyon's")] {
            db.write(async |tx| groups::put(tx, &[host], group, "ann", T0).await).await;
        }
        let of = async |names: &[&str]| {
            let names: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
            hosts::seen_by(db, &Sight::Groups(names)).await.unwrap()
        };
        assert_eq!(hosts::seen_by(db, &Sight::All).await.unwrap(), HashSet::from(ids));
        assert_eq!((of(&[]).await, of(&[""]).await.len()), (HashSet::new(), 0));
        assert_eq!(of(&["Paris"]).await, HashSet::from([ids[0]]));
        let since = hosts::seen_since(db, &Sight::of(["Lyon's", "Paris"]).unwrap()).await.unwrap();
        assert_eq!(since, [(ids[0], T0), (ids[2], T0)]);
        assert_eq!(of(&["Paris", "Lyon's", "Rome", "a\0b"]).await, HashSet::from([ids[0], ids[2]]));
        assert_eq!(hosts::group_of(db, ids[2]).await.unwrap().as_deref(), Some("Lyon's"));
        assert_eq!(hosts::group_of(db, ids[3]).await.unwrap().as_deref(), Some(""));
        assert_eq!(hosts::group_of(db, HostId(99)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_state_is_read_back_with_every_figure() {
    both(async |db| {
        let id = db.host("FS01").await;
        assert_eq!(hosts::one_now(db, id).await.unwrap().unwrap().state, None);
        assert_eq!(hosts::one_now(db, HostId(99)).await.unwrap(), None);
        assert!(db.write(async |tx| hosts::newest_at(tx, &[id]).await).await.is_empty());

        db.write(async |tx| hosts::save_states(tx, &[(id, &heard(T0), None)]).await).await;
        let mut state = HostState {
            seen_at: T0,
            agent_version: "0.1.0".to_owned(),
            queued_records: 3,
            clock_skew_ms: -250,
            now: None,
        };
        assert_eq!(hosts::one_now(db, id).await.unwrap().unwrap().state.as_ref(), Some(&state));

        db.write(async |tx| hosts::save_states(tx, &[(id, &heard(T0 + 1), Some(&known(T0)))]).await).await;
        (state.seen_at, state.now) = (T0 + 1, Some(known(T0)));
        assert_eq!(hosts::one_now(db, id).await.unwrap().unwrap().state, Some(state));
    })
    .await;
}

#[tokio::test]
async fn what_a_source_does_not_know_comes_back_as_unknown() {
    both(async |db| {
        let id = db.host("FS01").await;
        let bare = Now {
            partial: false,
            totals: Totals { opens: None, idle_sessions: None, zero_open_sessions: None, ..known(T0).totals },
            limit: Limit { sessions: None, unlimited: true, source: LimitSource::SambaConf },
            ..known(T0)
        };
        db.write(async |tx| hosts::save_states(tx, &[(id, &heard(T0), Some(&bare))]).await).await;
        assert_eq!(hosts::one_now(db, id).await.unwrap().unwrap().state.unwrap().now, Some(bare));
    })
    .await;
}

#[tokio::test]
async fn an_older_snapshot_never_replaces_a_newer_one() {
    both(async |db| {
        let id = db.host("FS01").await;
        db.write(async |tx| hosts::save_states(tx, &[(id, &heard(T0), Some(&known(T0 + 60_000)))]).await).await;
        db.write(async |tx| hosts::save_states(tx, &[(id, &heard(T0 + 5), Some(&known(T0)))]).await).await;
        let state = hosts::one_now(db, id).await.unwrap().unwrap().state.unwrap();
        assert_eq!((state.seen_at, state.now.unwrap().taken_at), (T0 + 5, T0 + 60_000));
        let newest = db.write(async |tx| hosts::newest_at(tx, &[id, HostId(99)]).await).await;
        assert_eq!(newest, [(id, T0 + 60_000)].into());
        // An agent that drains its spool without snapshots leaves them alone.
        db.write(async |tx| hosts::save_states(tx, &[(id, &heard(T0 + 6), None)]).await).await;
        let state = hosts::one_now(db, id).await.unwrap().unwrap().state.unwrap();
        assert_eq!((state.seen_at, state.now.unwrap().taken_at), (T0 + 6, T0 + 60_000));
    })
    .await;
}

#[tokio::test]
async fn the_fleet_comes_by_name_without_case_each_host_once() {
    both(async |db| {
        let mut expected = Vec::new();
        for (place, identity) in [(3, "fs10"), (1, "FS02"), (0, "fs01"), (2, "fs02")] {
            let host = db.host(identity).await;
            // More than one agent must not double the host.
            let key = u8::try_from(place * 10).unwrap();
            db.agent(host, AgentState::Revoked, key + 1).await;
            db.agent(host, AgentState::Pending, key + 2).await;
            expected.push((place, host));
        }
        expected.sort_unstable();
        let fleet = hosts::all_now(db).await.unwrap();
        assert_eq!(hosts::count(db).await.unwrap(), 4);
        let ids: Vec<_> = fleet.iter().map(|h| h.id).collect();
        assert_eq!(ids, expected.into_iter().map(|(_, id)| id).collect::<Vec<_>>());
        assert_eq!(hosts::one_now(db, fleet[1].id).await.unwrap().as_ref(), Some(&fleet[1]));
    })
    .await;
}

#[tokio::test]
async fn a_host_shows_the_agent_that_may_push_else_the_newest() {
    both(async |db| {
        let host = db.host("FS01").await;
        let state = async || hosts::all_now(db).await.unwrap()[0].agent_state;
        assert_eq!(state().await, None);
        db.agent(host, AgentState::Revoked, 1).await;
        assert_eq!(state().await, Some(AgentState::Revoked));
        db.agent(host, AgentState::Approved, 2).await;
        db.agent(host, AgentState::Conflict, 3).await;
        assert_eq!(state().await, Some(AgentState::Approved));
        assert_eq!(hosts::one_now(db, host).await.unwrap().unwrap().agent_state, Some(AgentState::Approved));
        let other = db.host("FS02").await;
        db.agent(other, AgentState::Banned, 4).await;
        db.agent(other, AgentState::Pending, 5).await;
        assert_eq!(hosts::one_now(db, other).await.unwrap().unwrap().agent_state, Some(AgentState::Pending));
    })
    .await;
}

#[tokio::test]
async fn a_host_in_short_says_what_the_whole_one_says() {
    both(async |db| {
        let (busy, quiet) = (db.host("fs02").await, db.host("FS01").await);
        let of = |limit: Limit, opens: Option<u64>| {
            let now = known(T0);
            Now { limit, totals: Totals { opens, ..now.totals }, ..now }
        };
        let limits = [
            (Limit { sessions: Some(20), unlimited: false, source: LimitSource::Api }, Some(3)),
            (Limit { sessions: None, unlimited: true, source: LimitSource::Api }, None),
            (Limit::UNKNOWN, Some(0)),
        ];
        for ((limit, opens), later) in limits.into_iter().zip(0..) {
            let now = Now { taken_at: T0 + later, ..of(limit, opens) };
            db.write(async |tx| hosts::save_states(tx, &[(busy, &heard(T0 + later), Some(&now))]).await).await;
            let (short, whole) = (hosts::in_short(db).await.unwrap(), hosts::all_now(db).await.unwrap());
            assert_eq!(short.iter().map(|h| h.id).collect::<Vec<_>>(), [quiet, busy]);
            for (short, whole) in short.iter().zip(&whole) {
                assert_eq!((short.id, &short.name, &short.group_name), (whole.id, &whole.name, &whole.group_name));
                assert_eq!(short.seen_at, whole.state.as_ref().map(|s| s.seen_at));
                let now = whole.state.as_ref().and_then(|s| s.now.as_ref());
                assert_eq!(short.saturation(), now.and_then(Now::saturation));
                assert_eq!(short.now.map(|n| n.knows_opens), now.map(|n| n.totals.opens.is_some()));
                assert_eq!(short.now.map(|n| n.knows_idle), now.map(|n| n.totals.idle_sessions.is_some()));
                for at in [T0, T0 + 600_000] {
                    assert_eq!(short.level(at), whole.level(at));
                }
            }
            let mut some = hosts::some_now(db, &[busy, quiet, HostId(99)]).await.unwrap();
            some.sort_by_key(|host| std::cmp::Reverse(host.id));
            assert_eq!(some, whole);
            let clients =
                whole.iter().filter_map(|host| Some((host.id, host.state.as_ref()?.now.as_ref()?.totals.clients)));
            assert_eq!(hosts::clients(db).await.unwrap(), clients.collect());
        }
        db.write(async |tx| hosts::save_facts(tx, busy, &facts(T0, "FS02")).await).await;
        for (text, found) in
            [("fs", vec![busy, quiet]), ("server 2022", vec![busy]), ("CORP.example", vec![busy]), ("zz", vec![])]
        {
            assert_eq!(hosts::matching(db, text).await.unwrap(), found.into_iter().collect(), "{text}");
        }
    })
    .await;
}
