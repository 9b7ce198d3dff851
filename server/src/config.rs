//! The settings: the only reader of files that people write, and of the environment.
//!
//! A key has its value from the environment (`HIGHWATER_` and the key in capitals, dots as underscores), else from the file,
//! else its default. Keys of the file that are unknown are refused: a typing mistake must not leave a default in force.
//! Unknown variables are only reported, because container platforms add `HIGHWATER_PORT` and the like by themselves.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

mod groups;
mod kept;
mod keys;
mod ldap;
mod limits;
mod oidc;
mod places;
mod read;
mod roles;
mod sees;
mod wrong;

pub use kept::Kept;
pub use keys::KEYS;
pub use ldap::{Ldap, LdapKind, LdapName, LdapSafety};
pub use limits::{Allowance, Limits};
pub use oidc::Oidc;
use read::Reader;
pub use read::secrets_in;
pub use roles::{GroupRoles, RoleWord};
pub use sees::{GroupSights, SightWord};
pub use wrong::{ConfigError, Wrong};

/// What `highwater config example` prints.
pub const EXAMPLE: &str = include_str!("../highwater.example.toml");
/// Read when it is there and no other file is named.
const DEFAULT_FILE: &str = "highwater.toml";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file that was read, if one was.
    pub file: Option<PathBuf>,
    /// TLS, for agents and browsers.
    pub listen: SocketAddr,
    /// Plain http for a browser or a reverse proxy on the same machine: loopback only.
    pub plain_listen: Option<SocketAddr>,
    /// Reverse proxies that are believed when they say for whom they speak.
    pub trusted_proxies: Vec<IpNet>,
    /// As agents and browsers reach it; see [`Config::public_url`].
    pub public_url: Option<String>,
    pub data_dir: PathBuf,
    /// See [`Config::package_dir`].
    pub package_dir: Option<PathBuf>,
    /// See [`Config::database_address`].
    pub database: Option<Hidden>,
    /// None: an own CA is made in the data directory.
    pub given_tls: Option<GivenTls>,
    /// None: agents prove themselves by their key alone.
    pub client_certificates: Option<ClientCertificates>,
    /// Days after which an agent makes itself another key; none for never.
    pub rotate_keys_days: Option<u32>,
    /// See [`Config::hsts_secs`].
    pub hsts_secs: Option<u32>,
    pub limits: Limits,
    pub sessions: Sessions,
    /// The least role of the accounts here that come to nothing before they have a second factor; none: nobody has to.
    pub second_factor_from: Option<RoleWord>,
    /// Hashes of passwords that became known elsewhere, in order. None: nobody looks whether a new one did.
    pub known_passwords_file: Option<PathBuf>,
    /// How long the first batch waits for others before they are stored together.
    pub ingest_window: Duration,
    pub kept: Kept,
    /// See [`Config::secrets_key_file`].
    pub secrets_key_file: Option<PathBuf>,
    /// What secrets are sealed with, instead of the file: keys on lines.
    pub secrets_key: Option<Hidden>,
    /// Files that hold one secret of the settings each.
    pub secret_files: Vec<PathBuf>,
    /// Certificates of authorities to trust beside the system's when something is sent to other systems, PEM.
    pub delivery_ca_file: Option<PathBuf>,
    /// Where the audit log is forwarded to; none if it is not.
    pub syslog: Option<Syslog>,
    pub user_names: UserNames,
    /// The least role that sees names of users; those below see pseudonyms.
    pub names_from_role: RoleWord,
    /// Where people may sign in beside the accounts of this server.
    pub oidc: Option<Oidc>,
    /// Who else knows names and passwords.
    pub ldap: Option<Ldap>,
    /// Who may read `/metrics`: the bearer of this, or, without it, whoever asks from this machine.
    pub metrics_token: Option<Hidden>,
    pub log: Log,
    /// This machine's name.
    pub host_name: String,
    /// A simulated fleet: set by the demo, never by a file.
    pub is_demo: bool,
    /// Every setting that is set, as it was written, by its key; of secrets, and of what may hold one, only that it is.
    pub said: BTreeMap<&'static str, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenTls {
    /// The server's certificate and the chain behind it, PEM.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Certificates that agents show beside their key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificates {
    /// Certificates of the authorities that they are of, PEM.
    pub ca_file: PathBuf,
    /// Agents without one are turned away; otherwise it is only written down.
    pub is_required: bool,
    /// Lists of those that were revoked, PEM or DER. None: what the authorities revoke counts on.
    pub crl_files: Vec<PathBuf>,
}

