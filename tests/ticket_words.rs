//! Tickets in French: whatever a connector writes for people comes from the files of its language.

use std::collections::BTreeSet;

use highwater::model::connector::{System, TicketState};
use highwater::store::incidents::{self, Deed};
use serde_json::Value;

use crate::harness::desks::Desk;
use crate::harness::french::english_word;
use crate::harness::mail::MailServer;
use crate::harness::store::Store;
use crate::harness::ticketing::{Bench, connect};
use crate::locales::said;
use crate::tickets::ASKED;

/// What can be closed for good, and then gets a successor.
const CLOSING: [System; 5] =
    [System::ServiceNow, System::JsmOperations, System::GlpiV1, System::GlpiV2, System::Zendesk];
/// Messages of tickets that are labels of the form in which a system is connected have other beginnings.
const OF_TICKETS: [&str; 6] =
    ["tickets-title", "tickets-label", "tickets-note", "tickets-follows", "tickets-resolved", "tickets-reopened"];

/// What tickets say in English, and nowhere in French.
fn english() -> Vec<String> {
    let all = |lang: &str| {
        let tickets = said(lang, "tickets").into_iter();
        let mut all: Vec<_> = tickets.filter(|(id, _)| OF_TICKETS.iter().any(|noun| id.starts_with(noun))).collect();
        all.extend(said(lang, "incident").into_iter().filter(|(id, _)| id.starts_with("inc-kind-")));
        // Their shortest words are those of any text.
        all.extend(said(lang, "evidence").into_iter().map(|(id, mut words)| {
            words.retain(|words| words.contains(' '));
            (id, words)
        }));
        all.into_iter().flat_map(|(_, words)| words).filter(|words| words.len() > 3).collect::<BTreeSet<_>>()
    };
    let french = all("fr");
    all("en").into_iter().filter(|words| !french.iter().any(|theirs| has(theirs, words))).collect()
}

/// Whether these words are in a text, whole.
fn has(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let beside = [text[..at].chars().next_back(), text[at + words.len()..].chars().next()];
        !beside.into_iter().flatten().any(char::is_alphanumeric)
    })
}

/// Every text in a body, and not the names of its members.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|one| strings(one, found)),
        Value::Object(all) => all.values().for_each(|one| strings(one, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// An incident that is taken on, remarked on, resolved, reopened and over; its ticket is closed for good in between where that is possible.
async fn story(bench: &mut Bench<'_>, desk: Option<&Desk>) {
    let (db, id) = (bench.db, bench.opens("FS02").await);
    let deed = |now_at| Deed { by: "ann", now_at, seen_version: None };
    bench.tells_all().await;
    let now_at = bench.now_at();
    db.write(async |tx| incidents::acknowledge(tx, id, deed(now_at + 1_000), None).await).await;
    db.write(async |tx| incidents::comment(tx, id, deed(now_at + 2_000), "vu").await).await;
    db.write(async |tx| incidents::resolve(tx, id, deed(now_at + 3_000), "fait").await).await;
    bench.tells_all().await;
    if let Some(desk) = desk.filter(|desk| CLOSING.contains(&desk.system)) {
        desk.set_state(TicketState::Closed);
    }
    let now_at = bench.now_at();
    db.write(async |tx| incidents::reopen(tx, id, deed(now_at + 1_000), "encore").await).await;
    bench.tells_all().await;
    bench.clears(id).await;
    bench.tells_all().await;
}

/// # Panics
/// If there is English of ours in it.
fn is_french(texts: &[String], of: &str) {
    let english = english();
    assert!(english.len() > 50, "the messages are there: {english:?}");
    for text in texts {
        let found: Vec<_> = english.iter().filter(|words| has(text, words)).collect();
        assert!(found.is_empty(), "{of}: {found:?} in {text}");
    }
    assert!(texts.iter().any(|text| text.contains("a écrit") && text.contains("vu")), "{of}: {texts:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_that_writes_french_writes_no_english() {
    for (system, path) in ASKED.into_iter().chain([(System::Teams, "")]) {
        let of = format!("{system:?}{path}");
        let (db, desk) = (Store::sqlite().await, Desk::start(system).await);
        let mut bench = Bench::with(&db, &desk, path).await;
        bench.changes(|new| "fr".clone_into(&mut new.language)).await;
        story(&mut bench, Some(&desk)).await;
        let mut texts = Vec::new();
        desk.with(|held| held.bodies.iter().for_each(|body| strings(body, &mut texts)));
        is_french(&texts, &of);
        for record in desk.records() {
            for text in [&record.title, &record.text].into_iter().chain(&record.notes) {
                assert_eq!(english_word(text), None, "{of}: {text}");
            }
        }
        let says = |words: &str| texts.iter().any(|text| text.contains(words));
        // Zendesk says it itself.
        let follows = CLOSING.contains(&system) && system != System::Zendesk;
        assert_eq!(says("Fait suite à"), follows, "{of}: {texts:?}");
        let is_chat = system == System::Teams;
        for words in ["Hôte", "Ouvrir dans Highwater", "Résolu", "Rouvert"] {
            assert_eq!(texts.iter().any(|text| text == words), is_chat, "{of}, {words}: {texts:?}");
        }
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_in_french_have_no_english_either() {
    let (db, server) = (Store::sqlite().await, MailServer::start().await);
    let connector = connect(&db, System::Email, server.addr, "").await;
    let mut bench = Bench::of(&db, connector, server.addr);
    bench.changes(|new| "fr".clone_into(&mut new.language)).await;
    story(&mut bench, None).await;
    let mails = server.mails();
    let texts: Vec<String> = mails.into_iter().flat_map(|mail| [mail.subject, mail.body]).collect();
    is_french(&texts, "mail");
    for text in &texts {
        assert_eq!(english_word(text), None, "{text}");
    }
    for beginning in ["Résolu.\n\n", "Rouvert.\n\n"] {
        assert!(texts.iter().any(|text| text.starts_with(beginning)), "{beginning:?}: {texts:?}");
    }
    db.close().await;
}
