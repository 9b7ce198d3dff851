//! Two groups of hosts with the same things. Whatever belongs to the second one alone bears a mark.

use std::collections::BTreeMap;

use highwater::clock::Clock;
use highwater::model::alert::Silence;
use highwater::model::api_key::Scope;
use highwater::model::incident::Kind;
use highwater::model::role::Role;
use highwater::model::time::MINUTE_MS;
use highwater::model::token::{Approve, NewToken};
use highwater::model::unit::Level;
use highwater::model::view::SavedPage;
use highwater::model::{HostId, IncidentId, SilenceId};
use highwater::store::incidents::{self, Deed, Done, NewIncident};
use highwater::store::{accounts, alerts, aliases, names, views, work};
use highwater::tasks::compact::Compact;
use highwater::tasks::findings::Judge;
use highwater_wire::{
    Counters, Decoded, EnrolRequest, Event, Gap, GapReason, HostFacts, Limit, LimitSource, Record, Session, Share,
    Snapshot,
};

use crate::harness::caller::Caller;
use crate::harness::person::Person;
use crate::harness::server::{self, TestServer, batch, machine};
use crate::harness::store::Store;

/// In every name of Paris.
pub(crate) const MARK: &str = "qxzvjw";
/// What finds those names without being one.
pub(crate) const PREFIX: &str = "qxzv";
pub(crate) const LYON: &str = "Lyon";
pub(crate) const PARIS: &str = "Paris qxzvjwgroup";
/// As an address has it.
pub(crate) const PARIS_ESCAPED: &str = "Paris%20qxzvjwgroup";
/// Every address of Paris begins with it.
pub(crate) const RANGE: &str = "203.0.113.";
/// The limit of the host of Paris.
pub(crate) const LIMIT: u32 = 7_919_331;
/// Files that are open in Paris. Elsewhere there are none: sums of all hosts are this, too.
pub(crate) const OPENS: u32 = 7_713_131;
/// An id that never was, of whatever noun.
pub(crate) const NEVER: &str = "1999999";

/// One group of hosts, and what is there.
#[derive(Debug)]
pub(crate) struct Place {
    prefix: &'static str,
    key: String,
    pub(crate) host: HostId,
    /// By their noun, as the addresses of routes have it.
    pub(crate) ids: BTreeMap<&'static str, Vec<String>>,
}

pub(crate) struct World {
    pub(crate) server: TestServer,
    /// Of a minute's first seconds: it does not end unless it is set.
    pub(crate) clock: Clock,
    /// Somebody who sees all hosts.
    pub(crate) everybody: Person,
    pub(crate) lyon: Place,
    pub(crate) paris: Place,
}

impl World {
    pub(crate) async fn of(store: &Store) -> Self {
        let now_at = Clock::system().now_at() / MINUTE_MS * MINUTE_MS;
        let clock = Clock::manual(now_at);
        let server =
            TestServer::start_at(store, clock.clone(), |config| config.limits.api_per_minute = 1_000_000).await;
        let everybody = Person::with_role(&server, "ulla", Role::Viewer).await;
        let mut lyon = Place::enrolled(&server, "lyon", LYON).await;
        let mut paris = Place::enrolled(&server, MARK, PARIS).await;
        let nowhere = Place::enrolled(&server, "qxzvjwnone", "").await;
        for place in [&lyon, &paris, &nowhere] {
            let records = records(place, now_at);
            server.push(&place.key, &batch(now_at, 1, records)).await.unwrap();
        }
        compact(store, now_at).await;
        Judge { db: server.db.clone() }.tick(now_at).await.unwrap();
        for place in [&mut lyon, &mut paris] {
            place.fill(store, &server).await;
        }
        paris.add("hosts", nowhere.host);
        let fleet = incident(store, (None, Kind::Pipeline, ""), MARK, now_at).await;
        comment(store, fleet, "qxzvjwfleet", now_at).await;
        paris.add("incidents", fleet);
        let (account, _) = accounts::find_by_name(store, "ulla").await.unwrap().unwrap();
        let view = (SavedPage::Fleet, "qxzvjwview");
        assert!(store.write(async |tx| views::save(tx, account.id, view, "?level=calm", now_at).await).await);
        Self { server, clock, everybody, lyon, paris }
    }
}

