//! Another key, while both the real server and the real agent are killed again and again: the agent is never locked out, and nothing is lost.

use std::collections::BTreeSet;

use highwater::model::AgentId;
use highwater::store::{agents, frames};
use serde_json::Value;

use crate::harness::agent::approved;
use crate::harness::caller::Caller;
use crate::harness::oracle::what_was_acknowledged_is_stored_once;
use crate::harness::pair::{Killed, Pair};
use crate::harness::store::{Store, both_at_once};
use crate::harness::wait::{closely, eventually};

/// How far a change has come when somebody is killed. Each is so from its instant on, so that none is missed by whoever looks for it.
#[derive(Debug, Clone, Copy)]
enum Reached {
    /// The server knows of the order, the agent does not yet.
    Ordered,
    /// Another key is written down by the agent.
    Kept,
    /// The server knows it as well.
    Offered,
    /// It was used: the agent hears of that, and writes it down, only now.
    Used,
}

/// A key before it is changed.
struct Before {
    id: AgentId,
    key_at: i64,
    identity: Vec<u8>,
}

impl Reached {
    const ALL: [Self; 4] = [Self::Ordered, Self::Kept, Self::Offered, Self::Used];

    async fn is_so(self, store: &Store, pair: &Pair, before: &Before) -> bool {
        let is_used = async || agents::find(store, before.id).await.unwrap().unwrap().key_at != before.key_at;
        match self {
            Self::Ordered => true,
            Self::Kept => identity(pair) != before.identity,
            // There is one agent.
            Self::Offered => agents::all_keys(store).await.unwrap().len() > 1 || is_used().await,
            Self::Used => is_used().await,
        }
    }
}

/// What the agent has on its disk of itself.
fn identity(pair: &Pair) -> Vec<u8> {
    std::fs::read(pair.agent_folder().join("identity.json")).unwrap()
}

#[test]
fn killed_at_any_instant_of_a_change_an_agent_has_a_key_that_is_right() {
    both_at_once(&Killed::ALL, async |store: &Store, who: Killed| {
        let mut pair = Pair::start(store);
        let administrator = Caller::at(&pair.server, store).await;
        let enrolled = approved(store).await;
        let stored = async || frames::instants(store, enrolled.host, 0, 1 << 42).await.unwrap().len();
        let mut since = BTreeSet::from([enrolled.key_at]);
        for reached in Reached::ALL {
            let before = Before { id: enrolled.id, key_at: *since.last().unwrap(), identity: identity(&pair) };
            // Of this the agent hears with its next push.
            let ordered = administrator.post(&format!("/api/v1/agents/{}/rotate", enrolled.id), &[], None).await;
            assert_eq!(ordered.status, 200, "{}", ordered.text);
            closely(&format!("{reached:?}"), async || {
                let is_so = reached.is_so(store, &pair, &before).await;
                if is_so { Ok(()) } else { Err("not yet".to_owned()) }
            })
            .await;
            pair.kill(who);
            let stored_before = stored().await;
            let now = eventually("the key is changed and snapshots arrive", async || {
                let now = agents::find(store, enrolled.id).await.unwrap().unwrap();
                let on_disk: Value = serde_json::from_slice(&identity(&pair)).unwrap();
                let is_changed = now.key_asked_at.is_none() && on_disk["enrolled"]["next_key"].is_null();
                let arrived = stored().await;
                let is_done = is_changed && arrived > stored_before;
                if is_done { Ok(now) } else { Err(format!("{reached:?}: {arrived} stored, {now:?}")) }
            })
            .await;
            since.insert(now.key_at);
        }
        assert_eq!(since.len(), 1 + Reached::ALL.len(), "each change is one: {since:?}");
        assert_eq!(agents::list(store).await.unwrap().len(), 1, "it never enrolled again");
        assert!(pair.stop_agent(), "the agent ends in order");
        what_was_acknowledged_is_stored_once(store, enrolled.host, pair.agent_folder()).await;
    });
}
