//! What a host counts beside its sessions, and what its shares are used by.

/// A counter, or a gauge. In records it stands for its place: new ones come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Counter {
    SessionsTimedOut,
    SessionsErroredOut,
    SessionsLoggedOff,
    SessionsForcedOff,
    PasswordErrors,
    PermissionErrors,
    SystemErrors,
    FilesOpened,
    RequestBuffersShort,
    BigBuffersShort,
    WorkItemShortages,
    BlockingRequestsRejected,
    NonpagedPoolFailures,
    PagedPoolFailures,
    ReceivedBytes,
    SentBytes,
    FilesOpen,
    QueueLength,
    ActiveThreads,
    NonpagedPoolBytes,
    PagedPoolBytes,
    MemoryTotalBytes,
    MemoryAvailableBytes,
    CpuBusyPermille,
    TcpEstablished,
    TcpOpening,
    TcpCloseWait,
    TcpTimeWait,
    TcpClosing,
}

/// How a value is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Grows from the SMB server's start on: only differences say something.
    Count,
    /// How it is at the instant.
    Level,
}

/// All of them with their words in the API and how they are read.
const TABLE: [(Counter, &str, Kind); 29] = [
    (Counter::SessionsTimedOut, "sessions_timed_out", Kind::Count),
    (Counter::SessionsErroredOut, "sessions_errored_out", Kind::Count),
    (Counter::SessionsLoggedOff, "sessions_logged_off", Kind::Count),
    (Counter::SessionsForcedOff, "sessions_forced_off", Kind::Count),
    (Counter::PasswordErrors, "password_errors", Kind::Count),
    (Counter::PermissionErrors, "permission_errors", Kind::Count),
    (Counter::SystemErrors, "system_errors", Kind::Count),
    (Counter::FilesOpened, "files_opened", Kind::Count),
    (Counter::RequestBuffersShort, "request_buffers_short", Kind::Count),
    (Counter::BigBuffersShort, "big_buffers_short", Kind::Count),
    (Counter::WorkItemShortages, "work_item_shortages", Kind::Count),
    (Counter::BlockingRequestsRejected, "blocking_requests_rejected", Kind::Count),
    (Counter::NonpagedPoolFailures, "nonpaged_pool_failures", Kind::Count),
    (Counter::PagedPoolFailures, "paged_pool_failures", Kind::Count),
    (Counter::ReceivedBytes, "received_bytes", Kind::Count),
    (Counter::SentBytes, "sent_bytes", Kind::Count),
    (Counter::FilesOpen, "files_open", Kind::Level),
    (Counter::QueueLength, "queue_length", Kind::Level),
    (Counter::ActiveThreads, "active_threads", Kind::Level),
    (Counter::NonpagedPoolBytes, "nonpaged_pool_bytes", Kind::Level),
    (Counter::PagedPoolBytes, "paged_pool_bytes", Kind::Level),
    (Counter::MemoryTotalBytes, "memory_total_bytes", Kind::Level),
    (Counter::MemoryAvailableBytes, "memory_available_bytes", Kind::Level),
    (Counter::CpuBusyPermille, "cpu_busy_permille", Kind::Level),
    (Counter::TcpEstablished, "tcp_established", Kind::Level),
    (Counter::TcpOpening, "tcp_opening", Kind::Level),
    (Counter::TcpCloseWait, "tcp_close_wait", Kind::Level),
    (Counter::TcpTimeWait, "tcp_time_wait", Kind::Level),
    (Counter::TcpClosing, "tcp_closing", Kind::Level),
];

impl Counter {
    /// In the order of their places.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(counter, ..)| *counter)
    }

    /// Where it stands in records.
    #[must_use]
    pub fn place(self) -> u8 {
        self as u8
    }

    #[must_use]
    pub fn at_place(place: u64) -> Option<Self> {
        TABLE.get(usize::try_from(place).ok()?).map(|(counter, ..)| *counter)
    }

    /// The word in the API and on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        TABLE[usize::from(self.place())].1
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        TABLE.iter().find(|(_, known, _)| *known == word).map(|(counter, ..)| *counter)
    }

    #[must_use]
    pub fn kind(self) -> Kind {
        TABLE[usize::from(self.place())].2
    }
}

