//! Files: whom they belong to, who can read or change them, and how good the certificates among them are.

use std::fs;
use std::os::unix::fs::chown;

use highwater::clock::Clock;
use highwater::config::Config;
use highwater::model::time::DAY_MS;
use tempfile::TempDir;

use super::{chmod, doctor, of};
use crate::harness::server::ServerProcess;

/// RSA of 1,024 bits, until 2126.
const WEAK: &str = include_str!("../../server/src/tls/weak.pem");

#[test]
fn what_others_on_this_machine_can_read_or_change_is_found() {
    let dir = TempDir::new().unwrap();
    let data = dir.path();
    let settings = data.join("highwater.toml");
    chmod(data, 0o700);
    fs::write(&settings, "[metrics]\nbearer_token = 'a-long-enough-token'\n").unwrap();
    chmod(&settings, 0o600);
    drop(ServerProcess::start(data, &[]));
    let look = |check: &str| of(&doctor(data, &[]).1, check);
    assert!(
        look("secrets-key").starts_with("warn "),
        "it lies beside the database, as it does unless somebody moves it"
    );
    for name in ["secrets.key", "tls/ca.key", "tls/server.key"] {
        chmod(&data.join(name), 0o644);
    }
    chmod(&settings, 0o644);
    chmod(&data.join("highwater.db"), 0o644);
    assert!(look("keys").starts_with("pass "), "nobody else enters the folder");

    chmod(data, 0o755);
    assert!(look("data-folder").starts_with("warn everybody on this machine may look into"));
    let (is_good, found) = doctor(data, &[]);
    assert!(!is_good);
    assert!(
        of(&found, "keys").starts_with("fail everybody") && of(&found, "keys").contains("secrets.key"),
        "{found:#}"
    );
    assert!(of(&found, "database-file").starts_with("fail everybody"), "{found:#}");
    assert!(
        of(&found, "configuration-file")
            .starts_with("fail everybody on this machine may read or change metrics.bearer_token")
    );
    let next = data.join("tls/next");
    fs::create_dir(&next).unwrap();
    fs::write(next.join("ca.key"), "the key of the other authority").unwrap();
    for (path, mode) in [(data.join("tls"), 0o755), (next.clone(), 0o755), (next.join("ca.key"), 0o644)] {
        chmod(&path, mode);
    }
    assert!(look("keys").contains("next/ca.key"), "{}", look("keys"));
    chmod(data, 0o777);
    assert!(look("data-folder").starts_with("fail everybody on this machine may put files into"));

    chmod(data, 0o700);
    if rustix::process::geteuid().is_root() {
        chown(data.join("secrets.key"), Some(12_345), None).unwrap();
        assert!(look("owners").starts_with("fail "), "{}", look("owners"));
        assert!(look("root").starts_with("warn the server runs as root"));
        chown(data, Some(12_345), None).unwrap();
        assert!(look("root").starts_with("pass ") && look("owners").starts_with("pass "));
    }
}

#[test]
fn a_secret_in_a_file_of_its_own_that_others_can_read_is_found_and_not_told() {
    let dir = TempDir::new().unwrap();
    let data = dir.path();
    chmod(data, 0o755);
    drop(ServerProcess::start(data, &[]));
    let secret = data.join("client-secret");
    fs::write(&secret, "hunter2\n").unwrap();
    chmod(&secret, 0o644);
    let with = [
        ("HIGHWATER_OIDC_ISSUER", "https://id.example"),
        ("HIGHWATER_OIDC_CLIENT_ID", "hw"),
        ("HIGHWATER_OIDC_CLIENT_SECRET_FILE", secret.to_str().unwrap()),
        ("HIGHWATER_OIDC_ADMINISTRATORS", "IT"),
    ];
    let found = doctor(data, &with).1;
    assert!(
        of(&found, "secret-files").starts_with("fail everybody on this machine may read or change a secret in "),
        "{found:#}"
    );
    assert!(!found.to_string().contains("hunter2"), "{found:#}");
    chmod(&secret, 0o600);
    assert!(of(&doctor(data, &with).1, "secret-files").starts_with("pass "));
}

#[test]
fn a_certificate_that_ends_or_can_be_forged_or_is_for_somebody_else_is_found() {
    let dir = TempDir::new().unwrap();
    let data = dir.path();
    let public_url = Some("https://localhost".to_owned());
    let config = Config { data_dir: data.to_owned(), public_url, ..Config::default() };
    let now_at = Clock::system().now_at();
    let made = |days_ago: i64| {
        fs::remove_dir_all(data.join("tls")).ok();
        highwater::tls::load(&config, now_at - days_ago * DAY_MS).unwrap();
        doctor(data, &[]).1
    };
    assert!(of(&made(0), "certificate").starts_with("pass ") && of(&made(0), "authority").starts_with("pass "));
    assert!(of(&made(390), "certificate").starts_with("warn "));
    let old = made(3_500);
    assert!(of(&old, "certificate").starts_with("fail ") && of(&old, "certificate").contains("has expired"), "{old:#}");
    assert!(of(&old, "authority").starts_with("warn "), "{old:#}");
    made(0);
    let elsewhere = doctor(data, &[("HIGHWATER_PUBLIC_URL", "https://hw.example")]).1;
    assert!(of(&elsewhere, "certificate").contains("not for hw.example"), "{elsewhere:#}");
    fs::write(data.join("tls/server.pem"), WEAK).unwrap();
    let weak = doctor(data, &[]).1;
    assert!(of(&weak, "certificate").starts_with("fail somebody can make one like"), "{weak:#}");
    fs::write(data.join("tls/server.pem"), "torn").unwrap();
    assert!(of(&doctor(data, &[]).1, "certificate").starts_with("fail "));
    fs::write(data.join("tls/ca.pem"), "torn").unwrap();
    assert!(of(&doctor(data, &[]).1, "authority").starts_with("fail "), "agents know the server by it");
}
