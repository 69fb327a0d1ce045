//! Whether one pattern matches all that another matches.
//!
//! The subset construction, on the fly: the inner pattern is read symbol by symbol, with the set of places where the outer one
//! may be. Two facts keep it small. A `*` that is reached makes the places before it needless: whatever is matched from there
//! passes the `*`, which can as well wait there. And a place of the inner pattern needs no second look with a set that matches
//! all that one already seen there matches ("antichain").

use std::collections::VecDeque;

use super::{Atom, MOST_WORK, NOT_WORD, Set, Symbol, is_word, takes_word};

/// How the outer pattern takes an atom of the inner one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// So that it holds for every text of the atom.
    Certain,
    /// As if the atom had a text that suits; the outer pattern itself has no atoms.
    Possible,
}

/// The other bound on what hostile patterns may cost: places of the inner pattern with their sets.
const MOST_STATES: usize = 20_000;

/// Nothing when it would take too long.
pub(super) fn holds(outer: &[Symbol], inner: &[Symbol], reading: Reading) -> Option<bool> {
    let mut search = Search::new(outer, inner, reading);
    let start = search.settle(vec![0]);
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

/// Places of the outer pattern, ascending.
type Places = Vec<usize>;

#[derive(Clone, Copy)]
enum Letter {
    Char(char),
    /// A word character that stands in neither pattern.
    Fresh,
    Atom(Atom),
}

#[derive(PartialEq, Eq)]
enum Found {
    Nothing,
    /// The inner pattern can end where the outer one cannot.
    Counterexample,
}

struct Search<'a> {
    outer: &'a [Symbol],
    inner: &'a [Symbol],
    reading: Reading,
    queue: VecDeque<(usize, Places)>,
    /// For each place of the inner pattern the sets that were seen.
    seen: Vec<Vec<Places>>,
    seen_states: usize,
    work: usize,
    has_words: bool,
}

impl<'a> Search<'a> {
    fn new(outer: &'a [Symbol], inner: &'a [Symbol], reading: Reading) -> Search<'a> {
        let has_words = outer.iter().any(|symbol| matches!(symbol, Symbol::One(Set::Word) | Symbol::Many(Set::Word)));
        let seen = vec![Vec::new(); inner.len() + 1];
        Search { outer, inner, reading, queue: VecDeque::new(), seen, seen_states: 0, work: 0, has_words }
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
        if self.takes_everything(set) {
            return Found::Nothing;
        }
        match self.inner.get(place).copied() {
            None if set.last() == Some(&self.outer.len()) => return Found::Nothing,
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
        set.first().copied().filter(|place| matches!(self.outer.get(*place), Some(Symbol::Many(Set::All))))
    }

    /// Whether the outer pattern is at a `*` that ends it.
    fn takes_everything(&self, set: &Places) -> bool {
        let last = self.outer.len().wrapping_sub(1);
        matches!(self.outer.get(last), Some(Symbol::Many(Set::All))) && set.binary_search(&last).is_ok()
    }

    fn go(&mut self, place: usize, set: &Places, letter: Letter) {
        let next = self.read(set, letter);
        self.work += next.len() + set.len();
        let next = self.settle(next);
        self.visit(place, next);
    }

    /// The letters after which the outer pattern may be in different places. An inner `*` never needs to hold an atom: it stands
    /// for characters.
    fn letters(&self, set: &Places) -> Vec<Letter> {
        let mut characters: Vec<char> = set
            .iter()
            .filter_map(|place| match self.outer.get(*place) {
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

    fn read(&self, set: &Places, letter: Letter) -> Places {
        if let (Letter::Atom(atom), Reading::Possible) = (letter, self.reading) {
            return self.jump(set, atom);
        }
        let mut next = Vec::new();
        for place in set {
            let Some(symbol) = self.outer.get(*place) else {
                continue;
            };
            let target = match (symbol, letter) {
                (Symbol::Char(one), Letter::Char(other)) if *one == other => place + 1,
                (Symbol::One(set), Letter::Char(character)) if set.has(character) => place + 1,
                (Symbol::Many(set), Letter::Char(character)) if set.has(character) => *place,
                (Symbol::One(_), Letter::Fresh) => place + 1,
                (Symbol::Many(_), Letter::Fresh) => *place,
                (Symbol::Many(Set::All), Letter::Atom(_)) => *place,
                (Symbol::Atom(one), Letter::Atom(other)) if one.id == other.id => place + 1,
                (Symbol::One(Set::All), Letter::Atom(atom)) if takes_word(self.outer.get(place + 1), atom) => place + 1,
                _ => continue,
            };
            next.push(target);
        }
        next
    }

    /// All places to which some text of the atom leads.
    fn jump(&self, set: &Places, atom: Atom) -> Places {
        let Some(first) = set.first() else {
            return Vec::new();
        };
        if !atom.word {
            return (*first..=self.outer.len()).collect();
        }
        let mut next = Vec::new();
        // Whether the place at hand is reached, after at least one character.
        let mut arrived = false;
        for place in *first..=self.outer.len() {
            let here = arrived || set.binary_search(&place).is_ok();
            let symbol = self.outer.get(place);
            let many = matches!(symbol, Some(Symbol::Many(_)));
            if arrived || (here && many) {
                next.push(place);
            }
            arrived = here
                && match symbol {
                    Some(Symbol::Char(character)) => is_word(*character),
                    Some(Symbol::One(_) | Symbol::Many(_)) => true,
                    Some(Symbol::Atom(_)) | None => false,
                };
        }
        next
    }

    /// Adds the places behind each `Many`, which may match nothing, and drops those before the last `*`.
    fn settle(&self, mut places: Places) -> Places {
        places.sort_unstable();
        places.dedup();
        let mut settled: Places = Vec::with_capacity(places.len() + 1);
        for place in places {
            let mut place = place;
            loop {
                if settled.last().is_none_or(|last| *last < place) {
                    settled.push(place);
                }
                match self.outer.get(place) {
                    Some(Symbol::Many(_)) => place += 1,
                    _ => break,
                }
            }
        }
        let star = settled.iter().rposition(|place| matches!(self.outer.get(*place), Some(Symbol::Many(Set::All))));
        if let Some(index) = star {
            settled.drain(..index);
        }
        settled
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
