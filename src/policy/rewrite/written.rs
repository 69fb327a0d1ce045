//! What stands in source where a statement is: its elements as they are written.

use std::ops::Range;

use super::around::Around;
use crate::source::{FileKind, Sources, Span};
use crate::syntax::ast::{Block, Body, Expr, ExprKind};
use crate::syntax::hcl;

/// In which language a statement is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// `{ Effect = "Allow" … }`
    Object,
    /// `{ "Effect": "Allow", … }`
    Json,
    /// `statement { … }`
    Block,
    /// The same in Terraform's JSON syntax: `{ "actions": … }`.
    JsonBlock,
}

/// A statement in source.
#[derive(Debug)]
pub(super) struct Written {
    pub language: Language,
    /// Whether `${` begins an interpolation there.
    pub template: bool,
    /// What it stands in.
    pub around: Around,
    /// Its whole text.
    pub text: String,
    /// Elements; empty where the statement does not stand in source as such.
    pub members: Vec<Member>,
    /// Nested blocks.
    pub blocks: Vec<Nested>,
    pub span: Span,
    /// Whether it stands there in its language: not inside of a string with other quotes.
    pub stands: bool,
}

#[derive(Debug)]
pub(super) struct Nested {
    pub kind: String,
    pub text: String,
    pub members: Vec<Member>,
}

/// `key = value`
#[derive(Debug)]
pub(super) struct Member {
    /// Nothing for a key that is computed.
    pub name: Option<String>,
    /// In the statement's own text.
    key: Range<usize>,
    /// The key as it is written.
    pub written: String,
    pub value: Node,
}

/// A value as it is written.
#[derive(Debug)]
pub(super) struct Node {
    pub text: String,
    pub inside: Inside,
}

#[derive(Debug)]
pub(super) enum Inside {
    Nothing,
    List(Vec<String>),
    Object(Vec<Member>),
}

/// Levels of a statement that are looked into: `Condition`, operator, key, values.
const LEVELS: usize = 4;

impl Written {
    /// What is written at `span`.
    pub fn at(span: Span, sources: &Sources) -> Written {
        let file = sources.file(span.file);
        let text = file.text.get(span.range()).unwrap_or_default();
        let hcl = matches!(file.kind, FileKind::Hcl | FileKind::Variables | FileKind::Terragrunt);
        let written = |language, members: Vec<Member>, blocks| {
            let template = hcl || file.kind == FileKind::HclJson || text.contains("$${");
            // JSON of which no member can be told is in a quoted string.
            let stands = language != Language::Json || !members.is_empty();
            Written { language, template, around: Around::of(span, sources), text: text.to_owned(), members, blocks, span, stands }
        };
        let json = text.starts_with('{').then(|| json_members(text, 0, LEVELS)).flatten();
        match json {
            Some(members) if file.kind == FileKind::HclJson && is_block(&members) => written(Language::JsonBlock, members, Vec::new()),
            Some(members) => written(Language::Json, members, Vec::new()),
            // JSON in a quoted string.
            None if !hcl || text.starts_with("{\\") || text.starts_with("{ \\") => written(Language::Json, Vec::new(), Vec::new()),
            None if text.starts_with('{') => written(Language::Object, object(text, span).unwrap_or_default(), Vec::new()),
            None => match block(text, span) {
                // What is written in the `content` of a dynamic block is meant for each of several statements.
                Some((kind, body)) if kind == "statement" || kind == "content" => {
                    let blocks = body.blocks.iter().map(|block| nested(block, text)).collect();
                    written(Language::Block, attributes(&body, text), blocks)
                }
                _ => written(Language::Object, Vec::new(), Vec::new()),
            },
        }
    }

    /// Whether its elements can be taken from source.
    pub fn is_there(&self) -> bool {
        !self.members.is_empty()
    }

