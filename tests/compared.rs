//! Two moments of a host beside each other: on its page, and in the API.

use highwater::model::{ClientId, HostId, UserId};
use serde_json::{Value, json};

use crate::harness::holdings::{clients, host, sessions, users};
use crate::harness::person::{Person, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

const MINUTE_MS: i64 = 60_000;

/// A host an hour ago and now: PC-1 stays and opens more files, PC-2 goes, PC-3 and another session of PC-1 come.
async fn two_moments(store: &Store, now_at: i64) -> HostId {
    let fs = host(store, "FS01", 1).await;
    let pcs = clients(store, &["PC-1", "PC-2", "PC-3"]).await;
    let who = users(store, &["ann", "bob"]).await;
    let session = |pc: usize, user: usize, opens: u32| -> (ClientId, UserId, u32) { (pcs[pc], who[user], opens) };
    sessions(store, fs, now_at - 60 * MINUTE_MS, &[session(0, 0, 3), session(1, 0, 1)]).await;
    sessions(store, fs, now_at - 1_000, &[session(0, 0, 7), session(0, 1, 0), session(2, 0, 2)]).await;
    fs
}

fn spaced(texts: Vec<String>) -> Vec<String> {
    texts.into_iter().map(|text| text.replace('\u{a0}', " ")).collect()
}

#[tokio::test]
async fn a_host_s_page_says_who_came_and_went_between_two_moments() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let fs = two_moments(store, now_at).await;
        let plain = person.page(&format!("/hosts/{fs}")).await;
        assert!(texts(&plain, "#difference").is_empty() && texts(&plain, "td[data-label='Change']").is_empty());
        let then = now_at - 59 * MINUTE_MS;
        let page = person.page(&format!("/hosts/{fs}?compared_with={then}")).await;
        let said = spaced(texts(&page, "#difference")).remove(0);
        assert!(
            said.ends_with(
                ": 2 sessions came, 1 went, 1 stayed, 1 of them with another number of opens. At the other moment there \
                 were 2 sessions by 2 clients."
            ),
            "{said}"
        );
        assert_eq!(texts(&page, "#sessions td[data-label='Change']"), ["went", "came", "came", "opens were 3"]);
        assert_eq!(texts(&page, "#sessions td .name"), ["PC-2", "PC-1", "PC-3", "PC-1"]);
        // The same seen from the other side: what came is still what the later moment has.
        let back = person.page(&format!("/hosts/{fs}?at={then}&compared_with={now_at}&sort=-opens")).await;
        let changes = |said: &str| said.split(". ").next().unwrap().to_owned();
        assert_eq!(changes(&spaced(texts(&back, "#difference"))[0]), changes(&said));
        assert_eq!(texts(&back, "#sessions td[data-label='Opens']"), ["0", "1", "2", "7"]);
        let before = now_at - 90 * MINUTE_MS;
        let nothing = person.page(&format!("/hosts/{fs}?compared_with={before}")).await;
        assert!(texts(&nothing, "#sessions .warn")[0].contains("there is nothing to compare with"));
        assert_eq!(texts(&nothing, "#sessions td .name").len(), 3, "who is there now is shown all the same");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_api_gives_both_snapshots_and_what_is_different() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let fs = two_moments(store, now_at).await;
        let instant = |at: i64| serde_json::to_value(highwater::web::api::Instant(at)).unwrap();
        let path = |other_at: i64| {
            format!("/api/v1/hosts/{fs}/sessions?compared_with={}", instant(other_at).as_str().unwrap())
        };
        assert_eq!(person.json(&format!("/api/v1/hosts/{fs}/sessions")).await["compared"], Value::Null);
        let answer = person.json(&path(now_at - 30 * MINUTE_MS)).await;
        let compared = &answer["compared"];
        assert_eq!(
            (&compared["snapshot"]["holds"], &compared["asked_at"]),
            (&json!(false), &instant(now_at - 30 * MINUTE_MS))
        );
        let difference = &compared["difference"];
        assert_eq!(
            (&difference["from"], &difference["to"]),
            (&instant(now_at - 60 * MINUTE_MS), &instant(now_at - 1_000))
        );
        let told = |list: &Value| -> Vec<(String, String, u64)> {
            let session = |s: &Value| {
                let text = |name: &str| s[name].as_str().unwrap().to_owned();
                (text("client"), text("user"), s["opens"].as_u64().unwrap())
            };
            list.as_array().unwrap().iter().map(session).collect()
        };
        let told_as = |client: &str, user: &str, opens| (client.to_owned(), user.to_owned(), opens);
        assert_eq!(told(&difference["came"]), [told_as("PC-1", "bob", 0), told_as("PC-3", "ann", 2)]);
        assert_eq!(told(&difference["went"]), [told_as("PC-2", "ann", 1)]);
        assert_eq!(told(&difference["stayed"]), [told_as("PC-1", "ann", 7)]);
        assert_eq!(difference["stayed"][0]["opens_before"], 3);
        let before = person.json(&path(now_at - 90 * MINUTE_MS)).await;
        assert_eq!((&before["compared"]["snapshot"], &before["compared"]["difference"]), (&Value::Null, &Value::Null));
        server.stop().await;
    })
    .await;
}
