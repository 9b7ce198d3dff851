//! Who holds the sessions: clients. What is said of [`users`](super::users) is the same.

pub mod body;

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use self::body::{ClientsBody, HolderBody, HolderDetailBody, Knows, OnHostBody, RankedBody, held_body, holder_body};
use super::id::Id;
use super::list::{How, Table};
use super::query::{Query, Result};
use super::{Instant, secs};
use crate::model::class::Class;
use crate::model::holder::Measure;
use crate::model::time::DAY_MS;
use crate::model::{ClientId, HostId};
use crate::store;
use crate::store::rank::{self, By, Ranking, Scope, Whose};
use crate::web::Site;
use crate::web::auth::{May, Read};
use crate::web::beside::Beside;
use crate::web::error::Error;
use crate::web::knowledge::Knowledge;

/// Most holders in one answer.
const MOST: u32 = 10_000;

/// The fields of a holder, as columns.
pub(super) const COLUMNS: &[&str] = &[
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

/// Clients by what they hold, the greatest first.
#[utoipa::path(
    get, path = "/api/v1/clients", operation_id = "listClients", tag = "clients",
    params(
        ("host" = Option<i64>, Query, description = "Only what was held on the host with this id."),
        ("group" = Option<String>, Query, description = "Only what was held on hosts of this group."),
        ("class" = Option<String>, Query, description = "Only those whom the rules put into this class."),
        ("from" = Option<Instant>, Query, description = "Seven days before `to` if it is not said."),
        ("to" = Option<Instant>, Query, description = "Now if it is not said."),
        ("by" = Option<String>, Query, description = "By which figure they are ranked."),
        ("q" = Option<String>, Query, description = "Only those with this text in one of their names, without regard to case."),
        ("limit" = Option<u32>, Query, description = "How many at most; 100 if it is not said.", minimum = 1, maximum = 10000),
        ("after" = Option<String>, Query, description = "The `next` of the answer before."),
    ),
    responses((status = 200, description = "Clients", content((ClientsBody = "application/json"), (String = "text/csv")))),
)]
pub async fn index(_: May<Read>, State(site): State<Site>, query: Query) -> Result<Response> {
    let (how, of, (clients, next)) = ranked(&site, By::Client, query).await?;
    let body = ClientsBody { of, clients, next };
    Ok(how.list(&body, Table { rows: "clients", columns: COLUMNS }, body.next.as_deref()))
}

/// One client, over all hosts.
///
/// Of a name that was merged, the client whose name it is.
#[utoipa::path(
    get, path = "/api/v1/clients/{id}", operation_id = "getClient", tag = "clients",
    params(
        ("id" = i64, Path, description = "The client's id."),
        ("from" = Option<Instant>, Query, description = "Seven days before `to` if it is not said."),
        ("to" = Option<Instant>, Query, description = "Now if it is not said."),
    ),
    responses((status = 200, description = "The client", body = HolderDetailBody)),
)]
pub async fn show(
    _: May<Read>,
    State(site): State<Site>,
    Id(id): Id<ClientId>,
    query: Query,
) -> Result<Json<HolderDetailBody>> {
    let id = store::aliases::main_of(&site.db, id).await?;
    let name = store::names::client(&site.db, id).await?.ok_or(Error::NotFound("client"))?;
    one(&site, By::Client, (id.0, name), query).await
}

/// A part of the ranking that the parameters ask for, and what all of it comes to.
pub(super) async fn ranked(
    site: &Site,
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
    let hosts = store::hosts::in_short(&site.db).await?;
    let in_group: Vec<HostId> = hosts.iter().filter(|h| group.as_ref() == Some(&h.group_name)).map(|h| h.id).collect();
    let whose = match (host, &group) {
        (Some(host), _) if hosts.iter().any(|known| known.id == host) => Whose::Host(host),
        // What is no host has held nothing, and may be a number that no record's key could have.
        (Some(_), _) => Whose::Hosts(&[]),
        (None, Some(_)) => Whose::Hosts(&in_group),
        (None, None) => Whose::Fleet,
    };
    let scope = Scope { whose, from_at, to_at };
    let ranking = Ranking { measure, skip, most: most as usize, name_contains, class };
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
    let end = skip.saturating_add(ranked.rows.len());
    let next = (!ranked.rows.is_empty() && end < ranked.matching).then(|| end.to_string());
    let rows = ranked.rows.into_iter().map(|row| holder_body(row.top, &knowledge, &beside)).collect();
    Ok((how, of, (rows, next)))
}

/// One holder over the stretch that the parameters ask for.
pub(super) async fn one(
    site: &Site,
    by: By,
    (id, name): (i64, String),
    mut query: Query,
) -> Result<Json<HolderDetailBody>> {
    let now_at = site.clock.now_at();
    let (from_at, to_at) = query.range(now_at, 7 * DAY_MS, 400 * DAY_MS)?;
    query.done()?;
    let hosts = store::hosts::in_short(&site.db).await?;
    let (knowledge, beside) = (Knowledge::of(&hosts), Beside::of(&site.db, by, &[id]).await?);
    let names: HashMap<HostId, String> = hosts.into_iter().map(|host| (host.id, host.name)).collect();
    let one = rank::one(&site.db, by, id, from_at, to_at).await?;
    let complete_until_at = rank::complete(&site.db, now_at).await?.until_at;
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
