//! From what hosts tell to the findings on their pages, and to their end.

use highwater::store::{aliases, names};
use highwater::tasks::findings::{Judge, Judged};
use highwater_wire::{HostFacts, Record, Session, Snapshot};
use serde_json::json;

use crate::harness::person::{Person, texts};
use crate::harness::server::{TestServer, batch, snapshot};
use crate::harness::store::both;

const DAY_MS: i64 = 86_400_000;

fn facts(observed_at: i64, settings: &[(&str, &str)]) -> Record {
    Record::Host(HostFacts {
        observed_at,
        name: "FS01".to_owned(),
        os: "Windows Server 2022 Standard".to_owned(),
        os_build: "10.0.20348".to_owned(),
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..HostFacts::default()
    })
}

#[tokio::test]
async fn a_finding_appears_with_its_reason_and_remedy_and_goes_when_the_setting_does() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let key = server.key("FS01").await;
        let evil = "<img src=x onerror=window.owned=1>";
        let bad = [("SMB1", "1"), ("Users", "0"), ("NullSessionShares", evil)];
        server.push(&key, &batch(now_at, 1, vec![facts(now_at - 5_000, &bad)])).await.unwrap();
        let judge = Judge { db: server.db.clone() };
        assert_eq!(judge.tick(now_at).await.unwrap(), Judged { hosts: 1, came: 3, went: 0 });
        assert_eq!(judge.tick(now_at).await.unwrap(), Judged { hosts: 1, came: 0, went: 0 });

        let page = person.page("/findings").await;
        assert!(texts(&page, "h1")[0].starts_with("3 findings on 1 host"), "{:?}", texts(&page, "h1"));
        let rules = texts(&page, "#rules tbody tr").join("\n");
        assert!(
            rules.contains("CFG-02") && rules.contains("Somebody set a limit of sessions in the registry"),
            "{rules}"
        );
        let rule = person.page("/findings/CFG-07").await;
        let all = texts(&rule, "main").join(" ");
        for wanted in
            ["SMB1 is on", "Devices that speak nothing else", "-EnableSMB1Protocol $false", "FS01", "SMB1 is on"]
        {
            assert!(all.contains(wanted), "{wanted}: {all}");
        }
        let host = person.page("/hosts/1").await;
        let listed = texts(&host, "#findings li");
        assert!(listed.len() == 3 && listed.join(" ").contains(&format!("NullSessionShares: {evil}")), "{listed:?}");
        let told = person.json("/api/v1/findings?severity=high").await;
        let list = told["findings"].as_array().unwrap();
        let rules: Vec<_> = list.iter().map(|f| f["rule"].as_str().unwrap()).collect();
        assert_eq!(rules, ["CFG-02", "CFG-07"]);
        assert_eq!((&list[0]["detail"], &list[0]["gone_at"]), (&json!("Users = 0"), &json!(null)));
        assert!(list[0]["remedy"].as_str().unwrap().contains("Remove the value"));

        // The setting is taken back.
        server.push(&key, &batch(now_at, 2, vec![facts(now_at - 1_000, &[("SMB1", "0")])])).await.unwrap();
        assert_eq!(judge.tick(now_at + 60_000).await.unwrap(), Judged { hosts: 1, came: 0, went: 3 });
        let page = person.page("/findings").await;
        assert!(texts(&page, "h1")[0].starts_with("No finding"), "{:?}", texts(&page, "h1"));
        let gone = person.page("/findings?state=gone").await;
        assert_eq!(texts(&gone, "#gone tbody tr").len(), 3);
        assert_eq!(person.json("/api/v1/findings?state=gone").await["findings"].as_array().unwrap().len(), 3);
        assert_eq!(person.get("/findings/CFG-99").await.status, 404);
        assert_eq!(person.get("/api/v1/findings?severity=awful").await.status, 400);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_finding_is_said_in_the_reader_s_language_and_in_english_to_programs() {
    let store = crate::harness::store::Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
    let key = server.key("FS01").await;
    server.push(&key, &batch(now_at, 1, vec![facts(now_at - 5_000, &[("SMB1", "1")])])).await.unwrap();
    Judge { db: server.db.clone() }.tick(now_at).await.unwrap();
    person.cookies.borrow_mut().insert("lang".to_owned(), "fr".to_owned());
    let page = person.page("/findings").await;
    assert_eq!(texts(&page, "h1"), ["1 constat sur 1 hôte : 1 de gravité élevée"]);
    assert!(texts(&page, "#advice li")[0].contains("faux"), "{:?}", texts(&page, "#advice li"));
    let rule = person.page("/findings/CFG-07").await;
    assert_eq!(texts(&rule, "h1"), ["SMB1 est activé"]);
    assert!(texts(&rule, "tbody td").contains(&"SMB1 est activé".to_owned()), "{:?}", texts(&rule, "tbody td"));
    assert!(texts(&rule, "pre")[0].starts_with("# Pendant quelques semaines"), "{:?}", texts(&rule, "pre"));
    assert!(texts(&person.page("/hosts/1").await, "#findings li")[0].contains("SMB1 est activé"));
    let told = person.json("/api/v1/findings").await;
    assert_eq!(
        (&told["findings"][0]["detail"], &told["findings"][0]["title"]),
        (&json!("SMB1 is on"), &json!("SMB1 is on"))
    );
    let file = person.get_as("/findings", "text/csv").await.text;
    assert!(file.contains(r#""CFG-07","high","SMB1 is on","SMB1 is on","#), "{file}");
    server.stop().await;
}

#[tokio::test]
async fn advice_that_circulates_is_named_with_what_is_true() {
    let store = crate::harness::store::Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    let page = person.page("/findings").await;
    let advice = texts(&page, "#advice li");
    assert_eq!(advice.len(), highwater::findings::ADVICE.len());
    assert!(advice[0].contains("2003") && advice[0].contains("wrong"), "{}", advice[0]);
    server.stop().await;
}

/// A look at sessions of one client that it has forgotten.
fn forgotten(client: &str, taken_at: i64, count: u32) -> Record {
    let one = |n: u32| Session {
        client: client.to_owned(),
        user: "svc-scan".to_owned(),
        opens: Some(0),
        age_secs: Some(50_000 + n),
        idle_secs: Some(9_000),
    };
    match snapshot(taken_at, 0) {
        Record::Snapshot(empty) => Record::Snapshot(Snapshot { sessions: (0..count).map(one).collect(), ..empty }),
        other => other,
    }
}

#[tokio::test]
async fn a_client_that_forgets_its_sessions_is_named_on_the_host_s_page() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let key = server.key("FS01").await;
        let look = |taken_at, count| forgotten("SCAN-3F", taken_at, count);
        let records = vec![look(now_at - DAY_MS - 5_000, 9), look(now_at - 1_000, 12)];
        server.push(&key, &batch(now_at, 1, records)).await.unwrap();
        let judge = Judge { db: server.db.clone() };
        assert_eq!(judge.tick(now_at).await.unwrap().came, 1);
        let listed = texts(&person.page("/hosts/1").await, "#findings li").join(" ");
        assert!(listed.contains("SCAN-3F holds 12 sessions, 9 the day before, 12 without open files"), "{listed}");
        // They get fewer than the day before.
        server.push(&key, &batch(now_at, 3, vec![look(now_at, 8)])).await.unwrap();
        assert_eq!(judge.tick(now_at).await.unwrap().went, 1);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_client_that_goes_by_another_of_its_names_than_the_day_before_has_not_grown() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (key, now_at) = (server.key("FS01").await, server.clock.now_at());
        let records = vec![forgotten("10.0.0.7", now_at - DAY_MS - 5_000, 20), forgotten("PC-7", now_at - 1_000, 10)];
        server.push(&key, &batch(now_at, 1, records)).await.unwrap();
        let judge = Judge { db: server.db.clone() };
        assert_eq!(judge.tick(now_at).await.unwrap().came, 1, "as far as is known, they are two clients");
        let ids = store.write(async |tx| names::intern_clients(tx, &["PC-7", "10.0.0.7"], now_at).await).await;
        store.write(async |tx| aliases::merge(tx, ids["PC-7"], ids["10.0.0.7"], "ann", now_at).await).await;
        assert_eq!(judge.tick(now_at).await.unwrap().went, 1);
        server.stop().await;
    })
    .await;
}
