//! When incidents open and close. Pure: what was seen of a host goes in, what follows comes out. Promises:
//!
//! 1. **One at a time**: of each kind a host has one incident that goes on, at most.
//! 2. **What is missing ends nothing**: an incident ends only by what was seen; a hole makes it unknown.
//! 3. **The same again**: what was seen leads to the same incidents whenever it is looked at, in however many pieces, and again.
//! 4. **Late is not too late**: what comes late is put in its place in time, and moves beginnings and ends.
//!
//! | file | what it is for |
//! |---|---|
//! | [`course`] | a host's way through full, near, capacity and flood, look by look |
//! | [`flood`] | what growth is far faster than a host ever saw |
//! | [`replay`] | looks and incidents that exist → turns of the course |
//! | [`reconcile`] | turns and incidents that exist → what changes about incidents |
//! | [`silence`] | hosts, and the whole pipeline, of which nothing is heard; times in which nobody is told |

pub mod commands;
pub mod course;
pub mod evidence;
pub mod flood;
pub mod reconcile;
pub mod replay;
pub mod silence;

#[cfg(test)]
mod tests;

use crate::model::alert::{Levels, Rules};
use crate::model::incident::Kind;

/// Something that was seen of a host.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    pub at: i64,
    pub what: Sight,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sight {
    Look(Look),
    /// The server says that something ran out.
    Capacity,
    /// The server takes a client for an attacker, or clients come too fast: events 2025 to 2027.
    Flood,
}

/// A snapshot in the figures that matter here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    pub sessions: u32,
    pub clients: u32,
    /// Sessions ÷ limit; 0 without a limit. None if nobody knows the limit.
    pub saturation: Option<f64>,
    /// How long it holds true if no other one follows.
    pub holds_ms: i64,
}

impl Seen {
    /// The order in which things of one instant are told: what was counted first, then what events say of it.
    #[must_use]
    pub fn order(&self) -> (i64, u8) {
        let rank = match self.what {
            Sight::Look(_) => 0,
            Sight::Capacity => 1,
            Sight::Flood => 2,
        };
        (self.at, rank)
    }
}

/// What is in force for one host; none for what is switched off.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct InForce {
    pub full: Option<Levels>,
    pub near: Option<Levels>,
    pub capacity: Option<Levels>,
    pub flood: Option<Levels>,
}

impl InForce {
    /// What the rules say of hosts of a group.
    #[must_use]
    pub fn of(rules: &Rules, group_name: &str) -> Self {
        let of = |kind| rules.of(kind, group_name).map(|rule| rule.levels);
        Self { full: of(Kind::Full), near: of(Kind::Near), capacity: of(Kind::Capacity), flood: of(Kind::Flood) }
    }

    fn levels(&self, kind: Kind) -> Option<Levels> {
        match kind {
            Kind::Full => self.full,
            Kind::Near => self.near,
            Kind::Capacity => self.capacity,
            Kind::Flood => self.flood,
            Kind::Share | Kind::Silent | Kind::Pipeline | Kind::Leak => None,
        }
    }
}

/// A turn of a host's course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub kind: Kind,
    pub at: i64,
    pub what: Turned,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// It holds since `from_at`, and that is sure at the turn's instant.
    Opened { from_at: i64 },
    /// The open level was reached again after it had been well.
    Again,
    /// An event that belongs to it.
    Joined,
    /// It holds no more since `until_at`, and that is sure at the turn's instant.
    Cleared { until_at: i64 },
    /// It has become a graver one.
    Outgrown,
}
