//! Certificates that agents show beside their key: none, of the wrong authority, of the right one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use highwater::config::{ClientCertificates, Config};
use highwater::model::token::Approve;
use highwater::store::hosts;
use highwater_wire::{AgentStatus, ENROL_PATH, Enrolled, SETTINGS_PATH, problem_type};
use reqwest::StatusCode;
use tempfile::TempDir;

use crate::harness::agent::AgentSetup;
use crate::harness::company::{Company, showing};
use crate::harness::server::{ServerProcess, TestServer, answer, machine, program, token};
use crate::harness::store::{Store, both};
use crate::harness::wait::eventually;

fn asking(config: &mut Config, ca_file: PathBuf, is_required: bool) {
    config.client_certificates = Some(ClientCertificates { ca_file, is_required, crl_files: Vec::new() });
}

/// The status of an enrolment, or the type of the problem; none if there was no connection.
async fn enrols(server: &TestServer, pem: Option<&str>, name: &str) -> Option<Result<(), String>> {
    let token = server.token(Approve::Auto).await;
    let request =
        showing(&server.ca_pem, pem).post(format!("{}{ENROL_PATH}", server.url)).json(&machine(&token, name, 1));
    let sent = request.send().await.ok()?;
    Some(answer::<Enrolled>(sent).await.map(|_| ()).map_err(|problem| problem.kind))
}

#[tokio::test]
async fn where_a_certificate_is_required_only_agents_with_the_right_one_get_in_and_browsers_need_none() {
    both(async |store| {
        let (ours, theirs, dir) = (Company::new("Ours"), Company::new("Theirs"), TempDir::new().unwrap());
        let ca_file = dir.path().join("clients.pem");
        fs::write(&ca_file, &ours.pem).unwrap();
        let (right, wrong) = (ours.host("fs01.corp.example"), theirs.host("fs01.corp.example"));
        let server = TestServer::start_with(store, |config| asking(config, ca_file.clone(), true)).await;
        let missing = Some(Err(problem_type::CERTIFICATE_MISSING.to_owned()));
        assert_eq!(enrols(&server, None, "FS01").await, missing);
        assert_eq!(enrols(&server, Some(&wrong), "FS01").await, None, "such a connection is not taken in");
        assert_eq!(enrols(&server, Some(&right), "FS01").await, Some(Ok(())));

        let key = {
            let token = server.token(Approve::Auto).await;
            let enrol = format!("{}{ENROL_PATH}", server.url);
            let sent = showing(&server.ca_pem, Some(&right)).post(enrol).json(&machine(&token, "FS02", 1)).send().await;
            answer::<Enrolled>(sent.unwrap()).await.unwrap().key
        };
        let status = async |pem: Option<&str>| {
            let asked = showing(&server.ca_pem, pem).get(format!("{}{SETTINGS_PATH}", server.url)).bearer_auth(&key);
            answer::<AgentStatus>(asked.send().await.unwrap()).await.map(|_| ()).map_err(|problem| problem.kind)
        };
        assert_eq!(status(None).await, Err(problem_type::CERTIFICATE_MISSING.to_owned()), "a stolen key is not enough");
        assert_eq!(status(Some(&right)).await, Ok(()));
        for path in ["/healthz", "/sign-in", "/problems/certificate-missing"] {
            let page = showing(&server.ca_pem, None).get(format!("{}{path}", server.url)).send().await.unwrap();
            assert_eq!(page.status(), StatusCode::OK, "{path}");
        }
        server.stop().await;

        let server = TestServer::start_with(store, |config| asking(config, ca_file, false)).await;
        assert_eq!(enrols(&server, None, "FS03").await, Some(Ok(())));
        assert_eq!(enrols(&server, Some(&right), "FS04").await, Some(Ok(())));
        assert_eq!(enrols(&server, Some(&wrong), "FS05").await, None);
        server.stop().await;
    })
    .await;
}

/// The real agent, which shows this certificate.
fn setup(data_dir: &Path, server: &ServerProcess, token: &str, shown: &Path) -> AgentSetup {
    let mut setup = AgentSetup::new(data_dir, server, token, "simulated:3");
    setup.arguments.extend(["--client-cert".to_owned(), shown.display().to_string()]);
    setup
}

async fn is_heard(store: &Store, at: i64) {
    eventually("the agent is heard", async || {
        let all = hosts::all_now(store).await.map_err(|error| error.to_string())?;
        let seen = all.iter().filter_map(|host| host.state.as_ref()).map(|state| state.seen_at).max();
        if seen.is_some_and(|seen| seen > at) { Ok(()) } else { Err(format!("{seen:?}")) }
    })
    .await;
}

#[tokio::test]
async fn the_real_agent_shows_its_certificate_and_the_one_that_replaces_it() {
    let (store, dir, data) = (Store::sqlite().await, TempDir::new().unwrap(), TempDir::new().unwrap());
    let (ours, theirs) = (Company::new("Ours"), Company::new("Theirs"));
    let (ca_file, shown) = (dir.path().join("clients.pem"), data.path().join("shown.pem"));
    fs::write(&ca_file, &ours.pem).unwrap();
    fs::write(&shown, theirs.host("fs02.corp.example")).unwrap();
    let ca = ca_file.display().to_string();
    let with = [
        ("HIGHWATER_DATABASE", store.address()),
        ("HIGHWATER_AGENTS_CLIENT_CA_FILE", ca.as_str()),
        ("HIGHWATER_AGENTS_CLIENT_CERTIFICATES", "required"),
    ];
    let log = dir.path().join("log");
    let server = ServerProcess::start_telling(dir.path(), &with, fs::File::create(&log).unwrap().into());
    let token = token(&server, Some(store.address()));
    let without = Command::new(program("highwater-agent"))
        .args(["doctor", "--server", &server.url, "--source", "simulated:1", "--ca"])
        .arg(dir.path().join("tls/ca.pem"))
        .arg("--client-cert")
        .arg(dir.path().join("none.pem"))
        .arg("--data-dir")
        .arg(data.path().join("doctor"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&without.stdout).into_owned();
    assert!(said.contains("the certificate that this host shows") && said.contains("none.pem"), "{said}");

    // That of another company gets nowhere; what replaces it does, without a restart.
    let told = data.path().join("log");
    let mut agent = Command::new(program("highwater-agent"))
        .args(setup(&data.path().join("agent"), &server, &token, &shown).arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&told).unwrap())
        .spawn()
        .unwrap();
    eventually("the agent is turned away", async || {
        let said = fs::read_to_string(&told).unwrap();
        if said.contains("cannot be reached") { Ok(()) } else { Err(said) }
    })
    .await;
    assert!(hosts::all_now(&store).await.unwrap().is_empty(), "nobody enrolled");
    fs::write(&shown, ours.host("fs02.corp.example")).unwrap();
    is_heard(&store, 0).await;
    agent.kill().unwrap();
    agent.wait().unwrap();
    let log = fs::read_to_string(&log).unwrap();
    assert!(
        log.lines().any(|line| line.contains("an agent enrolled") && line.contains("CN=fs02.corp.example")),
        "{log}"
    );
    drop(server);
    store.close().await;
}
