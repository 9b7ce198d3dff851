//! Names that may be another name of a client, and why.

use std::collections::BTreeMap;

use highwater::model::ClientId;
use highwater::model::host::Facts;
use highwater::store::alike::{self, Reason};
use highwater::store::{aliases, hosts, names};

use crate::harness::store::{Store, T0, both};

async fn clients(db: &Store, all: &[&str]) -> BTreeMap<String, ClientId> {
    db.write(async |tx| names::intern_clients(tx, all, T0).await).await.into_iter().collect()
}

async fn offered(db: &Store, id: ClientId) -> Vec<(String, Reason)> {
    alike::alike(db, id).await.unwrap().into_iter().map(|one| (one.name, one.reason)).collect()
}

#[tokio::test]
async fn short_and_long_names_other_capitals_and_other_spellings_of_an_address_are_offered_with_the_reason() {
    both(async |db| {
        let all =
            ["pc-7", "PC-7.corp.example", "PC-7", "pc-70.corp.example", "10.0.0.7", "::ffff:10.0.0.7", "10.0.0.70"];
        let ids = clients(db, &all).await;
        let text = |name: &str, reason: Reason| (name.to_owned(), reason);
        let expected = [text("PC-7", Reason::Case), text("PC-7.corp.example", Reason::FirstPart)];
        assert_eq!(offered(db, ids["pc-7"]).await, expected);
        let short = [text("PC-7", Reason::FirstPart), text("pc-7", Reason::FirstPart)];
        assert_eq!(offered(db, ids["PC-7.corp.example"]).await, short);
        assert_eq!(offered(db, ids["10.0.0.7"]).await, [text("::ffff:10.0.0.7", Reason::Address)]);
        assert_eq!(offered(db, ids["10.0.0.70"]).await, []);
        // What is merged already is not offered, and its names count too.
        db.write(async |tx| aliases::merge(tx, ids["10.0.0.7"], ids["pc-7"], "ann", T0).await).await;
        let both_names: Vec<String> = offered(db, ids["10.0.0.7"]).await.into_iter().map(|(name, _)| name).collect();
        assert_eq!(both_names, ["PC-7", "::ffff:10.0.0.7", "PC-7.corp.example"]);
        assert_eq!(offered(db, ids["PC-7.corp.example"]).await, [text("PC-7", Reason::FirstPart)]);
    })
    .await;
}

#[tokio::test]
async fn a_watched_host_s_own_addresses_are_offered_for_its_name_and_the_name_for_them() {
    both(async |db| {
        let host = db.host("FS01").await;
        let facts = Facts {
            name: "FS01".into(),
            fqdn: "fs01.corp.example".into(),
            addresses: vec!["10.0.0.9".into(), "2001:db8::9".into()],
            observed_at: T0,
            ..Facts::default()
        };
        db.write(async |tx| hosts::save_facts(tx, host, &facts).await).await;
        let ids = clients(db, &["fs01", "10.0.0.9", "[2001:db8::9]", "10.0.0.90"]).await;
        let names = async |id| offered(db, id).await.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(ids["fs01"]).await, ["10.0.0.9", "[2001:db8::9]"]);
        assert_eq!(names(ids["[2001:db8::9]"]).await, ["10.0.0.9", "fs01"]);
        assert_eq!(offered(db, ids["10.0.0.9"]).await[0].1, Reason::Host("FS01".to_owned()));
        assert!(names(ids["10.0.0.90"]).await.is_empty());
        assert!(offered(db, ClientId(999_999)).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn hostile_names_find_only_what_is_like_them() {
    both(async |db| {
        let all = ["%", "_", "a_c", "abc.x", "a_c.x", "'); drop table clients; --", "\\", "\\.x", "."];
        let ids = clients(db, &all).await;
        let names = async |name: &str| offered(db, ids[name]).await.into_iter().map(|(n, _)| n).collect::<Vec<_>>();
        assert_eq!(names("a_c").await, ["a_c.x"], "no wildcard");
        assert_eq!(names("\\").await, ["\\.x"]);
        for name in ["%", "_", ".", "'); drop table clients; --"] {
            assert!(names(name).await.is_empty(), "{name}");
        }
    })
    .await;
}
