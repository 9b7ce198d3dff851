//! From a full host to an open ticket and back, with the real program and a ticket system on another machine.

use std::time::Duration;

use highwater::clock::Clock;
use highwater::model::connector::{System, TicketState};
use highwater::store::{incidents, tickets};
use tokio::time::Instant;

use crate::harness::desks::{Desk, Fault};
use crate::harness::elsewhere::Elsewhere;
use crate::harness::server::{ServerProcess, answer, batch, client, machine, snapshot, token};
use crate::harness::store::{Store, both};
use crate::harness::ticketing::{connect, sealing_key};
use crate::harness::wait::eventually;

const MINUTE_MS: i64 = 60_000;

/// A host whose agent is this test.
struct Pusher {
    http: reqwest::Client,
    url: String,
    key: String,
    next_seq: u64,
}

impl Pusher {
    async fn enrol(server: &ServerProcess, database: &str, name: &str) -> Self {
        let (http, token) = (client(&server.ca_pem()), token(server, Some(database)));
        let enrol = format!("{}{}", server.url, highwater_wire::ENROL_PATH);
        let sent = http.post(enrol).json(&machine(&token, name, 1)).send().await.unwrap();
        let enrolled: highwater_wire::Enrolled = answer(sent).await.unwrap();
        Self { http, url: server.url.clone(), key: enrolled.key, next_seq: 1 }
    }

    /// Looks at so many sessions of 20, a minute apart, the last of them at `until_at`.
    async fn push(&mut self, looks: u32, sessions: u32, until_at: i64) {
        let records: Vec<_> =
            (0..looks).rev().map(|before| snapshot(until_at - i64::from(before) * MINUTE_MS, sessions)).collect();
        let sent = u64::from(looks);
        let batch = batch(Clock::system().now_at(), self.next_seq, records);
        self.next_seq += sent;
        let body = serde_json::to_vec(&batch).unwrap();
        let request = self.http.post(format!("{}{}", self.url, highwater_wire::BATCHES_PATH)).bearer_auth(&self.key);
        let body = zstd::encode_all(body.as_slice(), 3).unwrap();
        let sent = request.header("content-encoding", "zstd").body(body).send().await.unwrap();
        let _: highwater_wire::Ack = answer(sent).await.unwrap();
    }
}

fn start(store: &Store, folder: &std::path::Path) -> ServerProcess {
    let key = sealing_key();
    let variables = [("HIGHWATER_DATABASE", store.address()), ("HIGHWATER_SECRETS_KEY", key.as_str())];
    ServerProcess::start(folder, &variables)
}

/// Waits until the only ticket is like that.
async fn until(desk: &Desk, what: &str, is_so: impl Fn(TicketState) -> bool) {
    eventually(what, async || {
        let records = desk.records();
        assert!(records.len() < 2, "one ticket: {records:?}");
        match records.first() {
            Some(record) if is_so(record.state) => Ok(()),
            seen => Err(format!("{seen:?}")),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_full_host_to_an_open_ticket_and_from_its_end_to_a_resolved_one() {
    let elsewhere = Elsewhere::lay(1);
    both(async |store| {
        let desk = Desk::start_on(System::ServiceNow, elsewhere.listen()).await;
        connect(store, desk.system, desk.addr, "").await;
        let folder = tempfile::tempdir().unwrap();
        let server = start(store, folder.path());
        let mut host = Pusher::enrol(&server, store.address(), "FS02").await;
        let now_at = Clock::system().now_at();
        // Full for two minutes, twenty minutes ago: the looks since then say how it went on.
        let began = Instant::now();
        host.push(2, 20, now_at - 20 * MINUTE_MS).await;
        until(&desk, "the ticket is made", |state| state == TicketState::Open).await;
        println!(
            "from the second look at a full host, acknowledged to its agent, to the ticket: {:?}",
            began.elapsed()
        );
        assert!(desk.records()[0].title.contains("FS02"));

        let began = Instant::now();
        host.push(20, 3, now_at).await;
        until(&desk, "the ticket is resolved", TicketState::is_over).await;
        println!("from the look that ends it to the resolved ticket: {:?}", began.elapsed());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_their_post_and_our_commit_it_makes_no_second_ticket() {
    let elsewhere = Elsewhere::lay(2);
    both(async |store| {
        let desk = Desk::start_on(System::ServiceNow, elsewhere.listen()).await;
        let connector = connect(store, desk.system, desk.addr, "").await;
        let folder = tempfile::tempdir().unwrap();
        let mut server = start(store, folder.path());
        let mut host = Pusher::enrol(&server, store.address(), "FS02").await;
        let now_at = Clock::system().now_at();
        // Their answer never comes: the server waits for it when it is killed.
        desk.with(|held| held.faults.push_back(Fault::Hangs));
        host.push(2, 20, now_at - 20 * MINUTE_MS).await;
        until(&desk, "the ticket is made", |state| state == TicketState::Open).await;
        server.kill();
        let [incident] = incidents::list(store, &incidents::IncidentFilter { most: 9, ..Default::default() })
            .await
            .unwrap()
            .try_into()
            .unwrap();
        let held = tickets::find(store, connector, incident.id).await.unwrap().unwrap();
        assert!(held.remote_id.is_none() && held.intended_at.is_some(), "it knows that there may be one: {held:?}");

        // Alone with its file, the next one knows that the dead one is gone. Otherwise nobody waits here until its lease ends.
        if store.kind() == "postgres" {
            store.without_leases().await;
        }
        let server = start(store, folder.path());
        host.url.clone_from(&server.url);
        host.push(20, 3, now_at).await;
        until(&desk, "the ticket is resolved", TicketState::is_over).await;
        tokio::time::timeout(Duration::from_secs(60), async {
            while !tickets::find(store, connector, incident.id).await.unwrap().unwrap().state.is_over() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await
        .unwrap();
        assert_eq!(desk.records().len(), 1);
    })
    .await;
}
