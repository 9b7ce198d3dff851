//! One holder across the fleet.

use std::ops::Range;

use super::{Acc, By, Finest, Scope, Series, Whose, fleet, hosts, series};
use crate::model::HostId;
use crate::model::holder::Held;
use crate::store::fleet::Length;
use crate::store::{Db, Result};

/// Hosts of which it is told what the holder held there.
const MOST_HOSTS: usize = 100;

/// What one holder held, in all and host by host.
#[derive(Debug, Clone, Default)]
pub struct One {
    /// Over all hosts together.
    pub held: Held,
    /// All of them, in ascending order.
    pub hosts: Vec<HostId>,
    /// The first hundred of them.
    pub on_hosts: Vec<OnHost>,
    pub series: Series,
}

/// What a holder held on one host.
#[derive(Debug, Clone)]
pub struct OnHost {
    pub host: HostId,
    pub held: Held,
    /// Session-milliseconds of each stretch with a record, in order.
    pub steps: Vec<(Range<i64>, i64)>,
}

/// What a holder held from when to when: the fleet's records say on which hosts it was, and only their records are read. Of the
/// fleet, rolled-up hours only; on each host the others too.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn one(db: &Db, by: By, id: i64, from_at: i64, to_at: i64) -> Result<One> {
    let scope = Scope { whose: Whose::Fleet, from_at, to_at };
    let sources = fleet::sources(db, scope.hours(), Length::Week).await?;
    let Acc { held, hosts: all } = fleet::entries(db, by, &sources, &[id]).await?.remove(&id).unwrap_or_default();
    let mut on_hosts = Vec::new();
    for host in all.iter().take(MOST_HOSTS) {
        on_hosts.push(on_host(db, by, id, *host, scope).await?);
    }
    Ok(One { held, hosts: all, on_hosts, series: series(db, by, scope, &[id], Finest::Hours).await? })
}

async fn on_host(db: &Db, by: By, id: i64, host: HostId, scope: Scope<'_>) -> Result<OnHost> {
    let mut on_host = OnHost { host, held: Held::default(), steps: Vec::new() };
    for part in hosts::parts(db, by, host, scope, true).await? {
        let place = part.entries.binary_search_by_key(&id, |(id, _)| *id);
        let held = place.map(|place| part.entries[place].1).unwrap_or_default();
        on_host.held.merge(&held);
        on_host.steps.push((part.instants, held.session_ms));
    }
    Ok(on_host)
}
