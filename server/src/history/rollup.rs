use crate::model::HostId;
use crate::model::holder::HoldersHour;
use crate::model::snapshot::Snapshot;
use crate::model::usage::UsageHour;

/// What one hour of one host adds up to. `before`: the newest snapshot before the hour (it holds true into it);
/// `snapshots`: those of the hour, in order; `after`: the first one after the hour's end, if it is known; `now_at` bounds the
/// last snapshot's validity so that the future is never covered.
#[must_use]
pub fn hour(host: HostId, hour_at: i64, before: Option<&Snapshot>, snapshots: &[Snapshot]) -> (UsageHour, HoldersHour) {
    todo!()
}
