//! The API for programs: its shapes, what is null, and what it says of bad parameters.

use serde_json::{Value, json};

use crate::harness::holdings::{clients, event, held, host, record, session_hours, sessions, users};
use crate::harness::person::Person;
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

const MINUTE_MS: i64 = 60_000;

fn instant(at: i64) -> String {
    let at = highwater::web::api::Instant(at);
    serde_json::to_value(at).unwrap().as_str().unwrap().to_owned()
}

#[tokio::test]
async fn hosts_carry_their_level_and_newest_figures_and_null_for_what_is_not_known() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let (busy, quiet) = (host(store, "FS01", 1).await, host(store, "FS02", 2).await);
        let (pc, user) = (clients(store, &["PC-1"]).await[0], users(store, &["ann"]).await[0]);
        sessions(store, busy, now_at - 1_000, &[(pc, user, 3), (pc, user, 0)]).await;
        let all = person.json("/api/v1/hosts").await;
        let of = |name: &str| all["hosts"].as_array().unwrap().iter().find(|h| h["name"] == name).unwrap().clone();
        assert_eq!(of("FS01")["level"], "calm");
        let now = &of("FS01")["now"];
        assert_eq!(
            (&now["sessions"], &now["clients"], &now["opens"], &now["saturation"]),
            (&json!(2), &json!(1), &json!(3), &json!(0.1))
        );
        assert_eq!(now["limit"], json!({ "sessions": 20, "unlimited": false, "source": "api" }));
        assert_eq!(now["taken_at"], instant(now_at - 1_000));
        assert_eq!((of("FS02")["level"].clone(), of("FS02")["now"].clone()), (json!("unknown"), Value::Null));
        let some = person.json("/api/v1/hosts?level=calm&q=fs").await;
        assert_eq!(some["hosts"].as_array().unwrap().len(), 1);
        let one = person.json(&format!("/api/v1/hosts/{quiet}")).await;
        assert_eq!((one["id"].clone(), one["settings"].clone()), (json!(quiet.0), json!({})));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn sessions_at_an_instant_are_those_of_the_snapshot_that_held_true() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let fs = host(store, "FS01", 1).await;
        let (pcs, user) = (clients(store, &["PC-1", "PC-2"]).await, users(store, &["ann"]).await[0]);
        sessions(store, fs, now_at - 60 * MINUTE_MS, &[(pcs[0], user, 3)]).await;
        sessions(store, fs, now_at - 1_000, &[(pcs[0], user, 3), (pcs[1], user, 1)]).await;
        let at = async |at: i64| person.json(&format!("/api/v1/hosts/{fs}/sessions?at={}", instant(at))).await;
        let names = |answer: &Value| -> Vec<String> {
            let sessions = answer["snapshot"]["sessions"].as_array().unwrap();
            sessions.iter().map(|s| s["client"].as_str().unwrap().to_owned()).collect()
        };
        let now = person.json(&format!("/api/v1/hosts/{fs}/sessions")).await;
        assert_eq!(
            (names(&now), &now["snapshot"]["holds"]),
            (vec!["PC-1".to_owned(), "PC-2".to_owned()], &json!(true))
        );
        assert_eq!(now["snapshot"]["sessions"][0]["idle_secs"], 1);
        let then = at(now_at - 59 * MINUTE_MS).await;
        assert_eq!((names(&then), &then["snapshot"]["holds"]), (vec!["PC-1".to_owned()], &json!(true)));
        let gap = at(now_at - 30 * MINUTE_MS).await;
        assert_eq!(gap["snapshot"]["holds"], false);
        assert_eq!(at(now_at - 90 * MINUTE_MS).await["snapshot"], Value::Null);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn usage_and_gaps_of_a_host_come_in_order_and_only_where_something_was_observed() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let fs = host(store, "FS01", 1).await;
        let (pc, user) = (clients(store, &["PC-1"]).await[0], users(store, &["ann"]).await[0]);
        sessions(store, fs, now_at - 10 * MINUTE_MS, &[(pc, user, 3)]).await;
        store
            .write(async |tx| {
                let hour_at = highwater::model::time::hour_start(now_at - 10 * MINUTE_MS);
                let unit = highwater::model::unit::Unit::HostHour { hour_at, host: fs };
                highwater::store::work::touch(tx, &[(unit, i64::MAX)]).await
            })
            .await;
        let usage = person.json(&format!("/api/v1/hosts/{fs}/usage")).await;
        let cells = usage["cells"].as_array().unwrap();
        assert_eq!(usage["step_secs"], 300);
        assert!(!cells.is_empty() && cells.len() <= 2, "{usage}");
        assert_eq!((&cells[0]["peak"]["sessions"], &cells[0]["max_saturation"]), (&json!(1), &json!(0.05)));
        let gaps = person.json(&format!("/api/v1/hosts/{fs}/gaps")).await;
        assert_eq!(gaps["gaps"], json!([]));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn clients_are_ranked_and_cut_and_say_how_many_there_are() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let fs = host(store, "FS01", 1).await;
        let pcs = clients(store, &["PC-1", "PC-2"]).await;
        held(store, fs, now_at, 1, &[(pcs[0], session_hours(2, now_at)), (pcs[1], session_hours(5, now_at))]).await;
        let top = person.json("/api/v1/clients?limit=1").await;
        assert_eq!((&top["total"], &top["by"]), (&json!(2), &json!("session-hours")));
        let first = &top["clients"][0];
        assert_eq!(
            (&first["name"], &first["session_secs"], &first["host_ids"]),
            (&json!("PC-2"), &json!(18_000), &json!([fs.0]))
        );
        let found = person.json("/api/v1/clients?q=pc-1").await;
        assert_eq!(found["clients"].as_array().unwrap().len(), 1);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn events_are_paged_by_what_the_answer_says_comes_next() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let fs = host(store, "FS01", 1).await;
        let all: Vec<_> = (0..5).map(|n| event("Srv", 2022, now_at - n * MINUTE_MS, n.cast_unsigned())).collect();
        record(store, fs, &all).await;
        let mut path = "/api/v1/events?limit=2&class=capacity".to_owned();
        let mut seen = Vec::new();
        loop {
            let page = person.json(&path).await;
            seen.extend(page["events"].as_array().unwrap().iter().map(|e| e["record_id"].as_u64().unwrap()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/api/v1/events?limit=2&class=capacity&after={next}");
        }
        assert_eq!(seen, [0, 1, 2, 3, 4]);
        let first = person.json("/api/v1/events?limit=1").await["events"][0].clone();
        assert_eq!((&first["title"], first.get("xml")), (&json!("No free connections were left"), None));
        let one = person.json(&format!("/api/v1/events/{}", first["id"])).await;
        assert!(one["xml"].as_str().unwrap().starts_with("<Event>"));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_bad_parameter_is_named_with_what_is_allowed() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    host(&store, "FS01", 1).await;
    for (path, words) in [
        ("/api/v1/hosts?level=bad", "The parameter level is \"bad\"; it has to be one of full, "),
        ("/api/v1/hosts?hots=1", "There is no parameter \"hots\" here."),
        ("/api/v1/hosts/1/sessions?at=yesterday", "The parameter at is \"yesterday\""),
        ("/api/v1/hosts/1/usage?step=2m", "The parameter step is \"2m\"; it has to be 5m or 1h."),
        ("/api/v1/clients?by=luck", "The parameter by is \"luck\""),
        ("/api/v1/clients?limit=0", "The parameter limit is \"0\"; it has to be a number from 1 to 10000."),
        ("/api/v1/events?class=x", "The parameter class is \"x\""),
        ("/api/v1/events?after=x", "The parameter after is \"x\""),
    ] {
        let answer = person.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"), "{path}");
        let problem: Value = serde_json::from_str(&answer.text).unwrap();
        assert!(problem["detail"].as_str().unwrap().starts_with(words), "{path}: {}", problem["detail"]);
    }
    for path in ["/api/v1/hosts/77", "/api/v1/hosts/x", "/api/v1/hosts/77/usage", "/api/v1/events/77"] {
        let answer = person.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (404, "application/problem+json"), "{path}");
    }
}
