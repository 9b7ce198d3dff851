//! The audit log as it is read: on its page, as a file, and by programs.

use highwater::model::api_key::Scope;
use highwater::model::audit::{Action, Actor, Deed, LONGEST_NAME, SubjectKind, Trail};
use highwater::store::audit;
use serde_json::Value;

use crate::exports::read::{assert_no_formula, cells, rows};
use crate::harness::audit::{done, trail};
use crate::harness::caller::{Caller, problem};
use crate::harness::hostile;
use crate::harness::person::{Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, T0, both};
use crate::hostile::assert_harmless;

const PAGE: &str = "/settings/audit";
/// Where those of this test come from, and nothing else.
const ADDRESS: &str = "203.0.113.7";

fn at(at: i64, name: &str) -> Trail {
    Trail { actor: Actor::program(name), address: ADDRESS.to_owned(), at }
}

/// As many entries, a second after each other, about webhooks 1, 2, …
async fn write(store: &Store, count: i64) {
    for n in 1..=count {
        let deed =
            Deed::on(Action::WebhookSwitched, (SubjectKind::Webhook, n, "Tickets")).change("on", "true", "false");
        store.write(async |tx| audit::record(tx, &at(T0 + n * 1_000, "test"), &deed).await).await;
    }
}

#[tokio::test]
async fn hostile_names_stay_text_on_the_page_in_files_and_in_the_api() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (eve, names) = (Person::signed_in_as(&server, "eve").await, hostile::names());
        for name in &names {
            let deed = Deed::on(Action::WebhookChanged, (SubjectKind::Webhook, 1, name.as_str()));
            let deed = deed.change(name, name, "after").after("typed", name);
            store.write(async |tx| audit::record(tx, &at(T0, name), &deed).await).await;
        }
        let (mut path, mut count, mut seen) = (format!("{PAGE}?address={ADDRESS}"), 0, String::new());
        loop {
            let page = eve.page(&path).await;
            assert_harmless(&page, &path);
            count += texts(&page, "#entries tbody tr").len();
            seen.push_str(&texts(&page, "#entries tbody").concat());
            let links = attributes(&page, ".pager a", "href");
            let Some(next) = links.into_iter().find(|href| href.contains("after=")) else { break };
            path = format!("{PAGE}{next}");
        }
        assert_eq!(count, names.len());
        assert!(seen.contains("<script>window.owned=1</script>"), "{seen}");

        let file = |format: &str| format!("{PAGE}?address={ADDRESS}&format={format}");
        let csv = eve.get(&file("csv")).await;
        assert_no_formula(&csv.text, "the page's file");
        assert_eq!(rows(&csv.text, b',').len(), names.len() + 1);
        assert_eq!(cells(&eve.get(&file("xlsx")).await).len(), names.len() + 1);

        let admin = Caller::with(&server, Scope::Admin).await;
        let path = format!("/api/v1/audit?address={ADDRESS}&limit=1000");
        let all = admin.json(&path).await;
        let told: Vec<&str> =
            all["entries"].as_array().unwrap().iter().map(|one| one["actor"].as_str().unwrap()).collect();
        assert_eq!(told.len(), names.len());
        for name in names.iter().filter(|name| name.chars().count() <= LONGEST_NAME) {
            assert!(told.contains(&name.replace('\0', "\u{fffd}").as_str()), "{name:?}");
        }
        let table = admin.get_with(&path, ("accept", "text/csv")).await;
        assert_no_formula(&table.text, "the table of the API");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_page_says_who_did_what_to_what_and_what_it_changed() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let eve = Person::signed_in_as(&server, "eve").await;
        write(store, 3).await;
        let rows = async |query: &str| texts(&eve.page(&format!("{PAGE}?{query}")).await, "#entries tbody tr");
        let all = rows("").await;
        assert_eq!(all.len(), 5, "the way in is told too: {all:?}");
        assert!(
            all[0].contains("test") && all[0].contains(ADDRESS) && all[0].contains("switched a webhook"),
            "{all:?}"
        );
        assert!(all[0].contains("Tickets") && all[0].contains("on: true → false"), "{all:?}");
        assert!(all[4].contains("eve") && all[4].contains("used a one-time link"), "{all:?}");
        for (query, count) in [
            ("action=webhook.switched", 3),
            ("action=sign_in", 1),
            ("by=person", 2),
            ("by=person&actor=eve", 2),
            ("actor=ev", 0),
            ("kind=webhook&id=2", 1),
            ("address=203.0.113.7", 3),
            ("from=2026-03-02T10:00&to=2026-03-02T10:01", 3),
            ("from=2026-03-02T10:00&to=2026-03-02T10:00", 0),
            ("action=no.such&by=&kind=&id=x", 5),
        ] {
            assert_eq!(rows(query).await.len(), count, "{query}");
        }
        let none = eve.page(&format!("{PAGE}?actor=ev")).await;
        assert_eq!(texts(&none, ".empty"), ["There is no entry like that."]);
        let page = eve.page(&format!("{PAGE}?action=webhook.switched")).await;
        assert_eq!(attributes(&page, "select[name=action] option[selected]", "value"), ["webhook.switched"]);
        let links = attributes(&page, "#entries a", "href");
        for wanted in ["?action=webhook.switched&actor=test&by=program", "/settings/webhooks/3"] {
            assert!(links.iter().any(|href| href == wanted), "{wanted}: {links:?}");
        }
        assert_eq!(Person::stranger(&server).get(PAGE).await.status, 303);
        server.stop().await;
    })
    .await;
}

