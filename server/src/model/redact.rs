//! Other words in the place of names, in texts that hold them.

use std::ops::Range;

use aho_corasick::{AhoCorasick, BuildError, Input, MatchKind};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value};

/// A name that is shorter stands in too many texts by chance.
const SHORTEST: usize = 2;

/// Finds names, as whole words and without telling A to Z from a to z, and puts others in their place.
#[derive(Debug)]
pub struct Redactor {
    finder: AhoCorasick,
    /// What stands for each pattern of the finder.
    instead: Vec<String>,
}

impl Redactor {
    /// `pairs`: a name, and what is put in its place (which no form of text needs to escape).
    ///
    /// # Errors
    /// There are too many names.
    pub fn new(pairs: &[(String, String)]) -> Result<Self, BuildError> {
        let (mut patterns, mut instead) = (Vec::new(), Vec::new());
        for (name, other) in pairs.iter().filter(|(name, _)| name.len() >= SHORTEST) {
            let escaped = escaped(name);
            if escaped != *name {
                patterns.push(escaped);
                instead.push(other.clone());
            }
            patterns.push(name.clone());
            instead.push(other.clone());
        }
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(true)
            .build(&patterns)?;
        Ok(Self { finder, instead })
    }

    /// The text without the names; none if none is in it.
    #[must_use]
    pub fn text(&self, text: &str) -> Option<String> {
        self.within(text, std::iter::once(0..text.len()))
    }

    /// An event as XML: the names between its tags, but not in its `System` part, which says where it is from.
    #[must_use]
    pub fn event(&self, xml: &str) -> Option<String> {
        const END: &str = "</System>";
        let start = xml.find(END).map_or(0, |at| at + END.len());
        self.within(xml, between_tags(xml, start))
    }

    /// JSON: the names in its values, but not in its keys. What is not JSON is taken as text.
    #[must_use]
    pub fn json(&self, json: &str) -> Option<String> {
        let Ok(mut value) = serde_json::from_str::<Value>(json) else { return self.text(json) };
        self.value(&mut value).then(|| value.to_string())
    }

    /// As [`json`](Self::json), in one part of an object.
    #[must_use]
    pub fn json_part(&self, json: &str, part: &str) -> Option<String> {
        let Ok(mut value) = serde_json::from_str::<Value>(json) else { return self.text(json) };
        let is_changed = self.value(value.get_mut(part)?);
        is_changed.then(|| value.to_string())
    }

    /// As [`found`](Self::found), in one part of an object.
    #[must_use]
    pub fn found_in_part(&self, json: &str, part: &str) -> Vec<Found> {
        let Ok(value) = serde_json::from_str::<Value>(json) else { return self.found(json) };
        let mut found = Vec::new();
        self.find(&value[part], part, None, &mut found);
        found
    }

    /// Where the names stand in JSON: the value of each such place, how to get there, and the figures beside it. What is not JSON is one value.
    #[must_use]
    pub fn found(&self, json: &str) -> Vec<Found> {
        let mut found = Vec::new();
        match serde_json::from_str::<Value>(json) {
            Ok(value) => self.find(&value, "", None, &mut found),
            Err(_) if self.text(json).is_some() => {
                found.push(Found { path: String::new(), text: json.to_owned(), figures: String::new() });
            }
            Err(_) => {}
        }
        found
    }

