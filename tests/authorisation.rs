//! Who may do what: the route table's word on every route, asked of the real server by everybody; and that pages offer
//! nothing that would be refused.

mod crowd;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use highwater::model::agent::AgentState;
use highwater::model::api_key::Scope;
use highwater::model::role::Role;
use highwater::web::policy::Policy;
use highwater::web::sight::Reach;
use highwater::web::{self, Declared};
use reqwest::{Method, Response, StatusCode};

pub(crate) use self::crowd::address;
use self::crowd::{Crowd, EVERYBODY, Who, may};
use crate::harness::store::both;

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

/// What came of it, as a mark of the table, and whether that is what the route declares.
fn judged(route: &Declared, who: Who, answer: &Response) -> (char, bool) {
    let (passes, status) = (!is_turned_away(answer), answer.status().as_u16());
    (if passes { '+' } else { '-' }, passes == may(route, who) && (status < 500 || !passes))
}

/// One of each kind: `HEAD` is behind the same guard.
const SOME: [Who; 7] = [
    Who::Stranger,
    Who::Agent(AgentState::Approved),
    Who::Screen,
    Who::Person(Role::Administrator),
    Who::Disabled,
    Who::Confined(Role::Viewer),
    Who::Key(Scope::Read),
];

/// Asks by `HEAD`, which is as good as `GET` and no better, and by a method that nobody knows: the marks of the former, and what is
/// not as it should be.
async fn ask_otherwise(crowd: &Crowd<'_>, route: &Declared, has_get: bool) -> (String, Vec<String>) {
    let (mut marks, mut wrong) = (String::new(), Vec::new());
    let mut is_refused = |method: &str, who: Who, answer: &Response| {
        if answer.status() != StatusCode::METHOD_NOT_ALLOWED {
            wrong.push(format!("{method} {} as {who:?}: {}", route.path, answer.status()));
        }
    };
    for who in [Who::Stranger, Who::Person(Role::Administrator)] {
        let answer = crowd.ask_by(Method::from_bytes(b"BREW").unwrap(), who, route).await;
        is_refused("BREW", who, &answer);
        if !has_get {
            is_refused("HEAD", who, &crowd.ask_by(Method::HEAD, who, route).await);
        }
    }
    for who in SOME.into_iter().filter(|_| route.method == "GET") {
        let answer = crowd.ask_by(Method::HEAD, who, route).await;
        let (mark, is_right) = judged(route, who, &answer);
        marks.push(mark);
        if !is_right {
            wrong.push(format!("HEAD {} as {who:?}: {}", route.path, answer.status()));
        }
    }
    (marks, wrong)
}

/// Whose marks stand in which column.
fn legend() -> String {
    let named: Vec<String> = ('a'..).zip(EVERYBODY).map(|(column, (_, name))| format!("{column} {name}")).collect();
    let columns: String = ('a'..).take(EVERYBODY.len()).collect();
    let by_head: String =
        SOME.map(|who| ('a'..).zip(EVERYBODY).find(|(_, (one, _))| *one == who).unwrap().0).iter().collect();
    format!(
        "{}\nof HEAD: {by_head}; any other method is refused everywhere\n{columns} {by_head} method path policy",
        named.join(", ")
    )
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
                let (mark, is_right) = judged(route, who, &answer);
                marks.push(mark);
                if !is_right {
                    wrong.push(format!("{} {} as {name}: {}", route.method, route.path, answer.status()));
                }
            }
            let has_get = routes.iter().any(|other| other.path == route.path && other.method == "GET");
            let (by_head, otherwise) = ask_otherwise(&crowd, route, has_get).await;
            wrong.extend(otherwise);
            let method = route.method.as_str();
            writeln!(table, "{marks} {by_head:7} {method:6} {:64} {:?}", route.path, route.policy).unwrap();
        }
        println!("{}\n{table}", legend());
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
