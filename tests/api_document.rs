//! The OpenAPI document: that it is what the server does, that its examples work, and that its problems are explained.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use highwater::model::HostId;
use highwater::model::api_key::Scope;
use highwater::model::host::Facts;
use highwater::model::incident::Kind;
use highwater::model::token::Approve;
use highwater::store::changes;
use highwater::store::incidents::{self, NewIncident};
use highwater::store::webhooks;
use highwater::web::pages::problems::WORDS;
use serde_json::Value;

use crate::harness::caller::Caller;
use crate::harness::holdings::{clients, event, host, observe, record, users};
use crate::harness::outbox;
use crate::harness::person::{Person, account, texts};
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both, snapshot as sessions_at};
use crate::windows_package::fault;

fn snapshot() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("server/openapi.json")
}

/// Every operation: (method, path, what it is). What takes something away comes last.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap() {
            all.push((method.to_uppercase(), path.clone(), operation.clone()));
        }
    }
    assert!(all.len() > 25, "the document is there");
    all.sort_by_key(|(method, _, _)| method == "DELETE");
    all
}

/// Of what [`fill`] made.
fn of_the_first(path: &str) -> String {
    path.replace("{id}", "1").replace("{delivery}", "1")
}

/// Of everything there is one, with the id 1, and the account that the examples name.
pub(crate) async fn fill(store: &Store, server: &TestServer) {
    let now_at = server.clock.now_at();
    let fs = host(store, "FS01", 1).await;
    clients(store, &["PC-1"]).await;
    users(store, &["ann"]).await;
    record(store, fs, &[event("Srv", 2022, now_at, 1)]).await;
    let (from_at, kind) = (now_at - 60_000, Kind::Full);
    let new = NewIncident { host: Some(fs), kind, subject: "", from_at, opened_at: now_at, is_silenced: false };
    store.write(async |tx| incidents::insert(tx, &new, now_at).await).await;
    forget_a_session(store, fs, now_at).await;
    server.token(Approve::Auto).await;
    let webhook = outbox::webhook(store, "https://tickets.example/in", &[outbox::OPENED]).await;
    outbox::enqueue(store, webhook, None, outbox::OPENED, "{}").await;
    account(&server.db, "a.martin").await;
}

/// On a Windows, a session that has been idle for an hour: there is something to free.
async fn forget_a_session(store: &Store, host: HostId, now_at: i64) {
    let (pc, who) = (clients(store, &["PC-1"]).await[0], users(store, &["ann"]).await[0]);
    let taken_at = now_at - 30_000;
    let mut snapshot = sessions_at(taken_at, &[(pc, who, 0)]);
    snapshot.sessions[0].active_at = Some(taken_at - 3_600_000);
    let (name, os) = ("FS01".to_owned(), "Windows Server 2022".to_owned());
    let facts = Facts { observed_at: now_at - 600_000, name, os, ..Facts::default() };
    store.write(async |tx| changes::learn(tx, host, &facts).await).await;
    observe(store, host, &snapshot).await;
}

/// `HIGHWATER_NEW_OPENAPI=1` writes it anew: a change of it is a promise to integrators, and is looked at as a difference.
#[test]
fn the_document_is_the_one_that_was_looked_at() {
    let document = highwater::web::document();
    #[expect(clippy::disallowed_methods, reason = "asked for by hand only")]
    if std::env::var_os("HIGHWATER_NEW_OPENAPI").is_some() {
        std::fs::write(snapshot(), serde_json::to_string_pretty(&document).unwrap() + "\n").unwrap();
    }
    let looked_at: Value = serde_json::from_str(&std::fs::read_to_string(snapshot()).unwrap()).unwrap();
    for (name, part) in document.as_object().unwrap() {
        assert_eq!(
            part, &looked_at[name],
            "{name}: run this test with HIGHWATER_NEW_OPENAPI=1 and look at the difference"
        );
    }
    assert_eq!(document, looked_at);
}

