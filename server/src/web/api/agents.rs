//! Enrolled agents. What agents themselves call is in [`agent`](super::agent).

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::Instant;
use super::body::Nothing;
use super::id::Id;
use super::list::{Table, cut};
use super::once::{Asked, Said, begin};
use super::query::{Query, Result};
use crate::locale::Message;
use crate::model::agent::{Agent, AgentState};
use crate::model::audit::{Action, Deed, SubjectKind};
use crate::model::time::DAY_MS;
use crate::model::{AgentId, HostId};
use crate::store;
use crate::store::intake::Notice;
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
    /// As the machine called itself when it enrolled, as are the next five.
    name: String,
    machine_id: String,
    os: String,
    /// Null for none.
    domain: Option<String>,
    version: String,
    address: String,
    /// Null if the token is gone.
    token_id: Option<i64>,
    /// The rule of approval that let it in; null if none did.
    approval_rule_id: Option<i64>,
    /// Since when its key is its key.
    key_at: Instant,
    /// Since when it is asked to make itself another key; null if it is not.
    key_asked_at: Option<Instant>,
    /// What its host has sent as much of as it may, if that was within a day; null if nothing.
    over_quota: Option<&'static str>,
    /// When it was last turned away for that.
    over_quota_at: Option<Instant>,
    /// When two machines were last seen to send as its host, within a day; null if they were not.
    two_machines_at: Option<Instant>,
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
        "domain",
        "version",
        "address",
        "token_id",
        "approval_rule_id",
        "key_at",
        "key_asked_at",
        "over_quota",
        "over_quota_at",
        "two_machines_at",
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
    let notices = notices(&site).await?;
    let body = AgentsBody { agents: agents.into_iter().map(|agent| agent_body(agent, &notices)).collect(), next };
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
    Ok(Json(agent_body(agent, &notices(&site).await?)))
}

/// Asks an agent to make itself another key, without a pause and without enrolling again.
///
/// It does so with its next request. The old key counts until the new one is used. An agent that is asked already stays asked.
#[utoipa::path(
    post, path = "/api/v1/agents/{id}/rotate", operation_id = "rotateAgentKey", tag = "agents",
    params(("id" = i64, Path, description = "The agent's id.")),
    responses((status = 200, description = "The agent", body = EnrolledBody)),
)]
pub async fn rotate(State(site): State<Site>, Id(id): Id<AgentId>, asked: Asked<Admin, Nothing>) -> Result<Response> {
    let mut once = begin!(&site, asked.named);
    let agent = store::agents::find(&site.db, id).await?.ok_or(Error::NotFound("agent"))?;
    let is_news = store::agents::ask_for_key(&mut once.tx, id, once.now_at).await?;
    if is_news {
        let deed = Deed::on(Action::AgentKeyAsked, (SubjectKind::Agent, id.0, &agent.name));
        store::audit::record(&mut once.tx, &asked.trail, &deed).await?;
    } else if agent.state != AgentState::Approved {
        let said = Message::for_anybody("settings-key-asked-before").with("name", &agent.name);
        return Err(Error::Conflict(said).into());
    }
    let key_asked_at = agent.key_asked_at.or(is_news.then_some(once.now_at));
    let body = agent_body(Agent { key_asked_at, ..agent }, &notices(&site).await?);
    let response = once.answer(Said::new(StatusCode::OK, &body)?).await?;
    site.agents.forget_orders().await;
    tracing::info!(agent = id.0, caller = ?asked.caller.id(), "an agent is asked for another key");
    Ok(response)
}

type Notices = HashMap<HostId, Notice>;

/// Of the last day.
async fn notices(site: &Site) -> Result<Notices> {
    let all = store::intake::notices(&site.db, site.clock.now_at() - DAY_MS).await?;
    Ok(all.into_iter().map(|notice| (notice.host, notice)).collect())
}

fn agent_body(agent: Agent, notices: &Notices) -> EnrolledBody {
    let notice = notices.get(&agent.host);
    let refused = notice.and_then(|notice| notice.refused);
    EnrolledBody {
        id: agent.id.0,
        host_id: agent.host.0,
        state: agent.state.word(),
        name: agent.name,
        machine_id: agent.machine_id,
        os: agent.os,
        version: agent.version,
        address: agent.address,
        domain: Some(agent.domain).filter(|domain| !domain.is_empty()),
        token_id: agent.token.map(|token| token.0),
        approval_rule_id: agent.rule.map(|rule| rule.0),
        key_at: Instant(agent.key_at),
        key_asked_at: agent.key_asked_at.map(Instant),
        over_quota: refused.map(|refused| refused.measure.word()),
        over_quota_at: refused.map(|refused| Instant(refused.at)),
        two_machines_at: notice.and_then(|notice| notice.twin_at).map(Instant),
        enrolled_at: Instant(agent.enrolled_at),
        decided_at: agent.decided_at.map(Instant),
        seen_at: agent.seen_at.map(Instant),
    }
}
