//! Connects ticket systems on loopback, and tells them what happens to incidents.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use highwater::app::TicketWords;
use highwater::delivery::http::{Http, Limits};
use highwater::model::connector::{self, Connector, Held, NewConnector, System};
use highwater::model::delivery::{Delivery, Endpoint, EndpointKind, NewDelivery};
use highwater::model::destination::Policy;
use highwater::model::incident::{Entry, Incident, Kind};
use highwater::model::time::{MINUTE_MS, SECOND_MS};
use highwater::model::{ConnectorId, DeliveryId, IncidentId};
use highwater::store::connectors::{self, Inserted};
use highwater::store::deliveries::{self, DeliveryFilter};
use highwater::store::incidents::{self, Ended, NewIncident};
use highwater::store::{Db, tickets};
use highwater::tasks::delivery::{self as webhooks, Sending};
use highwater::tasks::tickets::{Outbox, Ticketing};

use super::desks::{Desk, SECRET, USER};
use super::outbox::{key_text, keys};
use super::store::{Store, T0};

/// What a loaded machine needs at most.
const PATIENT: Duration = Duration::from_secs(10);
/// Where nothing is said of a single attempt: whatever takes longer is asked for again.
const IMPATIENT: Duration = Duration::from_millis(1_500);
const URL: &str = "https://highwater.example";

/// Those in which a ticket can be closed for good.
pub const CLOSING: [System; 5] =
    [System::ServiceNow, System::JsmOperations, System::GlpiV1, System::GlpiV2, System::Zendesk];

/// What seals the secrets of connectors here, for a server's settings.
pub fn sealing_key() -> String {
    key_text("B")
}

/// What sends, to these addresses of loopback too, waits so long for an answer, and trusts this authority beside those of the system.
fn outbox(db: &Db, addresses: &[SocketAddr], answer: Duration, ca_pem: Option<&str>) -> Outbox {
    let limits = Limits { connect: Duration::from_secs(2), answer, body: Duration::from_secs(1) };
    let policy = Arc::new(Policy::default().allowing(addresses));
    let http = Http::new(policy, ca_pem.map(str::as_bytes)).unwrap().with_limits(limits);
    let (keys, public_url) = (Arc::new(keys("B")), URL.to_owned());
    Outbox::new(db.clone(), Ticketing { http, keys, public_url, words: Arc::new(TicketWords) })
}

/// Names and values.
type Pairs<'a> = Vec<(&'a str, &'a str)>;

/// Settings and secrets by which a system on loopback is reached; `path` behind its address.
pub fn said(system: System, addr: SocketAddr, path: &str) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let url = format!("http://{addr}{path}");
    let (settings, secrets): (Pairs<'_>, Pairs<'_>) = match system {
        System::ServiceNow | System::ServiceNowEvents => {
            (vec![("url", &url), ("user", USER)], vec![("password", SECRET)])
        }
        System::JiraCloud => (vec![("url", &url), ("user", USER), ("project", "IT")], vec![("token", SECRET)]),
        System::JiraDataCenter => (vec![("url", &url), ("project", "IT")], vec![("token", SECRET)]),
        System::JsmOperations => (vec![("url", &url), ("user", USER), ("cloud_id", "c1")], vec![("token", SECRET)]),
        System::GlpiV1 => (vec![("url", &url)], vec![("user_token", SECRET)]),
        System::GlpiV2 => (
            vec![("url", &url), ("user", USER), ("client_id", "client")],
            vec![("client_secret", SECRET), ("password", SECRET)],
        ),
        System::Zendesk => (vec![("url", &url), ("user", USER)], vec![("token", SECRET)]),
        System::Teams => return (BTreeMap::new(), owned(&[("hook", &format!("{url}/workflows/x?sig={SECRET}"))])),
        System::Email => {
            let (host, port) = (addr.ip().to_string(), addr.port().to_string());
            let settings = [
                ("host", host.as_str()),
                ("port", &port),
                ("security", "none"),
                ("user", USER),
                ("from", "Highwater <highwater@example.com>"),
                ("to", "desk@example.com"),
            ];
            return (owned(&settings), owned(&[("password", SECRET)]));
        }
    };
    (owned(&settings), owned(&secrets))
}

