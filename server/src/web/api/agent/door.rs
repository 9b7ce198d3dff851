//! Who calls? A bearer key is looked up by its SHA-256, and, if nobody has it, among those that agents offered to go on with: the first use
//! of such a one makes it the agent's key.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use highwater_wire::{KEY_PREFIX, problem_type};
use tokio::time::Instant;

use super::orders::Orders;
use super::store_failed;
use super::turns::Turns;
use crate::model::AgentId;
use crate::model::agent::AgentState;
use crate::model::audit::{Action, Actor, Deed, SubjectKind, Trail};
use crate::secret;
use crate::store::agents::{self, Keyholder};
use crate::store::{self, audit};
use crate::web::Site;
use crate::web::auth::Of;
use crate::web::error::Refusal;

/// How long a found key is believed. A push is checked again where it is stored; for what else a key opens, a revoke, also one by
/// another server process, holds after [`BELIEVED`].
const BELIEVED: Duration = Duration::from_secs(3);
const BELIEVED_TO_PUSH: Duration = Duration::from_secs(3_600);
/// Some hundred bytes each.
const MOST_KEYS: usize = 65_536;
/// An agent whose key is not known asks seldom: somebody has to enrol it again.
const UNKNOWN_RETRY_SECS: u64 = 300;
const WAITING_RETRY_SECS: u64 = 30;

/// What agents may do at this door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// For a whole body.
    pub body_time: Duration,
    /// Agents have to show a certificate beside their key.
    pub needs_certificate: bool,
    /// Requests of one agent.
    pub per_minute: u32,
    /// Agents that wait for a person and came with one token.
    pub most_waiting: u64,
    /// Hosts that are let in at once in a day with one token that has no count.
    pub most_new: u64,
    /// Keys older than this are changed; none if their age does not matter.
    pub oldest_key_ms: Option<i64>,
}

/// What guards the agents' calls.
#[derive(Debug)]
pub struct Door {
    pub terms: Terms,
    pub(super) turns: Turns,
    pub(super) orders: Orders,
    keys: Mutex<HashMap<[u8; 32], (Keyholder, Instant)>>,
}

impl Door {
    #[must_use]
    pub fn new(terms: Terms) -> Self {
        let (turns, orders) = (Turns::new(terms.per_minute), Orders::new(terms.oldest_key_ms));
        Self { terms, turns, orders, keys: Mutex::default() }
    }

    /// Whom the key in these headers stands for, in whatever state.
    pub(super) async fn keyholder(&self, site: &Site, from: Asking<'_>) -> Result<Keyholder, Refusal> {
        self.find(site, from, BELIEVED).await
    }

    /// Whom the key stands for, if it may push as far as is known: whoever stores the push checks that again.
    pub(super) async fn pusher(&self, site: &Site, from: Asking<'_>) -> Result<Keyholder, Refusal> {
        let mut keyholder = self.find(site, from, BELIEVED_TO_PUSH).await?;
        if keyholder.state != AgentState::Approved {
            // It may have been approved just now.
            keyholder = self.find(site, from, BELIEVED).await?;
        }
        match may_push(keyholder.state) {
            None => Ok(keyholder),
            Some(refusal) => Err(refusal.of(keyholder.agent)),
        }
    }

    /// A person has ordered an agent another key: it is to hear of it with its next request.
    pub(in crate::web) async fn forget_orders(&self) {
        self.orders.forget().await;
    }

    /// The key did not stand for this when a push was to be stored.
    pub(super) fn forget(&self, keyholder: &Keyholder) {
        self.keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&keyholder.key_sha256);
    }

    async fn find(&self, site: &Site, from: Asking<'_>, believed: Duration) -> Result<Keyholder, Refusal> {
        let key = bearer(from.headers)
            .ok_or_else(|| key_unknown("Send the key that the enrolment gave: Authorization: Bearer hwa_…."))?;
        let key_sha256 = secret::sha256(key);
        let now = Instant::now();
        if let Some(keyholder) = self.remembered(&key_sha256, now, believed) {
            return Ok(keyholder);
        }
        let found = look_up(site, &key_sha256, from).await.map_err(|e| store_failed(&e))?;
        let keyholder = found.ok_or_else(|| {
            key_unknown("The server does not know this key. Enrol again with a token from the server's page of tokens.")
        })?;
        self.remember(keyholder, now);
        Ok(keyholder)
    }

    fn remembered(&self, key_sha256: &[u8; 32], now: Instant, believed: Duration) -> Option<Keyholder> {
        let keys = self.keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        keys.get(key_sha256).filter(|(_, since)| now.duration_since(*since) < believed).map(|(keyholder, _)| *keyholder)
    }

    fn remember(&self, keyholder: Keyholder, now: Instant) {
        let mut keys = self.keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if keys.len() >= MOST_KEYS && !keys.contains_key(&keyholder.key_sha256) {
            keys.retain(|_, (_, since)| now.duration_since(*since) < BELIEVED_TO_PUSH);
        }
        // Full of fresh ones: this one is looked up again next time.
        if keys.len() < MOST_KEYS || keys.contains_key(&keyholder.key_sha256) {
            keys.insert(keyholder.key_sha256, (keyholder, now));
        }
    }
}

/// A request of an agent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) address: IpAddr,
    pub(super) now_at: i64,
}

