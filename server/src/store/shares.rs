//! The shares of hosts, and how far those with a limit of their own were used.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sqlx::QueryBuilder;

use super::rows::in_parts;
use super::values::{corrupt, narrow, text};
use super::{Db, Result, Tx, keys};
use crate::each;
use crate::model::HostId;
use crate::model::counter::{Share, SharePeak};
use crate::model::time::{DAY_MS, LATEST_AT, day_start};

/// As it stands in the list.
#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    uses: u32,
    most: Option<u32>,
    unlimited: bool,
}

/// Keeps the shares of a host as they were at an instant: the list if none newer is there, and the day's peaks of shares with a limit
/// of their own.
///
/// # Errors
/// The database's.
pub async fn save(tx: &mut Tx, host: HostId, read_at: i64, shares: &[Share]) -> Result<()> {
    const SQL: &str = "
        insert into host_shares (host_id, read_at, shares) values ($1, $2, $3)
        on conflict (host_id) do update set read_at = excluded.read_at, shares = excluded.shares
        where host_shares.read_at < excluded.read_at";
    let kept = |share: &Share| Kept {
        name: text(&share.name).into_owned(),
        uses: share.uses,
        most: share.most_uses,
        unlimited: share.is_unlimited,
    };
    let list: Vec<Kept> = shares.iter().map(kept).collect();
    let list = serde_json::to_string(&list).map_err(|e| sqlx::Error::Encode(e.into()))?;
    each!(&mut *tx, tx => sqlx::query(SQL).bind(host).bind(read_at).bind(&list).execute(&mut **tx).await.map(|_| ()))?;
    save_peaks(tx, host, read_at, shares).await
}

async fn save_peaks(tx: &mut Tx, host: HostId, read_at: i64, shares: &[Share]) -> Result<()> {
    // The limit is that of the peak. Of two equal peaks the first one counts.
    const MORE: &str = "
        on conflict (day_host, name) do update set
            most_uses = excluded.most_uses, peak_uses = excluded.peak_uses, peak_at = excluded.peak_at
        where share_days.peak_uses < excluded.peak_uses
            or (share_days.peak_uses = excluded.peak_uses and share_days.peak_at > excluded.peak_at)";
    let key = keys::day_host(host, day_start(read_at))?;
    let limited = shares.iter().filter_map(|share| Some((text(&share.name), share.uses, share.most_uses?)));
    let mut limited: Vec<(Cow<'_, str>, u32, u32)> = limited.collect();
    // In one order, and none twice in a statement: by the names as they are stored, since two that differ may be stored alike.
    limited.sort_unstable_by(|(a, a_uses, _), (b, b_uses, _)| a.cmp(b).then(b_uses.cmp(a_uses)));
    limited.dedup_by(|(a, ..), (b, ..)| a == b);
    for part in in_parts(&limited) {
        each!(&mut *tx, tx => {
            let mut upsert =
                QueryBuilder::new("insert into share_days (day_host, name, most_uses, peak_uses, peak_at) ");
            upsert.push_values(part, |mut row, (name, uses, most)| {
                row.push_bind(key)
                    .push_bind(name.as_ref())
                    .push_bind(i64::from(*most))
                    .push_bind(i64::from(*uses))
                    .push_bind(read_at);
            });
            upsert.push(MORE);
            upsert.build().execute(&mut **tx).await?;
        });
    }
    Ok(())
}

/// The shares of a host as it told them last, and when that was.
///
/// # Errors
/// The database's; `Decode` if a record is damaged.
pub async fn of_host(db: &Db, host: HostId) -> Result<Option<(i64, Vec<Share>)>> {
    const SQL: &str = "select read_at, shares from host_shares where host_id = $1";
    let row: Option<(i64, String)> =
        each!(db.reader(), pool => sqlx::query_as(SQL).bind(host).fetch_optional(pool).await?);
    row.map(|(read_at, list)| Ok((read_at, read(&list)?))).transpose()
}

/// The shares with a limit of their own, of every host that told any last, and when that was.
///
/// # Errors
/// As for [`of_host`].
pub async fn limited(db: &Db) -> Result<Vec<(HostId, i64, Vec<Share>)>> {
    const SQL: &str = "
        select host_id, read_at, shares from host_shares order by host_id";
    let rows: Vec<(HostId, i64, String)> = each!(db.reader(), pool => sqlx::query_as(SQL).fetch_all(pool).await?);
    let mut limited = Vec::new();
    for (host, read_at, list) in rows {
        let shares: Vec<Share> = read(&list)?.into_iter().filter(|share| share.most_uses.is_some()).collect();
        if !shares.is_empty() {
            limited.push((host, read_at, shares));
        }
    }
    Ok(limited)
}

fn read(list: &str) -> Result<Vec<Share>> {
    let list: Vec<Kept> = serde_json::from_str(list).map_err(|e| corrupt(format!("host_shares.shares: {e}")))?;
    let share =
        |kept: Kept| Share { name: kept.name, uses: kept.uses, most_uses: kept.most, is_unlimited: kept.unlimited };
    Ok(list.into_iter().map(share).collect())
}

/// The greatest use of each limited share of a host on the days that touch `from_at..to_at`, by name. Of two equal ones the first.
///
/// # Errors
/// The database's.
pub async fn peaks(db: &Db, host: HostId, from_at: i64, to_at: i64) -> Result<Vec<SharePeak>> {
    const SQL: &str = "
        select name, most_uses, peak_uses, peak_at from share_days
        where day_host >= $1 and day_host <= $2 and day_host % $3 = $4
        order by name, peak_uses desc, peak_at";
    if from_at >= to_at {
        return Ok(Vec::new());
    }
    let key = |at| keys::day_host(host, day_start(at));
    let last_at = (to_at.max(1) - 1).min(LATEST_AT - DAY_MS);
    let (first, last) = (key(from_at.clamp(0, last_at))?, key(last_at)?);
    let rows: Vec<(String, i64, i64, i64)> = each!(db.reader(), pool => sqlx::query_as(SQL)
        .bind(first)
        .bind(last)
        .bind(keys::HOSTS_END)
        .bind(keys::checked(host)?)
        .fetch_all(pool)
        .await?);
    let mut peaks: Vec<SharePeak> = Vec::new();
    for (name, most_uses, uses, at) in rows {
        if peaks.last().is_none_or(|last| last.name != name) {
            let (most_uses, uses) = (narrow("share_days.most_uses", most_uses)?, narrow("share_days.peak_uses", uses)?);
            peaks.push(SharePeak { name, most_uses, uses, at });
        }
    }
    Ok(peaks)
}
