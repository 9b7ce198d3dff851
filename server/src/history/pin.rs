//! Keeps the instants of a session that stays from trembling.

use crate::model::snapshot::{Session, Snapshot};
use crate::model::time::SECOND_MS;

/// Gives each session of `next` that `previous` has too the instants that `previous` has, where they differ by one second at
/// most, and puts `next` in order again.
///
/// Sources state ages in whole seconds, so that `taken_at − age` of one and the same session comes out a second earlier or
/// later from one snapshot to the next. Pinned, a session that does nothing costs nothing in a delta frame. An instant is
/// compared with what the source says each time, so it never drifts: it stays within ± 1 s of the source's word.
pub fn pin(previous: &Snapshot, next: &mut Snapshot) {
    debug_assert!(previous.sessions.is_sorted() && next.sessions.is_sorted(), "snapshots hold their sessions in order");
    let mut earlier = previous.sessions.iter().peekable();
    for session in &mut next.sessions {
        // Whatever of `previous` lies before anything that could match is done with.
        while earlier.next_if(|e| is_before(e, session)).is_some() {}
        if let Some(matching) = earlier.next_if(|e| is_same(e, session)) {
            session.started_at = matching.started_at;
            session.active_at = pinned(matching.active_at, session.active_at);
        }
    }
    next.sessions.sort_unstable();
}

fn is_before(earlier: &Session, session: &Session) -> bool {
    let (a, b) = ((earlier.client, earlier.user), (session.client, session.user));
    a < b || (a == b && !is_near(earlier.started_at, session.started_at) && earlier.started_at < session.started_at)
}

fn is_same(earlier: &Session, session: &Session) -> bool {
    (earlier.client, earlier.user) == (session.client, session.user) && is_near(earlier.started_at, session.started_at)
}

fn is_near(a: Option<i64>, b: Option<i64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.abs_diff(b) <= SECOND_MS.unsigned_abs(),
        (None, None) => true,
        _ => false,
    }
}

fn pinned(earlier: Option<i64>, stated: Option<i64>) -> Option<i64> {
    if is_near(earlier, stated) { earlier } else { stated }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::limit::Limit;
    use crate::model::{ClientId, UserId};

    fn session(client: i64, started_at: i64, active_at: i64) -> Session {
        Session {
            client: ClientId(client),
            user: UserId(1),
            started_at: Some(started_at),
            active_at: Some(active_at),
            opens: None,
        }
    }

    fn snapshot(taken_at: i64, sessions: Vec<Session>) -> Snapshot {
        let (source, limit) = (String::new(), Limit::UNKNOWN);
        Snapshot { taken_at, source, sampling_secs: 60, limit, partial: false, burst_of: None, sessions }
    }

    #[test]
    fn a_second_of_trembling_is_pinned_and_more_is_not() {
        let previous = snapshot(0, vec![session(1, 5_000, 6_000), session(2, 5_000, 6_000), session(3, 5_000, 6_000)]);
        let mut next =
            snapshot(60_000, vec![session(1, 6_000, 5_000), session(2, 4_000, 60_000), session(3, 7_000, 6_000)]);
        pin(&previous, &mut next);
        assert_eq!(next.sessions, [session(1, 5_000, 6_000), session(2, 5_000, 60_000), session(3, 7_000, 6_000)]);
    }

    #[test]
    fn sessions_of_one_client_that_start_together_are_matched_one_to_one() {
        let previous = snapshot(0, vec![session(1, 5_000, 6_000), session(1, 5_000, 9_000)]);
        let mut next = snapshot(60_000, vec![session(1, 4_000, 5_000), session(1, 6_000, 9_000)]);
        pin(&previous, &mut next);
        assert_eq!(next.sessions, previous.sessions);
    }

    #[test]
    fn a_new_session_keeps_its_own_instants() {
        let previous = snapshot(0, vec![session(2, 5_000, 6_000)]);
        let mut next = snapshot(60_000, vec![session(1, 5_000, 6_000), session(2, 50_000, 60_000)]);
        let stated = next.clone();
        pin(&previous, &mut next);
        assert_eq!(next, stated);
    }
}
