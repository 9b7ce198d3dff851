//! What the spool remembers besides its segments: how far it is acknowledged, and what was lost in front of them. Without it the
//! server is asked, and told more again than it needs; only of what was lost before, a gap may then count too little.

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
    /// What was lost in front of the oldest segment, and is not told yet or may have to be told again.
    #[serde(default)]
    pub(crate) front: Vec<Lost>,
    /// How it goes on once the segment is there that begins the next epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<Box<Self>>,
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

impl Lost {
    /// How many records it stands for beyond the positions that a server misses which has everything up to `has`, but not its end.
    pub(crate) fn beyond(&self, has: u64) -> u64 {
        self.count.saturating_sub(self.to - self.from.max(has + 1) + 1)
    }

    /// Stands from now on for an older loss too, and for what lies between.
    pub(crate) fn take_in(&mut self, old: &Self) {
        let beyond = old.beyond(0) + self.beyond(0);
        self.from = self.from.min(old.from);
        self.from_at = self.from_at.min(old.from_at);
        self.count = self.to - self.from + 1 + beyond;
    }
}

impl Position {
    fn path(dir: &Path) -> PathBuf {
        dir.join("position.json")
    }

    /// What was saved, if it can be read.
    pub(crate) fn load(dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(Self::path(dir)).ok()?).ok()
    }

    /// What it says of the epoch that began behind `base`, be it this one or the next.
    pub(crate) fn of(mut self, epoch: &str, base: u64) -> Option<Self> {
        let next = self.next.take().map(|next| *next);
        [Some(self), next].into_iter().flatten().find(|p| p.epoch == epoch && p.base == base)
    }

    pub(crate) fn save(&self, disk: &dyn Disk, dir: &Path) -> std::io::Result<()> {
        replace(disk, &Self::path(dir), &serde_json::to_vec(self)?)
    }
}
