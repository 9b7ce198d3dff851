//! Slows down who guesses passwords. Promises:
//!
//! 1. **Nobody is locked out from elsewhere**: what counts is (account, address) and address. A flood against an account
//!    from one address never keeps its owner at another address from signing in. Of what has so few values that many
//!    addresses would find it (the codes of an app), all tries count ([`begin_everywhere`](Throttle::begin_everywhere)):
//!    who makes them has the password already. These counts are kept apart: tries from however many addresses push none out.
//! 2. **Bounded**: a fixed number of keyed hashes and a count for each account that there is, whatever is thrown at it.
//! 3. **Parallel tries count**: a try is counted when it begins and forgiven when it turns out right.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hash};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::AccountId;
use crate::model::time::{MINUTE_MS, SECOND_MS};

/// Entries of addresses kept; the oldest gives way.
const MOST: usize = 4_096;
/// A key without a try for this long starts afresh.
const FORGET_MS: i64 = 30 * MINUTE_MS;

#[derive(Clone, Copy)]
struct Rule {
    /// Tries that cost nothing.
    free: u32,
    longest_wait_ms: i64,
}

const PAIR: Rule = Rule { free: 5, longest_wait_ms: 15 * MINUTE_MS };
/// Higher and shorter: a whole office may share one address.
const ADDRESS: Rule = Rule { free: 20, longest_wait_ms: MINUTE_MS };

/// More than anybody mistypes, and few of a million.
const EVERYWHERE: Rule = Rule { free: 10, longest_wait_ms: 15 * MINUTE_MS };

/// Counts tries. Clones share the counts.
#[derive(Debug, Clone, Default)]
pub struct Throttle {
    tries: Arc<Mutex<HashMap<u64, Tries>>>,
    /// From wherever. As many as accounts whose codes were tried within [`FORGET_MS`].
    everywhere: Arc<Mutex<HashMap<AccountId, Tries>>>,
    /// Keyed with randomness of this process, so that nobody can pick names that collide.
    hasher: RandomState,
}

#[derive(Debug, Clone, Copy)]
struct Tries {
    count: u32,
    last_at: i64,
}

impl Rule {
    fn wait_ms(&self, tries: u32) -> i64 {
        let beyond = tries.saturating_sub(self.free);
        if beyond == 0 { 0 } else { (SECOND_MS << beyond.min(20)).min(self.longest_wait_ms) }
    }

    /// How many seconds are left to wait.
    fn left_secs(&self, tries: Option<&Tries>, now_at: i64) -> Option<u64> {
        let tries = tries?;
        let left_ms = tries.last_at + self.wait_ms(tries.count) - now_at;
        u64::try_from((left_ms + SECOND_MS - 1) / SECOND_MS).ok().filter(|left| *left > 0)
    }
}

impl Throttle {
    /// Counts a try that begins now.
    ///
    /// # Errors
    /// It is too early; in how many seconds it is not.
    pub fn begin(&self, account: &str, address: IpAddr, now_at: i64) -> Result<(), u64> {
        let [pair, address] = self.keys(account, address);
        count(&self.tries, MOST, &[(pair, PAIR), (address, ADDRESS)], now_at)
    }

    /// The same for what is tried of this account, which has to be one that exists, from wherever.
    ///
    /// # Errors
    /// As for [`begin`](Self::begin).
    pub fn begin_everywhere(&self, account: AccountId, now_at: i64) -> Result<(), u64> {
        count(&self.everywhere, usize::MAX, &[(account, EVERYWHERE)], now_at)
    }

    /// Forgives the tries of this account from this address: the last one was right. Those of the address lose one: a right
    /// password must not wash an address clean that guesses at other accounts.
    pub fn forgive(&self, account: &str, address: IpAddr) {
        let [pair, address] = self.keys(account, address);
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        tries.remove(&pair);
        if let Some(entry) = tries.get_mut(&address) {
            entry.count = entry.count.saturating_sub(1);
        }
    }

    /// Forgives what was tried of this account from wherever: the last one was right.
    pub fn forgive_everywhere(&self, account: AccountId) {
        self.everywhere.lock().unwrap_or_else(PoisonError::into_inner).remove(&account);
    }

    fn keys(&self, account: &str, address: IpAddr) -> [u64; 2] {
        let network = network(address);
        [self.hasher.hash_one((account.to_lowercase(), network)), self.hasher.hash_one(network)]
    }
}

/// Counts a try under each of the keys, if it is too early for none. Of more than `most` keys the oldest gives way.
fn count<K: Copy + Eq + Hash>(
    tries: &Mutex<HashMap<K, Tries>>,
    most: usize,
    counted: &[(K, Rule)],
    now_at: i64,
) -> Result<(), u64> {
    let mut tries = tries.lock().unwrap_or_else(PoisonError::into_inner);
    tries.retain(|_, t| now_at - t.last_at < FORGET_MS);
    let left = counted.iter().filter_map(|(key, rule)| rule.left_secs(tries.get(key), now_at)).max();
    if let Some(left) = left {
        return Err(left);
    }
    for (key, _) in counted.iter().copied() {
        if tries.len() >= most && !tries.contains_key(&key) {
            let oldest = tries.iter().min_by_key(|(_, t)| t.last_at).map(|(k, _)| *k);
            oldest.and_then(|key| tries.remove(&key));
        }
        let entry = tries.entry(key).or_insert(Tries { count: 0, last_at: now_at });
        entry.count = entry.count.saturating_add(1);
        entry.last_at = now_at;
    }
    Ok(())
}

