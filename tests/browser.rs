//! Pages in a real browser: hostile names, and ways through them without JavaScript.

mod sinks;

use std::net::SocketAddr;

use highwater::demo::{self, Demo, Options};
use highwater::model::account::LinkPurpose;
use highwater::model::token::Approve;
use highwater::store::{events, hosts};
use highwater::tasks::findings::Judge;
use highwater_wire::{
    Counters, Decoded, EnrolRequest, Event, Gap, GapReason, HostFacts, Limit, LimitSource, Record, Session, Share,
    Snapshot,
};
use thirtyfour::{By, WebDriver};

use crate::harness::browser::{Browser, Look};
use crate::harness::hostile;
use crate::harness::person::{self, NAME, PASSWORD};
use crate::harness::server::{TestServer, batch, machine};
use crate::harness::store::Store;
use crate::harness::wait::eventually;

/// A name that an agent may enrol with: enrolment refuses control characters, and no more.
const HOSTILE_HOST: &str = "<img src=x onerror=window.owned=1>";

/// A server that also listens for browsers without a certificate, and where.
pub(crate) async fn server_for_browsers(store: &Store) -> (TestServer, String) {
    let server = TestServer::start_with(store, |c| c.plain_listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)))).await;
    let plain = server.plain_addr.expect("it listens without TLS");
    (server, format!("http://{plain}"))
}

pub(crate) async fn sign_in(browser: &Browser, server: &TestServer, url: &str) {
    let account = person::account(&server.db, NAME).await;
    let link = person::link(&server.db, LinkPurpose::SignIn, Some(account), server.clock.now_at()).await;
    browser.driver.goto(format!("{url}{link}")).await.unwrap();
}

/// A host whose every text is hostile, as its agent tells it.
fn hostile_records(now_at: i64, names: &[String]) -> Vec<Record> {
    let name = |i: usize| names[i % names.len()].clone();
    let session = |(i, client): (usize, &String)| Session {
        client: client.clone(),
        user: name(i + 7),
        opens: Some(1),
        age_secs: Some(600),
        idle_secs: Some(5),
    };
    let snapshot = |taken_at| {
        Record::Snapshot(Snapshot {
            taken_at,
            source: name(3),
            sampling_secs: 60,
            limit: Limit { sessions: Some(100), unlimited: false, source: LimitSource::Api },
            partial: true,
            part: None,
            burst_of: None,
            sessions: names.iter().enumerate().map(session).collect(),
        })
    };
    let event = |i: usize, provider: &str, code: u32| {
        Record::Event(Event {
            channel: name(i),
            provider: provider.to_owned(),
            record_id: i as u64,
            log_epoch: 0,
            recorded_at: now_at - 30_000,
            code,
            level: 2,
            computer: name(i + 1),
            xml: names[i..i + 8].concat(),
            message: Some(names[i + 8..i + 16].concat()),
            decoded: Decoded { client: Some(name(i + 2)), ..Decoded::default() },
        })
    };
    let mut records = hostile_facts(now_at, &name);
    records.extend([
        Record::Gap(Gap {
            from_at: now_at - 4_000_000,
            to_at: now_at - 3_900_000,
            reason: GapReason::SourceFailed,
            lost_records: None,
            detail: names[30..34].concat(),
        }),
        snapshot(now_at - 60_000),
        event(0, "Srv", 2022),
        event(20, &name(40), 2003),
        event(40, "Microsoft-Windows-SMBServer", 1020),
        snapshot(now_at),
    ]);
    records
}