#[test]
fn every_operation_says_all_that_can_come_of_it() {
    let document = highwater::web::document();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let what = format!("{method} {path}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{what}: its name is taken");
        assert!(operation["summary"].as_str().is_some_and(|text| text.ends_with('.')), "{what}: a sentence");
        let answers: BTreeSet<&str> = operation["responses"].as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected = BTreeSet::from(["400", "401", "403", "406", "429", "500", "503"]);
        expected.extend(path.contains('{').then_some("404"));
        expected.extend(if method == "GET" { vec![] } else { vec!["409", "413", "415", "422"] });
        expected.extend((method != "GET" && path.starts_with("/api/v1/incidents/")).then_some("412"));
        let problems: BTreeSet<&str> = answers.iter().copied().filter(|status| *status >= "400").collect();
        assert_eq!(problems, expected, "{what}");
        assert_eq!(answers.iter().filter(|status| status.starts_with('2')).count(), 1, "{what}: {answers:?}");
        for parameter in operation["parameters"].as_array().unwrap() {
            assert!(!parameter["description"].as_str().unwrap().is_empty(), "{what}: {parameter}");
            assert!(!parameter["schema"].to_string().contains("\"null\""), "{what}: {parameter}");
        }
    }
    let text = document.to_string();
    let named = |part: &str| {
        text.split(&format!("#/components/{part}/"))
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect::<BTreeSet<_>>()
    };
    for part in ["schemas", "responses", "headers"] {
        for name in named(part) {
            assert!(document["components"][part].get(name).is_some(), "there is no {part}/{name}");
        }
    }
}

#[tokio::test]
async fn parameters_and_rights_are_those_that_the_server_takes() {
    let store = Store::sqlite().await;
    let server = TestServer::start_with(&store, |config| config.limits.api_per_minute = 100_000).await;
    fill(&store, &server).await;
    let document = highwater::web::document();
    let callers = [
        ("read", Caller::with(&server, Scope::Read).await),
        ("write:incidents", Caller::with(&server, Scope::WriteIncidents).await),
        ("admin", Caller::with(&server, Scope::Admin).await),
    ];
    for (method, path, operation) in operations(&document) {
        let scope = operation["security"][0]["key"][0].as_str().unwrap();
        let enough = callers.iter().position(|(name, _)| *name == scope).unwrap();
        let path = of_the_first(&path);
        let asked: reqwest::Method = method.parse().unwrap();
        for (at, (name, caller)) in callers.iter().enumerate() {
            let status = caller.send(asked.clone(), &path, &[], None).await.status;
            assert_eq!(status == 403, at < enough, "{method} {path} with {name}: {status}");
        }
        for parameter in operation["parameters"].as_array().unwrap().iter().filter(|one| one["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            let bad = callers[2].1.send(asked.clone(), &format!("{path}?{name}=%01"), &[], None).await;
            assert!(!bad.text.contains("There is no parameter"), "{path} does not take {name}");
            let is_free =
                parameter["schema"]["type"] == "string" && parameter["schema"].get("enum").is_none() && name != "after";
            assert_eq!(bad.status == 200, is_free, "{path}?{name}: {} {}", bad.status, parameter["schema"]);
            for word in parameter["schema"]["enum"].as_array().into_iter().flatten() {
                let query = format!("{path}?{name}={}", word.as_str().unwrap());
                assert_eq!(callers[2].1.get(&query).await.status, 200, "{query}");
            }
        }
    }
}

#[tokio::test]
async fn answers_have_the_fields_that_they_are_said_to_have() {
    both(async |store| {
        let server = TestServer::start(store).await;
        fill(store, &server).await;
        let document = highwater::web::document();
        let admin = Caller::with(&server, Scope::Admin).await;
        for (method, path, operation) in operations(&document) {
            if method == "GET" {
                let path = of_the_first(&path);
                let content = &operation["responses"]["200"]["content"];
                if content.get("application/json").is_some() {
                    fits(&document, &content["application/json"]["schema"], &admin.json(&path).await, &path);
                    continue;
                }
                let file = admin.get(&path).await;
                let kind = file.header("content-type").split(';').next().unwrap();
                assert!(file.status == 200 && content.get(kind).is_some(), "{path}: {kind} {}", file.text);
            }
        }
        server.stop().await;
    })
    .await;
}

/// That a value is what a schema says: as far as this document's schemas go.
fn fits(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        return fits(document, &document["components"]["schemas"][name.rsplit('/').next().unwrap()], value, at);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return parts.iter().for_each(|part| fits(document, part, value, at));
    }
    if let Some(all) = schema["oneOf"].as_array() {
        let schema = all.iter().find(|one| (one["type"] == "null") == value.is_null());
        return fits(document, schema.unwrap_or_else(|| panic!("{at} is {value}: {schema:?}")), value, at);
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        Value::Null => return,
        kind => vec![kind.clone()],
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    assert!(
        kinds.iter().any(|one| one == kind || (one == "number" && kind == "integer")),
        "{at} is {value}, not {kinds:?}"
    );
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{at} is {value}, not one of {words:?}");
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(name.as_str().unwrap()).is_some(), "{at} lacks {name}: {value}");
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            fits(document, field, value, &format!("{at}.{name}"));
        }
    }
    for one in value.as_array().into_iter().flatten() {
        fits(document, &schema["items"], one, &format!("{at}[]"));
    }
}

