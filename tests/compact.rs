//! The history is put together to the same bytes, whatever comes in between: late snapshots, other processes, SIGKILL.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use highwater::history::frame;
use highwater::model::snapshot::Snapshot;
use highwater::model::time::{DAY_MS, HOUR_MS, hour_start};
use highwater::model::unit::Unit;
use highwater::model::{ClientId, HostId, UserId};
use highwater::store::{Tx, frames, work};
use highwater::tasks::compact::Compact;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::{Row as _, TypeInfo as _, ValueRef as _};

use crate::harness::server::program;
use crate::harness::store::{Store, T0, snapshot};

const HOSTS: i64 = 5;
const HOURS: i64 = 30;
/// All derived tables. The revision of a record counts how often it was written, which may differ.
const TABLES: [&str; 8] = [
    "select * from chunks order by hour_host",
    "select * from usage_hours order by hour_host",
    "select * from holders_hours order by hour_host",
    "select * from usage_days order by day_host",
    "select * from holders_days order by day_host",
    "select bucket, by_client, by_user from fleet_holders order by bucket",
    "select * from matrix order by bucket",
    "select * from fleet_usage order by bucket",
];

/// Snapshots of some hosts over more than a day, in order of time: clients that are on several hosts, gaps, limits.
fn arrivals(rng: &mut SmallRng) -> Vec<(HostId, Snapshot)> {
    let mut all = Vec::new();
    for host in 1..=HOSTS {
        let mut taken_at = T0 + rng.random_range(0..60_000);
        while taken_at < T0 + HOURS * HOUR_MS {
            let held: Vec<_> = (0..rng.random_range(0..12))
                .map(|_| {
                    let client = rng.random_range(0..9) + if rng.random_bool(0.5) { host * 10 } else { 0 };
                    (ClientId(client), UserId(client % 5), rng.random_range(0..3))
                })
                .collect();
            let mut snapshot = snapshot(taken_at, &held);
            snapshot.sampling_secs = 600;
            all.push((HostId(host), snapshot));
            taken_at += rng.random_range(300_000..900_000);
        }
    }
    all.sort_by_key(|(host, snapshot)| (snapshot.taken_at, *host));
    all
}

async fn store_all(store: &Store, arrivals: &[(HostId, Snapshot)]) {
    let units = arrivals.iter().flat_map(|(host, snapshot)| {
        let hour_at = hour_start(snapshot.taken_at);
        // It holds true into the next hour, as ingest would say.
        [hour_at, hour_at + HOUR_MS].map(|hour_at| Unit::HostHour { hour_at, host: *host })
    });
    let units: std::collections::BTreeSet<_> = units.collect();
    store
        .write(async |tx: &mut Tx| {
            for (host, snapshot) in arrivals {
                frames::insert(tx, *host, snapshot.taken_at, &frame::encode(snapshot, None)).await?;
            }
            for unit in &units {
                work::touch(tx, *unit, T0).await?;
            }
            Ok(())
        })
        .await;
}

async fn hosts(store: &Store) {
    for host in 1..=HOSTS {
        assert_eq!(store.host(&format!("FS{host:02}")).await, HostId(host));
    }
}

fn now_at() -> i64 {
    T0 + 30 * DAY_MS
}

async fn finish(store: &Store) -> usize {
    Compact::new((**store).clone()).finish(now_at(), true).await.unwrap()
}

/// Every value of all derived tables, as text.
async fn contents(store: &Store) -> BTreeMap<&'static str, Vec<String>> {
    let mut all = BTreeMap::new();
    for sql in TABLES {
        all.insert(sql, rows(store, sql).await);
    }
    all
}

async fn rows(store: &Store, sql: &'static str) -> Vec<String> {
    macro_rules! text {
        ($pool:ty, $row:ty) => {{
            let pool = <$pool>::connect(store.address()).await.unwrap();
            let rows = sqlx::query(sql).fetch_all(&pool).await.unwrap();
            pool.close().await;
            let value = |row: &$row, i: usize| {
                if row.try_get_raw(i).unwrap().is_null() {
                    return "null".to_owned();
                }
                match row.try_get_raw(i).unwrap().type_info().name().to_lowercase().as_str() {
                    "blob" | "bytea" => format!("{:02x?}", row.get::<Vec<u8>, _>(i)),
                    "text" => row.get::<String, _>(i),
                    "real" | "float8" => format!("{:?}", row.get::<f64, _>(i)),
                    _ => row.get::<i64, _>(i).to_string(),
                }
            };
            rows.iter().map(|row| (0..row.len()).map(|i| value(row, i)).collect::<Vec<_>>().join(" ")).collect()
        }};
    }
    match store.kind() {
        "sqlite" => text!(sqlx::SqlitePool, sqlx::sqlite::SqliteRow),
        _ => text!(sqlx::PgPool, sqlx::postgres::PgRow),
    }
}

