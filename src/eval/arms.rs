//! Values of which source says that they are one of two: both arms of a conditional whose condition is not known.
//!
//! An arm is remembered with the decision that leads to it, so that one condition that is used in two places is not taken once this way
//! and once the other.

use std::sync::Arc;

use super::unknown::Unknown;
use super::value::{Entry, Kind, List, Object, OpenEntry, Part, Str, Value, equal};
use crate::source::Span;

/// A condition that source does not decide.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What it is about: an unknown thing, or a condition as written in one place.
    pub(super) about: Arc<str>,
    /// The value that `about` is compared with. It can be one only, so of two such conditions at most one holds.
    pub(super) equals: Option<Arc<str>>,
    /// One bit of `Size::arms`.
    pub(super) bit: u16,
    /// The condition, or what an unknown thing is looked up by.
    pub span: Span,
    /// What it is about, for people: a name, or the condition as written.
    pub(super) text: Arc<str>,
    /// Why what rests on it is not known.
    pub why: Arc<Unknown>,
}

impl Decision {
    pub(super) fn new(about: Arc<str>, text: Arc<str>, span: Span, why: Arc<Unknown>) -> Decision {
        let sum = about.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        Decision { about, equals: None, bit: 1 << (sum % 16), span, text, why }
    }

    /// Whether `other` cannot hold if this holds.
    fn excludes(&self, other: &Decision) -> bool {
        let (Some(a), Some(b)) = (&self.equals, &other.equals) else { return false };
        // A number may be the same as a text elsewhere, where it is converted.
        let alike = a.starts_with('"') == b.starts_with('"') || &**a == "null" || &**b == "null";
        self.about == other.about && a != b && alike
    }

    /// What is so if it is taken so: `` `var.env` is not "prod" ``
    pub fn says(&self, taken: bool) -> String {
        let not = if taken { "" } else { "not " };
        match &self.equals {
            Some(value) => format!("`{}` is {not}{value}", self.text),
            None => format!("`{}` is {taken}", self.text),
        }
    }

    /// What it is about, in short.
    pub fn name(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Decision {
    fn eq(&self, other: &Decision) -> bool {
        self.about == other.about && self.equals == other.equals
    }
}

impl Eq for Decision {}

/// What a value is if the condition holds, and what it is otherwise.
#[derive(Clone, Debug)]
pub struct Arms {
    pub decision: Decision,
    pub then: Value,
    pub otherwise: Value,
}

impl PartialEq for Arms {
    /// Good enough for telling reasons apart: one decision at one place has one pair of arms.
    fn eq(&self, other: &Arms) -> bool {
        self.decision == other.decision && self.then.span == other.then.span && self.otherwise.span == other.otherwise.span
    }
}

impl Eq for Arms {}

/// One way in which a decision may be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    pub decision: Decision,
    pub taken: bool,
}

impl Assumption {
    /// Whether the other takes the same decision the other way.
    pub fn contradicts(&self, other: &Assumption) -> bool {
        self.decision == other.decision && self.taken != other.taken
    }
}

/// How far into a value arms are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// The value itself.
    Top,
    /// The items of lists in it.
    Lists,
    All,
}

/// More combinations of arms than this are not tried: beyond it all conditions hold, or none does, or the value is unknown.
pub(super) const MOST_WORLDS: usize = 16;
/// Arms with more to them than this are not compared with each other.
const MOST_COMPARED: u32 = 10_000;

/// Which arm to take.
pub(super) enum Choice<'c> {
    One(&'c Decision, bool),
    All(bool),
    /// Neither of any: what is known whatever is decided.
    Neither,
}

impl Choice<'_> {
    fn takes(&self, decision: &Decision) -> Option<bool> {
        match self {
            Choice::One(known, taken) if *known == decision => Some(*taken),
            Choice::One(known, true) if known.excludes(decision) => Some(false),
            Choice::One(..) | Choice::Neither => None,
            Choice::All(taken) => Some(*taken),
        }
    }

    /// Whether it may change anything in a value.
    fn concerns(&self, value: &Value) -> bool {
        match self {
            Choice::One(decision, _) => value.size.arms & decision.bit != 0,
            Choice::All(_) | Choice::Neither => value.size.arms != 0,
        }
    }
}

/// One of two values. What both have in common is known.
pub(super) fn choose(decision: &Decision, then: &Value, otherwise: &Value, span: Span) -> Value {
    let then = then.given(&Choice::One(decision, true), false);
    let otherwise = otherwise.given(&Choice::One(decision, false), false);
    join(decision, then, otherwise, span)
}

