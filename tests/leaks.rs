//! No secret stands where it should not: in logs at their most talkative, in the arguments of programs, in the database, or in what is
//! printed for debugging. With the real programs.

mod commands;
mod others;

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use highwater::config::{Config, Hidden};
use highwater::ingest;
use highwater::model::AccountId;
use highwater::model::account::{Account, AccountSource, NewWebSession, WebSession};
use highwater::model::pseudonym::UserNames;
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::sealed::Keys;
use highwater::web::ops::Ops;
use highwater_agent::Settings;
use highwater_wire as wire;
use reqwest::StatusCode;
use tempfile::TempDir;

use crate::harness::outbox::key_text;
use crate::harness::person::{Answer, NAME, PASSWORD, Person, texts};
use crate::harness::server::{ServerProcess, client, machine, program, token};
use crate::harness::store::{Store, both};
use crate::harness::wait::eventually;

const TICKET_PASSWORD: &str = "hunter2-of-the-desk";
const METRICS_TOKEN: &str = "hunter2-of-the-metrics";
const DATABASE_PASSWORD: &str = "hunter2-of-the-database";

/// The first word with this prefix.
fn word(text: &str, prefix: &str) -> String {
    let at = text.find(prefix).unwrap_or_else(|| panic!("no {prefix} in {text}"));
    text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || "_-+/=".contains(*c)).collect()
}

/// The secret that a page shows this once.
fn told(page: &Answer) -> String {
    texts(&page.html(), "#secret").remove(0)
}

fn arguments(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap().replace('\0', " ")
}

/// Whether the system writes this process down when it crashes.
fn leaves_dumps(pid: u32) -> bool {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    line.split_whitespace().filter(|word| *word == "0").count() != 2
}

/// Where the store is, with a password, which the throw-away server does not ask for.
fn address(store: &Store) -> String {
    store.address().replacen("highwater@", &format!("highwater:{DATABASE_PASSWORD}@"), 1)
}

/// Does everything in which a secret is typed, told or sent. Answers the secrets.
async fn use_all(server: &ServerProcess, store: &Store) -> Vec<String> {
    let person = Person::first_administrator(server).await;
    let mut secrets = vec![server.first_link.clone().unwrap().replace("/welcome/", ""), PASSWORD.to_owned()];
    for password in ["hunter2-mistyped", PASSWORD] {
        person.post("/sign-in", &[("name", NAME), ("password", password)]).await;
        secrets.push(password.to_owned());
    }
    secrets.push(person.cookies.borrow()["__Host-hw"].clone());

    let key = person
        .submit("/settings/keys", "/settings/keys", &[("label", "x"), ("scope", "admin"), ("expires_days", "9")])
        .await;
    let key = told(&key);
    let hook = [("name", "Tickets"), ("url", "https://tickets.example/in"), ("event", "incident.opened")];
    let hook = person.submit("/settings/webhooks", "/settings/webhooks", &hook).await;
    secrets.push(told(&hook));
    let desk = [
        ("system", "servicenow"),
        ("name", "Desk"),
        ("f-url", "https://desk.example/"),
        ("f-user", "robot"),
        ("f-password", TICKET_PASSWORD),
        ("kind", "full"),
    ];
    let made = person.submit("/settings/tickets?system=servicenow", "/settings/tickets", &desk).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let one = made.header("location").to_owned();
    assert_eq!(person.submit(&one, &format!("{one}/test"), &[]).await.status, 303);
    let refused = [&desk[..4], &[("f-password", TICKET_PASSWORD), ("kind", "full")]].concat();
    person.submit("/settings/tickets?system=servicenow", "/settings/tickets", &refused).await;

    let http = client(&server.ca_pem());
    let api = format!("{}/api/v1/webhooks", server.url);
    let body = r#"{"name": "By a program", "url": "https://tickets.example/in", "event_types": ["incident.opened"]}"#;
    let asked = || {
        let request = http.post(&api).bearer_auth(&key).header("idempotency-key", "once");
        request.header("content-type", "application/json").body(body)
    };
    for _ in 0..2 {
        let answer = asked().send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        secrets.push(word(&answer.text().await.unwrap(), "whsec_"));
    }
    for wrong in ["hwk_hunter2-mistyped", METRICS_TOKEN] {
        http.get(&api).bearer_auth(wrong).send().await.unwrap();
    }
    let enrolment = token(server, Some(&address(store)));
    let enrol = format!("{}{}", server.url, wire::ENROL_PATH);
    let enrolled = http.post(&enrol).json(&machine(&enrolment, "FS01", 1)).send().await.unwrap();
    let enrolled: wire::Enrolled = serde_json::from_slice(&enrolled.bytes().await.unwrap()).unwrap();
    let settings = format!("{}{}", server.url, wire::SETTINGS_PATH);
    http.get(&settings).bearer_auth(&enrolled.key).send().await.unwrap();
    http.get(format!("{}/metrics", server.url)).bearer_auth(METRICS_TOKEN).send().await.unwrap();
    secrets.extend([key, enrolment, enrolled.key, "hunter2".to_owned()]);
    secrets
}

