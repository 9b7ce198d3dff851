//! The rules as a file.

use super::fields::percent;
use super::words::tells;
use crate::locale::Locale;
use crate::model::alert::Rule;
use crate::model::time::MINUTE_MS;
use crate::web::sheet::Sheet;

const MOST: usize = 100_000;

/// What a kind does not ask is empty.
pub(super) fn sheet(rules: &[Rule]) -> Sheet {
    let machine = Locale::machine();
    let mut sheet = Sheet::new(&[
        "Kind",
        "Group",
        "On",
        "OpenAtPercent",
        "OpenLooks",
        "OpenMinutes",
        "CloseAtPercent",
        "CloseMinutes",
        "Rule",
        "ChangedAt",
        "ChangedBy",
    ]);
    sheet.add_rows(rules, MOST, |sheet, rule| {
        let (kind, levels) = (rule.kind, rule.levels);
        sheet
            .text(kind.word())
            .text(&rule.group_name)
            .yes(rule.is_on)
            .known(kind.has_share().then(|| percent(levels.open_at)))
            .known(kind.has_looks().then_some(levels.open_looks))
            .known(kind.has_open_time().then_some(levels.open_ms / MINUTE_MS))
            .known(kind.has_share().then(|| percent(levels.close_at)))
            .known(kind.has_close_time().then_some(levels.close_ms / MINUTE_MS))
            .text(&tells(&machine, rule))
            // Those that come with the program were changed by nobody.
            .known_instant((!rule.updated_by.is_empty()).then_some(rule.updated_at))
            .text(&rule.updated_by);
    });
    sheet
}
