//! The messages of the pages: complete in every language, each used, none missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use highwater::findings::{ADVICE, RULES, Restart, Verdict};
use highwater::locale::{Lang, Locale, Zone};
use highwater::model::event_family;

const LANGUAGES: [&str; 2] = ["en", "fr"];

/// Of what the program says in English itself, other languages have messages of these nouns, and English has none.
const TRANSLATED_ONLY: &[&str] = &[
    "meaning",
    "rule-title",
    "rule-why",
    "rule-remedy",
    "rule-command",
    "rule-risk",
    "rule-source",
    "rule-restart",
    "advice-claim",
    "advice-truth",
    "advice-verdict",
];

/// An id with the names of what is filled in.
pub(crate) type Messages = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(crate) fn messages(lang: &str) -> BTreeMap<String, Messages> {
    let folder = root().join("server/locales").join(lang);
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.path().file_stem().unwrap().to_string_lossy().into_owned();
        files.insert(name, messages_of(&entry.path()));
    }
    files
}

fn messages_of(path: &Path) -> Messages {
    let text = fs::read_to_string(path).unwrap();
    let resource = fluent_syntax::parser::parse(text.as_str())
        .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", path.display()));
    let mut messages = Messages::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else { continue };
        let pattern = message.value.unwrap_or_else(|| panic!("{} says nothing", message.id.name));
        let mut names = BTreeSet::new();
        variables(&pattern, &mut names);
        let is_new = messages.insert(message.id.name.to_owned(), names).is_none();
        assert!(is_new, "{}: {} is there twice", path.display(), message.id.name);
    }
    messages
}

fn variables(pattern: &Pattern<&str>, names: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        match expression {
            Expression::Inline(inline) => variable(inline, names),
            Expression::Select { selector, variants } => {
                variable(selector, names);
                variants.iter().for_each(|variant| variables(&variant.value, names));
            }
        }
    }
}

fn variable(inline: &InlineExpression<&str>, names: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            names.insert(id.name.to_owned());
        }
        // A term is a text that several messages share.
        InlineExpression::StringLiteral { .. }
        | InlineExpression::NumberLiteral { .. }
        | InlineExpression::TermReference { .. } => {}
        other => panic!("what is this for? {other:?}"),
    }
}

/// What the messages of a file say between what is filled in, by their ids.
pub(crate) fn said(lang: &str, file: &str) -> BTreeMap<String, Vec<String>> {
    let path = root().join("server/locales").join(lang).join(format!("{file}.ftl"));
    let text = fs::read_to_string(&path).unwrap();
    let resource = fluent_syntax::parser::parse(text.as_str())
        .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", path.display()));
    let mut said = BTreeMap::new();
    for entry in resource.body {
        let Entry::Message(message) = entry else { continue };
        let mut words = Vec::new();
        message.value.iter().for_each(|pattern| texts(pattern, &mut words));
        said.insert(message.id.name.to_owned(), words);
    }
    said
}

/// Without what stands around the words.
fn texts(pattern: &Pattern<&str>, found: &mut Vec<String>) {
    for element in &pattern.elements {
        match element {
            PatternElement::TextElement { value } => {
                found.push(value.trim_matches(|c: char| !c.is_alphanumeric()).to_owned());
            }
            PatternElement::Placeable { expression: Expression::Select { variants, .. } } => {
                variants.iter().for_each(|variant| texts(&variant.value, found));
            }
            PatternElement::Placeable { .. } => {}
        }
    }
}

/// Sources and templates: (path, text).
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("server/src"), root().join("templates")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text.split("#[cfg(test)]").next().unwrap().to_owned()));
            }
        }
    }
    assert!(found.len() > 100, "the sources are there");
    found
}

/// What stands between quotes after each `call`: `say("` gives `skip`, ….
fn after<'a>(text: &'a str, call: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(call).filter_map(move |(at, _)| text[at + call.len()..].split('"').next())
}

