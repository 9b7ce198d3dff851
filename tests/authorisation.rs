//! Who may do what: the route table's word on every route, asked of the real server by everybody; and that pages offer
//! nothing that would be refused.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use highwater::config::Hidden;
use highwater::model::AccountId;
use highwater::model::account::NewWebSession;
use highwater::model::agent::{AgentState, NewAgent};
use highwater::model::api_key::Scope;
use highwater::model::role::Role;
use highwater::model::sight::Sight;
use highwater::model::token::Approve;
use highwater::secret;
use highwater::store::{accounts, agents, api_keys};
use highwater::web::policy::Policy;
use highwater::web::sight::Reach;
use highwater::web::{self, Declared};
use highwater_wire::{KEY_PREFIX, TOKEN_PREFIX};
use reqwest::Response;

use crate::harness::caller::Caller;
use crate::harness::person::{account_with, confine};
use crate::harness::server::{TestServer, machine};
use crate::harness::store::{Store, T0, both, new_agent};

const METRICS_TOKEN: &str = "a-long-enough-token";
/// Of every session here.
const CSRF: &str = "the-token-of-the-session";

/// Somebody who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Stranger,
    /// With an enrolment token, as bearer and in the body.
    Token,
    /// With the key of a host's agent.
    Agent,
    RevokedAgent,
    /// With the token of the metrics.
    Metrics,
    /// A browser that an administrator left at the wall.
    Screen,
    Person(Role),
    /// Somebody whose account is confined to a group of hosts.
    Confined(Role),
    Key(Scope),
    ConfinedKey(Scope),
    RevokedKey,
    ExpiredKey,
}

