//! When the host was full, and when nobody knows.
//!
//! Snapshot by snapshot as far as they were looked at; after that by the usage of every five minutes.

use std::cmp::Reverse;

use crate::model::episode::{Episode, Moment};
use crate::model::evidence::{AtLimit, Hole, Holes, Stretch};
use crate::model::time::{CELL_MS, MINUTE_MS};

/// Stretches and holes that are listed one by one.
const MOST: usize = 50;
/// What is shorter is a snapshot that came a little late.
const SHORTEST_HOLE_MS: i64 = MINUTE_MS;

/// When one more session would have been refused, between the beginning and the end.
pub(super) fn at_limit(episode: &Episode) -> AtLimit {
    let until_at = episode.until_at();
    let seen_until_at = episode.looked.cut_at.unwrap_or(until_at).min(until_at);
    let full = held(episode, seen_until_at).filter(|(moment, _)| moment.is_full()).map(|(_, stretch)| stretch);
    let cells = episode.cells().filter(|(at, cell)| *at >= seen_until_at && *at < until_at && cell.full_ms > 0);
    let coarse = cells.map(|(at, _)| Stretch { from_at: at, to_at: (at + CELL_MS).min(until_at) });
    let stretches = joined(full.chain(coarse));
    AtLimit {
        count: super::holding::count(stretches.len()),
        total_ms: stretches.iter().map(Stretch::length_ms).sum(),
        stretches: stretches.into_iter().take(MOST).collect(),
        coarse_from_at: episode.looked.cut_at.filter(|at| *at < until_at),
    }
}

/// Each moment with the part of the episode in which it holds true.
fn held(episode: &Episode, until_at: i64) -> impl Iterator<Item = (&Moment, Stretch)> {
    let from_at = episode.from_at();
    let nexts = episode.moments.iter().skip(1).map(|next| next.taken_at).chain([i64::MAX]);
    episode.moments.iter().zip(nexts).filter_map(move |(moment, next_at)| {
        let stretch =
            Stretch { from_at: moment.taken_at.max(from_at), to_at: moment.holds_until().min(next_at).min(until_at) };
        // One at the very end holds for no time, and still was there.
        let was_there = stretch.length_ms() > 0 || (from_at..=until_at).contains(&moment.taken_at);
        was_there.then_some((moment, stretch))
    })
}

/// Those that touch are one.
fn joined(stretches: impl Iterator<Item = Stretch>) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    for stretch in stretches {
        match all.last_mut().filter(|last| stretch.from_at <= last.to_at) {
            Some(last) => last.to_at = last.to_at.max(stretch.to_at),
            None => all.push(stretch),
        }
    }
    all
}

/// Where nothing was observed between the beginning and the end, with why as far as the agent said so.
pub(super) fn holes(episode: &Episode) -> Holes {
    let (from_at, until_at) = (episode.from_at(), episode.until_at());
    let mut missing = missing(episode, until_at);
    let whole = super::holding::count(missing.len());
    let total_ms = missing.iter().map(Stretch::length_ms).sum();
    missing.sort_by_key(|hole| Reverse(hole.length_ms()));
    missing.truncate(MOST);
    missing.sort_by_key(|hole| hole.from_at);
    let touching = episode.gaps.iter().filter(|gap| gap.from_at <= until_at && gap.to_at >= from_at);
    Holes {
        longest: missing.into_iter().map(|stretch| hole(episode, stretch)).collect(),
        count: whole,
        total_ms,
        lost_records: touching.filter_map(|gap| gap.lost_records).sum(),
    }
}

fn missing(episode: &Episode, until_at: i64) -> Vec<Stretch> {
    if episode.incident.host.is_none() {
        // Nothing of one host is asked.
        return Vec::new();
    }
    let seen_until_at = episode.looked.cut_at.unwrap_or(until_at).min(until_at);
    let seen = held(episode, seen_until_at).map(|(_, stretch)| stretch);
    let cells = episode.cells().filter(|(at, cell)| *at >= seen_until_at && *at < until_at && cell.covered_ms > 0);
    let seen = joined(seen.chain(cells.map(|(at, _)| Stretch { from_at: at, to_at: at + CELL_MS })));
    let mut holes = Vec::new();
    let mut known_until_at = episode.from_at();
    for stretch in seen.iter().chain([&Stretch { from_at: until_at, to_at: until_at }]) {
        if stretch.from_at - known_until_at >= SHORTEST_HOLE_MS {
            holes.push(Stretch { from_at: known_until_at, to_at: stretch.from_at });
        }
        known_until_at = known_until_at.max(stretch.to_at);
    }
    holes
}

fn hole(episode: &Episode, stretch: Stretch) -> Hole {
    let Stretch { from_at, to_at } = stretch;
    let mut gaps = episode.gaps.iter().filter(|gap| gap.is_of_snapshots());
    let said = gaps.find(|gap| gap.from_at < to_at && gap.to_at > from_at);
    Hole { from_at, to_at, reason: said.map(|gap| gap.reason.clone()) }
}
