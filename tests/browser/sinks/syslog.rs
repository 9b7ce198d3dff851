//! What becomes of a name in messages of syslog, read by the grammar of RFC 5424 section 6 as a strict receiver would.

use std::collections::BTreeMap;

use highwater::delivery::syslog::{Receiver, Syslog, Transport};
use highwater::model::audit::{Action, ActorKind, Changes, Entry, Outcome, SubjectKind};
use jiff::Timestamp;

use super::Fate::{Changed, Escaped, Kept};
use super::Row;

/// What an entry says that everybody had a hand in: its actor, its subject, and what was typed.
pub(super) fn messages(names: &[String]) -> [Row; 2] {
    [(Transport::Udp, "syslog by UDP"), (Transport::Tls, "syslog by TCP and TLS")].map(|(transport, sink)| {
        let syslog = sender(transport);
        let fate = |name: &String| {
            let Some(read) = read(&syslog.message(&entry(name))) else { return Escaped };
            let typed = serde_json::to_string(&typed(name)).unwrap();
            let told = [(&read["actor"], name), (&read["subject"], name), (&read["after"], &typed)];
            if told.iter().all(|(said, whole)| said == whole) {
                Kept
            } else if told.iter().all(|(said, whole)| is_beginning(said, &unseen(whole))) {
                Changed
            } else {
                Escaped
            }
        };
        Row::of(sink, names.iter().map(fate))
    })
}

fn sender(transport: Transport) -> Syslog {
    let to = Receiver {
        host: "127.0.0.1".to_owned(),
        port: 514,
        transport,
        facility: 13,
        app_name: "highwater".to_owned(),
        host_name: "hw1".to_owned(),
        process_id: 7,
    };
    Syslog::new(to, None).unwrap()
}

fn entry(name: &str) -> Entry {
    Entry {
        seq: 7,
        at: 1_795_509_067_123,
        actor_kind: ActorKind::Person.word().to_owned(),
        actor_id: Some(1),
        actor_name: name.to_owned(),
        address: "203.0.113.7".to_owned(),
        action: Action::WebhookChanged.word().to_owned(),
        subject_kind: SubjectKind::Webhook.word().to_owned(),
        subject_id: Some(3),
        subject_name: name.to_owned(),
        outcome: Outcome::Done.word().to_owned(),
        changes: Changes { before: BTreeMap::new(), after: typed(name) },
        is_redacted: false,
        sha256: [0xab; 32],
    }
}

/// Without what ends a line, moves a terminal or turns text around.
fn unseen(name: &str) -> String {
    let is_seen = |c: char| {
        let turns =
            matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        !(turns || c.is_control() || c == '\u{feff}')
    };
    name.chars().map(|c| if is_seen(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// What a field says after the deed.
fn typed(name: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("typed".to_owned(), name.to_owned())])
}

/// Whether it is the whole, or the beginning of it with the mark that it was cut.
fn is_beginning(said: &str, whole: &str) -> bool {
    said == whole || said.strip_suffix('…').is_some_and(|kept| whole.starts_with(kept))
}

/// The parameters of the one element; none if the message is not of the grammar, or anything in it is there twice or too much.
fn read(message: &str) -> Option<BTreeMap<String, String>> {
    let (header, rest) = message.split_at(message.find(" [")?);
    let is_word = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| (33..=126).contains(&byte))
    };
    let parts: [&str; 6] = header.split(' ').collect::<Vec<_>>().try_into().ok()?;
    let [pri_version, at, host, app, process, id] = parts;
    let priority: u8 = pri_version.strip_prefix('<')?.strip_suffix(">1")?.parse().ok()?;
    let is_header = priority <= 191 && at.parse::<Timestamp>().is_ok() && at.ends_with('Z');
    let words = [(host, 255), (app, 48), (process, 128), (id, 32)];
    if !is_header || !words.into_iter().all(|(word, most)| is_word(word, most)) {
        return None;
    }
    let (parameters, said) = element(rest.strip_prefix(' ')?)?;
    let known =
        ["seq", "actor_kind", "actor_id", "actor", "address", "action", "subject_kind", "subject_id", "subject"];
    let known = known.into_iter().chain(["outcome", "after", "sha256"]);
    let is_ours = parameters.keys().map(String::as_str).collect::<Vec<_>>() == sorted(known);
    // What is left is the sentence, with the mark of UTF-8 before it where that is needed.
    let said = said.strip_prefix(' ')?;
    let text = said.strip_prefix('\u{feff}').unwrap_or(said);
    let is_sentence = (said.is_ascii() || text.len() < said.len()) && text.ends_with(": done") && unseen(text) == text;
    (is_ours && is_sentence && !message.chars().any(char::is_control)).then_some(parameters)
}

fn sorted(names: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}

/// `SD-ELEMENT`, and what comes after it.
fn element(text: &str) -> Option<(BTreeMap<String, String>, &str)> {
    let mut rest = text.strip_prefix("[highwater@32473")?;
    let mut found = BTreeMap::new();
    while let Some(parameter) = rest.strip_prefix(' ') {
        let (name, value) = parameter.split_once("=\"")?;
        let is_name = (1..=32).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || b"_0123456789".contains(&byte));
        let (value, after) = quoted(value)?;
        if !is_name || found.insert(name.to_owned(), value).is_some() {
            return None;
        }
        rest = after;
    }
    Some((found, rest.strip_prefix(']')?))
}

/// `PARAM-VALUE` up to its quotation mark, and what comes after that. Three characters are escaped, and no other.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut characters) = (String::new(), text.char_indices());
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            ']' => return None,
            '\\' => value.push(characters.next().map(|(_, c)| c).filter(|c| matches!(c, '"' | '\\' | ']'))?),
            c => value.push(c),
        }
    }
    None
}
