//! The evaluator that is written straight from the documentation, over all requests of the universe at once.
//!
//! What is not known may be anything: each statement is about certain requests, and perhaps about more. Allows at their least beside Denies
//! at their most are what is certainly allowed, the other way round what may be.

use std::sync::LazyLock;

use super::{Asked, Fixed, KEYS, Part, RESOURCES, Requester, To, VALUES};
use crate::policy::{Condition, Items, Statement};
use crate::truth::Truth;

const SETS: usize = 1 << VALUES.len();

/// Requests, by what they carry of both keys, and by resource.
#[derive(Clone, PartialEq, Eq)]
pub struct Table(Vec<bool>);

impl Table {
    fn of(test: impl Fn(usize, usize, usize) -> bool) -> Table {
        let mut cells = Vec::with_capacity(RESOURCES.len() * SETS * SETS);
        for resource in 0..RESOURCES.len() {
            for one in 0..SETS {
                cells.extend((0..SETS).map(|two| test(resource, one, two)));
            }
        }
        Table(cells)
    }

    fn zip(&self, other: &Table, with: impl Fn(bool, bool) -> bool) -> Table {
        Table(self.0.iter().zip(&other.0).map(|(one, other)| with(*one, *other)).collect())
    }
}

/// Requests, or one of them: what can be allowed or not.
trait Cells: Clone {
    fn with(&self, other: &Self, both: fn(bool, bool) -> bool) -> Self;
    fn all(&self, is: bool) -> Self;
}

impl Cells for Table {
    fn with(&self, other: &Table, both: fn(bool, bool) -> bool) -> Table {
        Table(self.0.iter().zip(&other.0).map(|(one, other)| both(*one, *other)).collect())
    }

    fn all(&self, is: bool) -> Table {
        Table(vec![is; self.0.len()])
    }
}

impl Cells for bool {
    fn with(&self, other: &bool, both: fn(bool, bool) -> bool) -> bool {
        both(*self, *other)
    }

    fn all(&self, is: bool) -> bool {
        is
    }
}

/// What is allowed: for certain, and perhaps.
#[derive(Clone)]
struct Bounds<C>(C, C);

impl<C: Cells> Bounds<C> {
    fn or(&self, other: &Bounds<C>) -> Bounds<C> {
        Bounds(self.0.with(&other.0, |one, other| one || other), self.1.with(&other.1, |one, other| one || other))
    }

    fn and(&self, other: &Bounds<C>) -> Bounds<C> {
        Bounds(self.0.with(&other.0, |one, other| one && other), self.1.with(&other.1, |one, other| one && other))
    }

    /// But what is denied: perhaps, and for certain.
    fn but(&self, denied: &Bounds<C>) -> Bounds<C> {
        let without = |one: bool, other: bool| one && !other;
        Bounds(self.0.with(&denied.1, without), self.1.with(&denied.0, without))
    }
}

/// What may take a request away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Without {
    Nothing,
    Denies,
    Boundary,
    Organization,
}

/// What all policies come to, straight from "Policy evaluation logic" and the pages that it refers to. `about` says what a statement is about.
fn decide<C: Cells>(asked: &Asked, without: Without, about: impl Fn(&Statement) -> (C, C), some: &C) -> Bounds<C> {
    let nothing = Bounds(some.all(false), some.all(false));
    let everything = Bounds(some.all(true), some.all(true));
    let any = |statements: &mut dyn Iterator<Item = &Statement>| {
        statements.map(&about).fold(nothing.clone(), |all, (least, most)| all.or(&Bounds(least, most)))
    };
    let is_out = |part: Part| match without {
        Without::Nothing | Without::Denies => false,
        Without::Boundary => part == Part::Boundary,
        Without::Organization => matches!(part, Part::ServiceControl(_) | Part::ResourceControl(_)),
    };
    let caps = || asked.caps.iter().filter(|(part, _)| !is_out(*part));
    let level = |wanted: fn(Part) -> bool| {
        let levels = caps().filter(|(part, _)| wanted(*part));
        levels.fold(everything.clone(), |all, (_, cap)| all.and(&any(&mut cap.iter().filter(|one| one.allows()))))
    };
    let common = level(|part| !matches!(part, Part::Boundary | Part::Session));
    let own = level(|part| matches!(part, Part::Boundary | Part::Session));
    let mut allowed = any(&mut asked.allows.iter()).and(&own);
    for grant in &asked.resource {
        let granted = any(&mut std::iter::once(&grant.statement));
        allowed = match (asked.requester, grant.to) {
            (Requester::User, To::User) | (Requester::Session, To::Session) => allowed.or(&granted),
            // "Limited by an implicit deny in a permissions boundary or session policy".
            (Requester::Session, To::Role) => allowed.or(&granted.and(&own)),
            _ => allowed,
        };
    }
    let denying = caps().flat_map(|(_, cap)| cap.iter().filter(|one| one.denies()));
    let denied = any(&mut asked.denies.iter().chain(denying));
    let denied = if without == Without::Denies { nothing } else { denied };
    allowed.and(&common).but(&denied)
}

