//! Which values of one condition key a statement lets pass: the questions that rules ask, so that none reasons about operators.
//!
//! Texts and ARNs are answered exactly, with automata; numbers, dates, addresses and booleans at the points where an answer can
//! change. All conditions of the statement on the key count together.

use std::sync::Arc;

use super::condition::{Base, Family, SetOperator};
use super::document::{Condition, Statement};
use super::evaluate::{spans::Passed, typed};
use super::pattern::{Case, Clause, Depth, Form, Found, HoleClass, Member, Pattern, Segment, Shape, search, search_counted};
use super::request::{Carried, Request};
use crate::truth::Truth;

#[cfg(test)]
mod tests;

/// What of one condition key passes all conditions of a statement that test it.
///
/// The answers are about a request that carries one value, and that meets the statement's conditions on other keys; those of
/// `nothing` are about several values, too. What source does not give may be anything. So may policy variables that the request
/// has: an answer is `Yes` or `No` only if it is that for every text of theirs.
#[derive(Clone, Debug)]
pub struct Passing<'a> {
    conditions: Vec<&'a Condition>,
    /// `Yes`, or `Unknown` where the statement has conditions that are not known.
    complete: Truth,
}

impl Statement {
    /// Whether a request that lacks `key` can meet the conditions on it.
    pub fn passes_without(&self, key: &str) -> Truth {
        self.passing(key).absent()
    }

    /// What of `key`, in whatever case it is written, passes.
    pub fn passing<'a>(&'a self, key: &'a str) -> Passing<'a> {
        Passing { conditions: self.conditions_on(key).collect(), complete: self.has_all_conditions() }
    }
}

impl<'a> Passing<'a> {
    /// What passes these conditions, which are all on one key.
    pub fn of(conditions: Vec<&'a Condition>, complete: Truth) -> Passing<'a> {
        Passing { conditions, complete }
    }
}

impl Condition {
    /// What of its key passes this condition alone.
    pub fn passing(&self) -> Passing<'_> {
        Passing { conditions: vec![self], complete: Truth::Yes }
    }
}

/// How much work is put into trying values.
const MOST_TRIES: usize = 30_000;

impl<'a> Passing<'a> {
    /// Whether a request without the key passes.
    pub fn absent(&self) -> Truth {
        self.holds(&Carried::Absent)
    }

    /// Whether a request with this value passes.
    pub fn value(&self, text: &str) -> Truth {
        self.holds(&Carried::Values(vec![Arc::from(text)]))
    }

    /// Whether some text of the pattern passes.
    pub fn any_of(&self, pattern: &Pattern) -> Truth {
        self.find(&Query { inside: Some(pattern), outside: &[] }).truth
    }

    /// Whether each value that passes is a text of one of the patterns. True if none passes.
    pub fn only(&self, patterns: &[Pattern]) -> Truth {
        self.find(&Query { inside: None, outside: patterns }).truth.opposite()
    }

    /// Whether every value passes; the empty text does not count.
    pub fn everything(&self) -> Truth {
        Truth::all(self.conditions.iter().map(|condition| fails_for_some(condition).opposite())).and(self.complete)
    }

    /// Whether no value passes, and no set of values: the conditions contradict each other, or ask for what cannot be.
    ///
    /// A request without the key may pass all the same: `absent` says so.
    pub fn nothing(&self) -> Truth {
        let one = self.find(&Query::ANY).truth;
        if one.possibly() || self.conditions.iter().all(|condition| condition.operator.set.is_none()) {
            return one.opposite();
        }
        self.some_set_passes().opposite()
    }

    /// A value that passes, the shortest there is. Unknown parts stand in it as they do in the policy.
    pub fn example(&self) -> Option<Pattern> {
        self.find(&Query::ANY).witness
    }

    /// A text of the pattern that passes.
    pub fn example_in(&self, pattern: &Pattern) -> Option<Pattern> {
        self.find(&Query { inside: Some(pattern), outside: &[] }).witness
    }

    /// A value that passes and is a text of none of the patterns: why `only` says no.
    pub fn example_outside(&self, patterns: &[Pattern]) -> Option<Pattern> {
        self.find(&Query { inside: None, outside: patterns }).witness
    }

    /// Whether a value passes that is a text of none of the patterns, and which; with what it took to find.
    pub fn outside(&self, patterns: &[Pattern]) -> (Truth, Option<Pattern>, usize) {
        let Answer { truth, witness, work } = self.find(&Query { inside: None, outside: patterns });
        (truth, witness, work)
    }

