//! Every record is compared with what it is made of, and what can be made again is.

use std::process::{Command, Output};

use highwater::model::HostId;
use highwater::model::counter::{Counter, Reading};
use highwater::model::retention::Retention;
use highwater::model::time::HOUR_MS;
use highwater::model::unit::{Level, Unit};
use highwater::store::{counters, work};
use highwater::tasks::compact::{Compact, Look, Wrong};
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

use crate::harness::audit::done;
use crate::harness::history::{KEEP, arrivals, contents, finish, hosts, now_at, store_all, verify};
use crate::harness::server::program;
use crate::harness::store::{Store, T0, both};

/// One of each kind of record that can be made again, damaged: what is done to it, and the level at which that is told.
const DAMAGES: [(&str, Level); 13] = [
    ("update usage_hours set cells = BYTES where hour_host = (select max(hour_host) from usage_hours)", Level::HostHour),
    ("update usage_hours set session_ms = session_ms + 1000 where hour_host = (select min(hour_host) from usage_hours)", Level::HostHour),
    ("delete from usage_hours where hour_host = (select max(hour_host) from chunks)", Level::HostHour),
    ("update holders_hours set body = BYTES where hour_host = (select max(hour_host) from holders_hours)", Level::HostHour),
    ("delete from holders_hours where hour_host = (select min(hour_host) from chunks)", Level::HostHour),
    ("update usage_days set cells = BYTES where day_host = (select min(day_host) from usage_days)", Level::HostDay),
    ("update holders_days set body = (select h.body from holders_days h where h.day_host > holders_days.day_host order by h.day_host limit 1)
      where day_host = (select min(day_host) from holders_days)", Level::HostDay),
    ("delete from usage_days where day_host = (select max(day_host) from usage_days)", Level::HostDay),
    ("update fleet_holders set by_user = BYTES where bucket = (select min(bucket) from fleet_holders)", Level::FleetHour),
    ("update matrix set body = BYTES where bucket = (select min(bucket) from matrix)", Level::FleetHour),
    ("update fleet_usage set at_limit = at_limit + 1 where bucket = (select max(bucket) from fleet_usage)", Level::FleetDay),
    ("delete from fleet_holders where bucket = (select max(bucket) from fleet_holders where bucket < 35184372088832)", Level::FleetDay),
    ("update fleet_holders set by_client = by_user where bucket = (select max(bucket) from fleet_holders)", Level::FleetWeek),
];

async fn execute(store: &Store, sql: &str) -> u64 {
    let bytes = if store.kind() == "sqlite" { "x'01ff'" } else { r"'\x01ff'" };
    store.execute(&sql.replace("BYTES", bytes)).await
}

async fn fill(store: &Store) {
    hosts(store).await;
    store_all(store, &arrivals(&mut SmallRng::seed_from_u64(21))).await;
    finish(store).await;
}

#[tokio::test]
async fn whatever_is_damaged_is_told_and_made_again_to_the_same_bytes() {
    both(async |store| {
        fill(store).await;
        let (found, good) = (verify(store).await, contents(store).await);
        assert!(found.units > 5 * 30, "{} parts", found.units);
        assert!(found.wrong.is_empty() && found.waiting == 0, "{found:?}");
        for (sql, level) in DAMAGES {
            assert_eq!(execute(store, sql).await, 1, "{sql}");
            let found = verify(store).await;
            assert!(found.outdated().iter().any(|unit| unit.level() == level), "{sql}: {:?}", found.wrong);
            assert_eq!(found.outdated().len(), found.wrong.len(), "{sql}: {:?}", found.wrong);
            Compact::new((**store).clone()).repair(&found.outdated(), now_at()).await.unwrap();
            assert!(verify(store).await.wrong.is_empty(), "{sql}");
            let again = contents(store).await;
            good.iter().for_each(|(table, rows)| assert_eq!(&again[table], rows, "{sql}: {table}"));
        }
    })
    .await;
}

#[tokio::test]
async fn snapshots_that_cannot_be_read_are_lost_and_what_was_made_of_them_stays() {
    both(async |store| {
        fill(store).await;
        let damage = "update chunks set body = BYTES where hour_host = (select min(hour_host) from chunks)";
        assert_eq!(execute(store, damage).await, 1);
        let found = verify(store).await;
        assert!(found.outdated().is_empty(), "{:?}", found.wrong);
        let [(Unit::HostHour { hour_at: T0, host: HostId(1) }, Wrong::Lost(_))] =
            found.wrong.iter().collect::<Vec<_>>()[..]
        else {
            panic!("{:?}", found.wrong)
        };
        let usage = highwater::store::usage::rolled_up(store, HostId(1), T0, T0 + HOUR_MS).await.unwrap();
        assert_eq!(usage.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn counters_that_cannot_be_read_are_told_with_their_host_and_day() {
    both(async |store| {
        fill(store).await;
        let day_at = highwater::model::time::day_start(T0);
        let values = vec![(Counter::FilesOpen, 7)];
        for host in 1..=3 {
            let reading = Reading { read_at: T0, since_at: None, values: values.clone() };
            store.write(async |tx| counters::save(tx, HostId(host), [reading]).await).await;
        }
        let good = verify(store).await;
        assert!(good.wrong.is_empty(), "{:?}", good.wrong);
        let damage = "update counters_days set body = BYTES where day_host % 2097152 = 2";
        assert_eq!(execute(store, damage).await, 1);
        let found = verify(store).await;
        assert_eq!((found.units, found.outdated()), (good.units, Vec::new()));
        let [(Unit::HostDay { day_at: at, host: HostId(2) }, Wrong::Lost(why))] =
            found.wrong.iter().collect::<Vec<_>>()[..]
        else {
            panic!("{:?}", found.wrong)
        };
        assert!(*at == day_at && why.contains("the counters cannot be read"), "{at} {why}");
    })
    .await;
}

#[tokio::test]
async fn what_waits_is_left_out_and_what_retention_took_is_only_read() {
    both(async |store| {
        fill(store).await;
        assert_eq!(execute(store, DAMAGES[0].0).await, 1);
        let unit = verify(store).await.outdated()[0];
        store.write(async |tx| work::touch(tx, &[(unit, now_at())]).await).await;
        let found = verify(store).await;
        assert!(found.wrong.is_empty(), "{:?}", found.wrong);
        assert_eq!(found.waiting, 1);

        execute(store, "delete from touched").await;
        let short = Look { now_at: now_at(), keep: Retention { snapshots_days: 7, ..KEEP }, since_at: i64::MIN };
        execute(store, "delete from chunks").await;
        let found = Compact::new((**store).clone()).verify(short, |_| ()).await.unwrap();
        let wrong: Vec<_> = found.wrong.into_iter().collect();
        assert_eq!(wrong, [(unit, Wrong::Unreadable("the usage"))]);
    })
    .await;
}

fn doctor(store: &Store, folder: &std::path::Path, words: &[&str]) -> (bool, String) {
    let Output { status, stdout, stderr } = Command::new(program("highwater"))
        .args(["doctor", "history"])
        .args(words)
        .env("HIGHWATER_DATABASE", store.address())
        .env("HIGHWATER_DATA_DIR", folder)
        .env("HIGHWATER_RETENTION_SNAPSHOTS_DAYS", "36000")
        .env("HIGHWATER_RETENTION_HOURS_DAYS", "36000")
        .env("HIGHWATER_RETENTION_DAYS_DAYS", "36000")
        .output()
        .unwrap();
    (status.success(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

#[tokio::test]
async fn the_command_says_what_is_wrong_repairs_it_and_fails_while_something_is() {
    both(async |store| {
        let folder = tempfile::tempdir().unwrap();
        fill(store).await;
        let (is_good, said) = doctor(store, folder.path(), &[]);
        assert!(is_good && said.contains("PASS history:"), "{said}");
        execute(store, DAMAGES[3].0).await;
        let (is_good, said) = doctor(store, folder.path(), &[]);
        assert!(!is_good && said.contains("the holders: not what the records below it say"), "{said}");
        assert!(said.contains("--repair"), "{said}");
        let (is_good, said) = doctor(store, folder.path(), &["--repair"]);
        assert!(is_good && said.contains("PASS history:"), "{said}");
        let told: Vec<_> =
            done(store, "history.repaired").await.into_iter().map(|one| (one.outcome, one.actor_kind)).collect();
        assert_eq!(told, ["begun", "done"].map(|word| (word.to_owned(), "program".to_owned())));
        let (is_good, said) = doctor(store, folder.path(), &["--days", "1"]);
        assert!(is_good && said.contains("0 parts were looked at"), "{said}");
    })
    .await;
}
