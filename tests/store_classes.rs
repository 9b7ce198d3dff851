//! Rules of classes, and who is what by them.

use std::collections::HashMap;

use highwater::model::class::{Class, Pattern, Subject};
use highwater::model::eyes::Eyes;
use highwater::model::holder::Measure;
use highwater::model::time::{DAY_MS, HOUR_MS};
use highwater::model::{ClassRuleId, ClientId};
use highwater::store::rank::{self, By, Ranking, Scope, Whose};
use highwater::store::{Db, aliases, classes, erasure, names};

use crate::harness::holdings::{MET_AT, held, host, session_hours};
use crate::harness::hostile;
use crate::harness::store::{Store, T0, both};

async fn clients(db: &Store, all: &[&str]) -> HashMap<String, ClientId> {
    db.write(async |tx| names::intern_clients(tx, all, MET_AT).await).await
}

async fn add(db: &Store, class: Class, subject: Subject, pattern: &str) -> ClassRuleId {
    db.write(async |tx| classes::insert(tx, (class, subject, pattern), "ann", T0).await).await.unwrap()
}

async fn without_rules(db: &Store) {
    for rule in classes::rules(db).await.unwrap() {
        assert!(db.write(async |tx| classes::delete(tx, rule.id).await).await.is_some());
    }
}

async fn class(db: &Db, by: By, id: i64) -> Option<Class> {
    classes::of(db, by, &[id]).await.unwrap().get(&id).copied()
}

#[tokio::test]
async fn a_store_begins_with_rules_that_say_what_a_usual_name_says() {
    both(async |db| {
        let rules = classes::rules(db).await.unwrap();
        assert!(rules.len() > 30);
        for rule in &rules {
            assert!(Pattern::parse(rule.subject, &rule.pattern).is_ok(), "{rule:?}");
            assert!(rule.created_by.is_empty());
        }
        let usual = [
            ("VEEAM01", Some(Class::Backup)),
            ("SRV-BACKUP-2.corp.example", Some(Class::Backup)),
            ("BKP-PAR-01", Some(Class::Backup)),
            ("PRN-PAR-02", Some(Class::Printer)),
            ("NPI3A6B2C", Some(Class::Printer)),
            ("BRN008077A1B2C3", Some(Class::Printer)),
            ("PAR-PRINT01", Some(Class::Printer)),
            ("VDI-PAR-01", Some(Class::Vdi)),
            ("W11VDI017", Some(Class::Vdi)),
            ("DC01", Some(Class::DomainController)),
            ("PARDC02.corp.example", Some(Class::DomainController)),
            ("SRV-DC1", Some(Class::DomainController)),
            // And what only looks a little like one.
            ("SPRINT-07", None),
            ("pc-7.print.corp.example", None),
            ("DCOM-TEST", None),
            ("SCANDINAVIA", None),
            ("PC-LON-0117", None),
            ("10.20.9.31", None),
        ];
        let names: Vec<&str> = usual.iter().map(|(name, _)| *name).collect();
        let ids = clients(db, &names).await;
        for (name, expected) in usual {
            assert_eq!(class(db, By::Client, ids[name].0).await, expected, "{name}");
        }
        let users = ["svc_sql", r"CORP\svc-scan", "sql-svc", r"CORP\gmsa-web$", "ann", "svcanna", "", r"CORP\PC-7$"];
        let ids = db.write(async |tx| names::intern_users(tx, &users, MET_AT).await).await;
        for (n, user) in users.iter().enumerate() {
            let expected = (n < 4).then_some(Class::Application);
            assert_eq!(class(db, By::User, ids[*user].0).await, expected, "{user}");
        }
    })
    .await;
}

