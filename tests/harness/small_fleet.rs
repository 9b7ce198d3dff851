//! A small fleet with random snapshots, and what they add up to when every single one is looked at: nothing of the engine is used.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use highwater::history::frame;
use highwater::model::holder::{Held, Measure};
use highwater::model::limit::{Limit, LimitSource};
use highwater::model::snapshot::{IDLE_AFTER_SECS, Session, Snapshot};
use highwater::model::time::{HOUR_MS, MINUTE_MS, hour_start};
use highwater::model::unit::{Level, Unit};
use highwater::model::{ClientId, HostId, UserId};
use highwater::store::frames::NewFrame;
use highwater::store::rank::By;
use highwater::store::{frames, names, work};
use highwater::tasks::compact::Compact;

use super::holdings::MET_AT;
use super::store::Store;

/// A snapshot holds true for twice this.
const SAMPLING_SECS: u32 = 300;

/// Small random numbers, the same for the same seed.
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn signed_below(&mut self, n: i64) -> i64 {
        self.below(n.cast_unsigned()).cast_signed()
    }
}

/// What one host was in some stretch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    pub sessions: u32,
    pub peak_at: i64,
    /// The greatest.
    pub saturation: f64,
    pub full_ms: i64,
}

#[derive(Debug, Clone)]
pub struct SmallFleet<'a> {
    store: &'a Store,
    pub hosts: Vec<HostId>,
    clients: Vec<(ClientId, String)>,
    users: Vec<(UserId, String)>,
    /// By host, in order.
    snapshots: BTreeMap<HostId, BTreeMap<i64, Snapshot>>,
}

impl<'a> SmallFleet<'a> {
    pub async fn new(store: &'a Store, hosts: usize) -> Self {
        let mut ids = Vec::new();
        for number in 0..hosts {
            ids.push(store.host(&format!("FS{number:02}")).await);
        }
        // Their order by name is not the one in which they came.
        let clients = ["PC-9", "PC-4", "PC-7", "PC-1", "PC-3", "SCANNER"];
        let users = ["zoe", "", "ann", "svc-scan"];
        let client_ids = store.write(async |tx| names::intern_clients(tx, &clients, MET_AT).await).await;
        let user_ids = store.write(async |tx| names::intern_users(tx, &users, MET_AT).await).await;
        Self {
            store,
            hosts: ids,
            clients: clients.iter().map(|name| (client_ids[*name], (*name).to_owned())).collect(),
            users: users.iter().map(|name| (user_ids[*name], (*name).to_owned())).collect(),
            snapshots: BTreeMap::new(),
        }
    }

    pub fn client(&self, name: &str) -> ClientId {
        self.clients.iter().find(|(_, known)| known == name).expect("it was made up here").0
    }

    /// As if the first client had always come under the second one's name. Only here: the store is told otherwise.
    pub fn merge(&mut self, alias: ClientId, main: ClientId) {
        for snapshot in self.snapshots.values_mut().flat_map(BTreeMap::values_mut) {
            snapshot.sessions.iter_mut().filter(|s| s.client == alias).for_each(|s| s.client = main);
            snapshot.sessions.sort_unstable();
        }
    }

    /// Random snapshots in some hours of the range.
    pub async fn observe(&mut self, range: Range<i64>, hours: usize, dice: &mut Dice) {
        let mut fresh = Vec::new();
        for host in self.hosts.clone() {
            for _ in 0..hours {
                let hour_at = hour_start(range.start + dice.signed_below(range.end - range.start));
                for _ in 0..4 {
                    let taken_at = hour_at + dice.signed_below(60) * MINUTE_MS + dice.signed_below(59_000);
                    let is_near = |at: &i64| (at - taken_at).abs() < 5_000;
                    let of_host = self.snapshots.entry(host).or_default();
                    if range.contains(&taken_at) && !of_host.keys().any(is_near) {
                        let snapshot = random(taken_at, (&self.clients, &self.users), dice);
                        of_host.insert(taken_at, snapshot.clone());
                        fresh.push((host, snapshot));
                    }
                }
            }
        }
        self.store
            .write(async |tx| {
                let mut touched = BTreeSet::new();
                for (host, snapshot) in &fresh {
                    let body = frame::encode(snapshot, None);
                    frames::insert(tx, &NewFrame { host: *host, taken_at: snapshot.taken_at, body: body.clone() })
                        .await?;
                    for at in [snapshot.taken_at, snapshot.taken_at + i64::from(SAMPLING_SECS) * 2_000] {
                        touched.insert(Unit::HostHour { hour_at: hour_start(at), host: *host });
                    }
                }
                for unit in touched {
                    work::touch(tx, &[(unit, 0)]).await?;
                }
                Ok(())
            })
            .await;
    }

