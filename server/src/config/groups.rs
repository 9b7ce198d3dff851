//! Keys that belong together.

use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;

use super::places;
use super::read::Reader;
use super::roles;
use super::{
    ClientCertificates, DEFAULT_FILTER, GivenTls, Hidden, Log, LogFormat, RoleWord, Sessions, Syslog, Transport,
    UserNames,
};

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

pub(super) fn client_certificates(read: &mut Reader) -> Option<ClientCertificates> {
    let ca_file = path(read, "agents.client_ca_file");
    let is_required = read.value("agents.client_certificates", "Write optional or required", |t| match t {
        "optional" => Some(false),
        "required" => Some(true),
        _ => None,
    });
    let crl_files = read.list("agents.client_crl_files", "Write paths of PEM or DER files", |t| {
        (!t.is_empty()).then(|| PathBuf::from(t))
    });
    if let Some(ca_file) = ca_file {
        return Some(ClientCertificates { ca_file, is_required: is_required.unwrap_or(false), crl_files });
    }
    let alone =
        [("agents.client_certificates", is_required.is_some()), ("agents.client_crl_files", !crl_files.is_empty())];
    for (key, _) in alone.into_iter().filter(|(_, is_set)| *is_set) {
        read.refuse(key, "it is set alone", "Set agents.client_ca_file too, or neither");
    }
    None
}

/// Ranges of addresses, or single ones.
pub(super) fn trusted_proxies(read: &mut Reader) -> Vec<IpNet> {
    let allowed = "Write addresses of reverse proxies, or ranges of them: [\"10.0.0.5/32\", \"2001:db8::/64\"]";
    read.list("trusted_proxies", allowed, |t| {
        let range = t.parse::<IpNet>().or_else(|_| t.parse::<IpAddr>().map(IpNet::from));
        range.ok().map(|range| range.trunc())
    })
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

pub(super) fn user_names(read: &mut Reader) -> UserNames {
    let words = |text: &str| match text {
        "shown" => Some(UserNames::Shown),
        "pseudonyms" => Some(UserNames::Pseudonyms),
        "off" => Some(UserNames::Off),
        _ => None,
    };
    read.value("privacy.user_names", "Write shown, pseudonyms or off", words).unwrap_or_default()
}

/// Some role sees them: what is hidden from everybody is not kept.
pub(super) fn names_from_role(read: &mut Reader) -> RoleWord {
    a_role(read, "privacy.names_from_role").unwrap_or(RoleWord::Viewer)
}

pub(super) fn a_role(read: &mut Reader, key: &str) -> Option<RoleWord> {
    read.value(key, "Write viewer, operator or administrator", |text| roles::role(text).flatten())
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

pub(super) fn syslog(read: &mut Reader) -> Option<Syslog> {
    let place = read.value(
        "audit.syslog.address",
        "Write a name or an address and a port, for example syslog.corp.example:6514 or [2001:db8::1]:6514",
        host_and_port,
    );
    let transport = read.value("audit.syslog.transport", "Write tls, tcp or udp", |t| match t {
        "tls" => Some(Transport::Tls),
        "tcp" => Some(Transport::Tcp),
        "udp" => Some(Transport::Udp),
        _ => None,
    });
    let ca_file = path(read, "audit.syslog.ca_file");
    let words: Vec<&str> = FACILITIES.iter().map(|(word, _)| *word).collect();
    let facility = read.value("audit.syslog.facility", &format!("Write one of {}", words.join(", ")), |t| {
        FACILITIES.iter().find(|(word, _)| *word == t).map(|(_, facility)| *facility)
    });
    let app_name =
        read.value("audit.syslog.app_name", "Write 1 to 48 printable characters of ASCII without blanks", |t| {
            (t.len() <= 48 && t.bytes().all(|b| b.is_ascii_graphic())).then(|| t.to_owned())
        });
    let (host, port) = place?;
    Some(Syslog {
        host,
        port,
        transport: transport.unwrap_or(Transport::Tls),
        ca_file,
        facility: facility.unwrap_or(LOG_AUDIT),
        app_name: app_name.unwrap_or_else(|| "highwater".to_owned()),
    })
}

/// As RFC 5424 counts them: those that a program may use.
const FACILITIES: [(&str, u8); 13] = [
    ("user", 1),
    ("daemon", 3),
    ("auth", 4),
    ("authpriv", 10),
    ("audit", LOG_AUDIT),
    ("local0", 16),
    ("local1", 17),
    ("local2", 18),
    ("local3", 19),
    ("local4", 20),
    ("local5", 21),
    ("local6", 22),
    ("local7", 23),
];
const LOG_AUDIT: u8 = 13;

fn host_and_port(text: &str) -> Option<(String, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port > 0)?;
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.strip_suffix(']').filter(|v6| v6.parse::<std::net::Ipv6Addr>().is_ok())?,
        None => host,
    };
    let is_host = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._:".contains(c));
    // Without brackets nobody knows where an address of IPv6 ends.
    (is_host && (text.starts_with('[') || !host.contains(':'))).then(|| (host.to_owned(), port))
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

/// The files that settings name for such secrets.
pub(super) fn secret_files(read: &mut Reader) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for key in ["oidc.client_secret_file", "ldap.bind_password_file"] {
        files.extend(path(read, key));
    }
    files
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
    use super::*;

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
    fn a_receiver_of_syslog_has_a_name_and_a_port_and_the_rest_by_itself() {
        let of = |lines: &str| parse(&format!("[audit.syslog]\n{lines}"));
        let usual = of("address = 'syslog.example:6514'").unwrap().syslog.unwrap();
        assert_eq!((usual.host.as_str(), usual.port, usual.transport), ("syslog.example", 6_514, Transport::Tls));
        assert_eq!((usual.facility, usual.app_name.as_str(), usual.ca_file), (13, "highwater", None));
        let other = of("address = '[::1]:514'\ntransport = 'udp'\nfacility = 'local6'\napp_name = 'hw'").unwrap();
        let other = other.syslog.unwrap();
        assert_eq!((other.host.as_str(), other.port, other.transport), ("::1", 514, Transport::Udp));
        assert_eq!((other.facility, other.app_name.as_str()), (22, "hw"));
        assert_eq!(of("transport = 'tcp'").unwrap().syslog, None, "nothing is forwarded to nowhere");
        for (wrong, says) in [
            ("address = 'syslog.example'", "a port"),
            ("address = '::1:514'", "a port"),
            ("address = 'a b:514'", "a port"),
            ("address = 'a:0'", "a port"),
            ("transport = 'http'", "tls, tcp or udp"),
            ("facility = 'kern'", "one of user, daemon"),
            ("app_name = 'high water'", "48 printable"),
            ("colour = 'teal'", "audit.syslog.colour: there is no such key"),
        ] {
            let said = of(wrong).unwrap_err();
            assert!(said.contains(says), "{said}");
        }
        assert!(parse("[audit]\ndays = 3").unwrap_err().contains("audit.days: there is no such key"));
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
