//! The table of hosts: filtered, in order, fifty at a time.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::asked::{Asked, Sort};
use crate::chart::range::Span;
use crate::chart::spark::{self, Spark};
use crate::locale::Locale;
use crate::model::HostId;
use crate::model::heat::{HourOfHost, Lately};
use crate::model::host::{HostInShort, HostNow, Level, WATCH_SATURATION};
use crate::model::time::{CELL_MS, DAY_MS, HOUR_MS, MINUTE_MS, hour_start};
use crate::model::usage::UsageHour;
use crate::web::layout::Mark;
use crate::web::pages::hosts::words;

/// Rows of a page.
pub(super) const PER_PAGE: usize = 50;
/// Step of a sparkline.
const SPARK_STEP_MS: i64 = 15 * MINUTE_MS;

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
    pub(super) trouble: Option<String>,
}

impl Row {
    /// As a screen shows it.
    pub(super) fn leading_nowhere(self) -> Self {
        Self { spark: self.spark.leading_nowhere(), ..self }
    }
}

/// A host with what rows are filtered and sorted by.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    pub(super) host: &'a HostInShort,
    pub(super) level: Level,
    peak: Option<(u32, i64)>,
    event: Option<(i64, u32)>,
}

impl Candidate<'_> {
    /// The most sessions of 24 hours, and when.
    pub(super) fn peak(&self) -> Option<(u32, i64)> {
        self.peak
    }

    /// The newest event: when and with which code.
    pub(super) fn event(&self) -> Option<(i64, u32)> {
        self.event
    }
}

/// A day of the hosts that are shown: cell by cell, or hour by hour.
#[derive(Debug)]
pub(super) enum Day {
    Cells(HashMap<HostId, Vec<UsageHour>>),
    Hours(HashMap<HostId, Vec<Option<HourOfHost>>>),
}

impl Day {
    pub(super) fn none() -> Self {
        Self::Hours(HashMap::new())
    }
}

/// What rows are made from.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    pub(super) hosts: &'a [HostInShort],
    /// Those that the search found; none if nothing is searched for.
    pub(super) found: Option<&'a HashSet<HostId>>,
    /// The last 24 hours of every host, in short.
    pub(super) lately: &'a HashMap<HostId, Lately>,
    /// The same of the hosts that are shown.
    pub(super) day: &'a Day,
    /// Newest event of each host: when and with which code.
    pub(super) events: &'a HashMap<HostId, (i64, u32)>,
    pub(super) now_at: i64,
}

/// The most sessions of 24 hours, and when. What was just seen is not added up yet, and counts too: no peak is below what is.
fn peak(host: &HostInShort, lately: Option<&Lately>, now_at: i64) -> Option<(u32, i64)> {
    let added_up = lately.map(|of| (of.sessions, of.peak_at));
    let seen = host.now.filter(|now| now_at - now.taken_at < DAY_MS).map(|now| (now.sessions, now.taken_at));
    match (added_up, seen) {
        (Some(before), Some(now)) if before.0 >= now.0 => Some(before),
        (before, now) => now.or(before),
    }
}

/// The hosts that are asked for, in the order that is asked for.
#[must_use]
pub(super) fn candidates<'a>(sources: &Sources<'a>, asked: &Asked) -> Vec<Candidate<'a>> {
    let mut candidates: Vec<Candidate> = sources
        .hosts
        .iter()
        .filter(|host| asked.group.is_empty() || host.group_name == asked.group)
        .filter(|host| sources.found.is_none_or(|found| found.contains(&host.id)))
        .map(|host| Candidate {
            host,
            level: host.level(sources.now_at),
            peak: peak(host, sources.lately.get(&host.id), sources.now_at),
            event: sources.events.get(&host.id).copied(),
        })
        .filter(|c| asked.level().is_none_or(|level| level == c.level))
        .collect();
    let (sort, is_reversed) = asked.sort();
    let sessions = |c: &Candidate| c.host.now.map(|now| now.sessions);
    match sort {
        Sort::Attention => candidates.sort_by_key(attention),
        Sort::Name => {} // the store's order
        Sort::Sessions => candidates.sort_by_key(|c| Reverse(sessions(c))),
        Sort::Peak => candidates.sort_by_key(|c| Reverse(c.peak.map(|(n, _)| n))),
        Sort::Event => candidates.sort_by_key(|c| Reverse(c.event)),
        Sort::Seen => candidates.sort_by_key(|c| Reverse(c.host.seen_at)),
    }
    if is_reversed {
        candidates.reverse();
    }
    candidates
}

