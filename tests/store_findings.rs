//! Rules that hold on hosts: on both databases.

use highwater::model::event::EventClass;
use highwater::model::finding::{Detail, Fact, Found, Severity};
use highwater::model::fleet::{FleetUsage, Step};
use highwater::model::host::{Facts, Heard};
use highwater::model::limit::{Limit, LimitSource};
use highwater::model::sight::Sight;
use highwater::model::time::{DAY_MS, HOUR_MS, MINUTE_MS, hour_start};
use highwater::model::usage::{Peak, Usage, UsageHour};
use highwater::store::findings::{self, FindingFilter};
use highwater::store::{events, fleet, groups, heat, hosts, usage};

use highwater::locale::Locale;
use highwater::web::finding::detail;

use crate::harness::holdings::event;
use crate::harness::store::{Store, T0, both};

fn found(rule: &'static str, severity: Severity, fact: Fact) -> Found {
    Found { rule, severity, detail: fact.into() }
}

async fn list(db: &Store, filter: FindingFilter) -> Vec<String> {
    let all = findings::list(db, &FindingFilter { most: 100, ..filter }).await.unwrap();
    all.into_iter()
        .map(|f| {
            let gone = f.gone_at.map_or_else(String::new, |at| format!(" gone {}", at - T0));
            let detail = detail(&f.detail, &Locale::machine());
            format!("{} {} {} {detail} since {}{gone}", f.host_name, f.rule, f.severity.word(), f.since_at - T0)
        })
        .collect()
}

#[tokio::test]
async fn a_rule_holds_once_from_when_it_was_found_until_it_is_gone() {
    both(async |db| {
        let (host, other) = (db.host("FS01").await, db.host("fs00").await);
        let save = async |host, all: &[Found], at: i64| {
            db.write(async |tx| findings::save(tx, host, all, T0 + at).await).await
        };
        let smb1 = found("CFG-07", Severity::High, Fact::On { name: "SMB1".to_owned() });
        let limit = |value: &str| Fact::Set { name: "Users".to_owned(), value: value.to_owned() };
        let users = found("CFG-02", Severity::Medium, limit("150\0"));
        assert_eq!(save(host, &[users.clone(), smb1.clone()], 1).await, (2, 0));
        assert_eq!(save(host, &[users, smb1.clone()], 2).await, (0, 0), "nothing new");
        assert_eq!(save(other, std::slice::from_ref(&smb1), 3).await, (1, 0));
        let zero = found("CFG-02", Severity::High, limit("0"));
        assert_eq!(save(host, std::slice::from_ref(&zero), 4).await, (0, 1), "found otherwise, and one is gone");
        assert_eq!(
            list(db, FindingFilter::default()).await,
            ["FS01 CFG-02 high Users = 0 since 1", "fs00 CFG-07 high SMB1 is on since 3"]
        );
        let gone = FindingFilter { gone: true, ..FindingFilter::default() };
        assert_eq!(list(db, gone).await, ["FS01 CFG-07 high SMB1 is on since 1 gone 4"]);
        // It comes back as another one.
        assert_eq!(save(host, &[zero, smb1], 9).await, (1, 0));
        let of_host = FindingFilter { host: Some(host), rule: Some("CFG-07".to_owned()), ..FindingFilter::default() };
        assert_eq!(list(db, of_host).await, ["FS01 CFG-07 high SMB1 is on since 9"]);
        let none = FindingFilter { severity: Some(Severity::Low), ..FindingFilter::default() };
        assert!(list(db, none).await.is_empty());
        let page = FindingFilter { skip: 1, most: 1, ..FindingFilter::default() };
        let second = findings::list(db, &page).await.unwrap();
        assert_eq!((second.len(), second[0].rule.as_str(), second[0].host), (1, "CFG-07", other));
        assert_eq!(findings::hosts(db, &Sight::All).await.unwrap(), 2);
        let counts = findings::counts(db, &Sight::All).await.unwrap();
        assert_eq!(counts, [("CFG-02".to_owned(), Severity::High, 1), ("CFG-07".to_owned(), Severity::High, 2)]);
    })
    .await;
}

