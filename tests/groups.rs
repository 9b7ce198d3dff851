//! Groups of hosts on their pages and in the API: rules tried out and kept, hosts put into groups by hand, from ingest to page.

use highwater::model::HostId;
use highwater::model::group::NewRule;
use highwater::model::host::Facts;
use highwater::model::token::{Approve, NewToken};
use highwater::model::view::SavedPage;
use highwater::store::{accounts, agents, groups, hosts, views};
use highwater_wire::{EnrolRequest, HostFacts, Record};
use scraper::{Html, Selector};

use crate::browser::server_for_browsers;
use crate::harness::audit::done;
use crate::harness::hostile;
use crate::harness::person::{self, Person, attributes, texts};
use crate::harness::server::{TestServer, batch, machine};
use crate::harness::store::{Store, both};
use crate::looks::{Named, judge, looks};

pub(crate) const PAGE: &str = "/settings/groups";

/// Elements that no page of ours has: there, a name has become markup.
const FOREIGN: &str =
    "[onerror],[onload],[onmouseover],[ontoggle],iframe,base,math,mglyph,style,meta[http-equiv],script:not([src])";

pub(crate) async fn add(store: &Store, name: &str, group: &str) -> HostId {
    store.write(async |tx| agents::host_of_identity(tx, name, name, group, 0).await).await
}

async fn keep_rule(person: &Person, kind: &str, pattern: &str, to: &str) {
    let fields = [("kind", kind), ("pattern", pattern), ("to", to)];
    let answer = person.submit(PAGE, "/settings/groups/rules", &fields).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/settings/groups#rules"), "{}", answer.text);
}

/// Name and group of each host in the page's list.
pub(crate) fn listed(page: &Html) -> Vec<(String, String)> {
    let names = texts(page, "#hosts tbody .name");
    names.into_iter().zip(texts(page, "#hosts td[data-label='Group']")).collect()
}

pub(crate) fn pair(name: &str, group: &str) -> (String, String) {
    (name.to_owned(), group.to_owned())
}