fn owned(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A new connector to that system.
pub async fn connect(db: &Store, system: System, addr: SocketAddr, path: &str) -> ConnectorId {
    let (settings, secrets) = said(system, addr, path);
    connect_with(db, system, settings, secrets).await
}

pub async fn connect_with(
    db: &Store,
    system: System,
    settings: BTreeMap<String, String>,
    secrets: BTreeMap<String, String>,
) -> ConnectorId {
    let new = new(system, settings, &secrets);
    let inserted = db.write(async |tx| connectors::insert(tx, &new, "ann", T0).await).await;
    let Inserted::Yes(id) = inserted else { panic!("{inserted:?}") };
    let sealed = keys("B").seal(&connector::purpose(id), &serde_json::to_string(&secrets).unwrap()).unwrap();
    db.write(async |tx| connectors::seal(tx, id, &sealed).await).await;
    id
}

pub fn new(system: System, settings: BTreeMap<String, String>, secrets: &BTreeMap<String, String>) -> NewConnector {
    NewConnector {
        name: "Desk".to_owned(),
        system,
        settings,
        secrets: secrets.clone(),
        kinds: vec![Kind::Full, Kind::Capacity],
        groups: Vec::new(),
        language: "en".to_owned(),
    }
}

/// A store with one connector, and a clock that is set by hand.
#[derive(Debug)]
pub struct Bench<'a> {
    pub db: &'a Store,
    pub connector: ConnectorId,
    relay: webhooks::Outbox,
    outbox: Outbox,
    addresses: Vec<SocketAddr>,
    answer: Duration,
    ca_pem: Option<String>,
    now_at: i64,
}

impl<'a> Bench<'a> {
    pub async fn with(db: &'a Store, desk: &Desk, path: &str) -> Self {
        let connector = connect(db, desk.system, desk.addr, path).await;
        Self::of(db, connector, desk.addr)
    }

    pub fn of(db: &'a Store, connector: ConnectorId, addr: SocketAddr) -> Self {
        let http = Http::new(Arc::default(), None).unwrap();
        let sending = Sending { http, keys: Arc::new(keys("B")), public_url: URL.to_owned(), kept_days: 30 };
        Self {
            db,
            connector,
            relay: webhooks::Outbox::new((**db).clone(), sending),
            outbox: outbox(db, &[addr], PATIENT, None),
            addresses: vec![addr],
            answer: PATIENT,
            ca_pem: None,
            now_at: T0,
        }
    }

    /// Does not wait long for an answer.
    pub fn impatient(self) -> Self {
        let outbox = outbox(self.db, &self.addresses, IMPATIENT, self.ca_pem.as_deref());
        Self { outbox, answer: IMPATIENT, ..self }
    }

    /// Somebody names this authority in the settings.
    pub fn trusting(self, ca_pem: &str) -> Self {
        let outbox = outbox(self.db, &self.addresses, self.answer, Some(ca_pem));
        Self { outbox, ca_pem: Some(ca_pem.to_owned()), ..self }
    }

    /// Another process in the place of the one that was there, which is gone as if it had been killed.
    pub async fn dies_and_another_comes(&mut self) {
        let next = outbox(self.db, &self.addresses, self.answer, self.ca_pem.as_deref());
        let dead = std::mem::replace(&mut self.outbox, next);
        dead.end().await;
    }

    /// Somebody changes the connector; its secrets stay.
    pub async fn changes(&self, change: impl FnOnce(&mut NewConnector)) {
        let kept = self.kept().await;
        let as_before = new(kept.system, kept.settings, &BTreeMap::new());
        let mut changed = NewConnector { language: kept.language, ..as_before };
        change(&mut changed);
        let (id, now_at) = (self.connector, self.now_at);
        assert!(self.db.write(async |tx| connectors::update(tx, id, &changed, now_at).await).await);
    }

    /// As the connector is kept now.
    pub async fn kept(&self) -> Connector {
        connectors::find(self.db, self.connector).await.unwrap().unwrap()
    }

    pub fn now_at(&self) -> i64 {
        self.now_at
    }

    pub fn passes(&mut self, ms: i64) {
        self.now_at += ms;
    }

