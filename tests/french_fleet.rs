//! The fleet, who holds its sessions, its events and the search in French: also what is seldom said.

use highwater::model::event::NewEvent;
use highwater::model::event_family;
use highwater::store::events;

use crate::harness::french::reads_in_french;
use crate::harness::holdings::{clients, event, held, host, record, session_hours, sessions, users};
use crate::harness::person::{Person, texts};
use crate::harness::server::TestServer;
use crate::harness::store::Store;

const MINUTE_MS: i64 = 60_000;

/// What a person reads in the body of a page in French, with plain spaces.
async fn said(person: &Person, path: &str, data: &[String]) -> String {
    reads_in_french(person, path, data).await;
    texts(&person.page(path).await, "main").join(" ").replace(['\u{a0}', '\u{202f}'], " ")
}

#[tokio::test]
async fn an_installation_without_hosts_says_in_french_what_to_do() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    assert!(said(&person, "/", &[]).await.contains("Aucun hôte n’envoie encore de rapport."));
    assert!(said(&person, "/clients?range=24h", &[]).await.contains("Voir 30 jours"));
    assert!(said(&person, "/users", &[]).await.contains("Aucun utilisateur n’a détenu de session"));
    assert!(said(&person, "/events", &[]).await.contains("Aucun événement."));
    assert!(said(&person, "/search", &[]).await.contains("Une partie du nom suffit"));
    server.stop().await;
}

#[tokio::test]
async fn the_fleet_and_its_holders_are_told_of_in_french() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
    let (one, two) = (host(&store, "FS01", 1).await, host(&store, "FS02", 2).await);
    let all = clients(&store, &["PC-1", "PC-2", "PC-3", "PC-4", "PC-5", "PC-6"]).await;
    let who = users(&store, &["ann", ""]).await;
    let mut hour: Vec<_> = all.iter().map(|id| (*id, session_hours(3, now_at))).collect();
    hour[0].1.full_ms = 7 * MINUTE_MS;
    held(&store, one, now_at, 3, &hour).await;
    held(&store, two, now_at, 2, &hour[..1]).await;
    sessions(&store, two, now_at - 1_000, &[(all[0], who[0], 3), (all[0], who[1], 0)]).await;
    for (path, sentence) in [
        ("/".to_owned(), "Aucun hôte n’est plein"),
        ("/?level=full&q=zzz&range=1y".to_owned(), "Aucun hôte ne correspond"),
        ("/?wall=1".to_owned(), "Aucun hôte n’est plein."),
        ("/clients".to_owned(), "5 clients sur 6 détiennent"),
        ("/clients?by=blame&range=90d".to_owned(), "14 min"),
        ("/clients?q=zzz&group=Lyon".to_owned(), "Aucun client n’a détenu de session dans le groupe Lyon"),
        (format!("/clients?host={two}"), "1 client a détenu 3 heures de session sur FS02"),
        (format!("/clients/{}", all[0]), "à la fois, tous hôtes confondus."),
        (format!("/clients/{}?range=1y", all[1]), "h de session sur FS01 pendant la dernière année"),
        (format!("/users/{}", who[1]), "(anonyme)"),
        ("/search?q=zzz".to_owned(), "0 hôte, 0 client et 0 utilisateur avec « zzz »"),
    ] {
        let said = said(&person, &path, &[]).await;
        assert!(said.contains(sentence), "{path}: {sentence:?} is not in {said}");
    }
    server.stop().await;
}

#[tokio::test]
async fn every_event_is_explained_in_french() {
    const PROVIDERS: [&str; 5] =
        ["Srv", "Microsoft-Windows-SMBServer", "Service Control Manager", "EventLog", "PerfNet"];
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
    let fs = host(&store, "FS01", 1).await;
    let (pc, who) = (clients(&store, &["PC-1"]).await[0], users(&store, &["ann"]).await[0]);
    sessions(&store, fs, now_at - 5 * MINUTE_MS, &[(pc, who, 3)]).await;
    let decoded = r#"{"count":7,"window_secs":60,"client":"PC-1","disk":"C:","table":"tree_connect","registry_value":"x","final_status":3221225626,"win32_error":5,"dump_word":1,"binary_mismatch":true,"claimed_current":1,"claimed_limit":2}"#;
    let all: Vec<NewEvent> = event_family::codes()
        .into_iter()
        .flat_map(|code| PROVIDERS.map(|provider| (provider, code)))
        .filter(|(provider, code)| event_family::describe(provider, *code).is_some() || *code == 2003)
        .zip(1..)
        .map(|((provider, code), n)| NewEvent {
            decoded: if n == 1 { decoded.to_owned() } else { "{}".to_owned() },
            level: u8::try_from(n % 5).unwrap(),
            message: None,
            ..event(provider, code, now_at - 5 * MINUTE_MS + 3_000 * n, n.cast_unsigned())
        })
        .collect();
    assert!(all.len() > 60, "{}", all.len());
    record(&store, fs, &all).await;
    let data: Vec<String> = PROVIDERS.map(str::to_owned).to_vec();
    let list = said(&person, "/events?from=2020-01-01T00:00", &data).await;
    assert!(list.contains("événements de capacité sur cette période ;"), "{list}");
    let filter = events::EventFilter { most: 200, ..Default::default() };
    let mut all_said = String::new();
    for event in events::list(&server.db, &filter).await.unwrap() {
        all_said += &said(&person, &format!("/events/{}", event.id), &data).await;
    }
    for sentence in [
        "L’ID 2003 est de ceux que l’on cherche, mais c’est « PerfNet » qui a écrit",
        "connexions aux partages",
        "FS01 avait 1 session",
        "Rien n’a été observé à ce moment.",
    ] {
        assert!(all_said.contains(sentence), "{sentence:?} is said nowhere");
    }
    server.stop().await;
}
