//! The agent's own code against the real server: what was acknowledged is there, once, whatever either side forgets.

use std::path::Path;
use std::time::Duration;

use highwater::config::Hidden;
use highwater::model::token::Approve;
use highwater::store::events::{self, EventFilter};
use highwater::store::{gaps, hosts};
use highwater_agent::config::Waits;
use highwater_agent::ship::Pin;
use highwater_agent::source::{Observation, Report, Source};
use highwater_agent::{Settings, Summary};
use highwater_wire::{Decoded, Event};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio_util::sync::CancellationToken;

use crate::harness::server::{TestServer, snapshot};
use crate::harness::store::Store;

/// Sees these events and a few sessions at its only look.
struct Once(std::ops::Range<u64>);

impl Source for Once {
    fn name(&self) -> &'static str {
        "once"
    }

    fn observe(&mut self, now_at: i64, _: u32) -> Observation<'_> {
        let event = |record_id| Event {
            channel: "System".to_owned(),
            provider: "Srv".to_owned(),
            record_id,
            log_epoch: 0,
            recorded_at: now_at,
            code: 2022,
            level: 3,
            computer: "FS02".to_owned(),
            xml: String::new(),
            message: None,
            decoded: Decoded::default(),
        };
        let events = self.0.clone().map(event).collect();
        let highwater_wire::Record::Snapshot(seen) = snapshot(now_at, 3) else { unreachable!() };
        Box::pin(async { Ok(Report { events, snapshots: vec![seen], ended: true, ..Report::default() }) })
    }
}

/// A server whose data, certificates included, lives in this folder.
async fn serve(store: &Store, folder: &Path) -> TestServer {
    TestServer::start_with(store, |config| {
        config.data_dir = folder.to_owned();
        config.database = Some(Hidden(format!("sqlite:{}", folder.join("highwater.db").display())));
    })
    .await
}

/// Runs the agent of a folder until the server has all that it saw.
async fn deliver(server: &TestServer, folder: &Path, token: &str, ids: std::ops::Range<u64>) -> Summary {
    let ca = CertificateDer::from_pem_slice(server.ca_pem.as_bytes()).unwrap();
    let settings = Settings {
        pin: Some(Pin::of(&ca).to_string()),
        token: Some(token.to_owned()),
        waits: Waits::eager(),
        machine_id: Some("cd".repeat(32)),
        name: Some("FS02".to_owned()),
        ..Settings::new(server.url.clone(), folder)
    };
    let run = highwater_agent::run(settings, Box::new(Once(ids)), CancellationToken::new());
    tokio::time::timeout(Duration::from_secs(60), run).await.expect("everything is acknowledged").unwrap()
}

async fn stored(server: &TestServer) -> Vec<u64> {
    let all = events::list(&server.db, &EventFilter { most: 1_000, ..EventFilter::default() }).await.unwrap();
    let mut ids: Vec<_> = all.iter().map(|e| e.record_id).collect();
    ids.sort_unstable();
    ids
}

fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(to).unwrap().map(Result::unwrap).filter(|f| f.path().is_file()) {
        std::fs::remove_file(file.path()).unwrap();
    }
    for file in std::fs::read_dir(from).unwrap().map(Result::unwrap).filter(|f| f.path().is_file()) {
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[tokio::test]
async fn an_agent_refills_a_server_that_was_restored_from_a_backup() {
    let (store, data, backup, agent) = (
        Store::sqlite().await,
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let server = serve(&store, data.path()).await;
    let token = server.token(Approve::Auto).await;
    deliver(&server, agent.path(), &token, 0..10).await;
    assert_eq!(stored(&server).await, (0..10).collect::<Vec<_>>());
    server.stop().await;
    copy(data.path(), backup.path());

    let server = serve(&store, data.path()).await;
    deliver(&server, agent.path(), &token, 10..20).await;
    assert_eq!(stored(&server).await.len(), 20);
    server.stop().await;

    copy(backup.path(), data.path());
    let server = serve(&store, data.path()).await;
    assert_eq!(stored(&server).await.len(), 10, "the backup knows nothing of the rest");
    deliver(&server, agent.path(), &token, 20..30).await;
    assert_eq!(stored(&server).await, (0..30).collect::<Vec<_>>());
    let host = hosts::all_now(&server.db).await.unwrap().remove(0);
    assert_eq!(host.state.unwrap().now.unwrap().limit.sessions, Some(20));
    server.stop().await;
}

#[tokio::test]
async fn a_spool_that_was_lost_or_went_back_costs_nothing_that_was_acknowledged() {
    let (store, data, agent, old) = (
        Store::sqlite().await,
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let server = serve(&store, data.path()).await;
    let token = server.token(Approve::Auto).await;
    deliver(&server, agent.path(), &token, 0..5).await;
    let spool = agent.path().join("spool");
    copy(&spool, old.path());
    deliver(&server, agent.path(), &token, 5..10).await;
    copy(old.path(), &spool);
    deliver(&server, agent.path(), &token, 10..15).await;
    std::fs::remove_dir_all(&spool).unwrap();
    deliver(&server, agent.path(), &token, 15..20).await;
    assert_eq!(stored(&server).await, (0..20).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test]
async fn damage_to_what_was_acknowledged_costs_nothing() {
    let (store, data, agent) = (Store::sqlite().await, tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = serve(&store, data.path()).await;
    let token = server.token(Approve::Auto).await;
    deliver(&server, agent.path(), &token, 0..3).await;
    let segment = std::fs::read_dir(agent.path().join("spool")).unwrap().map(|f| f.unwrap().path());
    let segment = segment.into_iter().find(|p| p.extension().is_some_and(|e| e == "seg")).unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let end = bytes.len() - 1;
    bytes[end] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    deliver(&server, agent.path(), &token, 3..6).await;
    assert_eq!(stored(&server).await, (0..6).collect::<Vec<_>>());
    let host = hosts::all_now(&server.db).await.unwrap().remove(0).id;
    let told = gaps::of_host(&server.db, host, 0, i64::MAX).await.unwrap();
    assert!(told.is_empty(), "{told:?}");
    server.stop().await;
}