#[tokio::test]
async fn a_rule_is_tried_out_before_it_is_kept_and_then_moves_hosts_everywhere() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let id = add(store, "FS-PAR-01", "").await;
        add(store, "FS-PAR-02", "Token").await;
        add(store, "PC-1", "").await;
        let empty = person.page(PAGE).await;
        assert_eq!(texts(&empty, "h1"), ["1 host is in 1 group; 2 are in none."]);
        assert_eq!(texts(&empty, "#preview"), [] as [&str; 0]);

        let tried = person.page("/settings/groups?kind=name&pattern=fs-par-*&to=Paris").await;
        assert_eq!(texts(&tried, "#preview p.line"), ["2 hosts match; 2 would move to Paris ."]);
        assert_eq!(texts(&tried, "#preview td.wide"), ["FS-PAR-01", "FS-PAR-02"]);
        assert_eq!(
            attributes(&tried, "#new input[name=pattern]", "value"),
            ["fs-par-*"],
            "the form keeps what was typed"
        );
        assert!(groups::rules(&server.db).await.unwrap().is_empty(), "looking changes nothing");
        let hidden = ["to", "kind", "pattern"].map(|name| {
            let selector = format!("form[action='/settings/groups/rules'] input[name={name}]");
            attributes(&tried, &selector, "value").remove(0)
        });
        assert_eq!(hidden, ["Paris", "name", "fs-par-*"], "what is kept is what was tried out");

        keep_rule(&person, "name", "fs-par-*", "Paris").await;
        let page = person.page(PAGE).await;
        assert_eq!(texts(&page, "#rules td.wide .name"), ["name like fs-par-*"]);
        assert_eq!(texts(&page, "#rules td[data-label='Decides']"), ["2 hosts"]);
        assert!(texts(&page, "#rules small")[0].ends_with("by a.martin"), "{:?}", texts(&page, "#rules small"));
        let expected = [pair("FS-PAR-01", "Paris by rule"), pair("FS-PAR-02", "Paris by rule"), pair("PC-1", "none")];
        assert_eq!(listed(&page), expected);
        let fleet = person.page("/?group=Paris").await;
        assert_eq!(texts(&fleet, "#rows a.name"), ["FS-PAR-01", "FS-PAR-02"]);
        let told = person.json(&format!("/api/v1/hosts/{id}")).await;
        assert_eq!((&told["group"], &told["group_origin"]), (&"Paris".into(), &"rule".into()));
        let all = person.json("/api/v1/hosts?q=PC-1").await;
        assert_eq!(
            (&all["hosts"][0]["group"], &all["hosts"][0]["group_origin"]),
            (&"".into(), &serde_json::Value::Null)
        );
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_order_of_rules_decides_and_a_rule_that_goes_gives_its_hosts_back() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        add(store, "FS-PAR-01", "Token").await;
        keep_rule(&person, "name", "fs-*", "All").await;
        keep_rule(&person, "name", "fs-par-*", "Paris").await;
        let tried = person.page("/settings/groups?kind=name&pattern=*&to=Else").await;
        assert_eq!(texts(&tried, "#preview td[data-label='Then']"), ["stays: an earlier rule matches"]);
        let ids: Vec<i64> = groups::rules(&server.db).await.unwrap().iter().map(|rule| rule.id.0).collect();
        let change = async |id: i64, what: &str| {
            person.submit(PAGE, &format!("/settings/groups/rules/{id}"), &[("do", what)]).await.status
        };
        let group = async || listed(&person.page(PAGE).await)[0].1.clone();
        assert_eq!(group().await, "All by rule");
        assert_eq!(change(ids[1], "up").await, 303);
        assert_eq!(group().await, "Paris by rule");
        assert_eq!(change(ids[1], "up").await, 409, "it is the first one already");
        assert_eq!(change(ids[1], "sideways").await, 400);
        assert_eq!(change(ids[1], "down").await, 303);
        assert_eq!((change(ids[0], "delete").await, change(ids[1], "delete").await), (303, 303));
        assert_eq!(change(ids[1], "delete").await, 409, "it is gone");
        assert_eq!(group().await, "Token by its token");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_rule_that_makes_no_sense_says_what_to_write() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        for (kind, pattern, to, says) in [
            ("subnet", "10.0/8", "Paris", "is no range of addresses"),
            ("name", " ", "Paris", "Write what to look for"),
            ("name", "*", " ", "Write the name of a group"),
            ("colour", "*", "Paris", "Choose what of a host"),
            ("name", "a\u{1b}b", "Paris", "Write what to look for"),
        ] {
            let fields = [("kind", kind), ("pattern", pattern), ("to", to)];
            let answer = person.submit(PAGE, "/settings/groups/rules", &fields).await;
            assert_eq!(answer.status, 422);
            let refusal = texts(&answer.html(), "#new .refusal");
            assert!(refusal[0].contains(says), "{refusal:?}");
        }
        let tried = person.get("/settings/groups?kind=subnet&pattern=10.0%2F8&to=Paris").await;
        assert_eq!((tried.status, texts(&tried.html(), "#new .refusal").len()), (422, 1));
        assert!(groups::rules(&server.db).await.unwrap().is_empty());
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_host_s_page_says_what_decided_its_group_and_sets_it_by_hand() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let id = add(store, "FS01", "Token").await;
        let (page, form) = (format!("/hosts/{id}"), format!("/hosts/{id}/group"));
        let group = async || texts(&person.page(&page).await, "#group dd").remove(0);
        assert_eq!(group().await, "Token by its token");
        keep_rule(&person, "os", "Windows", "Win").await;
        keep_rule(&person, "name", "fs??", "Rule").await;
        assert_eq!(group().await, "Rule by rule 2: name like fs??");
        let answer = person.submit(&page, &form, &[("do", "put"), ("to", "Mine")]).await;
        assert_eq!((answer.status, answer.header("location")), (303, format!("/hosts/{id}#group").as_str()));
        let (by_hand, path) = (group().await, texts(&person.page(&page).await, ".crumbs"));
        assert!(by_hand.starts_with("Mine by hand, ") && by_hand.ends_with(", a.martin"), "{by_hand}");
        assert_eq!(path, ["Fleet / Mine"]);
        let nameless = person.submit(&page, &form, &[("do", "put"), ("to", "")]).await;
        assert_eq!(nameless.status, 400);
        assert!(texts(&nameless.html(), "main p")[0].starts_with("Write the name of a group"), "{}", nameless.text);
        assert_eq!(person.submit(&page, "/hosts/99/group", &[("do", "put"), ("to", "x")]).await.status, 404);
        assert_eq!(person.submit(&page, &form, &[("do", "release")]).await.status, 303);
        assert_eq!(group().await, "Rule by rule 2: name like fs??");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn nobody_changes_a_group_without_the_pages_own_token() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let id = add(store, "FS01", "").await;
        let host = format!("/hosts/{id}/group");
        let forms: [(&str, &[(&str, &str)]); 4] = [
            ("/settings/groups/rules", &[("kind", "name"), ("pattern", "*"), ("to", "x")]),
            ("/settings/groups/rules/1", &[("do", "delete")]),
            ("/settings/groups/hosts", &[("do", "put"), ("to", "x"), ("host", "1")]),
            (&host, &[("do", "put"), ("to", "x")]),
        ];
        for (path, fields) in forms {
            assert_eq!(person.post(path, fields).await.status, 403, "{path}");
            assert_eq!(Person::stranger(&server).post(path, fields).await.status, 303, "{path}: to sign-in");
        }
        assert_eq!(hosts::find(&server.db, id).await.unwrap().unwrap().group_name, "");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_agent_s_host_moves_with_what_it_says_of_itself() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        keep_rule(&person, "subnet", "10.20.0.0/16", "Paris").await;
        keep_rule(&person, "domain", "corp.example", "Corporate").await;
        let token = server.token_of(token_of_group("Lyon")).await;
        let enrolled = server.enrol(&EnrolRequest { ..machine(&token, "FS01", 1) }).await.unwrap();
        let is_in = async || {
            let host = hosts::all_now(&server.db).await.unwrap().remove(0);
            (host.group_name, host.group_origin.map(highwater::model::group::Origin::word))
        };
        assert_eq!(is_in().await, ("Lyon".to_owned(), Some("token")));
        let facts = |seq: i64, domain: &str, address: &str| {
            Record::Host(HostFacts {
                observed_at: now_at + seq,
                name: "FS01".into(),
                domain: domain.into(),
                addresses: vec![address.into()],
                ..HostFacts::default()
            })
        };
        let moves = [
            ("paris.corp.example", "10.21.0.1", "Corporate", "rule"),
            ("paris.corp.example", "10.20.0.1", "Paris", "rule"),
            ("elsewhere.example", "192.0.2.1", "Lyon", "token"),
        ];
        for (seq, (domain, address, group, origin)) in (1..).zip(moves) {
            server
                .push(&enrolled.key, &batch(now_at, seq, vec![facts(i64::try_from(seq).unwrap(), domain, address)]))
                .await
                .unwrap();
            assert_eq!(is_in().await, (group.to_owned(), Some(origin)));
        }
        let told: Vec<_> =
            done(store, "host.moved").await.into_iter().map(|one| (one.actor_kind, one.changes)).collect();
        let told: Vec<_> = told
            .iter()
            .map(|(by, of)| (by.as_str(), of.before["group"].as_str(), of.after["group"].as_str()))
            .collect();
        assert_eq!(told, [("agent", "Lyon", "Corporate"), ("agent", "Corporate", "Paris"), ("agent", "Paris", "Lyon")]);
        server.stop().await;
    })
    .await;
}

