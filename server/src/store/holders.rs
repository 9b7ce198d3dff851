//! Who held the sessions of a host, by hour and by day. Rankings of them are in [`rank`](super::rank).

use sqlx::QueryBuilder;

use super::rows::in_parts;
use super::tiers::{Records, days, hours};
use super::values::corrupt;
use super::{Db, Result, Tx, keys};
use crate::each;
use crate::history::holders as codec;
use crate::model::HostId;
use crate::model::holder::Holders;

/// Keeps who held sessions of hosts within these hours, none twice.
///
/// # Errors
/// The database's.
pub async fn save_hours(tx: &mut Tx, hours: &[(HostId, i64, &Holders)]) -> Result<()> {
    for hours in in_parts(hours) {
        let keys =
            hours.iter().map(|(host, hour_at, _)| keys::hour_host(*host, *hour_at)).collect::<Result<Vec<_>>>()?;
        each!(&mut *tx, tx => {
            let mut upsert = QueryBuilder::new("insert into holders_hours (hour_host, body) ");
            upsert.push_values(keys.iter().zip(hours), |mut row, (key, (_, _, holders))| {
                row.push_bind(*key).push_bind(codec::encode(holders));
            });
            upsert.push(" on conflict (hour_host) do update set body = excluded.body");
            upsert.build().execute(&mut **tx).await?;
        });
    }
    Ok(())
}

/// Keeps who held sessions of a host within a UTC day.
///
/// # Errors
/// The database's.
pub async fn save_day(tx: &mut Tx, host: HostId, day_at: i64, holders: &Holders) -> Result<()> {
    const SQL: &str = "
        insert into holders_days (day_host, body) values ($1, $2)
        on conflict (day_host) do update set body = excluded.body";
    let key = keys::day_host(host, day_at)?;
    each!(tx, tx => sqlx::query(SQL).bind(key).bind(codec::encode(holders)).execute(&mut **tx).await.map(|_| ()))
}

/// The rolled-up hours of one host that touch the instants, with who held its sessions.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn hours_of_host(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<(i64, Holders)>> {
    let rows = hours(db, host, keys::hours(from_at..to_at), Records::Holders).await?;
    rows.into_iter().map(|(hour_at, body)| Ok((hour_at, whole(keys::hour_host(host, hour_at)?, &body)?))).collect()
}

/// As [`hours_of_host`], of UTC days that lie wholly within the instants. One of which an hour has changed since is left out.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn days_of_host(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<(i64, Holders)>> {
    let rows = days(db, host, keys::hours(from_at..to_at), Records::Holders).await?;
    rows.into_iter().map(|(day_at, body)| Ok((day_at, whole(keys::day_host(host, day_at)?, &body)?))).collect()
}

/// Some of all hosts' holders of an hour: up to `most`, of hosts after `after`, in order.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn hour_of_fleet(db: &Db, hour_at: i64, after: Option<HostId>, most: u32) -> Result<Vec<(HostId, Holders)>> {
    const SQL: &str = "
        select hour_host, body from holders_hours where hour_host >= $1 and hour_host < $2 order by hour_host limit $3";
    let keys = keys::hosts_of_hour(hour_at, after)?;
    let rows: Vec<(i64, Vec<u8>)> = each!(db.reader(), pool =>
        sqlx::query_as(SQL).bind(keys.start).bind(keys.end).bind(i64::from(most)).fetch_all(pool).await?);
    rows.into_iter().map(|(key, body)| Ok((keys::host_and_hour_at(key).0, whole(key, &body)?))).collect()
}

fn whole(key: i64, record: &[u8]) -> Result<Holders> {
    codec::decode(record).map_err(|e| {
        let (host, hour_at) = keys::host_and_hour_at(key);
        corrupt(format!("the holders of host {host} in the hour from {hour_at} cannot be read: {e}"))
    })
}