    /// The element of this name; of two the last counts.
    pub fn element(&self, name: &str) -> Option<&Node> {
        self.members.iter().rfind(|member| member.name.as_deref() == Some(name)).map(|member| &member.value)
    }

    /// The values of the condition whose key stands at `key`, and the key as it is written.
    pub fn tested(&self, key: Span) -> Option<(&str, &Node)> {
        if !self.span.contains(key) {
            return None;
        }
        let at = key.range().start - self.span.range().start;
        if self.language == Language::Block {
            return self.tested_in_blocks(at);
        }
        let Inside::Object(operators) = &self.element("Condition")?.inside else { return None };
        let keys = operators.iter().filter_map(|operator| match &operator.value.inside {
            Inside::Object(keys) => Some(keys),
            _ => None,
        });
        let member = keys.flatten().find(|member| member.key.contains(&at))?;
        Some((&member.written, &member.value))
    }

    fn tested_in_blocks(&self, at: usize) -> Option<(&str, &Node)> {
        fn argument<'n>(block: &'n Nested, name: &str) -> Option<&'n Member> {
            block.members.iter().find(|member| member.name.as_deref() == Some(name))
        }
        let conditions = || self.blocks.iter().filter(|block| block.kind == "condition");
        let stands =
            |block: &&Nested| argument(block, "variable").is_some_and(|variable| variable.key.start <= at && at < variable.key.end);
        let block = conditions().find(stands)?;
        let text = |block: &Nested, name| argument(block, name).map(|member| member.value.text.clone());
        let what = |block: &Nested| (text(block, "test"), text(block, "variable"));
        // Two blocks on one key are one condition.
        if conditions().filter(|other| what(other) == what(block)).count() > 1 {
            return None;
        }
        Some((&argument(block, "variable")?.value.text, &argument(block, "values")?.value))
    }
}

/// Whether an object of JSON syntax is a `statement` block.
fn is_block(members: &[Member]) -> bool {
    let arguments = ["actions", "not_actions", "resources", "not_resources", "sid", "effect"];
    members.iter().any(|member| member.name.as_deref().is_some_and(|name| arguments.contains(&name)))
}

fn slice(text: &str, range: Range<usize>) -> String {
    text.get(range).unwrap_or_default().to_owned()
}

fn object(text: &str, span: Span) -> Option<Vec<Member>> {
    let parsed = hcl::parse_expression(span.file, text).ok()?;
    match node(&parsed.tree, text, LEVELS).inside {
        Inside::Object(members) => Some(members),
        _ => None,
    }
}

fn block(text: &str, span: Span) -> Option<(String, Body)> {
    if !text.starts_with("statement") && !text.starts_with("content") {
        return None;
    }
    let block = hcl::parse_file(span.file, text).body.blocks.into_iter().next()?;
    Some((block.kind.text.to_string(), block.body))
}

fn nested(block: &Block, text: &str) -> Nested {
    let kind = match block.labels.first() {
        Some(label) if &*block.kind.text == "dynamic" => &label.text,
        _ => &block.kind.text,
    };
    Nested { kind: kind.to_string(), text: slice(text, block.span.range()), members: attributes(&block.body, text) }
}

/// A block's arguments. Of the argument `variable` the place of the value is kept: there the key of a condition stands.
fn attributes(body: &Body, text: &str) -> Vec<Member> {
    let member = |attribute: &crate::syntax::ast::Attribute| Member {
        name: Some(attribute.name.text.to_string()),
        key: attribute.value.span.range(),
        written: attribute.name.text.to_string(),
        value: node(&attribute.value, text, LEVELS),
    };
    body.attributes.iter().map(member).collect()
}

fn node(expr: &Expr, text: &str, levels: usize) -> Node {
    let inside = match &expr.kind {
        _ if levels == 0 => Inside::Nothing,
        ExprKind::List(items) => Inside::List(items.iter().map(|item| slice(text, item.span.range())).collect()),
        ExprKind::Object(items) => Inside::Object(items.iter().map(|item| member(item, text, levels)).collect()),
        _ => Inside::Nothing,
    };
    Node { text: slice(text, expr.span.range()), inside }
}

