//! One holder across the fleet.

use std::collections::HashSet;
use std::ops::Range;

use super::exact::Closer;
use super::{Acc, By, Finest, Scope, Series, Who, Whose, fleet, hosts, series};
use crate::model::HostId;
use crate::model::alias::Aliases;
use crate::model::eyes::Eyes;
use crate::model::holder::{Bounded, Held, Least};
use crate::model::time::HOUR_MS;
use crate::store::fleet::Length;
use crate::store::{Db, Result, aliases, keys};

/// Hosts of which it is told what the holder held there.
const MOST_HOSTS: usize = 100;
/// So long ago at most are hours that only wait to be added up.
const WAITING_MS: i64 = 2 * HOUR_MS;

/// What one holder held, in all and host by host.
#[derive(Debug, Clone, Default)]
pub struct One {
    /// Over all hosts together; of [some](one_of), the peak is the greatest of any one of them.
    pub held: Held,
    /// What is certain of it: the same, but for a client with several names.
    pub least: Least,
    /// All of them, in ascending order.
    pub hosts: Vec<HostId>,
    /// The first hundred of them.
    pub on_hosts: Vec<OnHost>,
    /// What was held under each name, the main one first.
    pub names: Vec<(i64, Held)>,
    pub series: Series,
}

/// What a holder held on one host.
#[derive(Debug, Clone)]
pub struct OnHost {
    pub host: HostId,
    pub held: Held,
    pub least: Least,
    /// Session-milliseconds of each stretch with a record, in order.
    pub steps: Vec<(Range<i64>, i64)>,
}

/// What a holder held from when to when, under all its names: the fleet's records say on which hosts it was, and only their
/// records are read. Of the fleet, rolled-up hours only; on each host the others too.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn one(db: &Db, by: By, id: i64, from_at: i64, to_at: i64) -> Result<One> {
    let (aliases, apart) = (aliases::of(db, by).await?, Aliases::default());
    // Nobody is named.
    let eyes = &Eyes::Names;
    let who = Who { by, aliases: &aliases, eyes };
    let scope = Scope { whose: Whose::Fleet, from_at, to_at };
    let sources = fleet::sources(db, scope.hours(), Length::Week).await?;
    let Acc { of, hosts: all } = fleet::entries(db, who, &sources, &[id]).await?.remove(&id).unwrap_or_default();
    let names: Vec<i64> = aliases.names(id).collect();
    let mut each = fleet::entries(db, Who { by, aliases: &apart, eyes }, &sources, &names).await?;
    let each = names.iter().map(|name| (*name, each.remove(name).unwrap_or_default().of.held)).collect();
    let mut closer = Closer::new(db, who, id, scope.hours());
    let Bounded { held, least } = closer.on_fleet(of).await?;
    let mut on_hosts = Vec::new();
    for host in all.iter().take(MOST_HOSTS) {
        let parts = hosts::parts(db, by, *host, scope, true).await?;
        on_hosts.push(on_host(&names, (*host, &parts), &closer).await?);
    }
    let series = series(db, by, scope, &[id], Finest::Hours).await?;
    Ok(One { held, least, hosts: all, on_hosts, names: each, series })
}

/// The same of the scope's hosts: if they are some, no figure tells of any other. It is made of the records of each of them that the
/// holder was on; those of the first hundred include hours that are not rolled up.
///
/// # Errors
/// As for [`one`].
pub async fn one_of(db: &Db, by: By, id: i64, scope: Scope<'_>) -> Result<One> {
    let some = match scope.whose {
        Whose::Fleet => return one(db, by, id, scope.from_at, scope.to_at).await,
        Whose::Host(host) => vec![host],
        Whose::Hosts(hosts) => hosts.to_vec(),
    };
    let aliases = aliases::of(db, by).await?;
    // Nobody is named.
    let who = Who { by, aliases: &aliases, eyes: &Eyes::Names };
    let sources = fleet::sources(db, scope.hours(), Length::Week).await?;
    let Acc { hosts: mut all, .. } = fleet::entries(db, who, &sources, &[id]).await?.remove(&id).unwrap_or_default();
    let some: HashSet<HostId> = some.into_iter().collect();
    all.retain(|host| some.contains(host));
    let names: Vec<i64> = aliases.names(id).collect();
    let closer = Closer::new(db, who, id, scope.hours());
    let (mut sum, mut on_hosts) = (Bounded::default(), Vec::new());
    let mut each: Vec<(i64, Held)> = names.iter().map(|name| (*name, Held::default())).collect();
    for host in &all {
        let is_told = on_hosts.len() < MOST_HOSTS;
        let parts = hosts::parts(db, by, *host, scope, is_told).await?;
        for part in &parts {
            each.iter_mut().for_each(|(name, held)| held.merge(&of_name(part, *name)));
        }
        let on = on_host(&names, (*host, &parts), &closer).await?;
        sum.merge(&Bounded { held: on.held, least: on.least });
        on_hosts.extend(is_told.then_some(on));
    }
    let Bounded { held, least } = sum;
    let scope = Scope { whose: Whose::Hosts(&all), ..scope };
    let series = series(db, by, scope, &[id], Finest::Hours).await?;
    Ok(One { held, least, on_hosts, names: each, series, hosts: all })
}

