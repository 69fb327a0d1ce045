//! The functions of Terraform's own provider, which write and read HCL.
//!
//! <https://developer.hashicorp.com/terraform/language/functions/terraform-encode_tfvars>

use std::fmt::Write as _;

use super::{Call, Function, Outcome, function};
use crate::eval::value::{Entry, Kind, List, Object, Typed, Value};
use crate::source::{File, FileKind, NoFiles, Sources, Span};
use crate::syntax::ast::{Expr, ExprKind};
use crate::syntax::hcl;

pub const TABLE: &[Function] = &[
    function("provider::terraform::encode_tfvars", 1, 1, encode_tfvars),
    function("provider::terraform::encode_expr", 1, 1, encode_expr),
    function("provider::terraform::decode_tfvars", 1, 1, decode_tfvars),
];

fn encode_tfvars(call: &Call) -> Outcome {
    let value = call.argument(0)?;
    let object = call.object(0)?;
    if value.first_unknown().is_some() {
        return Err(call.opened(value));
    }
    if let Some(entry) = object.entries.iter().find(|entry| !is_identifier(&entry.key)) {
        return Err(call.fail(format!("invalid variable name {:?}", entry.key)));
    }
    let mut text = String::new();
    members(object, 0, &mut text).ok_or_else(|| call.any_unknown())?;
    call.string(text)
}

fn encode_expr(call: &Call) -> Outcome {
    let value = call.argument(0)?;
    if value.first_unknown().is_some() {
        return Err(call.opened(value));
    }
    let mut text = String::new();
    write(value, 0, &mut text).ok_or_else(|| call.any_unknown())?;
    call.string(text)
}

/// Deeper is no expression that somebody reads.
const DEEPEST: usize = 200;

/// Nothing where the text is not certain: how Terraform lays out members of several lines.
fn write(value: &Value, depth: usize, text: &mut String) -> Option<()> {
    if depth > DEEPEST {
        return None;
    }
    match &value.kind {
        Kind::Null => text.push_str("null"),
        Kind::Bool(_) | Kind::Number(_) => text.push_str(&value.known_string()?),
        Kind::String(string) => quote(&string.known()?, text),
        Kind::List(list) => {
            text.push('[');
            for (index, item) in list.items.iter().enumerate() {
                text.push_str(if index > 0 { ", " } else { "" });
                write(item, depth, text)?;
            }
            text.push(']');
        }
        Kind::Object(object) if object.entries.is_empty() => text.push_str("{}"),
        Kind::Object(object) => {
            text.push_str("{\n");
            members(object, depth + 1, text)?;
            let _ = write!(text, "{:1$}}}", "", depth * 2);
        }
        Kind::Unknown(_) | Kind::Lazy(_) => return None,
    }
    Some(())
}

/// A line each, the signs one below the other.
fn members(object: &Object, depth: usize, text: &mut String) -> Option<()> {
    let mut lines = Vec::new();
    for entry in &object.entries {
        let mut name = String::new();
        if is_identifier(&entry.key) {
            name.push_str(&entry.key);
        } else {
            quote(&entry.key, &mut name);
        }
        let mut value = String::new();
        write(&entry.value, depth, &mut value)?;
        lines.push((&entry.key, name, value));
    }
    lines.sort();
    let width = lines.iter().map(|line| line.1.chars().count()).max().unwrap_or(0);
    let even = lines.iter().all(|line| line.1.chars().count() == width);
    if !even && lines.iter().any(|line| line.2.contains('\n')) {
        return None;
    }
    for (_, name, value) in lines {
        let _ = writeln!(text, "{:1$}{name:width$} = {value}", "", depth * 2);
    }
    Some(())
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || matches!(character, '_' | '-'))
}

fn quote(string: &str, text: &mut String) {
    text.push('"');
    let mut characters = string.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '"' | '\\' => text.extend(['\\', character]),
            '$' | '%' if characters.peek() == Some(&'{') => text.extend([character, character]),
            _ if character.is_control() => {
                let _ = write!(text, "\\u{:04x}", character as u32);
            }
            _ => text.push(character),
        }
    }
    text.push('"');
}

/// Attributes of constants: there is nothing to refer to, and nothing to call.
fn decode_tfvars(call: &Call) -> Outcome {
    let text = call.text(0)?;
    let sources = Sources::new(Box::new(NoFiles));
    let file = sources.add(File::new("given.tfvars", FileKind::Hcl, text.as_bytes().to_vec()));
    let parsed = hcl::parse_file(file, &text);
    let mut object = Object::default();
    for attribute in &parsed.body.attributes {
        let name = &attribute.name.text;
        if object.get(name).is_some() || !is_constant(&attribute.value) {
            return Err(call.fail(format!("`{name}` is given twice, or not as a constant")));
        }
        let value = crate::eval::constant(&attribute.value, &sources);
        if let Some(unknown) = value.first_unknown() {
            return Err(call.fail(unknown.reason.to_string()));
        }
        object.entries.push(Entry { key: name.clone(), key_span: call.span, value: placed(&value, call.span) });
    }
    if !parsed.problems.is_empty() || !parsed.body.blocks.is_empty() {
        return Err(call.fail("this is no text of variable values"));
    }
    Ok(Value::object(object, call.span).typed(Typed::Structural))
}

fn is_constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String(_) => true,
        ExprKind::List(items) => items.iter().all(is_constant),
        ExprKind::Object(items) => items.iter().all(|item| is_constant(&item.key) && is_constant(&item.value)),
        ExprKind::Not(inner) | ExprKind::Negate(inner) | ExprKind::Parenthesis(inner) => is_constant(inner),
        ExprKind::Binary(_, sides) => sides.iter().all(is_constant),
        ExprKind::Template(parts) => parts.iter().all(|part| match part {
            crate::syntax::ast::TemplatePart::Literal(_) => true,
            crate::syntax::ast::TemplatePart::Interpolation(inner) => is_constant(inner),
            _ => false,
        }),
        _ => false,
    }
}

/// The same value, made at `span`: where its text came from its parser cannot tell.
fn placed(value: &Value, span: Span) -> Value {
    let kind = match &value.kind {
        Kind::String(_) => return Value::string(value.known_string().unwrap_or_default().as_ref(), span),
        Kind::List(list) => {
            Kind::List(std::sync::Arc::new(List { items: list.items.iter().map(|item| placed(item, span)).collect(), ..List::default() }))
        }
        Kind::Object(object) => {
            let entry = |entry: &Entry| Entry { key: entry.key.clone(), key_span: span, value: placed(&entry.value, span) };
            Kind::Object(std::sync::Arc::new(Object { entries: object.entries.iter().map(entry).collect(), ..Object::default() }))
        }
        kind => kind.clone(),
    };
    Value::new(kind, span).typed(value.typed)
}
