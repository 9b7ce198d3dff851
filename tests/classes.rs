//! Classes on the pages and in the API: rules that people edit, labels, the filter.

use highwater::model::class::{Class, Subject};
use highwater::model::eyes::Eyes;
use highwater::store::{classes, search};

use crate::harness::holdings::{clients, held_by, host, session_hours, sessions, users};
use crate::harness::hostile;
use crate::harness::person::{Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

const PATH: &str = "/settings/classes";

/// A host with a backup, a desk and an application account on it.
async fn a_little_fleet(store: &Store, now_at: i64) {
    let fs = host(store, "FS01", 1).await;
    let pcs = clients(store, &["BKP-1", "PC-1", "VEEAM-2"]).await;
    let who = users(store, &["svc_backup", "ann"]).await;
    let by_client = [5, 9, 2].iter().zip(&pcs).map(|(h, id)| (*id, session_hours(*h, now_at))).collect();
    let by_user = [7, 9].iter().zip(&who).map(|(h, id)| (*id, session_hours(*h, now_at))).collect();
    held_by(store, fs, now_at, 2, highwater::model::holder::Holders { by_client, by_user }).await;
    sessions(store, fs, now_at - 1_000, &[(pcs[0], who[0], 3), (pcs[1], who[1], 1)]).await;
}

#[tokio::test]
async fn a_class_stands_beside_every_name_and_filters_page_file_and_api() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        a_little_fleet(store, now_at).await;
        let page = person.page("/clients").await;
        assert_eq!(texts(&page, "tbody a.name"), ["PC-1", "BKP-1", "VEEAM-2"]);
        assert_eq!(texts(&page, "tbody .chip"), ["Backup", "Backup"]);
        let some = person.page("/clients?class=backup&range=24h").await;
        assert_eq!(texts(&some, "tbody a.name"), ["BKP-1", "VEEAM-2"]);
        assert_eq!(texts(&some, "h1"), ["3 clients held 16 session-hours in the last 24 hours."]);
        assert_eq!(attributes(&some, "select[name=class] option[selected]", "value"), ["backup"]);
        assert!(texts(&some, ".fchip").iter().any(|chip| chip.contains("Backup")));
        let links = attributes(&some, ".head a", "href");
        assert!(links.iter().any(|href| href.contains("class=backup") && href.contains("format=csv")), "{links:?}");
        assert!(texts(&person.page("/clients?class=vdi").await, ".empty")[0].contains("No client like that"));
        let csv = person.get_as("/clients?class=backup", "text/csv").await;
        let rows: Vec<_> = csv.text.lines().collect();
        assert!(rows[0].ends_with(",Class,OtherNames,AtMost") && rows.len() == 3, "{}", csv.text);
        assert!(rows[1].starts_with("\"BKP-1\",") && rows[1].ends_with(",\"backup\",\"\",\"\""), "{}", rows[1]);
        let accounts = person.page("/users?class=application-account").await;
        assert_eq!(texts(&accounts, "tbody a.name"), ["svc_backup"]);
        let api = person.json("/api/v1/clients?class=backup").await;
        assert_eq!((&api["total"], &api["clients"][0]["class"]), (&2.into(), &"backup".into()));
        let all = person.json("/api/v1/clients").await;
        assert_eq!(all["clients"][0]["class"], serde_json::Value::Null);
        assert_eq!(person.json("/api/v1/users?class=application-account").await["total"], 1);
        let bad = person.get("/api/v1/clients?class=luck").await;
        assert_eq!(bad.status, 400);
        assert!(bad.text.contains("one of backup, printer, vdi, domain-controller, application-account"));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn labels_stand_on_the_pages_of_a_client_of_a_user_of_a_host_and_in_the_search() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        a_little_fleet(store, now_at).await;
        let id = |found: Vec<(i64, String)>| found[0].0;
        let by = highwater::store::rank::By::Client;
        let backup = id(search::names(&server.db, by, "BKP-1", 1, &Eyes::Names).await.unwrap());
        let user =
            id(search::names(&server.db, highwater::store::rank::By::User, "svc", 1, &Eyes::Names).await.unwrap());
        let page = person.page(&format!("/clients/{backup}")).await;
        assert_eq!(texts(&page, ".titleline .chip"), ["Backup"]);
        let page = person.page(&format!("/users/{user}")).await;
        assert_eq!(texts(&page, ".titleline .chip"), ["Application account"]);
        let host = highwater::store::hosts::all_now(&server.db).await.unwrap()[0].id;
        let page = person.page(&format!("/hosts/{host}")).await;
        assert_eq!(texts(&page, "#sessions .chip"), ["Backup", "Application account"]);
        assert_eq!(texts(&page, ".bars .chip"), ["Backup", "Backup", "Application account"]);
        let found = person.page("/search?q=b").await;
        assert_eq!(texts(&found, "#found-clients .chip"), ["Backup"]);
        assert_eq!(texts(&found, "#found-users .chip"), ["Application account"]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_rule_is_looked_at_added_moved_and_deleted() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        a_little_fleet(store, now_at).await;
        let page = person.page(PATH).await;
        let count = texts(&page, "tbody tr").len();
        assert!(
            count > 30 && texts(&page, "h1")[0].ends_with("rules give 3 names a class."),
            "{:?}",
            texts(&page, "h1")
        );
        let fields = |pattern: &'static str, then: &'static str| {
            [("class", "vdi"), ("subject", "client"), ("pattern", pattern), ("then", then)]
        };
        let look = person.submit(PATH, PATH, &fields("*-#", "look")).await;
        assert_eq!(look.status, 200);
        assert_eq!(
            texts(&look.html(), "#look [role=status]"),
            ["It matches 3 names of clients. Earlier rules decide about 2 of them."]
        );
        assert_eq!(texts(&look.html(), "#look .chip"), ["Backup already", "Backup already"]);
        assert_eq!(texts(&look.html(), "tbody tr").len(), count, "a look changes nothing");
        let added = person.submit(PATH, PATH, &fields(" *-# ", "add")).await;
        assert_eq!(added.status, 303, "{}", added.text);
        let rules = classes::rules(store).await.unwrap();
        let rule = rules.last().unwrap();
        assert_eq!((rule.class, rule.subject, rule.pattern.as_str()), (Class::Vdi, Subject::Client, "*-#"));
        assert!(rule.created_by == crate::harness::person::NAME && rule.created_at >= now_at);
        assert_eq!(added.header("location"), format!("{PATH}#rule-{}", rule.id));
        let of = |page: &scraper::Html| texts(page, &format!("#rule-{} td[data-label=Names]", rule.id)).concat();
        assert_eq!(of(&person.page(PATH).await), "1");
        let kept = person.page(&format!("{PATH}?rule={}", rule.id)).await;
        assert_eq!(texts(&kept, "#look a.name"), ["BKP-1", "PC-1", "VEEAM-2"]);
        for _ in 0..count {
            let moved = person.submit(PATH, &format!("{PATH}/{}/move", rule.id), &[("to", "up")]).await;
            assert_eq!(moved.status, 303);
        }
        let first = person.page(PATH).await;
        assert_eq!((of(&first).as_str(), texts(&first, "code.pattern")[0].as_str()), ("3", "*-#"));
        assert_eq!(person.submit(PATH, &format!("{PATH}/{}/delete", rule.id), &[]).await.status, 303);
        assert_eq!(person.submit(PATH, &format!("{PATH}/{}/delete", rule.id), &[]).await.status, 409);
        assert_eq!(person.submit(PATH, &format!("{PATH}/{}/move", rule.id), &[("to", "up")]).await.status, 404);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_rule_that_cannot_be_is_refused_with_what_to_do_and_a_form_needs_its_token() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let count = classes::rules(store).await.unwrap().len();
        for (class, subject, pattern, why) in [
            ("vdi", "address", "paris", "“paris” is no range of addresses. Write one like"),
            ("vdi", "client", "***", "write at least one letter"),
            ("vdi", "client", "", "Write a pattern"),
            ("luck", "client", "x", "Choose the class"),
        ] {
            let fields = [("class", class), ("subject", subject), ("pattern", pattern), ("then", "add")];
            let refused = person.submit(PATH, PATH, &fields).await;
            assert_eq!(refused.status, 422);
            assert!(texts(&refused.html(), ".refusal")[0].contains(why), "{:?}", texts(&refused.html(), ".refusal"));
            assert_eq!(attributes(&refused.html(), "input[name=pattern]", "value"), [pattern]);
        }
        let fields = [("class", "vdi"), ("subject", "client"), ("pattern", "x"), ("then", "add")];
        assert_eq!(person.post(PATH, &fields).await.status, 403);
        assert_eq!(Person::stranger(&server).post(PATH, &fields).await.header("location"), "/sign-in?next=/");
        for path in ["1/move", "1/delete"] {
            assert_eq!(person.post(&format!("{PATH}/{path}"), &[("to", "up")]).await.status, 403);
        }
        assert_eq!(classes::rules(store).await.unwrap().len(), count);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn hostile_patterns_come_back_as_text() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    for name in hostile::names().iter().step_by(5) {
        let fields = [("class", "vdi"), ("subject", "client"), ("pattern", name.as_str()), ("then", "look")];
        let answer = person.submit(PATH, PATH, &fields).await;
        assert!([200, 422].contains(&answer.status), "{name:?}: {}", answer.status);
        let page = answer.html();
        let marked = texts(&page, "script:not([src]), iframe, [onerror], [onload], base, meta[http-equiv]");
        assert!(marked.is_empty(), "{name:?} became markup: {marked:?}");
        if answer.status == 200 {
            assert_eq!(attributes(&page, "input[name=pattern]", "value").concat(), name.replace('\0', "\u{fffd}"));
        }
    }
    server.stop().await;
    store.close().await;
}
