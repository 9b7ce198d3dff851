//! Usage per host and hour.

use std::collections::HashMap;
use std::ops::Range;

use sqlx::QueryBuilder;

use super::rows::in_parts;
use super::values::{corrupt, narrow, narrow_option};
use super::{Db, Result, Tx, keys, live, past};
use crate::each;
use crate::history::usage as codec;
use crate::model::HostId;
use crate::model::limit::{Limit, LimitSource};
use crate::model::usage::{Peak, Usage, UsageHour};

#[derive(sqlx::FromRow)]
struct Row {
    hour_host: i64,
    snapshots: i64,
    covered_ms: i64,
    session_ms: i64,
    full_ms: i64,
    peak_sessions: Option<i64>,
    peak_at: Option<i64>,
    peak_limit_sessions: Option<i64>,
    peak_limit_unlimited: Option<i64>,
    peak_limit_source: Option<String>,
    max_saturation: Option<f64>,
    max_opens: Option<i64>,
    max_clients: i64,
}

/// The hours of one host that touch `from_at..to_at`, in order. Hours not yet rolled up are computed from their frames.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn of_host(db: &Db, host: HostId, from_at: i64, to_at: i64, now_at: i64) -> Result<Vec<UsageHour>> {
    let live = live::hours(db, host, from_at..to_at, |_| now_at).await?;
    let but = live.keys().copied().collect();
    let mut hours = past::of_host(db, host, (from_at, to_at), &but).await?;
    hours.extend(live.into_values().map(|(usage, _)| usage));
    hours.sort_unstable_by_key(|hour| hour.hour_at);
    Ok(hours)
}

/// The rolled-up hours of all hosts that touch `from_at..to_at`, by hour, then host. A few seconds behind among few hosts, some minutes among
/// ten thousand.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn of_fleet(db: &Db, from_at: i64, to_at: i64) -> Result<Vec<UsageHour>> {
    const SQL: &str = "
        select hour_host, cells from usage_hours where hour_host >= $1 and hour_host < $2 order by hour_host";
    let keys = keys::hours_of_fleet(from_at..to_at);
    let rows: Vec<(i64, Vec<u8>)> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(keys.start).bind(keys.end).fetch_all(pool).await?);
    rows.into_iter().map(|(key, cells)| decode(key, &cells)).collect()
}

/// As [`of_fleet`], each hour summed up and its cells left unread: (host, hour, usage). For ranges beyond a few days.
///
/// # Errors
/// The database's.
pub async fn hours_of_fleet(db: &Db, from_at: i64, to_at: i64) -> Result<Vec<(HostId, i64, Usage)>> {
    sums(db, keys::hours_of_fleet(from_at..to_at)).await
}

/// What an hour of each host adds up to, of the hosts from one to another, both included.
///
/// # Errors
/// The database's.
pub async fn sums_of_hour(db: &Db, hour_at: i64, first: HostId, last: HostId) -> Result<HashMap<HostId, Usage>> {
    let keys = keys::hour_host(first, hour_at)?..keys::hour_host(last, hour_at)? + 1;
    Ok(sums(db, keys).await?.into_iter().map(|(host, _, usage)| (host, usage)).collect())
}

async fn sums(db: &Db, keys: Range<i64>) -> Result<Vec<(HostId, i64, Usage)>> {
    const SQL: &str = "
        select hour_host, snapshots, covered_ms, session_ms, full_ms, peak_sessions, peak_at, peak_limit_sessions,
            peak_limit_unlimited, peak_limit_source, max_saturation, max_opens, max_clients
        from usage_hours where hour_host >= $1 and hour_host < $2 order by hour_host";
    let rows: Vec<Row> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(keys.start).bind(keys.end).fetch_all(pool).await?);
    rows.into_iter()
        .map(|row| {
            let (host, hour_at) = keys::host_and_hour_at(row.hour_host);
            Ok((host, hour_at, row.read()?))
        })
        .collect()
}

