//! Entries in words. Words of a later version of the program, which no message is about, stand as they are.

use super::{Asked, Change, Choice, Names, PATH, Row, subject_name};
use crate::locale::Locale;
use crate::model::audit::{Action, ActorKind, Entry, Outcome, SubjectKind};

/// The part of a message's id that stands for a word: those have neither dots nor underscores.
fn id(word: &str) -> String {
    word.replace(['.', '_'], "-")
}

fn action(locale: &Locale, word: &str) -> String {
    Action::from_word(word).map_or_else(|| word.to_owned(), |_| locale.say_of("trail-action", &id(word)).into())
}

fn actor_kind(locale: &Locale, word: &str) -> String {
    ActorKind::from_word(word).map_or_else(|| word.to_owned(), |_| locale.say_of("trail-actor", &id(word)).into())
}

fn subject_kind(locale: &Locale, word: &str) -> String {
    SubjectKind::from_word(word).map_or_else(|| word.to_owned(), |_| locale.say_of("trail-subject", &id(word)).into())
}

fn outcome(locale: &Locale, word: &str) -> String {
    Outcome::from_word(word).map_or_else(|| word.to_owned(), |_| locale.say_of("trail-outcome", &id(word)).into())
}

pub(super) fn actions(locale: &Locale, chosen: &str) -> Vec<Choice> {
    choices(Action::ALL.iter().map(|one| one.word()), chosen, |word| action(locale, word))
}

pub(super) fn actors(locale: &Locale, chosen: &str) -> Vec<Choice> {
    choices(ActorKind::ALL.iter().map(|one| one.word()), chosen, |word| actor_kind(locale, word))
}

pub(super) fn subjects(locale: &Locale, chosen: &str) -> Vec<Choice> {
    choices(SubjectKind::ALL.iter().map(|one| one.word()), chosen, |word| subject_kind(locale, word))
}

