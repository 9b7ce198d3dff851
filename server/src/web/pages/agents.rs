//! Enrolled agents, and what a person decides about them.

mod file;
mod key;

use std::collections::{HashMap, HashSet};

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::locale::{Locale, Message};
use crate::model::agent::{Agent, AgentState};
use crate::model::approval::NewRule;
use crate::model::audit::{Action, Deed, SubjectKind};
use crate::model::intake::Refused;
use crate::model::time::DAY_MS;
use crate::model::token::Approve;
use crate::model::{AgentId, ApprovalRuleId, HostId, TokenId};
use crate::store::intake::Notice;
use crate::store::{self, Db, Tx};
use crate::web::Site;
use crate::web::address::{Path, Query};
use crate::web::auth::{self, SignedIn};
use crate::web::error::{Error, Result};
use crate::web::layout::{Nav, Page, Viewer};
use crate::web::query::query;
use crate::web::sheet;

pub use key::key;

/// Rows of a page.
const ROWS: usize = 100;

#[derive(Debug, Template, WebTemplate)]
#[template(path = "settings/agents.html")]
pub struct AgentsPage {
    page: Page,
    sentence: Message,
    /// Those that wait for a person. Never cut: each of them keeps a host from being watched.
    waiting: Vec<Row>,
    rows: Vec<Row>,
    asked: Asked,
    states: [AgentState; 5],
    all: usize,
    matching: usize,
    /// How many rows come before these.
    skipped: usize,
}

#[derive(Debug)]
struct Row {
    agent: Agent,
    token: String,
    /// Other enrolments of the same machine identity.
    twins: Vec<Agent>,
    decisions: &'static [Decision],
    /// What let it in, or why it waits, where rules decide; empty elsewhere.
    by_rule: String,
    /// Within a day.
    refused: Option<Refused>,
    /// Two machines sent as its host: when that was last seen, within a day.
    twin_at: Option<i64>,
    /// A person can order it another key now.
    can_change_key: bool,
}

/// What is told beside enrolments.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Their labels.
    tokens: HashMap<TokenId, String>,
    /// Tokens that are approved by rule.
    ruled: HashSet<TokenId>,
    rules: HashMap<ApprovalRuleId, NewRule>,
    notices: HashMap<HostId, Notice>,
}

impl Beside {
    async fn read(db: &Db, now_at: i64) -> Result<Self> {
        let tokens = store::tokens::list(db).await?;
        let rules = store::approvals::list(db).await?;
        let notices = store::intake::notices(db, now_at - DAY_MS).await?;
        Ok(Self {
            ruled: tokens.iter().filter(|token| token.approve == Approve::Rule).map(|token| token.id).collect(),
            tokens: tokens.into_iter().map(|token| (token.id, token.label)).collect(),
            rules: rules.into_iter().map(|rule| (rule.id, rule.states)).collect(),
            notices: notices.into_iter().map(|notice| (notice.host, notice)).collect(),
        })
    }

    fn label(&self, agent: &Agent) -> &str {
        agent.token.and_then(|id| self.tokens.get(&id)).map_or("", String::as_str)
    }

    /// By which rule an agent came in, or that none let it in.
    fn by_rule(&self, agent: &Agent, locale: &Locale) -> String {
        let waits = agent.state == AgentState::Pending && agent.token.is_some_and(|token| self.ruled.contains(&token));
        match agent.rule {
            Some(rule) => match self.rules.get(&rule) {
                Some(rule) => locale.say("settings-agent-by-rule").with("rule", rule_words(locale, rule)).into(),
                None => locale.say("settings-agent-by-gone-rule").into(),
            },
            None if waits => {
                let said = locale.say("settings-agent-no-rule").with("name", &agent.name);
                let domain = if agent.domain.is_empty() { "–" } else { &agent.domain };
                said.with("domain", domain).with("address", &agent.address).into()
            }
            None => String::new(),
        }
    }
}

/// What a rule of approval states.
pub(super) fn rule_words(locale: &Locale, rule: &NewRule) -> String {
    let part = |(kind, states): (crate::model::group::Kind, &str)| -> String {
        locale.say_of("settings-approve-if", kind.word()).with("states", states).into()
    };
    rule.parts().map(part).collect::<Vec<_>>().join(", ")
}

/// What a person can say about an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It may push. Whoever pushed for the same host may not any more.
    Approved,
    /// It is another machine than its twin: it gets a host of its own, and may push.
    Split,
    Revoked,
    Banned,
}

/// What is not understood counts as not written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    state: String,
    page: String,
    format: Option<String>,
}

impl Asked {
    /// Counted from 0; in addresses from 1.
    fn page(&self) -> usize {
        self.page.parse().unwrap_or(1_usize).saturating_sub(1)
    }

    /// The same search, at a page of it counted from 0.
    fn on_page(&self, page: usize) -> String {
        let page = if page == 0 { String::new() } else { (page + 1).to_string() };
        query(&[("q", &self.q), ("state", &self.state), ("page", &page)])
    }