async fn look_up(site: &Site, key_sha256: &[u8; 32], from: Asking<'_>) -> store::Result<Option<Keyholder>> {
    let place = (from.address, from.now_at);
    if site.strangers.is_wrong(&site.db, (Of::Agent, key_sha256), place).await? {
        return Ok(None);
    }
    if let Some(found) = agents::find_by_key(&site.db, key_sha256).await? {
        return Ok(Some(found));
    }
    if let Some(agent) = agents::find_by_next_key(&site.db, key_sha256).await? {
        change(site, (agent, key_sha256), from).await?;
        // Also if another process was faster.
        if let Some(found) = agents::find_by_key(&site.db, key_sha256).await? {
            return Ok(Some(found));
        }
    }
    site.strangers.count(place);
    Ok(None)
}

/// The key that an agent offered is used: from here on it is the agent's.
async fn change(site: &Site, (agent, key_sha256): (AgentId, &[u8; 32]), from: Asking<'_>) -> store::Result<()> {
    let mut tx = site.db.begin().await?;
    if agents::change_key(&mut tx, agent, key_sha256, from.now_at).await? {
        let address = from.address.to_canonical().to_string();
        let trail = Trail { actor: Actor::agent(agent, ""), address, at: from.now_at };
        let deed = Deed::on(Action::AgentKeyChanged, (SubjectKind::Agent, agent.0, ""));
        audit::record(&mut tx, &trail, &deed).await?;
        tracing::info!(agent = agent.0, address = %from.address, "an agent goes on with another key");
    }
    tx.commit().await?;
    site.agents.orders.forget().await;
    Ok(())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && key.starts_with(KEY_PREFIX)).then_some(key)
}

fn key_unknown(detail: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, problem_type::KEY_UNKNOWN, "This key is not known", detail)
        .retry_after(UNKNOWN_RETRY_SECS)
}

fn may_push(state: AgentState) -> Option<Refusal> {
    let (kind, title, detail, retry_secs) = match state {
        AgentState::Approved => return None,
        AgentState::Pending => (
            problem_type::AGENT_PENDING,
            "This agent waits for approval",
            "An administrator approves it on the server's page of agents. Keep the records until then.",
            WAITING_RETRY_SECS,
        ),
        AgentState::Conflict => (
            problem_type::AGENT_CONFLICT,
            "Another machine has the same identity",
            "An administrator decides on the server's page of agents whether it is a clone. Keep the records until then.",
            WAITING_RETRY_SECS,
        ),
        AgentState::Revoked => (
            problem_type::AGENT_REVOKED,
            "This agent was revoked",
            "Enrol again with a token from the server's page of tokens.",
            UNKNOWN_RETRY_SECS,
        ),
        AgentState::Banned => (
            problem_type::AGENT_BANNED,
            "This agent was banned",
            "An administrator can lift that on the server's page of agents.",
            3_600,
        ),
    };
    Some(Refusal::new(StatusCode::FORBIDDEN, kind, title, detail).retry_after(retry_secs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HostId;

    fn headers(authorization: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, authorization.parse().unwrap())])
    }

    #[test]
    fn only_an_agents_key_is_a_bearer() {
        assert_eq!(bearer(&headers("Bearer hwa_x")), Some("hwa_x"));
        assert_eq!(bearer(&headers("bearer  hwa_x")), Some("hwa_x"));
        for other in ["hwa_x", "Basic hwa_x", "Bearer hwe_x", "Bearer "] {
            assert_eq!(bearer(&headers(other)), None, "{other}");
        }
        assert_eq!(bearer(&HeaderMap::new()), None);
    }

    #[test]
    fn only_an_approved_agent_may_push_and_each_other_state_has_its_problem() {
        let kinds: Vec<_> =
            AgentState::ALL.into_iter().map(|state| may_push(state).map(|refusal| refusal.problem.kind)).collect();
        let expected = [
            Some(problem_type::AGENT_PENDING),
            None,
            Some(problem_type::AGENT_CONFLICT),
            Some(problem_type::AGENT_REVOKED),
            Some(problem_type::AGENT_BANNED),
        ];
        assert_eq!(kinds, expected.map(|kind| kind.map(str::to_owned)));
    }

    #[test]
    fn a_found_key_is_believed_for_seconds_only_and_memory_is_bounded() {
        let door = Door::new(Terms {
            body_time: Duration::from_secs(1),
            needs_certificate: false,
            per_minute: 600,
            most_waiting: 1_000,
            most_new: 1_000,
            oldest_key_ms: None,
        });
        let keyholder = |n: usize| Keyholder {
            key_sha256: secret::sha256(&n.to_string()),
            agent: AgentId(1),
            host: HostId(2),
            state: AgentState::Approved,
        };
        let now = Instant::now();
        for n in 0..MOST_KEYS + 5 {
            door.remember(keyholder(n), now);
        }
        assert_eq!(door.keys.lock().unwrap().len(), MOST_KEYS);
        let first = keyholder(0);
        assert_eq!(door.remembered(&first.key_sha256, now, BELIEVED), Some(first));
        let later = now + BELIEVED;
        assert_eq!(door.remembered(&first.key_sha256, later, BELIEVED), None);
        assert_eq!(door.remembered(&first.key_sha256, later, BELIEVED_TO_PUSH), Some(first));
        door.forget(&first);
        assert_eq!(door.remembered(&first.key_sha256, now, BELIEVED), None);
        door.remember(keyholder(MOST_KEYS), now + BELIEVED_TO_PUSH);
        assert_eq!(door.keys.lock().unwrap().len(), MOST_KEYS, "the place of the one that was forgotten");
        door.remember(first, now + BELIEVED_TO_PUSH);
        assert_eq!(door.keys.lock().unwrap().len(), 2);
    }
}
