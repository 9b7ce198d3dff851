//! The fleet step by step: as a whole, the worst hosts of it, and every host's last hours.
//!
//! Steps of six hours are put together once their day is over. Until then the hours stand for them.

mod cells;
mod seen;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

pub(super) use self::cells::Cells;
use super::{Db, Result, fleet, hosts, keys};
use crate::history::matrix::Saturation;
use crate::model::HostId;
use crate::model::fleet::{FleetUsage, Step};
use crate::model::heat::{Cell, Heat, Hot, HourOfHost, Lately, Level};
use crate::model::sight::Sight;
use crate::model::time::{DAY_MS, HOUR_MS, SECOND_MS};

/// So far back it is looked for the sessions of hosts without a limit.
const LOOK_BACK_MS: i64 = 7 * DAY_MS;
/// So far back hours may stand for steps of six hours: the day under way, and the one before until it is put together.
const YOUNG_MS: i64 = 2 * DAY_MS;

/// What the fleet was in each step that starts within the instants, in order; steps of which nothing is known are left out. Of a
/// step that hours stand for, counts and percentiles are the greatest of its hours. For who is confined the fleet is the hosts
/// that he sees, and what the heat map tells of them.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn usage(db: &Db, step: Step, instants: Range<i64>, sight: &Sight) -> Result<Vec<FleetUsage>> {
    if sight.is_confined() {
        return seen::usage(db, step, instants, sight).await;
    }
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

/// The cells of the steps that start within the instants, `length_ms` of them as one, in order.
async fn steps(db: &Db, (step, length_ms): (Step, i64), instants: Range<i64>) -> Result<Vec<Arc<Cells>>> {
    let young = match step {
        Step::SixHours => {
            let last_at = fleet::last_step(db, step, instants.clone()).await?;
            young_from(&instants, last_at, step.length_ms())..instants.end
        }
        _ => instants.end..instants.end,
    };
    cells::read(db, (step, length_ms), instants, young).await
}

/// The `most` worst of the hosts that are seen in the steps that start within the instants: those that were full longest, of them those that came
/// nearest to their limit, and of them those that were near it longest. Hosts without a known limit come after all others, by
/// sessions. `per` steps are read as one.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn worst(
    db: &Db,
    (step, per): (Step, i64),
    instants: Range<i64>,
    (most, sight): (usize, &Sight),
) -> Result<Heat> {
    let length_ms = step.length_ms() * per.max(1);
    let all = steps(db, (step, length_ms), instants).await?;
    let mut worst = ranks(&all);
    if sight.is_confined() {
        let seen = hosts::seen_by(db, sight).await?;
        worst.retain(|(_, host)| seen.contains(host));
    }
    // The first host of equals: the one that has been here longest.
    worst.sort_unstable_by_key(|(rank, host)| (Reverse(*rank), *host));
    if worst.iter().take(most).any(|(rank, _)| rank.nearest < Saturation::of(0.0).0) {
        by_sessions(db, &all, &mut worst).await?;
    }
    worst.truncate(most);
    let hot = |(rank, host): &(Rank, HostId)| Hot {
        host: *host,
        full_secs: rank.full_secs,
        cells: all.iter().map(|cells| cell(cells, *host)).collect(),
    };
    let hosts = worst.iter().map(hot).collect();
    Ok(Heat { step_ms: length_ms, steps: all.iter().map(|cells| cells.start_at).collect(), hosts })
}

/// How many seconds each host was full within the instants, to steps of six hours; hosts that never were are left out.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn full_secs(db: &Db, instants: Range<i64>) -> Result<HashMap<HostId, i64>> {
    let all = steps(db, (Step::SixHours, Step::SixHours.length_ms()), instants).await?;
    let full = ranks(&all).into_iter().filter(|(rank, _)| rank.full_secs > 0);
    Ok(full.map(|(rank, host)| (host, rank.full_secs)).collect())
}

/// How bad a host was: in the order of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Rank {
    full_secs: i64,
    /// Its greatest [`Saturation`].
    nearest: u8,
    /// Sum of all its saturations.
    heat: u32,
}

/// Every host that was observed.
fn ranks(all: &[Arc<Cells>]) -> Vec<(Rank, HostId)> {
    // By id: a plain list is smaller and faster than any map, and ids of hosts are small.
    let count = all.iter().filter_map(|cells| cells.hosts.last()).max().map_or(0, |last| *last as usize + 1);
    let mut ranks = vec![Rank::default(); count];
    // Most steps are of the same hosts: added up place by place, several at once, they take a tenth of the time.
    for steps in all.chunk_by(|one, next| one.hosts == next.hosts) {
        let Some(hosts) = steps.first().map(|cells| &cells.hosts) else { continue };
        for (host, of) in hosts.iter().zip(ranks_of(steps, hosts.len())) {
            let Some(rank) = ranks.get_mut(*host as usize) else { continue };
            rank.nearest = rank.nearest.max(of.nearest);
            rank.heat = rank.heat.saturating_add(of.heat);
            rank.full_secs += of.full_secs;
        }
    }
    let ranks = ranks.into_iter().zip(0..).map(|(rank, host)| (rank, HostId(host)));
    ranks.filter(|(rank, _)| rank.heat > 0).collect()
}