/// In order of their names, as people look for them.
fn choices(
    words: impl Iterator<Item = &'static str>,
    chosen: &str,
    said: impl Fn(&'static str) -> String,
) -> Vec<Choice> {
    let mut all: Vec<Choice> = words.map(|word| Choice { word, said: said(word), is_chosen: word == chosen }).collect();
    all.sort_by_cached_key(|choice| choice.said.to_lowercase());
    all
}

pub(super) fn row(locale: &Locale, asked: &Asked, entry: &Entry, names: &Names) -> Row {
    let kind = entry.subject_kind.as_str();
    let name = subject_name(entry, names);
    let (subject, id) = match (entry.subject_id, name) {
        (None, "") => (subject_kind(locale, kind), String::new()),
        (None, name) => (name.to_owned(), String::new()),
        (Some(id), "") => {
            let said = locale.say("trail-numbered").with("kind", subject_kind(locale, kind)).with("id", id.to_string());
            (said.into(), id.to_string())
        }
        (Some(id), name) => (name.to_owned(), id.to_string()),
    };
    let href_of_actor = match entry.actor_name.as_str() {
        "" => asked.with("by", &entry.actor_kind),
        name => asked.with_all(&[("actor", name), ("by", &entry.actor_kind)]),
    };
    Row {
        at: entry.at,
        seq: entry.seq,
        actor: entry.actor_name.clone(),
        actor_kind: actor_kind(locale, &entry.actor_kind),
        href_of_actor,
        address: entry.address.clone(),
        action: action(locale, &entry.action),
        subject,
        is_address: kind == SubjectKind::Page.word(),
        href_of_subject: href(kind, entry.subject_id),
        href_of_past: if id.is_empty() { String::new() } else { asked.with_all(&[("kind", kind), ("id", &id)]) },
        outcome: outcome(locale, &entry.outcome),
        is_done: entry.outcome == Outcome::Done.word(),
        changes: entry.changes.fields().map(Change::of).collect(),
        is_redacted: entry.is_redacted,
    }
}

impl Change {
    fn of((field, before, after): (&str, Option<&str>, Option<&str>)) -> Self {
        let own = |text: Option<&str>| text.map(str::to_owned);
        Self { field: field.to_owned(), before: own(before), after: own(after) }
    }
}

/// Where what an entry is about is to be seen, if it is still there.
fn href(kind: &str, id: Option<i64>) -> String {
    let Some(id) = id else { return String::new() };
    match SubjectKind::from_word(kind) {
        Some(SubjectKind::Host) => format!("/hosts/{id}"),
        Some(SubjectKind::Client) => format!("/clients/{id}"),
        Some(SubjectKind::User) => format!("/users/{id}"),
        Some(SubjectKind::Event) => format!("/events/{id}"),
        Some(SubjectKind::Incident) => format!("/incidents/{id}#timeline"),
        Some(SubjectKind::Webhook) => format!("/settings/webhooks/{id}"),
        Some(SubjectKind::Connector) => format!("/settings/tickets/{id}"),
        Some(SubjectKind::Account) => format!("/settings/accounts/{id}"),
        Some(SubjectKind::Token) => "/settings/tokens".to_owned(),
        Some(SubjectKind::ApiKey) => "/settings/keys".to_owned(),
        Some(SubjectKind::ApprovalRule) => "/settings/tokens#rules".to_owned(),
        Some(SubjectKind::Agent) => "/settings/agents".to_owned(),
        Some(SubjectKind::GroupRule) => "/settings/groups#rules".to_owned(),
        Some(SubjectKind::ClassRule) => "/settings/classes".to_owned(),
        Some(SubjectKind::AlertRule) => "/settings/alerts".to_owned(),
        Some(SubjectKind::Silence) => "/settings/silences".to_owned(),
        Some(SubjectKind::Entry) => format!("{PATH}?after={}", id.saturating_add(1)),
        Some(
            SubjectKind::View
            | SubjectKind::Secrets
            | SubjectKind::Authority
            | SubjectKind::Settings
            | SubjectKind::History
            | SubjectKind::Page,
        )
        | None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::{Lang, Zone};
    use crate::model::audit::Changes;

    #[test]
    fn every_word_is_said_in_every_language() {
        for lang in Lang::ALL {
            let locale = Locale::new(lang, Zone::utc());
            let mut said: Vec<String> = Action::ALL.iter().map(|one| action(&locale, one.word())).collect();
            said.extend(ActorKind::ALL.iter().map(|one| actor_kind(&locale, one.word())));
            said.extend(SubjectKind::ALL.iter().map(|one| subject_kind(&locale, one.word())));
            said.extend(Outcome::ALL.iter().map(|one| outcome(&locale, one.word())));
            // What lacks a message is said as its id.
            assert!(said.iter().all(|said| !said.starts_with("trail-")), "{lang:?}: {said:?}");
        }
        assert_eq!(action(&Locale::machine(), "of.a_later_version"), "of.a_later_version");
    }

    #[test]
    fn an_entry_is_told_with_the_name_of_now_and_its_changes() {
        let text = str::to_owned;
        let mut changes = Changes::default();
        changes.before.insert(text("on"), text("true"));
        changes.after.insert(text("on"), text("false"));
        changes.after.insert(text("to"), text("Paris"));
        let entry = Entry {
            seq: 7,
            at: 0,
            actor_kind: text("person"),
            actor_id: Some(1),
            actor_name: text("ann"),
            address: text("10.0.0.1"),
            action: text("looked_at"),
            subject_kind: text("client"),
            subject_id: Some(3),
            subject_name: String::new(),
            outcome: text("done"),
            changes,
            is_redacted: false,
            sha256: [0; 32],
        };
        let mut names = Names::default();
        let locale = Locale::machine();
        assert_eq!(
            row(&locale, &Asked::default(), &entry, &names).subject,
            "client 3",
            "who was forgotten has a number"
        );
        names[0].insert(3, text("PC-1"));
        let row = row(&locale, &Asked::default(), &entry, &names);
        assert_eq!((row.subject.as_str(), row.href_of_subject.as_str()), ("PC-1", "/clients/3"));
        assert_eq!(
            (row.href_of_actor.as_str(), row.href_of_past.as_str()),
            ("?actor=ann&by=person", "?kind=client&id=3")
        );
        let told: Vec<_> = row.changes.iter().map(|one| (one.field.as_str(), one.before.as_deref())).collect();
        assert_eq!(told, [("on", Some("true")), ("to", None)]);
    }
}
