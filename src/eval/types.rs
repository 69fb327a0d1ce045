//! Types: those that type constraints name, those that values have, and what several have in common, as cty does it.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion>

use std::sync::Arc;

use super::conversion::convert_whole;
use super::value::{Entry, Kind, Typed, Value};

/// A type, or what is known of one. `Any` is that of null and of what is unknown: nothing is said about it, and it fits everything.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type {
    Any,
    Bool,
    Number,
    String,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    /// Sorted by name.
    Object(Vec<Member>),
}

/// An attribute of an object type. Only type constraints have optional ones, and defaults for them.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub name: Arc<str>,
    pub kind: Type,
    pub optional: bool,
    pub default: Option<Value>,
}

impl Member {
    fn required(name: Arc<str>, kind: Type) -> Member {
        Member { name, kind, optional: false, default: None }
    }
}

/// Types of values are compared, which have no defaults.
impl PartialEq for Member {
    fn eq(&self, other: &Member) -> bool {
        self.name == other.name && self.kind == other.kind && self.optional == other.optional
    }
}

impl Type {
    pub fn of(value: &Value) -> Type {
        match &value.kind {
            Kind::Null | Kind::Unknown(_) | Kind::Lazy(_) => Type::Any,
            Kind::Bool(_) => Type::Bool,
            Kind::Number(_) => Type::Number,
            Kind::String(_) => Type::String,
            Kind::List(list) if list.set => Type::Set(Box::new(shared(list.items.iter()))),
            Kind::List(list) if value.typed == Typed::Collection => Type::List(Box::new(shared(list.items.iter()))),
            Kind::List(list) if list.more.is_some() => Type::Any,
            Kind::List(list) => Type::Tuple(list.items.iter().map(Type::of).collect()),
            Kind::Object(object) if value.typed == Typed::Collection => {
                Type::Map(Box::new(shared(object.entries.iter().map(|entry| &entry.value))))
            }
            Kind::Object(object) if object.more.is_some() => Type::Any,
            Kind::Object(object) => {
                let member = |entry: &Entry| Member::required(Arc::clone(&entry.key), Type::of(&entry.value));
                Type::object(object.entries.iter().map(member).collect())
            }
        }
    }

    pub fn object(mut members: Vec<Member>) -> Type {
        members.sort_by(|a, b| a.name.cmp(&b.name));
        Type::Object(members)
    }

    fn element(&self) -> Option<&Type> {
        match self {
            Type::List(element) | Type::Set(element) | Type::Map(element) => Some(element),
            _ => None,
        }
    }

    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// Whether `any` stands in it, so that values of it may differ in type.
    pub fn is_open(&self) -> bool {
        match self {
            Type::Any => true,
            Type::Bool | Type::Number | Type::String => false,
            Type::List(item) | Type::Set(item) | Type::Map(item) => item.is_open(),
            Type::Tuple(items) => items.iter().any(Type::is_open),
            Type::Object(members) => members.iter().any(|member| member.kind.is_open()),
        }
    }
}

/// The type of the items of a list, set or map, which have one: what any of them says about it.
fn shared<'a>(items: impl Iterator<Item = &'a Value>) -> Type {
    items.map(Type::of).fold(Type::Any, join)
}

fn join(a: Type, b: Type) -> Type {
    match (a, b) {
        (Type::Any, other) | (other, Type::Any) => other,
        (Type::List(a), Type::List(b)) => Type::List(Box::new(join(*a, *b))),
        (Type::Set(a), Type::Set(b)) => Type::Set(Box::new(join(*a, *b))),
        (Type::Map(a), Type::Map(b)) => Type::Map(Box::new(join(*a, *b))),
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => Type::Tuple(a.into_iter().zip(b).map(|(a, b)| join(a, b)).collect()),
        (Type::Object(a), Type::Object(b)) if a.len() == b.len() => {
            Type::Object(a.into_iter().zip(b).map(|(a, b)| Member::required(a.name, join(a.kind, b.kind))).collect())
        }
        (a, _) => a,
    }
}

/// The type that all of the types convert to; nothing if there is none.
fn unify(types: &[Type]) -> Option<Type> {
    let mut types: Vec<&Type> = types.iter().filter(|kind| **kind != Type::Any).collect();
    types.dedup();
    let Some((first, others)) = types.split_first() else { return Some(Type::Any) };
    if others.is_empty() {
        return Some(Type::clone(first));
    }
    let all = |test: fn(&Type) -> bool| types.iter().all(|kind| test(kind));
    if all(Type::is_primitive) {
        let string = types.contains(&&Type::String);
        return if string { Some(Type::String) } else { others.iter().all(|other| other == first).then(|| Type::clone(first)) };
    }
    if all(|kind| matches!(kind, Type::Tuple(_))) {
        return unify_tuples(&types);
    }
    if all(|kind| matches!(kind, Type::Object(_))) {
        return unify_objects(&types);
    }
    if all(|kind| matches!(kind, Type::Map(_) | Type::Object(_))) {
        return Some(Type::Map(Box::new(unify_elements(&types)?)));
    }
    if all(|kind| matches!(kind, Type::List(_) | Type::Tuple(_))) {
        return Some(Type::List(Box::new(unify_elements(&types)?)));
    }
    if all(|kind| matches!(kind, Type::Set(_))) {
        return Some(Type::Set(Box::new(unify_elements(&types)?)));
    }
    // Of sets and lists, the set or list that all the others convert to.
    let sequence = |kind: &Type| matches!(kind, Type::Set(_) | Type::List(_) | Type::Tuple(_));
    let wanted = types.iter().find(|wanted| matches!(wanted, Type::Set(_)) && types.iter().all(|kind| converts(kind, wanted)));
    wanted.filter(|_| all(sequence)).map(|wanted| Type::clone(wanted))
}

