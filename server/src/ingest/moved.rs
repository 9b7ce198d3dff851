//! Hosts that come into another group by what they say of themselves. Others see them from then on, so it is written down, in the transaction;
//! so often a day for each host, since one that says another thing in each batch must not fill the log.

use crate::model::audit::{Action, Actor, Deed, SubjectKind, Trail};
use crate::model::group::Placed;
use crate::model::time::day_start;
use crate::model::{AgentId, GroupRuleId, HostId};
use crate::store::{self, Tx, audit};

/// Entries of a host and a day, by UTC.
const MOST_MOVES: u32 = 12;

#[derive(Debug)]
pub(super) struct Moved {
    pub(super) host: HostId,
    pub(super) agent: AgentId,
    /// Before, and now.
    pub(super) places: (Placed, Placed),
}

/// Last in the transaction.
pub(super) async fn tell(tx: &mut Tx, moved: Vec<Moved>, now_at: i64) -> store::Result<()> {
    for Moved { host, agent, places: (before, now) } in moved {
        let rule = |rule: Option<GroupRuleId>| rule.map(|rule| rule.to_string()).unwrap_or_default();
        let deed = Deed::on(Action::HostMoved, (SubjectKind::Host, host.0, ""))
            .change("group", &before.group_name, &now.group_name)
            .change("rule", rule(before.rule), rule(now.rule));
        let trail = Trail { actor: Actor::agent(agent, ""), address: String::new(), at: now_at };
        audit::record_some(tx, &trail, deed, (day_start(now_at), MOST_MOVES)).await?;
    }
    Ok(())
}
