//! What one condition key of a request can be, so that some conditions hold and others do not.
//!
//! A key is absent, has one value, or has several. Several values are judged as AWS does: `ForAllValues` is about each of them and
//! `ForAnyValue` about one at least, so what they leave is one value for each that must be there, within what all must be in (IAM User Guide,
//! "Single-valued vs. multivalued context keys"; "Set operators for multivalued context keys").

use std::sync::{Arc, LazyLock};

use super::question::{Caller, UNNAMED};
use crate::catalog::{self, Presence};
use crate::policy::condition::{Family, Operator, SetOperator};
use crate::policy::passing::Passing;
use crate::policy::pattern::Pattern;
use crate::policy::request::{Carried, Request};
use crate::policy::{Condition, Item};
use crate::truth::Truth;

/// A condition that is to hold, or not to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub condition: &'a Condition,
    pub holds: bool,
}

/// What a key can be, and which it is. Without one the truth is not Yes.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub truth: Truth,
    pub carried: Option<Carried>,
    /// What it took to find, in the unit of searches for requests.
    pub work: usize,
}

/// As many places of patterns as this take what one part of a search for requests does.
const PLACES: usize = 500;

impl Key {
    fn known(carried: Carried) -> Key {
        Key { truth: Truth::Yes, carried: Some(carried), work: 0 }
    }

    fn or(self, other: Key) -> Key {
        let work = self.work + other.work;
        let either = if self.truth == Truth::Yes { self } else { Key::without(self.truth.or(other.truth)) };
        Key { work, ..either }
    }

    fn without(truth: Truth) -> Key {
        Key { truth, carried: None, work: 0 }
    }
}

impl Wanted<'_> {
    /// Whether it is as wanted where the request carries this.
    pub(super) fn met(&self, request: &Request) -> Truth {
        let holds = self.condition.holds(request);
        if self.holds { holds } else { holds.opposite() }
    }
}

/// What `key` can be so that all of `wanted`, which are on it, are met.
pub(super) fn find(key: &str, wanted: &[Wanted], caller: &Caller) -> Key {
    if !caller.leaves_open(key) {
        let truth = Truth::all(wanted.iter().map(|one| one.met(&caller.request)));
        return Key { carried: truth.certainly().then(|| caller.request.get(key).clone()), ..Key::without(truth) };
    }
    if is_never_there(key) {
        return absent(key, wanted);
    }
    let limits = caller.limits.iter().chain(AT_THE_EARLIEST.iter()).filter(|condition| condition.key.eq_ignore_ascii_case(key));
    let wanted: Vec<Wanted> = wanted.iter().copied().chain(limits.map(|condition| Wanted { condition, holds: true })).collect();
    let wanted = wanted.as_slice();
    let absent = if is_always_there(key) { Key::without(Truth::No) } else { absent(key, wanted) };
    if absent.truth == Truth::Yes {
        return absent;
    }
    // An operator for one value says of several what it says of each of them, as long as that is the same.
    let one = if wanted.iter().any(Wanted::is_single) { single(key, wanted) } else { Key::without(Truth::No) };
    let present = if one.truth == Truth::Yes { one } else { several(key, wanted).or(one) };
    match present.truth {
        Truth::Yes => present,
        truth => Key { work: present.work, ..Key::without(truth.or(absent.truth)) },
    }
}

/// No request is of a time before this: whoever has to can only wait.
static AT_THE_EARLIEST: LazyLock<[Condition; 2]> = LazyLock::new(|| {
    [
        Condition::of("DateGreaterThanEquals", "aws:CurrentTime", &["2026-11-01T00:00:00Z"]),
        Condition::of("NumericGreaterThanEquals", "aws:EpochTime", &["1793491200"]),
    ]
});

/// Whether AWS makes no such key of its own: what is written so is a slip (`unknown-condition-key`).
fn is_never_there(key: &str) -> bool {
    key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) && catalog::condition_key(key).is_none()
}

fn is_always_there(key: &str) -> bool {
    catalog::presence(key) == Presence::Always
}

fn absent(key: &str, wanted: &[Wanted]) -> Key {
    let request = Request::bare().without(key);
    match Truth::all(wanted.iter().map(|one| one.met(&request))) {
        Truth::Yes => Key::known(Carried::Absent),
        truth => Key::without(truth),
    }
}

impl Wanted<'_> {
    fn is_null(&self) -> bool {
        self.condition.operator.family() == Family::Null
    }

    /// Whether it is about a key with one value: what it says of several is not documented.
    fn is_single(&self) -> bool {
        self.condition.operator.set.is_none() && !self.is_null()
    }

    /// Whether every value must pass, and not only one.
    pub(super) fn is_of_all(&self) -> bool {
        match self.condition.operator.set {
            Some(SetOperator::ForAllValues) => self.holds,
            Some(SetOperator::ForAnyValue) => !self.holds,
            None => true,
        }
    }

    /// What a value must pass; nothing where that cannot be said as a condition.
    pub(super) fn as_condition(&self) -> Option<Condition> {
        let operator = self.condition.operator;
        let plain = |base| Operator { set: None, base, if_exists: false };
        if self.holds {
            return Some(Condition { operator: plain(operator.base), ..self.condition.clone() });
        }
        if operator.family() == Family::Bool {
            return opposite_flag(self.condition, plain(operator.base));
        }
        Some(Condition { operator: plain(operator.base.opposite()?), ..self.condition.clone() })
    }
}

