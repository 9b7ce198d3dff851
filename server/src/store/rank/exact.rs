//! What several names of one client held at once, from the snapshots themselves. Records say of each name what it held at most
//! within an hour, but not when; so of hours in which two names of a client were there, a few are looked at: first those in which
//! the most can have come together, and only as long as a look can change the answer.
//!
//! Of windows longer than a week, of those whose records of hours are too large or not all kept any more, of hours whose snapshots
//! are not kept, and beyond [`MOST_LOOKS`] and [`MOST_OBSERVATIONS`], the bounds stay.

use std::collections::HashMap;
use std::ops::Range;

use super::{Acc, Who, fleet, hosts, series};
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
/// Sessions in snapshots that are unpacked for one answer; some 60 bytes each. A host with 200 sessions that is looked at every minute
/// has 12,000 an hour.
const MOST_OBSERVATIONS: usize = 1_000_000;
/// Records of the fleet's hours that are read for one answer: at 10,000 hosts an hour has 1.2 MB.
const MOST_BYTES: i64 = 32 << 20;

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
    /// So many observations may still be unpacked.
    left: usize,
}

impl<'a> Closer<'a> {
    /// `hours` count from 1970.
    pub(super) fn new(db: &'a Db, who: Who<'a>, main: i64, hours: Range<i64>) -> Self {
        Self { db, who, main, hours, looks: HashMap::new(), left: MOST_OBSERVATIONS }
    }

    /// Whether it is worth while: there are several names, and the window is not too long, nor its records too large.
    async fn is_needed(&self) -> Result<bool> {
        if self.who.aliases.others(self.main).is_empty() || self.hours.end - self.hours.start > MOST_HOURS {
            return Ok(false);
        }
        Ok(series::cost(self.db, Length::Hour, &self.hours).await? <= MOST_BYTES)
    }

    /// The client over the whole fleet: the bounds that were known, made as narrow as a few looks can.
    pub(super) async fn on_fleet(&mut self, known: Bounded) -> Result<Bounded> {
        if !self.is_needed().await? {
            return Ok(known);
        }
        let mut hours = Vec::new();
        for source in fleet::sources(self.db, self.hours.clone(), Length::Hour).await? {
            let of = fleet::entries(self.db, self.who, &[source], &[self.main]).await?.remove(&self.main);
            hours.extend(of.map(|acc| (source.instants().start, acc)));
        }
        // Sums of time are exact: if they differ, some hours are not kept any more, and what is left says too little.
        if hours.iter().map(|(_, acc)| acc.of.held.session_ms).sum::<i64>() != known.held.session_ms {
            return Ok(known);
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

    async fn look(&mut self, host: HostId, hour_at: i64) -> Result<Option<Look>> {
        let Some(body) = chunks::find(self.db, host, hour_at).await? else { return Ok(None) };
        let damaged = |e| corrupt(format!("the chunk of host {host} in the hour from {hour_at} cannot be read: {e}"));
        let presence = chunk::presence(&body).map_err(damaged)?;
        let observations = presence.stays.iter().fold(0_usize, |sum, stay| sum.saturating_add(stay.snapshots));
        let Some(left) = self.left.checked_sub(observations) else { return Ok(None) };
        self.left = left;
        let mut whole = chunk::decode(&body).map_err(damaged)?;
        whole.carried.iter_mut().chain(&mut whole.within).for_each(|snapshot| self.who.aliases.apply(snapshot));
        let of = HourOfSnapshots { hour_at, before: whole.carried.as_ref(), within: &whole.within, now_at: i64::MAX };
        let (_, holders) = rollup::hour(host, of);
        // Hundreds of thousands of sessions are some ten milliseconds: let others have their turn in between.
        tokio::task::yield_now().await;
        let place = holders.by_client.binary_search_by_key(&self.main, |(id, _)| id.0);
        Ok(Some(Look { held: place.map(|place| holders.by_client[place].1).unwrap_or_default(), presence }))
    }
}