/// As `choose`, of values that do not rest on the decision themselves.
fn join(decision: &Decision, then: Value, otherwise: Value, span: Span) -> Value {
    if then.size.weight.saturating_add(otherwise.size.weight) < MOST_COMPARED {
        if equal(&then, &otherwise) == Some(true) {
            return then;
        }
        if let Some(shared) = member_by_member(decision, &then, &otherwise, span) {
            return Value { typed: then.typed, sensitive: then.sensitive || otherwise.sensitive, ..shared };
        }
    }
    let reason = decision.why.reason.clone();
    let arms = Arms { decision: decision.clone(), then, otherwise };
    Value::unknown(Unknown { reason, span: decision.why.span, symbol: None, arms: Some(Arc::new(arms)) }, span)
}

/// Two objects of the same members, or two lists of the same length, differ only in what is inside.
fn member_by_member(decision: &Decision, then: &Value, otherwise: &Value, span: Span) -> Option<Value> {
    let inner = |a: &Value, b: &Value| join(decision, a.clone().out_of(&then.way), b.clone().out_of(&otherwise.way), a.span);
    match (&then.kind, &otherwise.kind) {
        (Kind::List(a), Kind::List(b)) => {
            let closed = a.more.is_none() && b.more.is_none() && !a.set && !b.set;
            (closed && a.items.len() == b.items.len())
                .then(|| Value::list(a.items.iter().zip(&b.items).map(|(a, b)| inner(a, b)).collect(), span))
        }
        (Kind::Object(a), Kind::Object(b)) if a.more.is_none() && b.more.is_none() && a.entries.len() == b.entries.len() => {
            let pair = |entry: &Entry| Some(Entry { value: inner(&entry.value, b.get(&entry.key)?), ..entry.clone() });
            let entries = a.entries.iter().map(pair).collect::<Option<Vec<Entry>>>()?;
            Some(Value::object(Object { entries, shadowed: a.shadowed.clone(), ..Object::default() }, span))
        }
        _ => None,
    }
}

impl Value {
    /// The two values that it is one of.
    pub fn arms(&self) -> Option<&Arms> {
        self.as_unknown().and_then(|unknown| unknown.arms.as_deref())
    }

    /// Whether anything in it is one of two.
    pub fn has_arms(&self) -> bool {
        self.size.arms != 0
    }

    /// What it is once a decision is taken. `valid`: an arm in which Terraform would fail is not the one that is meant.
    pub(super) fn given(&self, choice: &Choice, valid: bool) -> Value {
        if !choice.concerns(self) {
            return self.clone();
        }
        let kind = match &self.kind {
            Kind::Unknown(unknown) => match &unknown.arms {
                Some(_) if matches!(choice, Choice::Neither) => Kind::Unknown(whole(unknown)),
                Some(arms) => return arms.given(choice, valid, self.span).out_of(&self.way),
                None => return self.clone(),
            },
            Kind::String(text) => match text.given(choice, valid) {
                Ok(text) => Kind::String(Arc::new(text)),
                Err(failed) => Kind::Unknown(failed),
            },
            Kind::List(list) => {
                let items = list.items.iter().map(|item| item.given(choice, valid)).collect();
                Kind::List(Arc::new(List { items, set: list.set, blocks: list.blocks, more: list.more.clone() }))
            }
            Kind::Object(object) => {
                let member = |entry: &Entry| Entry { value: entry.value.given(choice, valid), ..entry.clone() };
                let entries = object.entries.iter().map(member).collect();
                let member = |entry: &OpenEntry| OpenEntry { value: entry.value.given(choice, valid), ..entry.clone() };
                let open = object.open.iter().map(member).collect();
                Kind::Object(Arc::new(Object { entries, open, ..object.as_ref().clone() }))
            }
            _ => return self.clone(),
        };
        self.with_kind(kind)
    }

    /// The first decision in it.
    pub(super) fn decision(&self, look: Look) -> Option<&Decision> {
        if !self.has_arms() {
            return None;
        }
        match &self.kind {
            Kind::Unknown(unknown) => unknown.arms.as_ref().map(|arms| &arms.decision),
            Kind::List(list) if look != Look::Top => list.items.iter().find_map(|item| item.decision(look)),
            Kind::String(text) if look == Look::All => text.parts.iter().find_map(|part| match part {
                Part::Unknown(unknown) => unknown.arms.as_ref().map(|arms| &arms.decision),
                Part::Json(value) => value.decision(look),
                Part::Text(_) => None,
            }),
            Kind::Object(object) if look == Look::All => {
                let open = object.open.iter().map(|entry| &entry.value);
                object.entries.iter().map(|entry| &entry.value).chain(open).find_map(|value| value.decision(look))
            }
            _ => None,
        }
    }

