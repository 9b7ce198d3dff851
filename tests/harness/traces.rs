//! One client and its user, and the traces that they leave: what is erased, or handed out.

use std::time::Duration;

use highwater::clock::Clock;
use highwater::ingest::decode::Encoding;
use highwater::ingest::{Ingest, Options};
use highwater::model::audit::{Action, Deed as Audited, Subject as Of, SubjectKind};
use highwater::model::finding::Fact;
use highwater::model::incident::Kind;
use highwater::model::pseudonym::UserNames;
use highwater::model::time::HOUR_MS;
use highwater::model::{HostId, IncidentId};
use highwater::store::agents::Keyholder;
use highwater::store::audit;
use highwater::store::idempotency::{self, Answer, Body};
use highwater::store::incidents::{self, Deed, NewIncident};
use highwater_wire as wire;

use super::audit::trail;
use super::server;
use super::store::{Store, T0};

const EPOCH: &str = "5f0c1b7e9d3a4c2688b1d0e4a7f35c19";
pub const CLIENT: &str = "pc-of-ann.corp.example";
pub const USER: &str = r"CORP\ann.o'neil";

/// An agent of the host FS01, and the server's door for it.
#[derive(Debug)]
pub struct Agent {
    pub clock: Clock,
    pub ingest: Ingest,
    pub from: Keyholder,
    pub seq: u64,
    pub sent_at: i64,
}

impl Agent {
    pub async fn start(store: &Store, user_names: UserNames) -> Self {
        let clock = Clock::manual(T0 + 2 * HOUR_MS);
        let options = Options { window: Duration::ZERO, user_names, ..Options::default() };
        let ingest = Ingest::start_with((**store).clone(), clock.clone(), options);
        Self { clock, ingest, from: store.pusher("FS01").await, seq: 1, sent_at: T0 + 2 * HOUR_MS }
    }

    pub async fn push(&mut self, record: wire::Record) {
        let batch = wire::Batch {
            epoch: EPOCH.to_owned(),
            first_seq: self.seq,
            sent_at: self.sent_at,
            boot_id: String::new(),
            agent_version: String::new(),
            queued_records: 0,
            records: vec![record],
        };
        let body = serde_json::to_vec(&batch).unwrap();
        let batch = self.ingest.decode(body, Encoding::Plain).await.unwrap();
        self.seq = self.ingest.accept(self.from, batch).await.unwrap().acked_seq + 1;
    }
}

/// With two sessions of the client and its user under two spellings, and one of somebody else.
pub fn snapshot(taken_at: i64, part: Option<wire::Part>) -> wire::Record {
    let session = |client: &str, user: &str| wire::Session {
        client: client.to_owned(),
        user: user.to_owned(),
        opens: Some(1),
        age_secs: Some(600),
        idle_secs: Some(5),
    };
    wire::Record::Snapshot(wire::Snapshot {
        taken_at,
        source: "simulated".to_owned(),
        sampling_secs: 60,
        limit: wire::Limit { sessions: Some(20), unlimited: false, source: wire::LimitSource::Api },
        partial: false,
        part,
        burst_of: None,
        sessions: vec![session(CLIENT, USER), session(&CLIENT.to_uppercase(), USER), session("10.0.0.7", r"CORP\bob")],
    })
}

/// In which the client is named.
pub fn event() -> wire::Record {
    wire::Record::Event(wire::Event {
        xml: format!(
            "<Event><System><Computer>FS01</Computer></System><EventData><Data>{CLIENT}</Data></EventData></Event>"
        ),
        message: Some(format!("The server has detected an attempted Denial-Of-Service attack from client {CLIENT}.")),
        decoded: wire::Decoded { client: Some(CLIENT.to_owned()), ..wire::Decoded::default() },
        ..server::event(T0, 1, 2_025)
    })
}

pub fn leak(client: &str) -> Fact {
    Fact::Leak { client: client.to_owned(), sessions: 41, day_before: None, forgotten: 40, oldest_hours: 14 }
}

/// An incident about the client, and a comment that names it.
pub async fn incident(store: &Store, host: HostId) -> IncidentId {
    let about = NewIncident {
        host: Some(host),
        kind: Kind::Leak,
        subject: CLIENT,
        from_at: T0,
        opened_at: T0,
        is_silenced: false,
    };
    let id = store.write(async |tx| incidents::insert(tx, &about, T0).await).await.unwrap();
    let deed = Deed { by: "eve", now_at: T0, seen_version: None };
    let said = format!("Restarted {CLIENT}.");
    store.write(async |tx| incidents::comment(tx, id, deed, &said).await).await;
    id
}

/// An answer that is kept for whoever asks again (by `[1; 32]` and `[7; 32]`), and names the client.
pub async fn kept_answer(store: &Store) {
    let body = Body::Plain(format!(r#"{{"summary":"Restarted {CLIENT}."}}"#));
    let answer = Answer { status: 200, etag: String::new(), location: String::new(), body };
    store
        .write(async |tx| {
            idempotency::claim(tx, &[1; 32], &[7; 32], T0).await?;
            idempotency::keep(tx, &[1; 32], &answer).await
        })
        .await;
}

/// An entry of the audit log: somebody took a file of what a search for this found.
pub async fn export(store: &Store, sought: &str) {
    let page = Of::new(SubjectKind::Page, None, "/clients");
    let export = Audited::new(Action::Exported, page).after("q", sought).after("format", "csv");
    store.write(async |tx| audit::record(tx, &trail(), &export).await).await;
}
