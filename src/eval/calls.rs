//! Function calls: those that need more than their arguments' values are here, the pure ones in `functions`.

use std::rc::Rc;
use std::sync::Arc;

use super::arms::Look;
use super::evaluator::{Evaluator, Question};
use super::expression::reason_of;
use super::functions;
use super::scope::{Bound, Scope};
use super::unknown::{Reason, Unknown};
use super::value::{Kind, Object, StepKind, Value};
use crate::finding::{Problem, ProblemKind};
use crate::source::{FileId, Span};
use crate::syntax::ast::{Expr, Name, TemplatePart};
use crate::syntax::hcl;
use crate::syntax::text::Text;
use crate::terraform::normalise;

impl Evaluator<'_> {
    pub(super) fn call(&self, name: &Name, arguments: &[Expr], expand: bool, scope: &Scope, span: Span) -> Value {
        let function = name.text.strip_prefix("core::").unwrap_or(&name.text);
        if let Some(value) = self.lazy_call(function, arguments, scope, span) {
            return value;
        }
        let mut values: Vec<Value> = arguments.iter().map(|argument| self.opened(&self.eval(argument, scope))).collect();
        if expand && let Some(last) = values.pop() {
            match &last.kind {
                Kind::List(list) if list.more.is_none() => values.extend(list.items.iter().map(|item| item.clone().out_of(&last.way))),
                // How many arguments there are is not known, nor where those stand that are.
                kind => {
                    let more = match kind {
                        Kind::List(list) => list.more.clone().unwrap_or_else(|| reason_of(&last, span)),
                        _ => reason_of(&last, span),
                    };
                    match (function, kind) {
                        ("concat" | "merge" | "setunion", Kind::List(list)) => values.extend(list.items.iter().cloned()),
                        ("concat" | "merge" | "setunion" | "coalesce" | "coalescelist", _) => {}
                        _ => return Value::unknown(more.computed(), span),
                    }
                    values.push(Value::unknown_because(more, span));
                }
            }
        }
        self.split(&values, looks(function), span, &mut |values| self.call_of(function, name, values, scope, span))
    }

    fn call_of(&self, function: &str, name: &Name, values: &[Value], scope: &Scope, span: Span) -> Value {
        if let Some(value) = self.file_call(function, values, scope, span) {
            return value;
        }
        if let Some(value) = self.terragrunt_call(function, values, span) {
            return value;
        }
        if costs_too_much(function, values) {
            return self.limit(&format!("{function}() of so large values"), span);
        }
        self.charge(values.iter().map(|value| u64::from(value.size.weight)).sum::<u64>() / 16);
        if let Some(value) = self.alternative(function, values, span) {
            return value;
        }
        if let ("lookup", [Value { kind: Kind::Object(object), .. }, key, default]) = (function, values)
            && let Some(member) = self.keyed(object, key, default.clone(), span)
        {
            return member;
        }
        match functions::call(function, values, span) {
            Some(value) => {
                if let Some(Reason::Limit(what)) = value.as_unknown().filter(|unknown| unknown.span == span).map(|unknown| &unknown.reason)
                {
                    self.problem(ProblemKind::Limit, format!("{what}; rolelint gives up on this value"), span);
                }
                value
            }
            None => Value::unknown(Unknown::new(Reason::Function(Arc::clone(&name.text)), span), span),
        }
    }

    /// `try` and `can`: the next argument counts only when the one before fails.
    fn lazy_call(&self, function: &str, arguments: &[Expr], scope: &Scope, span: Span) -> Option<Value> {
        match function {
            "try" => Some(self.attempt(arguments, scope, span)),
            "can" => {
                let value = arguments.first().map(|argument| self.attempted(argument, scope))?;
                Some(self.on_arms(&value, span, &|value| match &value.kind {
                    _ if fails(value) => Value::bool(false, span),
                    Kind::Unknown(unknown) => Value::unknown(unknown.computed(), span),
                    _ => Value::bool(true, span),
                }))
            }
            _ => None,
        }
    }

    /// The first argument that does not fail. Of one that fails in one of two ways the arm that does not, else the next argument.
    fn attempt(&self, arguments: &[Expr], scope: &Scope, span: Span) -> Value {
        let Some((first, rest)) = arguments.split_first() else {
            return Value::unknown(Unknown::failed("no argument of try() succeeds", span), span);
        };
        let value = self.attempted(first, scope);
        if rest.is_empty() || !may_fail(&value) {
            return value;
        }
        if fails(&value) {
            return self.attempt(rest, scope, span);
        }
        let next = self.attempt(rest, scope, span);
        self.on_one(&value, Look::All, span, &|value| if fails(value) { next.clone() } else { value.clone() })
    }

    fn file_call(&self, function: &str, values: &[Value], scope: &Scope, span: Span) -> Option<Value> {
        match (function, values) {
            ("file", [path]) => Some(self.with_path(path, span, |path| self.file(path, span))),
            ("templatefile", [path, variables]) => {
                Some(self.with_path(path, span, |path| self.template_file(path, variables, scope, span)))
            }
            ("templatestring", [template, variables]) => Some(self.template_text(template, variables, scope, span)),
            ("fileexists", [path]) => Some(self.with_path(path, span, |path| Value::bool(self.sources.exists(path), span))),
            ("fileset", [directory, pattern]) => Some(self.with_path(directory, span, |path| self.fileset(path, pattern, span))),
            ("abspath", [path]) => Some(self.with_path(path, span, |path| match self.sources.absolute(path) {
                Some(absolute) => Value::string(absolute, span),
                None => Value::unknown(Unknown::new(Reason::Function("abspath".into()), span), span),
            })),
            (_, [path]) => functions::of_file(function).map(|of_text| self.with_path(path, span, |path| self.of_file(of_text, path, span))),
            _ => None,
        }
    }

    /// What a function of text makes of a file: `filemd5` is `md5(file(…))`, also of bytes that are no text.
    fn of_file(&self, of_text: &str, path: &str, span: Span) -> Value {
        let bytes = self.read(path, span).map(|id| self.sources.file(id).replaced.is_empty());
        match bytes {
            Ok(true) => functions::call(of_text, &[self.file(path, span)], span).unwrap_or_else(|| Value::null(span)),
            Ok(false) => Value::unknown(Unknown::new(Reason::Function(of_text.into()), span), span),
            Err(unknown) => unknown,
        }
    }

    /// Runs `read` with a known path as `File::path` writes it: relative to where Terraform runs.
    fn with_path(&self, path: &Value, span: Span, read: impl FnOnce(&str) -> Value) -> Value {
        match path.known_string() {
            Some(path) => read(&self.relative_to_here(normalise(self.root_directory(), &path))),
            None => Value::unknown_because(reason_of(path, span), span),
        }
    }

    /// A path that `abspath` made, as other paths are written.
    fn relative_to_here(&self, path: String) -> String {
        crate::terraform::shown(self.sources, path)
    }

    fn read(&self, path: &str, span: Span) -> Result<FileId, Value> {
        let file = self.sources.named(path);
        if let (Ok(file), Some(place)) = (&file, &self.terragrunt) {
            place.note(*file);
        }
        file.map_err(|error| {
            if error != crate::source::ReadError::NotFound {
                self.problem(ProblemKind::Unreadable, format!("`{path}` is not read: {error}"), span);
            }
            let reason = Reason::File { path: path.into(), error: error.to_string().into() };
            Value::unknown(Unknown::new(reason, span), span)
        })
    }

    fn file(&self, path: &str, span: Span) -> Value {
        let id = match self.read(path, span) {
            Ok(id) => id,
            Err(unknown) => return unknown,
        };
        let file = self.sources.file(id);
        let whole = Span::new(id, 0..file.text.len());
        Value::text(Text::verbatim(Arc::clone(&file.text), whole, 0)).through(StepKind::File, path, span)
    }

    fn template_file(&self, path: &str, variables: &Value, scope: &Scope, span: Span) -> Value {
        let id = match self.read(path, span) {
            Ok(id) => id,
            Err(unknown) => return unknown,
        };
        let parts = self.parsed_template(id);
        match parts.as_ref() {
            Ok(parts) => {
                let rendered = self.guarded(Question::Template(id), || self.render(parts, variables, scope, span));
                rendered.unwrap_or_else(|| self.cycle(path, span)).through(StepKind::File, path, span)
            }
            Err(problem) => self.unparsed(problem, path, span),
        }
    }

    fn unparsed(&self, problem: &Problem, name: &str, span: Span) -> Value {
        self.problem(problem.kind, problem.message.clone(), problem.span.unwrap_or(span));
        Value::unknown(Unknown::new(Reason::NotParsed(name.into()), span), span)
    }

    fn parsed_template(&self, id: FileId) -> Rc<Result<Vec<TemplatePart>, Problem>> {
        if let Some(known) = self.state.borrow().templates.get(&id) {
            return Rc::clone(known);
        }
        let file = self.sources.file(id);
        let text = Text::verbatim(Arc::clone(&file.text), Span::new(id, 0..file.text.len()), 0);
        let parsed = Rc::new(hcl::parse_template(&text).map(|parsed| parsed.tree));
        self.state.borrow_mut().templates.insert(id, Rc::clone(&parsed));
        parsed
    }

    /// A template that is a value: `templatestring`, `data.template_file`.
    pub(super) fn template_text(&self, template: &Value, variables: &Value, scope: &Scope, span: Span) -> Value {
        let Kind::String(text) = &template.kind else {
            return Value::unknown_because(reason_of(template, span), span);
        };
        let [super::value::Part::Text(text)] = text.parts.as_slice() else {
            return match template.first_unknown() {
                Some(unknown) => Value::unknown(unknown.computed(), span),
                None => template.clone(),
            };
        };
        match hcl::parse_template(text) {
            Ok(parsed) => self.render(&parsed.tree, variables, scope, span).out_of(&template.way),
            Err(problem) => self.unparsed(&problem, "template", span),
        }
    }

    /// A template with the given variables and no others.
    fn render(&self, parts: &[TemplatePart], variables: &Value, scope: &Scope, span: Span) -> Value {
        let empty = Object::default();
        let object = match &variables.kind {
            Kind::Object(object) => object.as_ref(),
            Kind::Unknown(_) => &empty,
            _ => &empty,
        };
        let mut bounds: Vec<Bound> = Vec::new();
        for entry in &object.entries {
            bounds.push(Bound { name: &entry.key, value: entry.value.clone().out_of(&variables.way), outer: None });
        }
        self.render_bound(parts, &bounds, scope, span, None)
    }

    /// Links the variables into the chain that a scope wants, one stack frame each.
    fn render_bound(&self, parts: &[TemplatePart], bounds: &[Bound], scope: &Scope, span: Span, outer: Option<&Bound>) -> Value {
        match bounds.split_first() {
            Some((first, rest)) => {
                let linked = Bound { name: first.name, value: first.value.clone(), outer };
                self.render_bound(parts, rest, scope, span, Some(&linked))
            }
            None => {
                let inner = Scope { variables: outer, sealed: true, splat: None, ..*scope };
                self.template_string(parts, &inner, span)
            }
        }
    }

    fn fileset(&self, directory: &str, pattern: &Value, span: Span) -> Value {
        let Some(pattern) = pattern.known_string() else {
            return Value::unknown_because(reason_of(pattern, span), span);
        };
        let glob = globset::GlobBuilder::new(&pattern).literal_separator(true).build();
        let Ok(glob) = glob.map(|glob| glob.compile_matcher()) else {
            return Value::unknown(Unknown::failed("this is no file pattern", span), span);
        };
        let inside = |path: &str| path.strip_prefix(directory).map(|rest| rest.trim_start_matches('/').to_owned());
        let mut names: Vec<String> =
            self.sources.list(directory).iter().filter_map(|path| inside(path)).filter(|name| glob.is_match(name)).collect();
        names.sort();
        let items = names.into_iter().map(|name| Value::string(name, span)).collect();
        Value::new(Kind::List(Arc::new(super::value::List { items, set: true, ..Default::default() })), span)
    }
}

