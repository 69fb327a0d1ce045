//! Blocks made of what a plan has of the configuration: constants, and of everything else what it refers to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{PlannedInstance, ResourceKey, lower};
use crate::source::{FileId, Span};
use crate::syntax::ast::{Attribute, Block, Body, Expr, ExprKind, Name, ObjectItem, TemplatePart};
use crate::syntax::hcl;
use crate::syntax::json_part::JsonPart;
use crate::syntax::text::Text;
use crate::terraform::ResourceMode;

/// What stands between the name of a value that is known only after apply and the key of what it perhaps is.
pub const DOUBT: char = '\u{1}';

/// How sure one can be of an expression of which only its references are known: `"${aws_s3_bucket.b.arn}/*"` and `aws_s3_bucket.b.arn`
/// have the same ones.
pub struct References<'r> {
    /// Whether an argument with this one reference is nothing else than what it refers to.
    pub plain: &'r dyn Fn(&str) -> bool,
    /// Which attribute an argument wants of a resource that it refers to as a whole: `aws_iam_policy.x[each.key].arn` is told as
    /// `aws_iam_policy.x` and `each.key`.
    pub attribute: &'r dyn Fn(&str) -> Option<&'static str>,
}

impl References<'_> {
    /// Of nothing is anything known but that it is perhaps what it refers to.
    pub const DOUBTFUL: References<'static> = References { plain: &|_| false, attribute: &|_| None };
}

pub(super) fn name(text: impl Into<Arc<str>>, span: Span) -> Name {
    Name { text: text.into(), span }
}

pub(super) fn after_apply(shown: &str, span: Span) -> Expr {
    Expr { kind: ExprKind::Planned { name: shown.into(), perhaps: None }, span }
}

/// More arguments than this no resource has, nor any that take more bytes. Every instance is made of them anew.
const MOST_ARGUMENTS: usize = 256;
const LONGEST: usize = 256 << 10;

pub(super) fn block(
    file: FileId,
    resource: &ResourceKey,
    expressions: Option<&JsonPart>,
    instance: Option<&PlannedInstance>,
    references: &References,
) -> Block {
    let (mode, kind, label) = resource;
    let whole = instance.map(|instance| instance.span).or(expressions.map(JsonPart::span)).unwrap_or(Span::new(file, 0..0));
    let header = instance.map_or(whole, PlannedInstance::header);
    let address = if *mode == ResourceMode::Data { format!("data.{kind}.{label}") } else { format!("{kind}.{label}") };
    let of = |part: Option<&JsonPart>| -> BTreeMap<Arc<str>, JsonPart> { part.iter().flat_map(|part| part.members()).collect() };
    let values = of(instance.map(|instance| &instance.values));
    let unknowns = of(instance.and_then(|instance| instance.unknown.as_ref()));
    let known = |argument: &str| instance?.lowered(argument, values.get(argument)?, unknowns.get(argument));
    let expressions = expressions.filter(|expressions| expressions.span().range().len() <= LONGEST);
    let mut arguments: BTreeMap<Arc<str>, Attribute> = BTreeMap::new();
    for (argument, expression) in expressions.iter().flat_map(|expressions| expressions.members()).take(MOST_ARGUMENTS) {
        let value = known(&argument).unwrap_or_else(|| value(&expression, &argument, &format!("{address}.{argument}"), references));
        arguments.insert(Arc::clone(&argument), Attribute { name: name(argument, expression.span()), value });
    }
    // The configuration does not have what `dynamic` blocks make. Of a resource that is made anew, all that is there was configured.
    for (argument, part) in values.iter().filter(|_| instance.is_some_and(|instance| instance.created)) {
        let blocks = part.items().next().is_some_and(|first| first.is_object());
        if blocks
            && !arguments.contains_key(argument)
            && let Some(value) = known(argument)
        {
            arguments.insert(Arc::clone(argument), Attribute { name: name(Arc::clone(argument), part.span()), value });
        }
    }
    let body = Body { attributes: arguments.into_values().collect(), blocks: Vec::new() };
    let keyword = if *mode == ResourceMode::Data { "data" } else { "resource" };
    Block { kind: name(keyword, header), labels: vec![name(Arc::clone(kind), header), name(Arc::clone(label), header)], body, span: whole }
}

/// An expression of the configuration. `shown` names it where it is not known.
pub(super) fn value(expression: &JsonPart, argument: &str, shown: &str, references: &References) -> Expr {
    let span = expression.span();
    if expression.is_list() {
        let items = expression.items().map(|item| nested(&item, shown)).collect();
        return Expr { kind: ExprKind::List(items), span };
    }
    let (mut constant, mut refers, mut other) = (None, None, false);
    for (member, part) in expression.members() {
        match &*member {
            "constant_value" => constant = Some(part),
            "references" if part.is_list() => refers = Some(part),
            _ => other = true,
        }
    }
    if let Some(value) = constant.and_then(|constant| lower::plain(span.file, &constant)) {
        return value;
    }
    match refers {
        Some(refers) => reference(&refers, argument, shown, references),
        None if other => nested(expression, shown),
        None => after_apply(shown, span),
    }
}

/// A nested block.
fn nested(block: &JsonPart, shown: &str) -> Expr {
    let item = |(argument, expression): (Arc<str>, JsonPart)| {
        let key = Expr { kind: ExprKind::String(Text::computed(Arc::clone(&argument), expression.span())), span: expression.span() };
        ObjectItem::new(key, value(&expression, &argument, &format!("{shown}.{argument}"), &References::DOUBTFUL))
    };
    Expr { kind: ExprKind::Object(block.members().map(item).collect()), span: block.span() }
}

/// What an expression with these references may be. Each is followed by those that it begins with: `aws_iam_role.x.arn`, `aws_iam_role.x`.
fn reference(refers: &JsonPart, argument: &str, shown: &str, references: &References) -> Expr {
    let span = refers.span();
    let all: Vec<(Arc<str>, Span)> = refers.items().filter_map(|item| Some((item.string()?, item.span()))).take(MOST_REFERENCES).collect();
    let longer = |short: &str, long: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with(['.', '[']));
    let mut whole: Vec<&(Arc<str>, Span)> = Vec::new();
    for reference in &all {
        let begins = all.iter().any(|(other, _)| longer(&reference.0, other));
        if !begins && whole.iter().all(|(known, _)| *known != reference.0) {
            whole.push(reference);
        }
    }
    let perhaps = match whole.as_slice() {
        [(only, at)] if (references.plain)(only) => return parsed(only, *at).unwrap_or_else(|| after_apply(shown, span)),
        [(only, at)] => parsed(only, *at),
        [(base, at), (key, _)] if matches!(&**key, "each.key" | "each.value" | "count.index") && base.split('.').count() == 2 => {
            (references.attribute)(argument).and_then(|attribute| parsed(&format!("{base}[{key}].{attribute}"), *at))
        }
        _ => None,
    };
    Expr { kind: ExprKind::Planned { name: shown.into(), perhaps: perhaps.map(Box::new) }, span }
}

/// More references than this no expression has that is one of them.
const MOST_REFERENCES: usize = 64;

/// The traversal that a reference is, all of it at one place.
fn parsed(reference: &str, span: Span) -> Option<Expr> {
    let template = Text::computed(format!("${{{reference}}}"), span);
    match <[TemplatePart; 1]>::try_from(hcl::parse_template(&template).ok()?.tree) {
        Ok([TemplatePart::Interpolation(expression)]) => Some(expression),
        _ => None,
    }
}
