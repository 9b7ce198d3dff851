//! What was read lately and is likely to be asked for again: columns and single rows of the fleet's holders, what was counted over many of
//! them, and cells of its matrices. Bounded by bytes; what was used least lately goes first. A record is known by its bucket and revision, so that nothing
//! outdated is ever answered.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::heat::Cells;
use super::rank::By;
use crate::model::holder::{FleetHolder, Measure};

/// What is kept at most, in bytes.
const MOST_BYTES: usize = 96 << 20;
/// What the keeping itself takes, for each.
const OVERHEAD_BYTES: usize = 96;

/// Numbers of one kind, as small as they can be kept.
#[derive(Debug)]
pub(super) enum Column {
    /// Whole multiples of a unit.
    Small {
        unit: i64,
        values: Box<[u32]>,
    },
    Large(Box<[i64]>),
}

impl Column {
    pub(super) fn of(values: Vec<i64>) -> Self {
        // Times are in whole seconds.
        let unit = if values.iter().all(|v| v % 1_000 == 0) { 1_000 } else { 1 };
        let small: Option<Box<[u32]>> = values.iter().map(|v| u32::try_from(v / unit).ok()).collect();
        small.map_or_else(|| Self::Large(values.into_boxed_slice()), |values| Self::Small { unit, values })
    }

    pub(super) fn get(&self, place: usize) -> i64 {
        match self {
            Self::Small { unit, values } => values.get(place).map_or(0, |v| i64::from(*v) * unit),
            Self::Large(values) => values.get(place).copied().unwrap_or(0),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Small { values, .. } => values.len(),
            Self::Large(values) => values.len(),
        }
    }

    /// Where a number stands in a column of ascending ones.
    pub(super) fn place_of(&self, wanted: i64) -> Option<usize> {
        match self {
            Self::Small { unit, values } => values.binary_search_by_key(&wanted, |v| i64::from(*v) * unit).ok(),
            Self::Large(values) => values.binary_search(&wanted).ok(),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Small { values, .. } => values.len() * 4,
            Self::Large(values) => values.len() * 8,
        }
    }
}

/// What something is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// The ids of a record of the fleet's holders.
    Ids(i64, By),
    Figures(i64, By, Measure),
    /// One holder of it.
    Row(i64, By, i64),
    /// On how many hosts holders were, over records under some merged names: a hash of which they are, and in which state.
    OnHosts(By, u64),
    /// The matrices that are read as one: the first one's bucket, and how long a stretch they are read for.
    Cells(i64, i64),
}

/// Something that is kept.
#[derive(Debug, Clone)]
pub(super) enum Kept {
    Column(Arc<Column>),
    Row(Arc<FleetHolder>),
    /// By holder.
    Counts(Arc<FxHashMap<i64, i64>>),
    Cells(Arc<Cells>),
}

impl Kept {
    fn bytes(&self) -> usize {
        OVERHEAD_BYTES
            + match self {
                Self::Column(column) => column.bytes(),
                Self::Row(row) => std::mem::size_of::<FleetHolder>() + row.hosts.len() * 8,
                // A table is not full, and has a byte beside each entry.
                Self::Counts(counts) => counts.capacity() * 17,
                Self::Cells(cells) => cells.bytes(),
            }
    }
}

struct Entry {
    kept: Kept,
    revision: i64,
    used: u64,
}

/// Keeps by key and revision: of each key the newest only.
pub(super) struct Hot {
    state: Mutex<State>,
    most_bytes: usize,
}

struct State {
    entries: FxHashMap<Key, Entry>,
    bytes: usize,
    uses: u64,
}

impl Default for Hot {
    fn default() -> Self {
        let state = State { entries: FxHashMap::default(), bytes: 0, uses: 0 };
        Self { state: Mutex::new(state), most_bytes: MOST_BYTES }
    }
}

impl fmt::Debug for Hot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        write!(f, "{} entries, {} bytes", state.entries.len(), state.bytes)
    }
}

impl Hot {
    pub(super) fn get(&self, key: Key, revision: i64) -> Option<Kept> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.uses += 1;
        let uses = state.uses;
        let entry = state.entries.get_mut(&key).filter(|entry| entry.revision == revision)?;
        entry.used = uses;
        Some(entry.kept.clone())
    }

    pub(super) fn keep(&self, key: Key, revision: i64, kept: Kept) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = kept.bytes();
        // What would push everything else out is not worth it.
        if bytes > self.most_bytes / 4 {
            return;
        }
        state.uses += 1;
        let entry = Entry { kept, revision, used: state.uses };
        let replaced = state.entries.insert(key, entry).map_or(0, |old| old.kept.bytes());
        state.bytes = state.bytes + bytes - replaced;
        if state.bytes > self.most_bytes {
            state.drop_oldest(self.most_bytes / 8 * 7);
        }
    }
}

impl State {
    fn drop_oldest(&mut self, most_bytes: usize) {
        let mut by_use: Vec<(u64, Key)> = self.entries.iter().map(|(key, entry)| (entry.used, *key)).collect();
        by_use.sort_unstable_by_key(|(used, _)| *used);
        for (_, key) in by_use {
            if self.bytes <= most_bytes {
                return;
            }
            self.bytes -= self.entries.remove(&key).map_or(0, |entry| entry.kept.bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(numbers: usize) -> Kept {
        Kept::Column(Arc::new(Column::of(vec![1; numbers])))
    }

    fn key(bucket: i64) -> Key {
        Key::Ids(bucket, By::Client)
    }

    #[test]
    fn the_least_lately_used_goes_and_memory_stays_bounded() {
        let hot = Hot { most_bytes: 10_000, ..Hot::default() };
        for bucket in 0..50 {
            hot.keep(key(bucket), 1, column(225));
            assert!(hot.get(key(0), 1).is_some(), "what is used stays");
            assert!(hot.state.lock().unwrap().bytes <= 10_000);
        }
        assert!(hot.get(key(49), 1).is_some() && hot.get(key(20), 1).is_none());
        hot.keep(key(99), 1, column(1_250));
        assert!(hot.get(key(99), 1).is_none(), "one too large would push the others out");
    }

    #[test]
    fn another_revision_is_not_what_was_asked_for() {
        let hot = Hot::default();
        hot.keep(key(1), 1, column(10));
        assert!(hot.get(key(1), 2).is_none());
        hot.keep(key(1), 2, column(20));
        assert!(hot.get(key(1), 1).is_none() && hot.get(key(1), 2).is_some());
        assert_eq!(hot.state.lock().unwrap().bytes, 80 + OVERHEAD_BYTES);
    }

    #[test]
    fn numbers_come_back_whether_they_are_small_or_not() {
        for values in
            [vec![0, 3_000, 4_294_967_295_000], vec![1, 2, 1_000], vec![-5, 7], vec![i64::MIN, i64::MAX], vec![]]
        {
            let column = Column::of(values.clone());
            assert_eq!((0..column.len()).map(|i| column.get(i)).collect::<Vec<_>>(), values);
            assert!(values.iter().enumerate().all(|(i, v)| column.place_of(*v) == Some(i)));
            assert_eq!(column.place_of(11), None);
        }
    }
}
