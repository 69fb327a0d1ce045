//! Conversion of values to types, as cty does it: for variables, for functions, and for what several values have in common.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion>

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::arms::choose;
use super::json;
use super::number::Number;
use super::types::{Member, Type, in_one_type};
use super::unknown::{Reason, Unknown};
use super::value::{Entry, Kind, Lazy, List, Object, Typed, Value, equal};

/// The attribute of a resource or module call; nothing if it has none of this name.
pub(super) type MemberOf<'m> = &'m dyn Fn(Lazy, &str) -> Option<Value>;

/// The value as a variable of this type holds it; what Terraform refuses to convert is an unknown that says so.
pub(super) fn convert(value: Value, kind: &Type, member_of: Option<MemberOf>) -> Value {
    Conversion { member_of, declared: true, refuses: Cell::new(false) }.of(value, kind)
}

/// The value in a type that it has in common with others. Nothing where Terraform refuses any of it; what is not known stays as it is.
pub(super) fn convert_whole(value: &Value, kind: &Type) -> Option<Value> {
    let conversion = Conversion { member_of: None, declared: false, refuses: Cell::new(false) };
    let converted = conversion.of(value.clone(), kind);
    (!conversion.refuses.get()).then_some(converted)
}

struct Conversion<'m> {
    member_of: Option<MemberOf<'m>>,
    /// Whether the type is written in source, and not only that of some value.
    declared: bool,
    /// Whether Terraform refuses a part.
    refuses: Cell<bool>,
}

