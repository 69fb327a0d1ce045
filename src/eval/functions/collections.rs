//! Functions that ask something of a collection.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/length> and its neighbours.

use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation as _;

use super::convert::{to_bool, unify};
use super::segments::{certainly_text, is_word};
use super::{ANY, Call, Function, Outcome, function};
use crate::eval::conversion::undecided;
use crate::eval::number::Number;
use crate::eval::value::{Kind, List, Value, equal};

pub const TABLE: &[Function] = &[
    function("length", 1, 1, length),
    function("contains", 2, 2, contains),
    function("coalesce", 1, ANY, coalesce),
    function("element", 2, 2, element),
    function("one", 1, 1, one),
    function("index", 2, 2, index),
    function("alltrue", 1, 1, |call| quantify(call, false)),
    function("anytrue", 1, 1, |call| quantify(call, true)),
    function("sum", 1, 1, sum),
];

fn length(call: &Call) -> Outcome {
    let value = call.argument(0)?;
    let (length, open) = match &value.kind {
        Kind::List(list) => (list.items.len(), list.more.clone().or_else(|| if list.set { undecided(&list.items) } else { None })),
        Kind::Object(object) => (object.entries.len(), object.more.clone()),
        Kind::String(_) => (call.text(0)?.graphemes(true).count(), None),
        _ => return Err(call.fail("argument must be a string, a collection type, or a structural type")),
    };
    match open {
        Some(open) => Err(Arc::new(open.computed())),
        None => call.give_number(Some(Number::whole(length as i128))),
    }
}

/// Compares without conversion: `"1"` is not `1`.
fn contains(call: &Call) -> Outcome {
    let list = call.list(0)?;
    let wanted = call.raw(1)?;
    if wanted.is_null() {
        return Err(call.fail("argument must not be null"));
    }
    let answers: Vec<Option<bool>> = list.items.iter().map(|item| equal(item, wanted)).collect();
    if answers.contains(&Some(true)) {
        // An item that may yet be dropped from a set of unknowns is unknown itself, so a certain match is certain.
        return call.bool(true);
    }
    match &list.more {
        Some(more) => Err(Arc::new(more.computed())),
        None if answers.contains(&None) => Err(call.any_unknown()),
        None => call.bool(false),
    }
}

/// The first argument that is neither null nor an empty string, in the type of all of them.
fn coalesce(call: &Call) -> Outcome {
    let mut arguments = call.arguments.to_vec();
    unify(call, &mut arguments)?;
    for argument in arguments {
        match &argument.kind {
            Kind::Null => {}
            Kind::String(text) if text.known().is_some_and(|text| text.is_empty()) => {}
            // A word is neither; a text with a known part is not empty.
            Kind::Unknown(unknown) if !is_word(unknown) => return Err(call.opened(&argument)),
            Kind::String(text) if text.known().is_none() && !certainly_text(text) => return Err(call.opened(&argument)),
            _ => return Ok(argument),
        }
    }
    Err(call.fail("no non-null, non-empty-string arguments"))
}

/// Wraps round at the end.
fn element(call: &Call) -> Outcome {
    let list = ordered(call)?;
    let index = call.whole(1)?;
    if index < 0 {
        return Err(call.fail("cannot use element function with a negative index"));
    }
    if list.items.is_empty() {
        return Err(call.fail("cannot use element function with an empty list"));
    }
    let index = usize::try_from(index % list.items.len() as i128).unwrap_or(0);
    match list.items.get(index) {
        Some(item) => Ok(item.clone().out_of(&call.raw(0)?.way)),
        None => Err(call.fail("cannot use element function with an empty list")),
    }
}

/// A list whose items are certain to stand where they stand.
fn ordered<'a>(call: &Call<'a>) -> Outcome<&'a List> {
    let list = call.closed_list(0)?;
    if list.set { Err(call.fail("cannot read elements from set of values")) } else { Ok(list) }
}

fn one(call: &Call) -> Outcome {
    let argument = call.argument(0)?;
    let list = call.closed_list(0)?;
    match list.items.as_slice() {
        [] => Ok(Value::null(call.span)),
        [only] => Ok(only.clone().out_of(&argument.way)),
        items if list.set && undecided(items).is_some() => Err(call.any_unknown()),
        _ => Err(call.fail("must be a list, set, or tuple value with either zero or one elements")),
    }
}

fn index(call: &Call) -> Outcome {
    let list = ordered(call)?;
    let wanted = call.argument(1)?;
    for (index, item) in list.items.iter().enumerate() {
        match equal(item, wanted) {
            Some(true) => return call.give_number(Some(Number::whole(index as i128))),
            None => return Err(call.any_unknown()),
            Some(false) => {}
        }
    }
    Err(call.fail("item not found"))
}

/// `alltrue` and `anytrue`: one item that is `decisive` decides, whatever the unknown ones are. Null counts as false.
fn quantify(call: &Call, decisive: bool) -> Outcome {
    let list = call.list(0)?;
    let mut open = list.more.as_ref().map(|more| Arc::new(more.computed()));
    let mut decided = false;
    for item in &list.items {
        match if item.is_null() { Ok(false) } else { to_bool(call, item) } {
            Ok(value) => decided |= value == decisive,
            Err(unknown) if unknown.is_failed() => return Err(unknown),
            Err(unknown) => open = open.or(Some(unknown)),
        }
    }
    match open {
        _ if decided => call.bool(decisive),
        Some(open) => Err(open),
        None => call.bool(!decisive),
    }
}

fn sum(call: &Call) -> Outcome {
    let list = call.closed_list(0)?;
    let mut total = None;
    for item in &list.items {
        let number = call.number_of(item)?;
        total = match total {
            None => Some(number),
            Some(sum) => Some(sum.add(&number).ok_or_else(|| call.fail("number too large"))?),
        };
    }
    match total {
        Some(total) => call.give_number(Some(total)),
        None => Err(call.fail("cannot sum an empty list")),
    }
}
