//! Silences as a file.

use super::Row;
use crate::model::incident::Kind;
use crate::web::sheet::Sheet;

const MOST: usize = 100_000;

pub(super) fn sheet(rows: &[Row]) -> Sheet {
    let mut sheet = Sheet::new(&[
        "State",
        "What",
        "Host",
        "Group",
        "Kind",
        "From",
        "Until",
        "Weekly",
        "TimeZone",
        "NextFrom",
        "NextUntil",
        "Reason",
        "CreatedBy",
        "CreatedAt",
    ]);
    sheet.add_rows(rows, MOST, |sheet, row| {
        let silence = &row.silence;
        sheet
            .text(row.state.word())
            .text(if silence.is_maintenance { "maintenance" } else { "quiet" })
            .text(&silence.host_name)
            .text(&silence.group_name)
            .text(silence.kind.map_or("", Kind::word))
            .instant(silence.from_at)
            .instant(silence.until_at)
            .yes(silence.is_weekly)
            .text(&silence.time_zone)
            .known_instant(row.stretch.map(|stretch| stretch.from_at))
            .known_instant(row.stretch.map(|stretch| stretch.until_at))
            .text(&silence.reason)
            .text(&silence.created_by)
            .instant(silence.created_at);
    });
    sheet
}
