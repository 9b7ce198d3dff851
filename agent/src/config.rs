//! The agent's settings, and the only reader of the file, the environment and (on Windows) the registry's settings.
//!
//! A flag wins over the environment (`HIGHWATER_AGENT_SERVER`, …), which wins over Group Policy, which wins over the installer's
//! values in the registry, which win over the file, which wins over the default.

mod hidden;
mod places;
pub mod registry;
mod token;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use places::{Explained, Place, explain};
pub use token::token_in;

/// From this share of the limit on the host's own log says so.
const WARN_PERCENT: u32 = 80;
/// What there is to watch.
const DEFAULT_SOURCE: &str = if cfg!(windows) { "windows" } else { "samba" };
const PREFIX: &str = "HIGHWATER_AGENT_";

/// Read if no other file is named, and if it is there.
#[must_use]
pub fn default_file() -> PathBuf {
    if cfg!(windows) { default_data_dir().join("agent.toml") } else { PathBuf::from("/etc/highwater/agent.toml") }
}

/// Used if no other directory is named.
#[must_use]
pub fn default_data_dir() -> PathBuf {
    #[cfg(windows)]
    {
        // By what the folder is for: the environment of a service may say something else.
        let found = highwater_win32::folders::program_data();
        found.unwrap_or_else(|_| PathBuf::from(r"C:\ProgramData")).join(r"Highwater\Agent")
    }
    #[cfg(not(windows))]
    PathBuf::from("/var/lib/highwater-agent")
}

/// Once the host is enrolled its token is of no use, except to somebody else: it does not stay in the installer's settings. One that
/// Group Policy or a file sets stays there, since it would come back.
pub fn forget_token() {
    #[cfg(windows)]
    registry::forget_token();
}

/// Everything the agent needs to know.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// The server's address, `https://…`.
    pub server: String,
    /// PEM file of the authority that the server's certificate comes from.
    pub ca: Option<PathBuf>,
    /// SHA-256 of that authority's certificate.
    pub pin: Option<String>,
    /// PEM file with the certificate that this host shows to the server, if that wants one.
    pub client_cert: Option<PathBuf>,
    /// PEM file with its key; the same file if it is not said.
    pub client_key: Option<PathBuf>,
    /// An HTTP proxy on the way to the server.
    pub proxy: Option<String>,
    /// Enrolment token; not needed once enrolled.
    pub token: Option<String>,
    /// What observes: `windows`, `samba`, `scripted:FILE`, `simulated:…`.
    pub source: String,
    pub data_dir: PathBuf,
    pub sampling: Sampling,
    pub spool: SpoolBounds,
    pub waits: Waits,
    /// From this share of the limit on, in per cent, the host's own log says so; 0 is never.
    pub warn_percent: u32,
    /// Instead of the computer's own: for simulated hosts.
    pub name: Option<String>,
    pub machine_id: Option<String>,
}

/// Seconds between snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    pub calm_secs: u32,
    /// From 70 % of the limit on.
    pub near_secs: u32,
    /// From 90 % of the limit on.
    pub full_secs: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpoolBounds {
    pub max_bytes: u64,
    pub keep_bytes: u64,
    pub keep_hours: u32,
}

/// What waits between tries are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    pub first: Duration,
    pub step: Duration,
    pub most: Duration,
    pub pending: Duration,
    pub slow: Duration,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { calm_secs: 60, near_secs: 15, full_secs: 5 }
    }
}

impl Default for SpoolBounds {
    fn default() -> Self {
        Self { max_bytes: 64 << 20, keep_bytes: 64 << 20, keep_hours: 24 }
    }
}

impl Default for Waits {
    fn default() -> Self {
        let secs = Duration::from_secs;
        Self { first: secs(120), step: secs(2), most: secs(15 * 60), pending: secs(60), slow: secs(15 * 60) }
    }
}

impl Waits {
    /// Hardly any: for tests, and for a demonstration on one computer.
    #[must_use]
    pub fn eager() -> Self {
        let ms = Duration::from_millis;
        Self { first: ms(0), step: ms(50), most: ms(1_000), pending: ms(200), slow: ms(1_000) }
    }
}

impl Settings {
    /// The defaults for a server, a data directory and nothing else.
    #[must_use]
    pub fn new(server: impl Into<String>, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            server: server.into(),
            ca: None,
            pin: None,
            client_cert: None,
            client_key: None,
            proxy: None,
            token: None,
            source: DEFAULT_SOURCE.to_owned(),
            data_dir: data_dir.into(),
            sampling: Sampling::default(),
            spool: SpoolBounds::default(),
            waits: Waits::default(),
            warn_percent: WARN_PERCENT,
            name: None,
            machine_id: None,
        }
    }
}

