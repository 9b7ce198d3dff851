//! The table of hosts: filtered, in order, fifty at a time.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::asked::{Asked, Sort};
use super::history::{Cell, Matrix};
use crate::chart::spark::{self, Spark};
use crate::model::HostId;
use crate::model::host::{HostNow, Level, WATCH_SATURATION};
use crate::model::time::SECOND_MS;
use crate::web::layout::{Mark, duration, number, or_dash};
use crate::web::pages::hosts::words;

/// Rows of a page.
pub(super) const PER_PAGE: usize = 50;
/// Steps of a sparkline: a quarter of an hour each.
const SPARK_STEPS: usize = 96;

/// One host as it is shown.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: HostId,
    pub(super) name: String,
    /// Group and operating system.
    pub(super) about: String,
    pub(super) mark: Mark,
    pub(super) state: String,
    pub(super) sessions: String,
    pub(super) limit: String,
    pub(super) limit_reason: String,
    /// Width of the gauge in percent; none without a saturation.
    pub(super) gauge: Option<f64>,
    pub(super) spark: Spark,
    /// The most sessions of 24 hours, and when.
    pub(super) peak: Option<(u32, i64)>,
    /// When and with which code.
    pub(super) event: Option<(i64, u32)>,
    pub(super) seen_at: Option<i64>,
    pub(super) agent_version: String,
    pub(super) trouble: Option<&'static str>,
}

/// A host with what rows are filtered and sorted by.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    pub(super) host: &'a HostNow,
    pub(super) level: Level,
    peak: Option<(u32, i64)>,
    event: Option<(i64, u32)>,
}

/// What rows are made from.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    pub(super) hosts: &'a [HostNow],
    /// The last 24 hours.
    pub(super) day: &'a Matrix,
    /// Newest event of each host: when and with which code.
    pub(super) events: &'a HashMap<HostId, (i64, u32)>,
    pub(super) now_at: i64,
}

/// The hosts that are asked for, in the order that is asked for.
#[must_use]
pub(super) fn candidates<'a>(sources: &Sources<'a>, asked: &Asked) -> Vec<Candidate<'a>> {
    let q = asked.q.trim().to_lowercase();
    let mut candidates: Vec<Candidate> = sources
        .hosts
        .iter()
        .filter(|host| asked.group.is_empty() || host.group_name == asked.group)
        .filter(|host| q.is_empty() || matches(host, &q))
        .map(|host| Candidate {
            host,
            level: host.level(sources.now_at),
            peak: sources.day.of(host.id).and_then(|cells| peak(sources.day, cells)),
            event: sources.events.get(&host.id).copied(),
        })
        .filter(|c| asked.level().is_none_or(|level| level == c.level))
        .collect();
    let (sort, is_reversed) = asked.sort();
    let sessions = |c: &Candidate| words::now(c.host).map(|now| now.totals.sessions);
    match sort {
        Sort::Attention => candidates.sort_by_key(attention),
        Sort::Name => {} // the store's order
        Sort::Sessions => candidates.sort_by_key(|c| Reverse(sessions(c))),
        Sort::Peak => candidates.sort_by_key(|c| Reverse(c.peak.map(|(n, _)| n))),
        Sort::Event => candidates.sort_by_key(|c| Reverse(c.event)),
        Sort::Seen => candidates.sort_by_key(|c| Reverse(c.host.state.as_ref().map(|s| s.seen_at))),
    }
    if is_reversed {
        candidates.reverse();
    }
    candidates
}

fn matches(host: &HostNow, q: &str) -> bool {
    [&host.name, &host.fqdn, &host.os, &host.group_name].into_iter().any(|text| text.to_lowercase().contains(q))
}

/// Level first, then how full, then how many sessions.
fn attention(candidate: &Candidate) -> impl Ord + use<> {
    let now = words::now(candidate.host);
    #[expect(clippy::cast_possible_truncation, reason = "in thousandths; what does not fit saturates")]
    let thousandths = now.and_then(|n| n.saturation()).map(|s| (s * 1_000.0) as i64);
    (candidate.level, Reverse(thousandths), Reverse(now.map(|n| n.totals.sessions)))
}

