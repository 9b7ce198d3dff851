//! `highwater doctor security`, the real program: a sound installation passes, and each weakness that is made by hand is found.

mod files;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use highwater::clock::Clock;
use highwater::model::agent::AgentState;
use highwater::model::api_key::{NewApiKey, Scope};
use highwater::model::approval;
use highwater::model::connector::System;
use highwater::model::event::NewEvent;
use highwater::model::group::NewRule;
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::model::time::DAY_MS;
use highwater::model::token::{Approve, NewToken};
use highwater::model::webhook::EventType;
use highwater::store::{accounts, api_keys, approvals, chunks, groups, names, tokens};
use highwater::tasks::erasure::pseudonymise_users;
use serde_json::Value;
use tempfile::TempDir;

use crate::harness::audit::trail;
use crate::harness::holdings::{event, host, record};
use crate::harness::outbox::webhook;
use crate::harness::server::{ServerProcess, program};
use crate::harness::store::{Store, both};
use crate::harness::ticketing::connect;

fn run(data_dir: &Path, words: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(program("highwater"))
        .args(words)
        .current_dir(data_dir)
        .env("HIGHWATER_DATA_DIR", data_dir)
        .env("HIGHWATER_PUBLIC_URL", "https://localhost")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn read(said: &Output) -> Value {
    let text = String::from_utf8_lossy(&said.stdout);
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&said.stderr)))
}

/// Whether it ended well, and what was found.
fn doctor(data_dir: &Path, variables: &[(&str, &str)]) -> (bool, Value) {
    let said = run(data_dir, &["doctor", "security", "--json"], variables);
    (said.status.success(), read(&said))
}

