//! Who asks, and with what in hand.

use highwater::config::Hidden;
use highwater::model::AccountId;
use highwater::model::account::NewWebSession;
use highwater::model::agent::{AgentState, NewAgent};
use highwater::model::api_key::Scope;
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::model::time::HOUR_MS;
use highwater::model::token::Approve;
use highwater::secret;
use highwater::store::accounts::Decided;
use highwater::store::{accounts, agents, api_keys};
use highwater::web::Declared;
use highwater::web::policy::Policy;
use highwater::web::sight::Reach;
use highwater_wire::{KEY_PREFIX, TOKEN_PREFIX};
use reqwest::{Method, RequestBuilder, Response};

use crate::harness::caller::Caller;
use crate::harness::person::{account_with, confine};
use crate::harness::server::{TestServer, machine};
use crate::harness::store::{Store, T0, new_agent};

const METRICS_TOKEN: &str = "a-long-enough-token";
/// Of every session here.
const CSRF: &str = "the-token-of-the-session";

/// Somebody who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Stranger,
    /// With an enrolment token, as bearer and in the body.
    Token,
    /// With the key of a host's agent, of which that was decided.
    Agent(AgentState),
    /// With the token of the metrics.
    Metrics,
    /// A browser that an administrator left at the wall.
    Screen,
    Person(Role),
    /// An administrator whose account was disabled, with a session that nobody ended.
    Disabled,
    /// An administrator whose browser was left alone for longer than a session lasts.
    Idle,
    /// Somebody whose account is confined to a group of hosts.
    Confined(Role),
    Key(Scope),
    ConfinedKey(Scope),
    RevokedKey,
    ExpiredKey,
}

pub(super) const EVERYBODY: [(Who, &str); 23] = [
    (Who::Stranger, "nobody"),
    (Who::Token, "token"),
    (Who::Agent(AgentState::Approved), "agent"),
    (Who::Agent(AgentState::Pending), "pending agent"),
    (Who::Agent(AgentState::Conflict), "agent in conflict"),
    (Who::Agent(AgentState::Revoked), "revoked agent"),
    (Who::Agent(AgentState::Banned), "banned agent"),
    (Who::Metrics, "metrics"),
    (Who::Screen, "screen"),
    (Who::Person(Role::Viewer), "viewer"),
    (Who::Person(Role::Operator), "operator"),
    (Who::Person(Role::Administrator), "administrator"),
    (Who::Disabled, "disabled administrator"),
    (Who::Idle, "idle session"),
    (Who::Confined(Role::Viewer), "confined viewer"),
    (Who::Confined(Role::Operator), "confined operator"),
    (Who::Key(Scope::Read), "read"),
    (Who::Key(Scope::WriteIncidents), "write"),
    (Who::Key(Scope::Admin), "admin"),
    (Who::ConfinedKey(Scope::Read), "confined read"),
    (Who::ConfinedKey(Scope::WriteIncidents), "confined write"),
    (Who::RevokedKey, "revoked key"),
    (Who::ExpiredKey, "expired key"),
];

/// What the route declares.
pub(super) fn may(route: &Declared, who: Who) -> bool {
    match (route.policy, who) {
        (Policy::Anonymous, _) | (Policy::Wall, Who::Screen) => true,
        (Policy::Enrolment, who) => who == Who::Token,
        (Policy::Agent, who) => matches!(who, Who::Agent(_)),
        (Policy::ApprovedAgent, who) => who == Who::Agent(AgentState::Approved),
        (Policy::Metrics, who) => who == Who::Metrics,
        (Policy::Api(scope), Who::Person(role)) => role >= scope.role(),
        (Policy::Api(scope), Who::Key(has)) => has.includes(scope),
        (_, Who::Confined(role)) => route.reach != Reach::Whole && may(route, Who::Person(role)),
        (_, Who::ConfinedKey(has)) => route.reach != Reach::Whole && may(route, Who::Key(has)),
        (policy, Who::Person(role)) => policy.role().is_some_and(|least| role >= least),
        _ => false,
    }
}

/// A server, and what everybody has in hand.
pub(super) struct Crowd<'a> {
    store: &'a Store,
    pub(super) server: TestServer,
    accounts: [AccountId; 3],
    /// A viewer's and an operator's.
    confined: [AccountId; 2],
    disabled: AccountId,
    token: String,
    /// Keys of agents.
    agents: Vec<(AgentState, String)>,
    keys: [String; 3],
    confined_keys: [String; 2],
    revoked_key: String,
    expired_key: String,
}

impl<'a> Crowd<'a> {
    pub(super) async fn gather(store: &'a Store) -> Self {
        let server = TestServer::start_with(store, |config| {
            config.limits.api_per_minute = 1_000_000;
            config.metrics_token = Some(Hidden(METRICS_TOKEN.to_owned()));
        })
        .await;
        let key = async |scope| Caller::with(&server, scope).await.key;
        let keys = [key(Scope::Read).await, key(Scope::WriteIncidents).await, key(Scope::Admin).await];
        let confined = async |scope| Caller::confined(&server, scope, "Paris").await.key;
        let confined_keys = [confined(Scope::Read).await, confined(Scope::WriteIncidents).await];
        let revoked = Caller::with(&server, Scope::Admin).await;
        store.write(async |tx| api_keys::revoke(tx, revoked.id, server.clock.now_at()).await).await;
        let expired = Caller::until(&server, Scope::Admin, Some(server.clock.now_at())).await;
        let account = async |role: Role| account_with(&server.db, role.word(), role).await;
        let accounts = [account(Role::Viewer).await, account(Role::Operator).await, account(Role::Administrator).await];
        let confined = async |role: Role| {
            let name = format!("confined {}", role.word());
            let account = account_with(&server.db, &name, role).await;
            confine(&server.db, &name, &Sight::of(["Paris"]).unwrap()).await;
            account
        };
        let confined = [confined(Role::Viewer).await, confined(Role::Operator).await];
        let disabled = account_with(&server.db, "disabled", Role::Administrator).await;
        let done = store.write(async |tx| accounts::disable(tx, disabled, server.clock.now_at()).await).await;
        assert_eq!(done, Decided::Done);
        Self {
            store,
            accounts,
            confined,
            disabled,
            token: server.token(Approve::Auto).await,
            agents: all_agents(store).await,
            keys,
            confined_keys,
            revoked_key: revoked.key,
            expired_key: expired.key,
            server,
        }
    }

