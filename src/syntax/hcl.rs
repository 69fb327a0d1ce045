//! Parses what the skimmer found.

use super::ast::{Attribute, Block, Body, Expr, Name, TemplatePart};
use super::skim::{SkimmedAttribute, SkimmedBlock};
use super::text::Text;
use crate::finding::{Problem, ProblemKind};
use crate::source::FileId;

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
pub fn parse_block(_text: &str, block: &SkimmedBlock) -> Result<Parsed<Block>, Problem> {
    Err(Problem::new(ProblemKind::Syntax, "not yet", block.span))
}

/// Parses one top-level attribute. `text` is the text of the whole file.
pub fn parse_attribute(_text: &str, attribute: &SkimmedAttribute) -> Result<Parsed<Attribute>, Problem> {
    Err(Problem::new(ProblemKind::Syntax, "not yet", attribute.span))
}

/// Skims and parses a whole file; what is broken is missing from the body and listed in the problems.
pub fn parse_file(_file: FileId, _text: &str) -> ParsedFile {
    ParsedFile::default()
}

/// Parses one expression that is the whole of `text`.
pub fn parse_expression(_file: FileId, _text: &str) -> Result<Parsed<Expr>, Problem> {
    Err(Problem::new(ProblemKind::Syntax, "not yet", None))
}

/// Parses a template: a file that `templatefile()` names, as `Text::verbatim(file text, whole file, 0)`, or a string
/// that holds a template. All spans lead back to where the bytes of `template` were written.
pub fn parse_template(template: &Text) -> Result<Vec<TemplatePart>, Problem> {
    Err(Problem::new(ProblemKind::Syntax, "not yet", template.span()))
}
