//! Agents as a file: those that wait and those that were decided about alike, with the filter of the page in force.

use std::collections::HashMap;

use super::Asked;
use crate::model::TokenId;
use crate::model::agent::Agent;
use crate::web::sheet::Sheet;

const MOST: usize = 100_000;

pub(super) fn sheet(agents: &[Agent], tokens: &HashMap<TokenId, String>, asked: &Asked) -> Sheet {
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
    ]);
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
            .text(agent.token.and_then(|id| tokens.get(&id)).map_or("", String::as_str));
    });
    sheet
}
