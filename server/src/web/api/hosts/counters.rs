//! What a host counts, its shares, and what changed about it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::find;
use crate::model::HostId;
use crate::model::change::{self, Change, What};
use crate::model::counter::{Kind, Reading, Share, SharePeak};
use crate::model::time::DAY_MS;
use crate::store;
use crate::web::Site;
use crate::web::api::Instant;
use crate::web::api::id::Id;
use crate::web::api::list::Table;
use crate::web::api::query::{Query, Result};
use crate::web::auth::{May, Read};

const SHARES: Table = Table { rows: "shares", columns: &["name", "uses", "most_uses", "unlimited", "saturation"] };
const CHANGES: Table = Table { rows: "changes", columns: &["at", "after", "what", "setting", "before", "now"] };

#[derive(Debug, Serialize, ToSchema)]
pub struct CountersBody {
    host_id: i64,
    from: Instant,
    to: Instant,
    /// In order of time.
    readings: Vec<ReadingBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ReadingBody {
    read_at: Instant,
    /// When the counts began from 0; null if the host does not know.
    since: Option<Instant>,
    /// Grow from `since` on: only differences say something.
    counts: BTreeMap<&'static str, i64>,
    /// As they were at `read_at`.
    levels: BTreeMap<&'static str, i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SharesBody {
    host_id: i64,
    /// Null until the host has told its shares.
    read_at: Option<Instant>,
    shares: Vec<ShareBody>,
    from: Instant,
    to: Instant,
    /// Of shares with a limit of their own: the most that they were used on the days of the range.
    peaks: Vec<SharePeakBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ShareBody {
    name: String,
    /// Connections to the share (tree connects), not sessions.
    uses: u32,
    /// Its own limit; null if it has none or that is not known.
    most_uses: Option<u32>,
    unlimited: bool,
    saturation: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct SharePeakBody {
    name: String,
    uses: u32,
    most_uses: u32,
    at: Instant,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ChangesBody {
    host_id: i64,
    from: Instant,
    to: Instant,
    /// In order of time.
    changes: Vec<ChangeBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct ChangeBody {
    /// When it was seen; it happened after `after`.
    at: Instant,
    after: Instant,
    what: &'static str,
    /// Of settings: their own names.
    setting: Option<String>,
    before: Option<String>,
    now: Option<String>,
}

/// What a host counts of itself, reading by reading.
#[utoipa::path(
    get, path = "/api/v1/hosts/{id}/counters", operation_id = "listHostCounters", tag = "hosts",
    params(
        ("id" = i64, Path, description = "The host's id."),
        ("from" = Option<Instant>, Query, description = "A day before `to` if it is not said."),
        ("to" = Option<Instant>, Query, description = "Now if it is not said."),
    ),
    responses((status = 200, description = "Readings", body = CountersBody)),
)]
pub async fn counters(
    _: May<Read>,
    State(site): State<Site>,
    Id(id): Id<HostId>,
    mut query: Query,
) -> Result<Json<CountersBody>> {
    let (from_at, to_at) = query.range(site.clock.now_at(), DAY_MS, 31 * DAY_MS)?;
    query.done()?;
    let host = find(&site, id).await?;
    let readings = store::counters::of_host(&site.db, host.id, from_at, to_at).await?;
    let readings = readings.into_iter().map(reading_body).collect();
    Ok(Json(CountersBody { host_id: host.id.0, from: Instant(from_at), to: Instant(to_at), readings }))
}

fn reading_body(reading: Reading) -> ReadingBody {
    let of = |kind| {
        let values = reading.values.iter().filter(|(counter, _)| counter.kind() == kind);
        values.map(|(counter, value)| (counter.word(), *value)).collect()
    };
    ReadingBody {
        read_at: Instant(reading.read_at),
        since: reading.since_at.map(Instant),
        counts: of(Kind::Count),
        levels: of(Kind::Level),
    }
}

/// A host's shares as they are now, and how far those with a limit of their own were used.
#[utoipa::path(
    get, path = "/api/v1/hosts/{id}/shares", operation_id = "listHostShares", tag = "hosts",
    params(
        ("id" = i64, Path, description = "The host's id."),
        ("from" = Option<Instant>, Query, description = "A day before `to` if it is not said."),
        ("to" = Option<Instant>, Query, description = "Now if it is not said."),
    ),
    responses((status = 200, description = "Shares", content((SharesBody = "application/json"), (String = "text/csv")))),
)]
pub async fn shares(_: May<Read>, State(site): State<Site>, Id(id): Id<HostId>, mut query: Query) -> Result<Response> {
    let (from_at, to_at) = query.range(site.clock.now_at(), DAY_MS, 400 * DAY_MS)?;
    let how = query.done()?;
    let host = find(&site, id).await?;
    let (read_at, shares) = store::shares::of_host(&site.db, host.id).await?.unzip();
    let peaks = store::shares::peaks(&site.db, host.id, from_at, to_at).await?;
    let body = SharesBody {
        host_id: host.id.0,
        read_at: read_at.map(Instant),
        shares: shares.unwrap_or_default().into_iter().map(share_body).collect(),
        from: Instant(from_at),
        to: Instant(to_at),
        peaks: peaks.into_iter().map(peak_body).collect(),
    };
    Ok(how.list(&body, SHARES, None))
}

fn share_body(share: Share) -> ShareBody {
    ShareBody {
        saturation: share.saturation(),
        name: share.name,
        uses: share.uses,
        most_uses: share.most_uses,
        unlimited: share.is_unlimited,
    }
}

fn peak_body(peak: SharePeak) -> SharePeakBody {
    SharePeakBody { name: peak.name, uses: peak.uses, most_uses: peak.most_uses, at: Instant(peak.at) }
}

/// What changed about a host: settings, versions, restarts.
#[utoipa::path(
    get, path = "/api/v1/hosts/{id}/changes", operation_id = "listHostChanges", tag = "hosts",
    params(
        ("id" = i64, Path, description = "The host's id."),
        ("from" = Option<Instant>, Query, description = "Thirty days before `to` if it is not said."),
        ("to" = Option<Instant>, Query, description = "Now if it is not said."),
    ),
    responses((status = 200, description = "Changes", content((ChangesBody = "application/json"), (String = "text/csv")))),
)]
pub async fn changes(_: May<Read>, State(site): State<Site>, Id(id): Id<HostId>, mut query: Query) -> Result<Response> {
    let (from_at, to_at) = query.range(site.clock.now_at(), 30 * DAY_MS, 1_100 * DAY_MS)?;
    let how = query.done()?;
    let host = find(&site, id).await?;
    let versions = store::changes::of_host(&site.db, host.id, from_at, to_at).await?;
    let changes = change::changes(&versions).into_iter().filter(|change| change.seen_at >= from_at);
    let changes = changes.map(change_body).collect();
    let body = ChangesBody { host_id: host.id.0, from: Instant(from_at), to: Instant(to_at), changes };
    Ok(how.list(&body, CHANGES, None))
}

fn change_body(change: Change) -> ChangeBody {
    let what = change.what.word();
    let setting = if let What::Setting(name) = change.what { Some(name) } else { None };
    ChangeBody {
        at: Instant(change.seen_at),
        after: Instant(change.after_at),
        what,
        setting,
        before: change.before,
        now: change.after,
    }
}
