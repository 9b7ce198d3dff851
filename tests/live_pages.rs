//! Pages that are open in a real browser: they follow what comes in and what others do, and leave alone what somebody uses.

use highwater::store::incidents::{self, Deed};
use highwater::store::{accounts, hosts};
use highwater_wire::Record;
use thirtyfour::{By, WebDriver};

use crate::browser::{number, server_for_browsers, shows, sign_in};
use crate::harness::browser::{Browser, Look};
use crate::harness::server::{TestServer, batch, event, snapshot};
use crate::harness::store::Store;
use crate::harness::wait::{eventually, same};
use crate::live::open_incident;

/// A server, where it is, the key of its one host, of which so many sessions are known, and somebody who is signed in and looks at the fleet.
async fn watched(store: &Store, sessions: u32) -> (TestServer, String, String, Browser) {
    let (server, url) = server_for_browsers(store).await;
    let (key, now_at) = (server.key("FS01").await, server.clock.now_at());
    server.push(&key, &batch(now_at, 1, vec![snapshot(now_at, sessions)])).await.unwrap();
    let browser = Browser::start(Look::DESK).await;
    sign_in(&browser, &server, &url).await;
    (server, url, key, browser)
}

/// Lists follow, too, and so does one incident when somebody else does something.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_and_incidents_follow_what_comes_in_and_what_others_do() {
    let store = Store::sqlite().await;
    let (server, url, key, browser) = watched(&store, 3).await;
    let driver = &browser.driver;

    let open = async |path: &str, says: &str| {
        driver.goto(format!("{url}{path}")).await.unwrap();
        headline_says(driver, says).await;
        listens(driver).await;
        driver.execute("window.unchanged = true", vec![]).await.unwrap();
    };
    let is_same = async || assert_eq!(number(driver, "return window.unchanged ? 1 : 0").await, 1, "not loaded again");
    open("/events", "No event").await;
    let mut told = batch(server.clock.now_at(), 2, vec![]);
    told.records.push(Record::Event(event(server.clock.now_at(), 1, 2_003)));
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
    let (server, _, key, browser) = watched(&store, 12).await;
    let driver = &browser.driver;
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
    let (server, _, key, browser) = watched(&store, 12).await;
    let plain = server.plain_addr;
    let driver = &browser.driver;
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