impl Place {
    /// With its host, whose agent may push.
    async fn enrolled(server: &TestServer, prefix: &'static str, group: &str) -> Self {
        let token = NewToken {
            label: "hosts".to_owned(),
            secret_sha256: [0; 32],
            hint: String::new(),
            group_name: group.to_owned(),
            approve: Approve::Auto,
            max_uses: None,
            expires_at: None,
            ranges: Vec::new(),
        };
        let token = server.token_of(token).await;
        let request = machine(&token, &format!("{prefix}host"), 1);
        let request = EnrolRequest { os: format!("Windows Server 2022 {prefix}system"), ..request };
        let enrolled = server.enrol(&request).await.unwrap();
        Self { prefix, key: enrolled.key, host: HostId(enrolled.host_id), ids: BTreeMap::new() }
    }

    fn is_marked(&self) -> bool {
        self.prefix.starts_with(MARK)
    }

    /// A thing of this place.
    fn word(&self, what: &str) -> String {
        format!("{}{what}", self.prefix)
    }

    fn address(&self, last: u8) -> String {
        if self.is_marked() { format!("{RANGE}{last}") } else { format!("192.0.2.{last}") }
    }

    fn add(&mut self, noun: &'static str, id: impl ToString) {
        self.ids.entry(noun).or_default().push(id.to_string());
    }

    /// One more snapshot.
    pub(crate) async fn push(&self, server: &TestServer) {
        let now_at = server.clock.now_at();
        let next = records(self, now_at).len() as u64 + 1;
        server.push(&self.key, &batch(now_at, next, vec![snapshot(self, now_at)])).await.unwrap();
    }

    /// What people and the server add to what the agent said, and the ids of all.
    async fn fill(&mut self, store: &Store, server: &TestServer) {
        let now_at = server.clock.now_at();
        let own = [self.word("client"), self.word("alias"), self.address(9)];
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let clients = store.write(async |tx| names::intern_clients(tx, &own, now_at).await).await;
        let user = self.word("user");
        let users = store.write(async |tx| names::intern_users(tx, &[user.as_str()], now_at).await).await;
        let (main, alias) = (clients[own[0]], clients[own[1]]);
        store.write(async |tx| aliases::merge(tx, main, alias, "ann", now_at).await.map(drop)).await;
        self.add("hosts", self.host);
        own.iter().for_each(|name| self.add("clients", clients[*name]));
        self.add("users", users[&user]);
        let events = Caller::with(server, Scope::Read).await.json(&format!("/api/v1/events?host={}", self.host)).await;
        let events = events["events"].as_array().unwrap();
        assert!(!events.is_empty(), "{} has no event", self.prefix);
        events.iter().for_each(|event| self.add("events", &event["id"]));
        self.add("findings", "CFG-17");
        let share = self.word("share");
        for (kind, subject) in [(Kind::Full, ""), (Kind::Share, share.as_str())] {
            let id = incident(store, (Some(self.host), kind, subject), self.prefix, now_at).await;
            comment(store, id, &self.word("comment"), now_at).await;
            self.add("incidents", id);
        }
        let group = if self.is_marked() { PARIS } else { LYON };
        for (host, group, what) in [(Some(self.host), "", "reason"), (None, group, "quiet")] {
            let silence = silence((host, group), self.word(what), now_at);
            let id = store.write(async |tx| alerts::insert_silence(tx, &silence).await).await;
            self.add("silences", id);
        }
    }
}

fn deed(now_at: i64) -> Deed<'static> {
    Deed { by: "ann", now_at, seen_version: None }
}

/// An incident with a ticket.
async fn incident(
    store: &Store,
    (host, kind, subject): (Option<HostId>, Kind, &str),
    prefix: &str,
    now_at: i64,
) -> IncidentId {
    let from_at = now_at - 2 * MINUTE_MS;
    let new = NewIncident { host, kind, subject, from_at, opened_at: now_at, is_silenced: false };
    let id = store.write(async |tx| incidents::insert(tx, &new, now_at).await).await.unwrap();
    let (name, url) = (format!("{prefix}ticket"), format!("https://{prefix}desk.example/1"));
    let done = store.write(async |tx| incidents::link(tx, id, deed(now_at), (&name, &url)).await).await;
    assert!(matches!(done, Done::Yes(_)), "{done:?}");
    id
}

