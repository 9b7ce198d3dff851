//! Those who come with keys that nobody gave them. Promises:
//!
//! 1. **Guessing costs the store nothing**: an address that had many wrong keys within a minute is answered out of memory, by the list of the
//!    keys that there are.
//! 2. **Nobody is locked out**: whoever has a right key is let in, whatever others do at the same address. One that was given by another
//!    server process a moment ago may have to come again after [`FRESH`].
//! 3. **Bounded**: a fixed number of keyed hashes of addresses (of IPv6, of a /64), and eight bytes for each key that there is.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::throttle::network;
use crate::model::time::MINUTE_MS;
use crate::store::{self, Db, agents, api_keys, tokens};

/// Addresses that are remembered; the oldest gives way.
const MOST: usize = 4_096;
/// Wrong keys of an address, in a minute, that are looked up in the store.
const FREE: u32 = 30;
/// How long the list of keys is believed.
const FRESH: Duration = Duration::from_secs(5);

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Agent,
    Token,
    Api,
}

/// Counts wrong keys, and knows the right ones while it has to.
#[derive(Debug, Default)]
pub struct Strangers {
    tries: Mutex<HashMap<u64, Tries>>,
    /// Keyed with randomness of this process, so that nobody can pick addresses that collide.
    hasher: RandomState,
    agents: Known,
    tokens: Known,
    api: Known,
}

#[derive(Debug, Clone, Copy)]
struct Tries {
    from_at: i64,
    count: u32,
}

/// The beginnings of the hashes of all keys of a kind.
#[derive(Debug, Default)]
struct Known(tokio::sync::Mutex<Option<(Instant, HashSet<[u8; 8]>)>>);

impl Strangers {
    /// Whether a key needs no look into the store: its address had many that were wrong, and it is none that there is.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_wrong(&self, db: &Db, (of, sha256): (Of, &[u8; 32]), from: (IpAddr, i64)) -> store::Result<bool> {
        if !self.had_many(from) {
            return Ok(false);
        }
        let known = match of {
            Of::Agent => self.agents.has(sha256, agents::all_keys(db)).await?,
            Of::Token => self.tokens.has(sha256, tokens::all_secrets(db)).await?,
            Of::Api => self.api.has(sha256, api_keys::all_secrets(db)).await?,
        };
        if !known {
            self.count(from);
        }
        Ok(!known)
    }

    /// A key was given a moment ago, by this process.
    pub async fn learn(&self, of: Of, sha256: &[u8; 32]) {
        let known = match of {
            Of::Agent => &self.agents,
            Of::Token => &self.tokens,
            Of::Api => &self.api,
        };
        if let (Some((_, all)), Some(beginning)) = (known.0.lock().await.as_mut(), sha256.first_chunk()) {
            all.insert(*beginning);
        }
    }

    /// Counts a wrong key.
    pub fn count(&self, (address, now_at): (IpAddr, i64)) {
        let key = self.hasher.hash_one(network(address));
        metrics::counter!("highwater_wrong_keys_total").increment(1);
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= MOST && !tries.contains_key(&key) {
            tries.retain(|_, tries| tries.is_of(now_at));
            if tries.len() >= MOST {
                let oldest = tries.iter().min_by_key(|(_, tries)| tries.from_at).map(|(key, _)| *key);
                oldest.and_then(|key| tries.remove(&key));
            }
        }
        let found = tries.entry(key).or_insert(Tries { from_at: now_at, count: 0 });
        if !found.is_of(now_at) {
            *found = Tries { from_at: now_at, count: 0 };
        }
        found.count = found.count.saturating_add(1);
    }

    fn had_many(&self, (address, now_at): (IpAddr, i64)) -> bool {
        let tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let found = tries.get(&self.hasher.hash_one(network(address)));
        found.is_some_and(|tries| tries.is_of(now_at) && tries.count >= FREE)
    }
}

impl Tries {
    /// Whether they are of the minute of this instant. A clock that was set back must not keep them.
    fn is_of(&self, now_at: i64) -> bool {
        (0..MINUTE_MS).contains(&(now_at - self.from_at))
    }
}

impl Known {
    /// `read`: all there are; asked once for all that wait, if what is known is not fresh.
    async fn has(
        &self,
        sha256: &[u8; 32],
        read: impl Future<Output = store::Result<Vec<Vec<u8>>>>,
    ) -> store::Result<bool> {
        let mut known = self.0.lock().await;
        let is_fresh = known.as_ref().is_some_and(|(since, _)| since.elapsed() < FRESH);
        if !is_fresh {
            let since = Instant::now();
            let all = read.await?;
            *known = Some((since, all.iter().filter_map(|sha256| sha256.first_chunk().copied()).collect()));
        }
        let Some(beginning) = sha256.first_chunk::<8>() else { return Ok(false) };
        Ok(known.as_ref().is_some_and(|(_, all)| all.contains(beginning)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn address(n: u32) -> IpAddr {
        IpAddr::from(n.to_be_bytes())
    }

    #[test]
    fn an_address_has_many_after_thirty_within_a_minute() {
        let strangers = Strangers::default();
        for _ in 0..FREE {
            assert!(!strangers.had_many((address(1), NOW)));
            strangers.count((address(1), NOW));
        }
        assert!(strangers.had_many((address(1), NOW + MINUTE_MS - 1)) && !strangers.had_many((address(2), NOW)));
        assert!(!strangers.had_many((address(1), NOW + MINUTE_MS)));
        assert!(!strangers.had_many((address(1), NOW - 1)), "the clock was set back");
    }

    #[test]
    fn a_whole_network_of_ipv6_counts_as_one_address() {
        let strangers = Strangers::default();
        for n in 0..FREE {
            let last = u16::try_from(n).unwrap();
            strangers.count((IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]), NOW));
        }
        assert!(strangers.had_many((IpAddr::from([0x2001, 0xdb8, 0, 1, 9, 9, 9, 9]), NOW)));
        assert!(!strangers.had_many((IpAddr::from([0x2001, 0xdb8, 0, 2, 0, 0, 0, 1]), NOW)));
    }

    #[test]
    fn memory_is_bounded_however_many_addresses_come() {
        let strangers = Strangers::default();
        for n in 0..6_000 {
            strangers.count((address(n), NOW + i64::from(n)));
        }
        assert_eq!(strangers.tries.lock().unwrap().len(), MOST);
    }

    #[tokio::test]
    async fn the_list_of_keys_is_read_once_for_a_while() {
        let (known, right) = (Known::default(), [7; 32]);
        let all = async || Ok(vec![right.to_vec()]);
        assert!(known.has(&right, all()).await.unwrap() && !known.has(&[8; 32], all()).await.unwrap());
        let never = async || Err(sqlx::Error::PoolClosed);
        assert!(known.has(&right, never()).await.unwrap(), "it is not asked for again");
        let strangers = Strangers { agents: known, ..Strangers::default() };
        strangers.learn(Of::Agent, &[8; 32]).await;
        assert!(strangers.agents.has(&[8; 32], never()).await.unwrap(), "a new one is let in at once");
    }
}
