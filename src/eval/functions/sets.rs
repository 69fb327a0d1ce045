//! Set operations.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/setunion> and its neighbours.

use std::sync::Arc;

use super::convert::{make_set, unify};
use super::lists::too_many;
use super::{ANY, Call, Function, Outcome, function, items_of};
use crate::eval::conversion::undecided;
use crate::eval::value::{Kind, List, Typed, Value, equal};

pub const TABLE: &[Function] = &[
    function("setunion", 1, ANY, setunion),
    function("setintersection", 1, ANY, setintersection),
    function("setsubtract", 2, 2, setsubtract),
    function("setproduct", 2, ANY, setproduct),
];

/// An unknown set leaves the members of the others known.
fn setunion(call: &Call) -> Outcome {
    let mut items = Vec::new();
    let mut more = None;
    for argument in call.arguments {
        match &argument.kind {
            Kind::List(list) => {
                items.extend(items_of(list, argument));
                more = more.or(list.more.clone());
            }
            Kind::Unknown(_) | Kind::Lazy(_) => more = more.or(Some(call.opened(argument))),
            _ => return Err(call.wrong("set")),
        }
    }
    give(call, items, more)
}

fn give(call: &Call, items: Vec<Value>, more: Option<Arc<crate::eval::unknown::Unknown>>) -> Outcome {
    let set = make_set(call, items, more)?;
    Ok(Value::new(Kind::List(Arc::new(set)), call.span).typed(Typed::Collection))
}

/// The members of all sets, in one type.
fn unified(call: &Call) -> Outcome<Vec<Vec<Value>>> {
    let mut all = Vec::new();
    let mut lengths = Vec::new();
    for index in 0..call.count() {
        let list = call.closed_list(index)?;
        all.extend(items_of(list, call.raw(index)?));
        lengths.push(list.items.len());
    }
    unify(call, &mut all)?;
    let mut all = all.into_iter();
    Ok(lengths.into_iter().map(|length| all.by_ref().take(length).collect()).collect())
}

fn is_in(call: &Call, item: &Value, others: &[Value]) -> Outcome<bool> {
    let mut answer = Ok(false);
    for other in others {
        match equal(item, other) {
            Some(true) => return Ok(true),
            Some(false) => {}
            None => answer = Err(call.any_unknown()),
        }
    }
    answer
}

fn setintersection(call: &Call) -> Outcome {
    let mut sets = unified(call)?.into_iter();
    let mut items = sets.next().unwrap_or_default();
    for other in sets {
        let mut kept = Vec::new();
        for item in items {
            if is_in(call, &item, &other)? {
                kept.push(item);
            }
        }
        items = kept;
    }
    give(call, items, None)
}

fn setsubtract(call: &Call) -> Outcome {
    let mut sets = unified(call)?.into_iter();
    let (first, second) = (sets.next().unwrap_or_default(), sets.next().unwrap_or_default());
    let mut items = Vec::new();
    for item in first {
        if !is_in(call, &item, &second)? {
            items.push(item);
        }
    }
    give(call, items, None)
}

/// More combinations than any configuration has, fewer than hurt.
const MOST_COMBINATIONS: usize = 100_000;

fn setproduct(call: &Call) -> Outcome {
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    let mut set = true;
    let mut more = None;
    for (index, argument) in call.arguments.iter().enumerate() {
        let list = call.closed_list(index)?;
        set &= list.set;
        more = more.or_else(|| if list.set { undecided(&list.items) } else { None });
        if rows.len().saturating_mul(list.items.len()) > MOST_COMBINATIONS {
            return Err(too_many(call, "setproduct makes more than 100,000 combinations"));
        }
        let mut items: Vec<Value> = items_of(list, argument).collect();
        unify(call, &mut items)?;
        rows = rows.iter().flat_map(|row| items.iter().map(|item| row.iter().chain([item]).cloned().collect())).collect();
    }
    let items = rows.into_iter().map(|row| Value::list(row, call.span).typed(Typed::Structural)).collect();
    Ok(Value::new(Kind::List(Arc::new(List { items, set, more: if set { None } else { more }, ..List::default() })), call.span)
        .typed(Typed::Collection))
}
