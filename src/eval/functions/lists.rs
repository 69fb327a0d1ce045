//! Functions that make lists of lists.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/concat> and its neighbours.

use std::sync::Arc;

use super::convert::{to_string, unify};
use super::segments::{certainly_text, is_word};
use super::{ANY, Call, Function, Outcome, function, items_of};
use crate::eval::conversion::{self, undecided};
use crate::eval::number::Number;
use crate::eval::unknown::{Reason, Unknown};
use crate::eval::value::{Kind, List, Typed, Value, equal};

pub const TABLE: &[Function] = &[
    function("concat", 1, ANY, concat),
    function("compact", 1, 1, compact),
    function("flatten", 1, 1, flatten),
    function("distinct", 1, 1, distinct),
    function("sort", 1, 1, sort),
    function("slice", 3, 3, slice),
    function("reverse", 1, 1, reverse),
    function("chunklist", 2, 2, chunklist),
    function("range", 1, 3, range),
    function("matchkeys", 3, 3, matchkeys),
    function("coalescelist", 1, ANY, coalescelist),
];

/// An unknown list leaves the items of the others known, but not where they stand. Lists make a list, and tuples a tuple.
fn concat(call: &Call) -> Outcome {
    let mut items = Vec::new();
    let mut more = None;
    for argument in call.arguments {
        match &argument.kind {
            Kind::List(list) if !list.set => {
                items.extend(items_of(list, argument));
                more = more.or(list.more.clone());
            }
            Kind::Unknown(_) | Kind::Lazy(_) => more = more.or(Some(call.opened(argument))),
            _ => return Err(call.wrong("list")),
        }
    }
    let typed = |typed: Typed| call.arguments.iter().all(|argument| argument.typed == typed);
    if typed(Typed::Collection) {
        let mut unified = items.clone();
        // Lists whose items have no type in common make a tuple.
        return match unify(call, &mut unified) {
            Ok(_) => call.give_list(unified, more),
            Err(_) => Ok(call.give_list(items, more)?.typed(Typed::Structural)),
        };
    }
    let structural = call.arguments.iter().any(|argument| argument.typed == Typed::Structural);
    Ok(call.give_list(items, more)?.typed(if structural { Typed::Structural } else { Typed::Open }))
}

/// Takes out null and the empty string. What may yet turn out to be one of them may yet be missing.
fn compact(call: &Call) -> Outcome {
    let list = call.list(0)?;
    let mut more = list.more.clone().or_else(|| if list.set { undecided(&list.items) } else { None });
    let mut items = Vec::new();
    for item in items_of(list, call.raw(0)?) {
        match &item.kind {
            Kind::Null => {}
            Kind::String(text) if text.known().is_some_and(|text| text.is_empty()) => {}
            Kind::String(text) if text.known().is_none() && !certainly_text(text) => {
                more = more.or_else(|| item.first_unknown());
                items.push(item);
            }
            Kind::Unknown(unknown) => {
                if !is_word(unknown) {
                    more = more.or_else(|| Some(Arc::clone(unknown)));
                }
                items.push(item);
            }
            Kind::Lazy(_) => return Err(call.opened(&item)),
            _ => items.push(to_string(call, &item)?),
        }
    }
    call.give_list(items, more)
}

/// An unknown item may be a list of any length, unless it is known to be a string. One with an identity is kept as an item, too.
fn flatten(call: &Call) -> Outcome {
    let mut flat = List::default();
    flatten_into(call.list(0)?, call.raw(0)?, &mut flat);
    Ok(call.give_list(flat.items, flat.more)?.typed(Typed::Structural))
}

fn flatten_into(list: &List, container: &Value, flat: &mut List) {
    if let Some(more) = list.more.clone().or_else(|| if list.set { undecided(&list.items) } else { None }) {
        flat.more.get_or_insert(more);
    }
    for item in items_of(list, container) {
        match &item.kind {
            Kind::List(inner) => flatten_into(inner, &item, flat),
            Kind::Unknown(unknown) if !is_word(unknown) => {
                flat.more.get_or_insert_with(|| Arc::clone(unknown));
                if unknown.symbol.is_some() {
                    flat.items.push(item);
                }
            }
            _ => flat.items.push(item),
        }
    }
}

fn distinct(call: &Call) -> Outcome {
    let list = call.list(0)?;
    let mut items: Vec<Value> = items_of(list, call.raw(0)?).collect();
    unify(call, &mut items)?;
    let items = conversion::distinct(items);
    let more = list.more.clone().or_else(|| doubtful(&items));
    call.give_list(items, more)
}

/// Why it is not known whether all items differ.
fn doubtful(items: &[Value]) -> Option<Arc<Unknown>> {
    let open: Vec<&Value> = items.iter().filter(|item| item.first_unknown().is_some()).collect();
    // So many unknown items say nothing anyway.
    let pairs = open.iter().take(200).any(|item| items.iter().any(|other| !std::ptr::eq(*item, other) && equal(item, other).is_none()));
    if pairs || open.len() > 200 {
        open.first().and_then(|item| item.first_unknown()).map(|unknown| Arc::new(unknown.computed()))
    } else {
        None
    }
}

