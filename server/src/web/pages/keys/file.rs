//! Keys as a file, without anything of their secrets.

use crate::model::api_key::{ApiKey, Maker, Standing};
use crate::web::sheet::Sheet;

const MOST: usize = 100_000;

pub(super) fn sheet(keys: &[(ApiKey, Maker)], now_at: i64) -> Sheet {
    let mut sheet = Sheet::new(&[
        "Key",
        "Scopes",
        "SeesNames",
        "CreatedAt",
        "CreatedBy",
        "UsedAt",
        "ExpiresAt",
        "RevokedAt",
        "Usable",
        "Groups",
        "Maker",
    ]);
    sheet.add_rows(keys, MOST, |sheet, (key, maker)| {
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.word()).collect();
        sheet
            .text(&key.label)
            .text(&scopes.join(" "))
            .yes(key.is_told_names())
            .instant(key.created_at)
            .text(&key.created_by)
            .known_instant(key.used_at)
            .known_instant(key.expires_at)
            .known_instant(key.revoked_at)
            .yes(key.standing(now_at) == Standing::Good)
            // Empty for all hosts.
            .text(&key.sees().words())
            .text(maker.word());
    });
    sheet
}
