//! One host's hours and days.

use super::derived::Derived;
use crate::history::rollup::{self, HourOfSnapshots, holds_until};
use crate::history::{chunk, merge};
use crate::model::HostId;
use crate::model::time::{DAY_MS, HOUR_MS};
use crate::store::{self, Db, chunks, frames, holders, usage};

/// Frames and the chunk there was → the new chunk, and what it adds up to.
pub(super) async fn hour(db: &Db, host: HostId, hour_at: i64, now_at: i64) -> store::Result<Derived> {
    let (before, within) = frames::hour(db, host, hour_at).await?;
    let before = before.filter(|snapshot| holds_until(snapshot) > hour_at);
    if within.is_empty() && before.is_none() {
        return nothing(db, host, hour_at).await;
    }
    let of = HourOfSnapshots { hour_at, before: before.as_ref(), within: &within, now_at };
    let (usage, holders) = rollup::hour(host, of);
    let chunk = chunk::encode(hour_at, before.as_ref(), &within)
        .map_err(|e| sqlx::Error::Encode(format!("host {host}, hour from {hour_at}: {e}").into()))?;
    let grows_until = Some(of.settled_at()).filter(|settled_at| *settled_at > now_at && now_at < hour_at + HOUR_MS);
    Ok(Derived::HostHour { chunk, usage: Box::new(usage), holders, grows_until })
}

/// An hour that no snapshot says anything about. It has a chunk if an earlier snapshot held true into it until a late one came.
async fn nothing(db: &Db, host: HostId, hour_at: i64) -> store::Result<Derived> {
    if chunks::find(db, host, hour_at).await?.is_none() {
        return Ok(Derived::Nothing);
    }
    // Not if what was before cannot be read: that is an error here.
    frames::at(db, host, hour_at - 1).await?;
    Ok(Derived::Gone)
}

/// The host's hours → its day.
pub(super) async fn day(db: &Db, host: HostId, day_at: i64) -> store::Result<Derived> {
    let hours = usage::rolled_up(db, host, day_at, day_at + DAY_MS).await?;
    let cells = merge::day(day_at, &hours);
    let hours = holders::hours_of_host(db, host, day_at, day_at + DAY_MS).await?;
    Ok(Derived::HostDay { cells, holders: merge::holders(hours.into_iter().map(|(_, holders)| holders)) })
}
