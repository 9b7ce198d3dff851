//! Who held the sessions at the peak.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::class::Class;
use crate::model::episode::{Episode, Names};
use crate::model::evidence::{Evidence, Holder, IdleClient, Rest, UserHolder};
use crate::model::id::{ClientId, UserId};
use crate::model::snapshot::{IDLE_AFTER_SECS, Session, Snapshot};
use crate::model::time::SECOND_MS;

/// Clients and users that are listed one by one.
const MOST_HOLDERS: usize = 20;
const MOST_USERS: usize = 20;
/// Idle clients: each is a command to read and to answer.
const MOST_IDLE: usize = 20;
/// Names and users of one client that are listed.
const MOST_NAMES: usize = 5;

/// What some sessions come to. What no session of them tells is none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    pub(super) sessions: u32,
    pub(super) idle: Option<u32>,
    zero_open: Option<u32>,
    idle_zero_open: Option<u32>,
    opens: Option<u64>,
    longest_idle_secs: Option<i64>,
    oldest_secs: Option<i64>,
}

/// Adds what the snapshot says of holders.
pub(super) fn fill(evidence: &mut Evidence, episode: &Episode) {
    let Some(snapshot) = &episode.snapshots.at_peak else { return };
    let names = &episode.names;
    let clients = by_client(snapshot, names);
    let listed = clients.len().min(MOST_HOLDERS);
    evidence.holders = clients[..listed].iter().map(|(id, all)| holder(*id, all, snapshot, names)).collect();
    evidence.rest = rest(&clients[listed..], snapshot);
    let users = by_user(snapshot, names);
    evidence.users = users.iter().take(MOST_USERS).map(|(id, all)| user(*id, all, snapshot, names)).collect();
    evidence.more_users = count(users.len().saturating_sub(MOST_USERS));
    let mut idle = idle(snapshot, names);
    evidence.more_idle = count(idle.len().saturating_sub(MOST_IDLE));
    idle.truncate(MOST_IDLE);
    evidence.idle = idle;
}

/// Holders with their sessions, most sessions first, then by name.
type Held<'a, Id> = Vec<(Id, Vec<&'a Session>)>;

/// The sessions of each client, under all its names.
pub(super) fn by_client<'a>(snapshot: &'a Snapshot, names: &Names) -> Held<'a, ClientId> {
    ranked(snapshot, |session| names.main(session.client), |id| names.client(id))
}

fn by_user<'a>(snapshot: &'a Snapshot, names: &Names) -> Held<'a, UserId> {
    ranked(snapshot, |session| session.user, |id| names.user(id))
}

fn ranked<'a, Id: Ord + Copy, Name: Ord>(
    snapshot: &'a Snapshot,
    of: impl Fn(&Session) -> Id,
    name: impl Fn(Id) -> Name,
) -> Held<'a, Id> {
    let mut held: BTreeMap<Id, Vec<&Session>> = BTreeMap::new();
    for session in &snapshot.sessions {
        held.entry(of(session)).or_default().push(session);
    }
    let mut ranked: Held<'a, Id> = held.into_iter().collect();
    ranked.sort_by(|(a, of_a), (b, of_b)| of_b.len().cmp(&of_a.len()).then_with(|| name(*a).cmp(&name(*b))));
    ranked
}

fn holder(id: ClientId, all: &[&Session], snapshot: &Snapshot, names: &Names) -> Holder {
    let sum = Sum::of(all, snapshot.taken_at);
    let mut users: BTreeMap<UserId, usize> = BTreeMap::new();
    for session in all {
        *users.entry(session.user).or_default() += 1;
    }
    let mut users: Vec<(UserId, usize)> = users.into_iter().collect();
    users.sort_by_key(|(user, sessions)| (Reverse(*sessions), names.user(*user)));
    let others = names.aliases.others(id.0).iter().map(|other| names.client(ClientId(*other)));
    Holder {
        client: Some(id),
        name: names.client(id).to_owned(),
        other_names: others.filter(|name| !name.is_empty()).take(MOST_NAMES).map(str::to_owned).collect(),
        class: names.client_classes.get(&id.0).copied(),
        sessions: sum.sessions,
        idle: sum.idle,
        zero_open: sum.zero_open,
        idle_zero_open: sum.idle_zero_open,
        opens: sum.opens,
        longest_idle_secs: sum.longest_idle_secs,
        oldest_secs: sum.oldest_secs,
        users_count: count(users.len()),
        users: users.into_iter().take(MOST_NAMES).map(|(user, _)| names.user(user).clone()).collect(),
    }
}

