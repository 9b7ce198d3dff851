//! What the fleet's page says before its table: the sentence, the counters, the spread over time and the worst hosts.

use std::cmp::Reverse;

use super::asked::{Asked, level_word};
use super::history::{Cell, Matrix};
use crate::chart::bands::{Spread, Step};
use crate::chart::heat::{self, Strip};
use crate::chart::range::Span;
use crate::model::HostId;
use crate::model::host::{HostNow, Level};
use crate::model::time::{HOUR_MS, SECOND_MS};
use crate::web::layout::{Mark, Zone, duration, percent};
use crate::web::pages::hosts::words;

/// Hosts of the heat map.
const WORST: usize = 20;
/// Cells of one host in the heat map at most.
const HEAT_CELLS: usize = 124;
/// Rows of "show as table".
const TABLE_ROWS: usize = 48;

/// The first line of the page, in parts that are links.
#[derive(Debug)]
pub(super) struct Headline {
    pub(super) all: usize,
    pub(super) full: usize,
    pub(super) watch: usize,
    pub(super) silent: usize,
    pub(super) without_report: usize,
    /// The host that has been full the longest.
    pub(super) longest: Option<Longest>,
}

#[derive(Debug)]
pub(super) struct Longest {
    pub(super) id: HostId,
    pub(super) name: String,
    pub(super) since_at: i64,
}

impl Headline {
    #[must_use]
    pub(super) fn of(hosts: &[HostNow], longest: Option<(HostId, String, i64)>, now_at: i64) -> Self {
        let count = |level| hosts.iter().filter(|h| h.level(now_at) == level).count();
        Self {
            all: hosts.len(),
            full: count(Level::Full),
            watch: count(Level::Watch),
            silent: count(Level::Silent),
            without_report: hosts.iter().filter(|h| words::now(h).is_none()).count(),
            longest: longest.map(|(id, name, since_at)| Longest { id, name, since_at }),
        }
    }
}

/// A level with how many hosts are at it, as a filter.
#[derive(Debug)]
pub(super) struct Counter {
    pub(super) count: usize,
    pub(super) mark: Mark,
    pub(super) href: String,
    pub(super) is_chosen: bool,
}

#[must_use]
pub(super) fn counters(hosts: &[HostNow], now_at: i64, asked: &Asked) -> Vec<Counter> {
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

#[must_use]
pub(super) fn is_reporting(host: &HostNow, now_at: i64) -> bool {
    words::now(host).is_some_and(|now| !now.is_silent(now_at))
}

#[must_use]
pub(super) fn has_limit(host: &HostNow) -> bool {
    words::now(host).is_some_and(|now| now.saturation().is_some())
}

/// The full host that, by the day's cells, has been full the longest.
#[must_use]
pub(super) fn longest_full<'a>(hosts: &'a [HostNow], day: &Matrix, now_at: i64) -> Option<&'a HostNow> {
    let full_cells = |host: &HostNow| {
        let cells = day.of(host.id).unwrap_or_default();
        let observed = cells.iter().rev().skip_while(|c| c.peak_sessions.is_none());
        observed.take_while(|c| c.full_secs > 0).count()
    };
    let full = hosts.iter().filter(|h| h.level(now_at) == Level::Full);
    // The first one of equals: hosts come by name.
    full.max_by_key(|host| (full_cells(host), Reverse(host.name.to_lowercase())))
}

/// The fleet's spread, step by step. What is true now belongs to the newest one.
#[must_use]
pub(super) fn steps(matrix: &Matrix, hosts: &[HostNow], now_at: i64) -> Vec<Step> {
    let step = |i: usize| {
        let from_at = matrix.step_at(i);
        let mut saturations: Vec<f64> = matrix.step(i).filter_map(|c| c.saturation).collect();
        let full_hosts = matrix.step(i).filter(|c| is_full(c)).count();
        Step {
            from_at,
            to_at: (from_at + matrix.step_ms).min(now_at.max(from_at + 1)),
            of: Spread::of(&mut saturations),
            full_hosts,
        }
    };
    let mut steps: Vec<Step> = (0..matrix.steps).map(step).collect();
    let current = hosts.iter().filter(|h| is_reporting(h, now_at)).filter_map(|h| words::now(h)?.saturation());
    let mut current: Vec<f64> = current.collect();
    if let (Some(last), Some(now)) = (steps.last_mut(), Spread::of(&mut current)) {
        last.full_hosts = last.full_hosts.max(current.iter().filter(|s| **s >= 1.0).count());
        let max = last.of.map_or(now.max, |of| of.max.max(now.max));
        last.of = Some(Spread { max, ..now });
    }
    steps
}

fn is_full(cell: &Cell) -> bool {
    cell.full_secs > 0 || cell.saturation.is_some_and(|s| s >= 1.0)
}

