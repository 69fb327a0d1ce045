//! Tests of the syntax floor as a whole.

mod agreement;
mod expressions;
mod rejected;
mod skimming;
mod strings;
mod variables;

use super::ast::{Expr, ExprKind};
use super::hcl::{self, Parsed};
use crate::source::{File, FileId, FileKind, NoFiles, Sources, Span};

pub(super) fn file() -> FileId {
    Sources::new(Box::new(NoFiles)).add(File::new("a.tf", FileKind::Hcl, Vec::new()))
}

/// The value of the only attribute `a` of `text`.
pub(super) fn attribute(text: &str) -> Parsed<Expr> {
    let parsed = hcl::parse_file(file(), text);
    assert_eq!(parsed.problems, [], "in {text:?}");
    let attribute = parsed.body.attributes.into_iter().find(|attribute| &*attribute.name.text == "a").expect(text);
    Parsed { tree: attribute.value, shadowed: parsed.shadowed }
}

/// The value of `a`, a string without interpolations.
pub(super) fn string(text: &str) -> String {
    match attribute(text).tree.kind {
        ExprKind::String(string) => string.value().to_owned(),
        other => panic!("{text:?} holds {other:?}"),
    }
}

pub(super) fn at(text: &str, span: Span) -> &str {
    &text[span.range()]
}
