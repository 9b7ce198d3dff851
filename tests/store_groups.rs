use std::collections::BTreeSet;

use highwater::model::group::{Kind, MOST_RULES, NewRule, Origin, Rules};
use highwater::model::host::Facts;
use highwater::model::{GroupRuleId, HostId};
use highwater::store::groups::{self, Direction};
use highwater::store::{Db, agents, hosts};
use tokio::task::JoinSet;

use crate::harness::store::{Store, T0, both};

fn rule(group: &str, kind: Kind, pattern: &str) -> NewRule {
    NewRule::read(group, kind.word(), pattern).unwrap()
}

async fn add(db: &Store, group: &str, kind: Kind, pattern: &str) -> GroupRuleId {
    db.write(async |tx| groups::insert_rule(tx, &rule(group, kind, pattern), "ann", T0).await).await.unwrap()
}

/// A host that enrols with a token of this group.
async fn enrol(db: &Store, name: &str, group: &str) -> HostId {
    db.write(async |tx| agents::host_of_identity(tx, name, name, group, T0).await).await
}

/// What the host says of itself, as ingest keeps it. Answers the groups that it leaves and comes into.
async fn tell(db: &Store, host: HostId, facts: &Facts) -> Option<[String; 2]> {
    db.write(async |tx| {
        let rules = groups::hold(tx).await?;
        hosts::save_facts(tx, host, facts).await?;
        groups::place(tx, &rules, host).await
    })
    .await
    .map(|(before, now)| [before.group_name, now.group_name])
}

async fn is_in(db: &Store, host: HostId) -> (String, Option<Origin>, Option<GroupRuleId>) {
    let host = hosts::find(db, host).await.unwrap().unwrap();
    let now = hosts::one_now(db, host.id).await.unwrap().unwrap();
    assert_eq!((&now.group_name, now.group_origin), (&host.group_name, host.group_origin), "wherever it is read");
    (host.group_name, host.group_origin, host.group_rule)
}

fn by_rule(group: &str, rule: GroupRuleId) -> (String, Option<Origin>, Option<GroupRuleId>) {
    (group.to_owned(), Some(Origin::Rule), Some(rule))
}

fn otherwise(group: &str, origin: Option<Origin>) -> (String, Option<Origin>, Option<GroupRuleId>) {
    (group.to_owned(), origin, None)
}

#[tokio::test]
async fn a_host_is_where_the_hand_the_rules_and_its_token_put_it_whatever_changes() {
    both(async |db| {
        let (host, other) = (enrol(db, "FS-PAR-01", "Token").await, enrol(db, "PC", "").await);
        assert_eq!(is_in(db, host).await, otherwise("Token", Some(Origin::Token)));
        assert_eq!(is_in(db, other).await, otherwise("", None));

        let by_name = add(db, "Paris", Kind::Name, "fs-par-*").await;
        assert_eq!(is_in(db, host).await, by_rule("Paris", by_name));
        let by_system = add(db, "Old", Kind::Os, "Windows Server 2016").await;
        let facts =
            Facts { observed_at: T0, name: "FS-PAR-01".into(), os: "Windows Server 2016".into(), ..Facts::default() };
        assert_eq!(tell(db, host, &facts).await, None, "it is there already");
        assert_eq!(is_in(db, host).await, by_rule("Paris", by_name), "the first one decides");

        assert!(db.write(async |tx| groups::move_rule(tx, by_system, Direction::Up).await).await);
        assert_eq!(is_in(db, host).await, by_rule("Old", by_system));
        let upgraded = Facts { observed_at: T0 + 1, os: "Windows Server 2025".into(), ..facts.clone() };
        assert_eq!(tell(db, host, &upgraded).await, Some(["Old", "Paris"].map(str::to_owned)));
        assert_eq!(is_in(db, host).await, by_rule("Paris", by_name), "its system is another one");
        tell(db, host, &Facts { observed_at: T0 + 2, name: "FS-LYO-01".into(), ..upgraded.clone() }).await;
        assert_eq!(is_in(db, host).await, otherwise("Token", Some(Origin::Token)), "its name is another one");

        assert_eq!(db.write(async |tx| groups::put(tx, &[host], "Mine", "ann", T0 + 5).await).await, 1);
        tell(db, host, &Facts { observed_at: T0 + 3, ..upgraded }).await;
        assert_eq!(is_in(db, host).await, otherwise("Mine", Some(Origin::Hand)), "no rule moves it");
        let by_hand = hosts::find(db, host).await.unwrap().unwrap().by_hand.unwrap();
        assert_eq!((by_hand.at, by_hand.by.as_str()), (T0 + 5, "ann"));

        assert_eq!(db.write(async |tx| groups::release(tx, &[host, other, HostId(99)]).await).await, 1);
        assert_eq!(is_in(db, host).await, by_rule("Paris", by_name), "back to the rule");
        assert_eq!(hosts::find(db, host).await.unwrap().unwrap().by_hand, None);
        let was = ["Paris", "name", "fs-par-*"].map(str::to_owned);
        assert_eq!(db.write(async |tx| groups::delete_rule(tx, by_name).await).await, Some(was), "what it was");
        assert_eq!(is_in(db, host).await, otherwise("Token", Some(Origin::Token)), "the token is not forgotten");
        assert_eq!(is_in(db, other).await, otherwise("", None));
    })
    .await;
}