#[tokio::test]
async fn counts_out_of_what_is_remembered_are_of_the_names_that_there_are() {
    both(async |db| {
        without_rules(db).await;
        add(db, Class::Printer, Subject::Client, "*-PRN-*").await;
        clients(db, &["A-PRN-1", "PC-1"]).await;
        let count = async || classes::counts(db).await.unwrap();
        assert_eq!((count().await, count().await), (vec![1], vec![1]));
        clients(db, &["A-PRN-2"]).await;
        assert_eq!((count().await, count().await), (vec![2], vec![2]), "a name that came since");
        db.write(async |tx| {
            names::remove_unseen(tx, MET_AT + 1, 9).await?;
            erasure::outdate_names(tx).await
        })
        .await;
        assert_eq!(count().await, [0], "names that went");
        clients(db, &["PC-2", "A-PRN-3"]).await;
        assert_eq!(count().await, [1], "under ids that others may have had");
    })
    .await;
}

#[tokio::test]
async fn the_order_of_rules_can_be_changed_and_every_change_holds_at_once() {
    both(async |db| {
        without_rules(db).await;
        assert!(classes::rules(db).await.unwrap().is_empty());
        let pc = clients(db, &["SRV-PRN-1"]).await["SRV-PRN-1"].0;
        assert_eq!(class(db, By::Client, pc).await, None);
        let one = add(db, Class::Backup, Subject::Client, "SRV-*").await;
        let two = add(db, Class::Printer, Subject::Client, "*-PRN-*").await;
        let three = add(db, Class::Vdi, Subject::Client, "VDI*").await;
        assert_eq!(class(db, By::Client, pc).await, Some(Class::Backup));
        let shift = async |id, is_up| db.write(async |tx| classes::shift(tx, id, is_up).await).await;
        let order = async || classes::rules(db).await.unwrap().iter().map(|rule| rule.id).collect::<Vec<_>>();
        assert!(shift(two, true).await);
        assert_eq!((order().await, class(db, By::Client, pc).await), (vec![two, one, three], Some(Class::Printer)));
        assert!(shift(two, true).await && shift(three, false).await, "at an end it stays");
        assert!(shift(one, false).await);
        assert_eq!(order().await, [two, three, one]);
        assert!(!shift(ClassRuleId(999_999), true).await);
        assert_eq!(classes::counts(db).await.unwrap(), [1, 0, 0]);
        db.write(async |tx| classes::save_pattern(tx, two, "nobody").await).await;
        assert_eq!(classes::counts(db).await.unwrap(), [0, 0, 1]);
        let was = classes::rules(db).await.unwrap().into_iter().find(|rule| rule.id == one).unwrap();
        let was = [was.class.word(), was.subject.word(), was.pattern.as_str()].map(str::to_owned);
        assert_eq!(db.write(async |tx| classes::delete(tx, one).await).await, Some(was), "what it was");
        assert_eq!(db.write(async |tx| classes::delete(tx, one).await).await, None);
        assert_eq!(class(db, By::Client, pc).await, None);
        let kept = &classes::rules(db).await.unwrap()[0];
        assert_eq!((kept.created_by.as_str(), kept.created_at, kept.pattern.as_str()), ("ann", T0, "nobody"));
    })
    .await;
}

