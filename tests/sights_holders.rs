//! Clients, users and events as they are shown to who is confined to groups of hosts: nothing of other hosts is in any form of them.

use highwater::clock::Clock;
use highwater::model::api_key::Scope;
use highwater::model::event::NewEvent;
use highwater::model::holder::{Held, Holders};
use highwater::model::role::Role;
use highwater::model::time::MINUTE_MS;
use highwater::model::{ClientId, EventId, HostId, UserId};
use highwater::store::events::{self, EventFilter};
use highwater::store::{aliases, groups};
use serde_json::{Value, json};

use crate::exports::read::cells;
use crate::harness::caller::{Caller, problem};
use crate::harness::french::faults;
use crate::harness::holdings::{clients, event, held_by, host, record, session_hours, sessions, users};
use crate::harness::person::{Answer, NAME, Person, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, T0, both};

/// In the name of everything that belongs to hosts that are not seen.
const MARK: &str = "zulu";

struct Scene {
    server: TestServer,
    /// Sees all.
    root: Person,
    /// Sees Paris.
    bob: Person,
    program: Caller,
    /// In Paris, in another group, in none.
    hosts: [HostId; 3],
    /// On the first two, on the first, on the second, on the third.
    clients: Vec<ClientId>,
    /// On the first two, on the second.
    users: Vec<UserId>,
}

async fn scene(store: &Store) -> Scene {
    // Time stands still: what is compared is not to grow meanwhile.
    let server = TestServer::start_at(store, Clock::manual(Clock::system().now_at()), |_| ()).await;
    let now_at = server.clock.now_at();
    let hosts = [host(store, "FS-PARIS", 1).await, host(store, "ZULU-FS", 2).await, host(store, "ZULU-NONE", 3).await];
    for (host, group) in [(hosts[0], "Paris"), (hosts[1], "Zulu-Group")] {
        store.write(async |tx| groups::put(tx, &[host], group, "ann", T0).await).await;
    }
    let clients = clients(store, &["PC-BOTH", "PC-PARIS", "pc-paris.zulu.example", "ZULU-7"]).await;
    let users = users(store, &["ann", "zulu-eve"]).await;
    let held = |hours| session_hours(hours, now_at);
    let full = |hours| Held { full_ms: 5 * MINUTE_MS, ..held(hours) };
    let holders = [
        (vec![(clients[0], held(3)), (clients[1], held(1))], vec![(users[0], held(4))]),
        (vec![(clients[0], full(7)), (clients[2], full(9))], vec![(users[0], full(7)), (users[1], full(9))]),
        (vec![(clients[3], full(4))], Vec::new()),
    ];
    for (host, (by_client, by_user)) in hosts.into_iter().zip(holders) {
        held_by(store, host, now_at, 2, Holders { by_client, by_user }).await;
    }
    sessions(store, hosts[0], now_at - 1_000, &[(clients[0], users[0], 1)]).await;
    sessions(store, hosts[1], now_at - 1_000, &[(clients[0], users[1], 1), (clients[2], users[1], 2)]).await;
    // What is seen is older than what is not.
    for (n, host) in (1..).zip(hosts) {
        let message = Some(if n == 1 { "refused" } else { MARK }.to_owned());
        let one = NewEvent { message, ..event("Srv", 2022, now_at - (9 - n) * MINUTE_MS, 1) };
        record(store, host, &[one]).await;
    }
    let root = Person::signed_in(&server).await;
    let bob = Person::confined(&server, "bob", (Role::Viewer, "Paris")).await;
    let program = Caller::confined(&server, Scope::Read, "Paris").await;
    Scene { server, root, bob, program, hosts, clients, users }
}

impl Scene {
    /// The event of each host.
    async fn events(&self) -> [EventId; 3] {
        let all = events::list(&self.server.db, &EventFilter { most: 9, ..EventFilter::default() }).await.unwrap();
        self.hosts.map(|host| all.iter().find(|event| event.host == host).unwrap().id)
    }
}