/// What one place says; nothing where it is silent. The keys of the file.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Partial {
    pub server: Option<String>,
    pub ca: Option<PathBuf>,
    pub pin: Option<String>,
    pub client_cert: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
    pub proxy: Option<String>,
    pub token: Option<String>,
    pub source: Option<String>,
    pub data_dir: Option<PathBuf>,
    pub sampling_secs: Option<u32>,
    pub near_sampling_secs: Option<u32>,
    pub full_sampling_secs: Option<u32>,
    pub spool_mib: Option<u64>,
    pub spool_keep_mib: Option<u64>,
    pub spool_keep_hours: Option<u32>,
    /// The first call comes after a random part of this.
    pub first_delay_secs: Option<u32>,
    /// No wait between two tries is longer.
    pub longest_wait_secs: Option<u32>,
    pub warn_percent: Option<u32>,
    pub name: Option<String>,
    pub machine_id: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the settings file {path} cannot be read: {reason}")]
    File { path: PathBuf, reason: String },
    #[error("the token cannot be read from {path} (--token-file): {reason}")]
    TokenFile { path: PathBuf, reason: String },
    #[error("{name} must be a number, but is {value:?}")]
    Number { name: String, value: String },
    #[error("no server is set: give --server, {PREFIX}SERVER, or `server = \"https://…\"` in {file}", file = default_file().display())]
    NoServer,
    #[error("{0}")]
    Value(String),
}

/// Reads all places. `file` must be there if it is named.
///
/// # Errors
/// Names the place and what to change.
pub fn load(file: Option<&Path>, flags: Partial) -> Result<Settings, ConfigError> {
    merged(places(file, flags)?).settings()
}

/// What each place says, in the order in which they win.
///
/// # Errors
/// As [`load`].
pub fn places(file: Option<&Path>, flags: Partial) -> Result<Vec<(Place, Partial)>, ConfigError> {
    let mut places = vec![(Place::Flag, flags)];
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    let environment = environment(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))?;
    places.push((Place::Environment, environment));
    #[cfg(windows)]
    for (place, path) in [(Place::Policy, registry::POLICIES), (Place::Registry, registry::INSTALLED)] {
        let (said, wrong) = registry::load(path);
        for why in wrong {
            tracing::warn!(place = place.words(), "{why}");
        }
        places.push((place, said));
    }
    places.push((Place::File, read(file)?));
    Ok(places)
}

fn merged(places: Vec<(Place, Partial)>) -> Partial {
    places.into_iter().fold(Partial::default(), |said, (_, next)| said.or(next))
}

fn read(file: Option<&Path>) -> Result<Partial, ConfigError> {
    let default = default_file();
    let path = file.unwrap_or(&default);
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text).map_err(|reason| ConfigError::File { path: path.to_owned(), reason }),
        Err(e) if file.is_none() && e.kind() == std::io::ErrorKind::NotFound => Ok(Partial::default()),
        Err(e) => Err(ConfigError::File { path: path.to_owned(), reason: e.to_string() }),
    }
}

/// What the log shows, for example `info` or `highwater_agent=debug`.
#[must_use]
pub fn log_filter() -> String {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    let set = std::env::var(format!("{PREFIX}LOG"));
    // The reader of event logs tells of each chunk, and of its own settings.
    set.unwrap_or_else(|_| "info,evtx=error".to_owned())
}

/// Reads what a settings file says. What is wrong is told by its line, not with it: it may be the token's.
///
/// # Errors
/// It is no TOML, or names a setting that there is not.
pub fn parse(text: &str) -> Result<Partial, String> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        format!("line {}: {}", before.matches('\n').count() + 1, error.message())
    })
}

fn environment(var: impl Fn(&str) -> Option<String>) -> Result<Partial, ConfigError> {
    let text = |name: &str| var(&format!("{PREFIX}{name}"));
    let number = |name: &str| match text(name) {
        Some(value) => match value.trim().parse::<u32>() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(ConfigError::Number { name: format!("{PREFIX}{name}"), value }),
        },
        None => Ok(None),
    };
    Ok(Partial {
        server: text("SERVER"),
        ca: text("CA").map(PathBuf::from),
        pin: text("PIN"),
        client_cert: text("CLIENT_CERT").map(PathBuf::from),
        client_key: text("CLIENT_KEY").map(PathBuf::from),
        proxy: text("PROXY"),
        token: text("TOKEN"),
        source: text("SOURCE"),
        data_dir: text("DATA_DIR").map(PathBuf::from),
        sampling_secs: number("SAMPLING_SECS")?,
        near_sampling_secs: number("NEAR_SAMPLING_SECS")?,
        full_sampling_secs: number("FULL_SAMPLING_SECS")?,
        spool_mib: number("SPOOL_MIB")?.map(u64::from),
        spool_keep_mib: number("SPOOL_KEEP_MIB")?.map(u64::from),
        spool_keep_hours: number("SPOOL_KEEP_HOURS")?,
        first_delay_secs: number("FIRST_DELAY_SECS")?,
        longest_wait_secs: number("LONGEST_WAIT_SECS")?,
        warn_percent: number("WARN_PERCENT")?,
        name: text("NAME"),
        machine_id: text("MACHINE_ID"),
    })
}