fn seqs(body: &Value) -> Vec<u64> {
    body["entries"].as_array().unwrap().iter().map(|one| one["seq"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn programs_read_the_log_in_parts_and_follow_it_if_they_may() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let write_too = Caller::with(&server, Scope::WriteIncidents).await;
        problem(&write_too.get("/api/v1/audit").await, 403, "scope");
        assert_eq!(done(store, "denied").await.len(), 1);
        write(store, 5).await;
        let admin = Caller::with(&server, Scope::Admin).await;

        let (mut path, mut seen) = (format!("/api/v1/audit?address={ADDRESS}&limit=2"), Vec::new());
        loop {
            let part = admin.json(&path).await;
            seen.extend(seqs(&part));
            let Some(next) = part["next"].as_str() else { break };
            path = format!("/api/v1/audit?address={ADDRESS}&limit=2&after={next}");
        }
        assert_eq!(seen, [6, 5, 4, 3, 2], "newest first");
        let first = admin.json("/api/v1/audit?since=0&limit=4").await;
        assert_eq!(seqs(&first), [1, 2, 3, 4], "oldest first");
        assert_eq!(seqs(&admin.json("/api/v1/audit?since=0&limit=4&after=4").await), [5, 6]);
        assert_eq!(seqs(&admin.json("/api/v1/audit?since=6").await), [] as [u64; 0]);
        write(store, 1).await;
        assert_eq!(seqs(&admin.json("/api/v1/audit?since=6").await), [7]);

        let third = admin.json("/api/v1/audit?subject_kind=webhook&subject_id=3").await;
        let one = &third["entries"][0];
        assert_eq!((&one["before"]["on"], &one["after"]["on"]), (&"true".into(), &"false".into()));
        assert_eq!(
            (&one["subject"], &one["actor"], &one["redacted"]),
            (&"Tickets".into(), &"test".into(), &false.into())
        );
        assert_eq!(one["sha256"].as_str().unwrap().len(), 64);
        for (query, count) in [
            ("actor_kind=api_key", 1),
            ("actor=test&from=2026-03-02T10:00:02Z&to=2026-03-02T10:00:04Z", 2),
            ("action=denied", 1),
        ] {
            assert_eq!(seqs(&admin.json(&format!("/api/v1/audit?{query}")).await).len(), count, "{query}");
        }
        for wrong in ["action=no.such", "since=-1", "subject_id=x", "limit=1001", "colour=teal"] {
            assert_eq!(admin.get(&format!("/api/v1/audit?{wrong}")).await.status, 400, "{wrong}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_name_that_was_taken_out_is_said_to_be_so() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let eve = Person::signed_in_as(&server, "eve").await;
        let deed = Deed::on(Action::WebhookChanged, (SubjectKind::Webhook, 1, "Tickets")).after("typed", "ann");
        let seq = store.write(async |tx| audit::record(tx, &at(T0, "test"), &deed).await).await;
        let other = r#"{"after":{"typed":"erased user"}}"#;
        store.write(async |tx| audit::redact(tx, &trail(), i64::try_from(seq).unwrap(), other).await).await;
        let row = texts(&eve.page(&format!("{PAGE}?address={ADDRESS}")).await, "#entries tbody tr").remove(0);
        assert!(row.contains("typed: erased user") && row.contains("A name was erased here."), "{row}");
        server.stop().await;
    })
    .await;
}
