//! Takes one key after the other out of the environment and the file, and remembers what was wrong.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::keys::SECRETS;
use super::{ConfigError, KEYS, Sources, Wrong};

/// Variables that belong to us but are no keys.
const OTHER_VARIABLES: [&str; 1] = ["HIGHWATER_CONFIG"];
/// Variables of the tests.
const TEST_PREFIX: &str = "HIGHWATER_TEST_";

#[derive(Debug)]
pub(super) struct Reader {
    file_name: String,
    table: toml::Table,
    environment: BTreeMap<String, String>,
    wrong: Vec<Wrong>,
}

impl Reader {
    pub(super) fn new(sources: Sources) -> Result<Self, ConfigError> {
        let (file_name, text) = sources.file.unwrap_or_default();
        let table = text.parse::<toml::Table>().map_err(|error| {
            // Not with the line itself: it may be that of a password.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            ConfigError(vec![Wrong {
                place: file_name.clone(),
                key: "(the file)".to_owned(),
                what: format!("line {line} is not TOML: {}", error.message()),
                allowed: "`highwater config example` prints one to start from".to_owned(),
            }])
        })?;
        Ok(Self { file_name, table, environment: sources.environment, wrong: Vec::new() })
    }

    /// The value of a key; none if it is not set, or wrong, which is remembered together with what is allowed.
    pub(super) fn value<T>(&mut self, key: &str, allowed: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(key)?;
        let value = if text.is_empty() { None } else { parse(&text) };
        if value.is_none() {
            let what = if SECRETS.contains(&key) {
                "this value is not allowed".to_owned()
            } else {
                format!("{text:?} is not allowed")
            };
            self.refuse(key, &what, allowed);
        }
        value
    }

    /// As [`value`](Self::value), of a key without which `beside` means nothing.
    pub(super) fn needed<T>(
        &mut self,
        key: &str,
        beside: &str,
        allowed: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        if !self.is_set(key) {
            self.refuse(beside, "it means nothing alone", &format!("Set {key} too"));
            return None;
        }
        self.value(key, allowed, parse)
    }

    /// No, if it is not set.
    pub(super) fn yes(&mut self, key: &str) -> bool {
        self.value(key, "Write true or false", |text| text.parse().ok()).unwrap_or(false)
    }

    /// The first key of a section that is set.
    pub(super) fn first_set(&self, section: &str) -> Option<&'static str> {
        KEYS.into_iter().find(|key| key.split('.').next() == Some(section) && self.is_set(key))
    }

    pub(super) fn number(&mut self, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let allowed = format!("Write a whole number from {} to {}", range.start(), range.end());
        self.value(key, &allowed, |text| text.parse().ok().filter(|n| range.contains(n)))
    }

    /// The values of a key that holds a list: an array in the file, or a text with commas. Empty if it is not set; what is wrong is
    /// remembered, one by one.
    pub(super) fn list<T>(&mut self, key: &str, allowed: &str, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let split = |text: &str| text.split(',').map(|part| part.trim().to_owned()).collect::<Vec<_>>();
        let texts = match (self.set_variable(key), self.in_file(key)) {
            (Some(text), _) | (None, Some(toml::Value::String(text))) => Ok(split(text)),
            (None, Some(toml::Value::Array(items))) => {
                let text = |item: &toml::Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
                Ok(items.iter().map(text).collect())
            }
            (None, Some(other)) => Err(other.type_str()),
            (None, None) => Ok(Vec::new()),
        };
        let texts = match texts {
            Ok(texts) => texts,
            Err(kind) => {
                self.refuse(key, &format!("a value of the type {kind} is not allowed"), allowed);
                return Vec::new();
            }
        };
        let mut values = Vec::new();
        for text in texts {
            match parse(&text) {
                Some(value) => values.push(value),
                None => self.refuse(key, &format!("{text:?} is not allowed"), allowed),
            }
        }
        values
    }

    /// Every key that is set, with what it says; of secrets only that they are set.
    pub(super) fn said(&self) -> BTreeMap<&'static str, String> {
        let written = |key| {
            if let Some(text) = self.set_variable(key) {
                return Some(text.clone());
            }
            Some(match self.in_file(key)? {
                toml::Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        };
        let said = |key: &'static str| {
            let text = written(key)?;
            Some((key, if SECRETS.contains(&key) { "set".to_owned() } else { text }))
        };
        KEYS.into_iter().filter_map(said).collect()
    }

    /// The entries of a key that holds a table of texts, with their names: one in the file, or one within braces in the variable, as TOML
    /// writes it there. Empty if it is not set; what is wrong is remembered, one by one.
    pub(super) fn table<T>(
        &mut self,
        key: &str,
        allowed: &str,
        parse: impl Fn(&str, &str) -> Option<T>,
    ) -> Vec<(String, T)> {
        let table = match (self.set_variable(key), self.in_file(key)) {
            (Some(text), _) => within_braces(text).ok_or_else(|| format!("{text:?} is not allowed")),
            (None, Some(toml::Value::Table(table))) => Ok(table.clone()),
            (None, Some(other)) => Err(format!("a value of the type {} is not allowed", other.type_str())),
            (None, None) => return Vec::new(),
        };
        let table = match table {
            Ok(table) => table,
            Err(what) => {
                self.refuse(key, &what, allowed);
                return Vec::new();
            }
        };
        let mut entries = Vec::new();
        for (name, value) in table {
            match value.as_str().and_then(|text| parse(&name, text)) {
                Some(read) => entries.push((name, read)),
                None => self.refuse(key, &format!("{name:?} = {value} is not allowed"), allowed),
            }
        }
        entries
    }

    pub(super) fn refuse(&mut self, key: &str, what: &str, allowed: &str) {
        let place = if self.set_variable(key).is_some() { variable(key) } else { self.file_name.clone() };
        self.wrong.push(Wrong { place, key: key.to_owned(), what: what.to_owned(), allowed: allowed.to_owned() });
    }

    /// Refuses keys of the file that do not exist; answers variables that mean nothing.
    pub(super) fn finish(mut self) -> Result<Vec<String>, ConfigError> {
        let mut unknown = Vec::new();
        unknown_keys(&self.table, "", &mut unknown);
        for key in unknown {
            self.wrong.push(Wrong {
                place: self.file_name.clone(),
                key,
                what: "there is no such key".to_owned(),
                allowed: format!("The keys are {}", KEYS.join(", ")),
            });
        }
        if !self.wrong.is_empty() {
            return Err(ConfigError(self.wrong));
        }
        let known: Vec<String> = KEYS.iter().map(|key| variable(key)).collect();
        let means_nothing = |name: &&String| {
            name.starts_with("HIGHWATER_")
                && !name.starts_with(TEST_PREFIX)
                && !OTHER_VARIABLES.contains(&name.as_str())
                && !known.contains(name)
        };
        Ok(self.environment.keys().filter(means_nothing).cloned().collect())
    }

    /// An empty variable counts as unset: it is how one is switched off in a unit file or a container.
    fn set_variable(&self, key: &str) -> Option<&String> {
        self.environment.get(&variable(key)).filter(|text| !text.is_empty())
    }

    pub(super) fn is_set(&self, key: &str) -> bool {
        self.set_variable(key).is_some() || self.in_file(key).is_some()
    }

    fn in_file(&self, key: &str) -> Option<&toml::Value> {
        found(&self.table, key)
    }

    fn text(&mut self, key: &str) -> Option<String> {
        if let Some(text) = self.set_variable(key) {
            return Some(text.clone());
        }
        match self.in_file(key)? {
            toml::Value::String(text) => Some(text.clone()),
            toml::Value::Integer(number) => Some(number.to_string()),
            toml::Value::Boolean(yes) => Some(yes.to_string()),
            other => {
                let what = format!("a value of the type {} is not allowed", other.type_str());
                self.refuse(key, &what, "Write a text in quotes, a whole number, true or false");
                None
            }
        }
    }
}

