//! Silences and maintenance windows in the browser: made, told where they matter, ended, and that incidents within them are silenced.

use highwater::model::HostId;
use highwater::model::alert::Silence;
use highwater::model::incident::Kind;
use highwater::model::time::{HOUR_MS, MINUTE_MS};
use highwater::store::incidents::{self, IncidentFilter, NewIncident};
use highwater::store::{agents, alerts};
use highwater::tasks::alerts::Judge;
use jiff::Timestamp;
use scraper::Html;

use crate::harness::french::{faults, reads_in_french};
use crate::harness::person::{Answer, Person, attributes, texts};
use crate::harness::server::{TestServer, batch, snapshot};
use crate::harness::store::{Store, both};

const PAGE: &str = "/settings/silences";

/// As a field of the form has an instant.
fn field(at: i64) -> String {
    Timestamp::from_millisecond(at).unwrap().strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The form, for a span in UTC and with these fields as well.
async fn make(person: &Person, (from_at, until_at): (i64, i64), more: &[(&str, &str)]) -> Answer {
    let (from, until) = (field(from_at), field(until_at));
    let mut fields = vec![("from", from.as_str()), ("until", &until), ("zone", "UTC"), ("reason", "New <disks>")];
    fields.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
    fields.extend(more);
    person.submit(PAGE, PAGE, &fields).await
}

/// For whom, and how it stands.
fn listed(page: &Html) -> Vec<(String, String)> {
    let names = texts(page, "#silences td .name");
    names.into_iter().zip(texts(page, "#silences td[data-label='State'] .pill")).collect()
}

fn pair(name: &str, state: &str) -> (String, String) {
    (name.to_owned(), state.to_owned())
}

async fn all(server: &TestServer) -> Vec<Silence> {
    alerts::silences(&server.db, server.clock.now_at()).await.unwrap()
}

async fn open(store: &Store, host: HostId, now_at: i64) -> String {
    let (kind, from_at, opened_at) = (Kind::Flood, now_at - MINUTE_MS, now_at);
    let new = NewIncident { host: Some(host), kind, subject: "", from_at, opened_at, is_silenced: false };
    let id = store.write(async |tx| incidents::insert(tx, &new, now_at).await).await.unwrap();
    format!("/incidents/{id}")
}

#[tokio::test]
async fn silences_are_made_listed_by_how_they_stand_and_ended() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let page = person.page(PAGE).await;
        assert_eq!(texts(&page, "h1"), ["No silence is active."]);
        assert_eq!(attributes(&page, "#new input[name=zone]", "value"), ["UTC"], "the viewer's");
        store.host("FS01").await;
        let hour = |n: i64| now_at + n * HOUR_MS;
        for (span, fields) in [
            ((hour(-1), hour(1)), &[("host_name", "fs01"), ("kind", "near")][..]),
            ((hour(2), hour(3)), &[("group", "Paris"), ("what", "maintenance")]),
            ((hour(-1), hour(1)), &[("weekly", "1"), ("zone", "UTC")]),
        ] {
            let answer = make(&person, span, fields).await;
            assert_eq!(
                (answer.status, answer.header("location")),
                (303, "/settings/silences#silences"),
                "{}",
                answer.text
            );
        }
        let page = person.page(PAGE).await;
        assert_eq!(texts(&page, "h1"), ["2 silences are in force; 1 is coming."]);
        let (fs, everybody, paris) =
            (pair("FS01", "in force"), pair("all hosts", "in force"), pair("group Paris", "coming"));
        assert_eq!(listed(&page), [fs, everybody, paris.clone()]);
        assert!(texts(&page, "#silences td[data-label='When']")[1].starts_with("every week, "));
        assert!(texts(&page, "#silences td.wraps")[1].starts_with("New <disks> a.martin, "));
        assert_eq!(texts(&page, "#silences button"), ["End it now", "Delete", "Delete"]);

        let ids: Vec<String> = attributes(&page, "#silences form", "action");
        for action in &ids[..2] {
            assert_eq!(person.submit(PAGE, action, &[]).await.status, 303);
        }
        let page = person.page(PAGE).await;
        assert_eq!(
            listed(&page),
            [paris, pair("FS01", "over")],
            "what was in force is kept, what comes every week goes"
        );
        assert_eq!(person.submit(PAGE, &ids[0], &[]).await.status, 409, "it is over");
        assert_eq!(person.post(&ids[2], &[]).await.status, 403, "not from a page of ours");
        assert_eq!(all(&server).await.len(), 1);
        let rows = person.get_as(PAGE, "text/csv").await.text;
        assert!(rows.lines().nth(1).unwrap().starts_with("\"coming\",\"maintenance\",\"\",\"Paris\",\"\","), "{rows}");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_silence_is_for_its_time_by_the_clock_of_its_zone() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let person = Person::signed_in(&server).await;
    person.cookies.borrow_mut().insert("tz".to_owned(), "Europe/Paris".to_owned());
    let page = person.page(PAGE).await;
    assert_eq!(attributes(&page, "#new input[name=zone]", "value"), ["Europe/Paris"]);
    let fields = [
        ("from", "2030-01-05T22:00"),
        ("until", "2030-01-06T04:00"),
        ("zone", "America/New_York"),
        ("weekly", "1"),
        ("reason", "patches"),
    ];
    assert_eq!(person.submit(PAGE, PAGE, &fields).await.status, 303);
    let kept = all(&server).await.remove(0);
    let at = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
    assert_eq!((kept.from_at, kept.until_at), (at("2030-01-06T03:00:00Z"), at("2030-01-06T09:00:00Z")));
    assert!(kept.covers(at("2030-07-07T02:30:00Z")), "an hour earlier by UTC in summer");
    let when = texts(&person.page(PAGE).await, "#silences td[data-label='When']").remove(0);
    assert_eq!(when, "every week, Sat 22:00 – Sun 04:00 (America/New_York) next Sun 6 Jan 2030, 04:00");
    server.stop().await;
}