/// Level first, then how full, then how many sessions.
fn attention(candidate: &Candidate) -> impl Ord + use<> {
    #[expect(clippy::cast_possible_truncation, reason = "in thousandths; what does not fit saturates")]
    let thousandths = candidate.host.saturation().map(|s| (s * 1_000.0) as i64);
    (candidate.level, Reverse(thousandths), Reverse(candidate.host.now.map(|n| n.sessions)))
}

/// The candidate as a row, with all that is known of it.
#[must_use]
pub(super) fn row(candidate: &Candidate, host: &HostNow, sources: &Sources, locale: &Locale) -> Row {
    let now = words::now(host);
    let state = host.state.as_ref();
    let about: Vec<&str> = [host.group_name.as_str(), host.os.as_str()].into_iter().filter(|t| !t.is_empty()).collect();
    Row {
        id: host.id,
        name: host.name.clone(),
        about: about.join(" · "),
        mark: Mark::of(candidate.level),
        state: match (candidate.level, now) {
            (Level::Silent, Some(now)) => {
                locale.say("fleet-silent-for").with("span", locale.duration(sources.now_at - now.taken_at)).into()
            }
            (level, _) => words::state(locale, host, level),
        },
        sessions: locale.number_or_dash(now.map(|n| n.totals.sessions)),
        limit: now.map_or_else(|| "–".to_owned(), |n| words::limit(locale, n.limit)),
        limit_reason: now.map_or_else(String::new, |n| words::limit_reason(locale, n.limit, &host.os)),
        gauge: now.and_then(|n| n.saturation()).map(|s| (s * 100.0).clamp(0.0, 100.0)),
        spark: spark(sources, host, candidate.peak, locale),
        peak: candidate.peak,
        event: candidate.event,
        seen_at: state.map(|s| s.seen_at),
        agent_version: state.map_or_else(String::new, |s| s.agent_version.clone()),
        trouble: words::agent_trouble(locale, host.agent_state),
    }
}

/// A day in quarters of an hour, or in hours. With a limit the height is the saturation, without it the part of the day's own
/// peak.
fn spark(sources: &Sources, host: &HostNow, peak: Option<(u32, i64)>, locale: &Locale) -> Spark {
    let most = peak.map_or(0, |(most, _)| most);
    let limit = words::now(host).and_then(|n| n.limit.sessions.filter(|_| !n.limit.unlimited));
    let top = f64::from(limit.unwrap_or(most).max(1));
    let ((mut levels, last_at), step_ms) = match sources.day {
        Day::Cells(hosts) => {
            (quarters(hosts.get(&host.id).map_or(&[], Vec::as_slice), top, sources.now_at), SPARK_STEP_MS)
        }
        Day::Hours(hosts) => (hourly(hosts.get(&host.id).map_or(&[], Vec::as_slice), top, sources.now_at), HOUR_MS),
    };
    let to_at = last_at + step_ms;
    let span = Span { from_at: to_at - step_ms * i64::try_from(levels.len()).unwrap_or(1), to_at };
    // Records are a few minutes behind; what is true now is known all the same.
    if let (Some(last), Some(now)) = (levels.last_mut(), words::now(host).filter(|now| now.taken_at >= last_at)) {
        let current = level(f64::from(now.totals.sessions) / top, now.saturation());
        *last = Some(last.filter(|l| l.share > current.share).unwrap_or(current));
    }
    let about = locale.say(if limit.is_some() { "fleet-spark-limit" } else { "fleet-spark-peak" });
    let what = peak.map_or_else(
        || locale.say("chart-nothing"),
        |(most, at)| locale.say("chart-at-most").with("sessions", most).with("at", locale.stamp(at, sources.now_at)),
    );
    let label = about.with("host", &host.name).with("what", String::from(what)).into();
    Spark::draw(&levels, limit.is_some(), label).over(span, format!("/hosts/{}?at=", host.id))
}

fn level(share: f64, saturation: Option<f64>) -> spark::Level {
    let at_least = |least: f64| saturation.is_some_and(|s| s >= least);
    spark::Level { share, is_watched: at_least(WATCH_SATURATION), is_full: at_least(1.0) }
}

