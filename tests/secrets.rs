//! Changing the key of secrets, with the real program, while servers go on.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use highwater::model::connector::System;
use highwater::model::sealing::Spot;
use highwater::model::webhook::purpose;
use highwater::model::{WebhookId, connector};
use highwater::sealed::{Keys, key_of};
use highwater::store::{connectors, sealed, webhooks};
use highwater::tasks::sealing::{by_key, seal_again};

use crate::harness::outbox::{SECRET, key_text, keys, webhook};
use crate::harness::person::Person;
use crate::harness::server::{TestServer, program};
use crate::harness::store::{Store, T0, both};
use crate::harness::ticketing::connect;

fn highwater(data_dir: &Path, store: &Store, words: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(program("highwater"))
        .args(words)
        .current_dir(data_dir)
        .env("HIGHWATER_DATA_DIR", data_dir)
        .env("HIGHWATER_DATABASE", store.address())
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A folder with a file of keys, of which the one that sealed this store's secrets is the only one.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("secrets.key"), format!("# ours\n{}\n", key_text("B"))).unwrap();
    folder
}

/// As if the file had been changed some minutes ago.
fn age(path: &Path) {
    let file = fs::File::options().write(true).open(path).unwrap();
    let modified = file.metadata().unwrap().modified().unwrap();
    file.set_modified(modified - Duration::from_secs(300)).unwrap();
}

async fn signing_secret(store: &Store, keys: &Keys, id: WebhookId) -> String {
    let kept = webhooks::secrets(store, id, T0 + 1).await.unwrap();
    keys.open(&purpose(id), &kept[0].sealed).unwrap()
}

