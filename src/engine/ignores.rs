//! `# rolelint: ignore[rule-id] until=2027-01-31 reason`: on the line of a finding, on the line above, or above or at the head
//! of the block that holds it.

use std::collections::HashMap;

use crate::finding::Finding;
use crate::source::{ColumnUnit, FileId, Sources, Span, position};
use crate::syntax::comment::{IgnoreDirective, ignore_directives};
use crate::syntax::skim;

struct Ignores {
    /// Each directive with the first and last line, from 1, that it is about.
    directives: Vec<(IgnoreDirective, u32, u32)>,
}

/// Marks the findings that an ignore comment covers.
pub(super) fn apply(findings: &mut [Finding], sources: &Sources, today: Option<&str>) {
    let mut by_file: HashMap<FileId, Ignores> = HashMap::new();
    for finding in findings {
        let span = finding.primary.span;
        let ignores = by_file.entry(span.file).or_insert_with(|| read(sources, span.file));
        if ignores.directives.is_empty() {
            continue;
        }
        let line = position(&sources.file(span.file), span.start, ColumnUnit::Characters).line;
        let covering =
            ignores.directives.iter().filter(|(directive, first, last)| *first <= line && line <= *last && names(directive, finding.rule));
        for (directive, _, _) in covering {
            let expired = directive.until.as_ref().zip(today).is_some_and(|((until, _), today)| until.as_str() < today);
            match expired {
                false => finding.suppressed = Some(directive.reason.clone().unwrap_or_default()),
                true => {
                    let until = directive.until.as_ref().map_or("", |(until, _)| until);
                    finding.labels.push(crate::finding::Label { span: directive.span, message: format!("was ignored until {until}") });
                }
            }
        }
    }
}

fn names(directive: &IgnoreDirective, rule: &str) -> bool {
    directive.malformed.is_none() && directive.rules.iter().any(|name| &*name.text == rule)
}

fn read(sources: &Sources, id: FileId) -> Ignores {
    let file = sources.file(id);
    let found = ignore_directives(id, &file.text);
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
    let directives =
        found.into_iter().map(|directive| (range(&directive), directive)).map(|((first, last), directive)| (directive, first, last));
    Ignores { directives: directives.collect() }
}
