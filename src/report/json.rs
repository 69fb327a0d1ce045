//! JSON, version 1. Tools depend on it: fields are only added, and only with a new version renamed or removed.
//!
//! Lines and columns count from 1, columns in characters, offsets in bytes from 0; `end` is the place after the last
//! character. The first of a finding's labels is its own, at `location`.

use std::io::{self, Write};

use serde::Serialize;

use super::tally::{Tallies, Tally};
use super::{Report, fingerprints};
use crate::finding::{
    BaselineUse, CommentState, Coverage, Edit, FileUse, Finding, Label, Missing, Outcome, PolicyCoverage, Ranked, Replacement, Severity,
    State, SuppressedBy,
};
use crate::source::{ColumnUnit, Sources, Span};

pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool<'a>,
    configurations: Vec<WireConfiguration<'a>>,
    findings: Vec<WireFinding<'a>>,
    problems: Vec<WireProblem<'a>>,
    ignore_comments: Comments,
    baseline: Option<WireBaseline<'a>>,
    coverage: WireCoverage<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statistics: Option<Statistics>,
}

/// The findings of this report, counted.
#[derive(Serialize)]
struct Statistics {
    findings: usize,
    fail: usize,
    by_severity: Vec<Counted>,
    by_rule: Vec<Counted>,
    by_directory: Vec<Counted>,
}

/// Of a rule or a directory, `severity` is the worst that it has.
#[derive(Serialize)]
struct Counted {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    directory: Option<String>,
    severity: &'static str,
    findings: usize,
    fail: usize,
}

impl Statistics {
    fn of(report: &Report) -> Statistics {
        let Tallies { total, by_severity, by_rule, by_directory } = Tallies::of(report);
        let counted = |severity: Severity, tally: Tally| Counted {
            rule: None,
            directory: None,
            severity: severity.name(),
            findings: tally.findings,
            fail: tally.fail,
        };
        Statistics {
            findings: total.findings,
            fail: total.fail,
            by_severity: by_severity.into_iter().map(|(severity, tally)| counted(severity, tally)).collect(),
            by_rule: by_rule.into_iter().map(|group| Counted { rule: Some(group.name), ..counted(group.worst, group.tally) }).collect(),
            by_directory: by_directory
                .into_iter()
                .map(|group| Counted { directory: Some(group.name), ..counted(group.worst, group.tally) })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

#[derive(Serialize)]
struct WireConfiguration<'a> {
    file: &'a str,
    directory: Option<&'a str>,
    governed_by: Option<&'a str>,
}

#[derive(Serialize)]
struct WireBaseline<'a> {
    known: usize,
    gone: Vec<WireGone<'a>>,
}

#[derive(Serialize)]
struct WireGone<'a> {
    rule: &'a str,
    root: &'a str,
    holder: &'a str,
    address: &'a str,
    token: &'a str,
}

/// How many ignore comments came to what.
#[derive(Serialize)]
pub struct Comments {
    used: usize,
    unused: usize,
    expired: usize,
    wrong: usize,
}

impl Comments {
    pub fn of(outcome: &Outcome) -> Comments {
        Comments {
            used: outcome.comments_in(CommentState::Used),
            unused: outcome.comments_in(CommentState::Unused),
            expired: outcome.comments_in(CommentState::Expired),
            wrong: outcome.comments_in(CommentState::Wrong),
        }
    }
}

#[derive(Serialize)]
struct WireFinding<'a> {
    rule: &'a str,
    severity: &'static str,
    confidence: &'static str,
    level: &'static str,
    fails: bool,
    message: &'a str,
    help: String,
    fix: Option<WireFix>,
    address: &'a str,
    instances: &'a [String],
    roots: &'a [String],
    location: Location,
    labels: Vec<WireLabel<'a>>,
    elsewhere: Vec<WireLabel<'a>>,
    trace: Vec<WireLabel<'a>>,
    fingerprint: &'a str,
    suppressed: bool,
    suppressed_by: Option<&'static str>,
}

#[derive(Serialize)]
struct WireFix {
    applicability: &'static str,
    edits: Vec<WireEdit>,
}

