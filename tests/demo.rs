//! The demo: the real server with a fleet that runs the agent's own code.

use std::time::Duration;

use highwater::demo::{self, Options};
use highwater::store::hosts;
use reqwest::Client;

#[tokio::test]
async fn the_demos_one_address_signs_in_to_a_fleet_that_lives_and_has_a_past() {
    let demo = demo::start(Options { port: 0, hosts: 4, days: 1 }).await.unwrap();
    let folder = std::path::PathBuf::from(demo.folder());
    assert!(folder.exists());

    // Until every host has reported, and the last hours are there for one of them.
    let db = demo.running.db.clone();
    let now_at = highwater::clock::Clock::system().now_at();
    let filled = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            let all = hosts::all_now(&db).await.unwrap();
            let reported = all.iter().filter(|host| host.state.as_ref().is_some_and(|s| s.now.is_some())).count();
            let mut past = 0;
            for host in &all {
                let within =
                    highwater::store::frames::instants(&db, host.id, now_at - 3_600_000, now_at).await.unwrap();
                past = past.max(within.len());
            }
            if reported >= 3 && past >= 50 {
                break all;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let all = filled.await.expect("the demo fills within a minute, also in a debug build on a busy computer");
    let kiosk = all.iter().find(|host| host.name.starts_with("KIOSK")).unwrap();
    assert_eq!(kiosk.state.as_ref().unwrap().now.as_ref().unwrap().limit.sessions, Some(20));

    // As a browser would: the link signs in, and leads to the fleet.
    let browser = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let welcomed = browser.get(&demo.url).send().await.unwrap();
    assert_eq!(welcomed.status(), 303);
    assert_eq!(welcomed.headers()["location"], "/");
    let cookie = welcomed.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let hosts = browser.get(format!("{}/api/v1/hosts", demo.running.browser_url())).header("cookie", cookie);
    let hosts = hosts.send().await.unwrap();
    assert_eq!(hosts.status(), 200);
    assert!(hosts.text().await.unwrap().contains(&kiosk.name));
    assert_eq!(browser.get(&demo.url).send().await.map(|again| again.status().is_redirection()).ok(), Some(false));

    demo.stop().await.unwrap();
    assert!(!folder.exists());
}
