//! Workflow commands: what GitHub shows beside the lines of a pull request, without code scanning.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>
//!
//! The escaping is the runner's own (`ActionCommand.cs`). Every line but the last is a command of ours, and nothing that source holds can
//! begin another one: what ends a line is escaped.

use std::fmt;
use std::io::{self, Write};

use super::Report;
use super::checkout::path_in;
use super::text::{clean, count, enumerate, one_line, picture};
use crate::finding::{Finding, Problem, ProblemKind, Severity};
use crate::source::{ColumnUnit, Span};

/// GitHub shows so many annotations of each level of a step, the first ones.
const SHOWN: usize = 10;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    const ALL: [Level; 3] = [Level::Error, Level::Warning, Level::Notice];

    fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Notice => "notice",
        }
    }
}

/// Problems come last, so that they take no finding's place among those that are shown.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut levels = Vec::new();
    for (_, finding) in report.worst_first() {
        let level = level_of(finding);
        writeln!(out, "{}", command(level, &place(report, finding.primary.span), &title(finding), &text(finding)))?;
        levels.push(level);
    }
    for problem in &report.outcome.problems {
        let level = match problem.kind {
            kind if kind.fails(report.options.keep_going) => Level::Error,
            // What Terraform would refuse it says itself, and the findings need the room.
            ProblemKind::Terraform => Level::Notice,
            _ => Level::Warning,
        };
        let place = problem.span.map(|span| place(report, span)).unwrap_or_default();
        writeln!(out, "{}", command(level, &place, &problem_title(problem), &one_line(&problem.message)))?;
        levels.push(level);
    }
    for reason in report.options.also_fails {
        writeln!(out, "{}", command(Level::Error, &[], "rolelint", &one_line(reason)))?;
        levels.push(Level::Error);
    }
    match more(&levels) {
        Some(line) => writeln!(out, "{line}"),
        None => Ok(()),
    }
}

/// What fails the run is an error. A finding that somebody has accepted is shown only because it was asked for.
fn level_of(finding: &Finding) -> Level {
    match finding.severity {
        _ if finding.fails_run() => Level::Error,
        _ if finding.suppressed.is_some() => Level::Notice,
        Severity::Info => Level::Notice,
        Severity::Low | Severity::Medium | Severity::High | Severity::Critical => Level::Warning,
    }
}

fn title(finding: &Finding) -> String {
    format!("{}[{}]", finding.severity.name(), finding.rule)
}

fn problem_title(problem: &Problem) -> String {
    format!("problem[{}]", problem.kind.name())
}

/// The consequence, then what to write instead.
fn text(finding: &Finding) -> String {
    let mut text = one_line(&finding.message).into_owned();
    if !finding.address.is_empty() {
        text.push_str(&format!(" ({})", one_line(&finding.address)));
    }
    if !finding.help.is_empty() {
        text.push_str(&format!("\n{}", clean(finding.help.text().trim_end())));
    }
    if let Some(reason) = &finding.suppressed {
        text.push_str(&format!("\n{}", one_line(&reason.words())));
    }
    text
}

/// Properties that say where. GitHub takes columns only of what is on one line.
fn place(report: &Report, span: Span) -> Vec<(&'static str, String)> {
    let (start, end) = report.sources.positions(span, ColumnUnit::Characters);
    // A span that ends with its line ends there, and not at the beginning of the next.
    let last = if end.column == 1 && end.line > start.line { end.line - 1 } else { end.line };
    let mut properties = vec![
        ("file", path_in(report.options.checkout, report.sources, span.file)),
        ("line", start.line.to_string()),
        ("endLine", last.to_string()),
    ];
    if start.line == end.line {
        properties.push(("col", start.column.to_string()));
        properties.push(("endColumn", end.column.to_string()));
    }
    properties
}

fn command(level: Level, place: &[(&'static str, String)], title: &str, text: &str) -> String {
    let mut line = format!("::{} ", level.name());
    for (name, value) in place {
        line.push_str(&format!("{name}={},", Property(value)));
    }
    line.push_str(&format!("title={}::{}", Property(title), Data(text)));
    line
}

/// The last line is no command: it begins with a word.
fn more(levels: &[Level]) -> Option<String> {
    let beyond = |level: &Level| levels.iter().filter(|one| *one == level).count().saturating_sub(SHOWN);
    let hidden: Vec<String> = Level::ALL
        .iter()
        .filter(|level| beyond(level) > 0)
        .map(|level| count(beyond(level), &format!("more {}", level.name()), &format!("more {}s", level.name())))
        .collect();
    let are = if hidden.len() == 1 && hidden.iter().all(|text| text.starts_with("1 ")) { "is" } else { "are" };
    (!hidden.is_empty()).then(|| {
        let hidden = enumerate(&hidden);
        format!("GitHub shows the first {SHOWN} annotations of each kind: {hidden} {are} in the log of this step.")
    })
}

/// What stands behind `::`.
struct Data<'t>(&'t str);

impl fmt::Display for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(self.0, false, f)
    }
}

