//! Parses what the skimmer found, block by block, with hcl-edit.
//!
//! A rejected block is tried once more after `repair`. hcl-edit's tree is lowered at once and dropped.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use hcl_edit::expr::Expression;
use hcl_edit::parser;
use hcl_edit::structure;

use super::ast::{Attribute, Block, Body, Expr, ExprKind, Name, ObjectItem, TemplatePart};
use super::lower::Lowering;
use super::repair::{self, Form, Repaired, ShadowedItem};
use super::skim::{self, SkimmedAttribute, SkimmedBlock};
use super::template::Place;
use super::text::{Text, TextBuilder};
use super::variable;
use crate::finding::{Problem, ProblemKind};
use crate::source::{FileId, Span};

/// A tree, and what was lost on the way to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed<T> {
    pub tree: T,
    /// Object keys that a later item of the same object overwrites. Terraform keeps the last without a word.
    pub shadowed: Vec<Name>,
}

/// All of a file that can be parsed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParsedFile {
    pub body: Body,
    pub shadowed: Vec<Name>,
    pub problems: Vec<Problem>,
}

/// Parses one block. `text` is the text of the whole file.
pub fn parse_block(text: &str, block: &SkimmedBlock) -> Result<Parsed<Block>, Problem> {
    if let Some(problem) = &block.broken {
        return Err(problem.clone());
    }
    let place = InFile(block.span.file);
    let source = Source { text, range: block.span.range(), place: &place, form: Form::Body };
    parse(&source, parser::parse_body, |body, lowering| {
        let block = body.get(0)?.as_block()?;
        Some(lowering.block(block, &source.range))
    })
}

/// Parses one top-level attribute. `text` is the text of the whole file.
pub fn parse_attribute(text: &str, attribute: &SkimmedAttribute) -> Result<Parsed<Attribute>, Problem> {
    if let Some(problem) = &attribute.broken {
        return Err(problem.clone());
    }
    let place = InFile(attribute.span.file);
    let source = Source { text, range: attribute.span.range(), place: &place, form: Form::Body };
    parse(&source, parser::parse_body, |body: &structure::Body, lowering| {
        let attribute = body.get(0)?.as_attribute()?;
        Some(lowering.attribute(attribute, &source.range))
    })
}

/// Skims and parses a whole file. What is broken is missing from the body and named in the problems.
pub fn parse_file(file: FileId, text: &str) -> ParsedFile {
    let skimmed = skim::skim(file, text);
    let mut parsed = ParsedFile { problems: skimmed.problems, ..ParsedFile::default() };
    for attribute in skimmed.attributes.iter().filter(|attribute| attribute.broken.is_none()) {
        match parse_attribute(text, attribute) {
            Ok(one) => {
                parsed.body.attributes.push(one.tree);
                parsed.shadowed.extend(one.shadowed);
            }
            Err(problem) => parsed.problems.push(problem),
        }
    }
    for block in skimmed.blocks.iter().filter(|block| block.broken.is_none()) {
        match parse_block(text, block) {
            Ok(one) => {
                parsed.body.blocks.push(one.tree);
                parsed.shadowed.extend(one.shadowed);
            }
            Err(problem) => parsed.problems.push(problem),
        }
    }
    parsed
}

/// Parses one expression that is the whole of `text`.
pub fn parse_expression(file: FileId, text: &str) -> Result<Parsed<Expr>, Problem> {
    let place = InFile(file);
    let source = Source { text, range: 0..text.len(), place: &place, form: Form::Expression };
    parse(&source, parser::parse_expr, |expression, lowering| Some(lowering.expression(expression, &source.range)))
}

/// Parses a template: a file that `templatefile()` names, as `Text::verbatim(its text, its span, 0)`, or a string that
/// holds a template. All spans lead to where the bytes of `template` were written.
pub fn parse_template(template: &Text) -> Result<Parsed<Vec<TemplatePart>>, Problem> {
    let text = template.value();
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let place = InText(template);
    let source = Source { text, range: start..text.len(), place: &place, form: Form::Template };
    parse(&source, parser::parse_template, |template, lowering| Some(lowering.bare_template(template)))
}

