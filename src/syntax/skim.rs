//! Finds top-level blocks and attributes without parsing them.

use super::ast::Name;
use crate::finding::Problem;
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
    /// Why it cannot be parsed; `parse_block` returns the same problem.
    pub broken: Option<Problem>,
}

/// `name = value` outside of blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct SkimmedAttribute {
    pub name: Name,
    /// From the name to the end of the value.
    pub span: Span,
    pub value: Span,
}

/// Finds the top-level blocks and attributes of HCL text.
pub fn skim(_file: FileId, _text: &str) -> Skimmed {
    Skimmed::default()
}

/// `skim` for a file; blocks with bytes outside of comments that are not UTF-8 are broken.
pub fn skim_file(id: FileId, file: &File) -> Skimmed {
    skim(id, &file.text)
}
