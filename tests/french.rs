//! Pages in French: every sentence, also those that are seldom said.

use std::collections::BTreeMap;

use highwater::clock::Clock;
use highwater::model::account::LinkPurpose;
use highwater::model::connector::System;
use highwater::model::event::Event as Stored;
use highwater::model::eyes::Eyes;
use highwater::model::token::Approve;
use highwater::store::{Db, accounts, deliveries, events, hosts};
use highwater_wire::{
    Counters, EnrolRequest, Gap, GapReason, HostFacts, Limit, LimitSource, Record, Share, Snapshot, counter,
};

use crate::browser::demo_with_a_past;
use crate::groups::keep_all;
use crate::harness::french::{faults, reads_in_french};
use crate::harness::person::{self, Person, texts};
use crate::harness::server::{TestServer, batch, machine, snapshot};
use crate::harness::store::Store;
use crate::harness::wait::eventually;
use crate::looks::{everywhere, of_one};

const MINUTE_MS: i64 = 60_000;

/// Of a host that says all that a host can say: two words of itself, two readings of every counter, shares of every kind, a gap
/// for every reason.
fn talkative(now_at: i64) -> Vec<Record> {
    let at = |minutes: i64| now_at - minutes * MINUTE_MS;
    let facts = |minutes, word: &str, boot: &str| {
        let word = word.to_owned();
        let [name, fqdn, domain, cluster, os, os_build, agent_version] = std::array::from_fn(|_| word.clone());
        let (time_zone, addresses) = (word.clone(), vec![word.clone()]);
        let settings = [("AutoDisconnectTimeout".to_owned(), word.clone()), (word.clone(), word)].into();
        let facts =
            HostFacts { name, fqdn, domain, cluster, os, os_build, agent_version, time_zone, ..HostFacts::default() };
        Record::Host(HostFacts { observed_at: at(minutes), addresses, settings, boot_id: boot.to_owned(), ..facts })
    };
    let counters = |minutes, of: fn(i64) -> i64| {
        let values =
            counter::ALL.iter().zip(1..).map(|(name, n)| ((*name).to_owned(), of(n))).collect::<BTreeMap<_, _>>();
        let share = |name: &str, most_uses, unlimited| Share { name: name.to_owned(), uses: 9, most_uses, unlimited };
        let shares = vec![share("S1", Some(10), false), share("S2", None, true), share("S3", None, false)];
        Record::Counters(Counters { read_at: at(minutes), since_at: Some(at(100)), values, shares: Some(shares) })
    };
    let reasons = [
        GapReason::SpoolFull,
        GapReason::SpoolCorrupt,
        GapReason::LogCleared,
        GapReason::LogWrapped,
        GapReason::SourceFailed,
        GapReason::AgentStopped,
        GapReason::Refused,
        GapReason::Other,
    ];
    let gaps = reasons.into_iter().zip(1..).map(|(reason, n)| {
        let (from_at, to_at, lost_records) = (at(120 * n + 20), at(120 * n), Some(7));
        Record::Gap(Gap { from_at, to_at, reason, lost_records, detail: String::new() })
    });
    let mut records = vec![facts(50, "A1", "b1"), facts(40, "B2", "b2"), facts(30, "B2", "b3")];
    // What is counted comes in at one reading and does not at the next two; levels are what they are.
    records.extend([counters(17, |n| n), counters(12, |n| if n % 2 == 0 { n } else { n + 40 })]);
    records.extend((0..9).map(|n| snapshot(at(60 + 120 * n), 5)));
    records.extend(gaps);
    records.extend([snapshot(at(3), 3), snapshot(at(2), 20), snapshot(now_at, 20)]);
    records
}

/// The same snapshot with another limit.
fn limited(record: Record, limit: Limit, partial: bool) -> Record {
    let Record::Snapshot(snapshot) = record else { unreachable!("it is one") };
    Record::Snapshot(Snapshot { limit, partial, ..snapshot })
}

/// Hosts in every state, each with what it said.
fn states(now_at: i64) -> Vec<(&'static str, Vec<Record>)> {
    let limit = |sessions, unlimited, source| Limit { sessions, unlimited, source };
    let with = |limit, sessions| vec![limited(snapshot(now_at, sessions), limit, sessions == 1)];
    vec![
        ("H-TOUT", talkative(now_at)),
        ("H-RIEN", Vec::new()),
        ("H-MUET", vec![snapshot(now_at - 90 * MINUTE_MS, 4)]),
        ("H-HAUT", with(limit(Some(20), false, LimitSource::AssumedEdition), 18)),
        ("H-CALME", with(limit(Some(100), false, LimitSource::AdminOverride), 1)),
        ("H-LIBRE", with(limit(None, true, LimitSource::Api), 1)),
        ("H-SAMBA", with(limit(Some(9), false, LimitSource::SambaConf), 2)),
        ("H-PART", with(limit(Some(9), false, LimitSource::Share), 0)),
        ("H-FLOU", with(limit(None, false, LimitSource::Unknown), 1)),
    ]
}

