//! Records of the fleet as a whole: its holders, its matrix, and what it was in each step.

use std::ops::Range;

use super::values::{corrupt, narrow};
use super::{Db, Result, Tx, keys};
use crate::each;
use crate::history::matrix::{self, Cell};
use crate::model::HostId;
use crate::model::fleet::{FleetUsage, Step};

/// How long a record of the fleet's holders is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Length {
    Hour,
    Day,
    /// From Monday, UTC.
    Week,
}

impl Length {
    pub(super) fn level(self) -> i64 {
        match self {
            Self::Hour => 0,
            Self::Day => 1,
            Self::Week => 2,
        }
    }
}

pub(super) fn level(step: Step) -> i64 {
    match step {
        Step::FiveMinutes => 0,
        Step::Hour => 1,
        Step::SixHours => 2,
    }
}

/// Keeps who held sessions anywhere in the stretch from `start_at` on (both: [`crate::history::fleet`]).
///
/// # Errors
/// The database's.
pub async fn save_holders(
    tx: &mut Tx,
    (length, start_at): (Length, i64),
    by_client: &[u8],
    by_user: &[u8],
) -> Result<()> {
    // The revision tells readers that what they remember is outdated.
    const SQL: &str = "
        insert into fleet_holders (bucket, revision, by_client, by_user) values ($1, 1, $2, $3)
        on conflict (bucket) do update set revision = fleet_holders.revision + 1,
            by_client = excluded.by_client, by_user = excluded.by_user";
    let bucket = keys::fleet_bucket(length.level(), start_at)?;
    each!(tx, tx =>
        sqlx::query(SQL).bind(bucket).bind(by_client).bind(by_user).execute(&mut **tx).await.map(|_| ()))
}

/// The records of the fleet's holders that start within the instants: when, by client, by user.
///
/// # Errors
/// The database's.
pub async fn holders(db: &Db, length: Length, instants: Range<i64>) -> Result<Vec<(i64, Vec<u8>, Vec<u8>)>> {
    const SQL: &str = "
        select bucket, by_client, by_user from fleet_holders where bucket >= $1 and bucket < $2 order by bucket";
    let (start, end) =
        (keys::fleet_bucket(length.level(), instants.start)?, keys::fleet_bucket(length.level(), instants.end)?);
    let rows: Vec<(i64, Vec<u8>, Vec<u8>)> =
        each!(db.reader(), pool => sqlx::query_as(SQL).bind(start).bind(end).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(bucket, clients, users)| (keys::fleet_bucket_at(bucket), clients, users)).collect())
}

/// Keeps the matrix of a step, and what the fleet was in it.
///
/// # Errors
/// The database's.
pub async fn save_step(tx: &mut Tx, step: Step, usage: &FleetUsage, cells: &[(HostId, Cell)]) -> Result<()> {
    const MATRIX: &str = "
        insert into matrix (bucket, revision, body) values ($1, 1, $2)
        on conflict (bucket) do update set revision = matrix.revision + 1, body = excluded.body";
    const USAGE: &str = "
        insert into fleet_usage (bucket, step_ms, bucket_at, hosts, observed, silent, at_limit, above_80, unlimited,
            unknown, peak_sessions, max_saturation, p95_saturation, median_saturation)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        on conflict (bucket) do update set
            hosts = excluded.hosts, observed = excluded.observed, silent = excluded.silent, at_limit = excluded.at_limit,
            above_80 = excluded.above_80, unlimited = excluded.unlimited, unknown = excluded.unknown,
            peak_sessions = excluded.peak_sessions, max_saturation = excluded.max_saturation,
            p95_saturation = excluded.p95_saturation, median_saturation = excluded.median_saturation";
    let bucket = keys::matrix_bucket(level(step), usage.start_at)?;
    each!(tx, tx => {
        sqlx::query(MATRIX).bind(bucket).bind(matrix::encode(cells)).execute(&mut **tx).await?;
        sqlx::query(USAGE)
            .bind(bucket)
            .bind(usage.step_ms)
            .bind(usage.start_at)
            .bind(i64::from(usage.hosts))
            .bind(i64::from(usage.observed))
            .bind(i64::from(usage.silent))
            .bind(i64::from(usage.at_limit))
            .bind(i64::from(usage.above_80))
            .bind(i64::from(usage.unlimited))
            .bind(i64::from(usage.unknown))
            .bind(usage.peak_sessions.cast_signed())
            .bind(usage.max_saturation)
            .bind(usage.p95_saturation)
            .bind(usage.median_saturation)
            .execute(&mut **tx)
            .await?;
    });
    Ok(())
}

