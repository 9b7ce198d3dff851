//! A browser that hangs on a wall: it shows the wall and nothing else, for long, until somebody ends it.

use highwater::clock::Clock;
use highwater::model::account::{SCREEN_MS, SessionLimits};
use highwater::model::role::Role;
use highwater::model::time::{DAY_MS, HOUR_MS};
use highwater::store::accounts;

use crate::harness::caller::problem;
use crate::harness::french::reads_in_french;
use crate::harness::holdings::{clients, host, sessions, users};
use crate::harness::person::{NAME, PASSWORD, Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

/// A server with a host, and a browser that its operator left at the wall.
async fn with_screen(store: &Store, clock: &Clock) -> (TestServer, Person) {
    let server = TestServer::start_at(store, clock.clone(), |_| {}).await;
    let fs = host(store, "FS01", 1).await;
    let (pc, who) = (clients(store, &["PC-1"]).await[0], users(store, &["ann"]).await[0]);
    sessions(store, fs, clock.now_at() - 1_000, &[(pc, who, 1)]).await;
    let screen = Person::with_role(&server, NAME, Role::Operator).await;
    let before = screen.cookies.borrow().clone();
    let kept = screen.submit("/?wall=1", "/screens", &[]).await;
    assert_eq!((kept.status, kept.header("location")), (303, "/?wall=1"), "{}", kept.text);
    let cookie = kept.header("set-cookie");
    assert!(cookie.contains("Max-Age=") && cookie.contains("HttpOnly") && cookie.contains("Secure"), "{cookie}");
    let earlier = Person::stranger(&server);
    earlier.cookies.replace(before);
    assert_eq!(earlier.get("/").await.status, 303, "its person is signed out");
    (server, screen)
}

fn clock() -> Clock {
    Clock::manual(Clock::system().now_at())
}

async fn stream(server: &TestServer, person: &Person, topic: &str) -> u16 {
    let cookies: Vec<_> = person.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let asked = server.http.get(format!("{}/live?topic={topic}", server.url)).header("cookie", cookies.join("; "));
    // Streams go on: only their beginning is looked at.
    asked.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_screen_shows_the_wall_which_leads_nowhere_and_nothing_else() {
    both(async |store| {
        let (server, screen) = with_screen(store, &clock()).await;
        let wall = screen.page("/?wall=1").await;
        assert_eq!(texts(&wall, ".tiles .name"), ["FS01"]);
        let mut links = attributes(&wall, "a", "href");
        links.retain(|href| href != "#main");
        assert_eq!(links, ["/?wall=1"], "its own address alone");
        assert_eq!(attributes(&wall, "form", "action"), ["/theme", "/language"]);
        let parts = screen.get_with("/?wall=1", ("x-parts", "1")).await;
        assert!(parts.status == 200 && !parts.text.contains("/hosts/"), "{}", parts.text);
        assert_eq!(stream(&server, &screen, "fleet").await, 200);

        for path in ["/", "/?wall=", "/?wall=1&wall=", "/hosts/1", "/clients", "/incidents", "/search?q=a", "/account"]
        {
            assert_eq!(screen.get(path).await.status, 403, "{path}");
            assert_eq!(screen.get_with(path, ("x-parts", "1")).await.status, 403, "{path} in parts");
        }
        for topic in ["host:1", "events", "fleet&topic=host:1"] {
            assert_eq!(stream(&server, &screen, topic).await, 403, "{topic}");
        }
        for file in [screen.get("/?wall=1&format=csv").await, screen.get_as("/?wall=1", "text/csv").await] {
            assert_eq!((file.status, file.header("content-type")), (200, "text/html; charset=utf-8"));
        }
        problem(&screen.get("/api/v1/hosts").await, 403, "screen");
        let refused = screen.get("/hosts/1").await;
        assert_eq!(texts(&refused.html(), "h1"), ["This screen shows the wall"]);
        assert_eq!(attributes(&refused.html(), "main a", "href"), ["/?wall=1", "/sign-in"]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_screen_stays_for_long_without_anybody_and_ends_at_last() {
    both(async |store| {
        let clock = clock();
        let (server, screen) = with_screen(store, &clock).await;
        let start_at = clock.now_at();
        for after in [SessionLimits::default().idle_ms, 8 * DAY_MS, SCREEN_MS - HOUR_MS] {
            clock.set(start_at + after);
            assert_eq!(screen.get("/?wall=1").await.status, 200, "after {} h", after / HOUR_MS);
            assert_eq!(stream(&server, &screen, "fleet").await, 200);
        }
        clock.set(start_at + SCREEN_MS);
        assert_eq!((screen.get("/?wall=1").await.status, stream(&server, &screen, "fleet").await), (303, 401));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_screen_is_listed_and_ended_like_other_browsers() {
    both(async |store| {
        let clock = clock();
        let (server, screen) = with_screen(store, &clock).await;
        clock.set(clock.now_at() + 60_000);
        let person = Person::stranger(&server);
        assert_eq!(person.post("/sign-in", &[("name", NAME), ("password", PASSWORD)]).await.status, 303);
        let page = person.page("/account").await;
        assert_eq!(texts(&page, ".waiters .chip"), ["this browser", "screen at the wall"]);
        let end = attributes(&page, ".waiters form", "action").remove(0);
        assert_eq!(person.submit("/account", &end, &[]).await.status, 303);
        assert_eq!((screen.get("/?wall=1").await.status, stream(&server, &screen, "fleet").await), (303, 401));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_screen_ends_with_its_account_and_stays_a_viewer_whatever_that_becomes() {
    both(async |store| {
        let clock = clock();
        let (server, screen) = with_screen(store, &clock).await;
        let id = accounts::find_by_name(store, NAME).await.unwrap().unwrap().0.id;
        store.write(async |tx| accounts::set_role(tx, id, Role::Administrator).await).await;
        crate::harness::person::account(store, "root").await;
        assert_eq!(screen.get("/settings/keys").await.status, 403);
        assert_eq!(screen.get("/?wall=1").await.status, 200);
        store.write(async |tx| accounts::disable(tx, id, clock.now_at()).await).await;
        assert_eq!(screen.get("/?wall=1").await.status, 303);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn somebody_signs_in_at_a_screen_and_it_is_one_no_more() {
    let store = Store::sqlite().await;
    let (server, screen) = with_screen(&store, &clock()).await;
    let form = screen.get("/sign-in").await;
    assert_eq!((form.status, texts(&form.html(), "h1")), (200, vec!["Sign in".to_owned()]));
    let kept = screen.cookies.borrow().clone();
    assert_eq!(screen.post("/sign-in", &[("name", NAME), ("password", PASSWORD)]).await.status, 303);
    assert_eq!(screen.get("/clients").await.status, 200);
    screen.cookies.replace(kept);
    assert_eq!(screen.get("/?wall=1").await.status, 303);
    server.stop().await;
}

#[tokio::test]
async fn a_viewer_keeps_no_screen_and_the_wall_is_in_french() {
    let store = Store::sqlite().await;
    let (server, screen) = with_screen(&store, &clock()).await;
    let viewer = Person::with_role(&server, "bob", Role::Viewer).await;
    let wall = viewer.page("/?wall=1").await;
    assert_eq!(attributes(&wall, "form[action='/screens']", "action"), [] as [String; 0]);
    let token = viewer.get("/account").await.attribute("input[name=csrf]", "value").unwrap();
    assert_eq!(viewer.post("/screens", &[("csrf", &token)]).await.status, 403);
    let data = ["FS01".to_owned()];
    reads_in_french(&screen, "/?wall=1", &data).await;
    let operator = Person::with_role(&server, "eve", Role::Operator).await;
    reads_in_french(&operator, "/?wall=1", &[data, ["eve".to_owned()]].concat()).await;
    server.stop().await;
}
