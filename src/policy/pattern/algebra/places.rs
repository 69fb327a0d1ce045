//! Where a row of symbols may be after some letters: the subset construction, a letter at a time.

use super::super::alphabet::{Atom, Set, Symbol, is_word};
use super::takes_word;

/// Places of a row of symbols, ascending.
pub(super) type Places = Vec<usize>;

/// How a row takes an atom that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// So that it holds for every text of the atom.
    Certain,
    /// As if the atom had a text that suits; the row itself has no atoms.
    Possible,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letter {
    Char(char),
    /// A word character that stands in no row.
    Fresh,
    Atom(Atom),
}

/// A row of symbols that is read.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) symbols: &'a [Symbol],
    pub(super) reading: Reading,
    /// Whether its characters are in lower case and stand for both.
    pub(super) folded: bool,
}

impl Row<'_> {
    pub(super) fn start(&self) -> Places {
        self.settle(vec![0])
    }

    /// Where it may be after `letter`.
    pub(super) fn after(&self, places: &[usize], letter: Letter) -> Places {
        let next = match (letter, self.reading) {
            (Letter::Atom(atom), Reading::Possible) => self.jump(places, atom),
            _ => self.read(places, letter),
        };
        self.settle(next)
    }

    /// Whether it can end here.
    pub(super) fn ends(&self, places: &[usize]) -> bool {
        places.last() == Some(&self.symbols.len())
    }

    /// Whether it is at a `*` that ends it.
    pub(super) fn takes_everything(&self, places: &[usize]) -> bool {
        let last = self.symbols.len().wrapping_sub(1);
        matches!(self.symbols.get(last), Some(Symbol::Many(Set::All))) && places.binary_search(&last).is_ok()
    }

    fn read(&self, places: &[usize], letter: Letter) -> Places {
        let letter = match letter {
            Letter::Char(character) if self.folded => Letter::Char(character.to_ascii_lowercase()),
            letter => letter,
        };
        let mut next = Vec::new();
        for place in places {
            let Some(symbol) = self.symbols.get(*place) else {
                continue;
            };
            let target = match (symbol, letter) {
                (Symbol::Char(one), Letter::Char(other)) if *one == other => place + 1,
                (Symbol::One(set), Letter::Char(character)) if set.has(character) => place + 1,
                (Symbol::Many(set), Letter::Char(character)) if set.has(character) => *place,
                (Symbol::One(set), Letter::Fresh) if set.takes_fresh() => place + 1,
                (Symbol::Many(set), Letter::Fresh) if set.takes_fresh() => *place,
                (Symbol::Many(set), Letter::Atom(atom)) if set.takes_atom(atom) => *place,
                (Symbol::Atom(one), Letter::Atom(other)) if one.id == other.id => place + 1,
                (Symbol::One(set), Letter::Atom(atom)) if takes_word(*set, self.symbols.get(place + 1), atom) => place + 1,
                _ => continue,
            };
            next.push(target);
        }
        next
    }

    /// All places to which some text of the atom leads.
    fn jump(&self, places: &[usize], atom: Atom) -> Places {
        let Some(first) = places.first() else {
            return Vec::new();
        };
        if !atom.word {
            return (*first..=self.symbols.len()).collect();
        }
        let mut next = Vec::new();
        // Whether the place at hand is reached, after at least one character.
        let mut arrived = false;
        for place in *first..=self.symbols.len() {
            let here = arrived || places.binary_search(&place).is_ok();
            let symbol = self.symbols.get(place);
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

    /// Adds the places behind each `Many`, which may match nothing, and drops those before the last `*`: whatever is matched from
    /// there passes the `*`, which can as well wait there.
    fn settle(&self, mut places: Places) -> Places {
        if places.is_empty() {
            return places;
        }
        places.sort_unstable();
        places.dedup();
        let mut settled: Places = Vec::with_capacity(places.len() + 1);
        for place in places {
            let mut place = place;
            loop {
                if settled.last().is_none_or(|last| *last < place) {
                    settled.push(place);
                }
                match self.symbols.get(place) {
                    Some(Symbol::Many(_)) => place += 1,
                    _ => break,
                }
            }
        }
        let star = settled.iter().rposition(|place| matches!(self.symbols.get(*place), Some(Symbol::Many(Set::All))));
        if let Some(index) = star {
            settled.drain(..index);
        }
        settled
    }
}
