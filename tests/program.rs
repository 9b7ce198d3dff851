//! The real program as a child process: how it starts, what its command line does, and how it ends.

use std::path::Path;
use std::process::{Command, Output};

use highwater_wire::problem_type;
use tempfile::TempDir;

use crate::harness::server::{ServerProcess, answer, client, machine, program};

/// Runs `highwater` with these words in this data directory.
fn highwater(data_dir: &Path, words: &[&str]) -> Output {
    Command::new(program("highwater"))
        .args(words)
        .current_dir(data_dir)
        .env("HIGHWATER_DATA_DIR", data_dir)
        .env("HIGHWATER_PUBLIC_URL", "https://localhost")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn it_starts_with_nothing_and_keeps_its_ca_and_its_agents_over_a_restart() {
    let dir = TempDir::new().unwrap();
    let mut server = ServerProcess::start(dir.path(), &[]);
    let ca_pem = server.ca_pem();
    let http = client(&ca_pem);
    let made = highwater(dir.path(), &["token", "new", "--approve", "auto", "--range", "127.0.0.0/8"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let token = text(&made.stdout).trim().to_owned();
    assert!(token.starts_with("hwe_"));

    let enrol = format!("{}{}", server.url, highwater_wire::ENROL_PATH);
    let sent = http.post(enrol).json(&machine(&token, "FS01", 1)).send().await.unwrap();
    let enrolled: highwater_wire::Enrolled = answer(sent).await.unwrap();
    let link = server.first_link.clone().expect("there is no account yet");
    let welcome = http.get(format!("{}{link}", server.url)).send().await.unwrap();
    assert_eq!(welcome.status(), 200);
    assert!(server.stop(), "it ends well when it is told to");

    let server = ServerProcess::start(dir.path(), &[]);
    assert_eq!(server.ca_pem(), ca_pem);
    let status = format!("{}{}", server.url, highwater_wire::SETTINGS_PATH);
    let known =
        answer::<highwater_wire::AgentStatus>(http.get(&status).bearer_auth(&enrolled.key).send().await.unwrap());
    assert_eq!(known.await.unwrap().host_id, enrolled.host_id);
    let unknown = answer::<highwater_wire::AgentStatus>(http.get(&status).bearer_auth("hwa_x").send().await.unwrap());
    assert_eq!(unknown.await.unwrap_err().kind, problem_type::KEY_UNKNOWN);
}

#[tokio::test]
async fn metrics_are_for_this_machine_and_say_how_the_fleet_is() {
    let dir = TempDir::new().unwrap();
    let server = ServerProcess::start(dir.path(), &[]);
    let http = client(&server.ca_pem());
    for (path, wanted) in [("/healthz", "ok"), ("/readyz", "ready"), ("/metrics", "highwater_hosts{level=\"full\"} 0")]
    {
        let answered = http.get(format!("{}{path}", server.url)).send().await.unwrap();
        assert_eq!(answered.status(), 200, "{path}");
        assert!(answered.text().await.unwrap().contains(wanted), "{path}");
    }
    drop(server);

    let server = ServerProcess::start(dir.path(), &[("HIGHWATER_METRICS_BEARER_TOKEN", "a-long-enough-token")]);
    let metrics = format!("{}/metrics", server.url);
    assert_eq!(http.get(&metrics).send().await.unwrap().status(), 401);
    assert_eq!(http.get(&metrics).bearer_auth("a-long-enough-token").send().await.unwrap().status(), 200);
}

#[test]
fn wrong_settings_are_named_and_nothing_starts() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("highwater.toml");
    std::fs::write(&file, "listen = 'everywhere'\ncolour = 'teal'\n").unwrap();
    for words in [&["config", "check"][..], &["serve"], &["token", "new"], &[]] {
        let run = highwater(dir.path(), words);
        assert_eq!(run.status.code(), Some(1), "{words:?}");
        let said = text(&run.stderr);
        assert!(said.contains("highwater.toml: listen: \"everywhere\"") && said.contains("colour"), "{said}");
    }
    let example = highwater(dir.path(), &["config", "example"]);
    std::fs::write(&file, example.stdout).unwrap();
    let checked = highwater(dir.path(), &["config", "check"]);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
}

#[test]
fn doctor_says_pass_or_what_to_do() {
    let dir = TempDir::new().unwrap();
    drop(ServerProcess::start(dir.path(), &[]));
    let good = highwater(dir.path(), &["doctor"]);
    assert!(good.status.success());
    assert_eq!(text(&good.stdout).lines().filter(|line| line.starts_with("PASS ")).count(), 4);
    std::fs::write(dir.path().join("highwater.db"), "this is no database, and long enough to be read as one").unwrap();
    std::fs::remove_file(dir.path().join("highwater.db-wal")).ok();
    let bad = highwater(dir.path(), &["doctor"]);
    assert!(!bad.status.success());
    assert!(text(&bad.stdout).contains("FAIL database: "), "{}", text(&bad.stdout));
}

#[tokio::test]
async fn a_given_certificate_is_used_and_read_again_when_it_was_replaced() {
    let (one, other, dir) = (TempDir::new().unwrap(), TempDir::new().unwrap(), TempDir::new().unwrap());
    // Two servers of their own make two authorities, whose certificates then are the given ones.
    let authorities = [&one, &other].map(|dir| ServerProcess::start(dir.path(), &[]).ca_pem());
    let give = |from: &TempDir| {
        for name in ["server.pem", "server.key"] {
            std::fs::copy(from.path().join("tls").join(name), dir.path().join(name)).unwrap();
        }
    };
    give(&one);
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (certificate, key) = (path("server.pem"), path("server.key"));
    let given = [("HIGHWATER_TLS_CERTIFICATE", certificate.as_str()), ("HIGHWATER_TLS_KEY", key.as_str())];
    let server = ServerProcess::start(dir.path(), &given);
    let healthz = format!("{}/healthz", server.url);
    let trusts = |ca_pem: &str| client(ca_pem).get(&healthz).send();
    assert!(trusts(&authorities[0]).await.is_ok() && trusts(&authorities[1]).await.is_err());

    give(&other);
    server.signal("HUP");
    let is_read = tokio::time::timeout(std::time::Duration::from_secs(30), async {
        while trusts(&authorities[1]).await.is_err() {}
    });
    is_read.await.expect("the certificate is read again");
    assert!(trusts(&authorities[0]).await.is_err());
}
