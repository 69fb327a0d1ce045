//! Values of which source says that they are one of two: both arms of a conditional whose condition is not known.
//!
//! An arm is remembered with the decision that leads to it, so that one condition that is used in two places is not taken once this way
//! and once the other.

use std::sync::Arc;

use super::evaluator::Evaluator;
use super::expression::reason_of;
use super::scope::{Repetition, Scope};
use super::unknown::{Reason, Symbol, Unknown};
use super::value::{Entry, Kind, List, Object, OpenEntry, Part, Str, Value, equal};
use crate::source::Span;
use crate::syntax::ast::Expr;

/// A condition that source does not decide.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What it is about: an unknown thing, or a condition as written in one place.
    about: Arc<str>,
    /// The value that `about` is compared with. It can be one only, so of two such conditions at most one holds.
    equals: Option<Arc<str>>,
    /// One bit of `Size::arms`.
    pub(super) bit: u16,
    /// The condition, or what an unknown thing is looked up by.
    pub span: Span,
    /// What it is about, for people: a name, or the condition as written.
    text: Arc<str>,
    /// Why what rests on it is not known.
    pub why: Arc<Unknown>,
}

impl Decision {
    fn new(about: Arc<str>, text: Arc<str>, span: Span, why: Arc<Unknown>) -> Decision {
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
const MOST_WORLDS: usize = 16;
/// An unknown key of an object with more members than this leads to none of them.
const MOST_KEYS: usize = 12;
/// Of a condition as it is written so many characters are shown.
const LONGEST_CONDITION: usize = 60;
/// Values with more to them than this are not taken apart: what depends on them is unknown.
const MOST_SPLIT: u64 = 200_000;
/// Arms with more to them than this are not compared with each other.
const MOST_COMPARED: u32 = 10_000;

/// Which arm to take.
enum Choice<'c> {
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
    fn given(&self, choice: &Choice, valid: bool) -> Value {
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
        Value { way: self.way.clone(), typed: self.typed, sensitive: self.sensitive, ..Value::new(kind, self.span) }
    }

    /// The first decision in it.
    fn decision(&self, look: Look) -> Option<&Decision> {
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

    fn given(&self, choice: &Choice, valid: bool, span: Span) -> Value {
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
    fn given(&self, choice: &Choice, valid: bool) -> Result<Str, Arc<Unknown>> {
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
    fn append(&mut self, value: &Value) -> Result<(), Arc<Unknown>> {
        match (&value.kind, value.as_str()) {
            (Kind::Unknown(unknown), _) if unknown.is_failed() => return Err(Arc::clone(unknown)),
            (Kind::Unknown(unknown), _) => self.push(Part::Unknown(Arc::clone(unknown))),
            (_, Some(text)) => text.parts.iter().for_each(|part| self.push(part.clone())),
            (_, None) => return Err(Arc::new(Unknown::failed("only strings, numbers and bools can stand in a template", value.span))),
        }
        Ok(())
    }
}

/// What a value that is not known is known to be, and why it is not.
fn named(value: &Value) -> Option<(Arc<Unknown>, &Symbol)> {
    match &value.kind {
        Kind::Unknown(unknown) => Some((Arc::clone(unknown), unknown.symbol.as_ref()?)),
        Kind::String(text) => Some((value.first_unknown()?, text.symbol.as_ref()?)),
        _ => None,
    }
}

impl Evaluator<'_> {
    /// One of two values, `decided` being what the condition came to.
    pub(super) fn select(&self, condition: &Expr, decided: &Value, scope: &Scope, span: Span, arms: &[Value; 2]) -> Value {
        let [then, otherwise] = arms;
        self.on_one(&self.undecided(condition, decided, scope), Look::All, span, &|decided| match decided.known_bool() {
            Some(true) => then.clone(),
            Some(false) => otherwise.clone(),
            None if reason_of(decided, span).is_failed() => Value::unknown_because(reason_of(decided, span), span),
            // More was undecided than is tried out.
            None => choose(&self.numbered(decided, condition.span), then, otherwise, span),
        })
    }

    /// A decision that is like no other.
    fn numbered(&self, value: &Value, span: Span) -> Decision {
        let why = Arc::new(reason_of(value, span).condition());
        Decision::new(self.next_number().to_string().into(), self.shown(span), span, why)
    }

    /// What stands in source, on one line.
    fn shown(&self, span: Span) -> Arc<str> {
        let text = self.sources.text(span);
        let mut shown = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((cut, _)) = shown.char_indices().nth(LONGEST_CONDITION) {
            shown.truncate(cut);
            shown.push('…');
        }
        shown.into()
    }

    /// `a == b` where one of them is an unknown thing with a name, and the other one known: either.
    pub(super) fn compared(&self, a: &Value, b: &Value, same: bool, span: Span) -> Option<Value> {
        let (why, symbol, constant) = match (named(a), named(b)) {
            (Some((why, symbol)), None) => (why, symbol, b),
            (None, Some((why, symbol))) => (why, symbol, a),
            _ => return None,
        };
        let decision = Decision::new(Arc::clone(&symbol.key), why.name().into(), span, Arc::new(why.condition()));
        let (decision, taken) = match &constant.kind {
            Kind::Bool(value) => (decision, *value == same),
            Kind::Null | Kind::Number(_) | Kind::String(_) => {
                (Decision { equals: Some(super::json::encode(constant)?.into()), ..decision }, same)
            }
            _ => return None,
        };
        Some(choose(&decision, &Value::bool(taken, span), &Value::bool(!taken, span), span))
    }

    /// Functions that choose by what an unknown thing is: `contains` of known texts, `coalesce` of something that may be left out.
    pub(super) fn alternative(&self, function: &str, values: &[Value], span: Span) -> Option<Value> {
        match (function, values) {
            ("contains", [Value { kind: Kind::List(list), .. }, wanted]) => {
                named(wanted)?;
                let close =
                    list.more.is_none() && list.items.len() <= MOST_KEYS && list.items.iter().all(|item| item.known_string().is_some());
                let is = |item: &Value| self.compared(wanted, item, true, span);
                let found = |otherwise: Value, item: &Value| {
                    let same = is(item)?;
                    Some(self.on_one(&same, Look::Top, span, &|same| {
                        if same.known_bool() == Some(true) { same.clone() } else { otherwise.clone() }
                    }))
                };
                close.then(|| list.items.iter().rev().try_fold(Value::bool(false, span), found)).flatten()
            }
            ("coalesce", [first, rest @ ..]) if !rest.is_empty() => {
                let (why, symbol) = named(first)?;
                if !matches!(why.reason, Reason::Variable(_)) {
                    return None;
                }
                let left_out =
                    Decision::new(format!("{} is left out", symbol.key).into(), why.name().into(), span, Arc::new(why.condition()));
                let left_out = Decision { equals: Some("left out".into()), ..left_out };
                let next = match rest {
                    [only] => only.clone(),
                    _ => super::functions::call("coalesce", rest, span)?,
                };
                Some(choose(&left_out, &next, first, span))
            }
            _ => None,
        }
    }

    /// The member of `object` that an unknown key stands for, which is one of them or `otherwise`. Nothing if the key has no name, or there
    /// are too many members to tell them apart.
    pub(super) fn keyed(&self, object: &Object, key: &Value, otherwise: Value, span: Span) -> Option<Value> {
        let (why, symbol) = named(key)?;
        if object.more.is_some() || object.entries.is_empty() || object.entries.len() > MOST_KEYS {
            return None;
        }
        let text: Arc<str> = why.name().into();
        let why = Arc::new(why.condition());
        let chosen = object.entries.iter().rev().fold(otherwise, |otherwise, entry| {
            let equals = Some(super::json::quote(&entry.key).into());
            let decision = Decision { equals, ..Decision::new(Arc::clone(&symbol.key), Arc::clone(&text), span, Arc::clone(&why)) };
            choose(&decision, &entry.value, &otherwise, span)
        });
        Some(chosen)
    }

    /// A condition's value: where it is not known, either.
    pub(super) fn decided(&self, condition: &Expr, scope: &Scope) -> Value {
        let decided = self.eval(condition, scope);
        self.undecided(condition, &decided, scope)
    }

    fn undecided(&self, condition: &Expr, decided: &Value, scope: &Scope) -> Value {
        let either = |value: &Value| {
            let why = reason_of(value, condition.span);
            if value.known_bool().is_some() || why.is_failed() {
                return value.clone();
            }
            let decision = self.decision(condition, value, Arc::new(why.condition()), scope);
            choose(&decision, &Value::bool(true, condition.span), &Value::bool(false, condition.span), condition.span)
        };
        self.on_arms(decided, condition.span, &either)
    }

    /// The same condition in the same place of the same module instance is one decision, and so is the same unknown thing anywhere.
    fn decision(&self, condition: &Expr, value: &Value, why: Arc<Unknown>, scope: &Scope) -> Decision {
        if let Some((unknown, symbol)) = named(value) {
            return Decision::new(Arc::clone(&symbol.key), unknown.name().into(), condition.span, why);
        }
        let each = match scope.repetition {
            Repetition::Single => String::new(),
            Repetition::Count(index) => index.to_string(),
            Repetition::Each { key, .. } => format!("{key:?}"),
            Repetition::Any(_) => "*".to_owned(),
        };
        let text = self.sources.text(condition.span);
        let changes = ["uuid(", "bcrypt(", "timestamp("].iter().any(|call| text.contains(call));
        let text = match changes || scope.variables.is_some() || scope.splat.is_some() {
            // What a loop's variable is makes each turn another condition, and a new result each call.
            true => self.next_number().to_string(),
            false => text,
        };
        let about = format!("{}/{}/{each}/{text}", self.root_directory(), scope.instance.address);
        Decision::new(about.into(), self.shown(condition.span), condition.span, why)
    }

    /// `compute` of each of the values of which a value is one. What is undecided inside them stays so.
    pub(super) fn on_arms(&self, value: &Value, span: Span, compute: &dyn Fn(&Value) -> Value) -> Value {
        let Some(arms) = value.arms() else { return compute(value) };
        self.charge(u64::from(value.size.weight) / 16);
        if self.exhausted() {
            return Value::unknown_because(Arc::clone(&arms.decision.why), span);
        }
        let [then, otherwise] = [&arms.then, &arms.otherwise].map(|arm| self.on_arms(arm, span, compute));
        self.charge(u64::from(then.size.weight.saturating_add(otherwise.size.weight)) / 16);
        choose(&arms.decision, &then, &otherwise, span).out_of(&value.way)
    }

    /// Computes something of `values` for each way in which what is undecided in them may be decided, and keeps the results apart.
    pub(super) fn split(&self, values: &[Value], look: Look, span: Span, compute: &mut dyn FnMut(&[Value]) -> Value) -> Value {
        if !values.iter().any(Value::has_arms) {
            return compute(values);
        }
        let mut left = MOST_WORLDS - 1;
        self.split_within(values, look, span, compute, &mut left)
    }

    fn split_within(
        &self,
        values: &[Value],
        look: Look,
        span: Span,
        compute: &mut dyn FnMut(&[Value]) -> Value,
        left: &mut usize,
    ) -> Value {
        let Some(decision) = values.iter().find_map(|value| value.decision(look)) else { return compute(values) };
        let heavy = values.iter().map(|value| u64::from(value.size.weight)).sum::<u64>();
        self.charge(heavy / 16);
        if heavy > MOST_SPLIT || self.exhausted() {
            return Value::unknown_because(Arc::clone(&decision.why), span);
        }
        let many = *left == 0;
        *left = left.saturating_sub(1);
        let mut arm = |taken| {
            let choice = if many { Choice::All(taken) } else { Choice::One(decision, taken) };
            let given: Vec<Value> = values.iter().map(|value| value.given(&choice, false)).collect();
            self.split_within(&given, look, span, compute, left)
        };
        let (then, otherwise) = (arm(true), arm(false));
        if many {
            // All conditions hold, or none does, or something between: then what rests on them is unknown.
            let between = Decision { about: self.next_number().to_string().into(), equals: None, ..decision.clone() };
            let open: Vec<Value> = values.iter().map(|value| value.given(&Choice::Neither, false)).collect();
            return choose(decision, &then, &choose(&between, &otherwise, &compute(&open), span), span);
        }
        self.charge(u64::from(then.size.weight.saturating_add(otherwise.size.weight)) / 16);
        choose(decision, &then, &otherwise, span)
    }
}
