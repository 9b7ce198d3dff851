//! What viewers, operators and administrators see and may: pages offer what will be done and nothing else, and a change
//! of a role counts at once.

use std::collections::BTreeSet;

use highwater::model::alert::Silence;
use highwater::model::role::Role;
use highwater::model::view::SavedPage;
use highwater::model::{IncidentId, SilenceId};
use highwater::store::accounts::{self, Decided};
use highwater::store::incidents::{self, Deed};
use highwater::store::{alerts, views};
use highwater::web::{self, Declared};
use serde_json::json;

use crate::api_document::fill;
use crate::harness::caller::problem;
use crate::harness::french::faults;
use crate::harness::person::{Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

/// What everybody reads, of what [`fill`] made.
const READ: [&str; 18] = [
    "/",
    "/?wall=1",
    "/hosts/1",
    "/clients",
    "/clients/1?q=pc",
    "/users",
    "/users/1",
    "/events",
    "/events/1",
    "/incidents?state=all",
    "/incidents/1",
    "/findings",
    "/findings/CFG-07",
    "/search?q=fs",
    "/settings/silences",
    "/account",
    "/problems",
    "/problems/role",
];

/// A server with one of everything that pages offer something about.
async fn with_everything(store: &Store) -> TestServer {
    let server = TestServer::start(store).await;
    fill(store, &server).await;
    let now_at = server.clock.now_at();
    let silence = Silence {
        id: SilenceId(0),
        is_maintenance: false,
        host: None,
        host_name: String::new(),
        group_name: String::new(),
        kind: None,
        from_at: now_at - 60_000,
        until_at: now_at + 3_600_000,
        is_weekly: false,
        time_zone: "UTC".to_owned(),
        reason: "moving".to_owned(),
        created_by: "ann".to_owned(),
        created_at: now_at,
    };
    let deed = Deed { by: "ann", now_at, seen_version: None };
    store
        .write(async |tx| {
            alerts::insert_silence(tx, &silence).await?;
            incidents::link(tx, IncidentId(1), deed, ("INC1", "https://tickets.example/1")).await
        })
        .await;
    server
}

/// The route of an address, if there is one.
fn route<'a>(routes: &'a [Declared], method: &str, path: &str) -> Option<&'a Declared> {
    let is_like = |pattern: &str| {
        pattern.split('/').count() == path.split('/').count()
            && pattern.split('/').zip(path.split('/')).all(|(one, other)| one == other || one.starts_with('{'))
    };
    routes.iter().find(|route| route.method == method && is_like(&route.path))
}

/// What the pages lead to and send forms to: (method, path).
async fn offered(person: &Person, pages: &[&str]) -> BTreeSet<(&'static str, String)> {
    let mut offered = BTreeSet::new();
    for page in pages {
        let shown = person.page(page).await;
        let links = attributes(&shown, "a[href^='/']", "href");
        let asked = attributes(&shown, "form[method=get][action^='/']", "action");
        let bare = |address: &String| address.split(['?', '#']).next().unwrap().to_owned();
        offered.extend(links.iter().chain(&asked).map(|address| ("GET", bare(address))));
        offered.extend(attributes(&shown, "form[method=post]", "action").iter().map(|address| ("POST", bare(address))));
    }
    offered.retain(|(_, path)| !path.starts_with("/static/"));
    offered
}

