//! A text that is in several sets of texts at once and in none of others, and which.

use std::collections::{HashSet, VecDeque};

use super::places::{Letter, Places, Reading, Row};
use super::{Atom, Atoms, MOST_STATES, MOST_WORK, NOT_WORD, Set, Symbol, certain, is_word, possible};
use crate::policy::pattern::{Case, Hole, HoleClass, Pattern, Segment, Segments};

/// The texts of any of these patterns, or those of none.
pub(in crate::policy) struct Clause<'a> {
    pub(in crate::policy) members: Vec<Member<'a>>,
    pub(in crate::policy) excluded: bool,
}

#[derive(Clone, Copy)]
pub(in crate::policy) struct Member<'a> {
    pub(in crate::policy) pattern: &'a Pattern,
    pub(in crate::policy) shape: Shape,
}

/// How a pattern is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) enum Shape {
    Text(Case),
    /// Each of its six components for itself.
    Arn,
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::policy) enum Found {
    /// One text; unknown parts stand in it as such.
    Text(Pattern),
    Nothing,
    /// It would take too long.
    GaveUp,
}

/// Which way unknown parts fall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::policy) enum Depth {
    /// What is found is there whatever they stand for.
    Certain,
    /// What is not found is there for nothing that they may stand for.
    Possible,
}

/// Looks for a text of one character or more that is in every clause. The texts that are tried are words over characters and
/// atoms; in `Possible` one clause makes them and the others take an atom for any text of its class.
pub(in crate::policy) fn search(clauses: &[Clause], depth: Depth) -> Found {
    let mut atoms = Atoms::default();
    let source = clauses.iter().position(|clause| !clause.excluded && clause.members.iter().any(|member| !member.pattern.is_known()));
    let source = source.or_else(|| clauses.iter().position(|clause| !clause.excluded));
    let mut symbols = Vec::new();
    for (index, clause) in clauses.iter().enumerate() {
        let reading = match (depth, clause.excluded) {
            (Depth::Certain, false) => Reading::Certain,
            (Depth::Certain, true) => Reading::Possible,
            (Depth::Possible, false) if Some(index) != source => Reading::Possible,
            (Depth::Possible, _) => Reading::Certain,
        };
        for member in &clause.members {
            if let Some(row) = row_of(*member, reading, &mut atoms) {
                symbols.push((row, reading, member.shape == Shape::Text(Case::Insensitive), index));
            }
        }
    }
    let rows = symbols.iter().map(|(symbols, reading, folded, clause)| (Row { symbols, reading: *reading, folded: *folded }, *clause));
    Search::new(rows.collect(), clauses, &atoms).run()
}

fn row_of<'a>(member: Member<'a>, reading: Reading, atoms: &mut Atoms<'a>) -> Option<Vec<Symbol>> {
    match (member.shape, reading) {
        (Shape::Text(case), Reading::Certain) => Some(certain(member.pattern, case, atoms)),
        (Shape::Text(case), Reading::Possible) => Some(possible(member.pattern, case)),
        (Shape::Arn, _) => arn(member.pattern, reading, atoms),
    }
}

/// A pattern whose wildcards keep to their component up to the fifth colon. None where none of its texts is certain.
///
/// An unknown part that may hold colons is in the same component of a text that has it in the same place, so it does no harm to
/// what is certain; what is possible then keeps to no component.
fn arn<'a>(pattern: &'a Pattern, reading: Reading, atoms: &mut Atoms<'a>) -> Option<Vec<Symbol>> {
    let may_hold_colons = |segment: &Segment| matches!(segment, Segment::Variable(_) | Segment::Hole(Hole { class: HoleClass::Any, .. }));
    let colons: usize = pattern.segments().iter().map(colons_in).sum();
    let is_whole = colons >= 5;
    match reading {
        Reading::Certain if pattern.is_any() => return Some(vec![Symbol::Many(Set::All)]),
        Reading::Certain if !is_whole => return None,
        Reading::Possible if !is_whole || pattern.segments().iter().any(may_hold_colons) => {
            return Some(possible(pattern, Case::Sensitive));
        }
        _ => {}
    }
    let mut symbols = match reading {
        Reading::Certain => certain(pattern, Case::Sensitive, atoms),
        Reading::Possible => possible(pattern, Case::Sensitive),
    };
    let resource = symbols.iter().enumerate().filter(|(_, symbol)| matches!(symbol, Symbol::Char(':'))).nth(4)?.0;
    for symbol in symbols.iter_mut().take(resource) {
        match symbol {
            Symbol::One(set @ Set::All) | Symbol::Many(set @ Set::All) => *set = Set::Component,
            _ => {}
        }
    }
    Some(symbols)
}

fn colons_in(segment: &Segment) -> usize {
    match segment {
        Segment::Literal(text) => text.matches(':').count(),
        _ => 0,
    }
}

struct Search<'a> {
    /// With the clause of each.
    rows: Vec<(Row<'a>, usize)>,
    clauses: &'a [Clause<'a>],
    atoms: &'a Atoms<'a>,
    /// How each state was reached: from which, with what.
    steps: Vec<(usize, Letter)>,
    queue: VecDeque<(usize, State)>,
    seen: HashSet<State>,
    work: usize,
    /// Characters that some set tells from others.
    special: Vec<char>,
}

/// The places of each row.
type State = Vec<Places>;