async fn are_twins(one: &Store, other: &Store) {
    let (one, other) = (contents(one).await, contents(other).await);
    for sql in TABLES {
        assert!(!one[sql].is_empty(), "nothing was compared: {sql}");
        assert_eq!(one[sql].len(), other[sql].len(), "{sql}");
        for (a, b) in one[sql].iter().zip(&other[sql]) {
            assert_eq!(a, b, "{sql}");
        }
    }
}

/// The other one gets everything at once and is left in peace.
async fn is_what_an_undisturbed_twin_is(store: &Store, arrivals: &[(HostId, Snapshot)]) {
    let twin = match store.kind() {
        "sqlite" => Store::sqlite().await,
        _ => Store::postgres().await,
    };
    hosts(&twin).await;
    store_all(&twin, arrivals).await;
    finish(&twin).await;
    are_twins(store, &twin).await;
    twin.close().await;
}

async fn on_both(test: impl AsyncFn(&Store)) {
    crate::harness::store::both(test).await;
}

#[tokio::test]
async fn any_order_of_arrival_ends_in_the_same_bytes() {
    on_both(async |store| {
        hosts(store).await;
        let mut rng = SmallRng::seed_from_u64(7);
        let in_order = arrivals(&mut rng);
        let mut shuffled = in_order.clone();
        shuffled.shuffle(&mut rng);
        let mut rest = shuffled.as_slice();
        while !rest.is_empty() {
            let (some, others) = rest.split_at(rng.random_range(1..=rest.len().min(200)));
            store_all(store, some).await;
            // Now and then twice: what is there already stays.
            store_all(store, &some[..some.len() / 3]).await;
            if rng.random_bool(0.7) {
                finish(store).await;
            }
            rest = others;
        }
        finish(store).await;
        is_what_an_undisturbed_twin_is(store, &in_order).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_share_the_work_and_end_in_the_same_bytes() {
    on_both(async |store| {
        hosts(store).await;
        let all = arrivals(&mut SmallRng::seed_from_u64(8));
        store_all(store, &all).await;
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..3 {
            let db = highwater::store::Db::open(store.address()).await.unwrap();
            workers.spawn(async move {
                let units = Compact::new(db.clone()).finish(now_at(), false).await.unwrap();
                db.close().await;
                units
            });
        }
        let host_hours = frames_hours(&all);
        let units: usize = workers.join_all().await.into_iter().sum();
        // Whoever comes later may find days or weeks touched once more, but no hour of a host is done by two.
        assert!(units >= host_hours, "{units} of at least {host_hours}");
        finish(store).await;
        is_what_an_undisturbed_twin_is(store, &all).await;
    })
    .await;
}

fn frames_hours(all: &[(HostId, Snapshot)]) -> usize {
    let hours: std::collections::BTreeSet<_> = all.iter().map(|(host, s)| (*host, hour_start(s.taken_at))).collect();
    hours.len()
}

#[tokio::test]
async fn killed_at_a_hundred_points_it_ends_in_the_same_bytes() {
    on_both(async |store| {
        hosts(store).await;
        let mut rng = SmallRng::seed_from_u64(9);
        let in_order = arrivals(&mut rng);
        let mut shuffled = in_order.clone();
        shuffled.shuffle(&mut rng);
        let folder = tempfile::tempdir().unwrap();
        let kills = if store.kind() == "sqlite" { 100 } else { 25 };
        let mut died_at_work = 0;
        for some in shuffled.chunks(shuffled.len().div_ceil(kills)) {
            store_all(store, some).await;
            let mut child = Command::new(program("highwater"))
                .args(["compact", "--take-over"])
                .env("HIGHWATER_DATABASE", store.address())
                .env("HIGHWATER_DATA_DIR", folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            // From its start, over its first reads, to somewhere within its commits.
            tokio::time::sleep(Duration::from_millis(rng.random_range(0..120))).await;
            died_at_work += usize::from(child.try_wait().unwrap().is_none());
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert!(died_at_work > kills / 3, "only {died_at_work} of {kills} were killed before they had ended");
        finish(store).await;
        is_what_an_undisturbed_twin_is(store, &in_order).await;
    })
    .await;
}
