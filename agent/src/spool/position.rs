//! What the spool remembers besides its segments: how far it is acknowledged. Nothing here is needed to be correct: without it
//! the server is asked, and told more again than it needs.

use std::path::{Path, PathBuf};

use highwater_wire::GapReason;
use serde::{Deserialize, Serialize};

use super::disk::{Disk, replace};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    pub(crate) epoch: String,
    pub(crate) base: u64,
    /// Position up to which the server says it has everything.
    pub(crate) acked: u64,
    /// The highest `acked` ever was: what lies up to there is kept for a server that lost it, and counts as sent.
    pub(crate) sent: u64,
    pub(crate) store_id: Option<String>,
    /// When the server last acknowledged anything, for people.
    #[serde(default)]
    pub(crate) acked_at: Option<i64>,
    /// What is missing in front of the oldest segment.
    #[serde(default)]
    pub(crate) front: Vec<Lost>,
}

/// A stretch of positions whose records are gone: a gap takes the place of the last, fillers the places of the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lost {
    pub(crate) from: u64,
    pub(crate) to: u64,
    /// How many records were lost, which may be more than the positions from `from` to `to`.
    pub(crate) count: u64,
    pub(crate) from_at: i64,
    pub(crate) to_at: i64,
    pub(crate) reason: GapReason,
    pub(crate) detail: String,
    /// The server refuses even the gap: a filler stands in its place.
    #[serde(default)]
    pub(crate) is_muted: bool,
}

impl Position {
    fn path(dir: &Path) -> PathBuf {
        dir.join("position.json")
    }

    /// What was saved, if it can be read.
    pub(crate) fn load(dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(Self::path(dir)).ok()?).ok()
    }

    pub(crate) fn save(&self, disk: &dyn Disk, dir: &Path) -> std::io::Result<()> {
        replace(disk, &Self::path(dir), &serde_json::to_vec(self)?)
    }
}