#[tokio::test]
async fn a_host_that_enrols_is_placed_by_its_name_at_once() {
    both(async |db| {
        let paris = add(db, "Paris", Kind::Name, "fs-par-*").await;
        let host = enrol(db, "FS-PAR-02", "Token").await;
        assert_eq!(is_in(db, host).await, by_rule("Paris", paris));
        assert_eq!(hosts::find(db, host).await.unwrap().unwrap().token_group, "Token");
        assert_eq!(enrol(db, "FS-PAR-02", "Another").await, host, "it is the same host");
        assert_eq!(hosts::find(db, host).await.unwrap().unwrap().token_group, "Token");
    })
    .await;
}

#[tokio::test]
async fn rules_keep_their_order_through_moves_and_say_who_made_them() {
    both(async |db| {
        let mut ids = Vec::new();
        for group in ["A", "B", "C"] {
            ids.push(add(db, group, Kind::Subnet, "10.0.0.0/8").await);
        }
        let order = async || groups::rules(db).await.unwrap().iter().map(|r| r.group_name.clone()).collect::<String>();
        let shift = async |id, to| db.write(async |tx| groups::move_rule(tx, id, to).await).await;
        assert_eq!(order().await, "ABC");
        assert!(shift(ids[2], Direction::Up).await);
        assert_eq!(order().await, "ACB");
        assert!(shift(ids[0], Direction::Down).await);
        assert_eq!(order().await, "CAB");
        assert!(!shift(ids[2], Direction::Up).await, "it is the first one");
        assert!(!shift(ids[1], Direction::Down).await, "it is the last one");
        assert!(!shift(GroupRuleId(99), Direction::Up).await, "there is none");
        assert_eq!(db.write(async |tx| groups::delete_rule(tx, GroupRuleId(99)).await).await, None);
        assert!(db.write(async |tx| groups::delete_rule(tx, ids[0]).await).await.is_some());
        add(db, "D", Kind::Domain, "corp.example").await;
        assert_eq!(order().await, "CBD");
        let last = groups::rules(db).await.unwrap().pop().unwrap();
        let said = (last.kind, last.pattern.as_str(), last.made_at, last.made_by.as_str());
        assert_eq!(said, (Kind::Domain, "corp.example", T0, "ann"));
    })
    .await;
}

#[tokio::test]
async fn there_are_only_so_many_rules() {
    both(async |db| {
        for _ in 0..MOST_RULES {
            add(db, "A", Kind::Name, "*").await;
        }
        let one_more = rule("B", Kind::Name, "*");
        assert_eq!(db.write(async |tx| groups::insert_rule(tx, &one_more, "ann", T0).await).await, None);
        assert_eq!(groups::rules(db).await.unwrap().len(), MOST_RULES);
    })
    .await;
}

#[tokio::test]
async fn hosts_are_counted_by_group_and_by_what_decided() {
    both(async |db| {
        let names: Vec<String> = (0..70).map(|n| format!("fs{n:02}")).collect();
        let mut ids = Vec::new();
        for name in &names {
            ids.push(enrol(db, name, if name.as_str() < "fs10" { "Token" } else { "" }).await);
        }
        let first = add(db, "Rule", Kind::Name, "fs[").await;
        let second = add(db, "Rule", Kind::Name, "fs5?").await;
        assert_eq!(db.write(async |tx| groups::put(tx, &ids[20..60], "Rule", "ann", T0).await).await, 40);
        assert_eq!(db.write(async |tx| groups::release(tx, &ids[50..60]).await).await, 10);
        let counts: BTreeSet<_> = groups::counts(db)
            .await
            .unwrap()
            .into_iter()
            .map(|c| (c.group_name, c.origin.map(Origin::word), c.rule, c.hosts))
            .collect();
        let expected = [
            (String::new(), None, None, 20),
            ("Rule".to_owned(), Some("hand"), None, 30),
            ("Rule".to_owned(), Some("rule"), Some(second), 10),
            ("Token".to_owned(), Some("token"), None, 10),
        ];
        assert_eq!(counts, expected.into(), "the rule {first} matches nothing");
    })
    .await;
}

