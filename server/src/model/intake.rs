//! What a host has sent, and what it may send in an hour and in a day.
//!
//! Hours and days are those of UTC. A limit is met when what comes would go beyond it; what was taken in stays.

use super::time::{DAY_MS, HOUR_MS, SECOND_MS};

/// So much of everything that takes room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    /// Of batches, unpacked.
    pub bytes: u64,
    pub records: u64,
    pub sessions: u64,
    /// Names of clients and users that no host had sent before, and spools: each is a row for a long time.
    pub names: u64,
}

/// What of it is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    Bytes,
    Records,
    Sessions,
    Names,
}

/// What a host may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub per_hour: Amount,
    pub per_day: Amount,
}

/// What a host has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Intake {
    pub hour_at: i64,
    pub hour: Amount,
    pub day_at: i64,
    pub day: Amount,
}

/// A limit that is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    pub measure: Measure,
    /// When there is room again.
    pub until_at: i64,
    /// What came would be too much even where nothing was sent before: fewer at a time may pass.
    pub is_alone: bool,
}

/// A host that was turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    pub at: i64,
    pub measure: Measure,
}

/// The busiest file server that we know of holds 5,000 sessions and is looked at every 30 s: in an hour 120 snapshots, 600,000 sessions,
/// some 70 MB. After 30 days offline its agent brings 86,400 snapshots of 430 million sessions, which these take in within days, beside what
/// is new. A whole company's names come on the first day.
impl Default for Quota {
    fn default() -> Self {
        Self {
            per_hour: Amount { bytes: 4 << 30, records: 500_000, sessions: 50_000_000, names: 100_000 },
            per_day: Amount { bytes: 32 << 30, records: 5_000_000, sessions: 500_000_000, names: 200_000 },
        }
    }
}

impl Measure {
    pub const ALL: [Self; 4] = [Self::Bytes, Self::Records, Self::Sessions, Self::Names];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Records => "records",
            Self::Sessions => "sessions",
            Self::Names => "names",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.word() == word)
    }

    fn of(self, amount: &Amount) -> u64 {
        match self {
            Self::Bytes => amount.bytes,
            Self::Records => amount.records,
            Self::Sessions => amount.sessions,
            Self::Names => amount.names,
        }
    }
}

impl Amount {
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            records: self.records.saturating_add(other.records),
            sessions: self.sessions.saturating_add(other.sessions),
            names: self.names.saturating_add(other.names),
        }
    }
}

impl Intake {
    /// As it counts at an instant: what was sent in another hour or day does not.
    #[must_use]
    pub fn at(self, now_at: i64) -> Self {
        let (hour_at, day_at) = (now_at.div_euclid(HOUR_MS) * HOUR_MS, now_at.div_euclid(DAY_MS) * DAY_MS);
        Self {
            hour_at,
            hour: if self.hour_at == hour_at { self.hour } else { Amount::default() },
            day_at,
            day: if self.day_at == day_at { self.day } else { Amount::default() },
        }
    }

    /// With what comes on top. `self` is [`at`](Self::at) the same hour.
    #[must_use]
    pub fn with(self, more: Amount) -> Self {
        Self { hour: self.hour.and(more), day: self.day.and(more), ..self }
    }
}

impl Quota {
    /// Whether more may come on top of what a host has sent. `sent` is [`at`](Intake::at) this hour.
    ///
    /// # Errors
    /// The limit that is in the way the longest.
    pub fn check(&self, sent: &Intake, more: Amount) -> Result<(), Over> {
        let of_day = (&self.per_day, &sent.day, sent.day_at + DAY_MS);
        let of_hour = (&self.per_hour, &sent.hour, sent.hour_at + HOUR_MS);
        for (limit, sent, until_at) in [of_day, of_hour] {
            for measure in Measure::ALL {
                let (limit, more) = (measure.of(limit), measure.of(&more));
                if more > 0 && measure.of(sent).saturating_add(more) > limit {
                    return Err(Over { measure, until_at, is_alone: more > limit });
                }
            }
        }
        Ok(())
    }
}

impl Over {
    /// Seconds until there is room again; one at least, and no more than an hour: agents ask again then.
    #[must_use]
    pub fn retry_secs(&self, now_at: i64) -> u64 {
        let left_ms = self.until_at.saturating_sub(now_at).clamp(SECOND_MS, HOUR_MS);
        u64::try_from((left_ms + SECOND_MS - 1) / SECOND_MS).unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_795_608_000_000;

    fn names(names: u64) -> Amount {
        Amount { names, ..Amount::default() }
    }

    fn quota() -> Quota {
        let wide = Amount { bytes: 1_000, records: 1_000, sessions: 1_000, names: 1_000 };
        Quota { per_hour: Amount { names: 10, ..wide }, per_day: Amount { names: 15, ..wide } }
    }

    #[test]
    fn an_hour_and_a_day_are_met_and_end() {
        let day_at = NOON.div_euclid(DAY_MS) * DAY_MS;
        let mut sent = Intake::default().at(NOON);
        assert_eq!(quota().check(&sent, names(10)), Ok(()));
        sent = sent.with(names(10));
        let over = quota().check(&sent, names(1)).unwrap_err();
        assert_eq!((over.measure, over.until_at, over.is_alone), (Measure::Names, NOON + HOUR_MS, false));
        assert_eq!(quota().check(&sent, Amount { bytes: 5, ..names(0) }), Ok(()), "other things go on");
        sent = sent.at(NOON + HOUR_MS);
        assert_eq!((sent.hour, sent.day), (names(0), names(10)));
        let over = quota().check(&sent, names(6)).unwrap_err();
        assert_eq!((over.until_at, over.is_alone), (day_at + DAY_MS, false));
        assert_eq!(quota().check(&sent.at(day_at + DAY_MS), names(10)), Ok(()));
        assert!(quota().check(&Intake::default().at(NOON), names(11)).unwrap_err().is_alone);
    }

    #[test]
    fn one_comes_again_when_there_is_room_but_within_an_hour() {
        let over = Over { measure: Measure::Bytes, until_at: NOON, is_alone: false };
        assert_eq!(over.retry_secs(NOON - 90_500), 91);
        assert_eq!(over.retry_secs(NOON - DAY_MS), 3_600);
        assert_eq!(over.retry_secs(NOON + 5), 1);
    }
}