impl Conversion<'_> {
    fn of(&self, value: Value, kind: &Type) -> Value {
        if let Some(arms) = value.arms() {
            let arm = |arm: &Value| self.of(arm.clone(), kind);
            let converted = choose(&arms.decision, &arm(&arms.then), &arm(&arms.otherwise), value.span);
            return Value { way: value.way.clone(), ..converted };
        }
        // What a resource holds may be another tuple than the one that it looks like.
        let structural = if self.declared { Typed::Structural } else { value.typed };
        let (converted, typed) = match (kind, &value.kind) {
            (Type::Object(members), Kind::Lazy(lazy)) if !lazy.any && self.member_of.is_some() => {
                (self.object(&self.attributes(*lazy, members, &value), members, &value), structural)
            }
            (Type::List(_) | Type::Set(_) | Type::Map(_), Kind::Null) => return Value { typed: Typed::Collection, ..value },
            (Type::Any, _) | (_, Kind::Null | Kind::Unknown(_) | Kind::Lazy(_)) => return value,
            (Type::Bool | Type::Number | Type::String, _) => return self.primitive(value, kind),
            (Type::List(item) | Type::Set(item), Kind::List(list)) => {
                let Some(items) = self.items(list.items.iter(), item) else { return self.refused(&value, ALIKE) };
                (Kind::List(Arc::new(collection(items, list, matches!(kind, Type::Set(_))))), Typed::Collection)
            }
            (Type::Tuple(kinds), Kind::List(list)) if !list.set && (kinds.len() == list.items.len() || list.more.is_some()) => {
                let items = list.items.iter().zip(kinds).map(|(value, kind)| self.of(value.clone(), kind)).collect();
                (Kind::List(Arc::new(List { items, more: list.more.clone(), ..List::default() })), structural)
            }
            (Type::Map(item), Kind::Object(object)) => {
                let values = self.items(object.entries.iter().map(|entry| &entry.value), item);
                let Some(values) = values else { return self.refused(&value, ALIKE) };
                let entries = object.entries.iter().zip(values).map(|(entry, value)| Entry { value, ..entry.clone() }).collect();
                (Kind::Object(Arc::new(Object { entries, ..object.as_ref().clone() })), Typed::Collection)
            }
            (Type::Object(members), Kind::Object(object)) => (self.object(object, members, &value), structural),
            (Type::List(_) | Type::Set(_) | Type::Tuple(_), _) => return self.refused(&value, "a list of this type is needed"),
            (Type::Map(_) | Type::Object(_), _) => return self.refused(&value, "an object or map is needed"),
        };
        Value { way: value.way.clone(), sensitive: value.sensitive, ..Value::new(converted, value.span).typed(typed) }
    }

    fn refused(&self, value: &Value, message: &str) -> Value {
        self.refuses.set(true);
        Value::unknown(Unknown::failed(message, value.span), value.span)
    }

    /// The elements of a list, set or map in their type. Nothing if that is any, and they have none in common.
    fn items<'a>(&self, items: impl Iterator<Item = &'a Value>, kind: &Type) -> Option<Vec<Value>> {
        let items: Vec<Value> = items.map(|item| self.of(item.clone(), kind)).collect();
        if kind.is_open() { in_one_type(&items) } else { Some(items) }
    }

    fn primitive(&self, value: Value, kind: &Type) -> Value {
        let refused = || self.refused(&value, "the value does not convert to the declared type");
        let converted = match (kind, &value.kind) {
            (Type::Bool, Kind::Bool(_)) | (Type::Number, Kind::Number(_)) | (Type::String, Kind::String(_)) => return value,
            (Type::Bool | Type::Number, Kind::String(_)) => match (value.first_unknown(), kind) {
                (Some(unknown), _) => Some(Kind::Unknown(Arc::new(unknown.computed()))),
                (None, Type::Bool) => value.known_bool().map(Kind::Bool),
                (None, _) if value.known_string().is_some_and(|text| Number::is_too_large(&text)) => {
                    let limit = Unknown::new(Reason::Limit("so large a number is given up".into()), value.span);
                    Some(Kind::Unknown(Arc::new(limit)))
                }
                (None, _) => value.known_number().map(Kind::Number),
            },
            (Type::String, _) => value.as_str().map(|text| Kind::String(Arc::new(text.into_owned()))),
            _ => None,
        };
        let Some(kind) = converted else { return refused() };
        Value { way: value.way.clone(), sensitive: value.sensitive, ..Value::new(kind, value.span) }
    }

    /// What an object type asks of a resource or module call.
    fn attributes(&self, lazy: Lazy, members: &[Member], value: &Value) -> Object {
        let given = |member: &Member| {
            let attribute = self.member_of?(lazy, &member.name)?;
            Some(Entry { key: Arc::clone(&member.name), key_span: value.span, value: attribute })
        };
        Object { entries: members.iter().filter_map(given).collect(), ..Object::default() }
    }

    /// Only the declared members stay; a missing optional one is its default or null.
    fn object(&self, object: &Object, members: &[Member], whole: &Value) -> Kind {
        let mut converted = Object { more: object.more.clone(), shadowed: object.shadowed.clone(), ..Object::default() };
        let entries: HashMap<&str, &Entry> = object.entries.iter().map(|entry| (&*entry.key, entry)).collect();
        for member in members {
            let given = entries.get(&*member.name).copied();
            let entry = match (given, &member.default) {
                (Some(entry), Some(default)) if entry.value.is_null() => Entry { value: default.clone(), ..entry.clone() },
                (Some(entry), _) => Entry { value: self.of(entry.value.clone(), &member.kind), ..entry.clone() },
                (None, _) if object.more.is_some() => continue,
                (None, default) => {
                    let value = match default {
                        Some(default) => default.clone(),
                        None if member.optional => self.of(Value::null(whole.span), &member.kind),
                        None => self.refused(whole, &format!("attribute `{}` is required", member.name)),
                    };
                    Entry { key: Arc::clone(&member.name), key_span: value.span, value }
                }
            };
            converted.entries.push(entry);
        }
        Kind::Object(Arc::new(converted))
    }
}

const ALIKE: &str = "all elements must have the same type";

/// The converted items of `from` as a list or set. A list that is made of a set is in Terraform's order.
fn collection(items: Vec<Value>, from: &List, set: bool) -> List {
    if set {
        return List { items: set_of(items), set, more: from.more.clone(), ..List::default() };
    }
    let more = from.more.clone().or_else(|| if from.set { undecided(&items) } else { None });
    List { items, more, ..List::default() }
}

/// One item of each that are certainly equal, in Terraform's order as far as that is known.
pub(super) fn set_of(items: Vec<Value>) -> Vec<Value> {
    let mut items = distinct(items);
    items.sort_by(order);
    items
}

/// Why it is not known where the items of a set stand, and how many of them there are.
pub(super) fn undecided(items: &[Value]) -> Option<Arc<Unknown>> {
    if items.len() < 2 { None } else { items.iter().find_map(Value::first_unknown).map(|unknown| Arc::new(unknown.computed())) }
}

/// The first of each that are certainly equal.
pub(super) fn distinct(items: Vec<Value>) -> Vec<Value> {
    let mut seen = HashSet::new();
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
pub(super) fn order(a: &Value, b: &Value) -> Ordering {
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
