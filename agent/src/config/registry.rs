//! The settings that Group Policy and the installer leave in the registry of a Windows host.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Partial;

/// What Group Policy sets; wins over [`INSTALLED`].
pub const POLICIES: &str = r"SOFTWARE\Policies\Highwater\Agent";
/// What the installer's properties set.
pub const INSTALLED: &str = r"SOFTWARE\Highwater\Agent";

/// A value's name there, and the key that it has in the file.
const NAMES: &[(&str, &str)] = &[
    ("ServerUrl", "server"),
    ("CaFile", "ca"),
    ("Pin", "pin"),
    ("ClientCert", "client_cert"),
    ("ClientKey", "client_key"),
    ("Proxy", "proxy"),
    ("EnrollToken", "token"),
    ("Source", "source"),
    ("DataDir", "data_dir"),
    ("SamplingSecs", "sampling_secs"),
    ("NearSamplingSecs", "near_sampling_secs"),
    ("FullSamplingSecs", "full_sampling_secs"),
    ("SpoolMiB", "spool_mib"),
    ("SpoolKeepMiB", "spool_keep_mib"),
    ("SpoolKeepHours", "spool_keep_hours"),
    ("FirstDelaySecs", "first_delay_secs"),
    ("LongestWaitSecs", "longest_wait_secs"),
    ("WarnPercent", "warn_percent"),
    ("Name", "name"),
];

/// What a key's values say. An empty text says nothing; a value that makes no sense is passed over and told: the host goes on with
/// what the other places say.
#[must_use]
pub fn read(values: &BTreeMap<String, Value>) -> (Partial, Vec<String>) {
    let (mut said, mut wrong) = (Partial::default(), Vec::new());
    for (name, key) in NAMES {
        let found = values.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
        let Some(value) = found.map(|(_, value)| as_setting(key, value)).filter(|value| !value.is_null()) else {
            continue;
        };
        match serde_json::from_value::<Partial>(Value::Object(Map::from_iter([((*key).to_owned(), value)]))) {
            Ok(one) => said = said.or(one),
            Err(error) => wrong.push(format!("{name} is passed over: {error}")),
        }
    }
    (said, wrong)
}

/// A number may be written as text, as the installer does.
fn as_setting(key: &str, value: &Value) -> Value {
    let is_number = ["_secs", "_mib", "_hours", "_percent"].iter().any(|end| key.ends_with(end));
    match value.as_str().map(str::trim) {
        Some("") => Value::Null,
        Some(text) if is_number => text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from),
        Some(text) => Value::from(text),
        None => value.clone(),
    }
}

/// What the registry says at `path`, and what of it was passed over.
#[cfg(windows)]
pub(super) fn load(path: &str) -> (Partial, Vec<String>) {
    use highwater_win32::registry::{self, Value as Stored};
    let values = match registry::values(path) {
        Ok(values) => values.unwrap_or_default(),
        Err(error) => return (Partial::default(), vec![format!(r"HKLM\{path} cannot be read: {error}")]),
    };
    let plain = |stored| match stored {
        Stored::Text(text) => Some(Value::from(text)),
        Stored::Number(number) => Some(Value::from(number)),
        Stored::Texts(_) | Stored::Other(_) => None,
    };
    read(&values.into_iter().filter_map(|(name, stored)| Some((name, plain(stored)?))).collect())
}

#[cfg(windows)]
pub(super) fn forget_token() {
    if let Err(error) = highwater_win32::registry::remove(INSTALLED, "EnrollToken") {
        tracing::warn!(%error, path = INSTALLED, "the enrolment token, which is no longer needed, cannot be removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(all: &[(&str, Value)]) -> BTreeMap<String, Value> {
        all.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn every_name_is_a_setting() {
        let numbers: Vec<_> = NAMES
            .iter()
            .map(|(name, key)| match as_setting(key, &Value::from("7")) {
                Value::Number(_) => (*name, Value::from(7)),
                _ => (*name, Value::from("text")),
            })
            .collect();
        let (said, wrong) = read(&values(&numbers));
        assert_eq!(wrong, [""; 0]);
        let all = serde_json::to_value(&said).unwrap();
        let set = all.as_object().unwrap().values().filter(|value| !value.is_null()).count();
        assert_eq!(set, NAMES.len(), "{said:?}");
    }

    #[test]
    fn names_have_no_case_numbers_may_be_text_and_empty_says_nothing() {
        let (said, wrong) = read(&values(&[
            ("SERVERURL", Value::from(" https://h.example ")),
            ("SamplingSecs", Value::from("30")),
            ("SpoolMiB", Value::from(128)),
            ("Pin", Value::from("")),
            ("InstalledVersion", Value::from("0.1.0")),
        ]));
        let expected = Partial {
            server: Some("https://h.example".to_owned()),
            sampling_secs: Some(30),
            spool_mib: Some(128),
            ..Partial::default()
        };
        assert_eq!((said, wrong), (expected, Vec::new()));
    }

    #[test]
    fn what_makes_no_sense_is_told_and_harms_nothing_else() {
        let (said, wrong) = read(&values(&[
            ("ServerUrl", Value::from("https://h.example")),
            ("SamplingSecs", Value::from("often")),
            ("Name", Value::from(7)),
        ]));
        assert_eq!(said.server.as_deref(), Some("https://h.example"));
        assert_eq!((said.sampling_secs, said.name, wrong.len()), (None, None, 2));
        assert!(wrong[0].contains("SamplingSecs"), "{wrong:?}");
    }
}
