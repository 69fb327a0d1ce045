//! The questions about two patterns, answered with automata.
//!
//! A pattern is compiled to a row of symbols: a nondeterministic automaton that only moves to the right. Unknown parts are read
//! in two ways. *Certain*: each is one letter of its own, an atom, which `*` takes and `?` does not; what then holds, holds
//! whatever text the atoms are replaced by. *Possible*: each is a `*`, or one or more characters of its class; what does not
//! even hold then, holds for no text.

mod inclusion;
mod places;
mod search;

use std::sync::Arc;

use self::places::Reading;
pub(in crate::policy) use self::search::{Clause, Depth, Found, Member, Shape, search, search_counted};
use super::alphabet::{Atom, Set, Symbol};
use super::{Case, Hole, HoleClass, Pattern, Segment};
use crate::truth::Truth;

/// What a question about hostile patterns may cost, in places that are touched: some tens of milliseconds.
const MOST_WORK: usize = 5_000_000;

/// The other bound: places of one pattern with the sets of places of others.
const MOST_STATES: usize = 20_000;

/// The names of the unknown parts of two patterns, so that equal ones get one id.
#[derive(Default)]
struct Atoms<'a> {
    names: Vec<Option<Name<'a>>>,
    /// What each is in its pattern.
    segments: Vec<Segment>,
}

#[derive(PartialEq)]
enum Name<'a> {
    Hole(&'a str),
    /// A condition key, which has no case ("IAM JSON policy elements: Condition"), and its default, which has.
    Variable(String, &'a str),
}

impl<'a> Atoms<'a> {
    fn hole(&mut self, hole: &'a Hole) -> Atom {
        let id = self.id(hole.id.as_deref().map(Name::Hole), || Segment::Hole(hole.clone()));
        Atom { id, word: hole.class == HoleClass::Word }
    }

    fn variable(&mut self, name: &'a Arc<str>) -> Atom {
        let (key, default) = name.split_once(',').unwrap_or((name, ""));
        let text = Name::Variable(key.trim().to_ascii_lowercase(), default.trim());
        Atom { id: self.id(Some(text), || Segment::Variable(Arc::clone(name))), word: false }
    }

    fn id(&mut self, name: Option<Name<'a>>, segment: impl FnOnce() -> Segment) -> usize {
        let known = self.names.iter().position(|other| other.is_some() && *other == name);
        known.unwrap_or_else(|| {
            self.names.push(name);
            self.segments.push(segment());
            self.names.len() - 1
        })
    }
}

fn fold(text: &str, case: Case) -> impl Iterator<Item = Symbol> + '_ {
    text.chars().map(move |character| match case {
        Case::Sensitive => Symbol::Char(character),
        Case::Insensitive => Symbol::Char(character.to_ascii_lowercase()),
    })
}

fn certain<'a>(pattern: &'a Pattern, case: Case, atoms: &mut Atoms<'a>) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    for segment in pattern.segments() {
        match segment {
            Segment::Literal(text) => symbols.extend(fold(text, case)),
            Segment::Star => symbols.push(Symbol::Many(Set::All)),
            Segment::Question => symbols.push(Symbol::One(Set::All)),
            Segment::Variable(name) => symbols.push(Symbol::Atom(atoms.variable(name))),
            Segment::Hole(hole) => symbols.push(Symbol::Atom(atoms.hole(hole))),
        }
    }
    symbols
}

fn possible(pattern: &Pattern, case: Case) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    for segment in pattern.segments() {
        match segment {
            Segment::Literal(text) => symbols.extend(fold(text, case)),
            Segment::Question => symbols.push(Symbol::One(Set::All)),
            Segment::Hole(Hole { class: HoleClass::Word, .. }) => {
                symbols.extend([Symbol::One(Set::Word), Symbol::Many(Set::Word)]);
            }
            Segment::Star | Segment::Variable(_) | Segment::Hole(_) => symbols.push(Symbol::Many(Set::All)),
        }
    }
    symbols
}

/// Whether the pattern matches the text for some text of its unknown parts, each taken for itself.
pub(super) fn may_match(pattern: &Pattern, text: &str, case: Case) -> bool {
    let text: Vec<Symbol> = fold(text, case).collect();
    meet(&possible(pattern, case), &text) != Some(false)
}

pub(super) fn intersects(one: &Pattern, other: &Pattern, case: Case) -> Truth {
    match meet(&possible(one, case), &possible(other, case)) {
        Some(false) => return Truth::No,
        Some(true) if one.is_known() && other.is_known() => return Truth::Yes,
        _ => {}
    }
    let mut atoms = Atoms::default();
    match meet(&certain(one, case, &mut atoms), &certain(other, case, &mut atoms)) {
        Some(true) => Truth::Yes,
        _ => Truth::Unknown,
    }
}