/// What all policies of a question come to.
pub struct Naive {
    asked: Table,
    certainly: Table,
    perhaps: Table,
    perhaps_without: [(Without, Table); 3],
}

impl Naive {
    pub fn of(asked: &Asked) -> Naive {
        Naive::within(asked, |_, _| true)
    }

    /// The same of those requests only of which AWS says what happens.
    pub fn documented(asked: &Asked) -> Naive {
        let conditions: Vec<&Condition> = asked.statements().into_iter().flat_map(|(_, statement)| &statement.conditions).collect();
        let names: Vec<String> = conditions.iter().map(|condition| condition.operator.to_string()).collect();
        Naive::within(asked, |one, two| {
            conditions.iter().zip(&names).all(|(condition, name)| is_documented(condition, name, &[values(one), values(two)]))
        })
    }

    fn within(asked: &Asked, is_in: impl Fn(usize, usize) -> bool) -> Naive {
        let is_asked = |resource: usize, two: usize| {
            let fixed = match asked.fixed {
                Fixed::Nothing => true,
                Fixed::Value => two == 1,
                Fixed::Absent => two == 0,
            };
            fixed && asked.resources.iter().any(|pattern| glob(pattern, RESOURCES[resource]))
        };
        let asked_for = Table::of(|resource, one, two| is_asked(resource, two) && is_in(one, two));
        let mut known: Vec<(*const Statement, (Table, Table))> = Vec::new();
        for (_, statement) in asked.statements() {
            known.push((std::ptr::from_ref(statement), about(statement, asked.action)));
        }
        let about = |statement: &Statement| {
            let found = known.iter().find(|(other, _)| std::ptr::eq(*other, statement));
            found.map_or_else(|| about(statement, asked.action), |(_, tables)| tables.clone())
        };
        let Bounds(certainly, perhaps) = decide(asked, Without::Nothing, about, &asked_for);
        let without = |what: Without| (what, decide(asked, what, about, &asked_for).1);
        let perhaps_without = [Without::Denies, Without::Boundary, Without::Organization].map(without);
        Naive { asked: asked_for, certainly, perhaps, perhaps_without }
    }

    fn truth(&self, of: impl Fn(&Table) -> bool) -> Truth {
        match (of(&self.certainly), of(&self.perhaps)) {
            (true, true) => Truth::Yes,
            (false, false) => Truth::No,
            _ => Truth::Unknown,
        }
    }

    pub fn some(&self) -> Truth {
        self.truth(|table| table.zip(&self.asked, |one, asked| one && asked).0.contains(&true))
    }

    pub fn every(&self) -> Truth {
        self.truth(|table| table.zip(&self.asked, |one, asked| one || !asked).0.iter().all(|one| *one))
    }

    /// Whether some request would be allowed, or may be, if that did not take it away.
    pub fn is_allowed_without(&self, what: Without) -> bool {
        let table = self.perhaps_without.iter().find(|(other, _)| *other == what).map(|(_, table)| table);
        table.is_some_and(|table| table.zip(&self.asked, |one, asked| one && asked).0.contains(&true))
    }
}

/// The values of a set by its bits; none stands for a key that is not there.
fn values(set: usize) -> &'static [&'static str] {
    static ALL: LazyLock<Vec<Vec<&str>>> = LazyLock::new(|| {
        let of = |set: usize| (0..VALUES.len()).filter(|at| set & (1 << at) != 0).map(|at| VALUES[at]).collect();
        (0..SETS).map(of).collect()
    });
    &ALL[set]
}

/// The requests that a statement is about at least, and at most.
fn about(statement: &Statement, action: &str) -> (Table, Table) {
    let element = |items: &Option<Items>, text: &str| {
        let Some(items) = items else { return (true, true) };
        let named = items.items.iter().any(|item| glob(&item.text, text));
        let (least, most) = (named, named || items.gap.is_some());
        if items.negated { (!most, !least) } else { (least, most) }
    };
    let of_action = element(&statement.actions, action);
    let of_resource: Vec<(bool, bool)> = RESOURCES.iter().map(|resource| element(&statement.resources, resource)).collect();
    let mut of_keys: Vec<(bool, bool)> = Vec::with_capacity(SETS * SETS);
    let names: Vec<String> = statement.conditions.iter().map(|condition| condition.operator.to_string()).collect();
    for one in 0..SETS {
        for two in 0..SETS {
            let held = |(least, most): (bool, bool), (condition, name): (&Condition, &String)| {
                let (at_least, at_most) = holds(condition, name, &[values(one), values(two)]);
                (least && at_least, most && at_most)
            };
            let (least, most) = statement.conditions.iter().zip(&names).fold((true, true), held);
            of_keys.push((least && statement.gap.is_none(), most));
        }
    }
    let cell = |resource: usize, one: usize, two: usize| {
        let all = [of_action, of_resource[resource], of_keys[one * SETS + two]];
        (all.iter().all(|(least, _)| *least), all.iter().all(|(_, most)| *most))
    };
    (Table::of(|resource, one, two| cell(resource, one, two).0), Table::of(|resource, one, two| cell(resource, one, two).1))
}

