//! Conditions that source does not decide, as they are evaluated: both arms of what rests on them, and what each arm knows of the others.

use std::sync::Arc;

use super::arms::{Choice, Decision, Look, MOST_WORLDS, choose};
use super::evaluator::Evaluator;
use super::expression::reason_of;
use super::scope::{Repetition, Scope};
use super::unknown::{Reason, Symbol, Unknown};
use super::value::{Kind, Object, Value};
use crate::source::Span;
use crate::syntax::ast::Expr;

/// An unknown key of an object with more members than this leads to none of them.
const MOST_KEYS: usize = 12;
/// Of a condition as it is written so many characters are shown.
const LONGEST_CONDITION: usize = 60;
/// Values with more to them than this are not taken apart: what depends on them is unknown.
const MOST_SPLIT: u64 = 200_000;

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
