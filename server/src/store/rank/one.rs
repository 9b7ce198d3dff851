//! One holder across the fleet.

use std::ops::Range;

use super::exact::Closer;
use super::{Acc, By, Finest, Scope, Series, Who, Whose, fleet, hosts, series};
use crate::model::HostId;
use crate::model::alias::Aliases;
use crate::model::eyes::Eyes;
use crate::model::holder::{Bounded, Held, Least};
use crate::store::fleet::Length;
use crate::store::{Db, Result, aliases};

/// Hosts of which it is told what the holder held there.
const MOST_HOSTS: usize = 100;

/// What one holder held, in all and host by host.
#[derive(Debug, Clone, Default)]
pub struct One {
    /// Over all hosts together.
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
        on_hosts.push(on_host(db, (by, &names), *host, scope, &closer).await?);
    }
    let series = series(db, by, scope, &[id], Finest::Hours).await?;
    Ok(One { held, least, hosts: all, on_hosts, names: each, series })
}

async fn on_host(
    db: &Db,
    (by, names): (By, &[i64]),
    host: HostId,
    scope: Scope<'_>,
    closer: &Closer<'_>,
) -> Result<OnHost> {
    let (mut sum, mut steps) = (Bounded::default(), Vec::new());
    for part in hosts::parts(db, by, host, scope, true).await? {
        let of = joint(&part, names);
        steps.push((part.instants.clone(), of.held.session_ms));
        let hours = closer.hours_of(host, &part).await?.unwrap_or_default();
        let hours: Vec<(Bounded, &hosts::Part)> = hours.iter().map(|hour| (joint(hour, names), hour)).collect();
        // Some hours of the day may not be kept any more; sums of time tell.
        if !hours.is_empty() && hours.iter().map(|(of, _)| of.held.session_ms).sum::<i64>() == of.held.session_ms {
            hours.into_iter().for_each(|(of, hour)| sum.merge(&narrowed(of, host, hour, closer)));
        } else {
            sum.merge(&narrowed(of, host, &part, closer));
        }
    }
    Ok(OnHost { host, held: sum.held, least: sum.least, steps })
}

fn joint(part: &hosts::Part, names: &[i64]) -> Bounded {
    let mut joint = Bounded::default();
    for name in names {
        if let Ok(place) = part.entries.binary_search_by_key(name, |(id, _)| *id) {
            joint.join(&part.entries[place].1);
        }
    }
    joint
}

fn narrowed(mut of: Bounded, host: HostId, part: &hosts::Part, closer: &Closer<'_>) -> Bounded {
    closer.on_host(host, &part.instants, &mut of);
    of
}
