//! What is remembered between transactions, bounded.

use std::collections::HashMap as StdHashMap;
use std::hash::Hash;

use foldhash::quality::RandomState;

type HashMap<K, V> = StdHashMap<K, V, RandomState>;

/// Remembers what was used lately, within a weight. When the young generation has half of the weight, it becomes the old one,
/// and what was old and not used since is forgotten: nearly "least recently used", at the price of a map.
#[derive(Debug)]
pub(super) struct Memory<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    young_weight: usize,
    most_young: usize,
    weight: fn(&V) -> usize,
}

impl<K: Hash + Eq, V> Memory<K, V> {
    /// `weight`: of a value with its key.
    pub(super) fn new(most_weight: usize, weight: fn(&V) -> usize) -> Self {
        Self {
            young: HashMap::default(),
            old: HashMap::default(),
            young_weight: 0,
            most_young: most_weight / 2,
            weight,
        }
    }

    pub(super) fn find(&mut self, key: &K) -> Option<&V> {
        if !self.old.is_empty() && !self.young.contains_key(key) {
            let (key, value) = self.old.remove_entry(key)?;
            self.keep(key, value);
        }
        self.young.get(key)
    }

    pub(super) fn keep(&mut self, key: K, value: V) {
        let weight = (self.weight)(&value);
        if self.young_weight + weight > self.most_young {
            self.old = std::mem::take(&mut self.young);
            self.young_weight = 0;
        }
        self.young_weight += weight;
        if let Some(replaced) = self.young.insert(key, value) {
            self.young_weight -= (self.weight)(&replaced);
        }
    }

    /// How many are remembered.
    pub(super) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    #[cfg(test)]
    fn weight(&self) -> usize {
        self.young.values().chain(self.old.values()).map(|value| (self.weight)(value)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_is_forgotten_within_the_weight() {
        let mut memory = Memory::new(100, |_| 10);
        for n in 0..1_000 {
            memory.keep(n, n);
            assert!(memory.weight() <= 100);
            assert_eq!(memory.find(&0), Some(&0), "after {n}");
        }
        assert_eq!(memory.find(&500), None);
        assert_eq!(memory.find(&999), Some(&999));
    }

    #[test]
    fn replacing_does_not_add_weight() {
        let mut memory = Memory::new(100, |_| 40);
        for n in 0..100 {
            memory.keep("same", n);
            memory.find(&"same");
        }
        assert!(memory.weight() <= 80);
        assert_eq!(memory.find(&"same"), Some(&99));
    }
}
