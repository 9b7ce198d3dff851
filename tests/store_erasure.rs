use highwater::model::counter::Share;
use highwater::model::delivery::{Endpoint, EndpointKind, NewDelivery};
use highwater::model::event::{EventClass, NewEvent};
use highwater::model::eyes::UserName;
use highwater::model::finding::{Detail, Fact, Found, Severity};
use highwater::model::gap::Gap;
use highwater::model::host::Facts;
use highwater::model::incident::Kind;
use highwater::model::role::Role;
use highwater::model::view::SavedPage;
use highwater::model::{ClientId, EventId, UserId};
use highwater::store::erasure::{self, EventTexts, Looked, Place, SavedTexts, Text, Told};
use highwater::store::idempotency::{self, Answer, Body};
use highwater::store::incidents::{self, Deed, NewIncident};
use highwater::store::rank::By;
use highwater::store::{self, accounts, changes, deliveries, events, findings, gaps, names, parts, shares, views};

use crate::harness::store::{T0, both};

#[tokio::test]
async fn a_name_is_found_in_any_case_and_replaced_in_its_place() {
    both(async |db| {
        db.write(async |tx| {
            names::intern_clients(tx, &["PC-1", "pc-1", "PC-11", "pc_1"], T0).await?;
            names::intern_users(tx, &["pc-1", "ÄNNE"], T0).await
        })
        .await;
        let found = erasure::named(db, By::Client, "Pc-1").await.unwrap();
        let ids: Vec<i64> = found.iter().map(|(id, _)| *id).collect();
        assert_eq!(found.into_iter().map(|(_, name)| name).collect::<Vec<_>>(), ["PC-1", "pc-1"]);
        assert_eq!(erasure::named(db, By::User, "ÄNNE").await.unwrap().len(), 1);

        assert!(db.write(async |tx| erasure::rename(tx, By::Client, ids[0], "somebody").await).await);
        assert!(!db.write(async |tx| erasure::rename(tx, By::Client, 999, "nobody").await).await);
        assert_eq!(names::client(db, ClientId(ids[0])).await.unwrap().as_deref(), Some("somebody"));
        let taken = async {
            let mut tx = db.begin().await.unwrap();
            erasure::rename(&mut tx, By::Client, ids[1], "somebody").await
        };
        assert!(store::is_duplicate(&taken.await.unwrap_err()));

        let all = erasure::names(db, By::User, i64::MIN, 9).await.unwrap();
        assert_eq!(all.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().len(), 2);
        let rest = erasure::names(db, By::User, all[0].0, 1).await.unwrap();
        assert_eq!(rest, all[1..]);
        assert_eq!(names::user(db, UserId(rest[0].0)).await.unwrap(), Some(UserName::new(rest[0].1.clone())));
    })
    .await;
}

#[tokio::test]
async fn texts_of_events_come_in_pages_and_are_replaced() {
    both(async |db| {
        let host = db.host("FS01").await;
        let event = |record_id| NewEvent {
            channel: "System".to_owned(),
            provider: "Srv".to_owned(),
            record_id,
            log_epoch: 1,
            recorded_at: T0,
            code: 2025,
            level: 2,
            class: EventClass::Abuse,
            computer: "FS01".to_owned(),
            xml: format!("<Event>{record_id}</Event>"),
            message: (record_id > 1).then(|| "said".to_owned()),
            decoded: "{}".to_owned(),
        };
        db.write(async |tx| events::insert(tx, host, &[event(1), event(2), event(3)], T0).await).await;
        let page = erasure::events(db, EventId(i64::MIN), 2).await.unwrap();
        assert_eq!(page.iter().map(|e| e.xml.as_str()).collect::<Vec<_>>(), ["<Event>1</Event>", "<Event>2</Event>"]);
        assert_eq!((page[0].message.as_deref(), page[1].message.as_deref()), (None, Some("said")));
        assert_eq!(erasure::events(db, page[1].event_id, 9).await.unwrap().len(), 1);

        let other = EventTexts {
            xml: "<x/>".to_owned(),
            message: Some("m".to_owned()),
            decoded: "{\"n\":1}".to_owned(),
            ..page[0].clone()
        };
        db.write(async |tx| erasure::save_event(tx, &other).await).await;
        assert_eq!(erasure::events(db, EventId(i64::MIN), 1).await.unwrap(), [other]);
    })
    .await;
}

fn gap(n: i64, detail: &str) -> Gap {
    Gap { from_at: T0 + n, to_at: T0 + n, reason: "other".to_owned(), lost_records: None, detail: detail.to_owned() }
}

fn column(table: &str, column: &str) -> &'static Text {
    Text::ALL.iter().find(|text| (text.table, text.column) == (table, column)).unwrap()
}

