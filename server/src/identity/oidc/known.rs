//! What is known of the provider, and for how long.

use std::ops::Range;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::caller::Caller;
use super::keys::{Keys, Published};
use super::metadata::Metadata;
use crate::clock::Clock;
use crate::identity::{Refusal, Why};
use crate::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

/// What is older is read anew…
const FRESH: Range<i64> = 0..HOUR_MS;
/// …and is used for so long while that fails.
const USABLE: Range<i64> = 0..DAY_MS;
/// Who comes so soon after a failure gets the same one.
const FAILED: Range<i64> = 0..5 * SECOND_MS;
/// For an unknown key, the keys are read anew once in so long: anybody can make up names of keys.
const ASKED: Range<i64> = 0..MINUTE_MS;

/// What was read of the provider.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) metadata: Metadata,
    pub(super) keys: Keys,
}

#[derive(Debug)]
pub(super) struct Known {
    caller: Caller,
    issuer: String,
    clock: Clock,
    /// Whoever reads anew holds it, so that of many one asks and the others wait.
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    provider: Option<Arc<Provider>>,
    read_at: i64,
    failed: Option<(i64, Refusal)>,
    keys_asked_at: Option<i64>,
}

impl Known {
    pub(super) fn new(caller: Caller, issuer: String, clock: Clock) -> Self {
        Self { caller, issuer, clock, state: Mutex::default() }
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What is known, read anew if it is old.
    ///
    /// # Errors
    /// Nothing is known, and nothing can be read.
    pub(super) async fn current(&self) -> Result<Arc<Provider>, Refusal> {
        let mut state = self.state.lock().await;
        let now_at = self.clock.now_at();
        let age_ms = now_at - state.read_at;
        let known = state.provider.clone().filter(|_| USABLE.contains(&age_ms));
        if let Some(provider) = known.as_ref().filter(|_| FRESH.contains(&age_ms)) {
            return Ok(Arc::clone(provider));
        }
        let failed = state.failed.clone().filter(|(at, _)| FAILED.contains(&(now_at - at)));
        if let Some((_, refusal)) = failed {
            return known.ok_or(refusal);
        }
        match self.read().await {
            Ok(provider) => {
                let provider = Arc::new(provider);
                state.provider = Some(Arc::clone(&provider));
                (state.read_at, state.failed) = (now_at, None);
                Ok(provider)
            }
            Err(refusal) => {
                if known.is_some() {
                    tracing::warn!(detail = refusal.detail, "the provider's own description could not be read anew");
                }
                state.failed = Some((now_at, refusal.clone()));
                known.ok_or(refusal)
            }
        }
    }

    /// The same with the keys of now, because one of `seen` was not enough.
    ///
    /// # Errors
    /// They cannot be read.
    pub(super) async fn with_fresh_keys(&self, seen: &Arc<Provider>) -> Result<Arc<Provider>, Refusal> {
        let mut state = self.state.lock().await;
        // Somebody else was faster.
        if let Some(current) = state.provider.as_ref().filter(|current| !Arc::ptr_eq(current, seen)) {
            return Ok(Arc::clone(current));
        }
        let now_at = self.clock.now_at();
        if state.keys_asked_at.is_some_and(|at| ASKED.contains(&(now_at - at))) {
            return Ok(Arc::clone(seen));
        }
        state.keys_asked_at = Some(now_at);
        let keys = self.keys(&seen.metadata).await.map_err(unreachable_provider)?;
        let renewed = Arc::new(Provider { metadata: seen.metadata.clone(), keys });
        state.provider = Some(Arc::clone(&renewed));
        Ok(renewed)
    }

    async fn read(&self) -> Result<Provider, Refusal> {
        let metadata = Metadata::read(&self.caller, &self.issuer).await.map_err(unreachable_provider)?;
        let keys = self.keys(&metadata).await.map_err(unreachable_provider)?;
        Ok(Provider { metadata, keys })
    }

    async fn keys(&self, metadata: &Metadata) -> Result<Keys, String> {
        let published: Published = self.caller.get(metadata.jwks_uri.as_str()).await?;
        Ok(Keys::of_published(published))
    }
}

fn unreachable_provider(what: String) -> Refusal {
    Refusal::new(Why::Unreachable, format!("the provider (oidc.issuer): {what}"))
}
