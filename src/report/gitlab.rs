//! Code Quality, as GitLab shows it in merge requests: <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.
//!
//! GitLab tells findings of two runs apart by their fingerprints, and drops all but one of those that share one.

use std::io::{self, Write};

use serde::Serialize;

use super::checkout::path_in;
use super::fingerprint::Names;
use super::text::one_line;
use super::{Report, fingerprints};
use crate::finding::{Finding, Problem, Severity};
use crate::source::{ColumnUnit, Span};

#[derive(Serialize)]
struct Entry<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let names = fingerprints(report.sources, &report.outcome.findings);
    let finding = |(n, finding): (usize, _)| entry(report, finding, names.get(n).cloned().unwrap_or_default());
    let mut entries: Vec<Entry> = report.shown().map(finding).collect();
    let mut problems = Names::default();
    entries.extend(report.outcome.problems.iter().map(|problem| problem_entry(report, problem, &mut problems)));
    entries.extend(report.options.also_fails.iter().map(|reason| Entry {
        description: one_line(reason).into_owned(),
        check_name: "rolelint",
        fingerprint: problems.next(["rolelint", reason]),
        severity: "major",
        location: nowhere(),
    }));
    serde_json::to_writer_pretty(&mut *out, &entries)?;
    writeln!(out)
}

fn entry<'a>(report: &Report, finding: &'a Finding, fingerprint: String) -> Entry<'a> {
    let mut description = one_line(&finding.message).into_owned();
    if !finding.address.is_empty() {
        description.push_str(&format!(" ({})", one_line(&finding.address)));
    }
    if let Some(reason) = &finding.suppressed {
        description.push_str(&format!(" [{}]", one_line(&reason.words())));
    }
    Entry {
        description,
        check_name: finding.rule,
        fingerprint,
        severity: severity(finding.severity),
        location: location(report, finding.primary.span),
    }
}

/// So that nobody takes a report of what could not be read for a clean one.
fn problem_entry<'a>(report: &Report, problem: &'a Problem, names: &mut Names) -> Entry<'a> {
    let location = problem.span.map_or_else(nowhere, |span| location(report, span));
    Entry {
        description: one_line(&problem.message).into_owned(),
        check_name: problem.kind.name(),
        fingerprint: names.next(["problem", problem.kind.name(), &location.path, &problem.message]),
        severity: if problem.kind.fails(report.options.keep_going) { "major" } else { "minor" },
        location,
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium => "major",
        Severity::Low => "minor",
        Severity::Info => "info",
    }
}

fn location(report: &Report, span: Span) -> Location {
    let (start, _) = report.sources.positions(span, ColumnUnit::Characters);
    Location { path: path_in(report.options.checkout, report.sources, span.file), lines: Lines { begin: start.line } }
}

/// GitLab takes no entry without a place.
fn nowhere() -> Location {
    Location { path: ".".to_owned(), lines: Lines { begin: 1 } }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use crate::report::fixture::{Run, run};
    use crate::report::{Checkout, Format, Options};

    fn entries(run: &Run, options: Options) -> Vec<Value> {
        serde_json::from_str(&run.written(Format::Gitlab, options)).unwrap()
    }

    #[test]
    fn an_entry_is_what_gitlab_reads() {
        let checkout = Checkout { top: "/builds/estate".into(), here: "/builds/estate/live".into() };
        let got = entries(&run(), Options { checkout: Some(&checkout), ..Options::default() });
        let expected = json!({
            "description": "any Datadog customer can get it to act as `vendor` in your account (module.monitoring.aws_iam_role.vendor)",
            "check_name": "external-id-required",
            "fingerprint": "ff7c7849377e28cb:1",
            "severity": "critical",
            "location": { "path": "live/modules/vendor role/role.tf", "lines": { "begin": 9 } },
        });
        assert_eq!(got[0], expected);
        assert_eq!((&got[2]["check_name"], &got[2]["severity"]), (&json!("syntax"), &json!("major")));
        assert_eq!(got[3]["location"], json!({ "path": ".", "lines": { "begin": 1 } }));
        let severities = ["info", "minor", "major", "critical", "blocker"];
        assert!(got.iter().all(|entry| severities.contains(&entry["severity"].as_str().unwrap())));
    }

    #[test]
    fn no_fingerprint_is_shared() {
        let mut run = run();
        run.outcome.findings.extend(run.outcome.findings.clone());
        run.outcome.problems.extend(run.outcome.problems.clone());
        let also = ["no policy".to_owned(), "no policy".to_owned()];
        let got = entries(&run, Options { also_fails: &also, suppressed: true, ..Options::default() });
        let names: BTreeSet<&str> = got.iter().map(|entry| entry["fingerprint"].as_str().unwrap()).collect();
        assert_eq!((got.len(), names.len()), (12, 12));
        assert!(names.iter().all(|name| name.find(':') == Some(16)), "{names:?}");
    }

    #[test]
    fn a_clean_run_is_an_empty_list() {
        let mut run = run();
        run.outcome.findings.clear();
        run.outcome.problems.clear();
        assert!(entries(&run, Options::default()).is_empty());
    }
}
