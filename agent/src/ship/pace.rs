//! How long to wait before the next try. Pure: randomness is given, and waiting is somebody else's.

use std::time::Duration;

use highwater_wire::AgentState;
use rand::RngExt;
use rand::rngs::StdRng;

use super::answer::PushError;

/// What the server may ask for at least and at most with `Retry-After`.
const RETRY_AFTER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3_600));

/// The lengths that waits are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pacing {
    /// The first try comes after a random part of this: agents that start together do not arrive together.
    pub first: Duration,
    /// Failed tries wait a random part of `step · 2ⁿ`, …
    pub step: Duration,
    /// … but never longer than this.
    pub most: Duration,
    /// Between polls while a person has to approve this agent.
    pub pending: Duration,
    /// Between tries that only a person can make succeed: an unknown key, a revoked agent.
    pub slow: Duration,
}

impl Default for Pacing {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(120),
            step: Duration::from_secs(2),
            most: Duration::from_secs(15 * 60),
            pending: Duration::from_secs(60),
            slow: Duration::from_secs(15 * 60),
        }
    }
}

impl Pacing {
    /// Hardly any wait: for tests, and for a demonstration on one machine.
    #[must_use]
    pub fn eager() -> Self {
        let ms = Duration::from_millis;
        Self { first: ms(0), step: ms(50), most: ms(1_000), pending: ms(200), slow: ms(1_000) }
    }
}

/// Counts failures and draws waits.
#[derive(Debug)]
pub(crate) struct Pace {
    pacing: Pacing,
    rng: StdRng,
    failures: u32,
}

impl Pace {
    pub(crate) fn new(pacing: Pacing, rng: StdRng) -> Self {
        Self { pacing, rng, failures: 0 }
    }

    pub(crate) fn first(&mut self) -> Duration {
        self.part_of(self.pacing.first)
    }

    pub(crate) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after this failure.
    pub(crate) fn after(&mut self, error: &PushError) -> Duration {
        match error {
            PushError::TryLater { after: Some(after), .. } => {
                let asked = (*after).clamp(RETRY_AFTER.0, RETRY_AFTER.1);
                // A little later than asked, each a little differently: never earlier, and not all at once.
                asked + self.part_of(asked / 10)
            }
            PushError::NotAllowed {
                state: AgentState::Pending | AgentState::Conflict | AgentState::Approved, ..
            } => self.about(self.pacing.pending),
            PushError::NotAllowed { .. } | PushError::KeyUnknown { .. } | PushError::TokenRefused { .. } => {
                self.about(self.pacing.slow)
            }
            _ => self.backoff(),
        }
    }

    /// A random part of an ever longer time.
    pub(crate) fn backoff(&mut self) -> Duration {
        let grown = self.pacing.step.saturating_mul(1 << self.failures.min(20));
        self.failures = self.failures.saturating_add(1);
        self.part_of(grown.min(self.pacing.most))
    }

    fn part_of(&mut self, whole: Duration) -> Duration {
        whole.mul_f64(self.rng.random::<f64>())
    }

    /// Between three quarters and five quarters of a time.
    fn about(&mut self, time: Duration) -> Duration {
        time.mul_f64(0.75 + 0.5 * self.rng.random::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn pace(seed: u64) -> Pace {
        Pace::new(Pacing::default(), StdRng::seed_from_u64(seed))
    }

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn waits_grow_and_stay_below_their_bound() {
        let lost = PushError::Unreachable { reason: String::new() };
        let mut longest = [Duration::ZERO; 40];
        for seed in 0..500 {
            let mut pace = pace(seed);
            assert!(pace.first() <= secs(120));
            for (n, longest) in longest.iter_mut().enumerate() {
                let wait = pace.after(&lost);
                assert!(wait <= secs(2 << n.min(20)).min(secs(900)), "try {n}: {wait:?}");
                *longest = wait.max(*longest);
            }
        }
        assert!(longest[0] > secs(1) && longest[39] > secs(800));
    }

    #[test]
    fn a_success_starts_anew() {
        let mut pace = pace(1);
        for _ in 0..20 {
            let _ = pace.backoff();
        }
        pace.succeeded();
        assert!(pace.backoff() <= secs(2));
    }

    #[test]
    fn what_the_server_asks_for_is_kept_within_bounds() {
        let asks = |secs: u64| PushError::TryLater { after: Some(Duration::from_secs(secs)), detail: String::new() };
        for seed in 0..100 {
            let mut pace = pace(seed);
            assert!((secs(30)..=secs(33)).contains(&pace.after(&asks(30))));
            assert!((secs(1)..=secs(2)).contains(&pace.after(&asks(0))));
            assert!((secs(3_600)..=secs(3_960)).contains(&pace.after(&asks(u64::MAX))));
        }
    }

    #[test]
    fn what_only_a_person_can_change_is_asked_slowly() {
        let detail = String::new;
        let unknown = PushError::KeyUnknown { detail: detail() };
        let pending = PushError::NotAllowed { state: AgentState::Pending, detail: detail() };
        for seed in 0..100 {
            assert!(pace(seed).after(&unknown) >= secs(600));
            assert!((secs(45)..=secs(75)).contains(&pace(seed).after(&pending)));
        }
    }
}
