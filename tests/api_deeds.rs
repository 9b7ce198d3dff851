//! What programs do about incidents: each deed, once, to the version that was seen.

use highwater::model::IncidentId;
use highwater::model::api_key::Scope;
use highwater::model::incident::Kind;
use highwater::store::incidents::{self, NewIncident};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::caller::{Caller, problem};
use crate::harness::person::{Person, account};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

async fn open(store: &Store, name: &str, opened_at: i64) -> IncidentId {
    let host = store.host(name).await;
    let (from_at, kind) = (opened_at - 60_000, Kind::Full);
    let new = NewIncident { host: Some(host), kind, subject: "", from_at, opened_at, is_silenced: false };
    store.write(async |tx| incidents::insert(tx, &new, opened_at).await).await.unwrap()
}

#[tokio::test]
async fn a_program_takes_care_of_an_incident_from_its_opening_to_its_end() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let id = open(store, "FS01", server.clock.now_at() - 600_000).await;
        account(&server.db, "bob").await;
        let tickets = Caller::with(&server, Scope::WriteIncidents).await;
        let path = format!("/api/v1/incidents/{id}");
        let deed = async |deed: &str, body: Option<Value>| {
            let answer = tickets.post(&format!("{path}/{deed}"), &[], body.as_ref()).await;
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (200, "application/json"),
                "{deed}: {}",
                answer.text
            );
            let one = answer.json();
            assert_eq!(answer.header("etag"), format!("\"{}\"", one["version"]));
            (one["state"].as_str().unwrap().to_owned(), one["owner"].clone(), one["version"].as_u64().unwrap())
        };
        let is = |state: &str, owner: Value, version: u64| (state.to_owned(), owner, version);
        assert_eq!(deed("acknowledge", None).await, is("acknowledged", json!(null), 2));
        assert_eq!(deed("acknowledge", Some(json!({}))).await, is("acknowledged", json!(null), 2), "once is enough");
        assert_eq!(deed("assign", Some(json!({ "owner": "bob" }))).await, is("acknowledged", json!("bob"), 3));
        assert_eq!(deed("comment", Some(json!({ "text": "Five are free.\nBye" }))).await.2, 4);
        let link = json!({ "name": "INC0041207", "url": "https://tickets.example/1" });
        assert_eq!(deed("link", Some(link.clone())).await.2, 5);
        assert_eq!(deed("link", Some(link)).await.2, 5);
        assert_eq!(deed("link", Some(json!({ "name": "INC2" }))).await.2, 6);
        assert_eq!(deed("unlink", Some(json!({ "name": "INC2" }))).await.2, 7);
        assert_eq!(deed("assign", Some(json!({ "owner": null }))).await, is("acknowledged", json!(null), 8));
        assert_eq!(deed("resolve", Some(json!({ "text": "Closed." }))).await, is("resolved", json!(null), 9));
        problem(&tickets.post(&format!("{path}/acknowledge"), &[], None).await, 409, "conflict");
        assert_eq!(deed("reopen", None).await, is("open", json!(null), 10));
        assert_eq!(deed("acknowledge", Some(json!({ "owner": "bob" }))).await, is("acknowledged", json!("bob"), 11));
        let whole = tickets.json(&path).await;
        let told: Vec<_> = whole["timeline"].as_array().unwrap().iter().map(|e| e["what"].as_str().unwrap()).collect();
        assert_eq!(
            told,
            [
                "opened",
                "acknowledged",
                "assigned",
                "commented",
                "linked",
                "linked",
                "unlinked",
                "assigned",
                "resolved",
                "reopened",
                "acknowledged"
            ]
        );
        assert_eq!(whole["timeline"][1]["by"], json!(tickets.signature()));
        assert_eq!(
            (&whole["tickets"][0]["name"], whole["tickets"].as_array().unwrap().len()),
            (&json!("INC0041207"), 1)
        );
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_person_s_script_acts_under_the_person_s_name() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let id = open(&store, "FS01", server.clock.now_at() - 600_000).await;
    let person = Person::signed_in_as(&server, "ann").await;
    let token = person.get("/settings/keys").await.attribute("input[name=csrf]", "value").unwrap();
    let answer =
        person.post_json(&format!("/api/v1/incidents/{id}/acknowledge"), &[("x-csrf-token", &token)], &json!({})).await;
    assert_eq!((answer.status, &answer.json()["owner"]), (200, &json!("ann")));
}