/// What it says of itself and of its shares; before, it said something else.
fn hostile_facts(now_at: i64, name: &impl Fn(usize) -> String) -> Vec<Record> {
    vec![
        Record::Host(HostFacts {
            observed_at: now_at,
            name: name(0),
            fqdn: name(1),
            domain: name(2),
            cluster: name(21),
            is_domain_controller: false,
            addresses: vec![name(3)],
            os: name(4),
            os_build: name(5),
            time_zone: name(6),
            boot_id: String::new(),
            agent_version: name(7),
            settings: (0..20).map(|i| (name(i), name(i + 20))).collect(),
        }),
        Record::Host(HostFacts {
            observed_at: now_at - 50_000,
            name: name(8),
            agent_version: name(9),
            settings: (0..20).map(|i| (name(i + 5), name(i + 30))).collect(),
            ..HostFacts::default()
        }),
        Record::Counters(Counters {
            read_at: now_at - 40_000,
            values: [("files_open".to_owned(), i64::MAX), (name(3), i64::MIN)].into(),
            shares: Some(
                (0..60).map(|i| Share { name: name(i), uses: 3, most_uses: Some(3), unlimited: false }).collect(),
            ),
            ..Counters::default()
        }),
    ]
}

/// Every page that shows what came from outside.
async fn hostile_pages(server: &TestServer, names: &[String]) -> Vec<String> {
    let host = hosts::all_now(&server.db).await.unwrap()[0].id;
    let newest = events::list(&server.db, &events::EventFilter { most: 10, ..Default::default() }).await.unwrap();
    let mut pages: Vec<String> = [
        "/",
        "/?wall=1",
        "/events",
        "/incidents?state=all",
        "/incidents/1",
        "/findings",
        "/findings/CFG-16",
        "/settings/agents",
        "/settings/tokens",
        "/settings/audit",
        "/settings/diagnosis",
        "/settings/classes",
        "/settings/alerts",
        "/settings/silences?host=1",
        "/clients/1?range=24h&q=script",
        "/settings/groups?kind=name&pattern=*&to=x",
        "/users?range=24h",
    ]
    .map(str::to_owned)
    .to_vec();
    pages.extend([format!("/hosts/{host}"), format!("/hosts/{host}?range=1h&sort=user")]);
    pages.extend((1..=10).map(|page| format!("/clients?range=24h&host={host}&page={page}")));
    pages.extend((1..=6).map(|id| format!("/clients/{id}?range=24h")));
    pages.extend((1..=3).map(|id| format!("/users/{id}?range=24h")));
    pages.extend(newest.iter().map(|event| format!("/events/{}", event.id)));
    let queries = [
        "/?q=",
        "/clients?q=",
        "/events?host=",
        "/?group=",
        "/no-such-page/",
        "/hosts/",
        "/clients?by=",
        "/search?q=",
        "/search?q=",
    ];
    let script = names.iter().filter(|n| n.contains("<script>") || n.contains("onerror"));
    pages.extend(queries.iter().zip(script).map(|(at, name)| format!("{at}{}", percent(name))));
    pages
}

