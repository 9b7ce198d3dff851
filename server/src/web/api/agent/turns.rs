//! How often one agent may ask, and one token be used. Counted in each server process for itself, so that it costs nothing; what is stored is
//! bounded by the store's own count ([`intake`](crate::model::intake)).

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::model::HostId;
use crate::model::time::{HOUR_MS, MINUTE_MS, SECOND_MS};
use crate::web::auth::network;

/// Enrolments by one token in an hour: fifty thousand machines may come at once, and no more are made of it by somebody who has it.
const MOST_BY_TOKEN: u32 = 60_000;
/// Enrolments from one address in a minute, with whatever token: a site behind one address may start at once, in a few minutes.
const MOST_FROM_ADDRESS: u32 = 300;
/// Keys of a counter at most; then it starts anew.
const MOST_KEYS: usize = 65_536;

/// Counts what agents ask.
#[derive(Debug)]
pub(super) struct Turns {
    per_minute: u32,
    asked: Counter<HostId>,
    by_token: Counter<[u8; 32]>,
    from_address: Counter<IpAddr>,
    /// Tokens of which it was said that they let nobody in for now.
    told: Counter<[u8; 32]>,
    /// Hosts that have sent what they may, each until when.
    held: Mutex<HashMap<HostId, i64>>,
}

/// Counts by key, in windows of one length.
#[derive(Debug)]
struct Counter<K> {
    window_ms: i64,
    windows: Mutex<HashMap<K, (i64, u32)>>,
}

impl Turns {
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            asked: Counter::new(MINUTE_MS),
            by_token: Counter::new(HOUR_MS),
            from_address: Counter::new(MINUTE_MS),
            told: Counter::new(HOUR_MS),
            held: Mutex::default(),
        }
    }

    /// Counts a request of a host's agent.
    ///
    /// # Errors
    /// It asks too often; in how many seconds it may.
    pub(super) fn take(&self, host: HostId, now_at: i64) -> Result<(), u64> {
        self.asked.count(host, self.per_minute, now_at)
    }

    /// Counts an enrolment.
    ///
    /// # Errors
    /// There were too many; in how many seconds there may be more.
    pub(super) fn enrol(&self, token: [u8; 32], address: IpAddr, now_at: i64) -> Result<(), u64> {
        // This machine speaks for others, as a proxy does.
        if !address.to_canonical().is_loopback() {
            self.from_address.count(network(address), MOST_FROM_ADDRESS, now_at)?;
        }
        self.by_token.count(token, MOST_BY_TOKEN, now_at)
    }

    /// Whether something is to be said of a token: once an hour.
    pub(super) fn is_news(&self, token: [u8; 32], now_at: i64) -> bool {
        self.told.count(token, 1, now_at).is_ok()
    }

    /// A host has sent what it may: what it sends until then need not be looked at.
    pub(super) fn hold(&self, host: HostId, until_at: i64) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(host, until_at);
    }

    /// For how many seconds more a host is held; none if it is not.
    pub(super) fn is_held(&self, host: HostId, now_at: i64) -> Option<u64> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let left_ms = held.get(&host)? - now_at;
        // A day at most: a clock that was set back must not keep it out.
        if (1..=24 * HOUR_MS).contains(&left_ms) {
            return u64::try_from(left_ms.min(HOUR_MS) / SECOND_MS + 1).ok();
        }
        held.remove(&host);
        None
    }
}

impl<K: Hash + Eq> Counter<K> {
    fn new(window_ms: i64) -> Self {
        Self { window_ms, windows: Mutex::default() }
    }

    fn count(&self, key: K, most: u32, now_at: i64) -> Result<(), u64> {
        let is_over = |from_at: i64| !(0..self.window_ms).contains(&(now_at - from_at));
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MOST_KEYS && !windows.contains_key(&key) {
            windows.retain(|_, (from_at, _)| !is_over(*from_at));
            if windows.len() >= MOST_KEYS {
                windows.clear();
            }
        }
        let (from_at, count) = windows.entry(key).or_insert((now_at, 0));
        if is_over(*from_at) {
            (*from_at, *count) = (now_at, 0);
        }
        if *count >= most {
            let left_ms = *from_at + self.window_ms - now_at;
            return Err(u64::try_from((left_ms + SECOND_MS - 1) / SECOND_MS).unwrap_or(1).max(1));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_so_many_turns_a_minute_and_its_neighbour_its_own() {
        let turns = Turns::new(2);
        assert!(turns.take(HostId(1), 0).is_ok() && turns.take(HostId(1), 1).is_ok());
        assert_eq!(turns.take(HostId(1), 10_500), Err(50));
        assert!(turns.take(HostId(2), 10_500).is_ok());
        assert!(turns.take(HostId(1), MINUTE_MS).is_ok() && turns.take(HostId(1), -1).is_ok());
    }

    #[test]
    fn a_host_is_held_until_there_is_room_again() {
        let turns = Turns::new(2);
        turns.hold(HostId(1), 90_000);
        assert_eq!((turns.is_held(HostId(1), 0), turns.is_held(HostId(2), 0)), (Some(91), None));
        assert_eq!(turns.is_held(HostId(1), 90_000), None);
        turns.hold(HostId(1), 25 * HOUR_MS);
        assert_eq!(turns.is_held(HostId(1), 0), None, "the clock was set back");
    }

    #[test]
    fn enrolments_are_counted_by_address_and_by_token_within_bounded_memory() {
        let turns = Turns::new(2);
        let address = |n: u32| IpAddr::from(n.to_be_bytes());
        for _ in 0..MOST_FROM_ADDRESS {
            assert!(turns.enrol([1; 32], address(0), 0).is_ok());
        }
        assert_eq!(turns.enrol([1; 32], address(0), 0), Err(60));
        for n in MOST_FROM_ADDRESS..MOST_BY_TOKEN {
            assert!(turns.enrol([1; 32], address(n), 0).is_ok());
        }
        assert_eq!(turns.enrol([1; 32], address(1), 0), Err(3_600));
        assert!(turns.enrol([2; 32], address(1), 0).is_ok());
        for n in 0..70_000 {
            let _ = turns.from_address.count(address(n), 1, 1);
        }
        assert!(turns.from_address.windows.lock().unwrap().len() <= MOST_KEYS);
    }
}
