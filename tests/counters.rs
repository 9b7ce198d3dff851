//! What hosts count beside their sessions, from the agent's batch to the page and the API.

use highwater_wire::{Counters, HostFacts, Record, Share};
use serde_json::{Value, json};

use crate::harness::person::{Person, texts};
use crate::harness::server::{TestServer, batch, snapshot};
use crate::harness::store::both;

const MINUTE_MS: i64 = 60_000;

fn counters(read_at: i64, since_at: i64, values: &[(&str, i64)], shares: Vec<Share>) -> Record {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    Record::Counters(Counters { read_at, since_at: Some(since_at), values, shares: Some(shares) })
}

fn share(name: &str, uses: u32, most_uses: Option<u32>) -> Share {
    Share { name: name.to_owned(), uses, most_uses, unlimited: most_uses.is_none() }
}

fn facts(observed_at: i64, users: &str, boot: &str) -> Record {
    let settings = [("Users".to_owned(), users.to_owned())].into();
    Record::Host(HostFacts {
        observed_at,
        name: "FS01".to_owned(),
        settings,
        boot_id: boot.to_owned(),
        ..HostFacts::default()
    })
}

/// Two readings, with a start between, two lists of shares, and three words of the host.
fn records(now_at: i64) -> Vec<Record> {
    let evil = "<script>window.owned=1</script>";
    let before = [("sessions_timed_out", 1_000), ("work_item_shortages", 5), ("queue_length", 3)];
    let after = [
        ("sessions_timed_out", 1_234),
        ("work_item_shortages", 5),
        ("queue_length", 41),
        ("tcp_established", 17),
        ("a_counter_from_the_future", 7),
    ];
    let at = |minutes: i64| now_at - minutes * MINUTE_MS;
    vec![
        facts(at(50), "20", "boot 1"),
        counters(at(12), at(100), &before, vec![share("Scans", 10, Some(10))]),
        counters(at(7), at(100), &after, vec![share(evil, 3, None), share("Scans", 9, Some(10))]),
        facts(at(40), "30", "boot 1"),
        facts(at(30), "30", "boot 2"),
        snapshot(at(1), 2),
    ]
}

fn changes(answer: &Value) -> Vec<(String, Value, Value, Value)> {
    let list = answer["changes"].as_array().unwrap().iter();
    list.map(|c| (c["what"].as_str().unwrap().to_owned(), c["setting"].clone(), c["before"].clone(), c["now"].clone()))
        .collect()
}

#[tokio::test]
async fn counters_shares_and_changes_go_from_the_agent_s_batch_to_the_page_and_the_api() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let key = server.key("FS01").await;
        let records = records(now_at);
        // The later ones first, as another spool; then all of them: nothing counts twice.
        let late = highwater_wire::Batch { epoch: "1".repeat(32), ..batch(now_at, 1, records[2..].to_vec()) };
        server.push(&key, &late).await.unwrap();
        server.push(&key, &batch(now_at, 1, records)).await.unwrap();

        let counters = person.json("/api/v1/hosts/1/counters").await;
        let readings = counters["readings"].as_array().unwrap();
        assert_eq!(readings.len(), 2);
        assert_eq!(readings[1]["counts"], json!({ "sessions_timed_out": 1_234, "work_item_shortages": 5 }));
        assert_eq!(readings[1]["levels"], json!({ "queue_length": 41, "tcp_established": 17 }));
        let shares = person.json("/api/v1/hosts/1/shares").await;
        assert_eq!((&shares["shares"][1]["uses"], &shares["shares"][1]["saturation"]), (&json!(9), &json!(0.9)));
        // Two of them on one day, or one on each of two: midnight may have passed.
        assert_eq!((&shares["peaks"][0]["name"], &shares["peaks"][0]["uses"]), (&json!("Scans"), &json!(10)));
        let told = changes(&person.json("/api/v1/hosts/1/changes").await);
        let users = ("setting".to_owned(), json!("Users"), json!("20"), json!("30"));
        let start = ("start".to_owned(), Value::Null, json!("boot 1"), json!("boot 2"));
        assert_eq!(told, [users, start]);

        let page = person.page("/hosts/1?range=1h").await;
        let all = texts(&page, "#counted").join(" ");
        assert!(all.contains("timed out 234"), "{all}");
        assert!(all.contains("None: work item shortages."), "{all}");
        assert!(all.contains("longest queue 41") && all.contains("connections are not sessions"), "{all}");
        let rows = texts(&page, "#shares tbody tr");
        assert!(rows[0].starts_with("Scans 9 10 90 % 10 of 10"), "{rows:?}");
        assert!(rows[1].starts_with("<script>window.owned=1</script> 3 none – –"), "{rows:?}");
        let listed = texts(&page, "#changes li").join("; ");
        assert!(listed.starts_with("The system was started again"), "{listed}");
        assert!(listed.contains("Users: 20 → 30"), "{listed}");
        assert!(person.get("/hosts/1?range=1h").await.text.contains("href=\"#changes\""), "and on the chart");
        server.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_no_host_can_count_is_refused_and_what_is_unknown_is_said() {
    both(async |store| {
        let server = TestServer::start(store).await;
        let (person, now_at) = (Person::signed_in(&server).await, server.clock.now_at());
        let key = server.key("FS01").await;
        let many = (0..1_001).map(|n| share(&n.to_string(), n, None)).collect();
        let problem = server.push(&key, &batch(now_at, 1, vec![counters(now_at, 0, &[], many)])).await.unwrap_err();
        assert!(problem.detail.contains("has 1,001 shares; 1,000 are allowed"), "{}", problem.detail);
        let far = counters(now_at + 3_600_000, 0, &[], Vec::new());
        let problem = server.push(&key, &batch(now_at, 1, vec![far])).await.unwrap_err();
        assert!(problem.detail.contains("the reading of counters is dated"), "{}", problem.detail);
        // A start before all time is no start.
        server.push(&key, &batch(now_at, 1, vec![counters(now_at, 5, &[], Vec::new())])).await.unwrap();
        let told = person.json("/api/v1/hosts/1/counters").await;
        assert_eq!(told["readings"][0]["since"], Value::Null);
        let page = person.page("/hosts/1").await;
        assert!(texts(&page, "#counted .gauges").is_empty(), "nothing is known");
        assert_eq!(texts(&page, "#shares .empty"), ["None was in use."]);
        assert_eq!(texts(&page, "#changes .empty"), ["Nothing about this host changed."]);
        let problem = person.get("/api/v1/hosts/1/counters?from=2020-01-01T00:00:00Z").await;
        assert_eq!(problem.status, 400, "{}", problem.text);
        server.stop().await;
    })
    .await;
}