    /// One look at what is due; then days and weeks still wait.
    pub async fn compact_once(&self, now_at: i64) {
        let compact = Compact::new((**self.store).clone());
        for _ in 0..200 {
            compact.tick(now_at).await.unwrap();
            let (hours, _) = work::waiting(self.store, Level::HostHour).await.unwrap();
            let (fleet, _) = work::waiting(self.store, Level::FleetHour).await.unwrap();
            if hours == 0 && fleet == 0 {
                return;
            }
        }
        // What was just settled is due a little later.
        Box::pin(self.compact_once(now_at + MINUTE_MS)).await;
    }

    /// Everything, up to the last week.
    pub async fn compact(&self, mut now_at: i64) {
        let compact = Compact::new((**self.store).clone());
        loop {
            while compact.tick(now_at).await.unwrap().units > 0 {}
            let mut waiting = 0;
            for level in Level::ALL {
                waiting += work::waiting(self.store, level).await.unwrap().0;
            }
            if waiting == 0 {
                return;
            }
            now_at += 10 * MINUTE_MS;
        }
    }

    /// What every holder held in the whole hours that touch the instants.
    pub fn held(&self, by: By, hosts: &[HostId], instants: Range<i64>) -> BTreeMap<i64, (Held, BTreeSet<HostId>)> {
        let window = hour_start(instants.start)..hour_start(instants.end + HOUR_MS - 1);
        let mut all: BTreeMap<i64, (Held, BTreeSet<HostId>)> = BTreeMap::new();
        for host in hosts {
            for (id, held) in self.held_on(by, *host, &window) {
                let (sum, on) = all.entry(id).or_default();
                sum.merge(&held);
                on.insert(*host);
            }
        }
        all
    }

    fn held_on(&self, by: By, host: HostId, window: &Range<i64>) -> BTreeMap<i64, Held> {
        let mut all: BTreeMap<i64, Held> = BTreeMap::new();
        for (snapshot, stretch) in self.stretches(host, window) {
            let is_full = snapshot.limit.sessions.is_some_and(|limit| snapshot.sessions.len() >= limit as usize);
            let length_ms = stretch.end - stretch.start;
            for (id, sessions) in by_holder(by, snapshot) {
                let is_idle =
                    |s: &&Session| s.active_at.is_some_and(|at| snapshot.taken_at - at >= IDLE_AFTER_SECS * 1_000);
                let count = |n: usize| i64::try_from(n).unwrap() * length_ms;
                let of = Held {
                    session_ms: count(sessions.len()),
                    peak_sessions: u32::try_from(sessions.len()).unwrap(),
                    peak_at: stretch.start,
                    peak_opens: sessions.iter().filter_map(|s| s.opens).sum(),
                    idle_ms: count(sessions.iter().copied().filter(is_idle).count()),
                    zero_open_ms: count(sessions.iter().filter(|s| s.opens == Some(0)).count()),
                    full_ms: if is_full { length_ms } else { 0 },
                    first_seen_at: stretch.start,
                    last_seen_at: self.last_seen(snapshot, &stretch),
                };
                all.entry(id).or_default().merge(&of);
            }
        }
        all
    }

    /// In the last hour that the stretch touches, the first instant of it there.
    fn last_seen(&self, snapshot: &Snapshot, stretch: &Range<i64>) -> i64 {
        stretch.start.max(hour_start(stretch.end - 1)).max(whole_second(snapshot.taken_at))
    }

    /// The most sessions of a holder on all hosts together, minute by minute, and when.
    pub fn peak(&self, by: By, id: i64, instants: Range<i64>) -> (u32, i64) {
        let window = hour_start(instants.start)..hour_start(instants.end + HOUR_MS - 1);
        let mut minutes: BTreeMap<i64, BTreeMap<HostId, u32>> = BTreeMap::new();
        for host in &self.hosts {
            for (snapshot, stretch) in self.stretches(*host, &window) {
                let holders = by_holder(by, snapshot);
                let Some(sessions) = holders.get(&id) else { continue };
                let mut minute = stretch.start.div_euclid(MINUTE_MS);
                while minute * MINUTE_MS < stretch.end {
                    let most = minutes.entry(minute).or_default().entry(*host).or_default();
                    *most = u32::try_from(sessions.len()).unwrap().max(*most);
                    minute += 1;
                }
            }
        }
        let sums = minutes.into_iter().map(|(minute, hosts)| (hosts.values().sum::<u32>(), minute * MINUTE_MS));
        sums.max_by_key(|(sum, at)| (*sum, -at)).unwrap_or_default()
    }

