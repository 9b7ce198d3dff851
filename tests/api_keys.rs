//! Keys of programs: made and revoked by people, and what they open.

use highwater::model::api_key::Scope;
use highwater::model::role::Role;
use highwater::store::{accounts, api_keys};
use serde_json::json;

use crate::harness::audit::done;
use crate::harness::caller::{Caller, problem};
use crate::harness::french::reads_in_french;
use crate::harness::person::{Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both};

const PAGE: &str = "/settings/keys";
const ACCOUNTS: &str = "/settings/accounts";

#[tokio::test]
async fn a_key_is_made_shown_once_used_and_revoked() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in_as(&server, "ann").await;
        assert_eq!(texts(&person.page(PAGE).await, "h1"), ["No key yet. Programs that ask the API need one."]);
        let refused = person.submit(PAGE, PAGE, &[("label", ""), ("scope", "read"), ("expires_days", "1")]).await;
        assert_eq!(refused.status, 422);
        assert!(texts(&refused.html(), "[role=alert]")[0].contains("name"), "{}", refused.text);
        let fields = [("label", "<b>Tickets"), ("scope", "write:incidents"), ("expires_days", "30")];
        let made = person.submit(PAGE, PAGE, &fields).await;
        let secret = texts(&made.html(), "#secret").remove(0);
        assert!(secret.starts_with("hwk_") && secret.len() == 47, "{secret}");
        let commands = texts(&made.html(), "pre");
        assert!(commands.iter().all(|command| command.contains(&secret)), "{commands:?}");
        let list = person.get(PAGE).await;
        assert!(!list.text.contains(&secret) && !list.text.contains("<b>Tickets"), "{}", list.text);
        assert_eq!(texts(&list.html(), "h1"), ["1 program may ask the API."]);
        assert!(!person.get("/settings/keys?format=csv").await.text.contains("hwk_"), "nothing of a secret");

        let ask = async || {
            let request = server.http.get(format!("{}/api/v1/hosts", server.url)).bearer_auth(&secret);
            request.send().await.unwrap()
        };
        assert_eq!(ask().await.status(), 200);
        let key = api_keys::list(store).await.unwrap().remove(0);
        assert!(key.used_at.is_some() && key.created_by == "ann");
        let revoke = format!("{PAGE}/{}/revoke", key.id);
        assert_eq!(person.submit(PAGE, &revoke, &[]).await.status, 303);
        assert_eq!(person.submit(PAGE, &revoke, &[]).await.status, 409);
        let after = ask().await;
        assert_eq!(
            (after.status(), &after.headers()["www-authenticate"]),
            (401.try_into().unwrap(), &"Bearer realm=\"highwater\"".parse().unwrap())
        );
        assert_eq!(texts(&person.page(PAGE).await, "h1"), ["No key works any more."]);
        server.stop().await;
    })
    .await;
}

/// What is said of a new key where it is shown, and of the newest one in the list.
#[tokio::test]
async fn what_a_key_sees_of_hosts_and_users_is_said_where_it_is_shown_and_in_the_list() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let english = ["sees all hosts", "sees only Paris", "sees names of users", "sees pseudonyms of users"];
        let french = [
            "voit tous les hôtes",
            "ne voit que Paris",
            "voit les noms des utilisateurs",
            "voit des pseudonymes d’utilisateurs",
        ];
        for (lang, [all, paris, names, pseudonyms]) in [("en", english), ("fr", french)] {
            person.cookies.borrow_mut().insert("lang".to_owned(), lang.to_owned());
            for (scope, groups, box_of_names, wanted) in [
                ("read", "", "yes", [all, names]),
                ("read", "Paris", "", [paris, pseudonyms]),
                ("write:incidents", "Paris", "yes", [paris, names]),
                ("admin", "", "", [all, names]),
            ] {
                let (label, days) = (("label", "Desk"), ("expires_days", "9"));
                let fields = [label, days, ("scope", scope), ("groups", groups), ("names", box_of_names)];
                let made = person.submit(PAGE, PAGE, &fields).await;
                assert_eq!(made.status, 200, "{}", made.text);
                let shown = ["#hosts", "#names"].map(|place| texts(&made.html(), place));
                assert_eq!(shown, wanted.map(|words| vec![words.to_owned()]), "{scope} {groups}");
                let list = texts(&person.page(PAGE).await, "tbody tr:first-child td:nth-child(2) small");
                assert_eq!(list, wanted, "{scope} {groups}");
            }
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_opens_what_its_scope_includes() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let read = Caller::with(&server, Scope::Read).await;
        let write = Caller::with(&server, Scope::WriteIncidents).await;
        let admin = Caller::with(&server, Scope::Admin).await;
        for caller in [&read, &write, &admin] {
            assert_eq!(caller.get("/api/v1/hosts").await.status, 200);
        }
        for caller in [&read, &write] {
            let said = problem(&caller.get("/api/v1/tokens").await, 403, "scope");
            assert_eq!(said, "This asks for a key with the right admin.");
        }
        assert_eq!(admin.get("/api/v1/tokens").await.status, 200);
        let comment = json!({ "text": "x" });
        let post = async |caller: &Caller| caller.post("/api/v1/incidents/1/comment", &[], Some(&comment)).await;
        problem(&post(&read).await, 403, "scope");
        problem(&post(&write).await, 404, "not-found");
        problem(&post(&admin).await, 404, "not-found");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_is_not_known_is_told_how_to_be() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let past = Caller::until(&server, Scope::Read, Some(server.clock.now_at())).await;
    problem(&past.get("/api/v1/hosts").await, 401, "api-key-expired");
    let stranger = Person::stranger(&server);
    problem(&stranger.get("/api/v1/hosts").await, 401, "sign-in");
    let person = Person::signed_in(&server).await;
    assert_eq!(person.get("/api/v1/hosts").await.status, 200);
    for wrong in ["Bearer hwk_wrong", "Bearer hwa_wrong", "Basic YTpi", "hwk_x"] {
        let refused = person.get_with("/api/v1/hosts", ("authorization", wrong)).await;
        problem(&refused, 401, "api-key-unknown");
    }
    // A key opens no page.
    let key = Caller::with(&server, Scope::Admin).await;
    assert_eq!(key.get(PAGE).await.status, 303);
}

