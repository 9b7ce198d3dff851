//! Since when a host has been full.

use crate::model::HostId;
use crate::model::snapshot::Snapshot;
use crate::model::time::{CELL_MS, DAY_MS};
use crate::model::usage::{Usage, UsageHour};
use crate::store;
use crate::store::Db;

/// How far back it is looked for.
const LOOK_BACK_MS: i64 = 7 * DAY_MS;

/// Since when the host has been full without a break; `from` of the look-back if it was full all that time. None if it is not
/// full in its newest snapshot.
///
/// # Errors
/// The store does not answer.
pub(in crate::web::pages) async fn full_since(db: &Db, host: HostId, now_at: i64) -> store::Result<Option<i64>> {
    let from_at = now_at - LOOK_BACK_MS;
    let hours = store::usage::of_host(db, host, from_at, now_at, now_at).await?;
    // In the cell before the full ones lies the moment itself; its snapshots tell it, and the first one after it at the latest.
    let start_at = first_of_full_cells(&hours).map_or(now_at - CELL_MS, |at| at.max(from_at) - CELL_MS);
    let snapshots = store::frames::range(db, host, start_at, now_at + 1).await?;
    Ok(first_of_full_snapshots(&snapshots))
}

/// Start of the unbroken run of wholly full cells that leads to the newest one observed.
fn first_of_full_cells(hours: &[UsageHour]) -> Option<i64> {
    let cells = hours.iter().rev().flat_map(|hour| {
        hour.cells
            .iter()
            .enumerate()
            .rev()
            .map(|(i, cell)| (hour.hour_at + i64::try_from(i).unwrap_or(0) * CELL_MS, cell))
    });
    let is_full = |cell: &Usage| cell.covered_ms > 0 && cell.full_ms >= cell.covered_ms;
    // The newest cells may not have been observed yet.
    let full = cells.skip_while(|(_, c)| c.covered_ms == 0).skip(1).take_while(|(_, c)| is_full(c));
    full.last().map(|(at, _)| at)
}

fn first_of_full_snapshots(snapshots: &[Snapshot]) -> Option<i64> {
    let is_full = |s: &&Snapshot| s.limit.is_full(u32::try_from(s.sessions.len()).unwrap_or(u32::MAX));
    snapshots.iter().rev().take_while(is_full).last().map(|s| s.taken_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::{CELLS_PER_HOUR, HOUR_MS};

    #[test]
    fn a_run_of_full_cells_ends_at_the_first_that_is_not_wholly_full() {
        let cell = |full_ms| Usage { covered_ms: CELL_MS, full_ms, ..Usage::default() };
        let mut cells = [cell(CELL_MS); CELLS_PER_HOUR];
        cells[6] = cell(CELL_MS / 2);
        cells[11] = Usage::default();
        let hours = [UsageHour { host: HostId(1), hour_at: HOUR_MS, cells }];
        assert_eq!(first_of_full_cells(&hours), Some(HOUR_MS + 7 * CELL_MS));
        assert_eq!(first_of_full_cells(&[]), None);
    }
}