/// What stands behind `name=`.
struct Property<'t>(&'t str);

impl fmt::Display for Property<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(self.0, true, f)
    }
}

fn escape(text: &str, is_property: bool, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for c in text.chars() {
        match c {
            '%' => f.write_str("%25")?,
            '\r' => f.write_str("%0D")?,
            '\n' => f.write_str("%0A")?,
            ':' if is_property => f.write_str("%3A")?,
            ',' if is_property => f.write_str("%2C")?,
            c => fmt::Write::write_char(f, picture(c).unwrap_or(c))?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::ProblemKind;
    use crate::report::fixture::{Run, run};
    use crate::report::{Checkout, Format, Options};
    use crate::source::{File, FileKind};

    fn written(run: &Run, options: Options) -> String {
        run.written(Format::Github, options)
    }

    #[test]
    fn what_terraform_says_itself_is_a_notice() {
        let mut run = run();
        run.outcome.problems = vec![Problem::new(ProblemKind::Terraform, "declared twice", None)];
        let text = written(&run, Options::default());
        assert!(text.contains("\n::notice title=problem[terraform]::declared twice"), "{text}");
    }

    #[test]
    fn a_finding_is_a_line_and_problems_come_last() {
        let checkout = Checkout { top: "/work".into(), here: "/work/live".into() };
        let got = written(&run(), Options { checkout: Some(&checkout), suppressed: true, keep_going: true, ..Options::default() });
        let expected = "\
::error file=live/modules/vendor role/role.tf,line=9,endLine=9,col=27,endColumn=40,title=high[external-id-required]::any Datadog customer can get it to act as `vendor` in your account (module.monitoring.aws_iam_role.vendor)%0Aadd a condition on the external ID that Datadog gave you:%0A  Condition = { StringEquals = { \"sts:ExternalId\" = var.external_id } }
::error file=live/modules/vendor role/role.tf,line=6,endLine=10,title=medium[invalid-element]::AWS rejects this policy (module.monitoring.aws_iam_role.vendor)
::notice file=live/main.tf,line=3,endLine=3,col=38,endColumn=42,title=low[trust-account-root]::every identity in 464622532012 can assume this role (aws_iam_role.other)%0Aname the role%0Aignored: agreed with the vendor
::warning file=live/main.tf,line=6,endLine=6,col=1,endColumn=22,title=problem[syntax]::this block cannot be parsed, and is left out
::warning title=problem[unreadable]::`secret.tf` cannot be read: permission denied
";
        assert_eq!(got, expected);
        assert!(written(&run(), Options::default()).contains("\n::error title=problem[unreadable]::"));
    }

    #[test]
    fn nothing_of_the_source_is_a_command_of_its_own() {
        let mut run = run();
        let name = "::error::a,b\n::stop-commands::x%\r.tf";
        let file = run.sources.add(File::new(name, FileKind::Hcl, "x".into()));
        let finding = &mut run.outcome.findings[0];
        finding.primary.span = Span::new(file, 0..1);
        finding.message = "100% of\n::set-output name=status::0\r\n##[stop-commands]x\u{1b}[2J".into();
        finding.help = "one\n::add-mask::a\rb".into();
        finding.address = "aws_iam_role.x[\"\n::debug::\"]".into();
        let got = written(&run, Options { also_fails: &["no\n::warning::x".to_owned()], ..Options::default() });
        let commands = ["::error file=", "::error title=", "::warning title="];
        assert!(got.lines().all(|line| commands.iter().any(|start| line.starts_with(start))), "{got}");
        assert_eq!(got.matches(['\r', '\u{1b}']).count(), 0);
        assert!(got.contains("file=./%3A%3Aerror%3A%3Aa%2Cb␊%3A%3Astop-commands%3A%3Ax%25␍.tf,line=1,"), "{got}");
        assert!(got.contains("::100%25 of ::set-output name=status::0 ##❲stop-commands]x␛[2J (aws_iam_role.x"), "{got}");
        assert!(got.contains("%0Aone%0A::add-mask::a␍b\n"), "{got}");
    }

    #[test]
    fn the_last_line_counts_what_github_does_not_show() {
        let mut run = run();
        run.outcome.findings.truncate(1);
        run.outcome.problems.clear();
        let error = run.outcome.findings[0].clone();
        let mut warning = error.clone();
        warning.fails = false;
        run.outcome.findings = vec![error; 10];
        assert!(!written(&run, Options::default()).contains("GitHub shows"));
        run.outcome.findings.extend(vec![warning; 11]);
        run.outcome.problems = vec![Problem::new(ProblemKind::Config, "wrong", None); 2];
        let got = written(&run, Options::default());
        let last = "GitHub shows the first 10 annotations of each kind: 2 more errors and 1 more warning are in the log of this step.\n";
        assert!(got.ends_with(last), "{got}");
        // The findings keep their ten places.
        assert!(got.lines().take(10).all(|line| line.contains("external-id-required")));
        assert_eq!(got.lines().count(), 24);
    }
}
