//! The evidence of an incident: what was known of its host, its sessions and what happened around it, in no language. Pages, mails,
//! tickets, the API and the bundle are all made of this one thing.
//!
//! It is made of history and kept as JSON with its incident, for years longer than the snapshots. So: every field has a default, what a
//! later version wrote is left out, and words that stand for something are keys, not values: erasing names changes values only.

mod holding;
mod point;
mod word;

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

pub use self::holding::{Holder, IdleClient, IdleSessions, Rest, UserHolder};
pub use self::point::{Cause, Point, Suspected};
pub use self::word::Word;
use super::episode::Moment;
use super::event::EventClass;
use super::eyes::Eyes;
use super::finding::{Fact, Severity};
use super::id::{EventId, HostId, IncidentId};
use super::incident::Kind;
use super::limit::{Limit, LimitSource};

/// What is written now. Grows when a field comes to mean something else.
pub const VERSION: u32 = 1;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// [`VERSION`] of the program that made it; 0 if nothing is there.
    pub version: u32,
    pub computed_at: i64,
    pub incident: Option<IncidentId>,
    /// None for one of a later version.
    #[serde(with = "word::as_key")]
    pub kind: Option<Kind>,
    /// The share or the client that it is about; empty for none.
    pub subject: String,
    pub opened_at: i64,
    pub from_at: i64,
    /// None if it was not over.
    pub until_at: Option<i64>,
    pub host: HostThen,
    /// When it held most sessions; none if nothing was observed.
    pub peak: Option<Figures>,
    /// The newest snapshot before it began.
    pub before: Option<Figures>,
    pub at_limit: AtLimit,
    pub holes: Holes,
    /// Who held sessions at the peak, most first.
    pub holders: Vec<Holder>,
    /// All holders who are not listed.
    pub rest: Rest,
    /// The users of the sessions at the peak, most sessions first.
    pub users: Vec<UserHolder>,
    /// How many are not listed.
    pub more_users: u32,
    /// Sessions at the peak that were idle, by the name under which the host knew the client.
    pub idle: Vec<IdleClient>,
    /// How many clients with idle sessions are not listed.
    pub more_idle: u32,
    /// In order.
    pub events: Vec<EventThen>,
    pub more_events: u64,
    /// Within the day before, and while it lasted; in order.
    pub changes: Vec<Changed>,
    /// Rules that held.
    pub findings: Vec<FindingThen>,
    /// The same weekday and time a week before; none if nothing was observed then.
    pub week_before: Option<WeekBefore>,
    pub earlier: Earlier,
    /// Likeliest first.
    pub causes: Vec<Cause>,
    pub looked: LookedThen,
}

/// The host as it was then.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HostThen {
    /// None if the incident is about the fleet.
    pub id: Option<HostId>,
    pub name: String,
    pub os: String,
    pub os_build: String,
    pub domain: String,
    pub cluster: String,
    /// IANA name; empty if unknown.
    pub time_zone: String,
    pub group_name: String,
    pub agent_version: String,
    /// What listed its sessions: `win32-502`, `samba`, …
    pub source: String,
    /// At the peak, else before it began.
    pub limit: LimitThen,
}

/// What capped its sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LimitThen {
    pub sessions: Option<u32>,
    pub is_unlimited: bool,
    #[serde(with = "word::as_key")]
    pub source: Option<LimitSource>,
}

/// A snapshot in figures. Counts that the source did not know are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    pub taken_at: i64,
    pub sessions: u32,
    pub clients: u32,
    pub opens: Option<u64>,
    /// Idle for 15 minutes and longer.
    pub idle: Option<u32>,
    pub zero_open: Option<u32>,
    pub idle_zero_open: Option<u32>,
    pub limit: LimitThen,
    /// There may have been more sessions.
    pub is_partial: bool,
}

/// When one more session would have been refused.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AtLimit {
    /// The first ones, in order.
    pub stretches: Vec<Stretch>,
    /// How many there were.
    pub count: u32,
    /// All of them together, in milliseconds.
    pub total_ms: i64,
    /// From here on beginnings and ends are known to five minutes only.
    pub coarse_from_at: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Stretch {
    pub from_at: i64,
    pub to_at: i64,
}

/// Where nothing is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Holes {
    /// The longest ones, in order.
    pub longest: Vec<Hole>,
    pub count: u32,
    /// All of them together, in milliseconds.
    pub total_ms: i64,
    /// Records that the agent says were lost.
    pub lost_records: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Hole {
    pub from_at: i64,
    pub to_at: i64,
    /// The wire's word for why, if the agent said so.
    #[serde(with = "word::as_key")]
    pub reason: Option<String>,
}

/// An event, with what the agent saw right after it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EventThen {
    pub id: Option<EventId>,
    pub recorded_at: i64,
    pub channel: String,
    pub provider: String,
    pub record_id: u64,
    pub code: u32,
    pub level: u8,
    /// None for one of a later version.
    #[serde(with = "word::as_key")]
    pub class: Option<EventClass>,
    /// The snapshots that it made the agent take, in order.
    pub burst: Vec<Look>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Look {
    pub taken_at: i64,
    pub sessions: u32,
    pub clients: u32,
}