/// Text that is the file's.
struct InFile(FileId);

impl Place for InFile {
    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.0, range)
    }

    fn verbatim(&self, builder: &mut TextBuilder, text: &str, range: Range<usize>) {
        builder.verbatim(text.get(range.clone()).unwrap_or_default(), range.start);
    }

    fn escape(&self, builder: &mut TextBuilder, decoded: &str, range: Range<usize>) {
        builder.escape(decoded, range);
    }
}

/// Text that was itself decoded from a file.
struct InText<'a>(&'a Text);

impl Place for InText<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        self.0.span_of(range)
    }

    fn verbatim(&self, builder: &mut TextBuilder, _: &str, range: Range<usize>) {
        builder.append(self.0, range);
    }

    fn escape(&self, builder: &mut TextBuilder, decoded: &str, range: Range<usize>) {
        builder.append_escape(decoded, self.0, range);
    }
}

/// The part of a text that is to be parsed.
struct Source<'a> {
    text: &'a str,
    range: Range<usize>,
    place: &'a dyn Place,
    form: Form,
}

impl Source<'_> {
    fn slice(&self) -> &str {
        self.text.get(self.range.clone()).unwrap_or_default()
    }

    fn lowering(&self, exact: bool) -> Lowering<'_> {
        Lowering {
            text: self.text,
            base: self.range.start,
            place: self.place,
            exact,
            large: HashMap::new(),
            lost: BTreeMap::new(),
            shadowed: Vec::new(),
            problem: None,
            misread: false,
        }
    }

    /// hcl-edit's message, in one line at its place.
    fn problem(&self, error: &parser::Error) -> Problem {
        if let Some(problem) = self.unescaped(error.location().offset()) {
            return problem;
        }
        let mut offset = self.range.start + error.location().offset();
        // Here hcl-edit has already taken the character that it complains about.
        if ["object value assignment", "escape sequence"].iter().any(|what| error.message().contains(what)) {
            let before = self.text.get(..offset).and_then(|text| text.chars().next_back());
            offset -= before.map_or(0, char::len_utf8);
        }
        let length = self.text.get(offset..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let span = self.place.span(offset..offset + length);
        let (kind, message) = readable(error.message());
        Problem::new(kind, message, span)
    }

    /// The policy variable that Terraform cannot read, if that is what stands there.
    fn unescaped(&self, at: usize) -> Option<Problem> {
        let slice = self.slice();
        let found = variable::around(slice, at)?;
        let message = variable::message(slice.get(found.clone())?, variable::all(slice).count() - 1);
        let span = self.place.span(self.range.start + found.start..self.range.start + found.end);
        Some(Problem::new(ProblemKind::Syntax, message, span))
    }

    /// What the lowering itself found wrong, or that there was nothing to lower.
    fn empty(&self) -> Problem {
        Problem::new(ProblemKind::Internal, "nothing was parsed here", self.place.span(self.range.clone()))
    }
}

/// hcl-edit's messages name what its grammar expects; the common ones are said plainly.
fn readable(message: &str) -> (ProblemKind, String) {
    let plain = [
        ("nested levels", ProblemKind::Limit, "nested more than 64 levels deep"),
        ("chained binary operators", ProblemKind::Limit, "more than 128 operators in a row"),
        ("redefined attribute", ProblemKind::Syntax, "this attribute is set twice in its block"),
        ("invalid object value assignment", ProblemKind::Syntax, "`=` or `:` must follow an object key"),
        ("expected newline or eof", ProblemKind::Syntax, "a new line must begin here"),
        ("invalid escape sequence", ProblemKind::Syntax, "no such escape sequence"),
        ("invalid expression", ProblemKind::Syntax, "an expression must start here"),
        ("invalid structure", ProblemKind::Syntax, "neither `=` nor a block follows this name"),
        ("invalid block body", ProblemKind::Syntax, "neither an attribute, a block nor `}` starts here"),
    ];
    match plain.into_iter().find(|(part, ..)| message.contains(part)) {
        Some((_, kind, plain)) => (kind, plain.to_owned()),
        None => (ProblemKind::Syntax, format!("syntax error: {message}")),
    }
}