    /// A text of `inside` that passes and is one of none of the others.
    pub fn example_between(&self, inside: &Pattern, outside: &[Pattern]) -> Option<Pattern> {
        self.find(&Query { inside: Some(inside), outside }).witness
    }

    /// Whether all conditions on the key are known.
    pub fn is_complete(&self) -> Truth {
        self.complete
    }

    /// A text of one of the forms `inside`, and of none of `outside`, that certainly passes. Nothing where that is not known, or where
    /// finding it takes too long.
    pub fn example_of(&self, inside: &[&Form], outside: &[Form]) -> Option<String> {
        if self.complete != Truth::Yes || inside.is_empty() {
            return None;
        }
        if let Some(values) = self.all_there_are() {
            let is_of = |value: &String| {
                inside.iter().any(|form| form.read(value).is_some()) && !outside.iter().any(|form| form.read(value).is_some())
            };
            let tries = MOST_TRIES / self.cost();
            return values.into_iter().take(tries).find(|value| is_of(value) && self.value(value) == Truth::Yes);
        }
        match self.search_forms(inside, outside, Depth::Certain) {
            Found::Text(witness) => witness.as_exact().map(str::to_owned),
            Found::Nothing | Found::GaveUp => None,
        }
    }

    /// Whether certainly no text of the forms passes. Unknown conditions may only keep out more.
    pub fn none_of(&self, inside: &[&Form]) -> bool {
        self.search_forms(inside, &[], Depth::Possible) == Found::Nothing
    }

    fn search_forms(&self, inside: &[&Form], outside: &[Form], depth: Depth) -> Found {
        let texts: Vec<&Condition> = self.conditions.iter().copied().filter(is_text).collect();
        if depth == Depth::Certain && texts.len() < self.conditions.len() {
            return Found::GaveUp;
        }
        let texts = Passing { conditions: texts, complete: self.complete };
        let Some(mut clauses) = texts.clauses(&Query::ANY, depth) else { return Found::Nothing };
        clauses.push(Clause { members: Vec::new(), forms: inside.to_vec(), excluded: false });
        if !outside.is_empty() {
            clauses.push(Clause { members: Vec::new(), forms: outside.iter().collect(), excluded: true });
        }
        search(&clauses, depth, true)
    }

    /// What it costs to judge one value.
    fn cost(&self) -> usize {
        self.conditions.iter().map(|condition| condition.values.len() + 1).sum::<usize>().max(1)
    }

    fn holds(&self, carried: &Carried) -> Truth {
        let request = Request::open();
        Truth::all(self.conditions.iter().map(|condition| condition.holds_for(carried, &request))).and(self.complete)
    }

    fn find(&self, query: &Query) -> Answer {
        if let Some(text) = query.inside.and_then(Pattern::as_exact) {
            return self.try_all(&[text.to_owned()], query);
        }
        if let Some(values) = self.all_there_are() {
            return self.try_all(&values, query);
        }
        let (texts, typed): (Vec<&Condition>, Vec<&Condition>) = self.conditions.iter().partition(|condition| is_text(condition));
        if typed.is_empty() {
            return self.find_text(query);
        }
        let answer = self.try_all(&self.points(), query);
        if answer.truth == Truth::Yes {
            return answer;
        }
        let typed = typed_together(&typed);
        if typed.as_ref().is_some_and(Passed::is_nothing) {
            return Answer::without(Truth::No);
        }
        let example = typed.and_then(|typed| typed.example()).filter(|_| texts.is_empty() && query.is_any());
        if let (Some(example), Truth::Yes) = (example, self.complete) {
            return Answer { truth: Truth::Yes, witness: Some(Pattern::exact(&example)), work: 0 };
        }
        let text_part = Passing { conditions: texts, complete: self.complete }.find_text(query);
        Answer::without(if text_part.truth == Truth::No { Truth::No } else { Truth::Unknown })
    }

    /// The same by trying each of `values`.
    fn try_all(&self, values: &[String], query: &Query) -> Answer {
        let tries = MOST_TRIES / self.cost();
        let mut truth = if tries < values.len() { Truth::Unknown } else { Truth::No };
        for value in values.iter().take(tries) {
            let one = query.has(value).and(self.value(value));
            if one == Truth::Yes {
                return Answer { truth: one, witness: Some(Pattern::exact(value)), work: 0 };
            }
            truth = truth.or(one);
        }
        Answer::without(truth)
    }