fn token_of_group(group: &str) -> NewToken {
    NewToken {
        label: "test".to_owned(),
        secret_sha256: [0; 32],
        hint: String::new(),
        group_name: group.to_owned(),
        approve: Approve::Auto,
        max_uses: None,
        expires_at: None,
        ranges: Vec::new(),
    }
}

#[tokio::test]
async fn no_hostile_name_of_a_group_or_pattern_becomes_markup() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    let id = add(&store, "FS01", "").await;
    let foreign = Selector::parse(FOREIGN).unwrap();
    let mut kept = 0;
    for name in hostile::names() {
        let fields = [("do", "put"), ("to", name.as_str())];
        let answer = person.submit(&format!("/hosts/{id}"), &format!("/hosts/{id}/group"), &fields).await;
        let fits =
            name.trim().chars().count() <= 100 && !name.trim().is_empty() && !name.trim().chars().any(char::is_control);
        assert_eq!(answer.status, if fits { 303 } else { 400 }, "{name:?}");
        if !fits {
            continue;
        }
        kept += 1;
        let escaped: String = name.bytes().map(|b| format!("%{b:02X}")).collect();
        for path in [
            PAGE.to_owned(),
            format!("{PAGE}?kind=name&pattern={escaped}&to={escaped}&q={escaped}"),
            format!("/hosts/{id}"),
        ] {
            let page = person.get(&path).await.html();
            assert_eq!(page.select(&foreign).count(), 0, "{name:?} became markup on {path}");
            let shown =
                texts(&page, if path.starts_with("/hosts") { "#group dd a" } else { "#preview b, .changes .name" });
            let wanted = name.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(shown.contains(&wanted), "{name:?} is not on {path}: {shown:?}");
        }
    }
    assert!(kept > 150, "{kept}");
    server.stop().await;
}

