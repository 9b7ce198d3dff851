use std::collections::BTreeMap;

use super::agent::AgentState;
use super::group::{ByHand, Origin};
use super::id::{GroupRuleId, HostId};
use super::limit::Limit;
use super::snapshot::Totals;

/// A watched file server, with what is true of it for longer than an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    pub id: HostId,
    pub name: String,
    pub fqdn: String,
    pub domain: String,
    /// Name of the failover cluster that it belongs to; empty if to none.
    pub cluster: String,
    pub is_domain_controller: bool,
    pub addresses: Vec<String>,
    pub os: String,
    pub os_build: String,
    /// IANA name; empty if unknown.
    pub time_zone: String,
    /// Settings of the SMB server by their own names.
    pub settings: BTreeMap<String, String>,
    pub group_name: String,
    /// What decided the group; none without one.
    pub group_origin: Option<Origin>,
    /// The rule that decided it.
    pub group_rule: Option<GroupRuleId>,
    /// What its enrolment token said; empty for none.
    pub token_group: String,
    /// Who set the group, if it was set by hand.
    pub by_hand: Option<ByHand>,
    pub created_at: i64,
}

/// What a host says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    pub observed_at: i64,
    pub name: String,
    pub fqdn: String,
    pub domain: String,
    pub cluster: String,
    pub is_domain_controller: bool,
    pub addresses: Vec<String>,
    pub os: String,
    pub os_build: String,
    pub time_zone: String,
    /// Names the boot; empty if the agent does not say.
    pub boot_id: String,
    pub agent_version: String,
    pub settings: BTreeMap<String, String>,
}

/// The agent's last word.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// By the server's clock.
    pub seen_at: i64,
    pub agent_version: String,
    pub boot_id: String,
    pub queued_records: u64,
    /// The agent's clock minus the server's.
    pub clock_skew_ms: i64,
}

/// What is known of a host now: its newest snapshot and its agent's last word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostState {
    /// When the server last heard the agent, by the server's clock.
    pub seen_at: i64,
    pub agent_version: String,
    pub queued_records: u64,
    /// The agent's clock minus the server's at the last batch.
    pub clock_skew_ms: i64,
    /// None until the first snapshot.
    pub now: Option<Now>,
}

/// The newest snapshot in figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now {
    pub taken_at: i64,
    pub source: String,
    pub sampling_secs: u32,
    pub partial: bool,
    pub totals: Totals,
    pub limit: Limit,
}

/// A row of the fleet: a host, its state, and whether its agent may push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostNow {
    pub id: HostId,
    pub name: String,
    pub fqdn: String,
    pub os: String,
    pub group_name: String,
    pub group_origin: Option<Origin>,
    pub time_zone: String,
    /// State of the agent that may push, else of the newest one.
    pub agent_state: Option<AgentState>,
    pub state: Option<HostState>,
}

/// A host in the figures that all hosts are counted, filtered and put in order by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostInShort {
    pub id: HostId,
    pub name: String,
    pub group_name: String,
    /// When the server last heard the agent.
    pub seen_at: Option<i64>,
    /// None until the first snapshot.
    pub now: Option<NowInShort>,
}

/// The newest snapshot in the fewest figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NowInShort {
    pub taken_at: i64,
    pub sampling_secs: u32,
    pub sessions: u32,
    pub limit_sessions: Option<u32>,
    pub is_unlimited: bool,
    pub knows_opens: bool,
    pub knows_idle: bool,
}

/// How a host stands, worst first: the order of attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// At its limit: one more session is refused.
    Full,
    /// Nothing heard for longer than twice the sampling interval and a minute.
    Silent,
    /// At 80 % of its limit or more.
    Watch,
    Calm,
    /// It has no limit; saturation is not defined.
    Unlimited,
    /// Nobody knows its limit, or no snapshot has come yet.
    Unknown,
}

/// From this saturation on a host is watched with concern.
pub const WATCH_SATURATION: f64 = 0.8;

impl Level {
    /// Of a host that reports.
    fn of(saturation: Option<f64>, is_unlimited: bool) -> Self {
        match saturation {
            Some(s) if s >= 1.0 => Self::Full,
            Some(s) if s >= WATCH_SATURATION => Self::Watch,
            Some(_) => Self::Calm,
            None if is_unlimited => Self::Unlimited,
            None => Self::Unknown,
        }
    }

    pub const ALL: [Self; 6] = [Self::Full, Self::Silent, Self::Watch, Self::Calm, Self::Unlimited, Self::Unknown];

    /// The word in URLs and in the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Silent => "silent",
            Self::Watch => "watch",
            Self::Calm => "calm",
            Self::Unlimited => "unlimited",
            Self::Unknown => "unknown",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.word() == word)
    }
}

impl Now {
    #[must_use]
    pub fn saturation(&self) -> Option<f64> {
        self.limit.saturation(self.totals.sessions)
    }

    /// Whether a newer snapshot is overdue at `now_at`.
    #[must_use]
    pub fn is_silent(&self, now_at: i64) -> bool {
        is_overdue(self.taken_at, self.sampling_secs, now_at)
    }
}

fn is_overdue(taken_at: i64, sampling_secs: u32, now_at: i64) -> bool {
    now_at - taken_at > i64::from(sampling_secs) * 2_000 + super::time::MINUTE_MS
}

impl NowInShort {
    #[must_use]
    pub fn saturation(&self) -> Option<f64> {
        let limit = Limit { sessions: self.limit_sessions, unlimited: self.is_unlimited, ..Limit::UNKNOWN };
        limit.saturation(self.sessions)
    }

    /// Whether a newer snapshot is overdue at `now_at`.
    #[must_use]
    pub fn is_silent(&self, now_at: i64) -> bool {
        is_overdue(self.taken_at, self.sampling_secs, now_at)
    }
}

impl HostInShort {
    #[must_use]
    pub fn level(&self, now_at: i64) -> Level {
        match &self.now {
            None => Level::Unknown,
            Some(now) if now.is_silent(now_at) => Level::Silent,
            Some(now) => Level::of(now.saturation(), now.is_unlimited),
        }
    }

    /// Sessions ÷ limit in the newest snapshot.
    #[must_use]
    pub fn saturation(&self) -> Option<f64> {
        self.now.as_ref()?.saturation()
    }

    /// Whether its newest snapshot says how it is now.
    #[must_use]
    pub fn is_reporting(&self, now_at: i64) -> bool {
        self.now.is_some_and(|now| !now.is_silent(now_at))
    }
}

impl HostNow {
    #[must_use]
    pub fn level(&self, now_at: i64) -> Level {
        let Some(now) = self.state.as_ref().and_then(|s| s.now.as_ref()) else { return Level::Unknown };
        if now.is_silent(now_at) {
            return Level::Silent;
        }
        Level::of(now.saturation(), now.limit.unlimited)
    }
}