#[tokio::test]
async fn a_host_s_page_is_in_french_whatever_there_is_to_say() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
    for (n, (name, records)) in states(now_at).into_iter().enumerate() {
        let token = server.token(Approve::Auto).await;
        let request = EnrolRequest { machine_id: format!("{n:064x}"), ..machine(&token, name, 1) };
        let key = server.enrol(&request).await.unwrap().key;
        if !records.is_empty() {
            server.push(&key, &batch(now_at, 1, records)).await.unwrap();
        }
    }
    let all = hosts::all_now(&server.db).await.unwrap();
    let mut said = String::new();
    for host in &all {
        let (then, before) = (now_at - 3 * MINUTE_MS, now_at - 900 * MINUTE_MS);
        for query in [
            String::new(),
            "?range=1h&before=7d".to_owned(),
            "?range=30d&sort=user".to_owned(),
            format!("?compared_with={then}"),
            format!("?at={then}&compared_with={before}"),
            format!("?at={before}&compared_with=1"),
        ] {
            let path = format!("/hosts/{}{query}", host.id);
            reads_in_french(&person, &path, &[]).await;
            said += &texts(&person.page(&path).await, "main").join(" ");
        }
    }
    let said = said.replace(['\u{a0}', '\u{202f}'], " ");
    for sentence in [
        "est plein depuis",
        "H-RIEN n’a encore rien envoyé",
        "H-MUET est muet depuis",
        "H-HAUT est à 90 %",
        "détient 1 session et n’a pas de limite",
        "sa limite est inconnue",
        "Fixée par un administrateur",
        "20 sessions sont arrivées, 3 sont parties",
        "agent arrêté ou hôte en veille",
        "Domaine : A1 → B2",
        "manques d’éléments de travail",
    ] {
        assert!(said.contains(sentence), "{sentence:?} is said nowhere");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_s_pages_are_in_french() {
    let demo = demo_with_a_past(16, 1).await;
    let db = &demo.running.db;
    let mut pages = [everywhere(), of_one(db).await].concat();
    // A page that is not there is no page; errors are read by a test of their own.
    pages.retain(|(name, _)| *name != "missing");
    let person = Person::at(demo.url.split("/welcome/").next().unwrap());
    assert_eq!(person.get(&visitor_s_link(db).await).await.status, 303);
    let events = events::list(db, &events::EventFilter { most: 500, ..Default::default() }).await.unwrap();
    let said =
        |e: &Stored| e.message.as_ref().and_then(|text| text.seen_by(&Eyes::Names)).unwrap_or_default().to_owned();
    let mut data: Vec<String> = events.iter().flat_map(|e| [e.provider.clone(), said(e)]).collect();
    // Names of Windows, which have no French.
    data.extend(["Users = ", "Set-SmbClientConfiguration"].map(str::to_owned));
    data.extend(["https://desk.example/in", "https://desk.example", "connector.test"].map(str::to_owned));
    data.extend(System::ALL.map(|system| system.name().to_owned()));
    // What the system says of an address that is nowhere is in its own language.
    data.push(eventually("the ticket system is tried out", async || no_answer(db).await).await);
    for (_, path) in &pages {
        reads_in_french(&person, path, &data).await;
    }
    demo.stop().await.unwrap();
}

/// Why the message that tries a ticket system out did not arrive.
async fn no_answer(db: &Db) -> Result<String, String> {
    let all = deliveries::list(db, &deliveries::DeliveryFilter { most: 9, ..Default::default() }).await.unwrap();
    all.into_iter().map(|one| one.error).find(|error| !error.is_empty()).ok_or_else(|| "not tried yet".to_owned())
}

#[tokio::test]
async fn groups_and_saved_views_are_in_french_with_what_they_refuse() {
    let store = Store::sqlite().await;
    let host = keep_all(&store).await;
    let server = TestServer::start(&store).await;
    let account = accounts::list(&server.db).await.unwrap()[0].id;
    let person = Person::stranger(&server);
    let link = person::link(&server.db, LinkPurpose::SignIn, Some(account), server.clock.now_at()).await;
    assert_eq!(person.get(&link).await.status, 303);
    let all = hosts::all_now(&server.db).await.unwrap();
    let mut data: Vec<String> = all.into_iter().flat_map(|h| [h.name, h.group_name, h.os]).collect();
    data.extend(["Full hosts", "Names"].map(str::to_owned));
    let tried = |query: &str| format!("/settings/groups?{query}");
    for path in [
        "/".to_owned(),
        format!("/hosts/{host}"),
        tried("q=fs&none=1"),
        tried("q=zzz"),
        tried("kind=name&pattern=*&to=Paris"),
        tried("kind=domain&pattern=zzz&to=Lyon"),
    ] {
        reads_in_french(&person, &path, &data).await;
    }
    let mut refused = Vec::new();
    for query in ["kind=name&pattern=*&to=+", "kind=x&pattern=*&to=Lyon", "kind=os&pattern=+&to=Lyon"] {
        refused.push(person.get(&tried(query)).await);
    }
    refused.push(person.get(&tried("kind=subnet&pattern=10.0.0.0/99&to=Lyon")).await);
    for fields in [&[("do", "put"), ("to", "Lyon")][..], &[("do", "put"), ("to", "Lyon"), ("q", "fs"), ("all", "1")]] {
        refused.push(person.submit("/settings/groups", "/settings/groups/hosts", fields).await);
    }
    refused.push(person.submit("/", "/views", &[("here", "/"), ("name", " ")]).await);
    refused.push(person.submit("/", "/views", &[("here", "/search"), ("name", "x")]).await);
    refused.push(person.submit("/", "/views/999", &[("here", "/"), ("name", "x"), ("do", "delete")]).await);
    refused.push(person.submit("/", "/settings/groups/rules/999", &[("do", "up")]).await);
    for answer in refused {
        assert!((400..500).contains(&answer.status), "{}", answer.text);
        let faults = faults(&answer.html(), &data);
        assert!(faults.is_empty(), "{}\n{}", faults.join("\n"), answer.text);
    }
    server.stop().await;
}

/// Signs in whom the demo signs in.
async fn visitor_s_link(db: &Db) -> String {
    let visitor = accounts::list(db).await.unwrap()[0].id;
    person::link(db, LinkPurpose::SignIn, Some(visitor), Clock::system().now_at()).await
}