/// What was found of one thing, with its verdict before it.
fn of(found: &Value, check: &str) -> String {
    let all = found["findings"].as_array().unwrap();
    let one = all.iter().find(|one| one["check"] == check).unwrap_or_else(|| panic!("nothing of {check} in {found:#}"));
    let text = |key: &str| one[key].as_str().unwrap_or_default().to_owned();
    assert!(one["verdict"] == "pass" || !text("remedy").is_empty(), "it says what to do: {one}");
    format!("{} {}", text("verdict"), text("found"))
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_sound_installation_has_no_fail_and_every_check_says_so() {
    both(async |store| {
        let dir = TempDir::new().unwrap();
        chmod(dir.path(), 0o700);
        let with = [("HIGHWATER_DATABASE", store.address()), ("HIGHWATER_METRICS_BEARER_TOKEN", "a-long-enough-token")];
        let server = ServerProcess::start(dir.path(), &with);
        let (is_good, found) = doctor(dir.path(), &with);
        assert!(is_good && found["verdict"] != "fail", "{found:#}");
        for check in [
            "plain-listener",
            "public-url",
            "trusted-proxies",
            "metrics",
            "database-connection",
            "data-folder",
            "keys",
            "secret-files",
            "database-file",
            "configuration-file",
            "owners",
            "secrets-key",
            "certificate",
            "authority",
            "enrolment-tokens",
            "api-keys-without-end",
            "api-keys-unused",
            "api-keys-makers",
            "alike-names",
            "agents",
            "next-authority",
            "webhooks",
            "ticket-systems",
            "sealed-secrets",
            "groups-by-rule",
            "administrators",
            "second-factors",
            "retention",
            "user-names",
            "provider-strength",
            "roles-for-everybody",
            "approval-rules",
            "sight-at-sign-in",
        ] {
            assert!(of(&found, check).starts_with("pass "), "{check}: {found:#}");
        }
        assert!(of(&found, "audit-forwarding").starts_with("warn the audit log is kept in the database alone"));
        assert!(of(&found, "known-passwords").starts_with("warn nobody looks whether a new password became known"));
        let words = run(dir.path(), &["doctor", "security"], &with);
        let words = String::from_utf8(words.stdout).unwrap();
        assert!(words.contains("PASS keys: ") && words.contains("\n0 FAIL, "), "{words}");
        drop(server);
    })
    .await;
}

async fn make_weak(store: &Store, now_at: i64) {
    let long_ago = now_at - 100 * DAY_MS;
    let token = NewToken {
        label: "for all".to_owned(),
        secret_sha256: [1; 32],
        hint: "hwe_ab".to_owned(),
        group_name: String::new(),
        approve: Approve::Auto,
        max_uses: None,
        expires_at: None,
        ranges: Vec::new(),
    };
    let key = NewApiKey {
        label: "forgotten".to_owned(),
        secret_sha256: [2; 32],
        hint: "hwk_ab".to_owned(),
        scopes: vec![Scope::Admin],
        sight: Sight::All,
        sees_names: true,
        expires_at: None,
    };
    let host = store.host("FS01").await;
    store.agent(host, AgentState::Conflict, 3).await;
    store
        .write(async |tx| {
            tokens::insert(tx, &token, now_at).await?;
            api_keys::insert(tx, &key, "ann", long_ago).await?;
            accounts::insert(tx, "left", "hash", Role::Administrator, long_ago).await?;
            let eve = accounts::insert(tx, "eve", "hash", Role::Viewer, now_at).await?;
            accounts::confine(tx, eve, &Sight::of(["Paris"]).unwrap()).await?;
            groups::insert_rule(tx, &NewRule::read("Paris", "name", "fs-par-*").unwrap(), "ann", now_at).await?;
            approvals::insert(tx, &approval::NewRule::read("*", "", "").unwrap(), "ann", now_at).await?;
            names::intern_users(tx, &["CORP\\ann"], now_at).await?;
            chunks::save(tx, &[(host, (now_at - 300 * DAY_MS) / DAY_MS * DAY_MS, &[1])]).await
        })
        .await;
    webhook(store, "http://desk.example/in", &EventType::USUAL).await;
    connect(store, System::ServiceNow, "10.0.0.9:80".parse().unwrap(), "").await;
}

#[tokio::test]
async fn each_weakness_in_the_database_and_the_settings_is_found() {
    both(async |store| {
        let dir = TempDir::new().unwrap();
        make_weak(store, Clock::system().now_at()).await;
        let with = [
            ("HIGHWATER_DATABASE", store.address()),
            ("HIGHWATER_PLAIN_LISTEN", "127.0.0.1:8480"),
            ("HIGHWATER_PUBLIC_URL", "http://hw.example"),
            ("HIGHWATER_PRIVACY_USER_NAMES", "pseudonyms"),
            ("HIGHWATER_AUDIT_SYSLOG_ADDRESS", "siem.example:514"),
            ("HIGHWATER_AUDIT_SYSLOG_TRANSPORT", "tcp"),
        ];
        let (is_good, found) = doctor(dir.path(), &with);
        assert!(!is_good && found["verdict"] == "fail", "{found:#}");
        for (check, wanted) in [
            ("plain-listener", "warn 127.0.0.1:8480 is listened on without TLS"),
            ("public-url", "fail people are told to come to http://hw.example"),
            ("audit-forwarding", "warn the audit log goes to \"siem.example\" by TCP without TLS"),
            ("metrics", "warn every program of this machine reads /metrics"),
            (
                "enrolment-tokens",
                "fail 1 let in whoever has them, at once, from everywhere and for ever: \"hwe_ab for all\"",
            ),
            (
                "approval-rules",
                "warn 1 hold for every machine, so that tokens which are approved by rule let in everybody",
            ),
            ("api-keys-without-end", "warn 1 never end: \"forgotten (hwk_ab)\""),
            ("api-keys-unused", "warn 1 were not used for 90 days: \"forgotten (hwk_ab)\""),
            ("api-keys-makers", "warn 1 work whose makers are disabled, deleted or no administrators any more"),
            ("agents", "warn 1 wait for a person, or say that they are another one: \"FS01\""),
            (
                "groups-by-rule",
                "warn 1 accounts and keys see some groups only, and 1 rules place hosts by name, addresses",
            ),
            ("webhooks", "warn 1 are told over http"),
            ("ticket-systems", "fail 1 get a password that can be read on the way: \"Desk\""),
            ("administrators", "warn 1 did not sign in for 90 days: \"left\""),
            ("second-factors", "warn 1 administrators sign in with a password alone: \"left\""),
            ("retention", "warn records are there that the settings want removed: snapshots since "),
            ("user-names", "warn names of users from before still stand in the database"),
        ] {
            assert!(of(&found, check).starts_with(wanted), "{check}: {}", of(&found, check));
        }
        let demanded = [&with[..], &[("HIGHWATER_SIGN_IN_SECOND_FACTOR_FROM_ROLE", "administrator")]].concat();
        let said = of(&doctor(dir.path(), &demanded).1, "second-factors");
        assert!(said.starts_with("warn 1 administrators have none yet") && said.contains("\"left\""), "{said}");
    })
    .await;
}

#[tokio::test]
async fn words_of_hosts_in_which_a_user_may_be_named_are_found_where_no_names_are_wanted() {
    both(async |store| {
        let dir = TempDir::new().unwrap();
        let fs = host(store, "FS01", 1).await;
        let now_at = Clock::system().now_at();
        let told =
            NewEvent { message: Some("User CORP\\ann was refused.".to_owned()), ..event("Srv", 2022, now_at, 1) };
        record(store, fs, &[told]).await;
        let checked = |wanted: &str| {
            let with = [("HIGHWATER_DATABASE", store.address()), ("HIGHWATER_PRIVACY_USER_NAMES", wanted)];
            of(&doctor(dir.path(), &with).1, "user-names")
        };
        assert!(checked("shown").starts_with("pass "));
        let found = checked("off");
        assert!(found.starts_with("warn records of events, or words of agents, from before"), "{found}");
        pseudonymise_users(store, &trail(), b"a key of this test").await.unwrap();
        let found = checked("off");
        assert!(found.starts_with("pass no user has a name in the database, and none of 1 events and gaps"), "{found}");
    })
    .await;
}

#[tokio::test]
async fn who_comes_from_elsewhere_weakly_or_sees_all_hosts_at_first_is_found() {
    both(async |store| {
        let dir = TempDir::new().unwrap();
        let with = [
            ("HIGHWATER_DATABASE", store.address()),
            ("HIGHWATER_OIDC_ISSUER", "https://id.example"),
            ("HIGHWATER_OIDC_CLIENT_ID", "hw"),
            ("HIGHWATER_OIDC_CLIENT_SECRET", "hunter2"),
            ("HIGHWATER_OIDC_EVERYBODY", "viewer"),
        ];
        let look = |more: &[(&str, &str)], check: &str| of(&doctor(dir.path(), &[&with[..], more].concat()).1, check);
        let strength = |more: &[(&str, &str)]| look(more, "provider-strength");
        assert!(strength(&[]).starts_with("warn people may sign in at the provider as weakly as it lets them"));
        assert!(strength(&[("HIGHWATER_OIDC_REQUIRED_ACR", "2")]).starts_with("pass "));
        assert!(strength(&[("HIGHWATER_OIDC_REQUIRED_AMR", "mfa")]).starts_with("pass "));

        let sight = |more: &[(&str, &str)]| look(more, "sight-at-sign-in");
        assert!(sight(&[]).starts_with("pass "), "nobody is confined");
        store
            .write(async |tx| {
                let bob = accounts::insert(tx, "bob", "", Role::Viewer, 0).await?;
                accounts::confine(tx, bob, &Sight::of(["Paris"]).unwrap()).await
            })
            .await;
        assert!(sight(&[]).starts_with("warn accounts are confined to groups of hosts, and who signs in by [oidc]"));
        assert!(sight(&[("HIGHWATER_OIDC_EVERYBODY_SEES", "none")]).starts_with("pass "));
        let sees = ("HIGHWATER_OIDC_SEES", "{ it = 'Paris' }");
        let all = sight(&[sees, ("HIGHWATER_OIDC_EVERYBODY_SEES", "all")]);
        assert!(all.starts_with("warn who signs in and is in none of the groups of oidc.sees sees all hosts"), "{all}");
        assert!(sight(&[sees, ("HIGHWATER_OIDC_EVERYBODY_SEES", "Lyon")]).starts_with("pass "));
    })
    .await;
}

#[test]
fn who_makes_everybody_an_administrator_or_an_operator_is_told() {
    let dir = TempDir::new().unwrap();
    let look = |oidc: &str, ldap: &str| {
        let with = [
            ("HIGHWATER_OIDC_ISSUER", "https://id.example"),
            ("HIGHWATER_OIDC_CLIENT_ID", "hw"),
            ("HIGHWATER_OIDC_CLIENT_SECRET", "hunter2"),
            ("HIGHWATER_OIDC_EVERYBODY", oidc),
            ("HIGHWATER_LDAP_URL", "ldaps://dc1.example"),
            ("HIGHWATER_LDAP_UPN_SUFFIX", "corp.example"),
            ("HIGHWATER_LDAP_BASE_DN", "dc=corp,dc=example"),
            ("HIGHWATER_LDAP_EVERYBODY", ldap),
        ];
        let (is_good, found) = doctor(dir.path(), &with);
        (is_good, of(&found, "roles-for-everybody"))
    };
    assert_eq!(look("viewer", "viewer").1, "pass who is in no group of the settings reads at most");
    let (is_good, said) = look("administrator", "operator");
    assert!(!is_good && said.starts_with("fail whoever can sign in by [oidc] is an administrator"), "{said}");
    let (is_good, said) = look("viewer", "administrator");
    assert!(!is_good && said.starts_with("fail whoever can sign in by [ldap] is an administrator"), "{said}");
    assert!(look("viewer", "operator").1.starts_with("warn whoever can sign in by [ldap] is an operator"));
}

#[test]
fn a_database_that_does_not_answer_is_said_and_the_rest_is_looked_at() {
    let dir = TempDir::new().unwrap();
    let missing = dir.path().join("no/highwater.db").display().to_string();
    let (is_good, found) = doctor(dir.path(), &[("HIGHWATER_DATABASE", &format!("sqlite:{missing}"))]);
    assert!(!is_good && of(&found, "database").starts_with("fail "), "{found:#}");
    assert!(of(&found, "public-url").starts_with("pass "));
    let (is_good, found) = doctor(dir.path(), &[("HIGHWATER_LISTEN", "everywhere")]);
    assert!(!is_good && of(&found, "settings").contains("listen"), "{found:#}");
}

#[test]
fn whoever_looks_makes_no_database() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("elsewhere.db");
    let address = format!("sqlite:{}", path.display());
    let found = doctor(dir.path(), &[("HIGHWATER_DATABASE", &address)]).1;
    assert!(of(&found, "database").starts_with("pass "), "{found:#}");
    assert!(!path.exists());
}

