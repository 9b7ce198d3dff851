//! Hosts in Paris, in Grenoble and in no group, with incidents that go on and incidents that are over.

use highwater::model::incident::{Incident, Kind};
use highwater::model::time::MINUTE_MS;
use highwater::model::{HostId, IncidentId};
use highwater::store::incidents::{self, IncidentFilter, NewIncident};
use highwater::store::{groups, hosts};
use highwater::tasks::alerts::Judge;
use highwater_wire::{self as wire, Record};

use crate::harness::server::{TestServer, batch, snapshot};
use crate::harness::store::{Store, T0};

/// In all names of what who is confined to Paris does not see, without regard to case.
const HIDDEN: [&str; 2] = ["grenoble", "nowhere"];
pub(crate) const MISSING: IncidentId = IncidentId(999_999);

/// A server with hosts in Paris, in Grenoble and in no group, and what happened to them.
pub(crate) struct Fleet {
    pub(crate) server: TestServer,
    /// What goes on, each of a host without an agent: nobody judges it.
    pub(crate) paris: IncidentId,
    pub(crate) grenoble: IncidentId,
    pub(crate) nowhere: IncidentId,
    /// Of no host.
    pub(crate) whole: IncidentId,
    /// What is over, of hosts with a past.
    pub(crate) was_paris: IncidentId,
    pub(crate) was_grenoble: IncidentId,
    /// The hosts of the first two.
    pub(crate) hosts: [HostId; 2],
}

impl Fleet {
    pub(crate) async fn gather(store: &Store) -> Self {
        let server = TestServer::start(store).await;
        let now_at = server.clock.now_at();
        let judge = Judge::new(server.db.clone(), now_at);
        for place in ["PARIS", "GRENOBLE"] {
            was_full(&server, place).await;
        }
        judge.tick(server.clock.now_at()).await.unwrap();
        let (paris, grenoble) = (store.host("PARIS-DESK").await, store.host("GRENOBLE-DESK").await);
        let nowhere = store.host("NOWHERE-DESK").await;
        for host in hosts::in_short(store).await.unwrap() {
            match host.name.split_once('-') {
                Some(("PARIS", _)) => put(store, host.id, "Paris").await,
                Some(("GRENOBLE", _)) => put(store, host.id, "Grenoble").await,
                _ => {}
            }
        }
        let open = async |host: Option<HostId>, kind| {
            let (from_at, opened_at) = (now_at - 11 * MINUTE_MS, now_at - 10 * MINUTE_MS);
            let new = NewIncident { host, kind, subject: "", from_at, opened_at, is_silenced: false };
            store.write(async |tx| incidents::insert(tx, &new, opened_at).await).await.unwrap()
        };
        let all = every(store).await;
        let past = |name: &str| all.iter().find(|one| one.host_name == name && one.kind == Kind::Full).unwrap().id;
        Self {
            paris: open(Some(paris), Kind::Full).await,
            grenoble: open(Some(grenoble), Kind::Full).await,
            nowhere: open(Some(nowhere), Kind::Full).await,
            whole: open(None, Kind::Pipeline).await,
            was_paris: past("PARIS-FS"),
            was_grenoble: past("GRENOBLE-FS"),
            hosts: [paris, grenoble],
            server,
        }
    }

    /// Those that who is confined to Paris does not see; the last was never there.
    pub(crate) fn hidden(&self) -> [IncidentId; 5] {
        [self.grenoble, self.was_grenoble, self.nowhere, self.whole, MISSING]
    }
}

/// A host that was full of a client's forgotten sessions for four minutes, half an hour ago.
async fn was_full(server: &TestServer, place: &str) {
    let (name, client) = (format!("{place}-FS"), format!("{place}-SCANNER"));
    let (key, now_at) = (server.key(&name).await, server.clock.now_at());
    let at = |minute: i64| now_at - (45 - minute) * MINUTE_MS;
    let full = |taken_at: i64| {
        let Record::Snapshot(mut full) = snapshot(taken_at, 20) else { unreachable!("a snapshot") };
        for session in full.sessions.iter_mut().take(12) {
            session.client = client.clone();
            (session.opens, session.idle_secs, session.age_secs) = (Some(0), Some(9_000), Some(90_000));
        }
        Record::Snapshot(full)
    };
    let os = "Windows 11 Pro".to_owned();
    let facts = wire::HostFacts { observed_at: at(0), name, os, ..wire::HostFacts::default() };
    let mut records = vec![Record::Host(facts), snapshot(at(0), 8)];
    records.extend((1..5).map(|minute| full(at(minute))));
    records.extend((5..44).map(|minute| snapshot(at(minute), 8)));
    server.push(&key, &batch(now_at, 1, records)).await.unwrap();
}

pub(crate) async fn put(store: &Store, host: HostId, group: &str) {
    store.write(async |tx| groups::put(tx, &[host], group, "ann", T0).await).await;
}

pub(crate) async fn every(store: &Store) -> Vec<Incident> {
    incidents::list(store, &IncidentFilter { most: 100, ..IncidentFilter::default() }).await.unwrap()
}

/// Of the hosts in Paris, newest first.
pub(crate) async fn in_paris(store: &Store) -> Vec<Incident> {
    let mut all = every(store).await;
    all.retain(|one| one.host_name.starts_with("PARIS"));
    all
}

pub(crate) fn names_hidden(text: &str) -> bool {
    let text = text.to_lowercase();
    HIDDEN.iter().any(|name| text.contains(name))
}
