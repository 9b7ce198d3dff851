//! The past of hosts, cell by cell: from hours where they are kept, from days where those say the same.

use std::collections::{BTreeSet, HashMap};

use super::fleet::Length;
use super::tiers::{Records, Stretch, cover, days, hours};
use super::values::corrupt;
use super::{Db, Result, keys};
use crate::each;
use crate::history::usage as codec;
use crate::model::HostId;
use crate::model::time::{CELLS_PER_HOUR, DAY_MS, HOUR_MS};
use crate::model::usage::{Usage, UsageHour};

/// Keys in one statement: one size, so that the databases' caches hold few texts.
const CHUNK: usize = 500;

/// The host's rolled-up hours that touch the instants, in order, but those in `but` (instants at which hours begin).
pub(super) async fn of_host(
    db: &Db,
    host: HostId,
    (from_at, to_at): (i64, i64),
    but: &BTreeSet<i64>,
) -> Result<Vec<UsageHour>> {
    let wanted = keys::hours(from_at..to_at);
    let stale: BTreeSet<i64> = but.iter().map(|hour_at| hour_at.div_euclid(DAY_MS) * DAY_MS).collect();
    let mut whole: HashMap<i64, Vec<u8>> = days(db, host, wanted.clone(), Records::Usage).await?.into_iter().collect();
    whole.retain(|day_at, _| !stale.contains(day_at));
    let starts: BTreeSet<i64> = whole.keys().map(|day_at| day_at / HOUR_MS).collect();
    let mut found = Vec::new();
    for Stretch { length, hours: range } in cover(wanted, &starts, &BTreeSet::new()) {
        if length == Length::Hour {
            for (hour_at, cells) in hours(db, host, range, Records::Usage).await? {
                if !but.contains(&hour_at) {
                    found.push(hour(host, hour_at, &cells)?);
                }
            }
        } else {
            for day_at in range.map(|hour| hour * HOUR_MS) {
                if let Some(cells) = whole.get(&day_at) {
                    day(host, day_at, cells, &mut found)?;
                }
            }
        }
    }
    Ok(found)
}

/// The rolled-up hours of some hosts that touch the instants, each host's in order.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn of_hosts(db: &Db, hosts: &[HostId], from_at: i64, to_at: i64) -> Result<HashMap<HostId, Vec<UsageHour>>> {
    let mut wanted = Vec::new();
    for hour in keys::hours(from_at..to_at) {
        for host in hosts {
            wanted.push(keys::hour_host(*host, hour * HOUR_MS)?);
        }
    }
    let mut found: HashMap<HostId, Vec<UsageHour>> = HashMap::new();
    for chunk in wanted.chunks(CHUNK) {
        let rows: Vec<(i64, Vec<u8>)> = each!(db.reader(), pool => {
            let mut select = sqlx::QueryBuilder::new("select hour_host, cells from usage_hours where hour_host in (");
            let mut list = select.separated(", ");
            chunk.iter().for_each(|key| { list.push_bind(*key); });
            select.push(") order by hour_host");
            select.build_query_as().persistent(chunk.len() == CHUNK).fetch_all(pool).await?
        });
        for (key, cells) in rows {
            let (host, hour_at) = keys::host_and_hour_at(key);
            found.entry(host).or_default().push(hour(host, hour_at, &cells)?);
        }
    }
    Ok(found)
}

fn hour(host: HostId, hour_at: i64, cells: &[u8]) -> Result<UsageHour> {
    let cells = codec::decode(cells)
        .map_err(|e| corrupt(format!("the usage of host {host} in the hour from {hour_at} cannot be read: {e}")))?;
    Ok(UsageHour { host, hour_at, cells })
}

/// Adds the day's hours, but those in which nothing was observed.
fn day(host: HostId, day_at: i64, cells: &[u8], found: &mut Vec<UsageHour>) -> Result<()> {
    let cells = codec::decode_day(cells)
        .map_err(|e| corrupt(format!("the usage of host {host} in the day from {day_at} cannot be read: {e}")))?;
    let mut hour_at = day_at;
    for hour in cells.chunks_exact(CELLS_PER_HOUR) {
        let mut cells = [Usage::default(); CELLS_PER_HOUR];
        cells.copy_from_slice(hour);
        if cells.iter().any(|cell| *cell != Usage::default()) {
            found.push(UsageHour { host, hour_at, cells });
        }
        hour_at += HOUR_MS;
    }
    Ok(())
}
