//! For people, the same finding in copies of one file is one: what was copied from one environment to the next is fixed once.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::Report;
use crate::finding::{Finding, Level, SuppressedBy};
use crate::source::{FileId, Sources, Span};

/// A finding with the same token in files of the same text.
pub struct Folded<'a> {
    pub finding: &'a Finding,
    pub copies: Vec<Span>,
}

/// What copies have in common: the token, and what becomes of the finding.
type Key<'a> = (&'a str, (usize, u64), u32, u32, Level, bool, Option<SuppressedBy>);

/// The findings that are shown, worst first, each once.
pub fn folded<'a>(report: &Report<'a>) -> Vec<Folded<'a>> {
    let mut texts: HashMap<FileId, (usize, u64)> = HashMap::new();
    let mut first: HashMap<Key, usize> = HashMap::new();
    let mut folded: Vec<Folded<'a>> = Vec::new();
    for (_, finding) in report.worst_first() {
        let span = finding.primary.span;
        let text = *texts.entry(span.file).or_insert_with(|| text(report.sources, span.file));
        let by = finding.suppressed.as_ref().map(|suppression| suppression.by);
        let at = *first.entry((finding.rule, text, span.start, span.end, finding.level, finding.fails, by)).or_insert(folded.len());
        match folded.get_mut(at).filter(|one| one.finding.primary.span.file != span.file) {
            Some(one) => one.copies.push(span),
            None => folded.push(Folded { finding, copies: Vec::new() }),
        }
    }
    folded
}

/// The length of a file's text and a hash of it: nothing that outlives the run.
fn text(sources: &Sources, file: FileId) -> (usize, u64) {
    let file = sources.file(file);
    let mut hasher = DefaultHasher::new();
    file.text.hash(&mut hasher);
    (file.text.len(), hasher.finish())
}
