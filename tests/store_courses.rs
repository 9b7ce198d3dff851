//! Hosts that are followed, rules and silences: on both databases.

use std::collections::{BTreeMap, BTreeSet};

use highwater::model::agent::AgentState;
use highwater::model::alert::{Levels, Silence};
use highwater::model::counter::Share;
use highwater::model::incident::Kind;
use highwater::model::sight::Sight;
use highwater::model::snapshot::LookOf;
use highwater::model::{AlertRuleId, SilenceId};
use highwater::store::{agents, alerts, courses, groups, shares};

use crate::harness::store::{T0, both};

fn look(at: i64, sessions: u32) -> LookOf {
    LookOf { taken_at: T0 + at, sessions, clients: 2, limit_sessions: Some(20), is_unlimited: false, sampling_secs: 60 }
}

#[tokio::test]
async fn a_host_waits_until_it_is_judged_by_all_that_came_in() {
    both(async |db| {
        let (host, other) = (db.host("FS01").await, db.host("FS02").await);
        let touch =
            async |at: i64| db.write(async |tx| courses::touch(tx, &BTreeMap::from([(host, T0 + at)])).await).await;
        touch(500).await;
        touch(300).await;
        let looks = [(host, look(500, 19)), (host, look(300, 18)), (other, look(400, 1))];
        db.write(async |tx| courses::keep_looks(tx, &looks).await).await;
        db.write(async |tx| courses::keep_looks(tx, &[(host, look(500, 3))]).await).await;
        assert_eq!(courses::looks(db, host, T0).await.unwrap(), [look(300, 18), look(500, 19)], "the first one stays");
        assert_eq!(courses::looks(db, host, T0 + 301).await.unwrap(), [look(500, 19)]);
        let followed = db.write(async |tx| courses::followed(tx).await).await;
        assert_eq!(followed.into_iter().collect::<Vec<_>>(), [host]);

        let waiting = courses::unjudged(db, 10).await.unwrap();
        let was = waiting[0].clone();
        assert_eq!((waiting.len(), was.host, was.touches, was.from_at), (1, host, 2, Some(T0 + 300)));
        assert_eq!((was.until_at, was.seen, was.course.as_str()), (None, 0, ""));
        // Something comes in while it is judged.
        touch(200).await;
        let save = async |was: &courses::Course, until: i64, seen, course: &str| {
            db.write(async |tx| courses::save(tx, was, (T0 + until, seen), course).await).await
        };
        assert!(save(&was, 500, 2, "{\"a\":1}").await);
        assert!(!save(&was, 500, 2, "{\"a\":2}").await, "another process was slower");
        let again = courses::unjudged(db, 10).await.unwrap()[0].clone();
        assert_eq!((again.touches, again.from_at, again.until_at), (3, Some(T0 + 200), Some(T0 + 500)));
        assert_eq!((again.seen, again.course.as_str()), (2, "{\"a\":1}"));
        assert!(save(&again, 500, 2, "{}").await);
        assert!(courses::unjudged(db, 10).await.unwrap().is_empty());
        assert_eq!(courses::of_host(db, host).await.unwrap().unwrap().from_at, None);
        assert_eq!(courses::of_host(db, other).await.unwrap(), None);

        db.write(async |tx| courses::forget(tx, host, T0 + 400).await).await;
        assert_eq!(courses::looks(db, host, 0).await.unwrap(), [look(500, 19)]);
        assert!(!db.write(async |tx| courses::let_go(tx, &was).await).await, "more has come in since");
        assert!(db.write(async |tx| courses::let_go(tx, &again).await).await);
        assert!(courses::looks(db, host, 0).await.unwrap().is_empty());
        assert_eq!(courses::looks(db, other, 0).await.unwrap().len(), 1, "it is another host's");
    })
    .await;
}

#[tokio::test]
async fn every_kind_has_a_rule_and_groups_may_have_their_own() {
    both(async |db| {
        let rules = alerts::rules(db).await.unwrap();
        assert_eq!(rules.0.iter().map(|rule| rule.kind).collect::<Vec<_>>(), Kind::ALL);
        for rule in &rules.0 {
            assert_eq!((rule.levels, rule.is_on, rule.group_name.as_str()), (Levels::first(rule.kind), true, ""));
        }
        let lowest = async || db.write(async |tx| courses::lowest_share(tx).await).await;
        assert_eq!(lowest().await, Some(0.8));
        let levels = Levels { open_at: 0.5, open_looks: 3, open_ms: 60_000, close_at: 0.4, close_ms: 30_000 };
        let save = async |kind, group: &str, is_on, levels: &Levels| {
            db.write(async |tx| alerts::save_rule(tx, (kind, group), is_on, levels, ("ann", T0)).await).await;
        };
        save(Kind::Near, "lab", true, &levels).await;
        save(Kind::Near, "lab", false, &levels).await;
        save(Kind::Full, "", false, &Levels::first(Kind::Full)).await;
        let rules = alerts::rules(db).await.unwrap();
        assert_eq!(rules.0.len(), Kind::ALL.len() + 1);
        let own = rules.0.iter().find(|rule| rule.group_name == "lab").unwrap();
        assert_eq!((own.levels, own.is_on, own.updated_by.as_str(), own.updated_at), (levels, false, "ann", T0));
        assert_eq!(lowest().await, Some(0.8), "the group's own is off");
        let of_all = rules.0.iter().find(|rule| rule.kind == Kind::Full).unwrap().id;
        let delete = async |id| db.write(async |tx| alerts::delete_rule(tx, id).await).await;
        assert!(
            !delete(of_all).await && delete(own.id).await && !delete(own.id).await && !delete(AlertRuleId(999)).await
        );
    })
    .await;
}

