//! Another authority of the server, with the real programs: agents that know the one before go on, before, during and after.

use std::path::Path;
use std::process::{Command, Output};

use highwater::clock::Clock;
use highwater::store::hosts;
use highwater_agent::ship::Pin;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tempfile::TempDir;

use crate::harness::agent::AgentSetup;
use crate::harness::server::{ServerProcess, client, program, token};
use crate::harness::store::{Store, both};
use crate::harness::wait::eventually;

fn pin_of(pem: &str) -> String {
    Pin::of(&CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).to_string()
}

fn highwater(server: &ServerProcess, store: &Store, words: &[&str]) -> String {
    let run = Command::new(program("highwater"))
        .args(words)
        .current_dir(&server.data_dir)
        .env("HIGHWATER_DATA_DIR", &server.data_dir)
        .env("HIGHWATER_DATABASE", store.address())
        .output()
        .unwrap();
    assert!(run.status.success(), "{words:?}: {}", said(&run));
    said(&run)
}

fn said(run: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr))
}

/// What an agent in a folder of its own finds, that knows the server by this fingerprint.
fn believes(server: &ServerProcess, pin: &str) -> bool {
    let dir = TempDir::new().unwrap();
    let run = Command::new(program("highwater-agent"))
        .args(["doctor", "--server", &server.url, "--pin", pin, "--source", "simulated:1", "--data-dir"])
        .arg(dir.path())
        .output()
        .unwrap();
    let said = said(&run);
    let line = said.lines().find(|line| line.contains(" tls ")).unwrap_or_else(|| panic!("{said}"));
    assert!(line.starts_with("PASS") || line.contains("none of the trusted authorities"), "{said}");
    line.starts_with("PASS")
}

/// Waits until the host is heard that has not been heard since.
async fn heard_since(store: &Store, at: i64) {
    eventually("the agent is heard", async || {
        let all = hosts::all_now(store).await.map_err(|error| error.to_string())?;
        let seen = all.iter().filter_map(|host| host.state.as_ref()).map(|state| state.seen_at).max();
        if seen.is_some_and(|seen| seen > at) { Ok(()) } else { Err(format!("{seen:?} instead of after {at}")) }
    })
    .await;
}

async fn is_of(server: &ServerProcess, ca_pem: &str) {
    eventually("the server's certificate is of this authority", async || {
        let answer = client(ca_pem).get(format!("{}/healthz", server.url)).send().await;
        answer.map(|_| ()).map_err(|error| format!("{error:?}"))
    })
    .await;
}

fn pinned(data_dir: &Path, server: &ServerProcess, token: &str, pin: &str) -> AgentSetup {
    let mut setup = AgentSetup::new(data_dir, server, token, "simulated:3");
    let at = setup.arguments.iter().position(|word| word == "--ca").unwrap();
    setup.arguments.splice(at..at + 2, ["--pin".to_owned(), pin.to_owned()]);
    setup
}

#[tokio::test]
async fn an_agent_that_knows_the_authority_by_its_fingerprint_goes_on_before_during_and_after_the_overlap() {
    both(async |store| {
        let (dir, data, clock) = (TempDir::new().unwrap(), TempDir::new().unwrap(), Clock::system());
        let with = [("HIGHWATER_DATABASE", store.address())];
        let server = ServerProcess::start(dir.path(), &with);
        let before = server.ca_pem();
        let old = pin_of(&before);
        let setup = pinned(data.path(), &server, &token(&server, Some(store.address())), &old);
        let mut agent = setup.start();
        heard_since(store, 0).await;
        let learned = data.path().join("authorities.json");
        assert!(!learned.exists(), "there is nothing to learn");

        // During: both are believed, by those who know nothing of the change too.
        let rotated = highwater(&server, store, &["ca", "rotate"]);
        let next = std::fs::read_to_string(dir.path().join("tls/next/ca.pem")).unwrap();
        let new = pin_of(&next);
        assert!(rotated.to_ascii_lowercase().replace(':', "").contains(&new), "{rotated}");
        eventually("the agent learns of it", async || {
            let kept = std::fs::read_to_string(&learned).unwrap_or_default();
            if kept.contains(&old) && kept.contains(&new) { Ok(()) } else { Err(kept) }
        })
        .await;
        is_of(&server, &next).await;
        assert!(believes(&server, &old) && believes(&server, &new));
        heard_since(store, clock.now_at()).await;
        assert!(agent.stop());
        agent = setup.start();
        heard_since(store, clock.now_at()).await;
        let status = highwater(&server, store, &["ca", "status"]);
        assert!(status.contains("Takes over on") && status.contains("Every agent was heard"), "{status}");

        // After: the agent knows, and who does not is told what was presented.
        highwater(&server, store, &["ca", "finish"]);
        eventually("the other one takes over", async || {
            let path = dir.path().join("tls/next");
            if path.exists() { Err("not yet".to_owned()) } else { Ok(()) }
        })
        .await;
        is_of(&server, &next).await;
        assert!(believes(&server, &new) && !believes(&server, &old));
        let listen = server.addr.to_string();
        drop(server);
        let again = [with[0], ("HIGHWATER_LISTEN", listen.as_str())];
        let server = ServerProcess::start(dir.path(), &again);
        heard_since(store, clock.now_at()).await;
        assert!(agent.stop());
        let mut agent = setup.start();
        heard_since(store, clock.now_at()).await;
        let kept = std::fs::read_to_string(&learned).unwrap();
        assert!(kept.contains(&new) && !kept.contains(&old), "{kept}");
        assert!(agent.stop());
        drop(server);
    })
    .await;
}

#[tokio::test]
async fn an_authority_that_is_taken_back_leaves_everything_as_it_was() {
    let (store, dir, data, clock) =
        (Store::sqlite().await, TempDir::new().unwrap(), TempDir::new().unwrap(), Clock::system());
    let server = ServerProcess::start(dir.path(), &[("HIGHWATER_DATABASE", store.address())]);
    let before = server.ca_pem();
    let setup = pinned(data.path(), &server, &token(&server, Some(store.address())), &pin_of(&before));
    let mut agent = setup.start();
    heard_since(&store, 0).await;
    highwater(&server, &store, &["ca", "rotate", "--overlap-days", "1"]);
    let learned = data.path().join("authorities.json");
    let there = async |wanted: bool| {
        eventually("the agent has heard of it", async || {
            if learned.exists() == wanted { Ok(()) } else { Err(format!("{wanted}")) }
        })
        .await;
    };
    there(true).await;
    highwater(&server, &store, &["ca", "cancel"]);
    there(false).await;
    heard_since(&store, clock.now_at()).await;
    assert_eq!(server.ca_pem(), before);
    assert!(believes(&server, &pin_of(&before)));
    assert!(agent.stop());
    drop(server);
    store.close().await;
}
