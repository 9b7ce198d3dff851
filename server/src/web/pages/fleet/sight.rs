//! What the fleet's page says between its first line and its table: the counters and the spread over time.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::asked::{Asked, level_word};
use crate::chart::bands::{Spread, Step};
use crate::chart::range::Span;
use crate::model::HostId;
use crate::model::fleet::FleetUsage;
use crate::model::heat::Lately;
use crate::model::host::{HostInShort, Level, WATCH_SATURATION};
use crate::web::layout::Mark;

/// A level with how many hosts are at it, as a filter.
#[derive(Debug)]
pub(super) struct Counter {
    pub(super) count: usize,
    pub(super) mark: Mark,
    pub(super) href: String,
    pub(super) is_chosen: bool,
}

#[must_use]
pub(super) fn counters(hosts: &[HostInShort], now_at: i64, asked: &Asked) -> Vec<Counter> {
    let levels = [Level::Full, Level::Watch, Level::Calm, Level::Silent, Level::Unlimited, Level::Unknown];
    let counter = |level| {
        let is_chosen = asked.level() == Some(level);
        // Chosen again, it no longer filters.
        let word = if is_chosen { "" } else { level_word(level) };
        Counter {
            count: hosts.iter().filter(|h| h.level(now_at) == level).count(),
            mark: Mark::of(level),
            href: format!("{}#hosts", asked.with("level", word)),
            is_chosen,
        }
    };
    levels.into_iter().map(counter).collect()
}

/// The full host that, by its last hours, has been full the longest.
#[must_use]
pub(super) fn longest_full<'a>(
    hosts: &'a [HostInShort],
    lately: &HashMap<HostId, Lately>,
    now_at: i64,
) -> Option<&'a HostInShort> {
    let full = hosts.iter().filter(|h| h.level(now_at) == Level::Full);
    // The first one of equals: hosts come by name.
    let full_hours = |host: &HostInShort| lately.get(&host.id).map_or(0, |of| of.full_hours);
    full.max_by_key(|host| (full_hours(host), Reverse(host.name.to_lowercase())))
}

/// The fleet's spread, step by step. What is true now belongs to the newest one.
#[must_use]
pub(super) fn steps(usage: &[FleetUsage], (span, step_ms): (Span, i64), hosts: &[HostInShort]) -> Vec<Step> {
    let now_at = span.to_at;
    let none = |from_at: i64| Step {
        from_at,
        to_at: (from_at + step_ms).min(now_at.max(from_at + 1)),
        of: None,
        full_hosts: 0,
        watched_hosts: 0,
        silent_hosts: 0,
    };
    let starts = (span.from_at..now_at).step_by(usize::try_from(step_ms).unwrap_or(1));
    let mut steps: Vec<Step> = starts.map(none).collect();
    for of in usage {
        let place = usize::try_from((of.start_at - span.from_at).div_euclid(step_ms)).unwrap_or(usize::MAX);
        let Some(step) = steps.get_mut(place) else { continue };
        step.full_hosts = of.at_limit as usize;
        step.watched_hosts = of.above_80 as usize;
        step.silent_hosts = of.silent as usize;
        step.of = match (of.max_saturation, of.p95_saturation, of.median_saturation) {
            (Some(max), Some(p95), Some(median)) => Some(Spread { max, p95, median }),
            _ => None,
        };
    }
    if let Some(last) = steps.last_mut().filter(|_| !hosts.is_empty()) {
        add_now(last, hosts, now_at);
    }
    steps
}

fn add_now(last: &mut Step, hosts: &[HostInShort], now_at: i64) {
    let current = hosts.iter().filter(|h| h.is_reporting(now_at)).filter_map(HostInShort::saturation);
    let mut current: Vec<f64> = current.collect();
    let count = |least: f64| current.iter().filter(|s| **s >= least).count();
    last.full_hosts = last.full_hosts.max(count(1.0));
    last.watched_hosts = last.watched_hosts.max(count(WATCH_SATURATION));
    if let Some(now) = Spread::of(&mut current) {
        let max = last.of.map_or(now.max, |of| of.max.max(now.max));
        last.of = Some(Spread { max, ..now });
    }
}

/// Neighbours merged by their highest until there are `most` at the most.
#[must_use]
pub(super) fn thinned(steps: &[Step], most: usize) -> Vec<Step> {
    let per = steps.len().div_ceil(most).max(1);
    let merge = |a: Step, b: &Step| Step {
        to_at: b.to_at,
        of: match (a.of, b.of) {
            (Some(x), Some(y)) => {
                Some(Spread { max: x.max.max(y.max), p95: x.p95.max(y.p95), median: x.median.max(y.median) })
            }
            (x, y) => x.or(y),
        },
        full_hosts: a.full_hosts.max(b.full_hosts),
        watched_hosts: a.watched_hosts.max(b.watched_hosts),
        silent_hosts: a.silent_hosts.max(b.silent_hosts),
        ..a
    };
    steps.chunks(per).filter_map(|c| Some(c[1..].iter().fold(*c.first()?, merge))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::CELL_MS;

    #[test]
    fn steps_without_a_record_are_holes_and_merged_ones_keep_the_highest() {
        let of = |i: i64, max: f64, at_limit: u32| FleetUsage {
            start_at: i * CELL_MS,
            step_ms: CELL_MS,
            at_limit,
            above_80: at_limit + 1,
            silent: 2,
            max_saturation: Some(max),
            p95_saturation: Some(max / 2.0),
            median_saturation: Some(max / 4.0),
            ..FleetUsage::default()
        };
        let usage = [of(0, 0.5, 0), of(2, 1.0, 3), of(9, 1.0, 9)];
        let span = Span { from_at: 0, to_at: 3 * CELL_MS + 1_000 };
        let steps = steps(&usage, (span, CELL_MS), &[]);
        assert_eq!(steps.iter().map(|s| s.of.map(|of| of.max)).collect::<Vec<_>>(), [Some(0.5), None, Some(1.0), None]);
        assert_eq!((steps[2].full_hosts, steps[2].watched_hosts, steps[2].silent_hosts), (3, 4, 2));
        assert_eq!((steps[3].from_at, steps[3].to_at), (3 * CELL_MS, span.to_at));
        let thin = thinned(&steps, 2);
        assert_eq!(thin.iter().map(|s| s.full_hosts).collect::<Vec<_>>(), [0, 3]);
        assert_eq!((thin[0].to_at, thin[1].of.map(|of| of.p95)), (2 * CELL_MS, Some(0.5)));
    }
}