fn rest(clients: &[(ClientId, Vec<&Session>)], snapshot: &Snapshot) -> Rest {
    let all: Vec<&Session> = clients.iter().flat_map(|(_, all)| all.iter().copied()).collect();
    let sum = Sum::of(&all, snapshot.taken_at);
    Rest {
        clients: count(clients.len()),
        sessions: sum.sessions,
        idle: sum.idle,
        zero_open: sum.zero_open,
        idle_zero_open: sum.idle_zero_open,
        opens: sum.opens,
        // They come in order.
        most_sessions: clients.first().map_or(0, |(_, all)| count(all.len())),
    }
}

fn user(id: UserId, all: &[&Session], snapshot: &Snapshot, names: &Names) -> UserHolder {
    let sum = Sum::of(all, snapshot.taken_at);
    let mut clients: Vec<ClientId> = all.iter().map(|session| names.main(session.client)).collect();
    clients.sort_unstable();
    clients.dedup();
    UserHolder {
        user: Some(id),
        name: names.user(id).clone(),
        class: names.user_classes.get(&id.0).copied(),
        sessions: sum.sessions,
        clients: count(clients.len()),
        idle: sum.idle,
        opens: sum.opens,
    }
}

/// The idle sessions by the name that the host has for the client: first those without an open file, longest idle first. A session of
/// which one of the two is not known is none of them.
fn idle(snapshot: &Snapshot, names: &Names) -> Vec<IdleClient> {
    let mut clients: BTreeMap<ClientId, IdleClient> = BTreeMap::new();
    for session in &snapshot.sessions {
        let (Some(idle_secs), Some(opens)) = (idle_secs(session, snapshot.taken_at), session.opens) else { continue };
        if idle_secs < IDLE_AFTER_SECS {
            continue;
        }
        let client = clients.entry(session.client).or_default();
        if opens == 0 {
            client.zero_open.add(idle_secs);
        } else {
            client.with_opens.add(idle_secs);
            client.opens = client.opens.saturating_add(opens.into());
        }
    }
    let named = |(id, client): (ClientId, IdleClient)| IdleClient { name: names.client(id).to_owned(), ..client };
    let mut idle: Vec<IdleClient> = clients.into_iter().map(named).collect();
    let longest = |client: &IdleClient| (client.zero_open.longest_secs, client.with_opens.longest_secs);
    idle.sort_by(|a, b| longest(b).cmp(&longest(a)).then_with(|| a.name.cmp(&b.name)));
    idle
}

/// How many sessions each class of clients or users has.
pub(super) fn by_class(snapshot: &Snapshot, names: &Names, class: Class) -> (u32, Vec<Session>) {
    let of_class = |session: &&Session| names.class(session) == Some(class);
    let sessions: Vec<Session> = snapshot.sessions.iter().filter(of_class).copied().collect();
    let mut clients: Vec<ClientId> = sessions.iter().map(|session| names.main(session.client)).collect();
    clients.sort_unstable();
    clients.dedup();
    (count(clients.len()), sessions)
}

fn idle_secs(session: &Session, taken_at: i64) -> Option<i64> {
    session.active_at.map(|at| ((taken_at - at) / SECOND_MS).max(0))
}

impl Sum {
    pub(super) fn of(all: &[&Session], taken_at: i64) -> Self {
        let mut sum = Self { sessions: count(all.len()), ..Self::default() };
        let add = |to: &mut Option<u32>, is_one: Option<bool>| {
            if let Some(is_one) = is_one {
                *to = Some(to.unwrap_or(0) + u32::from(is_one));
            }
        };
        for session in all {
            let (is_idle, is_zero) = (session.is_idle(taken_at), session.opens.map(|opens| opens == 0));
            add(&mut sum.idle, is_idle);
            add(&mut sum.zero_open, is_zero);
            add(&mut sum.idle_zero_open, is_idle.zip(is_zero).map(|(idle, zero)| idle && zero));
            if let Some(opens) = session.opens {
                sum.opens = Some(sum.opens.unwrap_or(0) + u64::from(opens));
            }
            sum.longest_idle_secs = sum.longest_idle_secs.max(idle_secs(session, taken_at));
            let age_secs = session.started_at.map(|at| ((taken_at - at) / SECOND_MS).max(0));
            sum.oldest_secs = sum.oldest_secs.max(age_secs);
        }
        sum
    }
}

pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