/// Whether Terraform refuses what stands here. A file that is not there is refused too: `try(file("x"), "")` has its default.
fn refused(unknown: &Unknown) -> bool {
    let missing = crate::source::ReadError::NotFound.to_string();
    unknown.is_failed() || matches!(&unknown.reason, Reason::File { error, .. } if **error == *missing)
}

/// Whether a function would make, or compare, more than fits: most cost what their arguments weigh, but some the product.
fn costs_too_much(function: &str, values: &[Value]) -> bool {
    const PRODUCT: u64 = 4_000_000;
    let weight = |index: usize| values.get(index).map_or(0, |value| u64::from(value.size.weight));
    let all: u64 = (0..values.len()).map(weight).sum();
    match function {
        "replace" => all > 8_000,
        "join" => weight(0) * all > PRODUCT,
        "formatlist" | "setproduct" => all * all > PRODUCT * 16,
        "distinct" | "toset" | "setunion" | "setintersection" | "setsubtract" | "matchkeys" | "index" | "contains" | "merge" | "zipmap" => {
            all > 60_000
        }
        "base64encode" | "base64gzip" | "urlencode" | "upper" | "lower" | "title" => all > 600_000,
        _ => false,
    }
}

/// How far a function looks into its arguments: where something there is undecided, so is the result as a whole. What it hands on as it is
/// stays undecided inside.
fn looks(function: &str) -> Look {
    match function {
        "coalesce" | "coalescelist" | "concat" | "element" | "ephemeralasnull" | "jsonencode" | "keys" | "merge" | "nonsensitive"
        | "one" | "reverse" | "sensitive" | "slice" | "tolist" | "tomap" | "values" => Look::Top,
        "chunklist" | "compact" | "flatten" | "formatlist" | "join" => Look::Lists,
        _ => Look::All,
    }
}