#[tokio::test]
async fn texts_in_which_a_name_may_stand_come_in_pages_and_are_replaced_each_in_its_place() {
    both(async |db| {
        for one in &Text::ALL {
            assert!(erasure::texts(db, one, erasure::START, 9).await.unwrap().len() < 2, "{one:?} can be read");
        }
        let (host, other) = (db.host("FS01").await, db.host("FS02").await);
        let facts = |at| Facts { observed_at: at, os: format!("Windows {at}"), ..Facts::default() };
        db.write(async |tx| {
            for (n, detail) in [(1, "one"), (2, ""), (3, "two"), (4, "three")] {
                gaps::insert(tx, host, &gap(n, detail), T0).await?;
            }
            changes::learn(tx, host, &facts(T0)).await?;
            changes::learn(tx, host, &facts(T0 + 1)).await?;
            changes::learn(tx, other, &facts(T0)).await
        })
        .await;
        let details = column("gaps", "detail");
        let page = erasure::texts(db, details, erasure::START, 2).await.unwrap();
        let rest = erasure::texts(db, details, page[1].0, 9).await.unwrap();
        let said: Vec<&str> = page.iter().chain(&rest).map(|(_, said)| said.as_str()).collect();
        assert_eq!(said, ["one", "two", "three"]);
        assert!(db.write(async |tx| erasure::save_text(tx, details, page[1].0, "two", "erased\0").await).await);
        let kept = erasure::texts(db, details, page[0].0, 1).await.unwrap();
        assert_eq!(kept, [(page[1].0, "erased\u{fffd}".to_owned())]);
        // Who read it before that must not put back what it was.
        assert!(!db.write(async |tx| erasure::save_text(tx, details, page[1].0, "two", "late").await).await);
        assert_eq!(erasure::text_at(db, details, page[1].0).await.unwrap().as_deref(), Some("erased\u{fffd}"));
        let gone = (i64::MAX, i64::MAX);
        assert!(!db.write(async |tx| erasure::save_text(tx, details, gone, "two", "late").await).await);
        assert_eq!(erasure::text_at(db, details, gone).await.unwrap(), None);

        let versions = column("host_facts", "facts");
        let mut seen = Vec::new();
        while let Some((at, _)) =
            erasure::texts(db, versions, seen.last().copied().unwrap_or(erasure::START), 1).await.unwrap().pop()
        {
            seen.push(at);
        }
        assert_eq!(seen, [(host.0, T0), (host.0, T0 + 1), (other.0, T0)], "each once");
        let was = erasure::text_at(db, versions, seen[1]).await.unwrap().unwrap();
        assert!(db.write(async |tx| erasure::save_text(tx, versions, seen[1], &was, "{}").await).await);
        let said: Vec<bool> = erasure::texts(db, versions, erasure::START, 9)
            .await
            .unwrap()
            .into_iter()
            .map(|(_, said)| said == "{}")
            .collect();
        assert_eq!(said, [false, true, false]);
    })
    .await;
}

#[tokio::test]
async fn peaks_of_a_share_go_on_under_another_name() {
    both(async |db| {
        let (host, other) = (db.host("FS01").await, db.host("FS02").await);
        let share = |name: &str, uses| Share { name: name.to_owned(), uses, most_uses: Some(9), is_unlimited: false };
        db.write(async |tx| {
            shares::save(tx, host, T0, &[share("ann", 1), share("bob", 2)]).await?;
            shares::save(tx, other, T0, &[share("ann", 3)]).await
        })
        .await;
        assert_eq!(erasure::share_names(db).await.unwrap(), ["ann", "bob"]);
        db.write(async |tx| erasure::rename_share(tx, "ann", "bob").await).await;
        assert_eq!(erasure::share_names(db).await.unwrap(), ["bob"]);
        for (host, uses) in [(host, 2), (other, 3)] {
            let peaks = shares::peaks(db, host, T0, T0 + 1).await.unwrap();
            assert_eq!(peaks.iter().map(|peak| peak.uses).collect::<Vec<_>>(), [uses]);
        }
    })
    .await;
}

