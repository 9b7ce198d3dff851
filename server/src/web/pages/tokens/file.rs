//! Tokens as a file, without anything of their secrets.

use crate::model::approval::Rule;
use crate::model::token::Token;
use crate::web::sheet::Sheet;

const MOST: usize = 100_000;

pub(super) fn sheet_of_rules(rules: &[Rule]) -> Sheet {
    let mut sheet = Sheet::new(&["Name", "Domain", "Addresses", "MadeAt", "MadeBy"]);
    sheet.add_rows(rules, MOST, |sheet, rule| {
        let states = &rule.states;
        sheet.text(&states.name).text(&states.domain).text(&states.subnet).instant(rule.made_at).text(&rule.made_by);
    });
    sheet
}

pub(super) fn sheet(tokens: &[Token], now_at: i64) -> Sheet {
    let mut sheet = Sheet::new(&[
        "Token",
        "Group",
        "Approves",
        "Uses",
        "MostUses",
        "ExpiresAt",
        "RevokedAt",
        "Addresses",
        "CreatedAt",
        "Usable",
    ]);
    sheet.add_rows(tokens, MOST, |sheet, token| {
        sheet
            .text(&token.label)
            .text(&token.group_name)
            .text(token.approve.word())
            .whole(token.uses)
            .known(token.max_uses)
            .known_instant(token.expires_at)
            .known_instant(token.revoked_at)
            .text(&token.ranges.join(" "))
            .instant(token.created_at)
            .yes(token.is_usable(now_at));
    });
    sheet
}
