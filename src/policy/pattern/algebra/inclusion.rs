//! Whether one pattern matches all that another matches.
//!
//! The subset construction, on the fly: the inner pattern is read symbol by symbol, with the set of places where the outer one
//! may be. Two facts keep it small. A `*` that is reached makes the places before it needless: whatever is matched from there
//! passes the `*`, which can as well wait there. And a place of the inner pattern needs no second look with a set that matches
//! all that one already seen there matches ("antichain").

use std::collections::VecDeque;

use super::super::alphabet::{NOT_WORD, Set, Symbol};
use super::places::{Letter, Places, Reading, Row};
use super::{MOST_STATES, MOST_WORK};

/// Nothing when it would take too long.
pub(super) fn holds(outer: &[Symbol], inner: &[Symbol], reading: Reading) -> Option<bool> {
    let mut search = Search::new(Row { symbols: outer, reading, folded: false }, inner);
    let start = search.outer.start();
    search.visit(0, start);
    while let Some((place, set)) = search.queue.pop_front() {
        if search.seen_states > MOST_STATES || search.work > MOST_WORK {
            return None;
        }
        if search.expand(place, &set) == Found::Counterexample {
            return Some(false);
        }
    }
    Some(true)
}

#[derive(PartialEq, Eq)]
enum Found {
    Nothing,
    /// The inner pattern can end where the outer one cannot.
    Counterexample,
}

struct Search<'a> {
    outer: Row<'a>,
    inner: &'a [Symbol],
    queue: VecDeque<(usize, Places)>,
    /// For each place of the inner pattern the sets that were seen.
    seen: Vec<Vec<Places>>,
    seen_states: usize,
    work: usize,
    has_words: bool,
    /// For whoever asks where the outer pattern may be next.
    room: Places,
}

impl<'a> Search<'a> {
    fn new(outer: Row<'a>, inner: &'a [Symbol]) -> Search<'a> {
        let has_words = outer.symbols.iter().any(|symbol| matches!(symbol, Symbol::One(Set::Word) | Symbol::Many(Set::Word)));
        let seen = vec![Vec::new(); inner.len() + 1];
        Search { outer, inner, queue: VecDeque::new(), seen, seen_states: 0, work: 0, has_words, room: Places::new() }
    }

    fn visit(&mut self, place: usize, set: Places) {
        let star = self.star(&set);
        let Some(seen) = self.seen.get_mut(place) else {
            return;
        };
        for other in seen.iter() {
            self.work += other.len().min(set.len()) + 1;
            let before_star = star.map_or(0, |star| other.partition_point(|place| *place < star));
            if other.get(before_star..).is_some_and(|rest| is_subset(rest, &set)) {
                return;
            }
        }
        seen.push(set.clone());
        self.seen_states += 1;
        self.queue.push_back((place, set));
    }

    fn expand(&mut self, place: usize, set: &Places) -> Found {
        if set.is_empty() {
            // No pattern is empty, so the inner one goes on to some end.
            return Found::Counterexample;
        }
        if self.outer.takes_everything(set) {
            return Found::Nothing;
        }
        match self.inner.get(place).copied() {
            None if self.outer.ends(set) => return Found::Nothing,
            None => return Found::Counterexample,
            Some(Symbol::Char(character)) => self.go(place + 1, set, Letter::Char(character)),
            Some(Symbol::Atom(atom)) => self.go(place + 1, set, Letter::Atom(atom)),
            Some(Symbol::One(_)) => {
                for letter in self.letters(set) {
                    self.go(place + 1, set, letter);
                }
            }
            Some(Symbol::Many(_)) => {
                self.visit(place + 1, set.clone());
                for letter in self.letters(set) {
                    self.go(place, set, letter);
                }
            }
        }
        Found::Nothing
    }

    /// The `*` that a settled set starts with.
    fn star(&self, set: &Places) -> Option<usize> {
        set.first().copied().filter(|place| matches!(self.outer.symbols.get(*place), Some(Symbol::Many(Set::All))))
    }

    fn go(&mut self, place: usize, set: &Places, letter: Letter) {
        let mut next = Places::new();
        self.outer.after(set, letter, &mut self.room, &mut next);
        self.work += next.len() + set.len();
        self.visit(place, next);
    }

    /// The letters after which the outer pattern may be in different places. An inner `*` never needs to hold an atom: it stands
    /// for characters.
    fn letters(&self, set: &Places) -> Vec<Letter> {
        let mut characters: Vec<char> = set
            .iter()
            .filter_map(|place| match self.outer.symbols.get(*place) {
                Some(Symbol::Char(character)) => Some(*character),
                _ => None,
            })
            .collect();
        if self.has_words {
            characters.extend(NOT_WORD);
        }
        characters.sort_unstable();
        characters.dedup();
        // The fresh letter first: it leads to the smallest sets.
        std::iter::once(Letter::Fresh).chain(characters.into_iter().map(Letter::Char)).collect()
    }
}

/// Both ascending.
fn is_subset(one: &[usize], other: &[usize]) -> bool {
    if one.len() > other.len() {
        return false;
    }
    let mut others = other.iter();
    one.iter().all(|place| others.by_ref().find(|other| *other >= place) == Some(place))
}
