//! What stands around a statement in source: whether it is written once for many, and whether two can stand in its place.

use std::sync::Arc;

use crate::source::{FileKind, Sources, Span};
use crate::syntax::ast::{Block, Body, Expr, ExprKind, ForExpr, TemplatePart};
use crate::syntax::{hcl, skim};

/// Where a statement stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seat {
    /// Among others: in a list, or as a block of its own.
    Listed,
    /// It is all that `Statement` is.
    Alone,
    /// A `for` makes it. The text of that before the statement and behind it, brackets included.
    Each { whole: Span, head: String, tail: String },
    /// It is the `content` of a `dynamic` block, whose arguments these are.
    Dynamic { whole: Span, arguments: Vec<(String, String)> },
    /// Something that takes one value.
    Single,
    /// An arm of a condition whose other arm has to be of the same type.
    Fixed,
}

/// A statement's surroundings.
#[derive(Debug)]
pub(super) struct Around {
    pub seat: Seat,
    /// Names that have another value for each time that it is repeated: of `for`, of `dynamic`.
    pub names: Vec<Arc<str>>,
    /// Whether the condition that it is an arm of takes one element only.
    pub pinned: bool,
    top: Option<Top>,
}

/// What stands at the top level of a file.
#[derive(Debug)]
enum Top {
    Block(Block),
    Value(Expr),
}

/// A file or a block that is longer is not read again for a help text.
const LONGEST_FILE: usize = 256 * 1024;
const LONGEST_BLOCK: usize = 64 * 1024;

/// Names that differ between the instances of one block.
const INSTANCE: &[&str] = &["each", "count"];

impl Around {
    /// What stands around `span`. Where the file is no HCL or cannot be read, only the text before it tells.
    pub fn of(span: Span, sources: &Sources) -> Around {
        let file = sources.file(span.file);
        let hcl = matches!(file.kind, FileKind::Hcl | FileKind::Variables | FileKind::Terragrunt);
        let by_text = || seat_by_text(file.text.get(..span.range().start).unwrap_or_default());
        if !hcl {
            let names = if file.kind == FileKind::HclJson { vec!["statement".into()] } else { Vec::new() };
            return Around { seat: by_text(), names, pinned: false, top: None };
        }
        let Some(top) = top(span, &file.text) else {
            return Around { seat: Seat::Single, names: Vec::new(), pinned: true, top: None };
        };
        let mut walk = Walk { span, text: &file.text, seat: None, names: Vec::new(), pinned: false };
        walk.top(&top);
        Around { seat: walk.seat.unwrap_or_else(by_text), names: walk.names, pinned: walk.pinned, top: Some(top) }
    }

    /// Whether `text` names something that has another value each time.
    pub fn varies(&self, text: &str) -> bool {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let mut rest = text;
        while let Some(start) = rest.find(is_name) {
            let from = rest.get(start..).unwrap_or_default();
            let (name, after) = from.split_at(from.find(|c| !is_name(c)).unwrap_or(from.len()));
            let of_instance = INSTANCE.contains(&name) && after.starts_with('.');
            if of_instance || self.names.iter().any(|known| **known == *name) {
                return true;
            }
            rest = after;
        }
        false
    }

    /// Whether the expression that stands at `span` means the same where the statement stands.
    pub fn can_stand(&self, expression: &Expr, span: Span) -> bool {
        let inner = self.inner_names(span);
        let here = self.top.as_ref().is_some_and(|top| top.span().contains(span));
        let mut roots = Vec::new();
        let mut bound = Vec::new();
        collect_roots(expression, &mut bound, &mut roots);
        roots.iter().all(|(root, is_alone)| {
            let outer = matches!(&**root, "var" | "local" | "data" | "module" | "path" | "terraform");
            let repeated = here && (INSTANCE.contains(&&**root) || self.names.contains(root));
            // Names of resource types have an underscore.
            let resource = root.contains('_') && !is_alone;
            !inner.contains(root) && (outer || repeated || resource)
        })
    }

    /// Names that are bound at `span`, but not where the statement stands.
    fn inner_names(&self, span: Span) -> Vec<Arc<str>> {
        let Some(top) = self.top.as_ref().filter(|top| top.span().contains(span)) else { return Vec::new() };
        let mut walk = Walk { span, text: "", seat: None, names: Vec::new(), pinned: false };
        walk.top(top);
        walk.names.get(self.names.len()..).unwrap_or_default().to_vec()
    }
}

