//! What pages tell people to type, typed as it stands there: the secret in it reaches the program, and no argument of any process.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use highwater::model::token::Approve;
use scraper::Selector;
use serde_json::Value;
use tempfile::TempDir;

use super::{arguments, told};
use crate::harness::person::{Answer, Person};
use crate::harness::server::{ServerProcess, free_port, program};
use crate::harness::store::Store;
use crate::harness::wait::eventually;

/// A server that says its true address on its pages.
fn start(folder: &Path, store: &Store) -> ServerProcess {
    let port = free_port();
    let (listen, url) = (format!("127.0.0.1:{port}"), format!("https://localhost:{port}"));
    let with = [
        ("HIGHWATER_DATABASE", store.address()),
        ("HIGHWATER_LISTEN", listen.as_str()),
        ("HIGHWATER_PUBLIC_URL", url.as_str()),
    ];
    ServerProcess::start(folder, &with)
}

/// The first command of a page, with its line ends. A secret that stands alone has an id.
fn command(page: &Answer) -> String {
    let selector = Selector::parse("pre.code:not([id])").unwrap();
    page.html().select(&selector).next().unwrap().text().collect()
}

/// As a file, since what stands there is typed into a shell, and is no argument of one.
fn script(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("typed");
    fs::write(&path, format!("{text}\n")).unwrap();
    path
}

/// The processes whose arguments hold it.
fn told_to_processes(secret: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    let processes = processes.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    // One that has ended meanwhile has none.
    let arguments = processes.filter_map(|pid| fs::read(format!("/proc/{pid}/cmdline")).ok());
    let arguments = arguments.map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "));
    arguments.filter(|line| line.contains(secret)).collect()
}

#[tokio::test]
async fn the_command_of_a_new_token_enrols_an_agent_and_leaves_the_token_in_no_arguments() {
    let (store, dir, data) = (Store::sqlite().await, TempDir::new().unwrap(), TempDir::new().unwrap());
    let server = start(dir.path(), &store);
    let person = Person::first_administrator(&server).await;
    let fields = [("label", "x"), ("approve", Approve::Auto.word()), ("expires_days", "9")];
    let page = person.submit("/settings/tokens", "/settings/tokens", &fields).await;
    let token = told(&page);
    let typed = command(&page);
    assert!(typed.contains(&token), "{typed}");
    // Nobody may become root here, and the host is a simulated one.
    let typed = typed.replacen("sudo highwater-agent", &format!("exec '{}'", program("highwater-agent").display()), 1);
    assert!(typed.starts_with("exec "), "{typed}");
    let mut agent = Command::new("sh")
        .arg(script(data.path(), &typed))
        .env("HIGHWATER_AGENT_SOURCE", "simulated:3")
        .env("HIGHWATER_AGENT_DATA_DIR", data.path())
        .env("HIGHWATER_AGENT_FIRST_DELAY_SECS", "0")
        .env("HIGHWATER_AGENT_SAMPLING_SECS", "1")
        .stdin(Stdio::null())
        .stderr(File::create(data.path().join("log")).unwrap())
        .spawn()
        .unwrap();
    eventually("the agent pushes", async || {
        let hosts = highwater::store::hosts::all_now(&store).await.map_err(|error| error.to_string())?;
        let said = || fs::read_to_string(data.path().join("log")).unwrap();
        if hosts.iter().any(|host| host.state.is_some()) { Ok(()) } else { Err(said()) }
    })
    .await;
    let (arguments, others) = (arguments(agent.id()), told_to_processes(&token));
    agent.kill().unwrap();
    agent.wait().unwrap();
    assert!(arguments.contains("highwater-agent run --token-file - --server "), "{arguments}");
    assert_eq!(others, [""; 0]);
    drop(server);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_of_a_new_key_asks_the_api_and_leaves_the_key_in_no_arguments() {
    let (store, dir, here) = (Store::sqlite().await, TempDir::new().unwrap(), TempDir::new().unwrap());
    let server = start(dir.path(), &store);
    let person = Person::first_administrator(&server).await;
    let fields = [("label", "x"), ("scope", "read"), ("expires_days", "9")];
    let page = person.submit("/settings/keys", "/settings/keys", &fields).await;
    let (key, typed) = (told(&page), command(&page));
    assert!(typed.starts_with("curl ") && typed.contains(&key), "{typed}");
    // It runs too shortly to be looked at: what stands in its place writes down what it was given, and becomes it.
    let (given, curl) = (here.path().join("given"), here.path().join("curl"));
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    fs::write(
        &curl,
        format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >'{}'\nPATH={path}\nexec curl \"$@\"\n", given.display()),
    )
    .unwrap();
    fs::set_permissions(&curl, Permissions::from_mode(0o755)).unwrap();
    let said = Command::new("sh")
        .arg(script(here.path(), &typed))
        .env("PATH", format!("{}:{path}", here.path().display()))
        .env("CURL_CA_BUNDLE", dir.path().join("tls/ca.pem"))
        .env("no_proxy", "*")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    let answer: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text} {said:?}"));
    assert!(answer.is_object() && answer["status"].is_null(), "it was let in: {answer}");
    let given = fs::read_to_string(given).unwrap();
    assert!(given.starts_with("--header\n@-\n") && !given.contains("hwk_"), "{given}");
    drop(server);
    store.close().await;
}