#[tokio::test]
async fn another_process_s_change_of_rules_and_names_is_noticed() {
    both(async |db| {
        without_rules(db).await;
        let pc = clients(db, &["BKP-1"]).await["BKP-1"].0;
        let other = Db::open(db.address()).await.unwrap();
        assert_eq!((class(db, By::Client, pc).await, class(&other, By::Client, pc).await), (None, None));
        add(db, Class::Backup, Subject::Client, "bkp*").await;
        assert_eq!(class(&other, By::Client, pc).await, Some(Class::Backup));
        db.write(async |tx| {
            erasure::rename(tx, By::Client, pc, "erased client 1").await?;
            erasure::outdate_names(tx).await
        })
        .await;
        assert_eq!(class(&other, By::Client, pc).await, None);
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn there_is_a_most_number_of_rules() {
    both(async |db| {
        without_rules(db).await;
        db.write(async |tx| {
            for n in 0..classes::MOST_RULES {
                let added = classes::insert(tx, (Class::Vdi, Subject::Client, &format!("v{n}")), "ann", T0).await?;
                assert!(added.is_some());
            }
            assert_eq!(classes::insert(tx, (Class::Vdi, Subject::Client, "more"), "ann", T0).await?, None);
            Ok(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_ranking_can_be_of_one_class_and_a_client_has_the_class_of_any_of_its_names() {
    both(async |db| {
        let (fs, now_at) = (host(db, "FS01", 1).await, T0 + DAY_MS);
        let all = ["BKP-1", "10.0.0.9", "PC-1", "VEEAM", "PC-2"];
        let ids = clients(db, &all).await;
        let hour: Vec<_> =
            all.iter().zip([3, 5, 7, 2, 4]).map(|(name, h)| (ids[*name], session_hours(h, now_at))).collect();
        held(db, fs, now_at, 2, &hour).await;
        let top = async |whose, class| {
            let ranking = Ranking { measure: Measure::SessionHours, most: 9, class, ..Ranking::default() };
            let scope = Scope { whose, from_at: now_at - 5 * HOUR_MS, to_at: now_at };
            let ranked = rank::top(db, By::Client, scope, &ranking, &Eyes::Names).await.unwrap();
            let names: Vec<_> = ranked.rows.iter().map(|row| (row.rank, row.top.name.clone())).collect();
            (names, ranked.all, ranked.matching)
        };
        let row = |rank: usize, name: &str| (rank, name.to_owned());
        for whose in [Whose::Fleet, Whose::Host(fs)] {
            assert_eq!(top(whose, Some(Class::Backup)).await, (vec![row(4, "BKP-1"), row(5, "VEEAM")], 5, 2));
            assert_eq!(top(whose, Some(Class::Vdi)).await, (vec![], 5, 0));
            let (main, alias) = (ids["10.0.0.9"], ids["BKP-1"]);
            db.write(async |tx| aliases::merge(tx, main, alias, "ann", T0).await).await;
            let one = top(whose, Some(Class::Backup)).await;
            assert_eq!(one, (vec![row(1, "10.0.0.9"), row(4, "VEEAM")], 4, 2), "8 hours together");
            assert_eq!(class(db, By::Client, main.0).await, Some(Class::Backup));
            db.write(async |tx| aliases::separate(tx, alias).await).await;
            assert_eq!(class(db, By::Client, main.0).await, None);
        }
    })
    .await;
}

#[tokio::test]
async fn many_names_are_classed_in_one_go_and_remembered() {
    both(async |db| {
        let all: Vec<String> =
            (0..3_000).map(|n| if n % 3 == 0 { format!("BKP-{n}") } else { format!("PC-{n}") }).collect();
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        let ids: Vec<i64> = clients(db, &names).await.into_values().map(|id| id.0).collect();
        for _ in 0..2 {
            let found = classes::of(db, By::Client, &ids).await.unwrap();
            assert_eq!(found.len(), 1_000);
            assert!(found.values().all(|class| *class == Class::Backup));
        }
        let late = clients(db, &["BKP-LATE", "PC-LATE"]).await;
        assert_eq!(class(db, By::Client, late["BKP-LATE"].0).await, Some(Class::Backup));
        assert_eq!(class(db, By::Client, late["PC-LATE"].0).await, None);
        assert_eq!(classes::everybody(db, By::Client).await.unwrap().len(), 3_002);
        assert!(classes::everybody(db, By::User).await.unwrap().is_empty());
        assert!(classes::of(db, By::Client, &[-1, i64::MAX]).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_hostile_name_is_found_by_itself_as_a_pattern_or_refused() {
    both(async |db| {
        without_rules(db).await;
        let names = hostile::names();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        clients(db, &names).await;
        let patterns: Vec<&str> =
            names.iter().copied().filter(|n| Pattern::parse(Subject::Client, n).is_ok()).collect();
        assert!(patterns.len() > 150, "{}", patterns.len());
        for pattern in patterns {
            add(db, Class::Vdi, Subject::Client, pattern).await;
        }
        let read = classes::rules(db).await.unwrap();
        assert!(read.iter().all(|rule| Pattern::parse(rule.subject, &rule.pattern).is_ok()));
        let count: usize = classes::counts(db).await.unwrap().iter().sum();
        assert!(count > 150, "{count} names are matched");
    })
    .await;
}
