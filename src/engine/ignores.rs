//! `# rolelint: ignore[rule-id] until=2027-01-31 reason`: on the line of a finding, on the line above, or above or at the head
//! of the block that holds it.

use std::collections::HashMap;

use crate::finding::{Finding, Problem, ProblemKind};
use crate::source::{ColumnUnit, FileId, FileKind, Sources, Span, position};
use crate::syntax::ast::Name;
use crate::syntax::comment::{IgnoreDirective, ignore_directives};
use crate::syntax::skim;

struct Ignores {
    directives: Vec<Covering>,
}

/// A directive with the first and last line, from 1, that it is about.
struct Covering {
    directive: IgnoreDirective,
    first: u32,
    last: u32,
}

/// Marks the findings that an ignore comment covers.
pub(super) fn apply(findings: &mut [Finding], sources: &Sources, today: Option<&str>) {
    let mut by_file: HashMap<FileId, Ignores> = HashMap::new();
    for finding in findings {
        // A token in a policy's JSON file cannot have a comment: one at the resource that reads the file, or anywhere on the way, counts.
        let places: Vec<Span> = std::iter::once(finding.primary.span).chain(finding.trace.iter().map(|step| step.span)).collect();
        for span in places {
            let ignores = by_file.entry(span.file).or_insert_with(|| read(sources, span.file));
            if !ignores.directives.is_empty() {
                let line = position(&sources.file(span.file), span.start, ColumnUnit::Characters).line;
                ignores
                    .directives
                    .iter()
                    .filter(|covering| covering.covers(line, finding.rule))
                    .for_each(|covering| covering.apply(finding, today));
            }
        }
    }
}

impl Covering {
    fn covers(&self, line: u32, rule: &str) -> bool {
        let named = self.directive.rules.iter().any(|name| &*name.text == rule);
        self.directive.malformed.is_none() && named && self.first <= line && line <= self.last
    }

    fn apply(&self, finding: &mut Finding, today: Option<&str>) {
        let until = self.directive.until.as_ref().map(|(until, _)| until.as_str());
        match until.zip(today).filter(|(until, today)| until < today) {
            None => finding.suppressed = Some(self.directive.reason.clone().unwrap_or_default()),
            Some((until, _)) => {
                let message = format!("was ignored until {until}");
                finding.labels.push(crate::finding::Label { span: self.directive.span, message });
            }
        }
    }
}

/// Comments that ignore nothing: misspelt, or of rules that do not exist.
pub(super) fn problems(sources: &Sources, exists: &(dyn Fn(&str) -> bool + Sync)) -> Vec<Problem> {
    use rayon::prelude::*;
    let of_file = |id: FileId| -> Vec<Problem> {
        let file = sources.file(id);
        if !matches!(file.kind, FileKind::Hcl | FileKind::Terragrunt) {
            return Vec::new();
        }
        let wrong = |directive: &IgnoreDirective| match &directive.malformed {
            Some(why) => vec![Problem::new(ProblemKind::Ignore, format!("this comment ignores nothing: {why}"), directive.span)],
            None => {
                let unknown = directive.rules.iter().filter(|name| !exists(&name.text));
                let message = |name: &Name| format!("this comment ignores nothing: there is no rule `{}`", name.text);
                unknown.map(|name| Problem::new(ProblemKind::Ignore, message(name), name.span)).collect()
            }
        };
        ignore_directives(id, &file.text).iter().flat_map(wrong).collect()
    };
    sources.ids().into_par_iter().flat_map_iter(of_file).collect()
}

fn read(sources: &Sources, id: FileId) -> Ignores {
    let file = sources.file(id);
    // A plan has no comments, and is large.
    let found = if file.kind == FileKind::Plan { Vec::new() } else { ignore_directives(id, &file.text) };
    if found.is_empty() {
        return Ignores { directives: Vec::new() };
    }
    let blocks: Vec<Span> = skim::skim(id, &file.text).blocks.into_iter().map(|block| block.span).collect();
    let line_of = |offset: u32| position(&file, offset, ColumnUnit::Characters).line;
    let lines: Vec<(u32, u32)> = blocks.iter().map(|span| (line_of(span.start), line_of(span.end))).collect();
    let range = |directive: &IgnoreDirective| {
        let own = line_of(directive.span.start);
        let from = if directive.own_line { own + 1 } else { own };
        // At a block's head it is about the whole block.
        let block = lines.iter().find(|(first, _)| *first == from);
        block.map_or((own, from), |(_, last)| (own, *last))
    };
    let directives = found.into_iter().map(|directive| (range(&directive), directive)).map(|((first, last), directive)| Covering {
        directive,
        first,
        last,
    });
    Ignores { directives: directives.collect() }
}
