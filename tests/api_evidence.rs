//! The evidence of an incident for programs: the files that its page offers, and that who asks again learns what is new of it.

use highwater::clock::Clock;
use highwater::model::api_key::Scope;
use highwater::model::incident::Kind;
use highwater::model::{HostId, IncidentId};
use highwater::store::incidents::{self, NewIncident};
use highwater::tasks::findings;
use serde_json::json;

use crate::harness::caller::{Caller, problem};
use crate::harness::holdings::{clients, observe, users};
use crate::harness::person::Person;
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both, snapshot};
use crate::incident_evidence::{entries, past_incident};

const SCRIPT: &str = "text/plain; charset=utf-8";

/// At an instant that stays: what history says of an incident is said as of now.
async fn standing_still(store: &Store) -> TestServer {
    TestServer::start_at(store, Clock::manual(Clock::system().now_at()), |_| {}).await
}

async fn open(store: &Store, host: HostId, opened_at: i64) -> IncidentId {
    let (from_at, kind) = (opened_at - 60_000, Kind::Full);
    let new = NewIncident { host: Some(host), kind, subject: "", from_at, opened_at, is_silenced: false };
    store.write(async |tx| incidents::insert(tx, &new, opened_at).await).await.unwrap()
}

#[tokio::test]
async fn a_program_takes_away_what_the_page_offers() {
    both(async |store| {
        let server = standing_still(store).await;
        past_incident(&server, "FS02").await;
        let (person, program) = (Person::signed_in(&server).await, Caller::with(&server, Scope::Read).await);
        let stranger = Person::stranger(&server);
        for (file, kind) in [("bundle", "application/zip"), ("free.ps1", SCRIPT), ("trace.ps1", SCRIPT)] {
            let page = person.get(&format!("/incidents/1/{file}")).await;
            let path = format!("/api/v1/incidents/1/{file}");
            let told = program.get(&path).await;
            assert_eq!((told.status, told.header("content-type")), (200, kind), "{path}: {}", told.text);
            assert_eq!(told.header("content-disposition"), page.header("content-disposition"));
            assert!(page.status == 200 && told.bytes == page.bytes, "{path} is another file than its page's");
            assert_eq!(person.get(&path).await.bytes, page.bytes, "a browser may ask, too");
            problem(&stranger.get(&path).await, 401, "sign-in");
            problem(&program.get(&path.replace("/1/", "/9/")).await, 404, "not-found");
            problem(&program.get(&path.replace("/1/", "/x/")).await, 404, "not-found");
            problem(&program.get(&format!("{path}?x=1")).await, 400, "bad-request");
            problem(&program.get_with(&path, ("accept", "application/json")).await, 406, "not-acceptable");
        }
        let names: Vec<String> =
            entries(&program.get("/api/v1/incidents/1/bundle").await.bytes).into_iter().map(|(name, _)| name).collect();
        assert!(names.len() > 8 && names.contains(&"SHA256SUMS".to_owned()), "{names:?}");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn where_there_is_nothing_to_free_there_is_no_script() {
    both(async |store| {
        let server = standing_still(store).await;
        let id = open(store, store.host("FS01").await, server.clock.now_at() - 600_000).await;
        let program = Caller::with(&server, Scope::Read).await;
        for script in ["free.ps1", "trace.ps1"] {
            let said = problem(&program.get(&format!("/api/v1/incidents/{id}/{script}")).await, 404, "not-found");
            assert!(said.starts_with("There is no such script"), "{said}");
        }
        assert_eq!(program.get(&format!("/api/v1/incidents/{id}/bundle")).await.status, 200);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_asks_again_learns_of_new_evidence_though_the_version_is_the_same() {
    both(async |store| {
        let server = standing_still(store).await;
        let (host, now_at) = (store.host("FS01").await, server.clock.now_at());
        let path = format!("/api/v1/incidents/{}", open(store, host, now_at - 600_000).await);
        let program = Caller::with(&server, Scope::WriteIncidents).await;
        // The server looks at the host by itself, too: what it finds is part of the evidence, and is found before.
        findings::Judge { db: server.db.clone() }.tick(now_at).await.unwrap();
        let again = async |known: &str| program.get_with(&path, ("if-none-match", known)).await;
        let first = program.get(&path).await;
        let seen = first.header("etag").to_owned();
        assert!(seen.starts_with("\"1-") && seen.len() > 20, "{seen}");
        assert_eq!(first.header("cache-control"), "private, no-cache");
        let same = again(&seen).await;
        assert_eq!((same.status, same.header("etag"), same.text.as_str()), (304, seen.as_str(), ""));

        let (pc, who) = (clients(store, &["PC-1"]).await[0], users(store, &["ann"]).await[0]);
        observe(store, host, &snapshot(now_at - 30_000, &[(pc, who, 1)])).await;
        let new = again(&seen).await;
        assert_eq!((new.status, &new.json()["version"]), (200, &json!(1)));
        assert_eq!(new.json()["evidence"]["holders"][0]["client"], "PC-1");
        assert!(new.header("etag").starts_with("\"1-") && new.header("etag") != seen, "{}", new.header("etag"));
        assert_eq!(again(new.header("etag")).await.status, 304);

        // What was done about it meanwhile is guarded, what was observed is not.
        let comment = async |tag: &str| {
            let said = json!({ "text": "x" });
            program.post(&format!("{path}/comment"), &[("if-match", tag)], Some(&said)).await
        };
        let done = comment(&seen).await;
        assert_eq!((done.status, done.header("etag")), (200, "\"2\""));
        problem(&comment(new.header("etag")).await, 412, "outdated");
        assert_eq!(again("\"2\"").await.status, 200, "that names a deed's answer, which has no evidence");
        server.stop().await;
    })
    .await;
}
