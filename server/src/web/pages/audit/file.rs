use std::collections::BTreeMap;

use super::{FILE_ROWS, Names, subject_name};
use crate::model::audit::Entry;
use crate::web::sheet::Sheet;

pub(super) fn sheet(entries: &[Entry], names: &Names) -> Sheet {
    let mut sheet = Sheet::new(&[
        "Seq",
        "At",
        "ActorKind",
        "ActorId",
        "Actor",
        "Address",
        "Action",
        "SubjectKind",
        "SubjectId",
        "Subject",
        "Outcome",
        "Before",
        "After",
        "Redacted",
        "Sha256",
    ]);
    sheet.add_rows(entries, FILE_ROWS as usize, |sheet, entry| {
        sheet
            .whole(entry.seq)
            .instant(entry.at)
            .text(&entry.actor_kind)
            .known(entry.actor_id)
            .text(&entry.actor_name)
            .text(&entry.address)
            .text(&entry.action)
            .text(&entry.subject_kind)
            .known(entry.subject_id)
            .text(subject_name(entry, names))
            .text(&entry.outcome)
            .text(&fields(&entry.changes.before))
            .text(&fields(&entry.changes.after))
            .yes(entry.is_redacted)
            .text(&hex::encode(entry.sha256));
    });
    sheet
}

/// `name=value` on lines of their own.
fn fields(fields: &BTreeMap<String, String>) -> String {
    fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
}