/// Neighbours merged by their highest: for the table.
#[must_use]
pub(super) fn thinned(steps: &[Step]) -> Vec<Step> {
    let per = steps.len().div_ceil(TABLE_ROWS).max(1);
    let merge = |a: Step, b: &Step| Step {
        to_at: b.to_at,
        of: match (a.of, b.of) {
            (Some(x), Some(y)) => {
                Some(Spread { max: x.max.max(y.max), p95: x.p95.max(y.p95), median: x.median.max(y.median) })
            }
            (x, y) => x.or(y),
        },
        full_hosts: a.full_hosts.max(b.full_hosts),
        ..a
    };
    steps.chunks(per).filter_map(|c| Some(c[1..].iter().fold(*c.first()?, merge))).collect()
}

/// One line of the heat map.
#[derive(Debug)]
pub(super) struct HeatRow {
    pub(super) id: HostId,
    pub(super) name: String,
    pub(super) strip: Strip,
    /// How long it was full in the range; empty if never.
    pub(super) full: String,
    pub(super) now: String,
    pub(super) mark: Mark,
}

/// The worst hosts: by time at the limit, then by their highest saturation; hosts without a limit after them, by sessions.
#[must_use]
pub(super) fn heat(matrix: &Matrix, hosts: &[HostNow], (span, zone): (Span, &Zone)) -> Vec<HeatRow> {
    let now_at = span.to_at;
    let mut ranked: Vec<_> = hosts.iter().map(|host| (rank(matrix, host), host)).collect();
    ranked.sort_by(|(a, _), (b, _)| b.cmp(a));
    let row = |(rank, host): &(Rank, &HostNow)| {
        let level = host.level(now_at);
        let now = words::now(host).and_then(|n| n.saturation());
        HeatRow {
            id: host.id,
            name: host.name.clone(),
            strip: Strip::draw(&host.name, &heat_cells(matrix, host, level == Level::Silent), (span, zone)),
            full: if rank.full_secs > 0 { duration(rank.full_secs * SECOND_MS) } else { String::new() },
            now: match (level, now) {
                (Level::Silent, _) => "silent".to_owned(),
                (_, Some(saturation)) => percent(saturation),
                (Level::Unlimited, _) => "no limit".to_owned(),
                _ => "unknown".to_owned(),
            },
            mark: Mark::of(level),
        }
    };
    ranked.iter().take(WORST).map(row).collect()
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    full_secs: i64,
    /// In thousandths; none is least.
    highest: Option<i64>,
    sessions: Option<u32>,
}

fn rank(matrix: &Matrix, host: &HostNow) -> Rank {
    let cells = matrix.of(host.id).unwrap_or_default();
    let saturations = cells.iter().filter_map(|c| c.saturation);
    #[expect(clippy::cast_possible_truncation, reason = "in thousandths; what does not fit saturates")]
    let highest = saturations.reduce(f64::max).map(|s| (s * 1_000.0) as i64);
    Rank {
        full_secs: cells.iter().map(|c| i64::from(c.full_secs)).sum(),
        highest,
        sessions: cells.iter().filter_map(|c| c.peak_sessions).max(),
    }
}

fn heat_per(matrix: &Matrix) -> usize {
    matrix.steps.div_ceil(HEAT_CELLS).max(1)
}

/// A cell of the heat map in words: "peak of each … ".
#[must_use]
pub(super) fn heat_step_phrase(matrix: &Matrix) -> String {
    let ms = matrix.step_ms * i64::try_from(heat_per(matrix)).unwrap_or(1);
    if ms == HOUR_MS { "hour".to_owned() } else { duration(ms) }
}

fn heat_cells(matrix: &Matrix, host: &HostNow, is_silent: bool) -> Vec<heat::Cell> {
    let per = heat_per(matrix);
    let Some(cells) = matrix.of(host.id) else {
        return vec![heat::Cell::Gap; matrix.steps.div_ceil(per)];
    };
    let merged = |cells: &[Cell]| {
        let saturation = cells.iter().filter_map(|c| c.saturation).reduce(f64::max);
        match saturation {
            Some(s) => heat::Cell::Saturation(s),
            None if cells.iter().all(|c| c.peak_sessions.is_none()) => heat::Cell::Gap,
            None if cells.iter().any(|c| c.is_unlimited) => heat::Cell::Unlimited,
            None => heat::Cell::Unknown,
        }
    };
    let mut strip: Vec<heat::Cell> = cells.chunks(per).map(merged).collect();
    let quiet = strip.iter().rev().take_while(|c| **c == heat::Cell::Gap).count();
    let from = strip.len() - quiet;
    if is_silent {
        strip[from..].fill(heat::Cell::Silent);
    } else if quiet <= 2 && from > 0 {
        // Rolled-up hours are a few minutes behind; what is true now is known all the same.
        let current = words::now(host).and_then(|n| n.saturation()).map_or(strip[from - 1], heat::Cell::Saturation);
        strip[from..].fill(current);
    }
    strip
}
