//! A provider of OpenID Connect, where people sign in: Entra ID, AD FS, Keycloak.

use std::path::PathBuf;

use url::{Host, Url};

use super::read::Reader;
use super::roles::{self, GroupRoles};
use super::sees::{self, GroupSights};
use super::{Hidden, groups};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oidc {
    /// As the provider names itself, letter by letter.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Hidden,
    /// What people call it.
    pub label: String,
    /// With blanks between.
    pub scopes: String,
    pub groups_claim: String,
    pub roles: GroupRoles,
    /// None: administrators say which hosts each account sees.
    pub sees: Option<GroupSights>,
    /// How strongly people are asked to sign in there (`acr_values`), with blanks between; empty if that is the provider's own affair.
    pub acr_values: String,
    /// One of these has to be the `acr` of an ID token; empty if it does not matter.
    pub required_acr: Vec<String>,
    /// One of these has to be in its `amr`; empty if it does not matter.
    pub required_amr: Vec<String>,
    /// Certificates of authorities to trust beside the system's, PEM.
    pub ca_file: Option<PathBuf>,
}

/// None if no key of the section is set, or one is wrong, which `read` remembers.
pub(super) fn read(read: &mut Reader) -> Option<Oidc> {
    let beside = read.first_set("oidc")?;
    let issuer = read.needed(
        "oidc.issuer",
        beside,
        "Write the address by which the provider names itself, with https://, without a query: \
         https://login.microsoftonline.com/TENANT/v2.0, https://adfs.corp.example/adfs, https://keycloak.corp.example/realms/REALM",
        issuer,
    );
    let id = "Write the id under which the provider knows this server";
    let client_id = read.needed("oidc.client_id", beside, id, |t| is_plain(t, 256).then(|| t.to_owned()));
    let client_secret = groups::secret(read, "oidc.client_secret", beside);
    let label = read.value("oidc.label", "Write 1 to 40 characters", |t| {
        ((1..=40).contains(&t.chars().count()) && !t.chars().any(char::is_control)).then(|| t.to_owned())
    });
    let scopes = read.value("oidc.scopes", "Write scopes with blanks between, openid among them", scopes);
    let claim = "Write the name of the claim that holds groups, for example groups, roles or realm_access.roles";
    let groups_claim = read.value("oidc.groups_claim", claim, |t| is_plain(t, 200).then(|| t.to_owned()));
    let roles = roles::read(read, "oidc", beside, |name| !name.is_empty());
    let sees = sees::read(read, "oidc", |name| !name.is_empty());
    let mut listed = |key: &str| {
        let allowed = "Write what the provider calls it, without blanks in it, and a blank between two";
        read.value(key, allowed, strengths).unwrap_or_default()
    };
    let (acr_values, required_acr) = (listed("oidc.acr_values"), listed("oidc.required_acr"));
    let required_amr = listed("oidc.required_amr");
    let ca_file = groups::path(read, "oidc.ca_file");
    let issuer = issuer?;
    Some(Oidc {
        label: label.unwrap_or_else(|| host_of(&issuer)),
        issuer,
        client_id: client_id?,
        client_secret: client_secret?,
        scopes: scopes.unwrap_or_else(|| "openid profile".to_owned()),
        groups_claim: groups_claim.unwrap_or_else(|| "groups".to_owned()),
        roles,
        sees,
        // What is demanded is asked for.
        acr_values: if acr_values.is_empty() { required_acr.join(" ") } else { acr_values.join(" ") },
        required_acr,
        required_amr,
        ca_file,
    })
}

/// Kept as it was written: it is compared letter by letter.
fn issuer(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_bare =
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let is_safe = match (url.scheme(), url.host()?) {
        ("https", _) => true,
        // Nobody listens in on what does not leave this machine.
        ("http", Host::Ipv4(ip)) => ip.is_loopback(),
        ("http", Host::Ipv6(ip)) => ip.is_loopback(),
        ("http", Host::Domain(name)) => name == "localhost",
        _ => false,
    };
    (is_bare && is_safe).then(|| text.to_owned())
}

