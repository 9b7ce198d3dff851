//! Lists of the API: their parts, as tables, their filters; single resources; and that nothing but problems is told of what is wrong.

use highwater::model::WebhookId;
use highwater::model::api_key::Scope;
use highwater::model::incident::Kind;
use highwater::model::token::Approve;
use highwater::store::incidents::{self, Deed, NewIncident};
use highwater::store::{aliases, groups};
use reqwest::Method;
use serde_json::json;

use crate::harness::caller::{Caller, problem};
use crate::harness::holdings::{clients, event, held, host, record, session_hours, sessions, users};
use crate::harness::outbox;
use crate::harness::person::account;
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

const MINUTE_MS: i64 = 60_000;

/// The fleet of these tests: two hosts, three clients, a user, events, incidents, an agent and its token.
async fn fill(store: &Store, server: &TestServer) {
    let now_at = server.clock.now_at();
    let (fs1, fs2) = (host(store, "FS01", 1).await, host(store, "FS02", 2).await);
    let pcs = clients(store, &["PC-1", "=PC-2", "PC-3"]).await;
    let user = users(store, &["ann"]).await[0];
    sessions(store, fs1, now_at - 1_000, &[(pcs[0], user, 3), (pcs[1], user, 1)]).await;
    let hours: Vec<_> = pcs.iter().zip([5, 3, 1]).map(|(id, h)| (*id, session_hours(h, now_at))).collect();
    held(store, fs1, now_at, 1, &hours).await;
    let all: Vec<_> = (0..3).map(|n| event("Srv", 2022, now_at - n * MINUTE_MS, n.cast_unsigned())).collect();
    record(store, fs1, &all).await;
    for (host, at) in [(fs1, now_at - 600_000), (fs2, now_at - 60_000)] {
        let (from_at, kind) = (at - 60_000, Kind::Full);
        let new = NewIncident { host: Some(host), kind, subject: "", from_at, opened_at: at, is_silenced: false };
        store.write(async |tx| incidents::insert(tx, &new, at).await).await;
    }
    server.key("FS03").await;
    server.token(Approve::Hand).await;
    for url in ["https://a.example/in", "https://b.example/in"] {
        outbox::webhook(store, url, &[outbox::OPENED]).await;
    }
    for body in ["1", "2"] {
        outbox::enqueue(store, WebhookId(1), None, outbox::OPENED, body).await;
    }
    store.write(async |tx| groups::put(tx, &[fs2], "Paris", "ann", now_at).await).await;
}

/// Each list, and how many of each there are at least.
const LISTS: [(&str, usize); 11] = [
    ("hosts", 3),
    ("clients", 3),
    ("events", 3),
    ("incidents", 2),
    ("agents", 3),
    ("tokens", 2),
    ("webhooks", 2),
    ("webhooks/1/deliveries", 2),
    ("groups", 1),
    ("users", 0),
    ("findings", 0),
];