impl Top {
    fn span(&self) -> Span {
        match self {
            Top::Block(block) => block.span,
            Top::Value(value) => value.span,
        }
    }
}

fn top(span: Span, text: &str) -> Option<Top> {
    if text.len() > LONGEST_FILE {
        return None;
    }
    let skimmed = skim::skim(span.file, text);
    let short = |found: Span| found.contains(span) && found.range().len() <= LONGEST_BLOCK;
    if let Some(block) = skimmed.blocks.iter().find(|block| short(block.span)) {
        return Some(Top::Block(hcl::parse_block(text, block).ok()?.tree));
    }
    let attribute = skimmed.attributes.iter().find(|attribute| short(attribute.span))?;
    Some(Top::Value(hcl::parse_attribute(text, attribute).ok()?.tree.value))
}

/// JSON has commas between statements; one that stands behind `"Statement":` can become a list.
fn seat_by_text(before: &str) -> Seat {
    let before = before.trim_end();
    let Some(key) = before.strip_suffix([':', '=']) else { return Seat::Listed };
    match is_statement(key.trim_end().trim_end_matches(['"', '\\'])) {
        true => Seat::Alone,
        false => Seat::Single,
    }
}

fn is_statement(key: &str) -> bool {
    key.ends_with("Statement") || key.ends_with("statement")
}

/// The way from the top of a file down to `span`.
struct Walk<'w> {
    span: Span,
    text: &'w str,
    /// Of what stands exactly at `span`.
    seat: Option<Seat>,
    names: Vec<Arc<str>>,
    pinned: bool,
}