/// How names of users are kept from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserNames {
    #[default]
    Shown,
    Pseudonyms,
    Off,
}

/// A receiver of syslog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Syslog {
    /// A name or an address, without brackets.
    pub host: String,
    pub port: u16,
    pub transport: Transport,
    /// Certificates of authorities to trust beside the system's, PEM.
    pub ca_file: Option<PathBuf>,
    /// As RFC 5424 counts them.
    pub facility: u8,
    pub app_name: String,
}

/// How messages of syslog travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Udp,
    Tcp,
    Tls,
}

/// How long browsers stay signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sessions {
    /// Without a request that a person made.
    pub idle_hours: u32,
    /// In any case.
    pub absolute_days: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    pub format: LogFormat,
    /// In the syntax of `tracing`: `info`, `highwater=debug,sqlx=warn`.
    pub filter: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// A setting that must not reach a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Where the settings come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file's name and text.
    pub file: Option<(String, String)>,
    pub environment: BTreeMap<String, String>,
    pub host_name: String,
}

impl Config {
    /// Reads `file`, else the file that `HIGHWATER_CONFIG` names, else `highwater.toml` here if there is one, and the
    /// environment. Answers also which variables start with `HIGHWATER_` but mean nothing.
    ///
    /// # Errors
    /// Names all that is wrong.
    pub fn load(file: Option<&Path>) -> Result<(Self, Vec<String>), ConfigError> {
        let environment = places::environment();
        let named = file.map(Path::to_owned).or_else(|| environment.get("HIGHWATER_CONFIG").map(PathBuf::from));
        let default = Path::new(DEFAULT_FILE);
        let path = named.or_else(|| default.exists().then(|| default.to_owned()));
        let file = path.as_deref().map(places::read_file).transpose()?;
        let host_name = places::host_name(&environment);
        let (config, unknown) = Self::parse(Sources { file, environment, host_name })?;
        Ok((Self { file: path, ..config }, unknown))
    }

    /// As [`load`](Self::load), from what was read already.
    ///
    /// # Errors
    /// Names all that is wrong.
    pub fn parse(sources: Sources) -> Result<(Self, Vec<String>), ConfigError> {
        let host_name = sources.host_name.clone();
        let mut read = Reader::new(sources)?;
        let address = "Write an address and a port, for example 0.0.0.0:8443 or [::1]:8480";
        let config = Self {
            file: None,
            listen: read.value("listen", address, |t| t.parse().ok()).unwrap_or(SocketAddr::from(([0, 0, 0, 0], 8443))),
            plain_listen: read.value(
                "plain_listen",
                "Without TLS only a loopback address is allowed, for example 127.0.0.1:8480",
                |t| t.parse().ok().filter(|a: &SocketAddr| a.ip().is_loopback()),
            ),
            trusted_proxies: groups::trusted_proxies(&mut read),
            public_url: read.value(
                "public_url",
                "Write https:// (or http://), the name by which agents reach this server, and the port, without a path: \
                 https://highwater.corp.example:8443",
                public_url,
            ),
            data_dir: read
                .value("data_dir", "Write the path of a directory", |t| Some(PathBuf::from(t)))
                .unwrap_or_else(|| PathBuf::from("./highwater-data")),
            package_dir: read.value("package_dir", "Write the path of a directory", |t| Some(PathBuf::from(t))),
            database: read.value(
                "database",
                "Write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE",
                |t| ["sqlite:", "postgres://", "postgresql://"].iter().any(|p| t.starts_with(p)).then(|| Hidden(t.into())),
            ),
            given_tls: groups::given_tls(&mut read),
            client_certificates: groups::client_certificates(&mut read),
            rotate_keys_days: read.number("agents.rotate_keys_days", 1..=3_650).and_then(|n| u32::try_from(n).ok()),
            hsts_secs: read.number("tls.hsts_secs", 0..=63_072_000).and_then(|n| u32::try_from(n).ok()),
            limits: limits::read(&mut read),
            sessions: groups::sessions(&mut read),
            second_factor_from: groups::a_role(&mut read, "sign_in.second_factor_from_role"),
            known_passwords_file: groups::path(&mut read, "sign_in.known_passwords_file"),
            ingest_window: read
                .number("ingest.window_ms", 0..=1_000)
                .map_or(Duration::from_millis(100), Duration::from_millis),
            kept: kept::read(&mut read),
            secrets_key_file: groups::path(&mut read, "secrets_key_file"),
            secrets_key: groups::secrets_key(&mut read),
            secret_files: groups::secret_files(&mut read),
            delivery_ca_file: groups::path(&mut read, "delivery.ca_file"),
            syslog: groups::syslog(&mut read),
            user_names: groups::user_names(&mut read),
            names_from_role: groups::names_from_role(&mut read),
            oidc: oidc::read(&mut read),
            ldap: ldap::read(&mut read),
            metrics_token: read.value(
                "metrics.bearer_token",
                "Write at least 16 characters without blanks",
                |t| (t.len() >= 16 && t.chars().all(|c| c.is_ascii_graphic())).then(|| Hidden(t.to_owned())),
            ),
            log: groups::log(&mut read),
            host_name,
            is_demo: false,
            said: read.said(),
        };
        Ok((config, read.finish()?))
    }

