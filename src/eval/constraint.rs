//! Type constraints as they are written (language/expressions/type-constraints).

use std::sync::Arc;

use super::conversion::convert;
use super::types::{Member, Type};
use super::value::Value;
use crate::syntax::ast::{Expr, ExprKind, ObjectItem};
use crate::syntax::hcl;

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
                let member = |item: &ObjectItem| Some(member(member_name(&item.key)?, &item.value, eval));
                Type::object(items.iter().filter_map(member).collect())
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