/// A table as TOML writes it within a line: `{ "a" = "b" }`.
fn within_braces(text: &str) -> Option<toml::Table> {
    let mut around = format!("it = {text}").parse::<toml::Table>().ok()?;
    match (around.remove("it"), around.is_empty()) {
        (Some(toml::Value::Table(table)), true) => Some(table),
        _ => None,
    }
}

fn found<'a>(table: &'a toml::Table, key: &str) -> Option<&'a toml::Value> {
    match key.split_once('.') {
        None => table.get(key),
        Some((section, rest)) => found(table.get(section)?.as_table()?, rest),
    }
}

/// Which keys of a file have values that nobody else may see. An address of a database without a password is none.
#[must_use]
pub fn secrets_in(text: &str) -> Vec<&'static str> {
    let Ok(table) = text.parse::<toml::Table>() else { return Vec::new() };
    let is_secret = |key: &&str| {
        let value = found(&table, key).and_then(toml::Value::as_str).unwrap_or_default();
        if *key == "database" { has_password(value) } else { !value.is_empty() }
    };
    SECRETS.into_iter().filter(is_secret).collect()
}

fn has_password(address: &str) -> bool {
    let Ok(url) = url::Url::parse(address) else { return false };
    url.password().is_some() || url.query_pairs().any(|(key, _)| key == "password")
}

fn variable(key: &str) -> String {
    format!("HIGHWATER_{}", key.replace('.', "_").to_ascii_uppercase())
}

fn unknown_keys(table: &toml::Table, section: &str, unknown: &mut Vec<String>) {
    for (name, value) in table {
        let path = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        match value {
            toml::Value::Table(inner) if !KEYS.contains(&path.as_str()) => {
                let is_section = KEYS.iter().any(|key| key.starts_with(&format!("{path}.")));
                if is_section { unknown_keys(inner, &path, unknown) } else { unknown.push(path) }
            }
            _ if KEYS.contains(&path.as_str()) => {}
            _ => unknown.push(path),
        }
    }
}