/// Something about the host that was different.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Changed {
    /// When it was seen first…
    pub seen_at: i64,
    /// …and the last time that it was as before.
    pub after_at: i64,
    /// The word of [`change::What`](super::change::What), or `limit`.
    #[serde(with = "word::as_key")]
    pub what: Option<String>,
    /// Of a setting.
    pub name: String,
    /// None if there was none. Of a limit, the number.
    pub before: Option<String>,
    pub after: Option<String>,
}

/// A rule that held on the host.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FindingThen {
    pub rule: String,
    /// None for one of a later version.
    #[serde(with = "word::as_key")]
    pub severity: Option<Severity>,
    /// What was found, as far as this version knows it…
    #[serde(deserialize_with = "word::known")]
    pub facts: Vec<Fact>,
    /// …or in the words of an earlier one.
    pub words: String,
    pub since_at: i64,
}

/// The same span a week before.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WeekBefore {
    pub from_at: i64,
    pub to_at: i64,
    pub peak_sessions: u32,
    pub peak_at: i64,
    /// Highest sessions ÷ limit; none if there was no limit.
    pub max_saturation: Option<f64>,
    pub full_ms: i64,
}

/// Incidents of the same kind of this host before this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Earlier {
    /// How far back was looked.
    pub days: u32,
    pub count: u32,
    pub last_at: Option<i64>,
    /// The weekday and hour, by the host's clock, in which most of them began; none if no two did in the same.
    pub mostly: Option<Mostly>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Mostly {
    /// From Monday, 0.
    pub weekday: u8,
    pub hour: u8,
    pub count: u32,
    /// One of them, to name the day by.
    pub at: i64,
}

/// How much of history was looked at snapshot by snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LookedThen {
    pub snapshots: u64,
    pub sessions: u64,
    /// Until when, if there was too much for all of it.
    pub cut_at: Option<i64>,
}

impl Evidence {
    /// The JSON that is kept.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Texts, numbers and lists, which JSON can all say.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Out of the store; none if it is no evidence.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The same for these eyes: users whom they see as pseudonyms are not in an order that tells of their names.
    #[must_use]
    pub fn in_order_for(mut self, eyes: &Eyes) -> Self {
        if eyes.see_names() {
            return self;
        }
        self.users.sort_by_cached_key(|user| (Reverse(user.sessions), user.name.seen_by(eyes)));
        for holder in &mut self.holders {
            holder.users.sort_by_cached_key(|name| name.seen_by(eyes));
        }
        self
    }

    /// When it ended, or until when it is told.
    #[must_use]
    pub fn told_until_at(&self) -> i64 {
        self.until_at.unwrap_or(self.computed_at).max(self.from_at)
    }

    /// The fewest holders that held half of the sessions at the peak, five at the most, and how many they held; none if five held less
    /// than half.
    #[must_use]
    pub fn leaders(&self) -> Option<(&[Holder], u32)> {
        let all = self.peak?.sessions;
        let mut held = 0_u32;
        for (place, holder) in self.holders.iter().take(MOST_LEADERS).enumerate() {
            held = held.saturating_add(holder.sessions);
            if held > 0 && held.saturating_mul(2) >= all {
                return Some((&self.holders[..=place], held));
            }
        }
        None
    }
}

/// More clients than this lead nothing.
const MOST_LEADERS: usize = 5;

impl LimitThen {
    /// Sessions ÷ limit, as [`Limit::saturation`].
    #[must_use]
    pub fn saturation(&self, sessions: u32) -> Option<f64> {
        Limit::from(*self).saturation(sessions)
    }
}

impl From<Limit> for LimitThen {
    fn from(limit: Limit) -> Self {
        let source = Some(limit.source).filter(|source| *source != LimitSource::Unknown);
        Self { sessions: limit.sessions, is_unlimited: limit.unlimited, source }
    }
}

impl From<LimitThen> for Limit {
    fn from(limit: LimitThen) -> Self {
        let source = limit.source.unwrap_or(LimitSource::Unknown);
        Self { sessions: limit.sessions, unlimited: limit.is_unlimited, source }
    }
}

impl From<&Moment> for Figures {
    fn from(moment: &Moment) -> Self {
        let totals = moment.totals;
        Self {
            taken_at: moment.taken_at,
            sessions: totals.sessions,
            clients: totals.clients,
            opens: totals.opens,
            idle: totals.idle_sessions,
            zero_open: totals.zero_open_sessions,
            idle_zero_open: moment.idle_zero_open,
            limit: moment.limit.into(),
            is_partial: moment.is_partial,
        }
    }
}

impl Figures {
    /// Idle sessions with open files.
    #[must_use]
    pub fn idle_with_opens(&self) -> Option<u32> {
        self.idle.zip(self.idle_zero_open).map(|(idle, both)| idle.saturating_sub(both))
    }

    /// Sessions that were used within the last 15 minutes.
    #[must_use]
    pub fn active(&self) -> Option<u32> {
        self.idle.map(|idle| self.sessions.saturating_sub(idle))
    }
}

impl Stretch {
    #[must_use]
    pub fn length_ms(&self) -> i64 {
        (self.to_at - self.from_at).max(0)
    }
}

#[cfg(test)]
mod tests;
