//! The evidence of an incident for programs: the files that its page offers.

use highwater::clock::Clock;
use highwater::model::IncidentId;
use highwater::model::api_key::Scope;
use highwater::model::incident::Kind;
use highwater::store::incidents::{self, NewIncident};

use crate::harness::caller::{Caller, problem};
use crate::harness::person::Person;
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};
use crate::incident_evidence::{entries, past_incident};

const SCRIPT: &str = "text/plain; charset=utf-8";

/// At an instant that stays: what history says of an incident is said as of now.
async fn standing_still(store: &Store) -> TestServer {
    TestServer::start_at(store, Clock::manual(Clock::system().now_at()), |_| {}).await
}

async fn open(store: &Store, name: &str, opened_at: i64) -> IncidentId {
    let host = store.host(name).await;
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
        let id = open(store, "FS01", server.clock.now_at() - 600_000).await;
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
