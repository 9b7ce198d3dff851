//! Which authorities took over, until that is written down. Whoever lets one take over may know no database, or be killed: so the folder
//! remembers it, from before a file is changed.

use std::fs;
use std::path::PathBuf;

use super::files::{sync_folder, write_private};
use super::{Dir, missing, own, read_authority};
use crate::config::Config;
use crate::model::authority::Authority;
use crate::tls::TlsError;

/// One that took over from another, each by its fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TookOver {
    /// Empty if it could not be read any more.
    pub before: String,
    pub now: String,
}

impl Dir {
    /// A line for each: the one before, and the one that took over.
    fn took_over(&self) -> PathBuf {
        self.0.join("took-over")
    }

    fn told(&self) -> Result<Vec<TookOver>, TlsError> {
        let path = self.took_over();
        match fs::read_to_string(&path) {
            Ok(text) => Ok(text.lines().filter_map(TookOver::read).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(TlsError::new(&path, error)),
        }
    }
}

impl TookOver {
    /// None of a line that is none of ours.
    fn read(line: &str) -> Option<Self> {
        let (before, now) = line.split_once(' ')?;
        Some(Self { before: before.to_owned(), now: now.to_owned() })
    }

    fn line(&self) -> String {
        format!("{} {}\n", self.before, self.now)
    }
}

/// Remembers that the next authority takes over. One that was cut off and does so again is remembered once.
pub(super) fn announce(dir: &Dir) -> Result<(), TlsError> {
    let now = read_authority(&dir.next().ca())?.fingerprint;
    let told = dir.told()?;
    if told.iter().any(|one| one.now == now) {
        return Ok(());
    }
    let before = read_authority(&dir.ca()).map(|authority| authority.fingerprint).unwrap_or_default();
    let all: String = told.iter().chain([&TookOver { before, now }]).map(TookOver::line).collect();
    write_private(&dir.took_over(), &all)
}

/// Those that took over and are not forgotten yet; none with a given certificate.
///
/// # Errors
/// The file that says so cannot be read.
pub fn took_over(config: &Config) -> Result<Vec<TookOver>, TlsError> {
    if config.given_tls.is_some() { Ok(Vec::new()) } else { Dir::of(config).told() }
}

/// Forgets those that are written down.
///
/// # Errors
/// The file that says so cannot be written.
pub fn forget(config: &Config, written: &[TookOver]) -> Result<(), TlsError> {
    let dir = own(config)?;
    let _held = dir.hold();
    let left: String = dir.told()?.iter().filter(|one| !written.contains(one)).map(TookOver::line).collect();
    if !left.is_empty() {
        return write_private(&dir.took_over(), &left);
    }
    let path = dir.took_over();
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(TlsError::new(&path, error)),
        _ => sync_folder(&path).map_err(|error| TlsError::new(&path, error)),
    }
}

/// The authority that is to take over, whenever that is.
///
/// # Errors
/// There is none; or its file cannot be read.
pub fn announced(config: &Config) -> Result<Authority, TlsError> {
    let next = own(config)?.next();
    if !next.until().exists() {
        return Err(missing(&next));
    }
    read_authority(&next.ca())
}
