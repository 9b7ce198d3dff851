//! Incidents for who is confined to groups of hosts: lists, one with its files, what is done about it, and its news.

mod fleet;

use highwater::model::IncidentId;
use highwater::model::api_key::Scope;
use highwater::model::incident::{Incident, State};
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::store::incidents;
use highwater::web::sight::Reach;
use reqwest::Method;
use serde_json::{Value, json};

use self::fleet::{Fleet, MISSING, every, in_paris, names_hidden, put};
use crate::harness::caller::{Caller, problem};
use crate::harness::person::{Person, attributes, texts};
use crate::harness::store::both;
use crate::incident_evidence::entries;

/// The text of a zip, or what it is if it is none.
fn unpacked(kind: &str, text: &str, bytes: &[u8]) -> String {
    let is_zip = kind == "application/zip" || kind.contains("spreadsheet");
    if is_zip { entries(bytes).into_iter().map(|(_, text)| text).collect() } else { text.to_owned() }
}

/// The ids of a list that is asked for one by one.
async fn one_by_one(program: &Caller, asked: &str) -> Vec<i64> {
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let body = program.json(&format!("/api/v1/incidents?limit=1{asked}{after}")).await;
        assert!(body["incidents"].as_array().unwrap().len() <= 1, "{body}");
        ids.extend(body["incidents"][0]["id"].as_i64());
        let Some(next) = body["next"].as_str() else { return ids };
        after = format!("&after={next}");
    }
}