#[tokio::test]
async fn what_cannot_be_silenced_is_refused_by_the_name_of_its_field_and_the_form_stays_filled_in() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        store.host("TWIN").await;
        let twin = store.write(async |tx| agents::host_of_identity(tx, "other", "Twin", "", 0).await).await;
        let hour = |n: i64| now_at + n * HOUR_MS;
        for (span, fields, says) in [
            ((hour(2), hour(1)), &[][..], "“Until” has to be later"),
            ((hour(-2), hour(-1)), &[], "“Until” is over already"),
            ((hour(0), hour(24 * 367)), &[], "366 days at most"),
            ((hour(0), hour(24 * 7)), &[("weekly", "1")], "6 days at most"),
            ((hour(0), hour(1)), &[("from", "soon")], "“From” is “soon”"),
            ((hour(0), hour(1)), &[("until", "2026")], "“Until” is “2026”"),
            ((hour(0), hour(1)), &[("zone", "Mars")], "“Mars” is no time zone"),
            ((hour(0), hour(1)), &[("reason", " ")], "“Reason” takes one line"),
            ((hour(0), hour(1)), &[("host_name", "FS99")], "There is no host “FS99”"),
            ((hour(0), hour(1)), &[("host_name", "twin")], "Several hosts are called “twin”"),
            ((hour(0), hour(1)), &[("host_name", "a"), ("group", "b")], "not both"),
            ((hour(0), hour(1)), &[("group", "b"), ("kind", "pipeline")], "neither a host nor a group"),
        ] {
            let answer = make(&person, span, fields).await;
            assert_eq!(answer.status, 422, "{says}");
            let page = answer.html();
            let refusal = texts(&page, "#new .refusal");
            assert!(refusal[0].contains(says), "{refusal:?}");
            let until =
                fields.iter().find(|(name, _)| *name == "until").map_or(field(span.1), |(_, v)| (*v).to_owned());
            assert_eq!(attributes(&page, "#new input[name=until]", "value"), [until]);
        }
        assert_eq!(make(&person, (hour(0), hour(1)), &[("host", "999")]).await.status, 404);
        assert!(all(&server).await.is_empty());
        let id = twin.to_string();
        assert_eq!(make(&person, (hour(0), hour(1)), &[("host", &id)]).await.status, 303, "by its id it is one");
        assert_eq!(all(&server).await[0].host, Some(twin));
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_incident_leads_to_the_form_for_its_host_and_says_when_it_is_silenced() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let host = store.host("FS01").await;
        let incident = open(store, host, now_at).await;
        let (shown, host_page) = (person.page(&incident).await, format!("/hosts/{host}"));
        let form = format!("/settings/silences?host={host}#new");
        for page in [&shown, &person.page(&host_page).await] {
            assert!(attributes(page, "a", "href").contains(&form));
            assert!(!texts(page, ".meta").iter().any(|line| line.contains("Silenced until")));
        }
        let page = person.page(&form[..form.len() - 4]).await;
        assert_eq!(attributes(&page, "#new input[name=host]", "value"), [host.to_string()]);
        assert_eq!(texts(&page, "#new .said .name"), ["FS01"]);
        let id = host.to_string();
        let fields = [("host", id.as_str()), ("kind", "flood")];
        assert_eq!(make(&person, (now_at - HOUR_MS, now_at + HOUR_MS), &fields).await.status, 303);
        for path in [&incident, &host_page] {
            let lines = texts(&person.page(path).await, ".meta");
            let says = |line: &&String| {
                line.starts_with("Silenced until") && line.contains("(Flood suspected), by a.martin: New <disks>")
            };
            assert_eq!(lines.iter().filter(says).count(), 1, "{path}: {lines:?}");
        }
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_incident_that_opens_within_a_silence_is_silenced_until_it_ends() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let judge = Judge::new(server.db.clone(), now_at);
        let key = server.key("FS01").await;
        assert_eq!(make(&person, (now_at - HOUR_MS, now_at + HOUR_MS), &[("host_name", "FS01")]).await.status, 303);
        let looks = [3, 2, 1].map(|minutes| snapshot(now_at - minutes * MINUTE_MS, 20)).to_vec();
        server.push(&key, &batch(now_at, 1, looks)).await.unwrap();
        judge.tick(now_at).await.unwrap();
        let silenced = async || {
            let filter = IncidentFilter { kind: Some(Kind::Full), most: 10, ..IncidentFilter::default() };
            let found = incidents::list(&server.db, &filter).await.unwrap();
            found.iter().map(|one| one.is_silenced).collect::<Vec<_>>()
        };
        assert_eq!(silenced().await, [true]);
        assert!(texts(&person.page("/incidents").await, "tbody .chip").contains(&"silenced".to_owned()));
        let action = attributes(&person.page(PAGE).await, "#silences form", "action").remove(0);
        assert_eq!(person.submit(PAGE, &action, &[]).await.status, 303);
        judge.tick(now_at + 2 * MINUTE_MS).await.unwrap();
        assert_eq!(silenced().await, [false]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn silences_are_in_french_with_what_they_refuse() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
    let host = store.host("FS01").await;
    let data = ["FS01", "New <disks>", "a.martin", "Lyon", "UTC"].map(str::to_owned);
    reads_in_french(&person, PAGE, &data).await;
    let hour = |n: i64| now_at + n * HOUR_MS;
    assert_eq!(make(&person, (hour(2), hour(3)), &[("group", "Lyon"), ("what", "maintenance")]).await.status, 303);
    reads_in_french(&person, PAGE, &data).await;
    assert_eq!(make(&person, (hour(-1), hour(1)), &[("host_name", "FS01")]).await.status, 303);
    assert_eq!(make(&person, (hour(-1), hour(1)), &[("weekly", "1")]).await.status, 303);
    assert_eq!(make(&person, (hour(2), hour(3)), &[("weekly", "1")]).await.status, 303);
    let incident = open(&store, host, now_at).await;
    let paths =
        [PAGE.to_owned(), format!("{PAGE}?host={host}"), format!("/hosts/{host}"), incident, "/incidents".to_owned()];
    for path in paths {
        reads_in_french(&person, &path, &data).await;
    }
    let mut refused = Vec::new();
    for (span, fields) in [
        ((2, 1), &[][..]),
        ((-2, -1), &[]),
        ((0, 24 * 367), &[]),
        ((0, 24 * 7), &[("weekly", "1")]),
        ((0, 1), &[("from", "x")]),
        ((0, 1), &[("until", "x")]),
        ((0, 1), &[("zone", "x")]),
        ((0, 1), &[("reason", "")]),
        ((0, 1), &[("host_name", "x")]),
        ((0, 1), &[("host_name", "x"), ("group", "x")]),
        ((0, 1), &[("group", "x\u{1b}")]),
        ((0, 1), &[("group", "x"), ("kind", "pipeline")]),
    ] {
        refused.push(make(&person, (hour(span.0), hour(span.1)), fields).await);
    }
    refused.push(person.submit(PAGE, "/settings/silences/999/end", &[]).await);
    for answer in refused {
        assert!((400..500).contains(&answer.status), "{}", answer.text);
        let faults = faults(&answer.html(), &data);
        assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), answer.text);
    }
    server.stop().await;
}
