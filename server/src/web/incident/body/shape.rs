//! The shapes: a promise to those who integrate.

use serde::Serialize;
use utoipa::ToSchema;

use crate::web::api::{Instant, LimitBody};

#[derive(Debug, Serialize, ToSchema)]
pub struct EvidenceBody {
    /// Of the format.
    pub(super) version: u32,
    pub(super) computed_at: Instant,
    /// The facts in one sentence.
    pub(super) sentence: String,
    pub(super) incident_id: Option<i64>,
    /// Null for one of a later version.
    pub(super) kind: Option<&'static str>,
    /// The share or the client that it is about; null for none.
    pub(super) subject: Option<String>,
    pub(super) from: Instant,
    /// Null if it was not over.
    pub(super) until: Option<Instant>,
    pub(super) host: HostBody,
    /// When the host held most sessions; null if nothing was observed.
    pub(super) peak: Option<FiguresBody>,
    /// The newest snapshot before it began.
    pub(super) before: Option<FiguresBody>,
    pub(super) at_limit: AtLimitBody,
    pub(super) holes: HolesBody,
    /// At the peak, most sessions first.
    pub(super) holders: Vec<HolderBody>,
    pub(super) other_holders: RestBody,
    pub(super) users: Vec<UserBody>,
    pub(super) other_users: u32,
    pub(super) events: Vec<EventBody>,
    pub(super) other_events: u64,
    pub(super) changes: Vec<ChangeBody>,
    pub(super) findings: Vec<FindingBody>,
    pub(super) week_before: Option<WeekBody>,
    pub(super) earlier: EarlierBody,
    /// Likeliest first.
    pub(super) causes: Vec<CauseBody>,
    pub(super) looked_at: LookedBody,
}

/// The host as it was then.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceHostBody)]
pub(super) struct HostBody {
    /// Null if it is about the fleet.
    pub(super) id: Option<i64>,
    pub(super) name: String,
    pub(super) os: String,
    pub(super) os_build: String,
    pub(super) domain: String,
    pub(super) cluster: String,
    /// IANA name; empty if unknown.
    pub(super) time_zone: String,
    pub(super) group: String,
    pub(super) agent_version: String,
    pub(super) source: String,
    pub(super) limit: LimitBody,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceFiguresBody)]
pub(super) struct FiguresBody {
    pub(super) taken_at: Instant,
    pub(super) sessions: u32,
    pub(super) clients: u32,
    /// Null if the source does not know, as are the next three.
    pub(super) opens: Option<u64>,
    pub(super) idle_sessions: Option<u32>,
    pub(super) zero_open_sessions: Option<u32>,
    pub(super) idle_zero_open_sessions: Option<u32>,
    pub(super) limit: LimitBody,
    /// There may have been more sessions.
    pub(super) partial: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceAtLimitBody)]
pub(super) struct AtLimitBody {
    pub(super) total_secs: i64,
    pub(super) count: u32,
    /// The first ones.
    pub(super) stretches: Vec<StretchBody>,
    /// From here on times are known to five minutes only; null if all are exact.
    pub(super) coarse_from: Option<Instant>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceStretchBody)]
pub(super) struct StretchBody {
    pub(super) from: Instant,
    pub(super) to: Instant,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceHolesBody)]
pub(super) struct HolesBody {
    pub(super) total_secs: i64,
    pub(super) count: u32,
    pub(super) lost_records: u64,
    pub(super) longest: Vec<HoleBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceHoleBody)]
pub(super) struct HoleBody {
    pub(super) from: Instant,
    pub(super) to: Instant,
    /// Null if the agent did not say.
    pub(super) reason: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceHolderBody)]
pub(super) struct HolderBody {
    pub(super) client_id: Option<i64>,
    pub(super) client: String,
    pub(super) other_names: Vec<String>,
    pub(super) class: Option<&'static str>,
    pub(super) sessions: u32,
    /// Of all sessions at the peak, from 0 to 1.
    pub(super) share: f64,
    pub(super) idle_sessions: Option<u32>,
    pub(super) zero_open_sessions: Option<u32>,
    pub(super) idle_zero_open_sessions: Option<u32>,
    pub(super) opens: Option<u64>,
    pub(super) longest_idle_secs: Option<i64>,
    pub(super) oldest_secs: Option<i64>,
    /// The first ones; an empty name is nobody's.
    pub(super) users: Vec<String>,
    pub(super) users_count: u32,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceRestBody)]
pub(super) struct RestBody {
    pub(super) clients: u32,
    pub(super) sessions: u32,
    pub(super) idle_sessions: Option<u32>,
    pub(super) zero_open_sessions: Option<u32>,
    pub(super) opens: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceUserBody)]
pub(super) struct UserBody {
    pub(super) user_id: Option<i64>,
    pub(super) user: String,
    pub(super) class: Option<&'static str>,
    pub(super) sessions: u32,
    pub(super) clients: u32,
    pub(super) idle_sessions: Option<u32>,
    pub(super) opens: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceEventBody)]
pub(super) struct EventBody {
    pub(super) event_id: Option<i64>,
    pub(super) recorded_at: Instant,
    pub(super) channel: String,
    pub(super) provider: String,
    pub(super) record_id: u64,
    pub(super) code: u32,
    pub(super) class: Option<&'static str>,
    /// What was seen right after it.
    pub(super) burst: Vec<LookBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceLookBody)]
pub(super) struct LookBody {
    pub(super) taken_at: Instant,
    pub(super) sessions: u32,
    pub(super) clients: u32,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceChangeBody)]
pub(super) struct ChangeBody {
    pub(super) seen_at: Instant,
    /// The last time that it was as before.
    pub(super) after: Instant,
    pub(super) what: Option<String>,
    /// The setting's name; null for anything else.
    pub(super) setting: Option<String>,
    pub(super) was: Option<String>,
    pub(super) is: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceFindingBody)]
pub(super) struct FindingBody {
    pub(super) rule: String,
    pub(super) severity: Option<&'static str>,
    pub(super) title: String,
    pub(super) detail: String,
    pub(super) since: Instant,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceWeekBody)]
pub(super) struct WeekBody {
    pub(super) from: Instant,
    pub(super) to: Instant,
    pub(super) peak_sessions: u32,
    pub(super) peak_at: Instant,
    pub(super) max_saturation: Option<f64>,
    pub(super) full_secs: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceEarlierBody)]
pub(super) struct EarlierBody {
    pub(super) days: u32,
    pub(super) count: u32,
    pub(super) last_at: Option<Instant>,
    /// By the host's clock; null if no two began in the same.
    pub(super) mostly: Option<MostlyBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceMostlyBody)]
pub(super) struct MostlyBody {
    /// From Monday, 1, as ISO 8601 has it.
    pub(super) weekday: u8,
    pub(super) hour: u8,
    pub(super) count: u32,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceCauseBody)]
pub(super) struct CauseBody {
    pub(super) cause: Option<&'static str>,
    /// `likely` or `possible`.
    pub(super) likelihood: &'static str,
    pub(super) weight: i32,
    #[serde(rename = "for")]
    pub(super) points_for: Vec<PointBody>,
    pub(super) against: Vec<PointBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidencePointBody)]
pub(super) struct PointBody {
    pub(super) point: &'static str,
    pub(super) text: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceLookedBody)]
pub(super) struct LookedBody {
    pub(super) snapshots: u64,
    pub(super) sessions: u64,
    /// Until when, if there was too much for all of it.
    pub(super) cut_at: Option<Instant>,
}
