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
            ConfigError(vec![Wrong {
                place: file_name.clone(),
                key: "(the file)".to_owned(),
                what: format!("it is not TOML: {}", error.to_string().trim_end()),
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
        match key.split_once('.') {
            None => self.table.get(key),
            Some((section, key)) => self.table.get(section)?.as_table()?.get(key),
        }
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

fn variable(key: &str) -> String {
    format!("HIGHWATER_{}", key.replace('.', "_").to_ascii_uppercase())
}

fn unknown_keys(table: &toml::Table, section: &str, unknown: &mut Vec<String>) {
    for (name, value) in table {
        let path = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        match value {
            toml::Value::Table(inner) if section.is_empty() && !KEYS.contains(&path.as_str()) => {
                let is_section = KEYS.iter().any(|key| key.starts_with(&format!("{path}.")));
                if is_section { unknown_keys(inner, &path, unknown) } else { unknown.push(path) }
            }
            _ if KEYS.contains(&path.as_str()) => {}
            _ => unknown.push(path),
        }
    }
}