fn percent(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

/// Elements and attributes that our templates never write: there, a name has become markup. (The policy on scripts would hide it.)
const FOREIGN: &str = "[onerror],[onload],[onmouseover],[ontoggle],iframe,base,math,mglyph,style,meta[http-equiv],\
                       script:not([src]),a[href^='javascript'],form[action='/sign-out'] form,svg svg svg svg";

pub(crate) async fn number(driver: &WebDriver, script: &str) -> i64 {
    driver.execute(script, vec![]).await.unwrap().json().as_i64().unwrap_or(-1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_hostile_name_becomes_markup_or_runs_on_any_page() {
    let store = Store::sqlite().await;
    let (server, url) = server_for_browsers(&store).await;
    let (names, now_at) = (hostile::names(), server.clock.now_at());
    let token = server.token(Approve::Auto).await;
    let request = EnrolRequest { machine_id: "0badc0de".to_owned(), ..machine(&token, HOSTILE_HOST, 1) };
    let key = server.enrol(&request).await.unwrap().key;
    server.push(&key, &batch(now_at, 1, hostile_records(now_at, &names))).await.unwrap();
    let judged = Judge { db: server.db.clone() }.tick(now_at).await.unwrap();
    assert!(judged.came > 0, "shares at their own limit, with hostile names");
    let browser = Browser::start(Look::DESK).await;
    sign_in(&browser, &server, &url).await;
    for page in hostile_pages(&server, &names).await {
        browser.driver.goto(format!("{url}{page}")).await.unwrap();
        let title = browser.driver.title().await.unwrap();
        assert!(title.ends_with("Highwater"), "{page} is no page of ours: {title:?}");
        let script = format!("return document.querySelectorAll(\"{FOREIGN}\").length");
        assert_eq!(number(&browser.driver, &script).await, 0, "{page}: a name became markup");
        assert_eq!(number(&browser.driver, "return window.owned ? 1 : 0").await, 0, "{page}: a script ran");
        assert!(browser.overflow_px().await <= 0, "{page}: a name breaks the layout");
    }
    let shown = store_shows_every_name(&browser, &server, &url, &names).await;
    assert!(shown >= 200, "{shown} names are shown");
    browser.stop().await;
    server.stop().await;
}

/// The names are there as text, or the test above would prove nothing. Answers how many.
async fn store_shows_every_name(browser: &Browser, server: &TestServer, url: &str, names: &[String]) -> usize {
    let host = hosts::all_now(&server.db).await.unwrap()[0].id;
    browser.driver.goto(format!("{url}/hosts/{host}?range=1h")).await.unwrap();
    let cookies = browser.driver.get_all_cookies().await.unwrap();
    assert!(cookies.iter().any(|cookie| cookie.name == "tz"), "scripts do run here: ours sets the zone");
    let text = browser.driver.execute("return document.body.textContent", vec![]).await.unwrap();
    let text = text.json().as_str().unwrap().to_owned();
    // The parser of HTML normalises line ends; everything else is there character by character.
    names
        .iter()
        .filter(|name| {
            text.contains(&name.replace("\r\n", "\n").replace(['\r', '\0'], "\u{fffd}")) || text.contains(*name)
        })
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_works_without_javascript() {
    let demo = demo_with_a_past(4, 1).await;
    let browser = Browser::start(Look::DESK.without_javascript()).await;
    let driver = &browser.driver;
    driver.goto(&demo.url).await.unwrap();
    let base = demo.url.split("/welcome/").next().unwrap().to_owned();

    let cookies = driver.get_all_cookies().await.unwrap();
    assert!(cookies.iter().all(|cookie| cookie.name != "tz"), "the script ran: this test would prove nothing");
    // From the fleet to a host, to a moment, to a client: by links alone.
    click(driver, "#hosts tbody a[href^='/hosts/']").await;
    lands(driver, "/hosts/").await;
    assert!(text(driver, "h1").await.contains("session"), "{}", text(driver, "h1").await);
    click(driver, "#connected tbody a[href^='/clients/']").await;
    lands(driver, "/clients/").await;
    // A search is a form.
    driver.goto(&base).await.unwrap();
    driver.find(By::Css("main input[name=q]")).await.unwrap().send_keys("KIOSK\n").await.unwrap();
    lands(driver, "q=KIOSK").await;
    let rows = driver.find_all(By::Css("#hosts tbody tr")).await.unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        assert!(row.text().await.unwrap().contains("KIOSK"));
    }
    // So are the theme, a new token and the way out.
    click(driver, "form[action='/theme'] button").await;
    shows(driver, "html[data-theme]", "").await;
    driver.goto(format!("{base}/settings/tokens")).await.unwrap();
    driver.find(By::Css("input[name=label]")).await.unwrap().send_keys("without a script\n").await.unwrap();
    shows(driver, "main", "hwe_").await;
    browser.picture("token").await;
    click(driver, "form[action='/sign-out'] button").await;
    lands(driver, "/sign-in").await;
    driver.goto(format!("{base}/clients")).await.unwrap();
    lands(driver, "/sign-in?next=").await;
    browser.stop().await;
    demo.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_administrator_signs_in_by_link_and_by_form() {
    let store = Store::sqlite().await;
    let (server, url) = server_for_browsers(&store).await;
    let link = person::link(&server.db, LinkPurpose::FirstAccount, None, server.clock.now_at()).await;
    let browser = Browser::start(Look::PHONE).await;
    let driver = &browser.driver;
    driver.goto(format!("{url}{link}")).await.unwrap();
    browser.picture("welcome-phone").await;
    for (field, value) in [("name", NAME), ("password", PASSWORD), ("again", PASSWORD)] {
        driver.find(By::Css(format!("input[name={field}]"))).await.unwrap().send_keys(value).await.unwrap();
    }
    click(driver, "main form button").await;
    shows(driver, "h1", "No host reports yet").await;
    browser.picture("empty-phone").await;
    click(driver, "form[action='/sign-out'] button").await;
    lands(driver, "/sign-in").await;
    driver.goto(format!("{url}/events")).await.unwrap();
    for (field, value) in [("name", NAME), ("password", PASSWORD)] {
        driver.find(By::Css(format!("input[name={field}]"))).await.unwrap().send_keys(value).await.unwrap();
    }
    browser.picture("sign-in-phone").await;
    click(driver, "main form button").await;
    // One lands where one wanted to go.
    lands(driver, &format!("{url}/events")).await;
    shows(driver, "main", "event").await;
    browser.stop().await;
    server.stop().await;
}

/// A demo whose hosts have all reported and whose last day is rolled up.
pub(crate) async fn demo_with_a_past(hosts: u32, days: u32) -> Demo {
    let demo = Box::pin(demo::start(Options { port: 0, hosts, days })).await.unwrap();
    eventually("the demo's history is there", async || {
        let all = hosts::all_now(&demo.running.db).await.unwrap();
        let reported = all.iter().filter(|h| h.state.as_ref().is_some_and(|s| s.now.is_some())).count();
        let now_at = highwater::clock::Clock::system().now_at();
        let day = highwater::store::usage::hours_of_fleet(&demo.running.db, now_at - 86_400_000, now_at).await.unwrap();
        let wanted = hosts as usize * 20;
        if reported + 1 >= hosts as usize && day.len() >= wanted {
            Ok(())
        } else {
            Err(format!("{reported} of {hosts} hosts, {} of {wanted} hours", day.len()))
        }
    })
    .await;
    let judge = Judge { db: demo.running.db.clone() };
    judge.tick(highwater::clock::Clock::system().now_at()).await.unwrap();
    demo
}

pub(crate) async fn click(driver: &WebDriver, selector: &str) {
    driver.find(By::Css(selector)).await.unwrap_or_else(|e| panic!("{selector}: {e}")).click().await.unwrap();
}

pub(crate) async fn text(driver: &WebDriver, selector: &str) -> String {
    driver.find(By::Css(selector)).await.unwrap().text().await.unwrap()
}

/// Waits until the browser is at an address that contains this: a click returns before its page is there.
pub(crate) async fn lands(driver: &WebDriver, part: &str) {
    eventually("the browser lands there", async || {
        let there = driver.current_url().await.map_err(|e| e.to_string())?.to_string();
        if there.contains(part) { Ok(()) } else { Err(format!("{there} instead of {part}")) }
    })
    .await;
}

/// Waits until the first such element is there and contains this text.
pub(crate) async fn shows(driver: &WebDriver, selector: &str, part: &str) {
    eventually("the page shows it", async || {
        let element = driver.find(By::Css(selector)).await.map_err(|e| e.to_string())?;
        let text = element.text().await.map_err(|e| e.to_string())?;
        if text.contains(part) { Ok(()) } else { Err(format!("{text:?} without {part:?}")) }
    })
    .await;
}
