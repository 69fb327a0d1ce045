//! What rules have found out in one run: answers that depend on nothing but what is asked, so that it does not matter who asked first.
//!
//! Of the statements of a large repository not half are different from all others, and of the texts in them one in eight.

use std::hash::{BuildHasher, Hash};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::reach::Reaches;
use super::scoped_resource::Element;
use crate::catalog::arn_match;
use crate::policy::Item;
use crate::policy::pattern::Pattern;

/// What all rules of a run share.
pub struct Memory {
    pub(super) reaches: Reaches,
    fits: Memo<(Pattern, &'static str), bool>,
    fine: Memo<(&'static str, Pattern, Arc<str>), bool>,
    elements: Memo<Arc<str>, Arc<Element>>,
}

impl Default for Memory {
    fn default() -> Memory {
        // What is remembered of elements such as `*` is large, and there are few.
        Memory { reaches: Reaches::default(), fits: Memo::new(4096), fine: Memo::new(4096), elements: Memo::new(8) }
    }
}

impl Memory {
    /// Whether an ARN of the template may be one of the pattern's (`arn_match::fits_loosely`).
    pub(super) fn may_fit(&self, resource: &Pattern, template: &'static str) -> bool {
        self.fits.get((resource.clone(), template), || arn_match::fits_loosely(resource, template).possibly())
    }

    /// Whether nothing is wrong with an item in the eyes of `judge`. `is_fine` looks at its pattern and its text alone.
    pub(super) fn is_fine(&self, judge: &'static str, item: &Item, is_fine: impl FnOnce() -> bool) -> bool {
        self.fine.get((judge, item.pattern.clone(), Arc::clone(&item.text)), is_fine)
    }

    /// What an element of a statement's actions grants that could be limited.
    pub(super) fn element(&self, text: &Arc<str>) -> Arc<Element> {
        let find = || Arc::new(Element::of(text));
        // A single action is found as quickly as what is remembered of it.
        if text.contains(['*', '?']) { self.elements.get(Arc::clone(text), find) } else { find() }
    }
}

/// Answers by what was asked. Whoever asks finds the same, whether it is remembered or not.
pub(super) struct Memo<K, V> {
    /// Several, so that threads do not wait for each other.
    parts: [Mutex<FxHashMap<K, V>>; PARTS],
    /// What is beyond these, of each part, is found out anew each time: a run's memory has an end.
    most: usize,
}

const PARTS: usize = 32;

impl<K: Hash + Eq, V: Clone> Memo<K, V> {
    pub(super) fn new(most: usize) -> Memo<K, V> {
        Memo { parts: std::array::from_fn(|_| Mutex::default()), most }
    }

    pub(super) fn get(&self, key: K, find: impl FnOnce() -> V) -> V {
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
