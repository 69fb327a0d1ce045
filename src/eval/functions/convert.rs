//! Type conversions.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/tostring> and its neighbours; what converts to what:
//! <https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion>

use std::cmp::Ordering;
use std::sync::Arc;

use super::typing::{self, Type};
use super::{Call, Function, Outcome, function};
use crate::eval::json;
use crate::eval::unknown::Unknown;
use crate::eval::value::{Kind, List, Typed, Value, equal};

pub const TABLE: &[Function] = &[
    function("tostring", 1, 1, tostring),
    function("tolist", 1, 1, tolist),
    function("toset", 1, 1, toset),
    function("tomap", 1, 1, tomap),
    function("tonumber", 1, 1, tonumber),
    function("tobool", 1, 1, tobool),
    function("sensitive", 1, 1, |call| Ok(Value { sensitive: true, ..call.raw(0)?.clone() })),
    function("nonsensitive", 1, 1, |call| Ok(Value { sensitive: false, ..call.raw(0)?.clone() })),
    function("ephemeralasnull", 1, 1, |call| Ok(call.raw(0)?.clone())),
    function("issensitive", 1, 1, issensitive),
    function("type", 1, 1, super::strings::never_known),
];

/// Certain only of what is sensitive as it stands: what is computed from a sensitive value is so too, but does not tell.
fn issensitive(call: &Call) -> Outcome {
    if call.raw(0)?.sensitive { call.bool(true) } else { super::strings::never_known(call) }
}

/// A string that is only partly known is a string already; an unknown value converts to an unknown one of the same identity.
fn tostring(call: &Call) -> Outcome {
    let value = call.raw(0)?;
    match &value.kind {
        Kind::Null | Kind::Unknown(_) => Ok(value.clone()),
        _ => to_string(call, call.certain(value)?),
    }
}

/// The same value as a string, where it was written.
pub fn to_string(call: &Call, value: &Value) -> Outcome {
    match &value.kind {
        Kind::Null | Kind::Unknown(_) | Kind::String(_) => Ok(value.clone()),
        _ => {
            let text = value.known_string().ok_or_else(|| call.wrong("string"))?;
            let mut string = Value::string(text.as_ref(), value.span);
            string.way = value.way.clone();
            Ok(string)
        }
    }
}

fn tonumber(call: &Call) -> Outcome {
    let value = call.raw(0)?;
    match &value.kind {
        Kind::Null | Kind::Number(_) => Ok(value.clone()),
        Kind::Bool(_) => Err(call.wrong("number")),
        _ => Ok(Value { way: value.way.clone(), ..Value::number(call.number(0)?, value.span) }),
    }
}

fn tobool(call: &Call) -> Outcome {
    let value = call.raw(0)?;
    if value.is_null() {
        return Ok(value.clone());
    }
    Ok(Value { way: value.way.clone(), ..Value::bool(to_bool(call, value)?, value.span) })
}

pub fn to_bool(call: &Call, value: &Value) -> Outcome<bool> {
    match &call.certain(value)?.kind {
        Kind::Bool(value) => Ok(*value),
        Kind::String(text) => match text.known().as_deref() {
            Some("true" | "1") => Ok(true),
            Some("false" | "0") => Ok(false),
            Some(_) => Err(call.wrong("bool")),
            None => Err(call.opened(value)),
        },
        _ => Err(call.wrong("bool")),
    }
}

fn tolist(call: &Call) -> Outcome {
    let value = call.raw(0)?;
    if value.is_null() {
        return Ok(value.clone());
    }
    let list = call.list(0)?;
    let mut items = list.items.clone();
    unify(call, &mut items)?;
    let more = list.more.clone().or_else(|| if list.set { undecided(&list.items) } else { None });
    Ok(Value { way: value.way.clone(), span: value.span, ..call.give_list(items, more)? })
}

/// Why it is not known where the items of a set stand, and how many of them there are.
pub fn undecided(items: &[Value]) -> Option<Arc<Unknown>> {
    if items.len() < 2 { None } else { items.iter().find_map(Value::first_unknown).map(|unknown| Arc::new(unknown.computed())) }
}

fn toset(call: &Call) -> Outcome {
    let value = call.raw(0)?;
    if value.is_null() {
        return Ok(value.clone());
    }
    let list = call.list(0)?;
    let set = make_set(call, list.items.clone(), list.more.clone())?;
    Ok(Value { way: value.way.clone(), ..Value::new(Kind::List(Arc::new(set)), value.span).typed(Typed::Collection) })
}

/// One item of each that are certainly equal, in Terraform's order as far as that is known.
pub fn make_set(call: &Call, mut items: Vec<Value>, more: Option<Arc<Unknown>>) -> Outcome<List> {
    unify(call, &mut items)?;
    let mut items = distinct(items);
    items.sort_by(order);
    Ok(List { items, set: true, more, ..List::default() })
}

/// The first of each that are certainly equal.
pub fn distinct(items: Vec<Value>) -> Vec<Value> {
    let mut seen = std::collections::HashSet::new();
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        // Strings are most of what is compared, and may be many.
        let new = match (&item.kind, item.known_string()) {
            (Kind::String(_), Some(text)) => seen.insert(text.into_owned()),
            _ => !kept.iter().any(|other| equal(other, &item) == Some(true)),
        };
        if new {
            kept.push(item);
        }
    }
    kept
}

/// Strings by their bytes, numbers by size, `false` first; what is unknown at the end, in the order given. Terraform orders anything
/// else by a hash; here it is by its JSON text, so that equal sets are equal lists.
pub fn order(a: &Value, b: &Value) -> Ordering {
    let by_rank = rank(a).cmp(&rank(b));
    by_rank.then_with(|| match (&a.kind, &b.kind) {
        (Kind::Bool(a), Kind::Bool(b)) => a.cmp(b),
        (Kind::Number(a), Kind::Number(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        _ if rank(a) == 6 => Ordering::Equal,
        (Kind::String(a), Kind::String(b)) => a.known().cmp(&b.known()),
        _ => json::encode(a).cmp(&json::encode(b)),
    })
}

fn rank(value: &Value) -> u8 {
    match &value.kind {
        _ if value.first_unknown().is_some() => 6,
        Kind::Bool(_) => 0,
        Kind::Number(_) => 1,
        Kind::String(_) => 2,
        Kind::List(_) => 3,
        Kind::Object(_) => 4,
        Kind::Null => 5,
        Kind::Unknown(_) | Kind::Lazy(_) => 6,
    }
}

fn tomap(call: &Call) -> Outcome {
    let value = call.raw(0)?;
    if value.is_null() {
        return Ok(value.clone());
    }
    let object = call.object(0)?;
    let mut values: Vec<Value> = object.entries.iter().map(|entry| entry.value.clone()).collect();
    unify(call, &mut values)?;
    let mut map = object.clone();
    for (entry, value) in map.entries.iter_mut().zip(values) {
        entry.value = value;
    }
    Ok(Value { way: value.way.clone(), ..Value::object(map, value.span).typed(Typed::Collection) })
}

/// Gives the values one type, as the items of a list have it: where one is a string, all are.
pub fn unify(call: &Call, values: &mut [Value]) -> Outcome<()> {
    let types: Vec<Type> = values.iter().map(Type::of).collect();
    if let Some((first, others)) = types.split_first()
        && others.iter().all(|other| other == first)
    {
        return Ok(());
    }
    let refused = || call.fail("all elements must have the same type");
    let common = typing::unify(&types).ok_or_else(refused)?;
    for value in values {
        *value = typing::convert(value, &common).ok_or_else(refused)?;
    }
    Ok(())
}
