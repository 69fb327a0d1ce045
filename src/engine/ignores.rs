//! `# rolelint: ignore[rule-id] until=2027-01-31 reason`: on the line of a finding, on the line above, or above or at the head
//! of the block that holds it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use rayon::prelude::*;

use super::{Judgement, Settings};
use crate::finding::{CommentState, IgnoreComment, Label, Outcome, Problem, ProblemKind, State, SuppressedBy, Suppression};
use crate::rules;
use crate::source::{ColumnUnit, FileId, FileKind, Sources, Span, position};
use crate::syntax::ast::Name;
use crate::syntax::comment::{IgnoreDirective, end_of_construct, ignore_directives};
use crate::terraform::Tree;

/// A directive with the first and last line, from 1, that it is about.
struct Covering {
    directive: IgnoreDirective,
    first: u32,
    last: u32,
    /// Rules of it that have a finding there.
    covers: BTreeSet<&'static str>,
}

/// What the comments are held against.
struct Looked<'a> {
    settings: &'a Settings,
    sources: &'a Sources,
    /// Lines that a rule reports, by file and rule.
    reported: HashMap<(FileId, &'static str), BTreeSet<u32>>,
    /// Files of policies that are not known in full: what a rule would find in them nobody knows.
    open: HashSet<FileId>,
}

impl Looked<'_> {
    /// Whether another run may find more in a file: it may see another caller, or know other values.
    fn is_open(&self, file: FileId) -> bool {
        !self.settings.whole || self.open.contains(&file)
    }

    /// The line from a comment on, else the last one before, that a rule reports in its file.
    fn nearest(&self, rule: &'static str, file: FileId, line: u32) -> Option<u32> {
        let lines = self.reported.get(&(file, rule))?;
        lines.range(line..).next().or_else(|| lines.last()).copied()
    }
}

/// Marks the findings that an ignore comment covers, and tells of the comments that ignore nothing.
pub(super) fn apply(said: &mut [Judgement], outcome: &mut Outcome, tree: &Tree, sources: &Sources, settings: &Settings) {
    let mut by_file: HashMap<FileId, Vec<Covering>> =
        sources.ids().into_par_iter().map(|file| (file, read(sources, file))).filter(|(_, found)| !found.is_empty()).collect();
    if by_file.is_empty() {
        return;
    }
    let today = settings.today.as_deref();
    said.iter_mut().for_each(|judgement| cover(judgement, &mut by_file, sources, today));
    let mut all: Vec<(FileId, Covering)> =
        by_file.into_iter().flat_map(|(file, found)| found.into_iter().map(move |covering| (file, covering))).collect();
    all.sort_by_key(|(file, covering)| (*file, covering.directive.span.start));
    let looked = looked(said, outcome, sources, settings);
    for (file, covering) in &all {
        let of = sources.file(*file);
        // What others maintain is not to be mended here.
        if !tree.is_downloaded(&of.path) {
            let problems = covering.problems(&looked);
            outcome.comments.push(IgnoreComment { span: covering.directive.span, state: covering.state(&problems, today) });
            outcome.problems.extend(problems);
        }
    }
}

