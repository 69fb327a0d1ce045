//! Type constraints of variables, as far as they change values: `optional` attributes with defaults, conversions
//! (language/expressions/type-constraints).

use std::sync::Arc;

use super::arms::choose;
use super::functions::typing::in_one_type;
use super::number::Number;
use super::value::{Entry, Kind, List, Object, Typed, Value};
use crate::syntax::ast::{Expr, ExprKind};

/// A type constraint.
#[derive(Clone, Debug)]
pub(super) enum Type {
    Any,
    Bool,
    Number,
    String,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    Object(Vec<Member>),
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    name: Arc<str>,
    kind: Type,
    optional: bool,
    default: Option<Value>,
}

/// Reads a type constraint. What it does not understand is `Any`: a wrong type is for Terraform to refuse.
pub(super) fn parse(expr: &Expr, eval: &dyn Fn(&Expr) -> Value) -> Type {
    match &expr.kind {
        ExprKind::Variable(name) => primitive(name),
        ExprKind::String(text) => primitive(text.value()),
        ExprKind::Parenthesis(inner) => parse(inner, eval),
        ExprKind::Call { name, arguments, .. } => match (&*name.text, arguments.as_slice()) {
            ("list", [item]) => Type::List(Box::new(parse(item, eval))),
            ("set", [item]) => Type::Set(Box::new(parse(item, eval))),
            ("map", [item]) => Type::Map(Box::new(parse(item, eval))),
            ("tuple", [Expr { kind: ExprKind::List(items), .. }]) => Type::Tuple(items.iter().map(|item| parse(item, eval)).collect()),
            ("object", [Expr { kind: ExprKind::Object(items), .. }]) => {
                let member = |item: &crate::syntax::ast::ObjectItem| Some(member(member_name(&item.key)?, &item.value, eval));
                Type::Object(items.iter().filter_map(member).collect())
            }
            _ => Type::Any,
        },
        _ => Type::Any,
    }
}

fn primitive(name: &str) -> Type {
    match name {
        "string" => Type::String,
        "number" => Type::Number,
        "bool" => Type::Bool,
        "list" => Type::List(Box::new(Type::Any)),
        "map" => Type::Map(Box::new(Type::Any)),
        "set" => Type::Set(Box::new(Type::Any)),
        _ => Type::Any,
    }
}

fn member_name(key: &Expr) -> Option<Arc<str>> {
    match &key.kind {
        ExprKind::String(text) => Some(text.shared()),
        ExprKind::Variable(name) => Some(Arc::clone(name)),
        _ => None,
    }
}

fn member(name: Arc<str>, constraint: &Expr, eval: &dyn Fn(&Expr) -> Value) -> Member {
    match &constraint.kind {
        ExprKind::Call { name: function, arguments, .. } if &*function.text == "optional" => {
            let kind = arguments.first().map_or(Type::Any, |inner| parse(inner, eval));
            let default = arguments.get(1).map(|default| convert(eval(default), &kind));
            Member { name, kind, optional: true, default }
        }
        _ => Member { name, kind: parse(constraint, eval), optional: false, default: None },
    }
}

/// The value as a variable of this type holds it. What cannot be converted stays as it is.
pub(super) fn convert(value: Value, kind: &Type) -> Value {
    if let Some(arms) = value.arms() {
        let converted = choose(&arms.decision, &convert(arms.then.clone(), kind), &convert(arms.otherwise.clone(), kind), value.span);
        return Value { way: value.way.clone(), ..converted };
    }
    match (kind, &value.kind) {
        (Type::Bool, Kind::String(_)) => match value.known_bool() {
            Some(known) => Value { kind: Kind::Bool(known), ..value },
            None => value,
        },
        (Type::Number, Kind::String(text)) => match text.known().and_then(|text| Number::parse(&text)) {
            Some(number) => Value { kind: Kind::Number(number), ..value },
            None => value,
        },
        (Type::String, Kind::Bool(_) | Kind::Number(_)) => match value.as_str().map(|text| text.into_owned()) {
            Some(text) => Value { kind: Kind::String(Arc::new(text)), ..value },
            None => value,
        },
        (Type::List(item) | Type::Set(item), Kind::List(list)) => {
            let set = matches!(kind, Type::Set(_));
            let mut items: Vec<Value> = Vec::new();
            for converted in convert_all(list.items.iter(), item) {
                let twice = set && items.iter().any(|known| super::value::equal(known, &converted) == Some(true));
                if !twice {
                    items.push(converted);
                }
            }
            Value { kind: Kind::List(Arc::new(List { items, set, more: list.more.clone() })), typed: Typed::Collection, ..value }
        }
        (Type::Tuple(kinds), Kind::List(list)) if kinds.len() == list.items.len() => {
            let items = list.items.iter().zip(kinds).map(|(value, kind)| convert(value.clone(), kind)).collect();
            Value { kind: Kind::List(Arc::new(List { items, set: false, more: list.more.clone() })), ..value }
        }
        (Type::Map(item), Kind::Object(object)) => {
            let values = convert_all(object.entries.iter().map(|entry| &entry.value), item);
            let entries = object.entries.iter().zip(values).map(|(entry, value)| Entry { value, ..entry.clone() }).collect();
            let object = Object { entries, ..object.as_ref().clone() };
            Value { kind: Kind::Object(Arc::new(object)), typed: Typed::Collection, ..value }
        }
        (Type::Object(members), Kind::Object(object)) => {
            let object = convert_object(object, members, &value);
            Value { kind: Kind::Object(Arc::new(object)), ..value }
        }
        _ => value,
    }
}

/// The elements of a list or map, which have one type even where the constraint says `any`.
fn convert_all<'a>(values: impl Iterator<Item = &'a Value>, kind: &Type) -> Vec<Value> {
    let converted = values.map(|value| convert(value.clone(), kind)).collect();
    if matches!(kind, Type::Any) { in_one_type(converted) } else { converted }
}

/// Only the declared members stay; a missing optional one is its default or null.
fn convert_object(object: &Object, members: &[Member], whole: &Value) -> Object {
    let mut converted = Object { more: object.more.clone(), ..Object::default() };
    for member in members {
        let given = object.entries.iter().find(|entry| entry.key == member.name);
        let entry = match (given, &member.default) {
            (Some(entry), Some(default)) if entry.value.is_null() => Entry { value: default.clone(), ..entry.clone() },
            (Some(entry), _) => Entry { value: convert(entry.value.clone(), &member.kind), ..entry.clone() },
            (None, _) if object.more.is_some() || !member.optional => continue,
            (None, default) => {
                let value = default.clone().unwrap_or_else(|| Value::null(whole.span));
                Entry { key: Arc::clone(&member.name), key_span: value.span, value }
            }
        };
        converted.entries.push(entry);
    }
    converted
}
