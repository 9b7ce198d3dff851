/// The server's word for events that are beyond what their host may send: they alone were left out, and nothing was unseen meanwhile.
pub const EVENTS_LEFT_OUT: &str = "events_left_out";

/// Something was lost, or never observed, between two instants on one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub from_at: i64,
    pub to_at: i64,
    /// The wire's word for why: `spool_full`, `agent_stopped`, …; or [`EVENTS_LEFT_OUT`].
    pub reason: String,
    /// How many records were lost, if that is known.
    pub lost_records: Option<u64>,
    pub detail: String,
}

impl Gap {
    /// Whether it says why a stretch has no snapshots.
    #[must_use]
    pub fn is_of_snapshots(&self) -> bool {
        self.reason != EVENTS_LEFT_OUT
    }
}
