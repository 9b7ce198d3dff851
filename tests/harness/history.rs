//! Some hosts' history over more than a day, and all that is derived of it.

use std::collections::BTreeMap;

use highwater::history::frame;
use highwater::model::retention::Retention;
use highwater::model::snapshot::Snapshot;
use highwater::model::time::{DAY_MS, HOUR_MS, hour_start};
use highwater::model::unit::Unit;
use highwater::model::{ClientId, HostId, UserId};
use highwater::store::frames::NewFrame;
use highwater::store::{Tx, frames, work};
use highwater::tasks::compact::{Compact, Look, Verified};
use rand::RngExt as _;
use rand::rngs::SmallRng;
use sqlx::{Row as _, TypeInfo as _, ValueRef as _};

use super::store::{Store, T0, snapshot};

pub const HOSTS: i64 = 5;
pub const HOURS: i64 = 30;
/// Keeps all of it.
pub const KEEP: Retention = Retention { snapshots_days: 365, hours_days: 365, days_days: 400, events_days: 400 };
/// All derived tables. The revision of a record counts how often it was written, which may differ.
pub const TABLES: [&str; 8] = [
    "select * from chunks order by hour_host",
    "select * from usage_hours order by hour_host",
    "select * from holders_hours order by hour_host",
    "select * from usage_days order by day_host",
    "select * from holders_days order by day_host",
    "select bucket, by_client, by_user from fleet_holders order by bucket",
    "select bucket, body from matrix order by bucket",
    "select * from fleet_usage order by bucket",
];

/// Snapshots of some hosts over more than a day, in order of time: clients that are on several hosts, gaps, limits.
pub fn arrivals(rng: &mut SmallRng) -> Vec<(HostId, Snapshot)> {
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

pub async fn store_all(store: &Store, arrivals: &[(HostId, Snapshot)]) {
    let units = arrivals.iter().flat_map(|(host, snapshot)| {
        let hour_at = hour_start(snapshot.taken_at);
        // It holds true into the next hour, as ingest would say.
        [hour_at, hour_at + HOUR_MS].map(|hour_at| Unit::HostHour { hour_at, host: *host })
    });
    let units: std::collections::BTreeSet<_> = units.collect();
    store
        .write(async |tx: &mut Tx| {
            for (host, snapshot) in arrivals {
                frames::insert(
                    tx,
                    &NewFrame { host: *host, taken_at: snapshot.taken_at, body: frame::encode(snapshot, None) },
                )
                .await?;
            }
            for unit in &units {
                work::touch(tx, &[(*unit, T0)]).await?;
            }
            Ok(())
        })
        .await;
}

pub async fn hosts(store: &Store) {
    for host in 1..=HOSTS {
        assert_eq!(store.host(&format!("FS{host:02}")).await, HostId(host));
    }
}

pub fn now_at() -> i64 {
    T0 + 30 * DAY_MS
}

pub async fn finish(store: &Store) -> usize {
    Compact::new((**store).clone()).finish(now_at(), true).await.unwrap()
}

/// Every value of all derived tables, as text.
pub async fn contents(store: &Store) -> BTreeMap<&'static str, Vec<String>> {
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

pub async fn are_twins(one: &Store, other: &Store) {
    let (one, other) = (contents(one).await, contents(other).await);
    for sql in TABLES {
        assert!(!one[sql].is_empty(), "nothing was compared: {sql}");
        assert_eq!(one[sql].len(), other[sql].len(), "{sql}");
        for (a, b) in one[sql].iter().zip(&other[sql]) {
            assert_eq!(a, b, "{sql}");
        }
    }
}

/// Compares every record with what it is made of.
pub async fn verify(store: &Store) -> Verified {
    let look = Look { now_at: now_at(), keep: KEEP, since_at: i64::MIN };
    let mut days = 0;
    let found = Compact::new((**store).clone()).verify(look, |_| days += 1).await.unwrap();
    assert_eq!(days, 2, "each day is told");
    found
}