/// Whether a holder was on any of these hosts at any time of which there are records, under any of its names. Hours that wait to be
/// added up are asked last: what a host shows now is there.
///
/// # Errors
/// As for [`one`].
pub async fn was_on(db: &Db, by: By, id: i64, hosts: &[HostId], now_at: i64) -> Result<bool> {
    let some: HashSet<HostId> = hosts.iter().copied().collect();
    let aliases = aliases::of(db, by).await?;
    // Nobody is named.
    let who = Who { by, aliases: &aliases, eyes: &Eyes::Names };
    let first = fleet::first_hour(db).await?.unwrap_or(i64::MAX);
    let hours = keys::hours(0..now_at.saturating_add(HOUR_MS));
    // The newest first: most are found there.
    for source in fleet::sources(db, first.min(hours.end)..hours.end, Length::Week).await?.into_iter().rev() {
        let found = fleet::entries(db, who, &[source], &[id]).await?.remove(&id);
        if found.is_some_and(|acc| acc.hosts.iter().any(|host| some.contains(host))) {
            return Ok(true);
        }
    }
    let names: Vec<i64> = aliases.names(id).collect();
    for host in hosts {
        let scope = Scope { whose: Whose::Host(*host), from_at: now_at - WAITING_MS, to_at: now_at };
        let parts = hosts::parts(db, by, *host, scope, true).await?;
        if parts.iter().any(|part| names.iter().any(|name| of_name(part, *name).peak_sessions > 0)) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn on_host(names: &[i64], (host, parts): (HostId, &[hosts::Part]), closer: &Closer<'_>) -> Result<OnHost> {
    let (mut sum, mut steps) = (Bounded::default(), Vec::new());
    for part in parts {
        let of = joint(part, names);
        steps.push((part.instants.clone(), of.held.session_ms));
        let hours = closer.hours_of(host, part).await?.unwrap_or_default();
        let hours: Vec<(Bounded, &hosts::Part)> = hours.iter().map(|hour| (joint(hour, names), hour)).collect();
        // Some hours of the day may not be kept any more; sums of time tell.
        if !hours.is_empty() && hours.iter().map(|(of, _)| of.held.session_ms).sum::<i64>() == of.held.session_ms {
            hours.into_iter().for_each(|(of, hour)| sum.merge(&narrowed(of, host, hour, closer)));
        } else {
            sum.merge(&narrowed(of, host, part, closer));
        }
    }
    Ok(OnHost { host, held: sum.held, least: sum.least, steps })
}

fn joint(part: &hosts::Part, names: &[i64]) -> Bounded {
    let mut joint = Bounded::default();
    names.iter().for_each(|name| joint.join(&of_name(part, *name)));
    joint
}

/// What was held under one name; nothing if it was not there.
fn of_name(part: &hosts::Part, name: i64) -> Held {
    let place = part.entries.binary_search_by_key(&name, |(id, _)| *id);
    place.map(|place| part.entries[place].1).unwrap_or_default()
}

fn narrowed(mut of: Bounded, host: HostId, part: &hosts::Part, closer: &Closer<'_>) -> Bounded {
    closer.on_host(host, &part.instants, &mut of);
    of
}
