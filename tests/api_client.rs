//! A client that a public generator makes of the document: `openapi-python-client`, which `tests/run` fetches.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use highwater::clock::Clock;
use highwater::model::api_key::Scope;

use crate::harness::caller::Caller;
use crate::harness::server::{TestServer, batch, snapshot};
use crate::harness::store::both;

const MINUTE_MS: i64 = 60_000;

/// Waits for the incident that opens, takes it on, comments and resolves it, by nothing but what was generated.
const SCRIPT: &str = r#"
import ssl, sys, time
from highwater_api.client import AuthenticatedClient
from highwater_api.api.hosts import list_hosts
from highwater_api.api.incidents import list_incidents, get_incident, acknowledge_incident, comment_incident, resolve_incident
from highwater_api.models import CommentBody, IncidentBodyState, ListIncidentsKind, Problem, ReasonBody

url, key, ca = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=key, verify_ssl=ssl.create_default_context(cafile=ca))
assert [host.name for host in list_hosts.sync(client=client).hosts] == ["FS02"]
for _ in range(300):
    found = list_incidents.sync(client=client, kind=ListIncidentsKind.FULL)
    if found.incidents:
        break
    time.sleep(0.2)
[incident] = found.incidents
assert incident.state == IncidentBodyState.OPEN and incident.host == "FS02", incident

first = acknowledge_incident.sync_detailed(incident.id, client=client, idempotency_key="take-1")
assert first.parsed.state == IncidentBodyState.ACKNOWLEDGED, first
again = acknowledge_incident.sync_detailed(incident.id, client=client, idempotency_key="take-1")
assert again.parsed == first.parsed and "idempotency-replayed" in {name.lower() for name in again.headers}, again.headers
comment_incident.sync(incident.id, client=client, body=CommentBody(text="vu — 名前"))
stale = resolve_incident.sync_detailed(incident.id, client=client, if_match=first.headers["etag"])
assert isinstance(stale.parsed, Problem) and stale.status_code == 412, stale
seen = get_incident.sync_detailed(incident.id, client=client)
done = resolve_incident.sync(incident.id, client=client, if_match=seen.headers["etag"], body=ReasonBody(text="seen to"))
assert done.state == IncidentBodyState.RESOLVED, done
"#;

fn tool(name: &str) -> PathBuf {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("target/client-generator/bin").join(name);
    assert!(tool.exists(), "{} is missing: run tests/run, which fetches it", tool.display());
    tool
}

fn check(done: &Output) {
    let (said, wrong) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}{wrong}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_generated_client_sees_an_incident_open_takes_it_on_and_resolves_it() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("highwater_api");
    both(async |store| {
        let server = TestServer::start(store).await;
        let caller = Caller::with(&server, Scope::Admin).await;
        let (document, ca) = (folder.path().join("openapi.json"), folder.path().join("ca.pem"));
        std::fs::write(&document, caller.get("/api/v1/openapi.json").await.text).unwrap();
        std::fs::write(&ca, &server.ca_pem).unwrap();
        let mut generate = Command::new(tool("openapi-python-client"));
        generate
            .args(["generate", "--meta", "none", "--overwrite", "--path"])
            .arg(&document)
            .arg("--output-path")
            .arg(&made);
        check(&tokio::task::spawn_blocking(move || generate.output().unwrap()).await.unwrap());

        // What opens an incident is what an agent saw.
        let key = server.key("FS02").await;
        let now_at = Clock::system().now_at();
        let full = vec![snapshot(now_at - MINUTE_MS, 20), snapshot(now_at, 20)];
        server.push(&key, &batch(now_at, 1, full)).await.unwrap();
        let mut script = Command::new(tool("python"));
        script
            .env("PYTHONPATH", folder.path())
            .env("NO_PROXY", "*")
            .args(["-c", SCRIPT, &server.url, &caller.key])
            .arg(&ca);
        check(&tokio::task::spawn_blocking(move || script.output().unwrap()).await.unwrap());
        server.stop().await;
    })
    .await;
}
