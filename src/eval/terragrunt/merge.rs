//! How the inputs of a file are merged with those of the files that it includes ("include", `merge_strategy`).

use std::sync::Arc;

use super::super::value::{Entry, Kind, List, Object, Value};

/// The child's members win. `deep` merges objects within objects, and puts the parent's items before the child's.
pub(super) fn merged(parent: &Value, child: &Value, deep: bool) -> Value {
    match (&parent.kind, &child.kind) {
        (_, Kind::Null) => parent.clone(),
        (Kind::Object(parent), Kind::Object(object)) => Value { span: child.span, ..objects(parent, object, child, deep) },
        // Members that the child does not have may come from the parent, whatever they are.
        (Kind::Unknown(unknown), Kind::Object(object)) => {
            let more = object.more.clone().or_else(|| Some(Arc::clone(unknown)));
            Value::object(Object { more, ..object.as_ref().clone() }, child.span)
        }
        (Kind::List(parent), Kind::List(list)) if deep => {
            let items = parent.items.iter().chain(&list.items).cloned().collect();
            let more = parent.more.clone().or_else(|| list.more.clone());
            Value::new(Kind::List(Arc::new(List { items, more, ..List::default() })), child.span)
        }
        _ => child.clone(),
    }
}

fn objects(parent: &Object, child: &Object, whole: &Value, deep: bool) -> Value {
    let mut merged = Object { more: child.more.clone().or_else(|| parent.more.clone()), ..Object::default() };
    for entry in &parent.entries {
        let value = match (child.get(&entry.key), &child.more) {
            (Some(own), _) if deep => self::merged(&entry.value, own, true),
            (Some(own), _) => own.clone(),
            (None, Some(more)) => Value::unknown(more.computed(), entry.value.span),
            (None, None) => entry.value.clone(),
        };
        let key_span = child.entries.iter().find(|own| own.key == entry.key).map_or(entry.key_span, |own| own.key_span);
        merged.entries.push(Entry { value, key_span, key: Arc::clone(&entry.key) });
    }
    let new = child.entries.iter().filter(|entry| parent.get(&entry.key).is_none());
    merged.entries.extend(new.cloned());
    Value::object(merged, whole.span)
}
