//! A client that does not end its sessions.

use super::{Case, Subject};
use crate::alerts::evidence::holding::{by_client, count};
use crate::model::evidence::{Cause, Point, Suspected};
use crate::model::finding::Fact;
use crate::model::id::ClientId;
use crate::model::snapshot::{Session, Snapshot};
use crate::model::time::HOUR_MS;

/// So long a session without an open file is forgotten rather than waiting…
const FORGOTTEN_MS: i64 = 12 * HOUR_MS;
/// …if nothing was done with it for so long.
const QUIET_MS: i64 = HOUR_MS;
/// So many of them are no coincidence…
const LEAST: u32 = 3;
/// …and this share of all sessions, in percent, matters.
const GROUND: u32 = 15;

/// Clients with their sessions at the peak.
type Held<'a> = [(ClientId, Vec<&'a Session>)];
/// A client with its sessions, and what it is suspected for.
type Found<'a, 'b> = (&'b (ClientId, Vec<&'a Session>), Case);

pub(super) fn leak(subject: &Subject<'_>) -> Option<Cause> {
    let snapshot = subject.at_peak()?;
    let held = by_client(snapshot, &subject.episode.names);
    let found = of_forgotten(subject, snapshot, &held).or_else(|| of_finding(subject, &held));
    let ((id, sessions), mut case) = found?;
    let (client, of) = (subject.episode.names.client(*id), count(sessions.len()));
    day_before(subject, (*id, client), of, &mut case);
    after(subject, (*id, client), of, &mut case);
    case.speaks_against(1, used(sessions, snapshot));
    Some(case.0)
}

/// The client with most forgotten sessions, if they are many.
fn of_forgotten<'a, 'b>(subject: &Subject<'_>, snapshot: &Snapshot, held: &'b Held<'a>) -> Option<Found<'a, 'b>> {
    let lost = |all: &[&Session]| count(all.iter().filter(|s| is_forgotten(s, snapshot.taken_at)).count());
    let most = held.iter().max_by_key(|(_, all)| lost(all))?;
    let (forgotten, all) = (lost(&most.1), count(snapshot.sessions.len()));
    if forgotten < LEAST || u64::from(forgotten) * 100 < u64::from(all) * u64::from(GROUND) {
        return None;
    }
    let starts = most.1.iter().filter(|s| is_forgotten(s, snapshot.taken_at)).filter_map(|s| s.started_at);
    let oldest_hours = starts.min().map_or(0, |at| (snapshot.taken_at - at) / HOUR_MS);
    let client = subject.episode.names.client(most.0).to_owned();
    let suspect = suspects(subject).any(|name| name == client).then(|| Point::Suspect { client: client.clone() });
    let ground = Point::Forgotten { client, forgotten, sessions: count(most.1.len()), oldest_hours };
    let mut case = Case::on(Suspected::Leak, ground, if forgotten.saturating_mul(2) >= all { 3 } else { 2 });
    case.speaks_for(2, suspect);
    Some((most, case))
}

/// A client that only a rule suspects, which looked at more than this one moment; but one that has nothing here did nothing here.
fn of_finding<'a, 'b>(subject: &Subject<'_>, held: &'b Held<'a>) -> Option<Found<'a, 'b>> {
    let found = suspects(subject).find_map(|name| {
        let is_it = |(id, _): &&(ClientId, Vec<&Session>)| subject.episode.names.client(*id) == name;
        Some((held.iter().find(is_it)?, name))
    });
    let (of, name) = found?;
    Some((of, Case::on(Suspected::Leak, Point::Suspect { client: name.to_owned() }, 2)))
}

/// No open file, half a day old, and nothing done with it.
fn is_forgotten(session: &Session, taken_at: i64) -> bool {
    let is_quiet = session.active_at.is_none_or(|at| taken_at - at >= QUIET_MS);
    let is_old = session.started_at.is_some_and(|at| taken_at - at >= FORGOTTEN_MS);
    session.opens == Some(0) && is_old && is_quiet
}

/// The clients that rules suspect.
fn suspects<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a str> {
    subject.evidence.findings.iter().flat_map(|finding| &finding.facts).filter_map(|fact| match fact {
        Fact::Leak { client, .. } => Some(client.as_str()),
        _ => None,
    })
}

fn held_by(snapshot: &Snapshot, subject: &Subject<'_>, client: ClientId) -> u32 {
    count(snapshot.sessions.iter().filter(|s| subject.episode.names.main(s.client) == client).count())
}

fn day_before(subject: &Subject<'_>, (id, client): (ClientId, &str), sessions: u32, case: &mut Case) {
    let Some(snapshot) = &subject.episode.snapshots.day_before else { return };
    let (before, client) = (held_by(snapshot, subject, id), client.to_owned());
    if before > sessions {
        case.speaks_against(2, Some(Point::Shrinks { client, before, sessions }));
    } else if before > 0 {
        case.speaks_for(1, Some(Point::Grows { client, before, sessions }));
    }
}

/// Whether they were still there after the end: somebody may have closed them, or they ended by themselves.
fn after(subject: &Subject<'_>, (id, client): (ClientId, &str), of: u32, case: &mut Case) {
    let Some(snapshot) = &subject.episode.snapshots.after else { return };
    let (sessions, client) = (held_by(snapshot, subject, id), client.to_owned());
    if sessions.saturating_mul(2) >= of {
        case.speaks_for(1, Some(Point::Stayed { client, sessions, of }));
    } else {
        case.speaks_against(1, Some(Point::Went { client, sessions, of }));
    }
}

/// More than half of the client's sessions were in use.
fn used(sessions: &[&Session], snapshot: &Snapshot) -> Option<Point> {
    let known: Vec<bool> = sessions.iter().filter_map(|session| session.is_idle(snapshot.taken_at)).collect();
    let used = count(known.iter().filter(|is_idle| !**is_idle).count());
    let of = count(sessions.len());
    (used.saturating_mul(2) > of).then_some(Point::Used { sessions: used, of })
}
