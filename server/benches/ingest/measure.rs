//! CPU time, wall time, and bytes in a database.

use std::time::Duration;

use anyhow::Context as _;
use highwater::store::Db;
use sqlx::{Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection};
use tempfile::TempDir;
use tokio::time::Instant;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    wall: Duration,
    cpu: Duration,
}

impl Measured {
    pub(crate) fn wall_secs(self) -> f64 {
        self.wall.as_secs_f64()
    }

    pub(crate) fn cpu_secs(self) -> f64 {
        self.cpu.as_secs_f64()
    }

    pub(crate) fn cpu_ns(self) -> f64 {
        self.cpu_secs() * 1e9
    }
}

pub(crate) async fn measure<T>(work: impl Future<Output = T>) -> anyhow::Result<(Measured, T)> {
    let (began, cpu) = (Instant::now(), process_cpu()?);
    let done = work.await;
    Ok((Measured { wall: began.elapsed(), cpu: process_cpu()?.saturating_sub(cpu) }, done))
}

/// User and system time of this process, in steps of the kernel's clock tick (10 ms).
fn process_cpu() -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The command's name, in parentheses, may hold spaces.
    let (_, fields) = stat.rsplit_once(')').context("/proc/self/stat has another form")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 10))
}

pub(crate) struct Database {
    pub(crate) name: &'static str,
    pub(crate) address: String,
    server: Option<String>,
    _folder: TempDir,
}

/// Kinds of derived records.
pub(crate) const KINDS: [&str; 5] =
    ["chunks", "usage, hours and days", "holders of hours", "holders of days", "the fleet's records"];

/// The bytes of each kind.
const SUMS: [&str; 5] = [
    "select cast(coalesce(sum(length(body)), 0) as bigint) from chunks",
    "select cast(coalesce((select sum(length(cells)) from usage_hours), 0)
        + coalesce((select sum(length(cells)) from usage_days), 0) as bigint)",
    "select cast(coalesce(sum(length(body)), 0) as bigint) from holders_hours",
    "select cast(coalesce(sum(length(body)), 0) as bigint) from holders_days",
    "select cast(coalesce((select sum(length(by_client) + length(by_user)) from fleet_holders), 0)
        + coalesce((select sum(length(body)) from matrix), 0) as bigint)",
];

#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes {
    pub(crate) frames: u64,
    pub(crate) derived: [u64; KINDS.len()],
    pub(crate) disk: u64,
}

impl Bytes {
    pub(crate) fn less(self, before: Self) -> Self {
        Self {
            frames: self.frames.saturating_sub(before.frames),
            derived: std::array::from_fn(|i| self.derived[i].saturating_sub(before.derived[i])),
            disk: self.disk.saturating_sub(before.disk),
        }
    }
}

impl Database {
    /// A fresh SQLite file, and a fresh database of PostgreSQL if there is one.
    pub(crate) async fn all() -> anyhow::Result<Vec<Self>> {
        let folder = tempfile::tempdir()?;
        let address = format!("sqlite:{}", folder.path().join("bench.db").display());
        let mut all = vec![Self { name: "SQLite", address, server: None, _folder: folder }];
        if let Some(server) = postgres() {
            let folder = tempfile::Builder::new().prefix("highwater_bench_").tempdir()?;
            let name = folder.path().file_name().context("a folder without a name")?.to_string_lossy().into_owned();
            run(&server, format!("create database \"{name}\"")).await?;
            let (before, _) = server.rsplit_once('/').context("the address of PostgreSQL ends in /DATABASE")?;
            let address = format!("{before}/{name}");
            all.push(Self { name: "PostgreSQL", address, server: Some(server), _folder: folder });
        }
        Ok(all)
    }

    pub(crate) async fn drop(&self) -> anyhow::Result<()> {
        match (&self.server, self.address.rsplit_once('/')) {
            (Some(server), Some((_, name))) => run(server, format!("drop database \"{name}\" with (force)")).await,
            _ => Ok(()),
        }
    }

    pub(crate) async fn bytes(&self, db: &Db) -> anyhow::Result<Bytes> {
        const FRAMES: &str = "select cast(coalesce(sum(length(body)), 0) as bigint) from frames";
        db.ping().await?;
        let (frames, derived, disk): (i64, Vec<i64>, i64) = if self.server.is_some() {
            let mut connection = PgConnection::connect(&self.address).await?;
            connection.execute("vacuum").await?;
            connection.execute("checkpoint").await?;
            let frames = connection.fetch_one(FRAMES).await?.try_get(0)?;
            let mut derived = Vec::new();
            for sql in SUMS {
                derived.push(connection.fetch_one(sql).await?.try_get(0)?);
            }
            let disk = connection.fetch_one("select pg_database_size(current_database())").await?.try_get(0)?;
            (frames, derived, disk)
        } else {
            let mut connection = SqliteConnection::connect(&self.address).await?;
            connection.execute("pragma wal_checkpoint(truncate)").await?;
            let frames = connection.fetch_one(FRAMES).await?.try_get(0)?;
            let mut derived = Vec::new();
            for sql in SUMS {
                derived.push(connection.fetch_one(sql).await?.try_get(0)?);
            }
            let pages: i64 = connection.fetch_one("pragma page_count").await?.try_get(0)?;
            let size: i64 = connection.fetch_one("pragma page_size").await?.try_get(0)?;
            (frames, derived, pages * size)
        };
        let derived = std::array::from_fn(|i| derived[i].unsigned_abs());
        Ok(Bytes { frames: frames.unsigned_abs(), derived, disk: disk.unsigned_abs() })
    }
}

async fn run(server: &str, sql: String) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(server).await?;
    connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql))).await?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the benchmark's own setting")]
fn postgres() -> Option<String> {
    std::env::var("HIGHWATER_TEST_POSTGRES").ok()
}