/// Whether one request is certainly allowed.
pub fn allows(asked: &Asked, resource: &str, keys: &[Vec<String>]) -> bool {
    let keys: Vec<Vec<&str>> = keys.iter().map(|values| values.iter().map(String::as_str).collect()).collect();
    let keys: Vec<&[&str]> = keys.iter().map(Vec::as_slice).collect();
    let Ok(keys) = <[&[&str]; 2]>::try_from(keys) else { return false };
    let element = |items: &Option<Items>, text: &str| {
        let Some(items) = items else { return (true, true) };
        let named = items.items.iter().any(|item| glob(&item.text, text));
        let (least, most) = (named, named || items.gap.is_some());
        if items.negated { (!most, !least) } else { (least, most) }
    };
    let is_about = |statement: &Statement| {
        let parts = [element(&statement.actions, asked.action), element(&statement.resources, resource)].into_iter();
        let parts = parts.chain(statement.conditions.iter().map(|condition| holds(condition, &condition.operator.to_string(), &keys)));
        parts.fold((statement.gap.is_none(), true), |(least, most), (one, other)| (least && one, most && other))
    };
    decide(asked, Without::Nothing, is_about, &false).0
}

/// `*` and `?` the plain way.
fn glob(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => glob(&pattern[1..], text) || !text.is_empty() && glob(pattern, &text[1..]),
        (Some('?'), Some(_)) => glob(&pattern[1..], &text[1..]),
        (Some(one), Some(other)) if one == other => glob(&pattern[1..], &text[1..]),
        _ => false,
    }
}

/// Whether AWS says what becomes of the condition: several values need a set operator, and are no variable.
fn is_documented(condition: &Condition, name: &str, keys: &[&[&str]; 2]) -> bool {
    let at = usize::from(KEYS[1] == &*condition.key);
    let has_variable = condition.values.iter().any(|value| value.text.contains("${"));
    (name.contains(':') || name == "Null" || keys[at].len() <= 1) && (!has_variable || keys[1 - at].len() <= 1)
}

/// Whether a condition holds at least, and at most: "Condition operators", "Set operators for multivalued context keys", "Condition operator
/// to check existence of condition keys", "Variables and tags" (IAM User Guide). It may hold or not where several values that differ meet
/// an operator without `ForAllValues` or `ForAnyValue`, of which AWS does not say what happens.
fn holds(condition: &Condition, name: &str, keys: &[&[&str]; 2]) -> (bool, bool) {
    let at = usize::from(KEYS[1] == &*condition.key);
    let sure = |known: bool| (known, known);
    if name == "Null" {
        return match &*condition.values[0].text {
            _ if condition.gap.is_some() => (false, true),
            asked => sure(keys[at].is_empty() == (asked == "true")),
        };
    }
    // A value that is a variable stands for the other key's one value.
    let listed = |value: &str| {
        let mut listed = (false, condition.gap.is_some());
        for item in &condition.values {
            let one = match (&*item.text, keys[1 - at]) {
                ("${k:one}" | "${k:two}", [only]) => sure(*only == value),
                ("${k:one}" | "${k:two}", []) => sure(false),
                // A multivalued key is no variable: AWS does not say what it stands for.
                ("${k:one}" | "${k:two}", _) => (false, true),
                (text, _) => sure(if name.contains("Like") { glob(text, value) } else { text == value }),
            };
            listed = (listed.0 || one.0, listed.1 || one.1);
        }
        listed
    };
    let passes = |value: &&str| {
        let (least, most) = listed(value);
        if name.contains("Not") { (!most, !least) } else { (least, most) }
    };
    let mut counted = [0; 2];
    for (least, most) in keys[at].iter().map(passes) {
        counted = [counted[0] + usize::from(least), counted[1] + usize::from(most)];
    }
    let all = || (counted[0] == keys[at].len(), counted[1] == keys[at].len());
    let any = || (counted[0] > 0, counted[1] > 0);
    match keys[at] {
        [] => sure(name.ends_with("IfExists") || name.contains("ForAllValues") || name.contains("Not") && !name.contains("ForAnyValue")),
        _ if name.starts_with("ForAllValues") => all(),
        _ if name.starts_with("ForAnyValue") => any(),
        // Whichever of them counts.
        _ => (all().0, any().1),
    }
}
