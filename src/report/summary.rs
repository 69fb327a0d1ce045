//! The end of a text report: what could not be seen, and the totals.

use super::Report;
use super::text::{clean_path, count, enumerate, one_line};
use crate::finding::{Severity, Unresolved};
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
    let shown: Vec<_> = report.shown().map(|(_, finding)| finding).collect();
    let of = |severity: Severity| shown.iter().filter(|finding| finding.severity == severity).count();
    let by_severity: Vec<String> = Severity::ALL
        .into_iter()
        .filter(|severity| of(*severity) > 0)
        .map(|severity| format!("{} {}", of(severity), severity.name()))
        .collect();
    let mut line = match shown.len() {
        0 => "No findings".to_owned(),
        n => format!("{}: {}", count(n, "finding", "findings"), by_severity.join(", ")),
    };
    let problems = report.outcome.problems.len();
    if problems > 0 {
        line.push_str(&format!("; {}, so the result is incomplete", count(problems, "problem", "problems")));
    }
    let least = report.options.min_severity;
    let all = &report.outcome.findings;
    let ignored = all.iter().filter(|f| f.severity >= least && f.suppressed.is_some()).count();
    let below = all.iter().filter(|f| f.severity < least && f.suppressed.is_none()).count();
    let mut hidden = Vec::new();
    if ignored > 0 {
        let of_them = if report.options.suppressed { " of them" } else { "" };
        hidden.push(format!("{ignored}{of_them} ignored by comments"));
    }
    if below > 0 {
        hidden.push(format!("{below} below {} not shown", least.name()));
    }
    if !hidden.is_empty() {
        line.push_str(&format!(" ({})", hidden.join(", ")));
    }
    line.push('.');
    line
}

fn looked_at(report: &Report) -> String {
    let coverage = &report.outcome.coverage;
    let mut line = format!(
        "Looked at {}",
        enumerate(&[
            count(coverage.files, "file", "files"),
            count(coverage.modules, "module", "modules"),
            count(coverage.policies, "policy", "policies"),
        ])
    );
    let in_part = coverage.partial.saturating_sub(coverage.leaves);
    let gaps: Vec<String> = [(coverage.leaves, "but for single values"), (in_part, "only in part"), (coverage.unknown, "not at all")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, how)| format!("{n} {how}"))
        .collect();
    if !gaps.is_empty() {
        line.push_str(&format!("; source gives {} of the policies in full, {}", coverage.resolved, enumerate(&gaps)));
        if !report.options.coverage {
            line.push_str(" (`--coverage` says why)");
        }
    }
    line.push('.');
    line
}

/// The values of one reason: their places and addresses, each pair once.
pub struct Gap {
    pub reason: String,
    pub values: Vec<(String, String)>,
}

/// What source does not give, by reason, the most frequent first.
pub fn gaps(report: &Report) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    let mut known = std::collections::HashMap::new();
    let mut seen = std::collections::HashSet::new();
    for Unresolved { address, span, reason } in &report.outcome.coverage.unresolved {
        if !seen.insert((reason, span, address)) {
            continue;
        }
        let n = *known.entry(reason).or_insert_with(|| {
            gaps.push(Gap { reason: one_line(reason).into_owned(), values: Vec::new() });
            gaps.len() - 1
        });
        if let Some(gap) = gaps.get_mut(n) {
            gap.values.push((place(report.sources, *span), one_line(address).into_owned()));
        }
    }
    // Stable: reasons that are equally frequent stay in the order of the source.
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.values.len()));
    gaps
}
