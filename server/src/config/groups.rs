//! Keys that belong together.

use std::path::PathBuf;
use std::time::Duration;

use super::places;
use super::read::Reader;
use super::{DEFAULT_FILTER, GivenTls, Hidden, Kept, Limits, Log, LogFormat, Sessions, UserNames};

pub(super) fn given_tls(read: &mut Reader) -> Option<GivenTls> {
    let path = "Write the path of a PEM file";
    let certificate = read.value("tls.certificate", path, |t| Some(PathBuf::from(t)));
    let key = read.value("tls.key", path, |t| Some(PathBuf::from(t)));
    match (certificate, key) {
        (Some(certificate), Some(key)) => Some(GivenTls { certificate, key }),
        (None, None) => None,
        (certificate, _) => {
            let (given, missing) =
                if certificate.is_some() { ("tls.certificate", "tls.key") } else { ("tls.key", "tls.certificate") };
            read.refuse(given, "it is set alone", &format!("Set {missing} too, or neither"));
            None
        }
    }
}

pub(super) fn limits(read: &mut Reader) -> Limits {
    let default = Limits::default();
    let connections = read.number("limits.max_connections", 16..=1_000_000);
    Limits {
        max_connections: connections.and_then(|n| usize::try_from(n).ok()).unwrap_or(default.max_connections),
        header: read.number("limits.header_secs", 1..=300).map_or(default.header, Duration::from_secs),
        idle: read.number("limits.idle_secs", 1..=3_600).map_or(default.idle, Duration::from_secs),
        body: read.number("limits.body_secs", 1..=600).map_or(default.body, Duration::from_secs),
        api_per_minute: read
            .number("limits.api_per_minute", 1..=1_000_000)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(default.api_per_minute),
    }
}

pub(super) fn sessions(read: &mut Reader) -> Sessions {
    let default = Sessions::default();
    let mut number =
        |key, most, default| read.number(key, 1..=most).and_then(|n| u32::try_from(n).ok()).unwrap_or(default);
    let sessions = Sessions {
        idle_hours: number("sessions.idle_hours", 720, default.idle_hours),
        absolute_days: number("sessions.absolute_days", 90, default.absolute_days),
    };
    if sessions.idle_hours > sessions.absolute_days * 24 {
        let days = sessions.absolute_days;
        read.refuse(
            "sessions.idle_hours",
            &format!("it is longer than the {days} days after which a session ends in any case"),
            "Write fewer",
        );
    }
    sessions
}

pub(super) fn kept(read: &mut Reader) -> Kept {
    let default = Kept::default();
    let mut days =
        |key, least, default| read.number(key, least..=36_500).and_then(|n| u32::try_from(n).ok()).unwrap_or(default);
    let kept = Kept {
        snapshots_days: days("retention.snapshots_days", 1, default.snapshots_days),
        hours_days: days("retention.hours_days", 2, default.hours_days),
        days_days: days("retention.days_days", 8, default.days_days),
        events_days: days("retention.events_days", 1, default.events_days),
        deliveries_days: days("retention.deliveries_days", 5, default.deliveries_days),
    };
    for (key, longer, shorter) in [
        ("retention.hours_days", kept.hours_days, kept.snapshots_days),
        ("retention.days_days", kept.days_days, kept.hours_days),
    ] {
        if longer < shorter {
            read.refuse(
                key,
                &format!("{longer} is less than the {shorter} days of what it sums up"),
                "Write as many or more",
            );
        }
    }
    kept
}

pub(super) fn user_names(read: &mut Reader) -> UserNames {
    let words = |text: &str| match text {
        "shown" => Some(UserNames::Shown),
        "pseudonyms" => Some(UserNames::Pseudonyms),
        "off" => Some(UserNames::Off),
        _ => None,
    };
    read.value("privacy.user_names", "Write shown, pseudonyms or off", words).unwrap_or_default()
}

