//! Keeps everybody from filling the audit log. Promises:
//!
//! 1. **Bounded**: nobody causes more than so many entries an hour and process: neither those who are not known, all together, nor machines that
//!    are turned away, all together, nor one person or key by looking and taking.
//! 2. **Nobody drowns another**: each of these is counted apart, and of one who is known what he looks for, what he looks at and what he takes.
//! 3. **That something is missing is told**: by the last entry of the hour, with the instant until which no other one comes, and by the next one,
//!    with how many were left out.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use crate::locale::iso;
use crate::model::audit::{Actor, ActorKind, Deed};
use crate::model::time::HOUR_MS;

/// Entries that those cause who are not known, an hour and process. More would let them fill the log.
pub const MOST_OF_NOBODY: u32 = 1_000;
/// Entries of a sort that one person causes, likewise: more than anybody reads in an hour.
pub const MOST_OF_PERSON: u32 = 300;
/// Things that an API key looks at in an hour so that it is written down: programs read whole fleets, but of each it is once a day.
pub const MOST_OF_KEY: u32 = 10_000;
/// The same of what it looks for and takes, since what it writes there may be long.
const MOST_TEXTS_OF_KEY: u32 = 1_000;

/// What somebody who is known does so that it is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sort {
    /// Texts that he looks for: there is no end of them.
    Text,
    /// Things that he looks at: there are as many as there are.
    Thing,
    /// What he takes away.
    File,
}

/// An account or key, and a sort of entries.
type Known = (ActorKind, Option<i64>, Sort);

/// Counts what is written down without anything being changed.
#[derive(Debug, Default)]
pub struct Noise {
    of_strangers: Mutex<Hour>,
    /// Of those whose password was right and who are not in.
    of_half_known: Mutex<Hour>,
    of_machines: Mutex<Hour>,
    /// Of machines whose key is right, or was.
    of_known_machines: Mutex<Hour>,
    /// There are as few of each sort as accounts and keys.
    of_known: Mutex<HashMap<Known, Hour>>,
}

/// An entry may be written, and what it is to tell of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// Were left out before it.
    left_out: u64,
    /// It is the last one until then.
    silent_until: Option<i64>,
}

#[derive(Debug, Default)]
struct Hour {
    from_at: i64,
    written: u32,
    /// Since the last one that was written.
    left_out: u64,
    /// Under which marks something is written already: what comes without end is not looked for in the store each time.
    told: HashSet<[u8; 32]>,
}

impl Hour {
    /// Makes it the hour of this instant. A clock that was set back must not keep the log shut.
    fn turn(&mut self, now_at: i64) {
        // As marks have it: what is told once an hour is told once in each of these.
        let from_at = now_at.div_euclid(HOUR_MS) * HOUR_MS;
        if self.from_at != from_at {
            *self = Self { from_at, left_out: self.left_out, ..Self::default() };
        }
    }

    /// Counts one. None if it is not to be written.
    fn count(&mut self, most: u32, now_at: i64) -> Option<Turn> {
        self.turn(now_at);
        if self.written >= most {
            self.left_out += 1;
            return None;
        }
        self.written += 1;
        let silent_until = (self.written == most).then_some(self.from_at + HOUR_MS);
        Some(Turn { left_out: std::mem::take(&mut self.left_out), silent_until })
    }
}

impl Turn {
    /// The entry with what it is to tell of others.
    pub(super) fn tell(self, deed: Deed) -> Deed {
        let deed = if self.left_out > 0 { deed.after("left_out", self.left_out) } else { deed };
        match self.silent_until {
            Some(at) => deed.after("silent_until", iso(at)),
            None => deed,
        }
    }
}

impl Noise {
    pub(super) fn of_stranger(&self, now_at: i64) -> Option<Turn> {
        locked(&self.of_strangers).count(MOST_OF_NOBODY, now_at)
    }

    pub(super) fn of_half_known(&self, now_at: i64) -> Option<Turn> {
        locked(&self.of_half_known).count(MOST_OF_NOBODY, now_at)
    }

    /// Of a machine that is turned away, once under each mark. Costs no look into the store, however often it comes.
    pub(super) fn of_machine(&self, mark: &[u8; 32], is_known: bool, now_at: i64) -> Option<Turn> {
        let mut hour = locked(if is_known { &self.of_known_machines } else { &self.of_machines });
        hour.turn(now_at);
        if hour.told.contains(mark) {
            return None;
        }
        let turn = hour.count(MOST_OF_NOBODY, now_at)?;
        hour.told.insert(*mark);
        Some(turn)
    }

