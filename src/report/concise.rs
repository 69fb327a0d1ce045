//! One line for each thing: `path:line:column: severity[rule] message (address)`.

use std::io::{self, Write};

use super::summary::{lines, place};
use super::tally::Tallies;
use super::text::{Paint, count, one_line, problem_style, severity_style, unusual};
use super::{Detail, Report, coverage};
use crate::finding::{Finding, Problem};

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint { on: report.options.color };
    if report.options.statistics {
        Tallies::of(report).lines().iter().try_for_each(|line| writeln!(out, "{line}"))?;
    } else {
        report.shown().try_for_each(|(_, finding)| writeln!(out, "{}", finding_line(report, finding, paint)))?;
    }
    for problem in &report.outcome.problems {
        writeln!(out, "{}", problem_line(report, problem, paint))?;
    }
    if report.options.coverage != Detail::None {
        coverage::concise(report, paint, out)?;
    }
    if report.options.summary {
        writeln!(out, "{}", lines(report).join(" "))?;
    }
    Ok(())
}

fn finding_line(report: &Report, finding: &Finding, paint: Paint) -> String {
    let code = format!("{}[{}]", finding.severity.name(), report.code(finding.rule));
    let mut line = format!(
        "{}: {} {}",
        paint.bold(place(report.sources, finding.primary.span)),
        paint.paint(severity_style(finding.severity), code),
        one_line(&finding.message)
    );
    if !finding.address.is_empty() {
        let more = match finding.instances.len() {
            0 => String::new(),
            n => format!(" and {}", count(n, "more", "more")),
        };
        line.push_str(&format!(" ({}{more})", one_line(&finding.address)));
    }
    if let Some((what, unusual)) = unusual(finding) {
        line.push_str(&paint.dim(format!(" [{what}: {unusual}]")));
    }
    if let Some(suppression) = &finding.suppressed {
        line.push_str(&paint.dim(format!(" [{}]", one_line(&suppression.words()))));
    }
    line
}

pub(super) fn problem_line(report: &Report, problem: &Problem, paint: Paint) -> String {
    let code = paint.paint(problem_style(), format!("problem[{}]", problem.kind.name()));
    let message = one_line(&problem.message);
    match problem.span {
        Some(span) => format!("{}: {code} {message}", paint.bold(place(report.sources, span))),
        None => format!("{code} {message}"),
    }
}
