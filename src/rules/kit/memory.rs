//! What rules have found out in one run: answers that depend on nothing but what is asked, so that it does not matter who asked first.
//!
//! Of the statements of a large repository not half are different from all others, and of the texts in them one in eight.

use std::any::{Any, TypeId};
use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::policy::Item;
use crate::policy::pattern::Pattern;

/// What all rules of a run share: of each kind of answers one room, which whoever asks for it first opens.
#[derive(Default)]
pub struct Memory {
    rooms: RwLock<FxHashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

impl Memory {
    /// The room for answers of a kind.
    pub(in crate::rules) fn of<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let kind = TypeId::of::<T>();
        let known = self.rooms.read().unwrap_or_else(PoisonError::into_inner).get(&kind).map(Arc::clone);
        let room = known.unwrap_or_else(|| {
            let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(rooms.entry(kind).or_insert_with(|| Arc::<T>::default()))
        });
        // It is of that type: rooms are kept by it.
        room.downcast().unwrap_or_default()
    }

    /// Whether nothing is wrong with an item in the eyes of `judge`. `is_fine` looks at its pattern and its text alone.
    pub(in crate::rules) fn is_fine(&self, judge: &'static str, item: &Item, is_fine: impl FnOnce() -> bool) -> bool {
        self.of::<Fine>().0.get((judge, item.pattern.clone(), Arc::clone(&item.text)), is_fine)
    }
}

/// Items with which nothing is wrong, by rule.
struct Fine(Memo<(&'static str, Pattern, Arc<str>), bool>);

impl Default for Fine {
    fn default() -> Fine {
        Fine(Memo::new(4096))
    }
}

/// Answers by what was asked. Whoever asks finds the same, whether it is remembered or not.
pub(in crate::rules) struct Memo<K, V> {
    /// Several, so that threads do not wait for each other.
    parts: [Mutex<FxHashMap<K, V>>; PARTS],
    /// What is beyond these, of each part, is found out anew each time: a run's memory has an end.
    most: usize,
}

const PARTS: usize = 32;

impl<K: Hash + Eq, V: Clone> Memo<K, V> {
    pub(in crate::rules) fn new(most: usize) -> Memo<K, V> {
        Memo { parts: std::array::from_fn(|_| Mutex::default()), most }
    }

    pub(in crate::rules) fn get(&self, key: K, find: impl FnOnce() -> V) -> V {
        // The map takes the highest bits and the lowest.
        let number = usize::try_from(FxBuildHasher.hash_one(&key) >> 24).unwrap_or_default() % PARTS;
        let Some(part) = self.parts.get(number) else { return find() };
        if let Some(known) = part.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        // Nobody waits for it: two who find it out at once find the same.
        let found = find();
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        if part.len() < self.most {
            part.insert(key, found.clone());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::{Memo, PARTS};

    #[test]
    fn what_is_remembered_is_found_once_and_has_an_end() {
        let memo: Memo<usize, usize> = Memo::new(10);
        assert_eq!(memo.get(1, || 2), 2);
        assert_eq!(memo.get(1, || unreachable!("it is known")), 2);
        (0..20 * PARTS).for_each(|key| assert_eq!(memo.get(key, || key + 1), key + 1));
        let kept: usize = memo.parts.iter().map(|part| part.lock().unwrap().len()).sum();
        assert!(kept <= 10 * PARTS, "{kept}");
        assert_eq!(memo.get(1, || unreachable!("it is known")), 2);
    }
}
