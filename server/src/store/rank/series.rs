//! What some holders held, step by step.

use std::collections::HashMap;
use std::ops::Range;

use super::{By, Scope, Whose, fleet, hosts};
use crate::each;
use crate::model::holder::Measure;
use crate::model::time::{DAY_MS, HOUR_MS};
use crate::store::fleet::Length;
use crate::store::{Db, Result, aliases, keys};

/// Records that may be read for a series of hours: beyond it, days are read. At 1,000 hosts an hour has about 125 KB.
const MOST_BYTES: i64 = 8 << 20;
/// Records of days likewise: beyond it, weeks. At 10,000 hosts that is a month.
const MOST_BYTES_OF_DAYS: i64 = 32 << 20;
/// Hours of hosts for a series, likewise: a month of one host.
const MOST_HOURS: i64 = 32 * 24;

/// How fine the steps are at the finest. Those at the edges of the range may be finer, and none is longer than asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finest {
    /// Hours where that does not cost too much, else as with days.
    Hours,
    /// Days where that does not cost too much, else weeks.
    Days,
    /// As few records as there can be.
    Any,
}

/// Session-milliseconds in each step. A step of which there is no record is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series {
    /// In order, without overlap.
    pub steps: Vec<Range<i64>>,
    /// By holder, one figure per step.
    pub of: HashMap<i64, Vec<i64>>,
}

/// The steps of these holders in the scope, under all their names. Rolled-up hours only.
///
/// # Errors
/// As for [`top`](super::top).
pub async fn series(db: &Db, by: By, scope: Scope<'_>, ids: &[i64], finest: Finest) -> Result<Series> {
    let aliases = aliases::of(db, by).await?;
    let names: Vec<i64> = ids.iter().flat_map(|id| aliases.names(*id)).collect();
    let mut series = of_names(db, by, scope, &names, finest).await?;
    for main in ids {
        for alias in aliases.others(*main) {
            let (Some(figures), Some(sums)) = (series.of.remove(alias), series.of.get_mut(main)) else { continue };
            sums.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
        }
    }
    Ok(series)
}

async fn of_names(db: &Db, by: By, scope: Scope<'_>, ids: &[i64], finest: Finest) -> Result<Series> {
    match scope.whose {
        Whose::Fleet => of_fleet(db, by, scope, ids, finest).await,
        Whose::Host(host) => of_hosts(db, by, (&[host], scope), ids, finest).await,
        Whose::Hosts(all) => of_hosts(db, by, (all, scope), ids, finest).await,
    }
}

async fn of_fleet(db: &Db, by: By, scope: Scope<'_>, ids: &[i64], finest: Finest) -> Result<Series> {
    let hours = scope.hours();
    let longest = match finest {
        Finest::Hours if cost(db, Length::Hour, &hours).await? <= MOST_BYTES => Length::Hour,
        Finest::Hours | Finest::Days if cost(db, Length::Day, &hours).await? <= MOST_BYTES_OF_DAYS => Length::Day,
        _ => Length::Week,
    };
    let mut series = Series { steps: Vec::new(), of: ids.iter().map(|id| (*id, Vec::new())).collect() };
    for source in fleet::sources(db, hours, longest).await? {
        let Some((all, figures)) = fleet::columns(db, by, source, &[Measure::SessionHours]).await? else { continue };
        series.steps.push(source.instants());
        for (id, steps) in &mut series.of {
            steps.push(all.place_of(*id).map_or(0, |place| figures[0].get(place)));
        }
    }
    Ok(series)
}

/// About how many bytes the records of these hours have: as many as the newest, each.
pub(super) async fn cost(db: &Db, length: Length, hours: &Range<i64>) -> Result<i64> {
    const SQL: &str = "
        select cast(octet_length(by_client) as bigint) from fleet_holders where bucket >= $1 and bucket < $2
        order by bucket desc limit 1";
    let first = length.level() * keys::LEVEL;
    let newest: Option<i64> = each!(db.reader(), pool =>
        sqlx::query_scalar(SQL).bind(first + hours.start).bind(first + hours.end).fetch_optional(pool).await?);
    let count = (hours.end - hours.start) / if length == Length::Hour { 1 } else { 24 };
    Ok(newest.unwrap_or(0).saturating_mul(count))
}

async fn of_hosts(
    db: &Db,
    by: By,
    (all, scope): (&[crate::model::HostId], Scope<'_>),
    ids: &[i64],
    finest: Finest,
) -> Result<Series> {
    let length = scope.hours().end - scope.hours().start;
    let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let step_ms = match finest {
        Finest::Hours if length.saturating_mul(count) <= MOST_HOURS => HOUR_MS,
        _ => DAY_MS,
    };
    let mut sums: std::collections::BTreeMap<i64, (i64, HashMap<i64, i64>)> = std::collections::BTreeMap::new();
    for host in all {
        // Days are hours added up: for steps of hours only hours are read.
        let parts = if step_ms == HOUR_MS {
            hosts::hourly(db, by, *host, scope.hours()).await?
        } else {
            hosts::parts(db, by, *host, scope, false).await?
        };
        for part in parts {
            let start_at = part.instants.start.div_euclid(step_ms) * step_ms;
            let (until_at, step) = sums.entry(start_at).or_default();
            *until_at = part.instants.end.max(*until_at);
            for id in ids {
                if let Ok(place) = part.entries.binary_search_by_key(id, |(id, _)| *id) {
                    *step.entry(*id).or_default() += part.entries[place].1.session_ms;
                }
            }
        }
    }
    let start_at = keys::hours(scope.from_at..scope.to_at).start * HOUR_MS;
    let steps = sums.iter().map(|(from_at, (until_at, _))| (*from_at).max(start_at)..*until_at).collect();
    let figures = |id: &i64| sums.values().map(|(_, step)| step.get(id).copied().unwrap_or(0)).collect();
    Ok(Series { steps, of: ids.iter().map(|id| (*id, figures(id))).collect() })
}
