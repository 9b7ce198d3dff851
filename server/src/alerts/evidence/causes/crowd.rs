//! Many who come at once.

use std::collections::BTreeMap;

use super::{Case, Subject};
use crate::alerts::evidence::holding::count;
use crate::alerts::flood::Grown;
use crate::model::event::EventClass;
use crate::model::evidence::{Cause, Point, Suspected};
use crate::model::id::ClientId;
use crate::model::time::MINUTE_MS;

/// Events by which a server says that clients come too fast.
const FLOOD_CODES: std::ops::RangeInclusive<u32> = 2_025..=2_027;
/// Those who sign in come within so long.
const STORM_MS: i64 = 15 * MINUTE_MS;
/// So many sessions, of so many clients, are a crowd.
const LEAST_SESSIONS: u32 = 10;
const LEAST_CLIENTS: u32 = 5;

/// Far more came within minutes than ever before, or the server says so.
pub(super) fn flood(subject: &Subject<'_>) -> Option<Cause> {
    let told = subject.evidence.events.iter();
    let told = count(told.filter(|e| e.class.is_some_and(is_server) && FLOOD_CODES.contains(&e.code)).count());
    let told = (told > 0).then_some(Point::FloodEvents { events: told });
    let more = subject.flood.map(|(rise, grown, baseline)| match grown {
        Grown::Sessions => Point::MoreSessions { more: rise.sessions, ever: baseline.sessions },
        Grown::Clients => Point::MoreClients { more: rise.clients, ever: baseline.clients },
    });
    let mut case = match (told, more) {
        (Some(told), more) => {
            let mut case = Case::on(Suspected::Flood, told, 3);
            case.speaks_for(3, more);
            case
        }
        (None, Some(more)) => Case::on(Suspected::Flood, more, 3),
        (None, None) => return None,
    };
    match subject.week_before() {
        Some(same @ Point::WeekBefore { .. }) => case.speaks_against(2, Some(same)),
        fewer => case.speaks_for(1, fewer),
    }
    // Everybody connects again then.
    case.speaks_against(2, subject.restarted_at.map(|at| Point::Restarted { at }));
    Some(case.0)
}

/// The same number of another provider says nothing about clients.
fn is_server(class: EventClass) -> bool {
    class != EventClass::Foreign
}

/// Half of the sessions and more were set up within minutes, by many clients.
pub(super) fn logon_storm(subject: &Subject<'_>) -> Option<Cause> {
    let snapshot = subject.at_peak()?;
    let since_at = snapshot.taken_at - STORM_MS;
    let mut fresh: BTreeMap<ClientId, u32> = BTreeMap::new();
    for session in &snapshot.sessions {
        if session.started_at.is_some_and(|at| at >= since_at) {
            *fresh.entry(subject.episode.names.main(session.client)).or_default() += 1;
        }
    }
    let (sessions, clients, all) = (fresh.values().sum::<u32>(), count(fresh.len()), count(snapshot.sessions.len()));
    if sessions < LEAST_SESSIONS || clients < LEAST_CLIENTS || sessions.saturating_mul(2) < all {
        return None;
    }
    let ground = Point::Started { sessions, clients, all, minutes: STORM_MS / MINUTE_MS };
    let mut case = Case::on(Suspected::LogonStorm, ground, 3);
    let morning = subject.hour.filter(|hour| (6..=10).contains(hour));
    case.speaks_for(1, morning.map(|hour| Point::Morning { hour }));
    case.speaks_for(1, subject.restarted_at.map(|at| Point::Restarted { at }));
    if let Some(same @ Point::WeekBefore { .. }) = subject.week_before() {
        case.speaks_for(1, Some(same));
    }
    let (id, most) = fresh.iter().max_by_key(|(_, sessions)| **sessions)?;
    let one =
        || Point::OneClient { client: subject.episode.names.client(*id).to_owned(), sessions: *most, of: sessions };
    case.speaks_against(3, (most.saturating_mul(3) > sessions).then(one));
    let night = subject.hour.filter(|hour| !(6..20).contains(hour));
    case.speaks_against(1, night.map(|hour| Point::Night { hour }));
    Some(case.0)
}
