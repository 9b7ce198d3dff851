//! What was found as one table.

use super::SearchPage;
use crate::web::sheet::Sheet;

/// Of each kind.
pub(super) const MOST: usize = 10_000;

impl SearchPage {
    pub(super) fn sheet(&self) -> Sheet {
        let mut sheet = Sheet::new(&["Kind", "Name", "OtherNames", "Class", "State", "Group"]);
        for host in &self.hosts {
            sheet.text("host").text(&host.name).text("").text("").text(self.level(host).word()).text(&host.group_name);
        }
        for client in &self.clients {
            let class = self.labels.client(client.id).map_or("", |class| class.word());
            sheet.text("client").text(&client.name).text(&client.others.join("; ")).text(class).text("").text("");
        }
        for (id, name) in &self.users {
            let class = self.labels.user(*id).map_or("", |class| class.word());
            sheet.text("user").text(name).text("").text(class).text("").text("");
        }
        if self.more_hosts || self.more_clients || self.more_users {
            sheet.note("There is more: a file has 10,000 of each kind at most. Narrow the question.");
        }
        sheet
    }
}
