//! Type conversions.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/tostring> and its neighbours; what converts to what:
//! <https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion>

use std::sync::Arc;

use super::{Call, Function, Outcome, function};
use crate::eval::conversion::{convert_whole, set_of};
use crate::eval::types::{Type, in_one_type};
use crate::eval::unknown::Unknown;
use crate::eval::value::{Kind, List, Value};

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
    convert_whole(value, &Type::String).ok_or_else(|| call.wrong("string"))
}

fn tonumber(call: &Call) -> Outcome {
    converted(call, &Type::Number, "number")
}

fn tobool(call: &Call) -> Outcome {
    converted(call, &Type::Bool, "bool")
}

pub fn to_bool(call: &Call, value: &Value) -> Outcome<bool> {
    let converted = convert_whole(call.certain(value)?, &Type::Bool).ok_or_else(|| call.wrong("bool"))?;
    converted.known_bool().ok_or_else(|| call.opened(value))
}

fn tolist(call: &Call) -> Outcome {
    converted(call, &Type::List(Box::new(Type::Any)), "list")
}

fn toset(call: &Call) -> Outcome {
    converted(call, &Type::Set(Box::new(Type::Any)), "list")
}

fn tomap(call: &Call) -> Outcome {
    converted(call, &Type::Map(Box::new(Type::Any)), "map")
}

fn converted(call: &Call, kind: &Type, wanted: &str) -> Outcome {
    let value = call.raw(0)?;
    let value = if value.is_null() { value } else { call.certain(value)? };
    convert_whole(value, kind).ok_or_else(|| call.wrong(wanted))
}

/// A set of the items, in one type.
pub fn make_set(call: &Call, mut items: Vec<Value>, more: Option<Arc<Unknown>>) -> Outcome<List> {
    unify(call, &mut items)?;
    Ok(List { items: set_of(items), set: true, more, ..List::default() })
}

/// Gives the values one type, as the items of a list have it: where one is a string, all are.
pub fn unify(call: &Call, values: &mut Vec<Value>) -> Outcome<()> {
    *values = in_one_type(values).ok_or_else(|| call.fail("all elements must have the same type"))?;
    Ok(())
}