pub(super) fn includes(outer: &Pattern, inner: &Pattern, case: Case) -> Truth {
    let mut atoms = Atoms::default();
    let inside = certain(inner, case, &mut atoms);
    match inclusion::holds(&certain(outer, case, &mut atoms), &inside, Reading::Certain) {
        Some(true) => Truth::Yes,
        Some(false) if outer.is_known() && inner.is_known() => Truth::No,
        _ => match inclusion::holds(&possible(outer, case), &inside, Reading::Possible) {
            Some(false) => Truth::No,
            _ => Truth::Unknown,
        },
    }
}

/// Whether the two have a string in common. One pass over the grid of pairs of places, a row at a time: automata that only move
/// to the right are in each pair at most once. Only cells that are reached cost time, which for literals are few. Nothing when it would take too long.
fn meet(rows: &[Symbol], columns: &[Symbol]) -> Option<bool> {
    let mut work = 0;
    let (mut row, mut next) = (Row::new(columns.len()), Row::new(columns.len()));
    row.reach(0);
    for (index, x) in rows.iter().enumerate() {
        let after_x = rows.get(index + 1);
        let mut column = row.first;
        while column <= row.last {
            if row.has(column) {
                step(*x, after_x, columns, column, &mut row, &mut next);
            }
            column += 1;
        }
        if next.first > next.last {
            return Some(false);
        }
        work += row.last - row.first;
        if work > MOST_WORK {
            return None;
        }
        std::mem::swap(&mut row, &mut next);
        next.clear();
    }
    // What is left of the columns must match nothing.
    let rest = columns.iter().rev().take_while(|symbol| matches!(symbol, Symbol::Many(_)));
    Some(row.last + rest.count() >= columns.len())
}

/// The cells of a row that are reached.
struct Row {
    cells: Vec<bool>,
    first: usize,
    last: usize,
}

impl Row {
    fn new(columns: usize) -> Row {
        Row { cells: vec![false; columns + 1], first: usize::MAX, last: 0 }
    }

    fn reach(&mut self, column: usize) {
        if let Some(cell) = self.cells.get_mut(column) {
            *cell = true;
            self.first = self.first.min(column);
            self.last = self.last.max(column);
        }
    }

    fn clear(&mut self) {
        if let Some(reached) = self.cells.get_mut(self.first..=self.last) {
            reached.fill(false);
        }
        (self.first, self.last) = (usize::MAX, 0);
    }

    fn has(&self, column: usize) -> bool {
        self.cells.get(column).is_some_and(|cell| *cell)
    }
}

/// Where one goes from `column` with `x` to come.
fn step(x: Symbol, after_x: Option<&Symbol>, columns: &[Symbol], column: usize, row: &mut Row, next: &mut Row) {
    if matches!(x, Symbol::Many(_)) {
        next.reach(column);
    }
    let Some(y) = columns.get(column) else {
        return;
    };
    if matches!(y, Symbol::Many(_)) {
        row.reach(column + 1);
    }
    match (x, *y) {
        (Symbol::Many(_), Symbol::Many(_)) => {}
        (Symbol::Many(set), y) if takes(set, y) => row.reach(column + 1),
        (x, Symbol::Many(set)) if takes(set, x) => next.reach(column),
        (x, y) if agree(x, after_x, y) || agree(y, columns.get(column + 1), x) => next.reach(column + 1),
        _ => {}
    }
}

/// Whether a character of `symbol` can be in `set`.
fn takes(set: Set, symbol: Symbol) -> bool {
    match symbol {
        Symbol::Char(character) => set.has(character),
        Symbol::One(_) => true,
        Symbol::Atom(atom) => set.takes_atom(atom),
        Symbol::Many(_) => false,
    }
}

/// Whether `x` takes `y`; the caller asks both ways.
fn agree(x: Symbol, after_x: Option<&Symbol>, y: Symbol) -> bool {
    match (x, y) {
        (Symbol::Char(one), Symbol::Char(other)) => one == other,
        (Symbol::One(_), Symbol::One(_)) => true,
        (Symbol::One(set), Symbol::Char(character)) => set.has(character),
        (Symbol::Atom(one), Symbol::Atom(other)) => one.id == other.id,
        (Symbol::One(set), Symbol::Atom(atom)) => takes_word(set, after_x, atom),
        _ => false,
    }
}

/// `?*` takes a word, which is not empty.
fn takes_word(one: Set, after_one: Option<&Symbol>, atom: Atom) -> bool {
    atom.word && matches!(one, Set::All | Set::Component) && matches!(after_one, Some(Symbol::Many(Set::All | Set::Component)))
}
