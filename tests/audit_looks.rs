//! Who looked for whom, and who took lists of people: on pages, and by the API as JSON.

use highwater::config::RoleWord;
use highwater::model::api_key::Scope;
use highwater::model::audit::Entry;
use highwater::model::role::Role;
use highwater::model::time::{DAY_MS, HOUR_MS};
use highwater::web::audit::MOST_OF_PERSON;

use crate::api_document::fill;
use crate::audit::{Told, at_ten, server, told};
use crate::harness::audit::{done, is_whole};
use crate::harness::caller::Caller;
use crate::harness::person::Person;
use crate::harness::server::TestServer;
use crate::harness::store::both;

/// By what kind of actor, on which page, and for what.
fn sought(entries: &[Entry]) -> Vec<(&str, &str, Option<&str>)> {
    assert!(entries.iter().all(|one| one.subject_kind == "page" && one.subject_id.is_none()), "{entries:?}");
    entries
        .iter()
        .map(|one| (one.actor_kind.as_str(), one.subject_name.as_str(), one.changes.after.get("q").map(String::as_str)))
        .collect()
}

#[tokio::test]
async fn who_looked_for_whom_is_written_down_once_an_hour_as_he_typed_it() {
    both(async |store| {
        let (server, clock) = server(store).await;
        fill(store, &server).await;
        let eve = Person::signed_in_as(&server, "eve").await;
        let start_at = clock.now_at();
        let look = async || {
            for path in [
                "/users?q=An",
                "/users?q=%20an&range=24h",
                "/clients?q=P%1B[2J%0D%0AC%E2%80%AE",
                "/search",
                "/search?q=%20",
                "/search?q=ann",
                "/users",
                "/users?range=24h",
            ] {
                assert_eq!(eve.get(path).await.status, 200, "{path}");
            }
        };
        look().await;
        let looked = done(store, "looked_at").await;
        let once = [
            ("person", "/users", Some("An")),
            ("person", "/clients", Some("P [2J  C")),
            ("person", "/search", Some("ann")),
            ("person", "/users", None),
        ];
        assert_eq!(sought(&looked), once, "whoever looks for nobody on the page of the search sees nobody");
        clock.set(start_at + HOUR_MS);
        look().await;
        assert_eq!(done(store, "looked_at").await.len(), 8, "an hour later once more");
        is_whole(store).await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_event_and_an_incident_name_people_and_looks_at_them_are_written_down() {
    both(async |store| {
        let (server, _) = server(store).await;
        fill(store, &server).await;
        let eve = Person::signed_in_as(&server, "eve").await;
        let read = Caller::with(&server, Scope::Read).await;
        for _ in 0..2 {
            for path in ["/events/1", "/incidents/1", "/events", "/incidents"] {
                eve.page(path).await;
            }
            read.json("/api/v1/events/1").await;
            read.json("/api/v1/incidents/1").await;
        }
        let wanted: [Told; 4] = [
            ("person", "event", Some(1)),
            ("person", "incident", Some(1)),
            ("api_key", "event", Some(1)),
            ("api_key", "incident", Some(1)),
        ];
        assert_eq!(told(&done(store, "looked_at").await), wanted);
        let page = eve.get("/settings/audit?kind=event").await;
        assert!(page.text.contains("href=\"/events/1\""), "{}", page.text);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_list_that_a_program_takes_is_written_down_once_a_day_and_what_it_looks_for_apart() {
    both(async |store| {
        let (server, clock) = server(store).await;
        fill(store, &server).await;
        let eve = Person::signed_in_as(&server, "eve").await;
        let read = Caller::with(&server, Scope::Read).await;
        let start_at = clock.now_at();
        let take = async || {
            for noun in ["users", "clients", "events", "incidents", "hosts", "findings"] {
                for limit in [1, 2] {
                    read.json(&format!("/api/v1/{noun}?limit={limit}")).await;
                }
            }
            read.json("/api/v1/users?q=ann").await;
            read.json("/api/v1/users?q=ANN&limit=5").await;
        };
        take().await;
        eve.json("/api/v1/users").await;
        eve.json("/api/v1/users?limit=1").await;
        let taken = done(store, "exported").await;
        let by_program = [
            ("api_key", "/api/v1/users", None),
            ("api_key", "/api/v1/clients", None),
            ("api_key", "/api/v1/events", None),
            ("api_key", "/api/v1/incidents", None),
            ("api_key", "/api/v1/users", Some("ann")),
        ];
        assert_eq!(sought(&taken), [&by_program[..], &[("person", "/api/v1/users", None)][..]].concat());
        assert_eq!(taken[0].changes.after["limit"], "1", "what was asked first");
        clock.set(start_at + HOUR_MS);
        take().await;
        eve.json("/api/v1/users").await;
        assert_eq!(done(store, "exported").await.len(), 7, "of a person once an hour");
        clock.set(start_at + DAY_MS);
        take().await;
        assert_eq!(done(store, "exported").await.len(), 12);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_sees_pseudonyms_is_said_to_have_seen_no_more() {
    both(async |store| {
        let server = TestServer::start_at(store, at_ten(), |config| config.names_from_role = RoleWord::Operator).await;
        fill(store, &server).await;
        let vera = Person::with_role(&server, "vera", Role::Viewer).await;
        let program = Caller::without_names(&server, Scope::Read).await;
        vera.page("/users/1").await;
        vera.page("/users?q=ann").await;
        program.json("/api/v1/users/1").await;
        Person::with_role(&server, "otto", Role::Operator).await.page("/users/1").await;
        let looked = done(store, "looked_at").await;
        let saw: Vec<_> = looked.iter().map(|one| one.changes.after.get("saw").map(String::as_str)).collect();
        assert_eq!(saw, [Some("pseudonyms"), Some("pseudonyms"), Some("pseudonyms"), None]);
        assert!(looked.iter().all(|one| one.subject_name != "ann"), "{looked:?}");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_looks_for_one_text_after_the_other_fills_no_log_and_hides_nothing_else() {
    both(async |store| {
        let (server, clock) = server(store).await;
        fill(store, &server).await;
        let (eve, most) = (Person::signed_in_as(&server, "eve").await, MOST_OF_PERSON as usize);
        for n in 0..=most + 1 {
            assert_eq!(eve.get(&format!("/search?q=nobody{n}")).await.status, 200);
        }
        let looked = done(store, "looked_at").await;
        assert_eq!(looked.len(), most);
        let last = &looked[most - 1].changes.after;
        assert!(last["silent_until"].contains("T11:00:00"), "{last:?}");
        eve.page("/users/1").await;
        assert_eq!(done(store, "looked_at").await.len(), most + 1, "whom he looks at is told all the same");
        clock.set(clock.now_at() + HOUR_MS);
        assert_eq!(eve.get("/search?q=ann").await.status, 200);
        assert_eq!(done(store, "looked_at").await.last().unwrap().changes.after["left_out"], "2");
        server.stop().await;
    })
    .await;
}
