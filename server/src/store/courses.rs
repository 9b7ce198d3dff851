//! Hosts that are followed look by look, because something was worth it: what was seen of them, and where each stands.
//!
//! Ingest keeps the looks in the transaction that keeps their frames, so that none is lost and none is judged that is not stored.
//! Whoever judges says what he had seen; if more has come meanwhile, the host waits again.

use std::collections::{BTreeMap, HashSet};

use sqlx::QueryBuilder;

use super::rows::in_parts;
use super::values::{narrow, narrow_option};
use super::{Db, Result, Tx, keys};
use crate::each;
use crate::model::HostId;
use crate::model::snapshot::LookOf;

/// Where a host stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    pub host: HostId,
    /// How often something came in.
    pub touches: i64,
    /// The earliest instant of what came in since it was judged.
    pub from_at: Option<i64>,
    /// Up to which instant it was followed; none if it never was.
    pub until_at: Option<i64>,
    /// How much of what was followed lies in the hour of `until_at`.
    pub seen: u32,
    /// JSON of the course; empty if it never was followed.
    pub course: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    host_id: HostId,
    touches: i64,
    from_at: Option<i64>,
    until_at: Option<i64>,
    seen: i64,
    course: String,
}

/// The hosts that are followed. Their rows are not locked: a host that is let go meanwhile is touched again by the next look that is
/// worth it.
///
/// # Errors
/// The database's.
pub async fn followed(tx: &mut Tx) -> Result<HashSet<HostId>> {
    const SQL: &str = "select host_id from courses";
    let hosts: Vec<HostId> = each!(tx, tx => sqlx::query_scalar(SQL).fetch_all(&mut **tx).await?);
    Ok(hosts.into_iter().collect())
}

/// The lowest share of the limit from which on anything may open; none if no rule asks for one.
///
/// # Errors
/// The database's.
pub async fn lowest_share(tx: &mut Tx) -> Result<Option<f64>> {
    const SQL: &str = "select min(open_at) from alert_rules where is_on = 1 and kind in ('full', 'near')";
    each!(tx, tx => sqlx::query_scalar(SQL).fetch_one(&mut **tx).await)
}

/// Keeps looks of hosts that are followed. One that is there already stays.
///
/// # Errors
/// The database's.
pub async fn keep_looks(tx: &mut Tx, looks: &[(HostId, LookOf)]) -> Result<()> {
    for part in in_parts(looks) {
        let keyed = part.iter().map(|(host, look)| Ok((keys::frame(*host, look.taken_at)?, look)));
        let keyed = keyed.collect::<Result<Vec<_>>>()?;
        each!(&mut *tx, tx => {
            let mut insert = QueryBuilder::new(
                "insert into looks (look_id, sessions, clients, limit_sessions, limit_unlimited, sampling_secs) ",
            );
            insert.push_values(keyed, |mut row, (key, look)| {
                row.push_bind(key)
                    .push_bind(i64::from(look.sessions))
                    .push_bind(i64::from(look.clients))
                    .push_bind(look.limit_sessions.map(i64::from))
                    .push_bind(i64::from(look.is_unlimited))
                    .push_bind(i64::from(look.sampling_secs));
            });
            insert.push(" on conflict (look_id) do nothing");
            insert.build().execute(&mut **tx).await?;
        });
    }
    Ok(())
}

/// Follows hosts from now on, if they are not followed yet, and says that something of `from_at` or later came in. In one order, so that
/// two processes do not wait for each other.
///
/// # Errors
/// The database's.
pub async fn touch(tx: &mut Tx, hosts: &BTreeMap<HostId, i64>) -> Result<()> {
    let hosts: Vec<(HostId, i64)> = hosts.iter().map(|(host, from_at)| (*host, *from_at)).collect();
    for part in in_parts(&hosts) {
        each!(&mut *tx, tx => {
            let mut upsert = QueryBuilder::new("insert into courses (host_id, touches, judged, from_at, seen, course) ");
            upsert.push_values(part, |mut row, (host, from_at)| {
                row.push_bind(*host).push_bind(1_i64).push_bind(0_i64).push_bind(*from_at).push_bind(0_i64).push_bind("");
            });
            upsert.push(
                " on conflict (host_id) do update set
                    touches = courses.touches + 1,
                    from_at = case when courses.from_at <= excluded.from_at then courses.from_at else excluded.from_at end",
            );
            upsert.build().execute(&mut **tx).await?;
        });
    }
    Ok(())
}

