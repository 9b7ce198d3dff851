//! Hosts of which nothing is heard, and times in which nobody wants to be told.

use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::model::HostId;
use crate::model::alert::{Levels, Rules, Silence};
use crate::model::incident::Kind;

/// Fewer silent hosts are single ones, however small the fleet.
const LEAST_SILENT: usize = 3;
/// From this share of the hosts on that were heard lately, the cause is not on them…
const MOST: f64 = 0.5;
/// …until no more than this share is silent.
const FEW: f64 = 0.25;

/// What is known of a host that has been heard at least once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard<'a> {
    pub host: HostId,
    pub group_name: &'a str,
    /// When its newest snapshot was taken, or the agent was heard without one.
    pub at: i64,
    /// How often it is looked at.
    pub sampling_secs: u32,
    /// There is an incident about its silence, since this instant.
    pub silent_since: Option<i64>,
}

/// What follows for one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Nothing has been heard since `from_at`.
    FallsSilent { host: HostId, from_at: i64 },
    /// It was heard again at `until_at`.
    IsHeard { host: HostId, until_at: i64 },
}

/// What follows for the whole pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pipeline {
    Stays,
    /// Most hosts fell silent; the last of them was heard at `from_at`.
    FallsSilent {
        from_at: i64,
    },
    IsHeard {
        until_at: i64,
    },
}

/// Who has fallen silent and who is heard again. `up_since`: since when this server takes in what agents send: of what was before it
/// knows nothing. While the pipeline is silent no host is: the cause is elsewhere.
#[must_use]
pub fn listen(
    rules: &Rules,
    hosts: &[Heard<'_>],
    pipeline_since: Option<i64>,
    up_since: i64,
    now_at: i64,
) -> (Pipeline, Vec<Word>) {
    let pipeline = pipeline(rules, hosts, pipeline_since, up_since, now_at);
    let is_down = match pipeline {
        Pipeline::Stays => pipeline_since.is_some(),
        Pipeline::FallsSilent { .. } => true,
        Pipeline::IsHeard { .. } => false,
    };
    let words = hosts.iter().filter_map(|host| match host.silent_since {
        Some(since) if host.at > since => Some(Word::IsHeard { host: host.host, until_at: host.at }),
        None if !is_down => {
            let levels = rules.of(Kind::Silent, host.group_name)?.levels;
            let is_silent = host.is_silent(&levels, up_since, now_at);
            is_silent.then_some(Word::FallsSilent { host: host.host, from_at: host.at })
        }
        _ => None,
    });
    (pipeline, words.collect())
}

fn pipeline(rules: &Rules, hosts: &[Heard<'_>], since: Option<i64>, up_since: i64, now_at: i64) -> Pipeline {
    let rule = rules.of(Kind::Pipeline, "");
    // A rule that was switched off lets what is open end by its first levels.
    let levels = rule.map_or_else(|| Levels::first(Kind::Pipeline), |rule| rule.levels);
    // A host that has been silent by itself for long says nothing about the others.
    let hosts: Vec<&Heard<'_>> = hosts.iter().filter(|host| host.silent_since.is_none()).collect();
    let silent: Vec<&&Heard<'_>> = hosts.iter().filter(|host| host.is_silent(&levels, up_since, now_at)).collect();
    let share = if hosts.is_empty() { 0.0 } else { silent.len() as f64 / hosts.len() as f64 };
    let newest = |all: &[&Heard<'_>]| all.iter().map(|host| host.at).max();
    match since {
        None if rule.is_some() && silent.len() >= LEAST_SILENT && share >= MOST => {
            let last = silent.iter().map(|host| host.at).max();
            Pipeline::FallsSilent { from_at: last.unwrap_or(now_at) }
        }
        Some(_) if share <= FEW => Pipeline::IsHeard { until_at: newest(&hosts).unwrap_or(now_at).min(now_at) },
        _ => Pipeline::Stays,
    }
}

impl Heard<'_> {
    /// Whether it has been overdue for as long as the rule says.
    fn is_silent(&self, levels: &Levels, up_since: i64, now_at: i64) -> bool {
        // One look may get lost, and the clock of the host may be a little off.
        let due_ms = i64::from(self.sampling_secs) * 2_000;
        now_at - self.at.max(up_since) > levels.open_ms.saturating_add(due_ms)
    }
}

/// The silence that is in force for a host at an instant, if there is one. `host`: none for the fleet.
#[must_use]
pub fn in_force<'a>(
    silences: &'a [Silence],
    host: Option<(HostId, &str)>,
    kind: Kind,
    now_at: i64,
) -> Option<&'a Silence> {
    silences.iter().find(|silence| silence.is_for(host) && silence.is_of(kind) && silence.covers(now_at))
}

/// A stretch of a silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub from_at: i64,
    pub until_at: i64,
}

impl Silence {
    /// Whether it is for a host, by id and group; for the fleet if there is none.
    #[must_use]
    pub fn is_for(&self, host: Option<(HostId, &str)>) -> bool {
        match (self.host, host) {
            (Some(wanted), Some((host, _))) => wanted == host,
            (Some(_), None) => false,
            (None, Some((_, group))) => self.group_name.is_empty() || self.group_name == group,
            (None, None) => self.group_name.is_empty(),
        }
    }

    /// Whether incidents of a kind are silenced by it.
    #[must_use]
    pub fn is_of(&self, kind: Kind) -> bool {
        self.kind.is_none_or(|wanted| wanted == kind)
    }

    /// Whether an instant is within it.
    #[must_use]
    pub fn covers(&self, at: i64) -> bool {
        self.stretch(at).is_some_and(|stretch| stretch.from_at <= at)
    }

    /// The stretch that an instant is within, else the next one; none if it is over, or never comes.
    #[must_use]
    pub fn stretch(&self, at: i64) -> Option<Stretch> {
        if !self.is_weekly {
            let all = Stretch { from_at: self.from_at, until_at: self.until_at };
            return (all.from_at < all.until_at && at < all.until_at).then_some(all);
        }
        // By the clock on the wall: maintenance at 02:00 is at 02:00 in summer, too.
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        let local = |at: i64| Timestamp::from_millisecond(at).ok().map(|at| zone.to_datetime(at));
        let instant = |wall: DateTime| zone.to_timestamp(wall).ok().map(Timestamp::as_millisecond);
        let (from, until) = (local(self.from_at)?, local(self.until_at)?);
        let minutes = (minute_of_week(&until) - minute_of_week(&from)).rem_euclid(WEEK);
        let passed = local(at.max(self.from_at))?.duration_since(from).as_hours() / (7 * 24);
        // The one that began before and lasts, or the one after it. An hour that a clock skips may swallow a short one.
        (passed.saturating_sub(1)..passed + 3).find_map(|weeks| {
            let begins = from.checked_add(Span::new().try_weeks(weeks.max(0)).ok()?).ok()?;
            let ends = begins.checked_add(Span::new().try_minutes(minutes).ok()?).ok()?;
            let stretch = Stretch { from_at: instant(begins)?, until_at: instant(ends)? };
            (stretch.from_at < stretch.until_at && at < stretch.until_at).then_some(stretch)
        })
    }
}

/// Minutes of a week.
const WEEK: i32 = 7 * 24 * 60;

fn minute_of_week(at: &DateTime) -> i32 {
    let day = i32::from(at.weekday().since(Weekday::Monday));
    day * 24 * 60 + i32::from(at.hour()) * 60 + i32::from(at.minute())
}

#[cfg(test)]
mod tests;
