//! Where the reading of a channel stands, in a file of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Kept once the records up to here are in the spool.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// How often this agent saw the log begin again.
    pub(super) log_epoch: u64,
    /// The last record's number and time, by which a log that began again is known.
    pub(super) record_id: u64,
    pub(super) recorded_at: i64,
    /// The event log's own text; none before the first record.
    pub(super) bookmark: Option<String>,
}

/// The file of a channel.
pub(super) fn path(data_dir: &Path, channel: &str) -> PathBuf {
    let name: String =
        channel.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    data_dir.join(format!("events-{name}.json"))
}

/// A file that is damaged is none: the log is read from its oldest record, and the server has what it has.
pub(super) fn load(path: &Path) -> Place {
    let read = fs::read(path).map_err(|e| (e.kind() != io::ErrorKind::NotFound).then(|| e.to_string()));
    match read.and_then(|json| serde_json::from_slice(&json).map_err(|e| Some(e.to_string()))) {
        Ok(place) => place,
        Err(why) => {
            if let Some(why) = why {
                tracing::warn!(path = %path.display(), why, "where the reading of events stood cannot be read; they are read again");
            }
            Place::default()
        }
    }
}

/// In one step: a crash leaves the old file or the new one.
pub(super) fn save(path: &Path, place: &Place) -> io::Result<()> {
    let fresh = path.with_extension("new");
    fs::write(&fresh, serde_json::to_vec(place)?)?;
    fs::rename(&fresh, path)
}
