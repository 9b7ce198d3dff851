//! Clients that open sessions and never end them.

use std::collections::HashMap;

use super::{Hit, Restart, Rule, Subject, hits};
use crate::model::ClientId;
use crate::model::finding::{Fact, Severity};
use crate::model::snapshot::{Session, Snapshot};
use crate::model::time::{DAY_MS, HOUR_MS};

/// So long a session without an open file is forgotten rather than waiting: longer than a working day.
const FORGOTTEN_MS: i64 = 12 * HOUR_MS;
/// So many of them are no coincidence.
const LEAST: usize = 8;
/// Of all sessions of the client on this host, in percent.
const SHARE: usize = 75;
/// Clients named in one finding.
const NAMED: usize = 5;

/// A client that is suspected of leaking sessions on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect<Client> {
    pub client: Client,
    pub sessions: usize,
    /// Without open files for half a day and longer.
    pub forgotten: usize,
    /// Age of the oldest of those.
    pub oldest_ms: i64,
    /// Its sessions a day before; none if nothing was observed then.
    pub day_before: Option<usize>,
}

/// The suspects of a host, most forgotten sessions first: by its newest snapshot, and by the one a day before if there is one. What a
/// source does not tell (opens, ages) makes no suspect.
#[must_use]
pub fn suspects(now: &Snapshot, day_before: Option<&Snapshot>) -> Vec<Suspect<ClientId>> {
    let before = day_before.map(|snapshot| by_client(&snapshot.sessions));
    let mut found: Vec<Suspect<ClientId>> = by_client(&now.sessions)
        .into_iter()
        .filter_map(|(client, sessions)| {
            let ages: Vec<i64> = sessions.iter().filter_map(|session| forgotten_ms(session, now.taken_at)).collect();
            let day_before = before.as_ref().map(|before| before.get(&client).map_or(0, Vec::len));
            let is_leak = ages.len() >= LEAST
                && ages.len() * 100 >= sessions.len() * SHARE
                && day_before.is_none_or(|before| sessions.len() >= before);
            is_leak.then(|| Suspect {
                client,
                sessions: sessions.len(),
                forgotten: ages.len(),
                oldest_ms: ages.into_iter().max().unwrap_or_default(),
                day_before,
            })
        })
        .collect();
    found.sort_by_key(|suspect| (std::cmp::Reverse(suspect.forgotten), suspect.client));
    found
}

fn by_client(sessions: &[Session]) -> HashMap<ClientId, Vec<&Session>> {
    let mut clients: HashMap<ClientId, Vec<&Session>> = HashMap::new();
    for session in sessions {
        clients.entry(session.client).or_default().push(session);
    }
    clients
}

/// The age of a session that has no open file and was set up half a day ago, or longer.
fn forgotten_ms(session: &Session, taken_at: i64) -> Option<i64> {
    let age_ms = taken_at - session.started_at?;
    let is_idle = session.active_at.is_none_or(|at| taken_at - at >= HOUR_MS);
    (session.opens == Some(0) && is_idle && age_ms >= FORGOTTEN_MS).then_some(age_ms)
}

pub(super) const LEAK: Rule = Rule {
    id: "CLI-01",
    severity: Severity::High,
    title: "A client opens sessions and does not end them",
    why: "Sessions that hold no open file for half a day serve nobody, and count against the limit all the same. Where their number does not \
          fall from one day to the next, a program on that client has forgotten them: scanners, backup tools and drivers do it.",
    remedy: "Update or restart that program. Until then close those sessions: the client sets up a new one when it needs it.",
    command: "# Shows them first; -WhatIf closes nothing:\n\
              Get-SmbSession -ClientComputerName CLIENT | Where-Object NumOpens -eq 0 | Close-SmbSession -WhatIf",
    restart: Restart::No,
    risk: "A session that is just about to be used is set up again by the client.",
    source: "The sessions themselves: opens, ages and idle times (half a day, eight sessions and three quarters are our bounds)",
    check: leak,
};

fn leak(subject: &Subject<'_>) -> Option<Hit> {
    hits(subject.suspects.iter().take(NAMED).map(|suspect| Fact::Leak {
        client: suspect.client.clone(),
        sessions: suspect.sessions as u64,
        day_before: suspect.day_before.map(|sessions| sessions as u64),
        forgotten: suspect.forgotten as u64,
        oldest_hours: whole_hours(suspect.oldest_ms),
    }))
}

/// In hours, or whole days from two on: details that change every minute would be written every minute.
fn whole_hours(ms: i64) -> i64 {
    if ms < 2 * DAY_MS { ms / HOUR_MS } else { ms / DAY_MS * 24 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UserId;
    use crate::model::limit::Limit;

    const NOW_AT: i64 = 100 * DAY_MS;

    fn session(client: i64, opens: Option<u32>, age_hours: Option<i64>, idle_hours: Option<i64>) -> Session {
        let ago = |hours: Option<i64>| hours.map(|hours| NOW_AT - hours * HOUR_MS);
        let (started_at, active_at) = (ago(age_hours), ago(idle_hours));
        Session { client: ClientId(client), user: UserId(1), started_at, active_at, opens }
    }

    fn snapshot(sessions: Vec<Session>) -> Snapshot {
        Snapshot {
            taken_at: NOW_AT,
            source: "test".to_owned(),
            sampling_secs: 60,
            limit: Limit::UNKNOWN,
            partial: false,
            burst_of: None,
            sessions,
        }
    }

    fn forgotten(client: i64, count: usize) -> Vec<Session> {
        (0..count).map(|n| session(client, Some(0), Some(13 + n as i64), Some(5))).collect()
    }

    #[test]
    fn many_forgotten_sessions_that_do_not_get_fewer_are_a_leak() {
        let now = snapshot([forgotten(7, 9), forgotten(8, 7), vec![session(7, Some(3), Some(1), Some(0))]].concat());
        let found = suspects(&now, Some(&snapshot(forgotten(7, 4))));
        let wanted =
            Suspect { client: ClientId(7), sessions: 10, forgotten: 9, oldest_ms: 21 * HOUR_MS, day_before: Some(4) };
        assert_eq!(found, [wanted], "seven are too few");
        assert_eq!(suspects(&now, None)[0].day_before, None);
        assert!(suspects(&now, Some(&snapshot(forgotten(7, 11)))).is_empty(), "they get fewer");
    }

    #[test]
    fn sessions_that_are_used_or_of_which_nothing_is_known_are_no_leak() {
        let many = |one: Session| snapshot(vec![one; 20]);
        for one in [
            session(1, Some(1), Some(90), Some(80)),
            session(1, None, Some(90), Some(80)),
            session(1, Some(0), None, Some(80)),
            session(1, Some(0), Some(11), Some(11)),
            session(1, Some(0), Some(90), Some(0)),
        ] {
            assert!(suspects(&many(one), None).is_empty(), "{one:?}");
        }
        let mixed = snapshot([forgotten(1, 9), vec![session(1, Some(2), Some(90), Some(0)); 4]].concat());
        assert!(suspects(&mixed, None).is_empty(), "a terminal server has idle people too");
        assert_eq!(suspects(&many(session(1, Some(0), Some(90), None)), None).len(), 1, "Samba knows no idle times");
    }
}
