//! The evidence of an incident, from what an agent pushes to the page, the API and what is taken away; and that it outlives the snapshots.

use std::io::{Cursor, Read as _};

use highwater::model::time::MINUTE_MS;
use highwater::store::incidents;
use highwater::tasks::alerts::Judge;
use highwater::tasks::evidence;
use highwater_wire::{self as wire, Record};
use zip::ZipArchive;

use crate::harness::hostile;
use crate::harness::person::{Person, attributes, texts};
use crate::harness::server::{TestServer, batch, snapshot};
use crate::harness::store::{Store, both};

/// What a scanner that forgets its sessions does to a small server: it holds 12 of 20, all idle for hours.
fn full(taken_at: i64) -> Record {
    let Record::Snapshot(mut full) = snapshot(taken_at, 20) else { unreachable!("a snapshot") };
    for session in full.sessions.iter_mut().take(12) {
        session.client = "SCANNER-2F".to_owned();
        (session.opens, session.idle_secs, session.age_secs) = (Some(0), Some(9_000), Some(90_000));
    }
    Record::Snapshot(full)
}

/// A host that was full for four minutes, half an hour ago, and calm since.
pub(crate) async fn past_incident(server: &TestServer, name: &str) -> i64 {
    let (key, now_at) = (server.key("FS02").await, server.clock.now_at());
    let judge = Judge::new(server.db.clone(), now_at);
    let at = |minute: i64| now_at - (45 - minute) * MINUTE_MS;
    let facts = Record::Host(wire::HostFacts {
        observed_at: at(0),
        name: name.to_owned(),
        os: "Windows 11 Pro".to_owned(),
        ..wire::HostFacts::default()
    });
    let mut records = vec![facts, snapshot(at(0), 8)];
    records.extend((1..5).map(|minute| full(at(minute))));
    records.extend((5..44).map(|minute| snapshot(at(minute), 8)));
    server.push(&key, &batch(now_at, 1, records)).await.unwrap();
    judge.tick(now_at).await.unwrap();
    at(1)
}

pub(crate) fn entries(zip: &[u8]) -> Vec<(String, String)> {
    let mut zip = ZipArchive::new(Cursor::new(zip)).unwrap();
    let count = zip.len();
    let read = |n| {
        let mut entry = zip.by_index(n).unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        (entry.name().unwrap().into_owned(), text)
    };
    (0..count).map(read).collect()
}

async fn snapshots_are_gone(store: &Store) {
    assert!(store.execute("delete from frames").await > 0);
}

#[tokio::test]
async fn an_incident_says_who_held_the_sessions_and_what_to_do_also_when_snapshots_are_gone() {
    both(async |store| {
        let server = TestServer::start(store).await;
        past_incident(&server, "FS02").await;
        let person = Person::signed_in(&server).await;
        let said = "SCANNER-2F held 12 of 20 sessions (60 %); 12 idle over 15 min, 12 of them with no open file.";
        let look = async || {
            let page = person.page("/incidents/1").await;
            let h1 = texts(&page, "h1").remove(0);
            assert!(h1.starts_with("FS02 (limit 20") && h1.contains("was full from") && h1.ends_with(said), "{h1}");
            let holder = texts(&page, ".holding li").remove(0);
            assert!(holder.contains("SCANNER-2F") && holder.contains("12 idle, no open file"), "{holder}");
            let causes = texts(&page, ".cause h3");
            assert!(
                causes.iter().any(|cause| cause.starts_with("A client that does not end its sessions")),
                "{causes:?}"
            );
            let script = texts(&page, "pre.code").remove(0);
            assert!(script.contains("'SCANNER-2F'") && script.contains("Close-SmbSession -WhatIf"), "{script}");
            assert_eq!(attributes(&page, "a[href$=bundle]", "href"), ["/incidents/1/bundle"]);
            let told = person.json("/api/v1/incidents/1").await;
            assert_eq!(told["evidence"]["holders"][0]["client"], "SCANNER-2F");
            let sentence = told["evidence"]["sentence"].as_str().unwrap();
            assert!(sentence.contains("SCANNER-2F held 12 of 20 sessions"), "{sentence}");
            let csv = person.get("/incidents/1?format=csv").await;
            assert!(csv.text.contains("SCANNER-2F") && csv.header("content-disposition").contains("holders.csv"));
        };
        look().await;
        let page = person.page("/incidents/1").await;
        let chart = attributes(&page, "#chart svg.plot", "aria-label").concat();
        assert!(chart.contains("20"), "the host's sessions around it are drawn, and told: {chart}");
        let script = person.get("/incidents/1/free.ps1").await;
        assert_eq!((script.status, script.header("content-type")), (200, "text/plain; charset=utf-8"));
        assert!(script.text.starts_with('\u{feff}') && script.text.contains("throw 'These commands are for another"));
        assert!(person.get("/incidents/1/trace.ps1").await.text.contains("wpr.exe -start"));
        assert_eq!(person.get("/incidents/9/free.ps1").await.status, 404);

        assert_eq!(evidence::tick(&server.db, server.clock.now_at()).await.unwrap(), 1);
        assert_eq!(evidence::tick(&server.db, server.clock.now_at()).await.unwrap(), 0, "it is kept");
        snapshots_are_gone(store).await;
        look().await;
        let found = incidents::find(&server.db, highwater::model::IncidentId(1)).await.unwrap().unwrap();
        assert!(!found.goes_on());
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_bundle_is_whole_and_its_sums_hold() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    past_incident(&server, "FS02").await;
    let person = Person::signed_in(&server).await;
    let answer = person.get("/incidents/1/bundle").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/zip"));
    assert!(answer.header("content-disposition").ends_with("\"highwater-incident-1.zip\""));
    let all = entries(&answer.bytes);
    let sums = &all.last().unwrap().1;
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in &all {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let check = std::process::Command::new("sha256sum").args(["-c", "SHA256SUMS"]).current_dir(folder.path()).output();
    let check = check.unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    assert_eq!(sums.lines().count(), all.len() - 1);
    for name in
        ["README.txt", "incident.json", "sessions-at-peak.csv", "holders.csv", "usage.csv", "snapshots/0001.csv"]
    {
        assert!(all.iter().any(|(entry, _)| entry == name), "{name} is not in it");
    }
    server.stop().await;
}

/// Whatever a host calls itself, its page and its files hold it as a name.
#[tokio::test]
async fn a_hostile_host_s_incident_is_still_a_page() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let name = hostile::names().into_iter().find(|name| name.contains("<script")).unwrap();
    past_incident(&server, &name).await;
    let person = Person::signed_in(&server).await;
    let page = person.get("/incidents/1").await;
    assert!(page.status == 200 && !page.text.contains("<script>alert"), "{}", page.text);
    assert_eq!(person.get("/incidents/1/bundle").await.status, 200);
    server.stop().await;
}
