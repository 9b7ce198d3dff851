//! What the API says of holders of sessions: clients, and users alike.

use serde::Serialize;
use utoipa::ToSchema;

use crate::model::holder::{Held, Least, TopHolder};
use crate::web::api::{Instant, secs};
use crate::web::beside::Beside;
use crate::web::knowledge::Knowledge;

#[derive(Debug, Serialize, ToSchema)]
pub struct ClientsBody {
    #[serde(flatten)]
    pub of: RankedBody,
    pub clients: Vec<HolderBody>,
    /// Give it as `after` to get the next ones; null at the end.
    pub next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct UsersBody {
    #[serde(flatten)]
    pub of: RankedBody,
    pub users: Vec<HolderBody>,
    /// Give it as `after` to get the next ones; null at the end.
    pub next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RankedBody {
    pub from: Instant,
    pub to: Instant,
    /// Until when everything that was reported is counted.
    pub complete_until: Instant,
    /// By which figure they are ranked.
    pub by: &'static str,
    /// How many there are (with that text in their name), of which these are some.
    pub total: usize,
    /// What all of them held together, whatever their names.
    pub session_secs: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HolderBody {
    pub id: i64,
    /// Empty for the user of anonymous sessions.
    pub name: String,
    /// Other names of the same client, which are counted with it.
    pub other_names: Vec<String>,
    /// What the rules say it is; null if none matches.
    pub class: Option<&'static str>,
    #[serde(flatten)]
    pub held: HeldBody,
    /// The hosts that it was on; at most a hundred of a single client or user are told of in `on_hosts`.
    pub host_ids: Vec<i64>,
}

/// What somebody held over a stretch of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldBody {
    pub session_secs: i64,
    pub peak_sessions: u32,
    /// Less than `peak_sessions` where a client has several names, and nobody can tell whether they were there at once.
    pub peak_sessions_at_least: u32,
    /// Null if it held nothing.
    pub peak_at: Option<Instant>,
    /// Null where the sources do not know opens.
    pub peak_opens: Option<u32>,
    pub peak_opens_at_least: Option<u32>,
    /// Part of `session_secs` in which the session had done nothing for 15 minutes; null where the sources do not know.
    pub idle_secs: Option<i64>,
    /// Part of `session_secs` in which the session had no file open; null where the sources do not know.
    pub zero_open_secs: Option<i64>,
    /// How long it held a session on a host that was full. Presence, not proof.
    pub full_secs: i64,
    pub full_secs_at_least: i64,
    /// Null if it held nothing.
    pub first_seen_at: Option<Instant>,
    pub last_seen_at: Option<Instant>,
}

/// One client or user.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolderDetailBody {
    pub from: Instant,
    pub to: Instant,
    /// Until when everything that was reported is counted.
    pub complete_until: Instant,
    #[serde(flatten)]
    pub holder: HolderBody,
    pub on_hosts: Vec<OnHostBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OnHostBody {
    pub host_id: i64,
    pub host: String,
    #[serde(flatten)]
    pub held: HeldBody,
}

pub(super) fn holder_body(holder: TopHolder<i64>, knowledge: &Knowledge, beside: &Beside) -> HolderBody {
    let knows = Knows { idle: knowledge.of_idle(&holder.hosts), opens: knowledge.of_opens(&holder.hosts) };
    HolderBody {
        id: holder.id,
        name: holder.name,
        other_names: beside.others.get(&holder.id).cloned().unwrap_or_default(),
        class: beside.classes.get(&holder.id).map(|class| class.word()),
        held: held_body(&holder.held, &holder.least, knows),
        host_ids: holder.hosts.iter().map(|h| h.0).collect(),
    }
}

/// What the sources know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Knows {
    pub(super) idle: bool,
    pub(super) opens: bool,
}

pub(super) fn held_body(held: &Held, least: &Least, knows: Knows) -> HeldBody {
    let knows_opens = knows.opens || held.peak_opens > 0;
    let is_any = held.peak_sessions > 0;
    let at = |at: i64| is_any.then_some(Instant(at));
    HeldBody {
        session_secs: secs(held.session_ms),
        peak_sessions: held.peak_sessions,
        peak_sessions_at_least: least.peak_sessions,
        peak_at: at(held.peak_at),
        peak_opens: knows_opens.then_some(held.peak_opens),
        peak_opens_at_least: knows_opens.then_some(least.peak_opens),
        idle_secs: (knows.idle || held.idle_ms > 0).then_some(secs(held.idle_ms)),
        zero_open_secs: knows_opens.then_some(secs(held.zero_open_ms)),
        full_secs: secs(held.full_ms),
        full_secs_at_least: secs(least.full_ms),
        first_seen_at: at(held.first_seen_at),
        last_seen_at: at(held.last_seen_at),
    }
}
