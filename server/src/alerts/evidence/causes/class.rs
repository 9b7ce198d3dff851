//! Clients of one kind that held a great part of the sessions.

use super::{Case, Subject};
use crate::alerts::evidence::holding::{Sum, by_class};
use crate::model::class::Class;
use crate::model::evidence::{Cause, Point, Suspected};
use crate::model::snapshot::Session;

/// From this share of all sessions on a kind of client is a suspect, in percent.
const GROUND: u32 = 25;
/// Fewer sessions are no cause of anything.
const LEAST: u32 = 3;

/// What the clients of a kind held, at the peak and before.
struct Share {
    clients: u32,
    sum: Sum,
    all: u32,
    /// Theirs and all an hour before; none if nothing was observed then.
    before: Option<(u32, u32)>,
}

impl Share {
    /// None if they held too little.
    fn of(subject: &Subject<'_>, class: Class) -> Option<Self> {
        let (snapshot, names) = (subject.at_peak()?, &subject.episode.names);
        let (clients, sessions) = by_class(snapshot, names, class);
        let refs: Vec<&Session> = sessions.iter().collect();
        let (sum, all) = (Sum::of(&refs, snapshot.taken_at), subject.evidence.peak?.sessions);
        if sum.sessions < LEAST || u64::from(sum.sessions) * 100 < u64::from(all) * u64::from(GROUND) {
            return None;
        }
        let before = subject.episode.snapshots.hour_before.as_ref().map(|before| {
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            (count(by_class(before, names, class).1.len()), count(before.sessions.len()))
        });
        Some(Self { clients, sum, all, before })
    }

    fn case(&self, what: Suspected) -> Case {
        let sessions = self.sum.sessions;
        let is_half = sessions.saturating_mul(2) >= self.all;
        let ground = Point::Held { clients: self.clients, sessions, all: self.all };
        let mut case = Case::on(what, ground, if is_half { 3 } else { 2 });
        case.speaks_for(2, self.grew());
        case.speaks_against(2, self.was_there());
        case
    }

    /// At least half of what came since an hour before is theirs.
    fn grew(&self) -> Option<Point> {
        let (theirs, all) = self.before?;
        let (sessions, all) = (self.sum.sessions.checked_sub(theirs)?, self.all.checked_sub(all)?);
        (sessions > 0 && sessions.saturating_mul(2) >= all).then_some(Point::Grew { sessions, all })
    }

    /// All others grew, and they did not.
    fn was_there(&self) -> Option<Point> {
        let (theirs, all) = self.before?;
        (theirs >= self.sum.sessions && all < self.all).then_some(Point::Before { sessions: theirs })
    }

    /// At least half of theirs did nothing.
    fn is_idle(&self) -> Option<Point> {
        let (idle, of) = (self.sum.idle?, self.sum.sessions);
        (idle.saturating_mul(2) >= of).then_some(Point::Idle { sessions: idle, of })
    }

    /// More than half of theirs did something.
    fn is_used(&self) -> Option<Point> {
        let (idle, of) = (self.sum.idle?, self.sum.sessions);
        (idle.saturating_mul(2) < of).then_some(Point::Used { sessions: of.saturating_sub(idle), of })
    }
}

/// Backups run at night, at the same time, and come at once.
pub(super) fn backup(subject: &Subject<'_>) -> Option<Cause> {
    let share = Share::of(subject, Class::Backup)?;
    let mut case = share.case(Suspected::Backup);
    case.speaks_for(1, share.is_used());
    case.speaks_for(1, subject.hour.filter(is_night).map(|hour| Point::Night { hour }));
    case.speaks_for(1, subject.same_hour());
    case.speaks_against(1, subject.hour.filter(is_day).map(|hour| Point::Day { hour }));
    Some(case.0)
}

/// Desktops hold sessions for as long as somebody is signed in, used or not.
pub(super) fn vdi(subject: &Subject<'_>) -> Option<Cause> {
    let share = Share::of(subject, Class::Vdi)?;
    let mut case = share.case(Suspected::Vdi);
    case.speaks_for(1, share.is_idle());
    case.speaks_for(1, subject.hour.filter(is_day).map(|hour| Point::Day { hour }));
    case.speaks_against(1, subject.hour.filter(is_night).map(|hour| Point::Night { hour }));
    Some(case.0)
}

/// Printers and scanners keep what they opened.
pub(super) fn print(subject: &Subject<'_>) -> Option<Cause> {
    let share = Share::of(subject, Class::Printer)?;
    let mut case = share.case(Suspected::Print);
    case.speaks_for(1, share.is_idle());
    Some(case.0)
}

fn is_night(hour: &u8) -> bool {
    !(6..20).contains(hour)
}

fn is_day(hour: &u8) -> bool {
    (8..18).contains(hour)
}
