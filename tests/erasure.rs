//! A name that was erased is nowhere any more, and what was known of its bearer is still known of somebody.

use highwater::locale::Locale;
use highwater::model::class::{Class, Subject};
use highwater::model::eyes::Eyes;
use highwater::model::finding::{Detail, Fact, Found, Severity};
use highwater::model::holder::Measure;
use highwater::model::pseudonym::{UserNames, is_pseudonym, pseudonym};
use highwater::model::role::Role;
use highwater::model::time::{DAY_MS, HOUR_MS};
use highwater::model::view::SavedPage;
use highwater::store::events::EventFilter;
use highwater::store::findings::FindingFilter;
use highwater::store::idempotency::{self, Body, Claim};
use highwater::store::rank::{self, By, Ranking, Scope, Whose};
use highwater::store::{Db, accounts, classes, erasure, events, findings, frames, incidents, names, views};
use highwater::tasks::erasure::{Erased, erase, pseudonymise_users};
use highwater::web::finding::detail;
use highwater_wire as wire;

use crate::harness::audit::{done, is_whole, trail};
use crate::harness::history::finish;
use crate::harness::store::{Store, T0, both};
use crate::harness::traces::{Agent, CLIENT, USER, event, export, incident, kept_answer, leak, snapshot};

/// Whether the text stands anywhere in the store, in any case.
pub(crate) async fn stands_somewhere(store: &Store, text: &str) -> bool {
    let dump = match store.kind() {
        "sqlite" => {
            let path = store.address().strip_prefix("sqlite:").unwrap();
            [std::fs::read(path).unwrap(), std::fs::read(format!("{path}-wal")).unwrap_or_default()].concat()
        }
        _ => {
            let dump = std::process::Command::new("pg_dump").arg(store.address()).arg("--inserts").output().unwrap();
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            dump.stdout
        }
    };
    assert!(dump.len() > 10_000, "nothing was looked at");
    let text = text.to_ascii_lowercase();
    let in_hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let dump = dump.to_ascii_lowercase();
    [text, in_hex].iter().any(|text| dump.windows(text.len()).any(|part| part == text.as_bytes()))
}

async fn first(db: &Db, by: By) -> (i64, i64) {
    let scope = Scope { whose: Whose::Fleet, from_at: T0, to_at: T0 + HOUR_MS };
    let ranking = Ranking { measure: Measure::SessionHours, most: 9, ..Ranking::default() };
    let ranked = rank::top(db, by, scope, &ranking, &Eyes::Names).await.unwrap();
    (ranked.rows[0].top.id, ranked.rows[0].top.held.session_ms)
}