    fn find(&self, value: &Value, path: &str, beside: Option<&Map<String, Value>>, found: &mut Vec<Found>) {
        match value {
            Value::String(text) if self.text(text).is_some() => {
                let figures = beside.map(figures).unwrap_or_default();
                found.push(Found { path: path.to_owned(), text: text.clone(), figures });
            }
            Value::Array(all) => {
                for (place, one) in all.iter().enumerate() {
                    self.find(one, &format!("{path}[{place}]"), None, found);
                }
            }
            Value::Object(all) => {
                for (name, one) in all {
                    let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                    self.find(one, &path, Some(all), found);
                }
            }
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The query of a page's address, `?a=b&c=d`: the names in its values.
    #[must_use]
    pub fn query(&self, query: &str) -> Option<String> {
        let mut is_changed = false;
        let pairs = query.trim_start_matches('?').split('&').map(|pair| {
            let Some((name, value)) = pair.split_once('=') else { return pair.to_owned() };
            match self.text(&percent_decode_str(value).decode_utf8_lossy()) {
                Some(other) => {
                    is_changed = true;
                    format!("{name}={}", utf8_percent_encode(&other, NON_ALPHANUMERIC))
                }
                None => pair.to_owned(),
            }
        });
        let pairs = pairs.collect::<Vec<_>>().join("&");
        is_changed.then(|| format!("?{pairs}"))
    }

    fn value(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.text(text) {
                Some(other) => {
                    *text = other;
                    true
                }
                None => false,
            },
            Value::Array(all) => all.iter_mut().fold(false, |changed, one| self.value(one) | changed),
            Value::Object(all) => all.values_mut().fold(false, |changed, one| self.value(one) | changed),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    fn within(&self, text: &str, ranges: impl Iterator<Item = Range<usize>>) -> Option<String> {
        let (mut out, mut kept) = (String::new(), 0);
        for range in ranges {
            let mut from = range.start;
            while let Some(found) = self.finder.find(Input::new(text).range(from..range.end)) {
                if is_whole_word(text, found.range()) {
                    out.push_str(&text[kept..found.start()]);
                    out.push_str(&self.instead[found.pattern().as_usize()]);
                    kept = found.end();
                    from = found.end();
                } else {
                    from = found.start() + text[found.start()..].chars().next().map_or(1, char::len_utf8);
                }
            }
        }
        (kept > 0).then(|| out + &text[kept..])
    }
}

/// A value with a name in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Such as `holders[3].users[0]`; empty if the whole is one value.
    pub path: String,
    pub text: String,
    /// What the same object says in numbers, as JSON; empty for nothing.
    pub figures: String,
}

fn figures(of: &Map<String, Value>) -> String {
    let numbers = of.iter().filter(|(_, value)| value.is_number());
    let numbers: Map<String, Value> = numbers.map(|(name, value)| (name.clone(), value.clone())).collect();
    if numbers.is_empty() { String::new() } else { Value::Object(numbers).to_string() }
}

/// As the name stands in XML.
fn escaped(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn between_tags(xml: &str, start: usize) -> impl Iterator<Item = Range<usize>> {
    let mut next = Some(start);
    std::iter::from_fn(move || {
        let at = next?;
        let rest = &xml[at..];
        let from = at + if at == start && !rest.starts_with('<') { 0 } else { rest.find('>')? + 1 };
        let to = xml[from..].find('<').map_or(xml.len(), |n| from + n);
        next = (to < xml.len()).then_some(to);
        Some(from..to)
    })
}

/// Letters, digits, `-` and `_` next to it make it another name; so does a dot that goes on.
fn is_whole_word(text: &str, range: Range<usize>) -> bool {
    let (mut before, mut after) = (text[..range.start].chars().rev(), text[range.end..].chars());
    !goes_on(before.next(), before.next()) && !goes_on(after.next(), after.next())
}

fn goes_on(next: Option<char>, then: Option<char>) -> bool {
    match next {
        Some('.') => then.is_some_and(char::is_alphanumeric),
        Some(c) => c.is_alphanumeric() || c == '-' || c == '_',
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_somebody_in_json_is_found_with_the_figures_beside_it_and_nothing_else() {
        let redactor = Redactor::new(&[("ann".to_owned(), String::new())]).unwrap();
        let json =
            r#"{"ann": 1, "holders": [{"name": "ANN", "sessions": 3, "users": ["bob", "ann"]}, {"name": "bob"}]}"#;
        let found: Vec<_> = redactor.found(json).into_iter().map(|one| (one.path, one.text, one.figures)).collect();
        let of = |path: &str, text: &str, figures: &str| (path.to_owned(), text.to_owned(), figures.to_owned());
        let expected = [of("holders[0].name", "ANN", r#"{"sessions":3}"#), of("holders[0].users[1]", "ann", "")];
        assert_eq!(found, expected);
        assert_eq!(redactor.found("to ann").len(), 1);
        assert!(redactor.found("to bob").is_empty());
    }

    fn redactor(names: &[&str]) -> Redactor {
        let pairs: Vec<_> =
            names.iter().enumerate().map(|(n, name)| ((*name).to_owned(), format!("gone {n}"))).collect();
        Redactor::new(&pairs).unwrap()
    }

    #[test]
    fn whole_words_go_in_any_case_and_others_stay() {
        let of = redactor(&["10.1.2.3", r"CORP\ann"]);
        let text =
            of.text(r"10.1.2.3 and 110.1.2.3, 10.1.2.34, 10.1.2.3.4; corp\ANN, CORP\anna, xCORP\ann. From 10.1.2.3.");
        let wanted = r"gone 0 and 110.1.2.3, 10.1.2.34, 10.1.2.3.4; gone 1, CORP\anna, xCORP\ann. From gone 0.";
        assert_eq!(text.as_deref(), Some(wanted));
        assert_eq!(of.text("nobody"), None);
    }

    #[test]
    fn a_name_within_a_longer_one_that_is_no_whole_word_is_looked_for_further() {
        let of = redactor(&["ann", "ann-b"]);
        assert_eq!(of.text("ann-b ann-bc ann"), Some("gone 1 ann-bc gone 0".to_owned()));
        assert_eq!(redactor(&["éa"]).text("ééa éa"), Some("ééa gone 0".to_owned()));
    }

    #[test]
    fn tags_attributes_and_where_an_event_is_from_stay() {
        let of = redactor(&["Data", "FS01", "a&b"]);
        let xml = r#"<Event><System><Computer>FS01</Computer></System><EventData><Data Name="Data">Data</Data><Data>\\fs01</Data><Data>a&amp;b</Data></EventData></Event>"#;
        let wanted = r#"<Event><System><Computer>FS01</Computer></System><EventData><Data Name="Data">gone 0</Data><Data>\\gone 1</Data><Data>gone 2</Data></EventData></Event>"#;
        assert_eq!(of.event(xml).as_deref(), Some(wanted));
        assert_eq!(of.event("FS01 without tags"), Some("gone 1 without tags".to_owned()));
        for broken in ["", "<", ">", "</System>", "</System><", "<a>FS01", "</System>é<"] {
            assert_eq!(of.event(broken).is_some(), broken.ends_with("FS01"), "{broken}");
        }
    }

    #[test]
    fn keys_of_json_stay() {
        let of = redactor(&["client"]);
        assert_eq!(
            of.json(r#"{"client":"CLIENT","n":[1,"x client"]}"#).unwrap(),
            r#"{"client":"gone 0","n":[1,"x gone 0"]}"#
        );
        assert_eq!(of.json(r#"{"client":"x"}"#), None);
        assert_eq!(of.json("no json of client"), Some("no json of gone 0".to_owned()));
    }

    #[test]
    fn of_an_object_only_one_part_may_be_meant() {
        let of = redactor(&["fs01"]);
        let json = r#"{"name":"FS01","settings":{"Comment":"of fs01"}}"#;
        let other = r#"{"name":"FS01","settings":{"Comment":"of gone 0"}}"#;
        assert_eq!(of.json_part(json, "settings").as_deref(), Some(other));
        let found = of.found_in_part(json, "settings");
        assert_eq!(found.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["settings.Comment"]);
        assert_eq!(of.json_part(other, "settings"), None);
        for none in ["{}", "[]", "1"] {
            assert_eq!((of.json_part(none, "settings"), of.found_in_part(none, "settings").len()), (None, 0), "{none}");
        }
        assert_eq!(of.json_part("no json of fs01", "settings").as_deref(), Some("no json of gone 0"));
        assert_eq!(of.found_in_part("no json of fs01", "settings").len(), 1);
    }

    #[test]
    fn names_in_the_values_of_a_query_go() {
        let of = redactor(&[r"CORP\ann", "q"]);
        assert_eq!(of.query("?q=corp%5CAnn&sort=name").as_deref(), Some("?q=gone%200&sort=name"));
        assert_eq!([of.query("?q=ann"), of.query("?"), of.query("?q")], [None, None, None]);
    }

    #[test]
    fn names_of_one_letter_and_none_at_all_change_nothing() {
        assert_eq!(redactor(&["a", ""]).text("a b a"), None);
        assert_eq!(redactor(&[]).text("a b a"), None);
    }
}