fn is_id(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[test]
fn every_language_says_the_same_with_the_same_values() {
    let [english, french] = LANGUAGES.map(messages);
    let mut wrong = Vec::new();
    assert!(english.keys().eq(french.keys()), "every language has the same files");
    for (file, theirs) in &french {
        let ours = &english[file];
        for (id, values) in theirs {
            let is_translated_only = TRANSLATED_ONLY.iter().any(|noun| id.starts_with(noun));
            match ours.get(id) {
                None if !is_translated_only => wrong.push(format!("{file}: {id} is in French only")),
                Some(english) if !values.is_subset(english) => {
                    wrong.push(format!("{file}: {id} fills in {values:?} in French and {english:?} in English"));
                }
                _ => {}
            }
        }
        wrong.extend(ours.keys().filter(|id| !theirs.contains_key(*id)).map(|id| format!("{file}: {id} lacks French")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_message_that_is_asked_for_exists_and_every_one_that_exists_is_asked_for() {
    let files = messages("en");
    let ids: BTreeSet<&str> = files.values().flat_map(|messages| messages.keys().map(String::as_str)).collect();
    let (mut wrong, mut literals, mut nouns) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let sources = sources();
    for (path, text) in &sources {
        for id in [".say(\"", ".markup(\""].into_iter().flat_map(|call| after(text, call)) {
            if !ids.contains(id) {
                wrong.push(format!("{}: there is no message {id}", path.display()));
            }
        }
        nouns.extend([".say_of(\"", ".or(\""].into_iter().flat_map(|call| after(text, call)));
        literals.extend(text.split('"').filter(|word| is_id(word)));
    }
    // Ids that travel through a variable: what begins like the messages of a file is one of them.
    for (file, messages) in &files {
        let prefix = format!("{file}-");
        let strays = literals.iter().filter(|word| word.starts_with(&prefix) && !messages.contains_key(**word));
        wrong.extend(
            strays
                .filter(|word| !nouns.contains(**word) && !ids.contains(**word))
                .map(|word| format!("there is no message {word}")),
        );
    }
    let is_used = |id: &&&str| {
        literals.contains(**id)
            || nouns.iter().any(|noun| id.strip_prefix(noun).is_some_and(|rest| rest.starts_with('-')))
    };
    wrong.extend(ids.iter().filter(|id| !is_used(id)).map(|id| format!("nobody asks for {id}")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_event_s_meaning_is_told_in_french_and_nothing_else() {
    let french = Locale::new(Lang::French, Zone::utc());
    let (mut told, mut wrong) = (BTreeSet::new(), Vec::new());
    for (word, known) in event_family::all() {
        for (noun, english) in
            [("meaning-title", known.title), ("meaning-text", known.meaning), ("meaning-advice", known.advice)]
        {
            let said = french.or(noun, &word, english);
            let is_sentence = said.ends_with('.') == english.ends_with('.') && !said.contains('{');
            if said == english || !is_sentence {
                wrong.push(format!("{noun}-{word}: {said}"));
            }
            told.insert(format!("{noun}-{word}"));
        }
    }
    wrong.extend(messages("fr")["meaning"].keys().filter(|id| !told.contains(*id)).map(|id| format!("no event {id}")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every one of these ids exists in the file of every other language, and no other.
fn are_all_translated(file: &str, wanted: &BTreeSet<String>) {
    for lang in &LANGUAGES[1..] {
        let found: BTreeSet<String> = messages(lang)[file].keys().cloned().collect();
        let (missing, others) = (wanted - &found, &found - wanted);
        assert!(
            missing.is_empty() && others.is_empty(),
            "{lang}/{file}: missing {missing:?}, not asked for {others:?}"
        );
    }
}

#[test]
fn all_that_rules_say_is_said_in_every_language() {
    let mut wanted: BTreeSet<String> =
        Restart::ALL.iter().map(|restart| format!("rule-restart-{}", restart.word())).collect();
    for rule in RULES {
        let comments = if rule.command.contains('#') { rule.command } else { "" };
        let texts = [
            ("title", rule.title),
            ("why", rule.why),
            ("remedy", rule.remedy),
            ("command", comments),
            ("risk", rule.risk),
            ("source", rule.source),
        ];
        let said = texts.iter().filter(|(_, text)| !text.is_empty());
        wanted.extend(said.map(|(noun, _)| format!("rule-{noun}-{}", rule.id.to_lowercase())));
    }
    are_all_translated("rules", &wanted);
}

#[test]
fn a_command_does_the_same_in_every_language() {
    let french = Locale::new(Lang::French, Zone::utc());
    let without_comments =
        |command: &str| command.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    for rule in RULES {
        let command = french.or("rule-command", rule.id, rule.command);
        assert_eq!(without_comments(&command), without_comments(rule.command), "{}", rule.id);
        assert_eq!(command == rule.command, !rule.command.contains('#'), "{}: its comments are translated", rule.id);
    }
}

#[test]
fn all_advice_is_said_in_every_language() {
    let mut wanted: BTreeSet<String> =
        Verdict::ALL.iter().map(|verdict| format!("advice-verdict-{}", verdict.word())).collect();
    for noun in ["claim", "truth"] {
        wanted.extend(ADVICE.iter().map(|advice| format!("advice-{noun}-{}", advice.id)));
    }
    are_all_translated("advice", &wanted);
    let ids: BTreeSet<&str> = ADVICE.iter().map(|advice| advice.id).collect();
    assert_eq!(ids.len(), ADVICE.len(), "each has an id of its own");
}

#[test]
fn whatever_is_not_found_has_a_sentence_of_its_own() {
    let mut nouns = BTreeSet::new();
    for (_, text) in sources() {
        for call in ["NotFound(\"", "const WORD: &'static str = \"", "const NOUN: &'static str = \""] {
            nouns.extend(after(&text, call).map(str::to_owned));
        }
    }
    assert!(nouns.len() > 10 && nouns.contains("host") && nouns.contains("webhook"), "{nouns:?}");
    for lang in LANGUAGES {
        let known: BTreeSet<String> = messages(lang).into_values().flat_map(Messages::into_keys).collect();
        let missing: Vec<_> = nouns.iter().filter(|noun| !known.contains(&format!("error-no-{noun}"))).collect();
        assert!(missing.is_empty(), "{lang}: {missing:?}");
    }
}
