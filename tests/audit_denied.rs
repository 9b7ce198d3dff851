//! Who asks for what is not there for him, and which machines are turned away: each once an hour.

use highwater::model::AgentId;
use highwater::model::agent::AgentState;
use highwater::model::api_key::Scope;
use highwater::model::audit::Entry;
use highwater::model::role::Role;
use highwater::model::time::HOUR_MS;
use highwater::model::token::Approve;
use highwater::store::{agents, groups};
use highwater_wire::Problem;

use crate::audit::server;
use crate::harness::audit::{done, is_whole};
use crate::harness::caller::Caller;
use crate::harness::person::Person;
use crate::harness::server::{TestServer, batch, machine};
use crate::harness::store::{T0, both};

/// Whose kind, which route, and what else is told of it.
fn denials<'a>(entries: &'a [Entry], field: &str) -> Vec<(&'a str, &'a str, Option<&'a str>)> {
    assert!(entries.iter().all(|one| one.outcome == "refused" && one.address == "127.0.0.1"), "{entries:?}");
    let told = |one: &'a Entry| one.changes.after.get(field).map(String::as_str);
    entries.iter().map(|one| (one.actor_kind.as_str(), one.subject_name.as_str(), told(one))).collect()
}

#[tokio::test]
async fn who_is_confined_and_asks_for_what_he_does_not_see_is_written_down_once_an_hour() {
    both(async |store| {
        let (server, clock) = server(store).await;
        let [paris, lyon] = [store.host("FS01").await, store.host("FS02").await];
        for (host, group) in [(paris, "Paris"), (lyon, "Lyon")] {
            store.write(async |tx| groups::put(tx, &[host], group, "ann", T0).await).await;
        }
        let person = Person::confined(&server, "bob", (Role::Viewer, "Paris")).await;
        let program = Caller::confined(&server, Scope::Read, "Paris").await;
        let eve = Person::signed_in_as(&server, "eve").await;
        let (hidden, below) = (format!("/hosts/{lyon}"), format!("/api/v1/hosts/{lyon}/sessions"));
        let ask = async || {
            for _ in 0..2 {
                for path in [hidden.as_str(), "/hosts/999", "/incidents/999", "/clients/999"] {
                    assert_eq!(person.get(path).await.status, 404, "{path}");
                }
                assert_eq!(program.get(&below).await.status, 404);
                assert_eq!(program.get(&format!("/api/v1/hosts/{paris}")).await.status, 200);
                assert_eq!(person.get("/problems/no-such").await.status, 404);
                assert_eq!(eve.get("/hosts/999").await.status, 404);
            }
        };
        ask().await;
        let denied = done(store, "denied").await;
        let once = [
            ("person", "/hosts/{id}", Some(hidden.as_str())),
            ("person", "/incidents/{id}", Some("/incidents/999")),
            ("person", "/clients/{id}", Some("/clients/999")),
            ("api_key", "/api/v1/hosts/{id}/sessions", Some(below.as_str())),
        ];
        assert_eq!(denials(&denied, "asked"), once, "who sees all hosts only errs");
        assert!(denied.iter().all(|one| one.changes.after["status"] == "404"), "{denied:?}");
        assert_eq!((denied[0].actor_name.as_str(), denied[3].actor_id), ("bob", Some(program.id.0)));
        clock.set(clock.now_at() + HOUR_MS);
        ask().await;
        assert_eq!(done(store, "denied").await.len(), 8, "an hour later once more");
        is_whole(store).await;
        server.stop().await;
    })
    .await;
}

/// Enrols a machine, decides so about it, and tells its key and agent.
async fn decided(server: &TestServer, name: &str, to: AgentState) -> (String, AgentId) {
    let asked = machine(&server.token(Approve::Auto).await, name, 1);
    let key = server.enrol(&asked).await.unwrap().key;
    let mut tx = server.db.begin().await.unwrap();
    let agent = agents::of_machine(&mut tx, &asked.machine_id).await.unwrap().remove(0);
    assert!(agents::decide(&mut tx, agent.id, agent.state, to, server.clock.now_at()).await.unwrap());
    tx.commit().await.unwrap();
    (key, agent.id)
}

#[tokio::test]
async fn machines_that_are_turned_away_are_written_down_once_an_hour_with_the_reason() {
    both(async |store| {
        let (server, clock) = server(store).await;
        let (revoked, first) = decided(&server, "FS01", AgentState::Revoked).await;
        let (banned, second) = decided(&server, "FS02", AgentState::Banned).await;
        let by_hand = server.token(Approve::Hand).await;
        let waiting = server.enrol(&machine(&by_hand, "FS03", 1)).await.unwrap().key;
        let metrics = async || {
            let asked = server.http.get(format!("{}/metrics", server.url)).header("via", "1.1 proxy");
            asked.send().await.unwrap().status().as_u16()
        };
        let ask = async || {
            let nothing = batch(clock.now_at(), 1, Vec::new());
            let status = |answer: Result<_, Problem>| answer.map(|_| ()).unwrap_err().status;
            for n in 0..3 {
                assert_eq!(status(server.push(&format!("hwa_wrong{n}"), &nothing).await), 401);
                let wrong = server.enrol(&machine(&format!("hwe_wrong{n}"), "FS09", 1)).await;
                assert_eq!(wrong.map(|_| ()).unwrap_err().status, 403);
                assert_eq!(metrics().await, 401);
                for key in [&revoked, &banned, &waiting] {
                    assert_eq!(status(server.push(key, &nothing).await), 403);
                }
            }
        };
        ask().await;
        let denied = done(store, "denied").await;
        let once = [
            ("nobody", "/agent/v1/batches", Some("key-unknown")),
            ("nobody", "/agent/v1/enrol", Some("token-refused")),
            ("nobody", "/metrics", Some("metrics-refused")),
            ("agent", "/agent/v1/batches", Some("agent-revoked")),
            ("agent", "/agent/v1/batches", Some("agent-banned")),
        ];
        assert_eq!(denials(&denied, "why"), once, "who waits for a person is not turned away");
        assert_eq!((denied[3].actor_id, denied[4].actor_id), (Some(first.0), Some(second.0)));
        for secret in ["hwa_wrong", "hwe_wrong"] {
            assert!(store.columns_with(secret).await.is_empty(), "{secret}");
        }
        clock.set(clock.now_at() + HOUR_MS);
        ask().await;
        assert_eq!(done(store, "denied").await.len(), 10, "an hour later once more");
        is_whole(store).await;
        server.stop().await;
    })
    .await;
}
