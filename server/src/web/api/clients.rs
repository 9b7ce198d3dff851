//! Who holds the sessions.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::query::{Query, Result};
use super::{Instant, secs};
use crate::model::holder::{Measure, TopHolder};
use crate::model::time::DAY_MS;
use crate::model::{ClientId, HostId};
use crate::store;
use crate::store::holders::{Ranking, Scope};
use crate::web::Site;
use crate::web::auth::SignedIn;
use crate::web::knowledge::Knowledge;

/// Most clients in one answer.
const MOST: u32 = 10_000;

#[derive(Debug, Serialize)]
pub struct ClientsBody {
    from: Instant,
    to: Instant,
    /// By which figure they are ranked.
    by: &'static str,
    /// How many clients there are, of which these are the first.
    total: usize,
    clients: Vec<ClientBody>,
}

#[derive(Debug, Serialize)]
struct ClientBody {
    id: i64,
    name: String,
    session_secs: i64,
    peak_sessions: u32,
    peak_at: Instant,
    /// Null where the sources do not know opens.
    peak_opens: Option<u32>,
    /// Part of `session_secs` in which the session had done nothing for 15 minutes; null where the sources do not know.
    idle_secs: Option<i64>,
    /// Part of `session_secs` in which the session had no file open; null where the sources do not know.
    zero_open_secs: Option<i64>,
    /// How long it held a session on a host that was full. Presence, not proof.
    full_secs: i64,
    host_ids: Vec<i64>,
    first_seen_at: Instant,
    last_seen_at: Instant,
}

/// `GET /api/v1/clients?host&from&to&by&limit&q`
pub async fn index(_: SignedIn, State(site): State<Site>, mut query: Query) -> Result<Json<ClientsBody>> {
    let words = Measure::ALL.map(Measure::word).join(", ");
    let measure = query.parsed("by", &format!("one of {words}"), Measure::from_word)?.unwrap_or_default();
    let host = query.number("host")?.map(HostId);
    let most = query.limit(100, MOST)?;
    let name_contains = query.text("q").unwrap_or_default();
    let (from_at, to_at) = query.range(site.clock.now_at(), 7 * DAY_MS, 400 * DAY_MS)?;
    query.done()?;
    let scope = Scope { host, from_at, to_at };
    let ranking = Ranking { measure, skip: 0, most: most as usize, name_contains };
    let (clients, total) = store::holders::top_clients(&site.db, scope, &ranking).await?;
    let knowledge = Knowledge::of(&store::hosts::all_now(&site.db).await?);
    let clients = clients.into_iter().map(|c| client_body(c, &knowledge)).collect();
    Ok(Json(ClientsBody { from: Instant(from_at), to: Instant(to_at), by: measure.word(), total, clients }))
}

fn client_body(client: TopHolder<ClientId>, knowledge: &Knowledge) -> ClientBody {
    let held = client.held;
    let knows_opens = knowledge.of_opens(&client.hosts) || held.peak_opens > 0;
    ClientBody {
        id: client.id.0,
        name: client.name,
        session_secs: secs(held.session_ms),
        peak_sessions: held.peak_sessions,
        peak_at: Instant(held.peak_at),
        peak_opens: knows_opens.then_some(held.peak_opens),
        idle_secs: (knowledge.of_idle(&client.hosts) || held.idle_ms > 0).then_some(secs(held.idle_ms)),
        zero_open_secs: knows_opens.then_some(secs(held.zero_open_ms)),
        full_secs: secs(held.full_ms),
        host_ids: client.hosts.iter().map(|h| h.0).collect(),
        first_seen_at: Instant(held.first_seen_at),
        last_seen_at: Instant(held.last_seen_at),
    }
}