#[tokio::test]
async fn what_hosts_and_agents_say_in_their_own_words_is_found_among_many() {
    both(async |db| {
        let host = db.host("FS01").await;
        let event = |record_id, message: Option<&str>| NewEvent {
            channel: "System".to_owned(),
            provider: "Srv".to_owned(),
            record_id,
            log_epoch: 1,
            recorded_at: T0,
            code: 2022,
            level: 2,
            class: EventClass::Capacity,
            computer: "FS01".to_owned(),
            xml: String::new(),
            message: message.map(str::to_owned),
            decoded: "{}".to_owned(),
        };
        let looked =
            async || (erasure::has_own_words(db).await.unwrap(), erasure::look_for_own_words(db).await.unwrap());
        assert_eq!(looked().await, (false, Looked::default()));
        let silent: Vec<NewEvent> = (1..=300).map(|n| event(n, None)).collect();
        db.write(async |tx| {
            events::insert(tx, host, &silent, T0).await?;
            gaps::insert(tx, host, &gap(1, ""), T0).await
        })
        .await;
        assert_eq!(looked().await, (false, Looked { rows: 301, with_own_words: 0 }));
        // The oldest one, the newest one, and a gap.
        db.execute("update events set xml = '<Event/>' where event_id = (select min(event_id) from events)").await;
        db.write(async |tx| events::insert(tx, host, &[event(301, Some("said"))], T0).await).await;
        db.write(async |tx| gaps::insert(tx, host, &gap(2, "said"), T0).await).await;
        assert_eq!(looked().await, (true, Looked { rows: 303, with_own_words: 3 }));
        db.write(async |tx| erasure::remove_details(tx).await).await;
        assert_eq!(looked().await, (true, Looked { rows: 303, with_own_words: 2 }));
        db.execute("update events set xml = '', message = null").await;
        assert_eq!(looked().await, (false, Looked { rows: 303, with_own_words: 0 }));
    })
    .await;
}

#[tokio::test]
async fn parts_of_snapshots_are_replaced_each_in_its_place() {
    both(async |db| {
        let host = db.host("FS01").await;
        let whole = parts::Whole { host, epoch: "e", taken_at: T0 };
        db.write(async |tx| {
            parts::keep(tx, whole, 0, b"first").await?;
            parts::keep(tx, whole, 1, b"second").await
        })
        .await;
        db.write(async |tx| {
            let mut all = erasure::parts(tx).await?;
            assert_eq!(all.len(), 2);
            let second = all.iter_mut().find(|part| part.body == b"second").unwrap();
            second.body = b"other".to_vec();
            erasure::save_part(tx, second).await
        })
        .await;
        let kept = db.write(async |tx| parts::take(tx, whole).await).await;
        assert_eq!(kept, [(0, b"first".to_vec()), (1, b"other".to_vec())]);
    })
    .await;
}

