//! Another key, while both the real server and the real agent are killed again and again: the agent is never locked out, and nothing is lost.

use std::collections::BTreeSet;
use std::time::Duration;

use highwater::store::{agents, frames};

use crate::harness::agent::{AgentSetup, approved};
use crate::harness::oracle::what_was_acknowledged_is_stored_once;
use crate::harness::server::{ServerProcess, token};
use crate::harness::store::both;
use crate::harness::wait::eventually;

const ROUNDS: u64 = 9;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_instant_of_a_change_an_agent_has_a_key_that_is_right() {
    both(async |store| {
        let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut server = ServerProcess::start(data.path(), &[("HIGHWATER_DATABASE", store.address())]);
        let listen = server.addr.to_string();
        let setup = AgentSetup::new(folder.path(), &server, &token(&server, Some(store.address())), "simulated:0");
        let mut agent = setup.start();
        let enrolled = approved(store).await;
        let mut since = BTreeSet::from([enrolled.key_at]);
        for round in 0..ROUNDS {
            store.write(async |tx| agents::ask_for_key(tx, enrolled.id, 1).await).await;
            // Somewhere between the order, of which the server hears within five seconds, and the first use.
            tokio::time::sleep(Duration::from_millis(round * 650)).await;
            if round % 3 != 1 {
                server.kill();
            }
            if round % 3 != 0 {
                agent.kill();
                agent = setup.start();
            }
            if round % 3 != 1 {
                let variables = [("HIGHWATER_DATABASE", store.address()), ("HIGHWATER_LISTEN", listen.as_str())];
                server = ServerProcess::start(data.path(), &variables);
            }
            let before = frames::instants(store, enrolled.host, 0, 1 << 42).await.unwrap().len();
            let now = eventually("the key is changed and snapshots arrive", async || {
                let now = agents::find(store, enrolled.id).await.unwrap().unwrap();
                let stored = frames::instants(store, enrolled.host, 0, 1 << 42).await.unwrap().len();
                let is_done = now.key_asked_at.is_none() && stored > before;
                if is_done { Ok(now) } else { Err(format!("round {round}: {stored} stored, {now:?}")) }
            })
            .await;
            since.insert(now.key_at);
        }
        assert!(since.len() as u64 > ROUNDS / 2, "the key was changed again and again: {since:?}");
        assert_eq!(agents::list(store).await.unwrap().len(), 1, "it never enrolled again");
        assert!(agent.stop(), "the agent ends in order");
        what_was_acknowledged_is_stored_once(store, enrolled.host, folder.path()).await;
    })
    .await;
}
