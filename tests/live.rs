//! Pages that are open: told of what is new, in a real browser and a thousand at once.

use std::net::SocketAddr;
use std::time::Duration;

use highwater::clock::Clock;
use highwater::model::IncidentId;
use highwater::model::incident::Kind;
use highwater::secret;
use highwater::store::incidents::{self, Deed, NewIncident};
use highwater::store::{accounts, hosts};
use highwater::web::live::MOST_OF_ACCOUNT;
use highwater_wire::{Decoded, Event, Record};
use reqwest::{Client, Response};
use thirtyfour::{By, WebDriver};
use tokio::time::timeout;

use crate::browser::{number, server_for_browsers, shows, sign_in};
use crate::harness::browser::{Browser, Look};
use crate::harness::person::{self, Person};
use crate::harness::server::{TestServer, batch, snapshot};
use crate::harness::store::Store;
use crate::harness::wait::{eventually, same};

/// Longer than any message may take.
const SOON: Duration = Duration::from_secs(60);
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// Without a limit of time: streams go on.
fn client() -> Client {
    highwater::tls::install_provider();
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// Cookies of so many people who are signed in.
async fn signed_in(server: &TestServer, people: usize) -> Vec<String> {
    let (mut cookies, now_at) = (Vec::new(), server.clock.now_at());
    let mut tx = server.db.begin().await.unwrap();
    for i in 0..people {
        let account = accounts::insert(&mut tx, &format!("person{i}"), "none", "administrator", now_at).await.unwrap();
        let token = secret::fresh(secret::SESSION_PREFIX).unwrap();
        accounts::insert_session(&mut tx, &secret::sha256(&token), account, "csrf", now_at).await.unwrap();
        cookies.push(format!("hw_plain={token}"));
    }
    tx.commit().await.unwrap();
    cookies
}

/// One page's stream of news.
struct Stream {
    response: Response,
    buffer: String,
}

impl Stream {
    async fn open(http: &Client, url: &str, cookie: &str) -> Self {
        let request = http.get(format!("{url}/live?topic=fleet")).header("cookie", cookie);
        let response = request.header("accept-encoding", "gzip").send().await.unwrap();
        assert_eq!(response.status(), 200);
        let header = |name: &str| response.headers().get(name).map_or("", |v| v.to_str().unwrap()).to_owned();
        assert_eq!((header("content-type"), header("content-encoding")), ("text/event-stream".into(), String::new()));
        assert_eq!(header("x-accel-buffering"), "no");
        let mut stream = Self { response, buffer: String::new() };
        assert_eq!(stream.next().await.as_deref(), Some("hello"));
        stream
    }

    /// The next event's name. None at the end.
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some((event, rest)) = self.buffer.split_once("\n\n") {
                let name = event.lines().find_map(|line| line.strip_prefix("event: ")).map(str::to_owned);
                self.buffer = rest.to_owned();
                // Now and then it says that it is still there.
                if name.as_deref().is_some_and(|name| name != "still") {
                    return name;
                }
                continue;
            }
            let chunk = timeout(SOON, self.response.chunk()).await.expect("the stream says something").unwrap()?;
            self.buffer.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_open_pages_cost_one_rendering_a_change_and_end_with_the_server() {
    let store = Store::sqlite().await;
    let clock = Clock::manual(Clock::system().now_at());
    let server = TestServer::start_at(&store, clock.clone(), |c| c.plain_listen = Some(LOOPBACK)).await;
    let url = format!("http://{}", server.plain_addr.unwrap());
    let (key, now_at) = (server.key("FS01").await, clock.now_at());
    server.push(&key, &batch(now_at, 1, vec![snapshot(now_at - 60_000, 12)])).await.unwrap();
    let (http, cookies) = (client(), signed_in(&server, 4).await);
    let mut pages = Vec::new();
    for i in 0..1_000 {
        let cookie = cookies[i % 4].clone();
        pages.push((Stream::open(&http, &url, &cookie).await, cookie));
    }
    assert_eq!(server.live.listeners(), 1_000);
    let refused = http.get(format!("{url}/live?topic=fleet")).header("cookie", &cookies[0]).send().await.unwrap();
    assert_eq!((refused.status().as_u16(), 1_000 / 4), (429, MOST_OF_ACCOUNT));
    assert!(refused.headers().contains_key("retry-after"));

    clock.set(now_at + 1_000);
    let before = server.live.rendered();
    server.push(&key, &batch(now_at + 1_000, 2, vec![snapshot(now_at + 1_000, 17)])).await.unwrap();
    let told = pages.into_iter().map(|(mut stream, cookie)| {
        let (http, url) = (http.clone(), url.clone());
        tokio::spawn(async move {
            assert_eq!(stream.next().await.as_deref(), Some("changed"));
            let request = http.get(format!("{url}/")).header("cookie", cookie).header("x-parts", "1");
            let page = request.send().await.unwrap().text().await.unwrap();
            assert!(page.contains("<b>17</b>"), "{page}");
            assert!(!page.contains("csrf") && !page.contains("person"), "it is for all: {page}");
            stream
        })
    });
    let told: Vec<_> = told.collect();
    let mut streams = Vec::new();
    for page in told {
        streams.push(page.await.unwrap());
    }
    assert_eq!(server.live.rendered() - before, 1);

    let ending = tokio::spawn(server.stop());
    for stream in &mut streams {
        assert_eq!(stream.next().await.as_deref(), Some("bye"));
        assert_eq!(stream.next().await, None);
    }
    drop(streams);
    ending.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_with_its_session_and_nobody_else_hears_anything() {
    let store = Store::sqlite().await;
    let server = TestServer::start_with(&store, |c| c.plain_listen = Some(LOOPBACK)).await;
    let url = format!("http://{}", server.plain_addr.unwrap());
    let (http, cookies) = (client(), signed_in(&server, 2).await);
    let ask = async |path: &str, cookie: &str| {
        let request = http.get(format!("{url}{path}")).header("cookie", cookie).header("x-parts", "1");
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask("/live?topic=fleet", "").await, 401);
    assert_eq!(ask("/", "").await, 303, "parts are for those who are signed in");
    assert_eq!(ask("/live?topic=everything", &cookies[0]).await, 400);
    assert_eq!(ask("/hosts/7", &cookies[0]).await, 404);
    let (mut one, mut other) =
        (Stream::open(&http, &url, &cookies[0]).await, Stream::open(&http, &url, &cookies[1]).await);
    let session = secret::sha256(cookies[0].trim_start_matches("hw_plain="));
    let mut tx = server.db.begin().await.unwrap();
    accounts::delete_session(&mut tx, &session).await.unwrap();
    tx.commit().await.unwrap();
    // A minute may end meanwhile, which every page is told.
    let mut last = one.next().await;
    while last.as_deref() == Some("changed") {
        last = one.next().await;
    }
    assert_eq!((last.as_deref(), one.next().await), (Some("over"), None));
    assert_eq!(server.live.listeners(), 1);
    assert_eq!(ask("/", &cookies[0]).await, 303);
    let key = server.key("FS01").await;
    let now_at = server.clock.now_at();
    server.push(&key, &batch(now_at, 1, vec![snapshot(now_at, 3)])).await.unwrap();
    assert_eq!(other.next().await.as_deref(), Some("changed"));
    drop(other);
    eventually("its seat is given back", async || same(&server.live.listeners(), &0)).await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_page_shares_is_rendered_for_each_zone() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let (key, now_at) = (server.key("FS01").await, server.clock.now_at());
    server.push(&key, &batch(now_at, 1, vec![snapshot(now_at, 3)])).await.unwrap();
    let person = Person::signed_in(&server).await;
    for zone in ["Europe/Paris", "Asia/Tokyo"] {
        person.cookies.borrow_mut().insert("tz".to_owned(), zone.to_owned());
        let whole = person.page("/").await;
        let parts = person.get_with("/", ("x-parts", "1")).await.html();
        let first = |page| person::texts(page, "#headline .meta span")[0].clone();
        assert_eq!(first(&parts), first(&whole), "{zone}");
        assert!(person::texts(&parts, "header").is_empty() && !person::texts(&whole, "header").is_empty());
    }
    server.stop().await;
}

/// What one person gets is kept and given to everybody who looks at the same page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_page_shares_holds_nothing_of_one_person() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let (key, now_at) = (server.key("FS01").await, server.clock.now_at());
    server.push(&key, &batch(now_at, 1, vec![snapshot(now_at, 3)])).await.unwrap();
    open_incident(&server, now_at).await;
    let person = Person::signed_in(&server).await;
    for (path, expected, has_forms) in [
        ("/", "fleet", true),
        ("/hosts/1", "host:1", true),
        ("/clients", "derived", false),
        ("/clients/1", "derived", false),
        ("/users", "derived", false),
        ("/users/1", "derived", false),
        ("/events", "events", true),
        ("/findings", "derived", true),
        ("/findings/CFG-01", "derived", false),
        ("/incidents", "incidents", false),
        ("/incidents/1", "incident:1", true),
    ] {
        let whole = person.get(path).await;
        let csrf = person::attributes(&whole.html(), "input[name=csrf]", "value");
        assert!(!csrf.is_empty() && whole.text.contains("/sign-out"), "{path}: a whole page is somebody's");
        assert!(!has_forms || csrf.len() > 1, "{path}: forms of its own");
        let parts = person.get_with(path, ("x-parts", "1")).await;
        assert!(parts.status == 200 && !person::texts(&parts.html(), "[id]").is_empty(), "{path}: {}", parts.text);
        let live = |page: &_| person::attributes(page, "[data-live]", "id");
        let ids = live(&parts.html());
        assert!(!ids.is_empty(), "{path}");
        assert_eq!(ids, live(&whole.html()), "{path}: an open page would be loaded again and again");
        let topic = person::attributes(&whole.html(), "body", "data-topic");
        assert_eq!(topic, [expected]);
        for own in [csrf[0].as_str(), "name=\"csrf\"", "method=\"post\"", "/sign-out"] {
            assert!(!parts.text.contains(own), "{path}: {own} is in the shared parts");
        }
    }
    server.stop().await;
}

fn event(recorded_at: i64) -> Record {
    Record::Event(Event {
        channel: "System".into(),
        provider: "Srv".into(),
        record_id: 1,
        log_epoch: 0,
        recorded_at,
        code: 2003,
        level: 3,
        computer: "FS01".into(),
        xml: String::new(),
        message: None,
        decoded: Decoded::default(),
    })
}

/// About the first host.
async fn open_incident(server: &TestServer, now_at: i64) -> IncidentId {
    let host = hosts::in_short(&server.db).await.unwrap()[0].id;
    let new = NewIncident {
        host: Some(host),
        kind: Kind::Full,
        subject: "",
        from_at: now_at - 60_000,
        opened_at: now_at,
        is_silenced: false,
    };
    let mut tx = server.db.begin().await.unwrap();
    let id = incidents::insert(&mut tx, &new, now_at).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    id
}

/// Lists follow, too, and so does one incident when somebody else does something.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_and_incidents_follow_what_comes_in_and_what_others_do() {
    let store = Store::sqlite().await;
    let (server, url) = server_for_browsers(&store).await;
    let (key, now_at) = (server.key("FS01").await, server.clock.now_at());
    server.push(&key, &batch(now_at, 1, vec![snapshot(now_at, 3)])).await.unwrap();
    let browser = Browser::start(Look::DESK).await;
    let driver = &browser.driver;
    sign_in(&browser, &server, &url).await;

    let open = async |path: &str, says: &str| {
        driver.goto(format!("{url}{path}")).await.unwrap();
        headline_says(driver, says).await;
        listens(driver).await;
        driver.execute("window.unchanged = true", vec![]).await.unwrap();
    };
    let is_same = async || assert_eq!(number(driver, "return window.unchanged ? 1 : 0").await, 1, "not loaded again");
    open("/events", "No event").await;
    let mut told = batch(server.clock.now_at(), 2, vec![]);
    told.records.push(event(server.clock.now_at()));
    server.push(&key, &told).await.unwrap();
    shows(driver, "#rows", "2003").await;
    is_same().await;

    open("/incidents", "No open incident").await;
    let id = open_incident(&server, server.clock.now_at()).await;
    headline_says(driver, "1 open incident").await;
    shows(driver, "#rows", "FS01").await;
    is_same().await;

    open(&format!("/incidents/{id}"), "FS01").await;
    let deed = Deed { by: "ann", now_at: server.clock.now_at(), seen_version: None };
    store.write(async |tx| incidents::comment(tx, id, deed, "Five are free.").await).await;
    shows(driver, "#timeline", "Five are free.").await;
    is_same().await;
    store.write(async |tx| incidents::acknowledge(tx, id, deed, None).await).await;
    shows(driver, "#headline", "Acknowledged").await;
    eventually("what can be done is another thing", async || {
        same(&number(driver, "return document.querySelector('[action$=acknowledge]') ? 1 : 0").await, &0)
    })
    .await;
    browser.stop().await;
    server.stop().await;
}

/// Waits until the page's stream of news is open.
async fn listens(driver: &WebDriver) {
    shows(driver, "body[data-listens]", "").await;
}

async fn headline_says(driver: &WebDriver, part: &str) {
    shows(driver, "h1", part).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_open_page_fills_itself_and_leaves_what_somebody_uses_alone() {
    let store = Store::sqlite().await;
    let (server, url) = server_for_browsers(&store).await;
    let browser = Browser::start(Look { height: 500, ..Look::DESK }).await;
    let driver = &browser.driver;
    sign_in(&browser, &server, &url).await;
    headline_says(driver, "No host reports yet").await;
    listens(driver).await;
    let (key, now_at) = (server.key("FS01").await, server.clock.now_at());
    server.push(&key, &batch(now_at, 1, vec![snapshot(now_at - 60_000, 11), snapshot(now_at, 12)])).await.unwrap();
    headline_says(driver, "No host is full").await;
    shows(driver, "#rows", "12 / 20").await;

    let host = hosts::all_now(&server.db).await.unwrap()[0].id;
    driver.goto(format!("{url}/hosts/{host}")).await.unwrap();
    shows(driver, "#counters", "12 of 20").await;
    listens(driver).await;
    let arrange = "document.querySelector('details.astable').open = true; window.unchanged = true;
        document.querySelector('#sessions .scroll').scrollTop = 40; scrollTo(0, 333);
        const name = document.querySelector('#sessions a.name'); name.focus({ preventScroll: true });
        window.focused = name.getAttribute('href');
        getSelection().selectAllChildren(document.querySelector('#agent'));";
    driver.execute(arrange, vec![]).await.unwrap();
    let now_at = server.clock.now_at();
    server.push(&key, &batch(now_at, 3, vec![snapshot(now_at, 20)])).await.unwrap();
    shows(driver, "#counters", "20 of 20").await;
    headline_says(driver, "full").await;
    let is = async |what: &str| number(driver, &format!("return ({what}) ? 1 : 0")).await == 1;
    assert!(is("window.unchanged").await, "the page was not loaded again");
    assert!(is("document.querySelector('details.astable').open").await);
    assert!(is("scrollY === 333").await);
    assert!(is("getSelection().toString().includes('Sampling')").await, "what is selected stays");
    let rows = "document.querySelectorAll('#sessions tbody tr').length";
    eventually("hands that rest hold nothing back", async || same(&is(&format!("{rows} === 20")).await, &true)).await;
    let focus = "document.activeElement.matches('#sessions a.name') && \
                 document.activeElement.getAttribute('href') === window.focused";
    assert!(is(focus).await, "what had the focus has it again");
    browser.picture("live-host").await;
    held_back(driver, &server, &key).await;
    assert!(is(focus).await, "and again");
    paused(driver, &server, &key).await;
    browser.stop().await;
    server.stop().await;
}

/// What somebody has selected, written or has the hands on waits, is marked, and after a while the page says so.
async fn held_back(driver: &WebDriver, server: &TestServer, key: &str) {
    let is = async |what: &str| number(driver, &format!("return ({what}) ? 1 : 0")).await == 1;
    let push = async |seq: u64, sessions: u32| {
        let now_at = server.clock.now_at();
        server.push(key, &batch(now_at, seq, vec![snapshot(now_at, sessions)])).await.unwrap();
    };
    let rows = |n: u32| format!("document.querySelectorAll('#sessions tbody tr').length === {n}");
    let write = "const field = document.createElement('input'); document.querySelector('#counters').append(field);
        field.value = 'written'; getSelection().selectAllChildren(document.querySelector('#sessions'));";
    driver.execute(write, vec![]).await.unwrap();
    push(4, 15).await;
    shows(driver, ".lost", "New figures wait").await;
    assert!(is(&rows(20)).await && is("document.querySelector('#sessions').matches('[data-held]')").await);
    assert!(is("document.querySelector('#counters[data-held] input').value === 'written'").await);
    driver
        .execute("document.querySelector('#counters input').value = ''; getSelection().removeAllRanges()", vec![])
        .await
        .unwrap();
    eventually("what was in use catches up", async || same(&is(&rows(15)).await, &true)).await;
    shows(driver, "#counters", "15 of 20").await;
    eventually("nothing waits any more", async || {
        same(&is("!document.querySelector('[data-held]') && !document.querySelector('.lost').textContent").await, &true)
    })
    .await;

    let typing = "const type = () => document.activeElement.dispatchEvent(
            new KeyboardEvent('keydown', { key: 'Shift', bubbles: true }));
        type(); window.typing = setInterval(type, 200)";
    driver.execute(typing, vec![]).await.unwrap();
    push(5, 14).await;
    eventually("what the keys are in waits", async || {
        same(&is("Boolean(document.querySelector('#sessions[data-held]'))").await, &true)
    })
    .await;
    assert!(is(&rows(15)).await);
    driver.execute("clearInterval(window.typing)", vec![]).await.unwrap();
    eventually("keys that rest hold nothing back", async || same(&is(&rows(14)).await, &true)).await;
}

/// A page that is paused stays as it is until it goes on.
async fn paused(driver: &WebDriver, server: &TestServer, key: &str) {
    let label = crate::browser::text(driver, "[data-pause]").await;
    driver.find(By::Css("[data-pause]")).await.unwrap().click().await.unwrap();
    eventually("its stream ends", async || same(&server.live.listeners(), &0)).await;
    let now_at = server.clock.now_at();
    server.push(key, &batch(now_at, 6, vec![snapshot(now_at, 5)])).await.unwrap();
    // The word stays: with another one "pressed" would say the contrary.
    shows(driver, "[data-pause][aria-pressed=true]", &label).await;
    shows(driver, "#counters", "14 of 20").await;
    driver.find(By::Css("[data-pause]")).await.unwrap().click().await.unwrap();
    shows(driver, "[data-pause][aria-pressed=false]", &label).await;
    // The pointer rests on the button: the parts that it is not in are told at once.
    shows(driver, "#counters", "5 of 20").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_whose_parts_came_or_went_is_loaded_again_once_nobody_uses_it() {
    let store = Store::sqlite().await;
    let (server, url) = server_for_browsers(&store).await;
    let (key, now_at) = (server.key("FS01").await, server.clock.now_at());
    server.push(&key, &batch(now_at, 1, vec![snapshot(now_at, 12)])).await.unwrap();
    let browser = Browser::start(Look::DESK).await;
    let driver = &browser.driver;
    sign_in(&browser, &server, &url).await;
    shows(driver, "#rows", "12 / 20").await;
    listens(driver).await;
    let other = "window.unchanged = true; document.querySelector('[data-seek]').value = 'paris';
        document.querySelector('main').insertAdjacentHTML('beforeend', '<div id=gone data-live></div>');";
    driver.execute(other, vec![]).await.unwrap();
    let now_at = server.clock.now_at();
    server.push(&key, &batch(now_at, 2, vec![snapshot(now_at, 15)])).await.unwrap();
    shows(driver, "#rows", "15 / 20").await;
    shows(driver, ".lost", "Load it again").await;
    assert_eq!(number(driver, "return window.unchanged ? 1 : 0").await, 1, "what is written is not lost");
    driver.execute("document.querySelector('[data-seek]').value = ''", vec![]).await.unwrap();
    eventually("it is loaded again", async || {
        same(&number(driver, "return !window.unchanged && !document.querySelector('#gone') ? 1 : 0").await, &1)
    })
    .await;
    assert_eq!(number(driver, "return document.cookie.includes('itself') ? 1 : 0").await, 0, "it was for one request");
    browser.stop().await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_is_shown_and_mended_and_a_session_that_ended_leads_to_sign_in() {
    let store = Store::sqlite().await;
    let (server, url) = server_for_browsers(&store).await;
    let plain = server.plain_addr;
    let (key, now_at) = (server.key("FS01").await, server.clock.now_at());
    server.push(&key, &batch(now_at, 1, vec![snapshot(now_at, 12)])).await.unwrap();
    let browser = Browser::start(Look::DESK).await;
    let driver = &browser.driver;
    sign_in(&browser, &server, &url).await;
    shows(driver, "#rows", "12 / 20").await;
    eventually("the page listens", async || same(&server.live.listeners(), &1)).await;
    driver.execute("window.unchanged = true", vec![]).await.unwrap();
    server.stop().await;
    shows(driver, "[role=status].lost", "Connection lost since ").await;
    browser.picture("live-lost").await;

    let server = TestServer::start_with(&store, |c| c.plain_listen = plain).await;
    let now_at = server.clock.now_at();
    server.push(&key, &batch(now_at, 2, vec![snapshot(now_at, 15)])).await.unwrap();
    shows(driver, "#rows", "15 / 20").await;
    assert_eq!(number(driver, "return document.querySelector('.lost').textContent.length").await, 0);
    assert_eq!(number(driver, "return window.unchanged ? 1 : 0").await, 1, "the page was not loaded again");

    eventually("the page listens again", async || same(&server.live.listeners(), &1)).await;
    let mut tx = server.db.begin().await.unwrap();
    let account = accounts::list(&server.db).await.unwrap()[0].id;
    accounts::delete_sessions_of(&mut tx, account).await.unwrap();
    tx.commit().await.unwrap();
    crate::browser::lands(driver, "/sign-in?next=").await;
    browser.stop().await;
    server.stop().await;
}