#[tokio::test]
async fn findings_are_listed_and_counted_on_the_hosts_that_are_seen() {
    both(async |db| {
        let (paris, lyon, none) = (db.host("FS01").await, db.host("FS02").await, db.host("FS03").await);
        let smb1 = found("CFG-07", Severity::High, Fact::On { name: "SMB1".to_owned() });
        for (host, group) in [(paris, "Paris"), (lyon, "Lyon"), (none, "")] {
            db.write(async |tx| findings::save(tx, host, std::slice::from_ref(&smb1), T0).await).await;
            if !group.is_empty() {
                db.write(async |tx| groups::put(tx, &[host], group, "ann", T0).await).await;
            }
        }
        let nobody = Sight::Groups(std::collections::BTreeSet::new());
        let [one, two] = [&["Paris"][..], &["Paris", "Lyon"]].map(|names| Sight::of(names.iter().copied()).unwrap());
        for (sight, hosts) in
            [(&Sight::All, &["FS01", "FS02", "FS03"][..]), (&two, &["FS01", "FS02"]), (&one, &["FS01"]), (&nobody, &[])]
        {
            let filter = FindingFilter {
                rule: Some("CFG-07".to_owned()),
                sight: sight.clone(),
                most: 9,
                ..FindingFilter::default()
            };
            let listed = findings::list(db, &filter).await.unwrap();
            assert_eq!(listed.iter().map(|one| one.host_name.as_str()).collect::<Vec<_>>(), hosts, "{sight:?}");
            let count = u64::try_from(hosts.len()).unwrap();
            let of_rule = findings::counts(db, sight).await.unwrap();
            assert_eq!(of_rule.iter().map(|(.., count)| count).sum::<u64>(), count, "{sight:?}");
            assert_eq!(findings::hosts(db, sight).await.unwrap(), count, "{sight:?}");
        }
        let filter = FindingFilter { sight: one, skip: 1, most: 1, ..FindingFilter::default() };
        assert!(findings::list(db, &filter).await.unwrap().is_empty(), "a part of the list is one of what is seen");
    })
    .await;
}

#[tokio::test]
async fn words_of_an_older_version_are_kept_until_the_same_is_found_again() {
    both(async |db| {
        let host = db.host("FS01").await;
        let words = Detail::Words("SMB1 is on".to_owned());
        let old = Found { rule: "CFG-07", severity: Severity::High, detail: words };
        let same = found("CFG-07", Severity::High, Fact::On { name: "SMB1".to_owned() });
        for (at, found, changes) in [(1, old, (1, 0)), (2, same, (0, 0))] {
            let all = std::slice::from_ref(&found);
            assert_eq!(db.write(async |tx| findings::save(tx, host, all, T0 + at).await).await, changes);
            let held = findings::list(db, &FindingFilter { most: 9, ..FindingFilter::default() }).await.unwrap();
            assert_eq!((&held[0].detail, held[0].since_at), (&found.detail, T0 + 1));
            assert_eq!(list(db, FindingFilter::default()).await, ["FS01 CFG-07 high SMB1 is on since 1"]);
        }
    })
    .await;
}

#[tokio::test]
async fn what_rules_ask_of_hosts_comes_page_by_page() {
    both(async |db| {
        let (first, second) = (db.host("FS01").await, db.host("FS02").await);
        let settings = [("Users".to_owned(), "20".to_owned())].into();
        let facts = Facts {
            observed_at: T0,
            os: "Windows Server 2022 Standard".to_owned(),
            os_build: "10.0.20348".to_owned(),
            is_domain_controller: true,
            settings,
            ..Facts::default()
        };
        db.write(async |tx| hosts::save_facts(tx, first, &facts).await).await;
        let heard = Heard { seen_at: T0, ..Heard::default() };
        db.write(async |tx| hosts::save_states(tx, &[(second, &heard, None)]).await).await;
        let page = findings::setups(db, None, 1).await.unwrap();
        assert_eq!((page.len(), page[0].host, page[0].is_domain_controller), (1, first, true));
        assert_eq!((page[0].settings["Users"].as_str(), page[0].limit), ("20", Limit::UNKNOWN));
        let page = findings::setups(db, Some(first), 9).await.unwrap();
        assert_eq!(page.iter().map(|setup| setup.host).collect::<Vec<_>>(), [second]);
        assert!(findings::setups(db, Some(second), 9).await.unwrap().is_empty());
    })
    .await;
}