#[tokio::test]
async fn remembered_names_are_outdated_by_number() {
    both(async |db| {
        let revision = async || db.write(async |tx| erasure::names_revision(tx).await).await;
        assert_eq!(revision().await, None);
        for expected in ["1", "2"] {
            db.write(async |tx| erasure::outdate_names(tx).await).await;
            assert_eq!(revision().await.as_deref(), Some(expected));
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_overwritten_is_not_in_the_file_any_more() {
    both(async |db| {
        let name = "a-name-that-stands-nowhere-else";
        let ids = db.write(async |tx| names::intern_clients(tx, &[name], T0).await).await;
        erasure::overwrite_removed(db).await.unwrap();
        db.write(async |tx| erasure::rename(tx, By::Client, ids[name].0, "x").await).await;
        for whole in [false, true] {
            erasure::remove_remains(db, whole).await.unwrap();
            let Some(path) = db.address().strip_prefix("sqlite:") else { continue };
            for file in [path.to_owned(), format!("{path}-wal")] {
                let bytes = std::fs::read(&file).unwrap();
                assert!(!bytes.windows(name.len()).any(|part| part == name.as_bytes()), "{file}, whole: {whole}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_findings_say_comes_in_pages_and_is_replaced() {
    both(async |db| {
        let host = db.host("FS01").await;
        let found = |rule, detail| Found { rule, severity: Severity::High, detail };
        let on = Detail::from(Fact::On { name: "SMB1".to_owned() });
        let all = [found("CFG-07", on), found("CLI-01", Detail::Words("PC-1 holds 9 sessions".to_owned()))];
        db.write(async |tx| findings::save(tx, host, &all, T0).await).await;
        let first = erasure::findings(db, i64::MIN, 1).await.unwrap();
        assert_eq!(
            first.iter().map(|(_, detail)| detail.as_str()).collect::<Vec<_>>(),
            [r#"[{"on":{"name":"SMB1"}}]"#]
        );
        let rest = erasure::findings(db, first[0].0, 9).await.unwrap();
        assert_eq!(rest.len(), 1);
        db.write(async |tx| erasure::save_finding(tx, rest[0].0, "somebody").await).await;
        assert_eq!(erasure::findings(db, first[0].0, 9).await.unwrap(), [(rest[0].0, "somebody".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn the_texts_of_saved_views_are_replaced() {
    both(async |db| {
        let account = db.write(async |tx| accounts::insert(tx, "eve", "none", Role::Administrator, T0).await).await;
        for (name, query) in [("one", "?q=ann"), ("two", "?q=bob")] {
            db.write(async |tx| views::save(tx, account, (SavedPage::Clients, name), query, T0).await).await;
        }
        let all = erasure::views(db).await.unwrap();
        assert_eq!(all.iter().map(|one| one.query.as_str()).collect::<Vec<_>>(), ["?q=ann", "?q=bob"]);
        let other = SavedTexts { name: "erased\0".to_owned(), query: "?q=x".to_owned(), ..all[0].clone() };
        db.write(async |tx| erasure::save_view(tx, &other).await).await;
        let kept = erasure::views(db).await.unwrap();
        assert_eq!((kept[0].name.as_str(), kept[0].query.as_str()), ("erased\u{fffd}", "?q=x"));
        assert_eq!(kept[1], all[1]);
        let taken = SavedTexts { name: "two".to_owned(), ..other };
        let mut tx = db.begin().await.unwrap();
        assert!(store::is_duplicate(&erasure::save_view(&mut tx, &taken).await.unwrap_err()));
    })
    .await;
}

#[tokio::test]
async fn what_incidents_are_about_and_what_is_written_about_them_is_replaced() {
    both(async |db| {
        let host = db.host("FS01").await;
        let new = |kind, subject| NewIncident {
            host: Some(host),
            kind,
            subject,
            from_at: T0,
            opened_at: T0,
            is_silenced: false,
        };
        let leak = new(Kind::Leak, "PC-1");
        let id = db.write(async |tx| incidents::insert(tx, &leak, T0).await).await.unwrap();
        db.write(async |tx| incidents::insert(tx, &new(Kind::Full, ""), T0).await).await.unwrap();
        let deed = Deed { by: "eve", now_at: T0, seen_version: None };
        for said in ["PC-1 again", "calm"] {
            db.write(async |tx| incidents::comment(tx, id, deed, said).await).await;
        }
        let version = incidents::find(db, id).await.unwrap().unwrap().version;
        db.write(async |tx| incidents::save_evidence(tx, id, version, "{}").await).await;
        let to = Endpoint { kind: EndpointKind::Webhook, id: 1 };
        let new = NewDelivery { endpoint: to, incident: Some(id), event_type: "incident.opened", body: "{\"a\":1}" };
        db.write(async |tx| deliveries::enqueue(tx, &new, T0).await).await;
        let said = async |told, after| {
            let all = erasure::told(db, told, after, 9).await.unwrap();
            all.into_iter().map(|(_, said)| said).collect::<Vec<_>>()
        };
        assert_eq!(said(Told::Subjects, i64::MIN).await, ["PC-1"]);
        assert!(said(Told::Subjects, id.0).await.is_empty());
        assert_eq!(
            (said(Told::Evidence, 0).await, said(Told::Messages, 0).await),
            (vec!["{}".into()], vec!["{\"a\":1}".into()])
        );
        assert!(said(Told::Answers, 0).await.is_empty());
        let first = erasure::told(db, Told::Entries, i64::MIN, 1).await.unwrap();
        assert_eq!((first.len(), first[0].1.as_str()), (1, "PC-1 again"));
        assert_eq!(said(Told::Entries, first[0].0).await, ["calm"]);
        let all: Vec<Told> = Place::ALL
            .into_iter()
            .filter_map(|place| if let Place::Told(told) = place { Some(told) } else { None })
            .collect();
        assert_eq!(
            all.iter().map(|told| erasure::is_json(*told)).collect::<Vec<_>>(),
            [false, false, true, true, false]
        );
        for told in all {
            let of = erasure::told(db, told, i64::MIN, 1).await.unwrap();
            for (place, _) in of {
                db.write(async |tx| erasure::save_told(tx, told, place, "erased\0").await).await;
                assert_eq!(said(told, i64::MIN).await[0], "erased\u{fffd}", "{told:?}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn answers_that_are_kept_come_in_pages_and_are_replaced_but_for_sealed_ones() {
    both(async |db| {
        let bodies =
            [Body::Plain("{}".into()), Body::Sealed(vec![1]), Body::Plain("".into()), Body::Plain("two".into())];
        for (n, body) in (1..).zip(bodies) {
            let answer = Answer { status: 200, etag: String::new(), location: String::new(), body };
            db.write(async |tx| {
                idempotency::claim(tx, &[n; 32], &[7; 32], T0).await?;
                idempotency::keep(tx, &[n; 32], &answer).await
            })
            .await;
        }
        let all = erasure::answers(db, &[], 9).await.unwrap();
        assert_eq!(all, [(vec![1; 32], "{}".to_owned()), (vec![4; 32], "two".to_owned())]);
        assert_eq!(erasure::answers(db, &[], 1).await.unwrap(), all[..1]);
        db.write(async |tx| erasure::save_answer(tx, &all[1].0, "erased\0").await).await;
        let rest = erasure::answers(db, &all[0].0, 9).await.unwrap();
        assert_eq!(rest, [(vec![4; 32], "erased\u{fffd}".to_owned())]);
    })
    .await;
}