    /// An incident opens at a new host.
    pub async fn opens(&self, name: &str) -> IncidentId {
        let host = self.db.host(name).await;
        let new = NewIncident {
            host: Some(host),
            kind: Kind::Full,
            subject: "",
            from_at: self.now_at,
            opened_at: self.now_at,
            is_silenced: false,
        };
        self.db.write(async |tx| incidents::insert(tx, &new, self.now_at).await).await.unwrap()
    }

    /// It ends by itself.
    pub async fn clears(&self, id: IncidentId) {
        let ended = Ended { until_at: self.now_at, cleared_at: self.now_at };
        self.db.write(async |tx| incidents::clear(tx, id, ended, None, self.now_at).await).await;
    }

    pub async fn incident(&self, id: IncidentId) -> Incident {
        incidents::find(self.db, id).await.unwrap().unwrap()
    }

    /// The last entry of its story.
    pub async fn last_entry(&self, id: IncidentId) -> Entry {
        incidents::entries(self.db, id).await.unwrap().pop().unwrap()
    }

    pub async fn held(&self, id: IncidentId) -> Held {
        tickets::find(self.db, self.connector, id).await.unwrap().unwrap()
    }

    pub fn key(&self, id: IncidentId) -> String {
        connector::key(self.db.store_id(), id)
    }

    /// Begins to tell what is untold, and does not wait for it.
    pub async fn begins_to_tell(&self) {
        self.relay.relay(self.now_at).await.unwrap();
        self.outbox.tick(self.now_at).await.unwrap();
    }

    /// Tells what is due now, and waits for what comes of it.
    pub async fn tells(&self) {
        self.relay.relay(self.now_at).await.unwrap();
        while self.outbox.tick(self.now_at).await.unwrap() > 0 {
            self.outbox.done().await;
        }
    }

    /// Tells everything, however long it takes; panics if that is longer than a day.
    pub async fn tells_all(&mut self) {
        for round in 0..260 {
            self.tells().await;
            if self.waiting().await.is_empty() {
                return;
            }
            // At first in small steps: what may be found late is found then.
            self.passes(if round < 20 { 10 * SECOND_MS } else { 6 * MINUTE_MS });
        }
        panic!("never told: {:?}", self.waiting().await);
    }

    /// Nobody sees to it until the only delivery is tried no more; answers that one.
    pub async fn gives_up(&mut self) -> Delivery {
        for _ in 0..99 {
            let [one]: [Delivery; 1] = self.deliveries().await.try_into().unwrap();
            if one.settled_at.is_some() {
                return one;
            }
            self.now_at = self.now_at.max(one.due_at);
            self.tells().await;
        }
        panic!("never given up: {:?}", self.deliveries().await);
    }

    /// Somebody sends it again, and then everything is told.
    pub async fn sends_again(&mut self, id: DeliveryId) {
        let now_at = self.now_at;
        assert!(self.db.write(async |tx| deliveries::replay(tx, id, now_at).await).await);
        self.tells_all().await;
    }

    /// Only keeps what is to be told.
    pub async fn relay_only(&self) {
        self.relay.relay(self.now_at).await.unwrap();
    }

    /// Tries whether the connector works.
    pub async fn tries(&self) {
        let endpoint = Endpoint { kind: EndpointKind::Ticket, id: self.connector.0 };
        let new = NewDelivery { endpoint, incident: None, event_type: connector::TEST, body: "{}" };
        self.db.write(async |tx| deliveries::enqueue(tx, &new, self.now_at).await).await;
        self.tells().await;
    }

    /// Looks at what people did.
    pub async fn looks(&mut self) -> usize {
        self.passes(connector::LOOK_AGAIN_MS + 1);
        self.outbox.look(self.now_at).await.unwrap()
    }

    pub async fn deliveries(&self) -> Vec<Delivery> {
        let endpoint = Some(Endpoint { kind: EndpointKind::Ticket, id: self.connector.0 });
        deliveries::list(self.db, &DeliveryFilter { endpoint, most: 999, ..Default::default() }).await.unwrap()
    }

    async fn waiting(&self) -> Vec<Delivery> {
        let mut all = self.deliveries().await;
        all.retain(|one| one.settled_at.is_none());
        all
    }
}
