//! The hosts as a file, with the filters of the page in force.

use std::collections::HashMap;

use axum::response::Response;

use super::Seen;
use super::asked::{Asked, level_word};
use super::rows::{self, Candidate, Day};
use crate::model::HostId;
use crate::model::host::{HostNow, Now};
use crate::store;
use crate::web::Site;
use crate::web::error::Result;
use crate::web::sheet::{Sheet, Wanted};

/// # Errors
/// The database's.
pub(super) async fn answer(site: &Site, seen: &Seen, asked: &Asked, wanted: Wanted) -> Result<Response> {
    let none = Day::none();
    let found = match asked.q.trim() {
        "" => None,
        q => Some(store::hosts::matching(&site.db, q).await?),
    };
    let candidates = rows::candidates(&seen.sources(&none, found.as_ref()), asked);
    let all: HashMap<HostId, HostNow> =
        store::hosts::all_now(&site.db).await?.into_iter().map(|host| (host.id, host)).collect();
    let mut sheet = Sheet::new(&[
        "Host",
        "FullName",
        "Group",
        "System",
        "State",
        "Sessions",
        "Limit",
        "LimitSource",
        "SaturationPercent",
        "Clients",
        "Opens",
        "IdleOver15Min",
        "ZeroOpens",
        "Peak24h",
        "PeakAt",
        "LastEventId",
        "LastEventAt",
        "SnapshotAt",
        "AgentVersion",
        "AgentHeardAt",
    ]);
    for candidate in &candidates {
        if let Some(host) = all.get(&candidate.host.id) {
            row(&mut sheet, candidate, host);
        }
    }
    Ok(sheet.into_answer("highwater-hosts", wanted))
}

fn row(sheet: &mut Sheet, candidate: &Candidate<'_>, host: &HostNow) {
    let now: Option<&Now> = host.state.as_ref().and_then(|state| state.now.as_ref());
    let totals = now.map(|now| now.totals);
    let (peak, event) = (candidate.peak(), candidate.event());
    sheet
        .text(&host.name)
        .text(&host.fqdn)
        .text(&host.group_name)
        .text(&host.os)
        .text(level_word(candidate.level))
        .known(totals.map(|totals| totals.sessions))
        .known(now.and_then(|now| now.limit.sessions.filter(|_| !now.limit.unlimited)))
        .text(now.map_or("", |now| if now.limit.unlimited { "none" } else { now.limit.source.word() }))
        .known_decimal(now.and_then(Now::saturation).map(|share| share * 100.0), 1)
        .known(totals.map(|totals| totals.clients))
        .known(totals.and_then(|totals| totals.opens))
        .known(totals.and_then(|totals| totals.idle_sessions))
        .known(totals.and_then(|totals| totals.zero_open_sessions))
        .known(peak.map(|(sessions, _)| sessions))
        .known_instant(peak.map(|(_, at)| at))
        .known(event.map(|(_, code)| code))
        .known_instant(event.map(|(at, _)| at))
        .known_instant(now.map(|now| now.taken_at))
        .text(host.state.as_ref().map_or("", |state| &state.agent_version))
        .known_instant(host.state.as_ref().map(|state| state.seen_at));
}
