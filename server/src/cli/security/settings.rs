//! What the settings and this process's surroundings leave open.

use std::net::IpAddr;

use ipnet::IpNet;

use super::Finding;
use crate::config::{Config, RoleWord, Transport};
use crate::store::way::{self, Encryption, Way};
use crate::web::auth::KnownPasswords;

/// Descriptors beside those of connections, as the server counts them.
const OTHER_FILES: u64 = 256;

pub(super) fn look(config: &Config) -> Vec<Finding> {
    vec![
        plain_listener(config),
        public_url(config),
        proxies(config),
        metrics(config),
        database(config),
        open_files(config),
        root(config),
        provider_strength(config),
        roles_for_everybody(config),
        known_passwords(config),
        forwarding(config),
    ]
}

fn plain_listener(config: &Config) -> Finding {
    let check = "plain-listener";
    match config.plain_listen {
        None => Finding::pass(check, "every listener has TLS"),
        Some(address) => Finding::warn(
            check,
            format!("{address} is listened on without TLS, by which every program of this machine can speak"),
            "Keep it for a reverse proxy on this machine only, else take plain_listen out of the settings",
        ),
    }
}

fn public_url(config: &Config) -> Finding {
    let check = "public-url";
    match config.public_url.as_deref().filter(|url| url.starts_with("http://")) {
        None => Finding::pass(check, "agents and browsers are told an address with TLS"),
        Some(url) => Finding::fail(
            check,
            format!("people are told to come to {url}, where passwords can be read on the way"),
            "Write https:// in public_url, and let the reverse proxy speak TLS",
        ),
    }
}

/// Whoever is believed can say that he is anybody.
fn proxies(config: &Config) -> Finding {
    let check = "trusted-proxies";
    let wider_than = |v4: u8, v6: u8| {
        let is_wide = |net: &&IpNet| net.prefix_len() < if net.addr().is_ipv4() { v4 } else { v6 };
        let wide: Vec<String> = config.trusted_proxies.iter().filter(is_wide).map(ToString::to_string).collect();
        (!wide.is_empty()).then(|| wide.join(", "))
    };
    let remedy = "Name the proxies themselves in trusted_proxies";
    if let Some(wide) = wider_than(8, 32) {
        let said =
            format!("{wide}: all of these may say that they speak for anybody, past limits on tries and addresses");
        return Finding::fail(check, said, remedy);
    }
    if let Some(wide) = wider_than(24, 64) {
        return Finding::warn(check, format!("{wide}: these are more than some proxies"), remedy);
    }
    Finding::pass(check, "nobody is believed but this machine and single proxies")
}

fn metrics(config: &Config) -> Finding {
    let check = "metrics";
    if config.metrics_token.is_some() {
        return Finding::pass(check, "only who has the token reads them");
    }
    let behind = if config.plain_listen.is_some() {
        ", and so does everybody behind a reverse proxy that adds no header"
    } else {
        ""
    };
    Finding::warn(
        check,
        format!("every program of this machine reads /metrics, which name hosts and groups{behind}"),
        "Set metrics.bearer_token",
    )
}

/// Whether a password alone may be enough at the provider.
fn provider_strength(config: &Config) -> Finding {
    let check = "provider-strength";
    match &config.oidc {
        None => Finding::pass(check, "nobody signs in at a provider"),
        Some(oidc) if oidc.required_acr.is_empty() && oidc.required_amr.is_empty() => Finding::warn(
            check,
            "people may sign in at the provider as weakly as it lets them, with a password alone perhaps",
            "Set oidc.required_acr or oidc.required_amr to what its tokens say of a second factor",
        ),
        Some(_) => Finding::pass(check, "who signs in at the provider has to do it as strongly as the settings demand"),
    }
}

/// Whether who is in no group that the settings name may do more than read.
fn roles_for_everybody(config: &Config) -> Finding {
    let check = "roles-for-everybody";
    let sections = [
        ("oidc", config.oidc.as_ref().and_then(|oidc| oidc.roles.everybody)),
        ("ldap", config.ldap.as_ref().and_then(|ldap| ldap.roles.everybody)),
    ];
    let with = |role: RoleWord| sections.iter().find(|(_, everybody)| *everybody == Some(role));
    let remedy = |section: &str, word: &str| {
        format!("Name groups in {section}.{word}, and set {section}.everybody to viewer or none")
    };
    if let Some((section, _)) = with(RoleWord::Administrator) {
        let said = format!("whoever can sign in by [{section}] is an administrator ({section}.everybody)");
        return Finding::fail(check, said, remedy(section, "administrators"));
    }
    if let Some((section, _)) = with(RoleWord::Operator) {
        let said = format!("whoever can sign in by [{section}] is an operator ({section}.everybody)");
        return Finding::warn(check, said, remedy(section, "operators"));
    }
    Finding::pass(check, "who is in no group of the settings reads at most")
}