/// All that a host read at one instant. Of two of one instant the lesser is kept, so that their order does not matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    pub read_at: i64,
    /// When the counts began from 0; none if the host does not know.
    pub since_at: Option<i64>,
    /// In order of counter, each at most once. What is not known is not here.
    pub values: Vec<(Counter, i64)>,
}

impl Reading {
    #[must_use]
    pub fn value(&self, counter: Counter) -> Option<i64> {
        let place = self.values.binary_search_by_key(&counter, |(counter, _)| *counter).ok()?;
        self.values.get(place).map(|(_, value)| *value)
    }

    /// What has been counted from `before` until this reading. None if one of the two does not know it; if the counts began again
    /// between the two, what has been counted since then.
    #[must_use]
    pub fn counted_since(&self, before: &Self, counter: Counter) -> Option<i64> {
        /// Windows keeps most counts in 32 bits.
        const WRAP: i64 = 1 << 32;
        let (was, is) = (before.value(counter)?, self.value(counter)?);
        if self.since_at != before.since_at {
            return Some(is.max(0));
        }
        match is.checked_sub(was)? {
            more @ 0.. => Some(more),
            // Without a word of a start, a count that went round is as good as one that began again; near the end it went round.
            _ if self.since_at.is_some() && was < WRAP && is >= 0 && WRAP - was + is < WRAP / 2 => {
                Some(WRAP - was + is)
            }
            _ => Some(is.max(0)),
        }
    }
}

/// A share of a host. Its uses are connections to it (tree connects), not sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub name: String,
    pub uses: u32,
    /// The most that it takes at a time; none if it has no limit of its own or that is not known.
    pub most_uses: Option<u32>,
    /// It has no limit of its own.
    pub is_unlimited: bool,
}

impl Share {
    /// Uses ÷ its own limit; none without one.
    #[must_use]
    pub fn saturation(&self) -> Option<f64> {
        let most = self.most_uses?;
        Some(if most == 0 { 1.0 } else { f64::from(self.uses) / f64::from(most) })
    }
}

/// The most that a share with a limit of its own was used within a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharePeak {
    pub name: String,
    pub most_uses: u32,
    pub uses: u32,
    /// The first instant with so many.
    pub at: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(since_at: Option<i64>, timed_out: i64) -> Reading {
        Reading { read_at: 0, since_at, values: vec![(Counter::SessionsTimedOut, timed_out)] }
    }

    fn counted(before: (Option<i64>, i64), after: (Option<i64>, i64)) -> Option<i64> {
        reading(after.0, after.1).counted_since(&reading(before.0, before.1), Counter::SessionsTimedOut)
    }

    #[test]
    fn every_counter_stands_at_its_place_and_has_a_word_of_its_own() {
        for (place, counter) in (0..).zip(Counter::all()) {
            assert_eq!(counter.place(), place);
            assert_eq!(Counter::at_place(place.into()), Some(counter));
            assert_eq!(Counter::from_word(counter.word()), Some(counter));
        }
        assert_eq!(Counter::at_place(29), None);
    }

    #[test]
    fn what_is_counted_is_the_difference_and_a_new_start_counts_from_zero() {
        assert_eq!(counted((Some(1), 10), (Some(1), 17)), Some(7));
        assert_eq!(counted((Some(1), 10), (Some(2), 4)), Some(4), "started again");
        assert_eq!(counted((None, 10), (None, 4)), Some(4), "started again, and does not say so");
        assert_eq!(counted((Some(1), u32::MAX.into()), (Some(1), 2)), Some(3), "went round");
        assert_eq!(counted((Some(1), 1_000), (Some(1), 2)), Some(2), "too far from the end to have gone round");
        assert_eq!(counted((Some(1), i64::MIN), (Some(1), i64::MAX)), None);
        let unknown = Reading { values: Vec::new(), ..reading(None, 0) };
        assert_eq!(unknown.counted_since(&reading(None, 3), Counter::SessionsTimedOut), None);
    }
}