/// Secrets that only files have.
fn of_files(data_dir: &Path) -> Vec<String> {
    let line = |name: &str| fs::read_to_string(data_dir.join(name)).unwrap().lines().nth(1).unwrap().to_owned();
    vec![line("tls/ca.key"), line("tls/server.key")]
}

/// That none of them is in a log at its most talkative, in the arguments, or in the database.
async fn are_nowhere(secrets: &[String], log: &str, arguments: &str, store: &Store) {
    assert!(log.contains("TRACE") && log.contains("answered"), "it was told everything");
    for secret in secrets {
        assert!(secret.len() >= 7, "{secret:?} says nothing");
        let line = log.lines().find(|line| line.contains(secret.as_str()));
        assert!(line.is_none(), "{secret} is in the log: {line:?}");
        assert!(!arguments.contains(secret.as_str()), "{arguments}");
        assert_eq!(store.columns_with(secret).await, [""; 0], "{secret}");
    }
}

#[tokio::test]
async fn no_secret_is_in_the_log_of_the_server_its_arguments_or_the_database() {
    both(async |store| {
        let dir = TempDir::new().unwrap();
        let log = dir.path().join("log");
        let with = [
            ("HIGHWATER_DATABASE", address(store)),
            ("HIGHWATER_LOG_FILTER", "trace".to_owned()),
            ("HIGHWATER_METRICS_BEARER_TOKEN", METRICS_TOKEN.to_owned()),
            ("HIGHWATER_SECRETS_KEY", key_text("B")),
            ("HIGHWATER_PRIVACY_USER_NAMES", "pseudonyms".to_owned()),
        ];
        let with: Vec<(&str, &str)> = with.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut server = ServerProcess::start_telling(dir.path(), &with, File::create(&log).unwrap().into());
        let mut secrets = use_all(&server, store).await;
        secrets.extend(of_files(dir.path()));
        secrets.push(key_text("B"));
        let arguments = arguments(server.pid());
        assert!(!leaves_dumps(server.pid()), "a dump would hold them all");
        assert!(server.stop());
        let log = fs::read_to_string(&log).unwrap();
        are_nowhere(&secrets, &log, &arguments, store).await;
        assert_eq!(store.columns_with("hwp_").await, [""; 0], "the key of pseudonyms is sealed");
    })
    .await;
}

