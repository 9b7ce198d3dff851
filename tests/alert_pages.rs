//! The page of the rules of incidents: what it tells, what it takes, and that incidents open by it.

use highwater::locale::NBSP;
use highwater::model::alert::{Levels, Rule};
use highwater::model::incident::Kind;
use highwater::model::time::MINUTE_MS;
use highwater::store::incidents::{self, IncidentFilter};
use highwater::store::{agents, alerts, groups};
use highwater::tasks::alerts::Judge;
use scraper::Html;

use crate::harness::french::{faults, reads_in_french};
use crate::harness::person::{Answer, Person, attributes, texts};
use crate::harness::server::{TestServer, batch, snapshot};
use crate::harness::store::{Store, both};

const PAGE: &str = "/settings/alerts";

async fn rules(server: &TestServer, kind: Kind) -> Vec<Rule> {
    let all = alerts::rules(&server.db).await.unwrap();
    all.0.into_iter().filter(|rule| rule.kind == kind).collect()
}

/// Kind and group, and the rule in words, of each row.
fn told(page: &Html) -> Vec<(String, String)> {
    let cells = texts(page, "#rules td.wide:not(.r)");
    cells.chunks(2).map(|pair| (pair[0].clone(), pair[1].replace(NBSP, " "))).collect()
}

/// A rule of the kind near, as its form sends it.
fn near<'a>(group: &'a str, open_at: &'a str) -> [(&'a str, &'a str); 8] {
    let rest = [("looks", "3"), ("open_minutes", "5"), ("close_at", "40"), ("close_minutes", "0")];
    let [looks, open_minutes, close_at, close_minutes] = rest;
    [
        ("kind", "near"),
        ("group", group),
        ("on", "1"),
        ("open_at", open_at),
        looks,
        open_minutes,
        close_at,
        close_minutes,
    ]
}

async fn keep(person: &Person, fields: &[(&str, &str)]) -> Answer {
    person.submit(PAGE, PAGE, fields).await
}