fn peak(day: &Matrix, cells: &[Cell]) -> Option<(u32, i64)> {
    let steps = cells.iter().enumerate();
    let of = |(i, cell): (usize, &Cell)| {
        Some((cell.peak_sessions?, day.step_at(i) + i64::from(cell.peak_after_secs) * SECOND_MS))
    };
    // The first one of equals.
    steps.filter_map(of).max_by_key(|(sessions, at)| (*sessions, Reverse(*at)))
}

/// The candidate as a row.
#[must_use]
pub(super) fn row(candidate: &Candidate, sources: &Sources) -> Row {
    let host = candidate.host;
    let now = words::now(host);
    let state = host.state.as_ref();
    let about: Vec<&str> = [host.group_name.as_str(), host.os.as_str()].into_iter().filter(|t| !t.is_empty()).collect();
    Row {
        id: host.id,
        name: host.name.clone(),
        about: about.join(" · "),
        mark: Mark::of(candidate.level),
        state: match (candidate.level, now) {
            (Level::Silent, Some(now)) => format!("Silent {}", duration(sources.now_at - now.taken_at)),
            (level, _) => words::state(host, level),
        },
        sessions: or_dash(now.map(|n| number(n.totals.sessions))),
        limit: now.map_or_else(|| "–".to_owned(), |n| words::limit(n.limit)),
        limit_reason: now.map_or_else(String::new, |n| words::limit_reason(n.limit, &host.os)),
        gauge: now.and_then(|n| n.saturation()).map(|s| (s * 100.0).clamp(0.0, 100.0)),
        spark: spark(sources.day, host, candidate.peak.map_or(0, |(n, _)| n)),
        peak: candidate.peak,
        event: candidate.event,
        seen_at: state.map(|s| s.seen_at),
        agent_version: state.map_or_else(String::new, |s| s.agent_version.clone()),
        trouble: words::agent_trouble(host.agent_state),
    }
}

/// A day in quarters of an hour. With a limit the height is the saturation, without it the part of the day's own peak.
fn spark(day: &Matrix, host: &HostNow, most: u32) -> Spark {
    let limit = words::now(host).and_then(|n| n.limit.sessions.filter(|_| !n.limit.unlimited));
    let top = f64::from(limit.unwrap_or(most).max(1));
    let none = [];
    let cells = day.of(host.id).unwrap_or(&none);
    let per = day.steps.div_ceil(SPARK_STEPS).max(1);
    let level = |cells: &[Cell]| {
        let sessions = cells.iter().filter_map(|c| c.peak_sessions).max()?;
        let saturation = cells.iter().filter_map(|c| c.saturation).reduce(f64::max);
        let at_least = |share: f64| saturation.is_some_and(|s| s >= share);
        let share = f64::from(sessions) / top;
        Some(spark::Level { share, is_watched: at_least(WATCH_SATURATION), is_full: at_least(1.0) })
    };
    let mut levels: Vec<_> = cells.chunks(per).map(level).collect();
    // Rolled-up hours are a few minutes behind; what is true now is known all the same.
    if let (Some(last), Some(now)) = (levels.last_mut(), words::now(host))
        && now.taken_at >= day.step_at(day.steps.saturating_sub(1) / per * per)
    {
        let (saturation, share) = (now.saturation(), f64::from(now.totals.sessions) / top);
        let at_least = |least: f64| saturation.is_some_and(|s| s >= least);
        let current = spark::Level { share, is_watched: at_least(WATCH_SATURATION), is_full: at_least(1.0) };
        *last = Some(last.filter(|l| l.share > share).unwrap_or(current));
    }
    let about = if limit.is_some() { "against its limit" } else { "against their own peak" };
    Spark::draw(&levels, limit.is_some(), format!("Sessions on {} over 24 hours, {about}", host.name))
}
