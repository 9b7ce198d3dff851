use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a host's SMB server and its system counted up to an instant, and the shares that it offers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    pub read_at: i64,
    /// When what is counted began from 0, which is when the SMB server started; absent if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since_at: Option<i64>,
    /// By their names in [`counter`]. What the source does not know is absent. A reader passes over names that it does not know.
    #[serde(default)]
    pub values: BTreeMap<String, i64>,
    /// Absent when they could not be listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares: Option<Vec<Share>>,
}

/// A share, and how many connections to it there are. (Connections to a share are no sessions: one session has one to each share that
/// it uses.)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    pub name: String,
    pub uses: u32,
    /// Most connections at a time; absent when it has no limit of its own, or that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_uses: Option<u32>,
    /// It has no limit of its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlimited: bool,
}

/// Names of counters.
pub mod counter {
    // Counted since `since_at`: only differences say something.

    /// Sessions that were closed because they were idle for too long (autodisconnect).
    pub const SESSIONS_TIMED_OUT: &str = "sessions_timed_out";
    /// Sessions that an error ended.
    pub const SESSIONS_ERRORED_OUT: &str = "sessions_errored_out";
    pub const SESSIONS_LOGGED_OFF: &str = "sessions_logged_off";
    /// Sessions that the server ended, as at the end of logon hours.
    pub const SESSIONS_FORCED_OFF: &str = "sessions_forced_off";
    pub const PASSWORD_ERRORS: &str = "password_errors";
    pub const PERMISSION_ERRORS: &str = "permission_errors";
    pub const SYSTEM_ERRORS: &str = "system_errors";
    pub const FILES_OPENED: &str = "files_opened";
    pub const REQUEST_BUFFERS_SHORT: &str = "request_buffers_short";
    pub const BIG_BUFFERS_SHORT: &str = "big_buffers_short";
    pub const WORK_ITEM_SHORTAGES: &str = "work_item_shortages";
    pub const BLOCKING_REQUESTS_REJECTED: &str = "blocking_requests_rejected";
    /// Requests for nonpaged pool that failed, of the SMB server.
    pub const NONPAGED_POOL_FAILURES: &str = "nonpaged_pool_failures";
    pub const PAGED_POOL_FAILURES: &str = "paged_pool_failures";
    pub const RECEIVED_BYTES: &str = "received_bytes";
    pub const SENT_BYTES: &str = "sent_bytes";

    // As it is at `read_at`.

    pub const FILES_OPEN: &str = "files_open";
    /// Requests that wait in the longest of the server's queues.
    pub const QUEUE_LENGTH: &str = "queue_length";
    pub const ACTIVE_THREADS: &str = "active_threads";
    /// Of the whole system.
    pub const NONPAGED_POOL_BYTES: &str = "nonpaged_pool_bytes";
    pub const PAGED_POOL_BYTES: &str = "paged_pool_bytes";
    pub const MEMORY_TOTAL_BYTES: &str = "memory_total_bytes";
    pub const MEMORY_AVAILABLE_BYTES: &str = "memory_available_bytes";
    /// Thousandths of all processors' time that were not idle, since the reading before.
    pub const CPU_BUSY_PERMILLE: &str = "cpu_busy_permille";
    /// TCP connections of the SMB port by their state. They are no sessions.
    pub const TCP_ESTABLISHED: &str = "tcp_established";
    /// Set up by one side only (SYN sent or received).
    pub const TCP_OPENING: &str = "tcp_opening";
    /// The client has closed, the server has not.
    pub const TCP_CLOSE_WAIT: &str = "tcp_close_wait";
    /// The server has closed, and waits for stragglers.
    pub const TCP_TIME_WAIT: &str = "tcp_time_wait";
    /// Closing in any other state.
    pub const TCP_CLOSING: &str = "tcp_closing";

    /// All of them.
    pub const ALL: [&str; 29] = [
        SESSIONS_TIMED_OUT,
        SESSIONS_ERRORED_OUT,
        SESSIONS_LOGGED_OFF,
        SESSIONS_FORCED_OFF,
        PASSWORD_ERRORS,
        PERMISSION_ERRORS,
        SYSTEM_ERRORS,
        FILES_OPENED,
        REQUEST_BUFFERS_SHORT,
        BIG_BUFFERS_SHORT,
        WORK_ITEM_SHORTAGES,
        BLOCKING_REQUESTS_REJECTED,
        NONPAGED_POOL_FAILURES,
        PAGED_POOL_FAILURES,
        RECEIVED_BYTES,
        SENT_BYTES,
        FILES_OPEN,
        QUEUE_LENGTH,
        ACTIVE_THREADS,
        NONPAGED_POOL_BYTES,
        PAGED_POOL_BYTES,
        MEMORY_TOTAL_BYTES,
        MEMORY_AVAILABLE_BYTES,
        CPU_BUSY_PERMILLE,
        TCP_ESTABLISHED,
        TCP_OPENING,
        TCP_CLOSE_WAIT,
        TCP_TIME_WAIT,
        TCP_CLOSING,
    ];
}