#[test]
fn every_route_of_incidents_is_for_who_is_confined_too() {
    let routes = highwater::web::routes();
    let is_of_incidents = |path: &str| {
        let path = path.strip_prefix("/api/v1").unwrap_or(path);
        path.strip_prefix("/incidents").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let of_incidents: Vec<_> = routes.iter().filter(|route| is_of_incidents(&route.path)).collect();
    assert_eq!(of_incidents.len(), 24, "{of_incidents:?}");
    for route in of_incidents {
        assert_eq!(route.reach, Reach::Confined, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn lists_counts_files_and_filters_hold_the_incidents_of_the_hosts_that_are_seen() {
    both(async |store| {
        let fleet = Fleet::gather(store).await;
        let other = Person::with_role(&fleet.server, "eve", Role::Viewer).await;
        let person = Person::confined(&fleet.server, "bob", (Role::Viewer, "Paris")).await;
        for asked in ["?", "?state=all", "?state=all&format=csv", "?state=all&format=xlsx"] {
            for (who, is_confined) in [(&other, false), (&person, true)] {
                let answer = who.get(&format!("/incidents{asked}")).await;
                let text = unpacked(answer.header("content-type"), &answer.text, &answer.bytes);
                assert_eq!((answer.status, text.contains("PARIS-")), (200, true), "{asked}: {text}");
                assert_eq!(names_hidden(&text), !is_confined, "{asked}: {text}");
            }
        }
        let seen = in_paris(store).await;
        let page = person.page("/incidents").await;
        let open = seen.iter().filter(|one| one.state != State::Resolved).count();
        let sentence = texts(&page, "h1").remove(0);
        assert!(sentence.starts_with(&format!("{open} open incident")), "{sentence}");
        assert_eq!(texts(&page, "#rows tbody tr").len(), open);
        assert_eq!(texts(&page, "select[name=group] option"), ["All groups", "Paris"]);
        assert_eq!(texts(&other.page("/incidents").await, "select[name=group] option").len(), 3);
        for asked in ["group=Grenoble", "q=grenoble", "q=nowhere", "kind=pipeline"] {
            let rows = texts(&person.page(&format!("/incidents?state=all&{asked}")).await, "#rows tbody tr");
            assert_eq!(rows, [] as [String; 0], "{asked}");
            let rows = texts(&other.page(&format!("/incidents?state=all&{asked}")).await, "#rows tbody tr");
            assert!(!rows.is_empty(), "{asked}");
        }
        fleet.server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn programs_page_through_what_they_see_and_follow_it() {
    both(async |store| {
        let fleet = Fleet::gather(store).await;
        let all = Caller::with(&fleet.server, Scope::Read).await;
        let some = Caller::confined(&fleet.server, Scope::Read, "Paris").await;
        let wanted: Vec<i64> = in_paris(store).await.iter().map(|one| one.id.0).collect();
        assert_eq!(one_by_one(&some, "").await, wanted);
        assert!(one_by_one(&all, "").await.len() >= wanted.len() + 4);
        let mut followed = one_by_one(&some, "&updated_since=2020-01-01T00:00:00Z").await;
        followed.sort_unstable_by(|one, other| other.cmp(one));
        let mut wanted = wanted;
        wanted.sort_unstable_by(|one, other| other.cmp(one));
        assert_eq!(followed, wanted);
        let [paris, grenoble] = fleet.hosts;
        for asked in [
            "&group=Grenoble".to_owned(),
            "&q=grenoble".to_owned(),
            "&kind=pipeline".to_owned(),
            format!("&host={grenoble}"),
        ] {
            assert_eq!(one_by_one(&some, &asked).await, [] as [i64; 0], "{asked}");
            assert!(!one_by_one(&all, &asked).await.is_empty(), "{asked}");
        }
        assert_eq!(one_by_one(&some, &format!("&host={paris}")).await, [fleet.paris.0]);
        let table = some.get_with("/api/v1/incidents", ("accept", "text/csv")).await;
        assert!(table.text.contains("PARIS-DESK") && !names_hidden(&table.text), "{}", table.text);
        let body =
            Person::confined(&fleet.server, "bob", (Role::Viewer, "Paris")).await.json("/api/v1/incidents").await;
        assert_eq!(body["incidents"].as_array().unwrap().len(), wanted.len());

        put(store, grenoble, "Paris").await;
        assert_eq!(one_by_one(&some, &format!("&host={grenoble}")).await, [fleet.grenoble.0], "with all of its past");
        put(store, grenoble, "").await;
        assert_eq!(one_by_one(&some, &format!("&host={grenoble}")).await, [] as [i64; 0]);
        fleet.server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn one_of_another_host_or_of_the_fleet_is_not_there_and_one_that_is_seen_names_no_other_host() {
    both(async |store| {
        let fleet = Fleet::gather(store).await;
        let person = Person::confined(&fleet.server, "bob", (Role::Viewer, "Paris")).await;
        let other = Person::with_role(&fleet.server, "eve", Role::Viewer).await;
        for below in ["", "?format=csv", "?format=xlsx", "/bundle", "/free.ps1", "/trace.ps1"] {
            let of = |id: IncidentId| format!("/incidents/{id}{below}");
            let answer = person.get(&of(fleet.was_paris)).await;
            let text = unpacked(answer.header("content-type"), &answer.text, &answer.bytes);
            assert_eq!((answer.status, names_hidden(&text)), (200, false), "{below}: {text}");
            assert!(text.contains("PARIS-"), "{below}: {text}");
            for hidden in fleet.hidden() {
                let answer = person.get(&of(hidden)).await;
                assert_eq!((answer.status, names_hidden(&answer.text)), (404, false), "{hidden}{below}");
            }
            let answer = other.get(&of(fleet.was_grenoble)).await;
            let text = unpacked(answer.header("content-type"), &answer.text, &answer.bytes);
            assert_eq!((answer.status, names_hidden(&text)), (200, true), "{below}: {text}");
        }
        let program = Caller::confined(&fleet.server, Scope::Read, "Paris").await;
        for below in ["", "/bundle", "/free.ps1", "/trace.ps1", "?x=1"] {
            let of = async |id: IncidentId| program.get(&format!("/api/v1/incidents/{id}{below}")).await;
            let answer = of(fleet.was_paris).await;
            let text = unpacked(answer.header("content-type"), &answer.text, &answer.bytes);
            let wanted = if below.contains('?') { 400 } else { 200 };
            assert_eq!((answer.status, names_hidden(&text)), (wanted, false), "{below}: {text}");
            let missing = of(MISSING).await;
            for hidden in fleet.hidden() {
                let answer = of(hidden).await;
                problem(&answer, 404, "not-found");
                assert_eq!(answer.text, missing.text, "{hidden}{below}");
            }
        }
        for nothing in ["x", "%ff", "99999999999999999999"] {
            assert_eq!(person.get(&format!("/incidents/{nothing}")).await.status, 404, "{nothing}");
            problem(&program.get(&format!("/api/v1/incidents/{nothing}")).await, 404, "not-found");
        }
        // He makes silences of the hosts that he sees, and is led there as everybody is.
        let operator = Person::confined(&fleet.server, "ann", (Role::Operator, "Paris")).await;
        let page = operator.page(&format!("/incidents/{}", fleet.paris)).await;
        let href = attributes(&page, ".actions a.btn", "href").remove(0);
        assert_eq!(href, format!("/settings/silences?host={}#new", fleet.hosts[0]));
        let form = operator.page(&href).await;
        assert_eq!(attributes(&form, "#new input[name=host]", "value"), [fleet.hosts[0].to_string()]);
        fleet.server.stop().await;
    })
    .await;
}

/// In an order in which each can be done.
const DEEDS: [(&str, &[(&str, &str)]); 7] = [
    ("acknowledge", &[]),
    ("assign", &[("to", "me")]),
    ("comment", &[("text", "Seen.")]),
    ("tickets", &[("name", "INC1"), ("url", "https://tickets.example/1")]),
    ("tickets/unlink", &[("name", "INC1")]),
    ("resolve", &[("text", "Done.")]),
    ("reopen", &[("text", "")]),
];

#[tokio::test]
async fn nothing_is_done_on_a_page_about_what_is_not_seen() {
    both(async |store| {
        let fleet = Fleet::gather(store).await;
        let person = Person::confined(&fleet.server, "bob", (Role::Operator, "Paris")).await;
        let page = format!("/incidents/{}", fleet.paris);
        let before = every(store).await;
        for hidden in fleet.hidden() {
            for (deed, fields) in DEEDS {
                let answer = person.submit(&page, &format!("/incidents/{hidden}/{deed}"), fields).await;
                assert_eq!((answer.status, names_hidden(&answer.text)), (404, false), "{hidden}/{deed}");
            }
        }
        let versions = |all: &[Incident]| {
            let hidden = all.iter().filter(|one| fleet.hidden().contains(&one.id));
            // That of the fleet may end by itself.
            hidden.filter(|one| one.host.is_some()).map(|one| (one.id, one.version)).collect::<Vec<_>>()
        };
        assert_eq!(versions(&every(store).await), versions(&before));
        for (deed, fields) in DEEDS {
            assert_eq!(person.submit(&page, &format!("{page}/{deed}"), fields).await.status, 303, "{deed}");
        }
        assert_eq!(incidents::entries(store, fleet.paris).await.unwrap().len(), 1 + DEEDS.len());
        fleet.server.stop().await;
    })
    .await;
}

/// What programs do, with what they say.
fn said() -> [(&'static str, Value); 7] {
    let ticket = json!({ "name": "INC1" });
    [
        ("acknowledge", json!({})),
        ("assign", json!({ "owner": "eve" })),
        ("comment", json!({ "text": "Seen." })),
        ("link", ticket.clone()),
        ("unlink", ticket),
        ("resolve", json!({ "text": "Done." })),
        ("reopen", json!({})),
    ]
}

#[tokio::test]
async fn a_program_does_nothing_about_what_it_does_not_see() {
    both(async |store| {
        let fleet = Fleet::gather(store).await;
        // Who sees nothing of it may be given it, too.
        Person::confined(&fleet.server, "eve", (Role::Operator, "Grenoble")).await;
        let program = Caller::confined(&fleet.server, Scope::WriteIncidents, "Paris").await;
        let ways: [&[(&str, &str)]; 3] = [&[], &[("idempotency-key", "one")], &[("if-match", "\"9\"")]];
        for (deed, body) in said() {
            let of = async |id: IncidentId, headers: &[(&str, &str)]| {
                program.post(&format!("/api/v1/incidents/{id}/{deed}"), headers, Some(&body)).await
            };
            let missing = of(MISSING, &[]).await;
            for hidden in fleet.hidden() {
                for way in ways {
                    let answer = of(hidden, way).await;
                    problem(&answer, 404, "not-found");
                    assert_eq!(answer.text, missing.text, "{hidden}/{deed}");
                }
            }
            let done = of(fleet.paris, &[]).await;
            assert_eq!((done.status, &done.json()["host"]), (200, &json!("PARIS-DESK")), "{deed}: {}", done.text);
        }
        for hidden in [fleet.grenoble, fleet.nowhere] {
            assert_eq!(incidents::entries(store, hidden).await.unwrap().len(), 1, "opened");
        }
        fleet.server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_not_given_again_to_a_key_that_sees_the_incident_no_more() {
    both(async |store| {
        let fleet = Fleet::gather(store).await;
        let program = Caller::confined(&fleet.server, Scope::WriteIncidents, "Paris").await;
        let send = async |id: IncidentId, key: &str| {
            let (path, body) = (format!("/api/v1/incidents/{id}/comment"), json!({ "text": "Seen." }));
            program.post(&path, &[("idempotency-key", key)], Some(&body)).await
        };
        let replayed = "idempotency-replayed";
        let first = send(fleet.paris, "one").await;
        assert_eq!((first.status, first.header(replayed)), (200, ""));
        assert_eq!(send(fleet.paris, "one").await.header(replayed), "true");
        let [paris, grenoble] = fleet.hosts;
        for group in ["Grenoble", ""] {
            put(store, paris, group).await;
            let refused = send(fleet.paris, "one").await;
            problem(&refused, 404, "not-found");
            assert!(refused.header(replayed).is_empty() && !refused.text.contains("PARIS"), "{}", refused.text);
        }
        put(store, paris, "Paris").await;
        let again = send(fleet.paris, "one").await;
        assert_eq!((again.header(replayed), &again.text), ("true", &first.text), "it was done once");
        assert_eq!(incidents::entries(store, fleet.paris).await.unwrap().len(), 2);

        problem(&send(fleet.grenoble, "two").await, 404, "not-found");
        put(store, grenoble, "Paris").await;
        let done = send(fleet.grenoble, "two").await;
        assert_eq!((done.status, done.header(replayed)), (200, ""), "a refusal is not kept");
        fleet.server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn who_is_confined_hears_of_no_other_incident_and_is_given_no_part_of_a_page_about_it() {
    both(async |store| {
        let fleet = Fleet::gather(store).await;
        let (person, server) = (Person::confined(&fleet.server, "bob", (Role::Viewer, "Paris")).await, &fleet.server);
        let listen = async |topic: String| {
            let cookies: Vec<String> = person.cookies.borrow().iter().map(|(n, v)| format!("{n}={v}")).collect();
            let asked = server.http.request(Method::GET, format!("{}/live?topic={topic}", server.url));
            asked.header("cookie", cookies.join("; ")).send().await.unwrap().status().as_u16()
        };
        assert_eq!(listen("incidents".to_owned()).await, 200);
        let parts = async |path: String| person.get_with(&path, ("x-parts", "1")).await;
        let (paris, list) = (format!("/incidents/{}", fleet.paris), "/incidents?state=all".to_owned());
        assert_eq!((listen(format!("incident:{}", fleet.paris)).await, parts(paris.clone()).await.status), (200, 200));
        for hidden in fleet.hidden() {
            let heard = listen(format!("incident:{hidden}")).await;
            assert_eq!((heard, parts(format!("/incidents/{hidden}")).await.status), (404, 404), "{hidden}");
        }
        // Somebody else's rendering is nobody's who sees less.
        let other = Person::with_role(server, "eve", Role::Viewer).await;
        assert!(names_hidden(&other.get_with(&list, ("x-parts", "1")).await.text));
        let shown = parts(list.clone()).await;
        assert!(shown.text.contains("PARIS-DESK") && !names_hidden(&shown.text), "{}", shown.text);

        put(store, fleet.hosts[0], "Grenoble").await;
        assert_eq!((listen(format!("incident:{}", fleet.paris)).await, parts(paris).await.status), (404, 404));
        let shown = parts(list).await;
        assert!(shown.text.contains("PARIS-FS") && !shown.text.contains("PARIS-DESK"), "at once: {}", shown.text);
        fleet.server.stop().await;
    })
    .await;
}

/// Whoever sees no host has no incident, and learns of none.
#[tokio::test]
async fn without_a_host_there_is_no_incident() {
    both(async |store| {
        let fleet = Fleet::gather(store).await;
        let person = Person::confined(&fleet.server, "bob", (Role::Viewer, "Rome")).await;
        let page = person.get("/incidents?state=all").await;
        assert_eq!(texts(&page.html(), "h1"), ["No open incident"]);
        assert!(!names_hidden(&page.text) && !page.text.contains("PARIS-"), "{}", page.text);
        assert!(incidents::unresolved(store, &Sight::of(["Rome"]).unwrap()).await.unwrap().is_empty());
        fleet.server.stop().await;
    })
    .await;
}
