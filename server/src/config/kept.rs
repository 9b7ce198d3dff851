//! For how long history is kept.

use super::read::Reader;

/// Days after which history is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    pub snapshots_days: u32,
    pub hours_days: u32,
    pub days_days: u32,
    pub events_days: u32,
    pub deliveries_days: u32,
    pub audit_days: u32,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            snapshots_days: 35,
            hours_days: 100,
            days_days: 400,
            events_days: 1_095,
            deliveries_days: 90,
            audit_days: 400,
        }
    }
}

pub(super) fn read(read: &mut Reader) -> Kept {
    let default = Kept::default();
    let mut days =
        |key, least, default| read.number(key, least..=36_500).and_then(|n| u32::try_from(n).ok()).unwrap_or(default);
    let kept = Kept {
        snapshots_days: days("retention.snapshots_days", 1, default.snapshots_days),
        hours_days: days("retention.hours_days", 2, default.hours_days),
        days_days: days("retention.days_days", 8, default.days_days),
        events_days: days("retention.events_days", 1, default.events_days),
        deliveries_days: days("retention.deliveries_days", 5, default.deliveries_days),
        // Who looks into something that happened has to find who did what.
        audit_days: days("retention.audit_days", 30, default.audit_days),
    };
    for (key, longer, shorter) in [
        ("retention.hours_days", kept.hours_days, kept.snapshots_days),
        ("retention.days_days", kept.days_days, kept.hours_days),
    ] {
        if longer < shorter {
            read.refuse(
                key,
                &format!("{longer} is less than the {shorter} days of what it sums up"),
                "Write as many or more",
            );
        }
    }
    kept
}