    /// Where the page that is shown begins in so many: a page that is not there is the last one.
    fn skipped(&self, all: usize) -> usize {
        self.page().saturating_mul(ROWS).min(all.saturating_sub(1) / ROWS * ROWS)
    }

    fn is_for(&self, agent: &Agent) -> bool {
        let wanted = self.q.to_lowercase();
        (self.state.is_empty() || agent.state.word() == self.state)
            && [&agent.name, &agent.address, &agent.machine_id, &agent.version, &agent.os]
                .iter()
                .any(|text| text.to_lowercase().contains(&wanted))
    }
}

#[derive(Debug, Deserialize)]
pub struct Decided {
    to: Decision,
    /// The state that the page showed: if it is another one by now, the person has not seen what they decide about.
    from: String,
    /// Which agents the page showed, to come back to them.
    #[serde(default)]
    q: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    page: String,
}

impl Decision {
    /// What may be decided in a state, the usual first.
    fn of(state: AgentState) -> &'static [Self] {
        match state {
            AgentState::Pending => &[Self::Approved, Self::Revoked, Self::Banned],
            AgentState::Conflict => &[Self::Split, Self::Approved, Self::Revoked, Self::Banned],
            AgentState::Approved => &[Self::Revoked, Self::Banned],
            AgentState::Revoked => &[Self::Banned],
            AgentState::Banned => &[Self::Revoked],
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Split => "split",
            Self::Revoked => "revoked",
            Self::Banned => "banned",
        }
    }

    /// The word of its button: `settings-decide-approve`.
    fn label(self, from: AgentState) -> &'static str {
        match (self, from) {
            (Self::Approved, AgentState::Conflict) => "replace",
            (Self::Approved, _) => "approve",
            (Self::Split, _) => "split",
            (Self::Revoked, AgentState::Banned) => "lift",
            (Self::Revoked, AgentState::Pending | AgentState::Conflict) => "refuse",
            (Self::Revoked, _) => "revoke",
            (Self::Banned, _) => "ban",
        }
    }

    fn state(self) -> AgentState {
        match self {
            Self::Approved | Self::Split => AgentState::Approved,
            Self::Revoked => AgentState::Revoked,
            Self::Banned => AgentState::Banned,
        }
    }
}

/// The class that gives a state its colours.
pub fn state_class(state: AgentState) -> &'static str {
    match state {
        AgentState::Pending => "watch",
        AgentState::Approved => "calm",
        AgentState::Conflict => "full",
        AgentState::Revoked | AgentState::Banned => "quiet",
    }
}

/// `GET /settings/agents?q&state&page&format`
pub async fn index(
    signed_in: SignedIn,
    State(site): State<Site>,
    viewer: Viewer,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    let agents = store::agents::list(&site.db).await?;
    let beside = Beside::read(&site.db, viewer.now_at).await?;
    if let Some(wanted) = sheet::wanted(asked.format.as_deref(), &headers, viewer.locale.lang) {
        return Ok(file::sheet(&agents, &beside, &asked).into_answer("highwater-agents", wanted));
    }
    let all = agents.len();
    let sentence = sentence(&agents, viewer.now_at, &viewer.locale);
    let twins = twins(&agents);
    let row = |agent: Agent| Row::new(agent, &beside, &twins, &viewer.locale);
    let (waiting, rest): (Vec<_>, Vec<_>) = agents.iter().cloned().partition(waits);
    let found: Vec<Agent> = rest.into_iter().filter(|agent| asked.is_for(agent)).collect();
    let (matching, skipped) = (found.len(), asked.skipped(found.len()));
    let page = AgentsPage {
        page: viewer
            .page(Nav::Settings, viewer.locale.say("settings-tab-agents"))
            .of(&signed_in.account.name, &signed_in.csrf_token),
        sentence,
        waiting: waiting.into_iter().map(row).collect(),
        rows: found.into_iter().skip(skipped).take(ROWS).map(row).collect(),
        asked,
        states: AgentState::ALL,
        all,
        matching,
        skipped,
    };
    Ok(page.into_response())
}

/// `POST /settings/agents/{id}/decide`
pub async fn decide(State(site): State<Site>, Path(id): Path<AgentId>, form: auth::Form<Decided>) -> Result<Redirect> {
    let agent = store::agents::find(&site.db, id).await?.ok_or(Error::NotFound("agent"))?;
    let Decided { to, from, q, state, page } = form.fields;
    let asked = Asked { q, state, page, format: None };
    let changed = || {
        let said = Message::for_anybody("settings-agent-changed");
        Error::Conflict(said.with("name", &agent.name).with("state", agent.state.word()))
    };
    if agent.state.word() != from {
        return Err(changed());
    }
    if !Decision::of(agent.state).contains(&to) {
        let said = Message::for_anybody("settings-agent-cannot");
        return Err(Error::BadRequest(said.with("name", &agent.name).with("state", agent.state.word())));
    }
    let now_at = site.clock.now_at();
    let mut tx = site.db.begin().await?;
    match to {
        Decision::Approved => supersede(&mut tx, &agent, now_at).await?,
        Decision::Split => split(&mut tx, &agent, now_at).await?,
        Decision::Revoked | Decision::Banned => {}
    }
    if !store::agents::decide(&mut tx, id, agent.state, to.state(), now_at).await? {
        return Err(changed());
    }
    let deed = Deed::on(Action::AgentDecided, (SubjectKind::Agent, id.0, &agent.name)).after("decision", to.word());
    let deed = deed.change("state", agent.state.word(), to.state().word());
    store::audit::record(&mut tx, &form.trail, &deed).await?;
    tx.commit().await?;
    tracing::info!(agent = id.0, account = form.by.account.id.0, from, to = to.word(), "an agent was decided about");
    Ok(Redirect::to(&format!("/settings/agents{}", asked.on_page(asked.page()))))
}

