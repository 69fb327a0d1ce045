//! A text that is in several sets of texts at once and in none of others, and which.

use std::collections::{HashSet, VecDeque};

use rustc_hash::FxHashSet;

use super::super::alphabet::{Atom, NOT_WORD, Set, Symbol, is_word};
use super::places::{Letter, Places, Reading, Row};
use super::{Atoms, MOST_STATES, MOST_WORK, certain, possible};
use crate::policy::pattern::forms::Form;
use crate::policy::pattern::{Case, Hole, HoleClass, Pattern, Segment, Segments};

/// The texts of any of these patterns and forms, or those of none.
pub(in crate::policy) struct Clause<'a> {
    pub(in crate::policy) members: Vec<Member<'a>>,
    /// If one clause has forms to be out of, another must have forms to be in, and no members: the letter that stands for all other
    /// characters is in no form.
    pub(in crate::policy) forms: Vec<&'a Form>,
    pub(in crate::policy) excluded: bool,
}

#[derive(Clone, Copy)]
pub(in crate::policy) struct Member<'a> {
    pub(in crate::policy) pattern: &'a Pattern,
    pub(in crate::policy) shape: Shape,
    /// Whether a `*` in it is one, also in what is not known of it.
    pub(in crate::policy) wild: bool,
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

/// Looks for a text that is in every clause; with `not_empty` for one of a character or more. The texts that are tried are words
/// over characters and atoms; in `Possible` one clause makes them and the others take an atom for any text of its class.
pub(in crate::policy) fn search(clauses: &[Clause], depth: Depth, not_empty: bool) -> Found {
    search_counted(clauses, depth, not_empty).0
}

/// The same with what it took: the places of rows that were looked at.
pub(in crate::policy) fn search_counted(clauses: &[Clause], depth: Depth, not_empty: bool) -> (Found, usize) {
    let mut atoms = Atoms::default();
    // Whose unknown parts the words have. One without case does not do: its texts are not only those of the atoms.
    let with_case = |member: &Member| member.pattern.is_known() || member.shape != Shape::Text(Case::Insensitive);
    let is_source = |clause: &Clause| !clause.excluded && clause.members.iter().all(with_case);
    let source = clauses.iter().position(|clause| is_source(clause) && clause.members.iter().any(|member| !member.pattern.is_known()));
    let source_is_wild =
        source.and_then(|source| clauses.get(source)).is_some_and(|source| source.members.iter().any(|member| member.wild));
    let mut symbols = Vec::new();
    for (index, clause) in clauses.iter().enumerate() {
        let reading = match (depth, clause.excluded) {
            (Depth::Certain, false) => Reading::Certain,
            (Depth::Certain, true) => Reading::Possible,
            (Depth::Possible, false) if Some(index) != source => Reading::Possible,
            (Depth::Possible, _) => Reading::Certain,
        };
        // What is looked for may be too much if nothing shall be missed, and what is excluded too little.
        let wide = (depth == Depth::Possible) != clause.excluded;
        for member in &clause.members {
            // The same unknown text as a pattern is more than as a literal.
            if !wide && clause.excluded && source_is_wild && !member.wild && member.pattern.segments().iter().any(is_any_hole) {
                continue;
            }
            if let Some(row) = row_of(*member, reading, wide, &mut atoms) {
                symbols.push((row, reading, member.shape == Shape::Text(Case::Insensitive), index));
            }
        }
        symbols.extend(clause.forms.iter().map(|form| (form.symbols().to_vec(), reading, false, index)));
    }
    let rows = symbols.iter().map(|(symbols, reading, folded, clause)| (Row { symbols, reading: *reading, folded: *folded }, *clause));
    let mut search = Search::new(rows.collect(), clauses, &atoms);
    (search.run(not_empty, depth), search.work)
}

fn is_any_hole(segment: &Segment) -> bool {
    matches!(segment, Segment::Hole(Hole { class: HoleClass::Any, .. }))
}

