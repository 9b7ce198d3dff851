//! SIGKILL, again and again, while data flows.

use std::time::Duration;

use highwater::model::HostId;
use highwater::store::frames;

use crate::harness::agent::{AgentSetup, approved};
use crate::harness::oracle::what_was_acknowledged_is_stored_once;
use crate::harness::server::{ServerProcess, token};
use crate::harness::store::{Store, both};
use crate::harness::wait::eventually;

const ROUNDS: u64 = 12;

/// How many snapshots of the host are stored.
async fn stored(store: &Store, host: HostId) -> usize {
    frames::instants(store, host, 0, 1 << 42).await.unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_instant_server_and_agent_lose_and_double_nothing() {
    both(async |store| {
        let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut server = ServerProcess::start(data.path(), &[("HIGHWATER_DATABASE", store.address())]);
        let listen = server.addr.to_string();
        let setup = AgentSetup::new(folder.path(), &server, &token(&server, Some(store.address())), "simulated:0");
        let mut agent = setup.start();
        let host = approved(store).await.host;
        for round in 0..ROUNDS {
            // Anywhere within the second in which one snapshot goes its way; a different place in each round.
            tokio::time::sleep(Duration::from_millis(round * 83)).await;
            let before = stored(store, host).await;
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
            eventually("snapshots arrive again", async || {
                let now = stored(store, host).await;
                if now > before { Ok(()) } else { Err(format!("still {now} in round {round}")) }
            })
            .await;
        }
        assert!(agent.stop(), "the agent ends in order");
        let snapshots = what_was_acknowledged_is_stored_once(store, host, folder.path()).await;
        assert!(snapshots >= usize::try_from(ROUNDS).unwrap(), "{snapshots}");
    })
    .await;
}
