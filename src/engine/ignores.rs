//! `# rolelint: ignore[rule-id] until=2027-01-31 reason`: on the line of a finding, on the line above, or above or at the head
//! of the block that holds it.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::Settings;
use crate::finding::{CommentState, Finding, IgnoreComment, Label, Outcome, Problem, ProblemKind};
use crate::rules;
use crate::source::{ColumnUnit, FileId, FileKind, Sources, Span, position};
use crate::syntax::ast::Name;
use crate::syntax::comment::{IgnoreDirective, ignore_directives};
use crate::syntax::skim;
use crate::terraform::Tree;

/// A directive with the first and last line, from 1, that it is about.
struct Covering {
    directive: IgnoreDirective,
    first: u32,
    last: u32,
    /// Rules of it that have a finding there.
    covers: BTreeSet<&'static str>,
}

/// Marks the findings that an ignore comment covers, and tells of the comments that ignore nothing.
pub(super) fn apply(outcome: &mut Outcome, tree: &Tree, sources: &Sources, settings: &Settings) {
    let mut by_file: HashMap<FileId, Vec<Covering>> =
        sources.ids().into_par_iter().map(|file| (file, read(sources, file))).filter(|(_, found)| !found.is_empty()).collect();
    let today = settings.today.as_deref();
    outcome.findings.iter_mut().for_each(|finding| cover(finding, &mut by_file, sources, today));
    let mut all: Vec<(FileId, Covering)> =
        by_file.into_iter().flat_map(|(file, found)| found.into_iter().map(move |covering| (file, covering))).collect();
    all.sort_by_key(|(file, covering)| (*file, covering.directive.span.start));
    for (file, covering) in &all {
        let of = sources.file(*file);
        if matches!(of.kind, FileKind::Hcl | FileKind::Terragrunt | FileKind::Variables) {
            // What others maintain is not to be mended here.
            let downloaded = tree.is_downloaded(&of.path);
            let problems = covering.problems(sources, settings, downloaded);
            outcome.comments.push(IgnoreComment { span: covering.directive.span, state: covering.state(&problems, today) });
            outcome.problems.extend(problems);
        }
    }
}

/// Marks one finding.
fn cover(finding: &mut Finding, by_file: &mut HashMap<FileId, Vec<Covering>>, sources: &Sources, today: Option<&str>) {
    // A token in a policy's JSON file cannot have a comment: one at the resource that reads the file, or anywhere on the way, counts.
    let places: Vec<Span> = std::iter::once(finding.primary.span).chain(finding.trace.iter().map(|step| step.span)).collect();
    for span in places {
        let Some(found) = by_file.get_mut(&span.file) else { continue };
        let line = position(&sources.file(span.file), span.start, ColumnUnit::Characters).line;
        for covering in found.iter_mut().filter(|covering| covering.is_about(line, finding.rule)) {
            covering.covers.insert(finding.rule);
            match covering.expired(today) {
                None => finding.suppressed = Some(covering.directive.reason.clone().unwrap_or_default()),
                Some(until) => {
                    let message = format!("was ignored until {until}");
                    finding.labels.push(Label { span: covering.directive.span, message });
                }
            }
        }
    }
}

impl Covering {
    fn is_about(&self, line: u32, rule: &str) -> bool {
        let named = self.directive.rules.iter().any(|name| &*name.text == rule);
        self.directive.malformed.is_none() && named && self.first <= line && line <= self.last
    }

    /// The date, if it is past.
    fn expired(&self, today: Option<&str>) -> Option<&str> {
        let until = self.directive.until.as_ref().map(|(until, _)| until.as_str());
        until.zip(today).filter(|(until, today)| until < today).map(|(until, _)| until)
    }

    /// Why it ignores nothing, or not all that it names.
    fn problems(&self, sources: &Sources, settings: &Settings, downloaded: bool) -> Vec<Problem> {
        let problem = |message: String, span| Problem::new(ProblemKind::Ignore, message, span);
        if let Some(why) = &self.directive.malformed {
            return vec![problem(format!("this comment ignores nothing: {why}"), self.directive.span)];
        }
        let mut problems: Vec<Problem> =
            self.directive.rules.iter().filter_map(|name| self.of_rule(name, sources, settings, downloaded)).collect();
        let expired = self.expired(settings.today.as_deref()).filter(|_| !self.covers.is_empty());
        let message = |until: &str| problem(format!("this comment has ignored nothing since {until}, its last day"), self.directive.span);
        problems.extend(expired.map(message));
        problems
    }

    /// What is wrong with one rule of it.
    fn of_rule(&self, name: &Name, sources: &Sources, settings: &Settings, downloaded: bool) -> Option<Problem> {
        let problem = |message: String| Some(Problem::new(ProblemKind::Ignore, message, name.span));
        let Some(rule) = rules::find(&name.text) else {
            return problem(format!("this comment ignores nothing: {}", super::no_rule(&name.text)));
        };
        let about = rule.about();
        // Of a rule that does not run nobody knows what it would find.
        let runs = settings.level_in(about, name.span.file, sources, false).is_some();
        let unused = runs && !downloaded && !self.covers.contains(about.id);
        if unused { problem(format!("this comment is not needed: `{}` finds nothing here", about.id)) } else { None }
    }

    fn state(&self, problems: &[Problem], today: Option<&str>) -> CommentState {
        let unknown = self.directive.rules.iter().any(|name| rules::find(&name.text).is_none());
        match problems.is_empty() {
            _ if self.directive.malformed.is_some() || unknown => CommentState::Wrong,
            true => CommentState::Used,
            false if !self.covers.is_empty() && self.expired(today).is_some() => CommentState::Expired,
            false => CommentState::Unused,
        }
    }
}

fn read(sources: &Sources, id: FileId) -> Vec<Covering> {
    let file = sources.file(id);
    // A plan has no comments, and is large.
    let found = if file.kind == FileKind::Plan { Vec::new() } else { ignore_directives(id, &file.text) };
    if found.is_empty() {
        return Vec::new();
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
    let directives = found.into_iter().map(|directive| (range(&directive), directive));
    directives.map(|((first, last), directive)| Covering { directive, first, last, covers: BTreeSet::new() }).collect()
}