/// With `wide` no text of the member is left out; else none is in that may not be of it. The member may then have no certain text.
fn row_of<'a>(member: Member<'a>, reading: Reading, wide: bool, atoms: &mut Atoms<'a>) -> Option<Vec<Symbol>> {
    let case = match member.shape {
        Shape::Text(case) => case,
        Shape::Arn => Case::Sensitive,
    };
    let mut symbols = match reading {
        Reading::Certain => certain(member.pattern, case, atoms),
        Reading::Possible => possible(member.pattern, case),
    };
    if member.shape == Shape::Text(case) || member.pattern.is_any() {
        return Some(symbols);
    }
    // An unknown part that may hold colons is in the same component of a text that has it in the same place, so it does no harm
    // to what is certain; what is possible then keeps to no component.
    let may_hold_colons = |segment: &Segment| matches!(segment, Segment::Variable(_)) || is_any_hole(segment);
    let colons = symbols.iter().enumerate().filter(|(_, symbol)| matches!(symbol, Symbol::Char(':')));
    let resource = colons.map(|(at, _)| at).nth(4);
    if wide && (resource.is_none() || member.pattern.segments().iter().any(may_hold_colons)) {
        return Some(symbols);
    }
    for symbol in symbols.iter_mut().take(resource?) {
        match symbol {
            Symbol::One(set @ Set::All) | Symbol::Many(set @ Set::All) => *set = Set::Component,
            _ => {}
        }
    }
    Some(symbols)
}

struct Search<'a> {
    /// With the clause of each.
    rows: Vec<(Row<'a>, usize)>,
    clauses: &'a [Clause<'a>],
    atoms: &'a Atoms<'a>,
    /// How each state was reached: from which, with what.
    steps: Vec<(usize, Letter)>,
    queue: VecDeque<(usize, State)>,
    seen: FxHashSet<State>,
    work: usize,
    /// For whoever asks where a row may be next.
    room: Places,
    /// Characters that some set tells from others.
    special: Vec<char>,
    /// Characters between which the classes of forms do not tell.
    alike: Vec<Vec<char>>,
}

