//! Functions over maps and objects.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/merge> and its neighbours.

use std::sync::Arc;

use super::convert::unify;
use super::{ANY, Call, Function, Outcome, function};
use crate::eval::conversion::convert_whole;
use crate::eval::types::Type;
use crate::eval::unknown::Unknown;
use crate::eval::value::{Entry, Kind, List, Object, OpenEntry, Value};

pub const TABLE: &[Function] = &[
    function("merge", 0, ANY, merge),
    function("lookup", 2, 3, lookup),
    function("keys", 1, 1, keys),
    function("values", 1, 1, values),
    function("zipmap", 2, 2, zipmap),
    function("transpose", 1, 1, transpose),
];

/// Later maps win. An unknown map may hold any key, so the values before it are not certain while those after it are; that the keys
/// are there is certain.
fn merge(call: &Call) -> Outcome {
    let mut merged = Object::default();
    for argument in call.arguments {
        match &argument.kind {
            Kind::Null => {}
            Kind::Object(object) => {
                if let Some(more) = &object.more {
                    obscure(&mut merged, more, if object.is_open_only() { &object.open } else { &[] });
                }
                for entry in &object.entries {
                    merged.set(Entry { value: entry.value.clone().out_of(&argument.way), ..entry.clone() });
                }
                merged.shadowed.extend(object.shadowed.iter().cloned());
                merged.take_open(object, &argument.way);
            }
            Kind::Unknown(_) | Kind::Lazy(_) => obscure(&mut merged, &call.opened(argument), &[]),
            _ => return Err(call.fail("arguments must be maps or objects")),
        }
    }
    Ok(Value::object(merged, call.span))
}

/// Notes that members which are not known come later, which may be any, or those with the keys of `open`.
fn obscure(merged: &mut Object, unknown: &Arc<Unknown>, open: &[OpenEntry]) {
    let lost = |value: &Value| Value::unknown(unknown.computed(), value.span);
    for entry in merged.entries.iter_mut().filter(|entry| open.is_empty() || open.iter().any(|later| later.may_be(&entry.key))) {
        entry.value = lost(&entry.value);
    }
    for entry in merged.open.iter_mut().filter(|entry| open.is_empty() || open.iter().any(|later| later.may_be_key_of(entry))) {
        entry.value = lost(&entry.value);
    }
    if merged.more.is_none() || merged.is_open_only() {
        merged.more = Some(Arc::clone(unknown));
    }
}

/// The default has the type of the map's elements; an object's members have each their own.
fn lookup(call: &Call) -> Outcome {
    let container = call.argument(0)?;
    let object = call.object(0)?;
    let key = call.text(1)?;
    let mut default = call.arguments.get(2).cloned();
    if let (Type::Map(element), Some(given)) = (Type::of(container), &default) {
        default =
            Some(convert_whole(given, &element).ok_or_else(|| call.fail("the default value must have the type of the map's elements"))?);
    }
    match (object.get(&key), &object.more, default) {
        (Some(value), _, _) => Ok(value.clone().out_of(&container.way)),
        (None, Some(more), _) => Err(Arc::new(more.computed())),
        (None, None, Some(default)) => Ok(default),
        (None, None, None) => Err(call.fail(format!("lookup failed to find key {key:?}"))),
    }
}

/// In the order in which Terraform goes through a map.
fn sorted(object: &Object) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = object.entries.iter().collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries
}

fn keys(call: &Call) -> Outcome {
    let object = call.object(0)?;
    let way = &call.raw(0)?.way;
    let items = sorted(object).into_iter().map(|entry| Value::string(Arc::clone(&entry.key), entry.key_span).out_of(way)).collect();
    call.give_same(call.raw(0)?, items, object.more.clone())
}

fn values(call: &Call) -> Outcome {
    let object = call.object(0)?;
    let way = &call.raw(0)?.way;
    let items = sorted(object).into_iter().map(|entry| entry.value.clone().out_of(way)).collect();
    call.give_same(call.raw(0)?, items, object.more.clone())
}

fn zipmap(call: &Call) -> Outcome {
    let (keys, values) = (call.closed_list(0)?, call.list(1)?);
    if values.set {
        return Err(call.wrong("list"));
    }
    if let Some(more) = &values.more {
        return Err(Arc::new(more.computed()));
    }
    if keys.items.len() != values.items.len() {
        return Err(call.fail("number of keys does not match number of values"));
    }
    let (key_way, value_way) = (&call.raw(0)?.way, &call.raw(1)?.way);
    let mut object = Object::default();
    for (key, value) in keys.items.iter().zip(&values.items) {
        if call.certain(key).is_err() && !key.is_null() {
            // Which member this is cannot be said; it may be any of those before it.
            obscure(&mut object, &call.opened(key), &[]);
            continue;
        }
        let text = call.certain(key)?.known_string();
        match text {
            Some(text) => {
                object.set(Entry { key: text.into(), key_span: key.clone().out_of(key_way).span, value: value.clone().out_of(value_way) })
            }
            None if key.first_unknown().is_some() => obscure(&mut object, &call.opened(key), &[]),
            None => return Err(call.wrong("list of strings")),
        }
    }
    Ok(Value::object(object, call.span))
}

/// A map of lists of strings, turned round.
fn transpose(call: &Call) -> Outcome {
    let object = call.object(0)?;
    if let Some(more) = &object.more {
        return Err(Arc::new(more.computed()));
    }
    let mut turned: Vec<(String, Vec<Value>)> = Vec::new();
    for entry in sorted(object) {
        let list = match &call.certain(&entry.value)?.kind {
            Kind::List(list) => list,
            _ => return Err(call.wrong("map of lists of strings")),
        };
        if let Some(more) = &list.more {
            return Err(Arc::new(more.computed()));
        }
        for item in &list.items {
            let text = match call.certain(item)?.known_string() {
                Some(text) => text.into_owned(),
                None => return Err(call.opened(item)),
            };
            let key = Value::string(Arc::clone(&entry.key), entry.key_span);
            match turned.iter_mut().find(|(existing, _)| *existing == text) {
                Some((_, keys)) => keys.push(key),
                None => turned.push((text, vec![key])),
            }
        }
    }
    let mut result = Object::default();
    for (key, mut keys) in turned {
        unify(call, &mut keys)?;
        let list = Value::new(Kind::List(Arc::new(List { items: keys, ..List::default() })), call.span);
        result.set(Entry { key: key.into(), key_span: call.span, value: list });
    }
    Ok(Value::object(result, call.span))
}
