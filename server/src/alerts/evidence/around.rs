//! What happened around the episode, and how it was before.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::model::change::{Change, What};
use crate::model::episode::Episode;
use crate::model::event::Event;
use crate::model::evidence::{Changed, Earlier, EventThen, FindingThen, Look, Mostly, WeekBefore};
use crate::model::finding::{Detail, Finding};
use crate::model::limit::Limit;
use crate::model::time::{CELL_MS, DAY_MS, cell_start};
use crate::model::usage::Usage;

/// Snapshots right after one event that are listed.
const MOST_LOOKS: usize = 8;
/// Changes that are listed.
const MOST_CHANGES: usize = 50;
/// How far back earlier incidents are counted.
pub(super) const EARLIER_DAYS: u32 = 30;

pub(super) fn events(episode: &Episode) -> Vec<EventThen> {
    episode.events.iter().map(|event| event_then(event, episode)).collect()
}

fn event_then(event: &Event, episode: &Episode) -> EventThen {
    let burst = episode.moments.iter().filter(|moment| {
        // Record ids begin again when a log is cleared.
        moment.burst_of == Some(event.record_id) && (moment.taken_at - event.recorded_at).abs() < DAY_MS
    });
    let look = |taken_at, sessions, clients| Look { taken_at, sessions, clients };
    EventThen {
        id: Some(event.id),
        recorded_at: event.recorded_at,
        channel: event.channel.clone(),
        provider: event.provider.clone(),
        record_id: event.record_id,
        code: event.code,
        level: event.level,
        class: Some(event.class),
        burst: burst.take(MOST_LOOKS).map(|m| look(m.taken_at, m.totals.sessions, m.totals.clients)).collect(),
    }
}

/// What changed about the host, its limit among it, in order; the newest ones, if there are too many.
pub(super) fn changes(episode: &Episode) -> Vec<Changed> {
    let mut all: Vec<Changed> = episode.changes.iter().map(changed).collect();
    all.extend(limit_changes(episode));
    all.sort_by_key(|changed| changed.seen_at);
    all.split_off(all.len().saturating_sub(MOST_CHANGES))
}

fn changed(change: &Change) -> Changed {
    let name = match &change.what {
        What::Setting(name) => name.clone(),
        _ => String::new(),
    };
    // The names of boots say nothing to people.
    let says_something = change.what != What::Start;
    Changed {
        seen_at: change.seen_at,
        after_at: change.after_at,
        what: Some(change.what.word().to_owned()),
        name,
        before: change.before.clone().filter(|_| says_something),
        after: change.after.clone().filter(|_| says_something),
    }
}

/// Another limit than five minutes before, within the day before it began and while it lasted.
fn limit_changes(episode: &Episode) -> Vec<Changed> {
    let from_at = episode.from_at() - DAY_MS;
    let peaks = episode.cells().filter_map(|(at, cell)| Some((at, cell.peak?.limit)));
    let mut found = Vec::new();
    let mut last: Option<(i64, Limit)> = None;
    for (at, limit) in peaks.filter(|(at, _)| (from_at..=episode.until_at()).contains(at)) {
        if let Some((after_at, before)) = last
            && is_other(before, limit)
        {
            let what = Some("limit".to_owned());
            let (before, after) = (number(before), number(limit));
            found.push(Changed { seen_at: at, after_at, what, name: String::new(), before, after });
        }
        last = Some((at, limit));
    }
    found
}

fn is_other(before: Limit, after: Limit) -> bool {
    (before.sessions, before.unlimited) != (after.sessions, after.unlimited)
}

/// The number; none if there is none or nobody knows it.
fn number(limit: Limit) -> Option<String> {
    limit.sessions.filter(|_| !limit.unlimited).map(|sessions| sessions.to_string())
}

pub(super) fn findings(episode: &Episode) -> Vec<FindingThen> {
    episode.findings.iter().map(finding_then).collect()
}

fn finding_then(finding: &Finding) -> FindingThen {
    let (facts, words) = match &finding.detail {
        Detail::Facts(facts) => (facts.clone(), String::new()),
        Detail::Words(words) => (Vec::new(), words.clone()),
    };
    let (rule, since_at) = (finding.rule.clone(), finding.since_at);
    FindingThen { rule, severity: Some(finding.severity), facts, words, since_at }
}

/// The same span a week before; at least five minutes of it. None if nothing was observed.
pub(super) fn week_before(episode: &Episode) -> Option<WeekBefore> {
    let from_at = cell_start(episode.from_at() - 7 * DAY_MS);
    let to_at = (episode.until_at() - 7 * DAY_MS).max(from_at + CELL_MS);
    let mut sum = Usage::default();
    episode.cells().filter(|(at, _)| (from_at..to_at).contains(at)).for_each(|(_, cell)| sum.merge(cell));
    let peak = sum.peak?;
    Some(WeekBefore {
        from_at,
        to_at,
        peak_sessions: peak.sessions,
        peak_at: peak.at,
        max_saturation: sum.max_saturation,
        full_ms: sum.full_ms,
    })
}

/// How often that happened before, and when mostly.
pub(super) fn earlier(episode: &Episode) -> Earlier {
    let mostly = clock(episode).and_then(|zone| {
        let mut hours: BTreeMap<(i8, i8), (u32, i64)> = BTreeMap::new();
        for at in &episode.earlier {
            let wall = zone.to_datetime(Timestamp::from_millisecond(*at).ok()?);
            let of = hours.entry((wall.weekday().since(Weekday::Monday), wall.hour())).or_default();
            *of = (of.0 + 1, *at);
        }
        // Of several that are as frequent, the one that was the latest.
        let ((weekday, hour), (count, at)) = hours.into_iter().max_by_key(|(_, of)| *of)?;
        let (weekday, hour) = (weekday.unsigned_abs(), hour.unsigned_abs());
        (count > 1).then_some(Mostly { weekday, hour, count, at })
    });
    Earlier {
        days: EARLIER_DAYS,
        count: super::holding::count(episode.earlier.len()),
        last_at: episode.earlier.last().copied(),
        mostly,
    }
}

/// The clock on the host's wall; none if its zone is not known.
fn clock(episode: &Episode) -> Option<TimeZone> {
    let name = episode.host.as_ref().map(|facts| facts.time_zone.as_str())?;
    // The name comes from the host: nothing longer or odder than a zone's name goes to the list of zones.
    let is_plain = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
    if name.is_empty() || !is_plain { None } else { TimeZone::get(name).ok() }
}

/// The hour of the host's day in which an instant lies.
pub(super) fn hour_of_day(episode: &Episode, at: i64) -> Option<u8> {
    let at = Timestamp::from_millisecond(at).ok()?;
    Some(clock(episode)?.to_datetime(at).hour().unsigned_abs())
}
