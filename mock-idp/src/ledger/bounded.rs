//! A map with a bounded number of entries, which forgets the oldest first. As JSON: pairs, the oldest first.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    ToSchema,
    openapi::{
        Schema,
        schema::{Array, ArrayBuilder, ArrayItems},
    },
};

/// How many things of each kind an issuer remembers: codes, sessions, refresh tokens and so on. The oldest are forgotten
/// first.
pub(super) const CAPACITY: usize = 20_000;

/// A map of at most `capacity` entries. A new entry beyond that replaces the oldest.
#[derive(Debug, Clone)]
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

impl<K: Eq + Hash + Serialize, V: Serialize> Serialize for Bounded<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.order.iter().filter_map(|key| Some((key, self.entries.get(key)?))))
    }
}

impl<'de, K, V> Deserialize<'de> for Bounded<K, V>
where
    K: Clone + Eq + Hash + Deserialize<'de>,
    V: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut map = Self::new(CAPACITY);
        for (key, value) in Vec::<(K, V)>::deserialize(deserializer)? {
            map.insert(key, value);
        }
        Ok(map)
    }
}

/// The schema of a map: a list of pairs.
pub(crate) fn pairs<K: ToSchema, V: ToSchema>() -> Array {
    let pair = ArrayBuilder::new()
        .prefix_items([Schema::from(K::schema()), Schema::from(V::schema())])
        .items(ArrayItems::False)
        .min_items(Some(2))
        .max_items(Some(2));
    ArrayBuilder::new().items(pair).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_comes_back_in_order() {
        let mut map = Bounded::new(CAPACITY);
        map.insert("b".to_owned(), 1);
        map.insert("a".to_owned(), 2);
        let saved = serde_json::to_string(&map).unwrap();
        assert_eq!(saved, r#"[["b",1],["a",2]]"#);
        let restored: Bounded<String, i32> = serde_json::from_str(&saved).unwrap();
        assert_eq!(serde_json::to_string(&restored).unwrap(), saved);
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut map = Bounded::new(2);
        for key in 1..=3 {
            map.insert(key, key * 10);
        }
        assert_eq!((map.get(&1), map.get(&2), map.get(&3)), (None, Some(&20), Some(&30)));
    }

    #[test]
    fn a_removed_entry_makes_room_for_another() {
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
