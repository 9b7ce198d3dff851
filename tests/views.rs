//! Saved views: kept, followed, renamed, replaced and deleted on each page that has them, each for its own account.

use highwater::model::view::{LONGEST_QUERY, MOST_VIEWS};
use highwater::store::agents;
use scraper::{Html, Selector};

use crate::harness::holdings::{clients, event, held, host, record, session_hours};
use crate::harness::hostile;
use crate::harness::person::{Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

const LINKS: &str = ".views nav a";

/// A server with something on each page.
async fn with_something(store: &Store) -> TestServer {
    let server = TestServer::start(store).await;
    let now_at = server.clock.now_at();
    let fs = host(store, "FS01", 1).await;
    let pc = clients(store, &["PC-1"]).await[0];
    held(store, fs, now_at, 1, &[(pc, session_hours(4, now_at))]).await;
    record(store, fs, &[event("Microsoft-Windows-SMBServer", 1020, now_at - 60_000, 1)]).await;
    server
}

async fn save(person: &Person, here: &str, name: &str) -> crate::harness::person::Answer {
    person.submit("/", "/views", &[("here", here), ("name", name)]).await
}

fn links(page: &Html) -> Vec<(String, String)> {
    texts(page, LINKS).into_iter().zip(attributes(page, LINKS, "href")).collect()
}

#[tokio::test]
async fn each_page_keeps_its_own_views_and_marks_the_one_that_is_shown() {
    both(async |store| {
        let server = with_something(store).await;
        let person = Person::signed_in(&server).await;
        for (here, kept) in [
            ("/?level=full&q=a+b&page=3", "/?level=full&q=a%20b"),
            ("/clients?range=24h&by=blame", "/clients?range=24h&by=blame"),
            ("/users?range=24h&q=ann", "/users?range=24h&q=ann"),
            ("/events?class=capacity&after=1-2", "/events?class=capacity"),
            ("/findings?severity=high&state=", "/findings?severity=high"),
            ("/incidents?kind=full&q=fs+1&after=1-2&state=", "/incidents?kind=full&q=fs%201"),
        ] {
            let shown = person.page(here).await;
            assert_eq!(links(&shown), [], "{here}");
            let field = attributes(&shown, "form[action='/views'] input[name=here]", "value");
            // A page without rows, users here, has no form.
            if here.starts_with("/users") {
                assert_eq!(field, [] as [&str; 0]);
            } else {
                assert_eq!(field, [here], "the form knows what is shown");
            }
            let answer = save(&person, here, "Mine").await;
            assert_eq!((answer.status, answer.header("location")), (303, kept), "{}", answer.text);
        }
        for (path, href) in [
            ("/clients", "/clients?range=24h&by=blame"),
            ("/events", "/events?class=capacity"),
            ("/findings", "/findings?severity=high"),
            ("/incidents", "/incidents?kind=full&q=fs%201"),
        ] {
            assert_eq!(links(&person.page(path).await), [("Mine".to_owned(), href.to_owned())]);
            assert_eq!(texts(&person.page(path).await, ".views nav [aria-current]"), [] as [&str; 0]);
            assert_eq!(texts(&person.page(href).await, ".views nav [aria-current]"), ["Mine"]);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_view_is_renamed_replaced_and_deleted() {
    both(async |store| {
        let server = with_something(store).await;
        let person = Person::signed_in(&server).await;
        save(&person, "/?q=one", "One").await;
        save(&person, "/?q=two", "Two").await;
        save(&person, "/?q=other", "Two").await;
        let fleet = async || links(&person.page("/").await);
        let pair = |name: &str, href: &str| (name.to_owned(), href.to_owned());
        assert_eq!(fleet().await, [pair("One", "/?q=one"), pair("Two", "/?q=other")]);
        let action = attributes(&person.page("/").await, ".views form[action^='/views/']", "action").remove(0);
        let change = async |what: &str, name: &str, here: &str| {
            person.submit("/", &action, &[("do", what), ("name", name), ("here", here)]).await
        };
        assert_eq!(change("rename", "Two", "/").await.status, 409);
        assert_eq!(change("rename", " ", "/").await.status, 400);
        let renamed = change("rename", "Uno", "/?q=x&page=2").await;
        assert_eq!((renamed.status, renamed.header("location")), (303, "/?q=x"));
        assert_eq!(change("replace", "ignored", "/?level=full").await.status, 303);
        assert_eq!(fleet().await, [pair("Two", "/?q=other"), pair("Uno", "/?level=full")]);
        // What cannot be kept keeps nobody from the rest.
        let long = format!("/?q={}", "x".repeat(LONGEST_QUERY));
        assert_eq!(change("replace", "ignored", &long).await.status, 400);
        let renamed = change("rename", "Eins", &long).await;
        assert_eq!((renamed.status, renamed.header("location")), (303, long.as_str()));
        let deleted = change("delete", "", "no page").await;
        assert_eq!((deleted.status, deleted.header("location")), (303, "/?"));
        assert_eq!(change("delete", "", "/").await.status, 404);
        assert_eq!(fleet().await, [pair("Two", "/?q=other")]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn views_are_for_their_account_alone_bounded_and_need_the_pages_token() {
    both(async |store| {
        let server = with_something(store).await;
        let person = Person::signed_in(&server).await;
        for n in 0..MOST_VIEWS {
            assert_eq!(save(&person, "/", &n.to_string()).await.status, 303);
        }
        let full = save(&person, "/", "one more").await;
        assert_eq!(full.status, 409);
        assert!(full.text.contains("You have 50 saved views"), "{}", full.text);
        let action = attributes(&person.page("/").await, ".views form[action^='/views/']", "action").remove(0);
        let other = Person::signed_in_as(&server, "b.other").await;
        assert_eq!(links(&other.page("/").await), []);
        for what in ["rename", "replace", "delete"] {
            let fields = [("do", what), ("name", "stolen"), ("here", "/")];
            assert_eq!(other.submit("/", &action, &fields).await.status, 404, "{what}");
            assert_eq!(person.post(&action, &fields).await.status, 403, "{what}");
        }
        assert_eq!(person.post("/views", &[("here", "/"), ("name", "x")]).await.status, 403);
        assert_eq!(links(&person.page("/").await).len(), MOST_VIEWS);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn no_view_leads_to_another_site_and_no_name_becomes_markup() {
    let store = Store::sqlite().await;
    let server = with_something(&store).await;
    store.write(async |tx| agents::host_of_identity(tx, "x", "x", "Paris", 0).await).await;
    let person = Person::signed_in(&server).await;
    for here in
        ["//evil.example", "https://evil.example/?q=1", "/\\evil.example", "/sign-out", "", "/settings/groups?q=1"]
    {
        assert_eq!(save(&person, here, "x").await.status, 400, "{here}");
    }
    let foreign =
        Selector::parse("[onerror],[onload],[onmouseover],[ontoggle],iframe,base,math,style,script:not([src])")
            .unwrap();
    let mut kept = 0;
    for name in hostile::names() {
        let escaped: String = name.bytes().map(|b| format!("%{b:02X}")).collect();
        let here = format!("/?q={escaped}");
        let answer = save(&person, &here, &name).await;
        if answer.status != 303 {
            assert_eq!(answer.status, 400, "{name:?}");
            continue;
        }
        kept += 1;
        let location = answer.header("location").to_owned();
        assert!(location.starts_with("/?q=") && !location.contains(['"', '<', '\\', '\r', '\n']), "{location}");
        let page = person.page(&location).await;
        assert_eq!(page.select(&foreign).count(), 0, "{name:?} became markup");
        let wanted = name.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(links(&page), [(wanted, location)]);
        let action = attributes(&page, ".views form[action^='/views/']", "action").remove(0);
        assert_eq!(person.submit("/", &action, &[("do", "delete"), ("name", ""), ("here", "/")]).await.status, 303);
    }
    assert!(kept > 150, "{kept}");
    server.stop().await;
}

#[tokio::test]
async fn what_is_shared_with_others_has_nobody_s_views() {
    let store = Store::sqlite().await;
    let server = with_something(&store).await;
    let person = Person::signed_in(&server).await;
    assert_eq!(save(&person, "/?level=full", "Payroll of <Ann>").await.status, 303);
    assert!(person.get("/").await.text.contains("Payroll"), "the account itself sees it");
    let parts = person.get_with("/", ("x-parts", "1")).await;
    assert_eq!(parts.status, 200);
    assert!(!parts.text.contains("Payroll"), "{}", parts.text);
    server.stop().await;
}