/// Tuples of one length keep it.
fn unify_tuples(types: &[&Type]) -> Option<Type> {
    let tuples: Vec<&Vec<Type>> = types.iter().filter_map(|kind| if let Type::Tuple(items) = kind { Some(items) } else { None }).collect();
    let length = tuples.first().map_or(0, |first| first.len());
    if tuples.iter().any(|tuple| tuple.len() != length) {
        return Some(Type::List(Box::new(unify_elements(types)?)));
    }
    let column = |index: usize| tuples.iter().filter_map(|tuple| tuple.get(index).cloned()).collect::<Vec<_>>();
    Some(Type::Tuple((0..length).map(|index| unify(&column(index))).collect::<Option<_>>()?))
}

/// Objects of the same members keep them; others become maps.
fn unify_objects(types: &[&Type]) -> Option<Type> {
    let objects: Vec<_> = types.iter().filter_map(|kind| if let Type::Object(members) = kind { Some(members) } else { None }).collect();
    let first = objects.first()?;
    let same = |other: &&Vec<Member>| other.len() == first.len() && other.iter().zip(first.iter()).all(|(a, b)| a.name == b.name);
    if !objects.iter().all(same) {
        return Some(Type::Map(Box::new(unify_elements(types)?)));
    }
    let column = |index: usize| objects.iter().filter_map(|object| object.get(index).map(|member| member.kind.clone())).collect::<Vec<_>>();
    let members = first.iter().enumerate().map(|(index, one)| Some(Member::required(Arc::clone(&one.name), unify(&column(index))?)));
    Some(Type::Object(members.collect::<Option<_>>()?))
}

fn unify_elements(types: &[&Type]) -> Option<Type> {
    let mut elements = Vec::new();
    for kind in types {
        match kind {
            Type::Tuple(items) => elements.extend(items.iter().cloned()),
            Type::Object(members) => elements.extend(members.iter().map(|member| member.kind.clone())),
            other => elements.extend(other.element().cloned()),
        }
    }
    unify(&elements)
}

/// Whether values of a type may be converted to another; with strings it is their text that decides.
fn converts(from: &Type, to: &Type) -> bool {
    match (from, to) {
        (Type::Any, _) | (_, Type::Any) => true,
        (from, Type::String) => from.is_primitive(),
        (Type::String, Type::Bool | Type::Number) => true,
        (Type::Tuple(items), Type::List(element) | Type::Set(element)) => items.iter().all(|item| converts(item, element)),
        (Type::List(item) | Type::Set(item), Type::List(element) | Type::Set(element)) => converts(item, element),
        (Type::Map(item), Type::Map(element)) => converts(item, element),
        (Type::Object(members), Type::Map(element)) => members.iter().all(|member| converts(&member.kind, element)),
        (Type::Tuple(a), Type::Tuple(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| converts(a, b)),
        (Type::Object(a), Type::Object(b)) => {
            b.iter().all(|wanted| a.iter().any(|given| given.name == wanted.name && converts(&given.kind, &wanted.kind)))
        }
        (from, to) => from == to,
    }
}

/// The values in the type that all have in common. Nothing if they have none.
pub fn in_one_type(values: &[Value]) -> Option<Vec<Value>> {
    let types: Vec<Type> = values.iter().map(Type::of).collect();
    if types.iter().zip(types.iter().skip(1)).all(|(one, next)| one == next) {
        return Some(values.to_vec());
    }
    let common = unify(&types)?;
    values.iter().map(|value| convert_whole(value, &common)).collect()
}

/// What a conditional gives: `chosen`, in the type that both arms have in common. Nothing where Terraform refuses such arms.
pub fn in_common_type(chosen: Value, other: &Value) -> Option<Value> {
    let (own, others) = (Type::of(&chosen), Type::of(other));
    if own == others || own == Type::Any || others == Type::Any {
        return Some(chosen);
    }
    match unify(&[own, others]).and_then(|common| convert_whole(&chosen, &common)) {
        Some(converted) => Some(converted),
        // What a resource holds may be of another type than what is written there.
        None if is_certain(&chosen) && is_certain(other) => None,
        None => Some(chosen),
    }
}

/// Whether the other arm of a conditional is sure to make no difference to this one: only numbers and bools become something else.
pub fn settles(chosen: &Value, other_says_its_type: bool) -> bool {
    match &chosen.kind {
        Kind::Null | Kind::Unknown(_) | Kind::Lazy(_) => true,
        _ => !other_says_its_type && !converts_to_text(chosen),
    }
}

fn converts_to_text(value: &Value) -> bool {
    match &value.kind {
        Kind::Bool(_) | Kind::Number(_) => true,
        Kind::List(list) => list.items.iter().any(converts_to_text),
        Kind::Object(object) => object.entries.iter().any(|entry| converts_to_text(&entry.value)),
        _ => false,
    }
}

/// Whether nothing in it is of a type that source does not tell.
fn is_certain(value: &Value) -> bool {
    match &value.kind {
        Kind::List(list) => value.typed != Typed::Open && list.items.iter().all(is_certain),
        Kind::Object(object) => value.typed != Typed::Open && object.entries.iter().all(|entry| is_certain(&entry.value)),
        Kind::Unknown(_) | Kind::Lazy(_) => false,
        _ => true,
    }
}
