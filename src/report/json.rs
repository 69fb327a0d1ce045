//! JSON, version 1. Tools depend on it: fields are only added, and only with a new version renamed or removed.
//!
//! Lines and columns count from 1, columns in characters, offsets in bytes from 0; `end` is the place after the last
//! character. The first of a finding's labels is its own, at `location`.

use std::io::{self, Write};

use serde::Serialize;

use super::{Report, fingerprints};
use crate::finding::{Finding, Label};
use crate::source::{ColumnUnit, Sources, Span};

pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool<'a>,
    findings: Vec<WireFinding<'a>>,
    problems: Vec<WireProblem<'a>>,
    coverage: WireCoverage<'a>,
}

#[derive(Serialize)]
struct Tool<'a> {
    name: &'static str,
    version: &'a str,
}

#[derive(Serialize)]
struct WireFinding<'a> {
    rule: &'a str,
    severity: &'static str,
    confidence: &'static str,
    level: &'static str,
    message: &'a str,
    help: &'a str,
    address: &'a str,
    location: Location,
    labels: Vec<WireLabel<'a>>,
    trace: Vec<WireLabel<'a>>,
    fingerprint: &'a str,
    suppressed: bool,
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
    unresolved: Vec<WireUnresolved<'a>>,
}

#[derive(Serialize)]
struct WireUnresolved<'a> {
    address: &'a str,
    location: Location,
    reason: &'a str,
}

#[derive(Serialize)]
struct Location {
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
    let coverage = &outcome.coverage;
    let document = Document {
        version: VERSION,
        tool: Tool { name: "rolelint", version: options.version },
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
        coverage: WireCoverage {
            files: coverage.files,
            modules: coverage.modules,
            policies: coverage.policies,
            resolved: coverage.resolved,
            partial: coverage.partial,
            unresolved: coverage
                .unresolved
                .iter()
                .map(|value| WireUnresolved { address: &value.address, location: location(sources, value.span), reason: &value.reason })
                .collect(),
        },
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn wire<'a>(sources: &Sources, finding: &'a Finding, fingerprint: &'a str) -> WireFinding<'a> {
    let label = |label: &'a Label| WireLabel { location: location(sources, label.span), message: &label.message };
    WireFinding {
        rule: finding.rule,
        severity: finding.severity.name(),
        confidence: finding.confidence.name(),
        level: finding.level.name(),
        message: &finding.message,
        help: &finding.help,
        address: &finding.address,
        location: location(sources, finding.primary.span),
        labels: std::iter::once(&finding.primary).chain(&finding.labels).map(label).collect(),
        trace: finding.trace.iter().map(label).collect(),
        fingerprint,
        suppressed: finding.suppressed.is_some(),
    }
}

fn location(sources: &Sources, span: Span) -> Location {
    let (start, end) = sources.positions(span, ColumnUnit::Characters);
    Location {
        file: sources.file(span.file).path.clone(),
        start: Point { line: start.line, column: start.column, offset: span.start },
        end: Point { line: end.line, column: end.column, offset: span.end },
    }
}
