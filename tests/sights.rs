//! Accounts and API keys that are confined to groups of hosts: what they see, what turns them away, and who says so.

use highwater::config::Config;
use highwater::model::HostId;
use highwater::model::api_key::Scope;
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::store::{accounts, groups, hosts};
use reqwest::Method;

use crate::harness::caller::{Caller, problem};
use crate::harness::person::{Person, confine, texts};
use crate::harness::server::{TestServer, batch, snapshot};
use crate::harness::store::{Store, T0, both};

const PAGE: &str = "/settings/accounts";

/// A server with a host in Paris, one in Lyon and one in no group, in this order.
async fn server_of_three(store: &Store) -> (TestServer, [HostId; 3]) {
    let server = server_of_three_with(store, |_| {}).await;
    let ids: Vec<HostId> = hosts::in_short(store).await.unwrap().iter().map(|host| host.id).collect();
    (server, ids.try_into().unwrap())
}

/// The same by other settings.
pub(crate) async fn server_of_three_with(store: &Store, change: impl FnOnce(&mut Config)) -> TestServer {
    let server = TestServer::start_with(store, change).await;
    for name in ["FS01", "FS02", "FS03"] {
        let (key, now_at) = (server.key(name).await, server.clock.now_at());
        server.push(&key, &batch(now_at, 1, vec![snapshot(now_at, 3)])).await.unwrap();
    }
    let ids: Vec<HostId> = hosts::in_short(store).await.unwrap().iter().map(|host| host.id).collect();
    for (host, group) in [(ids[0], "Paris"), (ids[1], "Lyon")] {
        store.write(async |tx| groups::put(tx, &[host], group, "ann", T0).await).await;
    }
    server
}

