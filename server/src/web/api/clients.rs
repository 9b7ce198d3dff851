//! Who holds the sessions: clients, and users alike.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::query::{Query, Result};
use super::{Instant, secs};
use crate::model::HostId;
use crate::model::class::Class;
use crate::model::holder::{Measure, TopHolder};
use crate::model::time::DAY_MS;
use crate::store;
use crate::store::rank::{self, By, Ranking, Scope, Whose};
use crate::web::Site;
use crate::web::auth::SignedIn;
use crate::web::beside::Beside;
use crate::web::knowledge::Knowledge;

/// Most holders in one answer.
const MOST: u32 = 10_000;

#[derive(Debug, Serialize)]
pub struct ClientsBody {
    #[serde(flatten)]
    of: RankedBody,
    clients: Vec<HolderBody>,
}

#[derive(Debug, Serialize)]
pub struct UsersBody {
    #[serde(flatten)]
    of: RankedBody,
    users: Vec<HolderBody>,
}

#[derive(Debug, Serialize)]
struct RankedBody {
    from: Instant,
    to: Instant,
    /// Until when everything that was reported is counted.
    complete_until: Instant,
    /// By which figure they are ranked.
    by: &'static str,
    /// How many there are (with that text in their name), of which these are the first.
    total: usize,
    /// What all of them held together, whatever their names.
    session_secs: i64,
}

#[derive(Debug, Serialize)]
struct HolderBody {
    id: i64,
    name: String,
    /// Other names of the same client, which are counted with it.
    other_names: Vec<String>,
    /// What the rules say it is; null if none matches.
    class: Option<&'static str>,
    session_secs: i64,
    peak_sessions: u32,
    /// Less than `peak_sessions` where a client has several names, and nobody can tell whether they were there at once.
    peak_sessions_at_least: u32,
    peak_at: Instant,
    /// Null where the sources do not know opens.
    peak_opens: Option<u32>,
    peak_opens_at_least: Option<u32>,
    /// Part of `session_secs` in which the session had done nothing for 15 minutes; null where the sources do not know.
    idle_secs: Option<i64>,
    /// Part of `session_secs` in which the session had no file open; null where the sources do not know.
    zero_open_secs: Option<i64>,
    /// How long it held a session on a host that was full. Presence, not proof.
    full_secs: i64,
    full_secs_at_least: i64,
    host_ids: Vec<i64>,
    first_seen_at: Instant,
    last_seen_at: Instant,
}

/// `GET /api/v1/clients?host&group&class&from&to&by&limit&q`
pub async fn index(_: SignedIn, State(site): State<Site>, query: Query) -> Result<Json<ClientsBody>> {
    let (of, clients) = ranked(&site, By::Client, query).await?;
    Ok(Json(ClientsBody { of, clients }))
}

/// `GET /api/v1/users?host&group&class&from&to&by&limit&q`
pub async fn users(_: SignedIn, State(site): State<Site>, query: Query) -> Result<Json<UsersBody>> {
    let (of, users) = ranked(&site, By::User, query).await?;
    Ok(Json(UsersBody { of, users }))
}

async fn ranked(site: &Site, by: By, mut query: Query) -> Result<(RankedBody, Vec<HolderBody>)> {
    let words = Measure::ALL.map(Measure::word).join(", ");
    let measure = query.parsed("by", &format!("one of {words}"), Measure::from_word)?.unwrap_or_default();
    let host = query.number("host")?.map(HostId);
    let group = query.text("group");
    let classes = Class::ALL.map(Class::word).join(", ");
    let class = query.parsed("class", &format!("one of {classes}"), Class::from_word)?;
    let most = query.limit(100, MOST)?;
    let name_contains = query.text("q").unwrap_or_default();
    let now_at = site.clock.now_at();
    let (from_at, to_at) = query.range(now_at, 7 * DAY_MS, 400 * DAY_MS)?;
    query.done()?;
    let hosts = store::hosts::in_short(&site.db).await?;
    let in_group: Vec<HostId> = hosts.iter().filter(|h| group.as_ref() == Some(&h.group_name)).map(|h| h.id).collect();
    let whose = match (host, &group) {
        (Some(host), _) => Whose::Host(host),
        (None, Some(_)) => Whose::Hosts(&in_group),
        (None, None) => Whose::Fleet,
    };
    let scope = Scope { whose, from_at, to_at };
    let ranking = Ranking { measure, skip: 0, most: most as usize, name_contains, class };
    let ranked = rank::top(&site.db, by, scope, &ranking).await?;
    // Of one host the newest hour is always counted.
    let complete_until_at = if host.is_some() { now_at } else { rank::complete(&site.db, now_at).await?.until_at };
    let knowledge = Knowledge::of(&hosts);
    let ids: Vec<i64> = ranked.rows.iter().map(|row| row.top.id).collect();
    let beside = Beside::of(&site.db, by, &ids).await?;
    let of = RankedBody {
        from: Instant(from_at),
        to: Instant(to_at),
        complete_until: Instant(complete_until_at.min(to_at)),
        by: measure.word(),
        total: ranked.matching,
        session_secs: secs(ranked.session_ms),
    };
    Ok((of, ranked.rows.into_iter().map(|row| holder_body(row.top, &knowledge, &beside)).collect()))
}

fn holder_body(holder: TopHolder<i64>, knowledge: &Knowledge, beside: &Beside) -> HolderBody {
    let (held, least) = (holder.held, holder.least);
    let knows_opens = knowledge.of_opens(&holder.hosts) || held.peak_opens > 0;
    HolderBody {
        id: holder.id,
        name: holder.name,
        other_names: beside.others.get(&holder.id).cloned().unwrap_or_default(),
        class: beside.classes.get(&holder.id).map(|class| class.word()),
        session_secs: secs(held.session_ms),
        peak_sessions: held.peak_sessions,
        peak_sessions_at_least: least.peak_sessions,
        peak_at: Instant(held.peak_at),
        peak_opens: knows_opens.then_some(held.peak_opens),
        peak_opens_at_least: knows_opens.then_some(least.peak_opens),
        idle_secs: (knowledge.of_idle(&holder.hosts) || held.idle_ms > 0).then_some(secs(held.idle_ms)),
        zero_open_secs: knows_opens.then_some(secs(held.zero_open_ms)),
        full_secs: secs(held.full_ms),
        full_secs_at_least: secs(least.full_ms),
        host_ids: holder.hosts.iter().map(|h| h.0).collect(),
        first_seen_at: Instant(held.first_seen_at),
        last_seen_at: Instant(held.last_seen_at),
    }
}