#[tokio::test]
async fn every_list_leads_from_part_to_part_and_is_there_as_a_table() {
    both(async |store| {
        let server = TestServer::start(store).await;
        fill(store, &server).await;
        let admin = Caller::with(&server, Scope::Admin).await;
        for (list, least) in LISTS {
            let (mut path, mut seen) = (format!("/api/v1/{list}?limit=1"), Vec::new());
            loop {
                let part = admin.get(&path).await;
                assert_eq!(part.status, 200, "{path}: {}", part.text);
                let body = part.json();
                seen.extend(
                    body[list.rsplit('/').next().unwrap()]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|one| one.get("id").unwrap_or(&one["name"]).to_string()),
                );
                let link = part.header("link").to_owned();
                let Some(next) = body["next"].as_str() else {
                    assert_eq!(link, "", "{path}");
                    break;
                };
                assert_eq!(link, format!("</api/v1/{list}?limit=1&after={next}>; rel=\"next\""));
                path = link.trim_start_matches('<').split('>').next().unwrap().to_owned();
            }
            assert!(seen.len() >= least, "{list}: {seen:?}");
            let mut once = seen.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), seen.len(), "{list}: nothing comes twice");
            let table = admin.get_with(&format!("/api/v1/{list}"), ("accept", "text/csv")).await;
            assert_eq!(
                (table.status, table.header("content-type")),
                (200, "text/csv; charset=utf-8; header=present"),
                "{list}"
            );
            let rows: Vec<_> = csv::ReaderBuilder::new().from_reader(table.bytes.as_slice()).into_records().collect();
            assert_eq!(rows.len(), seen.len(), "{list}: {}", table.text);
            assert!(rows.iter().all(Result::is_ok), "{list}");
        }
        let table = admin.get_with("/api/v1/clients", ("accept", "text/csv")).await.text;
        assert!(table.contains("\"'=PC-2\""), "no formula: {table}");
        for table in ["sessions", "usage", "gaps", "shares", "changes"] {
            let path = format!("/api/v1/hosts/1/{table}");
            assert_eq!(admin.get_with(&path, ("accept", "text/csv")).await.status, 200, "{path}");
            assert_eq!(admin.get(&path).await.status, 200, "{path}");
        }
        problem(&admin.get_with("/api/v1/hosts/1", ("accept", "text/csv")).await, 406, "not-acceptable");
        problem(&admin.get_with("/api/v1/hosts", ("accept", "image/png")).await, 406, "not-acceptable");
        assert_eq!(admin.get_with("/api/v1/hosts", ("accept", "text/html, */*;q=0.1")).await.status, 200);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn lists_are_filtered_as_their_pages_are() {
    both(async |store| {
        let server = TestServer::start(store).await;
        fill(store, &server).await;
        let ann = account(&server.db, "ann").await;
        let deed = Deed { by: "ann", now_at: server.clock.now_at(), seen_version: None };
        store
            .write(async |tx| incidents::assign(tx, 1_i64.to_string().parse().unwrap(), deed, Some((ann, "ann"))).await)
            .await;
        let admin = Caller::with(&server, Scope::Admin).await;
        for (path, list, count) in [
            ("/api/v1/hosts?group=Paris", "hosts", 1),
            ("/api/v1/hosts?q=paris", "hosts", 1),
            ("/api/v1/hosts?q=", "hosts", 3),
            ("/api/v1/incidents?q=fs02", "incidents", 1),
            ("/api/v1/incidents?group=Paris", "incidents", 1),
            ("/api/v1/incidents?owner=ann", "incidents", 1),
            ("/api/v1/incidents?owner=nobody", "incidents", 0),
            ("/api/v1/incidents?state=unresolved&kind=full", "incidents", 2),
            ("/api/v1/incidents?state=acknowledged", "incidents", 0),
            ("/api/v1/agents?state=approved", "agents", 3),
            ("/api/v1/agents?q=machine-1", "agents", 1),
            ("/api/v1/clients?q=pc-3", "clients", 1),
            ("/api/v1/clients?group=Paris", "clients", 0),
            ("/api/v1/clients?host=1&by=peak", "clients", 3),
        ] {
            let answer = admin.get(path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            assert_eq!(answer.json()[list].as_array().unwrap().len(), count, "{path}: {}", answer.text);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn one_client_one_user_one_agent_and_one_token_are_told_of() {
    both(async |store| {
        let server = TestServer::start(store).await;
        fill(store, &server).await;
        let admin = Caller::with(&server, Scope::Admin).await;
        let all = admin.json("/api/v1/clients").await;
        let (first, second) = (all["clients"][0]["id"].clone(), all["clients"][1]["id"].clone());
        let path = format!("/api/v1/clients/{first}");
        let one = admin.json(&path).await;
        assert_eq!(
            (&one["name"], &one["session_secs"], &one["host_ids"]),
            (&json!("PC-1"), &json!(18_000), &json!([1]))
        );
        // Of a single host the newest hour is counted too: a session of a second ago.
        let on_host = &one["on_hosts"][0];
        assert!(on_host["host"] == "FS01" && on_host["session_secs"].as_i64() >= Some(18_000), "{one}");
        for nobody in ["-9223372036854775808", "9223372036854775807", "0"] {
            let none = admin.json(&format!("/api/v1/clients?host={nobody}")).await;
            assert_eq!((&none["total"], &none["clients"]), (&json!(0), &json!([])), "no host has held nothing");
        }
        let before = admin.json(&format!("{path}?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z")).await;
        assert_eq!(
            (&before["session_secs"], &before["peak_at"], &before["on_hosts"]),
            (&json!(0), &json!(null), &json!([]))
        );
        let id = |value: &serde_json::Value| value.to_string().parse().unwrap();
        store.write(async |tx| aliases::merge(tx, id(&first), id(&second), "ann", 0).await).await;
        let merged = admin.json(&format!("/api/v1/clients/{second}")).await;
        assert_eq!((&merged["id"], &merged["other_names"]), (&first, &json!(["=PC-2"])));
        assert_eq!(admin.json("/api/v1/users/1").await["name"], json!("ann"));
        let agent = admin.json("/api/v1/agents?q=FS03").await["agents"][0].clone();
        assert_eq!(admin.json(&format!("/api/v1/agents/{}", agent["id"])).await, agent);
        assert_eq!((&agent["state"], &agent["name"]), (&json!("approved"), &json!("FS03")));
        let tokens = admin.get("/api/v1/tokens").await;
        assert!(!tokens.text.contains("sha256"), "{}", tokens.text);
        let token = tokens.json()["tokens"][0].clone();
        assert_eq!(admin.json(&format!("/api/v1/tokens/{}", token["id"])).await, token);
        assert!(token["hint"].as_str().unwrap().len() == 10, "{token}");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn whatever_is_wrong_is_told_as_a_problem() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    fill(&store, &server).await;
    let admin = Caller::with(&server, Scope::Admin).await;
    for noun in ["hosts", "clients", "users", "events", "incidents", "agents", "tokens", "webhooks"] {
        for id in ["x", "-1", "0", "999999", "9223372036854775808", "1.5", "%ff", "%00", "1%2f2", "%C3%28"] {
            problem(&admin.get(&format!("/api/v1/{noun}/{id}")).await, 404, "not-found");
        }
    }
    for path in
        ["/api/v1/hosts/%ff/sessions", "/api/v1/hosts/7777/gaps", "/api/v1/nothing", "/api/v1/", "/api/v2/hosts"]
    {
        problem(&admin.get(path).await, 404, "not-found");
    }
    for query in ["x=1", "q=%ff&x", "limit=0", "limit=x", "limit=10001", "after=x", "after=-1", "level=%00"] {
        problem(&admin.get(&format!("/api/v1/hosts?{query}")).await, 400, "bad-request");
    }
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let refused = admin.send(method.clone(), "/api/v1/hosts", &[], None).await;
        problem(&refused, 405, "method");
        assert_eq!(refused.header("allow"), "GET,HEAD", "{method}");
    }
}