pub(super) fn log(read: &mut Reader) -> Log {
    let format = read.value("log.format", "Write text or json", |t| match t {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    });
    let filter = read.value(
        "log.filter",
        "Write error, warn, info, debug or trace, also by module: highwater=debug,sqlx=warn",
        |t| t.parse::<tracing_subscriber::EnvFilter>().ok().map(|_| t.to_owned()),
    );
    Log { format: format.unwrap_or(LogFormat::Text), filter: filter.unwrap_or_else(|| DEFAULT_FILTER.to_owned()) }
}

pub(super) fn path(read: &mut Reader, key: &str) -> Option<PathBuf> {
    read.value(key, "Write the path of a file", |t| Some(PathBuf::from(t)))
}

/// A secret that stands in one setting, or in a file that another one names. `beside`: what is set and needs it.
pub(super) fn secret(read: &mut Reader, key: &str, beside: &str) -> Option<Hidden> {
    let file_key = format!("{key}_file");
    match (read.is_set(key), read.is_set(&file_key)) {
        (true, false) => read.value(key, "Write the secret", |t| Some(Hidden(t.to_owned()))),
        (false, true) => {
            let path = path(read, &file_key)?;
            match places::read_secret(&path) {
                Ok(secret) => Some(Hidden(secret)),
                Err(what) => {
                    read.refuse(&file_key, &what, "Write the secret alone into the file, on one line");
                    None
                }
            }
        }
        (true, true) => {
            read.refuse(&file_key, &format!("{key} is set as well"), "Set one of the two");
            None
        }
        (false, false) => {
            read.refuse(beside, "it needs a secret", &format!("Set {key} or {file_key} too"));
            None
        }
    }
}

/// Keys as the file of keys has them: one to a line.
pub(super) fn secrets_key(read: &mut Reader) -> Option<Hidden> {
    /// `hwm_` and 256 bits in base64url.
    const LENGTH: usize = 47;
    let allowed = "Write hwm_ and 43 characters; behind a comma, those keys that secrets were sealed with before";
    read.value("secrets_key", allowed, |t| {
        let keys: Vec<&str> = t.split(',').map(str::trim).collect();
        let is_key = |key: &&str| key.len() == LENGTH && key.starts_with("hwm_");
        keys.iter().all(is_key).then(|| Hidden(keys.join("\n")))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Sources};

    fn parse(file: &str) -> Result<Config, String> {
        let file = Some(("hw.toml".to_owned(), file.to_owned()));
        let parsed = Config::parse(Sources { file, ..Sources::default() });
        parsed.map(|(config, _)| config).map_err(|error| error.to_string())
    }

    #[test]
    fn browsers_stay_signed_in_within_bounds() {
        let config = parse("[sessions]\nidle_hours = 720\nabsolute_days = 90").unwrap();
        assert_eq!((config.sessions.idle_hours, config.sessions.absolute_days), (720, 90));
        for wrong in ["idle_hours = 0", "idle_hours = 721", "absolute_days = 0", "absolute_days = 91"] {
            assert!(parse(&format!("[sessions]\n{wrong}")).unwrap_err().contains("Write a whole number from 1 to"));
        }
        let longer = parse("[sessions]\nidle_hours = 49\nabsolute_days = 2").unwrap_err();
        assert!(longer.contains("sessions.idle_hours: it is longer than the 2 days"), "{longer}");
    }

    #[test]
    fn keys_of_secrets_are_read_and_not_shown() {
        let key = |letter: &str| format!("hwm_{}", letter.repeat(43));
        let given = format!("secrets_key = '{}, {}'", key("a"), key("b"));
        let config = parse(&given).unwrap();
        assert_eq!(config.secrets_key.as_ref().unwrap().0, format!("{}\n{}", key("a"), key("b")));
        assert!(!format!("{config:?}").contains(&key("a")));
        let mistyped = parse("secrets_key = 'hwm_hunter2'").unwrap_err();
        assert!(mistyped.contains("43 characters") && !mistyped.contains("hunter2"), "{mistyped}");
        let elsewhere = parse("data_dir = '/d'\nsecrets_key_file = '/k'").unwrap();
        assert_eq!(elsewhere.secrets_key_file(), std::path::Path::new("/k"));
        assert_eq!(parse("data_dir = '/d'").unwrap().secrets_key_file(), std::path::Path::new("/d/secrets.key"));
    }
}