#[tokio::test]
async fn no_secret_is_in_the_log_of_the_agent_or_in_its_arguments() {
    let (store, dir, data) = (Store::sqlite().await, TempDir::new().unwrap(), TempDir::new().unwrap());
    let server = ServerProcess::start(dir.path(), &[("HIGHWATER_DATABASE", store.address())]);
    let token = token(&server, Some(store.address()));
    let log = data.path().join("log");
    let mut agent = Command::new(program("highwater-agent"))
        .arg("run")
        .env("HIGHWATER_AGENT_SERVER", &server.url)
        .env("HIGHWATER_AGENT_CA", dir.path().join("tls/ca.pem"))
        .env("HIGHWATER_AGENT_TOKEN", &token)
        .env("HIGHWATER_AGENT_SOURCE", "simulated:3")
        .env("HIGHWATER_AGENT_DATA_DIR", data.path())
        .env("HIGHWATER_AGENT_FIRST_DELAY_SECS", "0")
        .env("HIGHWATER_AGENT_SAMPLING_SECS", "1")
        .env("HIGHWATER_AGENT_LOG", "trace")
        .stdin(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let pushes = eventually("the agent pushes", async || {
        let hosts = highwater::store::hosts::all_now(&store).await.map_err(|error| error.to_string())?;
        let seen = hosts.iter().any(|host| host.state.is_some());
        if seen { Ok(()) } else { Err(format!("{} hosts", hosts.len())) }
    });
    pushes.await;
    let arguments = arguments(agent.id());
    agent.kill().unwrap();
    agent.wait().unwrap();
    let log = fs::read_to_string(&log).unwrap();
    let identity: serde_json::Value =
        serde_json::from_slice(&fs::read(data.path().join("identity.json")).unwrap()).unwrap();
    assert!(log.contains("TRACE"));
    for secret in [token.as_str(), identity["enrolled"]["key"].as_str().unwrap()] {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none() && !arguments.contains(secret), "{line:?}");
    }
    drop(server);
    store.close().await;
}

#[test]
fn what_is_printed_for_debugging_hides_secrets() {
    let hidden = || Some(Hidden("hunter2".to_owned()));
    let config = Config { database: hidden(), secrets_key: hidden(), metrics_token: hidden(), ..Config::default() };
    let account = Account {
        id: AccountId(1),
        name: "ann".to_owned(),
        role: Role::Viewer,
        source: AccountSource::Local,
        sight: Sight::All,
        created_at: 0,
        disabled_at: None,
        signed_in_at: None,
    };
    let csrf_token = "hunter2".to_owned();
    let session = WebSession { account, csrf_token, created_at: 0, seen_at: 0, is_screen: false };
    let new_session = NewWebSession {
        sha256: [0; 32],
        account: AccountId(1),
        csrf_token: "hunter2",
        is_screen: false,
        address: "10.0.0.1",
        browser: "",
    };
    let names = UserNames::Pseudonyms(b"hunter2".to_vec());
    let bytes = format!("{:?}", b"hunter2".to_vec());
    let options = ingest::Options { user_names: names.clone(), ..ingest::Options::default() };
    let settings = Settings {
        token: Some("hunter2".to_owned()),
        proxy: Some("http://u:hunter2@proxy:3128".to_owned()),
        ..Settings::new("https://h", "/d")
    };
    let enrolled = wire::Enrolled {
        host_id: 1,
        key: "hunter2".to_owned(),
        state: wire::AgentState::Approved,
        store_id: String::new(),
        server_at: 0,
    };
    let request = wire::EnrolRequest { attempt: "hunter2".to_owned(), ..machine("hunter2", "FS01", 1) };
    for shown in [
        format!("{config:?}"),
        format!("{:?}", Ops::new(Some("hunter2".to_owned()))),
        format!("{session:?} {new_session:?}"),
        format!("{names:?} {options:?}"),
        format!("{settings:?}"),
        format!("{enrolled:?}"),
        format!("{request:?}"),
        format!("{:?}", Keys::read(&key_text("B"), "test").unwrap()),
    ] {
        let is_clean = ["hunter2", bytes.as_str(), &key_text("B")].iter().all(|secret| !shown.contains(secret));
        assert!(is_clean && shown.len() > 2, "{shown}");
    }
}