    /// All values that may pass, where a condition lists them.
    fn all_there_are(&self) -> Option<Vec<String>> {
        self.conditions.iter().filter(|condition| condition.operator.is_positive() && condition.gap.is_none()).find_map(|condition| {
            match condition.operator.family() {
                Family::Text(Case::Sensitive) | Family::Arn | Family::Binary => {
                    let listed: Option<Vec<String>> =
                        condition.values.iter().map(|value| value.pattern.as_exact().map(str::to_owned)).collect();
                    let mut listed = listed?;
                    if condition.operator.set.is_some() {
                        // What the set operators take for no value at all.
                        listed.push(String::new());
                    }
                    Some(listed)
                }
                Family::Bool => Some(["true", "false"].map(str::to_owned).into()),
                _ => None,
            }
        })
    }

    /// Values at which the answers of the typed conditions change, and those that the others name.
    fn points(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for condition in &self.conditions {
            let family = condition.operator.family();
            all.extend(typed::somewhere(family).map(str::to_owned));
            for text in condition.values.iter().filter_map(|value| value.pattern.as_exact()) {
                match family {
                    Family::Text(_) | Family::Arn => all.push(text.to_owned()),
                    _ => all.extend(typed::points(family, text)),
                }
                if all.len() > MOST_TRIES / 10 {
                    return all;
                }
            }
        }
        all
    }

    /// For conditions on texts alone.
    fn find_text(&self, query: &Query) -> Answer {
        // Set operators and Null may take the empty text for no value, so there it is asked for by itself.
        let apart = self.conditions.iter().any(|condition| condition.operator.set.is_some() || condition.operator.base == Base::Null);
        let empty = if apart { query.has("").and(self.value("")) } else { Truth::No };
        if empty == Truth::Yes {
            return Answer { truth: empty, witness: Some(Pattern::exact("")), work: 0 };
        }
        let mut work = 0;
        let mut search_at = |depth| {
            self.clauses(query, depth).map(|clauses| {
                let (found, took) = search_counted(&clauses, depth, apart);
                work += took;
                found
            })
        };
        if self.complete == Truth::Yes
            && let Some(Found::Text(witness)) = search_at(Depth::Certain)
        {
            return Answer { truth: Truth::Yes, witness: Some(witness), work };
        }
        let none = matches!(search_at(Depth::Possible), None | Some(Found::Nothing)) && empty == Truth::No;
        Answer { work, ..Answer::without(if none { Truth::No } else { Truth::Unknown }) }
    }

    /// None where no value can pass.
    fn clauses<'q>(&self, query: &Query<'q>, depth: Depth) -> Option<Vec<Clause<'q>>>
    where
        'a: 'q,
    {
        let mut clauses = Vec::with_capacity(self.conditions.len() + 2);
        for condition in &self.conditions {
            match clause(condition, condition.operator.is_negated(), depth) {
                Part::Clause(clause) => clauses.push(clause),
                Part::Always => {}
                Part::Never => return None,
            }
        }
        let member = |pattern| Member { pattern, shape: Shape::Text(Case::Sensitive), wild: true };
        if let Some(inside) = query.inside {
            clauses.push(Clause { members: vec![member(inside)], forms: Vec::new(), excluded: false });
        }
        if !query.outside.is_empty() {
            clauses.push(Clause { members: query.outside.iter().map(member).collect(), forms: Vec::new(), excluded: true });
        }
        Some(clauses)
    }

    /// Whether several values pass together where no single one does: each condition that one value can satisfy has its own.
    fn some_set_passes(&self) -> Truth {
        let (all, others): (Vec<&Condition>, Vec<&Condition>) = self
            .conditions
            .iter()
            .partition(|condition| condition.operator.set == Some(SetOperator::ForAllValues) || condition.operator.base == Base::Null);
        let each = others.iter().map(|condition| {
            let conditions = all.iter().chain([condition]).copied().collect();
            let passes = Passing { conditions, complete: self.complete }.find(&Query::ANY).truth;
            // Without a set operator nobody says what several values come to.
            if condition.operator.set.is_none() { passes.and(Truth::Unknown) } else { passes }
        });
        Truth::all(each.collect::<Vec<Truth>>())
    }
}

/// Which values are looked for.
struct Query<'q> {
    inside: Option<&'q Pattern>,
    outside: &'q [Pattern],
}

impl Query<'_> {
    const ANY: Query<'static> = Query { inside: None, outside: &[] };

    /// Whether any value will do.
    fn is_any(&self) -> bool {
        self.inside.is_none_or(Pattern::is_any) && self.outside.is_empty()
    }

    fn has(&self, text: &str) -> Truth {
        let inside = self.inside.map_or(Truth::Yes, |pattern| pattern.matches(text, Case::Sensitive));
        inside.and(Truth::any(self.outside.iter().map(|pattern| pattern.matches(text, Case::Sensitive))).opposite())
    }
}

