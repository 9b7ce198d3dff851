//! What may have caused an episode.
//!
//! A cause is named only for what was observed (its ground); every point for it and against it is an observation, too. What is not known
//! is no point: a source that tells no idle times speaks neither for a cause nor against it.

mod class;
mod crowd;
mod leak;

use crate::alerts::flood::{Baseline, Grown, Lows, Rise};
use crate::model::episode::{BEFORE_MS, Episode};
use crate::model::evidence::{Cause, Evidence, Point, Suspected};
use crate::model::snapshot::Snapshot;
use crate::model::time::{HOUR_MS, hour_start};
use crate::model::usage::UsageHour;

/// What causes are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    episode: &'a Episode,
    evidence: &'a Evidence,
    /// The hour of the host's day in which it began.
    hour: Option<u8>,
    /// Growth that is far faster than the host ever saw, what grew, and the fastest before.
    flood: Option<(Rise, Grown, Baseline)>,
    /// When the host was started again, if it was within the hour before.
    restarted_at: Option<i64>,
}

impl<'a> Subject<'a> {
    #[must_use]
    pub fn of(episode: &'a Episode, evidence: &'a Evidence) -> Self {
        Self {
            episode,
            evidence,
            hour: super::around::hour_of_day(episode, episode.from_at()),
            flood: flood(episode),
            restarted_at: super::restarted_at(episode, episode.from_at() - BEFORE_MS),
        }
    }

    fn at_peak(&self) -> Option<&'a Snapshot> {
        self.episode.snapshots.at_peak.as_ref().filter(|snapshot| !snapshot.sessions.is_empty())
    }

    /// How it was a week before, against the peak.
    fn week_before(&self) -> Option<Point> {
        let (then, peak) = (self.evidence.week_before?, self.evidence.peak?);
        let sessions = then.peak_sessions;
        match () {
            () if u64::from(sessions) * 5 >= u64::from(peak.sessions) * 4 => Some(Point::WeekBefore { sessions }),
            () if u64::from(sessions) * 2 < u64::from(peak.sessions) => Some(Point::FewerWeekBefore { sessions }),
            () => None,
        }
    }

    /// At least three earlier ones, half of them and more in this very hour of the day.
    fn same_hour(&self) -> Option<Point> {
        let (hour, earlier) = (self.hour?, self.evidence.earlier);
        let hours = self.episode.earlier.iter().filter_map(|at| super::around::hour_of_day(self.episode, *at));
        let times = super::holding::count(hours.filter(|of| *of == hour).count());
        (earlier.count >= 3 && times * 2 >= earlier.count).then_some(Point::SameHour { hour, times, of: earlier.count })
    }
}

/// All causes that have a ground, likeliest first.
#[must_use]
pub fn of(subject: &Subject<'_>) -> Vec<Cause> {
    let mut causes: Vec<Cause> = [
        class::backup(subject),
        leak::leak(subject),
        crowd::flood(subject),
        class::vdi(subject),
        crowd::logon_storm(subject),
        class::print(subject),
    ]
    .into_iter()
    .flatten()
    .collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.weight));
    causes
}

/// A suspicion in the making.
struct Case(Cause);

impl Case {
    /// What it is suspected for.
    fn on(what: Suspected, ground: Point, weight: i32) -> Self {
        let (points_for, points_against) = (vec![ground], Vec::new());
        Self(Cause { what: Some(what), weight, points_for, points_against })
    }

    fn speaks_for(&mut self, weight: i32, point: Option<Point>) {
        self.0.weight += if point.is_some() { weight } else { 0 };
        self.0.points_for.extend(point);
    }

    fn speaks_against(&mut self, weight: i32, point: Option<Point>) {
        self.0.weight -= if point.is_some() { weight } else { 0 };
        self.0.points_against.extend(point);
    }
}

/// The growth that is far faster than anything before it, as far as snapshots were looked at.
fn flood(episode: &Episode) -> Option<(Rise, Grown, Baseline)> {
    // The hour in which it began is what is judged.
    let before = hour_start(episode.from_at() - BEFORE_MS);
    let past: Vec<UsageHour> = episode.usage.iter().filter(|of| of.hour_at + HOUR_MS <= before).cloned().collect();
    let baseline = Baseline::of(&past);
    let mut lows = Lows::default();
    let mut most: Option<(Rise, Grown)> = None;
    for moment in &episode.moments {
        let rise = lows.rise(moment.taken_at, moment.totals.sessions, moment.totals.clients);
        let is_during = (episode.from_at()..=episode.until_at()).contains(&moment.taken_at);
        if let Some((_, grown)) = baseline.exceeded(&rise).filter(|_| is_during)
            && most.is_none_or(|(before, _)| rise.sessions > before.sessions)
        {
            most = Some((rise, grown));
        }
    }
    most.map(|(rise, grown)| (rise, grown, baseline))
}

#[cfg(test)]
mod tests;
