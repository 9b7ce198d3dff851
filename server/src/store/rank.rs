//! Who held the sessions: rankings of clients and users over the fleet, some hosts or one host, and one holder over time.
//!
//! No session is looked at. Of one host, its records of hours and days are merged; of the fleet, the records of the fleet's
//! hours, days and weeks: the ids and one column of each decide who is shown, and only of those who are shown the rest is read.
//! A record of a day or a week stands for its hours unless one of them has changed since.
//!
//! Names that were merged are one client: its sums of time are those of all its names. Of peaks and of time on full hosts, records
//! of several names tell only the most and the least that it can have been, unless it was there under one of them only: a ranking
//! goes by the most, and each row has both. [`one()`] looks closer; [`one_of()`] does not.
//!
//! Of one host, hours that are not rolled up yet are computed from its snapshots. Of several they follow within minutes: see
//! [`complete()`].

mod complete;
mod exact;
mod fleet;
mod hosts;
mod names;
mod one;
mod pick;
mod series;
mod tally;

pub use self::complete::{Complete, complete, complete_seen, observed};
pub use self::one::{OnHost, One, one, one_of, was_on};
pub use self::series::{Finest, Series, series};

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::{Db, Result, aliases, keys};
use crate::model::HostId;
use crate::model::alias::Aliases;
use crate::model::class::Class;
use crate::model::eyes::Eyes;
use crate::model::holder::{Bounded, Held, Measure, TopHolder};

/// Which of the two kinds of holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    Client,
    User,
}

/// Whose sessions are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose<'a> {
    Fleet,
    Host(HostId),
    /// Each of them once.
    Hosts(&'a [HostId]),
}

/// Which hosts, and from when to when (whole hours that touch it).
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub whose: Whose<'a>,
    pub from_at: i64,
    pub to_at: i64,
}

/// What a ranking shows: by which measure, which part of it, and only names that contain a text.
#[derive(Debug, Clone, Default)]
pub struct Ranking {
    pub measure: Measure,
    pub skip: usize,
    pub most: usize,
    /// Without regard to case; empty for all. One of several names is enough.
    pub name_contains: String,
    /// Only those whom the rules put into this class.
    pub class: Option<Class>,
}

/// So many are the leaders.
pub const LEADERS: usize = 5;

/// A part of a ranking, and what all of it comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranked {
    pub rows: Vec<Row>,
    /// How many holders there are, and how many of them have the text in their name and are of the class.
    pub all: usize,
    pub matching: usize,
    /// What all of them held, the [`LEADERS`] who held most of it, and the one who held most.
    pub session_ms: i64,
    pub leaders_ms: i64,
    pub most_ms: i64,
}

/// A holder in its place. The peak is that of all hosts together for the fleet, the greatest of any one host for several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// One more than there are holders with a greater figure.
    pub rank: usize,
    pub top: TopHolder<i64>,
}

/// The scope's holders by the measure, greatest first; ties by name (thousands of equals by id). Users are named, ordered and found as the eyes see
/// them.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn top(db: &Db, by: By, scope: Scope<'_>, ranking: &Ranking, eyes: &Eyes) -> Result<Ranked> {
    let aliases = aliases::of(db, by).await?;
    let who = Who { by, aliases: &aliases, eyes };
    match scope.whose {
        Whose::Fleet => fleet::top(db, who, scope.hours(), ranking).await,
        Whose::Host(host) => hosts::top(db, who, (&[host], scope), ranking).await,
        Whose::Hosts(all) => hosts::top(db, who, (all, scope), ranking).await,
    }
}

/// Who held sessions on some hosts from one instant to another (whole hours that touch it), each name by itself.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub(super) async fn held_on(db: &Db, by: By, (hosts, from_at, to_at): (&[HostId], i64, i64)) -> Result<BTreeSet<i64>> {
    hosts::held_on(db, by, (hosts, Scope { whose: Whose::Hosts(hosts), from_at, to_at })).await
}