/// The levels, and when the last one begins.
type Levels = (Vec<Option<spark::Level>>, i64);

fn quarters(hours: &[UsageHour], top: f64, now_at: i64) -> Levels {
    let first_at = (now_at - DAY_MS).div_euclid(SPARK_STEP_MS) * SPARK_STEP_MS + SPARK_STEP_MS;
    let count = usize::try_from((now_at - first_at) / SPARK_STEP_MS + 1).unwrap_or(1);
    let mut levels: Vec<Option<spark::Level>> = vec![None; count];
    for hour in hours {
        for (cell, at) in hour.cells.iter().zip((hour.hour_at..).step_by(usize::try_from(CELL_MS).unwrap_or(1))) {
            let place = usize::try_from((at - first_at).div_euclid(SPARK_STEP_MS)).unwrap_or(usize::MAX);
            if let (Some(kept), Some(peak)) = (levels.get_mut(place), cell.peak) {
                let new = level(f64::from(peak.sessions) / top, cell.max_saturation);
                *kept = Some(kept.map_or(new, |old| spark::Level {
                    share: old.share.max(new.share),
                    is_watched: old.is_watched || new.is_watched,
                    is_full: old.is_full || new.is_full,
                }));
            }
        }
    }
    (levels, first_at + i64::try_from(count - 1).unwrap_or(0) * SPARK_STEP_MS)
}

/// The hour under way is the last one.
fn hourly(hours: &[Option<HourOfHost>], top: f64, now_at: i64) -> Levels {
    let of = |hour: &HourOfHost| spark::Level {
        is_full: hour.full_secs > 0,
        ..level(f64::from(hour.sessions) / top, hour.saturation)
    };
    (hours.iter().map(|hour| hour.as_ref().map(of)).collect(), hour_start(now_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::host::NowInShort;
    use crate::model::limit::{Limit, LimitSource};
    use crate::model::time::CELLS_PER_HOUR;
    use crate::model::usage::{Peak, Usage};

    #[test]
    fn no_peak_is_below_what_was_just_seen() {
        let (now_at, seen_at) = (100 * DAY_MS, 100 * DAY_MS - MINUTE_MS);
        let of = |added_up: Option<u32>, seen: Option<(u32, i64)>| {
            let now = seen.map(|(sessions, taken_at)| NowInShort {
                taken_at,
                sampling_secs: 60,
                sessions,
                limit_sessions: Some(20),
                is_unlimited: false,
                knows_opens: true,
                knows_idle: true,
            });
            let (name, group_name) = ("FS01".to_owned(), String::new());
            let host = HostInShort { id: HostId(1), name, group_name, seen_at: None, now };
            let lately = added_up.map(|sessions| Lately { sessions, peak_at: 7, full_hours: 0 });
            peak(&host, lately.as_ref(), now_at)
        };
        assert_eq!(of(Some(16), Some((17, seen_at))), Some((17, seen_at)));
        assert_eq!(of(Some(17), Some((17, seen_at))), Some((17, 7)), "the first of equal ones");
        assert_eq!(of(None, Some((3, seen_at))), Some((3, seen_at)));
        assert_eq!(of(Some(2), Some((3, now_at - 2 * DAY_MS))), Some((2, 7)), "that was longer ago");
        assert_eq!(of(None, None), None);
    }

    #[test]
    fn a_sparkline_has_a_day_of_quarters_each_with_its_peak() {
        let now_at = 100 * DAY_MS + 5 * MINUTE_MS;
        let limit = Limit { sessions: Some(20), unlimited: false, source: LimitSource::Api };
        let mut cells = [Usage::default(); CELLS_PER_HOUR];
        for (i, sessions) in [(0, 5), (2, 20), (3, 10)] {
            let peak = Some(Peak { sessions, at: 0, limit });
            cells[i] = Usage { peak, max_saturation: limit.saturation(sessions), ..Usage::default() };
        }
        let hours = [UsageHour { host: HostId(1), hour_at: 100 * DAY_MS - HOUR_MS, cells }];
        let (levels, last_at) = quarters(&hours, 20.0, now_at);
        assert_eq!((levels.len(), last_at), (96, 100 * DAY_MS));
        let told: Vec<_> = levels[91..].iter().map(|l| l.map(|l| (l.share, l.is_full))).collect();
        assert_eq!(told, [Some((1.0, true)), Some((0.5, false)), None, None, None]);
    }
}
