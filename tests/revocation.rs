//! Lists of revoked certificates: who is refused by them, and what becomes of lists that change, end or are no good.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use highwater::app;
use highwater::clock::Clock;
use highwater::config::{ClientCertificates, Config};
use highwater::health::{self, Places};
use highwater::model::time::{DAY_MS, HOUR_MS};
use highwater::tls::{Clients, Concern};
use highwater_wire::{Problem, problem_type};
use reqwest::StatusCode;
use tempfile::TempDir;

use crate::harness::company::{Company, asks, showing};
use crate::harness::server::{ServerProcess, TestServer, program};
use crate::harness::store::Store;
use crate::harness::wait::eventually;

const IN: Option<StatusCode> = Some(StatusCode::OK);
const OUT: Option<StatusCode> = None;

fn now_at() -> i64 {
    Clock::system().now_at()
}

/// Since yesterday, and for a week.
fn week() -> (i64, i64) {
    (now_at() - DAY_MS, now_at() + 7 * DAY_MS)
}

/// A week that was over yesterday.
fn last_week() -> (i64, i64) {
    (now_at() - 8 * DAY_MS, now_at() - DAY_MS)
}

/// Files of authorities and of lists.
struct Files {
    folder: TempDir,
}

impl Files {
    fn new(authorities: &[&Company]) -> Self {
        let files = Self { folder: TempDir::new().unwrap() };
        fs::write(files.ca(), authorities.iter().map(|company| company.pem.as_str()).collect::<String>()).unwrap();
        files
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("authorities.pem")
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn asked(&self, crl_files: &[PathBuf]) -> ClientCertificates {
        ClientCertificates { ca_file: self.ca(), is_required: true, crl_files: crl_files.to_vec() }
    }
}

/// What each of these is answered by a server that goes by these lists.
async fn answers(store: &Store, asked: ClientCertificates, shown: &[&str]) -> Vec<Option<StatusCode>> {
    let server = TestServer::start_with(store, |config| config.client_certificates = Some(asked)).await;
    let mut answers = Vec::new();
    for pem in shown {
        answers.push(asks(&showing(&server.ca_pem, Some(pem)), &server.url).await);
    }
    assert_eq!(asks(&showing(&server.ca_pem, None), &server.url).await, IN, "nobody else is asked for one");
    server.stop().await;
    answers
}

#[tokio::test]
async fn what_a_list_revokes_is_refused_and_what_it_does_not_is_not_be_it_pem_or_der() {
    let store = Store::sqlite().await;
    let (ours, theirs) = (Company::new("Ours"), Company::new("Theirs"));
    let files = Files::new(&[&ours]);
    let (good, revoked) = (ours.numbered("fs01.corp.example", 1), ours.numbered("fs02.corp.example", 2));
    let (list, foreign) = (ours.list(&[2, 3], week()), theirs.list(&[1], week()));
    let together = format!("{}{}", foreign.pem().unwrap(), list.pem().unwrap());
    let lists = [
        vec![files.put("ours.pem", together)],
        vec![files.put("theirs.crl", foreign.der()), files.put("ours.crl", list.der())],
        // One that is older, and does not know it yet, takes nothing back.
        vec![files.put("older.crl", ours.list(&[], week()).der()), files.put("ours.crl", list.der())],
        vec![files.put("ours.crl", list.der()), files.put("older.crl", ours.list(&[], week()).der())],
    ];
    for crl_files in lists {
        let seen = answers(&store, files.asked(&crl_files), &[&good, &revoked]).await;
        assert_eq!(seen, [IN, OUT], "{crl_files:?}");
    }
    assert_eq!(answers(&store, files.asked(&[]), &[&good, &revoked]).await, [IN, IN], "without lists");
    store.close().await;
}

#[tokio::test]
async fn where_a_list_is_of_somebody_else_or_has_expired_nobody_gets_in() {
    let store = Store::sqlite().await;
    let (ours, theirs) = (Company::new("Ours"), Company::new("Theirs"));
    let files = Files::new(&[&ours]);
    let shown = ours.host("fs01.corp.example");
    let foreign = files.put("theirs.crl", theirs.list(&[], week()).der());
    let expired = files.put("old.crl", ours.list(&[], last_week()).der());
    let good = files.put("new.crl", ours.list(&[], week()).der());
    for (crl_files, wanted) in [
        (vec![foreign.clone()], OUT),
        (vec![expired.clone()], OUT),
        (vec![expired.clone(), foreign.clone()], OUT),
        (vec![expired.clone(), good.clone()], IN),
    ] {
        assert_eq!(answers(&store, files.asked(&crl_files), &[&shown]).await, [wanted], "{crl_files:?}");
    }
    let concerns = |crl_files: &[PathBuf]| Clients::load(&files.asked(crl_files)).unwrap().concerns(now_at());
    assert!(matches!(concerns(&[foreign]).as_slice(), [Concern::NoList { authority }] if authority == "CN=Ours"));
    assert!(matches!(concerns(std::slice::from_ref(&expired)).as_slice(), [Concern::Expired { .. }]));
    assert!(concerns(&[expired, good]).is_empty());
    store.close().await;
}

#[tokio::test]
async fn an_authority_between_has_its_own_list_and_can_be_revoked_itself() {
    let store = Store::sqlite().await;
    let root = Company::new("Root");
    let issuing = root.below("Issuing", 7);
    let files = Files::new(&[&root]);
    let shown = |serial| format!("{}{}", issuing.numbered("fs01.corp.example", serial), issuing.pem);
    let (first, second) = (shown(1), shown(2));
    let file = |name: &str, company: &Company, revoked: &[u64]| files.put(name, company.list(revoked, week()).der());
    let own = file("own.crl", &issuing, &[2]);
    for (crl_files, wanted) in [
        (vec![own.clone()], [IN, OUT]),
        (vec![own.clone(), file("other.crl", &root, &[8])], [IN, OUT]),
        (vec![own.clone(), file("cut-off.crl", &root, &[7])], [OUT, OUT]),
        (vec![file("cut-off.crl", &root, &[7]), own.clone()], [OUT, OUT]),
        (vec![file("root.crl", &root, &[])], [OUT, OUT]),
        // Only when the authority is shown it can be seen that it did not sign its list.
        (vec![file("forged.crl", &Company::new("Issuing"), &[])], [OUT, OUT]),
    ] {
        assert_eq!(answers(&store, files.asked(&crl_files), &[&first, &second]).await, wanted, "{crl_files:?}");
    }
    store.close().await;
}

#[tokio::test]
async fn an_authority_that_has_another_key_has_two_lists() {
    let store = Store::sqlite().await;
    let (old, new) = (Company::new("Ours"), Company::new("Ours"));
    let files = Files::new(&[&old, &new]);
    let crl_files = [
        files.put("old.crl", old.list(&[2], week()).der()),
        files.put("new.pem", new.list(&[1], week()).pem().unwrap()),
    ];
    let shown = [old.numbered("a", 1), old.numbered("b", 2), new.numbered("c", 1), new.numbered("d", 2)];
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    assert_eq!(answers(&store, files.asked(&crl_files), &shown).await, [IN, OUT, OUT, IN]);
    let only_new = Clients::load(&files.asked(&crl_files[1..])).unwrap();
    assert!(matches!(only_new.concerns(now_at()).as_slice(), [Concern::NoList { .. }]));
    store.close().await;
}

#[tokio::test]
async fn a_server_does_not_start_with_a_list_that_cannot_count_and_says_which_and_why() {
    let ours = Company::new("Ours");
    let files = Files::new(&[&ours]);
    let (list, forged) = (ours.list(&[], week()), Company::new("Ours").list(&[], week()));
    let longer = [&list.der()[..], b"more"].concat();
    let data = TempDir::new().unwrap();
    for (name, content, why) in [
        ("torn.pem", &b"torn"[..], "there is no list of revoked certificates in it"),
        ("cut.crl", &list.der()[..40], "no list of revoked certificates can be read from it"),
        ("more.crl", &longer[..], "this list cannot be used"),
        ("certificate.pem", ours.pem.as_bytes(), "there is no list of revoked certificates in it"),
        ("forged.crl", &forged.der()[..], "this list is not signed by \"CN=Ours\""),
    ] {
        let path = files.put(name, content);
        let config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            data_dir: data.path().to_owned(),
            client_certificates: Some(files.asked(&[path])),
            ..Config::default()
        };
        let said = Box::pin(app::start(config, Clock::system())).await.unwrap_err().to_string();
        assert!(said.contains(name) && said.contains(why), "{said}");
    }
    let missing = files.folder.path().join("missing.crl");
    let said = Clients::load(&files.asked(&[missing])).unwrap_err().to_string();
    assert!(said.contains("missing.crl: this list cannot be read"), "{said}");
}