impl Scope<'_> {
    /// Counted since 1970.
    fn hours(&self) -> Range<i64> {
        keys::hours(self.from_at..self.to_at)
    }
}

/// Which kind of holder, and which of their names are one's.
#[derive(Debug, Clone, Copy)]
struct Who<'a> {
    by: By,
    aliases: &'a Aliases,
    /// Who is told.
    eyes: &'a Eyes,
}

/// What one holder held, and on which hosts.
#[derive(Debug, Clone, Default)]
struct Acc {
    of: Bounded,
    /// In ascending order.
    hosts: Vec<HostId>,
}

impl Acc {
    fn add(&mut self, of: &Bounded, hosts: &[HostId]) {
        self.of.merge(of);
        if hosts.is_empty() {
            return;
        }
        // Two ascending runs: the sort finds them and merges them once. One by one, thousands would be moved thousands of times.
        self.hosts.extend_from_slice(hosts);
        self.hosts.sort();
        self.hosts.dedup();
    }

    /// Adds what it held under another name in the same stretch.
    fn join(&mut self, held: &Held, hosts: &[HostId]) {
        self.of.join(held);
        self.add(&Bounded::default(), hosts);
    }
}

/// Adds what holders held within one stretch: what several names of one held is put together first.
fn add_stretch<'h, S: std::hash::BuildHasher>(
    sums: &mut HashMap<i64, Acc, S>,
    aliases: &Aliases,
    stretch: impl Iterator<Item = (i64, &'h Held, &'h [HostId])>,
) {
    let mut joint: HashMap<i64, Acc> = HashMap::new();
    for (id, held, hosts) in stretch {
        let main = aliases.main(id);
        if aliases.others(main).is_empty() {
            sums.entry(id).or_default().add(&Bounded::from(*held), hosts);
        } else {
            joint.entry(main).or_default().join(held, hosts);
        }
    }
    for (main, acc) in joint {
        sums.entry(main).or_default().add(&acc.of, &acc.hosts);
    }
}

/// The sums that a ranking's first line tells.
#[derive(Debug, Default)]
struct Whole {
    session_ms: i64,
    /// In descending order.
    leaders: [i64; LEADERS],
}

impl Whole {
    fn of(all: impl Iterator<Item = i64>) -> Self {
        let mut whole = Self::default();
        for session_ms in all {
            whole.session_ms += session_ms;
            let place = whole.leaders.partition_point(|led| *led >= session_ms);
            if place < LEADERS {
                whole.leaders[place..].rotate_right(1);
                whole.leaders[place] = session_ms;
            }
        }
        whole
    }

    /// The answer, of those who are shown. What they held is taken out of `holders`.
    fn answer<S: std::hash::BuildHasher>(&self, picked: &pick::Picked, holders: &mut HashMap<i64, Acc, S>) -> Ranked {
        let row = |shown: &pick::Shown| {
            let Acc { of: Bounded { held, least }, hosts } = holders.remove(&shown.id).unwrap_or_default();
            Row { rank: shown.rank, top: TopHolder { id: shown.id, name: shown.name.clone(), held, least, hosts } }
        };
        self.ranked(picked, picked.shown.iter().map(row).collect())
    }

    fn ranked(&self, picked: &pick::Picked, rows: Vec<Row>) -> Ranked {
        Ranked {
            rows,
            all: picked.all,
            matching: picked.matching,
            session_ms: self.session_ms,
            leaders_ms: self.leaders.iter().sum(),
            most_ms: self.leaders[0],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leaders_are_the_five_who_held_most() {
        let whole = Whole::of([3, 9, 1, 7, 7, 2, 8, 0].into_iter());
        assert_eq!((whole.session_ms, whole.leaders), (37, [9, 8, 7, 7, 3]));
        assert_eq!(Whole::of([4].into_iter()).leaders, [4, 0, 0, 0, 0]);
    }
}
