//! Webhooks as a file.

use crate::model::webhook::Webhook;
use crate::web::sheet::Sheet;

pub(super) fn all(webhooks: &[Webhook]) -> Sheet {
    let mut sheet = Sheet::new(&[
        "Webhook",
        "Url",
        "Tells",
        "Groups",
        "On",
        "OffWhy",
        "OffAt",
        "FailingSince",
        "Failures",
        "CreatedAt",
        "CreatedBy",
    ]);
    for one in webhooks {
        let tells: Vec<&str> = one.event_types.iter().map(|event| event.word()).collect();
        sheet
            .text(&one.name)
            .text(&one.url)
            .text(&tells.join(" "))
            .text(&one.groups.join(", "))
            .standing(one.off.as_ref(), one.failing)
            .instant(one.created_at)
            .text(&one.created_by);
    }
    sheet
}