/// Printable characters, in groups between which no class of the rows tells; none if there are no classes. The first ones of each group are
/// those that people like to read.
fn alike(rows: &[(Row, usize)]) -> Vec<Vec<char>> {
    let mut classes: Vec<Set> = Vec::new();
    for symbol in rows.iter().flat_map(|(row, _)| row.symbols) {
        if let Symbol::One(set @ Set::Class(_)) | Symbol::Many(set @ Set::Class(_)) = symbol
            && !classes.contains(set)
        {
            classes.push(*set);
        }
    }
    if classes.is_empty() {
        return Vec::new();
    }
    classes.extend([Set::Word, Set::Component]);
    let mut groups: Vec<(Vec<bool>, Vec<char>)> = Vec::new();
    let mut sign: Vec<bool> = Vec::with_capacity(classes.len());
    let plain = "xyzabcdefghijklmnopqrstuvw1234567890".chars().chain('A'..='Z');
    for character in plain.chain(' '..='~').chain(['\u{a1}']) {
        sign.clear();
        sign.extend(classes.iter().map(|set| set.has(character)));
        match groups.iter_mut().find(|(other, _)| *other == sign) {
            Some((_, group)) => group.push(character),
            None => groups.push((sign.clone(), vec![character])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The places of each row that is still somewhere, in one list: thousands are made for one answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct State {
    /// Of each row its number, how many places it has, and these.
    cells: Vec<usize>,
    rows: usize,
}

impl State {
    /// Each row that is somewhere, by its number, with its places.
    fn rows(&self) -> Rows<'_> {
        Rows { cells: &self.cells }
    }

    /// Adds a row, if `places` has some for it.
    fn add(&mut self, row: usize, places: impl FnOnce(&mut Places)) {
        let start = self.cells.len();
        self.cells.extend([row, 0]);
        places(&mut self.cells);
        let count = self.cells.len() - start - 2;
        match self.cells.get_mut(start + 1) {
            Some(length) if count > 0 => {
                *length = count;
                self.rows += 1;
            }
            _ => self.cells.truncate(start),
        }
    }

    fn clear(&mut self) {
        self.cells.clear();
        self.rows = 0;
    }

    /// What it is in work: its places, and one more for each row.
    fn size(&self) -> usize {
        self.cells.len() - self.rows
    }
}

/// Iterator of [`State::rows`].
struct Rows<'s> {
    cells: &'s [usize],
}

impl<'s> Iterator for Rows<'s> {
    type Item = (usize, &'s [usize]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.cells.split_first_chunk::<2>()?;
        let [row, count] = *head;
        let (places, rest) = rest.split_at_checked(count)?;
        self.cells = rest;
        Some((row, places))
    }
}

/// What is kept of each place is more than in a question about two patterns, so there may be fewer.
const MOST_PLACES: usize = MOST_WORK / 5;

impl<'a> Search<'a> {
    fn new(rows: Vec<(Row<'a>, usize)>, clauses: &'a [Clause<'a>], atoms: &'a Atoms<'a>) -> Search<'a> {
        let sets = rows.iter().flat_map(|(row, _)| row.symbols).filter_map(|symbol| match symbol {
            Symbol::One(set) | Symbol::Many(set) => Some(*set),
            Symbol::Char(_) | Symbol::Atom(_) => None,
        });
        let mut special: Vec<char> = sets.flat_map(Set::limits).copied().collect();
        special.sort_unstable();
        special.dedup();
        let alike = alike(&rows);
        let (steps, queue, seen, room) = (Vec::new(), VecDeque::new(), FxHashSet::default(), Places::new());
        Search { rows, clauses, atoms, steps, queue, seen, work: 0, room, special, alike }
    }

    fn run(&mut self, not_empty: bool, depth: Depth) -> Found {
        let mut start = State::default();
        for (index, (row, _)) in self.rows.iter().enumerate() {
            start.add(index, |places| places.extend(row.start()));
        }
        self.steps.push((0, Letter::Fresh));
        if !not_empty && self.is_met(&start) {
            return Found::Text(Pattern::exact(""));
        }
        if self.is_alive(&start) {
            self.queue.push_back((0, start));
        }
        let mut next = State::default();
        while let Some((index, state)) = self.queue.pop_front() {
            for letter in self.letters(&state) {
                let goes_on = self.step(&state, letter, &mut next);
                self.work += state.size() + if goes_on { next.size() } else { 0 };
                if self.steps.len() > MOST_STATES || self.work > MOST_PLACES {
                    return Found::GaveUp;
                }
                if !goes_on || !self.is_alive(&next) || self.seen.contains(&next) {
                    continue;
                }
                self.steps.push((index, letter));
                let reached = self.steps.len() - 1;
                if self.is_met(&next) && !(not_empty && depth == Depth::Certain && self.may_be_empty(reached)) {
                    return Found::Text(self.word(reached));
                }
                self.seen.insert(next.clone());
                self.queue.push_back((reached, next.clone()));
            }
        }
        Found::Nothing
    }

    /// Makes `next` what comes of `state` by `letter`. False as soon as some clause that the word must be in has no row left: most letters end
    /// most words, and the rows of one clause stand together.
    fn step(&mut self, state: &State, letter: Letter, next: &mut State) -> bool {
        next.clear();
        let mut rows = state.rows().peekable();
        while let Some((first, _)) = rows.peek().copied() {
            let (clause, before) = (clause_of(&self.rows, first), next.rows);
            while let Some((index, places)) = rows.next_if(|(index, _)| clause_of(&self.rows, *index) == clause) {
                let Some((row, _)) = self.rows.get(index) else { continue };
                next.add(index, |into| row.after(places, letter, &mut self.room, into));
            }
            let wanted = clause.and_then(|clause| self.clauses.get(clause)).is_some_and(|clause| !clause.excluded);
            if wanted && next.rows == before {
                return false;
            }
        }
        true
    }

    /// Whether each clause has its way, where `row` says of one of its rows that it does.
    fn each_clause(&self, state: &State, row: impl Fn(&Row, &[usize], bool) -> bool) -> bool {
        let mut rows = state.rows().peekable();
        self.clauses.iter().enumerate().all(|(number, clause)| {
            let mut said = false;
            while let Some((index, places)) = rows.next_if(|(index, _)| clause_of(&self.rows, *index) == Some(number)) {
                said = said || self.rows.get(index).is_some_and(|(one, _)| row(one, places, clause.excluded));
            }
            said != clause.excluded
        })
    }

    /// Whether the word can still become one that is looked for.
    fn is_alive(&self, state: &State) -> bool {
        self.each_clause(state, |row, places, excluded| if excluded { row.takes_everything(places) } else { !places.is_empty() })
    }

    fn is_met(&self, state: &State) -> bool {
        self.each_clause(state, |row, places, _| row.ends(places))
    }

    /// The characters that some clause waits for, where the word must be in it and all its rows are at characters: no other goes on.
    fn awaited(&self, state: &State) -> Option<Vec<char>> {
        let mut rows = state.rows().peekable();
        while let Some((first, _)) = rows.peek().copied() {
            let clause = clause_of(&self.rows, first);
            let mut awaited = clause.and_then(|clause| self.clauses.get(clause)).filter(|clause| !clause.excluded).map(|_| Vec::new());
            while let Some((index, places)) = rows.next_if(|(index, _)| clause_of(&self.rows, *index) == clause) {
                let row = self.rows.get(index).map(|(row, _)| row);
                awaited = awaited.filter(|_| row.is_some_and(|row| row.is_at_characters(places)));
                awaited.iter_mut().for_each(|awaited: &mut Vec<char>| awaited.extend(row.iter().flat_map(|row| row.characters(places))));
            }
            if awaited.is_some() {
                return awaited;
            }
        }
        None
    }

    /// The letters after which some row may be in different places, in a fixed order.
    fn letters(&self, state: &State) -> Vec<Letter> {
        let awaited = self.awaited(state);
        let mut characters = if awaited.is_some() { Vec::new() } else { self.special.clone() };
        let mut atoms: Vec<Atom> = Vec::new();
        for (index, places) in state.rows() {
            let Some((row, clause)) = self.rows.get(index) else { continue };
            let excluded = self.clauses.get(*clause).is_none_or(|clause| clause.excluded);
            if awaited.is_none() {
                characters.extend(row.characters(places));
            }
            for place in places {
                match row.symbols.get(*place) {
                    Some(Symbol::Atom(atom)) if !excluded => atoms.push(*atom),
                    _ => {}
                }
            }
        }
        let is_any = awaited.is_none();
        characters.extend(awaited.into_iter().flatten());
        characters.sort_unstable();
        characters.dedup();
        let others = self.alike.iter().filter_map(|group| group.iter().find(|one| characters.binary_search(one).is_err()));
        let others: Vec<char> = others.filter(|_| is_any).copied().collect();
        characters.extend(others);
        atoms.sort_unstable_by_key(|atom| atom.id);
        atoms.dedup();
        let known = characters.into_iter().map(Letter::Char);
        is_any.then_some(Letter::Fresh).into_iter().chain(known).chain(atoms.into_iter().map(Letter::Atom)).collect()
    }

    /// The letters that led to a state, the last one first.
    fn letters_to(&self, reached: usize) -> Vec<Letter> {
        let mut letters = Vec::new();
        let mut index = reached;
        while let Some((before, letter)) = self.steps.get(index).filter(|_| index > 0) {
            letters.push(*letter);
            index = *before;
        }
        letters
    }

    /// Whether all that led to a state may be no text at all.
    fn may_be_empty(&self, reached: usize) -> bool {
        self.letters_to(reached).iter().all(|letter| matches!(letter, Letter::Atom(Atom { word: false, .. })))
    }

    fn word(&self, reached: usize) -> Pattern {
        let fresh = self.fresh();
        let mut segments = Segments::default();
        for letter in self.letters_to(reached).into_iter().rev() {
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

/// The clause that a row is of.
fn clause_of(rows: &[(Row, usize)], row: usize) -> Option<usize> {
    rows.get(row).map(|(_, clause)| *clause)
}

impl Set {
    /// Characters that it does not hold.
    fn limits(self) -> &'static [char] {
        match self {
            Set::All | Set::Class(_) => &[],
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
