//! What the API says of a host.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::agent::AgentState;
use crate::model::gap::Gap;
use crate::model::group::Origin;
use crate::model::host::{HostNow, Now};
use crate::model::usage::Usage;
use crate::web::api::{Instant, LimitBody, secs};

#[derive(Debug, Serialize, ToSchema)]
pub struct HostsBody {
    /// In order of id.
    pub hosts: Vec<HostBody>,
    /// Give it as `after` to get the next ones; null at the end.
    pub next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HostBody {
    pub id: i64,
    pub name: String,
    pub fqdn: String,
    pub os: String,
    pub group: String,
    /// What decided the group: `hand`, `rule` or `token`; null without one.
    pub group_origin: Option<&'static str>,
    pub time_zone: Option<String>,
    /// `full`, `silent`, `watch`, `calm`, `unlimited`, `unknown`.
    pub level: &'static str,
    pub agent: AgentBody,
    /// The newest snapshot in figures; null until there is one.
    pub now: Option<NowBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AgentBody {
    pub state: Option<&'static str>,
    pub version: Option<String>,
    pub seen_at: Option<Instant>,
    pub queued_records: Option<u64>,
    pub clock_skew_ms: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NowBody {
    pub taken_at: Instant,
    pub source: String,
    pub sampling_secs: u32,
    pub partial: bool,
    #[serde(flatten)]
    pub totals: TotalsBody,
    pub limit: LimitBody,
    /// Sessions ÷ limit; null when the limit is unknown or none.
    pub saturation: Option<f64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TotalsBody {
    pub sessions: u32,
    pub clients: u32,
    pub opens: Option<u64>,
    pub idle_sessions: Option<u32>,
    pub zero_open_sessions: Option<u32>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HostDetailBody {
    #[serde(flatten)]
    pub host: HostBody,
    pub domain: String,
    /// Name of the failover cluster that it belongs to; null if to none.
    pub cluster: Option<String>,
    pub addresses: Vec<String>,
    pub os_build: String,
    /// Settings of the SMB server by their own names.
    pub settings: BTreeMap<String, String>,
    pub created_at: Instant,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct UsageBody {
    pub host_id: i64,
    pub from: Instant,
    pub to: Instant,
    pub step_secs: i64,
    /// In order. A stretch in which nothing was observed is not there.
    pub cells: Vec<CellBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CellBody {
    pub from: Instant,
    pub snapshots: u32,
    pub covered_secs: i64,
    pub mean_sessions: Option<f64>,
    pub peak: Option<PeakBody>,
    pub max_saturation: Option<f64>,
    pub full_secs: i64,
    pub max_opens: Option<u64>,
    pub max_clients: u32,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PeakBody {
    pub sessions: u32,
    pub at: Instant,
    pub limit: LimitBody,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct GapsBody {
    pub host_id: i64,
    pub from: Instant,
    pub to: Instant,
    pub gaps: Vec<GapBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct GapBody {
    pub from: Instant,
    pub to: Instant,
    pub reason: String,
    pub lost_records: Option<u64>,
    pub detail: String,
}

pub(super) fn host_body(host: HostNow, now_at: i64) -> HostBody {
    let level = host.level(now_at).word();
    let state = host.state.as_ref();
    let agent = AgentBody {
        state: host.agent_state.map(AgentState::word),
        version: state.map(|s| s.agent_version.clone()),
        seen_at: state.map(|s| Instant(s.seen_at)),
        queued_records: state.map(|s| s.queued_records),
        clock_skew_ms: state.map(|s| s.clock_skew_ms),
    };
    HostBody {
        id: host.id.0,
        name: host.name,
        fqdn: host.fqdn,
        os: host.os,
        group: host.group_name,
        group_origin: host.group_origin.map(Origin::word),
        time_zone: Some(host.time_zone).filter(|z| !z.is_empty()),
        level,
        agent,
        now: host.state.and_then(|s| s.now).map(now_body),
    }
}

fn now_body(now: Now) -> NowBody {
    NowBody {
        taken_at: Instant(now.taken_at),
        saturation: now.saturation(),
        source: now.source,
        sampling_secs: now.sampling_secs,
        partial: now.partial,
        totals: TotalsBody {
            sessions: now.totals.sessions,
            clients: now.totals.clients,
            opens: now.totals.opens,
            idle_sessions: now.totals.idle_sessions,
            zero_open_sessions: now.totals.zero_open_sessions,
        },
        limit: now.limit.into(),
    }
}

pub(super) fn cell_body(at: i64, usage: &Usage) -> CellBody {
    CellBody {
        from: Instant(at),
        snapshots: usage.snapshots,
        covered_secs: secs(usage.covered_ms),
        mean_sessions: usage.mean_sessions(),
        peak: usage.peak.map(|p| PeakBody { sessions: p.sessions, at: Instant(p.at), limit: p.limit.into() }),
        max_saturation: usage.max_saturation,
        full_secs: secs(usage.full_ms),
        max_opens: usage.max_opens,
        max_clients: usage.max_clients,
    }
}

pub(super) fn gap_body(gap: Gap) -> GapBody {
    GapBody {
        from: Instant(gap.from_at),
        to: Instant(gap.to_at),
        reason: gap.reason,
        lost_records: gap.lost_records,
        detail: gap.detail,
    }
}
