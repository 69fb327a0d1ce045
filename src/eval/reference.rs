//! Traversals: `var.x`, `local.a.b[0]`, `module.m["k"].out`, `aws_iam_role.r[each.key].arn`.

use std::sync::Arc;

use super::evaluator::{Evaluator, Question};
use super::number::Number;
use super::scope::{Repetition, Scope};
use super::unknown::{Reason, Unknown};
use super::value::{Kind, StepKind, Value};
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind};
use crate::terraform::ResourceMode;

impl Evaluator<'_> {
    pub(super) fn traversal(&self, expr: &Expr, scope: &Scope) -> Value {
        let mut steps: Vec<&Expr> = Vec::new();
        let mut at = expr;
        while let ExprKind::Attribute(base, _) | ExprKind::Index(base, _) = &at.kind {
            steps.push(at);
            at = base;
        }
        steps.reverse();
        let (mut value, used) = match &at.kind {
            ExprKind::Variable(name) => self.reference(name, &steps, at.span, scope),
            _ => (self.eval(at, scope), 0),
        };
        for step in steps.into_iter().skip(used) {
            value = match &step.kind {
                ExprKind::Attribute(_, name) => self.recognisable(self.get(&value, &name.text, step.span), scope),
                ExprKind::Index(_, key) => {
                    let key = self.eval(key, scope);
                    self.index(&value, &key, step.span)
                }
                _ => value,
            };
        }
        value
    }

    /// What the provider makes of a block's argument is the same wherever source says the same name of the same thing.
    fn recognisable(&self, value: Value, scope: &Scope) -> Value {
        let Kind::Unknown(unknown) = &value.kind else { return value };
        let Reason::ResourceAttribute(name) = &unknown.reason else { return value };
        let of_instance = |word: &str| matches!(word, "each" | "count");
        let words = || name.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        let is_of_one = scope.variables.is_none() && !words().any(of_instance) && !name.contains('*');
        if unknown.symbol.is_some() || unknown.arms.is_some() || !is_of_one || !name.contains('.') {
            return value;
        }
        let key = format!("{}:{name}", self.symbol_scope(scope.instance));
        let unknown = Unknown::symbolic(unknown.reason.clone(), unknown.span, key, false);
        value.with_kind(Kind::Unknown(Arc::new(unknown)))
    }

    /// What the first names of a traversal stand for, and how many of `steps` that took.
    fn reference(&self, root: &Arc<str>, steps: &[&Expr], span: Span, scope: &Scope) -> (Value, usize) {
        if let Some(value) = scope.variable(root) {
            return (value.clone(), 0);
        }
        let undeclared = |name: String| Value::unknown(Unknown::new(Reason::Undeclared(name.into()), span), span);
        let name_of = |index: usize| match steps.get(index).map(|step| &step.kind) {
            Some(ExprKind::Attribute(_, name)) => steps.get(index).map(|step| (Arc::clone(&name.text), step.span)),
            _ => None,
        };
        let first = name_of(0);
        if let Some(value) = self.terragrunt_name(root, span) {
            return (value, 0);
        }
        if scope.sealed {
            return (undeclared(root.to_string()), 0);
        }
        match (root.as_ref(), first) {
            ("var", Some((name, at))) => (self.variable(scope.instance, &name, at), 1),
            ("local", Some((name, at))) => (self.local(scope, &name, at), 1),
            ("module", Some((name, at))) => (self.module_call(scope.instance, &name, at), 1),
            ("each" | "count", Some((name, at))) => (self.repetition(scope.repetition, root, &name, at), 1),
            ("path", Some((name, at))) => (self.path(scope, &name, at), 1),
            ("terraform" | "tofu", Some((name, at))) => (self.workspace(&name, at), 1),
            ("data", Some((kind, at))) => match name_of(1) {
                Some((name, at)) => (self.resource(scope.instance, ResourceMode::Data, &kind, &name, at), 2),
                None => (undeclared(format!("data.{kind}")), usize::from(at == span)),
            },
            ("resource", Some((kind, at))) => match name_of(1) {
                Some((name, at)) => (self.resource(scope.instance, ResourceMode::Managed, &kind, &name, at), 2),
                None => (undeclared(format!("resource.{kind}")), usize::from(at == span)),
            },
            (kind, Some((name, at))) => (self.resource(scope.instance, ResourceMode::Managed, kind, &name, at), 1),
            (_, None) => (undeclared(root.to_string()), 0),
        }
    }

    fn local(&self, scope: &Scope, name: &Arc<str>, span: Span) -> Value {
        let Some(module) = self.module(scope.instance) else { return Value::null(span) };
        let shown = format!("local.{name}");
        let found = module.local(name, self.sources);
        let Some(expr) = found.as_ref().and_then(|local| local.value()) else {
            let reason = if module.locals_incomplete() { Reason::NotParsed(shown.into()) } else { Reason::Undeclared(shown.into()) };
            return Value::unknown(Unknown::new(reason, span), span);
        };
        let compute = || self.eval(expr, &Scope::of(scope.instance, &Repetition::Single));
        let value = self.once(Question::Local(scope.instance.id, Arc::clone(name)), &shown, span, compute);
        value.through(StepKind::Local, shown, span)
    }

    fn repetition(&self, repetition: &Repetition, root: &str, name: &str, span: Span) -> Value {
        match (repetition, root, name) {
            (Repetition::Count(index), "count", "index") => Value::number(Number::whole(*index as i128), span),
            (Repetition::Each { key, key_span, .. }, "each", "key") => Value::string(Arc::clone(key), *key_span),
            (Repetition::Each { value, .. }, "each", "value") => value.clone(),
            (Repetition::Any(unknown), _, _) => Value { span, ..unknown.clone() },
            _ => Value::unknown(Unknown::failed(format!("`{root}.{name}` has no meaning here"), span), span),
        }
    }

    /// `path.module` and `path.root` as Terraform gives them, relative to where it runs (language/expressions/references).
    fn path(&self, scope: &Scope, name: &str, span: Span) -> Value {
        let directory = self.module(scope.instance).map_or("", |module| module.directory.as_str());
        match name {
            "module" => Value::string(relative(self.root_directory(), directory), span),
            "root" => Value::string(".", span),
            "cwd" => match self.sources.absolute(self.root_directory()) {
                Some(absolute) => Value::string(absolute, span),
                None => Value::unknown(Unknown::new(Reason::Function("path.cwd".into()), span), span),
            },
            _ => Value::unknown(Unknown::failed(format!("there is no `path.{name}`"), span), span),
        }
    }

    fn workspace(&self, name: &str, span: Span) -> Value {
        match (name, &self.options.workspace) {
            ("workspace", Some(workspace)) => Value::string(workspace.as_str(), span),
            ("workspace", None) => {
                let reason = Reason::Data("terraform.workspace".into());
                Value::unknown(Unknown::symbolic(reason, span, "terraform.workspace", true), span)
            }
            _ => Value::unknown(Unknown::failed(format!("there is no `terraform.{name}`"), span), span),
        }
    }
}

/// The way from one directory to another, as Terraform writes `path.module`: `.`, `modules/x`, `../../modules/x`.
pub(super) fn relative(from: &str, to: &str) -> String {
    let parts = |path: &str| -> Vec<String> { path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect() };
    let (from, to) = (parts(from), parts(to));
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.len() - shared;
    let mut path: Vec<&str> = vec![".."; up];
    path.extend(to.iter().skip(shared).map(String::as_str));
    if path.is_empty() { ".".to_owned() } else { path.join("/") }
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn path_module_is_relative_to_where_terraform_runs() {
        assert_eq!(relative("envs/prod", "envs/prod"), ".");
        assert_eq!(relative("envs/prod", "modules/x"), "../../modules/x");
        assert_eq!(relative("", "modules/x"), "modules/x");
    }
}