#[tokio::test]
async fn an_erased_name_is_nowhere_and_its_figures_stay() {
    both(async |store| {
        let mut agent = Agent::start(store, UserNames::Shown).await;
        for minute in 0..50 {
            agent.push(snapshot(T0 + minute * 60_000, None)).await;
        }
        agent.push(event()).await;
        let user = Fact::List { name: "NullSessionShares".to_owned(), list: format!("homes,{USER}") };
        let found = [
            Found { rule: "CFG-17", severity: Severity::High, detail: Detail::Facts(vec![user]) },
            Found { rule: "CLI-01", severity: Severity::High, detail: Detail::Facts(vec![leak(CLIENT), leak("leak")]) },
            // A version before facts.
            Found {
                rule: "CLI-02",
                severity: Severity::High,
                detail: Detail::Words(format!("{CLIENT} holds 41 sessions")),
            },
        ];
        store.write(async |tx| findings::save(tx, agent.from.host, &found, T0).await).await;
        finish(store).await;
        agent.push(snapshot(T0 + 50 * 60_000, Some(wire::Part { index: 0, of: 2 }))).await;
        let before = (first(store, By::Client).await, first(store, By::User).await);
        let ids: Vec<i64> =
            erasure::named(store, By::Client, CLIENT).await.unwrap().into_iter().map(|(id, _)| id).collect();
        for name in [CLIENT, "o'neil"] {
            assert!(stands_somewhere(store, name).await, "{name}");
        }

        assert_eq!(
            erase(store, &trail(), By::Client, CLIENT).await.unwrap(),
            Erased { names: 2, events: 1, ..Erased::default() }
        );
        assert_eq!(
            erase(store, &trail(), By::User, &USER.to_uppercase()).await.unwrap(),
            Erased { names: 1, ..Erased::default() }
        );
        erasure::remove_remains(store, true).await.unwrap();
        for name in [CLIENT, "o'neil"] {
            assert!(!stands_somewhere(store, name).await, "{name}");
        }
        assert_eq!((first(store, By::Client).await, first(store, By::User).await), before);
        let told = events::list(store, &EventFilter { most: 1, ..EventFilter::default() }).await.unwrap().remove(0);
        let xml = told.xml.seen_by(&Eyes::Names).unwrap();
        let message = told.message.as_ref().and_then(|message| message.seen_by(&Eyes::Names)).unwrap();
        assert!(message.contains("from client erased client "), "{xml}");
        assert!(xml.contains("<Computer>FS01</Computer>"));
        erase(store, &trail(), By::Client, "leak").await.unwrap();
        let all = findings::list(store, &FindingFilter { most: 9, ..FindingFilter::default() }).await.unwrap();
        let said: Vec<String> = all.iter().map(|one| detail(&one.detail, &Locale::machine())).collect();
        assert!(said[0].starts_with("NullSessionShares: homes,erased user "), "{said:?}");
        assert!(said[1].starts_with("erased client ") && said[1].contains("; erased client holds 41"), "{said:?}");
        assert!(said[2].starts_with("erased client ") && said[2].ends_with(" holds 41 sessions"), "{said:?}");
        let again = erase(store, &trail(), By::Client, CLIENT).await.unwrap();
        assert_eq!(again, Erased::default(), "once more does no harm");

        // The process that took the sessions in remembers the name no more: it is a new one.
        agent.push(snapshot(T0 + 50 * 60_000, Some(wire::Part { index: 1, of: 2 }))).await;
        agent.push(snapshot(T0 + 51 * 60_000, None)).await;
        let at = frames::at(store, agent.from.host, T0 + 51 * 60_000).await.unwrap().unwrap();
        assert!(at.sessions.iter().all(|session| !ids.contains(&session.client.0)), "{:?}", at.sessions);
        assert_eq!(erasure::named(store, By::Client, CLIENT).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_erased_name_is_in_no_saved_view_and_no_rule_of_its_own() {
    both(async |store| {
        Agent::start(store, UserNames::Shown).await.push(snapshot(T0, None)).await;
        let account = store.write(async |tx| accounts::insert(tx, "eve", "none", Role::Administrator, T0).await).await;
        let looked_for = format!("?q={}", CLIENT.to_uppercase());
        for (name, query) in [(CLIENT, looked_for.as_str()), ("erased client", "?q=x")] {
            let of = (SavedPage::Clients, name);
            store.write(async |tx| views::save(tx, account, of, query, T0).await).await;
        }
        for (subject, pattern) in [
            (Subject::Client, "PC-of-ann"),
            (Subject::Client, "pc-of-*"),
            (Subject::User, "ann.o'neil"),
            (Subject::User, "pc-of-ann"),
        ] {
            let rule = (Class::Backup, subject, pattern);
            store.write(async |tx| classes::insert(tx, rule, "eve", T0).await).await;
        }
        let id = incident(store, store.host("FS01").await).await;
        erase(store, &trail(), By::Client, CLIENT).await.unwrap();
        let entries = incidents::entries(store, id).await.unwrap();
        assert!(entries[1].text.starts_with("Restarted erased client "), "{entries:?}");
        assert!(incidents::find(store, id).await.unwrap().unwrap().subject.starts_with("erased client "));
        let erased = erase(store, &trail(), By::User, USER).await.unwrap();
        assert_eq!((erased.names, erased.patterns), (1, Vec::<String>::new()));
        let saved = views::list(store, account, SavedPage::Clients).await.unwrap();
        assert!(
            saved
                .iter()
                .any(|view| view.name.starts_with("erased client ") && view.query.starts_with("?q=erased%20client%20"))
        );
        let rules = classes::rules(store).await.unwrap();
        let own: Vec<&str> = rules.iter().filter(|r| r.created_by == "eve").map(|r| r.pattern.as_str()).collect();
        assert!(own[0].starts_with("erased client ") && own[2].starts_with("erased user "), "{own:?}");
        assert_eq!((own[1], own[3]), ("pc-of-*", "pc-of-ann"), "these are of others");
        // What names it beside signs is of others too, and told to whoever erases.
        let rule = (Class::Backup, Subject::Client, "10.0.0.7*");
        store.write(async |tx| classes::insert(tx, rule, "eve", T0).await).await;
        assert_eq!(erase(store, &trail(), By::Client, "10.0.0.7").await.unwrap().patterns, ["10.0.0.7*"]);
    })
    .await;
}

#[tokio::test]
async fn an_erased_name_is_in_no_kept_answer_and_no_entry_of_the_audit_log() {
    both(async |store| {
        Agent::start(store, UserNames::Shown).await.push(snapshot(T0, None)).await;
        export(store, &CLIENT.to_uppercase()).await;
        kept_answer(store).await;
        let client = erasure::named(store, By::Client, CLIENT).await.unwrap()[0].0;

        erase(store, &trail(), By::Client, CLIENT).await.unwrap();
        let kept = store.write(async |tx| idempotency::claim(tx, &[1; 32], &[7; 32], T0).await).await;
        let Claim::Done(kept) = kept else { panic!("it is forgotten") };
        let Body::Plain(body) = kept.body else { panic!("it is sealed") };
        assert!(body.starts_with("{\"summary\":\"Restarted erased client "), "{body}");
        let exported = done(store, "exported").await.remove(0);
        assert!(exported.is_redacted && exported.changes.after["q"].starts_with("erased client "), "{exported:?}");
        assert_eq!(exported.changes.after["format"], "csv");
        let told = done(store, "erased").await;
        let said: Vec<_> =
            told.iter().map(|entry| (entry.outcome.as_str(), entry.subject_name.as_str(), entry.subject_id)).collect();
        assert_eq!(said, [("begun", "", Some(client)), ("done", "", Some(client))], "whose, but not by what name");
        assert_eq!(told[1].changes.after["names"], "2");
        is_whole(store).await;
        erasure::remove_remains(store, true).await.unwrap();
        assert!(!stands_somewhere(store, CLIENT).await);
    })
    .await;
}

#[tokio::test]
async fn pseudonyms_take_the_place_of_all_users_and_of_those_that_come() {
    both(async |store| {
        let key = b"a key of this test".to_vec();
        let mut shown = Agent::start(store, UserNames::Shown).await;
        shown.push(snapshot(T0, None)).await;
        let erased = pseudonymise_users(store, &trail(), &key).await.unwrap();
        assert_eq!(erased.names, 2);
        assert_eq!(pseudonymise_users(store, &trail(), &key).await.unwrap(), Erased::default(), "it is done already");
        drop(shown);

        let mut hidden = Agent { seq: 2, ..Agent::start(store, UserNames::Pseudonyms(key.clone())).await };
        hidden.push(snapshot(T0 + 60_000, None)).await;
        let users = erasure::names(store, By::User, i64::MIN, 99).await.unwrap();
        assert_eq!(users.len(), 2, "who comes again is the same: {users:?}");
        assert!(users.iter().all(|(_, name)| is_pseudonym(name)), "{users:?}");
        assert!(users.iter().any(|(_, name)| *name == pseudonym(&key, USER)));
        drop(hidden);

        let mut off = Agent { seq: 3, ..Agent::start(store, UserNames::Off).await };
        off.push(snapshot(T0 + 120_000, None)).await;
        let at = frames::at(store, off.from.host, T0 + 120_000).await.unwrap().unwrap();
        let ids: Vec<_> = at.sessions.iter().map(|session| session.user).collect();
        assert_eq!(ids.len(), 3);
        let known = Eyes::Names.users(names::users(store, &ids).await.unwrap());
        assert_eq!(known.into_values().collect::<Vec<_>>(), [""]);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_calls_itself_erased_is_told_apart() {
    both(async |store| {
        let ids = store.write(async |tx| names::intern_clients(tx, &["pc", "other"], T0).await).await;
        let wanted = format!("erased client {}", ids["pc"].0);
        store.write(async |tx| names::intern_clients(tx, &[wanted.as_str()], T0).await).await;
        assert_eq!(erase(store, &trail(), By::Client, "PC").await.unwrap().names, 1);
        assert_eq!(names::client(store, ids["pc"]).await.unwrap(), Some(format!("{wanted} (2)")));
    })
    .await;
}

#[tokio::test]
async fn a_running_server_forgets_names_that_retention_removed() {
    both(async |store| {
        let mut agent = Agent::start(store, UserNames::Shown).await;
        agent.push(snapshot(T0, None)).await;
        let before = erasure::named(store, By::User, USER).await.unwrap();
        // As retention does, but for telling everybody: the change of the day alone has to do.
        store.write(async |tx| names::remove_unseen(tx, T0 + DAY_MS, 99).await).await;
        agent.sent_at += DAY_MS;
        agent.clock.set(agent.sent_at);
        agent.push(snapshot(agent.sent_at - HOUR_MS, None)).await;
        let after = erasure::named(store, By::User, USER).await.unwrap();
        assert_eq!((before.len(), after.len()), (1, 1));
        let at = frames::at(store, agent.from.host, agent.sent_at).await.unwrap().unwrap();
        assert!(at.sessions.iter().any(|session| session.user.0 == after[0].0), "{:?}", at.sessions);
    })
    .await;
}