/// Whoever may push for the same host may not any more: a host has one voice.
async fn supersede(tx: &mut Tx, agent: &Agent, now_at: i64) -> Result<()> {
    for twin in store::agents::of_machine(tx, &agent.machine_id).await? {
        if twin.host == agent.host && twin.id != agent.id && twin.state == AgentState::Approved {
            store::agents::decide(tx, twin.id, AgentState::Approved, AgentState::Revoked, now_at).await?;
        }
    }
    Ok(())
}

/// Gives the enrolment a host of its own. What its twin pushed stays where it is.
async fn split(tx: &mut Tx, agent: &Agent, now_at: i64) -> Result<()> {
    let identity = format!("{}#{}", agent.machine_id, agent.id);
    let host = store::agents::host_of_identity(tx, &identity, &agent.name, "", now_at).await?;
    store::agents::move_to_host(tx, agent.id, host).await?;
    Ok(())
}

fn waits(agent: &Agent) -> bool {
    matches!(agent.state, AgentState::Pending | AgentState::Conflict)
}

fn sentence(agents: &[Agent], now_at: i64, locale: &Locale) -> Message {
    let approved = agents.iter().filter(|a| a.state == AgentState::Approved).count();
    let waiting = agents.iter().filter(|a| waits(a)).count();
    let heard = |a: &&Agent| a.state == AgentState::Approved && a.seen_at.is_some_and(|at| now_at - at < 300_000);
    let heard = agents.iter().filter(heard).count();
    match (agents.len(), waiting) {
        (0, _) => locale.say("settings-agents-none"),
        (_, 0) => locale.say("settings-agents-decided").with("approved", approved).with("heard", heard),
        _ => locale.say("settings-agents-wait").with("waiting", waiting).with("approved", approved),
    }
}

/// By machine identity: enrolments of those that more than one has.
fn twins(agents: &[Agent]) -> HashMap<&str, Vec<&Agent>> {
    let mut by_machine: HashMap<&str, Vec<&Agent>> = HashMap::new();
    for agent in agents {
        by_machine.entry(&agent.machine_id).or_default().push(agent);
    }
    by_machine.retain(|_, same| same.len() > 1);
    by_machine
}

impl Row {
    fn new(agent: Agent, beside: &Beside, twins: &HashMap<&str, Vec<&Agent>>, locale: &Locale) -> Self {
        let is_approved = agent.state == AgentState::Approved;
        // Whoever may not send is not told about his host.
        let notice = beside.notices.get(&agent.host).filter(|_| is_approved);
        let same = twins.get(agent.machine_id.as_str()).map(Vec::as_slice).unwrap_or_default();
        Self {
            token: beside.label(&agent).to_owned(),
            by_rule: beside.by_rule(&agent, locale),
            refused: notice.and_then(|notice| notice.refused),
            twin_at: notice.and_then(|notice| notice.twin_at),
            can_change_key: is_approved && agent.key_asked_at.is_none(),
            twins: same.iter().filter(|twin| twin.id != agent.id).map(|twin| (*twin).clone()).collect(),
            decisions: Decision::of(agent.state),
            agent,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::locale::{Lang, Zone};

    #[test]
    fn nothing_can_be_decided_that_changes_nothing() {
        for state in AgentState::ALL {
            assert!(Decision::of(state).iter().all(|d| d.state() != state), "{state:?}");
        }
    }

    #[test]
    fn only_a_conflict_can_be_split() {
        for state in AgentState::ALL {
            assert_eq!(Decision::of(state).contains(&Decision::Split), state == AgentState::Conflict);
        }
    }

    #[test]
    fn what_became_of_an_agent_is_said_for_each_state() {
        for id in ["settings-agent-changed", "settings-agent-cannot"] {
            for lang in Lang::ALL {
                let locale = Locale::new(lang, Zone::utc());
                let said = |state: AgentState| {
                    let message = Message::for_anybody(id).with("name", "FS01").with("state", state.word());
                    message.in_words_of(&locale)
                };
                let all: HashSet<String> = AgentState::ALL.into_iter().map(said).collect();
                assert!(
                    all.len() == AgentState::ALL.len() && all.iter().all(|said| said.starts_with("FS01 ")),
                    "{all:?}"
                );
            }
        }
    }
}
