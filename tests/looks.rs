//! Every page in every look: desk and phone, light and dark, English and French, with JavaScript and without; of an empty
//! installation, of three hosts, and of 10,000. Nothing is cut off, everybody can use it, nothing comes from elsewhere, and the
//! console stays silent.

use highwater::clock::Clock;
use highwater::model::account::LinkPurpose;
use highwater::model::connector::{NewConnector, System, TEST};
use highwater::model::delivery::{Endpoint, EndpointKind, NewDelivery};
use highwater::model::eyes::Eyes;
use highwater::model::incident::Kind;
use highwater::model::standing::OffWhy;
use highwater::model::webhook::{EventType, NewWebhook};
use highwater::model::{ClientId, HostId};
use highwater::store::connectors::Inserted;
use highwater::store::incidents::{Deed, NewIncident};
use highwater::store::rank::By;
use highwater::store::{
    Db, accounts, aliases, classes, connectors, deliveries, events, hosts, incidents, search, webhooks,
};

use thirtyfour::Cookie;

use crate::browser::{demo_with_a_past, server_for_browsers};
use crate::harness::browser::{Browser, Look};
use crate::harness::large_fleet;
use crate::harness::person;
use crate::harness::store::Store;
use crate::harness::ticketing;

/// A page: a name for its picture, and where it is.
pub(crate) type Named = (&'static str, String);

/// Pages that every installation has.
const EVERYWHERE: [(&str, &str); 27] = [
    ("fleet", "/"),
    ("wall", "/?wall=1"),
    ("fleet-30d", "/?range=30d"),
    ("clients", "/clients?range=24h"),
    ("users", "/users?range=24h"),
    ("events", "/events"),
    ("search", "/search?q=pc-"),
    ("incidents", "/incidents?state=all"),
    ("findings", "/findings"),
    ("rule", "/findings/CFG-07"),
    ("agents", "/settings/agents"),
    ("tokens", "/settings/tokens"),
    ("keys", "/settings/keys"),
    ("account", "/account"),
    ("accounts", "/settings/accounts"),
    ("problems", "/problems"),
    ("problem", "/problems/outdated"),
    ("classes", "/settings/classes"),
    ("groups", "/settings/groups"),
    ("rules", "/settings/alerts"),
    ("rule-form", "/settings/alerts?kind=near&new=1"),
    ("silences", "/settings/silences"),
    ("audit", "/settings/audit"),
    ("diagnosis", "/settings/diagnosis"),
    ("webhooks", "/settings/webhooks"),
    ("tickets", "/settings/tickets"),
    ("ticket-form", "/settings/tickets?system=servicenow"),
];

pub(crate) fn everywhere() -> Vec<Named> {
    let mut pages: Vec<Named> = EVERYWHERE.iter().map(|(name, path)| (*name, (*path).to_owned())).collect();
    pages.push(("missing", "/hosts/999999".to_owned()));
    pages
}

/// Pages of a host, a client, a user and an event that are there.
pub(crate) async fn of_one(db: &Db) -> Vec<Named> {
    let all = hosts::all_now(db).await.unwrap();
    let kiosk = all.iter().find(|h| h.name.starts_with("KIOSK")).unwrap_or(&all[0]).id;
    let server = all.iter().find(|h| h.os.starts_with("Windows Server")).unwrap_or(&all[0]).id;
    let hour_ago_at = Clock::system().now_at() - 3_600_000;
    let mut pages = vec![
        ("host", format!("/hosts/{kiosk}")),
        ("host-compared", format!("/hosts/{kiosk}?compared_with={hour_ago_at}")),
        ("host-windows", format!("/hosts/{server}?range=7d")),
        ("host-before", format!("/hosts/{kiosk}?before=7d")),
        ("client", "/clients/1?range=24h".to_owned()),
        ("user", "/users/1?range=24h".to_owned()),
        ("clients-class", "/clients?range=24h&class=backup".to_owned()),
        ("rule-of-classes", format!("/settings/classes?rule={}#look", classes::rules(db).await.unwrap()[0].id)),
        ("client-merged", merged_client(db).await),
    ];
    let event = events::list(db, &events::EventFilter { most: 1, ..Default::default() }).await.unwrap();
    pages.extend(event.first().map(|e| ("event", format!("/events/{}", e.id))));
    pages.push(("incident", incident(db, kiosk).await));
    pages.push(("account-of", format!("/settings/accounts/{}", accounts::list(db).await.unwrap()[0].id)));
    let (ticket, webhook) = (ticket_system(db).await, webhook(db).await);
    let message = deliveries::list(db, &deliveries::DeliveryFilter { most: 1, ..Default::default() }).await.unwrap();
    pages.extend(message.first().map(|one| ("ticket-message", format!("{ticket}/deliveries/{}", one.id))));
    pages.push(("ticket", ticket));
    pages.push(("webhook", webhook));
    pages
}

/// A ticket system with a message that waits, and one that is dead.
async fn ticket_system(db: &Db) -> String {
    if let Some(there) = connectors::list(db).await.unwrap().first() {
        return format!("/settings/tickets/{}", there.id);
    }
    let settings = [("url".to_owned(), "https://desk.example".to_owned()), ("user".to_owned(), "robot".to_owned())];
    let new =
        NewConnector { kinds: vec![Kind::Flood], ..ticketing::new(System::ServiceNow, settings.into(), &[].into()) };
    let now_at = Clock::system().now_at();
    let mut tx = db.begin().await.unwrap();
    let Inserted::Yes(id) = connectors::insert(&mut tx, &new, person::NAME, now_at).await.unwrap() else { panic!() };
    connectors::switch_off(&mut tx, id, OffWhy::Hand, person::NAME, now_at).await.unwrap();
    let endpoint = Endpoint { kind: EndpointKind::Ticket, id: id.0 };
    let one = NewDelivery { endpoint, incident: None, event_type: TEST, body: "{}" };
    deliveries::enqueue(&mut tx, &one, now_at).await.unwrap();
    tx.commit().await.unwrap();
    format!("/settings/tickets/{id}")
}

async fn webhook(db: &Db) -> String {
    if let Some(there) = webhooks::list(db).await.unwrap().first() {
        return format!("/settings/webhooks/{}", there.id);
    }
    let (name, url) = ("Desk".to_owned(), "https://desk.example/in".to_owned());
    let new = NewWebhook { name, url, event_types: EventType::USUAL.to_vec(), groups: Vec::new() };
    let now_at = Clock::system().now_at();
    let mut tx = db.begin().await.unwrap();
    let id = webhooks::insert(&mut tx, &new, person::NAME, now_at).await.unwrap().unwrap();
    webhooks::switch_off(&mut tx, id, OffWhy::Hand, person::NAME, now_at).await.unwrap();
    tx.commit().await.unwrap();
    format!("/settings/webhooks/{id}")
}

/// An incident with all that can happen to one.
async fn incident(db: &Db, host: HostId) -> String {
    let now_at = Clock::system().now_at();
    let mut tx = db.begin().await.unwrap();
    let (from_at, opened_at) = (now_at - 3_600_000, now_at - 3_500_000);
    // Of a kind that nothing opens by itself meanwhile.
    let new = NewIncident { host: Some(host), kind: Kind::Flood, subject: "", from_at, opened_at, is_silenced: false };
    let Some(id) = incidents::insert(&mut tx, &new, opened_at).await.unwrap() else {
        let there = incidents::going_on(db, Kind::Flood).await.unwrap();
        return format!("/incidents/{}", there[0].id);
    };
    let deed = Deed { by: person::NAME, now_at: now_at - 60_000, seen_version: None };
    incidents::within(&mut tx, id, &[opened_at + 60_000], &[opened_at + 90_000], now_at).await.unwrap();
    incidents::acknowledge(&mut tx, id, deed, None).await.unwrap();
    incidents::comment(&mut tx, id, deed, "SCAN-2F: 5.\nINC0041207").await.unwrap();
    incidents::link(&mut tx, id, deed, ("INC0041207", "https://tickets.example/INC0041207")).await.unwrap();
    tx.commit().await.unwrap();
    format!("/incidents/{id}")
}

/// A client with three names, and others that could be its.
async fn merged_client(db: &Db) -> String {
    let found = search::names(db, By::Client, "pc", 4, &Eyes::Names).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    for (other, _) in &found[1..3] {
        let (main, other) = (ClientId(found[0].0), ClientId(*other));
        aliases::merge(&mut tx, main, other, person::NAME, Clock::system().now_at()).await.unwrap();
    }
    tx.commit().await.unwrap();
    format!("/clients/{}?range=24h&q=pc#names", found[0].0)
}

/// All looks of both widths and both themes.
pub(crate) fn looks() -> [Look; 4] {
    [Look::DESK, Look::DESK.dark(), Look::PHONE, Look::PHONE.dark()]
}

/// Looks at each page as somebody who is signed in, and judges it.
pub(crate) async fn judge(db: &Db, base: &str, look: Look, (fleet, pages): (&str, &[Named])) {
    let browser = Browser::start(look).await;
    let account = accounts::list(db).await.unwrap()[0].id;
    let link = person::link(db, LinkPurpose::SignIn, Some(account), Clock::system().now_at()).await;
    browser.driver.goto(format!("{base}{link}")).await.unwrap();
    for (name, path) in pages {
        browser.driver.goto(format!("{base}{path}")).await.unwrap();
        let place = format!("{fleet} {path}{}", look.suffix());
        assert!(browser.overflow_px().await <= 0, "{place} is wider than a window of {} px", look.width);
        assert_eq!(browser.broken_pictures().await, 0, "{place} has a broken picture");
        assert_eq!(browser.strangers().await, [] as [String; 0], "{place} asks another origin");
        assert_eq!(browser.language().await, look.language, "{place}");
        if look.javascript {
            let faults = browser.accessibility_faults().await;
            assert!(faults.is_empty(), "{place} is not for everybody:\n{}", faults.join("\n"));
        } else {
            let cookies = browser.driver.get_all_cookies().await.unwrap();
            assert!(cookies.iter().all(|cookie| cookie.name != "tz"), "a script ran: this would prove nothing");
        }
        assert_eq!(browser.console().await, [] as [String; 0], "{place}: the console is not silent");
        browser.picture(&format!("{fleet}-{name}{}", look.suffix())).await;
    }
    browser.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_three_hosts_is_good_in_every_look() {
    let demo = demo_with_a_past(3, 2).await;
    let base = demo.url.split("/welcome/").next().unwrap().to_owned();
    let db = &demo.running.db;
    let pages = [everywhere(), of_one(db).await].concat();
    let plain = [Look::DESK, Look::PHONE.dark()].map(Look::without_javascript);
    for look in looks().into_iter().chain(plain) {
        for look in [look, look.french()] {
            judge(db, &base, look, ("three", &pages)).await;
        }
    }
    demo.stop().await.unwrap();
}

/// Windows beside others, and those of old screens.
const WIDTHS: [u32; 9] = [520, 640, 768, 960, 1_024, 1_180, 1_280, 1_366, 1_600];
/// Ends of what stands in the head of a page, in pixels from its left edge.
const HEAD_ENDS_AT: &str = "return Math.ceil(Math.max(...[...document.querySelectorAll('.bar *')].map((e) => e.getBoundingClientRect().right)))";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_width_of_a_window_cuts_a_page_or_its_head() {
    let store = Store::sqlite().await;
    let (server, url) = server_for_browsers(&store).await;
    let browser = Browser::start(Look::DESK).await;
    // As wide as a name is shown.
    let account = person::account(&server.db, "annemarie.vandenbroucke-delacroix").await;
    let link = person::link(&server.db, LinkPurpose::SignIn, Some(account), server.clock.now_at()).await;
    browser.driver.goto(format!("{url}{link}")).await.unwrap();
    for language in ["en", "fr"] {
        for path in ["/", "/clients", "/account", "/settings/agents", "/settings/audit", "/settings/silences"] {
            browser.driver.add_cookie(Cookie::new("lang", language)).await.unwrap();
            browser.driver.goto(format!("{url}{path}")).await.unwrap();
            assert_eq!(browser.language().await, language);
            for width in WIDTHS {
                browser.driver.set_window_rect(0, 0, width, 900).await.unwrap();
                let place = format!("{path} in {language}, {width} px");
                assert!(browser.overflow_px().await <= 0, "{place} is cut");
                let ends_at = browser.driver.execute(HEAD_ENDS_AT, vec![]).await.unwrap().json().as_i64().unwrap();
                assert!(ends_at <= i64::from(width), "{place}: its head ends at {ends_at}");
            }
        }
    }
    browser.stop().await;
    server.stop().await;
}

/// The widths of A4 and of US Letter between their margins, in pixels of CSS.
const PAPERS: [u32; 2] = [688, 710];
/// What is wider than the box it lies in: on paper nobody scrolls.
const CLIPPED: &str =
    "return [...document.querySelectorAll('.scroll')].filter((box) => box.scrollWidth > box.clientWidth + 1)
    .map((box) => box.getAttribute('aria-labelledby') || box.getAttribute('aria-label'))";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_printed_has_all_that_is_read_and_nothing_that_is_clicked() {
    let demo = demo_with_a_past(3, 1).await;
    let (base, db) = (demo.url.split("/welcome/").next().unwrap().to_owned(), &demo.running.db);
    let pages = [of_one(db).await, everywhere()].concat();
    for width in PAPERS {
        let browser = Browser::start(Look { width, ..Look::DESK }).await;
        let account = accounts::list(db).await.unwrap()[0].id;
        let link = person::link(db, LinkPurpose::SignIn, Some(account), Clock::system().now_at()).await;
        browser.driver.goto(format!("{base}{link}")).await.unwrap();
        browser.print().await;
        for (name, path) in pages.iter().filter(|(name, _)| *name != "wall") {
            browser.driver.goto(format!("{base}{path}")).await.unwrap();
            assert!(browser.overflow_px().await <= 0, "{path} is wider than paper of {width} px");
            let clipped = browser.driver.execute(CLIPPED, vec![]).await.unwrap().json().clone();
            assert_eq!(clipped, serde_json::json!([]), "{path}: tables are cut on paper of {width} px");
            assert!(browser.seen("h1").await == 1, "{path} has its first sentence");
            assert_eq!(browser.seen("header, form, .btn, .seg").await, 0, "{path} prints what can only be clicked");
            browser.picture(&format!("{name}-print-{width}")).await;
        }
        if width == PAPERS[0] {
            browser.driver.goto(format!("{base}/")).await.unwrap();
            assert!(browser.seen("#bands .right").await == 1, "charts of paper have what those of a phone lack");
        }
        browser.stop().await;
    }
    demo.stop().await.unwrap();
}

/// The four looks that differ in everything.
fn opposites() -> [Look; 4] {
    [
        Look::DESK,
        Look::PHONE.dark().french(),
        Look::DESK.dark().french().without_javascript(),
        Look::PHONE.without_javascript(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_an_empty_installation_is_good() {
    let store = Store::sqlite().await;
    let (server, base) = server_for_browsers(&store).await;
    person::account(&server.db, person::NAME).await;
    for look in opposites() {
        judge(&server.db, &base, look, ("empty", &everywhere())).await;
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_10_000_hosts_is_good() {
    let store = Store::sqlite().await;
    large_fleet::write(&store, Clock::system().now_at()).await;
    let (server, base) = server_for_browsers(&store).await;
    person::account(&server.db, person::NAME).await;
    let pages = [everywhere(), of_one(&server.db).await].concat();
    for look in opposites() {
        judge(&server.db, &base, look, ("large", &pages)).await;
    }
    server.stop().await;
}