/// The ranks of steps that are of the same hosts, in the places that these have.
fn ranks_of(steps: &[Arc<Cells>], places: usize) -> impl Iterator<Item = Rank> {
    let (mut nearest, mut heat, mut full_secs) = (vec![0_u8; places], vec![0_u32; places], vec![0_u32; places]);
    for cells in steps {
        for ((nearest, heat), saturation) in nearest.iter_mut().zip(&mut heat).zip(&cells.saturations) {
            *nearest = (*nearest).max(*saturation);
            // A byte each: sixteen million steps fit.
            *heat += u32::from(*saturation);
        }
        for (full_secs, secs) in full_secs.iter_mut().zip(&cells.full_secs) {
            *full_secs = full_secs.saturating_add(*secs);
        }
    }
    let all = nearest.into_iter().zip(heat).zip(full_secs);
    all.map(|((nearest, heat), full_secs)| Rank { full_secs: i64::from(full_secs), nearest, heat })
}

/// Puts hosts without a known limit in order of their most sessions, as the hours tell them.
async fn by_sessions(db: &Db, all: &[Arc<Cells>], worst: &mut [(Rank, HostId)]) -> Result<()> {
    let (Some(first), Some(last)) = (all.first(), all.last()) else { return Ok(()) };
    let from_at = first.start_at.max(last.start_at - LOOK_BACK_MS).div_euclid(HOUR_MS) * HOUR_MS;
    let mut most: HashMap<HostId, u32> = HashMap::new();
    for cells in hours(db, from_at..last.start_at + 1).await? {
        for (host, sessions) in cells.hosts.iter().zip(&cells.sessions) {
            let kept = most.entry(HostId(i64::from(*host))).or_default();
            *kept = (*kept).max(*sessions);
        }
    }
    let first = worst.partition_point(|(rank, _)| rank.nearest >= Saturation::of(0.0).0);
    worst[first..].sort_by_key(|(_, host)| (Reverse(most.get(host).copied()), *host));
    Ok(())
}

fn cell(cells: &Cells, host: HostId) -> Cell {
    let Some(place) = cells.place_of(host) else { return Cell::SILENT };
    let saturation = Saturation(cells.saturations.get(place).copied().unwrap_or_default());
    let after_secs = cells.after_secs.get(place).copied().unwrap_or_default();
    Cell { level: level(saturation), peak_at: cells.start_at + i64::from(after_secs) * SECOND_MS }
}

fn level(saturation: Saturation) -> Level {
    match saturation {
        Saturation::SILENT => Level::Silent,
        Saturation::UNKNOWN => Level::Unknown,
        Saturation::UNLIMITED => Level::Unlimited,
        saturation => Level::Saturation(saturation.share().unwrap_or_default()),
    }
}

async fn hours(db: &Db, instants: Range<i64>) -> Result<Vec<Arc<Cells>>> {
    let end = instants.end;
    cells::read(db, (Step::Hour, HOUR_MS), instants, end..end).await
}

/// Every host's hours that start within the instants, in short.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn lately(db: &Db, instants: Range<i64>) -> Result<HashMap<HostId, Lately>> {
    let all = hours(db, instants).await?;
    let count = all.iter().filter_map(|cells| cells.hosts.last()).max().map_or(0, |last| *last as usize + 1);
    let mut lately: Vec<Option<Lately>> = vec![None; count];
    for cells in &all {
        for (place, host) in cells.hosts.iter().enumerate() {
            let Some(of) = lately.get_mut(*host as usize) else { continue };
            let hour = hour_of(cells, place);
            *of = Some(of.map_or(Lately::of(&hour), |before| before.then(&hour)));
        }
    }
    Ok(lately.into_iter().zip(0..).filter_map(|(of, host)| Some((HostId(host), of?))).collect())
}

/// These hosts' hours that start within the instants, one by one: none where nothing was observed.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn hourly(
    db: &Db,
    hosts: &[HostId],
    instants: Range<i64>,
) -> Result<HashMap<HostId, Vec<Option<HourOfHost>>>> {
    let range = keys::hours(instants.clone());
    let count = usize::try_from(range.end - range.start).unwrap_or(0);
    let mut found: HashMap<HostId, Vec<Option<HourOfHost>>> =
        hosts.iter().map(|host| (*host, vec![None; count])).collect();
    for cells in hours(db, instants).await? {
        let hour = usize::try_from(cells.start_at / HOUR_MS - range.start).unwrap_or(usize::MAX);
        for (host, hours) in &mut found {
            if let (Some(place), Some(kept)) = (cells.place_of(*host), hours.get_mut(hour)) {
                *kept = Some(hour_of(&cells, place));
            }
        }
    }
    Ok(found)
}

fn hour_of(cells: &Cells, place: usize) -> HourOfHost {
    let after_secs = cells.after_secs.get(place).copied().unwrap_or_default();
    HourOfHost {
        sessions: cells.sessions.get(place).copied().unwrap_or_default(),
        peak_at: cells.start_at + i64::from(after_secs) * SECOND_MS,
        full_secs: cells.full_secs.get(place).copied().unwrap_or_default(),
        saturation: Saturation(cells.saturations.get(place).copied().unwrap_or_default()).share(),
    }
}