fn member(item: &crate::syntax::ast::ObjectItem, text: &str, levels: usize) -> Member {
    let name = match &item.key.kind {
        ExprKind::String(text) => Some(text.value().to_owned()),
        _ => None,
    };
    let key = item.key.span.range();
    Member { name, written: slice(text, key.clone()), key, value: node(&item.value, text, levels - 1) }
}

/// The members of the JSON object that starts at `start` of `text`, which may be a template. Nothing if it is none.
fn json_members(text: &str, start: usize, levels: usize) -> Option<Vec<Member>> {
    let mut members = Vec::new();
    for part in json_parts(text, start)? {
        let key_end = json_string(text, part.start)?;
        let colon = blank(text, key_end);
        (text.as_bytes().get(colon) == Some(&b':')).then_some(())?;
        let value = blank(text, colon + 1)..part.end;
        let key = part.start..key_end;
        let name = serde_json::from_str(text.get(key.clone())?).ok();
        members.push(Member { name, written: slice(text, key.clone()), key, value: json_node(text, value, levels.checked_sub(1)?)? });
    }
    Some(members)
}

fn json_node(text: &str, range: Range<usize>, levels: usize) -> Option<Node> {
    let written = text.get(range.clone())?;
    let inside = match written.as_bytes().first()? {
        b'{' if levels > 0 => Inside::Object(json_members(text, range.start, levels)?),
        b'[' => Inside::List(json_parts(text, range.start)?.into_iter().map(|part| slice(text, part)).collect()),
        b'{' | b'"' | b'$' | b'%' | b'-' | b'0'..=b'9' => Inside::Nothing,
        _ if matches!(written, "true" | "false" | "null") => Inside::Nothing,
        // No JSON: an object of HCL with colons.
        _ => return None,
    };
    Some(Node { text: written.to_owned(), inside })
}

/// What stands between the commas of the brackets that open at `start`.
fn json_parts(text: &str, start: usize) -> Option<Vec<Range<usize>>> {
    let mut parts = Vec::new();
    let mut at = blank(text, start + 1);
    let mut from = at;
    let mut depth = 0_usize;
    loop {
        let byte = *text.as_bytes().get(at)?;
        match byte {
            b'"' => {
                at = json_string(text, at)?;
                continue;
            }
            b'$' | b'%' if text.as_bytes().get(at + 1) == Some(&b'{') => {
                at = interpolation(text, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b',' if depth == 0 => {
                parts.push(trimmed(text, from..at));
                from = blank(text, at + 1);
            }
            b'}' | b']' if depth == 0 => {
                let last = trimmed(text, from..at);
                if !last.is_empty() {
                    parts.push(last);
                }
                return parts.iter().all(|part| !part.is_empty()).then_some(parts);
            }
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let length = text.get(range.clone()).map_or(0, |part| part.trim_end().len());
    range.start..range.start + length
}

fn blank(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.len() - rest.trim_start().len()
}

/// The end of the string that starts at `start`.
fn json_string(text: &str, start: usize) -> Option<usize> {
    (text.as_bytes().get(start) == Some(&b'"')).then_some(())?;
    let mut at = start + 1;
    loop {
        at = match *text.as_bytes().get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at + 2,
            b'\n' => return None,
            b'$' | b'%' if text.as_bytes().get(at + 1) == Some(&b'{') && text.as_bytes().get(at - 1) != text.as_bytes().get(at) => {
                interpolation(text, at)?
            }
            _ => at + 1,
        };
    }
}

/// The end of the `${ … }` that starts at `start`. Strings in it may hold braces.
fn interpolation(text: &str, start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut at = start + 1;
    loop {
        match *text.as_bytes().get(at)? {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}