    /// Everything that it may be, with what each rests on: one if nothing is undecided. Arms in which Terraform would fail are left out.
    pub fn worlds(&self) -> Vec<(Vec<Assumption>, Value)> {
        let mut worlds: Vec<(Vec<Assumption>, Value)> = Vec::new();
        let mut waiting = vec![(Vec::new(), self.clone())];
        while let Some((assumed, value)) = waiting.pop() {
            let Some(decision) = value.decision(Look::All) else {
                let new = |(_, other): &(Vec<Assumption>, Value)| equal(other, &value) != Some(true);
                if worlds.iter().all(new) {
                    worlds.push((assumed, value));
                }
                continue;
            };
            let many = worlds.len() + waiting.len() + 2 > MOST_WORLDS;
            for taken in [false, true] {
                let choice = if many { Choice::All(taken) } else { Choice::One(decision, taken) };
                let mut assumed = assumed.clone();
                assumed.push(Assumption { decision: decision.clone(), taken });
                waiting.push((assumed, value.given(&choice, true)));
            }
            if many {
                waiting.push((assumed, value.given(&Choice::Neither, true)));
            }
        }
        worlds
    }

    /// What it is under these assumptions.
    pub(super) fn under(self, assumed: &[Assumption]) -> Value {
        let take = |value: Value, Assumption { decision, taken }: &Assumption| value.given(&Choice::One(decision, *taken), true);
        assumed.iter().fold(self, take)
    }
}

impl Arms {
    /// The one arm in which Terraform does not fail, if it fails in the other.
    pub(super) fn only_valid(&self) -> Option<&Value> {
        let fails = |value: &Value| value.as_unknown().is_some_and(|unknown| unknown.is_failed());
        match (fails(&self.then), fails(&self.otherwise)) {
            (true, false) => Some(&self.otherwise),
            (false, true) => Some(&self.then),
            _ => None,
        }
    }

    pub(super) fn given(&self, choice: &Choice, valid: bool, span: Span) -> Value {
        let Some(taken) = choice.takes(&self.decision) else {
            return join(&self.decision, self.then.given(choice, valid), self.otherwise.given(choice, valid), span);
        };
        let (arm, other) = if taken { (&self.then, &self.otherwise) } else { (&self.otherwise, &self.then) };
        let arm = arm.given(choice, valid);
        // Where all are taken one way, what lies between is unknown anyway: an arm that fails says nothing.
        let valid = valid || matches!(choice, Choice::All(_));
        if valid && arm.as_unknown().is_some_and(|unknown| unknown.is_failed()) { other.given(choice, valid) } else { arm }
    }
}

/// An unknown of which nothing is told but why.
fn whole(unknown: &Unknown) -> Arc<Unknown> {
    Arc::new(Unknown { arms: None, ..unknown.clone() })
}

impl Str {
    pub(super) fn given(&self, choice: &Choice, valid: bool) -> Result<Str, Arc<Unknown>> {
        let mut given = Str { parts: Vec::new(), symbol: self.symbol.clone() };
        for part in &self.parts {
            match part {
                Part::Unknown(unknown) => match &unknown.arms {
                    Some(_) if matches!(choice, Choice::Neither) => given.push(Part::Unknown(whole(unknown))),
                    Some(arms) => given.append(&arms.given(choice, valid, unknown.span))?,
                    None => given.push(part.clone()),
                },
                Part::Json(value) => given.push(Part::Json(Arc::new(value.given(choice, valid)))),
                Part::Text(_) => given.push(part.clone()),
            }
        }
        Ok(given)
    }

    /// Appends what an interpolation is worth.
    pub(super) fn append(&mut self, value: &Value) -> Result<(), Arc<Unknown>> {
        match (&value.kind, value.as_str()) {
            (Kind::Unknown(unknown), _) if unknown.is_failed() => return Err(Arc::clone(unknown)),
            (Kind::Unknown(unknown), _) => self.push(Part::Unknown(Arc::clone(unknown))),
            (_, Some(text)) => text.parts.iter().for_each(|part| self.push(part.clone())),
            (_, None) => return Err(Arc::new(Unknown::failed("only strings, numbers and bools can stand in a template", value.span))),
        }
        Ok(())
    }
}