type Parser<T> = fn(&str) -> Result<T, parser::Error>;

fn parse<T, R>(source: &Source, parser: Parser<T>, lower: impl Fn(&T, &mut Lowering) -> Option<R>) -> Result<Parsed<R>, Problem> {
    let slice = source.slice();
    let mut first = None;
    if !repair::may_hold_large_object(slice) {
        match parser(slice) {
            Ok(tree) => {
                let mut lowering = source.lowering(true);
                let lowered = lower(&tree, &mut lowering);
                if !lowering.misread {
                    return finish(source, lowering, lowered);
                }
            }
            Err(error) => first = Some(error),
        }
    }
    let Some(repaired) = repair::repair(slice, source.form) else {
        let error = first.or_else(|| parser(slice).err());
        return Err(error.map_or_else(|| source.empty(), |error| source.problem(&error)));
    };
    let tree = parser(&repaired.text).map_err(|error| source.problem(&error))?;
    let mut lowering = source.lowering(false);
    prepare(source, &mut lowering, repaired)?;
    let lowered = lower(&tree, &mut lowering);
    finish(source, lowering, lowered)
}

/// Brings what the repair took out of the text into the lowering.
fn prepare(source: &Source, lowering: &mut Lowering, repaired: Repaired) -> Result<(), Problem> {
    for ShadowedItem { key, item } in repaired.shadowed {
        let range = source.range.start + key.start..source.range.start + key.end;
        let text: Arc<str> = source.text.get(range.clone()).unwrap_or_default().trim_matches('"').into();
        let name = Name { text, span: source.place.span(range.clone()) };
        lowering.base = (source.range.start + item.start).saturating_sub(1);
        let within = lowering.base..lowering.base + item.text.len();
        let items = match parser::parse_expr(&item.text) {
            Ok(Expression::Object(parsed)) => lowering.object(&parsed, &within),
            _ => Vec::new(),
        };
        // What stands in it may be broken in its own way. Nothing rests on it.
        let unread = || ObjectItem::new(key_of(&name), Expr { kind: ExprKind::NotParsed(Arc::clone(&name.text)), span: name.span });
        lowering.lost.insert(range.start, items.into_iter().next().unwrap_or_else(unread));
        lowering.shadowed.push(name);
    }
    lowering.problem = None;
    lowering.base = source.range.start;
    for object in repaired.large {
        let mut items = Vec::new();
        for chunk in &object.chunks {
            lowering.base = (source.range.start + chunk.start).saturating_sub(1);
            let parsed = parser::parse_expr(&chunk.text);
            let moved = Source { range: lowering.base..source.range.end, ..*source };
            let Expression::Object(parsed) = parsed.map_err(|error| moved.problem(&error))? else {
                continue;
            };
            items.extend(lowering.object(&parsed, &(lowering.base..lowering.base + chunk.text.len())));
        }
        lowering.base = source.range.start;
        lowering.large.insert(source.range.start + object.open, items);
    }
    Ok(())
}

fn key_of(name: &Name) -> Expr {
    Expr { kind: ExprKind::String(Text::computed(Arc::clone(&name.text), name.span)), span: name.span }
}

fn finish<R>(source: &Source, lowering: Lowering, lowered: Option<R>) -> Result<Parsed<R>, Problem> {
    match (lowering.problem, lowered) {
        (Some(problem), _) => Err(problem),
        (None, Some(tree)) => Ok(Parsed { tree, shadowed: lowering.shadowed }),
        (None, None) => Err(source.empty()),
    }
}
