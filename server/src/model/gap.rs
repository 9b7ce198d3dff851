/// Something was lost, or never observed, between two instants on one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    pub from_at: i64,
    pub to_at: i64,
    /// The wire's word for why: `spool_full`, `agent_stopped`, …
    pub reason: String,
    /// How many records were lost, if that is known.
    pub lost_records: Option<u64>,
    pub detail: String,
}