/// Hosts of which something came in since they were judged.
///
/// # Errors
/// The database's.
pub async fn unjudged(db: &Db, most: u32) -> Result<Vec<Course>> {
    const SQL: &str = "
        select host_id, touches, from_at, until_at, seen, course from courses where touches <> judged order by host_id limit $1";
    let rows: Vec<Row> = each!(db.reader(), pool => sqlx::query_as(SQL).bind(i64::from(most)).fetch_all(pool).await?);
    rows.into_iter().map(Row::read).collect()
}

/// Where one host stands, if it is followed.
///
/// # Errors
/// The database's.
pub async fn of_host(db: &Db, host: HostId) -> Result<Option<Course>> {
    const SQL: &str = "
        select host_id, touches, from_at, until_at, seen, course from courses where host_id = $1";
    let row: Option<Row> = each!(db.reader(), pool => sqlx::query_as(SQL).bind(host).fetch_optional(pool).await?);
    row.map(Row::read).transpose()
}

/// The looks of a host from an instant on, in order.
///
/// # Errors
/// The database's.
pub async fn looks(db: &Db, host: HostId, from_at: i64) -> Result<Vec<LookOf>> {
    const SQL: &str = "
        select look_id, sessions, clients, limit_sessions, limit_unlimited, sampling_secs from looks
        where look_id >= $1 and look_id < $2 order by look_id";
    let keys = keys::frames(host, from_at..i64::MAX)?;
    let rows: Vec<(i64, i64, i64, Option<i64>, i64, i64)> =
        each!(db.reader(), pool => sqlx::query_as(SQL).bind(keys.start).bind(keys.end).fetch_all(pool).await?);
    let read = |(key, sessions, clients, limit, unlimited, sampling)| {
        Ok(LookOf {
            taken_at: keys::taken_at(key),
            sessions: narrow("looks.sessions", sessions)?,
            clients: narrow("looks.clients", clients)?,
            limit_sessions: narrow_option("looks.limit_sessions", limit)?,
            is_unlimited: unlimited == 1,
            sampling_secs: narrow("looks.sampling_secs", sampling)?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Keeps where a host stands after it was judged by what `was` says had come in. False, and nothing is kept, if somebody else judged it
/// meanwhile: then what this one found is not to be kept either. Locks the host's row until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn save(tx: &mut Tx, was: &Course, (until_at, seen): (i64, u32), course: &str) -> Result<bool> {
    const SQL: &str = "
        update courses set judged = $2, until_at = $3, seen = $4, course = $5,
            from_at = case when touches = $2 then null else from_at end
        where host_id = $1 and judged < $2 and coalesce(until_at, -1) = $6 and seen = $7";
    let done = each!(tx, tx => sqlx::query(SQL)
        .bind(was.host)
        .bind(was.touches)
        .bind(until_at)
        .bind(i64::from(seen))
        .bind(course)
        .bind(was.until_at.unwrap_or(-1))
        .bind(i64::from(was.seen))
        .execute(&mut **tx)
        .await?
        .rows_affected());
    Ok(done == 1)
}

/// Follows a host no more, if nothing came in since it was judged. Answers whether that is so.
///
/// # Errors
/// The database's.
pub async fn let_go(tx: &mut Tx, was: &Course) -> Result<bool> {
    const SQL: &str = "delete from courses where host_id = $1 and touches = $2";
    const LOOKS: &str = "delete from looks where look_id >= $1 and look_id < $2";
    let keys = keys::frames(was.host, 0..i64::MAX)?;
    each!(tx, tx => {
        let gone = sqlx::query(SQL).bind(was.host).bind(was.touches).execute(&mut **tx).await?.rows_affected() == 1;
        if gone {
            sqlx::query(LOOKS).bind(keys.start).bind(keys.end).execute(&mut **tx).await?;
        }
        Ok(gone)
    })
}

/// Removes a host's looks before an instant.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &mut Tx, host: HostId, before_at: i64) -> Result<()> {
    const SQL: &str = "delete from looks where look_id >= $1 and look_id < $2";
    let keys = keys::frames(host, 0..before_at)?;
    each!(tx, tx => sqlx::query(SQL).bind(keys.start).bind(keys.end).execute(&mut **tx).await.map(|_| ()))
}

impl Row {
    fn read(self) -> Result<Course> {
        Ok(Course {
            host: self.host_id,
            touches: self.touches,
            from_at: self.from_at,
            until_at: self.until_at,
            seen: narrow("courses.seen", self.seen)?,
            course: self.course,
        })
    }
}
