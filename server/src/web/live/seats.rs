//! Who listens: so many and no more, each for as long as its session lasts and its person sees the same hosts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::model::AccountId;
use crate::model::sight::Sight;
use crate::web::auth::SignedIn;

/// Streams of all together. Each takes a connection or a part of one, and some kilobytes.
pub const MOST: usize = 4_000;
/// Streams of one account: walls of screens often share one.
pub const MOST_OF_ACCOUNT: usize = 250;

/// Clones share the seats.
#[derive(Debug, Clone, Default)]
pub(super) struct Seats(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    last: u64,
    by_number: HashMap<u64, Sitter>,
    by_account: HashMap<AccountId, usize>,
}

#[derive(Debug)]
struct Sitter {
    account: AccountId,
    session_sha256: [u8; 32],
    /// What its stream may be about was judged by this.
    sight: Sight,
    over: CancellationToken,
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) number: u64,
    /// The session has ended, or its person sees other hosts.
    pub(super) over: CancellationToken,
    seats: Seats,
}

impl Seats {
    /// None if there is no place left, or none for this account.
    pub(super) fn take(&self, by: &SignedIn) -> Option<Seat> {
        let mut taken = self.lock();
        let account = by.account.id;
        let of_account = taken.by_account.get(&account).copied().unwrap_or(0);
        if taken.by_number.len() >= MOST || of_account >= MOST_OF_ACCOUNT {
            return None;
        }
        let over = CancellationToken::new();
        taken.last += 1;
        let number = taken.last;
        let (session_sha256, sight) = (by.session_sha256, by.sight.clone());
        let sitter = Sitter { account, session_sha256, sight, over: over.clone() };
        taken.by_number.insert(number, sitter);
        taken.by_account.insert(account, of_account + 1);
        Some(Seat { number, over, seats: self.clone() })
    }

    pub(super) fn taken(&self) -> usize {
        self.lock().by_number.len()
    }

    /// Ends the streams of all sessions but these, each with which hosts its person sees now: who sees others asks anew.
    pub(super) fn end_others(&self, there: &HashMap<[u8; 32], Sight>) {
        let is_over = |sitter: &&Sitter| there.get(&sitter.session_sha256) != Some(&sitter.sight);
        for sitter in self.lock().by_number.values().filter(is_over) {
            sitter.over.cancel();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.lock();
        let Some(sitter) = taken.by_number.remove(&self.number) else { return };
        if let Some(count) = taken.by_account.get_mut(&sitter.account) {
            *count -= 1;
            if *count == 0 {
                taken.by_account.remove(&sitter.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::{Account, AccountSource};
    use crate::model::role::Role;

    fn signed_in(account: i64) -> SignedIn {
        SignedIn {
            account: Account {
                id: AccountId(account),
                name: String::new(),
                role: Role::Viewer,
                source: AccountSource::Local,
                sight: Sight::All,
                created_at: 0,
                disabled_at: None,
                signed_in_at: None,
            },
            sight: Sight::All,
            csrf_token: String::new(),
            session_sha256: [u8::try_from(account).unwrap(); 32],
            is_screen: false,
            lacks_factor: false,
        }
    }

    #[test]
    fn no_account_takes_more_than_its_share_and_a_seat_is_given_back() {
        let seats = Seats::default();
        let mut held: Vec<Seat> = (0..MOST_OF_ACCOUNT).map(|_| seats.take(&signed_in(1)).unwrap()).collect();
        assert!(seats.take(&signed_in(1)).is_none() && seats.take(&signed_in(2)).is_some());
        held.pop();
        held.push(seats.take(&signed_in(1)).unwrap());
        for account in 2.. {
            let before = held.len();
            held.extend((0..MOST_OF_ACCOUNT).map_while(|_| seats.take(&signed_in(account))));
            if held.len() == before {
                break;
            }
        }
        assert_eq!((held.len(), seats.taken()), (MOST, MOST));
        drop(held);
        assert_eq!(seats.taken(), 0);
        assert!(seats.lock().by_account.is_empty());
    }

    #[test]
    fn a_session_that_ended_or_sees_other_hosts_ends_its_streams_and_no_others() {
        let seats = Seats::default();
        let [one, two, three] = [1, 2, 3].map(|account| seats.take(&signed_in(account)).unwrap());
        let paris = Sight::of(["Paris"]).unwrap();
        seats.end_others(&HashMap::from([([2; 32], Sight::All), ([3; 32], paris)]));
        assert!(one.over.is_cancelled() && !two.over.is_cancelled() && three.over.is_cancelled());
    }
}
