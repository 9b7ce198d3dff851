use crate::model::HostId;
use crate::model::holder::HoldersHour;
use crate::model::snapshot::Snapshot;
use crate::model::usage::UsageHour;

/// The snapshots that say something about one hour of one host.
#[derive(Debug, Clone, Copy)]
pub struct HourOfSnapshots<'a> {
    pub hour_at: i64,
    /// The newest one before the hour: it holds true into it.
    pub before: Option<&'a Snapshot>,
    /// Those taken within the hour, in order.
    pub within: &'a [Snapshot],
    /// Nothing after this instant is covered: the future has not been observed.
    pub now_at: i64,
}

/// What one hour of one host adds up to. A snapshot holds true until the next one, but for twice its sampling interval at most.
#[must_use]
pub fn hour(host: HostId, of: HourOfSnapshots<'_>) -> (UsageHour, HoldersHour) {
    todo!()
}
