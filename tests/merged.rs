//! Names of one client on the pages and in the API: merged by a person, shown, and taken apart again.

use highwater::clock::Clock;
use highwater::model::holder::{Held, Holders};
use highwater::model::{ClientId, HostId};
use highwater::store::erasure;
use highwater::store::rank::By;
use highwater::tasks::erasure::erase;

use crate::harness::audit::trail;
use crate::harness::holdings::{clients, held_by, host, session_hours, sessions, users};
use crate::harness::hostile;
use crate::harness::person::{NAME, Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

const MINUTE_MS: i64 = 60_000;

struct Scene {
    server: TestServer,
    person: Person,
    fs: HostId,
    /// pc-7, pc-7.corp.example, 10.0.0.7, pc-8
    ids: Vec<ClientId>,
}

async fn scene(store: &Store) -> Scene {
    // Time stands still: what is compared is not to grow meanwhile.
    let server = TestServer::start_at(store, Clock::manual(Clock::system().now_at()), |_| ()).await;
    let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
    let fs = host(store, "FS01", 1).await;
    let ids = clients(store, &["pc-7", "pc-7.corp.example", "10.0.0.7", "pc-8"]).await;
    let who = users(store, &["ann"]).await[0];
    let hours = [3, 5, 2, 6];
    let by_client: Vec<(ClientId, Held)> = ids
        .iter()
        .zip(hours)
        .map(|(id, h)| (*id, Held { full_ms: h * MINUTE_MS, ..session_hours(h, now_at) }))
        .collect();
    held_by(store, fs, now_at, 2, Holders { by_client, by_user: Vec::new() }).await;
    let now: Vec<_> = ids.iter().map(|id| (*id, who, 1)).collect();
    sessions(store, fs, now_at - 1_000, &now).await;
    Scene { server, person, fs, ids }
}

impl Scene {
    fn path(&self, n: usize) -> String {
        format!("/clients/{}", self.ids[n])
    }

    async fn merge(&self, other: usize) {
        let (page, other) = (self.path(0), self.ids[other].to_string());
        let asked = format!("{page}?range=30d&from=1000&q=pc");
        let back = attributes(&self.person.page(&asked).await, "#names form[method=post] input[name=back]", "value");
        let fields = [("other", other.as_str()), ("back", back.first().map_or("", String::as_str))];
        let answer = self.person.submit(&page, &format!("{page}/names"), &fields).await;
        assert_eq!((answer.status, answer.header("location")), (303, format!("{asked}#names").as_str()));
        // The next one comes later.
        self.server.clock.set(self.server.clock.now_at() + 1);
    }

    async fn separate(&self, alias: usize) {
        let page = self.path(0);
        let path = format!("{page}/names/{}/separate", self.ids[alias]);
        assert_eq!(self.person.submit(&page, &path, &[]).await.status, 303);
        assert_eq!(self.person.submit(&page, &path, &[]).await.status, 409, "it is separate already");
    }
}

fn plain(texts: Vec<String>) -> Vec<String> {
    texts.into_iter().map(|text| text.replace('\u{a0}', " ")).collect()
}

#[tokio::test]
async fn names_that_a_person_merges_are_one_client_everywhere_and_apart_again_after_one_click() {
    both(async |store| {
        let scene = scene(store).await;
        let (person, fs) = (&scene.person, scene.fs);
        let look = async || {
            let ranking = person.page("/clients?range=24h").await;
            let host = person.page(&format!("/hosts/{fs}")).await;
            let csv = person.get_as("/clients?range=24h", "text/csv").await.text;
            (texts(&ranking, "tbody tr"), texts(&host, "#sessions tr"), texts(&host, ".bars li"), csv)
        };
        let before = look().await;
        let page = person.page(&scene.path(0)).await;
        assert_eq!(texts(&page, "#alike a.name"), ["pc-7.corp.example"]);
        assert_eq!(texts(&page, "#alike small"), ["one is the first part of the other"]);
        scene.merge(1).await;
        let found = person.page(&format!("{}?q=0.0.7", scene.path(0))).await;
        assert_eq!(attributes(&found, "#found-names button", "value"), [scene.ids[2].to_string()]);
        scene.merge(2).await;

        let ranking = person.page("/clients?range=24h").await;
        assert_eq!(texts(&ranking, "h1"), ["2 clients held 16 session-hours in the last 24 hours."]);
        assert_eq!(texts(&ranking, "tbody a.name"), ["pc-7", "pc-8"]);
        assert_eq!(texts(&ranking, "td.wide small"), ["also seen as 10.0.0.7, pc-7.corp.example"]);
        assert_eq!(texts(&ranking, "td[data-label='Session-hours'] b"), ["10", "6.0"]);
        assert_eq!(plain(texts(&ranking, "td[data-label='Peak sessions']")), ["≤ 10", "6"]);
        assert_eq!(plain(texts(&ranking, "td[data-label=Blame]")), ["≤ 10 min", "6 min"]);
        let csv = person.get_as("/clients?range=24h", "text/csv").await.text;
        let row = csv.lines().nth(1).unwrap();
        assert!(row.starts_with("\"pc-7\",10,20,") && row.contains("10.0.0.7; pc-7.corp.example"), "{row}");
        assert!(row.ends_with("\"SessionCount; TotalOpens; MinutesPresentWhileFull\""), "{row}");
        let one = &person.json("/api/v1/clients").await["clients"][0];
        assert_eq!(one["other_names"], serde_json::json!(["10.0.0.7", "pc-7.corp.example"]));
        let figures = ["peak_sessions", "peak_sessions_at_least", "session_secs"].map(|name| &one[name]);
        assert_eq!(figures, [10, 5, 36_000]);

        let client = person.page(&scene.path(0)).await;
        assert_eq!(texts(&client, "#also b, td[data-label=Now]"), ["pc-7.corp.example, 10.0.0.7", "3"]);
        assert_eq!(texts(&client, "#names td[data-label='Session-hours']"), ["3.0", "5.0", "2.0"]);
        assert!(texts(&client, "#names td[data-label=Merged] small").iter().all(|by| by == NAME));
        for alias in [1, 2] {
            let old = person.get(&format!("{}?range=30d", scene.path(alias))).await;
            assert_eq!((old.status, old.header("location")), (303, format!("{}?range=30d", scene.path(0)).as_str()));
        }
        let host = person.page(&format!("/hosts/{fs}")).await;
        assert!(
            texts(&host, "#connected .sub")[0].starts_with("4 sessions, 2 clients"),
            "{:?}",
            texts(&host, "#connected .sub")
        );
        assert_eq!(texts(&host, "#sessions a.name"), ["pc-7", "pc-7", "pc-7", "pc-8"]);
        assert_eq!(texts(&host, "#sessions small"), ["as 10.0.0.7", "as pc-7.corp.example"]);
        let found = person.page("/search?q=corp").await;
        assert_eq!(texts(&found, "#found-clients li"), ["pc-7 also seen as pc-7.corp.example"]);
        let now = person.json(&format!("/api/v1/hosts/{fs}/sessions")).await;
        let aliased = now["snapshot"]["sessions"].as_array().unwrap().iter().filter(|s| !s["seen_as"].is_null());
        assert!(aliased.clone().count() == 2 && aliased.into_iter().all(|s| s["client"] == "pc-7"));

        for alias in [1, 2] {
            scene.separate(alias).await;
        }
        assert_eq!(look().await, before, "exactly as it was");
        scene.server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_merge_that_cannot_be_says_why_and_needs_the_form_s_token() {
    both(async |store| {
        let scene = scene(store).await;
        scene.merge(1).await;
        let page = scene.path(3);
        let names = format!("{page}/names");
        let other = async |id: String| scene.person.submit(&page, &names, &[("other", &id)]).await;
        let taken = other(scene.ids[1].to_string()).await;
        assert_eq!(taken.status, 409);
        assert!(taken.text.contains("It is a name of pc-7 by now. Separate it there first"), "{}", taken.text);
        assert_eq!(other(scene.ids[3].to_string()).await.status, 409);
        assert_eq!(other("999999".into()).await.status, 404);
        assert_eq!(other("x".into()).await.status, 400);
        let fields = [("other", scene.ids[2].to_string())];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(scene.person.post(&names, &fields).await.status, 403);
        assert_eq!(scene.person.post_from_elsewhere(&names, &fields).await.status, 403);
        let separate = format!("{}/names/{}/separate", scene.path(0), scene.ids[1]);
        assert_eq!(scene.person.post(&separate, &[]).await.status, 403);
        assert_eq!(highwater::store::aliases::all(store).await.unwrap().mains().count(), 1);
        scene.server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_name_is_erased_whether_it_is_merged_or_others_are_merged_into_it() {
    both(async |store| {
        let scene = scene(store).await;
        scene.merge(1).await;
        scene.merge(2).await;
        for name in ["pc-7.corp.example", "pc-7"] {
            assert_eq!(erase(store, &trail(), By::Client, name).await.unwrap().names, 1);
            assert!(erasure::named(store, By::Client, name).await.unwrap().is_empty());
        }
        let page = scene.person.page("/clients?range=24h").await;
        assert_eq!(texts(&page, "tbody a.name"), [format!("erased client {}", scene.ids[0]), "pc-8".to_owned()]);
        assert_eq!(texts(&page, "td.wide small"), [format!("also seen as 10.0.0.7, erased client {}", scene.ids[1])]);
        assert_eq!(texts(&page, "td[data-label='Session-hours'] b"), ["10", "6.0"], "figures stay");
        scene.server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn hostile_names_can_be_found_merged_and_separated_and_stay_text() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    let names = hostile::names();
    let names: Vec<&str> = names.iter().map(String::as_str).step_by(7).collect();
    let ids = clients(&store, &names).await;
    let main = format!("/clients/{}", ids[0]);
    for id in &ids[1..] {
        let answer = person.submit(&main, &format!("{main}/names"), &[("other", &id.to_string())]).await;
        assert_eq!(answer.status, 303);
    }
    for path in [main.clone(), format!("{main}?q=%3Cscript"), "/search?q=script".to_owned()] {
        let page = person.page(&path).await;
        let marked = texts(&page, "script:not([src]), iframe, [onerror], [onload], base, meta[http-equiv]");
        assert!(marked.is_empty(), "{path}: {marked:?}");
    }
    let page = person.page(&main).await;
    assert_eq!(texts(&page, "#names form[action$='/separate'] button").len(), ids.len() - 1);
    for id in &ids[1..] {
        let path = format!("{main}/names/{id}/separate");
        assert_eq!(person.submit(&main, &path, &[]).await.status, 303);
    }
    server.stop().await;
    store.close().await;
}
