//! Agents as a file: those that wait and those that were decided about alike, with the filter of the page in force.

use super::{Asked, Beside};
use crate::locale::Locale;
use crate::model::agent::Agent;
use crate::web::sheet::Sheet;

const MOST: usize = 100_000;

pub(super) fn sheet(agents: &[Agent], beside: &Beside, asked: &Asked) -> Sheet {
    let mut sheet = Sheet::new(&[
        "Agent",
        "State",
        "Version",
        "System",
        "Address",
        "MachineId",
        "HeardAt",
        "EnrolledAt",
        "DecidedAt",
        "Token",
        "Domain",
        "ByRule",
        "KeySince",
        "KeyAskedAt",
        "OverQuota",
        "OverQuotaAt",
        "TwoMachinesAt",
    ]);
    let machine = Locale::machine();
    let agents: Vec<&Agent> = agents.iter().filter(|agent| asked.is_for(agent)).collect();
    sheet.add_rows(&agents, MOST, |sheet, agent| {
        sheet
            .text(&agent.name)
            .text(agent.state.word())
            .text(&agent.version)
            .text(&agent.os)
            .text(&agent.address)
            .text(&agent.machine_id)
            .known_instant(agent.seen_at)
            .instant(agent.enrolled_at)
            .known_instant(agent.decided_at)
            .text(beside.label(agent))
            .text(&agent.domain)
            .text(&beside.by_rule(agent, &machine))
            .instant(agent.key_at)
            .known_instant(agent.key_asked_at);
        let notice = beside.notices.get(&agent.host);
        let refused = notice.and_then(|notice| notice.refused);
        sheet
            .text(refused.map_or("", |refused| refused.measure.word()))
            .known_instant(refused.map(|refused| refused.at))
            .known_instant(notice.and_then(|notice| notice.twin_at));
    });
    sheet
}