/// Hosts of three systems, rules, a group by hand and saved views.
pub(crate) async fn keep_all(store: &Store) -> HostId {
    let account = person::account(store, person::NAME).await;
    let systems = ["Windows Server 2016 Standard", "Windows Server 2022 Datacenter", "Windows 11 Pro"];
    let mut ids = Vec::new();
    for n in 0..60 {
        let name = format!("FS-{}-{n:02}", ["PAR", "LYO", "A-VERY-LONG-NAME-OF-A-BRANCH-OFFICE"][n % 3]);
        let host = add(store, &name, if n % 4 == 0 { "Enrolled in March" } else { "" }).await;
        let facts = Facts { observed_at: 1, name, os: systems[n % 3].to_owned(), ..Facts::default() };
        store.write(async |tx| hosts::save_facts(tx, host, &facts).await).await;
        ids.push(host);
    }
    let kept =
        [("name", "FS-PAR-*", "Paris"), ("subnet", "10.20.0.0/16", "Lyon"), ("os", "Windows 11", "Branch offices")];
    for (kind, pattern, group) in kept {
        let rule = NewRule::read(group, kind, pattern).unwrap();
        store.write(async |tx| groups::insert_rule(tx, &rule, person::NAME, 0).await).await.unwrap();
    }
    let long = "Looked after by hand, until the new cluster of the headquarters has taken over all shares";
    store.write(async |tx| groups::put(tx, &ids[..4], long, person::NAME, 0).await).await;
    for (name, query) in
        [("Full hosts", "?level=full"), ("Paris", "?group=Paris"), (long, "?"), ("Names", "?sort=name")]
    {
        store.write(async |tx| views::save(tx, account, (SavedPage::Fleet, name), query, 0).await).await;
    }
    assert_eq!(accounts::list(store).await.unwrap().len(), 1);
    ids[0]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_and_saved_views_are_good_in_every_look() {
    let store = Store::sqlite().await;
    let host = keep_all(&store).await;
    let (server, base) = server_for_browsers(&store).await;
    let pages: [Named; 4] = [
        ("groups-kept", PAGE.to_owned()),
        ("groups-tried", format!("{PAGE}?kind=os&pattern=Windows+Server&to=Servers&q=fs")),
        ("views", "/?sort=name".to_owned()),
        ("host-by-hand", format!("/hosts/{host}")),
    ];
    for look in looks() {
        for look in [look, look.french().without_javascript()] {
            judge(&server.db, &base, look, ("few", &pages)).await;
        }
    }
    server.stop().await;
}
