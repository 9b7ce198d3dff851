//! Changes that nobody makes on a page as they happen: what stands in the settings, what hosts say of themselves, what takes over, and what the
//! commands about keys do. And of what is deleted, what it was.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use highwater::clock::Clock;
use highwater::config::Config;
use highwater::model::alert::Levels;
use highwater::model::api_key::Scope;
use highwater::model::approval::NewRule as NewApproval;
use highwater::model::audit::{Changes, Entry};
use highwater::model::class::{Class, Subject};
use highwater::model::group::NewRule as NewGroupRule;
use highwater::model::incident::Kind;
use highwater::model::role::Role;
use highwater::model::time::{DAY_MS, HOUR_MS, day_start};
use highwater::model::token::Approve;
use highwater::store::{alerts, approvals, classes, groups};
use highwater::tls::{self, own};
use highwater_wire::{HostFacts, Record};

use crate::audit::highwater;
use crate::harness::audit::{done, entries, is_whole};
use crate::harness::caller::Caller;
use crate::harness::outbox::key_text;
use crate::harness::person::{Person, account_with};
use crate::harness::server::{TestServer, batch};
use crate::harness::store::{Store, T0, both};
use crate::harness::wait::eventually;

/// As they are told.
fn pairs(fields: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// What the only entry with this word says.
async fn only(store: &Store, action: &str) -> Entry {
    let all = done(store, action).await;
    let [one] = all.try_into().unwrap_or_else(|all| panic!("{action}: {all:?}"));
    one
}

async fn started_with(store: &Store, said: &[(&'static str, &str)]) {
    let said = said.iter().map(|(key, text)| (*key, (*text).to_owned())).collect();
    TestServer::start_with(store, |config| config.said = said).await.stop().await;
}

#[tokio::test]
async fn settings_that_are_others_than_at_the_start_before_are_written_down() {
    both(async |store| {
        let usual = [("privacy.user_names", "off"), ("oidc.client_secret", "set"), ("retention.audit_days", "400")];
        started_with(store, &usual).await;
        started_with(store, &usual).await;
        assert!(entries(store).await.is_empty(), "at first there is nothing to compare with, and then nothing changes");
        started_with(store, &[("oidc.client_secret", "set"), ("retention.audit_days", "30"), ("ldap.url", "x")]).await;
        let told = only(store, "settings.changed").await;
        let who = (told.actor_kind.as_str(), told.actor_name.as_str(), told.subject_kind.as_str());
        assert_eq!(who, ("program", "highwater", "settings"));
        let before = [("ldap.url", ""), ("privacy.user_names", "off"), ("retention.audit_days", "400")];
        assert_eq!(pairs(&told.changes.before), before);
        let after = [("ldap.url", "x"), ("privacy.user_names", ""), ("retention.audit_days", "30")];
        assert_eq!(pairs(&told.changes.after), after);
        started_with(store, &usual[..2]).await;
        assert_eq!(done(store, "settings.changed").await.len(), 2);
        is_whole(store).await;
    })
    .await;
}

#[tokio::test]
async fn no_secret_of_the_settings_and_nothing_that_stands_for_one_is_kept() {
    let store = Store::sqlite().await;
    let parsed = |secret: &str| {
        let file = format!("[metrics]\nbearer_token = '{secret}'\n");
        let sources = highwater::config::Sources { file: Some(("hw".to_owned(), file)), ..Default::default() };
        Config::parse(sources).unwrap().0
    };
    for secret in ["hunter2-hunter2-hunter2", "hunter3-hunter3-hunter3"] {
        let said = parsed(secret).said;
        TestServer::start_with(&store, |config| config.said = said).await.stop().await;
        assert!(store.columns_with(&secret[..7]).await.is_empty(), "{secret}");
    }
    // One in the place of another: that would be to know something of it.
    assert!(entries(&store).await.is_empty());
    store.close().await;
}

fn facts(observed_at: i64, name: &str) -> Record {
    Record::Host(HostFacts { observed_at, name: name.into(), ..HostFacts::default() })
}

#[tokio::test]
async fn a_host_that_moves_itself_to_and_fro_is_told_so_often_a_day_and_no_more() {
    both(async |store| {
        let start_at = day_start(Clock::system().now_at()) - DAY_MS + 10 * HOUR_MS;
        let server = TestServer::start_at(store, Clock::manual(start_at), |_| ()).await;
        for (group, pattern) in [("Paris", "fs-par-*"), ("Lyon", "fs-lyo-*")] {
            let rule = NewGroupRule::read(group, "name", pattern).unwrap();
            store.write(async |tx| groups::insert_rule(tx, &rule, "ann", T0).await).await.unwrap();
        }
        let key = server.key("FS01").await;
        let name = |n: i64| if n % 2 == 0 { "FS-PAR-01" } else { "FS-LYO-01" };
        for (seq, n) in (1..).zip(0..30) {
            let sent = batch(start_at, seq, vec![facts(start_at + n, name(n))]);
            server.push(&key, &sent).await.unwrap();
        }
        let told = done(store, "host.moved").await;
        assert_eq!(told.len(), 12);
        assert!(told.iter().all(|one| one.actor_kind == "agent" && one.subject_kind == "host"), "{told:?}");
        let way = |changes: &Changes| [changes.before["group"].clone(), changes.after["group"].clone()];
        assert_eq!(way(&told[0].changes), ["", "Paris"]);
        assert_eq!(way(&told[11].changes), ["Paris", "Lyon"]);
        assert_eq!(told[11].changes.after["further_ones"], "not told");
        server.clock.set(start_at + DAY_MS);
        server.push(&key, &batch(start_at + DAY_MS, 31, vec![facts(start_at + 30, name(30))])).await.unwrap();
        assert_eq!(done(store, "host.moved").await.len(), 13, "another day");
        is_whole(store).await;
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn of_what_is_deleted_or_revoked_it_is_told_what_it_was() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let approval = NewApproval::read("FS-*", "", "10.0.0.0/8").unwrap();
        let group = NewGroupRule::read("Paris", "name", "fs-par-*").unwrap();
        let class = (Class::Vdi, Subject::Client, "zz-*");
        let [approval, group, class] = store
            .write(async |tx| {
                Ok([
                    approvals::insert(tx, &approval, "ann", T0).await?.unwrap().0,
                    groups::insert_rule(tx, &group, "ann", T0).await?.unwrap().0,
                    classes::insert(tx, class, "ann", T0).await?.unwrap().0,
                ])
            })
            .await;
        server.token(Approve::Hand).await;
        let levels = Levels::first(Kind::Full);
        store.write(async |tx| alerts::save_rule(tx, (Kind::Full, "Paris"), false, &levels, ("ann", T0)).await).await;
        let rules = alerts::rules(store).await.unwrap().0;
        let alert = rules.iter().find(|rule| rule.group_name == "Paris").unwrap().id;
        let key = Caller::with(&server, Scope::Read).await;
        for (path, fields) in [
            (format!("/settings/tokens/rules/{approval}/delete"), &[][..]),
            (format!("/settings/groups/rules/{group}"), &[("do", "delete")][..]),
            (format!("/settings/classes/{class}/delete"), &[][..]),
            (format!("/settings/alerts/{alert}"), &[("do", "delete")][..]),
            ("/settings/tokens/1/revoke".to_owned(), &[][..]),
            (format!("/settings/keys/{}/revoke", key.id.0), &[][..]),
        ] {
            assert_eq!(person.submit("/settings/keys", &path, fields).await.status, 303, "{path}");
        }
        let was = async |action| only(store, action).await.changes.before;
        let of = was("approval_rule.deleted").await;
        assert_eq!(pairs(&of), [("domain", ""), ("made_by", "ann"), ("name", "FS-*"), ("subnet", "10.0.0.0/8")]);
        let of = was("group_rule.deleted").await;
        assert_eq!(pairs(&of), [("group", "Paris"), ("kind", "name"), ("pattern", "fs-par-*")]);
        let of = was("class_rule.deleted").await;
        assert_eq!(pairs(&of), [("class", "vdi"), ("pattern", "zz-*"), ("subject", "client")]);
        let of = was("alert_rule.deleted").await;
        assert_eq!((of["group"].as_str(), of["on"].as_str()), ("Paris", "false"));
        assert_eq!(of["open_at"], levels.open_at.to_string());
        let token = only(store, "token.revoked").await;
        assert_eq!((token.subject_name.as_str(), token.changes.before["approve"].as_str()), ("test", "hand"));
        let of = was("api_key.revoked").await;
        assert_eq!(of["scopes"], "read");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_account_that_is_deleted_is_told_with_what_it_might() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let person = Person::signed_in(&server).await;
        let bob = account_with(&server.db, "bob", Role::Operator).await;
        let path = |what: &str| format!("/settings/accounts/{bob}/{what}");
        let page = path("");
        let page = page.trim_end_matches('/');
        assert_eq!(person.submit(page, &path("groups"), &[("groups", "Paris")]).await.status, 303);
        assert_eq!(person.submit(page, &path("switch"), &[("to", "off")]).await.status, 303);
        assert_eq!(person.submit(page, &path("delete"), &[]).await.status, 303);
        let of = only(store, "account.deleted").await.changes.before;
        assert_eq!(pairs(&of), [("groups", "Paris"), ("on", "false"), ("role", "operator"), ("source", "local")]);
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_authority_that_takes_over_is_written_down_once_by_the_server_that_goes_on_with_it() {
    both(async |store| {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
        let now_at = Clock::system().now_at();
        let before = tls::load(&config, now_at).unwrap().authorities.remove(0).fingerprint;
        let next = own::rotate(&config, 30, now_at).unwrap().authority.fingerprint;
        own::finish(&config, now_at).unwrap();
        for _ in 0..2 {
            let server = TestServer::start_with(store, |config| config.data_dir = folder.path().to_owned()).await;
            eventually("it is written down, and forgotten", async || {
                let (told, left) = (done(store, "authority.took_over").await.len(), own::took_over(&config).unwrap());
                if told == 1 && left.is_empty() { Ok(()) } else { Err(format!("{told}, {left:?}")) }
            })
            .await;
            server.stop().await;
        }
        let told = only(store, "authority.took_over").await;
        assert_eq!((told.actor_kind.as_str(), &told.subject_name), ("program", &next));
        assert_eq!((&told.changes.before["signs"], &told.changes.after["signs"]), (&before, &next));
    })
    .await;
}

#[tokio::test]
async fn keys_of_secrets_come_and_go_with_an_entry_also_if_nothing_is_sealed() {
    both(async |store| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.key");
        fs::write(&path, format!("{}\n", key_text("B"))).unwrap();
        let run = |words: &[&str]| highwater(store, folder.path(), words);
        let (is_good, said) = run(&["secrets", "rotate"]);
        assert!(is_good, "{said}");
        let age = || {
            let file = fs::File::options().write(true).open(&path).unwrap();
            let modified = file.metadata().unwrap().modified().unwrap();
            file.set_modified(modified - Duration::from_secs(300)).unwrap();
        };
        age();
        let (is_good, said) = run(&["secrets", "rotate", "--retire"]);
        assert!(is_good, "{said}");
        let all = entries(store).await;
        let told: Vec<_> = all.iter().map(|one| (one.action.as_str(), one.outcome.as_str())).collect();
        let [added, retired] = ["secrets.key_added", "secrets.keys_retired"];
        assert_eq!(told, [(added, "begun"), (added, "done"), (retired, "begun"), (retired, "done")]);
        assert!(all.iter().all(|one| one.actor_name.starts_with("command line, uid ")), "{all:?}");
        assert_eq!(all[3].changes.before["keys"], all[2].changes.before["keys"]);
        assert_eq!((&all[3].changes.after["gone"], all[3].changes.before["keys"].is_empty()), (&"1".to_owned(), false));
        assert_eq!(all[1].changes.after["key"], all[3].changes.after["key"]);
        assert!(store.columns_with(&key_text("B")).await.is_empty(), "what names a key is not the key");
        // Nothing is left to take away, and so there is nothing to tell.
        age();
        let (is_good, said) = run(&["secrets", "rotate", "--retire"]);
        assert!(is_good, "{said}");
        assert_eq!(entries(store).await.len(), 4);
    })
    .await;
}