/// An address that its owner cannot change at will: a whole /64 of IPv6 belongs to one.
pub(in crate::web) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let mut octets = v6.octets();
            octets[8..].fill(0);
            IpAddr::from(octets)
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    fn fail(throttle: &Throttle, account: &str, address: IpAddr, times: u32) {
        for n in 0..times {
            throttle.begin(account, address, NOW).unwrap_or_else(|secs| panic!("try {n} had to wait {secs} s"));
        }
    }

    #[test]
    fn after_five_tries_each_further_one_waits_twice_as_long() {
        let throttle = Throttle::default();
        fail(&throttle, "ann", address(1), 6);
        assert_eq!(throttle.begin("ann", address(1), NOW), Err(2));
        assert_eq!(throttle.begin("ANN", address(1), NOW + 1_001), Err(1));
        assert_eq!(throttle.begin("ann", address(1), NOW + 2_000), Ok(()));
        assert_eq!(throttle.begin("ann", address(1), NOW + 2_000), Err(4));
    }

    #[test]
    fn a_flood_from_one_address_never_keeps_the_owner_out_elsewhere() {
        let throttle = Throttle::default();
        let mut at = NOW;
        for _ in 0..200 {
            let _ = throttle.begin("ann", address(1), at);
            at += 500;
        }
        assert!(throttle.begin("ann", address(1), at).is_err());
        assert_eq!(throttle.begin("ann", address(2), at), Ok(()));
    }

    #[test]
    fn what_is_easily_guessed_is_counted_from_all_addresses_together() {
        let throttle = Throttle::default();
        let [ann, bob] = [AccountId(1), AccountId(2)];
        for _ in 0..11 {
            throttle.begin_everywhere(ann, NOW).unwrap();
        }
        assert_eq!(throttle.begin_everywhere(ann, NOW), Err(2));
        assert_eq!(throttle.begin_everywhere(bob, NOW), Ok(()));
        assert_eq!(throttle.begin("ann", address(1), NOW), Ok(()), "the rest goes on");
        throttle.forgive("ann", address(1));
        assert_eq!(throttle.begin_everywhere(ann, NOW), Err(2));
        throttle.forgive_everywhere(ann);
        assert_eq!(throttle.begin_everywhere(ann, NOW), Ok(()));
    }

    #[test]
    fn no_crowd_of_addresses_pushes_out_what_was_tried_of_an_account_from_wherever() {
        let throttle = Throttle::default();
        for _ in 0..11 {
            throttle.begin_everywhere(AccountId(1), NOW).unwrap();
        }
        for n in 0..6_000_u32 {
            throttle.begin(&format!("state {n}"), IpAddr::from(n.to_be_bytes()), NOW).unwrap();
        }
        assert_eq!(throttle.begin_everywhere(AccountId(1), NOW), Err(2));
        assert_eq!(throttle.begin_everywhere(AccountId(2), NOW + FORGET_MS), Ok(()));
        assert_eq!(throttle.everywhere.lock().unwrap().len(), 1, "what is forgotten is not kept");
    }

    #[test]
    fn an_address_that_tries_many_accounts_is_slowed_down() {
        let throttle = Throttle::default();
        for n in 0..21 {
            throttle.begin(&format!("account {n}"), address(1), NOW).unwrap();
        }
        assert_eq!(throttle.begin("another", address(1), NOW), Err(2));
    }

    #[test]
    fn a_right_password_forgives_and_half_an_hour_forgets() {
        let throttle = Throttle::default();
        fail(&throttle, "ann", address(1), 5);
        throttle.forgive("ann", address(1));
        fail(&throttle, "ann", address(1), 6);
        assert!(throttle.begin("ann", address(1), NOW).is_err());
        assert_eq!(throttle.begin("ann", address(1), NOW + FORGET_MS), Ok(()));
    }

    #[test]
    fn memory_is_bounded_however_many_names_and_addresses_come() {
        let throttle = Throttle::default();
        for n in 0..6_000_u32 {
            let _ = throttle.begin(&format!("name {n}"), IpAddr::from(n.to_be_bytes()), NOW + i64::from(n));
        }
        assert!(throttle.tries.lock().unwrap().len() <= MOST);
    }

    #[test]
    fn a_whole_network_of_ipv6_counts_as_one_address() {
        let throttle = Throttle::default();
        for n in 1..=6_u16 {
            throttle.begin("ann", IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, n]), NOW).unwrap();
        }
        assert!(throttle.begin("ann", IpAddr::from([0x2001, 0xdb8, 0, 1, 9, 9, 9, 9]), NOW).is_err());
        assert!(throttle.begin("ann", IpAddr::from([0x2001, 0xdb8, 0, 2, 0, 0, 0, 1]), NOW).is_ok());
    }
}
