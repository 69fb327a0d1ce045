//! String templates: interpolations and directives.

use std::sync::Arc;

use super::evaluator::Evaluator;
use super::expression::reason_of;
use super::scope::{Bound, Scope};
use super::unknown::{Reason, Unknown};
use super::value::{Kind, Part, Step, StepKind, Str, Value};
use crate::source::Span;
use crate::syntax::ast::TemplatePart;

/// A string of more pieces than this is given up.
const MOST_PARTS: usize = 100_000;

impl Evaluator<'_> {
    pub(super) fn template(&self, parts: &[TemplatePart], scope: &Scope, span: Span) -> Value {
        // "${x}" alone is x itself, whatever its type (language/expressions/strings).
        if let [TemplatePart::Interpolation(only)] = parts {
            return self.eval(only, scope);
        }
        let mut text = Str::default();
        match self.append(parts, scope, &mut text) {
            Ok(()) => Value::str(text, span),
            Err(failed) => Value::unknown_because(failed, span),
        }
    }

    /// As `template`, but always a string, as `templatefile` gives it.
    pub(super) fn template_string(&self, parts: &[TemplatePart], scope: &Scope, span: Span) -> Value {
        let mut text = Str::default();
        match self.append(parts, scope, &mut text) {
            Ok(()) => Value::str(text, span),
            Err(failed) => Value::unknown_because(failed, span),
        }
    }

    fn append(&self, parts: &[TemplatePart], scope: &Scope, text: &mut Str) -> Result<(), Arc<Unknown>> {
        for part in parts {
            match part {
                TemplatePart::Literal(literal) => text.push(Part::Text(literal.clone())),
                TemplatePart::Interpolation(expr) => {
                    let value = self.eval(expr, scope);
                    match self.to_be_given(&value, scope) {
                        Some(unknown) => text.push(Part::Unknown(Arc::new(unknown))),
                        None => self.append_value(&value, expr.span, text)?,
                    }
                }
                TemplatePart::If { condition, then, otherwise, span } => {
                    let decided = self.eval(condition, scope);
                    match decided.known_bool() {
                        Some(true) => self.append(then, scope, text)?,
                        Some(false) => self.append(otherwise, scope, text)?,
                        None => {
                            let arms = [self.template_string(then, scope, *span), self.template_string(otherwise, scope, *span)];
                            self.append_value(&self.select(condition, &decided, scope, *span, &arms), *span, text)?;
                        }
                    }
                }
                TemplatePart::For { key_variable, value_variable, collection, body, span } => {
                    let collection = self.eval(collection, scope);
                    let names = (key_variable.as_deref().unwrap_or(""), value_variable.as_ref());
                    if collection.arms().is_none() {
                        self.append_each(&collection, names, body, scope, *span, text)?;
                        continue;
                    }
                    let repeated = self.on_arms(&collection, *span, &|collection| {
                        let mut text = Str::default();
                        match self.append_each(collection, names, body, scope, *span, &mut text) {
                            Ok(()) => Value::str(text, *span),
                            Err(failed) => Value::unknown_because(failed, *span),
                        }
                    });
                    self.append_value(&repeated, *span, text)?;
                }
            }
            if text.parts.len() > MOST_PARTS {
                let span = part_span(part).unwrap_or(scope_span(text));
                let limit = self.limit("this string has too many pieces", span);
                return Err(reason_of(&limit, span));
            }
        }
        Ok(())
    }

    /// `%{ for }`: `body` for each item.
    fn append_each(
        &self,
        collection: &Value,
        (key_name, value_name): (&str, &str),
        body: &[TemplatePart],
        scope: &Scope,
        span: Span,
        text: &mut Str,
    ) -> Result<(), Arc<Unknown>> {
        let Some((items, more)) = self.items(collection, span) else {
            text.push(Part::Unknown(undecided(collection, span)?));
            return Ok(());
        };
        for (key, item) in items {
            let key = Bound { name: key_name, value: key, outer: scope.variables };
            let value = Bound { name: value_name, value: item, outer: Some(&key) };
            self.append(body, &scope.with(&value), text)?;
        }
        if let Some(more) = more {
            text.push(Part::Unknown(more));
        }
        Ok(())
    }

    /// The null of a root module's variable that has no other value: whoever runs the module must give one, as Terraform refuses null here.
    fn to_be_given(&self, value: &Value, scope: &Scope) -> Option<Unknown> {
        let [Step { kind: StepKind::VariableDefault, name, span }] = value.way.steps() else { return None };
        let is_open = value.is_null() && scope.instance.call.is_none() && !self.is_attempt();
        let variable = name.strip_prefix("var.").filter(|_| is_open)?;
        let key = format!("{}:{name}", self.symbol_scope(scope.instance));
        Some(Unknown::symbolic(Reason::NullDefault(variable.into()), *span, key, false))
    }

    fn append_value(&self, value: &Value, span: Span, text: &mut Str) -> Result<(), Arc<Unknown>> {
        match &value.kind {
            Kind::Unknown(unknown) if unknown.is_failed() => return Err(Arc::clone(unknown)),
            Kind::Unknown(unknown) => text.push(Part::Unknown(Arc::clone(unknown))),
            _ => match value.as_str() {
                Some(value) => value.parts.iter().for_each(|part| text.push(part.clone())),
                None => {
                    let unknown = match value.kind {
                        Kind::Lazy(lazy) => Unknown::new(Reason::ResourceAttribute(self.lazy_name(lazy).into()), span),
                        _ => return Err(Arc::new(Unknown::failed("only strings, numbers and bools can stand in a template", span))),
                    };
                    text.push(Part::Unknown(Arc::new(unknown)));
                }
            },
        }
        Ok(())
    }
}

fn undecided(value: &Value, span: Span) -> Result<Arc<Unknown>, Arc<Unknown>> {
    let reason = reason_of(value, span);
    if reason.is_failed() {
        return Err(reason);
    }
    Ok(Arc::new(reason.condition()))
}

fn part_span(part: &TemplatePart) -> Option<Span> {
    match part {
        TemplatePart::Literal(text) => Some(text.span()),
        TemplatePart::Interpolation(expr) => Some(expr.span),
        TemplatePart::If { span, .. } | TemplatePart::For { span, .. } => Some(*span),
    }
}

fn scope_span(text: &Str) -> Span {
    let span = |part: &Part| match part {
        Part::Text(text) => text.span(),
        Part::Unknown(unknown) => unknown.span,
        Part::Json(value) => value.span,
    };
    text.parts.first().map(span).unwrap_or_default()
}