#[tokio::test]
async fn over_a_connection_that_is_open_nobody_is_served_once_the_list_has_expired() {
    let store = Store::sqlite().await;
    let ours = Company::new("Ours");
    let files = Files::new(&[&ours]);
    let clock = Clock::manual(now_at());
    let crl_files = [files.put("ours.crl", ours.list(&[], week()).der())];
    let server = TestServer::start_at(&store, clock.clone(), |config| {
        config.client_certificates = Some(files.asked(&crl_files));
    })
    .await;
    let client = showing(&server.ca_pem, Some(&ours.host("fs01.corp.example")));
    assert_eq!(asks(&client, &server.url).await, IN);
    clock.set(now_at() + 8 * DAY_MS);
    assert_eq!(asks(&client, &server.url).await, Some(StatusCode::FORBIDDEN));
    assert_eq!(asks(&showing(&server.ca_pem, None), &server.url).await, IN);
    server.stop().await;
    store.close().await;
}

/// A server, and where its log goes.
fn start(dir: &Path, files: &Files, list: &Path) -> (ServerProcess, PathBuf) {
    let log = dir.join("log");
    let (ca, list) = (files.ca().display().to_string(), list.display().to_string());
    let with = [
        ("HIGHWATER_AGENTS_CLIENT_CA_FILE", ca.as_str()),
        ("HIGHWATER_AGENTS_CLIENT_CERTIFICATES", "required"),
        ("HIGHWATER_AGENTS_CLIENT_CRL_FILES", list.as_str()),
    ];
    let server = ServerProcess::start_telling(dir, &with, fs::File::create(&log).unwrap().into());
    (server, log)
}

