//! Reads the text format of Prometheus (version 0.0.4) and takes nothing that is not in due form.

use std::collections::{BTreeMap, BTreeSet};

pub(super) type Labels = BTreeMap<String, String>;

#[derive(Debug, Default)]
pub(super) struct Exposition {
    pub(super) families: BTreeMap<String, Family>,
}

#[derive(Debug, Default)]
pub(super) struct Family {
    pub(super) help: String,
    pub(super) kind: String,
    pub(super) samples: Vec<(Labels, f64)>,
}

impl Exposition {
    pub(super) fn value(&self, family: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let wanted: Labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.families.get(family)?.samples.iter().find(|(labels, _)| *labels == wanted).map(|(_, value)| *value)
    }
}

/// Every family in one piece: what it is, then its lines; no line twice.
pub(super) fn parse(text: &str) -> Result<Exposition, String> {
    let (mut all, mut current, mut seen) = (Exposition::default(), String::new(), BTreeSet::new());
    if !text.ends_with('\n') {
        return Err("the last line does not end".to_owned());
    }
    for line in text.split('\n').filter(|line| !line.is_empty()) {
        let wrong = |why: &str| Err(format!("{why}: {line:?}"));
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let Some((name, help)) = rest.split_once(' ') else { return wrong("no help") };
            if all.families.contains_key(name) {
                return wrong("a family in two pieces");
            }
            all.families.insert(name.to_owned(), Family { help: help.to_owned(), ..Family::default() });
            name.clone_into(&mut current);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let Some((name, kind)) = rest.split_once(' ') else { return wrong("no type") };
            if !["counter", "gauge", "histogram", "summary", "untyped"].contains(&kind) {
                return wrong("an unknown type");
            }
            if name != current && all.families.contains_key(name) {
                return wrong("a family in two pieces");
            }
            let family = all.families.entry(name.to_owned()).or_default();
            if !family.kind.is_empty() {
                return wrong("two types");
            }
            kind.clone_into(&mut family.kind);
            name.clone_into(&mut current);
        } else {
            let (name, labels, value) = sample(line).map_err(|why| format!("{why}: {line:?}"))?;
            let Some(family) = all.families.get_mut(&current).filter(|family| is_of(name, &current, &family.kind))
            else {
                return wrong("a line of another family");
            };
            if !seen.insert((name.to_owned(), labels.clone())) {
                return wrong("a line twice");
            }
            family.samples.push((labels, value));
        }
    }
    Ok(all)
}

fn is_of(name: &str, family: &str, kind: &str) -> bool {
    let is_part = |suffix: &&str| name.strip_suffix(suffix) == Some(family);
    match kind {
        "histogram" => ["_bucket", "_sum", "_count"].iter().any(&is_part),
        "summary" => name == family || ["_sum", "_count"].iter().any(is_part),
        _ => name == family,
    }
}

fn is_name(word: &str, may_colon: bool) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_' || (may_colon && c == ':');
    word.starts_with(is_letter) && word.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}

/// `name{label="value",…} 1.5`
fn sample(line: &str) -> Result<(&str, Labels, f64), String> {
    let end = line.find(['{', ' ']).ok_or("no value")?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = Labels::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            let (label, value) = rest.split_once("=\"").ok_or("a label without a value")?;
            let (value, behind) = quoted(value)?;
            if !is_name(label, false) || labels.insert(label.to_owned(), value).is_some() {
                return Err(format!("the label {label:?}"));
            }
            rest = match behind.strip_prefix(',') {
                Some(next) => next,
                None => {
                    rest = behind.strip_prefix('}').ok_or("labels do not end")?;
                    break;
                }
            };
        }
    }
    let value = rest.strip_prefix(' ').ok_or("no value")?;
    if !is_name(name, true) {
        return Err("no name of a metric".to_owned());
    }
    let value = value.parse().map_err(|_| format!("{value:?} is no number"))?;
    Ok((name, labels, value))
}

/// What stands before the closing quotation mark, and what behind it.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let (mut value, mut chars) = (String::new(), text.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match chars.next() {
                Some((_, c @ ('\\' | '"'))) => value.push(c),
                Some((_, 'n')) => value.push('\n'),
                other => return Err(format!("an escape that is none: {other:?}")),
            },
            c if c.is_control() => return Err(format!("{c:?} within a label")),
            c => value.push(c),
        }
    }
    Err("a label's value does not end".to_owned())
}

#[test]
fn what_is_not_in_due_form_is_not_taken() {
    let head = "# HELP a b c\n# TYPE a gauge\n";
    let good = parse(&format!("{head}a{{x=\"1\\\"\\\\}}\",y=\"é\"}} 1.5\na 2\n")).unwrap();
    assert_eq!(good.value("a", &[("x", "1\"\\}"), ("y", "é")]), Some(1.5));
    assert_eq!(good.value("a", &[]), Some(2.0));
    for bad in
        ["a 1", "b 1\n", "a{x=\"1} 1\n", "a{x=\"1\"}1\n", "a one\n", "a 1\na 1\n", "a{x=\"\\q\"} 1\n", "a{1=\"\"} 1\n"]
    {
        assert!(parse(&format!("{head}{bad}")).is_err(), "{bad:?}");
    }
}
