//! What addresses may say: mistyped ones, those of forms, and what a page carries on to the next one.

use highwater::model::agent::AgentState;
use highwater::store::agents;

use crate::harness::holdings::{clients, held, host, session_hours};
use crate::harness::person::{Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

const HOUR_MS: i64 = 3_600_000;

#[tokio::test]
async fn an_address_that_is_mistyped_is_answered_with_a_page_in_the_reader_s_language() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    person.cookies.borrow_mut().insert("lang".to_owned(), "fr".to_owned());
    for path in ["/clients/abc", "/users/1.5", "/hosts/x", "/events/x", "/clients/99999999999999999999"] {
        let answer = person.get(path).await;
        assert_eq!((answer.status, texts(&answer.html(), "h1")), (404, vec!["Introuvable".to_owned()]), "{path}");
    }
    for path in ["/", "/clients", "/users", "/events", "/findings", "/search", "/settings/agents", "/settings/groups"] {
        let answer = person.get(&format!("{path}?q=a&q=b")).await;
        // Parameters that a page does not know are nobody's.
        let is_known = !["/events", "/findings"].contains(&path);
        assert_eq!(answer.status, if is_known { 400 } else { 200 }, "{path}");
        assert_eq!(attributes(&answer.html(), "html", "lang"), ["fr"], "{path}: {}", answer.text);
    }
    for path in
        ["/clients?page=x", "/users?page=-1", "/settings/agents?page=-1", "/settings/classes?rule=x", "/?page=x"]
    {
        assert_eq!(person.get(path).await.status, 200, "{path}: what is not understood counts as not said");
    }
}

#[tokio::test]
async fn an_address_of_a_form_shows_a_page_that_says_so_and_programs_get_a_problem() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    for path in ["/settings/groups/rules", "/settings/classes/1/move", "/theme", "/sign-out"] {
        let answer = person.get(path).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{path}");
        assert_eq!(texts(&answer.html(), "h1"), ["Nothing to look at"], "{path}: {}", answer.text);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let problem = person.post("/api/v1/hosts", &[]).await;
    assert_eq!((problem.status, problem.header("content-type")), (405, "application/problem+json"));
    assert_eq!(problem.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn what_answers_a_form_leads_back_to_the_page_of_the_form() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    let fields = [("to", "sideways"), ("csrf", "")];
    let from = |path: &str| format!("{}{path}", server.url);
    let refused = person.post_from(&from("/settings/classes?rule=1"), "/settings/classes/1/move", &fields).await;
    assert_eq!(refused.status, 403);
    let page = refused.html();
    assert_eq!(attributes(&page, "form[action='/theme'] input[name=back]", "value"), ["/settings/classes?rule=1"]);
    assert_eq!(attributes(&page, "main a", "href"), ["/settings/classes?rule=1", "/"]);
    let elsewhere = person.post_from("https://evil.example/x", "/settings/classes/1/move", &fields).await;
    assert_eq!(attributes(&elsewhere.html(), "main a", "href"), ["/"]);
}

#[tokio::test]
async fn a_decision_about_an_agent_leads_back_to_the_agents_that_were_shown() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let fs = store.host("machine-1").await;
        let agent = store.agent(fs, AgentState::Approved, 1).await;
        let shown = person.page("/settings/agents?q=&state=approved&page=3").await;
        let field = |name: &str| attributes(&shown, &format!("tbody input[name={name}]"), "value").remove(0);
        let fields = [("q", field("q")), ("state", field("state")), ("page", field("page")), ("from", field("from"))];
        let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fields.push(("to", "revoked"));
        let answer = person.submit("/settings/agents", &format!("/settings/agents/{agent}/decide"), &fields).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/settings/agents?state=approved&page=3"));
        assert_eq!(agents::find(&server.db, agent).await.unwrap().unwrap().state, AgentState::Revoked);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_chosen_stretch_of_time_goes_from_the_host_to_the_ranking_and_to_the_client() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let fs = host(store, "FS01", 1).await;
        let pcs = clients(store, &["PC-1", "PC-2"]).await;
        held(store, fs, now_at, 30, &[(pcs[0], session_hours(4, now_at - 30 * HOUR_MS))]).await;
        held(store, fs, now_at, 1, &[(pcs[1], session_hours(1, now_at - HOUR_MS))]).await;
        let (from, to) = (now_at - 31 * HOUR_MS, now_at - 29 * HOUR_MS);
        let stretch = format!("from={from}&to={to}");
        let seen = person.page(&format!("/hosts/{fs}?{stretch}")).await;
        assert_eq!(attributes(&seen, "a[href^='/clients?']", "href"), [format!("/clients?{stretch}&host={fs}")]);
        let page = person.page(&format!("/clients?{stretch}")).await;
        assert_eq!(texts(&page, "tbody a.name"), ["PC-1"], "the other one came later");
        assert_eq!(attributes(&page, "tbody a.name", "href"), [format!("/clients/{}?range=7d&{stretch}", pcs[0])]);
        assert_eq!(attributes(&page, "form.filters input[name=from]", "value"), [from.to_string()]);
        let ranges = attributes(&page, ".head .seg a", "href");
        assert!(ranges.len() == 6 && ranges.iter().all(|href| !href.contains("from=")), "{ranges:?}");
        assert_eq!(texts(&page, ".head .seg [aria-current]"), [] as [&str; 0]);
        let hour = person.page("/clients?range=1h").await;
        assert_eq!(texts(&hour, ".head .seg [aria-current]"), ["1 h"]);
        assert_eq!(texts(&hour, "tbody a.name"), ["PC-2"]);
        server.stop().await;
    })
    .await;
}