/// Whether a password that became known elsewhere may be chosen here.
fn known_passwords(config: &Config) -> Finding {
    let check = "known-passwords";
    let Some(path) = &config.known_passwords_file else {
        return Finding::warn(
            check,
            "nobody looks whether a new password became known elsewhere",
            format!("If passwords are kept here, name a list of those that did in {}", KnownPasswords::KEY),
        );
    };
    let (asked, path) = (KnownPasswords::at(path.clone()).check(), path.display());
    match asked {
        Ok(()) => Finding::pass(check, format!("no new password is one of those in {path}")),
        Err(error) => Finding::fail(
            check,
            format!("{path}: {error}: no new password is taken, and a server that is started does not start"),
            "Put a list of known passwords there, as `highwater config example` describes it",
        ),
    }
}

/// Whether the audit log is also where who has the database cannot change it, and how it gets there.
fn forwarding(config: &Config) -> Finding {
    let check = "audit-forwarding";
    let Some(syslog) = &config.syslog else {
        return Finding::warn(
            check,
            "the audit log is kept in the database alone: who can write that can make it anew",
            "If that matters here, forward it to another system ([audit.syslog])",
        );
    };
    let host = &syslog.host;
    let how = match syslog.transport {
        Transport::Udp => "by UDP, which anybody on the way reads, and by which entries may get lost unnoticed",
        Transport::Tcp if !is_this_machine(host) => "by TCP without TLS, which anybody on the way reads and can change",
        Transport::Tcp | Transport::Tls => {
            return Finding::pass(check, format!("it goes to {host:?}, and nobody reads it on the way"));
        }
    };
    let remedy = "Set audit.syslog.transport to tls, and the receiver's authority in audit.syslog.ca_file";
    Finding::warn(check, format!("the audit log goes to {host:?} {how}"), remedy)
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn database(config: &Config) -> Finding {
    let check = "database-connection";
    let verify = "Add ?sslmode=verify-full&sslrootcert=FILE to the address of the database";
    match way::of(&config.database_address()) {
        None => Finding::fail(check, "the address of the database is not understood", "Correct the setting database"),
        Some(Way::File(_)) => Finding::pass(check, "it is a file"),
        Some(Way::Here) => Finding::pass(check, "it does not leave this machine"),
        Some(Way::Elsewhere { encryption: Encryption::Checked, .. }) => {
            Finding::pass(check, "it is encrypted, and the server's certificate is checked")
        }
        Some(Way::Elsewhere { host, encryption: Encryption::Unchecked }) => Finding::warn(
            check,
            format!("it is encrypted, but others can answer in the place of {host:?} and are believed"),
            verify,
        ),
        Some(Way::Elsewhere { host, encryption: Encryption::Optional }) => Finding::fail(
            check,
            format!("it leads to {host:?}, and may go there without encryption, with the password"),
            verify,
        ),
    }
}

#[cfg(unix)]
fn open_files(config: &Config) -> Finding {
    use rustix::process::{Resource, getrlimit};
    let check = "open-files";
    let wanted = u64::try_from(config.limits.max_connections).unwrap_or(u64::MAX).saturating_add(OTHER_FILES);
    match getrlimit(Resource::Nofile).maximum {
        Some(most) if most < wanted => Finding::warn(
            check,
            format!(
                "this account may have {most} open files, and limits.max_connections needs {wanted}: few can lock all others out"
            ),
            format!("Set LimitNOFILE={wanted} in the unit of the service, or fewer connections"),
        ),
        _ => Finding::pass(check, "there are enough for limits.max_connections"),
    }
}

#[cfg(not(unix))]
fn open_files(config: &Config) -> Finding {
    let _ = (config.limits.max_connections, OTHER_FILES);
    Finding::pass("open-files", "this system does not bound them")
}

/// What runs as root has root's data folder: the command itself may well be run as root.
#[cfg(unix)]
fn root(config: &Config) -> Finding {
    use std::os::unix::fs::MetadataExt as _;
    let check = "root";
    let Ok(found) = std::fs::metadata(&config.data_dir) else {
        return Finding::pass(check, "the server has not been started here yet");
    };
    if found.uid() == 0 {
        return Finding::warn(
            check,
            format!("the server runs as root: {} belongs to it", config.data_dir.display()),
            "Make an account for it, give that the data folder (chown -R), and run the service as that (User= in its unit)",
        );
    }
    Finding::pass(check, "the server has an account of its own")
}

#[cfg(not(unix))]
fn root(_config: &Config) -> Finding {
    Finding::pass("root", "accounts are not looked at on this system")
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;
    use crate::config::{Hidden, Syslog};

    fn with(address: &str) -> Verdict {
        let config = Config { database: Some(Hidden(address.to_owned())), ..Config::default() };
        let found = database(&config);
        assert!(!found.to_string().contains("hunter2"), "{found}");
        found.verdict
    }

    #[test]
    fn a_database_on_another_machine_wants_encryption_and_a_certificate() {
        for (address, verdict) in [
            ("sqlite:/d/highwater.db", Verdict::Pass),
            ("postgres://u:hunter2@localhost/d", Verdict::Pass),
            ("postgres://u:hunter2@[::1]/d", Verdict::Pass),
            ("postgres://u:hunter2@db.example/d", Verdict::Fail),
            ("postgres://u:hunter2@db.example/d?sslmode=prefer", Verdict::Fail),
            ("postgres://u:hunter2@10.0.0.7/d?sslmode=require", Verdict::Warn),
            ("postgres://u:hunter2@db.example/d?sslmode=require&sslrootcert=/ca.pem", Verdict::Warn),
            ("postgres://u:hunter2@db.example/d?sslmode=verify-ca", Verdict::Warn),
            ("postgres://u:hunter2@db.example/d?sslmode=verify-full", Verdict::Pass),
        ] {
            assert_eq!(with(address), verdict, "{address}");
        }
    }

    #[test]
    fn the_audit_log_travels_by_tls_or_stays_on_this_machine() {
        let with = |host: &str, transport| {
            let syslog = Syslog {
                host: host.to_owned(),
                port: 514,
                transport,
                ca_file: None,
                facility: 13,
                app_name: "highwater".to_owned(),
            };
            forwarding(&Config { syslog: Some(syslog), ..Config::default() }).verdict
        };
        assert_eq!(with("siem.example", Transport::Tls), Verdict::Pass);
        assert_eq!(with("127.0.0.1", Transport::Tcp), Verdict::Pass);
        assert_eq!(with("siem.example", Transport::Tcp), Verdict::Warn);
        assert_eq!(with("localhost", Transport::Udp), Verdict::Warn);
        assert_eq!(forwarding(&Config::default()).verdict, Verdict::Warn, "a hint: it may be meant so");
    }

    #[test]
    fn a_list_of_known_passwords_is_wished_for_and_has_to_be_one() {
        let with =
            |known_passwords_file| known_passwords(&Config { known_passwords_file, ..Config::default() }).verdict;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("known.txt");
        assert_eq!(with(None), Verdict::Warn, "a hint: perhaps all passwords are kept elsewhere");
        assert_eq!(with(Some(path.clone())), Verdict::Fail);
        std::fs::write(&path, "5A".repeat(20)).unwrap();
        assert_eq!(with(Some(path.clone())), Verdict::Pass);
        std::fs::write(&path, "password1234").unwrap();
        assert_eq!(with(Some(path)), Verdict::Fail);
    }

    #[test]
    fn a_whole_network_is_no_proxy() {
        let with = |nets: &[&str]| {
            let trusted_proxies = nets.iter().map(|net| net.parse().unwrap()).collect();
            proxies(&Config { trusted_proxies, ..Config::default() }).verdict
        };
        assert_eq!(with(&[]), Verdict::Pass);
        assert_eq!(with(&["10.0.0.5/32", "2001:db8::/64"]), Verdict::Pass);
        assert_eq!(with(&["10.0.0.5/32", "10.0.0.0/16"]), Verdict::Warn);
        assert_eq!(with(&["0.0.0.0/0"]), Verdict::Fail);
        assert_eq!(with(&["10.0.0.5/32", "::/0"]), Verdict::Fail);
    }

    #[test]
    fn an_address_without_tls_is_no_address_for_passwords() {
        let with = |url: &str| public_url(&Config { public_url: Some(url.to_owned()), ..Config::default() }).verdict;
        assert_eq!(with("http://hw.example"), Verdict::Fail);
        assert_eq!(with("https://hw.example"), Verdict::Pass);
    }
}