/// Keeps what these hours of hosts add up to, none twice.
///
/// # Errors
/// The database's.
pub async fn save_hours(tx: &mut Tx, hours: &[&UsageHour]) -> Result<()> {
    const INSERT: &str = "
        insert into usage_hours (hour_host, host_id, hour_at, snapshots, covered_ms, session_ms, full_ms,
            peak_sessions, peak_at, peak_limit_sessions, peak_limit_unlimited, peak_limit_source,
            max_saturation, max_opens, max_clients, cells) ";
    const REPLACE: &str = "
        on conflict (hour_host) do update set
            snapshots = excluded.snapshots, covered_ms = excluded.covered_ms, session_ms = excluded.session_ms,
            full_ms = excluded.full_ms, peak_sessions = excluded.peak_sessions, peak_at = excluded.peak_at,
            peak_limit_sessions = excluded.peak_limit_sessions, peak_limit_unlimited = excluded.peak_limit_unlimited,
            peak_limit_source = excluded.peak_limit_source, max_saturation = excluded.max_saturation,
            max_opens = excluded.max_opens, max_clients = excluded.max_clients, cells = excluded.cells";
    for hours in in_parts(hours) {
        let keys = hours.iter().map(|hour| keys::hour_host(hour.host, hour.hour_at)).collect::<Result<Vec<_>>>()?;
        each!(&mut *tx, tx => {
            let mut upsert = QueryBuilder::new(INSERT);
            upsert.push_values(keys.iter().zip(hours), |mut row, (key, hour)| {
                let total = hour.total();
                row.push_bind(*key)
                    .push_bind(hour.host)
                    .push_bind(hour.hour_at)
                    .push_bind(i64::from(total.snapshots))
                    .push_bind(total.covered_ms)
                    .push_bind(total.session_ms)
                    .push_bind(total.full_ms)
                    .push_bind(total.peak.map(|p| i64::from(p.sessions)))
                    .push_bind(total.peak.map(|p| p.at))
                    .push_bind(total.peak.and_then(|p| p.limit.sessions).map(i64::from))
                    .push_bind(total.peak.map(|p| i64::from(p.limit.unlimited)))
                    .push_bind(total.peak.map(|p| p.limit.source.word()))
                    .push_bind(total.max_saturation)
                    .push_bind(total.max_opens.map(u64::cast_signed))
                    .push_bind(i64::from(total.max_clients))
                    .push_bind(codec::encode(&hour.cells));
            });
            upsert.push(REPLACE);
            upsert.build().execute(&mut **tx).await?;
        });
    }
    Ok(())
}

fn decode(key: i64, cells: &[u8]) -> Result<UsageHour> {
    let (host, hour_at) = keys::host_and_hour_at(key);
    let cells = codec::decode(cells)
        .map_err(|e| corrupt(format!("the usage of host {host} in the hour from {hour_at} cannot be read: {e}")))?;
    Ok(UsageHour { host, hour_at, cells })
}

impl Row {
    fn read(self) -> Result<Usage> {
        let limit = Limit {
            sessions: narrow_option("usage_hours.peak_limit_sessions", self.peak_limit_sessions)?,
            unlimited: self.peak_limit_unlimited == Some(1),
            source: self.peak_limit_source.as_deref().map_or(LimitSource::Unknown, LimitSource::from_word),
        };
        let peak = match (self.peak_sessions, self.peak_at) {
            (Some(sessions), Some(at)) => {
                Some(Peak { sessions: narrow("usage_hours.peak_sessions", sessions)?, at, limit })
            }
            _ => None,
        };
        Ok(Usage {
            snapshots: narrow("usage_hours.snapshots", self.snapshots)?,
            covered_ms: self.covered_ms,
            session_ms: self.session_ms,
            full_ms: self.full_ms,
            peak,
            max_saturation: self.max_saturation,
            max_opens: self.max_opens.map(i64::cast_unsigned),
            max_clients: narrow("usage_hours.max_clients", self.max_clients)?,
        })
    }
}

/// Keeps the 288 cells of a host's UTC day.
///
/// # Errors
/// The database's.
pub async fn save_day(tx: &mut Tx, host: HostId, day_at: i64, cells: &[Usage]) -> Result<()> {
    const SQL: &str = "
        insert into usage_days (day_host, cells) values ($1, $2)
        on conflict (day_host) do update set cells = excluded.cells";
    let key = keys::day_host(host, day_at)?;
    each!(tx, tx => sqlx::query(SQL).bind(key).bind(codec::encode_day(cells)).execute(&mut **tx).await.map(|_| ()))
}

/// The rolled-up hours of one host that touch the instants, in order.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn rolled_up(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<UsageHour>> {
    // Reaches for each hour by its key: the hours of all other hosts lie between them.
    // A cross join, so that SQLite walks the keys and never, as its planner may choose, the whole table.
    const SQL: &str = "
        with recursive keys (hour_host) as (
            select cast($1 as bigint)
            union all
            select hour_host + $3 from keys where hour_host + $3 < $2)
        select u.hour_host, u.cells from keys k cross join usage_hours u
        where u.hour_host = k.hour_host order by u.hour_host";
    let Some(keys) = live::keys_of_host(host, from_at..to_at)? else { return Ok(Vec::new()) };
    let rows: Vec<(i64, Vec<u8>)> = each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(keys.start)
        .bind(keys.end)
        .bind(keys::HOSTS_END)
        .fetch_all(pool)
        .await?);
    rows.into_iter().map(|(key, cells)| decode(key, &cells)).collect()
}
