//! Who holds the sessions: what is said alike of [`clients`](super::clients) and [`users`](super::users).

pub mod body;

use std::collections::HashMap;

use axum::Json;
use utoipa::IntoParams;

use self::body::{HolderBody, HolderDetailBody, Knows, OnHostBody, RankedBody, held_body, holder_body};
use super::list::{How, Table};
use super::query::{Query, Result};
use super::{Instant, secs};
use crate::model::HostId;
use crate::model::class::Class;
use crate::model::holder::Measure;
use crate::model::host::HostInShort;
use crate::model::time::DAY_MS;
use crate::store;
use crate::store::rank::{self, By, Ranking, Scope, Whose};
use crate::web::Site;
use crate::web::auth::Caller;
use crate::web::beside::Beside;
use crate::web::knowledge::Knowledge;
use crate::web::sight::Sees;

/// Most holders in one answer.
const MOST: u32 = 10_000;

/// The fields of a holder, as columns.
const COLUMNS: &[&str] = &[
    "id",
    "name",
    "other_names",
    "class",
    "session_secs",
    "peak_sessions",
    "peak_sessions_at_least",
    "peak_at",
    "peak_opens",
    "peak_opens_at_least",
    "idle_secs",
    "zero_open_secs",
    "full_secs",
    "full_secs_at_least",
    "first_seen_at",
    "last_seen_at",
    "host_ids",
];

/// Which of them a ranking is of. Endpoints take these from their [`Query`]; this is how they are documented.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RankedParams {
    /// Only what was held on the host with this id.
    pub host: Option<i64>,
    /// Only what was held on hosts of this group.
    pub group: Option<String>,
    /// Only those whom the rules put into this class.
    pub class: Option<String>,
    /// By which figure they are ranked.
    pub by: Option<String>,
    /// Only those with this text in one of their names, without regard to case. Who sees pseudonyms of users finds them by those.
    pub q: Option<String>,
    /// How many at most; 100 if it is not said.
    #[param(minimum = 1, maximum = 10000)]
    pub limit: Option<u32>,
    /// The `next` of the answer before.
    pub after: Option<String>,
}

/// Over which stretch of time, likewise.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StretchParams {
    /// Seven days before `to` if it is not said.
    pub from: Option<Instant>,
    /// Now if it is not said.
    pub to: Option<Instant>,
}

/// A ranking as a table: where in the body its rows are.
pub(super) fn table(rows: &'static str) -> Table {
    Table { rows, columns: COLUMNS }
}

/// A part of the ranking that the parameters ask for, of the hosts that are seen, and what all of it comes to, as who asks
/// sees it.
pub(super) async fn ranked(
    (site, sees, caller): (&Site, &Sees, &Caller),
    by: By,
    mut query: Query,
) -> Result<(How, RankedBody, (Vec<HolderBody>, Option<String>))> {
    let words = Measure::ALL.map(Measure::word).join(", ");
    let measure = query.parsed("by", &format!("one of {words}"), Measure::from_word)?.unwrap_or_default();
    let host = query.number("host")?.map(HostId);
    let group = query.text("group");
    let classes = Class::ALL.map(Class::word).join(", ");
    let class = query.parsed("class", &format!("one of {classes}"), Class::from_word)?;
    let most = query.limit(100, MOST)?;
    let skip = query.place()?.map_or(0, |place| usize::try_from(place).unwrap_or(usize::MAX));
    let name_contains = query.text("q").unwrap_or_default();
    let now_at = site.clock.now_at();
    let (from_at, to_at) = query.range(now_at, 7 * DAY_MS, 400 * DAY_MS)?;
    let how = query.done()?;
    let hosts = sees.hosts(store::hosts::in_short(&site.db).await?);
    let is_in = |h: &&HostInShort| group.as_ref().is_none_or(|group| *group == h.group_name);
    let several: Vec<HostId> = hosts.iter().filter(is_in).map(|h| h.id).collect();
    let whose = match (host, &group) {
        (Some(host), _) if hosts.iter().any(|known| known.id == host) => Whose::Host(host),
        // What is no host has held nothing, and may be a number that no record's key could have.
        (Some(_), _) => Whose::Hosts(&[]),
        (None, None) if !sees.is_confined() => Whose::Fleet,
        (None, _) => Whose::Hosts(&several),
    };
    let scope = Scope { whose, from_at, to_at };
    let ranking = Ranking { measure, skip, most: most as usize, name_contains, class };
    let ranked = rank::top(&site.db, by, scope, &ranking, &site.eyes.of_caller(caller)).await?;
    // Of one host the newest hour is always counted.
    let complete_until_at = match host {
        Some(_) => now_at,
        None => rank::complete_seen(&site.db, now_at, sees.sight()).await?.until_at,
    };
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
    let end = skip.saturating_add(ranked.rows.len());
    let next = (!ranked.rows.is_empty() && end < ranked.matching).then(|| end.to_string());
    let rows = ranked.rows.into_iter().map(|row| holder_body(row.top, &knowledge, &beside)).collect();
    Ok((how, of, (rows, next)))
}

/// One holder over the stretch that the parameters ask for, on the hosts that are seen, under the name that who asks sees.
/// Whether it is seen itself was [asked](Sees::holder) before.
pub(super) async fn one(
    (site, sees): (&Site, &Sees),
    by: By,
    (id, name): (i64, String),
    mut query: Query,
) -> Result<Json<HolderDetailBody>> {
    let now_at = site.clock.now_at();
    let (from_at, to_at) = query.range(now_at, 7 * DAY_MS, 400 * DAY_MS)?;
    query.done()?;
    let hosts = sees.hosts(store::hosts::in_short(&site.db).await?);
    let seen: Vec<HostId> = hosts.iter().map(|host| host.id).collect();
    let (knowledge, beside) = (Knowledge::of(&hosts), Beside::of(&site.db, by, &[id]).await?);
    let names: HashMap<HostId, String> = hosts.into_iter().map(|host| (host.id, host.name)).collect();
    let whose = if sees.is_confined() { Whose::Hosts(&seen) } else { Whose::Fleet };
    let one = rank::one_of(&site.db, by, id, Scope { whose, from_at, to_at }).await?;
    let complete_until_at = rank::complete_seen(&site.db, now_at, sees.sight()).await?.until_at;
    let knows = |hosts: &[HostId]| Knows { idle: knowledge.of_idle(hosts), opens: knowledge.of_opens(hosts) };
    let on_hosts = one.on_hosts.iter().map(|on| OnHostBody {
        host_id: on.host.0,
        host: names.get(&on.host).cloned().unwrap_or_default(),
        held: held_body(&on.held, &on.least, knows(&[on.host])),
    });
    Ok(Json(HolderDetailBody {
        from: Instant(from_at),
        to: Instant(to_at),
        complete_until: Instant(complete_until_at.min(to_at)),
        on_hosts: on_hosts.collect(),
        holder: HolderBody {
            id,
            name,
            other_names: beside.others.get(&id).cloned().unwrap_or_default(),
            class: beside.classes.get(&id).map(|class| class.word()),
            held: held_body(&one.held, &one.least, knows(&one.hosts)),
            host_ids: one.hosts.iter().map(|host| host.0).collect(),
        },
    }))
}
