//! Pages that did not change are not sent again.

use highwater::clock::Clock;
use highwater::model::time::MINUTE_MS;
use highwater::store::hosts;

use crate::harness::person::{Answer, Person};
use crate::harness::server::{TestServer, batch, snapshot};
use crate::harness::store::{Store, both};
use crate::harness::wait::{eventually, same};

/// Start of the minute under way, by the system's clock: certificates are made and checked by it.
fn minute() -> i64 {
    Clock::system().now_at().div_euclid(MINUTE_MS) * MINUTE_MS
}

/// A server whose one host has reported for some minutes up to `now_at`, its key, and somebody who is signed in.
async fn reporting(store: &Store, clock: &Clock, now_at: i64) -> (TestServer, String, Person) {
    let server = TestServer::start_at(store, clock.clone(), |_| {}).await;
    let key = server.key("FS01").await;
    let snapshots = (0..30).rev().map(|i| snapshot(now_at - i * MINUTE_MS, 12)).collect();
    server.push(&key, &batch(now_at, 1, snapshots)).await.unwrap();
    let person = Person::signed_in(&server).await;
    (server, key, person)
}

/// The page again, for a browser that has what `etag` names.
async fn again(person: &Person, path: &str, etag: &str) -> Answer {
    person.get_with(path, ("if-none-match", etag)).await
}

/// Hours are added up meanwhile: what stays after that.
async fn at_rest(person: &Person, path: &str) -> String {
    eventually("the page comes to rest", async || {
        let first = person.get(path).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let answer = again(person, path, first.header("etag")).await;
        same(&answer.status, &304).map(|()| first.header("etag").to_owned())
    })
    .await
}

#[tokio::test]
async fn a_page_of_which_nothing_changed_stays_the_same_as_time_passes_and_is_not_sent_again() {
    both(async |store| {
        let minute = minute();
        let clock = Clock::manual(minute + 1_000);
        let (server, key, person) = reporting(store, &clock, minute).await;
        let host = format!("/hosts/{}", hosts::all_now(&server.db).await.unwrap()[0].id);
        let hour = format!("{host}?range=1h");
        let pages = ["/", "/?wall=1", "/?range=7d", &host, "/clients?range=24h", "/users", "/events", "/findings"];
        for path in pages.into_iter().chain(["/settings/agents", "/settings/tokens", "/clients/1", &hour]) {
            clock.set(minute + 1_000);
            let etag = at_rest(&person, path).await;
            let before = person.get(path).await.text;
            // The steps of an hour are finer: there a pixel is a quarter of a minute.
            for secs in if path == hour { [2, 7, 14] } else { [2, 31, 59] } {
                clock.set(minute + secs * 1_000);
                let answer = again(&person, path, &etag).await;
                let differs = before.lines().zip(answer.text.lines()).find(|(one, other)| one != other);
                assert_eq!((answer.status, answer.bytes.len()), (304, 0), "{path} {secs} s later: {differs:?}");
                assert_eq!(answer.header("cache-control"), "private, no-cache");
            }
        }
        clock.set(minute + 20_000);
        for (path, seq) in [("/", 31), (&*host, 32)] {
            let etag = at_rest(&person, path).await;
            let sessions = if seq == 31 { 17 } else { 18 };
            let at = minute + (seq - 30) * 5_000;
            server.push(&key, &batch(at, seq.cast_unsigned(), vec![snapshot(at, sessions)])).await.unwrap();
            let answer = again(&person, path, &etag).await;
            assert_eq!(answer.status, 200, "{path} shows what came");
            assert_ne!(answer.header("etag"), etag);
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_page_has_one_name_in_every_encoding_and_goes_with_the_person() {
    let store = Store::sqlite().await;
    let clock = Clock::manual(minute() + 1_000);
    let (server, _, person) = reporting(&store, &clock, minute()).await;
    let etag = at_rest(&person, "/").await;
    assert!(etag.starts_with("W/"), "{etag}");
    let packed = person.get_with("/", ("accept-encoding", "gzip")).await;
    assert_eq!((packed.header("content-encoding"), packed.header("etag")), ("gzip", &*etag));
    assert!(packed.headers.get_all("vary").iter().any(|name| name == "accept-encoding"), "{:?}", packed.headers);

    let file = person.get("/?format=csv").await;
    assert_eq!((file.header("etag"), file.header("cache-control")), ("", "no-store"));
    // Who is not signed in is told nothing about what the page would be.
    let stranger = Person::stranger(&server);
    assert_eq!(again(&stranger, "/", &etag).await.status, 303);
    let out = person.submit("/", "/sign-out", &[]).await;
    assert_eq!((out.status, out.header("clear-site-data")), (303, "\"cache\""));
    assert_eq!(again(&person, "/", &etag).await.status, 303);
    server.stop().await;
}

#[tokio::test]
async fn pages_with_secrets_and_pages_of_refusals_are_kept_by_no_browser() {
    let store = Store::sqlite().await;
    let clock = Clock::manual(minute() + 1_000);
    let (server, _, person) = reporting(&store, &clock, minute()).await;
    let fresh = person.submit("/settings/tokens", "/settings/tokens", &[("label", "new"), ("approve", "auto")]).await;
    assert!(fresh.status == 200 && fresh.text.contains("hwe_"), "a token is shown once: {}", fresh.text);
    let refused = person.submit("/settings/tokens", "/settings/tokens", &[("uses", "none")]).await;
    let stranger = Person::stranger(&server);
    let (sign_in, link) = (stranger.get("/sign-in").await, stranger.get("/welcome/hwl_never_was").await);
    let missing = person.get("/hosts/99").await;
    let statuses = [&fresh, &refused, &sign_in, &link, &missing].map(|answer| answer.status);
    assert_eq!(statuses, [200, 422, 200, 410, 404]);
    for answer in [fresh, refused, sign_in, link, missing] {
        let kept = (answer.header("cache-control"), answer.header("etag"));
        assert_eq!(kept, ("no-store", ""), "{}", answer.text);
    }
    server.stop().await;
}