#[tokio::test]
async fn every_rule_is_told_changed_switched_and_given_back() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let page = person.page(PAGE).await;
        assert_eq!(texts(&page, "h1"), ["8 rules open incidents."]);
        let rows = told(&page);
        assert_eq!((rows.len(), rows[1].0.as_str()), (8, "Near the limit all hosts"));
        let says = "Opens when 80 % of the limit is reached in 2 readings in a row, for at least 10 min. Closes once it has been at 70 % or below for 15 min.";
        assert_eq!(rows[1].1, says);
        assert_eq!(texts(&page, "#form"), [] as [&str; 0]);

        let form = person.page("/settings/alerts?kind=near").await;
        for (name, value) in [("open_at", "80"), ("looks", "2"), ("open_minutes", "10"), ("close_at", "70")] {
            assert_eq!(attributes(&form, &format!("#form input[name={name}]"), "value"), [value]);
        }
        let silent = person.page("/settings/alerts?kind=silent").await;
        assert_eq!(attributes(&silent, "#form input.num", "name"), ["open_minutes"], "what a kind does not ask");

        assert_eq!(keep(&person, &near("", "60")).await.header("location"), "/settings/alerts#rules");
        assert_eq!(keep(&person, &near("Paris", "50 %")).await.status, 303);
        let levels = |open_at| Levels { open_at, open_looks: 3, open_ms: 300_000, close_at: 0.4, close_ms: 0 };
        let kept: Vec<_> = rules(&server, Kind::Near).await;
        assert_eq!((kept[0].levels, kept[1].levels), (levels(0.6), levels(0.5)));
        assert_eq!((kept[1].group_name.as_str(), kept[1].updated_by.as_str()), ("Paris", "a.martin"));
        let rows = told(&person.page(PAGE).await);
        assert_eq!(rows[2].0, "Near the limit group Paris");
        assert!(rows[2].1.ends_with("Closes as soon as it is at 40 % or below."), "{rows:?}");

        let change = async |id: i64, what: &str| person.submit(PAGE, &format!("{PAGE}/{id}"), &[("do", what)]).await.status;
        assert_eq!(change(kept[1].id.0, "off").await, 303);
        let page = person.page(PAGE).await;
        assert_eq!(texts(&page, "h1"), ["9 rules open incidents; 1 of them is switched off."]);
        assert_eq!(told(&page)[2].1, "Switched off: it opens nothing.");
        assert_eq!(rules(&server, Kind::Near).await[1].levels, levels(0.5), "its levels stay");
        assert_eq!(change(kept[1].id.0, "on").await, 303);
        assert_eq!(change(kept[0].id.0, "delete").await, 409, "the rule of all hosts stays");
        assert_eq!(change(kept[1].id.0, "delete").await, 303);
        assert_eq!((change(kept[1].id.0, "delete").await, change(kept[1].id.0, "on").await), (409, 409), "it is gone");
        assert_eq!(change(kept[0].id.0, "sideways").await, 400);
        assert_eq!(rules(&server, Kind::Near).await.len(), 1);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_rule_that_cannot_be_is_refused_by_the_name_of_its_field_and_the_form_stays_filled_in() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let before = alerts::rules(&server.db).await.unwrap();
        for (name, value, says) in [
            ("open_at", "0", "“Opens at” is “0”; write whole percent from 1 to 150."),
            ("open_at", "<b>", "“Opens at” is “<b>”"),
            ("close_at", "90", "“Closes at” has to be lower than “Opens at”."),
            ("close_at", "", "“Closes at” is “”"),
            ("looks", "0", "“Readings in a row” is “0”; write a number from 1 to 20."),
            ("open_minutes", "61", "“Opens after” is “61”; write minutes from 0 to 60."),
            ("close_minutes", "1e3", "“Closes after” is “1e3”; write minutes from 0 to 1,440."),
            ("group", "a\u{1b}b", "Write the name of a group"),
        ] {
            let mut fields = near("Paris", "90");
            fields.iter_mut().filter(|(n, _)| *n == name).for_each(|field| field.1 = value);
            let answer = keep(&person, &fields).await;
            assert_eq!(answer.status, 422, "{name}={value}");
            let page = answer.html();
            let refusal = texts(&page, "#form .refusal");
            assert!(refusal[0].contains(says), "{refusal:?}");
            for (name, value) in &fields[3..] {
                assert_eq!(attributes(&page, &format!("#form input[name={name}]"), "value"), [*value]);
            }
        }
        let nameless = keep(&person, &[&near(" ", "90")[..], &[("new", "1")]].concat()).await;
        assert_eq!((nameless.status, texts(&nameless.html(), "#form .refusal").len()), (422, 1));
        let fleet = [("kind", "pipeline"), ("group", "Paris"), ("open_minutes", "5")];
        assert_eq!(keep(&person, &fleet).await.status, 422);
        assert_eq!(keep(&person, &[("kind", "colour")]).await.status, 400);
        assert_eq!(person.post(PAGE, &near("", "90")).await.status, 403, "not from a page of ours");
        let id = before.0[0].id;
        assert_eq!(person.post(&format!("{PAGE}/{id}"), &[("do", "off")]).await.status, 403);
        assert_eq!(alerts::rules(&server.db).await.unwrap(), before);
        assert_eq!(Person::stranger(&server).get(PAGE).await.status, 303);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn incidents_open_by_the_rule_of_the_group() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let judge = Judge::new(server.db.clone(), now_at);
        let keys = [server.key("FS01").await, server.key("FS02").await];
        let hosts = agents::watched_hosts(&server.db).await.unwrap();
        store.write(async |tx| groups::put(tx, &hosts[..1], "Paris", "ann", now_at).await).await;
        let mut full = near("Paris", "50");
        (full[0].1, full[4].1, full[5].1) = ("full", "1", "0");
        assert_eq!(keep(&person, &full).await.status, 303);
        for key in &keys {
            let records = vec![snapshot(now_at - 2 * MINUTE_MS, 3), snapshot(now_at - MINUTE_MS, 11)];
            server.push(key, &batch(now_at, 1, records)).await.unwrap();
        }
        judge.tick(now_at).await.unwrap();
        let filter = IncidentFilter { most: 10, ..IncidentFilter::default() };
        let open = incidents::list(&server.db, &filter).await.unwrap();
        let of: Vec<_> = open.iter().map(|one| (one.host, one.kind)).collect();
        assert_eq!(of, [(Some(hosts[0]), Kind::Full)], "11 of 20 are much for Paris only");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn rules_are_in_french_with_what_they_refuse() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    assert_eq!(keep(&person, &near("Lyon", "50")).await.status, 303);
    let id = rules(&server, Kind::Full).await[0].id;
    assert_eq!(person.submit(PAGE, &format!("{PAGE}/{id}"), &[("do", "off")]).await.status, 303);
    let data = ["Lyon".to_owned()];
    for kind in Kind::ALL {
        reads_in_french(&person, &format!("{PAGE}?kind={}", kind.word()), &data).await;
        reads_in_french(&person, &format!("{PAGE}?kind={}&new=1", kind.word()), &data).await;
    }
    let mut refused = Vec::new();
    for (name, value) in [
        ("open_at", "x"),
        ("close_at", "x"),
        ("close_at", "99"),
        ("looks", "x"),
        ("open_minutes", "x"),
        ("close_minutes", "x"),
        ("kind", "x"),
    ] {
        let mut fields = near("Lyon", "90");
        fields.iter_mut().filter(|(n, _)| *n == name).for_each(|field| field.1 = value);
        refused.push(keep(&person, &fields).await);
    }
    refused.push(keep(&person, &[("kind", "near"), ("new", "1")]).await);
    refused.push(keep(&person, &[("kind", "pipeline"), ("group", "Lyon")]).await);
    refused.push(person.submit(PAGE, &format!("{PAGE}/{id}"), &[("do", "delete")]).await);
    for answer in refused {
        assert!((400..500).contains(&answer.status), "{}", answer.text);
        let faults = faults(&answer.html(), &data);
        assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), answer.text);
    }
    server.stop().await;
}
