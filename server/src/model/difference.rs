//! What changed between two snapshots of one host.

use super::snapshot::{Session, Snapshot};

/// Starts are pinned within a second each, so those of one session lie no further apart than this.
const SAME_START_MS: i64 = 2_000;

/// The sessions of two snapshots, each told once. Every session of the earlier one either went or stayed, every session of the
/// later one either came or stayed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// Only in the later snapshot.
    pub came: Vec<Session>,
    /// Only in the earlier one.
    pub went: Vec<Session>,
    pub stayed: Vec<Stayed>,
}

/// One session as both snapshots saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stayed {
    pub before: Session,
    pub after: Session,
}

impl Stayed {
    /// Whether it has another number of open files than before.
    #[must_use]
    pub fn has_other_opens(&self) -> bool {
        self.before.opens != self.after.opens
    }
}

impl Difference {
    /// A session is the same one if client and user are and it was set up at the same time. Where a source does not know that
    /// time, sessions of one client and user are paired as far as their number goes.
    #[must_use]
    pub fn between(earlier: &Snapshot, later: &Snapshot) -> Self {
        let mut difference = Self::default();
        let (mut before, mut after) = (groups(earlier).peekable(), groups(later).peekable());
        loop {
            // Both come in ascending order of client and user.
            let next = [before.peek(), after.peek()].into_iter().flatten().map(|group| whose(group)).min();
            let Some(next) = next else { return difference };
            let of_before = before.next_if(|group| whose(group) == next).unwrap_or_default();
            let of_after = after.next_if(|group| whose(group) == next).unwrap_or_default();
            difference.add(of_before, of_after);
        }
    }

    /// How many sessions stayed with another number of open files.
    #[must_use]
    pub fn with_other_opens(&self) -> usize {
        self.stayed.iter().filter(|s| s.has_other_opens()).count()
    }

    /// Adds the sessions of one client and user, each in ascending order of their start.
    fn add(&mut self, before: &[Session], after: &[Session]) {
        let is_known = |s: &&Session| s.started_at.is_some();
        let (known, unknown): (Vec<_>, Vec<_>) = before.iter().partition(is_known);
        let (known_after, unknown_after): (Vec<_>, Vec<_>) = after.iter().partition(is_known);
        let (went, came) = self.pair_by_start(known, known_after);
        let (unknown, unknown_after) = self.pair_in_order(unknown, unknown_after);
        let (unknown, came) = self.pair_in_order(unknown, came);
        let (went, unknown_after) = self.pair_in_order(went, unknown_after);
        self.went.extend(went.into_iter().chain(unknown));
        self.came.extend(came.into_iter().chain(unknown_after));
    }

    /// Pairs sessions that were set up at the same time; answers the others.
    fn pair_by_start<'a>(
        &mut self,
        before: Vec<&'a Session>,
        after: Vec<&'a Session>,
    ) -> (Vec<&'a Session>, Vec<&'a Session>) {
        let (mut went, mut came) = (Vec::new(), Vec::new());
        let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
        while let (Some(old), Some(new)) = (before.peek(), after.peek()) {
            let apart_ms = new.started_at.unwrap_or(0).saturating_sub(old.started_at.unwrap_or(0));
            match apart_ms {
                _ if apart_ms > SAME_START_MS => went.extend(before.next()),
                _ if apart_ms < -SAME_START_MS => came.extend(after.next()),
                _ => self.pair(before.next(), after.next()),
            }
        }
        (went.into_iter().chain(before).collect(), came.into_iter().chain(after).collect())
    }

    fn pair_in_order<'a>(
        &mut self,
        before: Vec<&'a Session>,
        after: Vec<&'a Session>,
    ) -> (Vec<&'a Session>, Vec<&'a Session>) {
        let pairs = before.len().min(after.len());
        before.iter().zip(&after).for_each(|(old, new)| self.pair(Some(old), Some(new)));
        (before.into_iter().skip(pairs).collect(), after.into_iter().skip(pairs).collect())
    }

    fn pair(&mut self, before: Option<&Session>, after: Option<&Session>) {
        self.stayed.extend(before.zip(after).map(|(before, after)| Stayed { before: *before, after: *after }));
    }
}

