//! Passwords that became known elsewhere: they are refused wherever one is chosen, and a list that cannot be asked lets none through.

use std::fs::{self, File};
use std::path::Path;

use highwater::app;
use highwater::clock::Clock;
use highwater::config::Config;
use highwater::model::account::LinkPurpose;
use highwater::model::role::Role;
use ring::digest::{self, SHA1_FOR_LEGACY_USE_ONLY};
use tempfile::TempDir;

use crate::harness::french::faults;
use crate::harness::person::{Answer, NAME, PASSWORD, Person, account_with, link, texts};
use crate::harness::server::{ServerProcess, TestServer};
use crate::harness::store::both;
use crate::harness::wait::eventually;

/// Nobody guesses it early.
const KNOWN: &str = "fkzq hwpn xbrt";
const OTHER: &str = "another one, longer";
const SETTING: &str = "sign_in.known_passwords_file";

fn sha1(password: &str) -> String {
    let hash = digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
    hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
}

/// A list with [`KNOWN`] and a few thousand others.
fn put_list(path: &Path) {
    let others = (0..3_000).map(|n| format!("password {n}"));
    let mut lines: Vec<String> = others.chain([KNOWN.to_owned()]).map(|one| format!("{}:37\r\n", sha1(&one))).collect();
    lines.sort_unstable();
    fs::write(path, lines.concat()).unwrap();
}

/// The form comes back with this, and with nothing of the password.
fn assert_refused(answer: &Answer, said: &str) {
    let why = texts(&answer.html(), "[role=alert]").remove(0);
    assert!(answer.status == 422 && why.contains(said), "{} {why}", answer.status);
    let text = answer.text.to_uppercase();
    assert!(!text.contains(&KNOWN.to_uppercase()) && !text.contains(&sha1(KNOWN)), "{}", answer.text);
}

async fn change(person: &Person, old: &str, new: &str) -> Answer {
    let fields = [("old", old), ("password", new), ("again", new)];
    person.submit("/account", "/account/password", &fields).await
}

#[tokio::test]
async fn a_known_password_is_refused_in_words_wherever_one_is_chosen_and_another_is_taken() {
    both(async |store| {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("known.txt");
        put_list(&path);
        let server = TestServer::start_with(store, |config| config.known_passwords_file = Some(path)).await;
        let said = "This password became known: it is in a list of those that were stolen elsewhere";
        let first = link(&server.db, LinkPurpose::FirstAccount, None, server.clock.now_at()).await;
        let person = Person::stranger(&server);
        let chosen = [("name", NAME), ("password", KNOWN), ("again", KNOWN)];
        assert_refused(&person.post(&first, &chosen).await, said);
        let chosen = [("name", NAME), ("password", PASSWORD), ("again", PASSWORD)];
        assert_eq!(person.post(&first, &chosen).await.status, 303);
        assert_refused(&change(&person, PASSWORD, KNOWN).await, said);
        assert_eq!(change(&person, PASSWORD, OTHER).await.status, 303);

        let bob = account_with(&server.db, "bob", Role::Viewer).await;
        let again = link(&server.db, LinkPurpose::Password, Some(bob), server.clock.now_at()).await;
        let bob = Person::stranger(&server);
        assert_refused(&bob.post(&again, &[("password", KNOWN), ("again", KNOWN)]).await, said);
        assert_eq!(bob.post(&again, &[("password", OTHER), ("again", OTHER)]).await.status, 303);

        person.cookies.borrow_mut().insert("lang".to_owned(), "fr".to_owned());
        let refused = change(&person, OTHER, KNOWN).await;
        assert_refused(&refused, "Ce mot de passe est connu");
        assert_eq!(faults(&refused.html(), &[NAME.to_owned()]), [] as [String; 0]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn while_the_list_cannot_be_asked_no_password_is_taken_and_the_log_says_why() {
    let dir = TempDir::new().unwrap();
    let (path, log) = (dir.path().join("known.txt"), dir.path().join("log"));
    put_list(&path);
    let shown = path.display().to_string();
    let with = [("HIGHWATER_SIGN_IN_KNOWN_PASSWORDS_FILE", shown.as_str())];
    let server = ServerProcess::start_telling(dir.path(), &with, File::create(&log).unwrap().into());
    let person = Person::first_administrator(&server).await;
    let said = "No new password can be taken now";
    fs::remove_file(&path).unwrap();
    assert_refused(&change(&person, PASSWORD, OTHER).await, said);
    assert!(change(&person, PASSWORD, OTHER).await.text.contains(SETTING));
    fs::write(&path, "password1234\n").unwrap();
    assert_refused(&change(&person, PASSWORD, KNOWN).await, said);
    for why in ["it cannot be read", "it is no list of known passwords"] {
        eventually("the log says it", async || {
            let told = fs::read_to_string(&log).unwrap();
            let is_said = |line: &str| ["ERROR", SETTING, shown.as_str(), why].iter().all(|word| line.contains(word));
            if told.lines().any(is_said) { Ok(()) } else { Err(told) }
        })
        .await;
    }
    let told = fs::read_to_string(&log).unwrap();
    assert!(!told.contains(KNOWN) && !told.contains(OTHER), "{told}");

    person.cookies.borrow_mut().insert("lang".to_owned(), "fr".to_owned());
    let refused = change(&person, PASSWORD, OTHER).await;
    assert_refused(&refused, "Aucun nouveau mot de passe ne peut être accepté");
    assert_eq!(faults(&refused.html(), &[NAME.to_owned(), SETTING.to_owned()]), [] as [String; 0]);
    put_list(&path);
    assert_refused(&change(&person, PASSWORD, KNOWN).await, "Ce mot de passe est connu");
    assert_eq!(change(&person, PASSWORD, OTHER).await.status, 303, "a list is asked as it is now");
    drop(server);
}

#[tokio::test]
async fn a_server_does_not_start_with_a_list_that_is_none() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("known.txt");
    let (one, other) = ("1F".repeat(20), "0E".repeat(20));
    for (content, why) in [
        (None, "it cannot be read"),
        (Some(String::new()), "it is empty"),
        (Some("password1234\n".to_owned()), "not every line is a SHA-1 in hexadecimal"),
        (Some(format!("{one}:7\n{other}:1\n")), "its lines are not in order"),
    ] {
        if let Some(content) = content {
            fs::write(&path, content).unwrap();
        }
        let config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            data_dir: dir.path().to_owned(),
            known_passwords_file: Some(path.clone()),
            ..Config::default()
        };
        let said = Box::pin(app::start(config, Clock::system())).await.unwrap_err().to_string();
        assert!(said.starts_with(&format!("{SETTING} = {}: ", path.display())) && said.contains(why), "{said}");
    }
}