#[tokio::test]
async fn a_host_of_another_group_or_of_none_is_not_there_as_one_that_never_was() {
    both(async |store| {
        let (server, [paris, lyon, none]) = server_of_three(store).await;
        let person = Person::confined(&server, "bob", (Role::Viewer, "Paris")).await;
        let program = Caller::confined(&server, Scope::Read, "Paris").await;
        assert_eq!(texts(&person.page(&format!("/hosts/{paris}")).await, "h1").len(), 1);
        for below in ["", "?format=csv", "?chart=sessions", "?range=7d"] {
            assert_eq!(person.get(&format!("/hosts/{paris}{below}")).await.status, 200, "{below}");
            let missing = person.get(&format!("/hosts/999{below}")).await;
            assert_eq!(missing.status, 404, "{below}");
            for hidden in [lyon, none] {
                let answer = person.get(&format!("/hosts/{hidden}{below}")).await;
                let said = texts(&answer.html(), "main p.plain");
                assert_eq!((answer.status, said), (404, texts(&missing.html(), "main p.plain")), "{hidden}{below}");
            }
        }
        let nouns = ["", "/sessions", "/usage", "/gaps", "/counters", "/shares", "/changes", "/usage?step=soon"];
        for noun in nouns {
            let of = async |id: HostId| program.get(&format!("/api/v1/hosts/{id}{noun}")).await;
            let wanted = if noun.contains('?') { 400 } else { 200 };
            assert_eq!(of(paris).await.status, wanted, "{noun}");
            let missing = of(HostId(999)).await;
            for hidden in [lyon, none] {
                let answer = of(hidden).await;
                let said = [&answer, &missing].map(|answer| problem(answer, 404, "not-found"));
                assert!(said[0] == said[1] && answer.text == missing.text, "{noun}: {}", answer.text);
            }
        }
        let of = |host: HostId| format!("host:{host}");
        for (topic, status) in
            [(of(paris), 200), (of(lyon), 404), (of(none), 404), (of(HostId(999)), 404), ("fleet".to_owned(), 200)]
        {
            let answer = server.http.request(Method::GET, format!("{}/live?topic={topic}", server.url));
            let cookies: Vec<String> = person.cookies.borrow().iter().map(|(n, v)| format!("{n}={v}")).collect();
            let answer = answer.header("cookie", cookies.join("; ")).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{topic}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_list_has_the_hosts_that_are_seen_and_parts_of_a_page_are_shared_with_nobody_who_sees_others() {
    both(async |store| {
        let (server, [paris, lyon, _]) = server_of_three(store).await;
        let all = Caller::with(&server, Scope::Read).await;
        let some = Caller::confined(&server, Scope::WriteIncidents, "Paris").await;
        let names = async |program: &Caller, asked: &str| {
            let body = program.json(&format!("/api/v1/hosts{asked}")).await;
            let hosts = body["hosts"].as_array().unwrap();
            hosts.iter().map(|host| host["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&all, "").await, ["FS01", "FS02", "FS03"]);
        assert_eq!(names(&some, "").await, ["FS01"]);
        assert_eq!(names(&some, "?group=Lyon").await, [] as [String; 0]);
        let person = Person::confined(&server, "bob", (Role::Viewer, "Paris")).await;
        assert_eq!(person.json("/api/v1/hosts").await["hosts"].as_array().unwrap().len(), 1);

        let other = Person::with_role(&server, "eve", Role::Viewer).await;
        let parts = async |person: &Person, path: &str| person.get_with(path, ("x-parts", "1")).await.status;
        let (paris, lyon) = (format!("/hosts/{paris}"), format!("/hosts/{lyon}"));
        assert_eq!((parts(&other, &lyon).await, parts(&person, &lyon).await), (200, 404));
        assert_eq!((parts(&other, "/").await, parts(&person, "/").await), (200, 200));
        let before = server.live.rendered();
        assert_eq!((parts(&other, &paris).await, parts(&person, &paris).await), (200, 200));
        assert_eq!(server.live.rendered() - before, 2, "one for each");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_ones_own_stays_so_and_other_groups_count_at_the_next_request() {
    both(async |store| {
        let (server, all) = server_of_three(store).await;
        let person = Person::confined(&server, "bob", (Role::Operator, "Paris")).await;
        let own = person.get("/account").await;
        assert!(own.status == 200 && own.text.contains("sees only Paris"), "{}", own.text);
        assert_eq!(person.get("/problems/confined").await.status, 200);
        let seen = async || {
            let mut seen = Vec::new();
            for host in all {
                let path = format!("/hosts/{host}");
                let whole = person.get(&path).await.status;
                assert_eq!(person.get_with(&path, ("x-parts", "1")).await.status, whole, "the parts of {path}");
                seen.push(whole == 200);
            }
            seen
        };
        assert_eq!(seen().await, [true, false, false]);
        for (sight, wanted) in [
            (Sight::All, [true, true, true]),
            (Sight::of(["Lyon"]).unwrap(), [false, true, false]),
            (Sight::of(["Rome"]).unwrap(), [false, false, false]),
        ] {
            confine(store, "bob", &sight).await;
            assert_eq!(seen().await, wanted, "{sight:?}");
        }
        store.write(async |tx| groups::put(tx, &[all[2]], "Rome", "ann", T0).await).await;
        assert_eq!(seen().await, [false, false, true], "a host came into a group that he sees");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_administrator_says_which_groups_an_account_sees_and_is_never_confined_himself() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let root = Person::signed_in(&server).await;
        let sight = async |name: &str| accounts::find_by_name(store, name).await.unwrap().unwrap().0.sight;
        let make = async |name: &str, role: &str, groups: &str| {
            root.submit(PAGE, PAGE, &[("name", name), ("role", role), ("groups", groups)]).await
        };
        assert_eq!(make("bob", "viewer", "Paris\r\nLyon, Paris").await.status, 200);
        assert_eq!(sight("bob").await, Sight::of(["Lyon", "Paris"]).unwrap());
        let long = "x".repeat(101);
        for (role, groups, said) in [
            ("administrator", "Paris", "An administrator sees all hosts"),
            ("viewer", " ,", "Name 50 groups at most"),
            ("viewer", long.as_str(), "with 100 characters at most"),
        ] {
            let refused = make("eve", role, groups).await;
            let why = texts(&refused.html(), ".refusal").remove(0);
            assert!(refused.status == 422 && why.contains(said), "{why}");
            assert_eq!(texts(&refused.html(), "textarea[name=groups]"), [groups.trim()], "it stays as it was typed");
        }
        let page = root.page(PAGE).await;
        assert_eq!(texts(&page, "td[data-label=Role] small"), ["sees only Lyon, Paris"]);
        let file = root.get(&format!("{PAGE}?format=csv")).await;
        assert!(file.text.contains("Lyon, Paris"), "{}", file.text);

        let id = accounts::find_by_name(store, "bob").await.unwrap().unwrap().0.id;
        let (own, path) = (format!("{PAGE}/{id}"), format!("{PAGE}/{id}/groups"));
        assert_eq!(texts(&root.page(&own).await, "textarea[name=groups]"), ["Lyon Paris"]);
        let role = [("to", "administrator")];
        let refused = root.submit(&own, &format!("{own}/role"), &role).await;
        assert!(refused.status == 409 && refused.text.contains("confined to groups"), "{}", refused.text);
        assert_eq!(root.submit(&own, &path, &[("groups", ",")]).await.status, 400);
        assert_eq!(sight("bob").await, Sight::of(["Lyon", "Paris"]).unwrap());
        assert_eq!(root.submit(&own, &path, &[("groups", " ")]).await.header("location"), own);
        assert_eq!(
            (sight("bob").await, root.submit(&own, &format!("{own}/role"), &role).await.status),
            (Sight::All, 303)
        );
        assert_eq!(texts(&root.page(&own).await, "textarea"), [] as [String; 0]);
        let refused = root.submit(&own, &path, &[("groups", "Paris")]).await;
        assert!(refused.status == 409 && refused.text.contains("An administrator sees all hosts"), "{}", refused.text);

        let told = root.get("/settings/audit?action=account.confined").await;
        assert!(told.text.contains("Lyon, Paris"), "what it was before: {}", told.text);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_is_made_for_some_groups_but_none_that_may_all() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let root = Person::signed_in(&server).await;
        let page = "/settings/keys";
        let make = async |scope: &str| {
            let fields = [("label", "Desk"), ("scope", scope), ("expires_days", "9"), ("groups", "Paris")];
            root.submit(page, page, &fields).await
        };
        let refused = make("admin").await;
        let why = texts(&refused.html(), ".refusal").remove(0);
        assert!(refused.status == 422 && why.contains("all hosts"), "{why}");
        let made = make("read").await;
        assert!(made.status == 200 && made.text.contains("sees only Paris"), "{}", made.text);
        assert!(root.get(page).await.text.contains("sees only Paris"));
        let file = root.get(&format!("{page}?format=csv")).await;
        assert!(file.text.contains("Groups") && file.text.contains("Paris"), "{}", file.text);
        server.stop().await;
    })
    .await;
}