/// What `highwater doctor` says, with these words after it.
fn doctor(dir: &Path, asked: &ClientCertificates, words: &[&str]) -> String {
    let lists = asked.crl_files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(",");
    let mut command = Command::new(program("highwater"));
    command.arg("doctor").args(words).current_dir(dir).env("HIGHWATER_DATA_DIR", dir);
    command.env("HIGHWATER_AGENTS_CLIENT_CA_FILE", &asked.ca_file);
    if !lists.is_empty() {
        command.env("HIGHWATER_AGENTS_CLIENT_CRL_FILES", lists);
    }
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

async fn is_said(log: &Path, words: &[&str]) {
    eventually("it is said in the log", async || {
        let said = fs::read_to_string(log).unwrap();
        let is_there = said.lines().any(|line| words.iter().all(|word| line.contains(word)));
        if is_there { Ok(()) } else { Err(said) }
    })
    .await;
}

#[tokio::test]
async fn a_list_that_is_replaced_revokes_without_a_restart_and_also_what_is_connected() {
    let dir = TempDir::new().unwrap();
    let ours = Company::new("Ours");
    let files = Files::new(&[&ours]);
    let list = files.put("ours.crl", ours.list(&[], week()).der());
    let (server, log) = start(dir.path(), &files, &list);
    let (stolen, other) = (ours.numbered("fs01.corp.example", 0x10e1), ours.numbered("fs02.corp.example", 2));
    let ca_pem = server.ca_pem();
    let (thief, host) = (showing(&ca_pem, Some(&stolen)), showing(&ca_pem, Some(&other)));
    assert_eq!((asks(&thief, &server.url).await, asks(&host, &server.url).await), (IN, IN));

    files.put("ours.crl", ours.list(&[0x10e1], week()).der());
    let who_comes = async |wanted| {
        eventually("the list is read", async || {
            let seen = asks(&showing(&ca_pem, Some(&stolen)), &server.url).await;
            if seen == wanted { Ok(()) } else { Err(format!("{seen:?}")) }
        })
        .await;
    };
    who_comes(OUT).await;
    let answer = thief.get(format!("{}/healthz", server.url)).send().await.unwrap();
    let problem: Problem = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    assert_eq!((problem.status, problem.kind.as_str()), (403, problem_type::CERTIFICATE_REFUSED));
    assert!(problem.detail.contains("its authority has revoked it"), "{problem:?}");
    assert_eq!(asks(&thief, &server.url).await, OUT, "that was the end of the connection");
    assert_eq!(asks(&host, &server.url).await, IN);
    is_said(&log, &["WARN", "is refused", "CN=fs01.corp.example", "10:e1", "its authority has revoked it"]).await;
    is_said(&log, &["WARN", "a machine was turned away", "certificate-refused"]).await;

    // What is no good changes nothing.
    let asked = files.asked(std::slice::from_ref(&list));
    files.put("ours.crl", "torn");
    is_said(&log, &["ERROR", "ours.crl: there is no list", "the one in use stays"]).await;
    files.put("ours.crl", Company::new("Ours").list(&[], week()).der());
    is_said(&log, &["ERROR", "ours.crl: this list is not signed by", "the one in use stays"]).await;
    who_comes(OUT).await;
    assert_eq!(asks(&host, &server.url).await, IN);
    assert!(doctor(dir.path(), &asked, &[]).contains("FAIL revoked certificates: "));
    assert!(doctor(dir.path(), &asked, &["security"]).contains("FAIL revoked-certificates: "));

    files.put("ours.crl", ours.list(&[], week()).der());
    who_comes(IN).await;
    assert!(doctor(dir.path(), &asked, &[]).contains("PASS revoked certificates: "));
    drop(server);
}

#[test]
fn doctor_says_that_a_list_ends_before_it_does_and_what_else_is_to_be_known() {
    let dir = TempDir::new().unwrap();
    let ours = Company::new("Ours");
    let files = Files::new(&[&ours]);
    let now_at = now_at();
    let until = |hours: i64| {
        let half_a_year = (now_at - 180 * DAY_MS, now_at + hours * HOUR_MS + HOUR_MS / 2);
        files.asked(&[files.put("ours.crl", ours.list(&[], half_a_year).der())])
    };
    let said = |asked: &ClientCertificates| {
        let said = doctor(dir.path(), asked, &["security"]);
        let line = said.lines().find(|line| line.contains(" revoked-certificates: "));
        line.unwrap_or_else(|| panic!("{said}")).to_owned()
    };
    let diagnosis = |asked: ClientCertificates| {
        let places = Places { client_certificates: Some(asked), ..Places::default() };
        health::revocation(&places, now_at).unwrap().map(String::from).map_err(String::from)
    };
    assert!(said(&until(24 * 15)).starts_with("PASS "));
    assert!(diagnosis(until(24 * 15)).unwrap().contains("360"));
    let soon = said(&until(24 * 13));
    assert!(soon.starts_with("WARN ") && soon.contains("is good for 312 more hours"), "{soon}");
    assert!(diagnosis(until(24 * 13)).unwrap().contains("312 more hours"));
    let late = said(&until(-1));
    assert!(late.starts_with("FAIL ") && late.contains("all its certificates are refused"), "{late}");
    assert!(diagnosis(until(-1)).unwrap_err().contains("has expired"));
    let none = said(&files.asked(&[]));
    assert!(none.starts_with("WARN ") && none.contains("counts until it ends"), "{none}");
    let foreign = files.put("theirs.crl", Company::new("Theirs").list(&[], week()).der());
    assert!(said(&files.asked(&[foreign])).starts_with("WARN "));
}
