//! How it stands with a destination, webhook or connector: whether it is on, and whether it works.

use super::time::DAY_MS;

/// Without one success for so long a destination is switched off…
pub const LASTING_MS: i64 = 5 * DAY_MS;
/// …once a single message has been tried in vain so often: hours, since one that is seldom used may have been restarted just now.
pub const LASTING_ATTEMPTS: u32 = 5;

/// Since when and why a destination is off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Off {
    pub at: i64,
    pub why: OffWhy,
    /// The account's name; empty if the program did it, or if it was never on.
    pub by: String,
}

/// Why a destination is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OffWhy {
    /// Somebody said so.
    Hand,
    /// The receiver answered 410: it wants no more messages. Said of webhooks only.
    Gone,
    /// Nothing arrived for days.
    Failing,
}

/// How it stands with a destination that does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// When the first attempt failed since the last one that did not.
    pub since: i64,
    /// Attempts since then.
    pub failures: u32,
}

impl Failing {
    /// Whether to switch the destination off, at the end of an attempt that failed: the how manieth for its message.
    #[must_use]
    pub fn is_lasting(self, attempts: u32, now_at: i64) -> bool {
        attempts >= LASTING_ATTEMPTS && now_at.saturating_sub(self.since) >= LASTING_MS
    }
}

impl OffWhy {
    pub const ALL: [Self; 3] = [Self::Hand, Self::Gone, Self::Failing];

    /// The word in the store and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hand => "hand",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back() {
        assert!(OffWhy::ALL.into_iter().all(|why| OffWhy::from_word(why.word()) == Some(why)));
        assert_eq!(OffWhy::from_word("off"), None);
    }

    #[test]
    fn it_is_switched_off_after_days_and_not_by_the_first_failure_after_a_long_silence() {
        let failing = Failing { since: 0, failures: 40 };
        assert!(failing.is_lasting(LASTING_ATTEMPTS, LASTING_MS));
        assert!(!failing.is_lasting(LASTING_ATTEMPTS, LASTING_MS - 1));
        assert!(!failing.is_lasting(1, 30 * LASTING_MS));
    }
}