/// The matrix records of the steps that start within the instants: when, and the record ([`crate::history::matrix`]).
///
/// # Errors
/// The database's.
pub async fn matrix(db: &Db, step: Step, instants: Range<i64>) -> Result<Vec<(i64, Vec<u8>)>> {
    const SQL: &str = "select bucket, body from matrix where bucket >= $1 and bucket < $2 order by bucket";
    let (start, end) = steps(step, instants)?;
    let rows: Vec<(i64, Vec<u8>)> =
        each!(db.reader(), pool => sqlx::query_as(SQL).bind(start).bind(end).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|(bucket, body)| (keys::matrix_bucket_at(bucket), body)).collect())
}

/// When the last step with a matrix that starts within the instants begins.
///
/// # Errors
/// The database's.
pub(super) async fn last_step(db: &Db, step: Step, instants: Range<i64>) -> Result<Option<i64>> {
    const SQL: &str = "select max(bucket) from matrix where bucket >= $1 and bucket < $2";
    let (start, end) = steps(step, instants)?;
    let last: Option<i64> =
        each!(db.reader(), pool => sqlx::query_scalar(SQL).bind(start).bind(end).fetch_one(pool).await?);
    Ok(last.map(keys::matrix_bucket_at))
}

#[derive(sqlx::FromRow)]
struct Row {
    step_ms: i64,
    bucket_at: i64,
    hosts: i64,
    observed: i64,
    silent: i64,
    at_limit: i64,
    above_80: i64,
    unlimited: i64,
    unknown: i64,
    peak_sessions: i64,
    max_saturation: Option<f64>,
    p95_saturation: Option<f64>,
    median_saturation: Option<f64>,
}

/// What the fleet was in each step that starts within the instants, in order; steps of which nothing is known are left out.
///
/// # Errors
/// The database's.
pub async fn usage(db: &Db, step: Step, instants: Range<i64>) -> Result<Vec<FleetUsage>> {
    const SQL: &str = "
        select step_ms, bucket_at, hosts, observed, silent, at_limit, above_80, unlimited, unknown, peak_sessions,
            max_saturation, p95_saturation, median_saturation
        from fleet_usage where bucket >= $1 and bucket < $2 order by bucket";
    let (start, end) = steps(step, instants)?;
    let rows: Vec<Row> = each!(db.reader(), pool => sqlx::query_as(SQL).bind(start).bind(end).fetch_all(pool).await?);
    rows.into_iter().map(Row::read).collect()
}

pub(super) fn steps(step: Step, instants: Range<i64>) -> Result<(i64, i64)> {
    let last = crate::model::time::LATEST_AT - 1;
    let key = |at: i64| keys::matrix_bucket(level(step), at.clamp(0, last));
    // A step that starts just within the first five minutes of the range's end is not in it.
    let cell = crate::model::time::CELL_MS;
    Ok((key(instants.start.saturating_add(cell - 1))?, key(instants.end.saturating_add(cell - 1))?))
}

impl Row {
    fn read(self) -> Result<FleetUsage> {
        let peak_sessions =
            u64::try_from(self.peak_sessions).map_err(|_| corrupt("fleet_usage.peak_sessions is negative"))?;
        Ok(FleetUsage {
            start_at: self.bucket_at,
            step_ms: self.step_ms,
            hosts: narrow("fleet_usage.hosts", self.hosts)?,
            observed: narrow("fleet_usage.observed", self.observed)?,
            silent: narrow("fleet_usage.silent", self.silent)?,
            at_limit: narrow("fleet_usage.at_limit", self.at_limit)?,
            above_80: narrow("fleet_usage.above_80", self.above_80)?,
            unlimited: narrow("fleet_usage.unlimited", self.unlimited)?,
            unknown: narrow("fleet_usage.unknown", self.unknown)?,
            peak_sessions,
            max_saturation: self.max_saturation,
            p95_saturation: self.p95_saturation,
            median_saturation: self.median_saturation,
        })
    }
}
