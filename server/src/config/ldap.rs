//! A directory that knows names and passwords: Active Directory, OpenLDAP.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use super::read::Reader;
use super::roles::{self, GroupRoles};
use super::sees::{self, GroupSights};
use super::{Hidden, groups};

/// What the name that somebody typed is put in place of.
const NAME: &str = "{name}";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ldap {
    /// A name, or an address of IPv4.
    pub host: String,
    pub port: u16,
    pub safety: LdapSafety,
    /// Certificates of authorities to trust beside the system's, PEM.
    pub ca_file: Option<PathBuf>,
    pub kind: LdapKind,
    pub name: LdapName,
    pub base_dn: String,
    /// With `{name}` in it.
    pub user_filter: String,
    pub group_base_dn: String,
    pub roles: GroupRoles,
    /// None: administrators say which hosts each account sees.
    pub sees: Option<GroupSights>,
}

/// Why nobody on the way reads the passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LdapSafety {
    Tls,
    StartTls,
    /// They do not leave this machine.
    Loopback,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LdapKind {
    ActiveDirectory,
    OpenLdap,
}

/// How the name that somebody typed becomes one by which the directory checks a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LdapName {
    /// An account for it searches.
    Search { dn: String, password: Hidden },
    /// It is part of a DN: `uid={name},ou=people,dc=corp,dc=example`.
    Dn(String),
    /// It stands before an `@` and this.
    Suffix(String),
}

/// None if no key of the section is set, or one is wrong, which `read` remembers.
pub(super) fn read(read: &mut Reader) -> Option<Ldap> {
    let beside = read.first_set("ldap")?;
    let server = server(read, beside);
    let kind = read.value("ldap.kind", "Write active_directory or openldap", |t| match t {
        "active_directory" => Some(LdapKind::ActiveDirectory),
        "openldap" => Some(LdapKind::OpenLdap),
        _ => None,
    });
    let kind = kind.unwrap_or(LdapKind::ActiveDirectory);
    let name = name(read, beside);
    let dn = "Write a DN, for example dc=corp,dc=example";
    let base_dn = read.needed("ldap.base_dn", beside, dn, as_dn);
    let group_base_dn = read.value("ldap.group_base_dn", dn, as_dn);
    let filter = "Write a filter with {name} in it, for example (&(objectClass=person)(uid={name}))";
    let user_filter = read.value("ldap.user_filter", filter, |t| {
        (t.starts_with('(') && t.ends_with(')') && t.contains(NAME)).then(|| t.to_owned())
    });
    let roles = roles::read(read, "ldap", beside, |name| as_dn(name).is_some());
    let sees = sees::read(read, "ldap", |name| as_dn(name).is_some());
    let ca_file = groups::path(read, "ldap.ca_file");
    let ((host, port, safety), base_dn) = (server?, base_dn?);
    Some(Ldap {
        host,
        port,
        safety,
        ca_file,
        kind,
        name: name?,
        group_base_dn: group_base_dn.unwrap_or_else(|| base_dn.clone()),
        base_dn,
        user_filter: user_filter.unwrap_or_else(|| usual_filter(kind).to_owned()),
        roles,
        sees,
    })
}

fn usual_filter(kind: LdapKind) -> &'static str {
    match kind {
        // Computers are users there, too: whoever joined one to the domain knows its password, also when he has left.
        LdapKind::ActiveDirectory => "(&(objectClass=user)(!(objectClass=computer))(sAMAccountName={name}))",
        LdapKind::OpenLdap => "(uid={name})",
    }
}

/// Where it is, and what keeps passwords from being read on the way. Without anything that does, it is refused.
fn server(read: &mut Reader, beside: &str) -> Option<(String, u16, LdapSafety)> {
    let allowed =
        "Write ldaps:// (or ldap://), its name or address of IPv4, and perhaps the port: ldaps://dc1.corp.example";
    let (is_tls, host, port) = read.needed("ldap.url", beside, allowed, address)?;
    let (starts_tls, is_open) = (read.yes("ldap.starttls"), read.yes("ldap.plain_loopback"));
    let is_here = host == "localhost" || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback());
    let safety = match (is_tls, starts_tls) {
        (true, false) => LdapSafety::Tls,
        (false, true) => LdapSafety::StartTls,
        (true, true) => {
            read.refuse("ldap.starttls", "ldaps:// begins with TLS", "Leave it out, or write ldap:// in ldap.url");
            return None;
        }
        (false, false) if is_open && is_here => LdapSafety::Loopback,
        (false, false) => {
            let allowed = "Write ldaps://, or set ldap.starttls = true. Only on this machine itself, with ldap.plain_loopback = true, \
                           neither is needed";
            read.refuse("ldap.url", "passwords could be read on the way", allowed);
            return None;
        }
    };
    Some((host, port, safety))
}

/// Whether it is `ldaps`, the host, and the port.
fn address(text: &str) -> Option<(bool, String, u16)> {
    let (is_tls, rest) = match (text.strip_prefix("ldaps://"), text.strip_prefix("ldap://")) {
        (Some(rest), _) => (true, rest),
        (None, rest) => (false, rest?),
    };
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.split_once(':') {
        Some((host, port)) => (host, port.parse::<u16>().ok().filter(|port| *port != 0)?),
        None => (rest, if is_tls { 636 } else { 389 }),
    };
    let is_host = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    is_host.then(|| (is_tls, host.to_ascii_lowercase(), port))
}

