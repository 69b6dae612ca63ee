//! A map that remembers a bounded number of things and forgets the oldest first.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// A map of at most `capacity` entries. A new entry beyond that takes the place of the oldest.
#[derive(Debug)]
pub(crate) struct Bounded<K, V> {
    capacity: usize,
    entries: HashMap<K, V>,
    /// Keys by age.
    order: VecDeque<K>,
}

impl<K: Clone + Eq + Hash, V> Bounded<K, V> {
    /// An empty map of at most `capacity` entries.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, entries: HashMap::new(), order: VecDeque::new() }
    }

    /// Adds or replaces an entry.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.entries.insert(key.clone(), value).is_some() {
            return;
        }
        self.order.push_back(key);
        while self.entries.len() > self.capacity {
            let Some(oldest) = self.order.pop_front() else { return };
            self.entries.remove(&oldest);
        }
    }

    /// An entry.
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    /// An entry, to be changed.
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.entries.get_mut(key)
    }

    /// Forgets an entry.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let removed = self.entries.remove(key)?;
        self.order.retain(|own| own != key);
        Some(removed)
    }

    /// Whether there is such an entry.
    pub(crate) fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut map = Bounded::new(2);
        for key in 1..=3 {
            map.insert(key, key * 10);
        }
        assert_eq!((map.get(&1), map.get(&2), map.get(&3)), (None, Some(&20), Some(&30)));
    }

    #[test]
    fn a_removed_entry_leaves_its_place_to_another() {
        let mut map = Bounded::new(2);
        map.insert(1, 'a');
        map.insert(2, 'b');
        assert_eq!(map.remove(&1), Some('a'));
        map.insert(3, 'c');
        assert_eq!((map.contains(&2), map.contains(&3)), (true, true));
        map.insert(1, 'd');
        assert_eq!((map.contains(&1), map.contains(&2), map.contains(&3)), (true, false, true));
    }
}
