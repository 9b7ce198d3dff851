//! What a page says to somebody who reads French, and what of it is no French.

use std::collections::BTreeSet;

use scraper::{ElementRef, Html, Node};

use super::person::Person;
use crate::locales::messages;

/// Words that no French sentence has. Those that both languages write alike are left out: an, as, on, or, plus, client, session.
const ENGLISH: &str = "about above after again against all already and any are at back be because been before behind below between both \
    by came can cannot could day days did do does done each earlier every everything few for from had has have \
    he held here hour hours how if in incomplete into is it its itself just last least less like lost many more most must \
    near needs never newest no nobody none not nothing now of off once only open opened opens other others our out over \
    own peak read ready same seconds seen set she should show shown since so some something still than that the their \
    them then there these they this those through to together too under until unknown up used wait waits was week were \
    what when where which while who whose why will with within without would yes yet you your \
    host hosts user users event events finding findings limit limits share shares gap gaps snapshot snapshots \
    counter counters changes setting settings name names search sign token tokens full silent calm high low";

/// What is written in no language: elements whose text is not looked at, and attributes whose text is.
const NO_PROSE: [&str; 5] = ["code", "pre", "time", "script", "style"];
const PROSE_IN: [&str; 9] = [
    "title",
    "aria-label",
    "aria-description",
    "placeholder",
    "alt",
    "data-label",
    "data-pause",
    "data-go-on",
    "data-lost",
];

/// Names of fields of HTTP, which are the same in every language.
const FIELDS: [&str; 3] = ["If-Match", "Idempotency-Key", "Retry-After"];

/// The page in French says nothing in English, leaves no value open and shows no message's id. `data` is what people, hosts and
/// clients named: it is the same in every language.
///
/// # Panics
/// If it does, with all that is wrong.
pub async fn reads_in_french(person: &Person, path: &str, data: &[String]) {
    person.cookies.borrow_mut().insert("lang".to_owned(), "fr".to_owned());
    let page = person.page(path).await;
    let faults = faults(&page, data);
    assert!(faults.is_empty(), "{path} in French:\n{}", faults.join("\n"));
}

/// What is wrong with the words of a page in French.
pub fn faults(page: &Html, data: &[String]) -> Vec<String> {
    let root = page.root_element();
    let mut faults = Vec::new();
    if root.attr("lang") != Some("fr") {
        faults.push("the page does not say that it is in French".to_owned());
    }
    let mut said = Vec::new();
    prose(root, &mut said);
    assert!(said.len() > 10, "a page says something: {said:?}");
    let (english, nouns) = (ENGLISH.split_whitespace().collect(), nouns());
    // The longest first: a name may be part of another one.
    let mut data: Vec<&str> = data.iter().map(String::as_str).filter(|name| !name.trim().is_empty()).collect();
    data.sort_by_key(|name| std::cmp::Reverse(name.len()));
    for text in said {
        let own = data.iter().chain(&FIELDS).fold(text.clone(), |text, name| text.replace(name, " "));
        faults.extend(fault(&own, &english, &nouns).map(|what| format!("{what}: {text:?}")));
    }
    faults
}

/// A word of the text that no French sentence has.
pub fn english_word(text: &str) -> Option<&str> {
    let english: BTreeSet<&str> = ENGLISH.split_whitespace().collect();
    text.split(|c: char| !c.is_alphanumeric()).find(|word| english.contains(&*word.to_lowercase()))
}

fn fault(text: &str, english: &BTreeSet<&str>, nouns: &BTreeSet<String>) -> Option<String> {
    if text.contains("{$") || text.contains("{ $") {
        return Some("a value is not filled in".to_owned());
    }
    if let Some(word) = text.split(|c: char| !c.is_alphanumeric()).find(|word| english.contains(&*word.to_lowercase()))
    {
        return Some(format!("English ({word})"));
    }
    let is_id = |word: &&str| word.split_once('-').is_some_and(|(noun, rest)| nouns.contains(noun) && is_plain(rest));
    text.split(|c: char| c.is_whitespace() || ",;:.()«»".contains(c))
        .find(is_id)
        .map(|id| format!("a message's id ({id})"))
}

/// With what the ids of messages begin.
fn nouns() -> BTreeSet<String> {
    let ids = ["en", "fr"].into_iter().flat_map(messages).flat_map(|(_, messages)| messages.into_keys());
    ids.filter_map(|id| Some(id.split_once('-')?.0.to_owned())).collect()
}

fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Every text and every attribute that people read or hear.
fn prose(element: ElementRef<'_>, said: &mut Vec<String>) {
    if NO_PROSE.contains(&element.value().name()) || element.attr("lang").is_some_and(|lang| lang != "fr") {
        return;
    }
    said.extend(PROSE_IN.iter().filter_map(|name| element.attr(name)).map(str::to_owned));
    for child in element.children() {
        match (child.value(), ElementRef::wrap(child)) {
            (_, Some(inner)) => prose(inner, said),
            (Node::Text(text), _) if !text.trim().is_empty() => said.push(text.trim().to_owned()),
            _ => {}
        }
    }
}

#[test]
fn english_an_open_value_and_an_id_are_seen_and_data_are_not_taken_for_words() {
    let page = |body: &str| Html::parse_document(&format!("<html lang=fr><body>{}{body}", "<p>un mot</p>".repeat(11)));
    let faulty = |body: &str, data: &[&str]| {
        let data: Vec<String> = data.iter().map(|name| (*name).to_owned()).collect();
        faults(&page(body), &data).len()
    };
    for body in [
        "<p>12 sessions <b>of 20</b></p>",
        "<p title='the limit'>x</p>",
        "<p>il y a { $span }</p>",
        "<p>host-full-since</p>",
        "<svg><title>no data</title></svg>",
    ] {
        assert_eq!(faulty(body, &[]), 1, "{body}");
    }
    for body in
        ["<p>12 sessions sur 20, peut-être</p>", "<code>the value</code>", "<button lang=en>Show in English</button>"]
    {
        assert_eq!(faulty(body, &[]), 0, "{body}");
    }
    assert_eq!((faulty("<p>THE-HOST</p>", &[]), faulty("<p>THE-HOST est plein</p>", &["THE-HOST"])), (1, 0));
    assert_eq!(faults(&Html::parse_document(&"<p>un mot</p>".repeat(11)), &[]).len(), 1, "which language?");
}
