//! The fleet as who is confined to groups of hosts sees it: added up from the cells of the hosts that he sees.

use std::ops::Range;

use super::cells::Cells;
use super::steps;
use crate::history::matrix::Saturation;
use crate::history::merge;
use crate::model::HostId;
use crate::model::fleet::{FleetUsage, Step};
use crate::model::limit::Limit;
use crate::model::sight::Sight;
use crate::model::usage::{Peak, Usage};
use crate::store::{Db, Result, hosts};

/// As [`super::usage`]. Cells tell saturations in half percents, rounded up, and sessions in steps of an hour alone.
pub(super) async fn usage(db: &Db, step: Step, instants: Range<i64>, sight: &Sight) -> Result<Vec<FleetUsage>> {
    let step_ms = step.length_ms();
    let all = steps(db, (step, step_ms), instants).await?;
    let seen = hosts::seen_since(db, sight).await?;
    Ok(all.iter().map(|cells| usage_in(cells, step_ms, &seen)).collect())
}

/// `seen`: in order of when they were first heard of.
fn usage_in(cells: &Cells, step_ms: i64, seen: &[(HostId, i64)]) -> FleetUsage {
    let places: Vec<usize> = seen.iter().filter_map(|(host, _)| cells.place_of(*host)).collect();
    let usages: Vec<Usage> = places.iter().map(|place| usage_at(cells, *place)).collect();
    let known = seen.partition_point(|(_, created_at)| *created_at < cells.start_at + step_ms);
    let usage = merge::fleet_usage((cells.start_at, step_ms), usages.iter(), known);
    // One that came within half a percent of its limit was not full.
    let is_full = |place: &&usize| cells.full_secs.get(**place).is_some_and(|secs| *secs > 0);
    let full = places.iter().filter(is_full).count();
    FleetUsage { at_limit: u32::try_from(full).unwrap_or(u32::MAX), ..usage }
}

/// What the cell says of the host's usage.
fn usage_at(cells: &Cells, place: usize) -> Usage {
    let saturation = Saturation(cells.saturations.get(place).copied().unwrap_or_default());
    let unlimited = saturation == Saturation::UNLIMITED;
    let peak = Peak {
        sessions: cells.sessions.get(place).copied().unwrap_or_default(),
        at: cells.start_at,
        limit: Limit { unlimited, ..Limit::UNKNOWN },
    };
    let is_silent = saturation == Saturation::SILENT;
    Usage { peak: (!is_silent).then_some(peak), max_saturation: saturation.share(), ..Usage::default() }
}