/// An hour with this peak, of a limit of 20 or none.
fn hour(host: highwater::model::HostId, hour_at: i64, sessions: u32, limited: bool) -> UsageHour {
    let limit = Limit { sessions: limited.then_some(20), unlimited: !limited, source: LimitSource::Api };
    let mut hour = UsageHour { host, hour_at, cells: Default::default() };
    hour.cells[0] = Usage {
        snapshots: 5,
        covered_ms: 5 * MINUTE_MS,
        peak: Some(Peak { sessions, at: hour_at, limit }),
        max_saturation: limit.saturation(sessions),
        ..Usage::default()
    };
    hour
}

#[tokio::test]
async fn events_are_counted_by_host_and_code_and_by_how_full_the_host_was() {
    both(async |db| {
        let hour_at = hour_start(T0);
        let (near, far, unlimited) = (db.host("near").await, db.host("far").await, db.host("unlimited").await);
        let hours = [hour(near, hour_at, 19, true), hour(far, hour_at, 9, true), hour(unlimited, hour_at, 900, false)];
        db.write(async |tx| usage::save_hours(tx, &hours.iter().collect::<Vec<_>>()).await).await;
        for host in [near, far, unlimited] {
            let all = [
                event("srv", 2022, hour_at + 5, 1),
                event("SRV", 2022, hour_at + 6, 2),
                event("Perflib", 2003, hour_at + 7, 3),
            ];
            db.write(async |tx| events::insert(tx, host, &all, T0).await).await;
        }
        // In an hour of which nothing is known, and before the span.
        db.write(async |tx| events::insert(tx, far, &[event("srv", 2022, hour_at - HOUR_MS, 8)], T0).await).await;
        db.write(async |tx| events::insert(tx, far, &[event("srv", 2022, hour_at - DAY_MS, 9)], T0).await).await;
        let mut counted = findings::events_of_hosts(db, hour_at).await.unwrap();
        counted.retain(|(host, ..)| *host == near);
        counted.sort_by_key(|(.., code, _)| *code);
        assert_eq!(counted, [(near, EventClass::Foreign, 2003, 1), (near, EventClass::Capacity, 2022, 2)]);
        let found = findings::far_from_full(db, hour_at - HOUR_MS).await.unwrap();
        assert_eq!(found, [(far, 2), (unlimited, 2)].into());
    })
    .await;
}

#[tokio::test]
async fn how_long_hosts_were_full_comes_from_the_steps_of_six_hours() {
    both(async |db| {
        use highwater::history::matrix::{Cell, Saturation};
        let (full, calm) = (db.host("full").await, db.host("calm").await);
        let day_at = highwater::model::time::day_start(T0);
        let cell = |share: f64, full_secs| Cell {
            saturation: Saturation::of(share),
            mean: Saturation::of(share),
            full_secs,
            peak_sessions: Some(20),
            peak_after_secs: 0,
        };
        for n in 0..3 {
            let start_at = day_at + n * 6 * HOUR_MS;
            let of = FleetUsage { start_at, step_ms: 6 * HOUR_MS, ..FleetUsage::default() };
            let cells = [(full, cell(1.0, 600)), (calm, cell(0.4, 0))];
            db.write(async |tx| fleet::save_step(tx, Step::SixHours, &of, &cells).await).await;
        }
        let secs = heat::full_secs(db, day_at..day_at + DAY_MS).await.unwrap();
        assert_eq!(secs, [(full, 1_800)].into());
        assert!(heat::full_secs(db, day_at - DAY_MS..day_at).await.unwrap().is_empty());
    })
    .await;
}