#[derive(Serialize)]
struct WireEdit {
    location: Location,
    text: String,
}

#[derive(Serialize)]
struct WireLabel<'a> {
    location: Location,
    message: &'a str,
}

#[derive(Serialize)]
struct WireProblem<'a> {
    kind: &'static str,
    message: &'a str,
    location: Option<Location>,
}

#[derive(Serialize)]
struct WireCoverage<'a> {
    files: usize,
    modules: usize,
    policies: usize,
    resolved: usize,
    partial: usize,
    leaves: usize,
    unresolved: Vec<WireUnresolved<'a>>,
    causes: Vec<WireCause<'a>>,
    by_policy: Vec<WirePolicy<'a>>,
    elsewhere: Vec<WireElsewhere<'a>>,
}

#[derive(Serialize)]
struct WireElsewhere<'a> {
    source: &'a str,
    location: Location,
}

#[derive(Serialize)]
struct WireCause<'a> {
    id: &'a str,
    kind: &'static str,
    name: &'a str,
    message: &'a str,
    help: &'a str,
    location: Location,
    policies: usize,
    structural: usize,
}

#[derive(Serialize)]
struct WirePolicy<'a> {
    address: &'a str,
    root: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    passed_to: Vec<&'a str>,
    location: Location,
    state: &'static str,
    unknown: Vec<WireMissing<'a>>,
}

#[derive(Serialize)]
struct WireMissing<'a> {
    location: Location,
    reason: &'a str,
    cause: &'a str,
    structural: bool,
}

#[derive(Serialize)]
struct WireUnresolved<'a> {
    address: &'a str,
    location: Location,
    reason: &'a str,
}

/// A place as every report in JSON has it.
#[derive(Serialize)]
pub struct Location {
    file: String,
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: u32,
    column: u32,
    offset: u32,
}

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Report { sources, outcome, options, .. } = report;
    let names = fingerprints(sources, &outcome.findings);
    let finding = |(n, finding): (usize, _)| wire(sources, finding, names.get(n).map_or("", String::as_str));
    let document = Document {
        version: VERSION,
        tool: Tool { name: "rolelint", version: options.version },
        configurations: outcome.configurations.iter().map(configuration).collect(),
        findings: report.shown().map(finding).collect(),
        problems: outcome
            .problems
            .iter()
            .map(|problem| WireProblem {
                kind: problem.kind.name(),
                message: &problem.message,
                location: problem.span.map(|span| location(sources, span)),
            })
            .collect(),
        ignore_comments: Comments::of(outcome),
        baseline: outcome.baseline.as_ref().map(baseline),
        coverage: coverage(sources, &outcome.coverage),
        statistics: options.statistics.then(|| Statistics::of(report)),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn baseline(used: &BaselineUse) -> WireBaseline<'_> {
    let gone = used.gone.iter().map(|known| WireGone {
        rule: &known.rule,
        root: if known.root.is_empty() { "." } else { &known.root },
        holder: &known.holder,
        address: &known.address,
        token: &known.token,
    });
    WireBaseline { known: used.known, gone: gone.collect() }
}

fn configuration(file: &FileUse) -> WireConfiguration<'_> {
    let directory = file.directory.as_deref().map(|directory| if directory.is_empty() { "." } else { directory });
    WireConfiguration { file: &file.path, directory, governed_by: file.governed_by.as_deref() }
}

fn wire<'a>(sources: &Sources, finding: &'a Finding, fingerprint: &'a str) -> WireFinding<'a> {
    let label = |label: &'a Label| WireLabel { location: location(sources, label.span), message: &label.message };
    WireFinding {
        rule: finding.rule,
        severity: finding.severity.name(),
        confidence: finding.confidence.name(),
        level: finding.level.name(),
        fails: finding.fails_run(),
        message: &finding.message,
        help: finding.help.text(),
        fix: finding.help.edit.as_ref().map(|edit| fix(sources, edit)),
        address: &finding.address,
        instances: &finding.instances,
        roots: &finding.roots,
        location: location(sources, finding.primary.span),
        labels: std::iter::once(&finding.primary).chain(&finding.labels).map(label).collect(),
        elsewhere: finding.elsewhere.iter().map(label).collect(),
        trace: finding.trace.iter().map(label).collect(),
        fingerprint,
        suppressed: finding.suppressed.is_some(),
        suppressed_by: finding.suppressed.as_ref().map(|suppression| match suppression.by {
            SuppressedBy::Comment => "comment",
            SuppressedBy::Baseline => "baseline",
        }),
    }
}

