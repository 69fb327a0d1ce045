//! Type constraints of variables, as far as they change values: `optional` attributes with defaults, conversions
//! (language/expressions/type-constraints).

use std::collections::HashMap;
use std::sync::Arc;

use super::arms::choose;
use super::functions;
use super::functions::typing::in_one_type;
use super::number::Number;
use super::unknown::Unknown;
use super::value::{Entry, Kind, Lazy, List, Object, Typed, Value};
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::hcl;

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

impl Type {
    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Bool | Type::Number | Type::String)
    }

    /// Whether `any` stands in it, so that values of it may differ in type.
    fn is_open(&self) -> bool {
        match self {
            Type::Any => true,
            Type::Bool | Type::Number | Type::String => false,
            Type::List(item) | Type::Set(item) | Type::Map(item) => item.is_open(),
            Type::Tuple(items) => items.iter().any(Type::is_open),
            Type::Object(members) => members.iter().any(|member| member.kind.is_open()),
        }
    }
}

/// Reads a type constraint. What it does not understand is `Any`: a wrong type is for Terraform to refuse.
pub(super) fn parse(expr: &Expr, eval: &dyn Fn(&Expr) -> Value) -> Type {
    match &expr.kind {
        ExprKind::Variable(name) => primitive(name),
        // In JSON the constraint is an expression in a string.
        ExprKind::String(text) => match hcl::parse_expression(expr.span.file, text.value()) {
            Ok(parsed) if !matches!(parsed.tree.kind, ExprKind::String(_)) => parse(&parsed.tree, eval),
            _ => Type::Any,
        },
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
            let default = arguments.get(1).map(|default| convert(eval(default), &kind, None));
            Member { name, kind, optional: true, default }
        }
        _ => Member { name, kind: parse(constraint, eval), optional: false, default: None },
    }
}

/// The attribute of a resource or module call; nothing if it has none of this name.
pub(super) type MemberOf<'m> = &'m dyn Fn(Lazy, &str) -> Option<Value>;

/// The value as a variable of this type holds it; where Terraform refuses the conversion, an unknown that says so.
pub(super) fn convert(value: Value, kind: &Type, member_of: Option<MemberOf>) -> Value {
    let inner = |value: &Value, kind: &Type| convert(value.clone(), kind, member_of);
    if let Some(arms) = value.arms() {
        let converted = choose(&arms.decision, &inner(&arms.then, kind), &inner(&arms.otherwise, kind), value.span);
        return Value { way: value.way.clone(), ..converted };
    }
    let (converted, typed) = match (kind, &value.kind) {
        (Type::Object(members), Kind::Lazy(lazy)) if !lazy.any && member_of.is_some() => {
            let given = |member: &Member| {
                let value = member_of?(*lazy, &member.name)?;
                Some(Entry { key: Arc::clone(&member.name), key_span: value.span, value })
            };
            let object = Object { entries: members.iter().filter_map(given).collect(), ..Object::default() };
            (Kind::Object(Arc::new(convert_object(&object, members, &value, member_of))), Typed::Structural)
        }
        (Type::List(_) | Type::Set(_) | Type::Map(_), Kind::Null) => return Value { typed: Typed::Collection, ..value },
        (Type::Any, _) | (_, Kind::Null | Kind::Unknown(_) | Kind::Lazy(_)) => return value,
        (Type::Bool | Type::Number | Type::String, _) => return primitive_value(value, kind),
        (Type::List(item) | Type::Set(item), Kind::List(list)) => {
            let mut items: Vec<Value> = list.items.iter().map(|value| inner(value, item)).collect();
            if item.is_open() {
                match in_one_type(&items) {
                    Some(unified) => items = unified,
                    None => return refused(&value, "all elements must have the same type"),
                }
            }
            (Kind::List(Arc::new(collection(items, list, matches!(kind, Type::Set(_))))), Typed::Collection)
        }
        (Type::Tuple(kinds), Kind::List(list)) if !list.set && (kinds.len() == list.items.len() || list.more.is_some()) => {
            let items = list.items.iter().zip(kinds).map(|(value, kind)| inner(value, kind)).collect();
            (Kind::List(Arc::new(List { items, more: list.more.clone(), ..List::default() })), Typed::Structural)
        }
        (Type::Map(item), Kind::Object(object)) => {
            let mut values: Vec<Value> = object.entries.iter().map(|entry| inner(&entry.value, item)).collect();
            if item.is_open() {
                match in_one_type(&values) {
                    Some(unified) => values = unified,
                    None => return refused(&value, "all elements must have the same type"),
                }
            }
            let entries = object.entries.iter().zip(values).map(|(entry, value)| Entry { value, ..entry.clone() }).collect();
            (Kind::Object(Arc::new(Object { entries, ..object.as_ref().clone() })), Typed::Collection)
        }
        (Type::Object(members), Kind::Object(object)) => {
            (Kind::Object(Arc::new(convert_object(object, members, &value, member_of))), Typed::Structural)
        }
        (Type::List(_) | Type::Set(_) | Type::Tuple(_), _) => return refused(&value, "a list of this type is needed"),
        (Type::Map(_) | Type::Object(_), _) => return refused(&value, "an object or map is needed"),
    };
    Value { way: value.way.clone(), sensitive: value.sensitive, ..Value::new(converted, value.span).typed(typed) }
}

