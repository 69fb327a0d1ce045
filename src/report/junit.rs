//! JUnit's XML, which most CI systems show as tests. There is no standard; what is written here is what Jenkins' schema and GitLab have in
//! common: <https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd>.
//!
//! A rule with findings is a suite and a finding a case. What fails the run is a failure, or an error if it is a problem; what does not is
//! skipped, which CI systems show with its message and which turns no job red. A run with nothing to tell has one case that passes, because
//! many refuse a file without any.

use std::collections::BTreeMap;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::Report;
use super::checkout::path_in;
use super::summary::place;
use super::text::{clean, one_line};
use crate::finding::{Finding, Problem};
use crate::source::{ColumnUnit, Span};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Result {
    Passed,
    Failure,
    Error,
    Skipped,
}

struct Case {
    name: String,
    /// File and line.
    place: Option<(String, u32)>,
    result: Result,
    kind: String,
    message: String,
    text: String,
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

impl Suite {
    fn count(&self, result: Result) -> usize {
        self.cases.iter().filter(|case| case.result == result).count()
    }
}

pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let suites = suites(report);
    let mut writer = Writer::new_with_indent(out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let counts = counts(&suites);
    let root = writer.create_element("testsuites").with_attribute(("name", "rolelint"));
    let root = counts.iter().fold(root, |element, (name, count)| element.with_attribute((*name, count.as_str())));
    let writer = root.write_inner_content(|writer| suites.iter().try_for_each(|suite| write_suite(suite, writer)))?;
    writeln!(writer.get_mut())
}

fn suites(report: &Report) -> Vec<Suite> {
    let mut by_rule: BTreeMap<&str, Vec<Case>> = BTreeMap::new();
    for (_, finding) in report.shown() {
        by_rule.entry(finding.rule).or_default().push(case(report, finding));
    }
    let mut suites: Vec<Suite> = by_rule.into_iter().map(|(rule, cases)| Suite { name: rule.to_owned(), cases }).collect();
    let mut cases: Vec<Case> = report.outcome.problems.iter().map(|problem| problem_case(report, problem)).collect();
    cases.extend(report.options.also_fails.iter().map(|reason| whole(&one_line(reason), Result::Error, "rolelint", reason)));
    if !cases.is_empty() {
        suites.push(Suite { name: "problems".to_owned(), cases });
    }
    if suites.is_empty() {
        suites.push(Suite { name: "rolelint".to_owned(), cases: vec![whole("no findings", Result::Passed, "", "")] });
    }
    suites
}

fn whole(name: &str, result: Result, kind: &str, message: &str) -> Case {
    Case { name: name.to_owned(), place: None, result, kind: kind.to_owned(), message: one_line(message).into_owned(), text: String::new() }
}

fn case(report: &Report, finding: &Finding) -> Case {
    let at = place(report.sources, finding.primary.span);
    let mut text = format!("{at}\n");
    if !finding.address.is_empty() {
        text.push_str(&format!("in: {}\n", one_line(&finding.address)));
    }
    if !finding.help.is_empty() {
        text.push_str(&format!("help: {}\n", clean(finding.help.text().trim_end())));
    }
    if let Some(reason) = &finding.suppressed {
        text.push_str(&format!("{}\n", one_line(&reason.words())));
    }
    Case {
        name: if finding.address.is_empty() { at } else { format!("{} at {at}", one_line(&finding.address)) },
        place: Some(file_and_line(report, finding.primary.span)),
        result: if finding.fails_run() { Result::Failure } else { Result::Skipped },
        kind: finding.severity.name().to_owned(),
        message: one_line(&finding.message).into_owned(),
        text,
    }
}

fn problem_case(report: &Report, problem: &Problem) -> Case {
    let message = one_line(&problem.message).into_owned();
    Case {
        name: problem.span.map_or_else(|| message.clone(), |span| place(report.sources, span)),
        place: problem.span.map(|span| file_and_line(report, span)),
        result: if problem.kind.fails(report.options.keep_going) { Result::Error } else { Result::Skipped },
        kind: problem.kind.name().to_owned(),
        message,
        text: String::new(),
    }
}

fn file_and_line(report: &Report, span: Span) -> (String, u32) {
    let (start, _) = report.sources.positions(span, ColumnUnit::Characters);
    (path_in(report.options.checkout, report.sources, span.file), start.line)
}

fn counts(suites: &[Suite]) -> [(&'static str, String); 4] {
    let of = |result| suites.iter().map(|suite| suite.count(result)).sum::<usize>().to_string();
    let tests: usize = suites.iter().map(|suite| suite.cases.len()).sum();
    [("tests", tests.to_string()), ("failures", of(Result::Failure)), ("errors", of(Result::Error)), ("skipped", of(Result::Skipped))]
}

fn write_suite(suite: &Suite, writer: &mut Writer<&mut dyn Write>) -> io::Result<()> {
    let counts = counts(std::slice::from_ref(suite));
    let element = writer.create_element("testsuite").with_attribute(("name", suite.name.as_str()));
    let element = counts.iter().fold(element, |element, (name, count)| element.with_attribute((*name, count.as_str())));
    element.write_inner_content(|writer| suite.cases.iter().try_for_each(|case| write_case(&suite.name, case, writer)))?;
    Ok(())
}

fn write_case(suite: &str, case: &Case, writer: &mut Writer<&mut dyn Write>) -> io::Result<()> {
    let name = valid(&case.name);
    let mut element = writer.create_element("testcase").with_attribute(("name", name.as_str())).with_attribute(("classname", suite));
    if let Some((file, line)) = &case.place {
        element = element.with_attribute(("file", valid(file).as_str())).with_attribute(("line", line.to_string().as_str()));
    }
    let outcome = match case.result {
        Result::Passed => return element.write_empty().map(drop),
        Result::Failure => "failure",
        Result::Error => "error",
        Result::Skipped => "skipped",
    };
    let message = valid(&case.message);
    element.write_inner_content(|writer| {
        let inner = writer.create_element(outcome).with_attribute(("message", message.as_str()));
        // Schemas know no type of what is skipped.
        let inner = if case.result == Result::Skipped { inner } else { inner.with_attribute(("type", case.kind.as_str())) };
        inner.write_text_content(BytesText::new(&valid(&case.text))).map(drop)
    })?;
    Ok(())
}

/// Without the characters that XML 1.0 has no way to write and that `clean` keeps.
fn valid(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;
    use quick_xml::events::BytesStart;

    use super::*;
    use crate::report::fixture::{Run, run};
    use crate::report::{Format, Options};
    use crate::source::{File, FileKind};

    fn written(run: &Run, options: Options) -> String {
        run.written(Format::Junit, options)
    }

    fn attribute(element: &BytesStart, name: &str) -> String {
        let found = element.try_get_attribute(name).unwrap().unwrap_or_else(|| panic!("no {name}"));
        found.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().into_owned()
    }

    /// The names of all elements in order, after a look at whether numbers are those of what is there.
    fn parsed(xml: &str) -> Vec<String> {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().check_end_names = true;
        let mut names = Vec::new();
        let mut said = [0usize; 4];
        loop {
            match reader.read_event().unwrap() {
                Event::Eof => break,
                Event::Start(element) | Event::Empty(element) => {
                    let name = String::from_utf8(element.name().as_ref().to_vec()).unwrap();
                    if name == "testsuites" {
                        said = ["tests", "failures", "errors", "skipped"].map(|name| attribute(&element, name).parse().unwrap());
                    }
                    names.push(name);
                }
                _ => {}
            }
        }
        let are = ["testcase", "failure", "error", "skipped"].map(|name| names.iter().filter(|one| *one == name).count());
        assert_eq!(said, are, "{xml}");
        names
    }

    #[test]
    fn findings_are_failures_and_what_does_not_fail_is_skipped() {
        let got = written(&run(), Options { suppressed: true, keep_going: true, ..Options::default() });
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="rolelint" tests="5" failures="2" errors="0" skipped="3">
  <testsuite name="external-id-required" tests="1" failures="1" errors="0" skipped="0">
    <testcase name="module.monitoring.aws_iam_role.vendor at modules/vendor role/role.tf:9:27" classname="external-id-required" file="modules/vendor role/role.tf" line="9">
      <failure message="any Datadog customer can get it to act as `vendor` in your account" type="high">modules/vendor role/role.tf:9:27
in: module.monitoring.aws_iam_role.vendor
help: add a condition on the external ID that Datadog gave you:
  Condition = { StringEquals = { &quot;sts:ExternalId&quot; = var.external_id } }
</failure>
"#;
        assert!(got.starts_with(expected), "{got}");
        assert_eq!(parsed(&got).len(), 15);
        assert!(
            written(&run(), Options::default()).contains(r#"<error message="this block cannot be parsed, and is left out" type="syntax">"#)
        );
    }

    #[test]
    fn whatever_source_holds_the_file_can_be_parsed() {
        let mut run = run();
        let file = run.sources.add(File::new("a\"><x y='&\u{1}\n.tf", FileKind::Hcl, "x".into()));
        let finding = &mut run.outcome.findings[0];
        finding.primary.span = Span::new(file, 0..1);
        finding.message = "]]> <![CDATA[ & \u{0}\u{b}\u{1b}\u{fffe}\u{ffff} \"".into();
        finding.help = "<!-- \r\n --> &#0; </failure>".into();
        finding.address = "aws_iam_role.x[\"<&'>\"]".into();
        let got = written(&run, Options { also_fails: &["<a> &".to_owned()], ..Options::default() });
        assert_eq!(parsed(&got).iter().filter(|name| *name == "testsuite").count(), 3);
        assert!(got.chars().all(|c| c == '\n' || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))), "{got}");
    }

    #[test]
    fn a_clean_run_has_one_case_that_passes() {
        let mut run = run();
        run.outcome.findings.clear();
        run.outcome.problems.clear();
        assert_eq!(parsed(&written(&run, Options::default())), ["testsuites", "testsuite", "testcase"]);
    }
}
