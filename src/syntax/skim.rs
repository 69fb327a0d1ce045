//! Finds top-level blocks and attributes without parsing them: one pass over the bytes.
//!
//! Most blocks of a Terraform project have nothing to do with IAM. Skimming is some fifteen times as fast as parsing, and
//! it goes on after a broken block, which no parser at hand does.

use super::ast::Name;
use super::comment;
use super::lex::{self, Fault};
use super::template;
use crate::finding::{Problem, ProblemKind};
use crate::source::{File, FileId, Span};

/// What one pass over a file's bytes found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Skimmed {
    /// In source order; a broken block too, as far as its kind and labels could be read.
    pub blocks: Vec<SkimmedBlock>,
    /// Top-level attributes: all there is in a `.tfvars` file.
    pub attributes: Vec<SkimmedAttribute>,
    /// Everything that went wrong, those of broken blocks included.
    pub problems: Vec<Problem>,
}

/// A top-level block that nobody has parsed yet.
#[derive(Clone, Debug, PartialEq)]
pub struct SkimmedBlock {
    pub kind: Name,
    /// Spans include the quotes.
    pub labels: Vec<Name>,
    /// From the kind to the closing brace.
    pub span: Span,
    /// What stands between the braces.
    pub body: Span,
    /// Why it cannot be parsed: also among `Skimmed::problems`, and what `parse_block` returns.
    pub broken: Option<Problem>,
}

/// `name = value` outside of blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct SkimmedAttribute {
    pub name: Name,
    /// From the name to the end of the value.
    pub span: Span,
    pub value: Span,
    /// As in `SkimmedBlock`.
    pub broken: Option<Problem>,
}

/// UTF-8's byte order mark. Terraform skips it at the start of a file.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// A block that never ends costs a scan to the end of the file. So many of them are enough to say that a file is broken.
const MAX_UNCLOSED: usize = 40;

/// Finds the top-level blocks and attributes of HCL text. A block that cannot be followed to its end is marked as broken, and
/// the search goes on at the next line that looks like the start of a block.
pub fn skim(file: FileId, text: &str) -> Skimmed {
    let bytes = text.as_bytes();
    let at = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
    let mut skimmer = Skimmer { file, text, bytes, at, unclosed: 0, found: Skimmed::default() };
    skimmer.run();
    skimmer.found
}

/// `skim` for a file: also marks what holds bytes outside of comments that are not UTF-8. Terraform bears those in comments only.
pub fn skim_file(id: FileId, file: &File) -> Skimmed {
    let mut found = skim(id, &file.text);
    if file.replaced.is_empty() {
        return found;
    }
    let comments = comment::comments(&file.text);
    for &offset in &file.replaced {
        let after = comments.partition_point(|range| range.end <= offset as usize);
        if comments.get(after).is_some_and(|range| range.start <= offset as usize) {
            continue;
        }
        let span = Span { file: id, start: offset, end: offset + 1 };
        let problem = Problem::new(ProblemKind::Syntax, "this byte is not part of valid UTF-8", span);
        mark_broken(&mut found, span, problem);
    }
    found
}

/// Hands a problem to the block or attribute around it, the first one to each.
fn mark_broken(found: &mut Skimmed, span: Span, problem: Problem) {
    let blocks = found.blocks.iter_mut().map(|block| (block.span, &mut block.broken));
    let attributes = found.attributes.iter_mut().map(|attribute| (attribute.span, &mut attribute.broken));
    match blocks.chain(attributes).find(|(around, _)| around.contains(span)).map(|(_, broken)| broken) {
        Some(Some(_)) => {}
        Some(broken) => {
            *broken = Some(problem.clone());
            found.problems.push(problem);
        }
        None => found.problems.push(problem),
    }
}

struct Skimmer<'a> {
    file: FileId,
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// How many scans ran to the end of the text for nothing.
    unclosed: usize,
    found: Skimmed,
}