impl<'a> Search<'a> {
    fn new(rows: Vec<(Row<'a>, usize)>, clauses: &'a [Clause<'a>], atoms: &'a Atoms<'a>) -> Search<'a> {
        let sets = rows.iter().flat_map(|(row, _)| row.symbols).filter_map(|symbol| match symbol {
            Symbol::One(set) | Symbol::Many(set) => Some(*set),
            Symbol::Char(_) | Symbol::Atom(_) => None,
        });
        let mut special: Vec<char> = sets.flat_map(Set::limits).copied().collect();
        special.sort_unstable();
        special.dedup();
        Search { rows, clauses, atoms, steps: Vec::new(), queue: VecDeque::new(), seen: HashSet::new(), work: 0, special }
    }

    fn run(mut self) -> Found {
        let start: State = self.rows.iter().map(|(row, _)| row.start()).collect();
        self.steps.push((0, Letter::Fresh));
        if self.is_alive(&start) {
            self.queue.push_back((0, start));
        }
        while let Some((index, state)) = self.queue.pop_front() {
            for letter in self.letters(&state) {
                let next: State = self.rows.iter().zip(&state).map(|((row, _), places)| row.after(places, letter)).collect();
                self.work += next.iter().map(|places| places.len() + 1).sum::<usize>();
                if self.steps.len() > MOST_STATES || self.work > MOST_WORK {
                    return Found::GaveUp;
                }
                if !self.is_alive(&next) || self.seen.contains(&next) {
                    continue;
                }
                self.steps.push((index, letter));
                let reached = self.steps.len() - 1;
                if self.is_met(&next) {
                    return Found::Text(self.word(reached));
                }
                self.seen.insert(next.clone());
                self.queue.push_back((reached, next));
            }
        }
        Found::Nothing
    }

    /// Whether each clause has its way, where `row` says of one of its rows that it does.
    fn each_clause(&self, state: &State, row: impl Fn(&Row, &Places, bool) -> bool) -> bool {
        self.clauses.iter().enumerate().all(|(index, clause)| {
            let own = self.rows.iter().zip(state).filter(|((_, of), _)| *of == index);
            own.map(|((one, _), places)| row(one, places, clause.excluded)).any(|yes| yes) != clause.excluded
        })
    }

    /// Whether the word can still become one that is looked for.
    fn is_alive(&self, state: &State) -> bool {
        self.each_clause(state, |row, places, excluded| if excluded { row.takes_everything(places) } else { !places.is_empty() })
    }

    fn is_met(&self, state: &State) -> bool {
        self.each_clause(state, |row, places, _| row.ends(places))
    }

    /// The letters after which some row may be in different places, in a fixed order.
    fn letters(&self, state: &State) -> Vec<Letter> {
        let mut characters = self.special.clone();
        let mut atoms: Vec<Atom> = Vec::new();
        for ((row, clause), places) in self.rows.iter().zip(state) {
            let excluded = self.clauses.get(*clause).is_none_or(|clause| clause.excluded);
            for place in places {
                match row.symbols.get(*place) {
                    Some(Symbol::Char(character)) => {
                        characters.push(*character);
                        if row.folded {
                            characters.push(character.to_ascii_uppercase());
                        }
                    }
                    Some(Symbol::Atom(atom)) if !excluded => atoms.push(*atom),
                    _ => {}
                }
            }
        }
        characters.sort_unstable();
        characters.dedup();
        atoms.sort_unstable_by_key(|atom| atom.id);
        atoms.dedup();
        let known = characters.into_iter().map(Letter::Char);
        std::iter::once(Letter::Fresh).chain(known).chain(atoms.into_iter().map(Letter::Atom)).collect()
    }

    /// The letters that led to a state.
    fn word(&self, reached: usize) -> Pattern {
        let mut letters = Vec::new();
        let mut index = reached;
        while let Some((before, letter)) = self.steps.get(index).filter(|_| index > 0) {
            letters.push(*letter);
            index = *before;
        }
        let fresh = self.fresh();
        let mut segments = Segments::default();
        for letter in letters.into_iter().rev() {
            match letter {
                Letter::Char(character) => segments.literal(character.encode_utf8(&mut [0; 4])),
                Letter::Fresh => segments.literal(fresh.encode_utf8(&mut [0; 4])),
                Letter::Atom(atom) => self.atoms.segment(atom).into_iter().for_each(|segment| segments.push(segment)),
            }
        }
        segments.finish()
    }

    /// A character that no row tells from others.
    fn fresh(&self) -> char {
        let symbols = || self.rows.iter().flat_map(|(row, _)| row.symbols);
        let used: HashSet<char> =
            symbols().filter_map(|symbol| if let Symbol::Char(character) = symbol { Some(*character) } else { None }).collect();
        let plain = "xyzabcdefghijklmnopqrstuvw0123456789".chars();
        let is_free =
            |character: &char| is_word(*character) && !used.contains(character) && !used.contains(&character.to_ascii_uppercase());
        plain.chain('\u{a1}'..).find(is_free).unwrap_or('x')
    }
}

impl Set {
    /// Characters that it does not hold.
    fn limits(self) -> &'static [char] {
        match self {
            Set::All => &[],
            Set::Word => &NOT_WORD,
            Set::Component => &[':'],
        }
    }
}

impl Atoms<'_> {
    /// The part of a pattern that the atom stands for.
    fn segment(&self, atom: Atom) -> Option<Segment> {
        self.segments.get(atom.id).cloned()
    }
}
