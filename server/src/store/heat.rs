//! The fleet step by step: as a whole, the worst hosts of it, and every host's last hours.
//!
//! Steps of six hours are put together once their day is over. Until then the hours stand for them.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use super::values::corrupt;
use super::{Db, Result, fleet, keys};
use crate::history::DecodeError;
use crate::history::matrix::columns::Columns;
use crate::history::matrix::{self, Saturation};
use crate::model::HostId;
use crate::model::fleet::{FleetUsage, Step};
use crate::model::heat::{Cell, Heat, Hot, HourOfHost, Lately, Level};
use crate::model::time::{DAY_MS, HOUR_MS};

/// So far back hours may stand for steps of six hours: the day under way, and the one before until it is put together.
const YOUNG_MS: i64 = 2 * DAY_MS;

/// What the fleet was in each step that starts within the instants, in order; steps of which nothing is known are left out. Of a
/// step that hours stand for, counts and percentiles are the greatest of its hours.
///
/// # Errors
/// The database's.
pub async fn usage(db: &Db, step: Step, instants: Range<i64>) -> Result<Vec<FleetUsage>> {
    let mut steps = fleet::usage(db, step, instants.clone()).await?;
    if step != Step::SixHours {
        return Ok(steps);
    }
    let length_ms = step.length_ms();
    let from_at = young_from(&instants, steps.last().map(|s| s.start_at), length_ms);
    for hour in fleet::usage(db, Step::Hour, from_at..instants.end).await? {
        let start_at = hour.start_at.div_euclid(length_ms) * length_ms;
        match steps.last_mut() {
            Some(last) if last.start_at == start_at => join(last, &hour),
            _ => steps.push(FleetUsage { start_at, step_ms: length_ms, ..hour }),
        }
    }
    Ok(steps)
}

/// Where hours begin to stand for steps: after the last step that is there.
fn young_from(instants: &Range<i64>, last_at: Option<i64>, length_ms: i64) -> i64 {
    let first = instants.start.max(instants.end - YOUNG_MS);
    let first = first.div_euclid(length_ms) * length_ms;
    last_at.map_or(first, |at| (at + length_ms).max(first)).max(instants.start)
}

fn join(all: &mut FleetUsage, hour: &FleetUsage) {
    let greater = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    };
    all.hosts = all.hosts.max(hour.hosts);
    all.observed = all.observed.max(hour.observed);
    all.silent = all.silent.max(hour.silent);
    all.at_limit = all.at_limit.max(hour.at_limit);
    all.above_80 = all.above_80.max(hour.above_80);
    all.unlimited = all.unlimited.max(hour.unlimited);
    all.unknown = all.unknown.max(hour.unknown);
    all.peak_sessions = all.peak_sessions.max(hour.peak_sessions);
    all.max_saturation = greater(all.max_saturation, hour.max_saturation);
    all.p95_saturation = greater(all.p95_saturation, hour.p95_saturation);
    all.median_saturation = greater(all.median_saturation, hour.median_saturation);
}

/// The `most` worst hosts in the steps that start within the instants: those that were full longest, of them those that came
/// nearest to their limit, and of them those that were near it longest. Hosts without a known limit come after all others, by
/// sessions.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn worst(db: &Db, step: Step, instants: Range<i64>, most: usize) -> Result<Heat> {
    let (steps, records) = read(db, step, instants).await?;
    let mut worst = ranks(&records)?;
    // The first host of equals: the one that has been here longest.
    worst.sort_unstable_by_key(|(rank, host)| (Reverse(*rank), *host));
    if worst.iter().take(most).any(|(rank, _)| rank.nearest < Saturation::of(0.0).0) {
        by_sessions(&records, &mut worst)?;
    }
    worst.truncate(most);
    let hosts: Vec<HostId> = worst.iter().map(|(_, host)| *host).collect();
    let cells = cells(&records, &hosts, (step, steps.len()))?;
    let hot = |((rank, host), cells): ((Rank, HostId), Vec<Cell>)| Hot { host, full_secs: rank.full_secs, cells };
    Ok(Heat { step_ms: step.length_ms(), steps, hosts: worst.into_iter().zip(cells).map(hot).collect() })
}

/// A record of the matrix, and which step it belongs to.
struct Read {
    step: usize,
    start_at: i64,
    /// For how many shortest steps it stands.
    weight: u32,
    body: Vec<u8>,
}

/// When each step with a record begins, and the records, both in order.
async fn read(db: &Db, step: Step, instants: Range<i64>) -> Result<(Vec<i64>, Vec<Read>)> {
    let length_ms = step.length_ms();
    let mut found: Vec<(i64, u32, Vec<u8>)> = Vec::new();
    let hours = if step == Step::SixHours { 6 } else { 1 };
    for (start_at, body) in fleet::matrix(db, step, instants.clone()).await? {
        found.push((start_at, hours, body));
    }
    if step == Step::SixHours {
        let from_at = young_from(&instants, found.last().map(|(at, ..)| *at), length_ms);
        let young = fleet::matrix(db, Step::Hour, from_at..instants.end).await?;
        found.extend(young.into_iter().map(|(start_at, body)| (start_at, 1, body)));
    }
    let mut steps: Vec<i64> = Vec::new();
    let mut records = Vec::with_capacity(found.len());
    for (start_at, weight, body) in found {
        let step_at = start_at.div_euclid(length_ms) * length_ms;
        if steps.last() != Some(&step_at) {
            steps.push(step_at);
        }
        records.push(Read { step: steps.len() - 1, start_at, weight, body });
    }
    Ok((steps, records))
}

