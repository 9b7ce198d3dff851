//! Looks whether every history record is what it is made of: chunks against themselves, everything else against the level below.
//!
//! What waits to be put together anew is left out, and so is what was made of records that retention has removed since: of those
//! only whether they can be read is looked at.

mod compare;

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use super::derived::Derived;
use super::{Compact, Now, is_damage};
use crate::model::HostId;
use crate::model::retention::{Kind, Retention};
use crate::model::time::{DAY_MS, HOUR_MS, day_start, week_start};
use crate::model::unit::Unit;
use crate::store::fleet::Length;
use crate::store::records;
use crate::store::{self, counters, fleet, hosts, usage, work};
use compare::{StoredFleet, wrong_day, wrong_fleet, wrong_hour};

/// Hosts read at once.
const PAGE: u32 = 64;
/// What is touched in one transaction.
const TOUCHED_AT_ONCE: usize = 1_000;
const WEEK_MS: i64 = 7 * DAY_MS;

/// What is wrong with a part of the history.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrong {
    /// Snapshots or counters themselves cannot be read: there is nothing to make them of.
    Lost(String),
    /// A record is missing, cannot be read, or is not what it is made of. It can be made again.
    Outdated(&'static str),
    /// It cannot be read, and what it was made of has been removed since.
    Unreadable(&'static str),
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verified {
    /// Parts of the history that were looked at.
    pub units: u64,
    /// Parts that wait to be put together anew, and were not compared.
    pub waiting: u64,
    pub wrong: BTreeSet<(Unit, Wrong)>,
}

impl Verified {
    /// The parts that can be made again, in order.
    #[must_use]
    pub fn outdated(&self) -> Vec<Unit> {
        self.wrong.iter().filter(|(_, wrong)| matches!(wrong, Wrong::Outdated(_))).map(|(unit, _)| *unit).collect()
    }
}

/// What a look goes by.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub now_at: i64,
    pub keep: Retention,
    /// Days that ended before are left out.
    pub since_at: i64,
}

impl Look {
    /// Whether retention has left all records of the kind from this instant on.
    fn has_all(&self, kind: Kind, from_at: i64) -> bool {
        from_at >= self.keep.removed_before(kind, self.now_at) + DAY_MS
    }
}

/// What a page of hosts, or a record of the fleet, told.
#[derive(Default)]
struct Page {
    hosts: Vec<HostId>,
    wrong: Vec<(Unit, Wrong)>,
    waiting: HashSet<Unit>,
}

impl Compact {
    /// Looks at every record; `progress` is told each day that is done.
    ///
    /// # Errors
    /// The database's.
    pub async fn verify(&self, look: Look, mut progress: impl FnMut(i64)) -> store::Result<Verified> {
        let mut found = Verified::default();
        let Some(span) = records::span(&self.db).await? else { return Ok(found) };
        let first_day = day_start(span.start.max(look.since_at));
        for day_at in starts(first_day..span.end, DAY_MS) {
            let mut seen = BTreeSet::new();
            for hour_at in starts(day_at..day_at + DAY_MS, HOUR_MS) {
                seen.extend(self.verify_hosts(Hosts::Hour(hour_at), look, &mut found).await?);
                self.verify_fleet(Unit::FleetHour { hour_at }, look, &mut found).await?;
            }
            self.verify_counters(day_at, &mut found).await?;
            let have_a_day = self.verify_hosts(Hosts::Day(day_at), look, &mut found).await?;
            self.miss_days(day_at, seen.difference(&have_a_day), &mut found).await?;
            self.verify_fleet(Unit::FleetDay { day_at }, look, &mut found).await?;
            progress(day_at);
        }
        for week_at in starts(week_start(first_day)..span.end, WEEK_MS) {
            self.verify_fleet(Unit::FleetWeek { week_at }, look, &mut found).await?;
        }
        Ok(found)
    }

    /// Makes parts of the history again, whatever else waits, and all that follows from them. Answers how many that were.
    ///
    /// # Errors
    /// The database's.
    pub async fn repair(&self, units: &[Unit], now_at: i64) -> store::Result<usize> {
        let units: BTreeSet<Unit> = units.iter().copied().collect();
        let units: Vec<_> = units.into_iter().map(|unit| (unit, now_at)).collect();
        for some in units.chunks(TOUCHED_AT_ONCE) {
            let mut tx = self.db.begin().await?;
            work::touch(&mut tx, some).await?;
            tx.commit().await?;
        }
        self.finish(now_at, false).await
    }

    /// All hosts' records of an hour or a day. Answers of which hosts there are some.
    async fn verify_hosts(&self, of: Hosts, look: Look, found: &mut Verified) -> store::Result<BTreeSet<HostId>> {
        let (mut seen, mut after) = (BTreeSet::new(), None);
        loop {
            let page = twice(|| self.page(of, after, look)).await?;
            let Some(last) = page.hosts.last() else { return Ok(seen) };
            after = Some(*last);
            seen.extend(&page.hosts);
            found.add(page);
        }
    }

    async fn page(&self, of: Hosts, after: Option<HostId>, look: Look) -> store::Result<Page> {
        let records = match of {
            Hosts::Hour(hour_at) => records::of_hour(&self.db, hour_at, after, PAGE).await?,
            Hosts::Day(day_at) => records::of_day(&self.db, day_at, after, PAGE).await?,
        };
        let hosts: Vec<HostId> = records.iter().map(|one| one.host).collect();
        let (Some(first), Some(last)) = (hosts.first(), hosts.last()) else { return Ok(Page::default()) };
        let mut wrong = Vec::new();
        match of {
            Hosts::Hour(hour_at) => {
                let sums = usage::sums_of_hour(&self.db, hour_at, *first, *last).await;
                for one in &records {
                    // A column that cannot be read makes none of them readable.
                    let sum = sums.as_ref().ok().and_then(|sums| sums.get(&one.host));
                    let has_chunk = look.has_all(Kind::Snapshots, hour_at);
                    wrong.extend(wrong_hour(one, hour_at, sum, look.now_at, has_chunk).map(|w| (of.unit(one.host), w)));
                }
            }
            Hosts::Day(day_at) => {
                for one in &records {
                    let unit = of.unit(one.host);
                    let has_hours = look.has_all(Kind::Hours, day_at);
                    let expected = if has_hours { self.expected(unit, look).await? } else { None };
                    wrong.extend(wrong_day(one, expected.as_ref()).map(|w| (unit, w)));
                }
            }
        }
        // After the records were read: what changed meanwhile waits by now.
        let waiting = work::waiting_among(&self.db, of.unit(*first), of.unit(*last)).await?;
        wrong.retain(|(unit, _)| !waiting.contains(unit));
        Ok(Page { hosts, wrong, waiting })
    }

    /// Hosts that have hours of a day, but no record of it.
    async fn miss_days(
        &self,
        day_at: i64,
        hosts: impl Iterator<Item = &HostId>,
        found: &mut Verified,
    ) -> store::Result<()> {
        for host in hosts {
            let unit = Unit::HostDay { day_at, host: *host };
            if work::waiting_among(&self.db, unit, unit).await?.is_empty() {
                found.wrong.insert((unit, Wrong::Outdated("the day, which is missing")));
            }
        }
        Ok(())
    }

    /// Counters are made of nothing else: whether they can be read is all that can be said.
    async fn verify_counters(&self, day_at: i64, found: &mut Verified) -> store::Result<()> {
        let mut after = None;
        loop {
            let page = counters::checked(&self.db, day_at, after, PAGE).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = Some(*last);
            found.units += page.len() as u64;
            found.wrong.extend(page.into_iter().filter_map(|(host, read)| {
                let why = read.err()?;
                Some((Unit::HostDay { day_at, host }, Wrong::Lost(format!("the counters cannot be read: {why}"))))
            }));
        }
    }

    async fn verify_fleet(&self, unit: Unit, look: Look, found: &mut Verified) -> store::Result<()> {
        let page = twice(|| self.record_of_fleet(unit, look)).await?;
        found.units += 1;
        found.add(page);
        Ok(())
    }

    async fn record_of_fleet(&self, unit: Unit, look: Look) -> store::Result<Page> {
        let (length, start_at, end_at, made_of) = match unit {
            Unit::FleetHour { hour_at } => (Length::Hour, hour_at, hour_at + HOUR_MS, Kind::Snapshots),
            Unit::FleetDay { day_at } => (Length::Day, day_at, day_at + DAY_MS, Kind::Hours),
            Unit::FleetWeek { week_at } => (Length::Week, week_at, week_at + WEEK_MS, Kind::Days),
            Unit::HostHour { .. } | Unit::HostDay { .. } => return Ok(Page::default()),
        };
        // What is under way is put together again and again, and is never all there.
        if end_at + 2 * HOUR_MS > look.now_at {
            return Ok(Page::default());
        }
        let expected = if look.has_all(made_of, start_at) { self.expected(unit, look).await? } else { None };
        let mut stored =
            StoredFleet { holders: records::of_fleet(&self.db, length, start_at).await?, steps: Vec::new() };
        if let Some(Derived::Fleet { steps, .. }) = &expected {
            for step in steps {
                let (step, at) = (step.step, step.usage.start_at);
                let usage = fleet::usage(&self.db, step, at..at + 1).await.unwrap_or_default();
                stored.steps.push((records::of_step(&self.db, step, at).await?, usage.first().copied()));
            }
        }
        let mut wrong: Vec<_> =
            wrong_fleet(&stored, expected.as_ref()).map(|wrong| (unit, wrong)).into_iter().collect();
        let waiting = work::waiting_among(&self.db, unit, unit).await?;
        wrong.retain(|(unit, _)| !waiting.contains(unit));
        Ok(Page { hosts: Vec::new(), wrong, waiting })
    }

    /// What the unit should be. None if what it is made of cannot be read, which is told where that is looked at.
    async fn expected(&self, unit: Unit, look: Look) -> store::Result<Option<Derived>> {
        let hosts = hosts::count(&self.db).await?;
        match self.derive(unit, Now { at: look.now_at, hosts }).await {
            Ok(derived) => Ok(Some(derived)),
            Err(error) if is_damage(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Verified {
    fn add(&mut self, page: Page) {
        self.units += page.hosts.len() as u64;
        self.waiting += page.waiting.len() as u64;
        self.wrong.extend(page.wrong);
    }
}

/// Which records of hosts are looked at.
#[derive(Clone, Copy)]
enum Hosts {
    Hour(i64),
    Day(i64),
}

impl Hosts {
    fn unit(self, host: HostId) -> Unit {
        match self {
            Self::Hour(hour_at) => Unit::HostHour { hour_at, host },
            Self::Day(day_at) => Unit::HostDay { day_at, host },
        }
    }
}

/// Looks once more if something is wrong: a record that is put together between two reads looks wrong, but only once.
async fn twice(look: impl AsyncFn() -> store::Result<Page>) -> store::Result<Page> {
    let first = look().await?;
    if first.wrong.is_empty() {
        return Ok(first);
    }
    let mut second = look().await?;
    second.wrong.retain(|wrong| first.wrong.contains(wrong));
    Ok(second)
}

fn starts(instants: Range<i64>, each_ms: i64) -> impl Iterator<Item = i64> {
    (0..).map(move |n| instants.start + n * each_ms).take_while(move |at| *at < instants.end)
}
