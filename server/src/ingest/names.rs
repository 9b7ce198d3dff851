//! Ids of names: those that a group of batches needs, out of memory or the store.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use highwater_wire as wire;
use siphasher::sip128::SipHasher13;

use super::memory::Memory;
use crate::model::pseudonym::{UserNames, is_pseudonym, pseudonym};
use crate::model::time::day_start;
use crate::model::{ClientId, UserId};
use crate::store::{self, Tx, erasure, names};

/// Most bytes that remembered names take, each for clients and for users.
const MAX_REMEMBERED_BYTES: usize = 96 << 20;
/// What remembering a name takes.
const ENTRY_BYTES: usize = 40;

/// The ids of a group's sessions, in their order.
pub(super) type Ids = Vec<(ClientId, UserId)>;

/// A name as it is remembered: its SipHash-1-3 of 128 bits under a random key of this process. So a name takes 24 bytes, however
/// long it is, and nobody can choose two that meet; by chance, some two of ten million meet once in 10²⁴ times.
type Digest = u128;

/// Names met lately. Only ids that are committed may be kept here.
#[derive(Debug)]
pub(super) struct Names {
    hasher: SipHasher13,
    clients: Memory<Digest, ClientId>,
    users: Memory<Digest, UserId>,
    /// The store's word for how names and ids belonged together when these were met.
    revision: Option<String>,
    /// The UTC day on which they were met.
    day_at: i64,
    user_names: UserNames,
}

/// What a group made or met anew: to be remembered once that is committed.
#[derive(Debug, Default)]
pub(super) struct Met {
    clients: Vec<(Digest, ClientId)>,
    users: Vec<(Digest, UserId)>,
}

impl Names {
    pub(super) fn new(user_names: UserNames) -> Self {
        Self {
            hasher: SipHasher13::new_with_key(&rand::random()),
            clients: memory(),
            users: memory(),
            revision: None,
            day_at: 0,
            user_names,
        }
    }

    /// Whether names of users are kept as they come; else nothing is kept in which one may stand unseen.
    pub(super) fn are_shown(&self) -> bool {
        self.user_names == UserNames::Shown
    }

    /// A part of a snapshot as it may wait in the store for the others, with users as they are kept.
    pub(super) fn of_part<'a>(&self, part: &'a wire::Snapshot) -> Cow<'a, wire::Snapshot> {
        if self.are_shown() {
            return Cow::Borrowed(part);
        }
        let mut part = part.clone();
        for session in &mut part.sessions {
            session.user = kept(&session.user, &self.user_names).into_owned();
        }
        Cow::Owned(part)
    }

    /// Before the names of a group are asked for.
    pub(super) async fn begin(&mut self, tx: &mut Tx, now_at: i64) -> store::Result<()> {
        self.forget_outdated(erasure::names_revision(tx).await?, day_start(now_at));
        Ok(())
    }

    /// The names of clients, and of users, of these sessions that the store does not have yet. Most are remembered, so that the store is
    /// seldom asked.
    pub(super) async fn new_of<'a>(
        &mut self,
        tx: &mut Tx,
        sessions: &[&'a wire::Session],
    ) -> store::Result<[Vec<&'a str>; 2]> {
        let (_, clients) = look_up(&self.hasher, &mut self.clients, sessions, |s| &s.client);
        let clients: Vec<&str> = clients.into_keys().collect();
        let known = names::known_clients(tx, &clients).await?;
        let new_clients = clients.into_iter().filter(|name| !known.contains(*name)).collect();
        let (_, users) = look_up(&self.hasher, &mut self.users, sessions, |s| &s.user);
        let users: Vec<(&str, Cow<'_, str>)> =
            users.into_keys().map(|name| (name, kept(name, &self.user_names))).collect();
        let asked: Vec<&str> = users.iter().map(|(_, kept)| kept.as_ref()).collect();
        let known = names::known_users(tx, &asked).await?;
        let new_users = users.iter().filter(|(_, kept)| !known.contains(kept.as_ref())).map(|(name, _)| *name);
        Ok([new_clients, new_users.collect()])
    }

    /// Finds, or makes in `tx`, the ids of all names of these sessions: all at once, since names are made in one order.
    pub(super) async fn of_group(
        &mut self,
        tx: &mut Tx,
        sessions: &[&wire::Session],
        now_at: i64,
    ) -> store::Result<(Ids, Met)> {
        let mut met = Met::default();
        let (mut clients, missing) = look_up(&self.hasher, &mut self.clients, sessions, |s| &s.client);
        if !missing.is_empty() {
            let names: Vec<&str> = missing.keys().copied().collect();
            let ids = names::intern_clients(tx, &names, now_at).await?;
            met.clients = fill(&mut clients, &missing, &names, &ids);
        }
        let (mut users, missing) = look_up(&self.hasher, &mut self.users, sessions, |s| &s.user);
        if !missing.is_empty() {
            let names: Vec<_> = missing.keys().map(|name| kept(name, &self.user_names)).collect();
            let kept: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
            let ids = names::intern_users(tx, &kept, now_at).await?;
            met.users = fill(&mut users, &missing, &kept, &ids);
        }
        let ids: Option<Ids> = clients.into_iter().zip(users).map(|(client, user)| Some((client?, user?))).collect();
        Ok((ids.ok_or(sqlx::Error::RowNotFound)?, met))
    }

    /// A name that was erased since has another id if it comes again; and the store is to know on which days a name was met.
    fn forget_outdated(&mut self, revision: Option<String>, day_at: i64) {
        if self.revision != revision || self.day_at != day_at {
            self.day_at = day_at;
            self.clients = memory();
            self.users = memory();
            self.revision = revision;
        }
    }

    /// Remembers what a group met, once that is committed.
    pub(super) fn keep(&mut self, met: Met) {
        met.clients.into_iter().for_each(|(digest, id)| self.clients.keep(digest, id));
        met.users.into_iter().for_each(|(digest, id)| self.users.keep(digest, id));
    }
}