    /// Of somebody who is known.
    pub(super) fn of_known(&self, actor: &Actor, sort: Sort, now_at: i64) -> Option<Turn> {
        let most = match (actor.kind, sort) {
            (ActorKind::Key, Sort::Thing) => MOST_OF_KEY,
            (ActorKind::Key, Sort::Text | Sort::File) => MOST_TEXTS_OF_KEY,
            _ => MOST_OF_PERSON,
        };
        let mut all = locked(&self.of_known);
        all.entry((actor.kind, actor.id, sort)).or_default().count(most, now_at)
    }

    /// Whether something that a stranger did is known to be written under this mark.
    pub(super) fn has_told(&self, mark: &[u8; 32]) -> bool {
        locked(&self.of_strangers).told.contains(mark)
    }

    pub(super) fn tell(&self, mark: &[u8; 32]) {
        let mut hour = locked(&self.of_strangers);
        if hour.told.len() < MOST_OF_NOBODY as usize {
            hour.told.insert(*mark);
        }
    }
}

fn locked<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AccountId;
    use crate::model::audit::{Action, Subject, SubjectKind};

    const WHOLE: Turn = Turn { left_out: 0, silent_until: None };

    #[test]
    fn nobody_fills_the_log_and_how_much_was_left_out_is_told() {
        let noise = Noise::default();
        let count = |at| noise.of_stranger(at);
        for _ in 1..MOST_OF_NOBODY {
            assert_eq!(count(HOUR_MS), Some(WHOLE));
        }
        assert_eq!(count(HOUR_MS), Some(Turn { left_out: 0, silent_until: Some(2 * HOUR_MS) }));
        assert_eq!((count(HOUR_MS), count(2 * HOUR_MS - 1)), (None, None));
        assert_eq!(noise.of_half_known(HOUR_MS), Some(WHOLE), "nobody drowns it");
        assert_eq!(noise.of_machine(&[0; 32], false, HOUR_MS), Some(WHOLE), "nor this");
        let next = Turn { left_out: 2, silent_until: None };
        assert_eq!((count(2 * HOUR_MS), count(2 * HOUR_MS)), (Some(next), Some(WHOLE)));
        assert_eq!(count(5), Some(WHOLE), "the clock was set back");
    }

    #[test]
    fn a_machine_is_told_once_an_hour_and_memory_is_bounded_however_many_come() {
        let noise = Noise::default();
        let mark = |n: u32| {
            let mut mark = [0; 32];
            mark[..4].copy_from_slice(&n.to_be_bytes());
            mark
        };
        assert_eq!(
            (noise.of_machine(&mark(0), false, 0), noise.of_machine(&mark(0), false, HOUR_MS - 1)),
            (Some(WHOLE), None)
        );
        assert_eq!(noise.of_machine(&mark(0), false, HOUR_MS), Some(WHOLE), "what is told is not what was left out");
        let told = (1..5_000).filter(|n| noise.of_machine(&mark(*n), false, HOUR_MS).is_some()).count();
        assert_eq!(told, MOST_OF_NOBODY as usize - 1);
        assert_eq!(noise.of_machines.lock().unwrap().told.len(), MOST_OF_NOBODY as usize);
        assert_eq!(noise.of_machine(&mark(0), true, HOUR_MS), Some(WHOLE), "who is known is told all the same");
        let next = noise.of_machine(&mark(0), false, 2 * HOUR_MS);
        assert_eq!(next, Some(Turn { left_out: 4_999 - u64::from(MOST_OF_NOBODY - 1), silent_until: None }));
    }

    #[test]
    fn who_is_known_has_so_many_of_each_sort_and_nobody_takes_them_from_another() {
        let noise = Noise::default();
        let [ann, eve] = [1, 2].map(|id| Actor::person(AccountId(id), "x"));
        let all = |actor: &Actor, sort| (0..500).filter(|_| noise.of_known(actor, sort, 0).is_some()).count();
        assert_eq!(all(&ann, Sort::Text), MOST_OF_PERSON as usize);
        for (actor, sort) in [(&ann, Sort::Thing), (&ann, Sort::File), (&eve, Sort::Text)] {
            assert_eq!(all(actor, sort), MOST_OF_PERSON as usize, "{actor:?} {sort:?}");
        }
        let key = Actor { kind: ActorKind::Key, ..ann.clone() };
        assert_eq!(all(&key, Sort::Text), 500, "another one, and a program");
        assert_eq!(noise.of_known(&ann, Sort::Text, HOUR_MS).map(|turn| turn.left_out), Some(200));
    }

    #[test]
    fn an_entry_tells_what_is_missing_beside_it() {
        let deed = || Deed::new(Action::Denied, Subject::new(SubjectKind::Page, None, "/"));
        assert!(WHOLE.tell(deed()).changes.is_empty());
        let told = Turn { left_out: 7, silent_until: Some(HOUR_MS) }.tell(deed()).changes.after;
        assert_eq!((told["left_out"].as_str(), told["silent_until"].as_str()), ("7", "1970-01-01T01:00:00Z"));
    }
}