/// Of strings only; what is unknown may stand anywhere.
fn sort(call: &Call) -> Outcome {
    let list = call.list(0)?;
    let mut items = Vec::new();
    for item in items_of(list, call.raw(0)?) {
        if item.is_null() {
            return Err(call.fail("given list element is null; a null string cannot be sorted"));
        }
        if matches!(item.kind, Kind::Lazy(_)) {
            return Err(call.opened(&item));
        }
        items.push(to_string(call, &item)?);
    }
    items.sort_by_cached_key(|item| {
        let text = item.known_string().map(std::borrow::Cow::into_owned);
        (text.is_none(), text)
    });
    let more = list.more.clone().or_else(|| undecided(&items));
    call.give_list(items, more)
}

fn slice(call: &Call) -> Outcome {
    let list = call.closed_list(0)?;
    let (start, end) = (call.whole(1)?, call.whole(2)?);
    if list.set {
        return Err(call.fail("cannot slice a set, because its elements do not have indices"));
    }
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let items: Vec<Value> = items_of(list, call.raw(0)?).collect();
    match range.and_then(|(start, end)| items.get(start..end)) {
        Some(items) => call.give_same(call.raw(0)?, items.to_vec(), None),
        None => Err(call.fail("slice bounds must be within the list")),
    }
}

fn reverse(call: &Call) -> Outcome {
    let list = call.list(0)?;
    let more = list.more.clone().or_else(|| if list.set { undecided(&list.items) } else { None });
    let mut items: Vec<Value> = items_of(list, call.raw(0)?).collect();
    items.reverse();
    call.give_same(call.raw(0)?, items, more)
}

fn chunklist(call: &Call) -> Outcome {
    let list = call.closed_list(0)?;
    let Ok(size) = usize::try_from(call.whole(1)?) else { return Err(call.fail("the size argument must be positive")) };
    let mut items: Vec<Value> = items_of(list, call.raw(0)?).collect();
    unify(call, &mut items)?;
    let size = if size == 0 { items.len().max(1) } else { size };
    let chunks = items.chunks(size).map(|chunk| Value::list(chunk.to_vec(), call.span).typed(Typed::Collection)).collect();
    call.give_list(chunks, None)
}

/// Terraform's own bound.
const LONGEST_RANGE: usize = 1024;

fn range(call: &Call) -> Outcome {
    let (start, end) = if call.count() == 1 { (Number::whole(0), call.number(0)?) } else { (call.number(0)?, call.number(1)?) };
    let down = end < start;
    let step = if call.count() == 3 { call.number(2)? } else { Number::whole(if down { -1 } else { 1 }) };
    let zero = Number::whole(0);
    if step == zero || (down && step > zero) || (!down && step < zero) {
        return Err(call.fail("step must lead from start to end"));
    }
    let mut items = Vec::new();
    let mut number = start;
    while if down { number > end } else { number < end } {
        if items.len() >= LONGEST_RANGE {
            return Err(call.fail(format!("more than {LONGEST_RANGE} values were generated; either decrease the difference between start and end or use a smaller step")));
        }
        items.push(Value::number(number.clone(), call.span));
        number = number.add(&step).ok_or_else(|| call.fail("number too large"))?;
    }
    call.give_list(items, None)
}

/// The items of the first list whose keys, in the second, are in the third.
fn matchkeys(call: &Call) -> Outcome {
    let (values, keys, wanted) = (call.closed_list(0)?, call.closed_list(1)?, call.closed_list(2)?);
    if values.items.len() != keys.items.len() {
        return Err(call.fail("length of keys and values should be equal"));
    }
    // Keys and wanted keys get one type before they are compared.
    let mut compared: Vec<Value> = keys.items.iter().chain(&wanted.items).cloned().collect();
    unify(call, &mut compared)?;
    let (keys, wanted) = compared.split_at_checked(keys.items.len()).unwrap_or_default();
    let mut items = Vec::new();
    for (value, key) in items_of(values, call.raw(0)?).zip(keys) {
        let answers: Vec<Option<bool>> = wanted.iter().map(|wanted| equal(key, wanted)).collect();
        if answers.contains(&Some(true)) {
            items.push(value);
        } else if answers.contains(&None) {
            return Err(call.any_unknown());
        }
    }
    call.give_list(items, None)
}

fn coalescelist(call: &Call) -> Outcome {
    for argument in call.arguments {
        // The null of a variable is of a list's type; one that is written is of none.
        if argument.is_null() && argument.typed == Typed::Collection {
            continue;
        }
        match &call.certain(argument)?.kind {
            Kind::List(list) if list.set => return Err(call.wrong("list")),
            Kind::List(list) if !list.items.is_empty() && (list.more.is_none() || certainly_longer_than_none(list)) => {
                return Ok(argument.clone());
            }
            Kind::List(list) => {
                if let Some(more) = &list.more {
                    return Err(Arc::new(more.computed()));
                }
            }
            _ => return Err(call.wrong("list")),
        }
    }
    Err(call.fail("no non-null, non-empty-list arguments"))
}

/// `compact` and `distinct` keep items that may yet fall away, but never those that are known.
fn certainly_longer_than_none(list: &List) -> bool {
    list.items.iter().any(|item| item.first_unknown().is_none())
}

/// What a function refuses to compute because of its size.
pub fn too_many(call: &Call, what: &str) -> Arc<Unknown> {
    Arc::new(Unknown::new(Reason::Limit(what.into()), call.span))
}