fn memory<Id>() -> Memory<Digest, Id> {
    Memory::new(MAX_REMEMBERED_BYTES, |_| ENTRY_BYTES)
}

/// The name of a user as it is kept. Nobody's name (the empty one) says nothing and stays; so does a pseudonym, which is what a part of a snapshot
/// has that waited.
fn kept<'a>(name: &'a str, user_names: &UserNames) -> Cow<'a, str> {
    match user_names {
        UserNames::Pseudonyms(key) if !name.is_empty() && !is_pseudonym(name) => Cow::Owned(pseudonym(key, name)),
        UserNames::Shown | UserNames::Pseudonyms(_) => Cow::Borrowed(name),
        UserNames::Off => Cow::Borrowed(""),
    }
}

/// Names that are not remembered, and for which sessions they are looked for, by place.
type Missing<'a> = BTreeMap<&'a str, (Digest, Vec<usize>)>;

/// The id of each session's name, where it is remembered.
fn look_up<'a, Id: Copy>(
    hasher: &SipHasher13,
    remembered: &mut Memory<Digest, Id>,
    sessions: &[&'a wire::Session],
    name: impl Fn(&'a wire::Session) -> &'a str,
) -> (Vec<Option<Id>>, Missing<'a>) {
    let mut missing = Missing::new();
    let mut look_up = |(place, session): (usize, &&'a wire::Session)| {
        let name = name(session);
        let digest = hasher.hash(name.as_bytes()).as_u128();
        let found = remembered.find(&digest).copied();
        if found.is_none() {
            missing.entry(name).or_insert_with(|| (digest, Vec::new())).1.push(place);
        }
        found
    };
    let found = sessions.iter().enumerate().map(&mut look_up).collect();
    (found, missing)
}

/// Puts the ids of missing names, `kept` as they are stored, in their places. Answers what may be remembered of them.
fn fill<Id: Copy>(
    found: &mut [Option<Id>],
    missing: &Missing<'_>,
    kept: &[&str],
    ids: &HashMap<String, Id>,
) -> Vec<(Digest, Id)> {
    let mut met = Vec::with_capacity(missing.len());
    for ((digest, places), kept) in missing.values().zip(kept) {
        if let Some(id) = ids.get(*kept) {
            places.iter().for_each(|place| found[*place] = Some(*id));
            met.push((*digest, *id));
        }
    }
    met
}