/// Whether there is a way in which Terraform would fail on a value.
pub(super) fn may_fail(value: &Value) -> bool {
    fails(value) || value.arms().is_some_and(|arms| may_fail(&arms.then) || may_fail(&arms.otherwise)) || inside(value, &may_fail)
}

fn inside(value: &Value, test: &dyn Fn(&Value) -> bool) -> bool {
    value.has_arms()
        && match &value.kind {
            Kind::List(list) => list.items.iter().any(test),
            Kind::Object(object) => object.entries.iter().any(|entry| test(&entry.value)),
            Kind::String(text) => text.parts.iter().any(|part| match part {
                super::value::Part::Unknown(unknown) => unknown.arms.as_ref().is_some_and(|arms| test(&arms.then) || test(&arms.otherwise)),
                _ => false,
            }),
            _ => false,
        }
}

/// Whether Terraform would fail on a value, at its top or in a member that it is made of.
pub(super) fn fails(value: &Value) -> bool {
    match &value.kind {
        Kind::Unknown(unknown) => refused(unknown),
        Kind::String(text) => text.parts.iter().any(|part| matches!(part, super::value::Part::Unknown(unknown) if refused(unknown))),
        Kind::List(list) => list.items.iter().any(fails),
        Kind::Object(object) => object.entries.iter().any(|entry| fails(&entry.value)),
        _ => false,
    }
}