fn name(read: &mut Reader, beside: &str) -> Option<LdapName> {
    const WAYS: [&str; 3] = ["ldap.bind_dn", "ldap.user_dn", "ldap.upn_suffix"];
    let set: Vec<&str> = WAYS.into_iter().filter(|key| read.is_set(key)).collect();
    match set.as_slice() {
        ["ldap.bind_dn"] => {
            let allowed = "Write the DN of the account that searches (Active Directory takes its UPN, too)";
            let dn = read.value("ldap.bind_dn", allowed, |t| Some(t.to_owned()));
            let password = groups::secret(read, "ldap.bind_password", "ldap.bind_dn");
            Some(LdapName::Search { dn: dn?, password: password? })
        }
        ["ldap.user_dn"] => {
            let allowed = "Write a DN with {name} in it, for example uid={name},ou=people,dc=corp,dc=example";
            let dn = |t: &str| as_dn(t).filter(|t| t.contains(NAME));
            read.value("ldap.user_dn", allowed, dn).map(LdapName::Dn)
        }
        ["ldap.upn_suffix"] => {
            let allowed = "Write what stands behind the @ in the names of users, for example corp.example";
            let suffix =
                |t: &str| t.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)).then(|| t.to_owned());
            read.value("ldap.upn_suffix", allowed, suffix).map(LdapName::Suffix)
        }
        [] => {
            let allowed = "Set ldap.bind_dn, ldap.user_dn or ldap.upn_suffix too";
            read.refuse(beside, "it is not said how a name becomes a user of the directory", allowed);
            None
        }
        [first, others @ ..] => {
            read.refuse(first, &format!("{} is set as well", others.join(" and ")), "Set one of them");
            None
        }
    }
}

fn as_dn(text: &str) -> Option<String> {
    (text.contains('=') && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Sources};
    use super::*;

    const LEAST: &str = "[ldap]\nurl = 'ldaps://DC1.corp.example'\nbind_dn = 'cn=reader,dc=corp'\nbind_password = 'hunter2'\n\
                         base_dn = 'dc=corp'\nadministrators = 'CN=a,DC=corp; CN=b,DC=corp'\n";

    fn parse(file: &str) -> Result<Config, String> {
        let file = Some(("hw.toml".to_owned(), file.to_owned()));
        let parsed = Config::parse(Sources { file, ..Sources::default() });
        parsed.map(|(config, _)| config).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_said_is_as_active_directory_has_it() {
        let config = parse(LEAST).unwrap();
        let ldap = config.ldap.as_ref().unwrap();
        assert_eq!((ldap.host.as_str(), ldap.port, ldap.safety), ("dc1.corp.example", 636, LdapSafety::Tls));
        assert_eq!(ldap.user_filter, "(&(objectClass=user)(!(objectClass=computer))(sAMAccountName={name}))");
        assert_eq!((ldap.kind, ldap.group_base_dn.as_str()), (LdapKind::ActiveDirectory, "dc=corp"));
        assert_eq!(ldap.roles.administrators, ["CN=a,DC=corp", "CN=b,DC=corp"]);
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn without_tls_it_is_refused_but_on_this_machine_and_when_that_is_asked_for() {
        let with = |url: &str, more: &str| parse(&format!("{}{more}", LEAST.replace("ldaps://DC1.corp.example", url)));
        let safety = |parsed: Result<Config, String>| parsed.map(|config| config.ldap.unwrap().safety);
        assert_eq!(safety(with("ldap://dc1:3890", "starttls = true\n")), Ok(LdapSafety::StartTls));
        assert_eq!(safety(with("ldap://127.0.0.1", "plain_loopback = true\n")), Ok(LdapSafety::Loopback));
        assert!(with("ldap://127.0.0.1", "").unwrap_err().contains("read on the way"));
        assert!(with("ldap://dc1", "plain_loopback = true\n").unwrap_err().contains("read on the way"));
        assert!(with("ldaps://dc1", "starttls = true\n").unwrap_err().contains("begins with TLS"));
        for bad in ["ldap://[::1]", "ldaps://", "ldaps://a:0", "ldaps://a/dc=b", "https://a", "ldaps://u@a"] {
            assert!(with(bad, "").is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_becomes_a_user_in_one_way() {
        let with = |line: &str| parse(&LEAST.replace("bind_dn = 'cn=reader,dc=corp'\nbind_password = 'hunter2'", line));
        let name = |line: &str| with(line).map(|config| config.ldap.unwrap().name);
        assert_eq!(name("upn_suffix = 'corp.example'"), Ok(LdapName::Suffix("corp.example".to_owned())));
        assert_eq!(name("user_dn = 'uid={name},dc=corp'"), Ok(LdapName::Dn("uid={name},dc=corp".to_owned())));
        assert!(name("user_dn = 'uid=x,dc=corp'").unwrap_err().contains("{name}"));
        assert!(name("").unwrap_err().contains("Set ldap.bind_dn, ldap.user_dn or ldap.upn_suffix too"));
        assert!(name("bind_dn = 'cn=r'").unwrap_err().contains("ldap.bind_password"));
        let two = name("user_dn = 'uid={name},dc=corp'\nupn_suffix = 'corp'").unwrap_err();
        assert!(two.contains("ldap.upn_suffix is set as well"), "{two}");
    }

    #[test]
    fn groups_are_named_by_their_dn_and_filters_hold_the_name() {
        assert!(parse(&LEAST.replace("CN=b,DC=corp", "admins")).unwrap_err().contains("ldap.administrators"));
        assert!(parse(&format!("{LEAST}user_filter = '(uid=ann)'\n")).unwrap_err().contains("ldap.user_filter"));
        assert!(parse(&format!("{LEAST}kind = 'novell'\n")).unwrap_err().contains("active_directory or openldap"));
        let open = parse(&format!("{LEAST}kind = 'openldap'\n")).unwrap().ldap.unwrap();
        assert_eq!(open.user_filter, "(uid={name})");
    }
}
