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
        let mut places = Places::new();
        self.settle(&[0], &mut places);
        places
    }

    /// Adds to `into` where it may be after `letter`. What is in `room` does not matter: a search comes here for each letter of each of its
    /// states, and most of its time would go into making lists.
    pub(super) fn after(&self, places: &[usize], letter: Letter, room: &mut Places, into: &mut Places) {
        room.clear();
        match (letter, self.reading) {
            (Letter::Atom(atom), Reading::Possible) => self.jump(places, atom, room),
            _ => self.read(places, letter, room),
        }
        self.settle(room, into);
    }

    /// Whether nothing but some characters goes on from here; an atom may stand for them.
    pub(super) fn is_at_characters(&self, places: &[usize]) -> bool {
        places.iter().all(|place| matches!(self.symbols.get(*place), Some(Symbol::Char(_)) | None))
    }

    /// The characters that it has at these places.
    pub(super) fn characters(&self, places: &[usize]) -> impl Iterator<Item = char> {
        let here = places
            .iter()
            .filter_map(|place| if let Some(Symbol::Char(character)) = self.symbols.get(*place) { Some(*character) } else { None });
        here.flat_map(|character| std::iter::once(character).chain(self.folded.then(|| character.to_ascii_uppercase())))
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

    /// Ascending, as `places` are; one may come twice.
    fn read(&self, places: &[usize], letter: Letter, next: &mut Places) {
        let letter = match letter {
            Letter::Char(character) if self.folded => Letter::Char(character.to_ascii_lowercase()),
            letter => letter,
        };
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
    }

    /// All places to which some text of the atom leads.
    fn jump(&self, places: &[usize], atom: Atom, next: &mut Places) {
        let Some(first) = places.first() else { return };
        if !atom.word {
            next.extend(*first..=self.symbols.len());
            return;
        }
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
    }

    /// Adds the places, which ascend, and those behind each `Many`, which may match nothing; those before the last `*` it leaves out: whatever is
    /// matched from there passes the `*`, which can as well wait there.
    fn settle(&self, places: &[usize], into: &mut Places) {
        let from = into.len();
        let mut star = from;
        for place in places {
            let mut place = *place;
            loop {
                let symbol = self.symbols.get(place);
                if into.get(from..).and_then(<[usize]>::last).is_none_or(|last| *last < place) {
                    if matches!(symbol, Some(Symbol::Many(Set::All))) {
                        star = into.len();
                    }
                    into.push(place);
                }
                match symbol {
                    Some(Symbol::Many(_)) => place += 1,
                    _ => break,
                }
            }
        }
        into.drain(from..star);
    }
}
