//! Hosts: now, at an instant, over time.

pub mod body;
pub mod counters;
pub mod sessions;

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use self::body::{GapsBody, HostDetailBody, HostsBody, UsageBody, cell_body, gap_body, host_body};
use super::id::Id;
use super::list::{Table, cut};
use super::query::{Query, Result};
use super::{Instant, secs};
use crate::model::HostId;
use crate::model::host::{Host, HostNow, Level};
use crate::model::time::{CELL_MS, DAY_MS, HOUR_MS};
use crate::model::usage::{Usage, UsageHour};
use crate::store;
use crate::web::Site;
use crate::web::auth::{May, Read};
use crate::web::error::Error;
use crate::web::sight::Sees;

const HOSTS: Table = Table {
    rows: "hosts",
    columns: &[
        "id",
        "name",
        "fqdn",
        "os",
        "group",
        "group_origin",
        "time_zone",
        "level",
        "agent.state",
        "agent.version",
        "agent.seen_at",
        "now.taken_at",
        "now.source",
        "now.sessions",
        "now.clients",
        "now.opens",
        "now.idle_sessions",
        "now.zero_open_sessions",
        "now.limit.sessions",
        "now.limit.unlimited",
        "now.limit.source",
        "now.saturation",
    ],
};
const USAGE: Table = Table {
    rows: "cells",
    columns: &[
        "from",
        "snapshots",
        "covered_secs",
        "mean_sessions",
        "peak.sessions",
        "peak.at",
        "peak.limit.sessions",
        "max_saturation",
        "full_secs",
        "max_opens",
        "max_clients",
    ],
};
const GAPS: Table = Table { rows: "gaps", columns: &["from", "to", "reason", "lost_records", "detail"] };

/// Watched hosts as they are now, in order of id.
///
/// Who is confined to groups of hosts is told of those alone.
#[utoipa::path(
    get, path = "/api/v1/hosts", operation_id = "listHosts", tag = "hosts",
    params(
        ("q" = Option<String>, Query, description = "Only those with this text in their name, full name or group, without regard to case."),
        ("level" = Option<String>, Query, description = "Only those at this level."),
        ("group" = Option<String>, Query, description = "Only those of this group."),
        ("limit" = Option<u32>, Query, description = "How many at most; 1000 if it is not said.", minimum = 1, maximum = 10000),
        ("after" = Option<String>, Query, description = "The `next` of the answer before."),
    ),
    responses((status = 200, description = "Hosts", content((HostsBody = "application/json"), (String = "text/csv")))),
)]
pub async fn index(_: May<Read>, sees: Sees, State(site): State<Site>, mut query: Query) -> Result<Response> {
    let words = Level::ALL.map(Level::word).join(", ");
    let level = query.parsed("level", &format!("one of {words}"), Level::from_word)?;
    let wanted = query.text("q").unwrap_or_default().to_lowercase();
    let group = query.text("group");
    let (most, after) = (query.limit(1_000, 10_000)?, query.place()?);
    let how = query.done()?;
    let now_at = site.clock.now_at();
    let is_wanted = |h: &HostNow| {
        level.is_none_or(|level| h.level(now_at) == level)
            && group.as_ref().is_none_or(|group| h.group_name == *group)
            && [&h.name, &h.fqdn, &h.group_name].iter().any(|t| t.to_lowercase().contains(&wanted))
    };
    let all = sees.hosts(store::hosts::all_now(&site.db).await?);
    let mut hosts: Vec<HostNow> = all.into_iter().filter(is_wanted).collect();
    hosts.sort_by_key(|host| host.id);
    let (hosts, next) = cut(hosts, after, most);
    let body = HostsBody { hosts: hosts.into_iter().map(|h| host_body(h, now_at)).collect(), next };
    Ok(how.list(&body, HOSTS, body.next.as_deref()))
}

/// One host, with what it says of itself.
#[utoipa::path(
    get, path = "/api/v1/hosts/{id}", operation_id = "getHost", tag = "hosts",
    params(("id" = i64, Path, description = "The host's id.")),
    responses((status = 200, description = "The host", body = HostDetailBody)),
)]
pub async fn show(
    _: May<Read>,
    State(site): State<Site>,
    Id(id): Id<HostId>,
    query: Query,
) -> Result<Json<HostDetailBody>> {
    query.done()?;
    let host = find(&site, id).await?;
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

/// How a host was used, step by step.
#[utoipa::path(
    get, path = "/api/v1/hosts/{id}/usage", operation_id = "getHostUsage", tag = "hosts",
    params(
        ("id" = i64, Path, description = "The host's id."),
        ("from" = Option<Instant>, Query, description = "A day before `to` if it is not said."),
        ("to" = Option<Instant>, Query, description = "Now if it is not said."),
        ("step" = Option<String>, Query, description = "How long a step is; five minutes if it is not said."),
    ),
    responses((status = 200, description = "What was observed", content((UsageBody = "application/json"), (String = "text/csv")))),
)]
pub async fn usage(_: May<Read>, State(site): State<Site>, Id(id): Id<HostId>, mut query: Query) -> Result<Response> {
    let now_at = site.clock.now_at();
    let step_ms = query.parsed("step", "5m or 1h", step)?.unwrap_or(CELL_MS);
    let longest_ms = if step_ms == CELL_MS { 31 * DAY_MS } else { 400 * DAY_MS };
    let (from_at, to_at) = query.range(now_at, DAY_MS, longest_ms)?;
    let how = query.done()?;
    let host = find(&site, id).await?;
    let hours = store::usage::of_host(&site.db, host.id, from_at, to_at, now_at).await?;
    let cells = hours.iter().flat_map(|hour| cells(hour, step_ms));
    let cells = cells.filter(|(at, usage)| *at < to_at && at + step_ms > from_at && usage.covered_ms > 0);
    let body = UsageBody {
        host_id: host.id.0,
        from: Instant(from_at),
        to: Instant(to_at),
        step_secs: secs(step_ms),
        cells: cells.map(|(at, usage)| cell_body(at, &usage)).collect(),
    };
    Ok(how.list(&body, USAGE, None))
}

/// When nothing was heard of a host, and why.
#[utoipa::path(
    get, path = "/api/v1/hosts/{id}/gaps", operation_id = "listHostGaps", tag = "hosts",
    params(
        ("id" = i64, Path, description = "The host's id."),
        ("from" = Option<Instant>, Query, description = "A day before `to` if it is not said."),
        ("to" = Option<Instant>, Query, description = "Now if it is not said."),
    ),
    responses((status = 200, description = "Gaps", content((GapsBody = "application/json"), (String = "text/csv")))),
)]
pub async fn gaps(_: May<Read>, State(site): State<Site>, Id(id): Id<HostId>, mut query: Query) -> Result<Response> {
    let (from_at, to_at) = query.range(site.clock.now_at(), DAY_MS, 400 * DAY_MS)?;
    let how = query.done()?;
    let host = find(&site, id).await?;
    let gaps = store::gaps::of_host(&site.db, host.id, from_at, to_at).await?;
    let gaps = gaps.into_iter().map(gap_body).collect();
    let body = GapsBody { host_id: host.id.0, from: Instant(from_at), to: Instant(to_at), gaps };
    Ok(how.list(&body, GAPS, None))
}

async fn find(site: &Site, id: HostId) -> Result<Host> {
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
