//! Hosts: now, at an instant, over time.

mod body;
mod counters;
mod sessions;

use axum::Json;
use axum::extract::{Path, State};

use self::body::{GapsBody, HostDetailBody, HostsBody, UsageBody, cell_body, gap_body, host_body};
pub use self::counters::{changes, counters, shares};
pub use self::sessions::sessions;
use super::query::{Query, Result};
use super::{Instant, secs};
use crate::model::HostId;
use crate::model::host::{Host, HostNow, Level};
use crate::model::time::{CELL_MS, DAY_MS, HOUR_MS};
use crate::model::usage::{Usage, UsageHour};
use crate::store;
use crate::web::Site;
use crate::web::auth::SignedIn;
use crate::web::error::Error;

/// `GET /api/v1/hosts?q&level`
pub async fn index(_: SignedIn, State(site): State<Site>, mut query: Query) -> Result<Json<HostsBody>> {
    let words = Level::ALL.map(Level::word).join(", ");
    let level = query.parsed("level", &format!("one of {words}"), Level::from_word)?;
    let wanted = query.text("q").unwrap_or_default().to_lowercase();
    query.done()?;
    let now_at = site.clock.now_at();
    let hosts = store::hosts::all_now(&site.db).await?;
    let is_wanted = |h: &HostNow| {
        level.is_none_or(|level| h.level(now_at) == level)
            && [&h.name, &h.fqdn, &h.group_name].iter().any(|t| t.to_lowercase().contains(&wanted))
    };
    let hosts = hosts.into_iter().filter(is_wanted).map(|h| host_body(h, now_at)).collect();
    Ok(Json(HostsBody { hosts }))
}

/// `GET /api/v1/hosts/{id}`
pub async fn show(
    _: SignedIn,
    State(site): State<Site>,
    Path(id): Path<String>,
    query: Query,
) -> Result<Json<HostDetailBody>> {
    query.done()?;
    let host = find(&site, &id).await?;
    let now = store::hosts::one_now(&site.db, host.id).await?.ok_or(Error::NotFound("host"))?;
    Ok(Json(HostDetailBody {
        host: host_body(now, site.clock.now_at()),
        domain: host.domain,
        cluster: Some(host.cluster).filter(|name| !name.is_empty()),
        addresses: host.addresses,
        os_build: host.os_build,
        settings: host.settings,
        created_at: Instant(host.created_at),
    }))
}

/// `GET /api/v1/hosts/{id}/usage?from&to&step`
pub async fn usage(
    _: SignedIn,
    State(site): State<Site>,
    Path(id): Path<String>,
    mut query: Query,
) -> Result<Json<UsageBody>> {
    let now_at = site.clock.now_at();
    let step_ms = query.parsed("step", "5m or 1h", step)?.unwrap_or(CELL_MS);
    let longest_ms = if step_ms == CELL_MS { 31 * DAY_MS } else { 400 * DAY_MS };
    let (from_at, to_at) = query.range(now_at, DAY_MS, longest_ms)?;
    query.done()?;
    let host = find(&site, &id).await?;
    let hours = store::usage::of_host(&site.db, host.id, from_at, to_at, now_at).await?;
    let cells = hours.iter().flat_map(|hour| cells(hour, step_ms));
    let cells = cells.filter(|(at, usage)| *at < to_at && at + step_ms > from_at && usage.covered_ms > 0);
    Ok(Json(UsageBody {
        host_id: host.id.0,
        from: Instant(from_at),
        to: Instant(to_at),
        step_secs: secs(step_ms),
        cells: cells.map(|(at, usage)| cell_body(at, &usage)).collect(),
    }))
}

/// `GET /api/v1/hosts/{id}/gaps?from&to`
pub async fn gaps(
    _: SignedIn,
    State(site): State<Site>,
    Path(id): Path<String>,
    mut query: Query,
) -> Result<Json<GapsBody>> {
    let (from_at, to_at) = query.range(site.clock.now_at(), DAY_MS, 400 * DAY_MS)?;
    query.done()?;
    let host = find(&site, &id).await?;
    let gaps = store::gaps::of_host(&site.db, host.id, from_at, to_at).await?;
    let gaps = gaps.into_iter().map(gap_body).collect();
    Ok(Json(GapsBody { host_id: host.id.0, from: Instant(from_at), to: Instant(to_at), gaps }))
}

async fn find(site: &Site, id: &str) -> Result<Host> {
    let id: HostId = id.parse().map_err(|_| Error::NotFound("host"))?;
    Ok(store::hosts::find(&site.db, id).await?.ok_or(Error::NotFound("host"))?)
}

fn step(word: &str) -> Option<i64> {
    match word {
        "5m" => Some(CELL_MS),
        "1h" => Some(HOUR_MS),
        _ => None,
    }
}

/// The hour cut into steps, each with its start.
fn cells(hour: &UsageHour, step_ms: i64) -> Vec<(i64, Usage)> {
    if step_ms == HOUR_MS {
        return vec![(hour.hour_at, hour.total())];
    }
    (0..).zip(hour.cells).map(|(i, cell)| (hour.hour_at + i * CELL_MS, cell)).collect()
}