    /// Each snapshot with the part of the window in which it held true: from the first whole second at or after it was taken,
    /// until the next one, but for twice its sampling interval at most.
    fn stretches(&self, host: HostId, window: &Range<i64>) -> Vec<(&Snapshot, Range<i64>)> {
        let Some(all) = self.snapshots.get(&host) else { return Vec::new() };
        let all: Vec<&Snapshot> = all.values().collect();
        let mut found = Vec::new();
        for (i, snapshot) in all.iter().enumerate() {
            let next_at = all.get(i + 1).map_or(i64::MAX, |next| whole_second(next.taken_at));
            let longest = whole_second(snapshot.taken_at + i64::from(SAMPLING_SECS) * 2_000);
            let start = whole_second(snapshot.taken_at).max(window.start);
            let end = next_at.min(longest).min(window.end);
            if start < end {
                found.push((*snapshot, start..end));
            }
        }
        found
    }

    /// What a host was in a stretch; none if nothing was observed in it.
    pub fn seen(&self, host: HostId, stretch: Range<i64>) -> Option<Seen> {
        let mut all: Option<Seen> = None;
        for (snapshot, of) in self.stretches(host, &stretch) {
            let sessions = u32::try_from(snapshot.sessions.len()).unwrap();
            let saturation = f64::from(sessions) / f64::from(snapshot.limit.sessions.unwrap());
            let full_ms = if saturation >= 1.0 { of.end - of.start } else { 0 };
            let seen = all.get_or_insert(Seen { sessions, peak_at: of.start, saturation, full_ms: 0 });
            if sessions > seen.sessions {
                (seen.sessions, seen.peak_at) = (sessions, of.start);
            }
            seen.saturation = seen.saturation.max(saturation);
            seen.full_ms += full_ms;
        }
        all
    }

    pub fn name(&self, by: By, id: i64) -> &str {
        let found = match by {
            By::Client => self.clients.iter().find(|(client, _)| client.0 == id).map(|(_, name)| name),
            By::User => self.users.iter().find(|(user, _)| user.0 == id).map(|(_, name)| name),
        };
        found.expect("the holder was made up here")
    }

    /// Ids in the order of a ranking, with their figures.
    pub fn ranked(&self, by: By, measure: Measure, held: &BTreeMap<i64, (Held, BTreeSet<HostId>)>) -> Vec<(i64, i64)> {
        let figure = |id: &i64| measure.of(&held[id].0, held[id].1.len());
        let mut ids: Vec<i64> = held.keys().copied().collect();
        ids.sort_by_key(|id| (std::cmp::Reverse(figure(id)), self.name(by, *id).to_owned(), *id));
        ids.into_iter().map(|id| (id, figure(&id))).collect()
    }
}

fn whole_second(at: i64) -> i64 {
    (at + 999).div_euclid(1_000) * 1_000
}

fn by_holder(by: By, snapshot: &Snapshot) -> BTreeMap<i64, Vec<&Session>> {
    let mut all: BTreeMap<i64, Vec<&Session>> = BTreeMap::new();
    for session in &snapshot.sessions {
        let id = match by {
            By::Client => session.client.0,
            By::User => session.user.0,
        };
        all.entry(id).or_default().push(session);
    }
    all
}

/// Who there is, with their names.
type Everybody<'a> = (&'a [(ClientId, String)], &'a [(UserId, String)]);

fn random(taken_at: i64, (clients, users): Everybody<'_>, dice: &mut Dice) -> Snapshot {
    let mut sessions: Vec<Session> = (0..dice.below(7))
        .map(|_| {
            let client = usize::try_from(dice.below(clients.len() as u64)).unwrap();
            let user = usize::try_from(dice.below(users.len() as u64)).unwrap();
            Session {
                client: clients[client].0,
                user: users[user].0,
                started_at: (dice.below(3) > 0).then(|| taken_at - dice.signed_below(9_000_000)),
                active_at: (dice.below(3) > 0).then(|| taken_at - dice.signed_below(2_000_000)),
                opens: (dice.below(4) > 0).then(|| u32::try_from(dice.below(4)).unwrap()),
            }
        })
        .collect();
    sessions.sort_unstable();
    let limit = u32::try_from(dice.below(6)).unwrap() + 1;
    Snapshot {
        taken_at,
        source: "test".to_owned(),
        sampling_secs: SAMPLING_SECS,
        limit: Limit { sessions: Some(limit), unlimited: false, source: LimitSource::Api },
        partial: false,
        burst_of: None,
        sessions,
    }
}
