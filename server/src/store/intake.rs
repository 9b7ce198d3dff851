//! What each host has sent in this hour and this day, and by which boots it was heard. Read and added to in the transaction that
//! stores what it sent: so it holds across restarts and, but for what two processes store of one host at the same moment, across
//! processes.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::rows::in_parts;
use super::values::{narrow, text};
use super::{Db, Result, Tx};
use crate::each;
use crate::model::HostId;
use crate::model::intake::{Amount, Intake, Measure, Refused};
use crate::model::time::{DAY_MS, HOUR_MS};

#[derive(sqlx::FromRow)]
struct Row {
    host_id: HostId,
    hour_at: i64,
    hour_bytes: i64,
    hour_records: i64,
    hour_sessions: i64,
    hour_names: i64,
    hour_events: i64,
    hour_event_bytes: i64,
    hour_stored: i64,
    day_at: i64,
    day_bytes: i64,
    day_records: i64,
    day_sessions: i64,
    day_names: i64,
    day_events: i64,
    day_event_bytes: i64,
    day_stored: i64,
}

/// What is counted, in the order in which it is written.
fn counts(amount: &Amount) -> [i64; 7] {
    let Amount { bytes, records, sessions, names, events, event_bytes, stored } = *amount;
    [bytes, records, sessions, names, events, event_bytes, stored].map(|n| i64::try_from(n).unwrap_or(i64::MAX))
}

/// What a host has just sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent<'a> {
    pub host: HostId,
    pub amount: Amount,
    /// The boot that it names; empty for none.
    pub boot_id: &'a str,
}

/// What people are to know of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    pub host: HostId,
    /// When it was last turned away for having sent what it may.
    pub refused: Option<Refused>,
    /// When it was last seen that two machines send as this host.
    pub twin_at: Option<i64>,
}