#[tokio::test]
async fn members_tell_what_decides_about_them_in_order_of_name() {
    both(async |db| {
        let (b, a) = (enrol(db, "b", "Token").await, enrol(db, "A", "").await);
        let facts = Facts {
            observed_at: T0,
            name: "b".into(),
            fqdn: "b.corp.example".into(),
            domain: "CORP".into(),
            addresses: vec!["10.1.2.3".into(), "fd00::3".into()],
            os: "Windows 11 Pro".into(),
            ..Facts::default()
        };
        tell(db, b, &facts).await;
        db.write(async |tx| groups::put(tx, &[a], "Mine", "ann", T0).await).await;
        let members = groups::members(db).await.unwrap();
        assert_eq!(members.iter().map(|m| m.id).collect::<Vec<_>>(), [a, b]);
        assert_eq!((members[0].by_hand.as_deref(), members[0].is.group_name.as_str()), (Some("Mine"), "Mine"));
        let (b, told) = (&members[1], facts);
        assert_eq!((&b.fqdn, &b.domain, &b.addresses, &b.os), (&told.fqdn, &told.domain, &told.addresses, &told.os));
        assert_eq!((b.token_group.as_str(), &b.by_hand), ("Token", &None));
    })
    .await;
}

#[tokio::test]
async fn without_rules_facts_move_nobody_and_text_that_postgresql_refuses_is_kept() {
    both(async |db| {
        let host = enrol(db, "fs01", "To\0ken").await;
        db.write(async |tx| groups::place(tx, &Rules::default(), host).await).await;
        assert_eq!(is_in(db, host).await, otherwise("To\u{fffd}ken", Some(Origin::Token)));
        let hostile = NewRule { group_name: "<b>\0".into(), kind: Kind::Name, pattern: "*\0".into() };
        db.write(async |tx| groups::insert_rule(tx, &hostile, "a\0", T0).await).await.unwrap();
        db.write(async |tx| groups::put(tx, &[host], "\0'; drop table hosts; --", "\0", T0).await).await;
        assert_eq!(is_in(db, host).await.0, "\u{fffd}'; drop table hosts; --");
    })
    .await;
}

/// Facts that come while rules change: in the end every host is where the rules put it.
#[tokio::test(flavor = "multi_thread")]
async fn racing_facts_and_rules_leave_every_host_where_it_belongs() {
    async fn report(db: Db, hosts: Vec<HostId>, round: i64) {
        for host in hosts {
            let mut tx = db.begin().await.unwrap();
            let rules = groups::hold(&mut tx).await.unwrap();
            let facts = Facts { observed_at: T0 + round, name: format!("fs{host}-{round}"), ..Facts::default() };
            hosts::save_facts(&mut tx, host, &facts).await.unwrap();
            groups::place(&mut tx, &rules, host).await.unwrap();
            tx.commit().await.unwrap();
        }
    }
    async fn judge(db: Db, round: i64) {
        let mut tx = db.begin().await.unwrap();
        let rule = rule(&format!("R{round}"), Kind::Name, &format!("*-{round}"));
        let id = groups::insert_rule(&mut tx, &rule, "ann", T0).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.begin().await.unwrap();
        groups::move_rule(&mut tx, id, Direction::Up).await.unwrap();
        tx.commit().await.unwrap();
    }
    both(async |db| {
        let mut ids = Vec::new();
        for n in 0..12 {
            ids.push(enrol(db, &format!("fs{n}"), "").await);
        }
        let mut racers = JoinSet::new();
        for round in 1..=6 {
            racers.spawn(report(Db::clone(db), ids.clone(), round));
            racers.spawn(judge(Db::clone(db), round));
        }
        racers.join_all().await;
        let rules = Rules::of(&groups::rules(db).await.unwrap());
        for member in groups::members(db).await.unwrap() {
            assert_eq!(member.is, rules.place(&member), "{}", member.name);
            assert_eq!(
                member.is.group_name, "R6",
                "the newest facts are kept, and a rule matches them: {}",
                member.name
            );
        }
    })
    .await;
}