/// That an answer is there and has nothing of what is not seen.
fn assert_clean(answer: &Answer, about: &str) {
    assert_eq!(answer.status, 200, "{about}: {}", answer.text);
    let is_book = answer.header("content-type").contains("spreadsheet");
    let said = if is_book { format!("{:?}", cells(answer)) } else { answer.text.clone() };
    assert!(!said.to_lowercase().contains(MARK), "{about}: {said}");
}

fn is_marked(answer: &Answer) -> bool {
    answer.status == 200 && answer.text.to_lowercase().contains(MARK)
}

fn plain(texts: Vec<String>) -> Vec<String> {
    texts.into_iter().map(|text| text.replace('\u{a0}', " ")).collect()
}

#[tokio::test]
async fn every_form_of_a_list_has_nothing_of_hosts_that_are_not_seen() {
    both(async |store| {
        let Scene { server, root, bob, program, .. } = scene(store).await;
        let mut asked = Vec::new();
        for list in ["/clients", "/users"] {
            for question in ["", "?by=blame", "?by=hosts", "?by=peak&range=30d", "?q=u", "?range=1y", "?page=2"] {
                asked.push(format!("{list}{question}"));
            }
        }
        asked.extend(["/events", "/events?class=capacity", "/events?code=2022"].map(str::to_owned));
        for path in &asked {
            let about = |form: &str| format!("{path} {form}");
            assert!(is_marked(&root.get(path).await), "{path}: there is something to hide");
            assert_clean(&bob.get(path).await, &about("as a page"));
            for kind in ["text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"] {
                assert_clean(&bob.get_as(path, kind).await, &about(kind));
            }
            let parts = ("x-parts", "1");
            assert_eq!(root.get_with(path, parts).await.status, 200);
            assert_clean(&bob.get_with(path, parts).await, &about("in parts"));
        }
        let asked =
            ["clients", "clients?by=blame", "clients?q=pc", "users", "users?by=hosts", "events", "events?limit=1"];
        for path in asked.map(|path| format!("/api/v1/{path}")) {
            assert_clean(&program.get(&path).await, &path);
            assert_clean(&program.get_with(&path, ("accept", "text/csv")).await, &path);
            assert_clean(&bob.get(&path).await, &path);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_ranking_is_of_the_hosts_that_are_seen_in_every_figure() {
    both(async |store| {
        let Scene { server, root, bob, program, hosts, clients, .. } = scene(store).await;
        let all = root.page("/clients").await;
        assert_eq!(texts(&all, "h1"), ["4 clients held 24 session-hours in the last 7 days."]);
        let page = bob.page("/clients").await;
        assert_eq!(
            texts(&page, "h1"),
            ["2 clients held 4 session-hours on the hosts that you see in the last 7 days."]
        );
        assert_eq!(texts(&page, "tbody a.name"), ["PC-BOTH", "PC-PARIS"]);
        for (column, wanted) in [("Peak sessions", "3"), ("Opens at most", "6"), ("Blame", "none"), ("Hosts", "1")] {
            assert_eq!(plain(texts(&page, &format!("td[data-label='{column}']")))[0], wanted, "{column}");
        }
        assert_eq!(texts(&page, "select[name=host] option"), ["All hosts", "FS-PARIS"]);
        assert_eq!(texts(&page, "select[name=group] option"), ["All groups", "Paris"]);
        let spans = texts(&page, "#headline .meta span");
        assert!(spans.contains(&"1 host".to_owned()) && !spans.join(" ").contains("observed"), "{spans:?}");
        for hidden in [format!("?host={}", hosts[1]), "?group=Zulu-Group".to_owned(), "?host=999".to_owned()] {
            assert_eq!(texts(&bob.page(&format!("/clients{hidden}")).await, "tbody tr").len(), 0, "{hidden}");
            let body = program.json(&format!("/api/v1/clients{hidden}")).await;
            assert_eq!((&body["total"], &body["session_secs"], &body["clients"]), (&json!(0), &json!(0), &json!([])));
        }
        let body = program.json("/api/v1/clients").await;
        assert_eq!((&body["total"], body["session_secs"].as_i64().unwrap() / 3_600), (&json!(2), 4));
        let first = &body["clients"][0];
        assert_eq!((&first["id"], &first["host_ids"]), (&json!(clients[0].0), &json!([hosts[0].0])));
        let figures = ["peak_sessions", "peak_opens", "full_secs"].map(|name| &first[name]);
        assert_eq!(figures, [3, 6, 0]);
        assert_eq!(program.json("/api/v1/users").await["total"], 1);
        let other = Caller::confined(&server, Scope::Read, "Zulu-Group").await;
        let other = other.json("/api/v1/clients?by=peak").await;
        let names: Vec<&Value> = other["clients"].as_array().unwrap().iter().map(|client| &client["name"]).collect();
        assert_eq!(names, ["pc-paris.zulu.example", "PC-BOTH"], "another key is told of its own hosts");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn one_client_or_user_is_what_it_held_on_the_hosts_that_are_seen() {
    both(async |store| {
        let Scene { server, root, bob, program, hosts, clients, users } = scene(store).await;
        let client = format!("/clients/{}", clients[0]);
        assert!(texts(&root.page(&client).await, "p.sentence")[0].contains("on 2 hosts"));
        let page = bob.page(&client).await;
        let said = plain(texts(&page, "p.sentence")).remove(0);
        assert!(said.starts_with("3.0 session-hours on FS-PARIS") && said.contains("at most 3 sessions"), "{said}");
        assert_eq!(texts(&page, "#hosts a.name"), ["FS-PARIS"]);
        assert_eq!(texts(&page, "#hosts td[data-label=Now]"), ["1"]);
        assert_eq!(texts(&page, "#now tbody tr").len(), 1);
        let (both, user) = (format!("/clients/{}", clients[0]), format!("/users/{}", users[0]));
        for path in [&both, &user, &format!("/clients/{}", clients[1])] {
            for form in [
                "",
                "?range=30d",
                "?range=1y",
                "?q=zul",
                "?format=csv",
                "?format=xlsx",
                "?format=csv&table=sessions",
                "?format=csv&chart=held",
                "?format=svg",
            ] {
                let answer = bob.get(&format!("{path}{form}")).await;
                if form == "?q=zul" {
                    assert!(texts(&answer.html(), "#found-names li, #alike li").is_empty(), "{path}");
                } else {
                    assert_clean(&answer, &format!("{path}{form}"));
                }
            }
            assert_clean(&bob.get_with(path, ("x-parts", "1")).await, path);
            assert_clean(&program.get(&format!("/api/v1{path}")).await, path);
        }
        let alike = root.page(&format!("/clients/{}", clients[1])).await;
        assert_eq!(texts(&alike, "#alike a.name"), ["pc-paris.zulu.example"], "there is something to hide");
        let body = program.json(&format!("/api/v1{client}")).await;
        assert_eq!((&body["host_ids"], &body["full_secs"]), (&json!([hosts[0].0]), &json!(0)));
        assert_eq!((body["session_secs"].as_i64().unwrap() / 3_600, &body["peak_sessions"]), (3, &json!(3)));
        assert_eq!(body["on_hosts"].as_array().unwrap().len(), 1);
        let none = plain(texts(&bob.page(&format!("/clients/{}?range=1h", clients[1])).await, "p.sentence")).remove(0);
        assert!(none.starts_with("It held no session on the hosts that you see in the last hour"), "{none}");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_was_on_no_host_that_is_seen_is_not_there_as_one_that_never_was() {
    both(async |store| {
        let Scene { server, root, bob, program, clients, users, .. } = scene(store).await;
        let hidden = [("clients", clients[2].0), ("clients", clients[3].0), ("users", users[1].0)];
        for (kind, id) in hidden {
            for form in ["", "?range=1y", "?format=csv", "?format=csv&chart=held", "?format=svg"] {
                assert_eq!(root.get(&format!("/{kind}/{id}{form}")).await.status, 200, "{kind} {form}");
                let answer = bob.get(&format!("/{kind}/{id}{form}")).await;
                let missing = bob.get(&format!("/{kind}/9999{form}")).await;
                let said = [&answer, &missing].map(|answer| texts(&answer.html(), "main p.plain"));
                assert_eq!((answer.status, missing.status, &said[0]), (404, 404, &said[1]), "{kind} {form}");
            }
            assert_eq!(bob.get_with(&format!("/{kind}/{id}"), ("x-parts", "1")).await.status, 404);
            let answer = program.get(&format!("/api/v1/{kind}/{id}")).await;
            let missing = program.get(&format!("/api/v1/{kind}/9999")).await;
            let said = [&answer, &missing].map(|answer| problem(answer, 404, "not-found"));
            assert!(said[0] == said[1] && answer.text == missing.text, "{}", answer.text);
        }
        let (both, paris, zulu, none) = (clients[0], clients[1], clients[2], clients[3]);
        store.write(async |tx| aliases::merge(tx, none, zulu, "ann", T0).await).await;
        let alias = format!("/clients/{zulu}");
        assert_eq!((root.get(&alias).await.status, bob.get(&alias).await.status), (303, 404), "it leads nowhere");
        assert_eq!(program.get(&format!("/api/v1{alias}")).await.status, 404);
        store.write(async |tx| aliases::merge(tx, both, paris, "ann", T0).await).await;
        assert_eq!(bob.get(&format!("/clients/{paris}")).await.header("location"), format!("/clients/{both}"));
        let page = bob.page(&format!("/clients/{both}")).await;
        assert_eq!(texts(&page, "#names td[data-label='Session-hours']"), ["3.0", "1.0"], "of each name, too");
        assert_clean(&bob.get(&format!("/clients/{both}?format=csv&table=names")).await, "names");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn events_are_those_of_the_hosts_that_are_seen() {
    both(async |store| {
        let scene = scene(store).await;
        let [seen, hidden, of_none] = scene.events().await;
        let (bob, program) = (&scene.bob, &scene.program);
        let page = bob.page("/events").await;
        assert_eq!(texts(&page, ".counters b"), ["1"]);
        assert_eq!(texts(&page, "#rows tbody a.name"), ["FS-PARIS"]);
        assert_eq!(texts(&page, "select[name=host] option"), ["All hosts", "FS-PARIS"]);
        let of_other = bob.page(&format!("/events?host={}", scene.hosts[1])).await;
        assert_eq!((texts(&of_other, "#rows tbody tr").len(), texts(&of_other, ".counters b").len()), (0, 0));
        let body = program.json("/api/v1/events?limit=1").await;
        assert_eq!(body["events"][0]["id"], seen.0, "what is not seen takes no place");
        assert_clean(&bob.get(&format!("/events/{seen}")).await, "one event");
        assert_eq!(program.get(&format!("/api/v1/events/{seen}")).await.status, 200);
        let missing = [bob.get("/events/9999").await, program.get("/api/v1/events/9999").await];
        for id in [hidden, of_none] {
            assert_eq!(scene.root.get(&format!("/events/{id}")).await.status, 200);
            let answer = bob.get(&format!("/events/{id}")).await;
            let said = [&answer, &missing[0]].map(|answer| texts(&answer.html(), "main p.plain"));
            assert_eq!((answer.status, &said[0]), (404, &said[1]));
            let answer = program.get(&format!("/api/v1/events/{id}")).await;
            assert_eq!(
                (problem(&answer, 404, "not-found"), &answer.text),
                (problem(&missing[1], 404, "not-found"), &missing[1].text)
            );
        }
        scene.server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_is_confined_is_told_so_in_french_too() {
    let store = Store::sqlite().await;
    let Scene { server, bob, clients, .. } = scene(&store).await;
    bob.cookies.borrow_mut().insert("lang".to_owned(), "fr".to_owned());
    let names = ["PC-BOTH", "PC-PARIS", "FS-PARIS", "Paris", "ann", "bob", NAME].map(str::to_owned);
    for (path, selector) in [
        ("/clients".to_owned(), "h1"),
        ("/users?range=1h".to_owned(), "h1"),
        (format!("/clients/{}?range=1h", clients[1]), "p.sentence"),
    ] {
        let page = bob.page(&path).await;
        assert!(texts(&page, selector)[0].contains("sur les hôtes que vous voyez"), "{:?}", texts(&page, selector));
        let faults = faults(&page, &names);
        assert!(faults.is_empty(), "{path}: {}", faults.join("\n"));
    }
    server.stop().await;
    store.close().await;
}
