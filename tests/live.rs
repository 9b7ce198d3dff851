//! Pages that are open: a thousand at once are told of what is new, and share what is nobody's own.

use std::net::SocketAddr;
use std::time::Duration;

use highwater::clock::Clock;
use highwater::model::IncidentId;
use highwater::model::account::NewWebSession;
use highwater::model::incident::Kind;
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::secret;
use highwater::store::incidents::{self, NewIncident};
use highwater::store::{accounts, hosts};
use highwater::web::live::MOST_OF_ACCOUNT;
use reqwest::{Client, Response};
use tokio::time::timeout;

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
        let account =
            accounts::insert(&mut tx, &format!("person{i}"), "none", Role::Administrator, now_at).await.unwrap();
        let token = secret::fresh(secret::SESSION_PREFIX).unwrap();
        let (sha256, csrf_token, address) = (secret::sha256(&token), "csrf", "127.0.0.1");
        let new = NewWebSession { sha256, account, csrf_token, is_screen: false, address, browser: "" };
        accounts::insert_session(&mut tx, &new, now_at).await.unwrap();
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
async fn a_stream_ends_when_its_person_comes_to_see_other_hosts() {
    let store = Store::sqlite().await;
    let server = TestServer::start_with(&store, |c| c.plain_listen = Some(LOOPBACK)).await;
    let url = format!("http://{}", server.plain_addr.unwrap());
    let (http, now_at) = (client(), server.clock.now_at());
    let account = person::account_with(&server.db, "vera", Role::Viewer).await;
    let token = secret::fresh(secret::SESSION_PREFIX).unwrap();
    let (sha256, csrf_token, address) = (secret::sha256(&token), "csrf", "127.0.0.1");
    let new = NewWebSession { sha256, account, csrf_token, is_screen: false, address, browser: "" };
    store.write(async |tx| accounts::insert_session(tx, &new, now_at).await).await;
    let mut stream = Stream::open(&http, &url, &format!("hw_plain={token}")).await;
    person::confine(&server.db, "vera", &Sight::of(["Paris"]).unwrap()).await;
    let mut last = stream.next().await;
    while last.as_deref() == Some("changed") {
        last = stream.next().await;
    }
    assert_eq!((last.as_deref(), stream.next().await), (Some("over"), None));
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

/// About the first host.
pub(crate) async fn open_incident(server: &TestServer, now_at: i64) -> IncidentId {
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
