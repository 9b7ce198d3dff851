//! What the installation says of itself.

use highwater::model::agent::AgentState;
use highwater::model::host::Heard;
use highwater::store::hosts;

use crate::harness::holdings::{clients, host, sessions, users};
use crate::harness::person::{Person, attributes, texts};
use crate::harness::server::TestServer;
use crate::harness::store::both;

#[tokio::test]
async fn the_installation_says_what_wants_to_be_looked_at_and_where() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let calm = person.page("/settings/diagnosis").await;
        assert_eq!(texts(&calm, "h1"), ["Data arrives, is summed up and is kept"]);
        let checks = texts(&calm, "#checks tbody tr");
        // The data directory of a test is elsewhere than SQLite's file: there are two disks.
        let all = if store.kind() == "sqlite" { 13 } else { 12 };
        assert!(checks.len() == all && checks.iter().all(|check| check.starts_with("good ")), "{checks:?}");
        // A host that was last heard an hour ago, one with a wrong clock, and a copy that waits.
        let (silent, off) = (host(store, "FS01", 1).await, host(store, "FS02", 2).await);
        let (pc, user) = (clients(store, &["PC-1"]).await[0], users(store, &["ann"]).await[0]);
        sessions(store, silent, now_at - 3_600_000, &[(pc, user, 3)]).await;
        let heard = Heard {
            seen_at: now_at,
            agent_version: "0.0.9".to_owned(),
            clock_skew_ms: -300_000,
            queued_records: 9_000,
            ..Heard::default()
        };
        store.write(async |tx| hosts::save_states(tx, &[(off, &heard, None)]).await).await;
        store.agent(off, AgentState::Conflict, 3).await;
        let page = person.page("/settings/diagnosis").await;
        assert_eq!(texts(&page, "h1"), ["4 things want to be looked at"]);
        let checks = texts(&page, "#checks tbody tr").join("\n");
        for wanted in [
            "look Agents 2 agents may send; 1 waits for a person",
            "look Silence 1 host is silent: FS01",
            "look Clocks 1 clock is off",
            "look Queues 1 agent has more than 500",
        ] {
            assert!(checks.contains(wanted), "{wanted}: {checks}");
        }
        assert_eq!(attributes(&page, "#checks a", "href"), ["/settings/agents", "/?level=silent#hosts"]);
        assert_eq!(texts(&page, "#versions dt"), ["0.0.9", "0.1.0"]);
        person.cookies.borrow_mut().insert("lang".to_owned(), "fr".to_owned());
        let french = person.page("/settings/diagnosis").await;
        assert_eq!(texts(&french, "h1"), ["4 points sont à examiner"]);
        let checks = texts(&french, "#checks tbody tr").join("\n");
        for wanted in ["à voir Silence 1 hôte est muet : FS01", "bon Disque", "Mio sont libres pour"] {
            assert!(checks.contains(wanted), "{wanted}: {checks}");
        }
        server.stop().await;
    })
    .await;
}
