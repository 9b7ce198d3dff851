//! Names that are one client's: a person has said so. History keeps the names; they are put together when it is read.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use super::id::ClientId;
use super::snapshot::Snapshot;

/// A name that is read as another client's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    pub id: ClientId,
    pub name: String,
    pub merged_at: i64,
    /// The name of the account that merged it.
    pub merged_by: String,
}

/// All that were merged: each alias has one main client, which is nobody's alias.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aliases {
    main_of: HashMap<i64, i64>,
    /// By main client, in ascending order.
    aliases_of: BTreeMap<i64, Vec<i64>>,
}

impl Aliases {
    /// Of pairs (alias, main).
    #[must_use]
    pub fn of(pairs: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let main_of: HashMap<i64, i64> = pairs.into_iter().collect();
        let mut aliases_of: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        for (alias, main) in &main_of {
            aliases_of.entry(*main).or_default().push(*alias);
        }
        aliases_of.values_mut().for_each(|aliases| aliases.sort_unstable());
        Self { main_of, aliases_of }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.main_of.is_empty()
    }

    /// Whose name this is: its own, unless it was merged.
    #[must_use]
    pub fn main(&self, id: i64) -> i64 {
        self.main_of.get(&id).copied().unwrap_or(id)
    }

    /// The other names of a main client.
    #[must_use]
    pub fn others(&self, main: i64) -> &[i64] {
        self.aliases_of.get(&main).map_or(&[], Vec::as_slice)
    }

    /// A main client with all its names.
    pub fn names(&self, main: i64) -> impl Iterator<Item = i64> + '_ {
        std::iter::once(main).chain(self.others(main).iter().copied())
    }

    /// Every main client that has other names.
    pub fn mains(&self) -> impl Iterator<Item = i64> + '_ {
        self.aliases_of.keys().copied()
    }

    /// Reads a snapshot as [`applied`](Self::applied) does, in its place.
    pub fn apply(&self, snapshot: &mut Snapshot) {
        let mut is_changed = false;
        for session in &mut snapshot.sessions {
            let main = ClientId(self.main(session.client.0));
            is_changed |= session.client != main;
            session.client = main;
        }
        if is_changed {
            snapshot.sessions.sort_unstable();
        }
    }

    /// The snapshot as it would have been, had each client had one name only.
    #[must_use]
    pub fn applied<'a>(&self, snapshot: &'a Snapshot) -> Cow<'a, Snapshot> {
        if snapshot.sessions.iter().all(|s| !self.main_of.contains_key(&s.client.0)) {
            return Cow::Borrowed(snapshot);
        }
        let mut applied = snapshot.clone();
        self.apply(&mut applied);
        Cow::Owned(applied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UserId;
    use crate::model::limit::Limit;
    use crate::model::snapshot::Session;

    #[test]
    fn each_name_leads_to_its_main_client_and_back() {
        let aliases = Aliases::of([(7, 2), (5, 2), (9, 1)]);
        assert_eq!([7, 5, 2, 9, 3].map(|id| aliases.main(id)), [2, 2, 2, 1, 3]);
        assert_eq!(aliases.names(2).collect::<Vec<_>>(), [2, 5, 7]);
        assert_eq!(aliases.names(3).collect::<Vec<_>>(), [3]);
        assert_eq!(aliases.mains().collect::<Vec<_>>(), [1, 2]);
        assert!(Aliases::default().is_empty() && !aliases.is_empty());
    }

    #[test]
    fn a_snapshot_counts_a_client_with_two_names_once() {
        let session = |client| Session {
            client: ClientId(client),
            user: UserId(1),
            started_at: None,
            active_at: None,
            opens: None,
        };
        let snapshot = Snapshot {
            taken_at: 0,
            source: String::new(),
            sampling_secs: 60,
            limit: Limit::UNKNOWN,
            partial: false,
            burst_of: None,
            sessions: vec![session(1), session(2), session(7)],
        };
        let applied = Aliases::of([(7, 1)]).applied(&snapshot).into_owned();
        assert_eq!((applied.totals().sessions, applied.totals().clients), (3, 2));
        assert_eq!(applied.sessions, [session(1), session(1), session(2)]);
        assert!(matches!(Aliases::of([(8, 1)]).applied(&snapshot), Cow::Borrowed(_)));
    }
}