/// What these hosts have sent, as it counts now; nothing of a host that never sent.
///
/// # Errors
/// The database's.
pub async fn of(tx: &mut Tx, hosts: &[HostId], now_at: i64) -> Result<HashMap<HostId, Intake>> {
    let mut found = HashMap::with_capacity(hosts.len());
    for hosts in in_parts(hosts) {
        let rows: Vec<Row> = each!(&mut *tx, tx => {
            let mut select = QueryBuilder::new(
                "select host_id, hour_at, hour_bytes, hour_records, hour_sessions, hour_names, hour_events,
                    hour_event_bytes, hour_stored, day_at, day_bytes, day_records, day_sessions, day_names,
                    day_events, day_event_bytes, day_stored
                from intake where host_id in (",
            );
            let mut list = select.separated(", ");
            hosts.iter().for_each(|host| { list.push_bind(*host); });
            select.push(")");
            select.build_query_as().fetch_all(&mut **tx).await?
        });
        for row in rows {
            found.insert(row.host_id, row.read()?.at(now_at));
        }
    }
    Ok(found)
}

/// Adds what hosts have sent. Each host once, in ascending order, so that no two processes wait for each other in a circle.
///
/// # Errors
/// The database's.
pub async fn add(tx: &mut Tx, sent: &[Sent<'_>], now_at: i64) -> Result<()> {
    debug_assert!(sent.is_sorted_by(|a, b| a.host < b.host), "hosts come in order");
    let (hour_at, day_at) = (now_at.div_euclid(HOUR_MS) * HOUR_MS, now_at.div_euclid(DAY_MS) * DAY_MS);
    for sent in in_parts(sent) {
        each!(&mut *tx, tx => {
            let mut upsert = QueryBuilder::new(
                "insert into intake (host_id, hour_at, hour_bytes, hour_records, hour_sessions, hour_names, hour_events,
                    hour_event_bytes, hour_stored, day_at, day_bytes, day_records, day_sessions, day_names,
                    day_events, day_event_bytes, day_stored, refused_for, boot_id, boot_before) ",
            );
            upsert.push_values(sent, |mut row, sent| {
                let amounts = counts(&sent.amount);
                row.push_bind(sent.host).push_bind(hour_at);
                for amount in amounts {
                    row.push_bind(amount);
                }
                row.push_bind(day_at);
                for amount in amounts {
                    row.push_bind(amount);
                }
                row.push_bind("").push_bind(text(sent.boot_id)).push_bind("");
            });
            upsert.push(ADD).push_bind(now_at).push(SEE);
            upsert.build().execute(&mut **tx).await?;
        });
    }
    Ok(())
}

/// What was sent in another hour or day does not count any more. A boot that was the newest once, and is it again, is another machine's:
/// no machine starts twice with one name of its boot, but one that is set back to an older state.
const ADD: &str = "
    on conflict (host_id) do update set
        hour_bytes = excluded.hour_bytes
            + case when intake.hour_at = excluded.hour_at then intake.hour_bytes else 0 end,
        hour_records = excluded.hour_records
            + case when intake.hour_at = excluded.hour_at then intake.hour_records else 0 end,
        hour_sessions = excluded.hour_sessions
            + case when intake.hour_at = excluded.hour_at then intake.hour_sessions else 0 end,
        hour_names = excluded.hour_names
            + case when intake.hour_at = excluded.hour_at then intake.hour_names else 0 end,
        hour_events = excluded.hour_events
            + case when intake.hour_at = excluded.hour_at then intake.hour_events else 0 end,
        hour_event_bytes = excluded.hour_event_bytes
            + case when intake.hour_at = excluded.hour_at then intake.hour_event_bytes else 0 end,
        hour_stored = excluded.hour_stored
            + case when intake.hour_at = excluded.hour_at then intake.hour_stored else 0 end,
        hour_at = excluded.hour_at,
        day_bytes = excluded.day_bytes + case when intake.day_at = excluded.day_at then intake.day_bytes else 0 end,
        day_records = excluded.day_records
            + case when intake.day_at = excluded.day_at then intake.day_records else 0 end,
        day_sessions = excluded.day_sessions
            + case when intake.day_at = excluded.day_at then intake.day_sessions else 0 end,
        day_names = excluded.day_names + case when intake.day_at = excluded.day_at then intake.day_names else 0 end,
        day_events = excluded.day_events
            + case when intake.day_at = excluded.day_at then intake.day_events else 0 end,
        day_event_bytes = excluded.day_event_bytes
            + case when intake.day_at = excluded.day_at then intake.day_event_bytes else 0 end,
        day_stored = excluded.day_stored
            + case when intake.day_at = excluded.day_at then intake.day_stored else 0 end,
        day_at = excluded.day_at,
        twin_at = case when excluded.boot_id <> '' and excluded.boot_id <> intake.boot_id
                and excluded.boot_id = intake.boot_before
            then ";
const SEE: &str = " else intake.twin_at end,
        boot_before = case when excluded.boot_id <> '' and excluded.boot_id <> intake.boot_id
            then intake.boot_id else intake.boot_before end,
        boot_id = case when excluded.boot_id <> '' then excluded.boot_id else intake.boot_id end";

/// Notes that a host was turned away. True if that is news within this hour.
///
/// # Errors
/// The database's.
pub async fn refuse(tx: &mut Tx, host: HostId, measure: Measure, now_at: i64) -> Result<bool> {
    const SQL: &str = "
        update intake set refused_at = $3, refused_for = $2
        where host_id = $1 and (refused_at is null or refused_at < $4 or refused_for <> $2)";
    const MAKE: &str = "
        insert into intake (host_id, hour_at, hour_bytes, hour_records, hour_sessions, hour_names,
            day_at, day_bytes, day_records, day_sessions, day_names, refused_for, boot_id, boot_before)
        values ($1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '', '')
        on conflict (host_id) do nothing";
    let hour_at = now_at.div_euclid(HOUR_MS) * HOUR_MS;
    let rows = each!(tx, tx => {
        sqlx::query(MAKE).bind(host).execute(&mut **tx).await?;
        sqlx::query(SQL)
            .bind(host)
            .bind(measure.word())
            .bind(now_at)
            .bind(hour_at)
            .execute(&mut **tx)
            .await?
            .rows_affected()
    });
    Ok(rows == 1)
}

/// Hosts that were turned away, or that two machines send as, since an instant.
///
/// # Errors
/// The database's.
pub async fn notices(db: &Db, since: i64) -> Result<Vec<Notice>> {
    const SQL: &str = "
        select host_id, refused_at, refused_for, twin_at from intake
        where refused_at >= $1 or twin_at >= $1 order by host_id";
    let rows: Vec<(HostId, Option<i64>, String, Option<i64>)> =
        each!(db.reader(), pool => sqlx::query_as(SQL).bind(since).fetch_all(pool).await?);
    let notice = |(host, refused_at, refused_for, twin_at): (_, Option<i64>, String, Option<i64>)| Notice {
        host,
        refused: refused_at
            .filter(|at| *at >= since)
            .and_then(|at| Some(Refused { at, measure: Measure::from_word(&refused_for)? })),
        twin_at: twin_at.filter(|at| *at >= since),
    };
    Ok(rows.into_iter().map(notice).collect())
}

/// Forgets that two machines sent as this host: a person has seen to it.
///
/// # Errors
/// The database's.
pub async fn forget_twin(tx: &mut Tx, host: HostId) -> Result<()> {
    const SQL: &str = "update intake set twin_at = null, boot_before = '' where host_id = $1";
    each!(tx, tx => sqlx::query(SQL).bind(host).execute(&mut **tx).await.map(|_| ()))
}

impl Row {
    fn read(self) -> Result<Intake> {
        Ok(Intake {
            hour_at: self.hour_at,
            hour: Amount {
                bytes: narrow("intake.hour_bytes", self.hour_bytes)?,
                records: narrow("intake.hour_records", self.hour_records)?,
                sessions: narrow("intake.hour_sessions", self.hour_sessions)?,
                names: narrow("intake.hour_names", self.hour_names)?,
                events: narrow("intake.hour_events", self.hour_events)?,
                event_bytes: narrow("intake.hour_event_bytes", self.hour_event_bytes)?,
                stored: narrow("intake.hour_stored", self.hour_stored)?,
            },
            day_at: self.day_at,
            day: Amount {
                bytes: narrow("intake.day_bytes", self.day_bytes)?,
                records: narrow("intake.day_records", self.day_records)?,
                sessions: narrow("intake.day_sessions", self.day_sessions)?,
                names: narrow("intake.day_names", self.day_names)?,
                events: narrow("intake.day_events", self.day_events)?,
                event_bytes: narrow("intake.day_event_bytes", self.day_event_bytes)?,
                stored: narrow("intake.day_stored", self.day_stored)?,
            },
        })
    }
}
