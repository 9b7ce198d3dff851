//! From what was seen, and the incidents that exist, to the turns of a host's course.

use super::course::{Course, KINDS};
use super::flood::Baseline;
use super::{InForce, Seen, Turn};
use crate::model::IncidentId;
use crate::model::incident::{Incident, Kind, State};

/// An incident that exists, as far as its course is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub id: IncidentId,
    pub kind: Kind,
    pub from_at: i64,
    pub opened_at: i64,
    /// None while it goes on.
    pub until_at: Option<i64>,
    /// Nobody said yet that it is over.
    pub is_unresolved: bool,
    /// It ended by itself, and nobody had to say so.
    pub ended_by_itself: bool,
}

impl Standing {
    #[must_use]
    pub fn of(incident: &Incident, ended_by_itself: bool) -> Self {
        Self {
            id: incident.id,
            kind: incident.kind,
            from_at: incident.from_at,
            opened_at: incident.opened_at,
            until_at: incident.until_at,
            is_unresolved: incident.state != State::Resolved,
            ended_by_itself,
        }
    }

    /// Whether it was there at an instant, as far as is known.
    fn covers(&self, at: i64) -> bool {
        self.opened_at <= at && self.until_at.is_none_or(|until_at| until_at > at)
    }
}

/// Follows what was seen after `start_at`, in order, from a host's beginning there: incidents that exist are open from when they opened,
/// and end where what was seen says so. `seen` may be in any order, and may hold things twice.
#[must_use]
pub fn replay(
    in_force: &InForce,
    baseline: Option<&Baseline>,
    standing: &[Standing],
    seen: &[Seen],
    start_at: i64,
) -> (Course, Vec<Turn>) {
    let (mut course, mut turns) = (Course::default(), Vec::new());
    for kind in KINDS {
        if standing.iter().any(|incident| incident.kind == kind && incident.covers(start_at)) {
            course.stand(kind, start_at, &mut turns);
        }
    }
    turns.extend(go_on(&mut course, in_force, baseline, standing, seen));
    (course, turns)
}

/// As [`replay`], from where a course stands.
pub fn go_on(
    course: &mut Course,
    in_force: &InForce,
    baseline: Option<&Baseline>,
    standing: &[Standing],
    seen: &[Seen],
) -> Vec<Turn> {
    let mut seen = seen.to_vec();
    seen.sort_by_key(Seen::order);
    // What is told twice is one: a batch that comes again, an event in two channels.
    seen.dedup();
    let mut waiting: Vec<&Standing> = standing.iter().filter(|incident| KINDS.contains(&incident.kind)).collect();
    waiting.sort_by_key(|incident| std::cmp::Reverse(incident.opened_at));
    let mut turns = Vec::new();
    let mut before_at = i64::MIN;
    for one in &seen {
        while let Some(incident) = waiting.pop_if(|incident| incident.opened_at <= before_at) {
            // After the very look that opened it, which has its say first.
            if incident.until_at.is_none_or(|until_at| until_at >= before_at) {
                course.stand(incident.kind, incident.opened_at, &mut turns);
            }
        }
        course.follow(in_force, baseline, one, &mut turns);
        before_at = one.at;
    }
    turns
}