fn fix(sources: &Sources, edit: &Edit) -> WireFix {
    let wire = |one: &Replacement| WireEdit { location: location(sources, one.span), text: one.in_place(sources) };
    WireFix { applicability: edit.applicability.name(), edits: edit.replacements.iter().map(wire).collect() }
}

fn coverage<'a>(sources: &Sources, coverage: &'a Coverage) -> WireCoverage<'a> {
    let partial = coverage.count(State::Partial);
    let leaves = coverage.count(State::Leaves);
    WireCoverage {
        files: coverage.files,
        modules: coverage.modules,
        policies: coverage.policies.len(),
        resolved: coverage.count(State::Resolved),
        partial: partial + leaves,
        leaves,
        unresolved: unresolved(sources, coverage),
        causes: coverage.causes().into_iter().map(|ranked| cause(sources, ranked)).collect(),
        by_policy: coverage.policies.iter().map(|one| policy(sources, one)).collect(),
        elsewhere: coverage
            .elsewhere
            .iter()
            .map(|call| WireElsewhere { source: &call.source, location: location(sources, call.span) })
            .collect(),
    }
}

/// In the order of the places, whichever policy holds them.
fn unresolved<'a>(sources: &Sources, coverage: &'a Coverage) -> Vec<WireUnresolved<'a>> {
    let mut values: Vec<(&str, &Missing)> =
        coverage.policies.iter().flat_map(|policy| policy.missing.iter().map(|missing| (policy.address.as_str(), missing))).collect();
    let key = |(address, missing): &(&str, &Missing)| {
        let Span { file, start, end } = missing.span;
        (sources.file(file).path.clone(), start, end, (*address).to_owned(), missing.reason.clone())
    };
    values.sort_by_cached_key(key);
    values.dedup_by(|a, b| (a.0, a.1.span, &a.1.reason) == (b.0, b.1.span, &b.1.reason));
    let wire = |(address, missing): (&'a str, &'a Missing)| WireUnresolved {
        address,
        location: location(sources, missing.span),
        reason: &missing.reason,
    };
    values.into_iter().map(wire).collect()
}

fn cause<'a>(sources: &Sources, ranked: Ranked<'a>) -> WireCause<'a> {
    let Ranked { cause, policies, structural } = ranked;
    WireCause {
        id: &cause.id,
        kind: cause.kind.name(),
        name: &cause.name,
        message: &cause.message,
        help: &cause.help,
        location: location(sources, cause.span),
        policies,
        structural,
    }
}

fn policy<'a>(sources: &Sources, policy: &'a PolicyCoverage) -> WirePolicy<'a> {
    let missing = |missing: &'a Missing| WireMissing {
        location: location(sources, missing.span),
        reason: &missing.reason,
        cause: &missing.cause.id,
        structural: missing.structural,
    };
    WirePolicy {
        address: &policy.address,
        root: if policy.root.is_empty() { "." } else { &policy.root },
        kind: policy.kind,
        passed_to: policy.passed_to.iter().map(|(taker, _)| taker.as_str()).collect(),
        location: location(sources, policy.span),
        state: policy.state.name(),
        unknown: policy.missing.iter().map(missing).collect(),
    }
}

pub fn location(sources: &Sources, span: Span) -> Location {
    let (start, end) = sources.positions(span, ColumnUnit::Characters);
    Location {
        file: sources.file(span.file).path.clone(),
        start: Point { line: start.line, column: start.column, offset: span.start },
        end: Point { line: end.line, column: end.column, offset: span.end },
    }
}