#[tokio::test]
async fn what_was_seen_is_what_is_changed_or_nothing() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let id = open(store, "FS01", server.clock.now_at() - 600_000).await;
        let tickets = Caller::with(&server, Scope::WriteIncidents).await;
        let path = format!("/api/v1/incidents/{id}");
        let seen = tickets.get(&path).await.header("etag").to_owned();
        let comment = async |tag: &str| {
            tickets.post(&format!("{path}/comment"), &[("if-match", tag)], Some(&json!({ "text": "x" }))).await
        };
        let first = comment(&seen).await;
        assert_eq!((first.status, first.header("etag")), (200, "\"2\""));
        let said = problem(&comment(&seen).await, 412, "outdated");
        assert!(said.contains("\"2\""), "{said}");
        problem(&comment("W/\"2\"").await, 412, "outdated");
        problem(&comment("\"2\", \"3\"").await, 400, "bad-request");
        assert_eq!((comment("\"2\"").await.status, comment("*").await.status), (200, 200));
        let read = tickets.get(&path).await.header("etag").to_owned();
        assert!(read.starts_with("\"4-"), "{read}");
        assert_eq!(comment(&read).await.header("etag"), "\"5\"");
        problem(&comment(&read).await, 412, "outdated");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn under_one_name_it_is_done_once_and_answered_alike() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let id = open(store, "FS01", server.clock.now_at() - 600_000).await;
        let (tickets, other) =
            (Caller::with(&server, Scope::WriteIncidents).await, Caller::with(&server, Scope::WriteIncidents).await);
        let path = format!("/api/v1/incidents/{id}/comment");
        let send = async |caller: &Caller, key: &str, text: &str| {
            caller.post(&path, &[("idempotency-key", key)], Some(&json!({ "text": text }))).await
        };
        let first = send(&tickets, "one", "x").await;
        assert_eq!((first.status, first.header("idempotency-replayed")), (200, ""));
        let again = send(&tickets, "\"one\"", "x").await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (200, "true"));
        assert_eq!((&again.text, again.header("etag")), (&first.text, first.header("etag")));
        problem(&send(&tickets, "one", "y").await, 422, "idempotency-key-reused");
        let another = tickets.post(&path.replace("comment", "resolve"), &[("idempotency-key", "one")], None).await;
        problem(&another, 422, "idempotency-key-reused");
        // Another caller's name is another's, and a refusal is not kept.
        assert_eq!(send(&other, "one", "x").await.header("idempotency-replayed"), "");
        problem(&send(&tickets, "two", "").await, 422, "unprocessable");
        assert_eq!(send(&tickets, "two", "z").await.status, 200);
        problem(&send(&tickets, "", "z").await, 400, "bad-request");
        assert_eq!(incidents::entries(store, id).await.unwrap().len(), 4, "opened, and three comments");
        server.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_under_one_name_one_is_done() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let id = open(store, "FS01", server.clock.now_at() - 600_000).await;
        let tickets = Caller::with(&server, Scope::WriteIncidents).await;
        let path = format!("/api/v1/incidents/{id}/comment");
        let body = json!({ "text": "x" });
        let send = || tickets.post(&path, &[("idempotency-key", "one")], Some(&body));
        let (a, b, c, d, e, f) = tokio::join!(send(), send(), send(), send(), send(), send());
        for answer in [&a, &b, &c, &d, &e, &f] {
            if answer.status == 409 {
                problem(answer, 409, "in-progress");
                assert_eq!(answer.header("retry-after"), "1");
            } else {
                assert_eq!(answer.status, 200, "{}", answer.text);
            }
        }
        let again = send().await;
        assert_eq!((again.status, again.header("idempotency-replayed")), (200, "true"));
        assert_eq!(incidents::entries(store, id).await.unwrap().len(), 2);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_as_a_problem() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let id = open(&store, "FS01", server.clock.now_at() - 600_000).await;
    let tickets = Caller::with(&server, Scope::WriteIncidents).await;
    let path = |deed: &str| format!("/api/v1/incidents/{id}/{deed}");
    let send = async |deed: &str, kind: &str, body: &str| {
        tickets.send(Method::POST, &path(deed), &[("content-type", kind)], Some(body.to_owned())).await
    };
    problem(&send("comment", "text/plain", "{}").await, 415, "media-type");
    problem(&send("comment", "application/json", "{").await, 400, "bad-request");
    problem(&send("comment", "application/json", &" ".repeat(70_000)).await, 413, "body-too-large");
    for (deed, body) in [
        ("comment", json!({})),
        ("comment", json!({ "text": 7 })),
        ("comment", json!({ "text": "x", "by": "ann" })),
        ("comment", json!({ "text": "\u{1b}[2J" })),
        ("comment", json!({ "text": "x".repeat(4_001) })),
        ("comment", json!(["x"])),
        ("assign", json!({})),
        ("assign", json!({ "owner": "nobody" })),
        ("acknowledge", json!({ "owner": "nobody" })),
        ("link", json!({ "name": " " })),
        ("link", json!({ "name": "INC1", "url": "javascript:alert(1)" })),
        ("unlink", json!({ "name": "" })),
    ] {
        problem(&send(deed, "application/json", &body.to_string()).await, 422, "unprocessable");
    }
    problem(&tickets.post(&path("resolve?x=1"), &[], None).await, 400, "bad-request");
    problem(&tickets.post(&path("resolve"), &[("accept", "text/csv")], None).await, 406, "not-acceptable");
    for nothing in ["/api/v1/incidents/x/resolve", "/api/v1/incidents/%ff/resolve", "/api/v1/incidents/99/resolve"] {
        problem(&tickets.post(nothing, &[], None).await, 404, "not-found");
    }
    let method = tickets.get(&path("resolve")).await;
    problem(&method, 405, "method");
    assert_eq!(method.header("allow"), "POST");
    assert_eq!(incidents::entries(&store, id).await.unwrap().len(), 1, "nothing was done");
}