async fn comment(store: &Store, id: IncidentId, words: &str, now_at: i64) {
    let done = store.write(async |tx| incidents::comment(tx, id, deed(now_at), words).await).await;
    assert!(matches!(done, Done::Yes(_)), "{done:?}");
}

fn silence((host, group): (Option<HostId>, &str), reason: String, now_at: i64) -> Silence {
    Silence {
        id: SilenceId(0),
        is_maintenance: false,
        host,
        host_name: String::new(),
        group_name: group.to_owned(),
        kind: None,
        from_at: now_at - MINUTE_MS,
        until_at: now_at + 60 * MINUTE_MS,
        is_weekly: false,
        time_zone: "UTC".to_owned(),
        reason,
        created_by: "ann".to_owned(),
        created_at: now_at,
    }
}

/// Everything, up to the last week.
async fn compact(store: &Store, mut now_at: i64) {
    let compact = Compact::new((**store).clone());
    loop {
        while compact.tick(now_at).await.unwrap().units > 0 {}
        let mut waiting = 0;
        for level in Level::ALL {
            waiting += work::waiting(store, level).await.unwrap().0;
        }
        if waiting == 0 {
            return;
        }
        now_at += 10 * MINUTE_MS;
    }
}

/// All that an agent can say.
fn records(place: &Place, now_at: i64) -> Vec<Record> {
    let at = |minutes: i64| now_at - minutes * MINUTE_MS;
    let mut records = vec![
        facts(place, at(50), "before"),
        facts(place, at(40), "setting"),
        counters(place, at(12), 1_000),
        counters(place, at(7), 1_234),
        event(place, at(5)),
        Record::Gap(Gap {
            from_at: at(28),
            to_at: at(20),
            reason: GapReason::SpoolFull,
            lost_records: Some(3),
            detail: place.word("gap"),
        }),
    ];
    records.extend([75, 74, 73, 30, 29, 2, 1].map(|minutes| snapshot(place, at(minutes))));
    records
}

fn facts(place: &Place, observed_at: i64, shares: &str) -> Record {
    Record::Host(HostFacts {
        observed_at,
        name: place.word("host"),
        fqdn: format!("{}.corp.example", place.word("full")),
        domain: format!("{}.example", place.word("domain")),
        cluster: place.word("cluster"),
        addresses: vec![place.address(7)],
        os: format!("Windows Server 2022 {}", place.word("system")),
        os_build: "10.0.20348".to_owned(),
        settings: [("NullSessionShares".to_owned(), place.word(shares))].into(),
        ..HostFacts::default()
    })
}

fn counters(place: &Place, read_at: i64, timed_out: i64) -> Record {
    let share = Share { name: place.word("share"), uses: 3, most_uses: Some(10), unlimited: false };
    Record::Counters(Counters {
        read_at,
        since_at: Some(1),
        values: [("sessions_timed_out".to_owned(), timed_out)].into(),
        shares: Some(vec![share]),
    })
}

fn event(place: &Place, recorded_at: i64) -> Record {
    Record::Event(Event {
        computer: format!("{}.corp.example", place.word("computer")),
        xml: format!("<Event><Computer>{}</Computer></Event>", place.word("xml")),
        message: Some(place.word("message")),
        decoded: Decoded { client: Some(place.word("decoded")), ..Decoded::default() },
        ..server::event(recorded_at, 7, 2_022)
    })
}

/// Sessions of clients and users of this place, and of a client and a user who are in both.
fn snapshot(place: &Place, taken_at: i64) -> Record {
    let session = |client: String, user: String, opens: u32| Session {
        client,
        user,
        opens: Some(opens),
        age_secs: Some(60),
        idle_secs: Some(1),
    };
    let (opens, most) = if place.prefix == MARK { (OPENS, u64::from(LIMIT)) } else { (0, 20) };
    let sessions = vec![
        session(place.word("client"), place.word("user"), opens),
        session(place.word("alias"), place.word("user"), 0),
        session(place.address(9), "both".to_owned(), 0),
        session("PC-BOTH".to_owned(), "both".to_owned(), 0),
    ];
    Record::Snapshot(Snapshot {
        taken_at,
        source: "scripted".to_owned(),
        sampling_secs: 60,
        limit: Limit { sessions: Some(most), unlimited: false, source: LimitSource::Api },
        partial: false,
        part: None,
        burst_of: None,
        sessions,
    })
}