/// The sessions of each client and user.
fn groups(snapshot: &Snapshot) -> impl Iterator<Item = &[Session]> {
    snapshot.sessions.chunk_by(|a, b| (a.client, a.user) == (b.client, b.user))
}

fn whose(group: &[Session]) -> Option<(super::ClientId, super::UserId)> {
    group.first().map(|s| (s.client, s.user))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::limit::Limit;
    use crate::model::{ClientId, UserId};

    fn session(client: i64, started_at: Option<i64>, opens: u32) -> Session {
        Session { client: ClientId(client), user: UserId(1), started_at, active_at: None, opens: Some(opens) }
    }

    fn snapshot(sessions: &[Session]) -> Snapshot {
        let mut sessions = sessions.to_vec();
        sessions.sort_unstable();
        Snapshot {
            taken_at: 0,
            source: "test".into(),
            sampling_secs: 60,
            limit: Limit::UNKNOWN,
            partial: false,
            burst_of: None,
            sessions,
        }
    }

    #[test]
    fn a_session_that_was_set_up_anew_went_and_came_though_its_client_is_the_same() {
        let before = snapshot(&[session(1, Some(10_000), 1), session(1, Some(50_000), 2), session(2, Some(0), 9)]);
        let after = snapshot(&[session(1, Some(51_000), 5), session(1, Some(90_000), 0), session(3, None, 4)]);
        let difference = Difference::between(&before, &after);
        assert_eq!(difference.went, [session(1, Some(10_000), 1), session(2, Some(0), 9)]);
        assert_eq!(difference.came, [session(1, Some(90_000), 0), session(3, None, 4)]);
        let stayed = Stayed { before: session(1, Some(50_000), 2), after: session(1, Some(51_000), 5) };
        assert_eq!((difference.stayed.as_slice(), difference.with_other_opens()), (&[stayed][..], 1));
    }

    #[test]
    fn sessions_whose_start_nobody_knows_are_paired_as_far_as_their_number_goes() {
        let before = snapshot(&[session(1, None, 1), session(1, None, 2), session(2, Some(7_000), 3)]);
        let after = snapshot(&[session(1, None, 1), session(2, None, 3)]);
        let difference = Difference::between(&before, &after);
        assert_eq!((difference.went.len(), difference.came.len(), difference.stayed.len()), (1, 0, 2));
        assert_eq!(difference.went, [session(1, None, 2)]);
    }

    fn sessions() -> impl Strategy<Value = Vec<Session>> {
        let start = prop_oneof![Just(None), (0..6_i64).prop_map(|n| Some(n * 1_000))];
        let one = (1..4_i64, 1..3_i64, start, 0..3_u32).prop_map(|(client, user, started_at, opens)| Session {
            user: UserId(user),
            ..session(client, started_at, opens)
        });
        proptest::collection::vec(one, 0..12)
    }

    proptest! {
        #[test]
        fn every_session_is_told_once_and_backwards_what_came_went((a, b) in (sessions(), sessions())) {
            let (a, b) = (snapshot(&a), snapshot(&b));
            let sorted = |mut all: Vec<Session>| { all.sort_unstable(); all };
            let forth = Difference::between(&a, &b);
            let before = forth.stayed.iter().map(|s| s.before).chain(forth.went.clone()).collect();
            let after = forth.stayed.iter().map(|s| s.after).chain(forth.came.clone()).collect();
            prop_assert_eq!(sorted(before), a.sessions.clone());
            prop_assert_eq!(sorted(after), b.sessions.clone());
            let back = Difference::between(&b, &a);
            prop_assert_eq!((forth.came, forth.went), (back.went, back.came));
            let same = Difference::between(&a, &a);
            prop_assert!(same.came.is_empty() && same.went.is_empty() && same.with_other_opens() == 0);
        }
    }
}