/// The blocks of code of one language in a text.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    text.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_for_a_shell_do_what_they_are_for() {
    both(async |store| {
        let server = TestServer::start(store).await;
        fill(store, &server).await;
        let key = Caller::with(&server, Scope::Admin).await.key;
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, &server.ca_pem).unwrap();
        let key_file = folder.path().join("key");
        std::fs::write(&key_file, format!("Authorization: Bearer {key}\n")).unwrap();
        // The order matters: what is resolved cannot be acknowledged, and what is deleted cannot be changed.
        let mut all = operations(&highwater::web::document());
        all.sort_by_key(|(method, path, _)| {
            (method == "DELETE", path.ends_with("/reopen"), path.ends_with("/resolve"), path.clone())
        });
        for (method, path, operation) in all {
            let shell = blocks(operation["description"].as_str().unwrap(), "sh");
            assert_eq!(shell.len(), 1, "{method} {path}");
            assert!(!shell[0].contains("Bearer"), "{method} {path}: everybody on the machine reads arguments");
            let (url, script, ca) = (server.url.clone(), shell[0].trim_end().to_owned(), ca.clone());
            let key_file = key_file.clone();
            let here = folder.path().to_owned();
            let run = tokio::task::spawn_blocking(move || {
                let mut command = Command::new("sh");
                command.current_dir(here);
                command.args(["-c", &format!("{script} --silent --show-error")]).env("HIGHWATER_URL", url);
                command
                    .env("HIGHWATER_KEY_FILE", key_file)
                    .env("CURL_CA_BUNDLE", ca)
                    .env("no_proxy", "*")
                    .output()
                    .unwrap()
            });
            let said = run.await.unwrap();
            let text = String::from_utf8_lossy(&said.stdout).into_owned();
            assert!(said.status.success(), "{method} {path}: {text} {}", String::from_utf8_lossy(&said.stderr));
            if let Some((_, rest)) = shell[0].split_once("--output ") {
                let file = folder.path().join(rest.split_whitespace().next().unwrap());
                assert!(std::fs::metadata(&file).unwrap().len() > 100, "{path}: {}", file.display());
                continue;
            }
            if method == "DELETE" {
                assert_eq!(text, "", "{path}");
                continue;
            }
            let body: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}: {text}"));
            assert!(body.is_object(), "{path}");
        }
        let told = incidents::entries(store, 1_i64.to_string().parse().unwrap()).await.unwrap();
        assert_eq!(told.len(), 8, "every deed was done: {told:?}");
        let left = webhooks::list(store).await.unwrap();
        assert!(left.len() == 1 && left[0].id.0 == 2, "one was made, and the first one deleted: {left:?}");
        server.stop().await;
    })
    .await;
}

