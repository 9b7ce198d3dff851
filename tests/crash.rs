//! SIGKILL, again and again, while data flows.

use std::path::Path;
use std::time::Duration;

use highwater::model::HostId;
use highwater::store::frames;

use crate::harness::agent::approved;
use crate::harness::oracle::what_was_acknowledged_is_stored_once;
use crate::harness::pair::{Killed, Pair};
use crate::harness::store::{Store, both_at_once};
use crate::harness::wait::{closely, eventually};

/// For each of those who are killed.
const ROUNDS: u64 = 4;

/// How many snapshots of the host are stored.
async fn stored(store: &Store, host: HostId) -> usize {
    frames::instants(store, host, 0, 1 << 42).await.unwrap().len()
}

/// How much the agent has written down.
fn spooled_bytes(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder.join("spool")).into_iter().flatten().map(|file| file.unwrap());
    let segments = files.filter(|file| file.path().extension().is_some_and(|end| end == "seg"));
    segments.map(|segment| segment.metadata().unwrap().len()).sum()
}

#[test]
fn killed_at_any_instant_server_and_agent_lose_and_double_nothing() {
    // A snapshot is written down, sent, waits a tenth of a second for others to be stored with it, and is acknowledged. Each is killed at other
    // instants of that, twelve milliseconds apart in all.
    let [server, agent, two] = Killed::ALL;
    both_at_once(&[(server, 0), (agent, 12), (two, 24)], async |store: &Store, (who, later_ms): (Killed, u64)| {
        let mut pair = Pair::start(store);
        let host = approved(store).await.host;
        for round in 0..ROUNDS {
            let written = spooled_bytes(pair.agent_folder());
            closely("the next snapshot is written down", async || {
                let now = spooled_bytes(pair.agent_folder());
                if now > written { Ok(()) } else { Err(format!("still {now} bytes in round {round}")) }
            })
            .await;
            tokio::time::sleep(Duration::from_millis(later_ms + round * 36)).await;
            let before = stored(store, host).await;
            pair.kill(who);
            eventually("snapshots arrive again", async || {
                let now = stored(store, host).await;
                if now > before { Ok(()) } else { Err(format!("still {now} in round {round}")) }
            })
            .await;
        }
        assert!(pair.stop_agent(), "the agent ends in order");
        let snapshots = what_was_acknowledged_is_stored_once(store, host, pair.agent_folder()).await;
        assert!(snapshots >= usize::try_from(ROUNDS).unwrap(), "{snapshots}");
    });
}