impl Walk<'_> {
    fn top(&mut self, top: &Top) {
        match top {
            Top::Block(block) => self.block(block),
            Top::Value(value) => self.expression(value, Seat::Single),
        }
    }

    fn block(&mut self, block: &Block) {
        if block.span == self.span {
            self.seat = Some(Seat::Listed);
        } else {
            self.body(&block.body);
        }
    }

    fn body(&mut self, body: &Body) {
        if let Some(attribute) = body.attributes.iter().find(|attribute| attribute.value.span.contains(self.span)) {
            return self.expression(&attribute.value, Seat::Single);
        }
        let Some(block) = body.blocks.iter().find(|block| block.span.contains(self.span)) else { return };
        let label = block.labels.first().filter(|_| &*block.kind.text == "dynamic");
        let (Some(label), Some(content)) = (label, block.body.blocks("content").find(|content| content.span.contains(self.span))) else {
            return self.block(block);
        };
        let iterator = block.body.attribute("iterator").map(|attribute| &attribute.value.kind);
        self.names.push(match iterator {
            Some(ExprKind::Variable(name)) => name.clone(),
            _ => label.text.clone(),
        });
        if content.span != self.span {
            return self.body(&content.body);
        }
        let arguments = block.body.attributes.iter().map(|attribute| (attribute.name.text.to_string(), self.text_of(attribute.value.span)));
        self.seat = Some(Seat::Dynamic { whole: block.span, arguments: arguments.collect() });
    }

    fn text_of(&self, span: Span) -> String {
        self.text.get(span.range()).unwrap_or_default().to_owned()
    }

    /// `seat`: that of `expression`.
    fn expression(&mut self, expression: &Expr, seat: Seat) {
        if expression.span == self.span {
            self.seat = Some(seat);
            return;
        }
        let holds = |part: &&Expr| part.span.contains(self.span);
        match &expression.kind {
            ExprKind::List(items) => {
                // All elements of an arm are made the same type.
                let seat = if self.pinned && items.len() > 1 { Seat::Fixed } else { Seat::Listed };
                self.first(items.iter().find(holds), seat);
            }
            ExprKind::Object(items) => {
                let Some(item) = items.iter().find(|item| holds(&&item.value)) else { return };
                let named = matches!(&item.key.kind, ExprKind::String(name) if is_statement(name.value()));
                self.expression(&item.value, if named { Seat::Alone } else { Seat::Single });
            }
            ExprKind::For(each) => self.each(each, expression.span),
            ExprKind::Conditional(parts) => {
                let [condition, then, otherwise] = &**parts;
                let is_empty = |other: &Expr| match &other.kind {
                    ExprKind::Null => true,
                    ExprKind::List(items) => items.is_empty(),
                    _ => false,
                };
                let (arm, other) = if holds(&then) { (then, otherwise) } else { (otherwise, then) };
                if !holds(&arm) {
                    return self.first(Some(condition), Seat::Single);
                }
                self.pinned = true;
                match is_empty(other) {
                    true => self.expression(arm, Seat::Single),
                    false => self.fixed(arm),
                }
            }
            ExprKind::Call { name, arguments, .. } => {
                if name.text.ends_with("encode") {
                    self.pinned = false;
                }
                self.first(arguments.iter().find(holds), Seat::Single);
            }
            ExprKind::Template(parts) => self.template(parts),
            _ => self.first(expression.children().into_iter().find(holds), Seat::Single),
        }
    }

    fn first(&mut self, part: Option<&Expr>, seat: Seat) {
        if let Some(part) = part {
            self.expression(part, seat);
        }
    }

    /// What is at most an element of this arm is not to change its type, unless it is encoded to a string there.
    fn fixed(&mut self, arm: &Expr) {
        self.expression(arm, Seat::Fixed);
        if self.pinned && self.seat.is_some() {
            self.seat = Some(Seat::Fixed);
        }
    }

    fn each(&mut self, each: &ForExpr, whole: Span) {
        if each.collection.span.contains(self.span) {
            return self.expression(&each.collection, Seat::Single);
        }
        self.names.extend(each.key_variable.clone());
        self.names.push(each.value_variable.clone());
        let value = each.value.span;
        let head = self.text.get(whole.range().start..value.range().start).and_then(one_line);
        let tail = self.text.get(value.range().end..whole.range().end).and_then(one_line);
        let seat = match (head, tail) {
            (Some(head), Some(tail)) if each.key.is_none() => Seat::Each { whole, head, tail },
            _ => Seat::Single,
        };
        let parts = [Some(&each.value), each.key.as_ref(), each.condition.as_ref()];
        let part = parts.into_iter().flatten().find(|part| part.span.contains(self.span));
        self.first(part, if value.contains(self.span) { seat } else { Seat::Single });
    }

    fn template(&mut self, parts: &[TemplatePart]) {
        for part in parts {
            match part {
                TemplatePart::Interpolation(inner) if inner.span.contains(self.span) => {
                    self.pinned = false;
                    self.expression(inner, Seat::Single);
                }
                TemplatePart::If { then, otherwise, span, .. } if span.contains(self.span) => {
                    self.template(then);
                    self.template(otherwise);
                }
                TemplatePart::For { key_variable, value_variable, body, span, .. } if span.contains(self.span) => {
                    self.names.extend(key_variable.clone());
                    self.names.push(value_variable.clone());
                    self.template(body);
                }
                _ => {}
            }
        }
    }
}

/// Text without line breaks. Nothing if those end comments.
fn one_line(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.contains('\n') {
        return Some(text.to_owned());
    }
    let breaks = !["#", "//", "/*", "<<", "\""].iter().any(|mark| text.contains(mark));
    breaks.then(|| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The first names of all traversals in `expression` that are not `bound` by a `for` in it, and whether one stands for itself.
fn collect_roots(expression: &Expr, bound: &mut Vec<Arc<str>>, roots: &mut Vec<(Arc<str>, bool)>) {
    let before = bound.len();
    match &expression.kind {
        ExprKind::Variable(name) if !bound.contains(name) => roots.push((name.clone(), true)),
        ExprKind::Attribute(base, _) => match &base.kind {
            ExprKind::Variable(name) if !bound.contains(name) => roots.push((name.clone(), false)),
            _ => collect_roots(base, bound, roots),
        },
        ExprKind::For(each) => {
            collect_roots(&each.collection, bound, roots);
            bound.extend(each.key_variable.clone());
            bound.push(each.value_variable.clone());
            for part in [Some(&each.value), each.key.as_ref(), each.condition.as_ref()].into_iter().flatten() {
                collect_roots(part, bound, roots);
            }
            bound.truncate(before);
        }
        // Directives bind names, too: what they are is not asked.
        ExprKind::Template(parts)
            if parts.iter().any(|part| !matches!(part, TemplatePart::Literal(_) | TemplatePart::Interpolation(_))) =>
        {
            roots.push(("%".into(), true));
        }
        _ => expression.children().into_iter().for_each(|part| collect_roots(part, bound, roots)),
    }
}