#[tokio::test]
async fn silences_are_kept_until_they_are_over() {
    both(async |db| {
        let host = db.host("FS01").await;
        let of = |from: i64, until: i64| Silence {
            id: SilenceId(0),
            is_maintenance: false,
            host: None,
            host_name: String::new(),
            group_name: "lab".to_owned(),
            kind: Some(Kind::Near),
            from_at: T0 + from,
            until_at: T0 + until,
            is_weekly: false,
            time_zone: "Europe/Paris".to_owned(),
            reason: "new disks".to_owned(),
            created_by: "ann".to_owned(),
            created_at: T0,
        };
        let weekly = Silence { is_weekly: true, is_maintenance: true, host: Some(host), kind: None, ..of(5, 10) };
        let insert = async |silence: &Silence| db.write(async |tx| alerts::insert_silence(tx, silence).await).await;
        let (one, two) = (insert(&of(100, 200)).await, insert(&weekly).await);
        let list = async |at: i64| alerts::silences(db, T0 + at).await.unwrap();
        assert_eq!(
            list(150).await,
            [Silence { id: two, host_name: "FS01".to_owned(), ..weekly.clone() }, Silence { id: one, ..of(100, 200) }]
        );
        assert_eq!(list(200).await.len(), 1, "what comes every week is never over");
        let past = async |at: i64, most| {
            let all = alerts::past_silences(db, T0 + at, &Sight::All, most).await.unwrap();
            all.into_iter().map(|silence| (silence.id, silence.until_at - T0)).collect::<Vec<_>>()
        };
        let three = insert(&of(0, 150)).await;
        assert_eq!(past(200, 10).await, [(one, 200), (three, 150)], "those that ended last first");
        assert_eq!((past(200, 1).await.len(), past(149, 10).await.len()), (1, 0));
        let end = async |id, at: i64| db.write(async |tx| alerts::end_silence(tx, id, T0 + at).await).await;
        assert!(!end(one, 100).await && !end(one, 200).await && !end(two, 7).await, "none of them is in force");
        assert!(end(one, 120).await && !end(one, 130).await);
        assert_eq!((list(130).await.len(), past(130, 10).await), (2, vec![(one, 120)]));
        let delete = async |id| db.write(async |tx| alerts::delete_silence(tx, id).await).await;
        assert!(delete(two).await && !delete(two).await);
        assert!(list(200).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn silences_that_are_over_are_those_of_groups_and_hosts_that_are_seen() {
    both(async |db| {
        let [paris, lyon, none] = [db.host("FS01").await, db.host("FS02").await, db.host("FS03").await];
        for (host, group) in [(paris, "Paris"), (lyon, "Lyon")] {
            db.write(async |tx| groups::put(tx, &[host], group, "ann", T0).await).await;
        }
        let whom = [(Some(paris), ""), (Some(lyon), ""), (Some(none), ""), (None, "Paris"), (None, "Lyon"), (None, "")];
        let mut ids = Vec::new();
        for (host, group) in whom {
            let silence = Silence {
                id: SilenceId(0),
                is_maintenance: false,
                host,
                host_name: String::new(),
                group_name: group.to_owned(),
                kind: None,
                from_at: T0,
                until_at: T0 + 10,
                is_weekly: false,
                time_zone: "UTC".to_owned(),
                reason: "new disks".to_owned(),
                created_by: "ann".to_owned(),
                created_at: T0,
            };
            ids.push(db.write(async |tx| alerts::insert_silence(tx, &silence).await).await);
        }
        let past = async |sight: &Sight, most| {
            let all = alerts::past_silences(db, T0 + 20, sight, most).await.unwrap();
            all.into_iter().map(|silence| silence.id).collect::<Vec<_>>()
        };
        let newest_first = |places: &[usize]| places.iter().rev().map(|place| ids[*place]).collect::<Vec<_>>();
        let paris = Sight::of(["Paris"]).unwrap();
        assert_eq!(past(&paris, 9).await, newest_first(&[0, 3]));
        assert_eq!(past(&paris, 2).await, newest_first(&[0, 3]), "others take no place");
        assert_eq!(past(&Sight::of(["Lyon", "Paris"]).unwrap(), 9).await, newest_first(&[0, 1, 3, 4]));
        assert_eq!(past(&Sight::Groups(BTreeSet::new()), 9).await, []);
        assert_eq!(past(&Sight::All, 9).await, newest_first(&[0, 1, 2, 3, 4, 5]));
    })
    .await;
}

#[tokio::test]
async fn hosts_that_may_send_and_shares_with_a_limit_are_listed() {
    both(async |db| {
        let (one, two) = (db.host("FS01").await, db.host("FS02").await);
        db.agent(one, AgentState::Approved, 1).await;
        db.agent(two, AgentState::Revoked, 2).await;
        assert_eq!(agents::watched_hosts(db).await.unwrap(), [one]);
        let share = |name: &str, most_uses| Share {
            name: name.to_owned(),
            uses: 3,
            most_uses,
            is_unlimited: most_uses.is_none(),
        };
        db.write(async |tx| shares::save(tx, one, T0, &[share("a", Some(5)), share("b", None)]).await).await;
        db.write(async |tx| shares::save(tx, two, T0, &[share("c", None)]).await).await;
        assert_eq!(shares::limited(db).await.unwrap(), [(one, T0, vec![share("a", Some(5))])]);
    })
    .await;
}
