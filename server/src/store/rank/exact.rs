//! What several names of one client held at once, from the snapshots themselves. Records say of each name what it held at most
//! within an hour, but not when; so of hours in which two names of a client were there, a few are looked at: first those in which
//! the most can have come together, and only as long as a look can change the answer.
//!
//! Of windows longer than a week, of hours whose snapshots are not kept any more, and beyond [`MOST_LOOKS`], the bounds stay.

use std::collections::HashMap;
use std::ops::Range;

use super::{Acc, Who, fleet, hosts};
use crate::history::chunk::{self, Presence};
use crate::history::minutes::Minutes;
use crate::history::rollup::{self, HourOfSnapshots};
use crate::model::HostId;
use crate::model::holder::{Bounded, Held};
use crate::model::time::HOUR_MS;
use crate::store::fleet::Length;
use crate::store::values::corrupt;
use crate::store::{Db, Result, chunks};

/// The longest window of which hours are looked at: a week, and the hour under way.
const MOST_HOURS: i64 = 7 * 24 + 1;
/// Hours of single hosts that are looked at for one answer: about a millisecond each.
const MOST_LOOKS: usize = 64;

/// One hour of one host, all names of the client as one.
struct Look {
    held: Held,
    presence: Presence,
}

/// Looks closer at one client.
pub(super) struct Closer<'a> {
    db: &'a Db,
    who: Who<'a>,
    main: i64,
    hours: Range<i64>,
    /// What was looked at, by host and start of the hour; none if its snapshots are not kept.
    looks: HashMap<(HostId, i64), Option<Look>>,
}

impl<'a> Closer<'a> {
    /// `hours` count from 1970.
    pub(super) fn new(db: &'a Db, who: Who<'a>, main: i64, hours: Range<i64>) -> Self {
        Self { db, who, main, hours, looks: HashMap::new() }
    }

    /// Whether it is worth while: there are several names, and the window is not too long.
    fn is_needed(&self) -> bool {
        !self.who.aliases.others(self.main).is_empty() && self.hours.end - self.hours.start <= MOST_HOURS
    }

    /// The client over the whole fleet: the bounds that were known, made as narrow as a few looks can.
    pub(super) async fn on_fleet(&mut self, known: Bounded) -> Result<Bounded> {
        if !self.is_needed() {
            return Ok(known);
        }
        let mut hours = Vec::new();
        for source in fleet::sources(self.db, self.hours.clone(), Length::Hour).await? {
            let of = fleet::entries(self.db, self.who, &[source], &[self.main]).await?.remove(&self.main);
            hours.extend(of.map(|acc| (source.instants().start, acc)));
        }
        // The most first, so that it soon bounds the others.
        hours.sort_by_key(|(hour_at, acc)| (std::cmp::Reverse(acc.of.held.peak_sessions), *hour_at));
        let mut all = Bounded::default();
        hours.iter().for_each(|(_, acc)| all.least.raise(&acc.of));
        let mut sum = Bounded::default();
        for (hour_at, mut acc) in hours {
            if !acc.of.can_change(&all) {
                acc.of = acc.of.certain();
            } else if self.hour(hour_at, &mut acc).await? {
                all.least.raise(&acc.of);
            }
            sum.merge(&acc.of);
        }
        Ok(known.narrowed(&sum))
    }

    /// The same for an hour of one host, or for what stands for several: only what was looked at before is used.
    pub(super) fn on_host(&self, host: HostId, instants: &Range<i64>, bounds: &mut Bounded) {
        if instants.end - instants.start == HOUR_MS
            && let Some(Some(look)) = self.looks.get(&(host, instants.start))
        {
            *bounds = bounds.narrowed(&Bounded::from(look.held));
        }
    }

    /// The hours of a day that a host's record stands for, if some of them were looked at.
    pub(super) async fn hours_of(&self, host: HostId, part: &hosts::Part) -> Result<Option<Vec<hosts::Part>>> {
        let is_within = |key: &(HostId, i64)| key.0 == host && part.instants.contains(&key.1);
        if part.instants.end - part.instants.start == HOUR_MS || !self.looks.keys().any(is_within) {
            return Ok(None);
        }
        let hours = part.instants.start / HOUR_MS..part.instants.end / HOUR_MS;
        hosts::hourly(self.db, self.who.by, host, hours).await.map(Some)
    }

    /// Looks at an hour on all hosts that the client was on. False if it cannot be.
    async fn hour(&mut self, hour_at: i64, acc: &mut Acc) -> Result<bool> {
        if self.looks.len() + acc.hosts.len() > MOST_LOOKS {
            return Ok(false);
        }
        let mut minutes = Minutes::new(hour_at, std::iter::once(self.main));
        let mut exact = Held::default();
        for host in &acc.hosts {
            let look = self.look(*host, hour_at).await?;
            let looked = look.is_some();
            if let Some(look) = &look {
                minutes.add(&look.presence, i64::MAX, |stay| self.who.aliases.main(stay.client.0));
                exact.merge(&look.held);
            }
            self.looks.insert((*host, hour_at), look);
            if !looked {
                return Ok(false);
            }
        }
        if let Some((sessions, at)) = minutes.peak(self.main) {
            (exact.peak_sessions, exact.peak_at) = (sessions, at);
        }
        acc.of = acc.of.narrowed(&Bounded::from(exact));
        Ok(true)
    }

    async fn look(&self, host: HostId, hour_at: i64) -> Result<Option<Look>> {
        let Some(body) = chunks::find(self.db, host, hour_at).await? else { return Ok(None) };
        let damaged = |e| corrupt(format!("the chunk of host {host} in the hour from {hour_at} cannot be read: {e}"));
        let presence = chunk::presence(&body).map_err(damaged)?;
        let whole = chunk::decode(&body).map_err(damaged)?;
        let apply = |snapshot| self.who.aliases.applied(snapshot).into_owned();
        let (before, within) = (whole.carried.as_ref().map(apply), whole.within.iter().map(apply).collect::<Vec<_>>());
        let of = HourOfSnapshots { hour_at, before: before.as_ref(), within: &within, now_at: i64::MAX };
        let (_, holders) = rollup::hour(host, of);
        let place = holders.by_client.binary_search_by_key(&self.main, |(id, _)| id.0);
        Ok(Some(Look { held: place.map(|place| holders.by_client[place].1).unwrap_or_default(), presence }))
    }
}