impl Partial {
    /// What this one does not say, `other` says.
    fn or(self, other: Self) -> Self {
        Self {
            server: self.server.or(other.server),
            ca: self.ca.or(other.ca),
            pin: self.pin.or(other.pin),
            client_cert: self.client_cert.or(other.client_cert),
            client_key: self.client_key.or(other.client_key),
            proxy: self.proxy.or(other.proxy),
            token: self.token.or(other.token),
            source: self.source.or(other.source),
            data_dir: self.data_dir.or(other.data_dir),
            sampling_secs: self.sampling_secs.or(other.sampling_secs),
            near_sampling_secs: self.near_sampling_secs.or(other.near_sampling_secs),
            full_sampling_secs: self.full_sampling_secs.or(other.full_sampling_secs),
            spool_mib: self.spool_mib.or(other.spool_mib),
            spool_keep_mib: self.spool_keep_mib.or(other.spool_keep_mib),
            spool_keep_hours: self.spool_keep_hours.or(other.spool_keep_hours),
            first_delay_secs: self.first_delay_secs.or(other.first_delay_secs),
            longest_wait_secs: self.longest_wait_secs.or(other.longest_wait_secs),
            warn_percent: self.warn_percent.or(other.warn_percent),
            name: self.name.or(other.name),
            machine_id: self.machine_id.or(other.machine_id),
        }
    }

    /// The settings, with the defaults where nothing is said.
    ///
    /// # Errors
    /// Names what is missing or makes no sense.
    pub fn settings(self) -> Result<Settings, ConfigError> {
        let default = Settings::new("", default_data_dir());
        let server = self.server.ok_or(ConfigError::NoServer)?;
        let calm_secs = self.sampling_secs.unwrap_or(default.sampling.calm_secs);
        let sampling = Sampling {
            calm_secs,
            near_secs: self.near_sampling_secs.unwrap_or(default.sampling.near_secs.min(calm_secs)),
            full_secs: self.full_sampling_secs.unwrap_or(default.sampling.full_secs.min(calm_secs)),
        };
        if [sampling.calm_secs, sampling.near_secs, sampling.full_secs].contains(&0) {
            return Err(ConfigError::Value("sampling intervals must be at least 1 second".into()));
        }
        let mib = |given: Option<u64>, default: u64| given.map_or(default, |mib| mib.saturating_mul(1 << 20));
        let secs = |given: Option<u32>, default: Duration| given.map_or(default, |s| Duration::from_secs(s.into()));
        if self.spool_mib == Some(0) {
            return Err(ConfigError::Value("spool_mib must be at least 1".into()));
        }
        if self.client_key.is_some() && self.client_cert.is_none() {
            return Err(ConfigError::Value("client_key is the key of client_cert: set that too".into()));
        }
        let most = secs(self.longest_wait_secs, default.waits.most);
        Ok(Settings {
            server,
            ca: self.ca,
            pin: self.pin,
            client_cert: self.client_cert,
            client_key: self.client_key,
            proxy: self.proxy,
            token: self.token,
            source: self.source.unwrap_or(default.source),
            data_dir: self.data_dir.unwrap_or(default.data_dir),
            sampling,
            spool: SpoolBounds {
                max_bytes: mib(self.spool_mib, default.spool.max_bytes),
                keep_bytes: mib(self.spool_keep_mib, default.spool.keep_bytes),
                keep_hours: self.spool_keep_hours.unwrap_or(default.spool.keep_hours),
            },
            waits: Waits {
                first: secs(self.first_delay_secs, default.waits.first),
                step: default.waits.step.min(most),
                most,
                pending: default.waits.pending.min(most),
                slow: default.waits.slow.min(most),
            },
            warn_percent: self.warn_percent.unwrap_or(default.warn_percent),
            name: self.name,
            machine_id: self.machine_id,
        })
    }
}

#[cfg(test)]
mod tests;