#[test]
fn a_list_of_known_passwords_is_looked_at_where_one_is_named() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("known.txt").display().to_string();
    let look = || {
        let (is_good, found) = doctor(dir.path(), &[("HIGHWATER_SIGN_IN_KNOWN_PASSWORDS_FILE", &path)]);
        (is_good, of(&found, "known-passwords"))
    };
    let (is_good, said) = look();
    assert!(!is_good && said.starts_with(&format!("fail {path}: it cannot be read")), "{said}");
    fs::write(&path, format!("{}:7\r\n{}:1\r\n", "1F".repeat(20), "0E".repeat(20))).unwrap();
    let (_, said) = look();
    assert!(said.starts_with("fail ") && said.contains("not in order"), "{said}");
    fs::write(&path, format!("{}:7\r\n{}:1\r\n", "0E".repeat(20), "1F".repeat(20))).unwrap();
    assert_eq!(look().1, format!("pass no new password is one of those in {path}"));
}

#[test]
fn too_few_open_files_are_found() {
    let dir = TempDir::new().unwrap();
    let said = Command::new("sh")
        .args(["-c", "ulimit -n 200 && exec \"$0\" doctor security --json"])
        .arg(program("highwater"))
        .current_dir(dir.path())
        .env("HIGHWATER_DATA_DIR", dir.path())
        .output()
        .unwrap();
    assert!(of(&read(&said), "open-files").starts_with("warn this account may have 200 open files"));
}
