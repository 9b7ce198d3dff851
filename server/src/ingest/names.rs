//! Ids of names: those that a group of batches needs, out of memory or the store.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap as StdHashMap};

use foldhash::quality::RandomState;
use highwater_wire as wire;

use super::memory::Memory;
use crate::model::pseudonym::{UserNames, pseudonym};
use crate::model::time::day_start;
use crate::model::{ClientId, UserId};
use crate::store::{self, Tx, erasure, names};

/// Most bytes of names that are remembered, each for clients and for users.
const MAX_REMEMBERED_BYTES: usize = 96 << 20;
/// What remembering a name takes beside its text.
const ENTRY_BYTES: usize = 64;

/// By names, which clients choose: seeded, so that nobody can choose names that collide, and quicker than the standard one.
type HashMap<K, V> = StdHashMap<K, V, RandomState>;

/// Names met lately. Only ids that are committed may be kept here.
#[derive(Debug)]
pub(super) struct Names {
    clients: Memory<Box<str>, ClientId>,
    users: Memory<Box<str>, UserId>,
    /// The store's word for how names and ids belonged together when these were met.
    revision: Option<String>,
    /// The UTC day on which they were met.
    day_at: i64,
    user_names: UserNames,
}

/// The ids that one group needs.
#[derive(Debug, Default)]
pub(super) struct GroupNames<'a> {
    clients: HashMap<&'a str, ClientId>,
    users: HashMap<&'a str, UserId>,
    new_clients: Vec<&'a str>,
    new_users: Vec<&'a str>,
}

impl Names {
    pub(super) fn new(user_names: UserNames) -> Self {
        Self {
            clients: Memory::new(MAX_REMEMBERED_BYTES),
            users: Memory::new(MAX_REMEMBERED_BYTES),
            revision: None,
            day_at: 0,
            user_names,
        }
    }

    /// Finds, or makes in `tx`, the ids of all names of these sessions: all at once, since names are made in one order.
    pub(super) async fn of_group<'a>(
        &mut self,
        tx: &mut Tx,
        sessions: &[&'a wire::Session],
        now_at: i64,
    ) -> store::Result<GroupNames<'a>> {
        self.forget_outdated(erasure::names_revision(tx).await?, day_start(now_at));
        let mut group = self.look_up(sessions);
        if !group.new_clients.is_empty() {
            let ids = names::intern_clients(tx, &group.new_clients, now_at).await?;
            add(&mut group.clients, &group.new_clients, &ids);
        }
        if !group.new_users.is_empty() {
            let kept: Vec<_> = group.new_users.iter().map(|name| kept(name, &self.user_names)).collect();
            let ids = names::intern_users(tx, &kept.iter().map(AsRef::as_ref).collect::<Vec<_>>(), now_at).await?;
            let ids_of = group.new_users.iter().zip(&kept);
            group.users.extend(ids_of.filter_map(|(name, kept)| Some((*name, *ids.get(kept.as_ref())?))));
        }
        Ok(group)
    }

    /// A name that was erased since has another id if it comes again; and the store is to know on which days a name was met.
    fn forget_outdated(&mut self, revision: Option<String>, day_at: i64) {
        if self.revision != revision || self.day_at != day_at {
            self.day_at = day_at;
            self.clients = Memory::new(MAX_REMEMBERED_BYTES);
            self.users = Memory::new(MAX_REMEMBERED_BYTES);
            self.revision = revision;
        }
    }

    fn look_up<'a>(&mut self, sessions: &[&'a wire::Session]) -> GroupNames<'a> {
        let mut group = GroupNames::default();
        let (mut clients, mut users) = (BTreeSet::new(), BTreeSet::new());
        for session in sessions {
            look_up(&session.client, &mut self.clients, &mut group.clients, &mut clients);
            look_up(&session.user, &mut self.users, &mut group.users, &mut users);
        }
        group.new_clients = clients.into_iter().collect();
        group.new_users = users.into_iter().collect();
        group
    }

    /// Remembers what a group made, once that is committed.
    pub(super) fn keep(&mut self, group: &GroupNames<'_>) {
        for name in &group.new_clients {
            if let Some(id) = group.clients.get(name) {
                self.clients.keep((*name).into(), *id, name.len() + ENTRY_BYTES);
            }
        }
        for name in &group.new_users {
            if let Some(id) = group.users.get(name) {
                self.users.keep((*name).into(), *id, name.len() + ENTRY_BYTES);
            }
        }
    }
}

impl GroupNames<'_> {
    /// None if the session was not among those that this was made for.
    pub(super) fn ids(&self, session: &wire::Session) -> Option<(ClientId, UserId)> {
        Some((*self.clients.get(session.client.as_str())?, *self.users.get(session.user.as_str())?))
    }
}

/// The name of a user as it is kept. Nobody's name (the empty one) says nothing and stays.
fn kept<'a>(name: &'a str, user_names: &UserNames) -> Cow<'a, str> {
    match user_names {
        UserNames::Pseudonyms(key) if !name.is_empty() => Cow::Owned(pseudonym(key, name)),
        UserNames::Shown | UserNames::Pseudonyms(_) => Cow::Borrowed(name),
        UserNames::Off => Cow::Borrowed(""),
    }
}

fn add<'a, Id: Copy>(found: &mut HashMap<&'a str, Id>, names: &[&'a str], ids: &StdHashMap<String, Id>) {
    found.extend(names.iter().filter_map(|name| Some((*name, *ids.get(*name)?))));
}

fn look_up<'a, Id: Copy>(
    name: &'a str,
    remembered: &mut Memory<Box<str>, Id>,
    found: &mut HashMap<&'a str, Id>,
    missing: &mut BTreeSet<&'a str>,
) {
    if found.contains_key(name) {
        return;
    }
    match remembered.find(name) {
        Some(id) => _ = found.insert(name, *id),
        None => _ = missing.insert(name),
    }
}
