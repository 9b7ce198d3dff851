//! Keys that belong together.

use std::path::PathBuf;
use std::time::Duration;

use super::read::Reader;
use super::{DEFAULT_FILTER, GivenTls, Kept, Limits, Log, LogFormat};

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
    }
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