#[tokio::test]
async fn a_browser_changes_nothing_without_the_token_of_its_session() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    let path = "/api/v1/incidents/1/resolve";
    problem(&person.post_json(path, &[], &json!({})).await, 403, "csrf-token");
    problem(&person.post_json(path, &[("x-csrf-token", "x")], &json!({})).await, 403, "csrf-token");
    let token = person.get(PAGE).await.attribute("input[name=csrf]", "value").unwrap();
    problem(&person.post_json(path, &[("x-csrf-token", &token)], &json!({})).await, 404, "not-found");
}

#[tokio::test]
async fn who_asks_too_often_is_told_when_to_come_again() {
    let store = Store::sqlite().await;
    let server = TestServer::start_with(&store, |config| config.limits.api_per_minute = 3).await;
    let (one, other) = (Caller::with(&server, Scope::Read).await, Caller::with(&server, Scope::Read).await);
    for left in ["2", "1", "0"] {
        let answer = one.get("/api/v1/hosts").await;
        assert_eq!((answer.status, answer.header("ratelimit-policy")), (200, "\"caller\";q=3;w=60"));
        assert!(answer.header("ratelimit").starts_with(&format!("\"caller\";r={left};t=")), "{:?}", answer.headers);
    }
    let over = one.get("/api/v1/hosts").await;
    problem(&over, 429, "rate-limit");
    assert!((1..=60).contains(&over.header("retry-after").parse::<u32>().unwrap()));
    assert_eq!(other.get("/api/v1/hosts").await.status, 200);
}

#[tokio::test]
async fn keys_of_who_is_no_administrator_any_more_go_on_and_every_page_about_them_says_so() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let root = Person::signed_in_as(&server, "root").await;
        let eve = Person::with_role(&server, "eve", Role::Administrator).await;
        let fields = [("label", "Tickets"), ("scope", "read"), ("expires_days", "30")];
        let secret = texts(&eve.submit(PAGE, PAGE, &fields).await.html(), "#secret").remove(0);
        let id = accounts::find_by_name(store, "eve").await.unwrap().unwrap().0.id;
        let at = format!("{ACCOUNTS}/{id}");
        let act = async |deed: &str, to: &str| root.submit(&at, &format!("{at}/{deed}"), &[("to", to)]).await.status;
        let said = async |path: &str| texts(&root.page(path).await, "#keys span, #left span, td b.watch");
        let file = async || root.get("/settings/keys?format=csv").await.text;

        assert!(said(&at).await[0].starts_with("1 API key that this account made works."), "before it is done");
        assert!(said(PAGE).await.is_empty() && said(ACCOUNTS).await.is_empty());
        assert!(file().await.contains("administrator"));
        for (deed, to, back, row, word) in [
            ("role", "operator", "administrator", "its maker is no administrator any more", "demoted"),
            ("switch", "off", "on", "its maker’s account is disabled", "disabled"),
        ] {
            assert_eq!(act(deed, to).await, 303);
            let (of_it, of_all) = (said(&at).await, said(ACCOUNTS).await);
            assert!(of_it[0].starts_with("1 API key that this account made goes on working."), "{of_it:?}");
            assert!(of_all[0].starts_with("1 key works whose maker is no administrator any more."), "{of_all:?}");
            let keys = said(PAGE).await;
            assert!(keys.len() == 2 && keys[1] == row, "{keys:?}");
            assert!(file().await.contains(word));
            assert_eq!(attributes(&root.page(&at).await, "#keys a", "href"), [PAGE]);
            assert_eq!(act(deed, back).await, 303);
            assert!(said(PAGE).await.is_empty());
        }
        assert_eq!(act("delete", "").await, 303);
        assert!(said(ACCOUNTS).await[0].starts_with("1 key works whose maker is no administrator any more."));
        assert_eq!(said(PAGE).await[1], "its maker’s account is gone, or has another name since");
        let asked = server.http.get(format!("{}/api/v1/hosts", server.url)).bearer_auth(&secret);
        assert_eq!(asked.send().await.unwrap().status(), 200, "what hangs on it goes on");
        for action in ["account.role_changed", "account.switched", "account.deleted"] {
            let told = done(store, action).await;
            let left = told.iter().filter_map(|entry| entry.changes.after.get("keys_left")).collect::<Vec<_>>();
            assert_eq!(left, ["1"], "{action}");
        }

        root.cookies.borrow_mut().insert("lang".to_owned(), "fr".to_owned());
        for path in [PAGE, ACCOUNTS] {
            reads_in_french(&root, path, &["root", "eve", "Tickets"].map(str::to_owned)).await;
        }
        let key = api_keys::list(store).await.unwrap().remove(0);
        assert_eq!(root.submit(PAGE, &format!("{PAGE}/{}/revoke", key.id), &[]).await.status, 303);
        assert!(said(PAGE).await.is_empty() && said(ACCOUNTS).await.is_empty(), "it works no more");
        server.stop().await;
    })
    .await;
}