const EVERYBODY: [(Who, &str); 18] = [
    (Who::Stranger, "nobody"),
    (Who::Token, "token"),
    (Who::Agent, "agent"),
    (Who::RevokedAgent, "revoked agent"),
    (Who::Metrics, "metrics"),
    (Who::Screen, "screen"),
    (Who::Person(Role::Viewer), "viewer"),
    (Who::Person(Role::Operator), "operator"),
    (Who::Person(Role::Administrator), "administrator"),
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
fn may(route: &Declared, who: Who) -> bool {
    match (route.policy, who) {
        (Policy::Anonymous, _) | (Policy::Wall, Who::Screen) => true,
        (Policy::Enrolment, who) => who == Who::Token,
        (Policy::Agent, who) => matches!(who, Who::Agent | Who::RevokedAgent),
        (Policy::ApprovedAgent, who) => who == Who::Agent,
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
struct Crowd<'a> {
    store: &'a Store,
    server: TestServer,
    accounts: [AccountId; 3],
    /// A viewer's and an operator's.
    confined: [AccountId; 2],
    token: String,
    /// Of an agent that may push, and of one that may not any more.
    agents: [String; 2],
    keys: [String; 3],
    confined_keys: [String; 2],
    revoked_key: String,
    expired_key: String,
}

impl<'a> Crowd<'a> {
    async fn gather(store: &'a Store) -> Self {
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
        Self {
            store,
            accounts,
            confined,
            token: server.token(Approve::Auto).await,
            agents: [agent(store, "FS01", AgentState::Approved).await, agent(store, "FS02", AgentState::Revoked).await],
            keys,
            confined_keys,
            revoked_key: revoked.key,
            expired_key: expired.key,
            server,
        }
    }

    fn bearer(&self, who: Who) -> Option<&str> {
        match who {
            Who::Stranger | Who::Screen | Who::Person(_) | Who::Confined(_) => None,
            Who::Token => Some(&self.token),
            Who::Agent => Some(&self.agents[0]),
            Who::RevokedAgent => Some(&self.agents[1]),
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
            Who::Person(Role::Administrator) | Who::Screen => Some(self.accounts[2]),
            _ => None,
        }
    }

    /// A fresh one for each request: what is asked may end it.
    async fn session(&self, account: AccountId, is_screen: bool) -> String {
        let token = secret::fresh(secret::SESSION_PREFIX).unwrap();
        let sha256 = secret::sha256(&token);
        let new = NewWebSession { sha256, account, csrf_token: CSRF, is_screen, address: "127.0.0.1", browser: "" };
        let now_at = self.server.clock.now_at();
        self.store.write(async |tx| accounts::insert_session(tx, &new, now_at).await).await;
        token
    }

    async fn ask(&self, who: Who, route: &Declared) -> Response {
        let url = format!("{}{}", self.server.url, address(route));
        let mut request = self.server.http.request(route.method.clone(), url);
        if let Some(secret) = self.bearer(who) {
            request = request.bearer_auth(secret);
        }
        if let Some(account) = self.account(who) {
            let session = self.session(account, who == Who::Screen).await;
            request = request.header("cookie", format!("__Host-hw={session}")).header("x-csrf-token", CSRF);
        }
        request = match route.policy {
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
fn address(route: &Declared) -> String {
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

/// Whether it did not come to what it asked for.
fn is_turned_away(answer: &Response) -> bool {
    let header = |name: &str| answer.headers().get(name).map_or("", |value| value.to_str().unwrap());
    match answer.status().as_u16() {
        403 => true,
        // A wrong password is another 401.
        401 => header("content-type") == "application/problem+json" || !header("www-authenticate").is_empty(),
        303 => header("location").starts_with("/sign-in?"),
        _ => false,
    }
}

#[tokio::test]
async fn everybody_comes_to_what_the_route_table_says_and_to_nothing_else() {
    both(async |store| {
        let crowd = Crowd::gather(store).await;
        let (routes, mut table, mut wrong) = (web::routes(), String::new(), Vec::new());
        for route in &routes {
            let mut marks = String::new();
            for (who, name) in EVERYBODY {
                let answer = crowd.ask(who, route).await;
                let (passes, status) = (!is_turned_away(&answer), answer.status());
                let is_right = passes == may(route, who) && (status.as_u16() < 500 || !passes);
                marks.push(if passes { '+' } else { '-' });
                if !is_right {
                    wrong.push(format!("{} {} as {name}: {status}", route.method, route.path));
                }
            }
            writeln!(table, "{marks} {:6} {:64} {:?}", route.method.as_str(), route.path, route.policy).unwrap();
        }
        println!("{}\n{table}", EVERYBODY.map(|(_, name)| name).join(", "));
        assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), routes.len(), wrong.join("\n"));
        crowd.server.stop().await;
    })
    .await;
}

#[test]
fn the_route_table_is_what_roles_are_meant_to_be() {
    let routes = web::routes();
    assert!(routes.len() > 110, "{}", routes.len());
    for Declared { method, path, policy, reach } in &routes {
        let is = format!("{method} {path} is {policy:?}");
        if path.starts_with("/settings/") && !path.starts_with("/settings/silences") {
            assert_eq!(*policy, Policy::Administrator, "{is}");
        }
        // What is one's own: who looks may say how, and leave.
        let is_own = path == "/sign-out" || path.starts_with("/account");
        if *method != "GET" && !is_own {
            assert!(!matches!(policy, Policy::Wall | Policy::Viewer), "{is}: a viewer reads");
        }
        if path.starts_with("/incidents/") || path.starts_with("/views") || path.starts_with("/settings/silences") {
            let wanted = if *method == "GET" { Policy::Viewer } else { Policy::Operator };
            assert_eq!(*policy, wanted, "{is}");
        }
        // What only administrators ask, nobody asks who is confined.
        let is_administrators =
            matches!(policy, Policy::Administrator) || matches!(policy, Policy::Api(scope) if *scope == Scope::Admin);
        let is_of_nobody = policy.role().is_none() && !matches!(policy, Policy::Api(_));
        assert!(*reach == Reach::Whole || !(is_administrators || is_of_nobody), "{is}: {reach:?} says nothing there");
        assert!(
            *reach != Reach::Whole || is_administrators || is_of_nobody,
            "{is}: it shows no more than who asks sees"
        );
        let is_of_host = ["/hosts/{id}", "/api/v1/hosts/{id}"].iter().any(|host| path.starts_with(host));
        assert!(!is_of_host || is_administrators || *reach == Reach::Confined, "{is}: who sees the host may see it");
        let is_api = path.starts_with("/api/v1/") && path != "/api/v1/openapi.json";
        assert_eq!(matches!(policy, Policy::Api(_)), is_api, "{is}");
    }
    let anonymous = routes.iter().filter(|route| route.policy == Policy::Anonymous).map(|route| route.path.as_str());
    for path in anonymous {
        let known = ["/welcome/", "/theme", "/language", "/problems", "/api/docs", "/api/v1/openapi.json"];
        let doors = ["/sign-in", "/sign-in/code", "/sign-in/oidc", "/sign-in/oidc/return", "/healthz", "/readyz"];
        let is_known = known.iter().any(|known| path.starts_with(known)) || doors.contains(&path);
        assert!(is_known, "{path} is for everybody");
    }
    let is_anonymous = |path: &str| routes.iter().any(|route| route.path == path && route.policy == Policy::Anonymous);
    assert!(["/sign-in/oidc", "/sign-in/oidc/return"].into_iter().all(is_anonymous), "nobody is signed in there yet");
}

#[test]
fn the_document_of_the_api_says_the_same() {
    let document = web::document();
    let mut operations = 0;
    for Declared { method, path, policy, .. } in web::routes() {
        let Policy::Api(scope) = policy else { continue };
        let operation = &document["paths"][&path][method.as_str().to_lowercase()];
        assert_eq!(operation["security"][0]["key"][0], scope.word(), "{method} {path}");
        operations += 1;
    }
    let all = document["paths"].as_object().unwrap().values().map(|item| item.as_object().unwrap().len());
    assert_eq!(operations, all.sum::<usize>());
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn no_route_is_made_beside_the_table() {
    const MAKERS: [&str; 7] =
        [".route(", ".route_service(", ".nest(", ".nest_service(", ".routes(", ".fallback(", ".fallback_service("];
    // The table itself; the files that pages load, which are for everybody; and what answers where nothing is.
    const MAY: [(&str, &str); 3] = [("table.rs", ".route("), ("assets.rs", ".nest("), ("mod.rs", ".fallback(")];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("server/src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 200);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for maker in MAKERS.into_iter().filter(|maker| code.contains(maker)) {
            let may = MAY.iter().any(|(file, may)| *may == maker && path == root.join("web").join(file));
            assert!(may, "{}: {maker} makes a route without a policy", path.display());
        }
    }
}
