//! The fleet's metrics, read as strictly as Prometheus reads them, whatever hosts are called; and the files for Prometheus.

mod exposition;

use std::collections::BTreeSet;
use std::path::Path;

use highwater::model::HostId;
use highwater::model::agent::{AgentState, NewAgent};
use highwater::model::host::{Heard, Now};
use highwater::model::incident::Kind;
use highwater::model::limit::{Limit, LimitSource};
use highwater::model::snapshot::Totals;
use highwater::secret;
use highwater::store::incidents::{self, NewIncident};
use highwater::store::{agents, hosts};
use tokio::time::Instant;

use self::exposition::{Exposition, parse};
use crate::harness::hostile;
use crate::harness::server::TestServer;
use crate::harness::store::{Store, both, new_agent};

/// Hosts of these names, each in a group of the same name, with agents that may send and 16 of 20 sessions.
pub(crate) async fn fleet(store: &Store, names: &[String], now_at: i64) -> Vec<HostId> {
    let heard = Heard { seen_at: now_at, agent_version: "0.1.0".to_owned(), ..Heard::default() };
    let now = Now {
        taken_at: now_at,
        source: "test".to_owned(),
        sampling_secs: 60,
        partial: false,
        totals: Totals { sessions: 16, clients: 5, opens: None, idle_sessions: None, zero_open_sessions: None },
        limit: Limit { sessions: Some(20), unlimited: false, source: LimitSource::Api },
    };
    store
        .write(async |tx| {
            let mut ids = Vec::with_capacity(names.len());
            for (n, name) in names.iter().enumerate() {
                let id = agents::host_of_identity(tx, &format!("machine-{n}"), name, name, now_at).await?;
                let key = |part: &str| secret::sha256(&format!("{part}{n}"));
                let agent = new_agent(id, AgentState::Approved, 0);
                let agent = NewAgent { key_sha256: key("key"), attempt_sha256: key("attempt"), ..agent };
                agents::insert(tx, &agent, now_at).await?;
                ids.push(id);
            }
            ids.sort();
            let states: Vec<_> = ids.iter().map(|id| (*id, &heard, Some(&now))).collect();
            hosts::save_states(tx, &states).await?;
            Ok(ids)
        })
        .await
}

async fn scrape(server: &TestServer) -> String {
    let answer = server.http.get(format!("{}/metrics", server.url)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    answer.text().await.unwrap()
}

/// The hosts that one scrape tells, which has to be in due form.
pub(crate) async fn told_hosts(server: &TestServer) -> BTreeSet<String> {
    let told = parse(&scrape(server).await).unwrap();
    told.families["highwater_host_sessions"].samples.iter().map(|(labels, _)| labels["host"].clone()).collect()
}

#[tokio::test]
async fn every_host_has_its_figures_under_its_name_whatever_it_is_called() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let now_at = server.clock.now_at();
        let ids = fleet(store, &hostile::names(), now_at).await;
        let (kind, from_at, opened_at) = (Kind::Flood, now_at, now_at);
        let new = NewIncident { host: Some(ids[0]), kind, subject: "", from_at, opened_at, is_silenced: false };
        store.write(async |tx| incidents::insert(tx, &new, now_at).await).await.unwrap();
        let told = parse(&scrape(&server).await).unwrap();
        let names = hosts::all_now(store).await.unwrap();
        for (family, value) in [
            ("highwater_host_sessions", 16.0),
            ("highwater_host_clients", 5.0),
            ("highwater_host_session_limit", 20.0),
            ("highwater_host_saturation_ratio", 0.8),
            ("highwater_host_full", 0.0),
            ("highwater_host_agent_up", 1.0),
        ] {
            let samples = &told.families[family].samples;
            assert_eq!(samples.len(), names.len(), "{family}");
            for host in &names {
                let labels = samples.iter().find(|(labels, _)| labels["id"] == host.id.to_string()).unwrap();
                assert!((labels.1 - value).abs() < 1e-9, "{family}: {labels:?}");
                assert_eq!((labels.0["host"].as_str(), labels.0.len()), (as_label(&host.name).as_str(), 3));
                assert_eq!(labels.0["group"], as_label(&host.group_name));
            }
        }
        let open = &told.families["highwater_host_open_incidents"].samples;
        assert_eq!((open.len(), open[0].0["kind"].as_str(), open[0].0["id"].clone()), (1, "flood", ids[0].to_string()));
        let watch = told.value("highwater_hosts", &[("level", "watch")]);
        assert_eq!(watch, Some(f64::from(u32::try_from(ids.len()).unwrap())));
        assert_eq!(told.value("highwater_open_incidents", &[("kind", "flood")]), Some(1.0));
        assert_eq!(told.value("highwater_hosts_left_out", &[]), Some(0.0));
        server.stop().await;
    })
    .await;
}

/// How a name is told: control characters cannot be read, and what is long is cut.
pub(crate) fn as_label(name: &str) -> String {
    let cut = if name.chars().count() > 200 { "…" } else { "" };
    name.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect::<String>() + cut
}

/// Nothing about clients and users is told, and every family of the fleet says what it is.
fn bounded(told: &Exposition) {
    for (name, family) in &told.families {
        let is_of_fleet =
            ["highwater_host", "highwater_open", "highwater_sessions"].iter().any(|p| name.starts_with(p));
        assert!(!is_of_fleet || (!family.help.is_empty() && family.kind == "gauge"), "{name} says what it is");
        let labels: BTreeSet<&str> = family.samples.iter().flat_map(|(l, _)| l.keys().map(String::as_str)).collect();
        assert!(!labels.contains("client") && !labels.contains("user"), "{name}: {labels:?}");
    }
}

#[tokio::test]
async fn ten_thousand_hosts_are_told_at_a_cost_that_is_printed() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let names: Vec<String> = (0..10_000).map(|n| format!("FS-PAR-{n:05}")).collect();
        fleet(store, &names, server.clock.now_at()).await;
        let mut took = Vec::new();
        let mut text = String::new();
        for _ in 0..5 {
            let began = Instant::now();
            text = scrape(&server).await;
            took.push(began.elapsed().as_millis());
        }
        took.sort_unstable();
        let (kind, lines) = (store.kind(), text.lines().count());
        println!("10,000 hosts, {kind}: {lines} lines, {} KiB, {took:?} ms", text.len() / 1024);
        let told = parse(&text).unwrap();
        bounded(&told);
        let series: usize = told.families.values().map(|family| family.samples.len()).sum();
        assert!((70_000..71_000).contains(&series), "{series}");
        server.stop().await;
    })
    .await;
}

#[test]
fn the_files_for_prometheus_ask_for_what_there_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let alerts = read("server/prometheus/alerts.yml");
    let sources = ["web/ops/fleet.rs", "web/ops.rs"].map(|path| read(&format!("server/src/{path}"))).join("\n");
    let is_of_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let asked: Vec<&str> = alerts
        .lines()
        .filter_map(|line| line.trim().strip_prefix("expr: "))
        .flat_map(|expr| expr.split(|c| !is_of_name(c)))
        .filter(|word| word.starts_with("highwater_"))
        .collect();
    assert!(asked.len() >= 7, "{asked:?}");
    for name in asked {
        assert!(sources.contains(&format!("\"{name}\"")), "there is no metric {name}");
    }
    for text in [alerts.as_str(), &read("server/prometheus/scrape.yml")] {
        assert!(!text.contains('\t') && text.ends_with('\n'), "YAML takes no tabs");
    }
}