fn looked<'a>(said: &[Judgement], outcome: &Outcome, sources: &'a Sources, settings: &'a Settings) -> Looked<'a> {
    let mut reported: HashMap<(FileId, &'static str), BTreeSet<u32>> = HashMap::new();
    for Judgement { about, said, .. } in said {
        let span = said.builder.primary.span;
        let line = position(&sources.file(span.file), span.start, ColumnUnit::Characters).line;
        reported.entry((span.file, about.id)).or_default().insert(line);
    }
    let unknown = outcome.coverage.policies.iter().filter(|policy| policy.state != State::Resolved);
    let open = unknown.flat_map(|policy| policy.files.iter().copied().chain([policy.span.file])).collect();
    Looked { settings, sources, reported, open }
}

/// Marks what is said of one instance: a comment on the way of one instance says nothing about another one's.
fn cover(judgement: &mut Judgement, by_file: &mut HashMap<FileId, Vec<Covering>>, sources: &Sources, today: Option<&str>) {
    let Judgement { about, said, suppressed, .. } = judgement;
    // A token in a policy's JSON file cannot have a comment: one at the resource that reads the file, or anywhere on the way, counts.
    let builder = &mut said.builder;
    for span in &builder.further {
        let Some(found) = by_file.get_mut(&span.file) else { continue };
        let line = position(&sources.file(span.file), span.start, ColumnUnit::Characters).line;
        found.iter_mut().filter(|covering| covering.is_about(line, about.id)).for_each(|covering| {
            covering.covers.insert(about.id);
        });
    }
    let places: Vec<Span> = std::iter::once(builder.primary.span).chain(builder.trace.iter().map(|step| step.span)).collect();
    for span in places {
        let Some(found) = by_file.get_mut(&span.file) else { continue };
        let line = position(&sources.file(span.file), span.start, ColumnUnit::Characters).line;
        for covering in found.iter_mut().filter(|covering| covering.is_about(line, about.id)) {
            covering.covers.insert(about.id);
            match covering.expired(today) {
                None => {
                    let reason = covering.directive.reason.clone().unwrap_or_default();
                    *suppressed = Some(Suppression { by: SuppressedBy::Comment, reason });
                }
                Some(until) => {
                    let message = format!("was ignored until {until}");
                    builder.labels.push(Label { span: covering.directive.span, message });
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
    fn problems(&self, looked: &Looked) -> Vec<Problem> {
        let problem = |message: String, span| Problem::new(ProblemKind::Ignore, message, span);
        if let Some(why) = &self.directive.malformed {
            return vec![problem(format!("this comment ignores nothing: {why}"), self.directive.span)];
        }
        let mut problems: Vec<Problem> = self.directive.rules.iter().filter_map(|name| self.of_rule(name, looked)).collect();
        let expired = self.expired(looked.settings.today.as_deref()).filter(|_| !self.covers.is_empty());
        let message = |until: &str| problem(format!("this comment has ignored nothing since {until}, its last day"), self.directive.span);
        problems.extend(expired.map(message));
        problems
    }

    /// What is wrong with one rule of it.
    fn of_rule(&self, name: &Name, looked: &Looked) -> Option<Problem> {
        let problem = |message: String| Some(Problem::new(ProblemKind::Ignore, message, name.span));
        let Some(rule) = rules::find(&name.text) else {
            return problem(format!("this comment ignores nothing: {}", super::no_rule(&name.text)));
        };
        let id = rule.about().id;
        // Of a rule that does not run nobody knows what it would find.
        let runs = looked.settings.level_in(rule.about(), name.span.file, looked.sources, false).is_some();
        if !runs || self.covers.contains(id) || looked.is_open(name.span.file) {
            return None;
        }
        let lines = match self.first + 1 >= self.last {
            true => format!("line {}", self.last),
            false => format!("lines {} to {}", self.first, self.last),
        };
        match looked.nearest(id, name.span.file, self.first) {
            Some(line) => problem(format!("this comment covers {lines}, where `{id}` finds nothing: what it reports is on line {line}")),
            None => problem(format!("this comment is unused: `{id}` finds nothing in {lines}")),
        }
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
    // JSON, plans and templates have no comments: what looks like one there is text that somebody else may choose.
    let has_comments = matches!(file.kind, FileKind::Hcl | FileKind::Terragrunt | FileKind::Variables);
    let found = if has_comments { ignore_directives(id, &file.text) } else { Vec::new() };
    let covering = |directive: IgnoreDirective| {
        let span = covered(&file.text, &directive);
        let line_of = |offset: usize| position(&file, u32::try_from(offset).unwrap_or(u32::MAX), ColumnUnit::Characters).line;
        Covering { first: line_of(span.start), last: line_of(span.end), directive, covers: BTreeSet::new() }
    };
    found.into_iter().map(covering).collect()
}

/// What a comment is about: its own line, or if it stands alone the next one that is not a comment, too; and all that begins there.
fn covered(text: &str, directive: &IgnoreDirective) -> Range<usize> {
    let line_start = |offset: usize| text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let own = line_start(directive.span.range().start);
    if !directive.own_line {
        return own..end_of_construct(text, own);
    }
    let mut next = line_end(text, directive.span.range().end);
    // A reason may go on, and several comments may stand above one another.
    while next < text.len() && is_comment(text.get(next..).unwrap_or_default()) {
        next = line_end(text, next);
    }
    own..end_of_construct(text, next)
}

/// Where the line after the one at `offset` begins.
fn line_end(text: &str, offset: usize) -> usize {
    text.get(offset..).and_then(|rest| rest.find('\n')).map_or(text.len(), |newline| offset + newline + 1)
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t']);
    line.starts_with('#') || line.starts_with("//")
}