#[test]
fn the_examples_for_powershell_are_powershell() {
    let document = highwater::web::document();
    let mut texts = vec![document["info"]["description"].as_str().unwrap().to_owned()];
    texts.extend(operations(&document).iter().map(|(_, _, one)| one["description"].as_str().unwrap().to_owned()));
    for text in texts {
        let all = blocks(&text, "powershell");
        assert_eq!(all.len(), 1, "{text}");
        assert_eq!(fault(all[0]), None, "{}", all[0]);
    }
}

#[tokio::test]
async fn the_document_and_its_page_come_without_the_internet_and_under_a_strict_policy() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let (stranger, person) = (Person::stranger(&server), Person::signed_in(&server).await);
    let document = stranger.get("/api/v1/openapi.json").await;
    assert_eq!((document.status, document.header("content-type")), (200, "application/json"));
    assert_eq!(document.json(), highwater::web::document());
    assert_eq!(stranger.get("/api/docs").await.header("location"), "/api/docs/");
    let page = person.get("/api/docs/").await;
    let policy = page.header("content-security-policy");
    assert!(page.status == 200 && !policy.contains("unsafe") && policy.contains("script-src 'self';"), "{policy}");
    let token = person.get("/settings/keys").await.attribute("input[name=csrf]", "value");
    assert_eq!(page.attribute("meta[name=csrf-token]", "content"), token);
    assert_eq!(stranger.get("/api/docs/").await.attribute("meta[name=csrf-token]", "content"), None);
    let scripts = page.html();
    let mut loaded: Vec<String> = crate::harness::person::attributes(&scripts, "script[src]", "src");
    loaded.extend(crate::harness::person::attributes(&scripts, "link[href]", "href"));
    assert_eq!(loaded.len(), 4, "{loaded:?}");
    for path in loaded {
        let file = stranger.get(&path).await;
        assert!(file.status == 200 && file.bytes.len() > 100 && path.starts_with('/'), "{path}");
        assert!(file.header("cache-control") != "no-store", "{path}: {:?}", file.headers);
    }
    assert_eq!(stranger.get("/api/docs/swagger-initializer.js").await.status, 404, "only what is needed");
}

#[tokio::test]
async fn every_problem_leads_to_a_page_that_explains_it_in_both_languages() {
    let store = Store::sqlite().await;
    let server = TestServer::start(&store).await;
    let stranger = Person::stranger(&server);
    let mut said = BTreeSet::new();
    for lang in ["en", "fr"] {
        stranger.cookies.borrow_mut().insert("lang".to_owned(), lang.to_owned());
        for word in WORDS.iter() {
            let page = stranger.page(&format!("/problems/{word}")).await;
            let told = texts(&page, "h1, p.plain");
            assert_eq!(told.len(), 3, "{word}: {told:?}");
            assert!(told[1].ends_with('.') && told[2].ends_with('.'), "{word}: {told:?}");
            assert!(said.insert(told[1].clone()), "{lang}: {word} is told like another");
        }
        let links = crate::harness::person::attributes(&stranger.page("/problems").await, "dl a", "href");
        assert_eq!(links, WORDS.iter().map(|word| format!("/problems/{word}")).collect::<Vec<_>>());
    }
    assert_eq!(stranger.get("/problems/luck").await.status, 404);
    // What the sources name is explained.
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for file in ["server/src/web/error.rs", "agent/wire/src/problem.rs"] {
        let text = std::fs::read_to_string(sources.join(file)).unwrap();
        for word in text.split("\"/problems/").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(WORDS.contains(&word), "{file}: /problems/{word} leads nowhere");
        }
    }
}