/// How bad a host was: in the order of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Rank {
    full_secs: i64,
    /// Its greatest [`Saturation`].
    nearest: u8,
    /// Sum of all its saturations.
    heat: u64,
}

/// Every host that was observed.
fn ranks(records: &[Read]) -> Result<Vec<(Rank, HostId)>> {
    // By id: a plain list is smaller and faster than any map, and ids of hosts are small.
    let mut ranks: Vec<Rank> = Vec::new();
    let mut full = Vec::new();
    for record in records {
        let damaged = |e| damaged(record.start_at, &e);
        let columns = Columns::open(&record.body).map_err(damaged)?;
        let hosts = columns.hosts().map_err(damaged)?;
        let (Some(first), Some(last)) = (hosts.first(), hosts.last()) else { continue };
        if first.0 < 0 || last.0 >= keys::HOSTS_END {
            return Err(damaged(DecodeError::Invalid("host")));
        }
        let needed = usize::try_from(last.0).unwrap_or_default() + 1;
        if ranks.len() < needed {
            ranks.resize(needed, Rank::default());
        }
        full.clear();
        full.resize(hosts.len(), 0);
        let saturations = columns.saturations().map_err(damaged)?;
        let is_any_full = columns.full_secs(&mut full).map_err(damaged)?;
        for (i, (host, saturation)) in hosts.iter().zip(saturations.iter()).enumerate() {
            let Some(rank) = usize::try_from(host.0).ok().and_then(|place| ranks.get_mut(place)) else { continue };
            rank.nearest = rank.nearest.max(*saturation);
            rank.heat += u64::from(*saturation) * u64::from(record.weight);
            if is_any_full {
                rank.full_secs += i64::from(full[i]);
            }
        }
    }
    let all = ranks.into_iter().zip(0..).map(|(rank, host)| (rank, HostId(host)));
    Ok(all.filter(|(rank, _)| rank.heat > 0).collect())
}

/// Puts hosts without a known limit in order of their most sessions.
fn by_sessions(records: &[Read], worst: &mut [(Rank, HostId)]) -> Result<()> {
    let mut most: HashMap<HostId, u32> = HashMap::new();
    for record in records {
        for (host, cell) in matrix::decode(&record.body).map_err(|e| damaged(record.start_at, &e))? {
            let sessions = most.entry(host).or_default();
            *sessions = cell.peak_sessions.unwrap_or(0).max(*sessions);
        }
    }
    let first = worst.partition_point(|(rank, _)| rank.nearest >= Saturation::of(0.0).0);
    worst[first..].sort_by_key(|(_, host)| (Reverse(most.get(host).copied()), *host));
    Ok(())
}

/// The hosts' cells in each step.
fn cells(records: &[Read], hosts: &[HostId], (step, steps): (Step, usize)) -> Result<Vec<Vec<Cell>>> {
    let mut found = vec![vec![Cell::SILENT; steps]; hosts.len()];
    let mut greatest = vec![vec![Saturation::SILENT; steps]; hosts.len()];
    for record in records {
        let damaged = |e| damaged(record.start_at, &e);
        let columns = Columns::open(&record.body).map_err(damaged)?;
        let all = columns.hosts().map_err(damaged)?;
        // (place in the record, place among the hosts), in order of the former.
        let mut places: Vec<(usize, usize)> =
            hosts.iter().zip(0..).filter_map(|(host, i)| Some((all.binary_search(host).ok()?, i))).collect();
        places.sort_unstable();
        let saturations = columns.saturations().map_err(damaged)?;
        // Within five minutes it does not matter when.
        let after = if step == Step::FiveMinutes {
            vec![0; places.len()]
        } else {
            let places: Vec<usize> = places.iter().map(|(place, _)| *place).collect();
            columns.peak_after_secs_at(&places).map_err(damaged)?
        };
        for ((place, host), after_secs) in places.iter().zip(after) {
            let saturation = Saturation(saturations.get(*place).copied().unwrap_or_default());
            if saturation > greatest[*host][record.step] {
                greatest[*host][record.step] = saturation;
                let peak_at = record.start_at + i64::from(after_secs) * 1_000;
                found[*host][record.step] = Cell { level: level(saturation), peak_at };
            }
        }
    }
    Ok(found)
}

fn level(saturation: Saturation) -> Level {
    match saturation {
        Saturation::SILENT => Level::Silent,
        Saturation::UNKNOWN => Level::Unknown,
        Saturation::UNLIMITED => Level::Unlimited,
        saturation => Level::Saturation(saturation.share().unwrap_or_default()),
    }
}

/// Every host's hours that start within the instants.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn lately(db: &Db, instants: Range<i64>) -> Result<Lately> {
    let hours = keys::hours(instants.clone());
    let count = usize::try_from(hours.end - hours.start).unwrap_or(0);
    let mut lately = Lately::new(hours.start * HOUR_MS, count);
    for (start_at, body) in fleet::matrix(db, Step::Hour, instants).await? {
        let hour = usize::try_from(start_at / HOUR_MS - hours.start).unwrap_or(usize::MAX);
        for (host, cell) in matrix::decode(&body).map_err(|e| damaged(start_at, &e))? {
            let Some(sessions) = cell.peak_sessions else { continue };
            let peak_at = start_at + i64::from(cell.peak_after_secs) * 1_000;
            let of = HourOfHost { sessions, peak_at, full_secs: cell.full_secs, saturation: cell.saturation.share() };
            lately.add(host, hour, of);
        }
    }
    Ok(lately)
}

fn damaged(start_at: i64, why: &DecodeError) -> sqlx::Error {
    corrupt(format!("the fleet's matrix from {start_at} on cannot be read: {why}"))
}