fn host_of(issuer: &str) -> String {
    Url::parse(issuer).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

fn is_plain(text: &str, most: usize) -> bool {
    text.len() <= most && text.chars().all(|c| c.is_ascii_graphic())
}

/// Names of ways and classes of signing in.
fn strengths(text: &str) -> Option<Vec<String>> {
    let names: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    (!names.is_empty() && names.iter().all(|name| is_plain(name, 256))).then_some(names)
}

fn scopes(text: &str) -> Option<String> {
    let scopes: Vec<&str> = text.split_whitespace().collect();
    let is_scope = |scope: &&str| scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    (scopes.contains(&"openid") && scopes.iter().all(is_scope)).then(|| scopes.join(" "))
}

#[cfg(test)]
mod tests {
    use super::super::{Config, RoleWord, Sources};
    use super::*;

    const LEAST: &str = "[oidc]\nissuer = 'https://id.example/realms/a'\nclient_id = 'hw'\nclient_secret = 'hunter2'\n\
                         administrators = 'IT admins; 7b1d'\n";

    fn parse(file: &str) -> Result<Config, String> {
        let file = Some(("hw.toml".to_owned(), file.to_owned()));
        let parsed = Config::parse(Sources { file, ..Sources::default() });
        parsed.map(|(config, _)| config).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_said_has_its_default_and_the_secret_is_not_shown() {
        let config = parse(LEAST).unwrap();
        let oidc = config.oidc.as_ref().unwrap();
        assert_eq!((oidc.label.as_str(), oidc.scopes.as_str()), ("id.example", "openid profile"));
        assert_eq!(oidc.groups_claim, "groups");
        assert_eq!(oidc.roles.administrators, ["IT admins", "7b1d"]);
        assert_eq!(oidc.roles.everybody, None);
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn a_secret_may_have_a_file_of_its_own_with_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let with_file =
            LEAST.replace("client_secret = 'hunter2'", &format!("client_secret_file = '{}'", path.display()));
        assert!(parse(&with_file).unwrap_err().contains("oidc.client_secret_file") && !path.exists());
        std::fs::write(&path, "hunter2\r\n").unwrap();
        assert_eq!(parse(&with_file).unwrap().oidc.unwrap().client_secret, Hidden("hunter2".to_owned()));
        std::fs::write(&path, "hunter2\nhunter3\n").unwrap();
        let said = parse(&with_file).unwrap_err();
        assert!(said.contains("one line") && !said.contains("hunter"), "{said}");
        assert!(parse(&format!("{with_file}client_secret = 'x'\n")).unwrap_err().contains("Set one of the two"));
    }

    #[test]
    fn what_is_missing_or_would_let_nobody_in_is_named() {
        for (line, named) in [
            ("issuer = 'https://id.example/realms/a'", "Set oidc.issuer too"),
            ("client_id = 'hw'", "Set oidc.client_id too"),
            ("client_secret = 'hunter2'", "Set oidc.client_secret or oidc.client_secret_file too"),
            ("administrators = 'IT admins; 7b1d'", "nobody would have a role"),
        ] {
            let said = parse(&LEAST.replace(line, "")).unwrap_err();
            assert!(said.contains(named), "{line}: {said}");
        }
        let everybody = LEAST.replace("administrators = 'IT admins; 7b1d'", "everybody = 'viewer'");
        assert_eq!(parse(&everybody).unwrap().oidc.unwrap().roles.everybody, Some(RoleWord::Viewer));
    }

    #[test]
    fn how_strongly_people_have_to_sign_in_is_asked_for_when_it_is_demanded() {
        let of = |lines: &str| {
            let oidc = parse(&format!("{LEAST}{lines}")).unwrap().oidc.unwrap();
            (oidc.acr_values, oidc.required_acr.join(" "), oidc.required_amr.join(" "))
        };
        let texts = |acr_values: &str, acr: &str, amr: &str| (acr_values.to_owned(), acr.to_owned(), amr.to_owned());
        assert_eq!(of(""), texts("", "", ""));
        assert_eq!(of("required_acr = 'urn:a  b'"), texts("urn:a b", "urn:a b", ""));
        assert_eq!(of("acr_values = 'c'\nrequired_acr = 'a'\nrequired_amr = 'mfa hwk'"), texts("c", "a", "mfa hwk"));
        for key in ["acr_values", "required_acr", "required_amr"] {
            for wrong in ["", " ", "é", &"x".repeat(257)] {
                let said = parse(&format!("{LEAST}{key} = '{wrong}'")).unwrap_err();
                assert!(said.contains(&format!("oidc.{key}: ")) && said.contains("a blank between two"), "{said}");
            }
        }
    }

    #[test]
    fn an_issuer_is_https_or_on_this_machine() {
        for fine in ["https://id.example/a", "https://id.example:8443", "http://127.0.0.1:9/a", "http://localhost:9/"] {
            assert_eq!(issuer(fine).as_deref(), Some(fine));
        }
        for bad in
            ["http://id.example/a", "https://u@id.example", "https://id.example/?x", "https://x/#y", "id.example"]
        {
            assert_eq!(issuer(bad), None, "{bad}");
        }
        assert_eq!(scopes("openid  profile groups").as_deref(), Some("openid profile groups"));
        assert_eq!(scopes("profile"), None);
    }
}