impl Wanted<'_> {
    /// `Null` with what it asks of presence, where it is to hold or not.
    pub(super) fn as_presence(&self) -> Option<Condition> {
        if !self.is_null() || self.holds {
            return self.is_null().then(|| self.condition.clone());
        }
        opposite_flag(self.condition, self.condition.operator)
    }
}

/// One value that meets all of them.
fn single(key: &str, wanted: &[Wanted]) -> Key {
    let mut truth = nulls_met(key, wanted);
    let mut conditions = Vec::new();
    for one in wanted.iter().filter(|one| !one.is_null()) {
        match one.as_condition() {
            Some(condition) => conditions.push(condition),
            None => truth = truth.and(Truth::Unknown),
        }
    }
    let found = value(&conditions);
    let key = match (truth.and(found.truth), found.text) {
        (Truth::Yes, Some(value)) => Key::known(Carried::Values(vec![value])),
        (truth, _) => Key::without(if truth == Truth::Yes { Truth::Unknown } else { truth }),
    };
    Key { work: found.work, ..key }
}

/// Values of which each that must be there is, within what all must be in.
fn several(key: &str, wanted: &[Wanted]) -> Key {
    let mut truth = nulls_met(key, wanted);
    let (mut all, mut some) = (Vec::new(), Vec::new());
    for one in wanted.iter().filter(|one| !one.is_null()) {
        match one.as_condition() {
            Some(condition) if one.is_of_all() => all.push(condition),
            Some(condition) => some.push(condition),
            None => truth = truth.and(Truth::Unknown),
        }
    }
    let each: Vec<Value> = match some.is_empty() {
        true => vec![value(&all)],
        false => some.iter().map(|one| value(&[all.as_slice(), std::slice::from_ref(one)].concat())).collect(),
    };
    let truth = truth.and(Truth::all(each.iter().map(|value| value.truth)));
    let work = each.iter().map(|value| value.work).sum();
    let values: Option<Vec<Arc<str>>> = each.into_iter().map(|value| value.text).collect();
    let key = match (truth, values) {
        (Truth::Yes, Some(values)) => Key::known(Carried::Values(values)),
        (Truth::Yes, None) => Key::without(Truth::Unknown),
        (truth, _) => Key::without(truth),
    };
    Key { work, ..key }
}

/// Whether the conditions on presence are met where the key is there.
fn nulls_met(key: &str, wanted: &[Wanted]) -> Truth {
    let present = Request::bare().carrying(key, Carried::Present);
    Truth::all(wanted.iter().filter(|one| one.is_null()).map(|one| one.met(&present)))
}

/// Whether there is a value, and which.
struct Value {
    truth: Truth,
    text: Option<Arc<str>>,
    work: usize,
}

/// A value that passes all conditions.
fn value(conditions: &[Condition]) -> Value {
    if conditions.is_empty() {
        return Value { truth: Truth::Yes, text: Some(UNNAMED.into()), work: 0 };
    }
    if conditions.iter().any(|one| one.operator.is_positive() && one.values.is_empty() && one.gap.is_none()) {
        return Value { truth: Truth::No, text: None, work: 0 };
    }
    // The empty text is no value at all to set operators.
    let (truth, example, places) = Passing::of(conditions.iter().collect(), Truth::Yes).outside(&[Pattern::exact("")]);
    let text = example.and_then(|example| example.as_exact().map(Arc::from));
    let truth = if truth == Truth::Yes && text.is_none() { Truth::Unknown } else { truth };
    Value { truth, text, work: places / PLACES }
}

/// `Bool` with the other value; with none where both are asked for. Nothing where what is asked for is not known.
fn opposite_flag(condition: &Condition, operator: Operator) -> Option<Condition> {
    let flag = |item: &Item| match item.pattern.as_exact() {
        Some(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Some(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    };
    let flags: Vec<bool> = condition.values.iter().map(flag).collect::<Option<_>>()?;
    let first = *flags.first()?;
    if condition.gap.is_some() {
        return None;
    }
    if flags.iter().any(|flag| *flag != first) {
        return Some(Condition { operator, values: Vec::new(), ..condition.clone() });
    }
    let other = if first { "false" } else { "true" };
    let value = condition.values.first()?;
    let item = Item { pattern: Pattern::exact(other), text: other.into(), place: value.place.clone() };
    Some(Condition { operator, values: vec![item], ..condition.clone() })
}
