//! The keys of an agent, and how one takes the place of another. Promises:
//!
//! 1. **A key is saved before the server hears of it**, and before it is used alone: whatever breaks off, on either side, one of the keys on
//!    the disk is right.
//! 2. **The old key counts until the new one is used**, and is kept after that: a server that was brought back from an older copy knows only
//!    that one.
//! 3. **Only when it is asked for**: an agent offers no key by itself.

use highwater_wire::KEY_PREFIX;
use rand::RngExt;
use rand::rngs::StdRng;
use sha2::{Digest, Sha256};

use super::answer::PushError;
use super::client::Client;

/// What an agent proves itself by.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    pub current: String,
    /// Made, and offered or about to be.
    pub next: Option<String>,
    /// What was current before.
    pub former: Option<String>,
}

/// Saves keys durably.
pub type Keep = Box<dyn FnMut(&Keys) -> Result<(), String> + Send + Sync>;

/// Keys that can be changed.
pub struct Ring {
    keys: Keys,
    /// None for whoever only borrows the key of an agent.
    change: Option<(Keep, StdRng)>,
    /// The server takes no offer before it asks for one.
    waits_for_order: bool,
}

/// Without the keys.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { next, former, .. } = self;
        f.debug_struct("Keys").field("next", &next.is_some()).field("former", &former.is_some()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ring").field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl Keys {
    /// One key alone.
    #[must_use]
    pub fn only(current: &str) -> Self {
        Self { current: current.to_owned(), next: None, former: None }
    }

    fn promoted(&self) -> Option<Self> {
        Some(Self { current: self.next.clone()?, next: None, former: Some(self.current.clone()) })
    }

    /// The former one is right after all: the one that came after it is offered again when the server asks.
    fn demoted(&self) -> Option<Self> {
        Some(Self { current: self.former.clone()?, next: Some(self.current.clone()), former: None })
    }
}

impl Ring {
    #[must_use]
    pub fn new(keys: Keys, keep: Keep, rng: StdRng) -> Self {
        Self { keys, change: Some((keep, rng)), waits_for_order: false }
    }

    /// A key that is never changed.
    #[must_use]
    pub fn borrowed(key: &str) -> Self {
        Self { keys: Keys::only(key), change: None, waits_for_order: false }
    }

    #[must_use]
    pub fn current(&self) -> &str {
        &self.keys.current
    }

    /// Whether a change was begun before.
    pub(super) fn is_changing(&self) -> bool {
        self.change.is_some() && self.keys.next.is_some() && !self.waits_for_order
    }

    /// Goes as far as it can with a change of the key, from wherever it was left.
    pub(super) async fn change(&mut self, client: &Client) {
        let Some(next) = self.next() else { return };
        match client.offer(&self.keys.current, &hash(&next)).await {
            Ok(_) => {}
            // It was taken and used before, and the answer was lost.
            Err(PushError::KeyUnknown { .. }) => {}
            Err(error) => {
                self.waits_for_order = matches!(error, PushError::Unexpected { status: 409, .. });
                tracing::debug!(%error, "the other key is offered later");
                return;
            }
        }
        match client.status(&next).await {
            Ok(_) => self.take(self.keys.promoted(), "goes on with another key"),
            Err(error) => tracing::debug!(%error, "the key from before is used; the other one is tried later"),
        }
    }

    /// The current key is not known: whether another one is, which is current then.
    pub(super) async fn fall_back(&mut self, client: &Client) -> bool {
        for keys in [self.keys.promoted(), self.keys.demoted()].into_iter().flatten() {
            if client.status(&keys.current).await.is_ok() {
                self.take(Some(keys), "the server knows another of this agent's keys; goes on with that");
                return true;
            }
        }
        false
    }

    /// The key to go on with, made and saved if there is none yet.
    fn next(&mut self) -> Option<String> {
        if let Some(next) = &self.keys.next {
            return self.change.is_some().then(|| next.clone());
        }
        let (keep, rng) = self.change.as_mut()?;
        let next = format!("{KEY_PREFIX}{}", hex::encode(rng.random::<[u8; 32]>()));
        let keys = Keys { next: Some(next.clone()), ..self.keys.clone() };
        if let Err(error) = keep(&keys) {
            tracing::error!(error, "another key cannot be saved; the agent goes on with the one that it has");
            return None;
        }
        self.keys = keys;
        Some(next)
    }

    /// The server knows these. If they cannot be saved, what is on the disk holds the right one as well, and it is found again.
    fn take(&mut self, keys: Option<Keys>, what: &'static str) {
        let Some(keys) = keys else { return };
        if let Some((keep, _)) = &mut self.change
            && let Err(error) = keep(&keys)
        {
            tracing::error!(error, "the keys cannot be saved; the next start tries those that are there");
        }
        tracing::info!("{what}");
        self.keys = keys;
    }
}

fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whichever_key_turns_out_right_the_others_are_not_forgotten() {
        let keys = Keys { next: Some("b".into()), ..Keys::only("a") };
        let promoted = keys.promoted().unwrap();
        assert_eq!(promoted, Keys { current: "b".into(), next: None, former: Some("a".into()) });
        assert_eq!(promoted.demoted().unwrap(), keys);
        assert_eq!((Keys::only("a").promoted(), Keys::only("a").demoted()), (None, None));
    }

    #[test]
    fn no_key_is_printed_for_debugging() {
        let keys = Keys { next: Some("hwa_b".into()), former: Some("hwa_c".into()), ..Keys::only("hwa_a") };
        assert!(!format!("{keys:?} {:?}", Ring::borrowed("hwa_a")).contains("hwa_"));
    }
}