#[tokio::test]
async fn pages_offer_what_the_role_allows_and_nothing_that_would_be_refused() {
    both(async |store| {
        let server = with_everything(store).await;
        let routes = web::routes();
        for role in Role::ALL {
            let person = Person::with_role(&server, role.word(), role).await;
            let mut pages = READ.to_vec();
            if role == Role::Administrator {
                pages.extend(["/settings/agents", "/settings/tokens", "/settings/webhooks/1", "/settings/diagnosis"]);
                pages.extend(["/settings/accounts", "/settings/accounts/1"]);
            }
            let offered = offered(&person, &pages).await;
            for (method, path) in &offered {
                let route = route(&routes, method, path).unwrap_or_else(|| panic!("{method} {path} is no route"));
                let may = route.policy.role().is_none_or(|least| role >= least);
                assert!(may, "{}: {method} {path} takes {:?}", role.word(), route.policy);
            }
            for (method, path, least) in [
                ("POST", "/sign-out", Role::Viewer),
                ("GET", "/hosts/1", Role::Viewer),
                ("POST", "/incidents/1/comment", Role::Operator),
                ("POST", "/incidents/1/acknowledge", Role::Operator),
                ("POST", "/incidents/1/tickets/unlink", Role::Operator),
                ("POST", "/views", Role::Operator),
                ("POST", "/screens", Role::Operator),
                ("POST", "/settings/silences", Role::Operator),
                ("POST", "/settings/silences/1/end", Role::Operator),
                ("POST", "/hosts/1/group", Role::Administrator),
                ("POST", "/account/password", Role::Viewer),
                ("GET", "/settings/agents", Role::Administrator),
                ("POST", "/settings/accounts/1/role", Role::Administrator),
                ("GET", "/settings/keys", Role::Administrator),
                ("POST", "/settings/webhooks/1", Role::Administrator),
            ] {
                let is_offered = offered.contains(&(method, path.to_owned()));
                assert_eq!(is_offered, role >= least, "{}: {method} {path}", role.word());
            }
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_empty_installation_tells_who_may_not_go_on_whom_to_ask() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let (viewer, administrator) = (
        Person::with_role(&server, "bob", Role::Viewer).await,
        Person::with_role(&server, "ann", Role::Administrator).await,
    );
    for path in ["/", "/clients", "/users"] {
        let links = |page: &scraper::Html| attributes(page, "main a[href^='/settings/']", "href");
        assert_eq!(links(&viewer.page(path).await), [] as [String; 0], "{path}");
        assert!(!links(&administrator.page(path).await).is_empty(), "{path}");
    }
    assert!(viewer.get("/").await.text.contains("An administrator of this server makes one."));
    server.stop().await;
}

#[tokio::test]
async fn who_may_not_is_told_which_role_it_takes_and_whom_to_ask() {
    both(async |store| {
        let server = with_everything(store).await;
        let viewer = Person::with_role(&server, "bob", Role::Viewer).await;
        let refused = viewer.get("/settings/keys").await;
        assert_eq!((refused.status, texts(&refused.html(), "h1")), (403, vec!["Not with your role".to_owned()]));
        let said = texts(&refused.html(), "main p.plain").remove(0);
        assert!(said.contains("takes an administrator; your role is viewer") && said.contains("a.martin"), "{said}");
        let token = viewer.get("/").await.attribute("input[name=csrf]", "value").unwrap();
        let refused = viewer.post("/incidents/1/comment", &[("csrf", &token), ("text", "hello")]).await;
        assert!(refused.status == 403 && refused.text.contains("takes an operator"), "{}", refused.text);
        assert!(!incidents::entries(store, IncidentId(1)).await.unwrap().iter().any(|entry| entry.text == "hello"));

        assert_eq!(viewer.get("/api/v1/hosts").await.status, 200);
        let said = problem(&viewer.get("/api/v1/tokens").await, 403, "role");
        assert!(said.contains("administrator") && said.contains("a.martin"), "{said}");
        let comment = json!({ "text": "hello" });
        let headers = [("x-csrf-token", token.as_str())];
        problem(&viewer.post_json("/api/v1/incidents/1/comment", &headers, &comment).await, 403, "role");

        let operator = Person::with_role(&server, "eve", Role::Operator).await;
        let done = operator.submit("/incidents/1", "/incidents/1/comment", &[("text", "hello")]).await;
        assert_eq!(done.status, 303, "{}", done.text);
        assert_eq!(operator.get("/settings/silences").await.status, 200);
        for path in ["/settings/keys", "/settings/alerts", "/settings/groups", "/settings/diagnosis"] {
            assert_eq!(operator.get(path).await.status, 403, "{path}");
        }

        viewer.cookies.borrow_mut().insert("lang".to_owned(), "fr".to_owned());
        let refused = viewer.get("/settings/keys").await;
        let faults = faults(&refused.html(), &["a.martin".to_owned()]);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert!(refused.text.contains("votre rôle est"), "{}", refused.text);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_role_that_is_taken_and_an_account_that_is_gone_count_at_the_next_request() {
    both(async |store| {
        let server = TestServer::start(store).await;
        Person::signed_in(&server).await;
        let person = Person::with_role(&server, "bob", Role::Administrator).await;
        let bob = accounts::find_by_name(store, "bob").await.unwrap().unwrap().0.id;
        let asked = async || {
            let parts = person.get_with("/", ("x-parts", "1")).await.status;
            [person.get("/settings/keys").await.status, person.get("/settings/silences").await.status, parts]
        };
        assert_eq!(asked().await, [200, 200, 200]);
        for (role, keys) in [(Role::Operator, 403), (Role::Viewer, 403), (Role::Administrator, 200)] {
            let done = store.write(async |tx| accounts::set_role(tx, bob, role).await).await;
            assert_eq!((done, asked().await), (Decided::Done, [keys, 200, 200]), "{role:?}");
        }
        store.write(async |tx| accounts::disable(tx, bob, server.clock.now_at()).await).await;
        assert_eq!(asked().await, [303, 303, 303]);
        store.write(async |tx| accounts::enable(tx, bob).await).await;
        assert_eq!(asked().await, [303, 303, 303], "it was signed out");
        let again = [("name", "bob"), ("password", crate::harness::person::PASSWORD)];
        assert_eq!(person.post("/sign-in", &again).await.status, 303);
        assert_eq!(asked().await, [200, 200, 200]);
        store.write(async |tx| accounts::delete(tx, bob, server.clock.now_at()).await).await;
        assert_eq!(asked().await, [303, 303, 303]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_was_made_a_viewer_keeps_his_views_and_changes_them_no_more() {
    both(async |store| {
        let server = with_everything(store).await;
        let person = Person::with_role(&server, "bob", Role::Viewer).await;
        let bob = accounts::find_by_name(store, "bob").await.unwrap().unwrap().0.id;
        let view = (SavedPage::Fleet, "Full hosts");
        store.write(async |tx| views::save(tx, bob, view, "?level=full", 1).await).await;
        let page = person.page("/").await;
        assert_eq!(texts(&page, ".views nav a"), ["Full hosts"]);
        assert_eq!(attributes(&page, ".views form", "action"), [] as [String; 0]);
        server.stop().await;
    })
    .await;
}