#[tokio::test]
async fn a_key_is_changed_and_the_old_one_retired_while_nothing_is_lost() {
    both(async |store| {
        let folder = folder();
        let path = folder.path().join("secrets.key");
        let hook = webhook(store, "https://a.example/in", &[]).await;
        let desk = connect(store, System::ServiceNow, "10.0.0.9:80".parse().unwrap(), "").await;
        // A process that runs all the time, as a server does.
        let running = Keys::load(&path).unwrap();
        let old = running.id();

        let rotated = highwater(folder.path(), store, &["secrets", "rotate"], &[]);
        assert!(
            rotated.status.success() && said(&rotated).contains("2 secrets were sealed again"),
            "{}",
            said(&rotated)
        );
        assert_ne!(running.id(), old, "the process has read the file again");
        assert_eq!(by_key(store).await.unwrap().keys().collect::<Vec<_>>(), [&running.id()]);
        assert_eq!(signing_secret(store, &running, hook).await, SECRET);
        let kept = connectors::sealed(store, desk).await.unwrap().unwrap();
        assert!(running.open(&connector::purpose(desk), &kept).unwrap().contains("password"));
        let status = said(&highwater(folder.path(), store, &["secrets", "status"], &[]));
        assert!(status.contains(&format!("key {} seals: 2 secrets", running.id())), "{status}");
        assert!(status.contains(&format!("key {old} only opens: 0 secrets")), "{status}");

        let early = highwater(folder.path(), store, &["secrets", "rotate", "--retire"], &[]);
        assert!(!early.status.success() && said(&early).contains("less than 60 seconds ago"), "{}", said(&early));
        // Something that was under way with the old key arrives.
        let late = keys("B").seal(&purpose(hook), "whsec_late").unwrap();
        store.write(async |tx| webhooks::add_secret(tx, hook, &late, T0 + 1, T0 + 1_000_000).await).await;
        age(&path);
        let retired = highwater(folder.path(), store, &["secrets", "rotate", "--retire"], &[]);
        assert!(retired.status.success() && said(&retired).contains("1 older keys are gone"), "{}", said(&retired));
        assert_eq!(signing_secret(store, &running, hook).await, "whsec_late");
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&key_text("B")) && text.starts_with("# ours\n"), "{text}");
        assert_eq!(running.ids().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_was_cut_off_goes_on_and_what_cannot_be_opened_stays_and_is_named() {
    both(async |store| {
        let folder = folder();
        let path = folder.path().join("secrets.key");
        let hook = webhook(store, "https://a.example/in", &[]).await;
        let strange = keys("C").seal("webhook 99", "secret").unwrap();
        store.write(async |tx| webhooks::add_secret(tx, hook, &strange, T0, T0 + 9).await).await;
        // The key came on top, and then the power went.
        highwater::sealed::add(&path).unwrap();
        let resumed = highwater(folder.path(), store, &["secrets", "rotate", "--resume"], &[]);
        assert!(!resumed.status.success(), "{}", said(&resumed));
        assert!(said(&resumed).contains("1 secrets were sealed again"), "{}", said(&resumed));
        assert!(said(&resumed).contains(&format!("the signing secret of webhook {hook}: ")), "{}", said(&resumed));
        age(&path);
        let refused = highwater(folder.path(), store, &["secrets", "rotate", "--retire"], &[]);
        assert!(!refused.status.success() && Keys::load(&path).unwrap().ids().len() == 2, "{}", said(&refused));
        let all = sealed::list(store).await.unwrap();
        assert!(all.contains(&(all[1].0.clone(), strange.clone())), "it is not touched");
        let doctor = highwater(folder.path(), store, &["doctor", "security"], &[]);
        assert!(said(&doctor).contains("WARN sealed-secrets: 1 secrets were sealed with a key that is not here"));
    })
    .await;
}

#[tokio::test]
async fn keys_of_the_environment_are_changed_there() {
    both(async |store| {
        let folder = tempfile::tempdir().unwrap();
        let hook = webhook(store, "https://a.example/in", &[]).await;
        let only = [("HIGHWATER_SECRETS_KEY", key_text("B"))];
        let only: Vec<(&str, &str)> = only.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = highwater(folder.path(), store, &["secrets", "rotate"], &only);
        assert!(!refused.status.success() && said(&refused).contains("--resume"), "{}", said(&refused));
        assert!(!folder.path().join("secrets.key").exists());
        let made = highwater(folder.path(), store, &["secrets", "new-key"], &only);
        let new = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        let both = format!("{new},{}", key_text("B"));
        let resumed =
            highwater(folder.path(), store, &["secrets", "rotate", "--resume"], &[("HIGHWATER_SECRETS_KEY", &both)]);
        assert!(resumed.status.success(), "{}", said(&resumed));
        assert!(!said(&resumed).contains(&new), "no key is printed");
        let keys = Keys::read(&new, "test").unwrap();
        assert_eq!(signing_secret(store, &keys, hook).await, SECRET);
        let retired =
            highwater(folder.path(), store, &["secrets", "rotate", "--retire"], &[("HIGHWATER_SECRETS_KEY", &both)]);
        assert!(said(&retired).contains("take those behind the first out"), "{}", said(&retired));
    })
    .await;
}

#[tokio::test]
async fn a_server_seals_with_the_new_key_at_once() {
    both(async |store| {
        let folder = folder();
        let path = folder.path().join("secrets.key");
        let server = TestServer::start_with(store, |config| config.data_dir = folder.path().to_owned()).await;
        let person = Person::signed_in(&server).await;
        let fields = [("name", "Tickets"), ("url", "https://a.example/in"), ("event", "incident.opened")];
        let id = highwater::sealed::add(&path).unwrap();
        let made = person.submit("/settings/webhooks", "/settings/webhooks", &fields).await;
        assert!(made.status < 400, "{} {}", made.status, made.text);
        let all = sealed::list(store).await.unwrap();
        assert_eq!(all.iter().map(|(_, bytes)| key_of(bytes)).collect::<Vec<_>>(), [Some(id)]);
        assert!(matches!(all[0].0, Spot::Webhook { .. }));
        let keys = Keys::load(&path).unwrap();
        highwater::sealed::add(&path).unwrap();
        let done = seal_again(store, &keys).await.unwrap();
        assert_eq!((done.again, done.already, done.lost.len()), (1, 0, 0));
        assert_eq!(seal_again(store, &keys).await.unwrap().already, 1);
        server.stop().await;
    })
    .await;
}