fn refused(value: &Value, message: &str) -> Value {
    Value::unknown(Unknown::failed(message, value.span), value.span)
}

/// What converts to what: language/expressions/types, "Type Conversion".
fn primitive_value(value: Value, kind: &Type) -> Value {
    let converted = match (kind, &value.kind) {
        (Type::Bool, Kind::Bool(_)) | (Type::Number, Kind::Number(_)) | (Type::String, Kind::String(_)) => return value,
        (Type::Bool | Type::Number, Kind::String(text)) => match text.known() {
            Some(text) => to_primitive(&text, kind),
            None => match value.first_unknown() {
                Some(unknown) => Some(Kind::Unknown(Arc::new(unknown.computed()))),
                None => return value,
            },
        },
        (Type::String, Kind::Bool(_) | Kind::Number(_)) => value.as_str().map(|text| Kind::String(Arc::new(text.into_owned()))),
        _ => None,
    };
    match converted {
        Some(kind) => Value { way: value.way.clone(), sensitive: value.sensitive, ..Value::new(kind, value.span) },
        None => refused(&value, "the value does not convert to the declared type"),
    }
}

fn to_primitive(text: &str, kind: &Type) -> Option<Kind> {
    match (kind, text) {
        (Type::Bool, "true" | "1") => Some(Kind::Bool(true)),
        (Type::Bool, "false" | "0") => Some(Kind::Bool(false)),
        (Type::Number, digits) => Number::parse(digits).map(Kind::Number),
        _ => None,
    }
}

/// The converted items of `from` as a list or set. A set is in Terraform's order, as is a list that is made of one.
fn collection(items: Vec<Value>, from: &List, set: bool) -> List {
    if !set {
        let more = from.more.clone().or_else(|| if from.set { functions::undecided(&items) } else { None });
        return List { items, set, more, ..List::default() };
    }
    let mut items = functions::distinct(items);
    items.sort_by(functions::order);
    List { items, set, more: from.more.clone(), ..List::default() }
}

/// Only the declared members stay; a missing optional one is its default or null.
fn convert_object(object: &Object, members: &[Member], whole: &Value, member_of: Option<MemberOf>) -> Object {
    let mut converted = Object { more: object.more.clone(), shadowed: object.shadowed.clone(), ..Object::default() };
    let entries: HashMap<&str, &Entry> = object.entries.iter().map(|entry| (&*entry.key, entry)).collect();
    for member in members {
        let given = entries.get(&*member.name).copied();
        let entry = match (given, &member.default) {
            (Some(entry), Some(default)) if entry.value.is_null() => Entry { value: default.clone(), ..entry.clone() },
            (Some(entry), _) => Entry { value: convert(entry.value.clone(), &member.kind, member_of), ..entry.clone() },
            (None, _) if object.more.is_some() => continue,
            (None, default) => {
                let value = match default {
                    Some(default) => default.clone(),
                    None if member.optional => convert(Value::null(whole.span), &member.kind, member_of),
                    None => refused(whole, &format!("attribute `{}` is required", member.name)),
                };
                Entry { key: Arc::clone(&member.name), key_span: value.span, value }
            }
        };
        converted.entries.push(entry);
    }
    converted
}
