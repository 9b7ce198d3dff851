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
    pub events: u64,
    /// Of events, as they are stored.
    pub event_bytes: u64,
    /// Bytes of everything but events, as it is stored: what follows is in [`Quota`].
    pub stored: u64,
}

/// What of it is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    Bytes,
    Records,
    Sessions,
    Names,
    Events,
    EventBytes,
    Stored,
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

/// Why these. Two measures bound the disk; the others bound what a host makes the server do.
///
/// **What is stored**: 128 MiB an hour, 1,024 MiB a day. Counted are frames as they are encoded, twice each new name with 128 bytes, what a host says
/// of itself twice, gaps, readings and spools, each record with 96 bytes for its row. A row of 2,000 bytes and more counts by whole pages of 4,096, as
/// SQLite keeps it. When an hour is put together, what that takes beyond the frames that go is counted on top, holders three times: for the host's hour
/// and day, and the fleet's.
///
/// 20,000 sessions that are looked at every 5 s while their host is full are 14.4 million an hour and 346 million a day: 9.3 bytes for each fill these
/// 128 MiB, 3.1 bytes these 1,024 MiB. Measured was a look every 60 s at 200 sessions, 5 % new ones a minute: 2.1 bytes for each, all records together,
/// 1.3 of them in chunks (README: 595 and 368 KiB for 288,000). For a look every 5 s it is reckoned, and a test encodes it (`tests/room.rs`): a frame has two bytes for a session
/// that was active since the one before, none for others, and a twelfth as many new ones (some 12 bytes with the one that went). If a third is active
/// each time, that is 0.7 bytes; if all are, 2.1 bytes, some 700 MiB a day; the key frame of each hour and the holders add a tenth.
///
/// **Events**: 20,000 and 32 MiB an hour, 80,000 and 128 MiB a day. A file server has a few a day, and counts by itself what comes in storms (2021 to
/// 2024); a day on which somebody tries passwords brings thousands of 551 and 1006, some 2 KiB each with XML and message. The largest event that is
/// taken counts for 32 KiB: a stolen key stores 4,000 of these a day, where 5 million were let in by their number alone.
///
/// So one stolen key makes 1,152 MiB of data a day: with the pages and indexes of the databases, which are half as much again at worst, 1,728 MiB. What
/// one transaction brings (36 MiB unpacked) may go beyond it, and what an hour of history grows by when it is put together. If nobody looks, although
/// the audit log, the page of agents and the diagnosis say so from the first hour on, 1,024 MiB a day come to 35 GiB until snapshots go (35 days), to
/// 400 GiB if all of it were names and days (400 days), and events to 137 GiB until they go (1,095 days). Before that the bound for all together holds:
/// `limits.free_megabytes`.
///
/// **What is late**: a spool of 64 MiB, as installed, comes in within the hour, since what is made of its snapshots takes less than that. One that was
/// made larger and brings 30 days of 5,000 sessions (216 million at a look a minute, 432 million at two) is taken in within three days. The JSON of
/// 20,000 sessions every 5 s is 39 GiB a day: `bytes` and `sessions` are wide enough for that.
///
/// **What becomes of events that are too much**: they are left out, one gap an hour (and limit) says how many, and everything else is taken: a storm of
/// them, which anybody on the network may cause, must not hold its host.
///
/// **What the agent does meanwhile**, if anything else is too much: it keeps everything, and sends it when there is room again, the oldest first; so a host that is held shows nothing
/// new until then. If its own spool fills before (its setting `spool_mib`), the oldest records go, and a gap in their place says how many: it is on the charts.
impl Default for Quota {
    fn default() -> Self {
        Self {
            per_hour: Amount {
                bytes: 4 << 30,
                records: 500_000,
                sessions: 20_000_000,
                names: 100_000,
                events: 20_000,
                event_bytes: 32 << 20,
                stored: 128 << 20,
            },
            per_day: Amount {
                bytes: 48 << 30,
                records: 5_000_000,
                sessions: 400_000_000,
                names: 200_000,
                events: 80_000,
                event_bytes: 128 << 20,
                stored: 1_024 << 20,
            },
        }
    }
}

impl Measure {
    pub const ALL: [Self; 7] =
        [Self::Bytes, Self::Records, Self::Sessions, Self::Names, Self::Events, Self::EventBytes, Self::Stored];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Records => "records",
            Self::Sessions => "sessions",
            Self::Names => "names",
            Self::Events => "events",
            Self::EventBytes => "event_bytes",
            Self::Stored => "stored",
        }
    }

    /// What there is too much of, in a sentence: "as many … as it may".
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Records => "records",
            Self::Sessions => "sessions",
            Self::Names => "new names",
            Self::Events => "events",
            Self::EventBytes => "bytes of events",
            Self::Stored => "bytes to be stored",
        }
    }

    /// Whether what is too much are events: they alone are left out, and the rest of what came with them is taken.
    #[must_use]
    pub fn is_of_events(self) -> bool {
        matches!(self, Self::Events | Self::EventBytes)
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
            Self::Events => amount.events,
            Self::EventBytes => amount.event_bytes,
            Self::Stored => amount.stored,
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
            events: self.events.saturating_add(other.events),
            event_bytes: self.event_bytes.saturating_add(other.event_bytes),
            stored: self.stored.saturating_add(other.stored),
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
        let wide = Amount { bytes: 1_000, records: 1_000, sessions: 1_000, names: 1_000, ..Amount::default() };
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
    fn the_largest_honest_host_passes_and_the_worst_rogue_is_bounded() {
        let quota = Quota::default();
        let full = |looks: u64| Amount {
            bytes: looks * 20_000 * 120,
            records: looks,
            sessions: looks * 20_000,
            // Two bytes for each session, since all are active, something for new ones, and a row for each look.
            stored: looks * (2 * 20_000 + 2_000 + 96),
            ..Amount::default()
        };
        let day = Intake::default().at(NOON.div_euclid(DAY_MS) * DAY_MS);
        assert_eq!(quota.check(&day, full(720)), Ok(()), "an hour of 20,000 sessions every 5 s");
        let rest_of_day = Intake { day: full(17_280 - 720), ..day };
        assert_eq!(quota.check(&rest_of_day, full(720)), Ok(()), "and a whole day of it");
        assert!(quota.per_day.stored + quota.per_day.event_bytes <= 1_152 << 20, "what the README promises");
    }

    #[test]
    fn events_have_an_allowance_of_their_own() {
        let wide = Amount { stored: 1_000, ..quota().per_hour };
        let quota = Quota {
            per_hour: Amount { events: 2, event_bytes: 100, ..wide },
            per_day: Amount { events: 9, event_bytes: 900, ..wide },
        };
        let event = |bytes: u64| Amount { events: 1, event_bytes: bytes, ..Amount::default() };
        let sent = Intake::default().at(NOON).with(event(60));
        assert_eq!(quota.check(&sent, event(50)).unwrap_err().measure, Measure::EventBytes);
        let sent = sent.with(event(1));
        assert_eq!(quota.check(&sent, event(1)).unwrap_err().measure, Measure::Events);
        assert_eq!(quota.check(&sent, Amount { stored: 900, ..Amount::default() }), Ok(()), "snapshots go on");
    }

    #[test]
    fn one_comes_again_when_there_is_room_but_within_an_hour() {
        let over = Over { measure: Measure::Bytes, until_at: NOON, is_alone: false };
        assert_eq!(over.retry_secs(NOON - 90_500), 91);
        assert_eq!(over.retry_secs(NOON - DAY_MS), 3_600);
        assert_eq!(over.retry_secs(NOON + 5), 1);
    }
}