    /// `sqlite:` in the data directory, unless the settings say otherwise.
    #[must_use]
    pub fn database_address(&self) -> String {
        match &self.database {
            Some(address) => address.0.clone(),
            None => format!("sqlite:{}", self.data_dir.join("highwater.db").display()),
        }
    }

    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.database_address().starts_with("sqlite:")
    }

    /// Where the agent's Windows package lies: in the data directory, unless the settings say otherwise.
    #[must_use]
    pub fn package_dir(&self) -> PathBuf {
        self.package_dir.clone().unwrap_or_else(|| self.data_dir.join("agent-package"))
    }

    /// Where the keys of secrets lie: in the data directory, unless the settings say otherwise.
    #[must_use]
    pub fn secrets_key_file(&self) -> PathBuf {
        self.secrets_key_file.clone().unwrap_or_else(|| self.data_dir.join("secrets.key"))
    }

    /// For how long browsers are to come back with TLS only, in seconds; 0 for no such wish. A year with a given certificate. Not with the own
    /// authority, unless the settings say so: a browser that was given it once would let nobody in any more, on no port of this host, when
    /// the authority is made anew.
    #[must_use]
    pub fn hsts_secs(&self) -> u32 {
        self.hsts_secs.unwrap_or(if self.given_tls.is_some() { 31_536_000 } else { 0 })
    }

    /// The address that is printed for agents and browsers: this machine's name and `port`, unless the settings say otherwise.
    #[must_use]
    pub fn public_url(&self, port: u16) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("https://{}:{port}", self.host_name))
    }
}

impl Default for Config {
    /// What holds where nothing is set, for a machine of the name `localhost`.
    fn default() -> Self {
        Self {
            file: None,
            listen: SocketAddr::from(([0, 0, 0, 0], 8443)),
            plain_listen: None,
            trusted_proxies: Vec::new(),
            public_url: None,
            data_dir: PathBuf::from("./highwater-data"),
            package_dir: None,
            database: None,
            given_tls: None,
            client_certificates: None,
            rotate_keys_days: None,
            hsts_secs: None,
            limits: Limits::default(),
            sessions: Sessions::default(),
            second_factor_from: None,
            known_passwords_file: None,
            ingest_window: Duration::from_millis(100),
            kept: Kept::default(),
            secrets_key_file: None,
            secrets_key: None,
            secret_files: Vec::new(),
            delivery_ca_file: None,
            syslog: None,
            user_names: UserNames::default(),
            names_from_role: RoleWord::Viewer,
            oidc: None,
            ldap: None,
            metrics_token: None,
            log: Log { format: LogFormat::Text, filter: DEFAULT_FILTER.to_owned() },
            host_name: "localhost".to_owned(),
            is_demo: false,
            said: BTreeMap::new(),
        }
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self { idle_hours: 12, absolute_days: 7 }
    }
}

const DEFAULT_FILTER: &str = "info";

/// A URL of scheme, name and perhaps port. A trailing slash is forgiven.
fn public_url(text: &str) -> Option<String> {
    let text = text.strip_suffix('/').unwrap_or(text);
    public_host(text).map(|_| text.to_owned())
}

/// The name or address in a public URL, without brackets.
#[must_use]
pub fn public_host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let (host, port) = match rest.strip_prefix('[') {
        Some(v6) => {
            let (host, port) = v6.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, port)
        }
        None => rest.split_at(rest.find(':').unwrap_or(rest.len())),
    };
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.parse::<u16>().is_ok());
    let is_host = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._:".contains(c));
    (is_port && is_host).then_some(host)
}

#[cfg(test)]
mod tests;