/// Whether a value that is looked for is there, and which.
struct Answer {
    truth: Truth,
    witness: Option<Pattern>,
    /// What it took.
    work: usize,
}

impl Answer {
    fn without(truth: Truth) -> Answer {
        Answer { truth, witness: None, work: 0 }
    }
}

fn is_text(condition: &&Condition) -> bool {
    matches!(condition.operator.family(), Family::Text(_) | Family::Arn | Family::Null | Family::Unknown)
}

/// What passes all of these conditions, if they are on one type that has an order.
fn typed_together(conditions: &[&Condition]) -> Option<Passed> {
    let mut all = conditions.iter().map(|condition| Passed::by(condition));
    let first = all.next()??;
    all.try_fold(first, |passed, next| passed.and(&next?))
}

/// A condition as a set of texts.
enum Part<'a> {
    Clause(Clause<'a>),
    Always,
    Never,
}

/// The texts that `condition` lists, or with `excluded` all others.
fn clause(condition: &Condition, excluded: bool, depth: Depth) -> Part<'_> {
    let unknown = if depth == Depth::Certain { Part::Never } else { Part::Always };
    let shape = match condition.operator.family() {
        Family::Text(case) => Shape::Text(case),
        Family::Arn => Shape::Arn,
        Family::Null => {
            let holds = condition.holds_for(&Carried::Present, &Request::open());
            return match if excluded { holds.opposite() } else { holds } {
                Truth::Yes => Part::Always,
                Truth::No => Part::Never,
                Truth::Unknown => unknown,
            };
        }
        _ => return unknown,
    };
    // Further values make a list longer, and what is outside of it less.
    if condition.gap.is_some() && (depth == Depth::Certain) == excluded {
        return unknown;
    }
    // A value that asks for the request's own: every text.
    if condition.has_any_value() {
        return if excluded { Part::Never } else { Part::Always };
    }
    let wild = condition.operator.value_mode().wildcards;
    let members = condition.values.iter().map(|value| Member { pattern: &value.pattern, shape, wild }).collect();
    Part::Clause(Clause { members, forms: Vec::new(), excluded })
}

/// Values that few policies name.
const PROBES: [&str; 2] = ["z7q4w9x2c5v8b3n6m", "arn:aws:iam::000000000000:role/z7q4w9x2c5v8b3n6m"];

/// Whether some value other than the empty text does not pass.
fn fails_for_some(condition: &Condition) -> Truth {
    if condition.has_any_value() {
        return condition.operator.is_negated().into();
    }
    if !is_text(&condition) {
        return match Passed::by(condition) {
            Some(passed) if passed.is_everything() => Truth::No,
            Some(passed) if passed.is_limited() => Truth::Yes,
            Some(_) => Truth::Unknown,
            // A list of bytes has an end.
            None if condition.gap.is_none() && condition.values.iter().all(|value| value.pattern.is_exact()) => Truth::Yes,
            None => Truth::Unknown,
        };
    }
    // The search below answers exactly, but takes long for a long list; most lists leave out what nobody asks for.
    let one = Passing { conditions: vec![condition], complete: Truth::Yes };
    if PROBES.iter().any(|probe| one.value(probe) == Truth::No) {
        return Truth::Yes;
    }
    // Texts that cannot be of any length are not all there are, whatever stands in them.
    if condition.operator.is_positive()
        && condition.gap.is_none()
        && condition.values.iter().all(|value| is_bounded(condition, &value.pattern))
    {
        return Truth::Yes;
    }
    let fails = |depth| match clause(condition, !condition.operator.is_negated(), depth) {
        Part::Clause(clause) => search(&[clause], depth, true),
        Part::Always => Found::Text(Pattern::any()),
        Part::Never => Found::Nothing,
    };
    match fails(Depth::Certain) {
        Found::Text(_) => Truth::Yes,
        _ if fails(Depth::Possible) == Found::Nothing => Truth::No,
        _ => Truth::Unknown,
    }
}

/// Whether one text of its unknown parts makes texts of one length only.
fn is_bounded(condition: &Condition, pattern: &Pattern) -> bool {
    let wild = condition.operator.value_mode().wildcards;
    pattern.segments().iter().all(|segment| match segment {
        Segment::Star => false,
        Segment::Hole(hole) => !wild || hole.class == HoleClass::Word,
        Segment::Literal(_) | Segment::Question | Segment::Variable(_) => true,
    })
}