    fn bearer(&self, who: Who) -> Option<&str> {
        match who {
            Who::Stranger | Who::Screen | Who::Person(_) | Who::Disabled | Who::Idle | Who::Confined(_) => None,
            Who::Token => Some(&self.token),
            Who::Agent(state) => self.agents.iter().find(|(decided, _)| *decided == state).map(|(_, key)| key.as_str()),
            Who::Metrics => Some(METRICS_TOKEN),
            Who::Key(Scope::Read) => Some(&self.keys[0]),
            Who::Key(Scope::WriteIncidents) => Some(&self.keys[1]),
            Who::Key(Scope::Admin) => Some(&self.keys[2]),
            Who::ConfinedKey(Scope::Read) => Some(&self.confined_keys[0]),
            Who::ConfinedKey(_) => Some(&self.confined_keys[1]),
            Who::RevokedKey => Some(&self.revoked_key),
            Who::ExpiredKey => Some(&self.expired_key),
        }
    }

    fn account(&self, who: Who) -> Option<AccountId> {
        match who {
            Who::Person(Role::Viewer) => Some(self.accounts[0]),
            Who::Person(Role::Operator) => Some(self.accounts[1]),
            Who::Confined(Role::Viewer) => Some(self.confined[0]),
            Who::Confined(_) => Some(self.confined[1]),
            Who::Person(Role::Administrator) | Who::Screen | Who::Idle => Some(self.accounts[2]),
            Who::Disabled => Some(self.disabled),
            _ => None,
        }
    }

    /// A fresh one for each request: what is asked may end it.
    async fn session(&self, who: Who, account: AccountId) -> String {
        let token = secret::fresh(secret::SESSION_PREFIX).unwrap();
        let (sha256, is_screen) = (secret::sha256(&token), who == Who::Screen);
        let new = NewWebSession { sha256, account, csrf_token: CSRF, is_screen, address: "127.0.0.1", browser: "" };
        // As installed it lasts twelve hours without a request.
        let age_ms = if who == Who::Idle { 12 * HOUR_MS + 1 } else { 0 };
        let seen_at = self.server.clock.now_at() - age_ms;
        self.store.write(async |tx| accounts::insert_session(tx, &new, seen_at).await).await;
        token
    }

    /// By the route's own method.
    pub(super) async fn ask(&self, who: Who, route: &Declared) -> Response {
        let request = self.request(who, route, route.method.clone()).await;
        let request = match route.policy {
            Policy::Enrolment => {
                let unknown = secret::fresh(TOKEN_PREFIX).unwrap();
                let token = if who == Who::Token { &self.token } else { &unknown };
                request.json(&machine(token, "FS09", 1))
            }
            _ if route.method == "GET" => request,
            Policy::Api(_) | Policy::ApprovedAgent => request.header("content-type", "application/json").body("{}"),
            _ => request.form(&[("csrf", CSRF)]),
        };
        request.send().await.unwrap()
    }

    /// By another method, with all that he has in hand.
    pub(super) async fn ask_by(&self, method: Method, who: Who, route: &Declared) -> Response {
        self.request(who, route, method).await.send().await.unwrap()
    }

    async fn request(&self, who: Who, route: &Declared, method: Method) -> RequestBuilder {
        let mut request = self.server.http.request(method, format!("{}{}", self.server.url, address(route)));
        if let Some(secret) = self.bearer(who) {
            request = request.bearer_auth(secret);
        }
        if let Some(account) = self.account(who) {
            let session = self.session(who, account).await;
            request = request.header("cookie", format!("__Host-hw={session}")).header("x-csrf-token", CSRF);
        }
        request
    }
}

/// One in each state.
async fn all_agents(store: &Store) -> Vec<(AgentState, String)> {
    let states =
        EVERYBODY.into_iter().filter_map(|(who, _)| if let Who::Agent(state) = who { Some(state) } else { None });
    let mut all = Vec::new();
    for (n, state) in states.enumerate() {
        all.push((state, agent(store, &format!("FS0{n}"), state).await));
    }
    all
}

/// The key of an agent in this state, which nobody has used yet.
async fn agent(store: &Store, name: &str, state: AgentState) -> String {
    let key = secret::fresh(KEY_PREFIX).unwrap();
    let host = store.host(name).await;
    let agent = NewAgent { key_sha256: secret::sha256(&key), ..new_agent(host, state, 0) };
    store.write(async |tx| agents::insert(tx, &agent, T0).await).await;
    key
}

/// Where the route is asked for: of the wall what screens may ask, else something that is not there.
pub(crate) fn address(route: &Declared) -> String {
    match (route.policy, route.path.as_str()) {
        (Policy::Wall, "/") => "/?wall=1".to_owned(),
        (Policy::Wall, "/live") => "/live?topic=fleet".to_owned(),
        (_, path) => path.split('/').map(filled).collect::<Vec<_>>().join("/"),
    }
}

fn filled(part: &str) -> &str {
    match part {
        "{id}" | "{alias}" | "{delivery}" => "999999",
        part if part.starts_with('{') => "none",
        part => part,
    }
}
