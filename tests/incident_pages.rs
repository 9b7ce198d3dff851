//! Incidents in the browser and in the API: the list, one of them, and what people do.

use highwater::model::IncidentId;
use highwater::model::incident::Kind;
use highwater::store::incidents::{self, NewIncident};
use serde_json::json;

use crate::harness::person::{Person, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

async fn open(store: &Store, name: &str, kind: Kind, opened_at: i64) -> IncidentId {
    let host = store.host(name).await;
    let new = NewIncident {
        host: Some(host),
        kind,
        subject: "<b>scan'1",
        from_at: opened_at - 60_000,
        opened_at,
        is_silenced: false,
    };
    store.write(async |tx| incidents::insert(tx, &new, opened_at).await).await.unwrap()
}

#[tokio::test]
async fn incidents_are_listed_told_and_taken_care_of() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in_as(&server, "ann").await, server.clock.now_at());
        let none = person.page("/incidents").await;
        assert_eq!(texts(&none, "h1"), ["No open incident"]);
        let id = open(store, "FS01", Kind::Full, now_at - 960_000).await;
        open(store, "<i>evil", Kind::Leak, now_at - 120_000).await;
        let list = person.page("/incidents").await;
        assert_eq!(texts(&list, "h1"), ["2 open incidents: 1 at the limit, 1 leak suspected"]);
        let rows = texts(&list, "tbody tr");
        assert!(rows[0].contains("<b>scan'1 has opened sessions on <i>evil"), "{rows:?}");
        assert!(rows[1].contains("FS01 has been at its limit since") && rows[1].contains("16 min"), "{rows:?}");
        assert_eq!(texts(&person.page("/incidents?kind=leak").await, "tbody tr").len(), 1);
        assert_eq!(texts(&person.page("/incidents?q=fs0").await, "tbody tr").len(), 1);
        assert_eq!(texts(&person.page("/incidents?state=resolved").await, "tbody tr").len(), 0);

        let path = format!("/incidents/{id}");
        let post = async |deed: &str, fields: &[(&str, &str)]| {
            person.submit(&path, &format!("{path}/{deed}"), fields).await.status
        };
        assert_eq!(post("acknowledge", &[]).await, 303);
        assert_eq!(post("comment", &[("text", "Scanner restarted.\nFive are free.")]).await, 303);
        assert_eq!(post("comment", &[("text", " ")]).await, 400);
        assert_eq!(post("comment", &[("text", "\u{1b}[2J")]).await, 400);
        assert_eq!(post("tickets", &[("name", "INC1"), ("url", "https://tickets.example/1")]).await, 303);
        for url in ["javascript:alert(1)", "https://a b", "data:text/html,x"] {
            assert_eq!(post("tickets", &[("name", "INC2"), ("url", url)]).await, 400, "{url}");
        }
        let page = person.page(&path).await;
        let told = texts(&page, "#timeline li");
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told[1].contains("acknowledged it.") && told[2].contains("Five are free."), "{told:?}");
        assert!(told[3].contains("linked INC1."), "{told:?}");
        assert_eq!(texts(&page, "dd").last().map(String::as_str), Some("ann"), "who takes it on owns it");
        assert_eq!(post("tickets/unlink", &[("name", "INC1")]).await, 303);
        assert_eq!(post("assign", &[("to", "nobody")]).await, 303);
        assert_eq!(post("resolve", &[("text", "done")]).await, 303);
        assert_eq!(post("acknowledge", &[]).await, 409, "it is over");
        assert_eq!(post("reopen", &[]).await, 303);
        assert_eq!(person.get("/incidents/999").await.status, 404);
        assert_eq!(person.post(&format!("{path}/resolve"), &[]).await.status, 403, "not from a page of ours");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn programs_get_the_same_and_follow_what_changed() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let id = open(store, "FS01", Kind::Full, now_at - 960_000).await;
        let other = open(store, "FS02", Kind::Near, now_at - 120_000).await;
        let all = person.json("/api/v1/incidents").await;
        let ids: Vec<_> = all["incidents"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect();
        assert_eq!(ids, [other.0, id.0]);
        let first = person.json("/api/v1/incidents?limit=1").await;
        let next = first["next"].as_str().unwrap().to_owned();
        let rest = person.json(&format!("/api/v1/incidents?limit=1&after={next}")).await;
        assert_eq!(rest["incidents"][0]["id"], json!(id.0));
        let answer = person.get(&format!("/api/v1/incidents/{id}")).await;
        assert!(answer.header("etag").starts_with("\"1-"), "{}", answer.header("etag"));
        let one: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(
            (&one["kind"], &one["state"], &one["host"], &one["until"], &one["timeline"][0]["what"]),
            (&json!("full"), &json!("open"), &json!("FS01"), &json!(null), &json!("opened"))
        );
        let path = format!("/incidents/{id}");
        person.submit(&path, &format!("{path}/comment"), &[("text", "seen")]).await;
        let since = jiff::Timestamp::from_millisecond(now_at - 1_000).unwrap();
        let changed = person.json(&format!("/api/v1/incidents?updated_since={since}")).await;
        assert_eq!(changed["incidents"].as_array().unwrap().len(), 1);
        assert!(person.get(&format!("/api/v1/incidents/{id}")).await.header("etag").starts_with("\"2-"));
        for bad in ["state=closed", "kind=x", "after=x", "updated_since=now", "x=1"] {
            assert_eq!(person.get(&format!("/api/v1/incidents?{bad}")).await.status, 400, "{bad}");
        }
        assert_eq!(person.get("/api/v1/incidents/x").await.status, 404);
        server.stop().await;
    })
    .await;
}
