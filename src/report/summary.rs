//! The end of a text report: what could not be seen, and the totals.

use super::tally::Tallies;
use super::text::{clean_path, count, enumerate};
use super::{Detail, Report, coverage};
use crate::finding::{CommentState, Finding, Problem, ProblemKind, Severity, State, SuppressedBy};
use crate::source::{ColumnUnit, Position, Sources, Span};

/// A place as editors and terminals understand it: `path:line:column`.
pub fn place(sources: &Sources, span: Span) -> String {
    let file = sources.file(span.file);
    let Position { line, column } = crate::source::position(&file, span.start, ColumnUnit::Characters);
    format!("{}:{line}:{column}", clean_path(&file.path))
}

/// The totals, in one or two sentences each on its line: what was found, then what was looked at.
pub fn lines(report: &Report) -> Vec<String> {
    vec![found(report), looked_at(report)]
}

fn found(report: &Report) -> String {
    let tallies = Tallies::of(report);
    let by_severity: Vec<String> =
        tallies.by_severity.iter().map(|(severity, tally)| format!("{} {}", tally.findings, severity.name())).collect();
    let mut line = match tallies.total.findings {
        0 => "No findings".to_owned(),
        n => format!("{}: {}", count(n, "finding", "findings"), by_severity.join(", ")),
    };
    // What the severities alone would not tell.
    let reported = || report.shown().map(|(_, finding)| finding).filter(|finding| finding.suppressed.is_none());
    if reported().any(|finding| finding.fails != (finding.severity >= Severity::Medium)) {
        line.push_str(&match tallies.total.fail {
            0 => "; none fails the run".to_owned(),
            1 => "; 1 fails the run".to_owned(),
            n => format!("; {n} fail the run"),
        });
    }
    let problems = report.outcome.problems.len();
    if problems > 0 {
        line.push_str(&format!("; {}", count(problems, "problem", "problems")));
        // What is wrong with ignore comments and the configuration takes nothing away from what was looked at.
        let beside = |problem: &Problem| matches!(problem.kind, ProblemKind::Ignore | ProblemKind::Config | ProblemKind::NoEffect);
        if !report.outcome.problems.iter().all(beside) {
            line.push_str(", so the result is incomplete");
        }
    }
    let all = &report.outcome.findings;
    let by = |by: SuppressedBy| all.iter().filter(|finding| !finding.hidden && is_by(finding, by)).count();
    let below = all.iter().filter(|finding| finding.hidden && finding.suppressed.is_none()).count();
    let mut hidden = Vec::new();
    let of_them = if report.options.suppressed { " of them" } else { "" };
    for (count, what) in [(by(SuppressedBy::Comment), "ignored by comments"), (by(SuppressedBy::Baseline), "known by the baseline")] {
        if count > 0 {
            hidden.push(format!("{count}{of_them} {what}"));
        }
    }
    if below > 0 {
        hidden.push(format!("{below} less severe not shown"));
    }
    let gone = report.outcome.baseline.as_ref().map_or(0, |baseline| baseline.gone.len());
    if gone > 0 {
        let entries = count(gone, "entry of the baseline is", "entries of the baseline are");
        hidden.push(format!("{entries} no longer needed: --write-baseline removes them"));
    }
    let comments = |state: CommentState, what: &str| {
        let of_it = report.outcome.comments_in(state);
        (of_it > 0).then(|| format!("{} {what}", count(of_it, "ignore comment", "ignore comments")))
    };
    hidden.extend(comments(CommentState::Expired, "expired"));
    hidden.extend(comments(CommentState::Unused, "unused"));
    hidden.extend(comments(CommentState::Wrong, "with a mistake"));
    if !hidden.is_empty() {
        line.push_str(&format!(" ({})", hidden.join(", ")));
    }
    line.push('.');
    line
}

fn is_by(finding: &Finding, by: SuppressedBy) -> bool {
    finding.suppressed.as_ref().is_some_and(|suppression| suppression.by == by)
}

fn looked_at(report: &Report) -> String {
    let looked = &report.outcome.coverage;
    let mut line = format!(
        "Looked at {}",
        enumerate(&[
            count(looked.files, "file", "files"),
            count(looked.modules, "module", "modules"),
            count(looked.policies.len(), "policy", "policies"),
        ])
    );
    let gaps = coverage::gaps(report);
    if !gaps.is_empty() {
        line.push_str(&format!("; {} fully known, {}", count(looked.count(State::Resolved), "policy", "policies"), gaps.join(", ")));
        if report.options.coverage == Detail::None {
            line.push_str(" (`--coverage` says why)");
        }
    }
    if !looked.elsewhere.is_empty() {
        let calls = count(
            looked.elsewhere.len(),
            "module call was skipped because its module is",
            "module calls were skipped because their modules are",
        );
        line.push_str(&format!("; {calls} not downloaded: run `terraform init` to include them"));
        if report.options.coverage == Detail::None && gaps.is_empty() {
            line.push_str(" (`--coverage` lists them)");
        }
    }
    line.push('.');
    line
}
