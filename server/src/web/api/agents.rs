//! Enrolled agents. What agents themselves call is in [`agent`](super::agent).

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::Instant;
use super::id::Id;
use super::list::{Table, cut};
use super::query::{Query, Result};
use crate::model::AgentId;
use crate::model::agent::{Agent, AgentState};
use crate::store;
use crate::web::Site;
use crate::web::auth::{Admin, May};
use crate::web::error::Error;

#[derive(Debug, Serialize, ToSchema)]
pub struct AgentsBody {
    /// In order of id.
    agents: Vec<EnrolledBody>,
    /// Give it as `after` to get the next ones; null at the end.
    next: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolledBody {
    id: i64,
    host_id: i64,
    /// What decides whether it may send.
    state: &'static str,
    /// As the machine called itself when it enrolled, as are the next four.
    name: String,
    machine_id: String,
    os: String,
    version: String,
    address: String,
    /// Null if the token is gone.
    token_id: Option<i64>,
    enrolled_at: Instant,
    decided_at: Option<Instant>,
    /// When its host was last heard; null if never.
    seen_at: Option<Instant>,
}

const TABLE: Table = Table {
    rows: "agents",
    columns: &[
        "id",
        "host_id",
        "state",
        "name",
        "machine_id",
        "os",
        "version",
        "address",
        "token_id",
        "enrolled_at",
        "decided_at",
        "seen_at",
    ],
};

/// Enrolled agents, in order of id.
#[utoipa::path(
    get, path = "/api/v1/agents", operation_id = "listAgents", tag = "agents",
    params(
        ("q" = Option<String>, Query, description = "Only those with this text in their name, address, machine, version or system."),
        ("state" = Option<String>, Query, description = "Only those in this state."),
        ("limit" = Option<u32>, Query, description = "How many at most; 1000 if it is not said.", minimum = 1, maximum = 10000),
        ("after" = Option<String>, Query, description = "The `next` of the answer before."),
    ),
    responses((status = 200, description = "Agents", content((AgentsBody = "application/json"), (String = "text/csv")))),
)]
pub async fn index(_: May<Admin>, State(site): State<Site>, mut query: Query) -> Result<Response> {
    let words = AgentState::ALL.map(AgentState::word).join(", ");
    let state = query.parsed("state", &format!("one of {words}"), AgentState::from_word)?;
    let wanted = query.text("q").unwrap_or_default().to_lowercase();
    let (most, after) = (query.limit(1_000, 10_000)?, query.place()?);
    let how = query.done()?;
    let is_wanted = |agent: &Agent| {
        state.is_none_or(|state| agent.state == state)
            && [&agent.name, &agent.address, &agent.machine_id, &agent.version, &agent.os]
                .iter()
                .any(|text| text.to_lowercase().contains(&wanted))
    };
    let mut agents: Vec<Agent> = store::agents::list(&site.db).await?.into_iter().filter(is_wanted).collect();
    agents.sort_by_key(|agent| agent.id);
    let (agents, next) = cut(agents, after, most);
    let body = AgentsBody { agents: agents.into_iter().map(agent_body).collect(), next };
    Ok(how.list(&body, TABLE, body.next.as_deref()))
}

/// One agent.
#[utoipa::path(
    get, path = "/api/v1/agents/{id}", operation_id = "getAgent", tag = "agents",
    params(("id" = i64, Path, description = "The agent's id.")),
    responses((status = 200, description = "The agent", body = EnrolledBody)),
)]
pub async fn show(
    _: May<Admin>,
    State(site): State<Site>,
    Id(id): Id<AgentId>,
    query: Query,
) -> Result<Json<EnrolledBody>> {
    query.done()?;
    let agent = store::agents::find(&site.db, id).await?.ok_or(Error::NotFound("agent"))?;
    Ok(Json(agent_body(agent)))
}

fn agent_body(agent: Agent) -> EnrolledBody {
    EnrolledBody {
        id: agent.id.0,
        host_id: agent.host.0,
        state: agent.state.word(),
        name: agent.name,
        machine_id: agent.machine_id,
        os: agent.os,
        version: agent.version,
        address: agent.address,
        token_id: agent.token.map(|token| token.0),
        enrolled_at: Instant(agent.enrolled_at),
        decided_at: agent.decided_at.map(Instant),
        seen_at: agent.seen_at.map(Instant),
    }
}