impl Skimmer<'_> {
    fn run(&mut self) {
        loop {
            match self.bytes.get(self.at) {
                None => return,
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'#' | b'/') => match lex::comment(self.bytes, self.at) {
                    Ok(Some(end)) => self.at = end,
                    Ok(None) => self.stray(),
                    Err(fault) => self.fault(fault),
                },
                Some(&byte) if lex::is_ident_start(byte) => self.item(),
                Some(_) => self.stray(),
            }
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start..end)
    }

    fn name(&self, start: usize, end: usize) -> Name {
        Name { text: self.text.get(start..end).unwrap_or_default().into(), span: self.span(start, end) }
    }

    /// Something that starts neither a block nor an attribute: said once for a stretch of it.
    fn stray(&mut self) {
        let end = self.text.get(self.at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        let span = self.span(self.at, self.at + end);
        self.report(ProblemKind::Syntax, "a block or an attribute must start here", span);
        self.resume(self.at, true);
    }

    fn report(&mut self, kind: ProblemKind, message: &str, span: Span) -> Problem {
        let problem = Problem::new(kind, message, span);
        self.found.problems.push(problem.clone());
        problem
    }

    /// A fault outside of any block.
    fn fault(&mut self, fault: Fault) {
        let span = self.span(fault.at, fault.at + 1);
        self.report(ProblemKind::Syntax, fault.message, span);
        self.resume(fault.at, true);
    }

    /// A block or an attribute: both start with an identifier.
    fn item(&mut self) {
        let start = self.at;
        let kind = self.name(start, lex::identifier(self.bytes, start));
        let mut labels = Vec::new();
        let mut at = kind.span.end as usize;
        loop {
            at = match lex::spaces(self.bytes, at) {
                Ok(at) => at,
                Err(fault) => return self.fault(fault),
            };
            match self.bytes.get(at) {
                Some(b'{') => return self.block(kind, labels, at),
                Some(b'=') if labels.is_empty() => return self.attribute(kind, at + 1),
                Some(b'"') => match lex::quoted(self.bytes, at) {
                    Ok(end) => {
                        labels.push(self.label(at, end));
                        at = end;
                    }
                    Err(fault) => return self.fault(fault),
                },
                Some(&byte) if lex::is_ident_start(byte) => {
                    let end = lex::identifier(self.bytes, at);
                    labels.push(self.name(at, end));
                    at = end;
                }
                _ => return self.no_item(&kind, &labels),
            }
        }
    }

    fn label(&self, start: usize, end: usize) -> Name {
        let raw = self.text.get(start + 1..end - 1).unwrap_or_default();
        let text = if raw.contains(['\\', '$', '%']) { template::unescape(raw).into() } else { raw.into() };
        Name { text, span: self.span(start, end) }
    }

    fn no_item(&mut self, kind: &Name, labels: &[Name]) {
        let expected = if labels.is_empty() { "`=` or `{`" } else { "`{`" };
        let last = labels.last().unwrap_or(kind);
        let message = format!("{expected} must follow `{}`", last.text);
        self.report(ProblemKind::Syntax, &message, kind.span.to(last.span));
        self.resume(last.span.start as usize, true);
    }

    fn block(&mut self, kind: Name, labels: Vec<Name>, open: usize) {
        let start = kind.span.start as usize;
        let (end, body_end, broken) = match lex::brackets(self.bytes, open) {
            Ok(end) => {
                self.at = end;
                (end, end - 1, None)
            }
            Err(fault) => {
                let header = labels.last().map_or(kind.span, |last| kind.span.to(last.span));
                let problem = self.broken_block(&fault, header, open);
                let end = self.text.get(..self.at).unwrap_or_default().trim_end().len().max(open + 1);
                (end, end, Some(problem))
            }
        };
        let (span, body) = (self.span(start, end), self.span(open + 1, body_end));
        self.found.blocks.push(SkimmedBlock { kind, labels, span, body, broken });
    }

    /// Says what is wrong with a block and goes on behind it, as far as that can be told.
    fn broken_block(&mut self, fault: &Fault, header: Span, open: usize) -> Problem {
        let (message, span) = if fault.unclosed && fault.at == open {
            ("this block is never closed", header)
        } else {
            (fault.message, self.span(fault.at, fault.at + 1))
        };
        let problem = self.report(ProblemKind::Syntax, message, span);
        self.resume_after(fault, false);
        problem
    }

    fn attribute(&mut self, name: Name, after: usize) {
        let start = lex::spaces(self.bytes, after).unwrap_or(after);
        let (end, broken) = match lex::expression_line(self.bytes, start) {
            Ok(end) => {
                self.at = end;
                (end, None)
            }
            Err(fault) => {
                let problem = self.report(ProblemKind::Syntax, fault.message, self.span(fault.at, fault.at + 1));
                self.resume_after(&fault, true);
                (self.at, Some(problem))
            }
        };
        let length = self.text.get(start..end).unwrap_or_default().trim_end().len();
        let value = self.span(start, start + length);
        self.found.attributes.push(SkimmedAttribute { span: name.span.to(value), name, value, broken });
    }

    fn resume_after(&mut self, fault: &Fault, attributes: bool) {
        if fault.unclosed {
            self.unclosed += 1;
            if self.unclosed > MAX_UNCLOSED {
                let span = self.span(fault.at, fault.at + 1);
                self.report(ProblemKind::Limit, "too many blocks of this file are never closed: the rest was not read", span);
                self.at = self.bytes.len();
                return;
            }
        }
        self.resume(fault.at, attributes);
    }

    /// Goes to the next line that starts a block, or also an attribute, in its first column.
    fn resume(&mut self, from: usize, attributes: bool) {
        let mut line = lex::line_end(self.bytes, from) + 1;
        while line < self.bytes.len() && !self.starts_item(line, attributes) {
            line = lex::line_end(self.bytes, line) + 1;
        }
        self.at = line.min(self.bytes.len());
    }

    /// Whether `kind "label" {`, `kind {` or `name =` stands at `line`.
    fn starts_item(&self, line: usize, attributes: bool) -> bool {
        let name = lex::identifier(self.bytes, line);
        let mut at = name;
        while at > line {
            let Ok(next) = lex::spaces(self.bytes, at) else {
                return false;
            };
            at = match self.bytes.get(next) {
                Some(b'{') => return true,
                Some(b'=') => return attributes && at == name,
                Some(b'"') => match lex::quoted(self.bytes, next) {
                    Ok(end) => end,
                    Err(_) => return false,
                },
                Some(&byte) if lex::is_ident_start(byte) && next > at => lex::identifier(self.bytes, next),
                _ => return false,
            }
        }
        false
    }
}
