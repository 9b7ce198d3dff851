//! Accounts as a file.

use crate::model::account::Account;
use crate::web::sheet::Sheet;

const MOST: usize = 100_000;

pub(super) fn sheet(accounts: &[Account]) -> Sheet {
    let mut sheet = Sheet::new(&["Account", "Role", "Source", "CreatedAt", "SignedInAt", "DisabledAt", "Groups"]);
    sheet.add_rows(accounts, MOST, |sheet, account| {
        sheet
            .text(&account.name)
            .text(account.role.word())
            .text(account.source.word())
            .instant(account.created_at)
            .known_instant(account.signed_in_at)
            .known_instant(account.disabled_at)
            // Empty for all hosts.
            .text(&account.sees().words());
    });
    sheet
}
